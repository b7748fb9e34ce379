/** How many rows a file has, without looking into them where that can be avoided. */
import { formatOf } from '../model/file-format.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { readPieces } from './pieces.ts';
import { readJsonDocument } from './read-json.ts';

/**
 * Of JSON the items of its list, of JSON Lines the lines, of CSV and TSV the records without the header, of Parquet the
 * rows; blank lines are none. Errors: a sentence whose subject is the file, without a full stop.
 */
export async function countRows(fs: FileSystem, path: string, signal?: AbortSignal): Promise<Result<number, string>> {
  switch (formatOf(path)) {
    case 'json': {
      const value = readJsonDocument(fs, path);
      if (!value.ok) return value;
      return Array.isArray(value.value) ? ok(value.value.length) : err('it has no rows, since it is no list');
    }
    case 'jsonl': {
      const counter = new RecordCounter(false);
      const read = await readPieces(fs, path, ({ bytes }) => counter.add(bytes), signal);
      return read.ok ? ok(counter.records) : read;
    }
    case 'csv':
    case 'tsv': {
      const counter = new RecordCounter(true);
      const read = await readPieces(fs, path, ({ bytes }) => counter.add(bytes), signal);
      if (!read.ok) return read;
      if (counter.isOpen) return err('it has a quote that is never closed');
      return ok(Math.max(0, counter.records - 1));
    }
    case 'parquet': {
      const { countParquetRows } = await import('./parquet.ts');
      return countParquetRows(fs, path);
    }
    case 'other':
      return err('its rows cannot be counted (only those of CSV, TSV, JSON, JSON Lines and Parquet can)');
  }
}

const QUOTE = 0x22;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;

/**
 * Records of a text in UTF-8: with `quotes`, line ends inside quotes belong to their field. A quote opens only where a
 * field begins, after one of three separators, so one in the middle (`5" disk`) is a character like any other.
 */
class RecordCounter {
  readonly #quotes: boolean;
  #isQuoted = false;
  #records = 0;
  #blank = true;
  #fieldBegins = true;
  /** The last character was a quote within quotes, which may have ended them. */
  #mayEnd = false;

  constructor(quotes: boolean) {
    this.#quotes = quotes;
  }

  /** The text ends within quotes. */
  get isOpen(): boolean {
    return this.#isQuoted && !this.#mayEnd;
  }

  get records(): number {
    return this.#blank ? this.#records : this.#records + 1;
  }

  add(bytes: Uint8Array): true {
    const quotes = this.#quotes;
    let records = this.#records;
    let isQuoted = this.#isQuoted;
    let mayEnd = this.#mayEnd;
    let blank = this.#blank;
    let fieldBegins = this.#fieldBegins;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (mayEnd) {
        mayEnd = false;
        // Two of them stand for one that belongs to the field.
        if (byte === QUOTE) continue;
        isQuoted = false;
      }
      if (isQuoted) mayEnd = byte === QUOTE;
      else if (byte === NEWLINE) {
        if (!blank) records++;
        blank = true;
        fieldBegins = true;
      } else if (byte !== RETURN) {
        isQuoted = quotes && byte === QUOTE && fieldBegins;
        fieldBegins = byte === COMMA || byte === SEMICOLON || byte === TAB;
        // In JSON Lines a line of spaces is blank; in a CSV it is a row with one value.
        if (quotes || (byte !== SPACE && byte !== TAB)) blank = false;
      }
    }
    this.#records = records;
    this.#isQuoted = isQuoted;
    this.#mayEnd = mayEnd;
    this.#blank = blank;
    this.#fieldBegins = fieldBegins;
    return true;
  }
}
