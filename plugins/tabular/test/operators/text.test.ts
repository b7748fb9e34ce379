// Operators on how texts are written, whatever they mean.
import { expect, test } from 'vitest';
import { collapseSpaces } from '../../src/operators/collapse-spaces.ts';
import { fixMojibake } from '../../src/operators/fix-mojibake.ts';
import { normaliseUnicode } from '../../src/operators/normalise-unicode.ts';
import type { Operator } from '../../src/operators/operator.ts';
import { stripControl } from '../../src/operators/strip-control.ts';
import { trimWhitespace } from '../../src/operators/trim-whitespace.ts';
import { shown } from '../../src/operators/words.ts';
import { candidatesOf, csvOf, edits, oneColumn, proposed } from './support.ts';

const CASES: readonly [Operator, string[], string[]][] = [
  [trimWhitespace, [' Bath', 'York\t', 'Hull', 'New  York'], ['0:  Bath → Bath', '1: York\t → York']],
  [collapseSpaces, ['New  York', 'a\n\nb', 'Hull', 'a \t b'], ['0: New  York → New York', '3: a \t b → a b']],
  [stripControl, ['a\u0007b', 'x\u200by', 'a\tb', 'می\u200cخواهم'], ['0: a\u0007b → ab', '1: x\u200by → xy']],
  [normaliseUnicode, ['Zoe\u0308', 'Zo\u00eb', 'Ann'], ['0: Zoe\u0308 → Zo\u00eb']],
  [fixMojibake, ['CafÃ©', 'Café', 'cafÃƒÂ©', 'São'], ['0: CafÃ© → Café', '2: cafÃƒÂ© → café']],
];

test.each(CASES)('$name', async (operator, values, expected) => {
  const done = await proposed(oneColumn(values), operator);
  expect(edits(done)).toEqual(expected);
  expect(done.again).toEqual(done.table);
  expect(done.confidence).toBeGreaterThanOrEqual(0.9);
  expect(await candidatesOf(oneColumn(['Bath', 'São Paulo', 'Zoë', 'a\tb', 'x y']), operator)).toEqual([]);
});

test('spaces that a name always has are not taken from it without being asked', async () => {
  const always = [...Array(6).fill('dose  given'), ...Array(6).fill('none')];
  expect((await proposed(oneColumn(always), collapseSpaces)).confidence).toBeLessThan(0.8);
  const once = [...Array(6).fill('dose given'), 'dose  given', ...Array(6).fill('none')];
  expect((await proposed(oneColumn(once), collapseSpaces)).confidence).toBeGreaterThanOrEqual(0.9);
});

test('blanks that nearly all values have are taken from them only when asked, unless they stand after separators', async () => {
  const padded = Array.from({ length: 30 }, (_, at) => `Town ${at} `);
  expect((await proposed(oneColumn([...padded, 'Bath', 'Hull']), trimWhitespace)).confidence).toBeLessThan(0.8);
  expect((await proposed(oneColumn([...padded, ...padded.map((one) => one.trim())]), trimWhitespace)).confidence).toBe(
    0.98,
  );
  const rows = padded.map((town, at) => [`${at}`, ` ${at % 7}`, ` ${town.trim()}`]);
  const separated = await candidatesOf(csvOf([['id', 'day', 'town'], ...rows]), trimWhitespace);
  expect(separated.map(({ columns, confidence }) => [columns, confidence])).toEqual([
    [['day'], 0.98],
    [['town'], 0.98],
  ]);
});

test('the same in many columns is one candidate', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `c${at}`);
  const rows = ['a  b', 'c'].map((cell) => names.map((_, at) => (at < 10 ? cell : 'x')));
  const done = await proposed(csvOf([names, ...rows]), collapseSpaces);
  expect(done.columns).toEqual(names.slice(0, 10));
  expect([done.flagged, done.log.length]).toEqual([10, 10]);
  expect(done.reason).toBe('1 value of "c0" has several spaces in a row. It is the same with 9 other columns.');
});

test('values in sentences are short, of one line and harmless', () => {
  expect(shown('New York')).toBe('"New York"');
  expect(shown('a\u001b[2J"\\\n\u202e')).toBe('"a\\u{1b}[2J\\"\\\\\\u{a}\\u{202e}"');
  expect(shown('x'.repeat(1_000_000))).toBe(`"${'x'.repeat(40)}…"`);
});
