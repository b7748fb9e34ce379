// `fallback`: which strategy is tried when, what its attempts are, and what is remembered of the one that made the outputs.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { describe, expect, test } from 'vitest';
import { buildDocument, statusDocument } from '../../src/report/documents.ts';
import { planText } from '../../src/report/plan-text.ts';
import { PLAIN } from '../../src/report/style.ts';
import { summaryLines } from '../../src/report/summary.ts';
import { whyText } from '../../src/report/why-text.ts';
import type { Behaviour, Run, StageSpec } from '../support/engine-project.ts';
import { EngineProject, outputsOf, requestOf, succeed } from '../support/engine-project.ts';
import { MortalProject } from '../support/mortal-project.ts';
import { watchProject } from '../support/watched-project.ts';

/** `score` by a model, else by a smaller one, else by a table; `report` reads it. */
const SCORE: StageSpec = {
  run: 'model ${{ outputs.out }}',
  inputs: { data: 'in' },
  outputs: { out: 'out/score' },
  exit_codes: { 75: 'retryable', 3: 'skippable' },
  fallback: [
    { name: 'small', run: 'small ${{ outputs.out }}' },
    { name: 'table', run: 'table ${{ outputs.out }}' },
  ],
};

function scoring(change: StageSpec = {}): EngineProject {
  const project = new EngineProject();
  project.write({ in: '1' });
  project.pipeline({
    score: { ...SCORE, ...change },
    report: { inputs: { data: 'out/score' }, outputs: { out: 'out/report' } },
  });
  return project;
}

/** Each command of `score` ends with its exit codes, one after the other; then it writes its own name. */
function ends(codes: Readonly<Record<string, readonly number[]>>): Behaviour {
  const left = Object.fromEntries(Object.entries(codes).map(([name, all]) => [name, [...all]]));
  return (process) => {
    if (process.stage !== 'score') return undefined;
    const [name = ''] = (process.spec.argv.at(-1) ?? '').split(' ');
    const code = left[name]?.shift() ?? 0;
    if (code !== 0) process.exit(code);
    else process.writes({ [outputsOf(process)[0] ?? '']: name }).succeed();
    return 'done';
  };
}

const attemptsOf = (run: Run) =>
  run.collected.stages.get('score')?.attempts.map(({ number, outcome, code }) => [number, outcome, code]);
const messageOf = (run: Run) => run.collected.stages.get('score')?.failure?.message;

