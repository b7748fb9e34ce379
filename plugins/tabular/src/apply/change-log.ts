/** The log of changes as a file: what the table was, then what every step did to it. */
import type { Database } from '../table/duckdb.ts';
import { sqlName, sqlText } from '../table/names.ts';
import type { WrittenFormat } from './formats.ts';
import type { SourceRecord } from './source-record.ts';
import { csvLine, csvText, jsonLine, writeLines } from './write-lines.ts';

/** Of every record, as in changes.schema.json. */
export const LOG_COLUMNS = ['step', 'operator', 'candidate', 'kind', 'row', 'column', 'before', 'after'] as const;

export interface LoggedStep {
  readonly operator: string;
  readonly candidate: string;
  /** Table that `findChanges` made. */
  readonly changes: string;
}

/** `to` has to be writable. Errors: rejects with an `Error` in DuckDB's words. */
export async function writeChangeLog(
  database: Database,
  { before, after }: SourceRecord,
  steps: readonly LoggedStep[],
  format: WrittenFormat,
  to: string,
): Promise<void> {
  const source = [
    `-1 AS "at"`,
    `0::BIGINT AS place`,
    `0::BIGINT AS step`,
    `'' AS operator`,
    `'' AS candidate`,
    `'source' AS kind`,
    'NULL::BIGINT AS row',
    'NULL::VARCHAR AS "column"',
    `${sqlText(JSON.stringify(before))} AS before`,
    `${sqlText(JSON.stringify(after))} AS after`,
  ];
  const parts = steps.map(({ operator, candidate, changes }, step) => {
    const own = [`${step}`, 'row_number() OVER ()', `${step}`, sqlText(operator), sqlText(candidate)];
    return `SELECT ${own.join(', ')}, kind, row, "column", before, after FROM ${sqlName(changes)}`;
  });
  const all = [`SELECT ${source.join(', ')}`, ...parts].join(' UNION ALL ');
  if (format === 'parquet') {
    const list = LOG_COLUMNS.map(sqlName).join(', ');
    const options = 'FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, USE_TMP_FILE false';
    await database.query(`COPY (SELECT ${list} FROM (${all}) ORDER BY "at", place) TO ${sqlText(to)} (${options})`);
    return;
  }
  const texts = LOG_COLUMNS.map((name) => `${sqlName(name)}::VARCHAR AS ${sqlName(name)}`).join(', ');
  const ordered = `SELECT row_number() OVER (ORDER BY "at", place) AS at_last, ${texts} FROM (${all})`;
  const isCsv = format === 'csv';
  const line = isCsv
    ? csvLine(LOG_COLUMNS, ',')
    : jsonLine(LOG_COLUMNS.map((name) => ({ name, kind: name === 'step' || name === 'row' ? 'number' : 'text' })));
  const sql = `SELECT at_last AS place, ${line} AS line FROM (${ordered})`;
  await writeLines(database, { before: isCsv ? [csvText(LOG_COLUMNS, ',')] : [], sql, after: [] }, to);
}
