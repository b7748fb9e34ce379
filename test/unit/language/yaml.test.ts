// YAML as wrangle reads it: what is accepted, what is not, and the limits.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../../src/language/parse-yaml.ts';
import { SourceFile } from '../../../src/language/source.ts';
import { dataOf } from '../../../src/language/yaml-document.ts';
import { found, load } from './support.ts';

function read(text: string, pieceLength?: number) {
  const { document, diagnostics } = parseYaml(new SourceFile('f.yaml', '/f.yaml', text), pieceLength);
  return {
    data: document?.root ? dataOf(document.root) : undefined,
    root: document?.root,
    mistakes: diagnostics.map(
      ({ code, location, related }) =>
        `${location?.line}:${location?.column} ${code}${related.map((at) => ` (${at.location.line}:${at.location.column})`).join('')}`,
    ),
  };
}

test.each([
  ['a tab', 'a:\n\tb: 1', '2:1 yaml-syntax'],
  ['an open quote', 'a: "x\nb: 1', '2:5 yaml-syntax'],
  ['a mapping in a line', 'a: b: c', '1:4 yaml-syntax'],
  ['another indentation', 'a:\n  b: 1\n c: 2', '3:1 yaml-syntax'],
  ['a list as key', '? [a]\n: b', '1:3 yaml-syntax'],
  ['two documents', 'a: 1\n---\nb: 2', '3:1 multiple-documents'],
  ['YAML 1.1', '%YAML 1.1\n---\na: yes', '1:1 yaml-syntax'],
  ['an unknown alias', 'a: *b', '1:4 yaml-syntax'],
  ['an alias in itself', 'a: &a [*a]', '1:8 alias-cycle (1:7)'],
  ['a key twice', 'a: 1\nb: 2\na: 3', '3:1 duplicate-key (1:1)'],
  ['a key twice, once in quotes', '1: x\n"1": y', '2:1 duplicate-key (1:1)'],
  ['a key twice in one line', 'c: { d: 1, d: 2 }', '1:12 duplicate-key (1:6)'],
  ['a merge key', 'a: &a { x: 1 }\nb:\n  <<: *a', '3:3 merge-key'],
  ['a tag of a language', 'a: !!js/function x', '1:4 unknown-tag'],
  ['a tag of its own', 'a: !foo x', '1:4 unknown-tag'],
  ['binary', 'a: !!binary aGk=', '1:4 unknown-tag'],
  ['a set', 'a: !!set { a }', '1:4 unknown-tag'],
  ['too large a number', 'a: 1e400', '1:4 unsafe-number'],
  ['not a number', 'a: .nan', '1:4 unsafe-number'],
  ['too many digits', 'a: 9007199254740993', '1:4 unsafe-number'],
])('%s is a mistake', (_, text, expected) => {
  expect(read(text).mistakes).toEqual([expected]);
});

test('scalars are those of the core schema', () => {
  const text =
    'a: no\nb: on\nc: 1_000\nd: 012\ne: 0o12\nf: 2020-01-01\ng: -0\nh: 0x10\ni: ~\nj: Null\nk: !!str 5\nl: 1.0\n';
  expect(read(text)).toMatchObject({
    data: { a: 'no', b: 'on', c: '1_000', d: 12, e: 10, f: '2020-01-01', g: 0, h: 16, i: null, j: null, k: '5', l: 1 },
    mistakes: [],
  });
});

