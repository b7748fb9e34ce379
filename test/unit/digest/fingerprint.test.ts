// What counts and what does not (DESIGN "Promises", 4). A new field of a stage does not compile until it is listed here.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Platform } from '../../../src/digest/fingerprint.ts';
import {
  declaredEntries,
  fingerprintTotal,
  hashContract,
  hashDeclared,
  makeFingerprint,
} from '../../../src/digest/fingerprint.ts';
import type { ResolvedPort } from '../../../src/digest/resolve-inputs.ts';
import { templateText, templateValueJson } from '../../../src/digest/template-text.ts';
import { compareEntries } from '../../../src/digest/why.ts';
import { makeDigest } from '../../../src/model/digest.ts';
import type { FingerprintEntry, PartName } from '../../../src/model/fingerprint.ts';
import { PARTS } from '../../../src/model/fingerprint.ts';
import type {
  InputPort,
  OutputPort,
  Stage,
  StageAction,
  Strategy,
  Template,
  TemplateHole,
  TemplateValue,
  Vote,
} from '../../../src/model/pipeline.ts';
import type { StageType } from '../../../src/model/plugin.ts';
import { locationOf, makeStage } from '../../support/make-stage.ts';

const hole = (expr: string): TemplateHole => ({ expr, quote: 'none' });

const LINUX: Platform = { os: 'linux', arch: 'x64', nodeMajor: 20 };

const noType = () => undefined;

type Out = `out: ${string}`;
type In = `in: ${PartName}`;

/** Per field: the part it is in (or why it is in none), and other values it may have. */
type Accounting<T> = { readonly [Key in keyof Required<T>]: readonly [In | Out, ...T[Key][]] };

const shell = { kind: 'shell', shell: 'bash', command: ['sort ', hole('inputs.data')] } as const satisfies StageAction;
const base: Stage = makeStage('a', {
  action: shell,
  inputs: { data: 'x.csv' },
  outputs: { out: 'y.csv', list: ['l1', 'l2'] },
  env: { LANG: ['C'] },
});

const VOTE: Vote = { ahead: 2, max: 5, undecided: 'fail' };
const STRATEGY: Strategy = { name: 'a', action: shell, env: {}, exit_codes: {}, in_place: [] };

