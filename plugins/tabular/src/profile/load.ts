/** Puts a table into DuckDB as `data`: the position of each row, and its cells as texts under plain names. */
import { tableDigest } from '../table/digest.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';
import type { OpenTable, TableColumn } from '../table/open-table.ts';

export interface Loaded {
  readonly rows: number;
  readonly rowsTotal: number;
  /** As `tableDigest` says; of all rows. */
  readonly digest: string;
}

/** `data` has `_row` and `v0`, `v1` …; a sample is as large as asked for, drawn by `seed`. */
export async function load(
  database: Database,
  table: OpenTable,
  columns: readonly TableColumn[],
  sample: { readonly rows: number | undefined; readonly seed: number },
): Promise<Loaded> {
  // Columns get plain names: those of the file may be anything.
  const plain = columns.map(({ name }, at) => `${sqlName(name)} AS v${at}`).join(', ');
  await database.query(`CREATE TABLE everything AS SELECT _row, ${plain} FROM (${table.asText})`);
  await database.close([]);
  const digest = await tableDigest(
    database,
    'everything',
    columns,
    columns.map((_, at) => `v${at}`),
  );
  const [[count] = []] = await database.query('SELECT count(*) FROM everything');
  const rowsTotal = Number(count);
  const rows = sample.rows === undefined ? rowsTotal : Math.min(rowsTotal, sample.rows);
  const drawn = `SELECT * FROM everything WHERE _row IN (SELECT _row FROM everything ORDER BY hash(_row, ${sample.seed}), _row LIMIT ${rows}) ORDER BY _row`;
  await database.query(rows < rowsTotal ? `CREATE TABLE data AS ${drawn}` : 'ALTER TABLE everything RENAME TO data');
  return { rows, rowsTotal, digest };
}
