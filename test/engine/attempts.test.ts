// Failed attempts: which are made again and when, what a pause holds, and what becomes of a failure by its category.
import { describe, expect, test } from 'vitest';
import type { WrangleEvent } from '../../src/model/event.ts';
import type { Behaviour, Run, RunningBuild } from '../support/engine-project.ts';
import { EngineProject, outputsOf, requestOf, succeed } from '../support/engine-project.ts';
import type { FakeProcess } from '../support/fake-command-runner.ts';

const RETRY = { retry: {}, exit_codes: { 75: 'retryable', 3: 'skippable' } };

/** `crawl` -> `parse`, and `other` beside them. */
function crawler(change: Readonly<Record<string, unknown>> = RETRY): EngineProject {
  const project = new EngineProject();
  project.write({ in: '1' });
  project.pipeline({
    crawl: { inputs: { data: 'in' }, outputs: { out: 'out/crawl' }, ...change },
    parse: { inputs: { data: 'out/crawl' }, outputs: { out: 'out/parse' } },
    other: { inputs: { data: 'in' }, outputs: { out: 'out/other' } },
  });
  return project;
}

/** Ends the attempts of `crawl` with these exit codes, one after the other; afterwards it succeeds. */
function exits(...codes: readonly number[]): Behaviour {
  const left = [...codes];
  return (process) => {
    if (process.stage !== 'crawl') return undefined;
    const code = left.shift() ?? 0;
    if (code === 0) return undefined;
    process.exit(code);
    return 'done';
  };
}

const attemptsOf = (run: Run, stage = 'crawl') =>
  run.collected.stages.get(stage)?.attempts.map(({ number, outcome, code }) => [number, outcome, code]);
const messageOf = (run: Run, stage = 'crawl') => run.collected.stages.get(stage)?.failure?.message;
const named = <Name extends WrangleEvent['event']>(run: Run, name: Name) =>
  run.events.filter((event): event is Extract<WrangleEvent, { event: Name }> => event.event === name);
const delays = (run: Run) => named(run, 'task_retrying').map(({ details }) => details.data.delay_ms);

/** A build in which time stands still unless the test moves it. */
function held(project: EngineProject, options: Parameters<EngineProject['start']>[0] = {}): RunningBuild {
  project.clock.hold();
  return project.start(options);
}