describe('the strategies of a stage', () => {
  test('are left alone while it ends well', async () => {
    const project = scoring();
    const run = await project.build({ behave: ends({}) });
    expect(run.outcomes).toEqual({ score: 'ran', report: 'ran' });
    expect(project.read('out/score')).toBe('model');
    expect(run.collected.degraded).toEqual({});
  });

  test('are tried in their order, with attempts that go on counting', async () => {
    const project = scoring();
    const run = await project.build({ behave: ends({ model: [1], small: [1] }) });
    expect(run.outcomes).toEqual({ score: 'ran', report: 'ran' });
    expect(project.read('out/score')).toBe('table');
    expect(project.read('out/report')).toBe('report(table)');
    expect(attemptsOf(run)).toEqual([
      [1, 'failed', 'exit-code'],
      [2, 'failed', 'exit-code'],
      [3, 'ran', null],
    ]);
    const told = run.events.flatMap(({ event, task_id, details }) =>
      task_id === 'score' && event !== 'task_queued' ? [`${event}: ${details.message}`] : [],
    );
    expect(told.map((line) => line.replace(/\d+ ms/, 'n ms'))).toEqual([
      'task_started: Started.',
      'task_retrying: It ended with exit code 1. It goes on with "small".',
      'task_started: Started.',
      'task_retrying: It ended with exit code 1. It goes on with "table".',
      'task_started: Started.',
      'task_completed: Ran in n ms.',
    ]);
    const started = run.events.flatMap((one) => (one.event === 'task_started' ? [one.details.data.strategy] : []));
    expect(started.slice(0, 3)).toEqual([undefined, 'small', 'table']);
    expect(Object.keys(project.failed('score')).length).toBeGreaterThan(0);
  });

  test('come after its retries, and have retries of their own', async () => {
    const project = scoring({
      retry: { max: 1 },
      fallback: [{ run: 'small ${{ outputs.out }}', retry: { max: 2 } }, { run: 'table ${{ outputs.out }}' }],
    });
    const run = await project.build({ behave: ends({ model: [75, 75], small: [75, 75, 75] }) });
    expect(attemptsOf(run)?.map(([number, outcome]) => `${number} ${outcome}`)).toEqual([
      '1 failed',
      '2 failed',
      '3 failed',
      '4 failed',
      '5 failed',
      '6 ran',
    ]);
    expect(run.collected.degraded).toEqual({ score: 'fallback-2' });
  });

  test.each([
    [1, 'failed', 'critical'],
    [75, 'failed', 'retryable'],
    [3, 'skipped', 'skippable'],
  ])('all fail: the last failure counts (%i: %s), and the message names each', async (code, outcome, category) => {
    const run = await scoring().build({ keepGoing: true, behave: ends({ model: [2], small: [3], table: [code] }) });
    expect(run.outcomes['score']).toBe(outcome);
    expect(run.collected.stages.get('score')?.failure?.category).toBe(category);
    expect(messageOf(run)).toBe(
      `Every strategy failed. "primary": It ended with exit code 2. "small": It ended with exit code 3. "table": It ended with exit code ${code}.`,
    );
  });

  test('whose "when" is false are left out', async () => {
    const project = scoring({
      fallback: [
        { name: 'small', run: 'small ${{ outputs.out }}', when: false },
        { name: 'table', run: 'table ${{ outputs.out }}' },
      ],
    });
    const run = await project.build({ behave: ends({ model: [1] }) });
    expect(project.read('out/score')).toBe('table');
    expect(attemptsOf(run)).toHaveLength(2);
    project.write({ in: '2' });
    const none = await project.build({ behave: ends({ model: [1], table: [1] }) });
    expect(messageOf(none)).toBe(
      'Every strategy failed. "primary": It ended with exit code 1. "small": Not tried, since its "when" is false. "table": It ended with exit code 1.',
    );
  });

  test('may ask what another stage measured, and wait for it', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({
      score: {
        ...SCORE,
        fallback: [
          { name: 'small', run: 'small ${{ outputs.out }}', when: 'stages.zeal.metrics.n > 5' },
          { name: 'table', run: 'table ${{ outputs.out }}', when: 'stages.zeal.metrics.n <= 5' },
        ],
      },
      zeal: { inputs: { data: 'in' }, outputs: { out: 'out/zeal' }, metrics: { n: 'out#/n' } },
    });
    const scored = ends({ model: [1] });
    const run = await project.build({
      jobs: 1,
      behave: (process) => {
        if (process.stage !== 'zeal') return scored(process);
        process.writes({ [outputsOf(process)[0] ?? '']: '{"n": 3}' }).succeed();
        return 'done';
      },
    });
    expect(run.started).toEqual(['zeal', 'score', 'score']);
    expect(project.read('out/score')).toBe('table');
  });

  test('start clean, each with its own places for outputs', async () => {
    const project = scoring({
      run: 'model in place',
      fallback: [{ run: 'table ${{ outputs.out }}' }],
    });
    project.write({ 'out/score': 'old' });
    const seen: unknown[] = [];
    await project.build({
      targets: ['score'],
      behave: (process) => {
        const [output = ''] = outputsOf(process);
        seen.push([requestOf(process).attempt, output, project.read('out/score')]);
        if (seen.length === 1) process.writes({ [output]: 'half' }).exit(1);
        else succeed(process);
        return 'done';
      },
    });
    expect(seen).toEqual([
      [1, '/w/out/score', undefined],
      [2, '/w/.wrangle/staging/score/0/out/score', 'old'],
    ]);
    expect(project.read('out/score')).toBe('score(1)');
    expect(project.read('.wrangle/displaced/out/score')).toBe('old');
  });

  test('are not tried after a question, nor when the run is stopped or halted', async () => {
    const asked = await scoring().build({ behave: ends({ model: [42] }) });
    expect([asked.outcomes['score'], attemptsOf(asked)?.length]).toEqual(['suspended', 1]);

    const project = scoring({ fallback: [{ run: 'table ${{ outputs.out }}' }] });
    const stopped = project.start();
    await stopped.idle();
    stopped.stop();
    const { outcomes } = await stopped.done;
    expect([outcomes['score'], project.runner.started]).toEqual(['cancelled', ['score']]);

    const two = new EngineProject();
    two.write({ in: '1' });
    two.pipeline({ score: SCORE, other: { inputs: { data: 'in' }, outputs: { out: 'out/other' } } });
    const halted = two.start();
    await halted.idle();
    two.runner.process('other').exit(1);
    await halted.idle();
    two.runner.process('score').exit(1);
    const run = await halted.done;
    expect(run.outcomes).toEqual({ score: 'failed', other: 'failed' });
    expect(messageOf(run)).toBe('It ended with exit code 1. It was not tried again, because the run was halted.');
  });
});

