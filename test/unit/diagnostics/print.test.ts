// How a diagnostic looks: order, squiggle, colours, long lines, odd letters; and its JSON.
import { expect, test } from 'vitest';
import { printDiagnostics, sortDiagnostics, toJsonDiagnostic } from '../../../src/diagnostics/print.ts';
import { nearest } from '../../../src/diagnostics/suggest.ts';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';

function mistake(line: number, column: number, end: number, given: Partial<Diagnostic> = {}): Diagnostic {
  return {
    code: 'wrong',
    severity: 'error',
    message: 'It is wrong.',
    location: { file: 'f.yaml', line, column, end_line: line, end_column: end },
    related: [],
    help: undefined,
    ...given,
  };
}

const print = (text: string, diagnostic: Diagnostic, options = {}) =>
  printDiagnostics([diagnostic], new Map([['f.yaml', text]]), options)
    .split('\n')
    .slice(0, 3);

test('the squiggle is under what is meant', () => {
  expect(print('a: one\nb: two\n', mistake(2, 4, 7))).toEqual([
    'f.yaml:2:4 error[wrong] It is wrong.',
    'b: two',
    '   ~~~',
  ]);
});

test('tabs, wide letters and marks that combine take the columns they take', () => {
  expect(print('\ta: b\n', mistake(1, 5, 6)).slice(1)).toEqual(['  a: b', '     ~']);
  expect(print('名前: b\n', mistake(1, 5, 6)).slice(1)).toEqual(['名前: b', '      ~']);
  expect(print('a: 名前\n', mistake(1, 4, 6)).slice(1)).toEqual(['a: 名前', '   ~~~~']);
  expect(print('e\u0301: b\n', mistake(1, 5, 6)).slice(1)).toEqual(['e\u0301: b', '   ~']);
});

test('what could act on a terminal is shown, not done', () => {
  const [head, line] = print('a: "\u001b]0;x\u0007"\r\n', mistake(1, 4, 12), {});
  expect(head).toBe('f.yaml:1:4 error[wrong] It is wrong.');
  expect(line).toBe('a: "^[]0;x^G"');
});

test('a long line is cut around the place', () => {
  const text = `${'x'.repeat(5_000_000)}HERE${'y'.repeat(5_000_000)}\n`;
  const [, line = '', marks = ''] = print(text, mistake(1, 5_000_001, 5_000_005), { width: 60 });
  expect(line).toBe(`…${'x'.repeat(29)}HERE${'y'.repeat(25)}…`);
  expect(marks).toBe(`${' '.repeat(30)}~~~~`);
});

test('what runs over several lines is marked to the end of the first', () => {
  const location = { file: 'f.yaml', line: 1, column: 4, end_line: 3, end_column: 2 };
  expect(print('a: [b,\n c,\n]\n', mistake(1, 4, 5, { location })).slice(1)).toEqual(['a: [b,', '   ~~~']);
});

test('without a text, or without a place, there is only the message', () => {
  expect(printDiagnostics([mistake(9, 1, 2)], new Map())).toBe('f.yaml:9:1 error[wrong] It is wrong.\n');
  expect(printDiagnostics([mistake(1, 1, 2, { location: undefined, help: 'Do it.' })], new Map())).toBe(
    'error[wrong] It is wrong.\n  help: Do it.\n',
  );
  expect(printDiagnostics([], new Map())).toBe('');
});

test('colours are there when asked for', () => {
  const [head] = print('a: b\n', mistake(1, 4, 5, { severity: 'warning' }), { color: true });
  expect(head).toBe('\u001b[1mf.yaml:1:4\u001b[0m \u001b[33;1mwarning[wrong]\u001b[0m It is wrong.');
});

test('the order is file, line, column, code; each once', () => {
  const other = { file: 'a.yaml', line: 5, column: 1, end_line: 5, end_column: 2 };
  const sorted = sortDiagnostics([
    mistake(10, 1, 2),
    mistake(2, 5, 6),
    mistake(2, 1, 2, { code: 'z' }),
    mistake(2, 1, 2, { code: 'b' }),
    mistake(10, 1, 2),
    mistake(1, 1, 2, { location: other }),
    mistake(1, 1, 2, { location: undefined }),
  ]);
  expect(sorted.map(({ location, code }) => `${location?.file}:${location?.line}:${location?.column} ${code}`)).toEqual(
    [
      'undefined:undefined:undefined wrong',
      'a.yaml:5:1 wrong',
      'f.yaml:2:1 b',
      'f.yaml:2:1 z',
      'f.yaml:2:5 wrong',
      'f.yaml:10:1 wrong',
    ],
  );
});

test('as JSON it has every field, null where there is nothing', () => {
  const location = { file: 'f.yaml', line: 1, column: 2, end_line: 1, end_column: 3 };
  expect(toJsonDiagnostic(mistake(1, 2, 3, { related: [{ message: 'Here too.', location }] }))).toEqual({
    code: 'wrong',
    severity: 'error',
    message: 'It is wrong.',
    ...location,
    related: [{ message: 'Here too.', ...location }],
    help: null,
  });
  expect(toJsonDiagnostic(mistake(1, 2, 3, { location: undefined })).file).toBeNull();
});

test.each([
  ['outz', ['inputs', 'outputs', 'out'], 'out'],
  ['ouputs', ['inputs', 'outputs'], 'outputs'],
  ['smaple', ['sample', 'simple'], 'sample'],
  ['NAME', ['name'], 'name'],
  ['xyz', ['abc'], undefined],
  ['ab', ['ba', 'aa'], 'aa'],
  ['', ['a'], undefined],
])('the nearest to %j of %j is %j', (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
});

test('looking for the nearest name is bounded', () => {
  const candidates = Array.from({ length: 100_000 }, (_, n) => `${'a'.repeat(150)}${n}`);
  const began = performance.now();
  nearest(`${'b'.repeat(150)}1`, candidates);
  expect(performance.now() - began).toBeLessThan(5_000);
});
