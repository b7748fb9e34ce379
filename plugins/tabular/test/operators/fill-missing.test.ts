// Values for cells that have none.
import { expect, test } from 'vitest';
import { fillMissing } from '../../src/operators/fill-missing.ts';
import { learn, partsOf } from '../../src/profile/alike-rows.ts';
import { type Cells, candidatesOf, csvOf, edits, oneColumn, outcomeOf } from './support.ts';

const fill = (csv: string, params: object, column = 'value') =>
  outcomeOf(csv, { operator: 'fill_missing', columns: [column], params: { max_share: 0.5, ...params } });

const proposals = async (csv: string) =>
  (await candidatesOf(csv, fillMissing)).map((candidate) => ({
    ...candidate,
    strategy: (candidate.params as { strategy: string }).strategy,
  }));

test('one value, the mean, the median, the most frequent one', async () => {
  // A line without anything is no row: each has something beside the value.
  const csv = csvOf([['value', 'n'], ...['4', null, '1', '1', 'x', '8'].map((value, at) => [value, `${at}`])]);
  for (const [params, filled] of [
    [{ strategy: 'constant', value: 'none' }, 'none'],
    [{ strategy: 'mean', decimals: 2 }, '3.50'],
    [{ strategy: 'mean', decimals: 0 }, '4'],
    [{ strategy: 'median', decimals: 1 }, '2.5'],
    [{ strategy: 'mode' }, '1'],
    [{ strategy: 'ffill' }, '4'],
    [{ strategy: 'bfill' }, '1'],
  ] as const) {
    expect(edits(await fill(csv, params)), params.strategy).toEqual([`1: null → ${filled}`]);
  }
  expect((await fill(csv, { strategy: 'mode', max_share: 0.1 })).log).toEqual([]);
});

test('of values that are equally frequent the first by code unit', async () => {
  const csv = csvOf([
    ['value', 'n'],
    ['b', '1'],
    ['a', '2'],
    [null, '3'],
  ]);
  expect(edits(await fill(csv, { strategy: 'mode' }))).toEqual(['2: null → a']);
});

test('a gap in numbers that go up by one is filled; one that leaves room for doubt is not', async () => {
  const numbers = ['7', null, '9', '10', null, null, '13', null, '15', null, '99', null, 'x', null, '102'];
  const csv = csvOf([['value', 'n'], ...numbers.map((value, at) => [value, `${at}`])]);
  expect(edits(await fill(csv, { strategy: 'sequence' }))).toEqual([
    '1: null → 8',
    '4: null → 11',
    '5: null → 12',
    '7: null → 14',
  ]);
  const long = Array.from({ length: 60 }, (_, at) => [at % 9 === 4 ? null : `${at + 100}`, `x${at % 7}`]);
  const [first] = await proposals(csvOf([['value', 'n'], ...long]));
  expect(first).toMatchObject({ strategy: 'sequence', columns: ['value'] });
  expect(first?.confidence).toBeGreaterThanOrEqual(0.9);
});

test('what rows with the same determinants have, where that is clear', async () => {
  const towns = ['Harrogate', 'Ipswich', 'Penzance', 'Kendal'];
  const rows: (string | null)[][] = Array.from({ length: 60 }, (_, at) => [`t${at % 4}`, towns[at % 4] ?? '']);
  (rows[8] as (string | null)[])[1] = null;
  (rows[13] as (string | null)[])[1] = null;
  rows.push(['t9', 'York'], ['t9', null], ['t8', 'Bath'], ['t8', 'Hull'], ['t8', 'Hull'], ['t8', null]);
  const csv = csvOf([['code', 'town'], ...rows]);
  const found = (await proposals(csv)).find(({ strategy }) => strategy === 'fd');
  expect(found?.confidence).toBeGreaterThanOrEqual(0.9);
  expect(found?.reason).toBe(
    '"town" is nearly always the same where "code" is; so it is known in 4 rows that have none.',
  );
  const done = await outcomeOf(csv, found ?? { operator: '', columns: [], params: {} });
  expect(edits(done)).toEqual(['8: null → Harrogate', '13: null → Ipswich']);
});

