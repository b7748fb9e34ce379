// The same small stages as in `sdk.test.ts`, served by workers of the real pool.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NodeWorkerPool } from '../../../src/host/worker-pool.ts';
import { parseResult } from '../../../src/plugin/protocol.ts';
import type { RunningRequest } from '../../../src/ports/worker-pool.ts';

let root: string;
let pool: NodeWorkerPool;
let count = 0;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'wrangle-sdk-worker-')));
  pool = new NodeWorkerPool({ slots: 4 });
  await build({
    entryPoints: [fileURLToPath(new URL('../../../src/sdk/plugin.ts', import.meta.url))],
    outfile: join(root, 'plugin.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  // Every body comes with its request, so all of them can be served by one process.
  writeFileSync(
    join(root, 'stage.mjs'),
    `import { defineStage, StageFailure } from './plugin.mjs';
     import * as fs from 'node:fs';
     import * as os from 'node:os';
     const kept = { count: 0 };
     const AsyncFunction = (async () => {}).constructor;
     defineStage({ lists: ['many'], run: (ctx) => new AsyncFunction('ctx', 'fs', 'os', 'kept', ctx.params.body)(ctx, fs, os, kept) });`,
  );
});
beforeEach(() => {
  count++;
});
afterAll(async () => {
  await pool.close();
  rmSync(root, { recursive: true, force: true });
});

interface Asked {
  readonly request?: object;
  readonly variables?: Record<string, string>;
  readonly env?: Record<string, string>;
  readonly timeoutMs?: number;
  readonly onOutput?: (text: string) => void;
}

function start(body: string, asked: Asked = {}): RunningRequest & { readonly events: unknown[] } {
  const folder = join(root, String(count));
  mkdirSync(folder, { recursive: true });
  const events: unknown[] = [];
  const running = pool.start({
    type: 'plug/type',
    code: '',
    variables: { WRANGLE_STAGE: 's', TMPDIR: folder, ...asked.variables },
    document: {
      protocol: 1,
      run_id: 'r1',
      stage: 's',
      attempt: 1,
      params: { body },
      inputs: {},
      outputs: { o: { path: join(folder, 'out') } },
      env: {},
      seed: 7,
      scratch: join(folder, 'scratch'),
      deadline: null,
      events: join(folder, 'events'),
      ...asked.request,
    },
    memoryBytesMax: undefined,
    onEvent: (event) => events.push(event),
    spec: {
      stage: 's',
      door: 'plugin',
      argv: [process.execPath, join(root, 'stage.mjs')],
      cwd: root,
      env: { PATH: '/usr/bin:/bin', ...asked.env },
      logPath: join(folder, 'log'),
      timeoutMs: asked.timeoutMs,
      graceMs: 10_000,
      secrets: [],
      onOutput: asked.onOutput,
    },
  });
  return { ...running, events };
}

async function ask(body: string, asked: Asked = {}) {
  const running = start(body, asked);
  const end = await running.ended;
  const result = parseResult(JSON.stringify(end.answer ?? null));
  return { ...end, result: result.ok ? result.value : result.error, events: running.events };
}

const log = () => readFileSync(join(root, String(count), 'log'), 'utf8');
const failedWith = (code: string, message: string) => ({
  status: 'failed',
  error: { code, category: 'critical', message },
});

describe('a stage that a worker serves', () => {
  test('has everything that it has in a process of its own', async () => {
    const body = `
      console.log('printed', process.env.WRANGLE_STAGE); console.error('both');
      ctx.log('logged', 'warning'); ctx.progress({ done: 1, total: 1, note: 'n' });
      ctx.metrics.all = [ctx.params.x, ctx.seed, ctx.secrets, os.tmpdir(), process.cwd(), ctx.inputs.many.length];
      ctx.checkpoint.save({ far: 1 }); ctx.metrics.far = ctx.checkpoint.load();
      fs.writeFileSync(ctx.outputs.o.path, 'made');`;
    const inputs = { many: [{ path: '/a', sha256: '', size_bytes: 0 }] };
    const request = { params: { body, x: 5 }, secrets: ['TOKEN'], inputs };
    const end = await ask(body, { request, env: { TOKEN: 'secret' } });
    expect(end.result).toMatchObject({
      status: 'ok',
      metrics: { all: [5, 7, { TOKEN: 'secret' }, join(root, String(count)), root, 1], far: { far: 1 } },
    });
    expect(end.events).toEqual([
      { id: 1, type: 'log', level: 'warning', message: 'logged' },
      { id: 1, type: 'progress', done: 1, total: 1, note: 'n' },
    ]);
    expect(log()).toBe('printed s\nboth\n');
    expect(readFileSync(join(root, String(count), 'out'), 'utf8')).toBe('made');
  });

  test('finds what its file keeps, and nothing that the one before did to environment and folder', async () => {
    const first = await ask(`kept.count++; process.env.LEFT = 'x'; delete process.env.PATH; process.chdir('/');`, {
      variables: { ONCE: 'y' },
    });
    expect(first.result).toMatchObject({ status: 'ok' });
    const { LEFT, ONCE, PATH, ...rest } = { LEFT: null, ONCE: null, PATH: '/usr/bin:/bin', count: 1, cwd: root };
    expect(
      (
        await ask(
          `const { LEFT = null, ONCE = null, PATH } = process.env;
           ctx.metrics.found = { LEFT, ONCE, PATH, count: kept.count, cwd: process.cwd() };`,
        )
      ).result,
    ).toMatchObject({ metrics: { found: { LEFT, ONCE, PATH, ...rest } } });
  });

  test('tells of each item of a batch before it answers', async () => {
    const item = (key: string, body: string) => ({
      ...{ key, item: key, stage: `s@${key}`, params: { body }, inputs: {}, outputs: {}, seed: 1, scratch: '/d' },
    });
    const items = [item('a', `ctx.metrics.item = ctx.item;`), item('b', `ctx.fail('gone', 'skippable', 'Gone.')`)];
    const end = await ask('', { request: { params: {}, outputs: {}, items } });
    expect(end.events).toMatchObject([
      { type: 'item', key: 'a', status: 'ok', metrics: { item: 'a' } },
      {
        ...{ type: 'item', key: 'b', status: 'failed' },
        error: { code: 'gone', category: 'skippable', message: 'Gone.' },
      },
    ]);
    expect(end.result).toMatchObject({ status: 'ok' });
    expect(log()).toBe('s@b: gone: Gone.\n');
  });

  test('fails, asks and is answered as ever, and the worker goes on', async () => {
    expect((await ask(`ctx.fail('no-header', 'skippable', 'No header.', { row: 1 })`)).result).toMatchObject({
      status: 'failed',
      error: { code: 'no-header', category: 'skippable', message: 'No header.', row: 1 },
    });
    expect(log()).toBe('no-header: No header.\n');
    const asking = `ctx.metrics.answer = ctx.suspend({ id: 'q', text: 'Is it?' });`;
    expect((await ask(asking)).result).toMatchObject({ status: 'suspended', question: { id: 'q', text: 'Is it?' } });
    expect((await ask(asking, { request: { answers: { q: 'yes' } } })).result).toMatchObject({
      metrics: { answer: 'yes' },
    });
    expect((await ask(`throw new TypeError('it broke')`)).result).toMatchObject(failedWith('stage-error', 'it broke'));
    expect(log()).toContain('TypeError: it broke\n    at ');
    expect((await ask('', { request: { protocol: 2, params: {} } })).result).toMatchObject(
      failedWith('protocol', 'The request is in protocol 2, and this stage speaks 1.'),
    );
    expect((await ask('ctx.metrics.count = ++kept.count')).result).toMatchObject({ metrics: { count: 2 } });
  });

  test('that waits for what never comes fails, and the worker goes on', async () => {
    expect((await ask('await new Promise(() => {})')).result).toMatchObject(
      failedWith('never-finished', 'The stage waits for something that never comes.'),
    );
    expect((await ask('ctx.metrics.count = ++kept.count')).result).toMatchObject({ metrics: { count: 3 } });
  });

  test('whose callback throws fails, and the worker is another one', async () => {
    const end = await ask(`setTimeout(() => { throw new Error('out of the blue'); }, 0); await new Promise(() => {});`);
    expect(end).toMatchObject({ exitCode: 1, result: failedWith('stage-error', 'out of the blue') });
    expect((await ask('ctx.metrics.count = ++kept.count')).result).toMatchObject({ metrics: { count: 1 } });
  });

  test('that is stopped can tell, and is answered once', async () => {
    let heard: () => void = () => {};
    const printed = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const waiting = `console.log('waits'); await new Promise((_, reject) => {
      const timer = setInterval(() => {}, 1e9);
      ctx.signal.addEventListener('abort', () => { clearInterval(timer); reject(new Error('aborted')); });
    });`;
    const running = start(waiting, { onOutput: () => heard() });
    await printed;
    running.cancel();
    const { how, answer } = await running.ended;
    expect(how).toBe('cancelled');
    expect(answer).toMatchObject(failedWith('stopped', 'The stage was stopped before it had finished.'));
    expect((await ask(waiting, { timeoutMs: 50 })).how).toBe('timeout');
    expect((await ask('ctx.metrics.count = ++kept.count')).result).toMatchObject({ metrics: { count: 2 } });
  });

  test('that ends its process is judged by that', async () => {
    expect(await ask('process.exit(3)')).toMatchObject({ how: 'exit', exitCode: 3, answer: undefined });
  });

  test('may start programs of the same kind, which are no workers', async () => {
    const child = join(root, 'child.mjs');
    writeFileSync(
      child,
      `import { defineStage } from './plugin.mjs'; defineStage({ run: (ctx) => { ctx.metrics.n = 1; } });`,
    );
    const request = {
      protocol: 1,
      params: {},
      inputs: {},
      outputs: {},
      deadline: null,
      scratch: '',
      events: '/dev/null',
    };
    writeFileSync(join(root, 'child.json'), JSON.stringify(request));
    const { result } = await ask(
      `const { execFileSync } = await import('node:child_process');
       const files = { WRANGLE_REQUEST: 'child.json', WRANGLE_RESULT: 'child-result.json' };
       execFileSync(process.execPath, ['child.mjs'], { env: { ...process.env, ...files } });
       ctx.metrics.child = JSON.parse(fs.readFileSync('child-result.json', 'utf8'));`,
    );
    expect(result).toMatchObject({ metrics: { child: { status: 'ok', metrics: { n: 1 } } } });
  });
});
