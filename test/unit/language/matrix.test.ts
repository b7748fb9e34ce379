// A stage with a matrix becomes one stage for each combination; nothing behind the language knows of it.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LoadGiven } from './support.ts';
import { load, loadJson, printed, stageOf, stagesOf } from './support.ts';

function idsOf(text: string, given?: LoadGiven): string[] {
  return stagesOf(load(text, given)).map(({ id }) => id);
}

/** Of one stage `s`, whose matrix is this. */
function combinations(matrix: string, given?: LoadGiven): string[] {
  return idsOf(`stages: { s: { run: x, matrix: ${matrix} } }`, given);
}

function messages(text: string, given?: LoadGiven): string {
  return printed(load(text, given));
}

describe('combinations', () => {
  test.each([
    ['of one list', '{ k: [a, b] }', ['s@a', 's@b']],
    ['of two, the last changes fastest', '{ k: [a, b], n: [2, 1] }', ['s@a,2', 's@a,1', 's@b,2', 's@b,1']],
    [
      'of values of any kind',
      '{ k: [1, 1.5, true, null, "", { x: 1, a: [] }] }',
      ['s@1', 's@1.5', 's@true', 's@null', 's@', 's@%7B%22a%22%3A%5B%5D%2C%22x%22%3A1%7D'],
    ],
    ['with letters that no path may have', '{ k: ["a/b", "a,b", "é @"] }', ['s@a%2Fb', 's@a%2Cb', 's@%C3%A9%20%40']],
    [
      'without those that are excluded',
      '{ k: [a, b], n: [1, 2], exclude: [{ k: a, n: 2 }] }',
      ['s@a,1', 's@b,1', 's@b,2'],
    ],
    ['without all that fit', '{ k: [a, b], n: [1, 2], exclude: [{ n: 1 }, { k: b }] }', ['s@a,2']],
    ['with one more', '{ k: [a], n: [1], include: [{ k: b, n: 3 }] }', ['s@a,1', 's@b,3']],
    ['with one more that lacks a key', '{ k: [a], n: [1], include: [{ n: 3 }] }', ['s@a,1', 's@3']],
    ['with one that was excluded', '{ k: [a, b], exclude: [{ k: a }], include: [{ x: 1, k: a }] }', ['s@b', 's@a,1']],
    ['that are all written out', '{ include: [{ k: a, n: 1 }, { k: b, n: 2 }] }', ['s@a,1', 's@b,2']],
  ])('%s', (_name, matrix, expected) => {
    expect(combinations(matrix)).toEqual(expected);
  });

  test('come from an expression, whole or item by item', () => {
    const text =
      'params: { years: [2001, 2002], more: [c, d] }\nstages: { s: { run: x, matrix: { y: "${{ params.years }}", k: [a, "${{ params.more }}", "${{ env.K }}"] } } }';
    expect(idsOf(text, { env: { K: 'e' } })).toEqual([
      's@2001,a',
      's@2001,c',
      's@2001,d',
      's@2001,e',
      's@2002,a',
      's@2002,c',
      's@2002,d',
      's@2002,e',
    ]);
    const changed = idsOf(text, {
      env: { K: 'e' },
      params: [
        { name: 'years', text: '[7]' },
        { name: 'more', text: '[]' },
      ],
    });
    expect(changed).toEqual(['s@7,a', 's@7,e']);
  });

  test('an entry of "include" is added to what it fits, and a later one counts', () => {
    const matrix = `{
      fruit: [apple, pear], animal: [cat, dog],
      include: [{ color: green }, { color: pink, animal: cat }, { fruit: apple, shape: circle }, { fruit: banana }, { fruit: banana, animal: cat }]
    }`;
    const outcome = load(`stages: { s: { run: ["echo", "\${{ matrix }}"], matrix: ${matrix} } }`);
    expect(stagesOf(outcome).map(({ id, action }) => [id, action.kind === 'argv' && action.argv[1]?.[0]])).toEqual([
      ['s@apple,cat', '{"fruit":"apple","animal":"cat","color":"pink","shape":"circle"}'],
      ['s@apple,dog', '{"fruit":"apple","animal":"dog","color":"green","shape":"circle"}'],
      ['s@pear,cat', '{"fruit":"pear","animal":"cat","color":"pink"}'],
      ['s@pear,dog', '{"fruit":"pear","animal":"dog","color":"green"}'],
      ['s@banana', '{"fruit":"banana"}'],
      ['s@banana,cat', '{"fruit":"banana","animal":"cat"}'],
    ]);
  });

  test('ten thousand of them are stages, and more are counted, not made', () => {
    const list = (count: number) => Array.from({ length: count }, (_, at) => at);
    const stage = (matrix: object) => loadJson({ stages: { s: { run: 'x ${{ matrix.a }}', matrix } } } as never);
    expect(stagesOf(stage({ a: list(100), b: list(100) }))).toHaveLength(10_000);
    const billion = stage({ a: list(1000), b: list(1000), c: list(1000), exclude: [{ a: 1 }] });
    expect(printed(billion)).toContain(
      'error[matrix-too-large] The matrix of "s" has 1,000,000,000 combinations, and 10,000 is the most.',
    );
    const endless = Object.fromEntries(list(30).map((at) => [`k${at}`, list(1000)]));
    expect(printed(stage(endless))).toContain(
      'The matrix of "s" has more than 1,000,000,000,000,000 combinations, and 10,000 is the most.',
    );
    const included = { include: list(10_001).map((a) => ({ a })) };
    expect(printed(stage(included))).toContain('The matrix of "s" has 10,001 combinations, and 10,000 is the most.');
  });
});

