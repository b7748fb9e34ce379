// Stages that publish together: all of their outputs are new, or all are as they were before the build.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Behaviour, StageSpec } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';

const member = (spec: StageSpec): StageSpec => ({ transaction: 't', ...spec });

/** a -> b -> c in one transaction, and a reader of a outside. */
const CHAIN: Readonly<Record<string, StageSpec>> = {
  a: member({ inputs: { data: 'in.csv' }, outputs: { file: 'out/a.csv' } }),
  b: member({ inputs: { data: 'out/a.csv' }, outputs: { dir: 'out/b/' } }),
  c: member({ inputs: { data: 'out/b/' }, outputs: { file: 'deep/er/c.csv' }, run: 'make without naming any output' }),
  outside: { inputs: { data: 'out/a.csv' }, outputs: { file: 'outside.csv' } },
};

const fail =
  (...stages: string[]): Behaviour =>
  (process) => {
    if (!stages.includes(process.stage)) return undefined;
    const [first = ''] = outputsOf(process);
    process.writes({ [process.isFolder(first) ? `${first}/half` : first]: 'half' });
    process.exit(1);
    return 'done';
  };

function projectOf(stages: Readonly<Record<string, StageSpec>>): EngineProject {
  const project = new EngineProject();
  project.pipeline(stages);
  project.write({ 'in.csv': '1' });
  return project;
}

/** What the index says that wrangle last put where. */
function indexedOutputs(project: EngineProject): unknown[] {
  const [, body = ''] = (project.read('.wrangle/index') ?? '').split('\n');
  const { outputs } = JSON.parse(body) as { outputs: [path: string][] };
  return outputs.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Every file and folder outside of wrangle's own. */
function treeOf(project: EngineProject): Record<string, string> {
  const folders: Record<string, string> = {};
  const pending = ['/w'];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const { name, type } of project.fs.readFolder(folder) ?? []) {
      if (type !== 'folder' || name === '.wrangle') continue;
      folders[`${folder}/${name}`.slice(3)] = '(folder)';
      pending.push(`${folder}/${name}`);
    }
  }
  return { ...project.files(), ...folders };
}