test('keys are text', () => {
  const { data } = read('10: a\n2: b\n1e3: c\nnull: d\ntrue: e\n~: f\n__proto__: { polluted: 1 }\n');
  expect(Object.entries(data as object).map(([key]) => key)).toEqual([
    '2',
    '10',
    '1e3',
    'null',
    'true',
    '~',
    '__proto__',
  ]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

describe('limits', () => {
  const flow = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const block = (depth: number) => Array.from({ length: depth }, (_, n) => `${' '.repeat(n)}a:\n`).join('');
  test('100 levels are fine, more are not, twice in one process', () => {
    for (let time = 0; time < 2; time++) {
      expect(read(flow(100)).mistakes).toEqual([]);
      expect(read(flow(101)).mistakes).toEqual(['1:1 too-deep']);
      expect(read('['.repeat(100_000)).mistakes).toEqual(['1:102 too-deep']);
      expect(read(block(100)).mistakes).toEqual([]);
      expect(read(block(101)).mistakes).toEqual(['1:1 too-deep']);
      expect(read(block(3000)).mistakes).toEqual(['102:102 too-deep']);
    }
  });
  test('depth counts through aliases', () => {
    const chain = Array.from({ length: 200 }, (_, n) => `a${n}: &a${n} [${n === 0 ? 1 : `*a${n - 1}`}]\n`).join('');
    expect(read(chain).mistakes).toEqual(['101:13 too-deep']);
  });
  test('brackets and stars in texts are no levels and no aliases', () => {
    const text = `a: |\n${'  [[[[ *a *b\n'.repeat(5000)}b: "${'['.repeat(500)}"\nc: x ${'['.repeat(500)}\n# ${'['.repeat(500)}\n`;
    expect(read(text).mistakes).toEqual([]);
  });
  test('aliases that multiply are counted, not followed', () => {
    const nine = 'abcdefgh'
      .split('')
      .map((name, n) => `${'bcdefghi'[n]}: &${'bcdefghi'[n]} [${Array(9).fill(`*${name}`)}]`);
    expect(read(`a: &a [${Array(9).fill('x')}]\n${nine.join('\n')}`).mistakes).toEqual(['7:7 document-too-large']);
    expect(read(`a: &a x\nb: [${'*a,'.repeat(100_000)}]`).mistakes).toEqual(['2:30005 too-many-aliases']);
  });
});

test('large mappings are read piece by piece, with the same result', () => {
  const text = `x-common: &c { run: x }\nstages: # all of them\n${Array.from(
    { length: 300 },
    (_, n) => `  s${n}: ${n % 7 === 0 ? '*c' : `&a${n} { run: ["${n}", *c] }`}\n  # a comment\n\n`,
  ).join('')}  last:\n    run: |\n      text\n  s3: again\nz: { y: *a5 }\n`;
  const whole = read(text, Number.POSITIVE_INFINITY);
  expect(read(text, 16)).toEqual(whole);
  expect(whole.mistakes).toEqual(['906:3 duplicate-key (12:3)']);
});

test('any text read piece by piece gives what it gives as a whole', () => {
  const line = fc.constantFrom(
    'a:',
    '  b: 1',
    '  c: [x]',
    // Always with a key: an empty one has no place of its own, and where it is said to be differs.
    '  ? d\n  : e',
    '  f: &x 1',
    '  g: *x',
    'h: 2',
    '- i',
    '  "j',
    '# k',
    '  l: |',
    '   m',
    '---',
    '',
    '  c:',
    '    n: 3',
    '{ o: 1 }',
    '\tp',
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
      const text = lines.join('\n');
      expect(read(text, 1)).toEqual(read(text, Number.POSITIVE_INFINITY));
    }),
    { numRuns: 500 },
  );
});

describe('a file', () => {
  const STAGES = 'stages: { a: { run: x } }';
  const bytes = (...parts: (string | number[])[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
  test.each([
    ['with a byte order mark', bytes([0xef, 0xbb, 0xbf], STAGES), []],
    ['with CRLF', bytes('stages:\r\n  a:\r\n    run: x\r\n'), []],
    ['in UTF-16', bytes([0xff, 0xfe], 'a'), ['1:1 file-not-utf8']],
    ['with a wrong byte', bytes('a: 1\nb: é', [0xff], 'x\n'), ['2:5 file-not-utf8']],
    ['with nothing in it', bytes(''), ['1:1 file-empty']],
    ['with only comments', bytes('# nothing\n'), ['1:1 file-empty']],
    ['that is a list', bytes('- a\n'), ['1:1 wrong-type']],
    ['that is too large', bytes(`# ${'x'.repeat(17_000_000)}`), ['undefined:undefined file-too-large']],
    ['of another format', bytes(`version: 2\n${STAGES}`), ['1:10 unsupported-version']],
  ])('%s', (_, content, expected) => {
    expect(found(load(content))).toEqual(expected);
  });
});
