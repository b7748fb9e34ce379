/** Whether values rise or fall from row to row. Pure. */
import type { ProfileNumeric } from '../documents.generated.ts';

type Monotonic = ProfileNumeric['monotonic'];

/** From values in their order, each with the first and the last row that has it: no row has to be looked at again. */
export function monotonic(
  size: number,
  at: (index: number) => {
    readonly value: number;
    readonly count: number;
    readonly first: number;
    readonly last: number;
  },
): Monotonic {
  if (size === 0) return 'none';
  let rises = true;
  let falls = true;
  let repeats = false;
  let different = 1;
  let { value, first, last, count } = at(0);
  let before: { first: number; last: number } | undefined;
  const compare = () => {
    if (before) {
      if (first < before.last) rises = false;
      if (last > before.first) falls = false;
    }
  };
  if (count > 1) repeats = true;
  for (let index = 1; index < size; index++) {
    const next = at(index);
    if (next.count > 1 || next.value === value) repeats = true;
    if (next.value === value) {
      first = Math.min(first, next.first);
      last = Math.max(last, next.last);
      continue;
    }
    compare();
    if (!rises && !falls) return 'none';
    different++;
    before = { first, last };
    ({ value, first, last, count } = next);
  }
  compare();
  if (different === 1) return 'constant';
  if (!rises && !falls) return 'none';
  return `${repeats ? '' : 'strictly_'}${rises ? 'increasing' : 'decreasing'}` as Monotonic;
}
