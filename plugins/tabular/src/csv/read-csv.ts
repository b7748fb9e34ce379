/**
 * From a CSV file, however it is written, to one that DuckDB reads without guessing: the file itself when it is regular,
 * else a copy with the same cells. Every row of the file is accounted for.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { decodeFile, type Encoding, type EncodingFound, sniffEncoding } from './decode.ts';
import { CsvParser, type CsvRow, type CsvTraits, type Dialect } from './parse.ts';
import { looksLikeHeader, modalWidth, sampleRows, sniffDialect } from './sniff.ts';

const SAMPLE_LENGTH = 1 << 20;
const WRITE_LENGTH = 1 << 20;

export interface CsvHints {
  readonly delimiter?: string | undefined;
  readonly header?: boolean | undefined;
}

export interface CsvFacts {
  readonly encoding: Encoding;
  /** Empty: the file is one column. */
  readonly delimiter: string;
  readonly quote: '"' | undefined;
  readonly header: boolean;
  /** `mixed` when there are several kinds; `none` in a file without one. */
  readonly lineEnd: 'lf' | 'crlf' | 'cr' | 'mixed' | 'none';
  /** Labels as they are in the file; undefined without a header. */
  readonly labels: readonly string[] | undefined;
  /** Number of columns. */
  readonly width: number;
  /** Without the header. */
  readonly rows: number;
  /** Rows with fewer cells than columns; the missing cells are missing values. */
  readonly short: RowIssue;
  /** Rows with more cells than columns; what is too much belongs to no column. */
  readonly long: RowIssue;
  /** Lines without a character between rows. */
  readonly blankLines: number;
  /** In characters. */
  readonly rowLengthMax: number;
}

export interface RowIssue {
  readonly count: number;
  /** Line of the first one, from 1; undefined when there is none. */
  readonly firstLine: number | undefined;
  /** Its number of cells. */
  readonly firstWidth: number | undefined;
}

export interface CsvRead {
  readonly facts: CsvFacts;
  /** The file can be read as it is, by its delimiter and double quotes. */
  readonly isRegular: boolean;
  /**
   * Writes the copy: UTF-8, comma, LF, every value in quotes, missing values empty, without a header. Its first column
   * is the number of the row, so that no line is ever blank.
   */
  readonly writeCopy: (to: string) => Promise<void>;
}

export async function readCsv(path: string, hints: CsvHints): Promise<CsvRead> {
  let encoding = sniffEncoding(path);
  try {
    return await scan(path, encoding, hints);
  } catch (error) {
    if (!(error instanceof TypeError) || encoding.encoding !== 'utf-8') throw error;
    // Not UTF-8 after all. Every byte is a character in this one, so it cannot fail again.
    encoding = { encoding: 'windows-1252', markBytes: encoding.markBytes };
    return await scan(path, encoding, hints);
  }
}

async function scan(path: string, encoding: EncodingFound, hints: CsvHints): Promise<CsvRead> {
  const { text, isWhole } = await readSample(path, encoding);
  let dialect = sniffDialect(text, { delimiter: hints.delimiter, isWhole });
  const first = await scanAll(path, encoding, dialect, text, isWhole, hints);
  if (first.traits.unclosedAt === undefined) return first.read;
  // A quote that is never closed is a character, and what looked like one long cell is rows.
  dialect = { delimiter: dialect.delimiter, quote: undefined };
  return (await scanAll(path, encoding, dialect, text, isWhole, hints)).read;
}

