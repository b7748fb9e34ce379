/** The different values of a column, with how often and where each is. Pure. */
import { LIMITS } from './options.ts';

export interface Value {
  /** As it is written. */
  readonly text: string;
  /** Without white space around it; never empty. */
  readonly trimmed: string;
  /** Rows with it. */
  readonly count: number;
  /** Position of its first row. */
  readonly first: number;
  /** And of its last. */
  readonly last: number;
  /** In characters; `text` of very long ones is cut. */
  readonly length: number;
}

/** All that is known of a column before anything is made of it. */
export interface ColumnValues {
  readonly absent: number;
  readonly empty: number;
  readonly blank: number;
  /** Rows that are not missing. */
  readonly total: number;
  readonly distinct: number;
  readonly unique: number;
  /** How many values there are as often as the key says. */
  readonly frequencies: ReadonlyMap<number, number>;
  /** Bytes of all values in UTF-8. */
  readonly bytes: number;
  /** All different values, or as many as are looked at one by one. By count. */
  readonly values: readonly Value[];
  /** The most frequent values, of all. */
  readonly top: readonly Value[];
  readonly isComplete: boolean;
  /** SQL: a value of `freq` without spaces around it. */
  readonly trimmedSql: string;
}

/** What counts as space around a value: also tabs, line ends and the no-break space. */
const SPACE = new Set([9, 10, 11, 12, 13, 32, 160]);

export function trimSpaces(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && SPACE.has(text.charCodeAt(from))) from++;
  while (to > from && SPACE.has(text.charCodeAt(to - 1))) to--;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}

/** The same in SQL. */
export const SQL_SPACES = `' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)`;

/** By code unit: the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The most frequent first, then by code unit. */
export function byCount(a: { text: string; count: number }, b: { text: string; count: number }): number {
  return b.count - a.count || compareText(a.text, b.text);
}

/** `limits.value_length` characters at most. */
export function cut(text: string): string {
  if (text.length <= LIMITS.value_length) return text;
  const characters = Array.from(text.slice(0, 2 * LIMITS.value_length + 2));
  return characters.length <= LIMITS.value_length && text.length <= 2 * LIMITS.value_length + 2
    ? text
    : `${characters.slice(0, LIMITS.value_length).join('')}…`;
}

export function rowsOf(values: readonly { count: number }[]): number {
  let sum = 0;
  for (const { count } of values) sum += count;
  return sum;
}

/** Adds to what a map has. */
export function add<Key>(counts: Map<Key, number>, key: Key, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

/** Keys and counts of a map, the most frequent first, then by code unit. */
export function ranked(counts: ReadonlyMap<string, number>): { text: string; count: number }[] {
  return [...counts].map(([text, count]) => ({ text, count })).sort(byCount);
}
