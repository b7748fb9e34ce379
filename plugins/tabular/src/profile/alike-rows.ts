/**
 * Tells a missing value from rows that are like its own: each value beside it, and each part of one (its words, its first
 * letters), says what the rows that share it have; parts count by how often they are right. How sure it is is measured
 * on values that are known, each told without itself. Pure.
 */
import { compareText } from './values.ts';

/** Texts of a column, one for each row; null is missing. */
export type Texts = readonly (string | null)[];

export interface Guess {
  readonly value: string;
  /** From 0 to 1; comparable within a column only. */
  readonly certainty: number;
}

export interface Predictor {
  /** Undefined where nothing beside it is known. `leaveOut`: as if the value of that row were not known. */
  readonly guess: (row: number, leaveOut: boolean) => Guess | undefined;
  /** Of the columns beside it, how often each of them alone is right when it says something. */
  readonly worth: readonly number[];
}

export interface Calibration {
  /** Certainty from which on guesses were right often enough. */
  readonly threshold: number;
  /** Of the guesses from it on, how many were right. */
  readonly precision: number;
  /** Rows that were guessed, of those tried. */
  readonly coverage: number;
  readonly tried: number;
}

/** Values of a group that are looked at, the most frequent first. */
const VALUES_MAX = 20;
/** A group of a few rows is trusted less: as if it had that many rows more, with other values. */
const DOUBT = 0.5;
/** What the second best guess takes from the best. */
const RIVAL = 0.5;

interface Group {
  size: number;
  readonly counts: Map<number, number>;
  top: readonly (readonly [value: number, count: number])[];
}

/** The parts of the values of a column, by row; the same for whatever is to be told. */
export interface Parted {
  readonly rows: readonly (readonly Part[])[];
  /** Different parts. */
  readonly count: number;
}

interface Part {
  readonly kind: number;
  /** Below `count`. */
  readonly id: number;
}

export function partsOf(texts: Texts): Parted {
  const ids = new Map<string, number>();
  const seen = new Map<string, readonly Part[]>();
  const rows = texts.map((text): readonly Part[] => {
    if (text === null) return NONE;
    const known = seen.get(text);
    if (known) return known;
    const parts = split(text).map(([kind, key]) => {
      const name = `${kind} ${key}`;
      const id = ids.get(name) ?? ids.size;
      ids.set(name, id);
      return { kind, id };
    });
    seen.set(text, parts);
    return parts;
  });
  return { rows, count: ids.size };
}

const NONE: readonly Part[] = [];

export function learn(beside: readonly Parted[], target: Texts): Predictor {
  const ids = new Map<string, number>();
  const values: string[] = [];
  const codes = target.map((text) => {
    if (text === null) return -1;
    const known = ids.get(text);
    if (known !== undefined) return known;
    ids.set(text, values.length);
    return values.push(text) - 1;
  });
  const groups = beside.map(({ rows, count }) => {
    const of = Array.from({ length: count }, (): Group => ({ size: 0, counts: new Map(), top: [] }));
    for (const [row, code] of codes.entries()) {
      if (code < 0) continue;
      for (const { id } of rows[row] ?? NONE) {
        const group = of[id] as Group;
        group.size++;
        group.counts.set(code, (group.counts.get(code) ?? 0) + 1);
      }
    }
    return of;
  });
  for (const group of groups.flat()) {
    group.top = [...group.counts]
      .sort((a, b) => b[1] - a[1] || compareText(values[a[0]] ?? '', values[b[0]] ?? ''))
      .slice(0, VALUES_MAX);
  }
  const rates = beside.flatMap((parted, at) => ratesOf(parted, groups[at] ?? [], codes));

  const guess = (row: number, leaveOut: boolean): Guess | undefined => {
    const own = leaveOut ? (codes[row] ?? -1) : -1;
    // For each value, the best that a column says for it; columns are taken for independent of each other.
    const against = new Map<number, number>();
    for (const [column, { rows }] of beside.entries()) {
      const best = new Map<number, number>();
      for (const { id, kind } of rows[row] ?? NONE) {
        const group = groups[column]?.[id] as Group;
        const size = group.size - (own >= 0 ? 1 : 0);
        if (size < 1) continue;
        const rate = rates[column * KINDS + kind] ?? 0;
        for (const [code, count] of group.top) {
          const left = count - (code === own ? 1 : 0);
          if (left > 0) best.set(code, Math.max(best.get(code) ?? 0, (rate * left) / (size + DOUBT)));
        }
      }
      for (const [code, share] of best) against.set(code, (against.get(code) ?? 1) * (1 - share));
    }
    let first: Guess | undefined;
    let second = 0;
    for (const [code, doubt] of against) {
      const certainty = 1 - doubt;
      const value = values[code] ?? '';
      if (!first || certainty > first.certainty || (certainty === first.certainty && value < first.value)) {
        second = first?.certainty ?? 0;
        first = { value, certainty };
      } else second = Math.max(second, certainty);
    }
    return first && { value: first.value, certainty: first.certainty - RIVAL * second };
  };
  const worth = beside.map((_, at) => Math.max(0, ...rates.slice(at * KINDS, (at + 1) * KINDS)));
  return { guess, worth };
}