const STAGE: Accounting<Stage> = {
  id: ['out: names of stages do not matter', 'b'],
  description: ['out: it is for people', 'other'],
  origin: ['out: where something stands does not matter', locationOf('elsewhere')],
  action: [
    'in: command',
    { ...shell, command: ['sort -r ', hole('inputs.data')] },
    { ...shell, command: ['sort ', hole('inputs.other')] },
    { kind: 'argv', argv: [['sort ', hole('inputs.data')]] },
    { kind: 'type', type: 'tabular/profile', with: { map: {} } },
  ],
  inputs: ['out: paths and digests are added when a stage is looked at', makeStage('b', { inputs: { z: 'z' } }).inputs],
  outputs: [
    'in: output',
    makeStage('b', { outputs: { out: 'z.csv', list: ['l1', 'l2'] } }).outputs,
    makeStage('b', { outputs: { out: 'y.csv/', list: ['l1', 'l2'] } }).outputs,
    makeStage('b', { outputs: { other: 'y.csv', list: ['l1', 'l2'] } }).outputs,
    makeStage('b', { outputs: { out: 'y.csv', list: ['l2', 'l1'] } }).outputs,
    makeStage('b', { outputs: { out: ['y.csv'], list: ['l1', 'l2'] } }).outputs,
    makeStage('b', { outputs: { out: 'y.csv' } }).outputs,
  ],
  needs: ['out: order only', ['other']],
  env: ['in: env', { LANG: ['D'] }, { LANG: ['C'], X: [''] }, {}, { LANG: [hole('inputs.data')] }],
  pass_env: ['out: it says itself that it does not count', ['HTTP_PROXY']],
  secrets: ['out: they are never hashed', ['TOKEN']],
  timeout_ms: ['out: how long it may take does not change what it makes', 5],
  vote: [
    'in: vote',
    VOTE,
    { ...VOTE, ahead: 3 },
    { ...VOTE, by: 'outputs.out.text' },
    { ...VOTE, undecided: 'widen' },
    { ...VOTE, max: 6 },
  ],
  retry: [
    'out: when it is tried again does not change what it makes',
    { max: 1, backoff: { base_ms: 1, multiplier: 1, max_ms: 1 }, on: ['retryable'] },
  ],
  exit_codes: ['out: only failures are judged by it', { '75': 'retryable' }],
  on_failure: ['out: what happens to others', 'continue'],
  resources: ['out: what it needs of the machine', { cpus: 2 }],
  pool: ['out: when it may start', 'web'],
  exclusive: ['out: what may run beside it', true],
  cache: ['out: whether bytes are kept', false],
  transaction: ['out: with whom it publishes', 'release'],
  version: ['in: version', 1, '1', [1], { a: 1 }],
  always: ['out: nothing is looked up', true],
  ttl_ms: ['out: it says how long a result counts, not what it is', 3_600_000],
  foreach: ['out: its instances have fingerprints', { in: { name: '', list: true, items: [] }, batch: 1 }],
  item: ['out: it counts where expressions speak of it', { stage: 'a', key: 'k', value: 'k' }],
  when: ['out: whether it goes, not what it makes', false],
  fallback: [
    'in: fallback',
    [STRATEGY],
    [{ ...STRATEGY, name: 'b' }],
    [{ ...STRATEGY, action: { kind: 'argv', argv: [['x']] } }],
    [{ ...STRATEGY, env: { X: ['1'] } }],
    [{ ...STRATEGY, when: false }],
    [STRATEGY, { ...STRATEGY, name: 'b' }],
    [{ ...STRATEGY, name: 'b' }, STRATEGY],
  ],
  platform: ['in: platform', 'any'],
  tags: ['out: for selecting', ['slow']],
  labels: ['out: for people', { team: 'x' }],
  metrics: ['out: read from outputs, not part of them', { rows: 'out#/rows' }],
};

const OUTPUT_PORT: Accounting<OutputPort> = {
  name: ['in: output', 'other'],
  list: ['in: output', true],
  items: ['in: output', [{ kind: 'file', path: 'other' }]],
  cache: ['out: whether bytes are kept', false],
  expect: ['out: a contract has a digest of its own', { min_bytes: 1 }],
  in_place: ['out: it follows from command and env', true],
};

const INPUT_PORT: Accounting<InputPort> = {
  name: ['out: see the total', 'other'],
  list: ['out: see the total', true],
  items: ['out: see the total', [{ kind: 'file', path: 'other' }]],
};

const type: StageType = {
  name: 'tabular/profile',
  plugin: 'tabular',
  plugin_version: '1.2.3',
  dir: '/plugins/tabular',
  description: 'Profile.',
  run: { argv: ['python3'] },
  params: {},
  inputs: {},
  outputs: {},
  platform: 'native',
  worker: false,
  batch: false,
  version: 1,
  code_digest: 'c'.repeat(64),
};

const TYPE: Accounting<StageType> = {
  name: ['out: the stage names it', 'other'],
  plugin: ['out: its types are named after it', 'other'],
  plugin_version: ['out: it is shown with the code, which counts', '1.2.4'],
  dir: ['out: where it is installed does not matter', '/elsewhere'],
  description: ['out: the manifest is part of the code digest', 'Other.'],
  run: ['in: platform', { node: './x.js' }],
  params: ['out: the manifest is part of the code digest', { type: 'object' }],
  inputs: [
    'out: the manifest is part of the code digest',
    { data: { kind: 'file', media: [], optional: false, many: false } },
  ],
  outputs: [
    'out: the manifest is part of the code digest',
    { out: { kind: 'file', media: [], optional: false, many: false } },
  ],
  command: ['out: the manifest is part of the code digest', 'profile'],
  platform: ['out: the stage says which counts', 'any'],
  worker: ['out: the manifest is part of the code digest', true],
  batch: ['out: items are done as they are done alone', true],
  version: ['out: the manifest is part of the code digest', 2],
  code_digest: ['in: code', 'd'.repeat(64)],
};

