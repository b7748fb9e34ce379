// `vote` as it is read: what holds where nothing is said, how `defaults` and strategies share it, and every mistake in it.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { expect, test } from 'vitest';
import type { Json } from '../../../src/util/canonical-json.ts';
import { loadJson, stageOf } from './support.ts';

const load = (more: { [key: string]: Json }, rest: { [key: string]: Json } = {}) =>
  loadJson({
    params: { least: 2, field: 'value' },
    ...rest,
    stages: {
      s: {
        run: 'ask ${{ outputs.answer }} ${{ outputs.parts }}',
        inputs: { i: 'in.csv', list: 'list.json' },
        outputs: { answer: 'a.json', parts: ['p.json', 'q.json'] },
        ...more,
      },
    },
  });

const voteOf = (vote: Json, more: { [key: string]: Json } = {}, rest: { [key: string]: Json } = {}) =>
  stageOf(load({ vote, ...more }, rest), 's').vote;

test('what is not said', () => {
  expect(voteOf({})).toEqual({ ahead: 3, max: 10, undecided: 'fail' });
  expect(voteOf({ ahead: 8 })).toEqual({ ahead: 8, max: 16, undecided: 'fail' });
  expect(voteOf({ ahead: 1, max: 1 })).toEqual({ ahead: 1, max: 1, undecided: 'fail' });
  expect(voteOf({ ahead: '${{ params.least }}', max: '${{ params.least * 3 }}', undecided: 'widen' })).toEqual({
    ahead: 2,
    max: 6,
    undecided: 'widen',
  });
  expect(stageOf(load({}), 's').vote).toBeUndefined();
});

test('what is compared: every value that is known is filled in', () => {
  const byOf = (by: string) => voteOf({ by })?.by;
  expect(byOf('outputs.answer.json.value')).toBe('outputs.answer.json.value');
  expect(byOf('${{ outputs.answer.json["a-b"] }}')).toBe('outputs.answer.json["a-b"]');
  expect(byOf('outputs.answer.json[params.field]')).toBe('outputs.answer.json["value"]');
  expect(byOf('outputs.parts[1].rows')).toBe('outputs.parts[1].rows');
  expect(byOf('has(outputs.answer.json.x) ? outputs.answer.json.x : outputs.answer.sha256')).toContain('has(');
});

test('`defaults` are joined with what the stage says, and `false` switches them off', () => {
  const defaults = { vote: { ahead: 2, max: 7 } };
  expect(voteOf({ max: 9 }, {}, { defaults })).toEqual({ ahead: 2, max: 9, undecided: 'fail' });
  expect(voteOf(false, {}, { defaults })).toBeUndefined();
  expect(stageOf(load({}, { defaults }), 's').vote).toEqual({ ahead: 2, max: 7, undecided: 'fail' });
});

test('a strategy votes as its stage does, unless it says otherwise', () => {
  const run = 'x ${{ outputs.answer }} ${{ outputs.parts }}';
  const fallback: Json = [{ run }, { run, vote: false }, { run, vote: { ahead: 1 } }];
  const { fallback: strategies = [] } = stageOf(load({ vote: { ahead: 2 }, fallback }), 's');
  expect(strategies.map(({ vote }) => vote?.ahead)).toEqual([2, undefined, 1]);
});

