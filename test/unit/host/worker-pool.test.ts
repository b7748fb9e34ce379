// The pool of workers, with real processes that do whatever a request says, right or wrong.
import { execFileSync, spawn } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NodeWorkerPool, type WorkerPoolOptions } from '../../../src/host/worker-pool.ts';
import type { RequestEnd, RunningRequest, WorkerRequest } from '../../../src/ports/worker-pool.ts';
import { bundle } from '../../support/bundle.ts';
import { isAlive, untilDead } from '../../support/process-rig.ts';

/** What a worker does: at its start `START`, for each request `params.code`; both may use what is declared here. */
const WORKER = `
import * as fs from 'node:fs';
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
const channel = new Socket({ fd: 3, readable: true, writable: true });
const write = (bytes) => new Promise((done) => channel.write(bytes, done));
const say = (message) => write(JSON.stringify(message) + '\\n');
const ready = () => say({ protocol: 1 });
const answer = (request, more) => say({ id: request.id, protocol: 1, status: 'ok', ...more });
let onCancel = () => {};
let onEnd = () => process.exit(0);
let served = 0;
// A function made of text is not in strict mode, and may use "with".
const AsyncFunction = (async () => {}).constructor;
const run = (code, request) =>
  new AsyncFunction('request', 'api', 'with (api) { ' + code + ' }')(request, api).catch((error) => { console.error(error); process.exit(9); });
const api = { fs, spawn, channel, write, say, ready, answer, process, console, setTimeout, setInterval, clearInterval, Buffer,
  cancelled: (act) => { onCancel = act; }, ended: (act) => { onEnd = act; }, count: () => ++served };
let text = '';
channel.on('data', (data) => {
  const lines = (text + data).split('\\n');
  text = lines.pop();
  for (const line of lines) {
    const message = JSON.parse(line);
    if ('cancel' in message) onCancel(message.cancel);
    else run(message.params.code, message);
  }
});
channel.on('end', () => onEnd());
await run(process.env.START ?? 'ready()');
`;
const GOOD = 'await answer(request, { metrics: { pid: process.pid, count: count() } }); ready();';

let root: string;
let pool: NodeWorkerPool;
beforeEach(() => {
  root = nodeFs.mkdtempSync(join(tmpdir(), 'wrangle-worker-'));
  nodeFs.writeFileSync(at('worker.mjs'), WORKER);
  pool = open();
});
afterEach(async () => {
  await pool.close();
  nodeFs.rmSync(root, { recursive: true, force: true });
});

const at = (name: string) => join(root, name);

/** However busy the machine is, an end is seen before the watch over an answer is. */
const TIMES = { watchMs: 60_000, endMs: 300, memoryMs: 20 };

function open(options: Partial<WorkerPoolOptions> = {}): NodeWorkerPool {
  return new NodeWorkerPool({ slots: 2, ...options, times: { ...TIMES, ...options.times } });
}

async function reopen(options: Partial<WorkerPoolOptions>): Promise<void> {
  await pool.close();
  pool = open(options);
}

interface Asked extends Partial<WorkerRequest['spec']>, Partial<Omit<WorkerRequest, 'spec'>> {
  /** What the worker does first of all. */
  readonly start?: string;
}

let logs = 0;
function start(code: string, { start: first, ...more }: Asked = {}): RunningRequest {
  const env = { PATH: '/usr/bin:/bin', ...(first === undefined ? {} : { START: first }), ...more.env };
  return pool.start({
    type: 'plug/type',
    code: 'c0de',
    variables: { WRANGLE_STAGE: 'stage', WRANGLE_RUN_ID: 'run' },
    document: { protocol: 1, params: { code } },
    memoryBytesMax: undefined,
    onEvent: () => {},
    ...more,
    spec: {
      stage: 'stage',
      door: 'plugin',
      argv: [process.execPath, at('worker.mjs')],
      cwd: root,
      logPath: at(`logs/${++logs}.log`),
      timeoutMs: undefined,
      graceMs: 10_000,
      secrets: [],
      onOutput: undefined,
      ...more,
      env,
    },
  });
}