describe('what a fallback made', () => {
  const degraded = () => ends({ model: [1], small: [1] });

  test('is fresh, and stays marked: without a word of the index, and when it is restored', async () => {
    const project = scoring();
    await project.build({ behave: degraded() });
    for (const outcome of ['fresh', 'fresh', 'restored']) {
      if (outcome === 'restored') project.fs.remove('/w/out/score');
      const run = await project.build();
      expect(run.outcomes['score']).toBe(outcome);
      expect(run.collected.degraded).toEqual({ score: 'table' });
      expect(buildDocument(run.collected).stages).toMatchObject({
        score: { degraded: 'table' },
        report: { degraded: null },
      });
    }
    project.fs.remove('/w/.wrangle/index');
    const found = await project.build();
    expect([found.outcomes['score'], found.collected.degraded]).toEqual(['fresh', { score: 'table' }]);
    expect(found.started).toEqual([]);
  });

  test('is told at the end, in the plan and in the status', async () => {
    const project = scoring();
    const run = await project.build({ behave: degraded() });
    const options = { style: PLAIN, quiet: false, outputs: [], command: () => 'wrangle' };
    expect(summaryLines(run.collected, options)).toContain('degraded: score (table)');
    expect(summaryLines((await project.build()).collected, options).slice(1)).toEqual(['degraded: score (table)']);
    const plan = await project.plan();
    if (plan.status !== 'planned') throw new Error(plan.status);
    const { stages } = plan;
    expect(planText('p.yaml', stages, { style: PLAIN, verbose: false, width: undefined })).toMatchInlineSnapshot(`
      "p.yaml: 2 stages, all fresh

        fresh    score   degraded: made by table
        fresh    report
      "
    `);
    const nothing = { ranAtMs: undefined, tookMs: undefined, askedAtMs: undefined };
    const [score] = stages;
    expect(score && whyText(score, PLAIN)).toBe(
      'score is fresh: nothing it depends on changed, and its outputs are as it made them.\nIt is degraded: table made its outputs.\n',
    );
    const status = statusDocument(
      'p.yaml',
      stages.map((stage) => ({ ...stage, ...nothing })),
      [],
    );
    expect([status.up_to_date, status.stages.map((stage) => stage.degraded)]).toEqual([true, ['table', null]]);
  });

  test('is another once the stage itself ends well', async () => {
    const project = scoring();
    await project.build({ behave: degraded() });
    const run = await project.build({ behave: ends({}), force: ['score'] });
    expect(run.collected.degraded).toEqual({});
    expect((await project.build()).collected.degraded).toEqual({});
  });

  test('counts for who edits a strategy, and "why" names it', async () => {
    const project = scoring();
    await project.build({ behave: ends({}) });
    const stages = (fallback: unknown) => ({
      score: { ...SCORE, fallback },
      report: { inputs: { data: 'out/score' }, outputs: { out: 'out/report' } },
    });
    project.pipeline(stages([{ name: 'small', run: 'smaller ${{ outputs.out }}' }]));
    const causes = await project.why('score');
    expect(causes.map(({ part, change, name }) => [part, change, name])).toEqual([
      ['fallback', 'changed', 'small'],
      ['fallback', 'removed', 'table'],
    ]);
    project.pipeline(
      stages([{ ...(SCORE['fallback'] as object[])[0], timeout: '5s', retry: {} }, (SCORE['fallback'] as object[])[1]]),
    );
    expect(await project.why('score')).toEqual([]);
  });

  test('is of this run in its record', async () => {
    const project = scoring();
    const { report } = await project.build({ behave: degraded() });
    const id = report.status === 'built' ? report.runId : '';
    const record = JSON.parse(project.read(`.wrangle/runs/${id}/run.json`) ?? '');
    expect(record.stages.score.degraded).toBe('table');
    expect(record.stages.report.degraded).toBe(null);
  });

  test('watched, a stage that fell back is done', async () => {
    const project = scoring();
    const watching = await watchProject(project, { behave: degraded() });
    expect(watching.last?.outcomes).toEqual({ score: 'ran', report: 'ran' });
    watching.tell({ type: 'overflow' });
    await watching.rest();
    expect(watching.rounds).toHaveLength(1);
  });
});