type Entry = Readonly<Record<string, number>>;

/** What `include` and `exclude` mean, said as plainly as can be. */
function expectedCombinations(lists: Readonly<Record<string, number[]>>, include: Entry[], exclude: Entry[]): object[] {
  let grid: Entry[] = Object.keys(lists).length === 0 ? [] : [{}];
  for (const [key, list] of Object.entries(lists)) {
    grid = grid.flatMap((entry) => list.map((value) => ({ ...entry, [key]: value })));
  }
  const has = (entry: Entry, part: Entry) => Object.entries(part).every(([key, value]) => entry[key] === value);
  const left = grid.filter((entry) => !exclude.some((part) => has(entry, part)));
  const made = left.map((entry) => ({ ...entry }));
  const own: Entry[] = [];
  for (const part of include) {
    const known = Object.fromEntries(Object.entries(part).filter(([key]) => key in lists));
    const fitting = left.flatMap((entry, at) => (has(entry, known) ? [at] : []));
    for (const at of fitting) Object.assign(made[at] as object, part);
    if (fitting.length === 0) own.push(part);
  }
  return [...made, ...own];
}

test('any lists, "include" and "exclude" give what they mean', () => {
  const value = fc.nat(2);
  const entry = (keys: string[]) =>
    fc.dictionary(fc.constantFrom(...keys), value, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
  const lists = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.uniqueArray(value, { minLength: 1, maxLength: 3 }), {
    maxKeys: 3,
    noNullPrototype: true,
  });
  const matrix = lists.chain((given) => {
    const some = Object.entries(given).map(([key, list]) => fc.record({ [key]: fc.constantFrom(...list) }));
    const fitting = fc
      .subarray(some, { minLength: Math.min(1, some.length) })
      .chain((parts) => fc.tuple(...parts).map((members): Entry => Object.assign({}, ...members)));
    const left = some.length === 0 ? entry(['a', 'b', 'c']) : fitting;
    return fc.record({
      lists: fc.constant(given),
      include: fc.array(entry(['a', 'b', 'c', 'longer', 'other']), { maxLength: 4 }),
      exclude: fc.array(fc.oneof({ weight: 9, arbitrary: left }, { weight: 1, arbitrary: entry(['a', 'b', 'c']) }), {
        maxLength: 3,
      }),
    });
  });
  fc.assert(
    fc.property(matrix, ({ lists, include, exclude }) => {
      const expected = expectedCombinations(lists, include, exclude);
      const stage = { run: ['echo', '${{ matrix }}'], matrix: { ...lists, include, exclude } };
      const { diagnostics, pipeline } = loadJson({ stages: { s: stage } });
      const codes = new Set(diagnostics.map(({ code }) => code));
      const isForeign = exclude.some((part) => Object.keys(part).some((key) => !(key in lists)));
      const isVain = exclude.some((part) => Object.entries(part).some(([key, one]) => !lists[key]?.includes(one)));
      if (isForeign) expect(codes).toContain('unknown-reference');
      else if (isVain) expect(codes).toContain('invalid-value');
      else if (expected.length === 0) expect(codes).toContain('matrix-empty');
      else if (codes.size > 0) expect([...codes]).toEqual(['duplicate-instance']);
      else {
        const made = pipeline?.stages.map(({ action }) =>
          JSON.parse(String(action.kind === 'argv' && action.argv[1]?.[0])),
        );
        expect(made).toEqual(expected);
        expect(new Set(pipeline?.stages.map(({ id }) => id)).size).toBe(expected.length);
      }
    }),
    { numRuns: 300 },
  );
});

