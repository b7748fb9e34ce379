/**
 * Rows of CSV: values with a delimiter between them and a header, quotes as in RFC 4180. Most lines have no quotes, and need
 * no more than to be split; those that have are for the library, which is slower and knows them all.
 */
import { CsvError, parse } from 'csv-parse/sync';
import type { FileSystem } from '../ports/file-system.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { counted, csvMistake, rowOf } from './csv-mistake.ts';
import type { Piece } from './pieces.ts';
import { readPieces } from './pieces.ts';
import type { RowTaker } from './read-rows.ts';

const ROW_BYTES_MAX = 16 * 1024 * 1024;
/** Quotes that are so near to each other are read in one go. */
const NEAR_BYTES = 4096;
const QUOTE = 0x22;
const NEWLINE = 0x0a;

/**
 * `delimiter`: undefined for a comma, or where the header has none, a semicolon or a tab.
 * Errors: what is wrong with it, as a sentence whose subject is the file, without a full stop.
 */
export async function readCsvRows(
  fs: FileSystem,
  path: string,
  delimiter: string | undefined,
  taker: RowTaker,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  let reader: Reader | undefined;
  const take = ({ bytes }: Piece) => {
    reader ??= new Reader(delimiter ?? delimiterOf(bytes), taker);
    return reader.add(bytes);
  };
  const read = await readPieces(fs, path, take, signal);
  if (!read.ok) return read;
  return reader ? reader.end() : err('it is empty; a CSV without rows has its header');
}

/** Of the header, which is within the first piece unless it is no header. */
function delimiterOf(bytes: Buffer): string {
  const header = bytes
    .toString('utf8', 0, 64 * 1024)
    .replace(/"(?:[^"]|"")*"/g, '')
    .split('\n', 1)[0] as string;
  return [',', ';', '\t'].find((delimiter) => header.includes(delimiter)) ?? ',';
}

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

class Reader {
  readonly #delimiter: string;
  readonly #taker: RowTaker;
  #names: readonly string[] | undefined;
  /** A row that a piece ended in the middle of. */
  #held: Buffer = Buffer.alloc(0);
  /** The number of the line that comes next. */
  #line = 1;
  #goesOn = true;
  #problem: string | undefined;

  constructor(delimiter: string, taker: RowTaker) {
    this.#delimiter = delimiter;
    this.#taker = taker;
  }

  /** Whole lines. False: the rest is not wanted. */
  add(piece: Buffer): boolean {
    const bytes = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    let at = 0;
    while (at < bytes.length && this.#goesOn) {
      const quote = bytes.indexOf(QUOTE, at);
      const plainEnd = quote < 0 ? bytes.length : Math.max(at, bytes.lastIndexOf(NEWLINE, quote) + 1);
      if (plainEnd > at) this.#split(bytes.subarray(at, plainEnd));
      at = plainEnd;
      if (quote < 0) break;
      const quoted = endOfQuoted(bytes, at);
      if (quoted.end > at) this.#parse(bytes.subarray(at, quoted.end));
      at = quoted.end;
      if (quoted.isOpen) break;
    }
    this.#held = bytes.subarray(at);
    if (this.#goesOn && this.#held.length > ROW_BYTES_MAX) {
      this.#stop(`it ${csvMistake('CSV_MAX_RECORD_SIZE', undefined, this.#line - 1)}`);
    }
    return this.#goesOn;
  }

  end(): Result<void, string> {
    if (this.#goesOn && this.#held.length > 0) this.#parse(this.#held);
    return this.#problem === undefined ? ok(undefined) : err(this.#problem);
  }

  /** Lines without quotes. */
  #split(bytes: Buffer): void {
    const lines = bytes.toString('utf8').split('\n');
    // Nothing comes after the last line end.
    if (lines.at(-1) === '') lines.pop();
    for (const line of lines) {
      const text = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (text !== '' && this.#goesOn) this.#take(text.split(this.#delimiter), this.#line);
      this.#line++;
    }
  }

  #parse(bytes: Buffer): void {
    const first = this.#line;
    try {
      const rows = parse(bytes, {
        delimiter: this.#delimiter,
        record_delimiter: ['\r\n', '\n'],
        skip_empty_lines: true,
        relax_column_count: true,
        info: true,
      }) as unknown as readonly ParsedRow[];
      for (const { record, info } of rows) {
        const last = first + info.lines - 1;
        // A cell may have line ends in it; then the row begins where those begin.
        if (this.#goesOn) this.#take(record, last - lineEndsIn(record));
      }
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) this.#line++;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      const { code, lines = 1 } = error as { readonly code: string; readonly lines?: number };
      const mistake = csvMistake(code, first + lines - 1, first - 1);
      this.#stop(mistake === undefined ? reasonOf(error) : `it ${mistake}`);
    }
  }

  #take(cells: readonly string[], line: number): void {
    if (this.#names === undefined) {
      this.#names = cells;
      const twice = cells.find((name, at) => cells.indexOf(name) !== at);
      if (twice === undefined) this.#taker.columns(cells);
      else this.#stop(`it has two columns ${quoteName(twice)}`);
      return;
    }
    if (cells.length !== this.#names.length) {
      const columns = `the header has ${counted(this.#names.length, 'column')}`;
      this.#taker.unreadable(`it has ${counted(cells.length, 'value')}, and ${columns}`, line);
    } else this.#goesOn = this.#taker.row(rowOf(this.#names, cells), line);
  }

  #stop(problem: string): void {
    this.#problem = problem;
    this.#goesOn = false;
  }
}

/**
 * From the beginning of a row with a quote to the end of the last one of those that follow closely. `isOpen`: a row begins
 * there that does not end here.
 */
function endOfQuoted(bytes: Buffer, start: number): { readonly end: number; readonly isOpen: boolean } {
  let end = start;
  for (let quote = bytes.indexOf(QUOTE, start); quote >= 0; ) {
    const closing = bytes.indexOf(QUOTE, quote + 1);
    if (closing < 0) return { end, isOpen: true };
    quote = bytes.indexOf(QUOTE, closing + 1);
    const lineEnd = bytes.indexOf(NEWLINE, closing);
    if (lineEnd < 0) return { end: bytes.length, isOpen: false };
    if (quote >= 0 && quote < lineEnd) continue;
    end = lineEnd + 1;
    if (quote < 0 || quote - end > NEAR_BYTES) break;
    end = bytes.lastIndexOf(NEWLINE, quote) + 1;
  }
  return { end, isOpen: false };
}

function reasonOf({ message }: Error): string {
  return `it is no CSV (${(message.split('\n', 1)[0] ?? '').replace(/\.$/, '')})`;
}

function lineEndsIn(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) count++;
  return count;
}