describe('a failure that is tried again', () => {
  test('fails twice, then ends well: three attempts, and its consumers run', async () => {
    const project = crawler();
    const run = await project.build({ behave: exits(75, 75) });
    expect(run.outcomes).toEqual({ crawl: 'ran', parse: 'ran', other: 'ran' });
    expect(attemptsOf(run)).toEqual([
      [1, 'failed', 'exit-code'],
      [2, 'failed', 'exit-code'],
      [3, 'ran', null],
    ]);
    expect(project.read('out/parse')).toBe('parse(crawl(1))');
    expect(delays(run)).toEqual([1000, 5000]);
    expect(named(run, 'task_retrying').map(({ details }) => details.message)).toEqual([
      'It ended with exit code 75. It is tried again in 1 s.',
      'It ended with exit code 75. It is tried again in 5 s.',
    ]);
  });

  test('fails as often as it may: it failed, after so many pauses', async () => {
    const run = await crawler().build({ behave: exits(75, 75, 75, 75, 75) });
    expect(run.outcomes).toMatchObject({ crawl: 'failed', parse: 'blocked' });
    expect(attemptsOf(run)).toHaveLength(4);
    expect(delays(run)).toEqual([1000, 5000, 25_000]);
    expect(messageOf(run)).toBe('It ended with exit code 75.');
  });

  test('the pause is drawn anew each time', async () => {
    const project = crawler({ ...RETRY, retry: { backoff: { base: '10s', multiplier: 2, max: '15s' } } });
    const drawn = [0, 0.5];
    project.random = () => drawn.shift() ?? 1;
    expect(delays(await project.build({ behave: exits(75, 75, 75) }))).toEqual([5000, 11_250, 15_000]);
  });

  test('none of the pause is left out', async () => {
    const project = crawler();
    const build = held(project, { targets: ['crawl'] });
    await build.idle();
    project.runner.process('crawl').exit(75);
    await build.idle();
    await project.clock.advance(999);
    await build.idle();
    expect(project.runner.started).toEqual(['crawl']);
    await project.clock.advance(1);
    await build.idle();
    expect(project.runner.started).toEqual(['crawl', 'crawl']);
    succeed(project.runner.process('crawl'));
    expect((await build.done).outcomes).toEqual({ crawl: 'ran' });
  });

  test.each([
    ['stage', '.wrangle/staging/crawl/0/out/crawl', {}],
    ['in place', 'out/crawl', { run: 'crawl' }],
  ])('every attempt starts from the same state (%s)', async (_how, path, change) => {
    const project = crawler({ ...RETRY, ...change });
    project.write({ 'out/crawl': 'old' });
    const seen: unknown[] = [];
    const run = await project.build({
      behave: (process) => {
        if (process.stage !== 'crawl') return undefined;
        const { attempt, seed } = requestOf(process);
        const [output = ''] = outputsOf(process);
        seen.push([attempt, project.read(path), process.spec.env['WRANGLE_ATTEMPT'], process.spec.logPath.slice(-5)]);
        expect(seed).toBeTypeOf('number');
        process.writes({ [output]: `half ${attempt}` }).prints(`try ${attempt}\n`);
        if (attempt === 3) succeed(process);
        else process.exit(75);
        return 'done';
      },
    });
    expect(seen).toEqual([
      [1, undefined, '1', '1.log'],
      [2, undefined, '2', '2.log'],
      [3, undefined, '3', '3.log'],
    ]);
    expect(run.outcomes['crawl']).toBe('ran');
    expect(project.read('out/crawl')).toBe('crawl(1)');
    const { attempts = [] } = run.collected.stages.get('crawl') ?? {};
    expect(attempts.map(({ log }) => project.read(log ?? ''))).toEqual(['try 1\n', 'try 2\n', 'try 3\n']);
    expect(project.read('.wrangle/displaced/out/crawl')).toBe('old');
  });

  test('in the pause, the old output written in place stands', async () => {
    const project = crawler({ ...RETRY, run: 'crawl' });
    await project.build();
    project.write({ in: '2' });
    const build = held(project);
    await build.idle();
    expect(project.read('out/crawl')).toBeUndefined();
    project.runner.process('crawl').writes({ 'out/crawl': 'half' }).exit(75);
    await build.idle();
    expect(project.read('out/crawl')).toBe('crawl(1)');
    build.stop();
    await build.done;
  });

  test('the next attempt reads the inputs as they are then, and its result counts for those', async () => {
    const project = crawler();
    const run = await project.build({
      targets: ['crawl'],
      behave: (process) => {
        if (process.stage !== 'crawl' || requestOf(process).attempt > 1) return undefined;
        project.write({ in: '2' });
        process.exit(75);
        return 'done';
      },
    });
    expect(run.warnings).toEqual([]);
    expect(project.read('out/crawl')).toBe('crawl(2)');
    expect(await project.decisions()).toMatchObject({ crawl: 'fresh' });
  });

  test('an input that is gone by then fails the stage', async () => {
    const project = crawler();
    const run = await project.build({
      targets: ['crawl'],
      behave: (process) => {
        if (process.stage !== 'crawl') return undefined;
        project.fs.remove('/w/in');
        process.exit(75);
        return 'done';
      },
    });
    expect(messageOf(run)).toBe('The input "in" is not there.');
    expect(attemptsOf(run)).toEqual([[1, 'failed', 'exit-code']]);
  });

  test('the code that a stage gives itself counts, and so does its category', async () => {
    const fails = (code: string, category: string) => (process: FakeProcess) => {
      if (process.stage !== 'crawl' || requestOf(process).attempt > 1) return undefined;
      const error = { code, category, message: 'Slow down.' };
      process.writes({
        [process.spec.env['WRANGLE_RESULT'] ?? '']: JSON.stringify({ protocol: 1, status: 'failed', error }),
      });
      process.exit(1);
      return 'done' as const;
    };
    const ends = async (retry: unknown, code: string, category: string) =>
      (await crawler({ retry }).build({ behave: fails(code, category) })).outcomes['crawl'];
    expect(await ends({}, 'rate-limit', 'retryable')).toBe('ran');
    expect(await ends({ on: ['rate-limit'] }, 'rate-limit', 'critical')).toBe('ran');
    expect(await ends({ on: ['rate-limit'] }, 'busy', 'retryable')).toBe('failed');
    expect(await ends({}, 'bad-request', 'critical')).toBe('failed');
  });

  test.each([
    ['one killed by a signal', ['signal'], (process: FakeProcess) => process.signal('SIGKILL'), 'ran'],
    [
      'one killed by a signal, unless asked for',
      ['retryable'],
      (process: FakeProcess) => process.signal('SIGKILL'),
      'failed',
    ],
    ['a timeout', ['retryable'], (process: FakeProcess) => process.timeout(), 'ran'],
    ['a missing command', ['critical', 'exit-code'], (process: FakeProcess) => process.exit(127), 'failed'],
    ['a process that did not start', ['critical'], (process: FakeProcess) => process.notStarted('No.'), 'failed'],
    ['a missing output', ['critical'], (process: FakeProcess) => process.exit(0), 'failed'],
  ])('%s', async (_what, on, fail, outcome) => {
    const run = await crawler({ retry: { on }, timeout: '1s' }).build({
      behave: (process) => {
        if (process.stage !== 'crawl' || requestOf(process).attempt > 1) return undefined;
        fail(process);
        return 'done';
      },
    });
    expect(run.outcomes['crawl']).toBe(outcome);
    expect(attemptsOf(run)).toHaveLength(outcome === 'ran' ? 2 : 1);
  });

  test('without `retry` nothing is, whatever the exit code means', async () => {
    const run = await crawler({ exit_codes: { 75: 'retryable' } }).build({ behave: exits(75) });
    expect(run.outcomes['crawl']).toBe('failed');
    expect(run.collected.stages.get('crawl')?.failure).toMatchObject({ category: 'retryable' });
  });

  test('what `retry` says is no reason to run', async () => {
    const project = crawler();
    await project.build();
    const other = { inputs: { data: 'in' }, outputs: { out: 'out/crawl' }, run: `make crawl \${{ outputs.out }}` };
    project.pipeline({ crawl: { ...other, retry: { max: 9 }, exit_codes: { 9: 'skippable' } } });
    expect(await project.decisions()).toEqual({ crawl: 'fresh' });
  });
});

