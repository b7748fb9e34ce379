/** Puts a table that was made of another one beside it, with the rows numbered as there. */
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';
import { type OpenTable, ROW } from '../table/table.ts';
import type { WorkingTable } from '../transform/working-table.ts';

/** As it is read, before the rows of the source are known. */
export interface RawClean {
  readonly columns: WorkingTable['columns'];
  /** Its `_row` are those of the source already. */
  readonly isNumbered: boolean;
}

const RAW = 'clean_as_read';
const GONE = 'rows_gone';

/** Before the database is closed. `changes` is the log of `tabular/apply`. */
export async function readClean(
  database: Database,
  clean: OpenTable,
  changes: OpenTable | undefined,
): Promise<RawClean> {
  const list = clean.columns.map(({ name }) => sqlName(name));
  const select =
    list.length === 0
      ? `SELECT 0::BIGINT AS ${ROW} LIMIT 0`
      : `SELECT ${[ROW, ...list].join(', ')} FROM (${clean.asText})`;
  await database.query(`CREATE TABLE ${RAW} AS ${select}`);
  const gone = changes
    ? `SELECT row::BIGINT AS r FROM (${changes.asText}) WHERE kind = 'row'`
    : 'SELECT 0::BIGINT AS r LIMIT 0';
  await database.query(`CREATE TABLE ${GONE} AS ${gone}`);
  return {
    columns: clean.columns.map(({ name, label }) => ({ name, label: label ?? null })),
    isNumbered: clean.format === 'parquet',
  };
}

/**
 * Makes a table `clean`. Rows of Parquet have their numbers; others are those of the source that are not gone, in order,
 * and new ones where there are more.
 */
export async function numberClean(
  database: Database,
  source: WorkingTable,
  { columns, isNumbered }: RawClean,
): Promise<WorkingTable> {
  const list = columns.map(({ name }) => `c.${sqlName(name)}`);
  const from = sqlName(source.relation);
  const stays = `SELECT ${ROW}, row_number() OVER (ORDER BY ${ROW}) AS place FROM ${from} WHERE ${ROW} NOT IN (SELECT r FROM ${GONE})`;
  const numbered = `SELECT *, row_number() OVER (ORDER BY ${ROW}) AS place FROM ${RAW}`;
  const next = `(SELECT coalesce(max(${ROW}), 0) FROM ${from}) + c.place`;
  await database.query(
    isNumbered
      ? `CREATE TABLE clean AS SELECT * FROM ${RAW} ORDER BY ${ROW}`
      : `CREATE TABLE clean AS SELECT ${[`coalesce(s.${ROW}, ${next}) AS ${ROW}`, ...list].join(', ')} FROM (${numbered}) c LEFT JOIN (${stays}) s USING (place) ORDER BY 1`,
  );
  return { relation: 'clean', columns };
}
