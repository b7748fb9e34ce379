/** A Parquet file as SQL that reads it; the `table` of `tabular/read` keeps its row numbers and the names of its source. */
import type { Database } from './duckdb.ts';
import { sqlName, sqlText, uniqueNames } from './names.ts';
import { columnsOf } from './source-document.ts';
import { type OpenTable, ROW, type TableColumn } from './table.ts';

/** Under this key the `table` of `tabular/read` says what it was read from: JSON, a `TableNote`. */
export const NOTE_KEY = 'wrangle.table';

export interface TableNote {
  readonly version: 1;
  readonly columns: readonly { readonly name: string; readonly label: string | null }[];
  /** Rows of names of a CSV, as they are in the file; null for other formats. */
  readonly header: readonly (readonly string[])[] | null;
}

/** Errors: rejects with an `Error` in DuckDB's words when the file is damaged. */
export async function openParquet(database: Database, path: string): Promise<OpenTable> {
  const plain = sqlText(database.admit(path));
  const read = `read_parquet(${plain})`;
  const described = await database.query(`DESCRIBE SELECT * FROM ${read}`);
  const [counted] = await database.query(`SELECT num_rows FROM parquet_file_metadata(${plain})`);
  const rows = Number(counted?.[0]);
  const note = await readNote(database, plain);
  const own = described.filter(([name]) => note === undefined || name !== ROW);
  const stored = own.map(([name]) => String(name));
  const labels = new Map(note?.columns.map(({ name, label }) => [name, label ?? undefined]));
  const names = uniqueNames(stored, [ROW]);
  const columns: TableColumn[] = own.map(([name, type], at) => ({
    name: names[at] as string,
    label: note === undefined ? String(name) : labels.get(String(name)),
    // A text of `tabular/read` is what the source had, which knows no types.
    storedType: note !== undefined && type === 'VARCHAR' ? undefined : String(type),
  }));
  const row = note === undefined ? `row_number() OVER () - 1 AS ${ROW}` : ROW;
  const select = (form: (name: string, type: string) => string) =>
    `SELECT ${[row, ...columns.map(({ name, storedType }, at) => `${form(sqlName(stored[at] as string), storedType ?? '')} AS ${sqlName(name)}`)].join(', ')} FROM ${read}`;
  await database.expectColumns(columns.length);
  const asText = select((name, type) => `${isNested(type) ? `to_json(${name})` : name}::VARCHAR`);
  // Damage further in is found now, and not in the middle of what is made of it.
  await database.query(
    `SELECT ${columns.map((_, at) => `count(${sqlName(stored[at] as string)})`).join(', ') || 1} FROM ${read}`,
  );
  const isText = columns.every(({ storedType }) => storedType === undefined);
  return {
    format: 'parquet',
    columns,
    header: note?.header ?? [],
    asText: columns.length === 0 ? '' : asText,
    asStored: columns.length === 0 || (note !== undefined && isText) ? undefined : select((name) => name),
    csv: undefined,
    source: {
      version: 1,
      format: 'parquet',
      csv: null,
      tables: [],
      columns: columnsOf(columns),
      records: {
        total: rows,
        preamble: 0,
        header: 0,
        kept: rows,
        repaired: 0,
        rejected: 0,
        blank: 0,
        footer: 0,
        other_tables: 0,
      },
      repairs: {},
      rejects: {},
    },
  };
}

function isNested(type: string): boolean {
  return /\[\d*\]$|^(STRUCT|MAP|UNION)\b/.test(type);
}

async function readNote(database: Database, path: string): Promise<TableNote | undefined> {
  const found = await database.query(
    `SELECT decode(value) FROM parquet_kv_metadata(${path}) WHERE decode(key) = ${sqlText(NOTE_KEY)}`,
  );
  const [[text] = []] = found;
  return text === undefined ? undefined : (JSON.parse(String(text)) as TableNote);
}
