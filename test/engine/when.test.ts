// `when`: who goes and who is skipped, what becomes of the outputs, and what is said of it.
import { describe, expect, test } from 'vitest';
import { buildDocument, isUpToDate, planDocument } from '../../src/report/documents.ts';
import { planText } from '../../src/report/plan-text.ts';
import { PLAIN } from '../../src/report/style.ts';
import type { Behaviour, RunOptions, StageSpec } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';
import { MortalProject } from '../support/mortal-project.ts';
import { watchProject } from '../support/watched-project.ts';

/** `measure` counts the letters of its input; `publish` goes when there are few; `tell` reads what `publish` makes. */
const STAGES: Readonly<Record<string, StageSpec>> = {
  measure: { inputs: { data: 'in' }, outputs: { out: 'out/measure' }, metrics: { letters: 'out#/letters' } },
  publish: {
    when: 'stages.measure.metrics.letters <= params.most',
    inputs: { data: 'other' },
    outputs: { out: 'out/publish' },
  },
  tell: { inputs: { data: 'out/publish' }, outputs: { out: 'out/tell' } },
};

const MEASURED: Behaviour = (process) => {
  if (process.stage !== 'measure') return undefined;
  const [path = ''] = outputsOf(process);
  process.writes({ [path]: JSON.stringify({ letters: process.reads('in').length }) }).succeed();
  return 'done';
};

function measuring(stages = STAGES): EngineProject {
  const project = new EngineProject();
  project.write({ in: 'abc', other: 'o' });
  project.pipeline(stages, { params: { most: 3 } });
  return project;
}

const build = (project: EngineProject, options: RunOptions = {}) => project.build({ behave: MEASURED, ...options });

async function planned(project: EngineProject, options: RunOptions = {}) {
  const plan = await project.plan(options);
  if (plan.status !== 'planned') throw new Error(plan.status);
  return plan.stages;
}

const textOf = async (project: EngineProject) =>
  planText('p.yaml', await planned(project), { style: PLAIN, verbose: false, width: undefined });

