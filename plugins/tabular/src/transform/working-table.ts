/** The table that operators work on: a relation of DuckDB with `_row` and the cells as texts, NULL where missing. */

import { CATALOGUE } from '../operators/catalogue.ts';
import type { NewColumn } from '../operators/transformation.ts';
import { tableDigest } from '../table/digest.ts';
import type { Database } from '../table/duckdb.ts';
import { addFunctions } from '../table/functions.ts';
import { sqlName } from '../table/names.ts';
import { type OpenTable, ROW } from '../table/table.ts';

export interface WorkingTable {
  /** Name in SQL. */
  readonly relation: string;
  /** In order, without `_row`. */
  readonly columns: readonly NewColumn[];
}

/**
 * Puts the table into DuckDB, as `data`, with the functions of all operators. An empty text stays one.
 * Afterwards no file can be read but those that were admitted, and none be written but those in `writable`.
 */
export async function loadWorkingTable(
  database: Database,
  table: OpenTable,
  writable: readonly string[],
): Promise<WorkingTable> {
  for (const { functions } of CATALOGUE) if (functions) addFunctions(database, functions);
  const columns = table.columns.map(({ name, label }) => ({ name, label: label ?? null }));
  const select =
    columns.length === 0 ? `SELECT 0::BIGINT AS ${ROW} LIMIT 0` : `SELECT * FROM (${table.asText}) ORDER BY ${ROW}`;
  await database.query(`CREATE TABLE data AS ${select}`);
  await database.close(writable);
  return { relation: 'data', columns };
}

/** The same digest as that of the file it was read from. `names`: of these columns only. */
export function workingDigest(database: Database, table: WorkingTable, names?: readonly string[]): Promise<string> {
  const columns = table.columns
    .filter(({ name }) => names === undefined || names.includes(name))
    .map(({ name, label }) => ({ name, label: label ?? undefined }));
  return tableDigest(database, table.relation, columns);
}

/** `_row` and all columns of it, quoted. */
export function columnList(table: WorkingTable): string {
  return [ROW, ...table.columns.map(({ name }) => sqlName(name))].join(', ');
}
