// Expressions: what they come to when a pipeline is loaded, and what stays for the stage's start.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { describe, expect, test } from 'vitest';
import { renderArgv, renderText, renderValue } from '../../../src/language/render-template.ts';
import type { Stage } from '../../../src/model/pipeline.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import { loadJson, stageOf, stagesOf } from './support.ts';

const PARAMS: Json = { n: 5, f: 1.5, s: 'text', l: ['a', 'b'], m: { k: 'v', deep: { x: [1] } }, b: true };
const OTHERS: Json = {
  'a-b': { run: 'x', outputs: { o: 'build/o.csv', l: ['p', 'q'], d: 'dir/' } },
};

function withOf(value: Json, env: { [name: string]: string } = {}) {
  return loadJson(
    {
      params: PARAMS,
      stages: {
        ...(OTHERS as object),
        s: { uses: 't/any', with: { value }, inputs: { i: 'in/i' }, outputs: { o: 'out' } },
      },
    },
    {
      env,
      types: [
        {
          name: 't/any',
          plugin: 't',
          plugin_version: '1',
          dir: '/t',
          description: '',
          run: { node: 'x' },
          params: {},
          inputs: { i: { kind: 'file', media: [], optional: false, many: false } },
          outputs: { o: { kind: 'file', media: [], optional: false, many: false } },
          platform: 'any',
          worker: false,
          batch: false,
          version: 1,
          code_digest: '',
        },
      ],
    },
  );
}

function resolved(value: Json, env?: { [name: string]: string }): unknown {
  const { action } = stageOf(withOf(value, env), 's');
  if (action.kind !== 'type' || typeof action.with !== 'object' || !action.with || !('map' in action.with))
    return undefined;
  return action.with.map['value'];
}

function mistakeOf(value: string): string[] {
  return withOf(value).diagnostics.map(({ code, message, help }) => `${code}: ${message}${help ? ` ${help}` : ''}`);
}

test.each([
  ['${{ params.n }}', 5],
  ['${{params.n}}', 5],
  ['n=${{ params.n }}', 'n=5'],
  ['${{ params.n }}${{ params.s }}', '5text'],
  ['${{ params.n + 1 }}', 6],
  ['${{ params.n * 2 - 3 }}', 7],
  ['${{ params.f * 2.0 }}', 3],
  ['${{ params.b }}', true],
  ['${{ params.n > 3 ? "many" : "few" }}', 'many'],
  ["${{ params.m['k'] }}", 'v'],
  ['${{ params.m.k + "!" }}', 'v!'],
  ['${{ "}}" + params.s }}', '}}text'],
  ["${{ {'a': {'b': params.n}}.a.b }}", 5],
  ['${{ size(params.l) }}', 2],
  ["${{ stages['a-b'].outputs.o }}", 'build/o.csv'],
  ["${{ stages['a-b'].outputs.d }}", 'dir/'],
  ["${{ stages['a-b'].outputs.o + '.bak' }}", 'build/o.csv.bak'],
  ['${{ env.HOME }}', '/home/me'],
  ["${{ has(env.NONE) ? env.NONE : 'none' }}", 'none'],
  ["${{ has(env.HOME) ? env.HOME : 'none' }}", '/home/me'],
  ['$${{ params.n }}', '${{ params.n }}'],
  ['$$5 ${x} {{ }}', '$$5 ${x} {{ }}'],
])('%s is %j', (text, expected) => {
  expect(resolved(text, { HOME: '/home/me' })).toEqual(expected);
});

test('a value that is one expression keeps its type', () => {
  expect(resolved('${{ params.l }}')).toEqual({ list: ['a', 'b'] });
  expect(resolved('${{ params.m }}')).toEqual({ map: { k: 'v', deep: { map: { x: { list: [1] } } } } });
  expect(resolved('${{ params.l.map(name, name + params.s) }}')).toEqual({ list: ['atext', 'btext'] });
  expect(resolved("${{ stages['a-b'].outputs.l }}")).toEqual({ list: ['p', 'q'] });
});