test('an item of a fan-out falls back by itself, and its strategies speak of it', async () => {
  const project = new EngineProject();
  project.write({ 'list.json': '["a", "b", "c"]' });
  project.pipeline({
    page: {
      foreach: { in: 'list.json' },
      on_failure: 'continue',
      run: 'model ${{ item }} ${{ outputs.o }}',
      outputs: { o: 'out/${{ item }}' },
      fallback: [{ name: 'plain', run: 'plain ${{ item }} ${{ outputs.o }}', when: 'item != "b"' }],
    },
  });
  const run = await project.build({
    behave: (process) => {
      const [name, item = ''] = (process.spec.argv.at(-1) ?? '').split(' ');
      if (name === 'model' && item !== 'c') process.exit(1);
      else process.writes({ [outputsOf(process)[0] ?? '']: `${name} ${item}` }).succeed();
      return 'done';
    },
  });
  expect(run.outcomes).toMatchObject({ 'page@a': 'ran', 'page@b': 'failed', 'page@c': 'ran' });
  expect(project.read('out/a')).toBe('plain a');
  expect(project.read('out/c')).toBe('model c');
  expect(run.collected.degraded).toEqual({ 'page@a': 'plain' });
  expect(run.collected.stages.get('page@b')?.failure?.message).toBe(
    'Every strategy failed. "primary": It ended with exit code 1. "plain": Not tried, since its "when" is false.',
  );
});

test('a strategy whose "when" asks for what an item does not have is left out for that item alone', async () => {
  const made = new EngineProject();
  made.write({ 'list.json': '[{"id": "a"}, {"id": "b", "old": true}]' });
  made.pipeline({
    each: {
      foreach: { in: 'list.json', key: 'item.id' },
      run: 'model ${{ item.id }} ${{ outputs.o }}',
      outputs: { o: 'out/${{ item.id }}' },
      fallback: [
        { name: 'old', run: 'old ${{ outputs.o }}', when: 'item.old' },
        { name: 'new', run: 'new ${{ outputs.o }}' },
      ],
    },
  });
  await made.build({
    behave: (process) => {
      const [name = ''] = (process.spec.argv.at(-1) ?? '').split(' ');
      if (name === 'model') process.exit(1);
      else process.writes({ [outputsOf(process)[0] ?? '']: name }).succeed();
      return 'done';
    },
  });
  expect(made.files()).toMatchObject({ 'out/a': 'new', 'out/b': 'old' });
});

test('killed at any step, the next build ends as if it had not been', async () => {
  const mortal = new MortalProject();
  const { project } = mortal;
  project.write({ in: '1' });
  project.pipeline({
    score: {
      run: 'model in place',
      inputs: { data: 'in' },
      outputs: { out: 'out/score', dir: 'out/dir/' },
      fallback: [{ name: 'table', run: 'table ${{ outputs.out }}' }],
    },
  });
  const behave: Behaviour = (process) => {
    if (requestOf(process).attempt > 1) return undefined;
    process.writes({ '/w/out/score': 'half' }).exit(1);
    return 'done';
  };
  const { files } = await mortal.rehearse(behave);
  expect(files).toEqual({ in: '1', 'out/score': 'score(1)', 'out/dir/data': 'score(1)' });
  await mortal.killBuilds(
    async () => {
      await mortal.recoverOnly();
      expect(project.read('out/score')).not.toBe('half');
      await mortal.expectConverged(files);
    },
    { behave },
  );
});
