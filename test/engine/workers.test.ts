// Stage types that are served by workers: everything but the process itself is as it is for the others.
import { describe, expect, test } from 'vitest';
import type { StageSpec } from '../support/engine-project.ts';
import { EngineProject, outputsOf, type RunOptions, requestOf } from '../support/engine-project.ts';
import { type FakeProcess, FakeRequest } from '../support/fake-command-runner.ts';

const MANIFEST = {
  protocol: 1,
  name: 'plug',
  stages: Object.fromEntries(
    [true, false].map((worker) => [
      worker ? 'served' : 'alone',
      {
        run: { node: './stage.js' },
        worker,
        params: { type: 'object', properties: { n: { type: 'integer', default: 1 } } },
        inputs: { d: {} },
        outputs: { o: {} },
      },
    ]),
  ),
};

function withPlugin(stages: Readonly<Record<string, StageSpec>>): EngineProject {
  const project = new EngineProject();
  project.write({
    in: '1',
    '.wranglerrc.yaml': 'version: 1\nplugins: { plug: ./plug }\n',
    'plug/package.json': JSON.stringify({ name: 'plug', wrangle: { manifest: './wrangle.plugin.json' } }),
    'plug/wrangle.plugin.json': JSON.stringify(MANIFEST),
    'plug/stage.js': '// Nobody runs it.',
  });
  project.pipeline(stages);
  return project;
}

const SERVED = { uses: 'plug/served', inputs: { d: 'in' }, outputs: { o: 'a' } };

const one = (more: StageSpec = {}) =>
  withPlugin({ a: { ...SERVED, ...more }, b: { inputs: { d: 'a' }, outputs: { o: 'b' } } });

/** Builds; stage `a` does what `act` says after it has written its output. */
function build(project: EngineProject, act: (request: FakeRequest) => void, options: RunOptions = {}) {
  return project.build({
    ...options,
    behave: (process) => {
      if (!(process instanceof FakeRequest)) return undefined;
      process.writes({ [outputsOf(process)[0] as string]: 'A' });
      act(process);
      return 'done';
    },
  });
}

const OK = { id: 1, protocol: 1, status: 'ok' };

