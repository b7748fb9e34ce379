// Stages that fail: what stops, what is put back, what is kept, what is said.
import { describe, expect, test } from 'vitest';
import type { Behaviour, Run } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';
import type { FakeProcess } from '../support/fake-command-runner.ts';

/** a -> b -> c, and x beside them. */
function fork(change: Readonly<Record<string, unknown>> = {}): EngineProject {
  const project = new EngineProject();
  project.write({ in: '1' });
  project.pipeline({
    a: { inputs: { data: 'in' }, outputs: { out: 'out/a' }, ...change },
    b: { inputs: { data: 'out/a' }, outputs: { out: 'out/b' } },
    c: { inputs: { data: 'out/b' }, outputs: { out: 'out/c' } },
    x: { inputs: { data: 'in' }, outputs: { out: 'out/x' } },
  });
  return project;
}

const failing =
  (stage: string, code = 1): Behaviour =>
  (process) => {
    if (process.stage !== stage) return undefined;
    process.exit(code);
    return 'done';
  };

const messageOf = (run: Run, stage: string) => run.collected.stages.get(stage)?.failure?.message;
const runIdOf = (run: Run) => (run.report.status === 'built' ? run.report.runId : '');
const exitOf = (run: Run) => (run.report.status === 'built' ? run.report.outcome : run.report.status);

describe('what a failure stops', () => {
  test('everything that has not started, unless told otherwise', async () => {
    const project = fork();
    const run = await project.build({ jobs: 1, behave: failing('a') });
    expect(run.outcomes).toEqual({ a: 'failed', b: 'blocked', c: 'blocked', x: 'cancelled' });
    expect(exitOf(run)).toBe('failed');
    expect(messageOf(run, 'a')).toBe('It ended with exit code 1.');
  });

  test('what runs already goes on and counts', async () => {
    const project = fork();
    const build = project.start({ jobs: 2 });
    await build.idle();
    expect(project.runner.running()).toEqual(['a', 'x']);
    project.runner.process('a').exit(1);
    await build.idle();
    project.runner.process('x').writes({ '.wrangle/staging/x/0/out/x': 'X' }).exit(0);
    expect((await build.done).outcomes).toEqual({ a: 'failed', b: 'blocked', c: 'blocked', x: 'ran' });
    expect(project.read('out/x')).toBe('X');
  });

  test.each([
    ['-k', {}, { keepGoing: true }],
    ['on_failure: continue', { on_failure: 'continue' }, {}],
  ])('%s: only what depends on it', async (_name, change, options) => {
    const run = await fork(change).build({ jobs: 1, behave: failing('a'), ...options });
    expect(run.outcomes).toEqual({ a: 'failed', b: 'blocked', c: 'blocked', x: 'ran' });
    expect(exitOf(run)).toBe('failed');
  });

  test('on_failure: allow: only what depends on it, and the run does not fail', async () => {
    const run = await fork({ on_failure: 'allow' }).build({ jobs: 1, behave: failing('a') });
    expect(run.outcomes).toEqual({ a: 'failed', b: 'blocked', c: 'blocked', x: 'ran' });
    expect(exitOf(run)).toBe('done');
    expect(run.collected.stages.get('a')?.failure?.allowed).toBe(true);
    const real = await fork().build({ jobs: 1, behave: failing('a') });
    expect(real.collected.stages.get('a')?.failure).not.toHaveProperty('allowed');
  });

  test('a failure is never recorded: the next build tries again', async () => {
    const project = fork();
    await project.build({ keepGoing: true, behave: failing('a') });
    const run = await project.build();
    expect(run.outcomes).toEqual({ a: 'ran', b: 'ran', c: 'ran', x: 'fresh' });
  });
});

