/** Outcome counts in words: `1 failed, 2 ran, 9 fresh`. */
import type { Outcome, OutcomeCounts } from '../model/outcome.ts';
import { formatCount } from './format.ts';

/** In the order of interest. */
const SHOWN: readonly Outcome[] = [
  'failed',
  'suspended',
  'ran',
  'restored',
  'fresh',
  'skipped',
  'blocked',
  'cancelled',
];

/** Outcomes that no stage had are left out. `allowed` of those that failed may, so they are counted on their own; so are `dropped` of those skipped. */
export function countsText(counts: OutcomeCounts, allowed = 0, dropped = 0): string {
  const apart: Partial<OutcomeCounts> = { failed: allowed, skipped: dropped };
  const parts = SHOWN.map((outcome) => [counts[outcome] - (apart[outcome] ?? 0), outcome] as const)
    .filter(([count]) => count > 0)
    .map(([count, outcome]) => `${formatCount(count)} ${outcome}`);
  if (dropped > 0) parts.push(`${formatCount(dropped)} dropped`);
  if (allowed > 0) parts.push(`${formatCount(allowed)} allowed to fail`);
  return parts.length === 0 ? 'no stages' : parts.join(', ');
}
