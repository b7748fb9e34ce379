// Numbers, names and colours as people see them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  countOf,
  fitNote,
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  listOf,
  padTo,
  shown,
  widthOf,
} from '../../../src/report/format.ts';
import { makeStyle, PLAIN, wantsColor } from '../../../src/report/style.ts';

test('durations', () => {
  const cases = [0, 99, 100, 1234, 59_949, 59_951, 60_000, 185_000, 3_599_600, 7_620_000, 86_399_999, 100_800_000];
  expect(cases.map(formatDuration)).toEqual([
    '0 ms',
    '99 ms',
    '0.1 s',
    '1.2 s',
    '59.9 s',
    '1 min 00 s',
    '1 min 00 s',
    '3 min 05 s',
    '1 h 00 min',
    '2 h 07 min',
    '1 d 00 h',
    '1 d 04 h',
  ]);
});

test('how long ago', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const cases = [
    -5000,
    9_999,
    10_000,
    59_999,
    60_000,
    3_599_999,
    3_600_000,
    86_400_000,
    59 * 86_400_000,
    60 * 86_400_000,
  ];
  expect(cases.map((passed) => formatAgo(now - passed, now))).toEqual([
    'just now',
    'just now',
    '10 s ago',
    '59 s ago',
    '1 min ago',
    '59 min ago',
    '1 h ago',
    '1 d ago',
    '59 d ago',
    '2026-09-22',
  ]);
});

test('sizes and counts', () => {
  expect([0, 999, 1000, 14_200_000, 999_949, 999_960, 3e15].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '14.2 MB',
    '999.9 kB',
    '1.0 MB',
    '3.0 PB',
  ]);
  expect([0, 999, 1000, 1_234_567, 0.12345].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567', '0.12345']);
  expect([countOf(1, 'stage'), countOf(1200, 'stage'), countOf(2, 'entry', 'entries')]).toEqual([
    '1 stage',
    '1,200 stages',
    '2 entries',
  ]);
});

test('lists', () => {
  expect([listOf([]), listOf(['a']), listOf(['a', 'b', 'c']), listOf(['a', 'b', 'c', 'd'], 3)]).toEqual([
    '',
    'a',
    'a, b and c',
    'a, b and 2 more',
  ]);
});

test('columns count what a terminal shows', () => {
  expect([widthOf('abc'), widthOf('表'), widthOf('e\u0301'), widthOf('🦜')]).toEqual([3, 2, 1, 2]);
  expect(padTo('表', 4)).toBe('表  ');
  expect([
    fitNote('abcdefghij', 9),
    fitNote('abcdefghij', 10),
    fitNote('abcdefghij', 3),
    fitNote('表表表表表', 9),
  ]).toEqual(['abcdefgh…', 'abcdefghij', 'abcdefghij', '表表表表…']);
});

test('text from outside stays on its line', () => {
  expect(shown('a\nb\u001b[2J\u001b[31mc')).toBe('a\\nb^[[2Jc');
});

test('whatever the text, it stays on its line and within its columns', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 8, max: 60 }), (text, columns) => {
      const line = shown(text);
      expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]/u);
      expect(widthOf(fitNote(line, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});

test('who decides on colours', () => {
  const tty = { mode: 'auto', isTty: true } as const;
  const pipe = { mode: 'auto', isTty: false } as const;
  expect(wantsColor({ ...tty, env: {} })).toBe(true);
  expect(wantsColor({ ...pipe, env: {} })).toBe(false);
  expect(wantsColor({ ...tty, env: { TERM: 'dumb' } })).toBe(false);
  expect(wantsColor({ ...tty, env: { NO_COLOR: '1' } })).toBe(false);
  expect(wantsColor({ ...tty, env: { NO_COLOR: '' } })).toBe(true);
  expect(wantsColor({ ...pipe, env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).toBe(true);
  expect(wantsColor({ ...tty, env: { FORCE_COLOR: '0' } })).toBe(false);
  expect(wantsColor({ mode: 'never', isTty: true, env: { FORCE_COLOR: '1' } })).toBe(false);
  expect(wantsColor({ mode: 'always', isTty: false, env: { NO_COLOR: '1' } })).toBe(true);
});

test('a style without colours leaves text alone', () => {
  expect(PLAIN.red('x')).toBe('x');
  expect(makeStyle(true).red('x')).toBe('\u001b[31mx\u001b[39m');
  expect(makeStyle(true).red('')).toBe('');
});