test('what speaks of the own paths stays, with everything known put in', () => {
  const hole = (expr: string) => ({ template: [{ expr, quote: 'none' }] });
  expect(resolved('${{ inputs.i }}')).toEqual(hole('inputs.i'));
  expect(resolved("${{ inputs['i'] }}")).toEqual(hole('inputs.i'));
  expect(resolved('${{ inputs.i + params.s }}')).toEqual(hole('inputs.i + "text"'));
  expect(resolved('${{ params.n > 3 ? inputs.i : outputs.o }}')).toEqual(hole('5 > 3 ? inputs.i : outputs.o'));
  expect(resolved('${{ has(env.NONE) ? env.NONE : inputs.i }}')).toEqual(hole('false ? null : inputs.i'));
  expect(resolved('${{ params.l.map(p, p + inputs.i) }}')).toEqual(hole('["a", "b"].map(p, p + inputs.i)'));
  expect(resolved('a ${{ inputs.i }} ${{ params.n }} b')).toEqual({
    template: ['a ', { expr: 'inputs.i', quote: 'none' }, ' 5 b'],
  });
});

test.each([
  ['${{ params.nn }}', 'unknown-reference: There is no param "nn". Did you mean "n"?'],
  ['${{ params.m.q }}', 'invalid-expression: The expression ${{ params.m.q }} does not work: params.m has no key "q".'],
  ['${{ param.n }}', 'unknown-reference: There is no name "param". Did you mean "params"?'],
  ['${{ stages.ab.outputs.o }}', 'unknown-reference: There is no stage "ab". Did you mean "a-b"?'],
  ["${{ stages['a-b'].outputs.oo }}", 'unknown-reference: Stage "a-b" has no output "oo". Did you mean "o"?'],
  ['${{ inputs.j }}', 'unknown-reference: This stage has no input "j". Did you mean "i"?'],
  ['${{ params.n + }}', 'invalid-expression: The expression ${{ params.n + }} does not work: it ends too early.'],
  [
    '${{ params.n = 5 }}',
    'invalid-expression: The expression ${{ params.n = 5 }} does not work: unexpected character: =; to compare, write "==".',
  ],
  [
    '${{ params.b and true }}',
    'invalid-expression: The expression ${{ params.b and true }} does not work: unexpected character: \'d\'; for "and", "or" and "not" write "&&", "||" and "!".',
  ],
  [
    '${{ params.n > "4" }}',
    'invalid-expression: The expression ${{ params.n > "4" }} does not work: ">" does not go with a whole number and a text; string(…), int(…) and double(…) make one of the other.',
  ],
  [
    '${{ params.b + params.b }}',
    'invalid-expression: The expression ${{ params.b + params.b }} does not work: "+" does not go with true or false and true or false.',
  ],
  [
    '${{ !params.s }}',
    'invalid-expression: The expression ${{ !params.s }} does not work: "!" does not go with a text.',
  ],
  ['${{ params.n', 'invalid-expression: The expression ${{ params.n }} does not work: its closing "}}" is missing.'],
  ['${{ 1 / 0 }}', 'invalid-expression: The expression ${{ 1 / 0 }} does not work: division by zero.'],
  [
    '${{ item.x }}',
    'invalid-expression: The expression ${{ item.x }} does not work: "item" has no value here. A stage with "foreach" may speak of its item in "run", "with", "env", "when" and the paths of its ports.',
  ],
  [
    '${{ env.NONE }}',
    'unset-variable: The environment has no variable "NONE". Set it, or give a value for when it is not set: ${{ has(env.NONE) ? env.NONE : \'value\' }}.',
  ],
  [
    '${{ stages[params.s].outputs.o }}',
    "invalid-expression: The expression ${{ stages[params.s].outputs.o }} does not work: a stage is written out: write stages.NAME.outputs.PORT, or stages['NAME'].outputs.PORT.",
  ],
])('%s is a mistake', (text, expected) => {
  expect(mistakeOf(text)).toEqual([expected]);
});

test('own paths have no value outside of run, with and env', () => {
  const { diagnostics } = loadJson({ stages: { s: { run: 'x', outputs: { o: 'p' }, timeout: '${{ outputs.o }}' } } });
  expect(diagnostics.map(({ message }) => message)).toEqual([
    'The expression ${{ outputs.o }} does not work: "outputs" has no value before the stage starts.',
  ]);
});

test('every variable that was asked for is noted', () => {
  const outcome = withOf('${{ has(env.NONE) ? env.NONE : env.HOME }}', { HOME: '/home/me', OTHER: 'x' });
  expect({ ...outcome.envRead }).toEqual({ NONE: null, HOME: '/home/me' });
});

