// Quality of small tables, before and after.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { measure, remeasure } from '../../src/quality/measure.ts';
import { freezeRules } from '../../src/quality/rules.ts';
import { DEFAULT_WEIGHTS, type Scores, scoresOf } from '../../src/quality/score.ts';
import { type Database, withDatabase } from '../../src/table/duckdb.ts';
import { openTable } from '../../src/table/open-table.ts';
import { loadWorkingTable, type WorkingTable } from '../../src/transform/working-table.ts';
import { type Cells, csvOf, profileOf } from '../operators/support.ts';

interface Compared {
  readonly before: Scores;
  readonly after: Scores;
}

/** Scores of a table, and of what `sql` makes of `data`, by the rules of the first. */
async function compared(cells: Cells, sql: string, columns = cells[0] as string[], confidence = 1): Promise<Compared> {
  const csv = csvOf(cells);
  const rules = freezeRules(await profileOf(csv));
  return await onTable(csv, async (database, source) => {
    await database.query(`CREATE TABLE clean AS ${sql}`);
    const clean = { relation: 'clean', columns: columns.map((name) => ({ name, label: name })) };
    const measures = await measure(database, source, rules);
    const filled = { confidence };
    const after = await measure(database, clean, rules, { before: source, filled });
    const names = source.columns.map(({ name }) => name);
    const again = await remeasure(
      database,
      clean,
      rules,
      measures,
      { columns: names, rows: true },
      { before: source, filled },
    );
    expect(scoresOf(rules, again)).toEqual(scoresOf(rules, after));
    return { before: scoresOf(rules, measures), after: scoresOf(rules, after) };
  });
}

async function onTable<Made>(csv: string, act: (database: Database, table: WorkingTable) => Promise<Made>) {
  const folder = mkdtempSync(join(tmpdir(), 'wrangle-quality-'));
  try {
    const path = join(folder, 'data.csv');
    writeFileSync(path, csv);
    return await withDatabase('200 MB', new AbortController().signal, async (database) => {
      const table = await openTable(database, path, { dialect: { delimiter: ',', header_rows: 1 } });
      return await act(database, await loadWorkingTable(database, table, []));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CITIES: Cells = [
  ['city', 'size', 'note'],
  ...Array.from({ length: 40 }, (_, at) => [
    ['Bath', 'York', 'Leeds', 'Derby'][at % 4] as string,
    at === 7 ? '12 oz' : String(at * 3 + 1),
    at === 3 ? ' a b' : at === 5 ? null : `note ${String.fromCharCode(97 + (at % 26))}`,
  ]),
];

test('what is put in order is a gain, dimension by dimension', async () => {
  const { before, after } = await compared(
    CITIES,
    "SELECT _row, city, replace(size, ' oz', '') AS size, trim(note) AS note FROM data",
  );
  expect(before.validity).toBeLessThan(1);
  expect(after.validity).toBe(1);
  expect(after.completeness).toBe(before.completeness);
  expect(after.overall).toBeGreaterThan(before.overall);
});

test('nothing is gained by what is gone', async () => {
  const lost: readonly (readonly [string, string, string[]?])[] = [
    ['rows with a missing value', 'SELECT * FROM data WHERE note IS NOT NULL'],
    ['wrong rows', "SELECT * FROM data WHERE size <> '12 oz'"],
    ['wrong values', "SELECT _row, city, nullif(size, '12 oz') AS size, note FROM data"],
    ['a column', 'SELECT _row, city, size FROM data', ['city', 'size']],
    ['everything', 'SELECT * FROM data LIMIT 0'],
  ];
  for (const [what, sql, columns] of lost) {
    const { before, after } = await compared(CITIES, sql, columns);
    expect(after.overall, what).toBeLessThanOrEqual(before.overall);
  }
});

test('a value that was filled in counts with its confidence', async () => {
  const fill = "SELECT _row, city, size, coalesce(note, 'note a') AS note FROM data";
  const sure = await compared(CITIES, fill, ['city', 'size', 'note'], 1);
  const half = await compared(CITIES, fill, ['city', 'size', 'note'], 0.5);
  expect(sure.after.completeness).toBe(1);
  expect(half.after.completeness).toBeCloseTo((1 + (half.before.completeness ?? 0)) / 2, 8);
  expect(half.after.validity).toBe(half.before.validity);
});

test('of equal rows one is enough', async () => {
  const doubled = [...CITIES, CITIES[1], CITIES[2]] as Cells;
  const { before, after } = await compared(doubled, 'SELECT * FROM data WHERE _row < 40');
  expect(before.uniqueness).toBeLessThan(1);
  expect(after.uniqueness).toBe(1);
  expect([after.completeness, after.validity]).toEqual([before.completeness, before.validity]);
});

test('an empty table is without fault', async () => {
  const csv = 'a,b\n';
  const rules = freezeRules(await profileOf(csv));
  const scores = await onTable(csv, async (database, table) => scoresOf(rules, await measure(database, table, rules)));
  expect(scores).toMatchObject({ overall: 1, vacuous: true });
});

test('weights of dimensions that are not there go to the others', () => {
  const rules = {
    rules: [
      { id: 'p', kind: 'present', dimension: 'completeness', columns: ['a'], params: {}, description: '' } as const,
    ],
    masks: new Map(),
  };
  const measures = { rules: new Map([['p', { applicable: 4, satisfied: 3 }]]), valid: new Map() };
  expect(scoresOf(rules, measures, DEFAULT_WEIGHTS).overall).toBe(0.75);
});
