/** A digest of a table that every way of reading it gives: header, order of rows, text of cells. */
import { createHash } from 'node:crypto';
import type { Database } from './duckdb.ts';
import { sqlName, WIDE } from './names.ts';
import { ROW, type TableColumn } from './table.ts';

/** Sums are made of halves, which can be added up for any number of rows. */
const LOW_BITS = 2n ** 64n - 1n;

/**
 * SHA-256 in hex over the labels of the columns, the number of rows and the sum of the MD5 of all rows with their place.
 * `_row` gives the order alone: gaps, where a record of the file was no row, are no part of the table. `relation` has
 * `_row` and the cells as texts, under `names`, which are those of `columns` unless told.
 */
export async function tableDigest(
  database: Database,
  relation: string,
  columns: readonly Pick<TableColumn, 'name' | 'label'>[],
  names: readonly string[] = columns.map(({ name }) => name),
): Promise<string> {
  const labels = columns.map(({ label }) => label ?? null);
  if (columns.length === 0) return sha256([labels, '0']);
  // The length before each cell keeps `ab` beside `c` apart from `a` beside `bc`.
  const cell = (text: string) => `coalesce(length(${text}) || ':' || ${text}, '~')`;
  const cells =
    names.length > WIDE
      ? `array_to_string(list_transform([${names.map(sqlName).join(', ')}], lambda cell: ${cell('cell')}), '')`
      : names.map((name) => cell(sqlName(name))).join(', ');
  const rows = `SELECT concat(row_number() OVER (ORDER BY ${ROW}), ';', ${cells}) AS line FROM ${relation}`;
  // Not md5_number_lower and _upper, which take three times as long, and each of them for itself.
  const [found = []] = await database.query(
    `SELECT count(*)::VARCHAR, coalesce(sum((md5 >> 64)::UBIGINT), 0)::VARCHAR, coalesce(sum((md5 & ${LOW_BITS})::UBIGINT), 0)::VARCHAR FROM (SELECT md5_number(line) AS md5 FROM (${rows}))`,
  );
  return sha256([labels, ...found.map(String)]);
}

function sha256(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
