// Exact dependencies against all of them tried one by one, and what nearly holds.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exactDependencies } from '../../src/profile/exact-dependencies.ts';
import { classesOf, errorOf, mark, partitionOf, product } from '../../src/profile/partitions.ts';
import { softDependencies } from '../../src/profile/soft-dependencies.ts';
import { coded } from './made.ts';

const table = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 4 }))
  .chain(([width, rows, values]) =>
    fc.array(
      fc
        .array(fc.integer({ min: -1, max: values }), { minLength: rows, maxLength: rows })
        .map((codes) => Int32Array.from(codes)),
      {
        minLength: width,
        maxLength: width,
      },
    ),
  );

function holds(columns: readonly Int32Array[], lhs: readonly number[], rhs: number): boolean {
  const seen = new Map<string, number>();
  for (let row = 0; row < (columns[0]?.length ?? 0); row++) {
    const key = lhs.map((at) => columns[at]?.[row]).join();
    const value = columns[rhs]?.[row] ?? 0;
    if ((seen.get(key) ?? value) !== value) return false;
    seen.set(key, value);
  }
  return true;
}

function tryAll(columns: readonly Int32Array[]): string[] {
  const found: { lhs: number[]; rhs: number }[] = [];
  const sets = Array.from({ length: 2 ** columns.length }, (_, set) =>
    columns.flatMap((_column, at) => (set & (1 << at) ? [at] : [])),
  );
  for (const lhs of sets.sort((a, b) => a.length - b.length)) {
    for (const rhs of columns.keys()) {
      if (lhs.includes(rhs) || found.some((one) => one.rhs === rhs && one.lhs.every((at) => lhs.includes(at))))
        continue;
      if (holds(columns, lhs, rhs)) found.push({ lhs, rhs });
    }
  }
  return found.map(({ lhs, rhs }) => `${lhs}→${rhs}`).sort();
}

test('all minimal dependencies and no others, in any order of rows', () => {
  fc.assert(
    fc.property(table, (columns) => {
      const rows = columns[0]?.length ?? 0;
      const { found, isComplete } = exactDependencies(columns, rows, 1e9);
      const texts = (of: typeof found) => of.map(({ lhs, rhs }) => `${lhs}→${rhs}`);
      expect([texts(found).sort(), isComplete]).toEqual([tryAll(columns), true]);
      const turned = columns.map((codes) => Int32Array.from(codes).reverse());
      expect(exactDependencies(turned, rows, 1e9).found).toEqual(found);
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('a product of partitions is the partition of both columns', () => {
  fc.assert(
    fc.property(table, (columns) => {
      const rows = columns[0]?.length ?? 0;
      const [a = new Int32Array(), b = a] = columns;
      const scratch = new Int32Array(rows).fill(-1);
      mark(partitionOf(a), scratch);
      const made = product(partitionOf(a), partitionOf(b), scratch);
      const pairs = classesOf([a, b].map((codes) => ({ codes: codes.map((code) => code + 1), count: 7 })));
      expect(rows - errorOf(made)).toBe(pairs.count);
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('classes of two columns are numbered as they come, however many pairs there may be', () => {
  for (const values of [3, 60, 2500]) {
    const columns = [7, 11].map((step) =>
      Int32Array.from({ length: 4000 }, (_, row) => ((row * row * step) % (values + 1)) - 1),
    );
    const [a = new Int32Array(), b = a] = columns;
    const ids = new Map<string, number>();
    const expected = Array.from(a, (left, row) => {
      const right = b[row] ?? -1;
      if (left < 0 || right < 0) return -1;
      const pair = `${left} ${right}`;
      if (!ids.has(pair)) ids.set(pair, ids.size);
      return ids.get(pair);
    });
    const { codes, count } = classesOf(columns.map((one) => ({ codes: one, count: values })));
    expect([[...codes], count]).toEqual([expected, ids.size]);
  }
});

test('a budget that is used up is told', () => {
  const columns = Array.from({ length: 8 }, (_, at) =>
    Int32Array.from({ length: 200 }, (_row, row) => (row * (at + 3)) % (at + 2)),
  );
  const { isComplete, lhsMax } = exactDependencies(columns, 200, 3000);
  expect([isComplete, lhsMax < 7]).toEqual([false, true]);
});

test('a dependency that one row breaks, with that row and what it should be', () => {
  const cities = ['Bonn', 'Lyon', 'Turin', 'Porto'];
  const countries = ['DE', 'FR', 'IT', 'PT'];
  const rows = Array.from({ length: 40 }, (_, at) => at);
  const country = rows.map((at) => (at === 17 ? 'XX' : (countries[at % 4] ?? '')));
  country[21] = '';
  const columns = [
    coded(
      'city',
      rows.map((at) => cities[at % 4] ?? ''),
    ),
    coded('country', country),
  ];
  const { found } = softDependencies(
    { rows: Float64Array.from(rows), columns, isComplete: true },
    { maxLhs: 2, g3: 0.05, budget: 1e6 },
  );
  expect(
    found.map(({ lhs, rhs, rows: known, violations, missing_rhs, fillable }) => [
      lhs,
      rhs,
      known,
      violations,
      missing_rhs,
      fillable,
    ]),
  ).toEqual([
    [['country'], 'city', 39, 0, 0, 0],
    [['city'], 'country', 39, 1, 1, 1],
  ]);
  expect(found[1]?.groups).toEqual([
    { lhs: ['Lyon'], majority: { value: 'FR', count: 8 }, rows: 9, minority: [{ value: 'XX', count: 1, rows: [17] }] },
  ]);
});
