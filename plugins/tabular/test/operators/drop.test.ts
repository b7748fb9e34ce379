// Rows and columns that say nothing, or nothing new.
import { expect, test } from 'vitest';
import { dropColumn } from '../../src/operators/drop-column.ts';
import { dropDuplicates } from '../../src/operators/drop-duplicates.ts';
import { dropRows } from '../../src/operators/drop-rows.ts';
import { type Cells, candidatesOf, csvOf, outcomeOf, proposed } from './support.ts';

const rowsOf = (log: readonly (readonly unknown[])[]) => log.map(([, row]) => row);

test('rows without any value go', async () => {
  const csv = csvOf([
    ['a', 'b'],
    ['1', 'x'],
    ['\t', ' '],
    [null, 'y'],
    [' ', null],
    ['2', 'z'],
  ]);
  const done = await proposed(csv, dropRows);
  expect(rowsOf(done.log)).toEqual([1, 3]);
  expect(done.again).toEqual(done.table);
  const half = { operator: 'drop_rows', columns: ['a', 'b'], params: { threshold: 0.5 } };
  expect(rowsOf((await outcomeOf(csv, half)).log)).toEqual([1, 2, 3]);
  expect(await candidatesOf(csvOf([['a'], ['1'], ['2']]), dropRows)).toEqual([]);
});

test('columns of one value, and of hardly any', async () => {
  const rows: Cells = Array.from({ length: 40 }, (_, at) => [
    `${at % 7}`,
    'same',
    at === 5 ? 'note' : null,
    null,
    at % 2 ? 'yes' : null,
  ]);
  const csv = csvOf([['n', 'unit', 'remark', 'nothing', 'half'], ...rows]);
  const found = await candidatesOf(csv, dropColumn);
  expect(found.map(({ reason }) => reason)).toEqual([
    '"nothing" has no value.',
    '"remark" has a value in just 1 row of 40.',
    '"unit" is "same" in every row.',
  ]);
  expect(found.map(({ phase }) => phase)).toEqual(['columns', 'columns', 'columns']);
  const done = await outcomeOf(csv, found[1] ?? { operator: '', columns: [], params: {} });
  expect(done.table[0]).toEqual(['n', 'unit', 'nothing', 'half']);
  expect(done.log).toEqual([
    ['column', null, 'remark', 'remark', null],
    ['cell', 5, 'remark', 'note', null],
  ]);
  expect(await candidatesOf(csvOf([['a'], ...rows.map(() => ['x'])]), dropColumn)).toEqual([]);
});

test('of rows that are equal one stays: the first, the last, the most complete', async () => {
  const csv = csvOf([
    ['id', 'name', 'town'],
    ['1', 'Ann', null],
    ['1', 'Ann', 'Bath'],
    ['2', 'Bob', 'Hull'],
    ['1', 'Ann', 'York'],
  ]);
  const left = async (params: { keep: string }) =>
    rowsOf((await outcomeOf(csv, { operator: 'drop_duplicates', columns: ['id'], params })).log);
  expect(await left({ keep: 'first' })).toEqual([1, 3]);
  expect(await left({ keep: 'last' })).toEqual([0, 1]);
  expect(await left({ keep: 'most_complete' })).toEqual([0, 3]);
});

test('rows that are equal but for case and blanks are proposed with less confidence', async () => {
  const csv = csvOf([
    ['name', 'town'],
    ['Ann', 'Bath'],
    ['ann', 'Bath '],
    ['Bob', 'Hull'],
    ['Bob', 'Hull'],
  ]);
  const found = await candidatesOf(csv, dropDuplicates);
  expect(found.map(({ params, confidence }) => [params, confidence])).toEqual([
    [{ keep: 'first' }, 0.9],
    [{ keep: 'most_complete', loosely: true }, 0.75],
  ]);
  expect(rowsOf((await outcomeOf(csv, found[1] ?? { operator: '', columns: [], params: {} })).log)).toEqual([1, 3]);
});

test('an id that comes back', async () => {
  const rows = Array.from({ length: 120 }, (_, at) => [
    `k${at === 70 ? 3 : at}`,
    `${at % 9}`,
    `${at % 11}`,
    `${at % 13}`,
  ]);
  const csv = csvOf([['order_id', 'a', 'b', 'c'], ...rows]);
  const done = await proposed(csv, dropDuplicates);
  expect(done).toMatchObject({ columns: ['order_id'], params: { keep: 'most_complete' }, confidence: 0.5 });
  expect(rowsOf(done.log)).toEqual([70]);
});