describe('the last of three members fails', () => {
  test('in a first build: nothing is left, not even a folder', async () => {
    const project = projectOf(CHAIN);
    const before = treeOf(project);
    const { outcomes, events } = await project.build({ behave: fail('c') });
    expect(treeOf(project)).toEqual(before);
    expect(outcomes).toEqual({ a: 'ran', b: 'ran', c: 'failed', outside: 'blocked' });
    const told = events.filter(({ event }) => event === 'snapshot' || event === 'rollback');
    expect(told.map(({ event, details }) => [event, details.message, details.data])).toEqual([
      [
        'snapshot',
        'From here on the transaction "t" can be put back.',
        { transaction: 't', paths: ['out/a.csv', 'out/b', 'deep/er/c.csv'] },
      ],
      [
        'rollback',
        'The outputs of the transaction "t" are as they were before.',
        { transaction: 't', run: null, paths: ['out/a.csv', 'out/b'], changes: [] },
      ],
    ]);
  });

  test('in a later one: the outputs of the first build are back, and nothing passes for fresh', async () => {
    const project = projectOf(CHAIN);
    await project.build();
    const before = treeOf(project);
    const indexed = indexedOutputs(project);
    project.write({ 'in.csv': '2' });
    const failed = await project.build({ behave: fail('c') });
    expect(failed.started).toEqual(['a', 'b', 'c']);
    expect(indexedOutputs(project)).toEqual(indexed);
    expect(treeOf(project)).toEqual({ ...before, 'in.csv': '2' });
    expect(await project.decisions()).toEqual({ a: 'restore', b: 'restore', c: 'run', outside: 'run' });

    const again = await project.build();
    expect(again.started).toEqual(['c', 'outside']);
    expect(again.outcomes).toEqual({ a: 'restored', b: 'restored', c: 'ran', outside: 'ran' });
    expect(project.files()['deep/er/c.csv']).toBe('c(b(a(2)))');
    expect((await project.build()).outcomes).toEqual({ a: 'fresh', b: 'fresh', c: 'fresh', outside: 'fresh' });
  });

  test('and the input goes back as well: everything is fresh at once', async () => {
    const project = projectOf(CHAIN);
    await project.build();
    project.write({ 'in.csv': '2' });
    await project.build({ behave: fail('c') });
    project.write({ 'in.csv': '1' });
    const { started, outcomes } = await project.build();
    expect(started).toEqual([]);
    expect(outcomes).toEqual({ a: 'fresh', b: 'fresh', c: 'fresh', outside: 'fresh' });
  });

  test('with an output that was edited: the edit is back in its place', async () => {
    const project = projectOf(CHAIN);
    await project.build();
    project.write({ 'in.csv': '2', 'out/a.csv': 'edited', 'out/b/extra': 'mine', 'deep/er/c.csv': 'edited too' });
    const before = treeOf(project);
    await project.build({ behave: fail('c') });
    expect(treeOf(project)).toEqual(before);
    // They are still nobody's, so a build that succeeds keeps them aside, as ever.
    const { warnings } = await project.build();
    expect(warnings).toEqual([
      '"out/a.csv" was changed outside wrangle; what was there is now in ".wrangle/displaced/out/a.csv".',
      '"out/b" was changed outside wrangle; what was there is now in ".wrangle/displaced/out/b".',
      '"deep/er/c.csv" was changed outside wrangle; what was there is now in ".wrangle/displaced/deep/er/c.csv".',
    ]);
    expect(project.read('.wrangle/displaced/out/b/extra')).toBe('mine');
  });

  test('with a link and a foreign folder in the places of outputs: they are back as they were', async () => {
    const project = projectOf(CHAIN);
    project.write({ 'elsewhere.csv': 'linked', 'out/b/mine': 'x' });
    project.fs.makeLink('../elsewhere.csv', '/w/out/a.csv');
    await project.build({ behave: fail('c') });
    expect(project.fs.readLink('/w/out/a.csv')).toBe('../elsewhere.csv');
    expect(treeOf(project)).toEqual({
      'in.csv': '1',
      'elsewhere.csv': 'linked',
      out: '(folder)',
      'out/a.csv': '-> ../elsewhere.csv',
      'out/b': '(folder)',
      'out/b/mine': 'x',
    });
  });

  test('what somebody puts there meanwhile is moved aside, not lost', async () => {
    const project = projectOf(CHAIN);
    await project.build();
    const before = treeOf(project);
    project.write({ 'in.csv': '2' });
    const { warnings } = await project.build({
      behave: (process) => {
        if (process.stage === 'c') project.write({ 'out/a.csv': 'typed while c runs' });
        return fail('c')(process);
      },
    });
    expect(warnings).toEqual([
      '"out/a.csv" was changed outside wrangle; what was there is now in ".wrangle/displaced/out/a.csv".',
    ]);
    expect(project.read('.wrangle/displaced/out/a.csv')).toBe('typed while c runs');
    expect(treeOf(project)).toEqual({ ...before, 'in.csv': '2' });
  });
});

describe('a transaction is put back when a member', () => {
  const cases: [name: string, behave: Behaviour, outcomes: Record<string, string>][] = [
    [
      'is suspended',
      (process) => {
        if (process.stage !== 'b') return undefined;
        process.exit(42);
        return 'done';
      },
      { a: 'ran', b: 'suspended', c: 'blocked', outside: 'blocked' },
    ],
    ['fails in the middle', fail('b'), { a: 'ran', b: 'failed', c: 'blocked', outside: 'blocked' }],
    ['fails first', fail('a'), { a: 'failed', b: 'blocked', c: 'blocked', outside: 'blocked' }],
  ];
  test.each(cases)('%s', async (_name, behave, outcomes) => {
    const project = projectOf(CHAIN);
    await project.build();
    const before = treeOf(project);
    project.write({ 'in.csv': '2' });
    const run = await project.build({ behave, keepGoing: true });
    expect(run.outcomes).toEqual(outcomes);
    expect(treeOf(project)).toEqual({ ...before, 'in.csv': '2' });
  });

  test('is stopped by a signal', async () => {
    const project = projectOf(CHAIN);
    await project.build();
    const before = treeOf(project);
    project.write({ 'in.csv': '2' });
    const build = project.start();
    await build.idle();
    project.runner
      .process('a')
      .writes({ [outputsOf(project.runner.process('a'))[0] ?? '']: 'a(2)' })
      .exit(0);
    await build.idle();
    expect(project.files()['out/a.csv']).toBe('a(2)');
    build.stop();
    const { outcomes } = await build.done;
    expect(outcomes).toEqual({ a: 'ran', b: 'cancelled', c: 'cancelled', outside: 'cancelled' });
    expect(treeOf(project)).toEqual({ ...before, 'in.csv': '2' });
  });

  test('is skipped with its failure: what was removed is back, and stages outside are blocked, not skipped', async () => {
    const project = projectOf({
      ...CHAIN,
      b: { ...CHAIN['b'], exit_codes: { 3: 'skippable' } },
      outside: { inputs: { data: 'out/a.csv', dir: 'out/b/' }, outputs: { file: 'outside.csv' } },
    });
    await project.build();
    const before = treeOf(project);
    project.write({ 'in.csv': '2' });
    const { outcomes } = await project.build({
      behave: (process) => {
        if (process.stage !== 'b') return undefined;
        process.exit(3);
        return 'done';
      },
    });
    expect(outcomes).toEqual({ a: 'ran', b: 'skipped', c: 'skipped', outside: 'blocked' });
    expect(treeOf(project)).toEqual({ ...before, 'in.csv': '2' });
  });

  test('fails though that is allowed', async () => {
    const project = projectOf({ ...CHAIN, c: { ...CHAIN['c'], on_failure: 'allow' } });
    const before = treeOf(project);
    const { report } = await project.build({ behave: fail('c') });
    expect(treeOf(project)).toEqual(before);
    expect(report).toMatchObject({ outcome: 'done' });
  });
});