/** The parts in which two stages differ. */
function differences(before: readonly FingerprintEntry[], after: readonly FingerprintEntry[]): PartName[] {
  expect(hashDeclared(before) === hashDeclared(after)).toBe(compareEntries(before, after).length === 0);
  return [...new Set(compareEntries(before, after).map((cause) => cause.part))];
}

function checkAccounting<T extends object>(
  accounting: Accounting<T>,
  original: T,
  entriesOf: (changed: T) => readonly FingerprintEntry[],
): void {
  for (const [key, [where, ...values]] of Object.entries(accounting) as [keyof T & string, Accounting<T>[keyof T]][]) {
    expect(values.length, `${key} has no other value`).toBeGreaterThan(0);
    for (const value of values) {
      const changed = { ...original, [key]: value };
      expect(changed, `${key}: the value is no other one`).not.toEqual(original);
      const parts = differences(entriesOf(original), entriesOf(changed));
      if (where.startsWith('out: ')) expect(parts, key).toEqual([]);
      else expect(parts, key).toContain(where.slice('in: '.length));
    }
  }
}

describe('every field is in a part or out for a reason', () => {
  test('of a stage', () => {
    checkAccounting<Stage>(STAGE, base, (stage) => declaredEntries(stage, noType, LINUX));
  });

  test('of an output port', () => {
    checkAccounting<OutputPort>(OUTPUT_PORT, base.outputs[1] as OutputPort, (port) =>
      declaredEntries({ ...base, outputs: [port] }, noType, LINUX),
    );
  });

  test('of an input port', () => {
    checkAccounting<InputPort>(INPUT_PORT, base.inputs[0] as InputPort, (port) =>
      declaredEntries({ ...base, inputs: [port] }, noType, LINUX),
    );
  });

  test('of a stage type', () => {
    const user = makeStage('a', { action: { kind: 'type', type: type.name, with: { map: {} } } });
    checkAccounting<StageType>(TYPE, type, (changed) => declaredEntries(user, () => changed, LINUX));
  });

  test('of an action', () => {
    const of = (action: StageAction) => declaredEntries({ ...base, action }, () => type, LINUX);
    expect(differences(of(shell), of({ ...shell, shell: 'sh' }))).toEqual(['shell']);
    const argv = (...words: Template[]): StageAction => ({ kind: 'argv', argv: words });
    expect(differences(of(argv(['a b'])), of(argv(['a'], ['b'])))).toEqual(['command']);
    expect(differences(of(argv(['true'])), of({ ...shell, command: ['["true"]'] }))).toEqual(['shell']);
    const uses = (value: TemplateValue): StageAction => ({
      kind: 'type',
      type: 'tabular/profile',
      with: { map: { value } },
    });
    expect(differences(of(uses(1)), of(uses('1')))).toEqual(['with']);
    expect(differences(of(uses({ map: {} })), of(uses({ list: [] })))).toEqual(['with']);
    expect(differences(of(uses(null)), of({ ...uses(null), with: { map: {} } } as StageAction))).toEqual(['with']);
  });

  test('of the platform, unless the stage says that any will do', () => {
    const of = (stage: Stage, platform: Platform, used?: StageType) => declaredEntries(stage, () => used, platform);
    const any = { ...base, platform: 'any' as const };
    const node: StageType = { ...type, run: { node: './x.js' } };
    const typed: Stage = { ...base, action: { kind: 'type', type: type.name, with: { map: {} } } };
    const inReserve: Stage = { ...base, fallback: [{ ...STRATEGY, action: typed.action }] };
    for (const other of [
      { ...LINUX, os: 'darwin' },
      { ...LINUX, arch: 'arm64' },
    ]) {
      expect(differences(of(base, LINUX), of(base, other))).toEqual(['platform']);
      expect(differences(of(any, LINUX), of(any, other))).toEqual([]);
    }
    const newer = { ...LINUX, nodeMajor: 22 };
    expect(differences(of(base, LINUX), of(base, newer))).toEqual([]);
    expect(differences(of(typed, LINUX, node), of(typed, newer, node))).toEqual(['platform']);
    expect(differences(of(inReserve, LINUX, node), of(inReserve, newer, node))).toEqual(['platform']);
    const anyTyped = { ...typed, platform: 'any' as const };
    expect(differences(of(anyTyped, LINUX, node), of(anyTyped, newer, node))).toEqual([]);
  });
});