/** For a wrangle of its own, as JSON. */
const bareRequest = (code: string) => ({
  type: 'plug/type',
  code: '',
  variables: {},
  document: { params: { code } },
  spec: {
    argv: [process.execPath, at('worker.mjs')],
    cwd: root,
    env: {},
    logPath: at('log'),
    graceMs: 1,
    secrets: [],
  },
});

const ask = (code: string, more: Asked = {}): Promise<RequestEnd> => start(code, more).ended;
const pidOf = ({ answer }: RequestEnd) => (answer?.['metrics'] as { pid: number } | undefined)?.pid ?? 0;
const countOf = ({ answer }: RequestEnd) => (answer?.['metrics'] as { count: number } | undefined)?.count;
const log = (number = logs) => nodeFs.readFileSync(at(`logs/${number}.log`), 'utf8');

/** The code and message of a fault, and the message alone in what follows. */
async function faultOf(code: string, more: Asked = {}): Promise<readonly (string | undefined)[]> {
  const { fault, how } = await ask(code, more);
  return [fault?.code, fault?.message ?? how];
}

const broke = (what: string) => ['worker-protocol', `The plugin's worker broke the protocol. ${what}`];

describe('a worker', () => {
  test('serves one request after the other, and each has its own log', async () => {
    const ends = [
      await ask(`console.log('one', request.stage); console.error('and more'); ${GOOD}`),
      await ask(`console.log('two'); ${GOOD}`),
      await ask(GOOD),
    ];
    expect(ends.map(({ how, exitCode, fault, answer }) => [how, exitCode, fault, answer?.['status']])).toEqual([
      ['exit', undefined, undefined, 'ok'],
      ['exit', undefined, undefined, 'ok'],
      ['exit', undefined, undefined, 'ok'],
    ]);
    expect(new Set(ends.map(pidOf)).size).toBe(1);
    expect(ends.map(countOf)).toEqual([1, 2, 3]);
    expect(ends.map(({ tail, hasLog }) => [tail, hasLog])).toEqual([
      [['one undefined', 'and more'], true],
      [['two'], true],
      [[], false],
    ]);
    expect(log(logs - 1)).toBe('two\n');
  });

  test('gets the document, the folder and the variables of the request, and has the environment from its start', async () => {
    const variables = { WRANGLE_STAGE: 's', WRANGLE_RUN_ID: 'r', TMPDIR: '/t' };
    const told = 'answer(request, { metrics: { request, env: process.env.MINE, cwd: process.cwd() } }); ready();';
    const { answer } = await ask(told, { variables, env: { MINE: 'yes' } });
    const document = { protocol: 1, params: { code: told } };
    expect(answer?.['metrics']).toEqual({
      request: { ...document, id: 1, cwd: root, variables },
      env: 'yes',
      cwd: nodeFs.realpathSync(root),
    });
  });

  test('is shared by those who want the same code, command, folder and environment, and by no others', async () => {
    const first = pidOf(await ask(GOOD));
    expect(pidOf(await ask(GOOD, { variables: { WRANGLE_STAGE: 'other' } }))).toBe(first);
    const others = [
      pidOf(await ask(GOOD, { code: 'other' })),
      pidOf(await ask(GOOD, { env: { X: '1' } })),
      pidOf(await ask(GOOD, { cwd: '/' })),
    ];
    expect(new Set([first, ...others]).size).toBe(4);
  });

  test('is one of as many as are at work at once; of those that wait, no more than there are slots stay', async () => {
    const together = await Promise.all([ask(GOOD), ask(GOOD), ask(GOOD)]);
    const pids = together.map(pidOf);
    expect(new Set(pids).size).toBe(3);
    const again = pidOf(await ask(GOOD));
    expect(pids).toContain(again);
    const [gone] = await Promise.race(pids.map(async (pid) => untilDead(pid).then(() => [pid] as const)));
    expect(gone).not.toBe(again);
    expect(pids.filter(isAlive)).toHaveLength(2);
  });

  test('tells as it goes, and what it tells too late or of another request is passed over', async () => {
    const events: object[] = [];
    const onEvent = (event: object) => events.push(event);
    const code = `
      await say({ type: 'progress', done: 1 });
      await say({ id: request.id, type: 'log', message: 'a' });
      await say({ id: 99, type: 'log', message: 'b' });
      await answer(request); await say({ type: 'log', message: 'c' }); await ready();
      await say({ id: request.id, type: 'log', message: 'd' });`;
    expect(await ask(code, { onEvent })).toMatchObject({ how: 'exit', fault: undefined });
    expect(pidOf(await ask(GOOD, { onEvent }))).toBeGreaterThan(0);
    expect(events).toEqual([
      { type: 'progress', done: 1 },
      { id: 1, type: 'log', message: 'a' },
    ]);
  });

  test('that never says that it is ready again is watched for a while, and serves on', async () => {
    await reopen({ times: { watchMs: 20 } });
    const quiet = GOOD.replace('ready();', '');
    const pids = [pidOf(await ask(quiet)), pidOf(await ask(quiet))];
    expect(new Set(pids).size).toBe(1);
  });

  test('may end with exit code 0 after an answer', async () => {
    const end = await ask('await answer(request); process.exit(0)');
    expect(end).toMatchObject({ how: 'exit', exitCode: 0, fault: undefined, answer: { status: 'ok' } });
    expect(await ask(GOOD)).toMatchObject({ fault: undefined, answer: { status: 'ok' } });
  });

  test('that prints between requests neither breaks anything nor loses it', async () => {
    const late = `console.log('late'); fs.writeFileSync('printed', ''); clearInterval(timer);`;
    await ask(`const timer = setInterval(() => { if (fs.existsSync('go')) { ${late} } }, 1); ${GOOD}`);
    nodeFs.writeFileSync(at('go'), '');
    while (!nodeFs.existsSync(at('printed'))) await new Promise((resolve) => setImmediate(resolve));
    await ask(`console.log('early'); ${GOOD}`);
    expect(nodeFs.readdirSync(at('logs')).map((name) => nodeFs.readFileSync(at(`logs/${name}`), 'utf8'))).toEqual([
      'late\nearly\n',
    ]);
  });
});

