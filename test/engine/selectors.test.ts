// Builds, plans and cleanings of some stages only: they do what was asked for, and tell what they left alone.
import { describe, expect, test } from 'vitest';
import { printDiagnostics } from '../../src/diagnostics/print.ts';
import type { Planned } from '../../src/engine/workspace.ts';
import { type Behaviour, EngineProject, type Run, type RunOptions } from '../support/engine-project.ts';

/** raw -> clean -> stats -> report, and notes beside it. */
function chain(): EngineProject {
  const project = new EngineProject();
  project.write({ raw: '1', text: 'x' });
  project.pipeline({
    clean: { inputs: { d: 'raw' }, outputs: { o: 'out/clean' }, tags: ['nightly'] },
    stats: { inputs: { d: 'out/clean' }, outputs: { o: 'out/stats' } },
    report: { inputs: { d: 'out/stats' }, outputs: { o: 'out/report' }, tags: ['nightly'] },
    notes: { inputs: { d: 'text' }, outputs: { o: 'out/notes' } },
  });
  return project;
}

function mistakesOf({ report }: Pick<Run, 'report'> | { readonly report: Planned }): string {
  if (report.status !== 'invalid') return report.status;
  return printDiagnostics(report.mistakes.diagnostics, report.mistakes.texts, { color: false, width: undefined });
}

const STALE = '"clean" and "stats" are not up to date and not selected: what they made before is read as it is.';

describe('a build of just what is selected', () => {
  test('runs no producer, works with what is there, and says what of that is not up to date', async () => {
    const project = chain();
    await project.build();
    project.write({ raw: '2' });
    const { outcomes, warnings, started } = await project.build({ select: ['report'] });
    expect(outcomes).toEqual({ report: 'fresh' });
    expect(started).toEqual([]);
    expect(warnings).toEqual([STALE]);
    // It was not called fresh for good.
    expect(await project.decisions()).toEqual({ clean: 'run', stats: 'may-run', report: 'may-run', notes: 'fresh' });
    expect((await project.build()).outcomes).toEqual({ clean: 'ran', stats: 'ran', report: 'ran', notes: 'fresh' });
  });

  test('what it makes is recorded with the bytes that it read', async () => {
    const project = chain();
    await project.build();
    project.write({ 'out/stats': 'edited' });
    const { outcomes, warnings } = await project.build({ select: ['report'] });
    expect(outcomes).toEqual({ report: 'ran' });
    expect(warnings).toEqual(['"stats" is not up to date and not selected: what it made before is read as it is.']);
    expect(project.read('out/report')).toBe('report(edited)');
    expect((await project.build()).outcomes).toMatchObject({ stats: 'restored', report: 'restored' });
    expect(project.read('out/report')).toBe('report(stats(clean(1)))');
  });

  test('nothing runs when what it reads is not there', async () => {
    const project = chain();
    const run = await project.build({ select: ['1+report'] });
    expect(run.started).toEqual([]);
    expect(mistakesOf(run)).toMatchInlineSnapshot(`
      "error[producer-not-selected] "stats" reads "out/clean", which is not there, and "clean", which makes it, is not selected.
        help: Select it too: "+stats" is the stage with all it needs.
      "
    `);
    expect(mistakesOf({ report: await project.plan({ select: ['stats'] }) })).toContain('error[producer-not-selected]');
    expect((await project.build({ select: ['2+report'] })).outcomes).toEqual({
      clean: 'ran',
      stats: 'ran',
      report: 'ran',
    });
  });

  test('its plan is what it does, its status how things are', async () => {
    const project = chain();
    await project.build();
    project.write({ raw: '2' });
    const plan = async (options: RunOptions) => {
      const planned = await project.plan(options);
      if (planned.status !== 'planned') throw new Error(planned.status);
      return [Object.fromEntries(planned.stages.map(({ id, decision }) => [id, decision])), planned.notes];
    };
    expect(await plan({ select: ['report'] })).toEqual([{ report: 'fresh' }, [STALE]]);
    expect(await plan({ select: ['report'], isTruth: true })).toEqual([{ report: 'may-run' }, []]);
    expect(await plan({ select: ['clean', 'report'] })).toEqual([
      { clean: 'run', report: 'fresh' },
      ['"stats" is not up to date and not selected: what it made before is read as it is.'],
    ]);
  });
});