test('with -k, what has nothing to do with the transaction is published', async () => {
  const project = projectOf({ ...CHAIN, other: { inputs: { data: 'in.csv' }, outputs: { file: 'other.csv' } } });
  const { outcomes } = await project.build({ behave: fail('c'), keepGoing: true });
  expect(outcomes).toEqual({ a: 'ran', b: 'ran', c: 'failed', outside: 'blocked', other: 'ran' });
  expect(project.files()).toEqual({ 'in.csv': '1', 'other.csv': 'other(1)' });
});

test('two transactions go their own ways', async () => {
  const project = projectOf({
    a: { inputs: { data: 'in.csv' }, outputs: { file: 'a.csv' }, transaction: 't' },
    b: { inputs: { data: 'in.csv' }, outputs: { file: 'b.csv' }, transaction: 't' },
    c: { inputs: { data: 'in.csv' }, outputs: { file: 'c.csv' }, transaction: 'u' },
    d: { inputs: { data: 'c.csv' }, outputs: { file: 'd.csv' }, transaction: 'u' },
  });
  await project.build({ behave: fail('b'), keepGoing: true });
  expect(project.files()).toEqual({ 'in.csv': '1', 'c.csv': 'c(1)', 'd.csv': 'd(c(1))' });
});

test('stages outside wait for all members, fresh ones count as ended', async () => {
  const project = projectOf({
    a: member({ inputs: { data: 'in.csv' }, outputs: { file: 'a.csv' } }),
    b: member({ inputs: { data: 'other.csv' }, outputs: { file: 'b.csv' } }),
    outside: { inputs: { data: 'a.csv' }, outputs: { file: 'outside.csv' } },
  });
  project.write({ 'other.csv': 'x' });
  const first = project.start({ jobs: 4 });
  await first.idle();
  const finish = (stage: string, text: string) => {
    const process = project.runner.process(stage);
    process.writes({ [outputsOf(process)[0] ?? '']: text }).exit(0);
  };
  finish('a', '1');
  await first.idle();
  expect(project.runner.running()).toEqual(['b']);
  finish('b', '1');
  await first.idle();
  expect(project.runner.running()).toEqual(['outside']);
  finish('outside', '1');
  await first.done;

  project.write({ 'other.csv': 'y' });
  const second = project.start({ jobs: 4 });
  await second.idle();
  expect(project.runner.running()).toEqual(['b']);
  finish('b', '2');
  expect((await second.done).outcomes).toEqual({ a: 'fresh', b: 'ran', outside: 'fresh' });
});

test('the record of a run names what it changed, and nothing that a transaction put back', async () => {
  const project = projectOf({
    ...CHAIN,
    other: { inputs: { data: 'in.csv' }, outputs: { file: 'new/other.csv' } },
  });
  const changesOf = (run: Awaited<ReturnType<EngineProject['build']>>) => {
    const id = run.report.status === 'built' ? run.report.runId : '';
    return JSON.parse(project.read(`.wrangle/runs/${id}/run.json`) ?? '').changes;
  };
  const failed = await project.build({ behave: fail('c'), keepGoing: true });
  expect(changesOf(failed)).toEqual([
    {
      path: 'new/other.csv',
      before: null,
      recorded: null,
      displaced: null,
      new_folders: ['new'],
      after: expect.stringMatching(/^f:[0-9a-f]{64}:8$/),
    },
  ]);
  project.write({ 'in.csv': '2', 'new/other.csv': 'edited' });
  const [change] = changesOf(await project.build({ targets: ['other'] }));
  expect(change).toMatchObject({
    path: 'new/other.csv',
    before: expect.stringMatching(/^f:[0-9a-f]{64}:6$/),
    displaced: '.wrangle/displaced/new/other.csv',
    new_folders: [],
  });
  expect(change.recorded).toMatchObject({ stage: 'other', pipeline: 'pipeline.yaml' });
});