describe('a condition that the files decide', () => {
  const project = () => {
    const made = new EngineProject();
    made.write({ in: '1' });
    made.pipeline(
      {
        a: { inputs: { data: 'in' }, outputs: { out: 'out/a' }, when: 'params.wanted' },
        b: { inputs: { data: 'out/a' }, outputs: { out: 'out/b' } },
        c: { inputs: { data: 'in' }, outputs: { out: 'out/c' } },
      },
      { params: { wanted: true } },
    );
    return made;
  };
  const unwanted = { params: [{ name: 'wanted', value: false, source: 'file' as const }] };

  test('turned off it takes its outputs with it, and those of its consumers; turned on again they come from the store', async () => {
    const made = project();
    expect((await made.build()).outcomes).toEqual({ a: 'ran', b: 'ran', c: 'ran' });
    const off = await made.build(unwanted);
    expect(off.outcomes).toEqual({ a: 'skipped', b: 'skipped', c: 'fresh' });
    expect(made.files()).toEqual({ in: '1', 'out/c': 'c(1)' });
    expect(off.warnings).toEqual([]);
    const on = await made.build();
    expect(on.outcomes).toEqual({ a: 'restored', b: 'restored', c: 'fresh' });
    expect(made.read('out/b')).toBe('b(a(1))');
  });

  test('a build with nothing to do counts it, and is one', async () => {
    const made = project();
    await made.build(unwanted);
    const again = await made.build(unwanted);
    expect(again.outcomes).toEqual({ a: 'skipped', b: 'skipped', c: 'fresh' });
    expect(again.report).toMatchObject({ counts: { fresh: 1, skipped: 2 } });
    expect(again.events.map(({ event }) => event)).toEqual(['run_started', 'run_completed']);
    expect(buildDocument(again.collected).stages['b']).toMatchObject({
      outcome: 'skipped',
      attempts: 0,
      reason: 'skipped with a',
    });
    expect(isUpToDate(await planned(made, unwanted))).toBe(true);
  });

  test('what lies where it would write is found by the shortest look, too', async () => {
    const made = project();
    await made.build(unwanted);
    await made.build(unwanted);
    made.write({ 'out/b': 'mine' });
    const run = await made.build(unwanted);
    expect(run.outcomes).toMatchObject({ a: 'skipped', b: 'skipped' });
    expect(made.read('out/b')).toBeUndefined();
    expect(made.read('.wrangle/displaced/out/b')).toBe('mine');
    expect(run.warnings).toEqual([
      'It was skipped, so "out/b" is no longer true; it is now in ".wrangle/displaced/out/b".',
    ]);
  });

  test('without the store its outputs step aside', async () => {
    const made = project();
    await made.build({ cache: 'off' });
    await made.build({ ...unwanted, cache: 'off' });
    expect(made.read('out/a')).toBeUndefined();
    expect(made.read('.wrangle/displaced/out/a')).toBe('a(1)');
  });

  test('its inputs need not be there', async () => {
    const made = project();
    made.pipeline({ a: { inputs: { data: 'missing' }, outputs: { out: 'out/a' }, when: false } });
    expect((await made.build()).outcomes).toEqual({ a: 'skipped' });
  });

  test('a member of a transaction that is skipped undoes nothing', async () => {
    const made = project();
    made.pipeline(
      {
        a: { inputs: { data: 'in' }, outputs: { out: 'out/a' }, transaction: 't', when: 'params.wanted' },
        c: { inputs: { data: 'in' }, outputs: { out: 'out/c' }, transaction: 't' },
        after: { inputs: { data: 'out/c' }, outputs: { out: 'out/after' } },
      },
      { params: { wanted: true } },
    );
    await made.build();
    made.write({ in: '2' });
    const run = await made.build(unwanted);
    expect(run.outcomes).toEqual({ a: 'skipped', c: 'ran', after: 'ran' });
    expect(made.files()).toEqual({ in: '2', 'out/c': 'c(2)', 'out/after': 'after(c(2))' });
  });
});