test('rows that are alike tell a value that no column decides alone', async () => {
  // The town follows from the first digits of the telephone, which differs in every row.
  const codes = [
    ['0142', 'Harrogate'],
    ['0147', 'Ipswich'],
    ['0173', 'Penzance'],
  ] as const;
  const rows = Array.from({ length: 150 }, (_, at): (string | null)[] => {
    const [code = '', town = ''] = codes[at % 3] ?? [];
    return [`${code}-${100 + ((at * 37) % 150)}`, at % 25 === 7 ? null : town];
  });
  const csv = csvOf([['telephone', 'town'], ...rows]);
  const found = (await proposals(csv)).find(({ strategy }) => strategy === 'knn');
  expect(found?.confidence).toBeGreaterThanOrEqual(0.9);
  const done = await outcomeOf(csv, found ?? { operator: '', columns: [], params: {} });
  expect(done.log).toHaveLength(6);
  for (const [, row, , , after] of done.log) expect(after).toBe(codes[(row ?? 0) % 3]?.[1]);
});

test('a few whole numbers that come back are told like kinds, and measures are left to those who ask', async () => {
  const models = ['Ardent', 'Brook', 'Cinder', 'Dart'];
  const rows = Array.from({ length: 160 }, (_, at): (string | null)[] => [
    `${models[at % 4]} ${(at * 37) % 160}`,
    at % 40 === 9 ? null : `${(at % 4) * 2 + 4}`,
    at % 40 === 19 ? null : `${(at % 4) * 100 + 0.5}`,
  ]);
  const found = (await proposals(csvOf([['model', 'doors', 'length'], ...rows]))).filter(
    ({ strategy }) => strategy === 'knn',
  );
  expect(found.map(({ columns, confidence }) => `${columns} ${confidence >= 0.9}`)).toEqual([
    'doors true',
    'length false',
  ]);
});

test('values that nothing tells are proposed with little confidence, or not at all', async () => {
  const rows: Cells = Array.from({ length: 120 }, (_, at) => [
    `${(at * 7919) % 977}`,
    at % 20 === 3 ? null : (['red', 'green', 'blue', 'white'][((at * at * 31 + at) % 4) ^ (at % 3)] ?? 'red'),
    at % 20 === 5 ? null : `${((at * 104729) % 1009) / 10}`,
  ]);
  const found = await proposals(csvOf([['n', 'colour', 'weight'], ...rows]));
  expect(found.map(({ strategy, columns }) => `${strategy} ${columns}`).sort()).toEqual(['mean weight', 'mode colour']);
  for (const { confidence } of found) expect(confidence).toBeLessThan(0.8);
  expect(await candidatesOf(oneColumn(['a', 'b', 'a', 'b']), fillMissing)).toEqual([]);
});

test('a straight line', async () => {
  const rows = Array.from({ length: 40 }, (_, at) => [
    at === 5 ? null : `${((at * 17) % 40) * 2.5 + 1}`,
    `${(at * 17) % 40}`,
  ]);
  const params = { strategy: 'regression', column: 'x', decimals: 1 };
  expect(edits(await fill(csvOf([['value', 'x'], ...rows]), params))).toEqual(['5: null → 13.5']);
});

test('a guess without itself is what the others say', () => {
  const beside = partsOf(['a1', 'a1', 'a1', 'b2', 'b2', 'c3']);
  const target = ['x', 'x', 'y', 'z', 'z', 'w'];
  const { guess } = learn([beside], target);
  // Of the group of `a1` without its third row, both have x.
  expect(guess(2, true)?.value).toBe('x');
  expect(guess(2, false)?.value).toBe('x');
  // Nobody else is like the last one.
  expect(guess(5, true)).toBeUndefined();
  expect(guess(5, false)?.value).toBe('w');
});