test('STAGE is a goal: selectors there bring all that is needed', async () => {
  const project = chain();
  expect((await project.build({ targets: ['tag:nightly,rep*'] })).outcomes).toEqual({
    clean: 'ran',
    stats: 'ran',
    report: 'ran',
  });
  expect((await project.build({ targets: ['stats+'] })).outcomes).toEqual({
    clean: 'fresh',
    stats: 'fresh',
    report: 'fresh',
  });
});

test('a union of goals and sets, less what is excluded', async () => {
  const project = chain();
  const { outcomes } = await project.build({ targets: ['stats'], select: ['notes', 'report'], exclude: ['report'] });
  expect(outcomes).toEqual({ clean: 'ran', stats: 'ran', notes: 'ran' });
  expect((await project.build({ exclude: ['clean stats'] })).outcomes).toEqual({ report: 'ran', notes: 'fresh' });
});

test('force by selectors', async () => {
  const project = chain();
  await project.build();
  expect([...(await project.build({ force: ['tag:nightly'] })).started].sort()).toEqual(['clean', 'report']);
  expect((await project.build({ select: ['notes'], force: true })).started).toEqual(['notes']);
  expect((await project.build({ targets: ['report'], force: ['+report,sta*'] })).started).toEqual(['stats']);
});

test('what is stale among what has a tag and what depends on it', async () => {
  const project = chain();
  await project.build();
  project.write({ text: 'y', 'out/stats': 'edited' });
  const { outcomes } = await project.build({ select: ['state:stale,tag:nightly+'] });
  expect(outcomes).toEqual({ stats: 'restored' });
  expect((await project.build({ select: ['state:stale'] })).outcomes).toEqual({ notes: 'ran' });
});

test('looking at states changes nothing', async () => {
  const project = chain();
  await project.build({ targets: ['clean'] });
  const before = project.fs.tree('/w');
  await project.plan({ select: ['state:stale'] });
  expect(project.fs.tree('/w')).toEqual(before);
});

test('what failed is known until it ran well', async () => {
  const project = chain();
  const behave: Behaviour = (process) => {
    process.exit(1);
    return 'done';
  };
  await project.build({ behave, targets: ['clean'] });
  await project.build({ targets: ['notes'] });
  const failed = async () => Object.keys(await project.decisions({ select: ['state:failed'] }));
  expect(await failed()).toEqual(['clean']);
  expect(Object.keys(await project.decisions({ select: ['state:new'] }))).toEqual(['clean', 'stats', 'report']);
  expect((await project.build({ select: ['state:failed'] })).outcomes).toEqual({ clean: 'ran' });
  expect(await failed()).toEqual([]);
});

test('what needs something that failed is blocked until that ran well', async () => {
  const project = chain();
  const behave: Behaviour = (process) => {
    if (process.stage !== 'stats') return undefined;
    process.exit(1);
    return 'done';
  };
  await project.build({ behave, keepGoing: true });
  const blocked = async () => Object.keys(await project.decisions({ select: ['state:blocked'], isTruth: true }));
  expect(await blocked()).toEqual(['report']);
  expect(Object.keys(await project.decisions({ select: ['state:failed'], isTruth: true }))).toEqual(['stats']);
  await project.build({ targets: ['stats'] });
  expect(await blocked()).toEqual([]);
});

test('nothing selected is nothing to do, and is said', async () => {
  const project = chain();
  const { report, warnings, outcomes } = await project.build({ select: ['state:failed', 'x*'] });
  expect(report).toMatchObject({ status: 'built', outcome: 'done' });
  expect(outcomes).toEqual({});
  expect(warnings).toEqual(['No stage fits "x*".', 'No stage is selected, so there is nothing to do.']);
});

test('mistakes are told all at once, whichever flag they are in', async () => {
  const project = chain();
  const run = await project.build({
    targets: ['claen+'],
    select: ['tag:nightyl'],
    exclude: ['state:stael'],
    force: ['uses:a'],
  });
  expect(mistakesOf(run)).toMatchInlineSnapshot(`
    "error[unknown-stage] The pipeline has no stage "claen".
      help: Did you mean "clean"?

    error[unknown-stage-tag] No stage has the tag "nightyl".
      help: Did you mean "nightly"?

    error[unknown-state] "stael" is no state of a stage.
      help: Did you mean "stale"?

    error[unused-type] No stage uses "a".
    "
  `);
});