describe('a condition on what another stage measured', () => {
  test('is asked once that is done', async () => {
    const project = measuring();
    expect((await build(project)).outcomes).toEqual({ measure: 'ran', publish: 'ran', tell: 'ran' });
    project.write({ in: 'abcd' });
    const run = await build(project);
    expect(run.outcomes).toEqual({ measure: 'ran', publish: 'skipped', tell: 'skipped' });
    expect(run.started).toEqual(['measure']);
    expect(project.files()).toEqual({ in: 'abcd', other: 'o', 'out/measure': '{"letters":4}' });
    const again = await build(project);
    expect(again.outcomes).toEqual({ measure: 'fresh', publish: 'skipped', tell: 'skipped' });
    expect(again.events).toHaveLength(2);
  });

  test('is the same for what was restored, and for what is found by its record', async () => {
    const project = measuring();
    await build(project);
    project.write({ in: 'abcd' });
    await build(project);
    project.write({ in: 'abc' });
    const back = await build(project);
    expect(back.outcomes).toEqual({ measure: 'restored', publish: 'restored', tell: 'restored' });
    project.write({ in: 'abcd' });
    await build(project);
    project.fs.remove('/w/.wrangle/index');
    const found = await build(project);
    expect(found.outcomes).toEqual({ measure: 'fresh', publish: 'skipped', tell: 'skipped' });
    expect(found.started).toEqual([]);
  });

  test('goes without the store, too', async () => {
    const project = measuring();
    project.write({ in: 'abcd' });
    const off = { cache: 'off' as const };
    expect((await build(project, off)).outcomes).toEqual({ measure: 'ran', publish: 'skipped', tell: 'skipped' });
    expect((await build(project, off)).outcomes).toEqual({ measure: 'fresh', publish: 'skipped', tell: 'skipped' });
    expect((await build(project, { ...off, force: ['measure'] })).outcomes).toEqual({
      measure: 'ran',
      publish: 'skipped',
      tell: 'skipped',
    });
  });

  test('is planned in words', async () => {
    const project = measuring();
    expect(await textOf(project)).toMatchInlineSnapshot(`
      "p.yaml: 3 stages, 1 to run, 2 may run

        run      measure  output out/measure is not there
        may run  publish  only if its "when" holds once measure is done
        may run  tell     only if the outputs of publish change
      "
    `);
    await build(project);
    project.write({ in: 'abcd' });
    expect(await textOf(project)).toMatchInlineSnapshot(`
      "p.yaml: 3 stages, 1 to run, 2 may run

        run      measure  input data: in changed (ba7816bf8f01 -> 88d4266fd4e6)
        may run  publish  only if its "when" holds once measure is done
        may run  tell     only if the outputs of publish change
      "
    `);
    await build(project, { targets: ['measure'] });
    expect(await textOf(project)).toMatchInlineSnapshot(`
      "p.yaml: 3 stages, 2 to skip, 1 fresh

        fresh    measure
        skip     publish  its "when" is false: output out/publish is to be removed
        skip     tell     skipped with publish: output out/tell is to be removed
      "
    `);
    expect(
      planDocument('p.yaml', await planned(project)).stages.map(({ id, decision, skipped, reason }) => [
        id,
        decision,
        skipped,
        reason,
      ]),
    ).toEqual([
      ['measure', 'fresh', false, null],
      ['publish', 'run', true, 'its "when" is false'],
      ['tell', 'run', true, 'skipped with publish'],
    ]);
    await build(project);
    expect(await textOf(project)).toMatchInlineSnapshot(`
      "p.yaml: 3 stages, 2 skipped, 1 fresh

        fresh    measure
        skipped  publish  its "when" is false
        skipped  tell     skipped with publish
      "
    `);
  });

  test('a param of it that changes skips what is fresh otherwise', async () => {
    const project = measuring();
    await build(project);
    const fewer = { params: [{ name: 'most', value: 2, source: 'file' as const }] };
    expect((await build(project, fewer)).outcomes).toEqual({ measure: 'fresh', publish: 'skipped', tell: 'skipped' });
    expect((await build(project)).outcomes).toEqual({ measure: 'fresh', publish: 'restored', tell: 'restored' });
  });

  test('its stage is blocked when that one fails, and its outputs stand', async () => {
    const project = measuring();
    await build(project);
    project.write({ in: 'abcd' });
    const run = await project.build({
      keepGoing: true,
      behave: (process) => {
        process.exit(1);
        return 'done';
      },
    });
    expect(run.outcomes).toEqual({ measure: 'failed', publish: 'blocked', tell: 'blocked' });
    expect(project.read('out/publish')).toBe('publish(o)');
  });

  test('what was published and not recorded counts as it is', async () => {
    const project = measuring();
    await build(project);
    const run = await project.build({
      force: ['measure'],
      behave: (process) => {
        if (process.stage !== 'measure') return undefined;
        project.write({ in: 'abcdef' });
        return MEASURED(process);
      },
    });
    expect(run.outcomes).toEqual({ measure: 'ran', publish: 'skipped', tell: 'skipped' });
  });

  test.each([
    [
      'stages.measure.metrics.letters > 1',
      {},
      'Its "when" does not work: the metric "letters" of stage "measure" is null.',
    ],
    ['stages.measure.metrics.letters', { letters: 3 }, 'Its "when" must come to true or false, not to 3.'],
    [
      'stages.measure.metrics.letters > "a"',
      { letters: 3 },
      'Its "when" does not work: ">" does not go with a whole number and a text; string(…), int(…) and double(…) make one of the other.',
    ],
  ])('%s of %j: the stage fails', async (when, document, message) => {
    const project = measuring({ ...STAGES, publish: { ...STAGES['publish'], when } });
    const run = await project.build({
      behave: (process) => {
        if (process.stage !== 'measure') return undefined;
        process.writes({ [outputsOf(process)[0] ?? '']: JSON.stringify(document) }).succeed();
        return 'done';
      },
    });
    expect(run.outcomes).toEqual({ measure: 'ran', publish: 'failed', tell: 'blocked' });
    const { failure } = run.collected.stages.get('publish') ?? {};
    expect([failure?.code, failure?.category, failure?.message]).toEqual(['when-failed', 'critical', message]);
    expect(await project.why('publish')).toEqual([
      { part: 'version', change: 'changed', name: 'when', before: undefined, after: message },
    ]);
  });

  test('"-k" goes on beside it, and halts are halts', async () => {
    const stages = {
      ...STAGES,
      publish: { ...STAGES['publish'], when: 'stages.measure.metrics.letters' },
      zebra: { inputs: { data: 'out/measure' }, outputs: { out: 'out/zebra' } },
    };
    expect((await build(measuring(stages), { jobs: 1 })).outcomes).toMatchObject({
      publish: 'failed',
      zebra: 'cancelled',
    });
    expect((await build(measuring(stages), { jobs: 1, keepGoing: true })).outcomes).toMatchObject({
      publish: 'failed',
      zebra: 'ran',
    });
  });
});

