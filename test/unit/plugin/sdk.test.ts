// The life of a stage's process: small stages, bundled with the SDK and run as processes of their own.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseResult } from '../../../src/plugin/protocol.ts';
import { questionDigest } from '../../../src/plugin/question-digest.ts';
import { compileSchema } from '../../../src/schema/validate.ts';

let root: string;
let sdk: string;
let count = 0;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'wrangle-sdk-'));
  sdk = join(root, 'plugin.mjs');
  const entry = fileURLToPath(new URL('../../../src/sdk/plugin.ts', import.meta.url));
  const result = await build({
    entryPoints: [entry],
    outfile: sdk,
    bundle: true,
    format: 'esm',
    platform: 'node',
    metafile: true,
    minify: true,
  });
  // Every plugin carries it along: no parser and no validator belongs in it.
  expect(Object.values(result.metafile.outputs)[0]?.bytes).toBeLessThan(8_000);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

interface End {
  readonly exitCode: number | null;
  readonly result: unknown;
  readonly events: readonly unknown[];
  readonly output: string;
}

/** `body` is the body of `run`. */
function start(body: string, request: object = {}, options = '', env: Record<string, string> = {}) {
  const folder = join(root, String(count++));
  mkdirSync(join(folder, 'scratch'), { recursive: true });
  const path = (name: string) => join(folder, name);
  const whole = {
    protocol: 1,
    run_id: 'r1',
    stage: 's',
    attempt: 1,
    params: {},
    inputs: {},
    outputs: {},
    env: {},
    seed: 7,
    scratch: path('scratch'),
    deadline: null,
    events: path('events'),
    ...request,
  };
  writeFileSync(path('request'), JSON.stringify(whole));
  writeFileSync(path('events'), '');
  writeFileSync(
    path('stage.mjs'),
    `import { defineStage, StageFailure } from ${JSON.stringify(sdk)};\ndefineStage({ ${options} async run(ctx) { ${body} } });\n`,
  );
  const files = { WRANGLE_REQUEST: path('request'), WRANGLE_RESULT: path('result'), WRANGLE_EVENTS: path('events') };
  const child = spawn(process.execPath, [path('stage.mjs')], {
    env: { ...files, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const heard: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += String(data);
      for (const hear of heard.splice(0)) hear();
    });
  }
  const ended = new Promise<End>((resolve) => {
    child.on('close', (exitCode) => {
      const events = readFileSync(path('events'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as unknown);
      let text = '';
      try {
        text = readFileSync(path('result'), 'utf8');
      } catch {
        // No result document.
      }
      if (text !== '') expect(parseResult(text)).toMatchObject({ ok: true });
      resolve({ exitCode, result: text === '' ? undefined : JSON.parse(text), events, output });
    });
  });
  const firstOutput = new Promise<void>((resolve) => heard.push(resolve));
  return { child, ended, firstOutput };
}

const run = (...args: Parameters<typeof start>) => start(...args).ended;
const failed = (code: string, message: string, category = 'critical') => ({
  protocol: 1,
  status: 'failed',
  error: { code, category, message },
});

test('a stage sees its request, and what it measures is in the result', async () => {
  const file = { path: '/d/a.csv', sha256: 'ab', size_bytes: 3 };
  const request = {
    params: { top: 3 },
    inputs: { data: [file], more: [file, file] },
    outputs: { profile: { path: '/d/out.json' } },
    deadline: '2030-01-01T00:00:00.000Z',
    secrets: ['TOKEN', 'NONE'],
  };
  const body = `
    const { params, inputs, outputs, item, secrets, seed, deadline } = ctx;
    console.log(JSON.stringify({ params, inputs, outputs, item, secrets, seed, deadline }));
    ctx.metrics.rows = 7;
    ctx.log('hello');
    ctx.log('careful', 'warning');
    for (let done = 0; done <= 1000; done++) ctx.progress({ done, total: 1000 });
  `;
  const end = await run(body, request, "lists: ['more'],", { TOKEN: 'x' });
  expect(JSON.parse(end.output)).toEqual({
    params: { top: 3 },
    inputs: { data: file, more: [file, file] },
    outputs: { profile: { path: '/d/out.json' } },
    secrets: { TOKEN: 'x' },
    seed: 7,
    deadline: '2030-01-01T00:00:00.000Z',
  });
  expect([end.exitCode, end.result]).toEqual([0, { protocol: 1, status: 'ok', metrics: { rows: 7 } }]);
  expect(end.events.slice(0, 3)).toEqual([
    { type: 'log', level: 'info', message: 'hello' },
    { type: 'log', level: 'warning', message: 'careful' },
    { type: 'progress', done: 0, total: 1000 },
  ]);
  expect(end.events.at(-1)).toEqual({ type: 'progress', done: 1000, total: 1000 });
  expect(end.events.length).toBeLessThan(100);
  const schema = compileSchema(
    JSON.parse(readFileSync(new URL('../../../schemas/stage-event.schema.json', import.meta.url), 'utf8')),
  );
  expect(schema.ok && end.events.flatMap((event) => schema.value(event as never))).toEqual([]);
});

test('of many calls of progress the last is told, if what follows it takes long', async () => {
  const body = `
    for (let done = 1; done <= 3; done++) ctx.progress({ done, total: 10 });
    const { readFileSync } = await import('node:fs');
    const told = () => readFileSync(process.env.WRANGLE_EVENTS, 'utf8').trimEnd().split('\\n').length;
    while (told() < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  `;
  expect((await run(body)).events).toEqual([
    { type: 'progress', done: 1, total: 10 },
    { type: 'progress', done: 3, total: 10 },
  ]);
});

test('a failure names its code, category and place', async () => {
  const end = await run("ctx.fail('bad-row', 'skippable', 'Row 7 is bad.', { file: 'a.csv', row: 7 });");
  const { error } = failed('bad-row', 'Row 7 is bad.', 'skippable');
  expect([end.exitCode, end.result]).toEqual([
    1,
    { protocol: 1, status: 'failed', error: { ...error, file: 'a.csv', row: 7 } },
  ]);
  expect(end.output).toBe('bad-row: Row 7 is bad.\n');
});

test('a failure that the stage catches itself ends it all the same', async () => {
  const caught = await run("try { ctx.fail('bad-row', 'skippable', 'Row 7 is bad.'); } catch {}");
  expect([caught.exitCode, caught.result]).toEqual([1, failed('bad-row', 'Row 7 is bad.', 'skippable')]);
  const wrapped = await run("try { ctx.suspend({ id: 'a', text: 'A?' }); } catch { throw new Error('other'); }");
  expect([wrapped.exitCode, wrapped.result]).toEqual([
    42,
    { protocol: 1, status: 'suspended', question: { id: 'a', text: 'A?' } },
  ]);
});

test('metrics that are no JSON are a failure', async () => {
  const end = await run('ctx.metrics.rows = 10n;');
  const reason = 'What is in ctx.metrics cannot be written as JSON: Do not know how to serialize a BigInt';
  expect([end.exitCode, end.result]).toEqual([1, failed('stage-error', reason)]);
});

test('what defines no stage says how one is defined', async () => {
  const none = await run('}, run: undefined, other() {');
  expect([none.exitCode, none.result]).toEqual([
    1,
    failed('stage-error', 'defineStage takes an object with a function "run".'),
  ]);
});

test('an error is a failure, and its stack is in the log', async () => {
  const end = await run("throw new TypeError('x is not y');");
  expect([end.exitCode, end.result]).toEqual([1, failed('stage-error', 'x is not y')]);
  expect(end.output).toMatch(/TypeError: x is not y\n +at .*stage\.mjs/);
});

test.each([
  [
    'a callback',
    "setImmediate(() => { throw new Error('late'); }); await new Promise(() => setInterval(() => {}, 1000));",
  ],
  [
    'a promise nobody awaits',
    "void Promise.reject(new Error('late')); await new Promise(() => setInterval(() => {}, 1000));",
  ],
])('an error in %s is a failure', async (_, body) => {
  const end = await run(body);
  expect([end.exitCode, end.result]).toEqual([1, failed('stage-error', 'late')]);
});

test('a stage that waits for nothing has failed', async () => {
  const end = await run('await new Promise(() => {});');
  expect([end.exitCode, end.result]).toEqual([
    1,
    failed('never-finished', 'The stage waits for something that never comes.'),
  ]);
});

test('an open handle does not keep the process', async () => {
  const end = await run('setInterval(() => {}, 1000);');
  expect([end.exitCode, end.result]).toEqual([0, { protocol: 1, status: 'ok', metrics: {} }]);
});

test('all that was printed is there, also with a lot of it', async () => {
  const end = await run("for (let at = 0; at < 20000; at++) console.log('x'.repeat(99));");
  expect([end.exitCode, end.output.length]).toEqual([0, 2_000_000]);
});

test('a question suspends, and its answer goes on', async () => {
  const body = "ctx.metrics.answer = ctx.suspend({ id: 'approve', text: 'Publish?' });";
  const asked = await run(body);
  expect([asked.exitCode, asked.result]).toEqual([
    42,
    { protocol: 1, status: 'suspended', question: { id: 'approve', text: 'Publish?' } },
  ]);
  const answered = await run(body, { answers: { approve: false } });
  expect([answered.exitCode, answered.result]).toEqual([0, { protocol: 1, status: 'ok', metrics: { answer: false } }]);
});

test('an answer counts for the question that it was given to', async () => {
  const question = { id: 'approve', text: 'Publish?', schema: { type: 'boolean' } };
  const body = (asked: object) => `ctx.metrics.answer = ctx.suspend(${JSON.stringify(asked)});`;
  const request = { answers: { approve: false }, questions: { approve: questionDigest(question) } };
  expect((await run(body(question), request)).exitCode).toBe(0);
  for (const changed of [
    { ...question, text: 'Mail it?' },
    { ...question, schema: { type: 'string' } },
  ]) {
    const end = await run(body(changed), request);
    expect([end.exitCode, end.result]).toEqual([42, { protocol: 1, status: 'suspended', question: changed }]);
  }
});

test('what was saved as a checkpoint is there for the next attempt', async () => {
  const scratch = join(root, 'made', 'later');
  const body = `
    const seen = ctx.checkpoint.load();
    ctx.metrics.seen = seen ?? null;
    ctx.checkpoint.save({ done: (seen?.done ?? 0) + 1 });
    if (seen === undefined) process.kill(process.pid, 'SIGKILL');`;
  expect((await run(body, { scratch })).exitCode).toBe(null);
  expect((await run(body, { scratch })).result).toMatchObject({ metrics: { seen: { done: 1 } } });
  expect((await run(body, { scratch })).result).toMatchObject({ metrics: { seen: { done: 2 } } });
  writeFileSync(join(scratch, 'checkpoint.json'), '{"do');
  expect((await run('ctx.metrics.seen = ctx.checkpoint.load() ?? null;', { scratch })).result).toMatchObject({
    metrics: { seen: null },
  });
});

test('a list for a port that takes one file', async () => {
  const file = { path: '/d/a.csv', sha256: 'ab', size_bytes: 3 };
  const end = await run('', { inputs: { data: [file, file] } });
  expect(end.result).toEqual(failed('input-count', 'The input "data" takes one path, and there are 2.'));
});

test('TERM aborts the signal, and the stage ends in its own way', async () => {
  const body =
    "const stopped = new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason))); setInterval(() => {}, 1000); console.log('ready'); await stopped;";
  const { child, ended, firstOutput } = start(body);
  await firstOutput;
  child.kill('SIGTERM');
  const end = await ended;
  expect([end.exitCode, end.result]).toEqual([1, failed('stopped', 'The stage was stopped before it had finished.')]);
});

test('another protocol, and a start by hand', async () => {
  const other = await run('', { protocol: 2 });
  expect(other.result).toEqual(failed('protocol', 'The request is in protocol 2, and this stage speaks 1.'));
  const byHand = await run('', {}, '', { WRANGLE_REQUEST: '/nowhere/request.json' });
  expect(byHand.exitCode).toBe(1);
  expect(byHand.result).toMatchObject({ status: 'failed', error: { code: 'stage-error' } });
});

test('secrets from a file, for executors that have no environment to give', async () => {
  const path = join(root, 'secrets.json');
  writeFileSync(path, '{"TOKEN":"from-file"}');
  const end = await run('ctx.metrics.same = ctx.secrets.TOKEN === "from-file";', { secrets_file: path });
  expect(end.result).toEqual({ protocol: 1, status: 'ok', metrics: { same: true } });
});

describe('a batch', () => {
  const item = (key: string, more: object = {}) => ({
    key,
    item: { name: key },
    stage: `s@${key}`,
    params: { act: key },
    inputs: {},
    outputs: { o: { path: `/d/${key}` } },
    seed: key.length,
    scratch: '/d',
    ...more,
  });

  test('is done item by item, and each is told of at once', async () => {
    const body = `
      ctx.metrics.saw = [ctx.item.name, ctx.outputs.o.path, ctx.seed];
      if (ctx.params.act === 'gone') ctx.fail('gone', 'skippable', 'There is nothing.');
      if (ctx.params.act === 'torn') throw new Error('It is torn.');
      if (ctx.params.act === 'asks') ctx.suspend({ id: 'q', text: 'Really?' });
      ctx.log('well');
    `;
    const end = await run(body, { items: ['a', 'gone', 'torn', 'asks', 'b'].map((key) => item(key)) });
    const items = [
      { key: 'a', status: 'ok', metrics: { saw: ['a', '/d/a', 1] } },
      { key: 'gone', status: 'failed', error: { code: 'gone', category: 'skippable', message: 'There is nothing.' } },
      { key: 'torn', status: 'failed', error: { code: 'stage-error', category: 'critical', message: 'It is torn.' } },
      { key: 'asks', status: 'suspended', question: { id: 'q', text: 'Really?' } },
      { key: 'b', status: 'ok', metrics: { saw: ['b', '/d/b', 1] } },
    ];
    const [a, ...others] = items.map((result) => ({ type: 'item', ...result }));
    const well = (key: string) => ({ type: 'log', level: 'info', message: 'well', key });
    expect(end.events).toEqual([well('a'), a, ...others.slice(0, 3), well('b'), others[3]]);
    expect([end.exitCode, end.result]).toEqual([0, { protocol: 1, status: 'ok', items }]);
    expect(end.output).toContain('s@gone: gone: There is nothing.\n');
    expect(end.output).toContain('s@torn: stage-error: It is torn.\n');
  });

  test('that is stopped says nothing of the items that were not done', async () => {
    const body = `
      if (ctx.params.act === 'a') return;
      console.log('begun');
      setTimeout(() => {}, 10_000);
      await new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(new Error('stopped'))));
    `;
    const { child, ended, firstOutput } = start(body, { items: ['a', 'b', 'c'].map((key) => item(key)) });
    await firstOutput;
    child.kill('SIGTERM');
    const end = await ended;
    const a = { key: 'a', status: 'ok', metrics: {} };
    expect(end.events).toEqual([{ type: 'item', ...a }]);
    expect(end.result).toEqual({ ...failed('stopped', 'The stage was stopped before it had finished.'), items: [a] });
    expect(end.exitCode).toBe(1);
  });

  test('ends with what escapes from an item, and the items that were done stay done', async () => {
    const body = `
      if (ctx.params.act === 'a') return;
      setImmediate(() => { throw new Error('It escaped.'); });
      await new Promise((resolve) => setTimeout(resolve, 10_000));
    `;
    const end = await run(body, { items: ['a', 'b', 'c'].map((key) => item(key)) });
    expect(end.events).toEqual([{ type: 'item', key: 'a', status: 'ok', metrics: {} }]);
    expect([end.exitCode, end.result]).toEqual([1, failed('stage-error', 'It escaped.')]);
  });
});