test('the entries are readable, and sorted by part and name', () => {
  const user = makeStage('a', {
    action: {
      kind: 'type',
      type: type.name,
      with: { map: { sample: 5, data: { template: [hole('inputs.data')] }, b: { list: [true, 'x'] } } },
    },
    outputs: { out: 'y.csv', dirs: ['d1/', 'd2/'] },
    env: { Z: ['z'], A: ['a ', hole('inputs.data')] },
    version: 3,
  });
  const entries = declaredEntries(user, () => ({ ...type, run: { node: './x.js' } }), LINUX);
  expect(entries.map(({ part, name, value }) => `${part}|${name}|${value}`)).toEqual([
    `code||${'c'.repeat(64)}`,
    'command||tabular/profile',
    'with|b|[true,"x"]',
    `with|data|"\${{ inputs.data }}"`,
    'with|sample|5',
    `env|A|a \${{ inputs.data }}`,
    'env|Z|z',
    'output|dirs[0]|d1/',
    'output|dirs[1]|d2/',
    'output|out|y.csv',
    'version||3',
    'platform||linux x64 node20',
  ]);
  for (const { part } of entries) expect(PARTS).toContain(part);
});

test('the version of a plugin is shown beside its code, and counts for nothing', () => {
  const user = makeStage('a', { action: { kind: 'type', type: type.name, with: { map: {} } } });
  const before = declaredEntries(user, () => type, LINUX);
  expect(
    compareEntries(
      before,
      declaredEntries(user, () => ({ ...type, plugin_version: '1.3.0' }), LINUX),
    ),
  ).toEqual([]);
  const newer = { ...type, plugin_version: '1.3.0', code_digest: 'd'.repeat(64) };
  expect(
    compareEntries(
      before,
      declaredEntries(user, () => newer, LINUX),
    ),
  ).toEqual([
    {
      part: 'code',
      change: 'changed',
      name: '',
      before: `tabular 1.2.3 ${'c'.repeat(64)}`,
      after: `tabular 1.3.0 ${'d'.repeat(64)}`,
    },
  ]);
});

test('the order in which maps were written does not count', () => {
  const one = makeStage('a', { env: { A: ['1'], B: ['2'] }, version: { x: 1, y: 2 } });
  const other = makeStage('a', { env: { B: ['2'], A: ['1'] }, version: { y: 2, x: 1 } });
  expect(declaredEntries(one, noType, LINUX)).toEqual(declaredEntries(other, noType, LINUX));
});

