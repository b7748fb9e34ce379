/** All minimal functional dependencies that hold in every row, by TANE (Huhtala and others 1999). Pure. */
import { errorOf, mark, type Partition, partitionOf, product, unmark } from './partitions.ts';

export interface ExactDependencies {
  /** Columns by their position; by the size of the left side, then by its columns, then by the right side. */
  readonly found: readonly { readonly lhs: readonly number[]; readonly rhs: number; readonly distinctLhs: number }[];
  readonly isComplete: boolean;
  /** Left sides up to this size were all looked at. */
  readonly lhsMax: number;
  readonly visits: number;
}

/** Sets of columns are bits of a number. */
const COLUMNS_MAX = 30;

interface Node {
  readonly partition: Partition;
  readonly error: number;
}

/**
 * `budget` is the number of rows that may be visited in products of partitions. A set that is a key leaves the search,
 * so the candidates of sets above it are never made; whether what it determines is minimal is asked of what has been
 * found instead, which is all with a smaller left side.
 */
export function exactDependencies(columns: readonly Int32Array[], rows: number, budget: number): ExactDependencies {
  const width = columns.length;
  const found: { lhs: number; rhs: number; distinctLhs: number }[] = [];
  if (width > COLUMNS_MAX || rows === 0) return { found: [], isComplete: rows === 0, lhsMax: 0, visits: 0 };
  const all = 2 ** width - 1;
  const minimal: number[][] = columns.map(() => []);
  const add = (lhs: number, rhs: number, error: number) => {
    found.push({ lhs, rhs, distinctLhs: rows - error });
    minimal[rhs]?.push(lhs);
  };
  const scratch = new Int32Array(rows).fill(-1);
  let visits = 0;
  let lhsMax = -1;
  let errors = new Map<number, number>([[0, rows - 1]]);
  let candidates = new Map<number, number>([[0, all]]);
  let level = new Map<number, Node>();
  for (const [at, codes] of columns.entries()) {
    const partition = partitionOf(codes);
    visits += rows;
    level.set(1 << at, { partition, error: errorOf(partition) });
  }
  while (level.size > 0) {
    const nextCandidates = new Map<number, number>();
    for (const [set, { error }] of level) {
      let open = all;
      for (const one of bits(set)) open &= candidates.get(set ^ (1 << one)) ?? 0;
      for (const rhs of bits(set & open)) {
        const lhs = set ^ (1 << rhs);
        if (errors.get(lhs) === error) {
          add(lhs, rhs, error);
          open &= ~(1 << rhs) & set;
        }
      }
      nextCandidates.set(set, open);
    }
    lhsMax++;
    for (const [set, { error }] of [...level]) {
      const open = nextCandidates.get(set) ?? 0;
      if (open === 0) level.delete(set);
      else if (error === 0) {
        for (const rhs of bits(open & ~set)) {
          if (!(minimal[rhs] ?? []).some((known) => (known & set) === known)) add(set, rhs, 0);
        }
        level.delete(set);
      }
    }
    const next = new Map<number, Node>();
    let marked: Partition | undefined;
    for (const [a, b] of pairsOf([...level.keys()])) {
      const set = a | b;
      if (bits(set).some((one) => !level.has(set ^ (1 << one)))) continue;
      const [left, right] = [level.get(a)?.partition, level.get(b)?.partition];
      if (!left || !right) continue;
      visits += left.rows.length + right.rows.length;
      if (visits > budget) return { found: sorted(found), isComplete: false, lhsMax, visits };
      // Pairs with one left side come one after the other.
      if (marked !== left) {
        if (marked) unmark(marked, scratch);
        mark(left, scratch);
        marked = left;
      }
      const partition = product(left, right, scratch);
      next.set(set, { partition, error: errorOf(partition) });
    }
    if (marked) unmark(marked, scratch);
    errors = new Map([...level].map(([set, { error }]) => [set, error]));
    candidates = nextCandidates;
    level = next;
  }
  return { found: sorted(found), isComplete: true, lhsMax: width - 1, visits };
}

/** Sets that are the same but for their highest column. */
function pairsOf(sets: readonly number[]): [number, number][] {
  const blocks = new Map<number, number[]>();
  for (const set of [...sets].sort((a, b) => a - b)) {
    const prefix = set ^ (1 << (31 - Math.clz32(set)));
    blocks.set(prefix, [...(blocks.get(prefix) ?? []), set]);
  }
  return [...blocks.values()].flatMap((block) =>
    block.flatMap((a, at) => block.slice(at + 1).map((b): [number, number] => [a, b])),
  );
}

function bits(set: number): number[] {
  const found: number[] = [];
  for (let rest = set; rest !== 0; rest &= rest - 1) found.push(31 - Math.clz32(rest & -rest));
  return found;
}

function sorted(found: readonly { lhs: number; rhs: number; distinctLhs: number }[]): ExactDependencies['found'] {
  return found
    .map(({ lhs, rhs, distinctLhs }) => ({ lhs: bits(lhs), rhs, distinctLhs }))
    .sort((a, b) => a.lhs.length - b.lhs.length || compareLists(a.lhs, b.lhs) || a.rhs - b.rhs);
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  for (const [at, one] of a.entries()) if (one !== b[at]) return one - (b[at] ?? 0);
  return 0;
}
