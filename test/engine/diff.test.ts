// What is different between two runs, and where it began.
import { describe, expect, test } from 'vitest';
import { causeLine } from '../../src/model/cause-text.ts';
import type { RunDiff } from '../../src/model/run-diff.ts';
import { runDiffText } from '../../src/report/run-diff-text.ts';
import { PLAIN } from '../../src/report/style.ts';
import type { Behaviour, StageSpec } from '../support/engine-project.ts';
import { EngineProject, outputsOf, succeed } from '../support/engine-project.ts';

const STAGES: Readonly<Record<string, StageSpec>> = {
  clean: {
    inputs: { data: 'in.csv' },
    outputs: { clean: 'build/clean.csv' },
    run: `make clean \${{ outputs.clean }} \${{ params.least }}`,
  },
  sample: { inputs: { data: 'in.csv' }, outputs: { sample: 'build/sample.csv' } },
  score: { inputs: { data: 'build/clean.csv' }, outputs: { score: 'build/score.json' } },
  report: {
    inputs: { score: 'build/score.json', sample: 'build/sample.csv' },
    outputs: { html: 'build/report.html' },
  },
  other: { inputs: { data: 'in.csv' }, outputs: { other: 'build/other.csv' } },
};

function projectOf(stages = STAGES): EngineProject {
  const project = new EngineProject();
  project.pipeline(stages, { params: { least: 60 } });
  project.write({ 'in.csv': '1' });
  return project;
}

let serial = 0;
/** `sample` makes something else each time, `clean` what its command says. */
const answering: Behaviour = (process) => {
  if (process.stage === 'sample') process.writes({ [outputsOf(process)[0] ?? '']: `sample ${++serial}` });
  else if (process.stage === 'clean')
    process.writes({ [outputsOf(process)[0] ?? '']: `clean ${process.spec.argv.at(-1)?.split(' ').at(-1)}` });
  else return undefined;
  process.succeed();
  return 'done';
};

async function next(project: EngineProject, options: Parameters<EngineProject['build']>[0] = {}): Promise<void> {
  await project.clock.advance(2000);
  await project.build({ behave: answering, ...options });
}

async function compared(project: EngineProject, ...args: Parameters<EngineProject['diff']>): Promise<RunDiff> {
  const report = await project.diff(...args);
  if (report.status !== 'compared') throw new Error(JSON.stringify(report));
  return report.diff;
}

/** Each first cause on a line: its stage, what it is, the way from it. */
const causesOf = ({ first_causes }: RunDiff) =>
  first_causes.map(
    ({ stage, kind, causes, path, output }) =>
      `${stage} ${kind}${causes.map((cause) => `, ${causeLine(cause)}`).join('')}: ${[...path, output].join(' > ')}`,
  );

describe('one changed param and one random stage', () => {
  test('both are named, and told apart', async () => {
    const project = projectOf();
    await next(project);
    await next(project, { params: [{ name: 'least', text: '70' }], force: ['sample'] });
    const diff = await compared(project);
    expect(causesOf(diff)).toEqual([
      `clean changed, command changed (make clean \${{ outputs.clean }} 60 -> make clean \${{ outputs.clean }} 70): clean > score > report > build/report.html`,
      'sample same-inputs: sample > report > build/report.html',
    ]);
    expect(diff.params).toEqual([{ name: 'least', before: 60, after: 70 }]);
    expect(diff.outputs.map(({ path }) => path)).toEqual([
      'build/clean.csv',
      'build/report.html',
      'build/sample.csv',
      'build/score.json',
    ]);
    expect(diff.notes).toEqual([]);
    expect(diff.only_before).toEqual([]);
    expect(diff.unwell).toEqual([]);
  });

  test('in words', async () => {
    const project = projectOf();
    await next(project);
    await next(project, { params: [{ name: 'least', text: '70' }], force: ['sample'] });
    const text = runDiffText(await compared(project), PLAIN, false);
    expect(text.replace(/\d{8}-\d{6}-\w{4} {2}[\d :-]+/g, 'RUN  TIME  ')).toMatchInlineSnapshot(`
      "before  RUN  TIME  done  pipeline.yaml
      after   RUN  TIME  done  pipeline.yaml

      4 outputs differ, and there are 2 first causes.

      Params
        least  60 -> 70

      First causes
        clean
          command changed (make clean \${{ outputs.clean }} 60 -> make clean \${{ outputs.clean }} 70)
        sample
          same inputs, different output: it is not deterministic

      From cause to output
        clean -> score -> report -> build/report.html
        sample -> report -> build/report.html

      Outputs
        build/clean.csv    clean   changed (8 B)
        build/report.html  report  changed (32 B)
        build/sample.csv   sample  changed (8 B)
        build/score.json   score   changed (15 B)

      Where it differs: wrangle build --check-determinism=sample
      "
    `);
  });

  test('an output is explained by what led to it alone', async () => {
    const project = projectOf();
    await next(project);
    await next(project, { params: [{ name: 'least', text: '70' }], force: ['sample'] });
    expect(causesOf(await compared(project, 'last~1', 'last', 'build/sample.csv'))).toEqual([
      'sample same-inputs: sample > build/sample.csv',
    ]);
    expect(causesOf(await compared(project, 'last~1', 'last', 'score'))).toEqual([
      `clean changed, command changed (make clean \${{ outputs.clean }} 60 -> make clean \${{ outputs.clean }} 70): clean > score > build/score.json`,
    ]);
    expect(causesOf(await compared(project, 'last~1', 'last', './build/other.csv'))).toEqual([]);
    expect(await project.diff('last~1', 'last', 'build/scorr.json')).toEqual({
      status: 'unknown-output',
      wanted: 'build/scorr.json',
      suggestion: 'build/score.json',
    });
  });
});

