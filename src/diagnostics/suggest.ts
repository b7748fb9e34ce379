/** The nearest right name for a wrong one. */
import { compareText } from '../util/compare.ts';

/** Longer names are not worth the time: nobody mistypes one letter of two hundred. */
const NAME_LENGTH_MAX = 200;
/** All comparisons for one name together may cost so many steps; the rest of the candidates goes unseen. */
const STEPS_MAX = 2_000_000;

/**
 * The candidate with the smallest distance (insert, delete, replace, swap of neighbours), upper and lower case alike;
 * of several the first by code unit. Undefined when none is near: more than a third of the letters would have to change.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length === 0 || name.length > NAME_LENGTH_MAX) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  let steps = 0;
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) > bestDistance) continue;
    steps += name.length * candidate.length;
    if (steps > STEPS_MAX) break;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (
      distance > bestDistance ||
      (distance === bestDistance && (best === undefined || compareText(candidate, best) > 0))
    )
      continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Of a few words to choose from, also the one that was cut short. */
export function nearestChoice(value: string, choices: readonly string[]): string | undefined {
  const begun = value.length < 2 ? [] : choices.filter((choice) => choice !== value && choice.startsWith(value));
  return nearest(value, choices) ?? (begun.length === 1 ? begun[0] : undefined);
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (row[j - 1] as number) + 1,
        (last[j] as number) + 1,
        (last[j - 1] as number) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] as number) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}
