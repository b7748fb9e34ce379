/** A table in a file of any format, as SQL that reads it. Knows formats; statistics and queries are made elsewhere. */
import { statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { StageFailure } from 'wrangle/plugin';
import { readStart } from '../csv/decode.ts';
import { type CsvFacts, type CsvHints, readCsv } from '../csv/read-csv.ts';
import type { Database } from './duckdb.ts';
import { sqlName, sqlText, uniqueNames } from './names.ts';

export type TableFormat = 'csv' | 'json' | 'parquet';

export interface TableHints extends CsvHints {
  readonly format?: TableFormat | undefined;
}

export interface TableColumn {
  /** Unique in the table. */
  readonly name: string;
  /** As it is in the file, where that differs. */
  readonly label: string;
  /** Type in the file, in DuckDB's words; undefined where everything is text. */
  readonly storedType: string | undefined;
}

export interface OpenTable {
  readonly format: TableFormat;
  readonly columns: readonly TableColumn[];
  /** SELECT of all columns as text, in the order of the file. Only when there are columns. */
  readonly asText: string;
  /** SELECT of all columns with their stored types; undefined where everything is text. */
  readonly asStored: string | undefined;
  /** Of a CSV. */
  readonly csv: CsvFacts | undefined;
}

export async function openTable(database: Database, path: string, hints: TableHints): Promise<OpenTable> {
  const format = hints.format ?? sniffFormat(path);
  try {
    if (format === 'csv') return await openCsv(database, path, hints);
    return format === 'json' ? await openJson(database, path) : await openParquet(database, path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** `unreadable-table`, critical; keeps a failure that is one already. */
export function unreadable(path: string, error: unknown): StageFailure {
  if (error instanceof StageFailure) return error;
  const reason = (error instanceof Error ? error.message : String(error))
    .replace(/\n\nLINE \d+:[\s\S]*$/, '')
    // The file is named already, and by a name the reader knows.
    .replace(/ ?(in|of|file) (file )?("[^"\n]*duckdb-\w+\/input-[^"\n]*"|'[^'\n]*duckdb-\w+\/input-[^'\n]*')/g, '')
    // This version counts from 2.
    .replace(
      /(Malformed JSON.* in )(line|record\/value) (\d+)/,
      (_, start: string, unit: string, at: string) => `${start}${unit} ${Number(at) - 1}`,
    )
    .trim();
  const file = basename(path);
  const message = `"${file}" cannot be read as a table: ${reason}`;
  return new StageFailure({ code: 'unreadable-table', category: 'critical', message, file });
}

const EXTENSIONS: { readonly [extension: string]: TableFormat } = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.tab': 'csv',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
  '.parquet': 'parquet',
};

function sniffFormat(path: string): TableFormat {
  const start = Buffer.from(readStart(path, 4096)).toString('latin1');
  if (start.startsWith('PAR1')) return 'parquet';
  const known = EXTENSIONS[extname(path).toLowerCase()];
  if (known) return known;
  return /^[\s\u00ef\u00bb\u00bf]*[[{]/.test(start) ? 'json' : 'csv';
}

async function openCsv(database: Database, path: string, hints: TableHints): Promise<OpenTable> {
  const { facts, isRegular, writeCopy } = await readCsv(path, hints);
  const { width, labels = [] } = facts;
  const stored = Array.from({ length: width }, (_, at) => labels[at] ?? '');
  const names = uniqueNames(stored);
  const columns = names.map((name, at) => ({ name, label: labels[at] ?? name, storedType: undefined }));
  const base = { format: 'csv' as const, columns, asStored: undefined, csv: facts };
  if (width === 0) return { ...base, asText: '' };

  const options = (delimiter: string, header: boolean, types: readonly string[]) =>
    [
      'auto_detect = false',
      `header = ${header}`,
      `delim = ${sqlText(delimiter)}`,
      `quote = '"'`,
      `escape = '"'`,
      // Nothing between two delimiters is a missing value, `""` is an empty text.
      "nullstr = ''",
      'allow_quoted_nulls = false',
      'strict_mode = true',
      `max_line_size = ${Math.max(2_097_152, 4 * facts.rowLengthMax + 64)}`,
      `columns = {${types.join(', ')}}`,
    ].join(', ');
  const select = names.map((name, at) => `c${at} AS ${sqlName(name)}`).join(', ');
  const types = names.map((_, at) => `'c${at}': 'VARCHAR'`);
  if (isRegular) {
    const read = `read_csv(${sqlText(database.admit(path))}, ${options(facts.delimiter, facts.header, types)})`;
    const asText = `SELECT ${select} FROM ${read}`;
    // Both readers have to see the same rows. Where they do not, ours decides.
    if ((await countRows(database, asText)) === facts.rows) return { ...base, asText };
  }
  const copy = `${database.admit(path)}.copy.csv`;
  await writeCopy(copy);
  const withRow = ["'row': 'BIGINT'", ...types];
  const read = `read_csv(${sqlText(copy)}, ${options(',', false, withRow)})`;
  return { ...base, asText: `SELECT ${select} FROM ${read}` };
}

async function countRows(database: Database, select: string): Promise<number | undefined> {
  try {
    const rows = await database.query(`SELECT count(*) FROM (${select})`);
    return Number(rows[0]?.[0]);
  } catch {
    return undefined;
  }
}

async function openJson(database: Database, path: string): Promise<OpenTable> {
  const size = Math.max(16_777_216, statSync(path).size + 16);
  // One level deep, every member is kept as it is written: no guess about its type can lose anything.
  const read = `read_json(${sqlText(database.admit(path))}, maximum_depth = 1, sample_size = -1, maximum_object_size = ${Math.min(size, 4_294_967_295)})`;
  const described = await database.query(`DESCRIBE SELECT * FROM ${read}`);
  const count = await database.query(`SELECT count(*) FROM ${read}`);
  const base = { format: 'json' as const, asStored: undefined, csv: undefined };
  if (Number(count[0]?.[0]) === 0) return { ...base, columns: [], asText: '' };
  const stored = described.map(([name]) => String(name));
  const columns = uniqueNames(stored).map((name) => ({ name, label: name, storedType: undefined }));
  const select = stored.map((name, at) => `${sqlName(name)} ->> '$' AS ${sqlName(columns[at]?.name ?? name)}`);
  return { ...base, columns, asText: `SELECT ${select.join(', ')} FROM ${read}` };
}

async function openParquet(database: Database, path: string): Promise<OpenTable> {
  const read = `read_parquet(${sqlText(database.admit(path))})`;
  const described = await database.query(`DESCRIBE SELECT * FROM ${read}`);
  const columns = described.map(([name, type]) => ({
    name: String(name),
    label: String(name),
    storedType: String(type),
  }));
  const select = columns.map(({ name, storedType }) => {
    const nested = /\[\d*\]$|^(STRUCT|MAP|UNION)\b/.test(storedType);
    return `${nested ? `to_json(${sqlName(name)})` : sqlName(name)}::VARCHAR AS ${sqlName(name)}`;
  });
  return {
    format: 'parquet',
    columns,
    asText: `SELECT ${select.join(', ')} FROM ${read}`,
    asStored: `SELECT * FROM ${read}`,
    csv: undefined,
  };
}
