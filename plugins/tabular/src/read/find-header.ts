/** How many of the first rows of a table are names of its columns: by what stands in the columns below. Pure. */
import { type CellKind, isValueKind, kindOf } from './cell-kind.ts';
import { type CsvRecord, isBlank } from './dialect.ts';

export interface HeaderFound {
  /** Rows before the names that are remarks. */
  readonly skip: number;
  /** 0 to 3. */
  readonly rows: number;
  /** Votes per column, from -1 (values) to 1 (names). */
  readonly score: number;
}

const ROWS_MAX = 3;
const BELOW_MAX = 500;
/** Share of a column's values that make it one of a kind. */
const KIND_SHARE_MIN = 0.6;

export function countHeaderRows(rows: readonly CsvRecord[], width: number): HeaderFound {
  const [first] = rows;
  if (first === undefined) return { skip: 0, rows: 0, score: 0 };
  if (isSeries(first, width) && !rows.slice(1, SERIES_LOOKED).some((row) => isSeries(row, width))) {
    return { skip: 0, rows: 1, score: 1 };
  }
  const below = bodyOf(rows, 1, first);
  const top = judge(first, columnsOf(below, width), width);
  if (top.isHeader) {
    const more = countMore(rows, width);
    const remark = more === 2 && isRemark(rows[0] as CsvRecord, rows[1] as CsvRecord) ? 1 : 0;
    return { skip: remark, rows: more - remark, score: top.score };
  }
  // Names of groups of columns have gaps; the names of the columns follow them.
  const second = rows[1];
  if (second !== undefined && isGroups(first)) {
    const next = judge(second, columnsOf(bodyOf(rows, 2, second), width), width);
    if (next.isHeader && next.score > 0.3) return { skip: 0, rows: 2, score: next.score };
  }
  return { skip: 0, rows: 0, score: top.score };
}

const SERIES_LOOKED = 5;
const SERIES_MIN = 5;
const YEARS_MIN = 3;
/** `May 4, 1987`, `4 May 1987`, `May 1987`. */
const NAMED_DAY =
  /^(\d{1,2}[. ] ?)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?( \d{1,2})?[, -]{1,2}(\d{4}|\d{2})$/i;

/** A text, or nothing, and then only numbers, years or dates that go on in equal steps, in whatever order. */
function isSeries({ cells }: CsvRecord, width: number): boolean {
  const [head = '', ...others] = cells.map((cell) => cell.trim());
  if (cells.length !== width || others.length < YEARS_MIN || (head !== '' && isValueKind(kindOf(head)))) return false;
  if (new Set(others).size < others.length) return false;
  const isDay = (cell: string) => ['date', 'datetime'].includes(kindOf(cell)) || NAMED_DAY.test(cell);
  if (others.every(isDay)) return true;
  const numbers = others.map((cell) => (/^\d{1,6}%?$/.test(cell) ? Number(cell.replace('%', '')) : Number.NaN));
  if (numbers.some(Number.isNaN)) return false;
  if (others.length < (others.every((cell) => YEAR.test(cell)) ? YEARS_MIN : SERIES_MIN)) return false;
  numbers.sort((a, b) => a - b);
  const step = (numbers[1] ?? 0) - (numbers[0] ?? 0);
  return numbers.every((number, at) => at === 0 || number - (numbers[at - 1] ?? 0) === step);
}

function bodyOf(rows: readonly CsvRecord[], from: number, names: CsvRecord): CsvRecord[] {
  const own = names.cells.join('\0');
  return rows.slice(from, from + BELOW_MAX).filter((row) => !isBlank(row) && row.cells.join('\0') !== own);
}

/** Rows of names below the first one: the same again, or texts over columns of values. */
function countMore(rows: readonly CsvRecord[], width: number): number {
  let count = 1;
  while (count < ROWS_MAX) {
    const above = rows[count - 1] as CsvRecord;
    const next = rows[count];
    if (next === undefined || isBlank(next)) break;
    const isSame = next.cells.every((cell, at) => cell.trim().toLowerCase() === above.cells[at]?.trim().toLowerCase());
    if (!isSame) {
      const columns = columnsOf(bodyOf(rows, count + 1, next), width);
      const typed = columns.filter((column) => column.kind !== undefined && isValueKind(column.kind)).length;
      if (typed < 2 && typed < width) break;
      if (rows.length <= count + 2 || typed < width / 2 || !isAllNames(next, columns)) break;
    }
    count += 1;
  }
  return count;
}

/** No value anywhere, and a text over every column of values but a few. */
function isAllNames(row: CsvRecord, columns: readonly Column[]): boolean {
  let typed = 0;
  let named = 0;
  for (const [at, column] of columns.entries()) {
    const kind = kindOf(row.cells[at] ?? '');
    if (isValueKind(kind) || kind === 'missing') return false;
    if (column.kind === undefined || !isValueKind(column.kind)) continue;
    typed += 1;
    if (kind !== 'empty') named += 1;
  }
  return named >= 0.8 * typed;
}

/** A sentence about the table, cut by its commas, over short names. */
function isRemark(first: CsvRecord, second: CsvRecord): boolean {
  const mean = ({ cells }: CsvRecord) => cells.reduce((sum, cell) => sum + cell.trim().length, 0) / cells.length;
  return mean(first) > 20 && mean(first) > 3 * mean(second);
}

function isGroups({ cells }: CsvRecord): boolean {
  const filled = cells.filter((cell) => cell.trim() !== '');
  return filled.length >= 2 && filled.length < cells.length && filled.every((cell) => !isValueKind(kindOf(cell)));
}