describe('templates', () => {
  const cases: [string, Template, Template][] = [
    ['an expression and the text of one', [hole('x')], [`\${{ x }}`]],
    ['an expression and its text in pieces', [hole('x')], ['$', '{{ x }}']],
    ['a dollar before an expression, and both as text', ['$', hole('x')], [`$\${{ x }}`]],
    ['an expression with braces and two parts', [hole(`a}} \${{ b`)], [hole('a'), ' ', hole('b')]],
    ['the list of parts and its text', [`\${{ x }}`], [`\${{["\${{ x }}"]}}`]],
    ['two expressions and one', [hole('a'), hole('b')], [hole(`a }}\${{ b`)]],
  ];
  test.each(cases)('differ: %s', (_name, one, other) => {
    expect(templateText(one)).not.toBe(templateText(other));
    expect(templateValueJson({ template: one })).not.toEqual(templateValueJson({ template: other }));
  });

  test('are readable where they can be', () => {
    expect(templateText(['sort ', hole('inputs.x'), ' > "$OUT" $$ {{ }}'])).toBe(
      `sort \${{ inputs.x }} > "$OUT" $$ {{ }}`,
    );
    expect(templateText(['a', 'b'])).toBe('ab');
    expect(templateText([])).toBe('');
  });

  test('are the same with empty text in them', () => {
    const odd = hole(`a}} \${{ b`);
    expect(templateText(['', odd, '', 'x', '', odd, ''])).toBe(templateText([odd, 'x', odd]));
  });

  test('a value that is plain text is not the expression it looks like', () => {
    expect(templateValueJson(`\${{ inputs.x }}`)).not.toEqual(templateValueJson({ template: [hole('inputs.x')] }));
    expect(templateValueJson('plain')).toBe('plain');
  });

  /** Pieces chosen to be mistaken for each other. */
  const piece = fc.constantFrom('$', '{', '{{', `\${{`, ' ', 'a', '}}', '}', '[', '"', `\${{ a }}`);
  const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
  const template: fc.Arbitrary<Template> = fc.array(fc.oneof(text, text.map(hole)), { maxLength: 4 });
  /** Text in one piece between expressions. */
  const merged = (parts: Template): unknown[] => {
    const all: unknown[] = [];
    for (const part of parts) {
      const last = all.at(-1);
      if (typeof part !== 'string') all.push(part);
      else if (typeof last === 'string') all[all.length - 1] = last + part;
      else if (part !== '') all.push(part);
    }
    return all.filter((part) => part !== '');
  };

  test('property: equal text exactly for equal templates', () => {
    fc.assert(
      fc.property(template, template, (one, other) => {
        const same = JSON.stringify(merged(one)) === JSON.stringify(merged(other));
        expect(templateText(one) === templateText(other)).toBe(same);
      }),
      { numRuns: 5_000 },
    );
  });
});

const digestA = makeDigest('file', 'a'.repeat(64), 1);
const digestB = makeDigest('file', 'b'.repeat(64), 1);
const port = (name: string, list: boolean, ...paths: [string, typeof digestA][]): ResolvedPort => ({
  name,
  list,
  paths: paths.map(([path, digest]) => ({ path, digest })),
  linked: [],
});

