/** Columns that come back in groups: `year_1`, `value_1`, `year_2`, `value_2`. Pure. */
import { six } from '../numbers.ts';
import { type Grid, mainKind } from './grid.ts';
import { namesAs } from './header-names.ts';

export interface Group {
  readonly from: number;
  /** The last column of the groups. */
  readonly to: number;
  /** What tells the groups apart. */
  readonly keys: readonly string[];
  /** What is there once in each. */
  readonly stems: readonly string[];
  /** For each key a column for each stem; undefined where there is none. */
  readonly columns: readonly (readonly (number | undefined)[])[];
  readonly score: number;
}

type Cut = (name: string) => readonly [string, string] | undefined;

const SEPARATORS = /[\s_.:(/|-]+/g;

/** A number, and the name without it. */
function atNumber(which: 'first' | 'last'): Cut {
  return (name) => {
    const numbers = [...name.matchAll(/\d+/g)];
    const match = which === 'first' ? numbers[0] : numbers.at(-1);
    if (!match) return undefined;
    const [number] = match;
    const rest = `${name.slice(0, match.index)}\0${name.slice(match.index + number.length)}`;
    return rest.replaceAll(/[\s_.:()#-]/g, '') === '\0' ? undefined : [number, rest];
  };
}

/** The name in two, at a separator; from the right for negative ones. */
function atSeparator(place: number): Cut {
  return (name) => {
    const match = [...name.matchAll(SEPARATORS)].at(place);
    if (!match) return undefined;
    const left = name.slice(0, match.index);
    const right = name.slice(match.index + (match[0].endsWith('(') ? match[0].length - 1 : match[0].length));
    return left === '' || right === '' ? undefined : [left, right];
  };
}

const CUTS: readonly Cut[] = [
  atNumber('last'),
  atNumber('first'),
  atSeparator(-1),
  atSeparator(0),
  atSeparator(1),
  atSeparator(-2),
  atSeparator(2),
];
const WIDE_MAX = 1000;

/** The best first, at most three. */
export function groups(grid: Grid): Group[] {
  if (grid.names.length > WIDE_MAX) return [];
  const found = CUTS.flatMap((cut) => runsOf(grid.names.map(cut)).flatMap((run) => groupOf(grid, run) ?? []));
  found.sort((a, b) => b.score - a.score || b.to - b.from - (a.to - a.from) || a.from - b.from);
  return found
    .filter(({ from, to }, at) => found.findIndex((one) => one.from === from && one.to === to) === at)
    .slice(0, 3);
}

interface Part {
  readonly at: number;
  readonly left: string;
  readonly right: string;
}

/** Neighbours whose two parts both come back among them. */
function runsOf(cuts: readonly (readonly [string, string] | undefined)[]): Part[][] {
  const parts = cuts.map((cut, at) => (cut ? { at, left: cut[0], right: cut[1] } : undefined));
  const runs: Part[][] = [];
  let run: Part[] = [];
  for (const part of [...parts, undefined]) {
    if (part) run.push(part);
    else {
      if (run.length >= 4) runs.push(...pruned(run));
      run = [];
    }
  }
  return runs;
}

function pruned(run: readonly Part[]): Part[][] {
  const often = (pick: (part: Part) => string) => {
    const counts = new Map<string, number>();
    for (const part of run) counts.set(pick(part), (counts.get(pick(part)) ?? 0) + 1);
    return counts;
  };
  const [lefts, rights] = [often(({ left }) => left), often(({ right }) => right)];
  const isIn = ({ left, right }: Part) => (lefts.get(left) ?? 0) > 1 && (rights.get(right) ?? 0) > 1;
  if (run.every(isIn)) return [[...run]];
  const kept: Part[][] = [[]];
  for (const part of run) {
    if (isIn(part)) kept.at(-1)?.push(part);
    else kept.push([]);
  }
  return kept.filter((one) => one.length >= 4 && one.length < run.length).flatMap(pruned);
}

function groupOf(grid: Grid, run: readonly Part[]): Group | undefined {
  const lefts = [...new Set(run.map(({ left }) => left))];
  const rights = [...new Set(run.map(({ right }) => right))];
  if (lefts.length < 2 || rights.length < 2) return undefined;
  const pairs = new Set(run.map(({ left, right }) => JSON.stringify([left, right])));
  const coverage = run.length / (lefts.length * rights.length);
  if (pairs.size < run.length || coverage < 0.75) return undefined;
  const kindOf = new Map(run.map(({ at }) => [at, mainKind(grid.columns[at] ?? []).kind]));
  // Columns of one stem hold values of one kind; those of one key need not.
  const pure = (of: (part: Part) => string) => {
    let same = 0;
    let all = 0;
    for (const value of new Set(run.map(of))) {
      const kinds = run
        .filter((part) => of(part) === value)
        .map(({ at }) => kindOf.get(at))
        .filter((kind) => kind !== 'empty');
      all += Math.max(0, kinds.length - 1);
      same += kinds.slice(1).filter((kind) => kind === kinds[0]).length;
    }
    return all === 0 ? 1 : same / all;
  };
  const [pureLefts, pureRights] = [pure(({ left }) => left), pure(({ right }) => right)];
  const [asLeft, asRight] = [keyScore(lefts), keyScore(rights)];
  const keysLeft = pureRights - pureLefts + (asLeft - asRight) + (lefts.length >= rights.length ? 0.05 : -0.05) >= 0;
  const [keys, stems] = keysLeft ? [lefts, rights] : [rights, lefts];
  const purity = keysLeft ? pureRights : pureLefts;
  const told = keysLeft ? asLeft : asRight;
  const share = run.length / grid.names.length;
  const size = keys.length >= 3 ? 1 : 0.85;
  const columns = keys.map((key) =>
    stems.map(
      (stem) =>
        run.find(({ left, right }) => (keysLeft ? left === key && right === stem : right === key && left === stem))?.at,
    ),
  );
  return {
    from: run[0]?.at ?? 0,
    to: run.at(-1)?.at ?? 0,
    keys: keys.map(bare),
    stems: stems.map(bare),
    columns,
    score: six(told * size * (0.6 + 0.4 * purity) * (0.85 + 0.15 * share) * (0.8 + 0.2 * coverage)),
  };
}

/** How much it is a key: numbers, months and letters are values, words may be names. */
function keyScore(values: readonly string[]): number {
  const plain = values.map(bare);
  if (plain.every((value) => /^\d+$/.test(value))) return 1;
  const form = namesAs(plain);
  if (form && form.score >= 0.8) return 1;
  return form ? 0.85 : 0.7;
}

function bare(part: string): string {
  return part
    .replaceAll('\0', ' ')
    .replaceAll(/^[\s_.:(|/-]+|[\s_.:(|/-]+$/g, '')
    .replaceAll(/^(.*[^(])\)$/g, (all, inside: string) => (inside.includes('(') ? all : inside))
    .replaceAll(/[\s_]{2,}/g, ' ')
    .trim();
}