test('a worker that is about to end is given no request', async () => {
  const pid = pidOf(await ask(`${GOOD} await write('nonsense\\n');`));
  while (pool.rest().length === 0) await new Promise((resolve) => setImmediate(resolve));
  const next = await ask(GOOD);
  expect(next).toMatchObject({ how: 'exit', fault: undefined, answer: { status: 'ok' } });
  expect(pidOf(next)).not.toBe(pid);
});

describe('a start that goes wrong', () => {
  test('the process ends: exit code or signal, and what it printed', async () => {
    expect(await ask(GOOD, { start: 'console.error("no module"); process.exit(1)' })).toMatchObject({
      fault: { code: 'worker-start', message: "The plugin's worker ended with exit code 1 before it was ready." },
      exitCode: 1,
      tail: ['no module'],
    });
    expect(await faultOf(GOOD, { start: 'process.kill(process.pid, "SIGSEGV")' })).toEqual([
      'worker-start',
      "The plugin's worker was killed by SIGSEGV before it was ready.",
    ]);
    nodeFs.writeFileSync(at('broken.mjs'), 'const = 1;\n');
    const broken = await ask(GOOD, { argv: [process.execPath, at('broken.mjs')] });
    expect(broken.fault?.message).toBe("The plugin's worker ended with exit code 1 before it was ready.");
    expect(broken.tail.join('\n')).toContain('SyntaxError');
    // Others of the same code are not the worse for it.
    expect(await ask(GOOD)).toMatchObject({ fault: undefined });
  });

  test('there is no such program', async () => {
    expect(await ask(GOOD, { argv: ['./missing'] })).toMatchObject({
      how: 'not-started',
      message: 'The command "./missing" does not exist.',
      fault: undefined,
    });
  });

  test('it says nothing', async () => {
    await reopen({ times: { readyMs: 100 } });
    expect(await faultOf(GOOD, { start: 'console.log("hello")' })).toEqual([
      'worker-silent',
      'The plugin\'s worker did not write {"protocol":1} to descriptor 3 within 0.1 s of its start.',
    ]);
  });

  test.each([
    ['{}', 'The plugin\'s worker does not say which protocol it speaks; its first line must be {"protocol":1}.'],
    ['{"protocol":3}', "The plugin's worker speaks protocol 3, and this wrangle speaks 1."],
    ['{"protocol":"1\\u001b"}', 'The plugin\'s worker speaks protocol "1\\u001b", and this wrangle speaks 1.'],
  ])('it speaks another protocol: %s', async (line, message) => {
    expect(await faultOf(GOOD, { start: `write(${JSON.stringify(`${line}\n`)})` })).toEqual([
      'worker-version',
      message,
    ]);
  });

  test('it begins with something else', async () => {
    expect(await faultOf(GOOD, { start: `write('tool 1.0\\n')` })).toEqual(
      broke('A line is not JSON; it begins with "tool 1.0".'),
    );
    expect(await faultOf(GOOD, { start: `say({ status: 'ok' })` })).toEqual(
      broke('Its first line is not {"protocol":1}; it begins with "{\\"status\\":\\"ok\\"}".'),
    );
  });
});