/** Guesses rows whose value is known. Undefined where they are not right often enough, however sure they seem. */
export function calibrate(
  predictor: Predictor,
  target: Texts,
  rows: readonly number[],
  precision: number,
): Calibration | undefined {
  const guesses = rows
    .flatMap((row) => {
      const guess = predictor.guess(row, true);
      return guess ? [{ certainty: guess.certainty, isRight: guess.value === target[row] }] : [];
    })
    .sort((a, b) => b.certainty - a.certainty || Number(a.isRight) - Number(b.isRight));
  let right = 0;
  let found: Calibration | undefined;
  for (const [at, { certainty, isRight }] of guesses.entries()) {
    if (isRight) right++;
    const isLast = guesses[at + 1]?.certainty !== certainty;
    if (!isLast || at + 1 < TRIED_MIN || right < precision * (at + 1)) continue;
    found = {
      threshold: certainty,
      precision: right / (at + 1),
      coverage: (at + 1) / rows.length,
      tried: rows.length,
    };
  }
  return found;
}

/** Guesses that have to be right often enough, at least. */
const TRIED_MIN = 20;

/** How often what most of a group have is right, for each kind of part. */
function ratesOf({ rows }: Parted, groups: readonly Group[], codes: readonly number[]): number[] {
  const tried = new Array<number>(KINDS).fill(0);
  const right = new Array<number>(KINDS).fill(0);
  for (const [row, own] of codes.entries()) {
    if (own < 0) continue;
    for (const { id, kind } of rows[row] ?? NONE) {
      const group = groups[id] as Group;
      if (group.size < 2) continue;
      tried[kind] = (tried[kind] ?? 0) + 1;
      if (majority(group, own) === own) right[kind] = (right[kind] ?? 0) + 1;
    }
  }
  return tried.map((count, kind) => (count === 0 ? 0 : (right[kind] ?? 0) / count));
}

/** Without one row of `own`. */
function majority({ top }: Group, own: number): number {
  let most = -1;
  let best = 0;
  for (const [code, count] of top) {
    const left = count - (code === own ? 1 : 0);
    if (left > best) {
      best = left;
      most = code;
    }
  }
  return most;
}

const KINDS = 7;
const SHORT = 3;
const MIDDLE = 6;

/** The value, its letters and digits, its first and last word, each word, its first three and six characters. */
function split(text: string): [kind: number, key: string][] {
  const lower = text.slice(0, 500).toLowerCase();
  const words = lower.match(/\p{L}+|\p{N}+/gu) ?? [];
  const plain = words.join('');
  const parts: [number, string][] = [[0, text]];
  const [first] = words;
  if (first === undefined) return parts;
  if (plain !== lower) parts.push([1, plain]);
  parts.push([2, first], [3, words.at(-1) ?? first]);
  if (words.length > 1) for (const word of new Set(words)) parts.push([4, word]);
  if (plain.length > SHORT) parts.push([5, plain.slice(0, SHORT)]);
  if (plain.length > MIDDLE) parts.push([6, plain.slice(0, MIDDLE)]);
  return parts;
}
