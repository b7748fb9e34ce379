/** The rows of a file, one after the other, whatever its format. Memory does not follow the size of the file, except for JSON. */
import { formatOf } from '../model/file-format.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { Piece } from './pieces.ts';
import { giveWay, ROWS_AT_ONCE, readPieces } from './pieces.ts';
import { parseJson, readJsonDocument } from './read-json.ts';

/** What is told of a file. Places are lines of CSV, TSV and JSON Lines, and rows of JSON and Parquet; both from 1. */
export interface RowTaker {
  /** The columns, before any row; not of JSON and JSON Lines, whose rows may each have others. */
  columns(names: readonly string[]): void;
  /** Of CSV a mapping of texts. False ends it. */
  row(value: Json, place: number): boolean;
  /** A row that cannot be read, as a sentence whose subject is the row. */
  unreadable(reason: string, place: number): void;
}

/**
 * Others go on in between. Errors: why the file has no rows, or cannot be read on, as a sentence whose subject is the file,
 * without a full stop. Rejects when `signal` fires.
 */
export async function readRows(
  fs: FileSystem,
  path: string,
  taker: RowTaker,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  const format = formatOf(path);
  switch (format) {
    case 'json':
      return readList(fs, path, taker, signal);
    case 'jsonl':
      return readJsonLines(fs, path, taker, signal);
    case 'csv':
    case 'tsv': {
      const { readCsvRows } = await import('./csv.ts');
      return readCsvRows(fs, path, format === 'tsv' ? '\t' : undefined, taker, signal);
    }
    case 'parquet': {
      const { readParquetRows } = await import('./parquet.ts');
      return readParquetRows(fs, path, taker, signal);
    }
    case 'other':
      return err('its rows cannot be read (only those of CSV, TSV, JSON, JSON Lines and Parquet can)');
  }
}

async function readList(
  fs: FileSystem,
  path: string,
  taker: RowTaker,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  const read = readJsonDocument(fs, path);
  if (!read.ok) return read;
  if (!Array.isArray(read.value)) return err('it has no rows, since it is no list');
  for (const [at, value] of (read.value as readonly Json[]).entries()) {
    if (!taker.row(value, at + 1)) break;
    if (at % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await giveWay(signal);
  }
  return ok(undefined);
}

async function readJsonLines(
  fs: FileSystem,
  path: string,
  taker: RowTaker,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  const take = ({ bytes, line }: Piece) => {
    for (const [at, text] of bytes.toString('utf8').split('\n').entries()) {
      if (text.trim() === '') continue;
      const value = parseJson(text);
      if (!value.ok) taker.unreadable(value.error, line + at);
      else if (!taker.row(value.value, line + at)) return false;
    }
    return true;
  };
  return readPieces(fs, path, take, signal);
}
