// What holds for the quality of every table, and for everything that can be done to one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measure } from '../../src/quality/measure.ts';
import { DIMENSIONS } from '../../src/quality/rule.ts';
import { freezeRules } from '../../src/quality/rules.ts';
import { DEFAULT_WEIGHTS, type Scores, scoresOf, type Weights } from '../../src/quality/score.ts';
import { withDatabase } from '../../src/table/duckdb.ts';
import { openTable } from '../../src/table/open-table.ts';
import { loadWorkingTable } from '../../src/transform/working-table.ts';
import { csvOf, profileOf } from '../operators/support.ts';

type Row = (string | null)[];

const NAMES = ['id', 'city', 'code', 'size', 'day', 'note'];
const CITIES = ['Bath', 'York', 'Leeds', 'Derby'];
const CODES = ['BA', 'YO', 'LS', 'DE'];

/** A row without a fault; `at` makes it different. */
function cleanRow(at: number): Row {
  const city = (at * 7) % 4;
  const day = `2024-${String(1 + (at % 12)).padStart(2, '0')}-${String(1 + (at % 28)).padStart(2, '0')}`;
  return [
    `k${1000 + at}`,
    CITIES[city] ?? '',
    CODES[city] ?? '',
    String(20 + ((at * 3) % 40)),
    day,
    `word ${'abcdefghij'[at % 10]}`,
  ];
}

/** What goes wrong in a cell of each column. */
const FAULTS: readonly ((cell: string) => string | null)[] = [
  (cell) => cell,
  (cell) => ` ${cell}`,
  () => 'XX',
  (cell) => `${cell} oz`,
  (cell) => `${cell.slice(8)}/${cell.slice(5, 7)}/${cell.slice(0, 4)}`,
  () => null,
];

interface Faulty {
  readonly size: number;
  readonly faults: readonly { readonly row: number; readonly column: number }[];
}

const faulty: fc.Arbitrary<Faulty> = fc
  .record({
    size: fc.integer({ min: 24, max: 60 }),
    faults: fc.uniqueArray(fc.record({ row: fc.nat(), column: fc.integer({ min: 1, max: 5 }) }), {
      maxLength: 8,
      selector: ({ row }) => row % 24,
    }),
  })
  .map(({ size, faults }) => ({ size, faults: faults.map(({ row, column }) => ({ row: row % 24, column })) }));

function rowsOf({ size, faults }: Faulty): Row[] {
  const rows = Array.from({ length: size }, (_, at) => cleanRow(at));
  for (const { row, column } of faults) {
    const cells = rows[row];
    const fault = FAULTS[column];
    if (cells && fault) cells[column] = fault(cells[column] ?? '');
  }
  return rows;
}

