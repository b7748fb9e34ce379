// `when` as it is read: what the files decide, what waits for a metric, and what is no condition.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { expect, test } from 'vitest';
import { checkWhen } from '../../../src/language/condition.ts';
import type { Condition } from '../../../src/model/pipeline.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import { loadJson, stageOf } from './support.ts';

const load = (when: Json, more: { [key: string]: Json } = {}) =>
  loadJson(
    {
      params: { n: 5, on: true, text: 'a' },
      stages: {
        count: { run: 'x', outputs: { o: 'o.json', p: 'p.json' }, metrics: { rows: 'o#/rows', bad: 'o#/bad' } },
        'a-b': { run: 'x', outputs: { o: 'ab' }, metrics: { x: 'o#/x' } },
        typed: { uses: 'tabular/profile', inputs: { data: 'd.csv' }, outputs: { profile: 't' } },
        each: { run: 'x ${{ item }}', foreach: { in: 'list.json' }, outputs: { o: 'each/${{ item }}' } },
        s: { run: 'x', outputs: { o: 'out' }, when, ...more },
      },
    },
    { env: { CI: '1' } },
  );

const whenOf = (when: Json, more?: { [key: string]: Json }) => stageOf(load(when, more), 's').when;
const mistakesOf = (when: Json) =>
  load(when).diagnostics.map(({ code, message, help }) => `${code}: ${message}${help ? ` ${help}` : ''}`);

test.each<[Json, false | undefined]>([
  [true, undefined],
  [false, false],
  ['params.on', undefined],
  ['!params.on', false],
  ['${{ params.n > 5 }}', false],
  ['has(env.CI) && env.CI == "1"', undefined],
  ['has(env.NIGHTLY)', false],
  ['stages.count.outputs.o == "o.json"', undefined],
])('%j is decided by the files', (when, expected) => {
  expect(mistakesOf(when)).toEqual([]);
  expect(whenOf(when)).toBe(expected);
});

test.each<[string, Condition]>([
  ['stages.count.metrics.rows > params.n', { expr: 'stages.count.metrics.rows > 5', stages: ['count'] }],
  [
    'stages["a-b"].metrics.x == 1 || stages.count.metrics.rows > 1',
    { expr: 'stages["a-b"].metrics.x == 1 || stages.count.metrics.rows > 1', stages: ['a-b', 'count'] },
  ],
  ['stages.typed.metrics.anything', { expr: 'stages.typed.metrics.anything', stages: ['typed'] }],
  ['has(stages.count.metrics.other)', { expr: 'has(stages.count.metrics.other)', stages: ['count'] }],
])('%s waits for who measures it', (when, expected) => {
  expect(mistakesOf(when)).toEqual([]);
  expect(whenOf(when)).toEqual(expected);
});

test('of a fan-out it may speak of the item', () => {
  const more = { foreach: { in: 'list.json', key: 'item.id' }, outputs: { o: 'out/${{ item.id }}' } };
  expect(whenOf('item.wanted && stages.count.metrics.rows > 0', more)).toEqual({
    expr: 'item.wanted && stages.count.metrics.rows > 0',
    stages: ['count'],
    item: true,
  });
});

test.each<[Json, string[]]>([
  [3, ['wrong-type: "when" must be true or false or text, not 3.']],
  ['params.n', ['wrong-type: "when" must come to true or false, not to 5.']],
  ['params.m', ['unknown-reference: There is no param "m". Did you mean "n"?']],
  ['params.n >', ['invalid-expression: The expression ${{ params.n > }} does not work: it ends too early.']],
  [
    'yes',
    [
      'unknown-reference: There is no name "yes". An expression speaks of params, env, matrix, item, stages, inputs and outputs; texts stand in quotes.',
    ],
  ],
  [
    '${{ params.on }} && ${{ params.on }}',
    [
      'invalid-value: "when" is one expression, so there is no ${{ }} around its parts. Write it without, as in params.a && params.b.',
    ],
  ],
  ['stages.count.metrics.row > 1', ['unknown-reference: Stage "count" has no metric "row". Did you mean "rows"?']],
  [
    'stages.count.metrics.profits > 1',
    ['unknown-reference: Stage "count" has no metric "profits". Declare it under "metrics" of that stage.'],
  ],
  ['stages.cuont.metrics.rows > 1', ['unknown-reference: There is no stage "cuont". Did you mean "count"?']],
  [
    'size(stages.count.metrics) > 1',
    [
      'invalid-expression: The expression ${{ size(stages.count.metrics) > 1 }} does not work: a metric is written out: write stages.NAME.metrics.NAME.',
    ],
  ],
  [
    'stages.each.metrics.rows > 1',
    [
      'invalid-expression: The expression ${{ stages.each.metrics.rows > 1 }} does not work: "each" is a fan-out, and only its instances measure anything.',
    ],
  ],
  [
    'inputs.data == "a"',
    [
      'invalid-expression: The expression ${{ inputs.data == "a" }} does not work: "inputs" has no value before the stage starts. Only "run", "with" and "env" may speak of the paths of their own stage.',
    ],
  ],
  [
    'item == "a"',
    [
      'invalid-expression: The expression ${{ item == "a" }} does not work: "item" has no value here. A stage with "foreach" may speak of its item in "run", "with", "env", "when" and the paths of its ports.',
    ],
  ],
])('%j is a mistake', (when, expected) => {
  expect(mistakesOf(when)).toEqual(expected);
});

test('only "when" speaks of metrics', () => {
  const { diagnostics } = load(true, { run: 'x ${{ stages.count.metrics.rows }}' });
  expect(diagnostics.map(({ message, help }) => `${message} ${help ?? ''}`)).toEqual([
    'The expression ${{ stages.count.metrics.rows }} does not work: what a stage measures is known once it is done. Only "when" may speak of metrics.',
  ]);
});

test.each<[string, { [name: string]: Json }, boolean | string]>([
  ['stages.count.metrics.rows == 1.0', { rows: 1 }, true],
  ['stages.count.metrics.rows > 0.5', { rows: 1 }, true],
  ['double(stages.count.metrics.bad) / 4.0 > 0.5', { bad: 2 }, false],
  ['has(stages.count.metrics.bad) && stages.count.metrics.bad > 1', {}, false],
  ['stages.count.metrics.bad == null', { bad: null }, true],
  [
    'stages.count.metrics.bad > 1',
    { rows: 3 },
    'Its "when" does not work: stage "count" has no metric "bad" (it has "rows").',
  ],
  ['stages.count.metrics.bad > 1', {}, 'Its "when" does not work: stage "count" has no metric "bad" (it has none).'],
])('%s of %j', async (when, metrics, expected) => {
  const stage = stageOf(load(when), 's');
  const found = await checkWhen(stage, () => metrics);
  expect(found.ok ? found.value : found.error).toBe(expected);
});

test('an instance is asked with its item', async () => {
  const when = { expr: 'item.size < 3', stages: [], item: true } as const;
  const ask = (size: number) => checkWhen({ when, item: { stage: 's', key: 'k', value: { size } } }, () => undefined);
  expect(await ask(2)).toEqual({ ok: true, value: true });
  expect(await ask(3)).toEqual({ ok: true, value: false });
});
