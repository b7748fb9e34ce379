/** Tables of texts in memory: those that are true, and those that stages have written. */
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

export interface TextTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** RFC 4180, any line end; bytes that are no UTF-8 are Windows-1252. Blank lines are no rows. */
export function readRecords(path: string, delimiter = ','): string[][] {
  const bytes = readFileSync(path);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // In one go Node 20 reads it as Latin-1.
    text = new TextDecoder('windows-1252').decode(bytes, { stream: true });
  }
  const records: string[][] = [];
  let record: string[] = [];
  let cell = '';
  let isQuoted = false;
  let at = 0;
  const endRecord = () => {
    record.push(cell);
    if (record.length > 1 || cell !== '') records.push(record);
    record = [];
    cell = '';
  };
  while (at < text.length) {
    const char = text[at];
    if (isQuoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += '"';
        at++;
      } else isQuoted = false;
    } else if (char === '"' && cell === '') isQuoted = true;
    else if (char === delimiter) {
      record.push(cell);
      cell = '';
    } else if (char === '\n' || char === '\r') {
      if (char === '\r' && text[at + 1] === '\n') at++;
      endRecord();
    } else cell += char;
    at++;
  }
  if (cell !== '' || record.length > 0) endRecord();
  return records;
}

export function readCsv(path: string): TextTable {
  const [header = [], ...rows] = readRecords(path);
  return { header, rows };
}

/**
 * Reads what a stage wrote as Parquet, in the order of `_row`; a missing value is empty. `isNumbered`: with `_row`, which
 * comes first.
 */
export async function readParquet(path: string, isNumbered = false): Promise<TextTable> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const source = `'${path.replaceAll("'", "''")}'`;
    const reader = await connection.runAndReadAll(
      `SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (SELECT _row, * EXCLUDE (_row) FROM read_parquet(${source}) ORDER BY _row)`,
    );
    const from = isNumbered ? 0 : 1;
    const rows = reader.getRows().map((row) => row.slice(from).map((value) => (value === null ? '' : String(value))));
    return { header: reader.columnNames().slice(from), rows };
  } finally {
    connection.disconnectSync();
    instance.closeSync();
  }
}
