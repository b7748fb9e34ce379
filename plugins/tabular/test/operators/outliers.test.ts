// Numbers that are far from the others, or cannot be.
import { expect, test } from 'vitest';
import { clipOutlier } from '../../src/operators/clip-outlier.ts';
import { nullOutlier } from '../../src/operators/null-outlier.ts';
import { removeOutliers } from '../../src/operators/remove-outliers.ts';
import { repairDomain } from '../../src/operators/repair-domain.ts';
import { winsorise } from '../../src/operators/winsorise.ts';
import { candidatesOf, csvOf, edits, oneColumn, outcomeOf, proposed } from './support.ts';

/** 1.5 to 100.5 in another order, with one number far out, and one that is no number. */
const NUMBERS = oneColumn([
  ...Array.from({ length: 100 }, (_, at) => `${((at * 37) % 100) + 1.5}`),
  '9000.5',
  'about 7',
]);

test('far numbers become missing, or the bound, and others stay as they are written', async () => {
  const gone = await proposed(NUMBERS, nullOutlier);
  expect(edits(gone)).toEqual(['100: 9000.5 → null']);
  expect(gone.again).toEqual(gone.table);
  const clipped = await proposed(NUMBERS, clipOutlier);
  // Quartiles of the 101 numbers are 26.5 and 76.5.
  expect(edits(clipped)).toEqual(['100: 9000.5 → 151.5']);
  expect(clipped.again).toEqual(clipped.table);
  const far = await proposed(NUMBERS, winsorise);
  expect(edits(far).map((edit) => edit.replace(/^\d+: /, ''))).toEqual(
    expect.arrayContaining(['1.5 → 6.5', '100.5 → 96.5', '9000.5 → 96.5']),
  );
  expect(far.again).toEqual(far.table);
  for (const { confidence } of [gone, clipped, far]) expect(confidence).toBeLessThan(0.8);
});

test('rows go by each method as they do by hand, but not too many of them', async () => {
  const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 60];
  const drop = (method: string, k: number, max_share = 0.1) =>
    outcomeOf(oneColumn(values.map(String)), {
      operator: 'remove_outliers',
      columns: ['value'],
      params: { method, k, max_share },
    }).then(({ log }) => log.map(([, row]) => values[row ?? -1]));
  // Quartiles 3.25 and 7.75; mean 10.5 and standard deviation 17.5; median 5.5 and median distance 2.5.
  expect(await drop('iqr', 3)).toEqual([60]);
  expect(await drop('iqr', 12)).toEqual([]);
  expect(await drop('zscore', 2.8)).toEqual([60]);
  expect(await drop('zscore', 2.9)).toEqual([]);
  expect(await drop('mad', 3.5)).toEqual([60]);
  expect(await drop('mad', 15)).toEqual([]);
  expect(await drop('mad', 0.1, 0.5)).toEqual([]);
  const [first] = await candidatesOf(NUMBERS, removeOutliers);
  expect(first?.params).toEqual({ method: 'iqr', k: 3, max_share: 0.05 });
  const even = await outcomeOf(oneColumn(['5', '5', '5', '5', '9']), {
    operator: 'remove_outliers',
    columns: ['value'],
    params: { method: 'iqr', k: 3, max_share: 1 },
  });
  expect(even.log).toEqual([]);
});

test('codes have no outliers, and neither have numbers of which many are far', async () => {
  const codes = oneColumn([...Array.from({ length: 60 }, (_, at) => `${10_000 + (at % 20)}`), '99998']);
  const spread = oneColumn(Array.from({ length: 100 }, (_, at) => `${at < 90 ? (at % 10) + 0.5 : 900 + at}`));
  for (const operator of [nullOutlier, clipOutlier, winsorise, removeOutliers]) {
    expect(await candidatesOf(codes, operator)).toEqual([]);
    expect(await candidatesOf(spread, operator)).toEqual([]);
  }
});

test('a latitude is no more than 90', async () => {
  const rows = Array.from({ length: 60 }, (_, at) => [`${50 + at / 100}`, `${at}.5`]);
  rows.push(['511.2', '3.5']);
  const done = await proposed(csvOf([['latitude', 'depth'], ...rows]), repairDomain);
  expect(edits(done)).toEqual(['60: 511.2 → null']);
  expect(done.reason).toBe(
    '1 value of "latitude" cannot be a latitude, which is from -90 to 90: the numbers go from "50" to "511.2".',
  );
  expect(await candidatesOf(csvOf([['height', 'depth'], ...rows]), repairDomain)).toEqual([]);
});
