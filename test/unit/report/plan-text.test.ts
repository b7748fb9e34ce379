// Plans, reasons and causes in words.
import { describe, expect, test } from 'vitest';
import { causeLine, causesLine } from '../../../src/model/cause-text.ts';
import type { Cause, PlannedStage } from '../../../src/model/plan.ts';
import { planText } from '../../../src/report/plan-text.ts';
import { PLAIN } from '../../../src/report/style.ts';
import { whyText } from '../../../src/report/why-text.ts';
import { DATA_CHANGED, SHA_A, SHA_B } from './sample-run.ts';

function cause(part: Cause['part'], change: Cause['change'], name = '', before?: string, after?: string): Cause {
  return { part, change, name, before, after };
}

const DATA = '$' + '{{ inputs.data }}';
const CSV = '$' + '{{ outputs.csv }}';
const COMMAND_CHANGED = cause(
  'command',
  'changed',
  '',
  `python3 clean.py ${DATA} > ${CSV}`,
  `python3 clean.py --strict ${DATA} > ${CSV}\nwc -l ${CSV}\n`,
);

const STAGES: readonly PlannedStage[] = [
  { id: 'profile', decision: 'fresh', causes: [] },
  { id: 'clean', decision: 'run', causes: [DATA_CHANGED, COMMAND_CHANGED] },
  { id: 'check', decision: 'fresh', causes: [cause('expect', 'changed', '', SHA_A, SHA_B)] },
  { id: 'report', decision: 'may-run', causes: [cause('input', 'upstream', 'clean'), cause('input', 'upstream', 'a')] },
  { id: 'publish', decision: 'restore', causes: [cause('output', 'missing', 'build/page.html', `f:${SHA_A}:3`)] },
  {
    id: 'mail',
    decision: 'run',
    causes: [cause('input', 'upstream', 'publish'), cause('env', 'changed', 'LANG', 'C', 'C.UTF-8')],
  },
];

const OPTIONS = { style: PLAIN, verbose: false, width: undefined };

describe('plan', () => {
  test('each stage with its decision and the first cause', () => {
    expect(planText('pipelines/full.yaml', STAGES, OPTIONS)).toMatchInlineSnapshot(`
      "pipelines/full.yaml: 6 stages, 2 to run, 1 to restore, 1 may run, 2 fresh

        fresh    profile
        run      clean    input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d), and 1 more
        fresh    check    its outputs will be checked: its contract changed
        may run  report   only if the outputs of clean and a change
        restore  publish  output build/page.html is not there
        run      mail     env LANG changed (C -> C.UTF-8), and 1 more
      "
    `);
  });

  test('verbose lists all causes', () => {
    expect(planText('pipelines/full.yaml', STAGES, { ...OPTIONS, verbose: true })).toMatchInlineSnapshot(`
      "pipelines/full.yaml: 6 stages, 2 to run, 1 to restore, 1 may run, 2 fresh

        fresh    profile
        run      clean    input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
                          command changed
        fresh    check    its outputs will be checked: its contract changed
        may run  report   waits for clean
                          waits for a
        restore  publish  output build/page.html is not there
        run      mail     waits for publish
                          env LANG changed (C -> C.UTF-8)
      "
    `);
  });

  test('notes are cut to the width; a long name has its own line', () => {
    const stages: PlannedStage[] = [
      { id: 'clean', decision: 'run', causes: [DATA_CHANGED] },
      { id: `parse@${'x'.repeat(60)}`, decision: 'run', causes: [DATA_CHANGED] },
    ];
    expect(planText('p.yaml', stages, { ...OPTIONS, width: 72 })).toMatchInlineSnapshot(`
      "p.yaml: 2 stages, 2 to run

        run      clean                             input data: data/a.csv cha…
        run      parse@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                                                   input data: data/a.csv cha…
      "
    `);
  });

  test('fresh stages of a large pipeline are only counted', () => {
    const fresh = Array.from(
      { length: 1200 },
      (_, at): PlannedStage => ({ id: `s${at}`, decision: 'fresh', causes: [] }),
    );
    expect(planText('p.yaml', fresh, OPTIONS)).toBe('p.yaml: 1,200 stages, all fresh\n');
    const one: PlannedStage = { id: 'clean', decision: 'run', causes: [] };
    expect(planText('p.yaml', [...fresh, one], OPTIONS)).toMatchInlineSnapshot(`
      "p.yaml: 1,201 stages, 1 to run, 1,200 fresh

        run      clean
        and 1,200 fresh stages (-v lists them)
      "
    `);
    expect(planText('p.yaml', fresh, { ...OPTIONS, verbose: true }).split('\n')).toHaveLength(1203);
  });
});

