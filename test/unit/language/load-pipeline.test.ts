// From the text of a pipeline to its stages, and every mistake on the way.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/graph/connect.ts';
import { diagnoseMissingInputs, findMissingInputs } from '../../../src/graph/missing-inputs.ts';
import { found, load, loadJson, port, printed, stageOf, stagesOf, stageType } from './support.ts';

const TEN = `version: 1
params: { sample: 100 }
stages:
  fetch:
    run: curl x > \${{ outputs.raw }}
    outputz: { raw: data/x.csv }
    outputs: { raw: data/raw.csv }
  typed: { run: echo, timeout: [5] }
  profile:
    uses: tabular/profil
    inputs: { data: data/raw.csv }
    outputs: { profile: build/p.json }
  params:
    uses: tabular/profile
    inputs: { data: data/raw.csv }
    outputs: { profile: build/p2.json }
    with: { sample: many }
  missing: { run: "true", inputs: { x: data/raw.csvv } }
  a: { run: "true", inputs: { i: build/c }, outputs: { o: build/a } }
  b: { run: "true", inputs: { i: build/a }, outputs: { o: build/b } }
  c: { run: "true", inputs: { i: build/b }, outputs: { o: build/c } }
  two1: { run: "true", outputs: { o: build/two } }
  two2: { run: "true", outputs: { o: build/./two } }
  outer: { run: "true", outputs: { o: build/dir/ } }
  inner: { run: "true", outputs: { o: build/dir/file } }
  ref: { run: "cat \${{ stages.fetc.outputs.raw }}" }
  outside: { run: "true", outputs: { o: ../o } }
`;

test('ten different mistakes in one file are found in one go, each at its place', () => {
  const outcome = load(TEN);
  if (!outcome.pipeline) throw new Error('no pipeline');
  const { declared, diagnostics } = connect(outcome.pipeline, outcome.locate);
  const missing = findMissingInputs(declared, () => false);
  const all = [
    ...outcome.diagnostics,
    ...diagnostics,
    ...diagnoseMissingInputs(declared, missing, outcome.locate, () => []),
  ];
  expect(found({ ...outcome, diagnostics: all })).toEqual([
    '10:11 unknown-stage-type',
    '17:21 invalid-with',
    '18:40 input-not-found',
    '20:34 cycle',
    '23:38 duplicate-output',
    '25:39 output-in-output',
    '26:20 unknown-reference',
    '27:41 path-outside',
    '6:5 unknown-key',
    '8:32 wrong-type',
  ]);
});

test('the text of a mistake has its line, what was expected and the nearest right name', () => {
  expect(printed(load('stages:\n  a:\n    run: "true"\n    timeout: ten minutes\n    outptus: { x: y }\n'))).toBe(
    `p.yaml:4:14 error[invalid-value] "timeout" must be a time such as "30s", "10m" or "1h30m", not "ten minutes".
    timeout: ten minutes
             ~~~~~~~~~~~

p.yaml:5:5 error[unknown-key] "outptus" is not a key of a stage.
    outptus: { x: y }
    ~~~~~~~
  help: Did you mean "outputs"?
`,
  );
});