describe('--atomic', () => {
  const PLAIN: Readonly<Record<string, StageSpec>> = {
    a: { inputs: { data: 'in.csv' }, outputs: { file: 'a.csv' } },
    b: { inputs: { data: 'a.csv' }, outputs: { file: 'b.csv' }, cache: false },
    c: { inputs: { data: 'b.csv' }, outputs: { file: 'c/c.csv' }, transaction: 't' },
    d: { inputs: { data: 'c/c.csv' }, outputs: { file: 'd.csv' } },
  };

  test('unless all succeed, everything is as it was', async () => {
    const project = projectOf(PLAIN);
    await project.build({ atomic: true });
    expect(project.files()).toEqual({
      'in.csv': '1',
      'a.csv': 'a(1)',
      'b.csv': 'b(a(1))',
      'c/c.csv': 'c(b(a(1)))',
      'd.csv': 'd(c(b(a(1))))',
    });
    const before = treeOf(project);
    project.write({ 'in.csv': '2' });
    const { report, warnings, events } = await project.build({ atomic: true, behave: fail('d') });
    expect(report).toMatchObject({ outcome: 'failed' });
    expect(treeOf(project)).toEqual({ ...before, 'in.csv': '2' });
    expect(warnings).toEqual([]);
    expect(events.filter(({ event }) => event === 'rollback').map(({ details }) => details)).toEqual([
      {
        message: 'The outputs of this build are as they were before.',
        data: { transaction: null, run: null, paths: ['a.csv', 'b.csv', 'c/c.csv'], changes: [] },
      },
    ]);
    const again = await project.build({ atomic: true });
    expect(again.outcomes).toEqual({ a: 'restored', b: 'ran', c: 'restored', d: 'ran' });
  });

  test('a failure that is allowed does not count', async () => {
    const project = projectOf({ ...PLAIN, d: { ...PLAIN['d'], on_failure: 'allow' } });
    const { report } = await project.build({ atomic: true, behave: fail('d') });
    expect(report).toMatchObject({ outcome: 'done' });
    expect(Object.keys(project.files())).toEqual(['a.csv', 'b.csv', 'c/c.csv', 'in.csv']);
  });
});

describe('when the disk fails', () => {
  test('and the old bytes cannot be kept, the transaction does not start', async () => {
    const project = projectOf({ a: member({ inputs: { data: 'in.csv' }, outputs: { file: 'a.csv' } }) });
    await project.build();
    project.fs.remove('/w/.wrangle/store/cas');
    project.write({ 'in.csv': '2' });
    project.fs.failNext('copyFile', 'ENOSPC');
    const { report, started } = await project.build();
    expect(report).toMatchObject({
      environmentFailure: expect.stringContaining(
        'Cannot start the transaction "t", whose old outputs have to be kept first: the disk is full',
      ),
    });
    expect(started).toEqual([]);
    expect(project.files()['a.csv']).toBe('a(1)');
  });
});

/** The disk as it is when one path cannot be changed. */
function guard(project: EngineProject, part: string): () => void {
  const { fs } = project;
  const rename = fs.rename.bind(fs);
  fs.rename = (from, to) => {
    if (to === part) throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    rename(from, to);
  };
  return () => {
    fs.rename = rename;
  };
}