describe('what is no message', () => {
  test.each([
    [
      'no JSON',
      `write('{"id": oops\\u001b[2J}\\n')`,
      'A line is not JSON; it begins with "{\\"id\\": oops\\u001b[2J}".',
    ],
    ['no object', `write('[1]\\n')`, 'A line is not a JSON object; it begins with "[1]".'],
    ['an empty line', `write('\\n')`, 'A line is not JSON; it begins with "".'],
    [
      'a key twice',
      `write('{"status":"failed","status":"ok"}\\n')`,
      'A line has the key "status" twice; it begins with "{\\"status\\":\\"failed\\",\\"status\\":\\"ok\\"}".',
    ],
    [
      '__proto__',
      `write('{"__proto__":{"status":"ok"}}\\n')`,
      'A line has the key "__proto__"; it begins with "{\\"__proto__\\":{\\"status\\":\\"ok\\"}}".',
    ],
    [
      'deep JSON',
      `write('{"a":' + '['.repeat(2e6) + '\\n')`,
      `A line is nested more than 100 levels deep; it begins with "{\\"a\\":${'['.repeat(55)}…".`,
    ],
    ['no UTF-8', `write(Buffer.from('7b22ff220a', 'hex'))`, 'A line is not UTF-8; it begins with "{\\"\\xff\\"".'],
    [
      'a line without end',
      `write('x'.repeat(17 * 1024 * 1024))`,
      `A line is longer than 16777216 bytes; it begins with "${'x'.repeat(60)}…".`,
    ],
    [
      'a line that is cut off',
      `await write('{"id":1,"protocol":1,"stat'); process.exit(0)`,
      'Its last line was cut off; it begins with "{\\"id\\":1,\\"protocol\\":1,\\"stat".',
    ],
    [
      'the end of the channel',
      'ended(() => {}); setTimeout(() => {}, 1e9); channel.end()',
      'It closed its channel before it had answered.',
    ],
    ['an answer without an id', `say({ protocol: 1, status: 'ok' })`, 'An answer has no "id".'],
    ['an answer to another request', 'answer({ id: 9 })', 'An answer is for request 9, and the request is 1.'],
    ['two answers', 'await answer(request); await answer(request); ready()', 'Request 1 was answered twice.'],
    ['ready before the answer', 'ready()', 'It said that it was ready before it had answered.'],
  ])('%s: the attempt fails, the worker is killed, the next one is good', async (_, code, what) => {
    const told = `fs.writeFileSync('pid', String(process.pid)); ${code}`;
    expect(await faultOf(told)).toEqual(broke(what));
    expect(isAlive(Number(nodeFs.readFileSync(at('pid'), 'utf8')))).toBe(false);
    expect(await ask(GOOD)).toMatchObject({ fault: undefined, answer: { status: 'ok' } });
  });

  test('a secret in it is not shown, not even where the line is cut', async () => {
    const secrets = ['s3cr3t-value-of-some-length'];
    const { fault } = await ask(`write('x'.repeat(50) + ${JSON.stringify(secrets[0])} + '\\n')`, { secrets });
    expect(fault?.message).toContain(`it begins with "${'x'.repeat(50)}***`);
    expect(fault?.message).not.toContain('s3cr3t');
  });

  test('nor is it when no request is served any more', async () => {
    const secrets = ['s3cr3t-value-of-some-length'];
    const line = JSON.stringify(`x${secrets[0]}\n`);
    await ask(`setInterval(() => { if (fs.existsSync('go')) write(${line}); }, 1); ${GOOD}`, { secrets });
    nodeFs.writeFileSync(at('go'), '');
    let said: string[] = [];
    while (said.length === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      said = pool.rest();
    }
    expect(said).toEqual([
      'The plugin\'s worker broke the protocol. A line is not JSON; it begins with "x***". It served no request then, and was ended.',
    ]);
  });

  test('a second answer while nothing is served: the first stands, the worker goes', async () => {
    const first = await ask(`${GOOD} await answer(request);`);
    expect(first).toMatchObject({ fault: undefined, answer: { status: 'ok' } });
    await untilDead(pidOf(first));
    expect(pidOf(await ask(GOOD))).not.toBe(pidOf(first));
    // It may come before the log of the first is closed.
    expect(await pool.close()).toEqual([
      expect.stringMatching(/^The plugin's worker broke the protocol\. .* It served no request then, and was ended\.$/),
    ]);
  });
});

describe('an end that says otherwise', () => {
  test('exit code 1 or a signal after the answer is told beside it', async () => {
    expect(await ask('await answer(request); process.exit(1)')).toMatchObject({
      how: 'exit',
      exitCode: 1,
      answer: { status: 'ok' },
    });
    expect(await ask('await answer(request); process.kill(process.pid, "SIGABRT")')).toMatchObject({
      how: 'signal',
      signal: 'SIGABRT',
      answer: { status: 'ok' },
    });
  });

  test('without an answer it is that of a process', async () => {
    const nothing = { answer: undefined, fault: undefined };
    expect(await ask('console.log("bye"); process.exit(42)')).toMatchObject({
      ...nothing,
      how: 'exit',
      exitCode: 42,
      tail: ['bye'],
    });
    expect(await ask('process.exit(0)')).toMatchObject({ ...nothing, how: 'exit', exitCode: 0 });
    expect(await ask('process.kill(process.pid, "SIGKILL")')).toMatchObject({ ...nothing, how: 'signal' });
    // Half a line of a process that died is not what went wrong.
    expect(await ask('await write("{"); process.exit(3)')).toMatchObject({ ...nothing, how: 'exit', exitCode: 3 });
  });
});

describe('a request that is to end', () => {
  const listening = `cancelled((id) => fs.appendFileSync('cancels', id + '\\n')); console.log('begun');`;
  /** Resolves once the worker has printed something. */
  const begun = () => {
    let heard: () => void = () => {};
    const printed = new Promise<void>((resolve) => {
      heard = resolve;
    });
    return { printed, onOutput: () => heard() };
  };

  test('is asked to, answers in time, and the worker serves on', async () => {
    const pid = pidOf(await ask(GOOD));
    const { printed, onOutput } = begun();
    const code = `cancelled(async (id) => { await answer({ id }); ready(); }); console.log('begun');`;
    const running = start(code, { onOutput });
    await printed;
    running.cancel();
    expect(await running.ended).toMatchObject({ how: 'cancelled', answer: { id: 2 }, fault: undefined });
    expect(pidOf(await ask(GOOD))).toBe(pid);
  });

  test('is killed with all its processes when it does not, and asked only once', async () => {
    const { printed, onOutput } = begun();
    const child = `const child = spawn('sleep', ['1000']); fs.writeFileSync('child', String(child.pid));`;
    const running = start(`${child} ${listening}`, { onOutput, graceMs: 50 });
    await printed;
    running.cancel();
    running.cancel();
    expect(await running.ended).toMatchObject({ how: 'cancelled', signal: 'SIGKILL', answer: undefined });
    expect(nodeFs.readFileSync(at('cancels'), 'utf8')).toBe('1\n');
    await untilDead(Number(nodeFs.readFileSync(at('child'), 'utf8')));
    expect(await ask(GOOD)).toMatchObject({ fault: undefined });
  });

  test('is killed at once when that is wanted', async () => {
    const { printed, onOutput } = begun();
    const running = start(listening, { onOutput });
    await printed;
    running.cancel(true);
    expect(await running.ended).toMatchObject({ how: 'cancelled', signal: 'SIGKILL' });
    expect(nodeFs.existsSync(at('cancels'))).toBe(false);
  });

  test('for its time is over: the same, whatever it answers', async () => {
    const answering = 'cancelled(async (id) => { await answer({ id }); ready(); });';
    await ask(GOOD);
    expect(await ask(answering, { timeoutMs: 50 })).toMatchObject({ how: 'timeout', signal: undefined });
    const nonsense = `cancelled(() => write('nonsense\\n'))`;
    expect(await ask(nonsense, { timeoutMs: 50 })).toMatchObject({ how: 'timeout', fault: undefined });
    await ask(GOOD);
    expect(await ask('for (;;) {}', { timeoutMs: 50, graceMs: 50 })).toMatchObject({
      how: 'timeout',
      signal: 'SIGKILL',
    });
  });

  test('before its worker was ready takes the worker with it', async () => {
    const running = start(GOOD, { start: 'console.log(1)' });
    running.cancel();
    expect(await running.ended).toMatchObject({ how: 'cancelled', answer: undefined });
  });
});

describe('memory', () => {
  const grow = (mebibytes: number) => `process.big = Buffer.alloc(${mebibytes} * 1024 * 1024, 1);`;

  test('beyond what the stage may have: the attempt fails, the worker is replaced', async () => {
    const end = await ask(grow(300), { memoryBytesMax: 200 * 1024 ** 2 });
    expect(end.fault?.code).toBe('worker-memory');
    expect(end.fault?.message).toMatch(
      /^The plugin's worker has grown to \d+ MiB of memory, and the stage may have 200 MiB \("resources.memory"\)\.$/,
    );
    expect(await ask(GOOD)).toMatchObject({ fault: undefined });
  });

  test('that an earlier request left is not the fault of a later one', async () => {
    const pid = pidOf(await ask(`${grow(300)} ${GOOD}`));
    const other = pidOf(await ask(GOOD, { memoryBytesMax: 200 * 1024 ** 2 }));
    expect(other).not.toBe(pid);
    await untilDead(pid);
  });

  test('of a worker that has grown too large between requests is given back', async () => {
    await reopen({ residentBytesMax: 200 * 1024 ** 2 });
    const pid = pidOf(await ask(`${grow(300)} ${GOOD}`));
    expect(pidOf(await ask(GOOD))).not.toBe(pid);
    await untilDead(pid);
  });
});

test('100 MB of output and a million events take little memory', async () => {
  bundle(
    `import { NodeWorkerPool } from './src/host/worker-pool.ts';
     const pool = new NodeWorkerPool({ slots: 1 });
     const request = JSON.parse(process.argv[2]);
     let events = 0;
     const end = await pool.start({ ...request, onEvent: () => { events++; } }).ended;
     await pool.close();
     console.log(JSON.stringify({ end, events, kilobytes: process.resourceUsage().maxRSS }));`,
    at('run.mjs'),
  );
  const code = `
    const line = 'a line of output that is neither short nor long, but quite as long as most lines are in the end\\n';
    const lines = line.repeat(100);
    for (let at = 0; at < 1e4; at++) fs.writeSync(1, lines);
    const events = '{"type":"log","message":"again"}\\n'.repeat(1000);
    for (let at = 0; at < 1000; at++) await write(events);
    ${GOOD}`;
  const request = bareRequest(code);
  const told = JSON.parse(execFileSync(process.execPath, [at('run.mjs'), JSON.stringify(request)]).toString());
  expect(told.end).toMatchObject({ how: 'exit', answer: { status: 'ok' } });
  expect(told.events).toBe(1_000_000);
  expect(nodeFs.statSync(at('log')).size).toBe(96_000_000);
  expect(told.kilobytes).toBeLessThan(200_000);
});

describe('the end of the pool', () => {
  test('ends all, also one that hangs', async () => {
    const pids = (
      await Promise.all([
        ask(GOOD),
        ask(`ended(() => {}); process.on('SIGTERM', () => {}); setTimeout(() => {}, 1e9); ${GOOD}`),
      ])
    ).map(pidOf);
    expect((await pool.close()).map((message) => message.replace(/#\d/, '#N'))).toEqual([
      `The plugin's worker "plug/type#N" did not end within 0.3 s of the end of its channel; it was killed.`,
    ]);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });

  test('leaves nothing that a process would wait for', () => {
    bundle(
      `import { NodeWorkerPool } from './src/host/worker-pool.ts';
       const pool = new NodeWorkerPool({ slots: 1, times: { watchMs: 600_000, readyMs: 600_000, endMs: 600_000 } });
       await pool.start({ ...JSON.parse(process.argv[2]), onEvent: () => {} }).ended;
       await pool.close();`,
      at('run.mjs'),
    );
    execFileSync(process.execPath, [at('run.mjs'), JSON.stringify(bareRequest(GOOD))], { timeout: 240_000 });
  });

  test('between two builds nothing is written down, and then it is again', async () => {
    const ledger = { path: at('ledger'), bootId: 'boot' };
    await reopen({ ledger });
    const pid = pidOf(await ask(GOOD));
    expect(nodeFs.readFileSync(ledger.path, 'utf8')).toContain('"stage":"plug/type#1","run_id":"run"');
    pool.rest();
    expect(nodeFs.existsSync(ledger.path)).toBe(false);
    expect(pidOf(await ask(GOOD))).toBe(pid);
    expect(nodeFs.readFileSync(ledger.path, 'utf8')).toContain('"stage":"plug/type#1","run_id":"run"');
    await pool.close();
    expect(nodeFs.existsSync(ledger.path)).toBe(false);
  });

  test.each([
    ['ends by itself when it sees the end of its channel', 'ended(() => process.exit(0));'],
    ['is ended by the reaper when it does not', `ended(() => {}); process.on('SIGTERM', () => {});`],
  ])('where wrangle is killed it %s', async (_, code) => {
    bundle(
      `import { NodeWorkerPool } from './src/host/worker-pool.ts';
       new NodeWorkerPool({ slots: 1 }).start({ ...JSON.parse(process.argv[2]), onEvent: (event) => console.log(event.pid) });`,
      at('wrangle.mjs'),
    );
    const request = bareRequest(`${code} setTimeout(() => {}, 1e9); say({ type: 'pid', pid: process.pid });`);
    const wrangle = spawn(process.execPath, [at('wrangle.mjs'), JSON.stringify(request)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = Number((await createInterface({ input: wrangle.stdout })[Symbol.asyncIterator]().next()).value);
    expect(isAlive(pid)).toBe(true);
    wrangle.kill('SIGKILL');
    await untilDead(pid);
  });
});
