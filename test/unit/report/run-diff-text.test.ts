import { expect, test } from 'vitest';
import { noOutcomes } from '../../../src/model/outcome.ts';
import type { FirstCause, OutputDiff, RunDiff } from '../../../src/model/run-diff.ts';
import type { RunSummary } from '../../../src/model/run-record.ts';
import { runDiffText } from '../../../src/report/run-diff-text.ts';
import { PLAIN } from '../../../src/report/style.ts';

const run = (id: string, more: Partial<RunSummary> = {}): RunSummary => ({
  run_id: id,
  pipeline: 'p.yaml',
  started_at: '2026-11-21T04:35:12.000Z',
  outcome: 'done',
  duration_ms: 1,
  counts: noOutcomes(),
  ...more,
});

const output = (path: string, more: Partial<OutputDiff> = {}): OutputDiff => ({
  stage: path.split('.')[0] ?? '',
  port: 'out',
  path,
  change: 'changed',
  before: { sha256: 'a', size_bytes: 10 },
  after: { sha256: 'b', size_bytes: 2000 },
  ...more,
});

const first = (stage: string, more: Partial<FirstCause> = {}): FirstCause => ({
  stage,
  kind: 'unknown',
  message: 'it is not known',
  causes: [],
  path: [stage],
  left_out: 0,
  output: `${stage}.txt`,
  ...more,
});

const diff = (more: Partial<RunDiff> = {}): RunDiff => ({
  before: run('a'),
  after: run('b'),
  asked: undefined,
  params: [],
  outputs: [],
  first_causes: [],
  stages: [],
  metrics: [],
  same_metrics: 0,
  unwell: [],
  only_before: [],
  only_after: [],
  notes: [],
  instances: new Map(),
  ...more,
});

const textOf = (more: Partial<RunDiff>, isWhole = false) =>
  runDiffText(diff(more), PLAIN, isWhole).split('\n').slice(2).join('\n');

test('nothing differs', () => {
  expect(textOf({})).toBe('\nEvery output is the same in both runs.\n');
  expect(textOf({ asked: 'a.txt' })).toBe('\na.txt is the same in both runs.\n');
});

test('a run that undid another one, and what is not known', () => {
  const text = runDiffText(diff({ after: run('b', { undoes: 'a' }), notes: ['Run b goes on.'] }), PLAIN, false);
  expect(text.split('\n').slice(0, 3)).toEqual([
    'before  a  2026-11-21 04:35:12  done  p.yaml',
    'after   b  2026-11-21 04:35:12  done  undid a',
    'Run b goes on.',
  ]);
});

test('everything there is to tell', () => {
  expect(
    textOf({
      params: [{ name: 'text', before: undefined, after: 'x'.repeat(50) }],
      outputs: [output('a.txt'), output('b.txt', { change: 'added', before: null })],
      first_causes: [
        first('a', { path: ['a', 'c', 'd', 'b'], left_out: 1234, output: 'b.txt' }),
        first('r', { kind: 'same-inputs', message: 'same inputs, different output: it is not deterministic' }),
      ],
      metrics: [
        { stage: 'a', name: 'rows', before: 0, after: 3 },
        { stage: 'a', name: 'name', before: 'x', after: undefined },
      ],
      same_metrics: 2,
      unwell: [
        { stage: 'c', before: null, after: 'failed', reason: 'It ended with exit code 1.\nmore' },
        { stage: 'd', before: 'failed', after: 'failed', reason: '' },
      ],
      only_before: ['x@1', 'x@2', 'y'],
      only_after: ['z'],
    }),
  ).toMatchInlineSnapshot(`
    "
    2 outputs differ, and there are 2 first causes.

    Params
      text  none -> xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…

    First causes
      a
        it is not known
      r
        same inputs, different output: it is not deterministic

    From cause to output
      a -> c -> … 1,234 more … -> d -> b -> b.txt
      r -> r.txt

    Outputs
      a.txt  a  changed (10 B -> 2.0 kB)
      b.txt  b  added (2.0 kB)

    Metrics
      a.rows  0 -> 3     +3
      a.name  x -> none
      2 more as before

    Did not end well
      c  failed after    It ended with exit code 1.
      d  failed in both

    The run before had x and y, which the other has not.

    The run after has z, which the other has not.

    Where it differs: wrangle build --check-determinism=r
    "
  `);
});

test('long lists are cut, unless all is asked for', () => {
  const outputs = Array.from({ length: 23 }, (_, n) => output(`o${n}.txt`));
  const lines = (isWhole: boolean) => textOf({ outputs }, isWhole).split('\n');
  expect(lines(false).at(-2)).toBe('  and 3 more; -v lists all');
  expect(lines(false).length).toBe(26);
  expect(lines(true).at(-2)).toBe('  o22.txt  o22  changed (10 B -> 2.0 kB)');
});

test('speaks of one output, and of several', () => {
  const outputs = [output('a.txt'), output('b.txt')];
  const headline = (more: Partial<RunDiff>) => textOf(more).split('\n')[1];
  expect(headline({ outputs: outputs.slice(1), first_causes: [first('a')] })).toBe(
    '1 output differs, and it has one first cause.',
  );
  expect(headline({ outputs, first_causes: [first('a')] })).toBe('2 outputs differ, and they have one first cause.');
  expect(headline({ outputs, first_causes: [first('a'), first('b')] })).toBe(
    '2 outputs differ, and there are 2 first causes.',
  );
});
