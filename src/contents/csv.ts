/** The one door to CSV: comma-separated values with a header, quotes as in RFC 4180. */
import { CsvError, type Info, parse } from 'csv-parse';
import type { FileSystem } from '../ports/file-system.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { counted, csvMistake, rowOf } from './csv-mistake.ts';
import { readPieces } from './pieces.ts';
import type { RowTaker } from './read-rows.ts';

const ROW_BYTES_MAX = 16 * 1024 * 1024;

/**
 * `delimiter`: undefined for a comma, or where the header has none, a semicolon or a tab.
 * Errors: what is wrong with it, as a sentence whose subject is the file, without a full stop.
 */
export async function readCsvRows(
  fs: FileSystem,
  path: string,
  delimiter: string | undefined,
  taker: RowTaker,
): Promise<Result<void, string>> {
  let reader: Reader | undefined;
  const read = await readPieces(fs, path, ({ bytes }) => {
    reader ??= new Reader(delimiter ?? delimiterOf(bytes), taker);
    return reader.add(bytes);
  });
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

/** What the library leaves on its errors. */
interface CsvMistake {
  readonly code: string;
  readonly lines?: number;
}

class Reader {
  readonly #taker: RowTaker;
  readonly #parser: ReturnType<typeof parse>;
  readonly #closed: Promise<void>;
  #names: readonly string[] | undefined;
  #goesOn = true;
  #problem: string | undefined;
  #thrown: unknown;
  /** The line in which the last row ends. */
  #line = 0;

  constructor(delimiter: string, taker: RowTaker) {
    this.#taker = taker;
    // Rows are taken where they are made, so nothing ever waits in the stream.
    this.#parser = parse({
      delimiter,
      record_delimiter: ['\r\n', '\n'],
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: ROW_BYTES_MAX,
      on_record: (cells: readonly string[], { lines }: Info) => {
        if (this.#goesOn) this.#take(cells, lines);
        return undefined;
      },
    });
    this.#closed = new Promise((resolve) => this.#parser.on('close', resolve));
    this.#parser.on('error', (error) => {
      this.#goesOn = false;
      this.#thrown ??= error;
    });
    this.#parser.resume();
  }

  /** False: the rest is not wanted. */
  add(bytes: Buffer): boolean {
    this.#parser.write(bytes);
    return this.#goesOn;
  }

  async end(): Promise<Result<void, string>> {
    if (this.#goesOn) this.#parser.end();
    else this.#parser.destroy();
    await this.#closed;
    if (this.#problem !== undefined) return err(this.#problem);
    if (this.#thrown === undefined) return ok(undefined);
    // What a taker throws comes out here too.
    if (!(this.#thrown instanceof CsvError)) throw this.#thrown;
    const { code, lines } = this.#thrown as CsvMistake;
    const mistake = csvMistake(code, lines, this.#line);
    return err(mistake === undefined ? reasonOf(this.#thrown) : `it ${mistake}`);
  }

  #take(cells: readonly string[], lines: number): void {
    // A cell may have line ends in it; then the row begins where those begin.
    const within = lines - this.#line > 1 ? lineEndsIn(cells) : 0;
    this.#line = lines;
    const place = lines - within;
    if (this.#names === undefined) {
      this.#names = cells;
      const twice = cells.find((name, at) => cells.indexOf(name) !== at);
      if (twice === undefined) this.#taker.columns(cells);
      else this.#stop(`it has two columns ${quoteName(twice)}`);
      return;
    }
    if (cells.length !== this.#names.length) {
      const columns = `the header has ${counted(this.#names.length, 'column')}`;
      this.#taker.unreadable(`it has ${counted(cells.length, 'value')}, and ${columns}`, place);
    } else this.#goesOn = this.#taker.row(rowOf(this.#names, cells), place);
  }

  #stop(problem: string): void {
    this.#problem = problem;
    this.#goesOn = false;
  }
}

function reasonOf({ message }: Error): string {
  return `it is no CSV (${(message.split('\n', 1)[0] ?? '').replace(/\.$/, '')})`;
}

function lineEndsIn(cells: readonly string[]): number {
  let count = 0;
  for (const cell of cells) for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) count++;
  return count;
}
