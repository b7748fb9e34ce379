/** Columns side by side that are one variable: cells of one kind under names that are values. Pure. */
import { ratio, six } from '../numbers.ts';
import { type Cell, type Grid, isNumber, likeness, mainKind } from './grid.ts';
import { type NameForm, namesAs } from './header-names.ts';

export interface Block {
  readonly from: number;
  /** The last one. */
  readonly to: number;
  readonly names: NameForm;
  readonly stem: string;
  readonly kind: string;
  /** How much alike values of neighbours are. */
  readonly overlap: number;
  readonly score: number;
}

const SIZE_MIN = 3;
const KIND_SHARE = 0.7;
const WIDE_MAX = 1000;

/** The best first. */
export function blocks(grid: Grid): Block[] {
  const { names, columns } = grid;
  if (columns.length < 2 || columns.length > WIDE_MAX || grid.rows === 0) return [];
  const kinds = columns.map((cells) => mainKind(cells));
  const found: Block[] = [];
  for (const { from, to } of named(names)) {
    const block = blockOf(grid, kinds, from, to);
    if (block) found.push(block);
  }
  found.push(...alike(grid, kinds));
  return found.sort((a, b) => b.score - a.score || b.to - b.from - (a.to - a.from) || a.from - b.from).slice(0, 5);
}

/** Longest runs of names that have something in common. */
function named(names: readonly string[]): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (let from = 0; from + 1 < names.length; from++) {
    if (runs.some((run) => from > run.from && from < run.to)) continue;
    const first = namesAs(names.slice(from, from + 2));
    if (!first) continue;
    let to = from + 1;
    let known = first;
    while (to + 1 < names.length) {
      const next = namesAs(names.slice(from, to + 2));
      // A longer run with less in common is another one.
      if (!next || next.score < known.score - 0.05) break;
      known = next;
      to++;
    }
    if (to - from + 1 >= SIZE_MIN || (to - from === 1 && known.score >= 0.6)) runs.push({ from, to });
  }
  return runs;
}

function blockOf(
  grid: Grid,
  kinds: readonly ReturnType<typeof mainKind>[],
  from: number,
  to: number,
): Block | undefined {
  const names = namesAs(grid.names.slice(from, to + 1));
  if (!names) return undefined;
  const part = kinds.slice(from, to + 1).filter(({ kind }) => kind !== 'empty');
  const [kind = 'empty'] = part.map((one) => one.kind);
  const same = ratio(part.filter((one) => one.kind === kind).length, part.length);
  const overlap = overlapOf(grid, from, to);
  const size = to - from + 1;
  // Neighbours that look the same should be in it.
  const goesOn = (inside: number, outside: number) =>
    outside >= 0 &&
    outside < grid.names.length &&
    kinds[outside]?.kind === kind &&
    overlapOf(grid, Math.min(inside, outside), Math.max(inside, outside)) >= 0.5;
  const closed = (goesOn(from, from - 1) ? 0.9 : 1) * (goesOn(to, to + 1) ? 0.9 : 1);
  // Two columns are soon alike.
  const few = size >= 4 ? 1 : size === 3 ? 0.93 : 0.75;
  return {
    from,
    to,
    names: names.form,
    stem: names.stem,
    kind,
    overlap,
    score: six(names.score * few * (same >= 0.8 ? 1 : same) * (0.7 + 0.3 * overlap) * closed),
  };
}

/** Longest runs of columns with values of one kind and of one range, whatever they are called. */
function alike(grid: Grid, kinds: readonly ReturnType<typeof mainKind>[]): Block[] {
  const found: Block[] = [];
  for (let from = 0; from < kinds.length; ) {
    const { kind, share } = kinds[from] ?? { kind: 'empty', share: 0 };
    let to = from;
    while (
      to + 1 < kinds.length &&
      share >= KIND_SHARE &&
      kinds[to + 1]?.kind === kind &&
      (kinds[to + 1]?.share ?? 0) >= KIND_SHARE
    ) {
      to++;
    }
    const start = kind === 'text' && from === 0 ? 1 : from;
    if (kind !== 'empty' && to - start + 1 >= SIZE_MIN) {
      const overlap = overlapOf(grid, start, to);
      if (overlap >= 0.5) {
        const short = grid.names.slice(start, to + 1).every((name) => name.length <= 12 && /^\S+$/.test(name))
          ? 1
          : 0.85;
        const size = Math.min(1, 0.6 + 0.08 * (to - start + 1 - SIZE_MIN));
        found.push({
          from: start,
          to,
          names: 'text',
          stem: '',
          kind,
          overlap,
          score: six(0.75 * overlap * size * short),
        });
      }
    }
    from = to + 1;
  }
  return found;
}

/** Mean of what neighbours have in common: ranges of numbers, the same values, else how values look. */
function overlapOf({ columns }: Grid, from: number, to: number): number {
  let sum = 0;
  let pairs = 0;
  for (let at = from; at < to; at++) {
    const common = inCommon(columns[at] ?? [], columns[at + 1] ?? []);
    if (common === undefined) continue;
    sum += common;
    pairs++;
  }
  return pairs === 0 ? 0 : six(sum / pairs);
}

type Cells = readonly (Cell | undefined)[];

const present = (cells: Cells) => cells.filter((cell) => cell !== undefined);

function inCommon(lefts: Cells, rights: Cells): number | undefined {
  const [left, right] = [present(lefts), present(rights)];
  if (left.length === 0 || right.length === 0) return undefined;
  const [a, b] = [left.filter(isNumber), right.filter(isNumber)];
  if (a.length >= KIND_SHARE * left.length && b.length >= KIND_SHARE * right.length) return rangesOverlap(a, b);
  const known = new Set(left.map(({ text }) => text));
  const different = new Set(right.map(({ text }) => text));
  let shared = 0;
  for (const text of different) if (known.has(text)) shared++;
  const same = shared / Math.min(known.size, different.size);
  let look = 0;
  let both = 0;
  for (const [row, one] of lefts.entries()) {
    const other = rights[row];
    if (!one || !other) continue;
    look += likeness(one, other);
    both++;
  }
  // That two columns are both words says little.
  return Math.max(same, both === 0 ? 0 : (0.6 * look) / both);
}

function rangesOverlap(left: readonly Cell[], right: readonly Cell[]): number {
  const [a, b] = [quartiles(left), quartiles(right)];
  const width = Math.max(a.high, b.high) - Math.min(a.low, b.low);
  const common = Math.min(a.high, b.high) - Math.max(a.low, b.low);
  const written = a.kind === b.kind ? 1 : 0.5;
  // Of powers of ten, so that a column that grew is still the same one.
  return written * (width === 0 ? 1 : Math.max(0, Math.max(common, 0.2 - width) / Math.max(width, 0.2)));
}

function quartiles(cells: readonly Cell[]): { low: number; high: number; kind: string } {
  const powers = cells.map(({ power }) => power).sort((a, b) => a - b);
  const at = (share: number) => powers[Math.min(powers.length - 1, Math.floor(share * powers.length))] ?? 0;
  const kinds = cells.map(({ kind }) => kind);
  const kind = kinds.filter((one) => one === kinds[0]).length * 2 >= kinds.length ? (kinds[0] ?? '') : 'number';
  return { low: at(0.1), high: at(0.9), kind };
}