describe('the pause', () => {
  test('holds no slot', async () => {
    const project = crawler();
    const build = held(project, { jobs: 1 });
    await build.idle();
    expect(project.runner.running()).toEqual(['crawl']);
    project.runner.process('crawl').exit(75);
    await build.idle();
    expect(project.runner.running()).toEqual(['other']);
    // The pause is over, but the one slot is taken.
    await project.clock.advance(1000);
    await build.idle();
    expect(project.runner.running()).toEqual(['other']);
    succeed(project.runner.process('other'));
    await build.idle();
    expect(project.runner.running()).toEqual(['crawl']);
    succeed(project.runner.process('crawl'));
    await build.idle();
    succeed(project.runner.process('parse'));
    expect((await build.done).outcomes).toEqual({ crawl: 'ran', parse: 'ran', other: 'ran' });
  });

  test('is ended at once by a stop', async () => {
    const project = crawler();
    const build = held(project, { jobs: 1 });
    await build.idle();
    project.runner.process('crawl').exit(75);
    await build.idle();
    succeed(project.runner.process('other'));
    await build.idle();
    build.stop();
    const run = await build.done;
    expect(run.report).toMatchObject({ outcome: 'interrupted' });
    expect(run.outcomes).toEqual({ crawl: 'cancelled', parse: 'cancelled', other: 'ran' });
    expect(attemptsOf(run)).toEqual([[1, 'failed', 'exit-code']]);
    expect(named(run, 'task_cancelled')[0]?.details.message).toBe('Stopped before it was tried again.');
    expect(Object.keys(project.fs.tree('/w/.wrangle/staging'))).toEqual([]);
  });

  test('is ended at once when another stage halts the run, and the stage is not tried again', async () => {
    const project = crawler();
    const build = held(project, { jobs: 2 });
    await build.idle();
    project.runner.process('crawl').exit(75);
    await build.idle();
    project.runner.process('other').exit(1);
    const run = await build.done;
    expect(run.outcomes).toEqual({ crawl: 'failed', parse: 'blocked', other: 'failed' });
    expect(messageOf(run)).toBe('It ended with exit code 75. It was not tried again, because the run was halted.');
    expect(attemptsOf(run)).toHaveLength(1);
  });

  test.each([
    ['-k', { keepGoing: true }, {}],
    ['on_failure: allow', {}, { on_failure: 'allow' }],
    ['on_failure: continue', {}, { on_failure: 'continue' }],
  ])('goes on when another stage fails that halts nothing: %s', async (_how, options, change) => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({
      crawl: { inputs: { data: 'in' }, outputs: { out: 'out/crawl' }, ...RETRY },
      other: { inputs: { data: 'in' }, outputs: { out: 'out/other' }, ...change },
    });
    const build = held(project, { jobs: 2, ...options });
    await build.idle();
    project.runner.process('crawl').exit(75);
    await build.idle();
    project.runner.process('other').exit(1);
    await build.idle();
    await project.clock.advance(1000);
    await build.idle();
    expect(project.runner.running()).toEqual(['crawl']);
    succeed(project.runner.process('crawl'));
    expect((await build.done).outcomes).toEqual({ crawl: 'ran', other: 'failed' });
  });
});