async function scanAll(
  path: string,
  encoding: EncodingFound,
  dialect: Dialect,
  sample: string,
  isWhole: boolean,
  hints: CsvHints,
): Promise<{ readonly read: CsvRead; readonly traits: CsvTraits }> {
  const { rows: sampled } = sampleRows(sample, dialect, isWhole);
  const header = hints.header ?? looksLikeHeader(sampled[0]);
  const counts = new Map<number, number>();
  for (const row of sampled) counts.set(row.cells.length, (counts.get(row.cells.length) ?? 0) + 1);
  // A row of the file that is longer than the header has a cell too many, unless most rows do.
  const [modal] = modalWidth(counts);
  const headerWidth = header ? (sampled[0]?.cells.length ?? 0) : 0;
  const width = Math.max(modal, headerWidth);

  let labels: readonly string[] | undefined;
  let rows = 0;
  let rowLengthMax = 0;
  let isPlain = true;
  const short = new Issues();
  const long = new Issues();
  const blankIsRow = width === 1;
  const takeRow = (row: CsvRow) => {
    let length = 0;
    for (const cell of row.cells) {
      length += cell.length + 3;
      if (cell.includes('\0')) isPlain = false;
    }
    if (length > rowLengthMax) rowLengthMax = length;
    const isHeader = header && labels === undefined;
    if (isHeader) labels = row.cells;
    else rows += 1;
    if (row.cells.length === width) return;
    isPlain = false;
    if (isHeader) return;
    if (row.cells.length < width) short.add(row);
    else long.add(row);
  };
  const parser = new CsvParser(dialect, takeRow, { blankIsRow });
  for await (const text of decodeFile(path, encoding)) parser.write(text);
  parser.end();

  const { traits } = parser;
  const facts: CsvFacts = {
    encoding: encoding.encoding,
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    header,
    lineEnd: lineEndOf(traits),
    labels,
    width,
    rows,
    short: short.issue,
    long: long.issue,
    blankLines: traits.blankLines,
    rowLengthMax,
  };
  const isRegular =
    isPlain &&
    encoding.encoding === 'utf-8' &&
    encoding.markBytes === 0 &&
    dialect.quote !== undefined &&
    dialect.delimiter !== '' &&
    width > 1 &&
    traits.looseQuotes === 0 &&
    traits.unclosedAt === undefined &&
    traits.blankLines === 0 &&
    (facts.lineEnd === 'lf' || facts.lineEnd === 'crlf');
  const writeCopy = (to: string) => copy(path, encoding, dialect, { header, width, blankIsRow }, to);
  return { read: { facts, isRegular, writeCopy }, traits };
}

async function copy(
  path: string,
  encoding: EncodingFound,
  dialect: Dialect,
  shape: { readonly header: boolean; readonly width: number; readonly blankIsRow: boolean },
  to: string,
): Promise<void> {
  const file = openSync(to, 'w');
  try {
    let pending = '';
    let row = shape.header ? -1 : 0;
    const write = ({ cells, quoted }: CsvRow) => {
      if (row >= 0) {
        pending += row;
        for (let at = 0; at < shape.width; at++) {
          const cell = cells[at] ?? '';
          // U+0000 cannot be in a text of DuckDB.
          const value =
            cell === '' && quoted[at] !== true ? '' : `"${cell.replaceAll('"', '""').replaceAll('\0', '\uFFFD')}"`;
          pending += `,${value}`;
        }
        pending += '\n';
        if (pending.length > WRITE_LENGTH) {
          writeSync(file, pending);
          pending = '';
        }
      }
      row += 1;
    };
    const parser = new CsvParser(dialect, write, { blankIsRow: shape.blankIsRow });
    for await (const text of decodeFile(path, encoding)) parser.write(text);
    parser.end();
    if (pending !== '') writeSync(file, pending);
  } finally {
    closeSync(file);
  }
}

async function readSample(path: string, encoding: EncodingFound): Promise<{ text: string; isWhole: boolean }> {
  let text = '';
  for await (const piece of decodeFile(path, encoding)) {
    text += piece;
    if (text.length >= SAMPLE_LENGTH) return { text, isWhole: false };
  }
  return { text, isWhole: true };
}

function lineEndOf({ lf, crlf, cr }: CsvTraits): CsvFacts['lineEnd'] {
  const kinds = [lf && 'lf', crlf && 'crlf', cr && 'cr'].filter((kind) => kind !== false) as ('lf' | 'crlf' | 'cr')[];
  const [only] = kinds;
  return kinds.length > 1 ? 'mixed' : (only ?? 'none');
}

class Issues {
  #count = 0;
  #first: CsvRow | undefined;

  add(row: CsvRow): void {
    this.#count += 1;
    this.#first ??= row;
  }

  get issue(): RowIssue {
    return { count: this.#count, firstLine: this.#first?.line, firstWidth: this.#first?.cells.length };
  }
}