test('only what is selected is cleaned', async () => {
  const project = chain();
  await project.build();
  expect(await project.clean({ targets: ['path:out/s*', 'report'] })).toMatchObject({
    removed: ['out/report', 'out/stats'],
  });
  expect(await project.clean({ select: ['tag:none*'] })).toMatchObject({
    removed: [],
    notes: ['No stage fits "tag:none*".', 'No stage is selected, so there is nothing to do.'],
  });
});

describe('instances of a fan-out', () => {
  function pages(items: readonly string[]): EngineProject {
    const project = new EngineProject();
    project.write({ 'items.json': JSON.stringify(items) });
    project.pipeline({
      page: {
        foreach: { in: 'items.json' },
        outputs: { o: `out/\${{ item }}` },
        run: `make \${{ outputs.o }}`,
      },
      all: {
        inputs: { pages: `\${{ stages.page.outputs.o }}` },
        outputs: { o: 'all' },
      },
    });
    return project;
  }

  test('one, those that fit, all but some', async () => {
    const project = pages(['a', 'b', 'ab', 'c']);
    expect([...(await project.build({ select: ['page@a*'] })).started].sort()).toEqual(['page@a', 'page@ab']);
    expect((await project.build({ select: ['page'], exclude: ['page@c'] })).started).toEqual(['page@b']);
    expect((await project.build({ targets: ['page@*'] })).started).toEqual(['page@c']);
  });

  test('who gathers has those that are not selected as well, or is told that they are not there', async () => {
    const project = pages(['a', 'b']);
    const tooSoon = await project.build({ select: ['page@a', 'all'] });
    expect(tooSoon.started).toEqual([]);
    expect(mistakesOf(tooSoon)).toMatchInlineSnapshot(`
      "error[producer-not-selected] "all" reads "out/b", which is not there, and "page@b", which makes it, is not selected.
        help: Select it too: "+all" is the stage with all it needs.
      "
    `);
    await project.build();
    expect(project.read('all')).toBe('all(page@a(),page@b())');
    project.write({ 'out/a': 'edited', 'out/b': 'edited too' });
    const { outcomes, warnings } = await project.build({ select: ['page@a', 'all'] });
    expect(outcomes).toEqual({ 'page@a': 'restored', all: 'ran' });
    expect(warnings[0]).toBe('"page@b" is not up to date and not selected: what it made before is read as it is.');
    expect(project.read('all')).toBe('all(page@a(),edited too)');
    expect((await project.build({ select: ['all'] })).outcomes).toEqual({ all: 'fresh' });
  });

  test('who gathers is blocked by each of them', async () => {
    const project = pages(['a', 'b']);
    const behave: Behaviour = (process) => {
      if (process.stage !== 'page@b') return undefined;
      process.exit(1);
      return 'done';
    };
    await project.build({ behave });
    expect(await project.decisions({ select: ['state:blocked'], isTruth: true })).toEqual({ all: 'run' });
    expect(await project.decisions({ select: ['state:failed'], isTruth: true })).toEqual({ 'page@b': 'run' });
  });

  test('states are those of instances', async () => {
    const project = pages(['a', 'b', 'c']);
    await project.build();
    project.write({ 'out/b': 'edited' });
    expect(await project.decisions({ select: ['state:stale'] })).toEqual({ 'page@b': 'restore' });
    expect(await project.decisions({ select: ['state:stale,page'] })).toEqual({ 'page@b': 'restore' });
    expect(await project.decisions({ select: ['page'], exclude: ['state:stale'], isTruth: true })).toEqual({
      'page@a': 'fresh',
      'page@c': 'fresh',
    });
  });

  test('a written item that the list does not have is a mistake of the stage', async () => {
    const project = pages(['a']);
    const { outcomes } = await project.build({ select: ['page@x'] });
    expect(outcomes).toEqual({ page: 'failed' });
  });

  test('only instances that are selected are cleaned', async () => {
    const project = pages(['a', 'b']);
    await project.build();
    expect(await project.clean({ targets: ['page@b', 'all'] })).toMatchObject({ removed: ['all', 'out/b'] });
  });
});
