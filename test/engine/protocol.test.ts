// What a process says beside its exit code: results, discovered inputs, metrics, suspension.
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';
import type { FakeProcess } from '../support/fake-command-runner.ts';

function one(): EngineProject {
  const project = new EngineProject();
  project.write({ in: '1', 'lib.py': 'L1' });
  project.pipeline({
    a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
    b: { inputs: { d: 'a' }, outputs: { o: 'b' } },
  });
  return project;
}

const says = (process: FakeProcess, result: unknown) =>
  process.writes({ [process.spec.env['WRANGLE_RESULT'] ?? '']: JSON.stringify(result) });

/** Stage `a` reads a file that it did not declare, and reports it. */
const discovering: Behaviour = (process) => {
  if (process.stage !== 'a') return undefined;
  const text = `a(${process.reads('in')},${process.reads('lib.py')})`;
  process.writes({ [outputsOf(process)[0] as string]: text });
  says(process, { protocol: 1, status: 'ok', discovered_inputs: ['lib.py', 'in', 'lib.py'] });
  process.exit(0);
  return 'done';
};

describe('discovered inputs', () => {
  test('count from then on: a change runs the stage, a change back restores it', async () => {
    const project = one();
    await project.build({ behave: discovering });
    expect((await project.build({ behave: discovering })).outcomes).toEqual({ a: 'fresh', b: 'fresh' });

    project.write({ 'lib.py': 'L2' });
    expect((await project.why('a')).map(({ part, name }) => [part, name])).toEqual([['discovered', 'lib.py']]);
    expect((await project.build({ behave: discovering })).outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(project.read('a')).toBe('a(1,L2)');

    project.write({ 'lib.py': 'L1' });
    expect((await project.build({ behave: discovering })).outcomes).toEqual({ a: 'restored', b: 'restored' });
    expect(project.read('a')).toBe('a(1,L1)');
  });

  test('of another stage that it does not wait for: a matter of luck, so the stage fails', async () => {
    const project = one();
    project.pipeline({
      a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
      lib: { inputs: { d: 'in' }, outputs: { o: 'lib.py' } },
    });
    const luck = await project.build({ behave: discovering, jobs: 1 });
    expect(luck.outcomes).toMatchObject({ a: 'failed' });
    expect(luck.collected.stages.get('a')?.failure).toMatchObject({
      code: 'discovered-elsewhere',
      message: 'It read "lib.py", which stage "lib" makes, without waiting for it; declare it under "inputs".',
    });
    expect(project.read('a')).toBeUndefined();

    project.pipeline({
      a: { inputs: { d: 'in' }, outputs: { o: 'a' }, needs: ['lib'] },
      lib: { inputs: { d: 'in' }, outputs: { o: 'lib.py' } },
    });
    expect((await project.build({ behave: discovering })).outcomes).toMatchObject({ a: 'ran' });
  });

  /** Stage `a` says that it read these. */
  const reading =
    (...paths: string[]): Behaviour =>
    (process) => {
      if (process.stage !== 'a') return undefined;
      process.writes({ [outputsOf(process)[0] as string]: 'a' });
      says(process, { protocol: 1, status: 'ok', discovered_inputs: paths });
      process.exit(0);
      return 'done';
    };

  test('are the same whichever way a path is written', async () => {
    const project = one();
    const written = reading('/w/lib.py', './lib.py', 'x/../lib.py', '/w/in', '/elsewhere/../w/lib.py');
    await project.build({ behave: written });
    project.write({ 'lib.py': 'L2' });
    expect((await project.why('a')).map(({ part, name }) => [part, name])).toEqual([['discovered', 'lib.py']]);

    const luck = one();
    luck.pipeline({
      a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
      lib: { inputs: { d: 'in' }, outputs: { o: 'lib.py' } },
    });
    const run = await luck.build({ behave: reading('/w/lib.py'), jobs: 1 });
    expect(run.collected.stages.get('a')?.failure?.code).toBe('discovered-elsewhere');
  });

  test.each([
    ['', 'is no path'],
    ['.', 'is a folder with the whole workspace in it'],
    ['/', 'is a folder with the whole workspace in it'],
    ['.wrangle/index', "lies in wrangle's own folder"],
  ])('%j fails the stage', async (path, problem) => {
    const run = await one().build({ behave: reading(path) });
    expect(run.collected.stages.get('a')?.failure).toMatchObject({
      code: 'plugin-bad-result',
      message: `The plugin's result document cannot be used: its "discovered_inputs" has "${path}" in it, which ${problem}.`,
    });
  });

  test('count also where the index was lost, and for another pipeline that shares the output', async () => {
    const project = one();
    await project.build({ behave: discovering });
    const stage = { run: `make a \${{ outputs.o }}`, inputs: { d: 'in' }, outputs: { o: 'a' } };
    project.write({ 'other.yaml': JSON.stringify({ version: 1, stages: { a: stage } }) });
    project.write({ 'lib.py': 'L2' });
    const options = { behave: discovering, file: '/w/other.yaml' };
    expect((await project.build(options)).outcomes).toEqual({ a: 'ran' });
    project.fs.remove('/w/.wrangle/index');
    project.write({ 'lib.py': 'L3' });
    expect((await project.build(options)).outcomes).toEqual({ a: 'ran' });
    expect(project.read('a')).toBe('a(1,L3)');
  });
});

describe('results', () => {
  const ending =
    (end: (process: FakeProcess) => void): Behaviour =>
    (process) => {
      if (process.stage !== 'a') return undefined;
      process.writes({ [outputsOf(process)[0] as string]: 'A' });
      end(process);
      return 'done';
    };

  test('a failure that names itself', async () => {
    const project = one();
    const error = { code: 'no-header', category: 'skippable', message: 'The table has no header.' };
    const run = await project.build({
      behave: ending((process) => {
        says(process, { protocol: 1, status: 'failed', error });
        process.exit(1);
      }),
    });
    expect(run.outcomes).toEqual({ a: 'skipped', b: 'skipped' });
    expect(run.collected.stages.get('a')?.failure).toMatchObject({ ...error, exit_code: 1 });
  });

  test('half a document beside exit code 0 fails the stage; beside another the exit code says more', async () => {
    const problem = 'it is not JSON; it begins with "{\\"protocol\\": 1, \\"sta".';
    for (const [code, message] of [
      [0, `The plugin's result document cannot be used: ${problem}`],
      [7, `It ended with exit code 7, and its result document cannot be used: ${problem}`],
      [42, `The plugin's result document cannot be used: ${problem}`],
    ] as const) {
      const run = await one().build({
        behave: ending((process) => {
          process.writes({ [process.spec.env['WRANGLE_RESULT'] ?? '']: '{"protocol": 1, "sta' }).exit(code);
        }),
      });
      expect(run.collected.stages.get('a')?.failure?.message).toBe(message);
    }
  });

  test('exit code 42 waits for an answer: nothing is published, consumers are blocked, the run is suspended', async () => {
    const project = one();
    const run = await project.build({ behave: ending((process) => process.exit(42)) });
    expect(run.outcomes).toEqual({ a: 'suspended', b: 'blocked' });
    expect(run.report).toMatchObject({ status: 'built', outcome: 'suspended' });
    expect(project.read('a')).toBeUndefined();
    expect((await project.build()).outcomes).toEqual({ a: 'ran', b: 'ran' });
  });

  test('metrics come from events and from the result, which wins', async () => {
    const project = one();
    const run = await project.build({
      behave: ending((process) => {
        const lines = [
          { type: 'metric', name: 'rows', value: 1 },
          { type: 'metric', name: 'seen', value: 2 },
        ];
        process.writes({
          [process.spec.env['WRANGLE_EVENTS'] ?? '']:
            `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnoise\n`,
        });
        says(process, { protocol: 1, status: 'ok', metrics: { rows: 5 } });
        process.exit(0);
      }),
    });
    expect(run.collected.stages.get('a')?.metrics).toEqual({ rows: 5, seen: 2 });
  });

  test('what one process left is not taken for the word of the next', async () => {
    const project = one();
    const run = await project.build({
      jobs: 1,
      behave: (process) => {
        if (process.stage === 'a') return discovering(process);
        expect(() => process.reads(process.spec.env['WRANGLE_RESULT'] ?? '')).toThrow('does not exist');
        return undefined;
      },
    });
    expect(run.outcomes).toEqual({ a: 'ran', b: 'ran' });
  });
});
