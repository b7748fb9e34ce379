/**
 * Which dialect a text is written in, found out from its beginning: van den Burg, Nazábal and Sutton's data consistency,
 * pattern score times type score. Pure; knows no files.
 */
import { type CellKind, kindOf } from './cell-kind.ts';
import { type CsvRecord, DELIMITERS, type Dialect, isBlank, QUOTES } from './dialect.ts';
import { CsvParser } from './parse.ts';

const LENGTH_MAX = 256 * 1024;
const RECORDS_MAX = 2_000;
/** Below this share of records with one width, the text is no table of that delimiter. */
const WIDTH_SHARE_MIN = 0.4;
/** How much of the score is believed: blanks and colons are inside values more often than between them. */
const TRUST: { readonly [delimiter: string]: number } = { ' ': 0.6, ':': 0.6, '^': 0.9, '~': 0.9 };

/** What is known already; the rest is tried. */
export interface DialectHints {
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
  readonly escape?: string | undefined;
  readonly lineEnd?: Dialect['lineEnd'] | undefined;
  /** Whether the text is the whole file; else its last record may be cut and is left out. */
  readonly isWhole: boolean;
}

export interface DialectScore {
  readonly dialect: Dialect;
  /** Pattern score times type score, lower for doubtful quotes. */
  readonly score: number;
  /** How alike the records are in width, in records. */
  readonly pattern: number;
  /** Share of cells that are of a known kind. */
  readonly type: number;
  /** The most frequent number of cells. */
  readonly width: number;
}

/** All that were tried, the best one first. */
export function scoreDialects(text: string, hints: DialectHints): DialectScore[] {
  const sample = text.slice(0, LENGTH_MAX);
  const isWhole = hints.isWhole && sample.length === text.length;
  const lineEnd = hints.lineEnd ?? 'any';
  const scores = candidates(sample, hints).map((one) => score(sample, { ...one, lineEnd }, isWhole));
  const known = scores.filter((one) => one !== undefined);
  // Those before others are preferred where the score is the same; sorting is stable.
  return known.sort((a, b) => b.score - a.score);
}

function candidates(text: string, hints: DialectHints): Omit<Dialect, 'lineEnd'>[] {
  const delimiters =
    hints.delimiter === undefined
      ? [...DELIMITERS.filter((delimiter) => text.includes(delimiter)), '']
      : [hints.delimiter];
  const quotes =
    hints.quote === undefined ? [...QUOTES.filter((quote, at) => at === 0 || text.includes(quote)), ''] : [hints.quote];
  return quotes.flatMap((quote) => {
    if (quote === '' && hints.quote === undefined && !QUOTES.some((one) => text.includes(one))) return [];
    const escapes =
      hints.escape !== undefined && quote !== ''
        ? [hints.escape]
        : quote !== '' && text.includes(`\\${quote}`)
          ? [quote, '\\']
          : [quote];
    return escapes.flatMap((before) => delimiters.map((delimiter) => ({ delimiter, quote, escape: before })));
  });
}

function score(text: string, dialect: Dialect, isWhole: boolean): DialectScore | undefined {
  let filled = filledRecords(text, dialect, isWhole);
  if (filled.some(({ irregular }) => irregular)) {
    // A stray quote takes many lines along, unless it is known how wide a record should be.
    const [expected] = modalWidth(widthsOf(filled));
    filled = filledRecords(text, dialect, isWhole, expected);
  }
  if (filled.length === 0) return undefined;
  const widths = widthsOf(filled);
  const kinds = new Map<string, CellKind>();
  let known = 0;
  let cells = 0;
  let doubtful = 0;
  for (const record of filled) {
    if (record.irregular) doubtful += 1;
    for (const [at, cell] of record.cells.entries()) {
      let kind = kinds.get(cell);
      if (kind === undefined) {
        kind = kindOf(cell);
        kinds.set(cell, kind);
      }
      cells += 1;
      // In quotes anything may be; a quote that was left over says that the quotes are others.
      if (kind !== 'text') known += 1;
      else if (record.quoted[at] === true) known += 0.9;
      else if (/^["'].*["']$/s.test(cell.trim())) doubtful += 0.5 / record.cells.length;
    }
  }
  const [width, count] = modalWidth(widths);
  let pattern = 0;
  for (const [cellCount, records] of widths) pattern += (records * Math.max(1e-3, cellCount - 1)) / cellCount;
  pattern /= widths.size;
  const type = Math.max(known / cells, 1e-3);
  const share = count / filled.length;
  const trust = (TRUST[dialect.delimiter] ?? 1) * (1 - Math.min(0.99, doubtful / filled.length));
  const fits = dialect.delimiter === '' || (width > 1 && share >= WIDTH_SHARE_MIN);
  return { dialect, score: fits ? pattern * type * trust : 0, pattern, type, width };
}

function filledRecords(text: string, dialect: Dialect, isWhole: boolean, width?: number): CsvRecord[] {
  return readRecords(text, dialect, isWhole, RECORDS_MAX, width).records.filter((record) => !isBlank(record));
}

export function widthsOf(records: readonly CsvRecord[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  return counts;
}

/** `records` of a beginning; without the last one when that may be cut. */
export function readRecords(
  text: string,
  dialect: Dialect,
  isWhole: boolean,
  max: number,
  width?: number,
): { readonly records: readonly CsvRecord[]; readonly parser: CsvParser } {
  const records: CsvRecord[] = [];
  const parser = new CsvParser(dialect, (record) => records.length < max && records.push(record), width);
  parser.write(text);
  if (isWhole) parser.end();
  return { records, parser };
}

/** The most frequent width, the larger of two. */
export function modalWidth(counts: ReadonlyMap<number, number>): [width: number, count: number] {
  let best: [number, number] = [0, 0];
  for (const [width, count] of counts) {
    if (count > best[1] || (count === best[1] && width > best[0])) best = [width, count];
  }
  return best;
}
