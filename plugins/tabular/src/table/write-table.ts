/** Writes a table as Parquet in the form that `openTable` knows again: `_row`, and what the source calls its columns. */
import type { Database } from './duckdb.ts';
import { sqlText } from './names.ts';
import { NOTE_KEY, type TableNote } from './open-parquet.ts';
import { type OpenTable, ROW } from './table.ts';

const CELLS_PER_GROUP = 4_000_000;
const ROWS_PER_GROUP_MAX = 122_880;

/** Errors: rejects with an `Error` in DuckDB's words, or when rows were lost, which is a bug. */
export async function writeTable(database: Database, table: OpenTable, to: string): Promise<void> {
  const { columns, header, source, asStored, asText } = table;
  const select = columns.length === 0 ? `SELECT 0::BIGINT AS ${ROW} LIMIT 0` : (asStored ?? asText);
  const note: TableNote = {
    version: 1,
    columns: columns.map(({ name, label }) => ({ name, label: label ?? null })),
    header: header.length === 0 ? null : header,
  };
  const written = await copyToParquet(database, select, note, to);
  const { kept, repaired } = source.records;
  if (columns.length > 0 && written !== kept + repaired) {
    throw new Error(`${written} rows were written where there are ${kept + repaired}`);
  }
}

/** Rows of `select`, which has `_row` and the columns of `note`. The answer is how many they were. */
export async function copyToParquet(database: Database, select: string, note: TableNote, to: string): Promise<number> {
  // Rows of a group are held in memory: the more columns, the fewer rows. DuckDB wants a multiple of 2048.
  const fitting = Math.floor(CELLS_PER_GROUP / (note.columns.length + 1) / 2048) * 2048;
  const options = [
    'FORMAT parquet',
    'COMPRESSION zstd',
    'COMPRESSION_LEVEL 1',
    `ROW_GROUP_SIZE ${Math.min(ROWS_PER_GROUP_MAX, Math.max(2048, fitting))}`,
    `KV_METADATA {${sqlText(NOTE_KEY)}: ${sqlText(JSON.stringify(note))}}`,
    'USE_TMP_FILE false',
  ];
  const [written] = await database.query(`COPY (${select}) TO ${sqlText(to)} (${options.join(', ')})`);
  return Number(written?.[0]);
}
