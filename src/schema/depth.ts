/** How deep data is nested, without calling itself. */
import type { Json } from '../util/canonical-json.ts';

/** A scalar has depth 0, `[1]` has 1. Stops as soon as it knows. */
export function isDeeperThan(value: Json, limit: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  const pending: { readonly value: object; readonly depth: number }[] = [{ value, depth: 1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.depth > limit) return true;
    for (const member of Object.values(next.value) as Json[]) {
      if (member !== null && typeof member === 'object') pending.push({ value: member, depth: next.depth + 1 });
    }
  }
  return false;
}
