/** A table as cells that are compared with their neighbours: what its shape is judged by. Pure. */
import type { CodedTable } from '../codes.ts';
import { parseMoment } from '../moments.ts';
import { compareText } from '../values.ts';

/** What a value looks like. */
export interface Cell {
  readonly text: string;
  /** `number`, a number with something around it (`number%`), a kind of date, `url`, `email`, `text`. */
  readonly kind: string;
  /** Of numbers: the power of ten. */
  readonly power: number;
  readonly hasFraction: boolean;
  /** Of texts: letters, digits and others, each run of them as one sign. */
  readonly pattern: string;
  readonly words: number;
}

export interface Grid {
  /** As the file calls the columns; by their place where it does not. */
  readonly names: readonly string[];
  /** By column; undefined is a missing value. All have as many rows. */
  readonly columns: readonly (readonly (Cell | undefined)[])[];
  readonly rows: number;
}

const CELLS_MAX = 60_000;
const ROWS_MAX = 2000;

/** The first rows of it. `rows`: places of the rows that count; all where it is left out. */
export function gridOf(table: CodedTable, labels: readonly (string | null)[], rows?: readonly number[]): Grid {
  const max = Math.max(10, Math.min(ROWS_MAX, Math.floor(CELLS_MAX / Math.max(1, table.columns.length))));
  const places = (rows ?? Array.from({ length: table.rows.length }, (_, row) => row)).slice(0, max);
  return {
    names: table.columns.map(({ name }, at) => (labels[at] ?? name).trim()),
    columns: table.columns.map(({ codes, texts }) => {
      const cells = new Map<number, Cell>();
      return places.map((row) => {
        const code = codes[row] ?? -1;
        if (code < 0) return undefined;
        const known = cells.get(code) ?? cellOf((texts[code] ?? '').trim());
        cells.set(code, known);
        return known;
      });
    }),
    rows: places.length,
  };
}

/** Rows become columns, called as the first column says. */
export function turned({ names, columns, rows }: Grid): Grid {
  const [heads = [], ...others] = columns;
  const first = names.slice(1).map((name) => cellOf(name));
  const cells = Array.from({ length: rows }, (_, row) => others.map((column) => column[row]));
  return {
    names: [names[0] ?? '', ...heads.map((head) => head?.text ?? '')],
    columns: [first, ...cells],
    rows: others.length,
  };
}

const NUMBER =
  /^(\(?[-+−–]?\s?[^\p{L}\p{N}\s.,()+−–-]{0,3}\s?[-+−]?)(\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d*\.?\d+(?:[eE][-+]?\d+)?|\d+\.|\d+,\d+)(\s?(?:[^\p{L}\p{N}\s]{1,3}|[\p{L}°/]{1,12})?\)?)$/u;

export function cellOf(text: string): Cell {
  const number = NUMBER.exec(text);
  if (number) {
    const [, before = '', digits = '', after = ''] = number;
    const around = `${before.replace(/[-+−–\s(]/g, '')}#${after.replace(/[\s)]/g, '')}`;
    const value = Math.abs(Number(digits.replaceAll(/[, ](?=\d{3})/g, '').replace(',', '.')));
    return {
      text,
      kind: around === '#' ? 'number' : `number ${around}`,
      power: value > 0 && Number.isFinite(value) ? Math.log10(value) : 0,
      hasFraction: /[.]\d*[1-9]/.test(digits),
      pattern: '9',
      words: 1,
    };
  }
  return {
    text,
    kind: kindOf(text),
    power: 0,
    hasFraction: false,
    pattern: patternOf(text),
    words: text.split(/\s+/).length,
  };
}

function kindOf(text: string): string {
  if (/^(https?:\/\/|www\.)\S+$/i.test(text)) return 'url';
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) return 'email';
  if (text.length > 40) return 'text';
  const moment = /\d/.test(text) ? parseMoment(text)?.kind : undefined;
  return moment ?? 'text';
}

function patternOf(text: string): string {
  return text
    .slice(0, 60)
    .replaceAll(/\p{Lu}+/gu, 'A')
    .replaceAll(/\p{L}+/gu, 'a')
    .replaceAll(/Aa/g, 'A')
    .replaceAll(/\p{N}+/gu, '9')
    .replaceAll(/A(?: A)+/g, 'A');
}

export const isNumber = ({ kind }: Cell) => kind.startsWith('number');

/** How alike two values are, as values of one column would be: from 0 to 1. */
export function likeness(a: Cell, b: Cell): number {
  if (a.text === b.text) return 1;
  if (isNumber(a) && isNumber(b)) {
    const apart = 1 - Math.min(1, Math.abs(a.power - b.power) / 3);
    const written = a.kind === b.kind ? 1 : 0.4;
    return written * (0.45 + 0.45 * apart) * (a.hasFraction === b.hasFraction ? 1 : 0.9);
  }
  if (a.kind !== b.kind) return 0;
  if (a.kind !== 'text') return 0.95;
  if (a.pattern === b.pattern) return 0.9;
  const [shorter, longer] = [a.text.length, b.text.length].sort((x, y) => x - y) as [number, number];
  const words = Math.min(a.words, b.words) / Math.max(a.words, b.words);
  return 0.35 * (shorter / longer) + 0.35 * words;
}

/** The kind that most of the values have, and their share. */
export function mainKind(cells: readonly (Cell | undefined)[]): { readonly kind: string; readonly share: number } {
  const counts = new Map<string, number>();
  let total = 0;
  for (const cell of cells) {
    if (!cell) continue;
    total++;
    const kind = isNumber(cell) ? 'number' : cell.kind;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  let best = { kind: 'empty', share: 0 };
  for (const [kind, count] of counts) if (count / total > best.share) best = { kind, share: count / total };
  return best;
}

const COMPARED_MAX = 40;

/** Mean likeness of what stands side by side in a row, and of what is in one column, from `from` on. */
export function neighbours(
  { columns, rows }: Grid,
  from: number,
): { readonly inRows: number; readonly inColumns: number } {
  const beside = new Mean();
  for (let row = 0; row < rows; row++) {
    let left: Cell | undefined;
    for (let at = from; at < columns.length; at++) {
      const cell = columns[at]?.[row];
      if (!cell) continue;
      if (left) beside.add(likeness(left, cell));
      left = cell;
    }
  }
  const below = new Mean();
  for (const cells of columns.slice(from)) {
    const some = sampleOf(cells);
    for (const [at, one] of some.entries()) {
      for (const other of some.slice(at + 1)) below.add(likeness(one, other));
    }
  }
  return { inRows: beside.value, inColumns: below.value };
}

class Mean {
  private sum = 0;
  private count = 0;

  add(value: number): void {
    this.sum += value;
    this.count++;
  }

  get value(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }
}

/** Some of the values, the same in whatever order the rows are. */
function sampleOf(cells: readonly (Cell | undefined)[]): Cell[] {
  const present = cells.filter((cell) => cell !== undefined);
  present.sort((a, b) => compareText(a.text, b.text));
  if (present.length <= COMPARED_MAX) return present;
  return Array.from(
    { length: COMPARED_MAX },
    (_, at) => present[Math.floor((at * present.length) / COMPARED_MAX)] as Cell,
  );
}
