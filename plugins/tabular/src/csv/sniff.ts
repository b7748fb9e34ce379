/** How a CSV is written, found out from its beginning: delimiter, quotes, header. Pure; knows no files. */
import { CsvParser, type CsvRow, type Dialect } from './parse.ts';

/** In order of preference when two fit equally well. */
const DELIMITERS = [',', '\t', ';', '|'] as const;
const ROWS_MAX = 2_000;
/** Below this share of rows with one width, the text is no table of that delimiter. */
const WIDTH_SHARE_MIN = 0.5;

export interface SniffHints {
  readonly delimiter?: string | undefined;
  /** Whether `text` is the whole file; else its last row may be cut and is left out. */
  readonly isWhole: boolean;
}

/**
 * The dialect that gives rows of one width with cells of known kinds: van den Burg, Nazábal and Sutton's data
 * consistency, pattern score times type score. A text that no delimiter fits is one column; its delimiter is empty.
 */
export function sniffDialect(text: string, hints: SniffHints): Dialect {
  let best: { readonly dialect: Dialect; readonly score: number } | undefined;
  for (const quote of ['"', undefined] as const) {
    for (const delimiter of hints.delimiter === undefined ? DELIMITERS : [hints.delimiter]) {
      const dialect: Dialect = { delimiter, quote };
      const score = scoreDialect(text, dialect, hints);
      if (best === undefined ? score > 0 : score > best.score) best = { dialect, score };
    }
    // Without quotes in the text there is nothing to choose.
    if (!text.includes('"')) break;
  }
  return best?.dialect ?? { delimiter: hints.delimiter ?? '', quote: '"' };
}

function scoreDialect(text: string, dialect: Dialect, hints: SniffHints): number {
  const { rows, doubt } = sampleRows(text, dialect, hints.isWhole);
  if (rows.length === 0) return 0;
  const counts = new Map<number, number>();
  let known = 0;
  let cells = 0;
  for (const row of rows) {
    counts.set(row.cells.length, (counts.get(row.cells.length) ?? 0) + 1);
    cells += row.cells.length;
    for (const cell of row.cells) if (isKnown(cell)) known += 1;
  }
  const [width, count] = modalWidth(counts);
  if (width < 2 || count / rows.length < WIDTH_SHARE_MIN) return 0;
  let pattern = 0;
  for (const [rowWidth, rowCount] of counts) pattern += (rowCount * (rowWidth - 1)) / rowWidth;
  return (pattern / counts.size) * Math.max(known / cells, 1e-3) * (1 - doubt);
}

/** `doubt` is the share of rows whose quotes are not where they should be, near 1 when one is never closed. */
export function sampleRows(text: string, dialect: Dialect, isWhole: boolean): { rows: CsvRow[]; doubt: number } {
  const rows: CsvRow[] = [];
  const parser = new CsvParser(dialect, (row) => rows.length < ROWS_MAX && rows.push(row));
  parser.write(text);
  if (isWhole) parser.end();
  const { unclosedAt, looseQuotes } = parser.traits;
  return { rows, doubt: unclosedAt === undefined ? Math.min(0.99, looseQuotes / Math.max(1, rows.length)) : 0.99 };
}

/** The most frequent width, the larger of two. */
export function modalWidth(counts: ReadonlyMap<number, number>): [width: number, count: number] {
  let best: [number, number] = [0, 0];
  for (const [width, count] of counts) {
    if (count > best[1] || (count === best[1] && width > best[0])) best = [width, count];
  }
  return best;
}

const KNOWN = new RegExp(
  [
    '',
    '[+-]?[$€£]?\\d[\\d,. ]*%?',
    '[+-]?\\.?\\d+([eE][+-]?\\d+)?',
    '\\d{1,4}[-/.]\\d{1,2}[-/.]\\d{1,4}([ T]\\d{1,2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}:?\\d{2})?)?',
    '\\d{1,2}:\\d{2}(:\\d{2})?',
    '[\\p{L}\\p{N}_.-]{1,40}',
    '[\\p{L}\\p{N}][\\p{L}\\p{N} .&()-]{0,80}',
    '[^\\s@]+@[^\\s@]+\\.\\w+',
    'https?://\\S+',
    'n/a|N/A|-|\\?',
  ]
    .map((form) => `(?:${form})`)
    .join('|')
    .replace(/^/, '^(?:')
    .replace(/$/, ')$'),
  'u',
);

function isKnown(cell: string): boolean {
  return cell.length <= 200 && KNOWN.test(cell.trim());
}

/** The first row has the names of the columns when it is text without numbers and dates, and says something. */
export function looksLikeHeader(first: CsvRow | undefined): boolean {
  if (!first) return false;
  const cells = first.cells.map((cell) => cell.trim());
  if (!cells.some((cell) => cell !== '')) return false;
  return !cells.some(
    (cell) =>
      /^[+-]?(\d+([.,]\d+)*|\.\d+)([eE][+-]?\d+)?%?$|^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b/.test(cell) &&
      !/^(1[5-9]|20|21)\d{2}$/.test(cell),
  );
}
