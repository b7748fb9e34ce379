/**
 * Values that may stand for a missing one, each with what speaks for it, after FAHES (Qahtan and others 2018): a value
 * that two kinds of evidence speak for is a disguised missing value. Pure.
 */
import type { ProfilePlaceholder } from '../documents.generated.ts';
import { type ColumnType, isNumberType, isOfType } from './kinds.ts';
import { LIMITS } from './options.ts';
import { patternsOf } from './patterns.ts';
import { byCount, cut, type Value } from './values.ts';

type Evidence = ProfilePlaceholder['evidence'][number];

export interface Placeholder extends ProfilePlaceholder {
  readonly source: Value;
}

const NUMBER_SENTINEL = /^(-1|0|-?9{2,}|-?9{3,}\.9+|-?(8|7)\2{2,})(\.0+)?$/;
const DATE_SENTINELS = new Set([
  '1900-01-01',
  '1970-01-01',
  '9999-12-31',
  '0000-00-00',
  '1899-12-30',
  '0001-01-01',
  '01/01/1900',
  '1/1/1900',
  '01/01/1970',
  '12/31/9999',
]);
const REPEATED = /^-?([^\p{L}\s])\1{2,}$|^(\p{L})\2{2,}$/iu;
const SPIKE_TIMES = 5;
const SPIKE_MIN = 3;
const SPIKE_SHARE_MAX = 0.5;
/** Of all values, that are marks and no words for missing. */
const MARKED_MAX = 0.05;
/** Of the values without it, that have one type or pattern. */
const HOMOGENEOUS = 0.99;

/** `values` by count; `type` is what the rest of the column is. */
export function placeholders(
  values: readonly Value[],
  type: ColumnType,
  tokens: ReadonlySet<string>,
): readonly Placeholder[] {
  const total = values.reduce((sum, { count }) => sum + count, 0);
  const numeric = isNumberType(type);
  const usual = usualPattern(values, tokens);
  const ends = numeric ? spikes(values) : new Set<string>();
  const strays = numeric ? strayEnds(values) : new Set<string>();
  // Among words and numbers, `?` is another kind of value.
  const marked = values.reduce((sum, { trimmed, count }) => {
    return isMark(trimmed) && !tokens.has(trimmed) ? sum + count : sum;
  }, 0);
  const found: Placeholder[] = [];
  for (const value of values) {
    const { trimmed, count } = value;
    const evidence: Evidence[] = [];
    const token = tokens.has(trimmed.toLowerCase());
    if (token) evidence.push('token');
    if (
      (numeric && NUMBER_SENTINEL.test(trimmed)) ||
      DATE_SENTINELS.has(trimmed.slice(0, 10)) ||
      /^0{2,}([-/]0+)*$/.test(trimmed)
    ) {
      evidence.push('sentinel');
    }
    if (evidence.length === 0 && !(REPEATED.test(trimmed) && trimmed.length >= 3)) continue;
    const isTyped = type !== 'text' && type !== 'empty';
    const isOther = isTyped
      ? !isOfType(trimmed, type)
      : isMark(trimmed)
        ? token && marked <= MARKED_MAX * total
        : usual !== undefined && patternsOf(trimmed).class !== usual.pattern;
    if (isOther) evidence.push('other_type');
    // Among numbers it is one like others, unless it stands at an end or comes back.
    const isOdd = !numeric || strays.has(trimmed) || ends.has(trimmed);
    if (REPEATED.test(trimmed) && !/^0+$/.test(trimmed) && isOdd) evidence.push('repeated_character');
    if (ends.has(trimmed)) evidence.push('spike');
    const rest = total - count;
    const alike = isOther ? (isTyped ? undefined : usual?.count) : undefined;
    if (rest >= 10 && isOther && (isTyped || (alike ?? 0) >= HOMOGENEOUS * rest)) evidence.push('homogeneous');
    else if (strays.has(trimmed)) evidence.push('homogeneous');
    if (evidence.length === 0) continue;
    // 0 and -1 are numbers like others unless something sets them apart.
    if (evidence.length === 1 && evidence[0] === 'sentinel' && /^-?\d$/.test(trimmed)) continue;
    if (evidence.length === 1 && evidence[0] === 'repeated_character' && numeric) continue;
    found.push({ value: cut(trimmed), count, token, evidence, disguised: evidence.length >= 2, source: value });
  }
  return found.sort((a, b) => b.count - a.count || byCount(a.source, b.source)).slice(0, LIMITS.placeholders);
}

/** It is a word for missing, or two kinds of evidence say that it is one. */
export function standsForMissing({ token, disguised }: ProfilePlaceholder): boolean {
  return token || disguised;
}

/** It has neither letters nor digits. */
function isMark(text: string): boolean {
  return !/[\p{L}\p{N}]/u.test(text);
}

/** The general pattern of most values that are no words for missing. */
function usualPattern(values: readonly Value[], tokens: ReadonlySet<string>) {
  const counts = new Map<string, number>();
  let total = 0;
  for (const { trimmed, count } of values) {
    if (tokens.has(trimmed.toLowerCase())) continue;
    const pattern = patternsOf(trimmed).class;
    counts.set(pattern, (counts.get(pattern) ?? 0) + count);
    total += count;
  }
  for (const [pattern, count] of counts) if (count >= 0.9 * total && pattern !== 'L') return { pattern, count };
  return undefined;
}

/** The smallest and the largest number, where the range without it is less than half as wide. */
function strayEnds(values: readonly Value[]): Set<string> {
  const numbers = numbersOf(values);
  const found = new Set<string>();
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (numbers.length < 5 || !first || !last) return found;
  const range = last.at - first.at;
  if ((numbers[1]?.at ?? 0) - first.at > range / 2) found.add(first.value.trimmed);
  if (last.at - (numbers.at(-2)?.at ?? 0) > range / 2) found.add(last.value.trimmed);
  return found;
}

function numbersOf(values: readonly Value[]): { at: number; value: Value }[] {
  return values
    .flatMap((value) => (Number.isFinite(Number(value.trimmed)) ? [{ at: Number(value.trimmed), value }] : []))
    .sort((a, b) => a.at - b.at);
}

/** The smallest and the largest number, where they are five times as frequent as the two that are next. */
function spikes(values: readonly Value[]): Set<string> {
  const numbers = numbersOf(values);
  const found = new Set<string>();
  if (numbers.length < 4) return found;
  const total = numbers.reduce((sum, { value }) => sum + value.count, 0);
  for (const order of [numbers, [...numbers].reverse()]) {
    const [end, next, after] = order;
    const near = Math.max(next?.value.count ?? 0, after?.value.count ?? 0);
    const isSpike = end && end.value.count >= SPIKE_MIN && end.value.count >= SPIKE_TIMES * near;
    // What most rows have is no exception.
    if (isSpike && end.value.count <= SPIKE_SHARE_MAX * total) found.add(end.value.trimmed);
  }
  return found;
}