describe('runs', () => {
  test('what was fresh in one is what an earlier one made', async () => {
    const project = projectOf();
    await next(project);
    await next(project, { targets: ['other'], force: ['other'] });
    project.write({ 'in.csv': '2' });
    await next(project);
    await next(project);
    expect(causesOf(await compared(project, 'last~2', 'last'))).toEqual([
      'other changed, input data: in.csv changed (6b86b273ff34 -> d4735e3a265e): other > build/other.csv',
      'sample changed, input data: in.csv changed (6b86b273ff34 -> d4735e3a265e): sample > report > build/report.html',
    ]);
    expect((await compared(project, 'last~1', 'last')).outputs).toEqual([]);
  });

  test('the newer one first: the same, the other way round', async () => {
    const project = projectOf();
    await next(project);
    project.write({ 'in.csv': '2' });
    await next(project, { targets: ['other'] });
    expect(causesOf(await compared(project, 'last', 'last~1'))).toEqual([
      'other changed, input data: in.csv changed (d4735e3a265e -> 6b86b273ff34): other > build/other.csv',
    ]);
  });

  test('the same one twice', async () => {
    const project = projectOf();
    await next(project);
    const diff = await compared(project, 'last', 'last');
    expect(diff.outputs).toEqual([]);
    expect(runDiffText(diff, PLAIN, false)).toBe(`Both are run ${diff.before.run_id}, so nothing differs.\n`);
  });

  test('an unknown one, and one of many', async () => {
    const project = projectOf();
    await next(project);
    await next(project);
    expect(await project.diff('last~2', 'last')).toMatchObject({ status: 'unknown-run', wanted: 'last~2' });
    const both = await project.diff('2', 'last');
    expect(both.status === 'unknown-run' && both.candidates.length).toBe(2);
  });

  test('one whose record is gone', async () => {
    const project = projectOf();
    await next(project);
    project.write({ 'in.csv': '2' });
    await next(project);
    const { before } = await compared(project);
    project.fs.remove(`/w/.wrangle/runs/${before.run_id}`);
    expect(await project.diff('last~1', 'last')).toMatchObject({ status: 'gone', run: { run_id: before.run_id } });
  });

  test('of a run whose maker is gone, what it was replaced with says what lay there', async () => {
    const project = projectOf();
    await next(project);
    await next(project, { targets: ['sample'], force: ['sample'] });
    const { before: first } = await compared(project);
    project.fs.remove(`/w/.wrangle/runs/${first.run_id}`);
    project.write({ 'in.csv': '2' });
    await next(project, { targets: ['other'] });
    expect(causesOf(await compared(project))).toEqual([
      'other changed, input data: in.csv changed (6b86b273ff34 -> d4735e3a265e): other > build/other.csv',
    ]);
  });

  test('an undone one: what it did is not there any more', async () => {
    const project = projectOf();
    await next(project);
    project.write({ 'in.csv': '2' });
    await next(project, { targets: ['other'] });
    await project.clock.advance(2000);
    await project.rollback();
    expect((await compared(project, 'last~2', 'last')).outputs).toEqual([]);
    expect(causesOf(await compared(project, 'last~1', 'last'))).toEqual([
      'other changed, input data: in.csv changed (d4735e3a265e -> 6b86b273ff34): other > build/other.csv',
    ]);
  });

  test('an undone one has no params, so none of them is said to have changed', async () => {
    const project = projectOf();
    await next(project);
    project.write({ 'in.csv': '2' });
    await next(project, { params: [{ name: 'least', text: '70' }] });
    await project.clock.advance(2000);
    await project.rollback();
    expect((await compared(project, 'last~1', 'last')).params).toEqual([]);
    expect((await compared(project, 'last~2', 'last~1')).params).toHaveLength(1);
  });

  test('what a run that is gone may have made is not taken for what an older one made', async () => {
    const project = projectOf({
      only: { inputs: { data: 'in.csv' }, outputs: { out: 'out' } },
      other: { inputs: { data: 'more.csv' }, outputs: { out: 'more' } },
    });
    const run = async (files: { readonly [path: string]: string }) => {
      project.write(files);
      await next(project, { behave: undefined as never });
    };
    await run({ 'in.csv': '1', 'more.csv': '1' });
    await run({ 'in.csv': '22' });
    const { after: made } = await compared(project);
    await run({ 'more.csv': '2' });
    await run({ 'in.csv': '1' });
    project.fs.remove(`/w/.wrangle/runs/${made.run_id}`);
    const diff = await compared(project);
    expect(diff.outputs.map(({ path, before, after }) => [path, before?.size_bytes, after?.size_bytes])).toEqual([
      ['out', 'only(22)'.length, 'only(1)'.length],
    ]);
  });

  test('one that goes on: what runs now is not said to have been cancelled', async () => {
    const project = projectOf();
    await next(project);
    project.write({ 'in.csv': '2' });
    const running = project.start({ targets: ['other', 'sample'], jobs: 2 });
    await running.idle();
    succeed(project.runner.process('sample'));
    await running.idle();
    await project.clock.advance(6000);
    await running.idle();
    const diff = await compared(project);
    expect([diff.after.outcome, diff.unwell]).toEqual(['running', []]);
    succeed(project.runner.process('other'));
    await running.done;
  });

  test('one that was killed: what it had not reached counts as it was', async () => {
    const project = projectOf();
    await next(project);
    project.write({ 'in.csv': '2' });
    await next(project);
    const { after } = await compared(project);
    const folder = `/w/.wrangle/runs/${after.run_id}`;
    const events = (project.fs.readText(`${folder}/events.jsonl`) ?? '').split('\n');
    const ends = events.findIndex((line) => /"task_completed".*"other"/.test(line));
    const record = JSON.parse(project.fs.readText(`${folder}/run.json`) ?? '');
    project.fs.write({
      [`${folder}/events.jsonl`]: `${events.slice(0, ends + 1).join('\n')}\n`,
      [`${folder}/run.json`]: JSON.stringify({ ...record, outcome: 'running', stages: {}, fresh: null, changes: [] }),
      '/w/.wrangle/runs/index': '',
    });
    const diff = await compared(project);
    expect(diff.notes).toEqual([
      `Run ${after.run_id} was stopped before its end; what it had not reached counts as it was before.`,
    ]);
    expect(diff.outputs.map(({ path }) => path)).toContain('build/other.csv');
    expect(diff.outputs.length).toBeLessThan(3);
    expect(diff.only_before).toEqual([]);
  });

  test('of two pipelines: stages of one name are compared', async () => {
    const project = projectOf();
    await next(project);
    const text = project.read('pipeline.yaml') ?? '';
    project.write({ 'other.yaml': text.replace('build/other.csv', 'build/else.csv') });
    await next(project, { file: '/w/other.yaml', targets: ['other'] });
    const diff = await compared(project);
    expect(diff.notes).toEqual([
      'The runs are of two pipelines, "pipeline.yaml" and "other.yaml"; stages of the same name are compared.',
    ]);
    expect(diff.only_before).toEqual(['clean', 'report', 'sample', 'score']);
    expect(causesOf(diff)).toEqual([
      'other changed, output other changed (build/other.csv -> build/else.csv): other > build/else.csv',
    ]);
  });

  test('fresh by another result of the same bytes: it counts as that one', async () => {
    const project = projectOf({
      only: { outputs: { out: 'out' }, run: `echo \${{ params.least }} > \${{ outputs.out }}` },
    });
    const least = (text: string) => ({ params: [{ name: 'least', text }] });
    await next(project, least('1'));
    await next(project, least('2'));
    await next(project, least('1'));
    project.fs.nowNs += 1n;
    await next(project, {
      ...least('1'),
      force: true,
      behave: (process) => {
        process.writes({ [outputsOf(process)[0] ?? '']: 'another' });
        process.succeed();
        return 'done';
      },
    });
    // Not the one that ran before, whose command was another.
    expect(causesOf(await compared(project))).toEqual(['only same-inputs: only > out']);
  });
});