describe('a stage', () => {
  test('has all that is written, and defaults for the rest', () => {
    const outcome = load(`
description: about
defaults: { timeout: 1m, env: { A: d, B: d }, tags: [t], labels: { team: x }, pass_env: [P], resources: { cpus: 1 } }
stages:
  full:
    description: what it does
    run: "true"
    inputs: { z: in/z.csv, d: in/d/, g: "in/*.csv", l: [b, a] }
    outputs: { o: { path: out/o.json, cache: false, expect: { min_bytes: 1KB, rows: { min: 1 } } }, d: out/d/ }
    env: { A: 1, C: true }
    secrets: [S]
    timeout: 1h30m
    on_failure: allow
    resources: { memory: 2GiB }
    version: 2
    always: true
    platform: any
    tags: [u, t]
    labels: { n: 5 }
    metrics: { rows: o#/rows }
    needs: [b, plain]
  plain: { run: [echo, 1, true] }
  b: { run: "true", cache: false }
`);
    expect(stageOf(outcome, 'full')).toEqual({
      id: 'full',
      description: 'what it does',
      origin: { file: 'p.yaml', line: 5, column: 3, end_line: 5, end_column: 7 },
      action: { kind: 'shell', shell: 'bash', command: ['true'] },
      inputs: [
        { name: 'd', list: false, items: [{ kind: 'folder', path: 'in/d' }] },
        { name: 'g', list: true, items: [{ kind: 'glob', path: 'in/*.csv' }] },
        {
          name: 'l',
          list: true,
          items: [
            { kind: 'file', path: 'b' },
            { kind: 'file', path: 'a' },
          ],
        },
        { name: 'z', list: false, items: [{ kind: 'file', path: 'in/z.csv' }] },
      ],
      outputs: [
        { name: 'd', list: false, items: [{ kind: 'folder', path: 'out/d' }], cache: true, in_place: true },
        {
          name: 'o',
          list: false,
          items: [{ kind: 'file', path: 'out/o.json' }],
          cache: false,
          expect: { min_bytes: 1000, rows: { min: 1 } },
          in_place: true,
        },
      ],
      needs: ['b', 'plain'],
      env: { A: ['1'], B: ['d'], C: ['true'] },
      pass_env: ['P'],
      secrets: ['S'],
      timeout_ms: 5_400_000,
      exit_codes: {},
      on_failure: 'allow',
      resources: { cpus: 1, memory_bytes: 2_147_483_648 },
      exclusive: false,
      cache: true,
      version: 2,
      always: true,
      platform: 'any',
      tags: ['t', 'u'],
      labels: { team: 'x', n: '5' },
      metrics: { rows: 'o#/rows' },
    });
    expect(stageOf(outcome, 'plain')).toMatchObject({
      action: { kind: 'argv', argv: [['echo'], ['1'], ['true']] },
      timeout_ms: 60_000,
      on_failure: 'halt',
      version: 1,
      always: false,
      platform: 'native',
    });
    expect(stageOf(outcome, 'b')).toMatchObject({ cache: false, env: { A: ['d'], B: ['d'] } });
    expect(outcome.pipeline?.description).toBe('about');
  });

  test('keeps the order of the file, also where names look like numbers', () => {
    const outcome = load(
      'stages:\n  "10": { run: a }\n  2: { run: a }\n  1e3: { run: a }\n  null: { run: a }\n  b: { run: a }\n',
    );
    expect(stagesOf(outcome).map(({ id }) => id)).toEqual(['10', '2', '1e3', 'null', 'b']);
  });

  test('takes the shell of itself, its file, the settings, in that order', () => {
    const text = (top: string, own: string) => `${top}\nstages: { a: { run: "true"${own} } }`;
    const shell = (top: string, own: string, settings?: 'bash' | 'sh') => {
      const { action } = stageOf(load(text(top, own), settings ? { shell: settings } : {}), 'a');
      return action.kind === 'shell' ? action.shell : undefined;
    };
    expect(shell('', '')).toBe('bash');
    expect(shell('', '', 'sh')).toBe('sh');
    expect(shell('defaults: { shell: bash }', '', 'sh')).toBe('bash');
    expect(shell('defaults: { shell: bash }', ', shell: sh', 'bash')).toBe('sh');
  });

  test.each([
    ['nothing to run', 'a: { inputs: { x: y } }', '1:11 missing-key'],
    ['a type and a command', 'a: { run: x, uses: tabular/profile }', '1:24 conflicting-keys'],
    ['params for a command', 'a: { run: x, with: { a: 1 } }', '1:24 conflicting-keys'],
    ['a shell for a list', 'a: { run: [x], shell: sh }', '1:26 conflicting-keys'],
    ['a name with a slash', '"a/b": { run: x }', '1:11 invalid-name'],
    ['a name that steers a terminal', '"a\\e]0;x": { run: x }', '1:11 invalid-name'],
    ['a time of nothing', 'a: { run: x, timeout: 0s }', '1:33 invalid-value'],
    ['a time without unit', 'a: { run: x, timeout: "5" }', '1:33 invalid-value'],
    ['a time for ever', 'a: { run: x, timeout: 1000000d }', '1:33 invalid-value'],
    ['a negative number of processors', 'a: { run: x, resources: { cpus: -1 } }', '1:43 invalid-value'],
    ['a variable of wrangle', 'a: { run: x, env: { WRANGLE_SEED: 1 } }', '1:31 invalid-name'],
    ['a metric of no output', 'a: { run: x, metrics: { m: "o#/x" } }', '1:38 unknown-reference'],
    ['a need of no stage', 'a: { run: x, needs: [b] }', '1:32 unknown-reference'],
    [
      'a transaction with a stage that is not kept',
      'a: { run: x, transaction: t, cache: false }',
      '1:47 transaction-uncached',
    ],
    [
      'a transaction with an output that is not kept',
      'a: { run: x, transaction: t, outputs: { o: { path: p, cache: false } } }',
      '1:72 transaction-uncached',
    ],
    ['a transaction without a name', 'a: { run: x, transaction: "" }', '1:37 invalid-value'],
    [
      'rows of a file without any',
      'a: { run: x, outputs: { o: { path: p, expect: { unique: [a] } } } }',
      '1:59 invalid-value',
    ],
    ['rows of a folder', 'a: { run: x, outputs: { o: { path: p/, expect: { rows: 1 } } } }', '1:60 invalid-value'],
    [
      'sizes the wrong way round',
      'a: { run: x, outputs: { o: { path: p, expect: { min_bytes: 2, max_bytes: 1 } } } }',
      '1:84 invalid-value',
    ],
    [
      'a column named twice',
      'a: { run: x, outputs: { o: { path: p.csv, expect: { unique: [a, a] } } } }',
      '1:75 invalid-value',
    ],
    [
      'a pattern that looks ahead',
      'a: { run: x, outputs: { o: { path: p, expect: { matches: "(?=x)" } } } }',
      '1:68 invalid-value',
    ],
    [
      'an assertion about nothing',
      'a: { run: x, outputs: { o: { path: p, expect: { assert: "1 < 2" } } } }',
      '1:67 invalid-value',
    ],
    [
      'an assertion about what no output has',
      'a: { run: x, outputs: { o: { path: p, expect: { assert: output.row > 2 } } } }',
      '1:67 unknown-reference',
    ],
    [
      'an assertion that is no expression',
      'a: { run: x, outputs: { o: { path: p, expect: { assert: output.rows > } } } }',
      '1:67 invalid-expression',
    ],
    ['an output without path', 'a: { run: x, outputs: { o: { cache: true } } }', '1:35 missing-key'],
    [
      'bounds the wrong way round',
      'a: { run: x, outputs: { o: { path: p.csv, expect: { rows: { min: 2, max: 1 } } } } }',
      '1:69 invalid-value',
    ],
    [
      'a schema that is none',
      'a: { run: x, outputs: { o: { path: p, expect: { schema: { type: what } } } } }',
      '1:67 invalid-schema',
    ],
    [
      'a schema that is not there',
      'a: { run: x, outputs: { o: { path: p, expect: { schema: s.json } } } }',
      '1:67 file-not-found',
    ],
    ['an unknown shell', 'a: { run: x, shell: fish }', '1:31 invalid-value'],
    ['a list of numbers as tags', 'a: { run: x, tags: [1] }', '1:31 wrong-type'],
    ['a mapping as input', 'a: { run: x, inputs: { i: { path: p } } }', '1:37 wrong-type'],
    ['an empty command', 'a: { run: "" }', '1:21 invalid-value'],
  ])('with %s is a mistake', (_, stage, expected) => {
    expect(found(load(`stages: { ${stage} }`))).toEqual([expected]);
  });

  test('keeps what is right in it when something is wrong', () => {
    const outcome = load(
      'stages: { a: { run: x, bad: 1, timeout: x, inputs: { i: p, j: 5 }, outputs: { o: q, r: /x }, needs: [a, z] } }',
    );
    expect(outcome.pipeline?.stages).toMatchObject([
      { inputs: [{ name: 'i' }], outputs: [{ name: 'o' }], needs: ['a'], action: { command: ['x'] } },
    ]);
  });
});

