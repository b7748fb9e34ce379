// What holds for every operator of the catalogue, on tables that are messy in all ways at once.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { candidatesFor } from '../../src/candidates/candidate.ts';
import { CATALOGUE, operatorNamed } from '../../src/operators/catalogue.ts';
import { withDatabase } from '../../src/table/duckdb.ts';
import { openTable } from '../../src/table/open-table.ts';
import { findChanges, makeResult } from '../../src/transform/transform.ts';
import { loadWorkingTable, workingDigest } from '../../src/transform/working-table.ts';
import { type Cells, csvOf, profileOf } from './support.ts';

/** Values of a column, some of them in another way than most. */
const pool = (usual: readonly string[], odd: readonly string[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

const COLUMNS = [
  pool(['Bath', 'York', 'New York', 'Hull'], [' Bath', 'new york', 'NEW  YORK', 'Yorc', 'n/a', '', '   ']),
  pool(['12 oz', '16.0 oz', '8.5 oz'], ['12 ounces', '12', '1.5 OZ.', '1 lb', '12.0 oz. can', 'N/A', '-']),
  pool(['0.05', '0.06', '0.071'], ['0.05%', '5%', '1,234', '-999', '?', '0.055999999999999994%']),
  pool(['$1,234.50', '$17', '$2,000'], ['($3.00)', '12', '€5', 'free', '1.234,5']),
  pool(['1.234,5', '17,25', '3'], ['0,5', '1.5', '1 234,5', 'k. A.']),
  pool(['2020-01-31', '2020-02-01'], ['31/01/2020', '1 Feb 2020', '02/03/2020', 'Sep-82', '1/1/71', '0000-00-00']),
  pool(['yes', 'no'], ['Yes', 'N', 'TRUE', 'maybe', '']),
  pool(['AB-1234', 'CD-5678', 'EF-9012'], ['AB1234', 'ab-1234', 'AB-1234 (old)', '(CD) 5678']),
  pool(['Café', 'Zoë', 'x'], ['CafÃ©', 'Zoe\u0308', 'a\u0007b', 'x\u200by', 'a\u00a0 b']),
  pool(['a@b.org', 'c@d.org'], ['Ann@B.org', 'nobody', 'none']),
  pool(['United States', 'France'], ['USA', 'UNITED STATES', 'Fr.']),
  // What means something in SQL, in a regex or in what replaces a match.
  pool(["it's", 'a"b', 'x\\y', '$1 \\1'], ["IT'S", 'A"B', "it's  ", "';--", '%s', '{}', '😀 x']),
  pool(['5 l', '6 l', '7.5 l'], ["5 l'un", '5 (l)', '6 l.*', '5 \\d', '7 ℓ', '8 L']),
  pool(['1', '2', '3', '40'], ['3.0', '99999', '+4', '1e3', 'null', '007']),
];
const NAMES = [
  'city',
  'size',
  'share',
  'price',
  'betrag',
  'day',
  'ok',
  'code',
  'text',
  'mail',
  'country',
  'quote',
  'volume',
  'count',
];

const tables: fc.Arbitrary<Cells> = fc
  .uniqueArray(fc.nat(COLUMNS.length - 1), { minLength: 2, maxLength: 4 })
  .chain((chosen) =>
    fc
      .array(fc.tuple(...chosen.map((at) => fc.option(COLUMNS[at] as fc.Arbitrary<string>, { freq: 15 }))), {
        minLength: 12,
        maxLength: 40,
      })
      .map((rows) => [chosen.map((at) => NAMES[at] as string), ...rows]),
  );

test('candidates say what they change, and whether a second time changes anything', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(tables, async (cells) => {
      for (const operator of await check(csvOf(cells))) seen.add(operator);
    }),
    { seed: 20_260, numRuns: 20 },
  );
  // Those that a table as small as these can call for.
  expect([...seen]).toEqual(
    expect.arrayContaining(['trim_whitespace', 'standardise_missing', 'standardise_date', 'strip_unit', 'map_values']),
  );
  expect(CATALOGUE.map(({ name }) => name)).toEqual(expect.arrayContaining([...seen]));
});

/** Names of the operators that a table made speak up. */
async function check(csv: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'wrangle-properties-'));
  try {
    const path = join(folder, 'data.csv');
    writeFileSync(path, csv);
    const candidates = candidatesFor(await profileOf(csv), 'ml');
    expect(new Set(candidates.map(({ id }) => id)).size).toBe(candidates.length);
    return await withDatabase('200 MB', new AbortController().signal, async (database) => {
      const opened = await openTable(database, path, { dialect: { delimiter: ',', quote: '"', header_rows: 1 } });
      const table = await loadWorkingTable(database, opened, []);
      const all = table.columns.map(({ name }) => name);
      const before = await workingDigest(database, table);
      for (const { id, operator: name, columns, params } of candidates) {
        const operator = operatorNamed(name);
        if (!operator) throw new Error(name);
        const transformation = operator.transform(columns, params, all);
        await findChanges(database, table, transformation, `changes_${id}`);
        const result = await makeResult(database, table, transformation, `changes_${id}`, `result_${id}`);
        if (transformation.kind === 'cells' || transformation.kind === 'rows') {
          const undone = { ...table, relation: `undone_${id}` };
          await database.query(
            `CREATE TABLE ${undone.relation} AS ${undoSql(all, `result_${id}`, `changes_${id}`)} ORDER BY _row`,
          );
          expect(await workingDigest(database, undone), `${name} ${JSON.stringify(params)}`).toBe(before);
        }
        if (!operator.idempotent || transformation.kind === 'columns' || transformation.kind === 'table') continue;
        const again = operator.transform(columns, params, all);
        await findChanges(database, result, again, `again_${id}`);
        const changed = await database.query(`SELECT "column", before, after FROM again_${id}`);
        expect(changed, `${name} ${JSON.stringify(params)}`).toEqual([]);
      }
      return candidates.map(({ operator }) => operator);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Rows that are gone come back, and cells get the text they had. */
function undoSql(all: readonly string[], result: string, changes: string): string {
  const cells = all.map((name) => {
    const quoted = `"${name}"`;
    const had = `(SELECT before FROM ${changes} c WHERE c.kind = 'cell' AND c."column" = '${name}' AND c.row = r._row)`;
    const has = `EXISTS (SELECT 1 FROM ${changes} c WHERE c.kind = 'cell' AND c."column" = '${name}' AND c.row = r._row)`;
    return `CASE WHEN ${has} THEN ${had} ELSE r.${quoted} END AS ${quoted}`;
  });
  const gone = all.map((name) => `json_extract_string(before, '$."${name}"') AS "${name}"`);
  return `SELECT r._row, ${cells.join(', ')} FROM ${result} r UNION ALL SELECT row AS _row, ${gone.join(', ')} FROM ${changes} WHERE kind = 'row'`;
}