describe('what a failed stage leaves', () => {
  test('its old output stands, byte for byte, and what it wrote is kept aside', async () => {
    const project = fork();
    await project.build();
    project.write({ in: '2' });
    const run = await project.build({
      behave: (process) => {
        if (process.stage !== 'a') return undefined;
        process
          .writes({ [outputsOf(process)[0] as string]: 'half' })
          .prints('no good\n')
          .exit(3);
        return 'done';
      },
    });
    expect(project.read('out/a')).toBe('a(1)');
    expect(project.failed('a')['outputs/out/a']).toBe('half');
    const failure = run.collected.stages.get('a')?.failure;
    expect(failure).toMatchObject({
      code: 'exit-code',
      exit_code: 3,
      tail: ['no good'],
      kept: expect.stringMatching(/^\.wrangle\/failed\/a\/.+-1$/),
      log: expect.stringMatching(/^\.wrangle\/runs\/.+\/a\/1\.log$/),
    });
    expect(project.read(failure?.log ?? '')).toBe('no good\n');
  });

  test('no outputs aside when it wrote none', async () => {
    const project = fork();
    await project.build({ behave: failing('a') });
    expect(Object.keys(project.failed('a')).filter((path) => path.startsWith('outputs'))).toEqual([]);
  });

  test('nothing at all when it could not even be prepared', async () => {
    const project = fork({ secrets: ['TOKEN'] });
    const run = await project.build();
    expect(run.collected.stages.get('a')?.failure).toMatchObject({ code: 'secret-missing', kept: undefined });
    expect(project.fs.lstat('/w/.wrangle/failed')).toBeUndefined();
  });

  const inPlace = (): EngineProject => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({
      place: { inputs: { data: 'in' }, outputs: { file: 'p.csv', dir: 'dir/' }, run: 'make it somewhere' },
    });
    return project;
  };

  test('written in place: the old bytes come back, and a first attempt leaves nothing', async () => {
    const project = inPlace();
    const half: Behaviour = (process) => {
      expect(outputsOf(process).sort()).toEqual(['/w/dir', '/w/p.csv']);
      process.writes({ 'p.csv': 'half', 'dir/other': 'half too' }).exit(1);
      return 'done';
    };
    await project.build({ behave: half });
    expect(project.files()).toEqual({ in: '1' });
    expect(project.failed('place')).toMatchObject({ 'outputs/dir/other': 'half too', 'outputs/p.csv': 'half' });
    await project.build();
    const good = project.files();
    expect(good).toEqual({ in: '1', 'p.csv': 'place(1)', 'dir/data': 'place(1)' });
    project.write({ in: '2' });
    await project.build({ behave: half });
    expect(project.files()).toEqual({ ...good, in: '2' });
    expect((await project.build()).outcomes).toEqual({ place: 'ran' });
    expect(project.files()).toEqual({ in: '2', 'p.csv': 'place(2)', 'dir/data': 'place(2)' });
  });

  test('written in place and edited before: the edit comes back when it fails', async () => {
    const project = inPlace();
    await project.build();
    project.write({ 'p.csv': 'my edit', in: '2' });
    const run = await project.build({ behave: failing('place') });
    expect(project.read('p.csv')).toBe('my edit');
    expect(run.warnings).toEqual([]);
    const again = await project.build();
    expect(again.warnings).toEqual([
      '"p.csv" was changed outside wrangle; what was there is now in ".wrangle/displaced/p.csv".',
    ]);
    expect(project.read('.wrangle/displaced/p.csv')).toBe('my edit');
  });

  test('a disk that fails while outputs are put back loses none of them', async () => {
    const project = inPlace();
    await project.build();
    const good = project.files();
    project.write({ in: '2' });
    const run = await project.build({
      behave: (process) => {
        process.writes({ 'p.csv': 'half', 'dir/data': 'half' });
        project.fs.failNext('rename', 'EIO', '/failed/');
        process.exit(1);
        return 'done';
      },
    });
    expect(run.report).toMatchObject({ status: 'built', outcome: 'failed' });
    expect(run.report).toHaveProperty(
      'environmentFailure',
      expect.stringMatching(/^Cannot put back the outputs of stage "place": the disk reports an error/),
    );
    const stopped = project.start();
    stopped.stop();
    await stopped.done;
    expect(project.files()).toEqual({ ...good, in: '2' });
  });

  test('a disk that fails in the midst of publishing: the next build finishes it, all or nothing', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({ two: { inputs: { data: 'in' }, outputs: { a: 'out/a', b: 'out/b' } } });
    await project.build({ cache: 'off' });
    project.write({ in: '2' });
    // Into its place, not into the store.
    project.fs.failNext('rename', 'ENOSPC', '/w/out/b');
    const run = await project.build({ cache: 'off' });
    expect(run.report).toHaveProperty(
      'environmentFailure',
      expect.stringMatching(/^Cannot publish the outputs of stage "two": the disk is full/),
    );
    const stopped = project.start({ cache: 'off' });
    stopped.stop();
    await stopped.done;
    expect(project.files()).toEqual({ in: '2', 'out/a': 'two(2)', 'out/b': 'two(2)' });
  });
});