describe('stages', () => {
  test('in one of the runs alone, and those that failed', async () => {
    const { other: _, ...rest } = STAGES;
    const project = projectOf(rest);
    await next(project);
    project.pipeline(STAGES, { params: { least: 60 } });
    project.write({ 'in.csv': '2' });
    await next(project, {
      keepGoing: true,
      behave: (process) => {
        if (process.stage !== 'sample') return answering(process);
        process.exit(1);
        return 'done';
      },
    });
    const diff = await compared(project);
    expect(causesOf(diff)).toEqual(['other appeared: other > build/other.csv']);
    expect(diff.only_after).toEqual(['other']);
    expect(diff.unwell).toEqual([
      { stage: 'report', before: null, after: 'blocked', reason: 'waits for sample' },
      { stage: 'sample', before: null, after: 'failed', reason: 'It ended with exit code 1.' },
    ]);
  });

  test('one that was renamed is compared with what it replaced', async () => {
    const project = projectOf({ old: { inputs: { data: 'in.csv' }, outputs: { out: 'out.txt' } } });
    await next(project);
    project.pipeline({ fresh: { inputs: { data: 'in.csv' }, outputs: { out: 'out.txt' } } });
    await next(project, { behave: undefined as never });
    expect(causesOf(await compared(project))).toEqual([
      `fresh changed, command changed (make old \${{ outputs.out }} -> make fresh \${{ outputs.out }}): fresh > out.txt`,
    ]);
  });

  test('without the record of what they depended on', async () => {
    const project = projectOf();
    await next(project);
    await next(project, { params: [{ name: 'least', text: '70' }] });
    project.fs.remove('/w/.wrangle/store');
    const diff = await compared(project, 'last~1', 'last', 'clean');
    expect(causesOf(diff)).toEqual(['clean unknown: clean > build/clean.csv']);
    expect(diff.first_causes[0]?.message).toBe(
      `what it depended on is not known any more: the store does not have its record; when it ran, it was because command changed (make clean \${{ outputs.clean }} 60 -> make clean \${{ outputs.clean }} 70)`,
    );
  });

  test('whose attempts voted for another answer', async () => {
    const project = projectOf({ ask: { outputs: { out: 'out' }, vote: { ahead: 1 } } });
    const all: Behaviour = (process) => {
      process.writes({ [outputsOf(process)[0] ?? '']: `${++serial}` }).succeed();
      return 'done';
    };
    await next(project, { behave: all });
    await next(project, { behave: all, force: true });
    const diff = await compared(project);
    expect(causesOf(diff)).toEqual(['ask vote: ask > out']);
    expect(diff.first_causes[0]?.message).toBe('the inputs are the same, but its attempts voted for another answer');
    // It does not run twice.
    expect(runDiffText(diff, PLAIN, false)).not.toContain('--check-determinism');
  });

  test('that name what they read: nothing is claimed without the record of it', async () => {
    const project = projectOf({ only: { outputs: { out: 'out' } } });
    const reading =
      (discovered_inputs: string[]): Behaviour =>
      (process) => {
        process.writes({ [outputsOf(process)[0] ?? '']: `${++serial}` });
        const said = { protocol: 1, status: 'ok', discovered_inputs };
        process.writes({ [process.spec.env['WRANGLE_RESULT'] ?? '']: JSON.stringify(said) }).succeed();
        return 'done';
      };
    const both = async (discovered: string[], cache?: 'off') => {
      await next(project, { behave: reading(discovered), force: true });
      await next(project, { behave: reading(discovered), force: true, ...(cache && { cache }) });
      const [first] = (await compared(project)).first_causes;
      return `${first?.kind}: ${first?.message}`;
    };
    const same = 'same-inputs: same inputs, different output: it is not deterministic';
    // The store keeps the last of those that read the same.
    for (const cache of [undefined, 'off'] as const) {
      expect(await both(['in.csv'], cache)).toBe(
        'unknown: what it declares is the same; whether it read the same of anything else is not known any more',
      );
    }
    expect(await both([])).toBe(same);
    // Who read nothing else the first time has nothing that could have told it to.
    expect(await both([], 'off')).toBe(same);
    project.fs.remove('/w/.wrangle/store');
    expect((await compared(project)).first_causes[0]?.kind).toBe('unknown');
  });

  test('instances are folded', async () => {
    const project = projectOf({
      parse: {
        matrix: { n: [1, 2, 3, 4, 5, 6] },
        inputs: { page: `pages/\${{ matrix.n }}.html` },
        outputs: { out: `build/\${{ matrix.n }}.json` },
      },
      all: { inputs: { parts: 'build/*.json' }, outputs: { all: 'all.json' } },
    });
    const pages = (text: string) => Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`pages/${n}.html`, `${text}${n}`]));
    project.write({ ...pages('a'), 'pages/6.html': 'six' });
    await next(project);
    project.write(pages('b'));
    await next(project);
    const diff = await compared(project);
    expect(runDiffText(diff, PLAIN, false).split('\n').slice(3)).toMatchInlineSnapshot(`
      [
        "6 outputs differ (parse: 5 of 6 instances), and there are 5 first causes.",
        "",
        "First causes",
        "  parse, 5 of 6 instances",
        "    input page: pages/1.html changed (f55ff16f66f4 -> 7dc96f776c84)",
        "    so in parse@1, and alike in 4 more",
        "",
        "From cause to output",
        "  parse@* -> all -> all.json",
        "",
        "Outputs",
        "  all.json                 all                      changed (77 B)",
        "  build/1.json and 4 more  parse, 5 of 6 instances  changed",
        "",
      ]
    `);
  });
});

