/** Rare values that are written nearly like a frequent one. Pure. */
import { compareText, type Value } from './values.ts';

export interface Typo {
  readonly value: Value;
  readonly suggestion: Value;
  readonly distance: number;
}

const FREQUENT_TIMES = 5;
const FREQUENT_MIN = 3;
const LENGTH_MIN = 4;
const LENGTH_MAX = 100;
const CANDIDATES_MAX = 5000;

/**
 * Values of fewer than max(2, 0.001 n) rows within one edit of a value that is five times as frequent; two edits from
 * nine characters on. Never where only digits differ: codes that are one digit apart are all right.
 */
export function findTypos(values: readonly Value[], total: number): { typos: Typo[]; isComplete: boolean } {
  const rareBelow = Math.max(2, 0.001 * total);
  const isWord = ({ trimmed }: Value) =>
    trimmed.length >= LENGTH_MIN && trimmed.length <= LENGTH_MAX && /\p{L}/u.test(trimmed);
  const frequent = values.filter((value) => value.count >= Math.max(FREQUENT_MIN, rareBelow) && isWord(value));
  const rare = values.filter((value) => value.count < rareBelow && isWord(value));
  // Two values that are a few edits apart share what is left when one of them is cut in parts.
  const index = new Map<string, Value[]>();
  for (const value of frequent.slice(0, CANDIDATES_MAX)) {
    for (const key of piecesOf(value.trimmed, value.trimmed.length, [0]))
      index.set(key, [...(index.get(key) ?? []), value]);
  }
  const typos: Typo[] = [];
  for (const value of rare.slice(0, CANDIDATES_MAX)) {
    const most = value.trimmed.length >= 9 ? 2 : 1;
    const near = new Set<Value>();
    for (const shift of MOVES) {
      for (const key of piecesOf(value.trimmed, value.trimmed.length - shift, MOVES))
        for (const one of index.get(key) ?? []) near.add(one);
    }
    let best: Typo | undefined;
    for (const suggestion of near) {
      if (suggestion.count < FREQUENT_TIMES * value.count) continue;
      const distance = editDistance(value.trimmed.toLowerCase(), suggestion.trimmed.toLowerCase(), most);
      // Nothing but case is no typo.
      if (distance === undefined || distance === 0 || !sameDigits(value.trimmed, suggestion.trimmed)) continue;
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