describe('instances', () => {
  const each = (count: number, toDo: number): PlannedStage[] =>
    Array.from({ length: count }, (_, at) => ({
      id: `each@${at}`,
      decision: at < toDo ? 'run' : 'fresh',
      causes: at < toDo ? [DATA_CHANGED] : [],
    }));
  const all: PlannedStage = { id: 'all', decision: 'may-run', causes: [cause('input', 'upstream', 'each')] };

  test('many are one row, with the first that are not fresh below it', () => {
    expect(planText('p.yaml', [...each(5000, 10), all], OPTIONS)).toMatchInlineSnapshot(`
      "p.yaml: 5,001 stages, 10 to run, 1 may run, 4,990 fresh

        run      each    5,000 instances, 10 to run, 4,990 fresh
        run      each@0  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
        run      each@1  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
        run      each@2  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
        run      each@3  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
        run      each@4  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
                 and 5 more (-v lists them)
        may run  all     only if the outputs of each change
      "
    `);
    expect(planText('p.yaml', [...each(5000, 2), all], OPTIONS)).toMatchInlineSnapshot(`
      "p.yaml: 5,001 stages, 2 to run, 1 may run, 4,998 fresh

        run      each    5,000 instances, 2 to run, 4,998 fresh
        run      each@0  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
        run      each@1  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
        may run  all     only if the outputs of each change
      "
    `);
    expect(planText('p.yaml', [...each(5000, 0)], OPTIONS)).toMatchInlineSnapshot(`
      "p.yaml: 5,000 stages, all fresh

        fresh    each  5,000 instances, all fresh
      "
    `);
    expect(planText('p.yaml', [...each(5000, 10), all], { ...OPTIONS, verbose: true }).split('\n')).toHaveLength(5004);
  });

  test('a few have a row each', () => {
    expect(planText('p.yaml', [...each(3, 1), all], OPTIONS)).toMatchInlineSnapshot(`
      "p.yaml: 4 stages, 1 to run, 1 may run, 2 fresh

        run      each@0  input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
        fresh    each@1
        fresh    each@2
        may run  all     only if the outputs of each change
      "
    `);
  });

  test('a list that is yet to be made, and items that are gone from one', () => {
    const stages: PlannedStage[] = [
      { id: 'urls', decision: 'run', causes: [DATA_CHANGED] },
      { id: 'each', decision: 'may-run', causes: [cause('input', 'upstream', 'urls')], items: { up_to: 5000 } },
      { id: 'new', decision: 'may-run', causes: [cause('input', 'upstream', 'urls')], items: { up_to: 0 } },
      { id: 'page@a', decision: 'fresh', causes: [] },
      { id: 'page', decision: 'run', causes: [cause('output', 'removed', 'pages/b.txt', 'page@b')] },
    ];
    expect(planText('p.yaml', stages, OPTIONS)).toMatchInlineSnapshot(`
      "p.yaml: 5 stages, 2 to run, 2 may run, 1 fresh

        run      urls    input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
        may run  each    up to 5,000 items, known once urls is built
        may run  new     its items are known once urls is built
        fresh    page@a
        run      page    output pages/b.txt is to be removed
      "
    `);
    expect(stages.map((stage) => whyText(stage, PLAIN)).join('')).toMatchInlineSnapshot(`
      "urls would run, because:

        input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      each may run, up to 5,000 items, known once urls is built:

        waits for urls
      new may run, its items are known once urls is built:

        waits for urls
      page@a is fresh: nothing it depends on changed, and its outputs are as it made them.
      page would run, because:

        output pages/b.txt is to be removed
      "
    `);
  });
});