test('every mistake has a sentence and a place', () => {
  const wrong: readonly { [key: string]: Json }[] = [
    { vote: true },
    { vote: { k: 3 } },
    { vote: { ahed: 3 } },
    { vote: { ahead: 0 } },
    { vote: { ahead: '${{ params.field }}' } },
    { vote: { ahead: 4, max: 3 } },
    { vote: { max: 2 } },
    { vote: { undecided: 'suspnd' } },
    { vote: { undecided: '${{ params.field }}' } },
    { vote: { by: 'outputs.answr.json' } },
    { vote: { by: 'outputs.answer.jsn' } },
    { vote: { by: 'outputs.answer.json +' } },
    { vote: { by: 'inputs.i' } },
    { vote: { by: 'item.x' } },
    { vote: { by: 'params.least' } },
    { vote: { by: '"${{ params.field }}" + outputs.answer.text' } },
    { vote: {}, outputs: {}, run: 'x' },
    { vote: {}, run: 'x' },
    { vote: {}, fallback: [{ run: 'x ${{ outputs.parts }}' }] },
    {
      vote: {},
      foreach: { in: 'list.json', key: 'item', batch: 5 },
      outputs: { answer: 'a/${{ item }}.json' },
      run: 'x ${{ outputs.answer }}',
    },
  ];
  const told = wrong.map((more) => {
    const mistakes = load(more).diagnostics.map(({ code, message, location, help = '' }) =>
      `${location?.line}:${location?.column} ${code}: ${message} ${help}`.trimEnd(),
    );
    return [JSON.stringify(more), ...mistakes].join('\n  ');
  });
  expect(told.join('\n')).toMatchInlineSnapshot(`
    "{"vote":true}
      1:217 wrong-type: "vote" must be a mapping or false, not true. Write "vote": {} for what is usual.
    {"vote":{"k":3}}
      1:218 unknown-key: "k" is not a key of "vote". It has "ahead", "max", "by" and "undecided".
    {"vote":{"ahed":3}}
      1:218 unknown-key: "ahed" is not a key of "vote". Did you mean "ahead"?
    {"vote":{"ahead":0}}
      1:226 invalid-value: "ahead" must be at least 1, not 0.
    {"vote":{"ahead":"\${{ params.field }}"}}
      1:226 invalid-value: "ahead" must be a whole number from 1, not "value".
    {"vote":{"ahead":4,"max":3}}
      1:234 invalid-value: "max" must not be less than "ahead", which is 4; it is 3.
    {"vote":{"max":2}}
      1:224 invalid-value: "max" must not be less than "ahead", which is 3; it is 2.
    {"vote":{"undecided":"suspnd"}}
      1:230 invalid-value: "undecided" must be "fail", "suspend" or "widen", not "suspnd". Did you mean "suspend"?
    {"vote":{"undecided":"\${{ params.field }}"}}
      1:230 invalid-value: "undecided" must be "fail" or "suspend" or "widen", not "value".
    {"vote":{"by":"outputs.answr.json"}}
      1:223 unknown-reference: This stage has no output "answr". Did you mean "answer"?
    {"vote":{"by":"outputs.answer.jsn"}}
      1:223 unknown-reference: An output has no value "jsn". Did you mean "json"?
    {"vote":{"by":"outputs.answer.json +"}}
      1:223 invalid-expression: The expression \${{ outputs.answer.json + }} does not work: it ends too early.
    {"vote":{"by":"inputs.i"}}
      1:223 invalid-expression: The expression \${{ inputs.i }} does not work: only what the stage makes can be compared.
    {"vote":{"by":"item.x"}}
      1:223 invalid-expression: The expression \${{ item.x }} does not work: "item" has no value here. A stage with "foreach" may speak of its item in "run", "with", "env", "when" and the paths of its ports.
    {"vote":{"by":"params.least"}}
      1:223 invalid-value: "by" speaks of no output, so all answers would be the same. Speak of what the stage makes, as in outputs.answer.json.answer.
    {"vote":{"by":"\\"\${{ params.field }}\\" + outputs.answer.text"}}
      1:223 invalid-value: "by" is one expression, so there is no \${{ }} around its parts. Write it without, as in outputs.answer.json.answer.
    {"vote":{},"outputs":{},"run":"x"}
      1:120 vote-unsupported: A stage without outputs gives no answer that could be voted on. Give it an output, or write "vote": false where one attempt is enough.
    {"vote":{},"run":"x"}
      1:165 vote-unsupported: Attempts that write "answer" and "parts" in place cannot vote: there is room for one of them only. Refer to it in what runs, as in \${{ outputs.answer }}, or write "vote": false where one attempt is enough.
    {"vote":{},"fallback":[{"run":"x \${{ outputs.parts }}"}]}
      1:232 vote-unsupported: Attempts that write "answer" in place cannot vote: there is room for one of them only. Refer to it in what runs, as in \${{ outputs.answer }}, or write "vote": false where one attempt is enough.
    {"vote":{},"foreach":{"in":"list.json","key":"item","batch":5},"outputs":{"answer":"a/\${{ item }}.json"},"run":"x \${{ outputs.answer }}"}
      1:230 batch-unsupported: A command takes one item at a time, so "batch" has to be 1. Leave "batch" out, or use a stage type whose manifest says "batch": true.
      1:171 vote-unsupported: Items that share an attempt cannot be voted on one by one. Leave "batch" out, or write "vote": false where one attempt is enough."
  `);
});