test('killed while outputs are removed, the next build ends with them gone', async () => {
  const mortal = new MortalProject();
  const { project } = mortal;
  const stages = (when: boolean) => ({
    a: { inputs: { data: 'in' }, outputs: { out: 'out/a', dir: 'out/dir/' }, when },
    b: { inputs: { data: 'out/a' }, outputs: { out: 'out/b' } },
    c: { inputs: { data: 'in' }, outputs: { out: 'out/c' } },
  });
  project.write({ in: '1' });
  project.pipeline(stages(true));
  await project.build();
  project.pipeline(stages(false));
  const { files } = await mortal.rehearse();
  expect(files).toEqual({ in: '1', 'out/c': 'c(1)' });
  await mortal.killBuilds(async () => {
    await mortal.recoverOnly();
    expect((await project.build()).outcomes).toEqual({ a: 'skipped', b: 'skipped', c: 'fresh' });
    expect(project.files()).toEqual(files);
    expect((await project.build()).events).toHaveLength(2);
    expect(mortal.displaced()).toEqual([]);
  });
});

describe('watched', () => {
  test('what is skipped is as it should be, until what it asks for is other', async () => {
    const project = measuring();
    project.write({ in: 'abcd' });
    const watching = await watchProject(project, { behave: MEASURED });
    expect(watching.last?.outcomes).toEqual({ measure: 'ran', publish: 'skipped', tell: 'skipped' });
    watching.edit({ other: 'p' });
    await watching.rest();
    expect(watching.rounds).toHaveLength(1);
    watching.edit({ in: 'abc' });
    await watching.rest();
    expect(watching.last?.outcomes).toEqual({ measure: 'ran', publish: 'ran', tell: 'ran' });
    watching.edit({ in: 'abcd' });
    await watching.rest();
    expect(watching.last?.outcomes).toEqual({ measure: 'restored', publish: 'skipped', tell: 'skipped' });
    expect(project.read('out/tell')).toBeUndefined();
    watching.edit({ 'out/tell': 'mine' });
    await watching.rest();
    expect(watching.last?.outcomes).toEqual({ tell: 'skipped' });
    const { length } = watching.rounds;
    watching.tell({ type: 'overflow' });
    await watching.rest();
    expect(watching.rounds).toHaveLength(length);
  });

  test('a condition that cannot be worked out is not tried in vain', async () => {
    const project = measuring({ ...STAGES, publish: { ...STAGES['publish'], when: 'stages.measure.metrics.letters' } });
    const watching = await watchProject(project, { behave: MEASURED });
    expect(watching.last?.outcomes).toEqual({ measure: 'ran', publish: 'failed', tell: 'blocked' });
    watching.tell({ type: 'overflow' });
    await watching.rest();
    expect(watching.rounds).toHaveLength(1);
  });
});