/** Scores of the table, and of others made of it, by one set of rules. */
async function scored<Name extends string>(
  rows: readonly Row[],
  others: {
    readonly [name in Name]: { readonly sql: string; readonly alone?: boolean; readonly names?: readonly string[] };
  },
  weights: Weights = DEFAULT_WEIGHTS,
): Promise<{ readonly [name in Name | 'source']: Scores }> {
  const csv = csvOf([NAMES, ...rows]);
  const rules = freezeRules(await profileOf(csv), { accuracy: true });
  const folder = mkdtempSync(join(tmpdir(), 'wrangle-quality-'));
  try {
    const path = join(folder, 'data.csv');
    writeFileSync(path, csv);
    return await withDatabase('200 MB', new AbortController().signal, async (database) => {
      const opened = await openTable(database, path, { dialect: { delimiter: ',', header_rows: 1 } });
      const source = await loadWorkingTable(database, opened, []);
      const found: { [name: string]: Scores } = {
        source: scoresOf(rules, await measure(database, source, rules), weights),
      };
      for (const [name, other] of Object.entries<{ sql: string; alone?: boolean; names?: readonly string[] }>(others)) {
        await database.query(`CREATE TABLE other AS ${other.sql}`);
        const columns = (other.names ?? NAMES).map((column) => ({ name: column, label: column }));
        const table = { relation: 'other', columns };
        const options = other.alone ? {} : { before: source };
        found[name] = scoresOf(rules, await measure(database, table, rules, options), weights);
        await database.query('DROP TABLE other');
      }
      return found as { [name in Name | 'source']: Scores };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each is a profile and a database. */
const RUNS = 4;

test('scores are shares, and those of the same rows in any order', async () => {
  await fc.assert(
    fc.asyncProperty(faulty, async (made) => {
      const { source, shuffled, doubled } = await scored(rowsOf(made), {
        shuffled: {
          alone: true,
          sql: 'SELECT row_number() OVER (ORDER BY hash(_row, 3)) - 1 AS _row, * EXCLUDE (_row) FROM data',
        },
        doubled: { alone: true, sql: 'SELECT * FROM data UNION ALL SELECT _row + 1000, * EXCLUDE (_row) FROM data' },
      });
      for (const dimension of ['overall', ...DIMENSIONS] as const) {
        const share = source[dimension];
        if (share !== null) expect(share >= 0 && share <= 1).toBe(true);
      }
      expect(shuffled).toEqual(source);
      const { uniqueness, overall, ...rest } = doubled;
      expect({ ...rest, uniqueness: source.uniqueness, overall: source.overall }).toEqual(source);
      expect([uniqueness !== null && uniqueness <= 0.5, overall < source.overall]).toEqual([true, true]);
    }),
    { numRuns: RUNS, seed: 3 },
  );
});

test('nothing that is lost makes a table better', async () => {
  await fc.assert(
    fc.asyncProperty(faulty, fc.integer({ min: 0, max: 5 }), fc.integer({ min: 2, max: 5 }), async (made, at, part) => {
      const column = NAMES[at] ?? '';
      const kept = NAMES.filter((name) => name !== column);
      const { source, ...others } = await scored(rowsOf(made), {
        column: { sql: `SELECT _row, ${kept.join(', ')} FROM data`, names: kept },
        rows: { sql: `SELECT * FROM data WHERE _row % ${part} = 0` },
        'faulty rows': {
          sql: "SELECT * FROM data WHERE note IS NOT NULL AND size NOT LIKE '% oz' AND code <> 'XX' AND city NOT LIKE ' %' AND day NOT LIKE '%/%'",
        },
        'faulty values': {
          sql: "SELECT * REPLACE (CASE WHEN size LIKE '% oz' THEN NULL ELSE size END AS size, nullif(code, 'XX') AS code) FROM data",
        },
        'a column as text': { sql: `SELECT * REPLACE ('v ' || ${column} AS ${column}) FROM data` },
        'all of a column': { sql: `SELECT * REPLACE (NULL::VARCHAR AS ${column}) FROM data` },
        everything: { sql: 'SELECT * FROM data LIMIT 0' },
      });
      for (const [what, { overall }] of Object.entries(others)) {
        expect(overall <= source.overall, `${what}: ${overall} after ${source.overall}`).toBe(true);
      }
    }),
    { numRuns: RUNS, seed: 3 },
  );
});

test('a fault that is mended lowers nothing', async () => {
  const some = faulty.filter(({ faults }) => faults.length > 0);
  await fc.assert(
    fc.asyncProperty(some, fc.nat(), async (made, pick) => {
      const fault = made.faults[pick % made.faults.length];
      const column = NAMES[fault?.column ?? 0] ?? '';
      const right = cleanRow(fault?.row ?? 0)[fault?.column ?? 0] ?? '';
      const { source, mended } = await scored(rowsOf(made), {
        mended: {
          sql: `SELECT * REPLACE (CASE WHEN _row = ${fault?.row} THEN '${right}' ELSE ${column} END AS ${column}) FROM data`,
        },
      });
      for (const dimension of ['overall', ...DIMENSIONS] as const) {
        const [before, after] = [source[dimension], mended[dimension]];
        if (before !== null && after !== null)
          expect(after, `${dimension} of ${column}`).toBeGreaterThanOrEqual(before);
      }
    }),
    { numRuns: 2 * RUNS, seed: 3 },
  );
});

test('weights are shares of what is there', async () => {
  const rows = rowsOf({
    size: 30,
    faults: [
      { row: 3, column: 3 },
      { row: 5, column: 5 },
    ],
  });
  const weight = fc.double({ min: 0, max: 9, noNaN: true });
  const weights = fc.record(
    Object.fromEntries(DIMENSIONS.map((name) => [name, weight])) as { [name in keyof Weights]: typeof weight },
  );
  const csv = csvOf([NAMES, ...rows]);
  const rules = freezeRules(await profileOf(csv), { accuracy: true });
  const { source } = await scored(rows, {});
  expect(source.overall).toBeLessThan(1);
  const measures = {
    rules: new Map(rules.rules.map(({ id }, at) => [id, { applicable: 10 + at, satisfied: at % 11 }])),
    valid: new Map([['size', { applicable: 30, satisfied: 29 }]]),
  };
  fc.assert(
    fc.property(weights, fc.integer({ min: 2, max: 50 }), (some, times) => {
      const scores = scoresOf(rules, measures, some);
      const many = Object.fromEntries(DIMENSIONS.map((name) => [name, some[name] * times])) as unknown as Weights;
      const known = DIMENSIONS.filter((name) => scores[name] !== null && some[name] > 0);
      const total = known.reduce((sum, name) => sum + some[name], 0);
      const mean = known.reduce((sum, name) => sum + some[name] * (scores[name] ?? 0), 0) / total;
      expect(scores.overall).toBeCloseTo(known.length === 0 ? 1 : mean, 8);
      expect(scoresOf(rules, measures, many).overall).toBeCloseTo(scores.overall, 8);
    }),
  );
});