describe('why', () => {
  test('short values beside the sentence, long ones under it', () => {
    expect(whyText(STAGES[1] as PlannedStage, PLAIN)).toMatchInlineSnapshot(`
      "clean would run, for 2 reasons:

        input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
        command changed
          before | python3 clean.py \${{ inputs.data }} > \${{ outputs.csv }}
          after  | python3 clean.py --strict \${{ inputs.data }} > \${{ outputs.csv }}
                 | wc -l \${{ outputs.csv }}
      "
    `);
  });

  test('each decision has its sentence', () => {
    const others = [0, 2, 3, 4].map((at) => whyText(STAGES[at] as PlannedStage, PLAIN));
    expect(others.join('\n')).toMatchInlineSnapshot(`
      "profile is fresh: nothing it depends on changed, and its outputs are as it made them.

      check is fresh, but its outputs will be checked again:

        its contract changed

      report may run, only if the outputs of clean and a change:

        waits for clean
        waits for a

      publish would be restored from the store, because:

        output build/page.html is not there
      "
    `);
  });

  test('every kind of cause has words', () => {
    const causes = [
      cause('input', 'missing', 'data/a.csv'),
      cause('input', 'added', 'data: data/b.csv', undefined, `f:${SHA_A}:1`),
      cause('input', 'removed', 'data: data/b.csv', `f:${SHA_A}:1`),
      cause('input', 'changed', 'data: a.sh', `f:${SHA_A}:1`, `x:${SHA_A}:1`),
      cause('input', 'changed', 'data: raw', `d:${SHA_A}:1`, `d:${SHA_B}:1`),
      cause('input', 'changed', 'data (order)', SHA_A, SHA_B),
      cause('input', 'changed', '', undefined, 'changed while the stage ran'),
      cause('input', 'changed', '', undefined, 'The list "a.json" is not there.'),
      cause('input', 'upstream', 'fetch'),
      cause('output', 'missing', 'build/x.csv', `f:${SHA_A}:1`),
      cause('output', 'missing', '', undefined, 'its record is not in the store'),
      cause('output', 'added', 'build/x.csv', undefined, `f:${SHA_A}:1`),
      cause('output', 'changed', 'build/x.csv', `f:${SHA_A}:1`, `f:${SHA_B}:2`),
      cause('output', 'changed', 'csv', 'build/x.csv', 'build/y.csv'),
      cause('command', 'added', '', undefined, 'never succeeded here'),
      cause('shell', 'changed', '', 'bash', 'sh'),
      cause('with', 'changed', 'sample', '100000', '5000'),
      cause('with', 'added', 'strict', undefined, 'true'),
      cause('env', 'removed', 'LANG', 'C'),
      cause('code', 'changed', '', `tabular 0.1.0 ${SHA_A}`, `tabular 0.1.1 ${SHA_B}`),
      cause('code', 'changed', '', `tabular 0.1.0 ${SHA_A}`, `tabular 0.1.0 ${SHA_B}`),
      cause('platform', 'changed', '', 'linux x64', 'darwin arm64'),
      cause('version', 'changed', '', '1', '2'),
      cause('version', 'changed', 'always', undefined, 'always'),
      cause('version', 'changed', 'force', undefined, '--force'),
      cause('discovered', 'changed', 'lib/a.sql'),
      cause('discovered', 'changed', 'lib/a.sql', `f:${SHA_A}:1`, `f:${SHA_B}:1`),
      cause('expect', 'added', '', undefined, SHA_A),
      cause('answers', 'changed', 'keep', '"yes"', '"no"'),
      cause('env', 'changed', 'NOTE', 'x', 'y'.repeat(60)),
      cause('env', 'changed', 'BAD\u001b[2J', 'a', 'b\u202e'),
    ];
    expect(causes.map(causeLine).join('\n')).toMatchInlineSnapshot(`
      "input data/a.csv is not there
      input data: data/b.csv was added (3f9c0a1b2c3d)
      input data: data/b.csv was removed (was 3f9c0a1b2c3d)
      input data: a.sh changed (3f9c0a1b2c3d -> 3f9c0a1b2c3d (executable))
      input data: raw changed (3f9c0a1b2c3d (folder) -> 81ab0a1b2c3d (folder))
      input data: the order of its files changed
      an input changed while the stage ran
      the list "a.json" is not there
      waits for fetch
      output build/x.csv is not there
      its record is not in the store
      output build/x.csv holds something wrangle did not make
      output build/x.csv was edited (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      output csv changed (build/x.csv -> build/y.csv)
      it never succeeded here
      shell changed (bash -> sh)
      with sample changed (100000 -> 5000)
      with strict was added (true)
      env LANG was removed (was C)
      code of its plugin changed (tabular 0.1.0 -> 0.1.1)
      code of its plugin changed (tabular 0.1.0, 3f9c0a1b2c3d -> 81ab0a1b2c3d)
      platform changed (linux x64 -> darwin arm64)
      version changed (1 -> 2)
      it always runs
      it is forced (--force)
      discovered input lib/a.sql changed
      discovered input lib/a.sql changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)
      its contract changed
      answer to keep changed ("yes" -> "no")
      env NOTE changed
      env "BAD\\u001b[2J" changed (a -> b\\u202e)"
    `);
  });

  test('several causes on one line', () => {
    expect(causesLine([])).toBe('');
    expect(causesLine([cause('input', 'upstream', 'fetch')])).toBe('waits for fetch');
    expect(causesLine([cause('input', 'upstream', 'fetch'), DATA_CHANGED])).toBe('waits for fetch, and 1 more');
  });
});