describe('ended well, but', () => {
  const broken = async (stage: Readonly<Record<string, unknown>>, behave: Behaviour) => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({ one: { inputs: { data: 'in' }, ...stage } });
    const run = await project.build({ behave });
    expect(run.outcomes).toEqual({ one: 'failed' });
    return { project, message: messageOf(run, 'one') };
  };

  test('an output is missing: none is published', async () => {
    const { project, message } = await broken({ outputs: { a: 'a', b: 'b' } }, (process) => {
      process.writes({ [outputsOf(process)[0] as string]: 'A' }).exit(0);
      return 'done';
    });
    expect(message).toBe('It ended well but did not make "b".');
    expect(project.files()).toEqual({ in: '1' });
    expect(project.failed('one')['outputs/a']).toBe('A');
  });

  test('an output is of another type', async () => {
    const { message } = await broken({ outputs: { a: 'a' } }, (process) => {
      process.writes({ [`${outputsOf(process)[0]}/inside`]: '' }).exit(0);
      return 'done';
    });
    expect(message).toBe('Its output "a" should be a file but is a folder.');
  });

  test('an output breaks its contract', async () => {
    const { project, message } = await broken(
      { outputs: { a: { path: 'a.csv', expect: { rows: { min: 2 }, min_bytes: 9 } } } },
      (process) => {
        process.writes({ [outputsOf(process)[0] as string]: 'h\n1\n' }).exit(0);
        return 'done';
      },
    );
    expect(message).toBe(
      'Its output "a.csv" breaks its contract: it has 4 bytes, expected at least 9; it has 1 row, expected at least 2.',
    );
    expect(project.failed('one')['outputs/a.csv']).toBe('h\n1\n');
  });

  test('it wrote more than it declares: a warning, and the rest is kept aside', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({ one: { inputs: { data: 'in' }, outputs: { a: 'out/a' } } });
    const run = await project.build({
      behave: (process) => {
        const [path = ''] = outputsOf(process);
        process.writes({ [path]: 'A', [`${path}.log`]: 'more' }).exit(0);
        return 'done';
      },
    });
    expect(run.outcomes).toEqual({ one: 'ran' });
    expect(run.warnings).toEqual([
      `It wrote "out/a.log", which no output declares; kept in ".wrangle/failed/one/${runIdOf(run)}-1".`,
    ]);
    expect(project.failed('one')['outputs/out/a.log']).toBe('more');
    expect(project.files()).toEqual({ in: '1', 'out/a': 'A' });
  });
});

describe('ends of processes', () => {
  const ends =
    (end: (process: Parameters<Behaviour>[0]) => void): Behaviour =>
    (process) => {
      end(process);
      return 'done';
    };

  test.each<[string, Behaviour, string]>([
    ['a signal', ends((p) => p.signal('SIGKILL')), 'It was killed by SIGKILL (out of memory?).'],
    ['a timeout', ends((p) => p.timeout()), 'It was stopped after 2 s, its timeout.'],
    ['not found', ends((p) => p.exit(127)), 'It ended with exit code 127: a command was not found.'],
    ['not started', ends((p) => p.notStarted('There is no bash.')), 'There is no bash.'],
  ])('%s', async (_name, behave, message) => {
    const project = fork({ timeout: '2s' });
    const run = await project.build({ targets: ['a'], behave });
    expect(messageOf(run, 'a')).toBe(message);
    expect(project.runner.process('a').spec.timeoutMs).toBe(2_000);
  });

  test('processes left behind are a warning', async () => {
    const run = await fork().build({
      targets: ['a'],
      behave: (process) => {
        process.leavesProcesses = true;
        return undefined;
      },
    });
    expect(run.warnings).toEqual(['It left processes running in the background; they were ended.']);
  });
});