describe('a stage that a worker serves', () => {
  test('is built like any other, and is fresh afterwards', async () => {
    const project = one();
    const run = await project.build();
    expect(run.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(project.read('b')).toBe('b(a(1))');
    expect(project.runner.process('a')).toBeInstanceOf(FakeRequest);
    expect(project.runner.process('b')).not.toBeInstanceOf(FakeRequest);
    expect(project.pools).toEqual(['opened for 2', 'closed']);

    expect((await project.build()).outcomes).toEqual({ a: 'fresh', b: 'fresh' });
    expect(project.pools).toHaveLength(2);
  });

  test('has the same request and environment as one with a process of its own', async () => {
    const more = { env: { X: 'x' }, with: { n: 5 }, timeout: '10s', resources: { memory: '1GiB' } };
    const project = withPlugin({
      a: { ...SERVED, ...more },
      b: { ...SERVED, ...more, uses: 'plug/alone', outputs: { o: 'b' } },
    });
    let document: object = {};
    await project.build({
      jobs: 1,
      behave: (process) => {
        if (process.stage === 'b') document = requestOf(process);
        return undefined;
      },
    });
    const served = project.runner.process('a') as FakeRequest;
    const alone = project.runner.process('b');
    const { WRANGLE_REQUEST: request, WRANGLE_RESULT: result, WRANGLE_SEED: seed, ...env } = alone.spec.env;
    expect([typeof request, typeof result]).toEqual(['string', 'string']);
    expect(seed).toBe(String((document as { seed?: number }).seed));
    const { WRANGLE_SEED: ownSeed, ...servedEnv } = served.spec.env;
    expect(ownSeed).not.toBe(seed);
    const like = (value: object) =>
      JSON.parse(
        JSON.stringify({ ...value, seed: 0 })
          .replaceAll(/\bb\b/g, 'a')
          .replaceAll(/[0-9a-f]{64}/g, 'hash'),
      );
    expect(like(servedEnv)).toEqual(like(env));
    expect(like(served.request.document)).toEqual(like(document));
    const { variables, spec, code, type, memoryBytesMax } = served.request;
    expect(Object.keys(variables).sort()).toEqual([
      'TMPDIR',
      'WRANGLE_ANSWERS',
      'WRANGLE_ATTEMPT',
      'WRANGLE_EVENTS',
      'WRANGLE_RUN_ID',
      'WRANGLE_SCRATCH',
      'WRANGLE_SEED',
      'WRANGLE_STAGE',
    ]);
    expect(Object.keys(spec.env).filter((name) => Object.hasOwn(variables, name))).toEqual([]);
    expect(spec).toMatchObject({ argv: alone.spec.argv, cwd: '/w', timeoutMs: 10_000, graceMs: 10_000 });
    expect([code.length, type, memoryBytesMax]).toEqual([64, 'plug/served', 1024 ** 3]);
  });

  test('has the TMPDIR that its stage declares, as one with a process of its own has', async () => {
    const project = withPlugin({ a: { ...SERVED, env: { TMPDIR: '/own' } } });
    await project.build();
    const { request } = project.runner.process('a') as FakeRequest;
    expect(request.variables['TMPDIR']).toBe('/own');
  });

  test('tells metrics, log and progress as it goes', async () => {
    const run = await build(one(), (request) => {
      request.tells({ type: 'metric', name: 'rows', value: 1 }).tells({ type: 'metric', name: 'seen', value: 2 });
      request.tells({ type: 'log', level: 'warning', message: 'careful' }).tells({ type: 'nonsense' });
      request.tells({ type: 'progress', done: 1, total: 9 }).tells({ type: 'progress', done: 2, total: 9 });
      request.answer({ ...OK, metrics: { rows: 5 } });
    });
    expect(run.collected.stages.get('a')?.metrics).toEqual({ rows: 5, seen: 2 });
    const told = run.events.filter(({ event, task_id }) => task_id === 'a' && ['log', 'task_progress'].includes(event));
    expect(told.map(({ event, details }) => [event, details.message])).toEqual([
      ['log', 'careful'],
      // The next comes too soon to be of use to anybody.
      ['task_progress', '1/9'],
    ]);
  });

  test('may log as much as it likes, and is heard up to a limit', async () => {
    const run = await build(one(), (request) => {
      for (let at = 0; at < 20_000; at++) request.tells({ type: 'log', message: `line ${at}` });
      request.answer(OK);
    });
    const lines = run.events.filter(({ event, task_id }) => event === 'log' && task_id === 'a');
    expect(lines).toHaveLength(10_001);
    expect(run.warnings).toEqual(['It logged more than 10000 lines; the others are left out.']);
  });

  test('has events of its own processes in the file as well', async () => {
    const run = await build(one(), (request) => {
      const line = JSON.stringify({ type: 'metric', name: 'by-child', value: 3 });
      request.writes({ [request.spec.env['WRANGLE_EVENTS'] as string]: `${line}\n` });
      request.answer(OK);
    });
    expect(run.collected.stages.get('a')?.metrics).toEqual({ 'by-child': 3 });
  });

  test('has discovered inputs', async () => {
    const project = one();
    project.write({ lib: 'L1' });
    const discovering = (request: FakeRequest) => request.answer({ ...OK, discovered_inputs: ['lib'] });
    await build(project, discovering);
    expect((await project.build()).outcomes).toEqual({ a: 'fresh', b: 'fresh' });
    project.write({ lib: 'L2' });
    expect((await project.why('a')).map(({ part, name }) => [part, name])).toEqual([['discovered', 'lib']]);
  });

  test('waits for an answer, and gets it', async () => {
    const project = one();
    const question = { id: 'ok', text: 'Is it?', schema: { type: 'boolean' } };
    const asking = await build(project, (request) => request.answer({ ...OK, status: 'suspended', question }));
    expect(asking.outcomes).toEqual({ a: 'suspended', b: 'blocked' });
    const done = await build(project, (request) => request.succeed(), {
      answers: [{ stage: 'a', value: true }],
    });
    expect(done.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect((project.runner.process('a') as FakeRequest).request.document).toMatchObject({ answers: { ok: true } });
  });
});

describe('an answer is not believed', () => {
  const failureOf = async (act: (request: FakeRequest) => void, stage: StageSpec = {}) => {
    const run = await build(one(stage), act);
    expect(run.outcomes).toEqual({ a: 'failed', b: 'blocked' });
    const { code, message, exit_code, signal } = run.collected.stages.get('a')?.failure ?? {};
    return [code, message, ...[exit_code, signal].filter((part) => part !== undefined)];
  };

  test('when an output is not there, whatever it says of it', async () => {
    const project = one();
    const run = await project.build({
      behave: (process: FakeProcess) => {
        if (!(process instanceof FakeRequest)) return undefined;
        process.answer({ ...OK, outputs: { o: [{ path: 'a', sha256: 'f'.repeat(64) }] } });
        return 'done';
      },
    });
    expect(run.collected.stages.get('a')?.failure).toMatchObject({
      code: 'output-missing',
      message: 'It ended well but did not make "a".',
    });
  });

  test('when the process ends otherwise', async () => {
    expect(await failureOf((request) => request.answer(OK, { exitCode: 1 }))).toEqual([
      'exit-code',
      'It ended with exit code 1.',
      1,
    ]);
    expect(await failureOf((request) => request.answer(OK, { how: 'signal', signal: 'SIGABRT' }))).toEqual([
      'signal',
      'It was killed by SIGABRT.',
      'SIGABRT',
    ]);
    expect(await failureOf((request) => request.answer(OK, { how: 'timeout' }), { timeout: '3s' })).toEqual([
      'timeout',
      'It was stopped after 3 s, its timeout.',
    ]);
  });

  test('when it is none', async () => {
    expect(await failureOf((request) => request.answer({ id: 1, protocol: 1, status: 'done' }))).toEqual([
      'plugin-bad-result',
      `The plugin's result document cannot be used: its "status" is "done"; it must be "ok", "failed" or "suspended".`,
    ]);
    expect(await failureOf((request) => request.exit(0))).toEqual(
      ['plugin-no-result', 'The plugin ended with exit code 0 but wrote no result document.', 0].slice(0, 2),
    );
  });

  test('when it says why it failed, that is why, also when the process ends with it', async () => {
    const error = { code: 'no-header', category: 'critical', message: 'The table has no header.' };
    const answer = { ...OK, status: 'failed', error };
    expect(await failureOf((request) => request.answer(answer))).toEqual(['no-header', error.message]);
    expect(await failureOf((request) => request.answer(answer, { exitCode: 1 }))).toEqual([
      'no-header',
      error.message,
      1,
    ]);
  });

  test('an end without one is that of a process', async () => {
    expect(await failureOf((request) => request.exit(3))).toEqual(['exit-code', 'It ended with exit code 3.', 3]);
    expect((await build(one({ exit_codes: { 3: 'skippable' } }), (request) => request.exit(3))).outcomes).toMatchObject(
      {
        a: 'skipped',
      },
    );
    expect((await build(one(), (request) => request.exit(42))).outcomes).toMatchObject({ a: 'suspended' });
  });

  test('a worker that had to be ended is the reason, and another attempt may follow', async () => {
    const fault = { code: 'worker-protocol', message: 'It broke the protocol.' } as const;
    expect(await failureOf((request) => request.fault(fault))).toEqual([fault.code, fault.message]);
    const retried = await build(one({ retry: { on: ['worker-protocol'], max: 1 } }), (request) => {
      if (request.request.variables['WRANGLE_ATTEMPT'] === '1') request.fault(fault);
      else request.succeed();
    });
    expect(retried.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(retried.collected.stages.get('a')?.attempts).toHaveLength(2);
  });
});

describe('a build that is stopped', () => {
  test('stops the request, and publishes nothing', async () => {
    const project = one();
    const running = project.start();
    await running.idle();
    expect(project.runner.running()).toEqual(['a']);
    running.stop();
    const run = await running.done;
    expect(project.runner.process('a').cancels).toEqual([false]);
    expect(run.outcomes).toEqual({ a: 'cancelled', b: 'cancelled' });
    expect(project.files()).not.toHaveProperty('a');
    expect(project.pools).toEqual(['opened for 2', 'closed']);
  });
});

test('what is left of a failed attempt runs it again by a process of its own', async () => {
  const project = one();
  await build(project, (request) => request.exit(1));
  const { 'replay.sh': script = '', 'environment.sh': variables = '', 'request.json': request } = project.failed('a');
  expect(script).toContain('export WRANGLE_REQUEST="$here/replay-request.json"');
  expect(script).toContain('exec /usr/bin/node /w/plug/stage.js');
  expect(variables).not.toContain('WRANGLE_WORKER');
  expect(JSON.parse(request ?? '')).toMatchObject({ stage: 'a', protocol: 1 });
});

test('secrets are masked in what a worker says', async () => {
  const project = one({ secrets: ['TOKEN'] });
  project.env['TOKEN'] = 'very-secret';
  const run = await build(project, (request) => {
    expect(request.request.spec.env['TOKEN']).toBe('very-secret');
    expect(request.request.spec.secrets).toEqual(['very-secret']);
    request.tells({ type: 'log', message: 'it is very-secret' });
    request.answer({ ...OK, metrics: { token: 'very-secret' } });
  });
  expect(JSON.stringify([run.events, project.files()])).not.toContain('very-secret');
  expect(run.outcomes).toEqual({ a: 'ran', b: 'ran' });
});

test('workers stay from build to build where the workspace keeps them', async () => {
  const project = one();
  const workspace = project.keepWorkers();
  await project.build();
  project.write({ in: '2' });
  await project.build();
  expect(project.pools).toEqual(['opened for 2', 'rested', 'rested']);
  await workspace.close();
  expect(project.pools).toEqual(['opened for 2', 'rested', 'rested', 'closed']);
});

test('what a worker did wrong when it served nobody is a warning', async () => {
  const project = one();
  project.complaints = ['It would not end.'];
  const run = await project.build();
  expect(run.outcomes).toEqual({ a: 'ran', b: 'ran' });
  expect(run.warnings).toEqual(['It would not end.']);
});

test('no pool is made where nothing is served', async () => {
  const project = withPlugin({ a: { ...SERVED, uses: 'plug/alone' } });
  await project.build({
    behave: (process) => {
      process.writes({ [outputsOf(process)[0] as string]: 'A' });
      process.writes({ [process.spec.env['WRANGLE_RESULT'] as string]: JSON.stringify({ protocol: 1, status: 'ok' }) });
      process.exit(0);
      return 'done';
    },
  });
  expect(project.pools).toEqual([]);
  expect(project.read('a')).toBe('A');
});