interface Column {
  /** Of most of its values; undefined without values or with several kinds. */
  readonly kind: CellKind | undefined;
  readonly values: ReadonlySet<string>;
  readonly isEmpty: boolean;
  readonly kinds: ReadonlyMap<CellKind, number>;
  readonly lengthMean: number;
  readonly lengthDeviation: number;
  readonly count: number;
  /** Most numbers are years. */
  readonly isYears: boolean;
}

const YEAR = /^(?:1[5-9]|20|21)\d{2}$/;
const TEXTS: ReadonlySet<CellKind> = new Set(['code', 'words', 'text']);

function columnsOf(rows: readonly CsvRecord[], width: number): Column[] {
  return Array.from({ length: width }, (_, at) => {
    const kinds = new Map<CellKind, number>();
    const values = new Set<string>();
    let count = 0;
    let years = 0;
    let lengths = 0;
    let squares = 0;
    for (const row of rows) {
      const cell = (row.cells[at] ?? '').trim();
      if (cell === '') continue;
      const kind = kindOf(cell);
      // What stands for a missing value says nothing about the others.
      if (kind === 'missing') continue;
      count += 1;
      if (YEAR.test(cell)) years += 1;
      values.add(cell);
      lengths += cell.length;
      squares += cell.length * cell.length;
      const group = TEXTS.has(kind) ? 'words' : kind;
      kinds.set(group, (kinds.get(group) ?? 0) + 1);
    }
    const kind = [...kinds].find(([, number]) => number >= KIND_SHARE_MIN * count)?.[0];
    const lengthMean = count === 0 ? 0 : lengths / count;
    return {
      kind,
      values,
      isEmpty: count === 0,
      kinds,
      lengthMean,
      lengthDeviation: count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - lengthMean * lengthMean)),
      count,
      isYears: years > 0.5 * count,
    };
  });
}

/** Per column of these rows the kind that most of its values have; `words` for texts. */
export function kindsOfColumns(rows: readonly CsvRecord[], width: number): (CellKind | undefined)[] {
  const fitting = rows.slice(0, BELOW_MAX).filter(({ cells }) => cells.length === width);
  return columnsOf(fitting, width).map(({ kind }) => kind);
}

function judge(
  row: CsvRecord,
  columns: readonly Column[],
  width: number,
): { readonly isHeader: boolean; readonly score: number } {
  const cells = Array.from({ length: width }, (_, at) => (row.cells[at] ?? '').trim());
  const filled = cells.filter((cell) => cell !== '');
  if (filled.length === 0) return { isHeader: false, score: 0 };
  const votes = cells.reduce((sum, cell, at) => sum + vote(cell, columns[at] as Column), 0);
  const score = votes / width;
  // A blank name over the first column is that of the numbers of rows.
  const gaps = cells.slice(1).filter((cell) => cell === '').length;
  const isFull = gaps <= 0.2 * width || filled.length >= row.cells.length - 1;
  if (score > 0) return { isHeader: isFull, score };
  if (score < 0) return { isHeader: false, score };
  // Nothing speaks for or against it: texts that are different, but a few, are names.
  const isHeader =
    isFull && new Set(filled).size >= 0.6 * filled.length && !filled.some((cell) => isValueKind(kindOf(cell)));
  return { isHeader, score };
}

function vote(cell: string, column: Column): number {
  if (cell === '') return 0;
  const kind = kindOf(cell);
  if (column.isEmpty) return isValueKind(kind) && !YEAR.test(cell) ? -0.5 : 0;
  const isText = !isValueKind(kind);
  if (column.kind !== undefined && isValueKind(column.kind)) {
    if (isText) return kind === 'missing' ? 0 : 1;
    if (YEAR.test(cell) && column.kind === 'number' && !column.isYears) return 0.5;
    if (kind === column.kind) return -1;
    return column.kind === 'number' && (kind === 'date' || kind === 'datetime') ? 0.5 : 0;
  }
  if (!isText) return (column.kinds.get(kind) ?? 0) >= 0.2 * column.count ? -1 : YEAR.test(cell) ? 0 : -0.5;
  if (column.values.has(cell)) return -1;
  const distance = Math.abs(cell.length - column.lengthMean);
  return column.count >= 10 && distance > 3 * Math.max(column.lengthDeviation, 0.5) ? 0.5 : 0;
}

/** The names of columns from their rows: joined by a space, names of groups going on to the right. */
export function joinHeader(rows: readonly CsvRecord[], width: number): string[] {
  const last = rows.at(-1);
  const grouped = rows.map((row) => (rows.length > 1 && row !== last && isGroups(row) ? spread(row, last) : row.cells));
  return Array.from({ length: width }, (_, at) =>
    rows.length === 1
      ? (last?.cells[at] ?? '')
      : grouped
          .map((cells) => (cells[at] ?? '').trim())
          .filter((cell) => cell !== '')
          .join(' '),
  );
}

/** Only where the names below are not different without it. */
function spread(row: CsvRecord, last: CsvRecord | undefined): readonly string[] {
  const names = last?.cells.filter((cell) => cell.trim() !== '') ?? [];
  if (new Set(names).size === names.length) return row.cells;
  let group = '';
  return row.cells.map((cell, at) => {
    if (cell.trim() !== '') group = cell;
    return last?.cells[at]?.trim() === '' ? cell : group;
  });
}