describe('a port that no command refers to', () => {
  const inPlace = (stage: string) => {
    const [only] = stagesOf(load(`stages: { a: { ${stage}, outputs: { o: p } } }`));
    return only?.outputs[0]?.in_place;
  };
  test('is written in place', () => {
    expect(inPlace('run: make p')).toBe(true);
    expect(inPlace('run: "x > ${{ outputs.o }}"')).toBe(false);
    expect(inPlace('run: [x, "${{ outputs.o }}"]')).toBe(false);
    expect(inPlace('run: x, env: { O: "${{ outputs.o }}" }')).toBe(false);
    expect(inPlace('run: ["${{ outputs.map(name, outputs[name]) }}"]')).toBe(false);
  });
  test('is never one of a stage type', () => {
    const [only] = stagesOf(
      load('stages: { a: { uses: tabular/profile, inputs: { data: d }, outputs: { profile: p } } }'),
    );
    expect(only?.outputs[0]?.in_place).toBe(false);
  });
});

describe('a stage type', () => {
  const uses = (rest: string, type = stageType()) =>
    load(`stages: { a: { uses: tabular/profile, ${rest} } }`, { types: [type] });
  const PORTS = 'inputs: { data: d }, outputs: { profile: p }';

  test('has its params with defaults, and keeps what is not known yet', () => {
    expect(stageOf(uses(PORTS), 'a').action).toEqual({
      kind: 'type',
      type: 'tabular/profile',
      with: { map: { sample: 100_000 } },
    });
    const later = uses(`${PORTS}, with: { sample: "\${{ inputs.data.size() }}", columns: ["\${{ inputs.data }}", a] }`);
    expect(stageOf(later, 'a').action).toMatchObject({
      with: {
        map: {
          sample: { template: [{ expr: 'inputs.data.size()', quote: 'none' }] },
          columns: { list: [{ template: [{ expr: 'inputs.data', quote: 'none' }] }, 'a'] },
        },
      },
    });
  });

  test.each([
    ['a param of another type', 'with: { sample: many }', ['1:101 invalid-with']],
    ['a param out of bounds', 'with: { sample: 0 }', ['1:101 invalid-with']],
    ['an unknown param', 'with: { sampel: 5 }', ['1:93 invalid-with']],
    ['two wrong params', 'with: { sample: x, b: 1 }', ['1:101 invalid-with', '1:104 invalid-with']],
  ])('with %s is a mistake', (_, rest, expected) => {
    expect(found(uses(`${PORTS}, ${rest}`))).toEqual(expected);
  });

  test.each([
    ['an unknown port', 'inputs: { data: d, dat: e }, outputs: { profile: p }', ['1:58 unknown-port']],
    ['a missing port', 'inputs: { data: d }', ['1:11 missing-port']],
    ['a folder for a file', 'inputs: { data: d/ }, outputs: { profile: p }', ['1:55 port-kind']],
    ['a list for one path', 'inputs: { data: [d] }, outputs: { profile: p }', ['1:55 port-not-list']],
    ['a glob for one path', 'inputs: { data: "*.csv" }, outputs: { profile: p }', ['1:55 port-not-list']],
  ])('with %s is a mistake', (_, rest, expected) => {
    expect(found(uses(rest))).toEqual(expected);
  });

  test('takes lists where a port says so, and leaves optional ports', () => {
    const type = stageType({ inputs: { data: port({ many: true }), more: port({ optional: true }) } });
    expect(found(uses('inputs: { data: [a, "*.csv"] }, outputs: { profile: p }', type))).toEqual([]);
  });

  test('gives its outputs their contract, unless the stage has one', () => {
    const type = stageType({ outputs: { profile: port({ schema: { type: 'object' } }) } });
    expect(stageOf(uses(PORTS, type), 'a').outputs[0]?.expect).toEqual({ schema: { type: 'object' } });
    const own = 'inputs: { data: d }, outputs: { profile: { path: p, expect: { schema: { type: array } } } }';
    expect(stageOf(uses(own, type), 'a').outputs[0]?.expect).toEqual({ schema: { type: 'array' } });
  });
});