describe('inputs', () => {
  const totalOf = (...ports: ResolvedPort[]) => fingerprintTotal('declared', ports);
  const entriesOf = (...ports: ResolvedPort[]) => makeFingerprint([], 'declared', ports).entries;
  const cases: [string, ResolvedPort[], ResolvedPort[]][] = [
    ['contents', [port('p', false, ['x', digestA])], [port('p', false, ['x', digestB])]],
    ['a path', [port('p', false, ['x', digestA])], [port('p', false, ['y', digestA])]],
    ['a port', [port('p', false, ['x', digestA])], [port('q', false, ['x', digestA])]],
    ['that it is a list', [port('p', false, ['x', digestA])], [port('p', true, ['x', digestA])]],
    ['a port whose glob finds nothing', [], [port('p', true)]],
    [
      'the order of a list',
      [port('p', true, ['x', digestA], ['y', digestB])],
      [port('p', true, ['y', digestB], ['x', digestA])],
    ],
    [
      'contents that changed places',
      [port('p', true, ['x', digestA], ['y', digestB])],
      [port('p', true, ['x', digestB], ['y', digestA])],
    ],
    [
      'a path that changed ports',
      [port('p', true, ['x', digestA], ['y', digestB]), port('q', true)],
      [port('p', true, ['x', digestA]), port('q', true, ['y', digestB])],
    ],
    [
      'a path that is there twice',
      [port('p', true, ['x', digestA])],
      [port('p', true, ['x', digestA], ['x', digestA])],
    ],
  ];
  test.each(cases)('%s counts, and `why` has a cause for it', (_name, before, after) => {
    expect(totalOf(...before)).not.toBe(totalOf(...after));
    expect(compareEntries(entriesOf(...before), entriesOf(...after))).not.toEqual([]);
    for (const ports of [before, after]) {
      expect(compareEntries(entriesOf(...ports), entriesOf(...ports))).toEqual([]);
      expect(makeFingerprint([], 'declared', ports).total).toBe(totalOf(...ports));
    }
  });

  test('what is declared counts', () => {
    expect(fingerprintTotal('one', [])).not.toBe(fingerprintTotal('other', []));
  });

  test('property: the total is injective, and differs exactly when there is a cause', () => {
    const path = fc.constantFrom('a', 'b', 'a: b', 'a","b');
    const digest = fc.constantFrom(digestA, digestB);
    const ports = fc.uniqueArray(
      fc
        .tuple(fc.constantFrom('p', 'q'), fc.boolean(), fc.array(fc.tuple(path, digest), { maxLength: 3 }))
        .map(([name, list, paths]) => {
          // One path has one digest at one time, and a port that is no list has one path.
          const known = new Map(paths);
          const sound = paths.map(([at]): [string, typeof digestA] => [at, known.get(at) ?? digestA]);
          return list ? port(name, true, ...sound) : port(name, false, sound[0] ?? ['a', digestA]);
        }),
      { selector: ({ name }) => name, maxLength: 2 },
    );
    fc.assert(
      fc.property(ports, ports, (unsorted, others) => {
        const sorted = (list: ResolvedPort[]) => [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
        const [one, other] = [sorted(unsorted), sorted(others)];
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(totalOf(...one) === totalOf(...other)).toBe(same);
        expect(compareEntries(entriesOf(...one), entriesOf(...other)).length === 0).toBe(same);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('causes', () => {
  const entry = (part: PartName, name: string, value: string): FingerprintEntry => ({ part, name, value });

  test('all of them, in the order of the parts, then what was removed', () => {
    const before = [entry('command', '', 'old'), entry('env', 'GONE', '1'), entry('env', 'SAME', '1')];
    const after = [entry('command', '', 'new'), entry('env', 'MORE', '2'), entry('env', 'SAME', '1')];
    expect(compareEntries(before, after)).toEqual([
      { part: 'command', change: 'changed', name: '', before: 'old', after: 'new' },
      { part: 'env', change: 'added', name: 'MORE', before: undefined, after: '2' },
      { part: 'env', change: 'removed', name: 'GONE', before: '1', after: undefined },
    ]);
  });

  test('a file that came or went is the cause, not also that the list is another', () => {
    const grown = makeFingerprint([], '', [port('p', true, ['x', digestA], ['y', digestB])]).entries;
    const before = makeFingerprint([], '', [port('p', true, ['x', digestA])]).entries;
    expect(compareEntries(before, grown)).toEqual([
      { part: 'input', change: 'added', name: 'p: y', before: undefined, after: digestB },
    ]);
    expect(compareEntries(grown, before)).toEqual([
      { part: 'input', change: 'removed', name: 'p: y', before: digestB, after: undefined },
    ]);
  });

  test('only the order: that is the cause', () => {
    const one = makeFingerprint([], '', [port('p', true, ['x', digestA], ['y', digestB])]).entries;
    const other = makeFingerprint([], '', [port('p', true, ['y', digestB], ['x', digestA])]).entries;
    expect(compareEntries(one, other).map(({ change, name }) => [change, name])).toEqual([['changed', 'p (order)']]);
  });
});

describe('contracts', () => {
  const withExpect = (expect: OutputPort['expect']) =>
    makeStage('a', { outputs: { out: 'x.json' }, ...(expect ? { port: { expect } } : {}) });

  test('have a digest of their own, empty for none, blind to the order of keys', () => {
    expect(hashContract(withExpect(undefined))).toBe('');
    const one = hashContract(withExpect({ min_bytes: 1, rows: { min: 1, max: 2 } }));
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(hashContract(withExpect({ rows: { max: 2, min: 1 }, min_bytes: 1 }))).toBe(one);
    expect(hashContract(withExpect({ min_bytes: 2, rows: { min: 1, max: 2 } }))).not.toBe(one);
    expect(hashContract(withExpect({ min_bytes: 1, rows: { min: 1, max: 2 }, schema: {} }))).not.toBe(one);
  });
});
