/** A record made to fit the columns of its table, or the reason why it does not. Pure. */
import { type CellKind, isValueKind, kindOf } from './cell-kind.ts';
import { type CsvRecord, DELIMITERS, type Dialect } from './dialect.ts';
import { CsvParser } from './parse.ts';

/** What is done with records of another width: made to fit where that loses nothing, else rejected; all rejected; or the end. */
export type OnBadRow = 'reject' | 'pad' | 'fail';

export type RejectCode = 'missing-cell' | 'extra-cell';

export type Fit =
  | { readonly cells: readonly string[]; readonly quoted: readonly boolean[]; readonly repair: Repair | undefined }
  | { readonly reject: RejectCode };

/**
 * `missing-cell`: cells at the end were not there · `extra-cell`: empty cells at the end were too many · `realigned`: one
 * cell was missing, or an empty one too many, where the kinds of the others say · `other-delimiter`: the record has
 * another delimiter than the rest · `quote`: a quote where the dialect has none was taken for a character.
 */
export type Repair = 'missing-cell' | 'extra-cell' | 'realigned' | 'other-delimiter' | 'quote';

export interface TableShape {
  readonly width: number;
  /** Per column what most of its values are; undefined where they differ. */
  readonly kinds: readonly (CellKind | undefined)[];
  readonly dialect: Dialect;
}

/** Columns that have to say where the cells of a record belong. */
const WITNESSES_MIN = 2;

export function fitRecord(record: CsvRecord, shape: TableShape, onBadRow: OnBadRow): Fit {
  const { cells, quoted, irregular } = record;
  const { width } = shape;
  if (cells.length === width) return { cells, quoted, repair: irregular ? 'quote' : undefined };
  const isShort = cells.length < width;
  if (onBadRow !== 'pad') return { reject: isShort ? 'missing-cell' : 'extra-cell' };
  const found = withOtherDelimiter(record, shape) ?? realigned(record, shape);
  if (found !== undefined) return found;
  if (isShort) {
    const missing = width - cells.length;
    return {
      cells: [...cells, ...Array.from({ length: missing }, () => '')],
      quoted: [...quoted, ...Array.from({ length: missing }, () => false)],
      repair: 'missing-cell',
    };
  }
  if (cells.slice(width).some((cell) => cell !== '')) return { reject: 'extra-cell' };
  return { cells: cells.slice(0, width), quoted: quoted.slice(0, width), repair: 'extra-cell' };
}

/** The whole record cut at another delimiter, when every column then has what it has elsewhere. */
function withOtherDelimiter({ text }: CsvRecord, { width, kinds, dialect }: TableShape): Fit | undefined {
  if (text === undefined) return undefined;
  for (const delimiter of DELIMITERS) {
    if (delimiter === dialect.delimiter || !text.includes(delimiter)) continue;
    const records: CsvRecord[] = [];
    const parser = new CsvParser({ ...dialect, delimiter }, (record) => records.push(record));
    parser.write(text);
    parser.end();
    const [found, more] = records;
    if (found === undefined || more !== undefined || found.irregular || found.cells.length !== width) continue;
    const { matches, mismatches } = compare(found.cells, kinds);
    if (mismatches > 0 || matches < WITNESSES_MIN) continue;
    return { cells: found.cells, quoted: found.quoted, repair: 'other-delimiter' };
  }
  return undefined;
}

/** With one cell put in, or an empty one left out, at the one place where everything else fits. */
function realigned({ cells, quoted }: CsvRecord, { width, kinds }: TableShape): Fit | undefined {
  const isShort = cells.length === width - 1;
  if (!isShort && cells.length !== width + 1) return undefined;
  let best: { readonly cells: readonly string[]; readonly at: number } | undefined;
  let bestMatches = WITNESSES_MIN - 1;
  const last = isShort ? width - 1 : width;
  // From the end: where several places are as good, nothing says that it is another one.
  for (let at = last; at >= 0; at--) {
    if (!isShort && (cells[at] !== '' || quoted[at] === true)) continue;
    const tried = isShort ? [...cells.slice(0, at), '', ...cells.slice(at)] : cells.filter((_, index) => index !== at);
    const { matches, mismatches } = compare(tried, kinds);
    if (mismatches > 0 || matches <= bestMatches) continue;
    best = { cells: tried, at };
    bestMatches = matches;
  }
  if (best === undefined || best.at === last) return undefined;
  const { at } = best;
  const marks = isShort
    ? [...quoted.slice(0, at), false, ...quoted.slice(at)]
    : quoted.filter((_, index) => index !== at);
  return { cells: best.cells, quoted: marks, repair: 'realigned' };
}

/** How many cells are of a kind that says something and that their column has; and how many are not of their column's. */
function compare(
  cells: readonly string[],
  kinds: readonly (CellKind | undefined)[],
): { readonly matches: number; readonly mismatches: number } {
  let matches = 0;
  let mismatches = 0;
  for (const [at, cell] of cells.entries()) {
    const expected = kinds[at];
    const kind = kindOf(cell);
    if (expected === undefined || kind === 'empty' || kind === 'missing') continue;
    if (isValueKind(expected) || isValueKind(kind)) {
      if (expected === kind) matches += 1;
      else mismatches += 1;
    }
  }
  return { matches, mismatches };
}