describe('params', () => {
  const TEXT = 'params: { n: 1, s: x, b: false, l: [1], m: { a: 1 }, r: null }\nstages: { a: { run: "true" } }';
  const values = (...params: { name: string; text: string }[]) => load(TEXT, { params }).pipeline?.params;

  test('given as text take the type of their default', () => {
    expect(
      values(
        { name: 'n', text: '2.5' },
        { name: 's', text: '5' },
        { name: 'b', text: 'true' },
        { name: 'l', text: '["a"]' },
        { name: 'm', text: '{"b":2}' },
        { name: 'r', text: '7' },
      ),
    ).toEqual({ n: 2.5, s: '5', b: true, l: ['a'], m: { b: 2 }, r: 7 });
    expect(values({ name: 'r', text: '007' }, { name: 'r', text: 'word' })).toMatchObject({ r: 'word' });
  });

  test('of the wrong type, unknown or not given are mistakes', () => {
    const params = [
      { name: 'n', text: 'many' },
      { name: 'b', text: 'yes' },
      { name: 'l', text: '{}' },
      { name: 'm', value: [1] },
      { name: 'sampel', text: 'x' },
    ];
    expect(load(TEXT, { params }).diagnostics.map(({ message }) => message)).toEqual([
      'The param "n" takes a number, not "many".',
      'The param "b" takes true or false, not "yes".',
      'The param "l" takes a list written as JSON, not "{}".',
      'The param "m" takes a mapping, not a list.',
      'The pipeline has no param "sampel".',
      'The param "r" has no value.',
    ]);
  });

  test('are never read as expressions', () => {
    const outcome = load('params: { p: x }\nstages: { a: { run: ["${{ params.p }}"] } }', {
      params: [{ name: 'p', text: '${{ env.SECRET }}' }],
      env: { SECRET: 'hidden' },
    });
    expect(stageOf(outcome, 'a').action).toEqual({ kind: 'argv', argv: [['${{ env.SECRET }}']] });
    expect(found(load('params: { p: "${{ env.X }}" }\nstages: {}'))).toEqual(['1:14 invalid-value']);
  });
});