test('values keep their type in every key', () => {
  const outcome = loadJson({
    params: { t: '5m', tags: ['x', 'y'], flag: true, many: ['a', 'b'], size: 7 },
    stages: {
      s: {
        run: ['echo', '${{ params.many }}', '${{ params.many }}!'],
        timeout: '${{ params.t }}',
        tags: ['first', '${{ params.tags }}'],
        always: '${{ params.flag }}',
        inputs: { l: ['z', '${{ params.many }}'], one: '${{ params.many }}' },
        outputs: { o: { path: 'build/${{ params.size }}', expect: { min_bytes: '${{ params.size }}' } } },
      },
    },
  });
  expect(stageOf(outcome, 's')).toMatchObject({
    action: { argv: [['echo'], ['a'], ['b'], ['a b!']] },
    timeout_ms: 300_000,
    tags: ['first', 'x', 'y'],
    always: true,
    inputs: [
      { name: 'l', list: true, items: [{ path: 'z' }, { path: 'a' }, { path: 'b' }] },
      { name: 'one', list: true, items: [{ path: 'a' }, { path: 'b' }] },
    ],
    outputs: [{ items: [{ path: 'build/7' }], expect: { min_bytes: 7 } }],
  });
});

test.each([
  ['timeout', 's', 'invalid-value'],
  ['always', 's', 'wrong-type'],
  ['on_failure', 's', 'invalid-value'],
  ['cache', 'n', 'wrong-type'],
])('%s with an expression of the wrong type is a mistake', (key, param, code) => {
  const { diagnostics } = loadJson({ params: PARAMS, stages: { s: { run: 'x', [key]: `\${{ params.${param} }}` } } });
  expect(diagnostics.map((diagnostic) => diagnostic.code)).toEqual([code]);
});

test('an output of another stage that is spoken of is an input', () => {
  const outcome = loadJson({
    stages: {
      a: { run: 'x', outputs: { o: 'p', q: 'q' } },
      b: { run: 'cat ${{ stages.a.outputs.o }} ${{ stages.a.outputs.q }}', inputs: { mine: 'p' } },
    },
  });
  expect(stageOf(outcome, 'b').inputs).toEqual([
    { name: 'mine', list: false, items: [{ kind: 'file', path: 'p' }] },
    { name: 'stages.a.outputs.q', list: false, items: [{ kind: 'file', path: 'q' }] },
  ]);
});

describe('when the stage starts', () => {
  const value = (list: boolean, ...paths: string[]) => ({ paths, list, listFile: () => 'list.txt' });
  const scope = {
    inputs: new Map([
      ['i', value(false, 'in/i')],
      ['l', value(true, 'x y', 'z')],
    ]),
    outputs: new Map([['o', value(false, 'out/o')]]),
  };
  const stage = (run: Json, env: Json = {}): Stage =>
    stagesOf(
      loadJson({ stages: { s: { run, env, inputs: { i: 'a', l: ['b', 'c'] }, outputs: { o: 'd' } } } }),
    )[0] as Stage;

  test('a list in a list of words becomes several', async () => {
    const { action } = stage(['cmd', '${{ inputs.l }}', '--to=${{ outputs.o }}', '${{ inputs.l.list_file }}']);
    expect(action.kind === 'argv' && (await renderArgv(action.argv, scope))).toEqual({
      ok: true,
      value: ['cmd', 'x y', 'z', '--to=out/o', 'list.txt'],
    });
  });

  test('variables are text', async () => {
    const { env } = stage('x', {
      A: '${{ inputs.l }}',
      B: '${{ inputs.i.replace("in", "at") }}',
      C: '${{ size(inputs.l) }}',
    });
    expect(await renderText(env['A'] ?? [], scope)).toEqual({ ok: true, value: 'x y z' });
    expect(await renderText(env['C'] ?? [], scope)).toEqual({ ok: true, value: '2' });
    expect(await renderText(env['B'] ?? [], scope)).toMatchObject({ ok: false });
  });

  test('params keep their types', async () => {
    const template = (expr: string) => ({ template: [{ expr, quote: 'none' as const }] });
    expect(
      await renderValue({ map: { l: template('inputs.l'), n: { list: [template('size(inputs.l)'), 1] } } }, scope),
    ).toEqual({
      ok: true,
      value: { l: ['x y', 'z'], n: [2, 1] },
    });
  });
});
