// Paths, times and sizes as people write them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInputPath, parseOutputPath } from '../../../src/language/paths.ts';
import { parseDuration, parseSize } from '../../../src/language/units.ts';

const out = (text: string) => {
  const result = parseOutputPath(text, '/ws');
  return result.ok ? `${result.value.kind} ${result.value.path}` : result.error.kind;
};
const into = (text: string) => {
  const result = parseInputPath(text, '/ws');
  return result.ok ? `${result.value.kind} ${result.value.path}` : result.error.kind;
};

test.each([
  ['a', 'file a'],
  ['a/b.csv', 'file a/b.csv'],
  ['a/./b', 'file a/b'],
  ['a//b', 'file a/b'],
  ['a/', 'folder a'],
  ['a/b/../c', 'file a/c'],
  ['a/..b', 'file a/..b'],
  ['/ws/a', 'file a'],
  ['../../etc/passwd', 'outside'],
  ['/abs', 'outside'],
  ['/ws/../x', 'outside'],
  ['a/../../b', 'outside'],
  ['..', 'outside'],
  ['./', 'invalid'],
  ['.', 'invalid'],
  ['', 'invalid'],
  ['a/..', 'invalid'],
  ['.wrangle/x', 'reserved'],
  ['.git/hooks/x', 'reserved'],
  ['a/.GIT/x', 'reserved'],
  ['a\0b', 'invalid'],
  ['a\\b', 'invalid'],
  ['C:/x', 'invalid'],
  ['~/x', 'invalid'],
  ['https://x.org/a', 'invalid'],
  ['a/*.csv', 'invalid'],
])('the output %j is %s', (text, expected) => {
  expect(out(text)).toBe(expected);
});

test.each([
  ['/etc/hosts', 'file /etc/hosts'],
  ['/ws/build/a', 'file build/a'],
  ['../up', 'file ../up'],
  ['/../x', 'file /x'],
  ['data/', 'folder data'],
  ['data/**/*.csv', 'glob data/**/*.csv'],
  ['./data/[ab].csv', 'glob data/[ab].csv'],
  ['data/*/', 'invalid'],
  ['*/../x', 'invalid'],
  ['.', 'invalid'],
])('the input %j is %s', (text, expected) => {
  expect(into(text)).toBe(expected);
});

test('an output that is accepted stays inside, and is its own normal form', () => {
  const name = fc.constantFrom('a', 'b', '..', '.', '', '.git', '.wrangle', 'c d', 'x*');
  fc.assert(
    fc.property(fc.array(name, { maxLength: 8 }), fc.boolean(), (names, absolute) => {
      const result = parseOutputPath((absolute ? '/ws/' : '') + names.join('/'), '/ws');
      if (!result.ok) return;
      const { path, kind } = result.value;
      expect(path).toMatch(/^[^/]/);
      expect(path.split('/').some((part) => ['', '.', '..', '.git', '.wrangle'].includes(part))).toBe(false);
      expect(parseOutputPath(kind === 'folder' ? `${path}/` : path, '/ws')).toEqual(result);
    }),
  );
});

describe('units', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['0s', 0],
    ['5', undefined],
    ['', undefined],
    ['-1s', undefined],
    ['1 h', undefined],
    ['1w', undefined],
  ])('the time %j has %s ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });
  test.each([
    ['10B', 10],
    ['1KB', 1000],
    ['1KiB', 1024],
    ['1K', 1024],
    ['1.5 MB', 1_500_000],
    ['2GiB', 2_147_483_648],
    ['4G', 4_294_967_296],
    ['1t', 1_099_511_627_776],
    ['10', undefined],
    ['x', undefined],
    ['99999999TB', undefined],
  ])('the size %j has %s bytes', (text, expected) => {
    expect(parseSize(text)).toBe(expected);
  });
});