test('metrics of both runs stand beside each other', async () => {
  const project = projectOf({
    fit: {
      inputs: { data: 'in.csv' },
      outputs: { fit: 'fit.json' },
      metrics: { loss: 'fit#/loss', rows: 'fit#/rows' },
    },
  });
  const fits =
    (document: object): Behaviour =>
    (process) => {
      process.writes({ [outputsOf(process)[0] ?? '']: JSON.stringify(document) });
      process.succeed();
      return 'done';
    };
  await next(project, { behave: fits({ loss: 0.5, rows: 3 }) });
  project.write({ 'in.csv': '2' });
  await next(project, { behave: fits({ loss: 0.25, rows: 3 }) });
  project.write({ 'in.csv': '1' });
  await next(project);
  const diff = await compared(project, 'last~1', 'last');
  expect(diff.metrics).toEqual([{ stage: 'fit', name: 'loss', before: 0.25, after: 0.5 }]);
  expect(diff.same_metrics).toBe(1);
  expect(runDiffText(diff, PLAIN, false)).toContain('fit.loss  0.25 -> 0.5  +0.25 (+100 %)');
});

test('records that are damaged are as good as gone', async () => {
  const project = projectOf();
  await next(project);
  project.write({ 'in.csv': '2' });
  await next(project);
  const { before } = await compared(project);
  const path = `/w/.wrangle/runs/${before.run_id}/run.json`;
  const record = JSON.parse(project.fs.readText(path) ?? '');
  const { clean } = record.stages;
  for (const damaged of [
    { stages: { clean: { ...clean, outputs: null } } },
    { stages: { clean: { ...clean, outputs: [null] } } },
    { adopted: null },
    { fresh: 1 },
    { changes: [{ path: '../x' }] },
  ]) {
    project.fs.write({ [path]: JSON.stringify({ ...record, ...damaged }) });
    expect((await project.diff('last~1', 'last')).status).toBe('gone');
  }
});

test('a diff writes nothing', async () => {
  const project = projectOf();
  await next(project);
  await next(project, { force: ['sample'] });
  const before = project.fs.tree('/w');
  await compared(project);
  expect(project.fs.tree('/w')).toEqual(before);
});
