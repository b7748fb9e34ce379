/** Rare values that are written nearly like a frequent one. Pure. */
import { compareText, type Value } from './values.ts';

export interface Typo {
  readonly value: Value;
  readonly suggestion: Value;
  readonly distance: number;
}

const FREQUENT_TIMES = 5;
const FREQUENT_MIN = 3;
/** A slip that comes back is one only beside a value that is that many times as frequent. */
const REPEATED_TIMES = 50;
const LENGTH_MIN = 4;
const LENGTH_MAX = 100;
/** From here on, two edits. */
const LONG = 9;
/** In values with one word in many rows, of so many characters, a rare one like it may be two edits away. */
const WORD_MIN = 6;
const WORD_SHARE = 0.3;
const CANDIDATES_MAX = 5000;

/**
 * Values that are rare beside one that is written nearly alike: fewer than max(2, 0.001 n) rows and a fifth of the other's,
 * or a fiftieth of them. One edit apart; two from nine characters on, but not in one short word. Never where digits
 * differ: codes that are one digit apart are all right.
 */
export function findTypos(values: readonly Value[], total: number): { typos: Typo[]; isComplete: boolean } {
  const rareBelow = Math.max(2, 0.001 * total);
  const isWord = ({ trimmed }: Value) =>
    trimmed.length >= LENGTH_MIN && trimmed.length <= LENGTH_MAX && /\p{L}/u.test(trimmed);
  const words = values.filter(isWord);
  const most = Math.max(0, ...words.map(({ count }) => count));
  const frequent = words.filter(({ count }) => count >= Math.max(FREQUENT_MIN, rareBelow));
  const rare = words.filter(({ count }) => count < rareBelow || count * REPEATED_TIMES <= most);
  // Two values that are a few edits apart share what is left when one of them is cut in parts.
  const index = new Map<string, Value[]>();
  for (const value of frequent.slice(0, CANDIDATES_MAX)) {
    for (const key of piecesOf(value.trimmed, value.trimmed.length, [0]))
      index.set(key, [...(index.get(key) ?? []), value]);
  }
  const typos = wordTypos(values, total);
  const known = new Set(typos.map(({ value }) => value));
  for (const value of rare.slice(-CANDIDATES_MAX)) {
    if (known.has(value)) continue;
    const near = new Set<Value>();
    for (const shift of MOVES) {
      for (const key of piecesOf(value.trimmed, value.trimmed.length - shift, MOVES))
        for (const one of index.get(key) ?? []) near.add(one);
    }
    let best: Typo | undefined;
    for (const suggestion of near) {
      if (suggestion.count < (value.count < rareBelow ? FREQUENT_TIMES : REPEATED_TIMES) * value.count) continue;
      const distance = slipsBetween(value.trimmed, suggestion.trimmed);
      if (distance === undefined) continue;
      const isBetter =
        !best ||
        distance < best.distance ||
        (distance === best.distance &&
          (suggestion.count > best.suggestion.count ||
            (suggestion.count === best.suggestion.count && compareText(suggestion.text, best.suggestion.text) < 0)));
      if (isBetter) best = { value, suggestion, distance };
    }
    if (best) typos.push(best);
  }
  return { typos, isComplete: frequent.length <= CANDIDATES_MAX && rare.length <= CANDIDATES_MAX };
}

/** Edits that make one of the other; undefined where they are too many, or where it is no slip but another thing. */
function slipsBetween(one: string, other: string): number | undefined {
  const distance = editDistance(one.toLowerCase(), other.toLowerCase(), one.length >= LONG ? 2 : 1);
  // Nothing but case is no typo.
  if (distance === undefined || distance === 0 || !sameDigits(one, other)) return undefined;
  const [words, others] = [one.toLowerCase().split(/\s+/), other.toLowerCase().split(/\s+/)];
  if (words.length !== others.length) return distance;
  for (const [at, word] of words.entries()) {
    const beside = others[at] ?? '';
    if (word === beside) continue;
    const shorter = Math.min(word.length, beside.length);
    // `Group A` and `Group B`, `North Dakota` and `South Dakota`.
    if (shorter < LENGTH_MIN || wordDistance(word, beside, shorter >= LONG ? 2 : 1) === undefined) return undefined;
  }
  return distance;
}

/** Two edits are no slip where the first letter is among them: `increase` and `decrease`. */
function wordDistance(one: string, other: string, most: number): number | undefined {
  return editDistance(one, other, one[0] === other[0] ? most : 1);
}

/** Values in which one word is rare, and written nearly like one that many rows have: `12 patiexts`. */
function wordTypos(values: readonly Value[], total: number): Typo[] {
  const rows = new Map<string, number>();
  for (const { trimmed, count } of values) {
    if (trimmed.length > LENGTH_MAX) continue;
    for (const word of new Set(trimmed.split(/\s+/))) rows.set(word, (rows.get(word) ?? 0) + count);
  }
  const usual = [...rows]
    .filter(([word, count]) => count >= Math.max(FREQUENT_TIMES, WORD_SHARE * total) && /^\p{L}+$/u.test(word))
    .filter(([word]) => word.length >= WORD_MIN)
    .sort(([a, n], [b, m]) => m - n || compareText(a, b));
  if (usual.length === 0) return [];
  return values.flatMap((value) => {
    const words = value.trimmed.split(/\s+/);
    if (value.trimmed.length > LENGTH_MAX || words.some((word) => usual.some(([one]) => one === word))) return [];
    let distance = 0;
    let count = total;
    const repaired = value.trimmed.replace(/\S+/g, (word) => {
      for (const [one, often] of usual) {
        const edits = wordDistance(word.toLowerCase(), one.toLowerCase(), 2);
        if (!edits || (rows.get(word) ?? 0) * REPEATED_TIMES > often || !sameDigits(word, one)) continue;
        distance += edits;
        count = Math.min(count, often);
        return one;
      }
      return word;
    });
    if (distance === 0) return [];
    return [{ value, suggestion: { ...value, text: repaired, trimmed: repaired, count }, distance }];
  });
}

const MOVES = [-2, -1, 0, 1, 2];

/** Three pieces of a text of that length, with two edits of which one is as it was, but moved by as many at most. */
function piecesOf(text: string, length: number, moves: readonly number[]): string[] {
  const lower = text.toLowerCase();
  const pieces: string[] = [];
  for (let piece = 0; piece < 3; piece++) {
    const from = Math.floor((piece * length) / 3);
    const to = Math.floor(((piece + 1) * length) / 3);
    for (const move of moves) {
      const start = from + move;
      if (start < 0 || start + (to - from) > lower.length) continue;
      pieces.push(`${length} ${piece} ${lower.slice(start, start + (to - from))}`);
    }
  }
  return pieces;
}

function sameDigits(a: string, b: string): boolean {
  return a.replace(/\D/g, '') === b.replace(/\D/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours; undefined above `most`. */
export function editDistance(a: string, b: string, most: number): number | undefined {
  if (Math.abs(a.length - b.length) > most) return undefined;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(replaced, (last[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
      least = Math.min(least, cost);
    }
    if (least > most) return undefined;
    before = last;
    last = next;
  }
  const distance = last[b.length] ?? 0;
  return distance <= most ? distance : undefined;
}