describe('an instance', () => {
  const text = `
params: { out: build }
stages:
  fit:
    description: Fit \${{ matrix.model.name }}.
    run: fit --year \${{ matrix.year }} \${{ inputs.data }} \${{ outputs.table }}
    matrix: { year: [2001, 2002], model: [{ name: a b, cpus: 2 }], include: [{ year: 2002, slow: 2h }] }
    inputs: { data: "data/\${{ matrix.year }}.csv" }
    outputs: { table: "\${{ params.out }}/\${{ matrix.year }}.csv" }
    env: { SEED: "\${{ matrix.year + 1 }}" }
    timeout: "\${{ has(matrix.slow) ? matrix.slow : '1m' }}"
    resources: { cpus: "\${{ matrix.model.cpus }}" }
    tags: ["year-\${{ matrix.year }}"]
  all:
    run: cat \${{ inputs.tables }} > \${{ outputs.all }}
    inputs: { tables: "\${{ stages.fit.outputs.table }}" }
    outputs: { all: build/all.csv }
  last:
    run: cp \${{ stages['fit@2002,%7B%22cpus%22%3A2%2C%22name%22%3A%22a%20b%22%7D'].outputs.table }} \${{ outputs.last }}
    outputs: { last: build/last.csv }
  after: { run: "true", needs: [fit] }
`;
  const [first, second] = ['2001', '2002'].map((year) => `fit@${year},%7B%22cpus%22%3A2%2C%22name%22%3A%22a%20b%22%7D`);

  test('is a stage, with the values of its combination wherever an expression stands', () => {
    const outcome = load(text);
    expect(stageOf(outcome, second as string)).toMatchObject({
      description: 'Fit a b.',
      action: {
        kind: 'shell',
        command: [
          'fit --year 2002 ',
          { expr: 'inputs.data', quote: 'bare' },
          ' ',
          { expr: 'outputs.table', quote: 'bare' },
        ],
      },
      inputs: [{ name: 'data', items: [{ kind: 'file', path: 'data/2002.csv' }] }],
      outputs: [{ name: 'table', list: false, items: [{ kind: 'file', path: 'build/2002.csv' }], in_place: false }],
      env: { SEED: ['2003'] },
      timeout_ms: 7_200_000,
      resources: { cpus: 2 },
      tags: ['year-2002'],
    });
    expect(stageOf(outcome, first as string)).toMatchObject({ timeout_ms: 60_000, tags: ['year-2001'] });
  });

  test('is meant by the name of its stage: a list of what all make, in order, and waiting for all', () => {
    const outcome = load(text);
    expect(stageOf(outcome, 'all').inputs).toEqual([
      {
        name: 'tables',
        list: true,
        items: [
          { kind: 'file', path: 'build/2001.csv' },
          { kind: 'file', path: 'build/2002.csv' },
        ],
      },
    ]);
    expect(stageOf(outcome, 'after').needs).toEqual([first, second]);
    expect(stageOf(outcome, 'last').inputs.map(({ items }) => items)).toEqual([
      [{ kind: 'file', path: 'build/2002.csv' }],
    ]);
  });

  test('stands where its stage does', () => {
    const outcome = load(text);
    const lines = (pointer: (string | number)[]) => {
      const { line, column } = outcome.locate(second as string, pointer);
      return [line, column];
    };
    expect(stageOf(outcome, second as string).origin).toMatchObject({ line: 4, column: 3 });
    expect(lines(['inputs', 'data'])).toEqual([8, 21]);
    expect(lines([])).toEqual([5, 5]);
    expect(outcome.locate('after', ['needs', 1])).toMatchObject({ line: 21, column: 33 });
  });

  test('may wait for another of its stage, by its own name', () => {
    const outcome = load(`stages:
  s: { run: "touch \${{ outputs.o }}", matrix: { k: [a, b] }, outputs: { o: "\${{ matrix.k }}.txt" } }
  t: { run: "x \${{ stages['s@b'].outputs.o }}", matrix: { k: [1, 2] }, needs: "s@a" }`);
    expect(stageOf(outcome, 't@2')).toMatchObject({ needs: ['s@a'], inputs: [{ items: [{ path: 'b.txt' }] }] });
  });

  test('goes by a condition of its own, and may be a list for "foreach"', () => {
    const outcome = load(`stages:
  list:
    run: echo [] > \${{ outputs.list }}
    when: matrix.k != "b" && stages.m.metrics.n > 0
    matrix: { k: [a, b] }
    outputs: { list: "\${{ matrix.k }}.json" }
  m: { run: x, outputs: { o: o.json }, metrics: { n: "o#/n" } }
  each:
    foreach: { in: "\${{ stages.list.outputs.list }}" }
    run: echo \${{ item }} > \${{ outputs.o }}
    outputs: { o: "each/\${{ item }}" }
  part:
    run: cat \${{ inputs.all }} > \${{ outputs.o }}
    matrix: { k: [x, y] }
    inputs: { all: "\${{ stages.each.outputs.o }}" }
    outputs: { o: "\${{ matrix.k }}.txt" }`);
    expect([stageOf(outcome, 'list@a').when, stageOf(outcome, 'list@b').when]).toMatchInlineSnapshot(`
      [
        {
          "expr": ""a" != "b" && stages.m.metrics.n > 0",
          "stages": [
            "m",
          ],
        },
        {
          "expr": ""b" != "b" && stages.m.metrics.n > 0",
          "stages": [
            "m",
          ],
        },
      ]
    `);
    expect(stageOf(outcome, 'each').foreach?.in.items.map(({ path }) => path)).toEqual(['a.json', 'b.json']);
    expect(stageOf(outcome, 'part@y').inputs).toMatchObject([{ name: 'all', items: [{ kind: 'gather' }] }]);
  });

  test('gathers what was gathered, whatever stands first', () => {
    const outcome = load(`stages:
  third: { run: "cat \${{ inputs.all }}", inputs: { all: "\${{ stages.second.outputs.o }}" } }
  second:
    run: cat \${{ inputs.all }} > \${{ outputs.o }}
    matrix: { k: [x, y] }
    inputs: { all: "\${{ stages.first.outputs.o }}" }
    outputs: { o: "\${{ stages.first.outputs.o[0] }}.\${{ matrix.k }}" }
  first: { run: "touch \${{ outputs.o }}", matrix: { k: [a, b] }, outputs: { o: ["\${{ matrix.k }}.1", "\${{ matrix.k }}.2"] } }`);
    expect(stageOf(outcome, 'third').inputs[0]?.items.map(({ path }) => path)).toEqual(['a.1.x', 'a.1.y']);
    expect(stageOf(outcome, 'second@y').inputs[0]?.items.map(({ path }) => path)).toEqual(['a.1', 'a.2', 'b.1', 'b.2']);
  });
});