describe('a failure that may be skipped', () => {
  test('the stage is skipped and logged, its consumers with it, and the run does not fail', async () => {
    const project = crawler();
    const run = await project.build({ behave: exits(3) });
    expect(run.outcomes).toEqual({ crawl: 'skipped', parse: 'skipped', other: 'ran' });
    expect(run.report).toMatchObject({ outcome: 'done' });
    expect(attemptsOf(run)).toEqual([[1, 'failed', 'exit-code']]);
    expect(named(run, 'task_skipped').map(({ task_id, details }) => [task_id, details.message])).toEqual([
      ['crawl', 'It ended with exit code 3.'],
      ['parse', 'Skipped with crawl.'],
    ]);
    const [record] = Object.values(project.fs.tree('/w/.wrangle/runs')).filter((text) => text.includes('| WARNING |'));
    expect(record).toMatch(/\| crawl \| WARNING \| It ended with exit code 3\.\n/);
  });

  test('old outputs of both are removed, and the store keeps them', async () => {
    const project = crawler();
    await project.build();
    project.write({ in: '2' });
    const run = await project.build({ behave: exits(3) });
    expect(project.files()).toEqual({ in: '2', 'out/other': 'other(2)' });
    expect(named(run, 'task_skipped').map(({ details }) => details.data.changes.map(({ path }) => path))).toEqual([
      ['out/crawl'],
      ['out/parse'],
    ]);
    project.write({ in: '1' });
    const back = await project.build();
    expect(back.outcomes).toEqual({ crawl: 'restored', parse: 'restored', other: 'restored' });
  });

  test('it is tried again by the next build', async () => {
    const project = crawler();
    await project.build({ behave: exits(3) });
    expect((await project.build()).outcomes).toEqual({ crawl: 'ran', parse: 'ran', other: 'fresh' });
  });

  test('old outputs that are not in the store, or were edited, are displaced', async () => {
    const project = crawler({ ...RETRY, cache: false });
    await project.build();
    project.write({ in: '2', 'out/parse': 'edited' });
    const run = await project.build({ behave: exits(3) });
    expect(project.files()).toEqual({ in: '2', 'out/other': 'other(2)' });
    expect(project.read('.wrangle/displaced/out/crawl')).toBe('crawl(1)');
    expect(project.read('.wrangle/displaced/out/parse')).toBe('edited');
    expect(run.warnings).toEqual([
      'It was skipped, so "out/crawl" is no longer true; it is now in ".wrangle/displaced/out/crawl".',
      'It was skipped, so "out/parse" is no longer true; it is now in ".wrangle/displaced/out/parse".',
    ]);
  });

  test('is skipped only after its retries, if those are asked for', async () => {
    const project = crawler({ exit_codes: { 3: 'skippable' }, retry: { max: 1, on: ['skippable'] } });
    const run = await project.build({ behave: exits(3, 3) });
    expect(run.outcomes['crawl']).toBe('skipped');
    expect(attemptsOf(run)).toHaveLength(2);
  });

  test('one of two producers skipped, the other failed: blocked', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({
      crawl: { inputs: { data: 'in' }, outputs: { out: 'out/crawl' }, ...RETRY },
      other: { inputs: { data: 'in' }, outputs: { out: 'out/other' } },
      both: { inputs: { a: 'out/crawl', b: 'out/other' }, outputs: { out: 'out/both' } },
    });
    const run = await project.build({
      keepGoing: true,
      behave: (process) => {
        process.exit(process.stage === 'crawl' ? 3 : 1);
        return 'done';
      },
    });
    expect(run.outcomes).toEqual({ crawl: 'skipped', other: 'failed', both: 'blocked' });
  });
});
