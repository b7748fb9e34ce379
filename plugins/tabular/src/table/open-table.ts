/** A table in a file of any format, as SQL that reads it. The one way to open a table: every stage type takes it. */
import { basename, extname } from 'node:path';
import { StageFailure } from 'wrangle/plugin';
import { readStart } from '../read/encoding.ts';
import type { Database } from './duckdb.ts';
import { openCsv } from './open-csv.ts';
import { openJson } from './open-json.ts';
import { openParquet } from './open-parquet.ts';
import type { OnReject, OpenTable, SourceFormat, TableParams } from './table.ts';

export type { OpenTable, TableColumn, TableParams } from './table.ts';

interface OpenOptions {
  /** Gets every record that is no row of the table, in the order of the file. */
  readonly onReject?: OnReject;
  /** The caller compares the rows it gets with `source.records`, which saves reading a plain file twice. */
  readonly isCounted?: boolean;
}

/**
 * An empty file is a table without
 * columns. Errors: throws a `StageFailure` with a code of the README.
 */
export async function openTable(
  database: Database,
  path: string,
  params: TableParams,
  { onReject, isCounted = false }: OpenOptions = {},
): Promise<OpenTable> {
  const format = params.format === undefined || params.format === 'auto' ? sniffFormat(path) : params.format;
  try {
    if (format === 'csv') return await openCsv(database, path, params, onReject, isCounted);
    if (format === 'parquet') return await openParquet(database, path);
    const told = params.format === 'json' || params.format === 'ndjson' ? params.format : undefined;
    return await openJson(database, path, told, params, onReject);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** `format-error`, critical; keeps a failure that is one already. */
export function unreadable(path: string, error: unknown): StageFailure {
  if (error instanceof StageFailure) return error;
  const reason = (error instanceof Error ? error.message : String(error))
    .replace(/\n\nLINE \d+:[\s\S]*$/, '')
    // The file is named already, and by a name the reader knows.
    .replace(/ ?(in|of|file) (file )?("[^"\n]*duckdb-\w+\/input-[^"\n]*"|'[^'\n]*duckdb-\w+\/input-[^'\n]*')/g, '')
    .trim();
  const file = basename(path);
  const message = `"${file}" cannot be read as a table: ${reason}`;
  return new StageFailure({ code: 'format-error', category: 'critical', message, file });
}

const EXTENSIONS: { readonly [extension: string]: SourceFormat } = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.tab': 'csv',
  '.json': 'json',
  '.jsonl': 'ndjson',
  '.ndjson': 'ndjson',
  '.parquet': 'parquet',
};

/** By the first bytes of Parquet, by the extension, else by how the text begins. */
function sniffFormat(path: string): SourceFormat {
  const start = Buffer.from(readStart(path, 4096)).toString('latin1');
  if (start.startsWith('PAR1')) return 'parquet';
  const known = EXTENSIONS[extname(path).toLowerCase()];
  // A Parquet file without its first bytes is none.
  if (known === 'parquet' && start === '') return 'csv';
  if (known) return known;
  return /^[\s\u00ef\u00bb\u00bf]*(\[\s*[[{\]]|\{\s*["}])/.test(start) ? 'json' : 'csv';
}