describe('a put-back that fails', () => {
  async function refusedProject() {
    const project = projectOf(CHAIN);
    await project.build();
    const before = { ...treeOf(project), 'in.csv': '2' };
    project.write({ 'in.csv': '2' });
    let mend = () => {};
    const { report } = await project.build({
      behave: (process) => {
        if (process.stage === 'c') mend = guard(project, '/w/out/a.csv');
        return fail('c')(process);
      },
    });
    return { project, before, report, mend: () => mend() };
  }
  const STUCK = 'Cannot put back "out/a.csv" of the transaction "t" after an interrupted build: permission denied.';

  test('lists the paths; the others are back, and nothing passes for fresh', async () => {
    const { project, before, report } = await refusedProject();
    expect(report).toMatchObject({
      status: 'built',
      environmentFailure:
        'Cannot put back "out/a.csv" (permission denied). The next build tries again before it does anything else.',
    });
    expect(treeOf(project)).toEqual({ ...before, 'out/a.csv': 'a(2)' });
    expect(await project.decisions()).toEqual({ a: 'run', b: 'may-run', c: 'may-run', outside: 'may-run' });
  });

  test('is the first thing the next build does', async () => {
    const { project, before, mend } = await refusedProject();
    const stuck = await project.build();
    expect(stuck.report).toMatchObject({ status: 'environment', message: expect.stringContaining(STUCK) });
    expect(stuck.started).toEqual([]);
    mend();
    const again = await project.build({ behave: fail('c') });
    expect(again.outcomes).toEqual({ a: 'restored', b: 'restored', c: 'failed', outside: 'blocked' });
    expect(treeOf(project)).toEqual(before);
    expect(project.read('.wrangle/journal')).toBe('');
  });

  test('is given up in the end, and builds go on', async () => {
    const { project, mend } = await refusedProject();
    await project.build();
    const { outcomes } = await project.build({ targets: ['b'] });
    expect(outcomes).toMatchObject({ a: 'fresh', b: 'restored' });
    mend();
    expect((await project.build()).outcomes).toEqual({ a: 'fresh', b: 'fresh', c: 'ran', outside: 'ran' });
  });
});

/** Random graphs: stage n reads some of the stages before it; members of one transaction have no outsider between them. */
const graphs = fc.integer({ min: 2, max: 7 }).chain((count) =>
  fc.record({
    reads: fc.tuple(...Array.from({ length: count }, (_, at) => fc.subarray(Array.from({ length: at }, (__, n) => n)))),
    kinds: fc.array(fc.constantFrom('file', 'folder', 'place'), { minLength: count, maxLength: count }),
    split: fc.integer({ min: 1, max: count }),
    failing: fc.uniqueArray(fc.nat(count - 1), { maxLength: 2 }),
    edited: fc.uniqueArray(fc.nat(count - 1), { maxLength: 2 }),
    keepGoing: fc.boolean(),
    jobs: fc.integer({ min: 1, max: 3 }),
    built: fc.boolean(),
  }),
);

test('property: a transaction with a failing member leaves its outputs as they were', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, async ({ reads, kinds, split, failing, edited, keepGoing, jobs, built }) => {
      const pathOf = (at: number) => (kinds[at] === 'folder' ? `d/${at}/` : `f${at}/out.csv`);
      const stages = reads.map((inputs, at): [string, StageSpec] => [
        `s${at}`,
        {
          inputs: { data: 'in.csv', ...Object.fromEntries(inputs.map((from) => [`i${from}`, pathOf(from)])) },
          outputs: { out: pathOf(at) },
          // The first ones, so that no stage outside comes before a member.
          ...(at < split ? { transaction: 't' } : {}),
          ...(kinds[at] === 'place' ? { run: 'make without naming any output' } : {}),
        },
      ]);
      const project = projectOf(Object.fromEntries(stages));
      if (built) await project.build();
      project.write({ 'in.csv': '2' });
      for (const at of edited) {
        project.write({ [kinds[at] === 'folder' ? `d/${at}/mine` : pathOf(at)]: `edited ${at}` });
      }
      const before = treeOf(project);
      const ofMembers = (tree: Record<string, string>) =>
        Object.fromEntries(
          Object.entries(tree).filter(([path]) => {
            const [, at] = /^(?:f|d\/)(\d+)/.exec(path) ?? [];
            return at === undefined || Number(at) < split;
          }),
        );
      const names = failing.map((at) => `s${at}`);
      const { outcomes } = await project.build({ behave: fail(...names), keepGoing, jobs });
      const broken = Array.from({ length: split }, (_, at) => outcomes[`s${at}`]).some(
        (outcome) => outcome !== 'ran' && outcome !== 'fresh' && outcome !== 'restored',
      );
      if (broken) {
        const { d: _before, ...old } = ofMembers(before);
        const { d: _after, ...now } = ofMembers(treeOf(project));
        expect(now).toEqual(old);
      }
      // Whatever was left, the next build makes of it what a fresh one would.
      await project.build();
      const fresh = projectOf(Object.fromEntries(stages));
      fresh.write({ 'in.csv': '2' });
      await fresh.build();
      expect(project.files()).toEqual(fresh.files());
      const last = await project.build();
      expect(last.started).toEqual([]);
      expect(Object.values(last.outcomes).every((outcome) => outcome === 'fresh')).toBe(true);
    }),
    { numRuns: 50 },
  );
});