describe('locate', () => {
  const outcome = load(`stages:
  z: { run: x }
  a:
    run: cat \${{ stages.z.outputs.o }}
    inputs: { one: p, many: [q, r] }
    outputs: { o: { path: s } }
    needs: [z, b]
  b: { run: x, outputs: { o: t } }
  c: { run: "\${{ stages.b.outputs.o }}" }
`);
  test.each([
    [['inputs', 'one'], '5:20'],
    [['inputs', 'many', 1], '5:33'],
    [['outputs', 'o'], '6:27'],
    [['needs', 0], '7:16'],
    [['needs', 1], '7:13'],
    [['nowhere'], '3:3'],
  ])('%j of a stage is at %s', (pointer, expected) => {
    const { line, column } = outcome.locate('a', pointer);
    expect(`${line}:${column}`).toBe(expected);
  });
  test('an output that is only spoken of is where it is spoken of', () => {
    const { line, column } = outcome.locate('c', ['inputs', 'stages.b.outputs.o']);
    expect(`${line}:${column}`).toBe('9:14');
  });
});

test('names that mean something to JavaScript are names like any other', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const outcome = load(
    `params: {${names.map((name) => `${name}: 1`)}}\nstages:\n${names
      .map((name) => `  ${name}: { run: x, env: { ${name}: 1 }, outputs: { ${name}: build/${name} } }\n`)
      .join('')}`,
  );
  expect(stagesOf(outcome).map(({ id, env }) => [id, Object.keys(env)])).toEqual(names.map((name) => [name, [name]]));
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test('no expression reads what any stage, or `defaults`, declares as a secret', () => {
  const text = `defaults: { secrets: [COMMON] }
stages:
  upload: { run: curl, secrets: [TOKEN] }
  other: { run: "echo \${{ env.TOKEN }} \${{ env.HOME }}" }
  more: { run: "true", env: { X: "\${{ has(env.COMMON) ? env.COMMON : '' }}" } }
`;
  const outcome = load(text, { env: { TOKEN: 'value-1', COMMON: 'value-2', HOME: '/h' } });
  expect(found(outcome)).toEqual(['4:23 secret-in-expression', '5:35 secret-in-expression']);
  expect(outcome.envRead).toEqual({ HOME: '/h' });
});

test('what is wrong in defaults is said once', () => {
  const stages = Array.from({ length: 5 }, (_, n) => `  s${n}: { run: x }\n`).join('');
  expect(found(load(`defaults: { timeout: "\${{ params.t }}" }\nstages:\n${stages}`))).toEqual([
    '1:23 unknown-reference',
  ]);
});

test('the paths of outputs may refer to each other in any order, but not in a circle', () => {
  const path = (other: string) => `{ run: x, outputs: { o: "\${{ stages.${other}.outputs.o }}.x" } }`;
  const chain = load(`stages: { a: ${path('b')}, b: ${path('c')}, c: { run: x, outputs: { o: p } } }`);
  expect(stageOf(chain, 'a').outputs[0]?.items).toEqual([{ kind: 'file', path: 'p.x.x' }]);
  expect(found(load(`stages: { a: ${path('b')}, b: ${path('a')} }`))).toEqual([
    '1:24 invalid-expression',
    '1:86 invalid-expression',
  ]);
});

const SEEDS = [
  TEN,
  'x-a: &a { run: x }\nstages:\n  b: *a\n  c:\n    run: |\n      cat <<EOF\n      ${{ params.x }}\n      EOF\n',
  '{"stages": {"a": {"run": ["echo", "${{ inputs.i[0] }}"], "inputs": {"i": ["a", "b/*"]}}}}',
  'stages:\n  a: { run: x, matrix: { k: [1, b], n: [{ x: 1 }, c], exclude: [{ k: 1 }], include: [{ k: b, m: 2 }] }, outputs: { o: "${{ matrix.k }}${{ matrix.n }}" } }\n  b: { run: "x ${{ stages.a.outputs.o }}", needs: [a] }\n',
];

test('any text gives stages or mistakes, never an exception', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SEEDS),
      fc.array(
        fc.tuple(
          fc.nat(),
          fc.nat(6),
          fc.constantFrom(
            '',
            '{',
            '[',
            '"',
            "'",
            ': ',
            '- ',
            '\n',
            '${{',
            '}}',
            '&a ',
            '*a',
            '!!x ',
            '\t',
            '#',
            '|',
            '__proto__: ',
            '\0',
            '9',
          ),
        ),
        { maxLength: 6 },
      ),
      (seed, edits) => {
        let text = seed;
        for (const [place, cut, insert] of edits) {
          const at = place % (text.length + 1);
          text = text.slice(0, at) + insert + text.slice(at + cut);
        }
        const outcome = load(text);
        expect(outcome.pipeline !== undefined || outcome.diagnostics.length > 0).toBe(true);
        for (const { location } of outcome.diagnostics) if (location) expect(location.line).toBeGreaterThan(0);
        expect(printed(outcome)).toBeTypeOf('string');
      },
    ),
    { numRuns: 300 },
  );
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test('ten thousand stages load in a few seconds', () => {
  const stages = Array.from(
    { length: 10_000 },
    (_, n) =>
      `  s${n}:\n    run: cat \${{ inputs.a }} > \${{ outputs.o }}\n    inputs: { a: build/${n} }\n    outputs: { o: build/${n + 1} }\n`,
  );
  const began = performance.now();
  const outcome = load(`stages:\n${stages.join('')}`);
  expect(stagesOf(outcome)).toHaveLength(10_000);
  // Twenty times what is usual: this is to notice something quadratic, not a slow machine.
  expect(performance.now() - began).toBeLessThan(40_000);
  expect(outcome.locate('s9999', ['inputs', 'a'])).toMatchObject({ line: 40_000, column: 18 });
});

test('JSON is YAML', () => {
  expect(stagesOf(loadJson({ stages: { a: { run: ['x'], outputs: { o: 'p' } } } }))).toHaveLength(1);
});