describe('a mistake', () => {
  test('in the matrix itself is told where it stands', () => {
    expect(
      messages(`params: { one: 1 }
stages:
  a: { run: x, matrix: [1, 2] }
  b: { run: x, matrix: {} }
  c: { run: x, matrix: { k: [] } }
  d: { run: x, matrix: { k: abc } }
  e: { run: x, matrix: { k: "\${{ params.one }}" } }
  f: { run: x, matrix: { k: [a, b, a] } }
  g: { run: x, matrix: { k: [1, "1"] } }
  h: { run: x, matrix: { method: [mean, median], exclude: [{ methd: mean }, { method: medain }] } }
  i: { run: x, matrix: { k: [a], exclude: [{ k: a }] } }
  j: { run: x, matrix: { k: [a], include: [{ k: b }, { n: b, k: c }, { k: b }] } }
  k: { run: x, matrix: { k: [a], include: { k: b } } }
  l: { run: x, matrix: { "2k": [a] } }
  m: { run: x, matrix: { k: ["\${{ matrix.k }}", "\${{ stages.a.outputs.x }}", "\${{ params.two }}"] } }
  n: { run: x, matrix: { exclude: [{ k: a }] } }
  o: { run: x, matrix: { k: [a] }, foreach: { in: list.csv, key: item.id } }
`),
    ).toMatchInlineSnapshot(`
      "p.yaml:3:24 error[wrong-type] "matrix" must be a mapping, not a list.
        a: { run: x, matrix: [1, 2] }
                             ~~~~~~
        help: Write a list for each name, as in { year: [1990, 1991] }.

      p.yaml:4:24 error[invalid-value] "matrix" must not be empty.
        b: { run: x, matrix: {} }
                             ~~

      p.yaml:5:29 error[invalid-value] "k" must not be empty.
        c: { run: x, matrix: { k: [] } }
                                  ~~

      p.yaml:6:29 error[wrong-type] "k" must be a list, not "abc".
        d: { run: x, matrix: { k: abc } }
                                  ~~~

      p.yaml:7:29 error[wrong-type] "k" must be a list of values, or an expression with one, not 1.
        e: { run: x, matrix: { k: "\${{ params.one }}" } }
                                  ~~~~~~~~~~~~~~~~~~~

      p.yaml:8:36 error[duplicate-instance] "k" has the value "a" twice.
        f: { run: x, matrix: { k: [a, b, a] } }
                                         ~
        help: Take one of them out.

      p.yaml:9:33 error[duplicate-instance] "k" has the values 1 and "1", which make one name.
        g: { run: x, matrix: { k: [1, "1"] } }
                                      ~~~
        help: Instances are named after their values: write one of them otherwise.

      p.yaml:10:62 error[unknown-reference] The matrix has no key "methd".
        h: { run: x, matrix: { method: [mean, median], exclude: [{ methd: mean }, { method: medain }] } }
                                                                   ~~~~~
        help: Did you mean "method"?

      p.yaml:10:87 error[invalid-value] "method" has no value "medain", so this excludes nothing.
        h: { run: x, matrix: { method: [mean, median], exclude: [{ methd: mean }, { method: medain }] } }
                                                                                            ~~~~~~
        help: Did you mean "median"?

      p.yaml:11:34 error[matrix-empty] "exclude" removes every combination of the matrix.
        i: { run: x, matrix: { k: [a], exclude: [{ k: a }] } }
                                       ~~~~~~~
        help: Leave at least one of them.

      p.yaml:12:70 error[duplicate-instance] Two combinations of the matrix would both be "j@b".
        j: { run: x, matrix: { k: [a], include: [{ k: b }, { n: b, k: c }, { k: b }] } }
                                                                           ~~~~~~~~
        help: Instances are named after their values: take one out, or give it another value.

      p.yaml:13:43 error[wrong-type] "include" must be a list, not a mapping.
        k: { run: x, matrix: { k: [a], include: { k: b } } }
                                                ~~~~~~~~

      p.yaml:14:26 error[invalid-name] "2k" cannot be the name of a key of a matrix.
        l: { run: x, matrix: { "2k": [a] } }
                               ~~~~
        help: It must be a name of letters, digits and "_", not beginning with a digit.

      p.yaml:15:31 error[invalid-expression] The expression \${{ matrix.k }} does not work: a matrix cannot speak of its own values.
        m: { run: x, matrix: { k: ["\${{ matrix.k }}", "\${{ stages.a.outputs.x }}", "\${{ params.two }}"] } }
                                    ~~~~~~~~~~~~~~~

      p.yaml:15:50 error[invalid-expression] The expression \${{ stages.a.outputs.x }} does not work: a matrix is worked out before the outputs of stages.
        m: { run: x, matrix: { k: ["\${{ matrix.k }}", "\${{ stages.a.outputs.x }}", "\${{ params.two }}"] } }
                                                       ~~~~~~~~~~~~~~~~~~~~~~~~~
        help: A list that another stage makes is for "foreach".

      p.yaml:15:79 error[unknown-reference] There is no param "two".
        m: { run: x, matrix: { k: ["\${{ matrix.k }}", "\${{ stages.a.outputs.x }}", "\${{ params.two }}"] } }
                                                                                    ~~~~~~~~~~~~~~~~~

      p.yaml:16:38 error[unknown-reference] The matrix has no key "k".
        n: { run: x, matrix: { exclude: [{ k: a }] } }
                                           ~

      p.yaml:17:16 error[conflicting-keys] "matrix" and "foreach" do not go together: a stage runs for values that the file names, or for a list that another stage makes.
        o: { run: x, matrix: { k: [a] }, foreach: { in: list.csv, key: item.id } }
                     ~~~~~~
      "
    `);
  });

  test('in how it is used is told once, whatever the number of instances', () => {
    expect(
      messages(`stages:
  a:
    run: x \${{ matrix.method }} \${{ matrix.methd }} \${{ params.none }}
    matrix: { method: [a, b], year: [1, 2], include: [{ yeer: 3 }, { method: c }] }
    timeout: "\${{ matrix.year }}"
  b: { run: "x \${{ matrix.year }}" }
  c: { run: "x \${{ stages.a.outputs.nothing }}", needs: [a, "a@a,3", aa] }
  d:
    run: x \${{ stages.d.outputs.o }} > \${{ outputs.o }}
    matrix: { k: [1, 2] }
    outputs: { o: "\${{ matrix.k }}.txt" }
    needs: [d]
`),
    ).toMatchInlineSnapshot(`
      "p.yaml:3:33 error[unknown-reference] The matrix has no key "methd".
          run: x \${{ matrix.method }} \${{ matrix.methd }} \${{ params.none }}
                                      ~~~~~~~~~~~~~~~~~~~
        help: Did you mean "method"?

      p.yaml:3:53 error[unknown-reference] There is no param "none".
          run: x \${{ matrix.method }} \${{ matrix.methd }} \${{ params.none }}
                                                          ~~~~~~~~~~~~~~~~~~

      p.yaml:4:57 error[unknown-reference] The matrix has no key "yeer".
          matrix: { method: [a, b], year: [1, 2], include: [{ yeer: 3 }, { method: c }] }
                                                              ~~~~
        help: Did you mean "year"?

      p.yaml:5:14 error[invalid-value] "timeout" must be a time such as "30s", "10m" or "1h30m", not 1.
          timeout: "\${{ matrix.year }}"
                   ~~~~~~~~~~~~~~~~~~~~
        help: The same place is wrong in 3 more instances.

      p.yaml:5:15 error[invalid-expression] The expression \${{ matrix.year }} does not work: "a@c" has no "year".
          timeout: "\${{ matrix.year }}"
                    ~~~~~~~~~~~~~~~~~~
        help: Give it to every combination, or write a value for those without it: \${{ has(matrix.year) ? matrix.year : 'value' }}.

      p.yaml:6:16 error[invalid-expression] The expression \${{ matrix.year }} does not work: this stage has no "matrix".
        b: { run: "x \${{ matrix.year }}" }
                     ~~~~~~~~~~~~~~~~~~
        help: Give the stage a matrix, or use a param.

      p.yaml:7:16 error[unknown-reference] Stage "a" has no output "nothing".
        c: { run: "x \${{ stages.a.outputs.nothing }}", needs: [a, "a@a,3", aa] }
                     ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~

      p.yaml:7:61 error[unknown-reference] There is no stage "a@a,3".
        c: { run: "x \${{ stages.a.outputs.nothing }}", needs: [a, "a@a,3", aa] }
                                                                  ~~~~~~~
        help: Did you mean "a@a,1"?

      p.yaml:7:70 error[unknown-reference] There is no stage "aa".
        c: { run: "x \${{ stages.a.outputs.nothing }}", needs: [a, "a@a,3", aa] }
                                                                           ~~
        help: Did you mean "a"?

      p.yaml:9:12 error[invalid-expression] The expression \${{ stages.d.outputs.o }} does not work: an instance cannot read what all instances of its own stage make.
          run: x \${{ stages.d.outputs.o }} > \${{ outputs.o }}
                 ~~~~~~~~~~~~~~~~~~~~~~~~~

      p.yaml:12:13 error[invalid-value] An instance cannot wait for all instances of its own stage.
          needs: [d]
                  ~
      "
    `);
  });

  test('of instances that make one path says what the path does not mention', () => {
    expect(
      messages(`stages:
  a: { run: "x > \${{ outputs.o }}", matrix: { year: [1, 2], method: [a, b] }, outputs: { o: "build/\${{ matrix.year }}.csv" } }
  b: { run: "x > \${{ outputs.o }}", matrix: { year: [1, 2], method: [a, b] }, outputs: { o: build/b.csv } }
`),
    ).toMatchInlineSnapshot(`
      "p.yaml:2:93 error[duplicate-output] "a@1,a" and "a@1,b" would both make "build/1.csv".
        a: { run: "x > \${{ outputs.o }}", matrix: { year: [1, 2], method: [a, b] }, outputs: { o: "build/\${{ matrix.year }}.csv" } }
                                                                                                  ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
        help: Give each instance a path of its own: put "\${{ matrix.method }}" into it.

      p.yaml:3:93 error[duplicate-output] "b@1,a", "b@1,b" and 2 more would all make "build/b.csv".
        b: { run: "x > \${{ outputs.o }}", matrix: { year: [1, 2], method: [a, b] }, outputs: { o: build/b.csv } }
                                                                                                  ~~~~~~~~~~~
        help: Give each instance a path of its own: put "\${{ matrix.year }}" and "\${{ matrix.method }}" into it.
      "
    `);
  });

  test('of instances that all gather what too many make is told before they do', () => {
    const k = Array.from({ length: 2000 }, (_, at) => at);
    const outcome = loadJson({
      stages: {
        a: { run: 'touch ${{ outputs.o }}', matrix: { k }, outputs: { o: 'build/${{ matrix.k }}' } },
        b: { run: 'cat ${{ stages.a.outputs.o }}', matrix: { k } },
      },
    });
    expect(outcome.diagnostics.map(({ code, message, help }) => [code, message, help])).toEqual([
      [
        'matrix-too-large',
        'The 2,000 instances of "b" would wait for 2,000 files and stages each, and 2,000,000 together is the most.',
        'Let an instance wait only for what it needs: name it with values of the matrix.',
      ],
    ]);
  });
});