describe('inputs', () => {
  test('a source that is not there is said before anything runs', async () => {
    const project = fork();
    project.fs.remove('/w/in');
    const run = await project.build();
    expect(run.report.status).toBe('invalid');
    expect(run.started).toEqual([]);
    expect(await project.mistakes()).toContain('No stage makes "in" and no such file exists.');
  });

  test('a source that cannot be read fails its stage, and the plan says so', async () => {
    const project = fork();
    project.fs.failNext('hashFile', 'EACCES', '/w/in');
    const planned = await project.plan({ targets: ['x'] });
    expect(
      planned.status === 'planned' &&
        planned.stages.map(({ id, decision, causes }) => [id, decision, causes[0]?.after]),
    ).toEqual([['x', 'run', "cannot be read: EACCES: made to fail, hashFile '/w/in'"]]);
    project.fs.failNext('hashFile', 'EACCES', '/w/in');
    project.fs.failNext('hashFile', 'EACCES', '/w/in');
    const run = await project.build({ targets: ['x'] });
    expect(run.outcomes).toEqual({ x: 'failed' });
    expect(messageOf(run, 'x')).toBe("An input cannot be read: EACCES: made to fail, hashFile '/w/in'.");
  });

  const edited =
    (text: string): Behaviour =>
    (process) => {
      process.writes({ in: text });
      return undefined;
    };

  test('changed while the stage ran, once: published with a warning, stale, and not recorded', async () => {
    const project = fork();
    const run = await project.build({ targets: ['a'], behave: edited('2') });
    expect(run.outcomes).toEqual({ a: 'ran' });
    expect(run.warnings).toEqual([
      'The input "in" changed while it ran; its outputs are published but it stays stale.',
    ]);
    expect(await project.decisions({ targets: ['a'] })).toEqual({ a: 'run' });
    expect((await project.why('a')).map(({ part, after }) => [part, after])).toContainEqual([
      'input',
      'changed while the stage ran',
    ]);
    project.write({ in: '1' });
    expect((await project.build({ targets: ['a'] })).outcomes).toEqual({ a: 'ran' });
    expect((await project.build({ targets: ['a'] })).outcomes).toEqual({ a: 'fresh' });
  });

  test.each([
    ['a file', 'in', 'in'],
    ['a file in a folder', 'dir/', 'dir/in'],
    ['a file behind a link', 'link', 'in'],
    ['a file that a glob matches', 'dir/*', 'dir/in'],
  ])('changed and changed back while the stage ran: %s is no better than changed', async (_what, input, path) => {
    const project = fork({ inputs: { data: input } });
    project.write({ 'dir/in': '1' });
    project.fs.makeLink('in', '/w/link');
    const there = (process: FakeProcess) => {
      process.writes({ [path]: '2' });
      process.writes({ [path]: '1' });
      return undefined;
    };
    const run = await project.build({ targets: ['a'], behave: there });
    expect(run.warnings).toEqual([
      `The input "${input === 'dir/*' ? path : input.replace('/', '')}" changed while it ran; its outputs are published but it stays stale.`,
    ]);
    expect(await project.decisions({ targets: ['a'] })).toEqual({ a: 'run' });
    expect((await project.build({ targets: ['a'] })).warnings).toEqual([]);
  });

  test('a file that came and went in an input folder while the stage ran is nothing', async () => {
    const project = fork({ inputs: { data: 'dir/' } });
    project.write({ 'dir/in': '1' });
    const run = await project.build({
      targets: ['a'],
      behave: (process) => {
        process.writes({ 'dir/lock': '' });
        project.fs.remove('/w/dir/lock');
        return undefined;
      },
    });
    expect([run.outcomes, run.warnings]).toEqual([{ a: 'ran' }, []]);
  });

  test('changed twice in a row: the stage fails and its old output stands', async () => {
    const project = fork();
    await project.build({ targets: ['a'] });
    await project.build({ targets: ['a'], force: ['a'], behave: edited('2') });
    const before = project.read('out/a');
    const run = await project.build({ targets: ['a'], behave: edited('3') });
    expect(messageOf(run, 'a')).toBe('The input "in" changed while it ran, for the second time in a row.');
    expect(project.read('out/a')).toBe(before);
    // Any success in between sets the count back.
    await project.build({ targets: ['a'] });
    expect((await project.build({ targets: ['a'], force: ['a'], behave: edited('4') })).outcomes).toEqual({ a: 'ran' });
  });

  test.each([
    ['by its path', 'out/a', 'out/a'],
    ['in a folder', 'out/dir/', 'out/dir/data'],
    ['by a glob', 'out/*.csv', 'out/a.csv'],
  ])('made by another stage (%s) and changed while the stage ran: it fails', async (_name, input, path) => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({
      a: { inputs: { data: 'in' }, outputs: { out: path.startsWith('out/dir') ? 'out/dir/' : path } },
      b: { inputs: { data: input }, outputs: { out: 'b' } },
    });
    const run = await project.build({
      behave: (process) => {
        if (process.stage === 'b') process.writes({ [path]: 'meddled' });
        return undefined;
      },
    });
    expect(run.outcomes).toEqual({ a: 'ran', b: 'failed' });
    expect(messageOf(run, 'b')).toMatch(/^The input ".+" changed while it ran, though another stage makes it\.$/);
  });
});
