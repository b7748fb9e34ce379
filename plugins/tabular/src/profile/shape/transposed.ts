/** Whether rows should be columns. Pure. */
import { six } from '../numbers.ts';
import { type Cell, type Grid, mainKind, neighbours } from './grid.ts';
import { namesAs } from './header-names.ts';

export interface Transposed {
  readonly score: number;
  /** Values of the first column are different, and there. */
  readonly isHeader: boolean;
  /** Rows, and columns, of which nearly all values are of one kind. */
  readonly rowTypes: number;
  readonly columnTypes: number;
  readonly inRows: number;
  readonly inColumns: number;
}

export function transposed(grid: Grid): Transposed {
  const [heads = [], ...others] = grid.columns;
  const texts = heads.flatMap((cell) => (cell ? [cell.text] : []));
  const isHeader = texts.length === grid.rows && new Set(texts).size === texts.length;
  const rows = Array.from({ length: grid.rows }, (_, row) => others.map((column) => column[row]));
  const rowTypes = pure(rows);
  const columnTypes = pure(others);
  const { inRows, inColumns } = neighbours(grid, 1);
  const facts = { isHeader, rowTypes, columnTypes, inRows: six(inRows), inColumns: six(inColumns) };
  if (!isHeader || grid.rows < 2 || others.length < 2) return { ...facts, score: 0 };
  const apart = inRows - inColumns;
  const areAttributes = attributes(heads.flatMap((cell) => cell ?? []));
  const headers = namesAs(grid.names.slice(1));
  // Rows of one kind each are only found where columns are not.
  const score =
    apart <= 0
      ? 0.2 * (1 + apart) * (rowTypes > columnTypes ? 1 : 0.5)
      : 0.3 +
        2.2 * apart +
        0.05 * areAttributes +
        0.1 * (rowTypes - columnTypes) -
        (headers && headers.score >= 0.9 ? 0.05 : 0);
  return { ...facts, score: six(Math.max(0, Math.min(0.95, score))) };
}

/** Share of columns, or rows, with one kind of value. */
function pure(lines: readonly (readonly (Cell | undefined)[])[]): number {
  let all = 0;
  let same = 0;
  for (const line of lines) {
    const { kind, share } = mainKind(line);
    if (kind === 'empty') continue;
    all++;
    if (kind !== 'text' && share >= 0.9) same++;
  }
  return all === 0 ? 0 : six(same / all);
}

/** Texts that read like names of columns: words, often with a unit; from -1 to 1. */
function attributes(heads: readonly Cell[]): number {
  if (heads.length === 0) return 0;
  let points = 0;
  for (const { text, kind, words } of heads) {
    if (kind !== 'text') points -= 1;
    else if (/[([%#$€°]|\b(total|number|average|mean|rate|type|name|date|count|min|max|size|price|id)\b/i.test(text))
      points += 1;
    else if (words > 3) points += 0.5;
  }
  return Math.max(-1, Math.min(1, points / heads.length));
}
