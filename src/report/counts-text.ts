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

/** Outcomes that no stage had are left out. */
export function countsText(counts: OutcomeCounts): string {
  const parts = SHOWN.filter((outcome) => counts[outcome] > 0).map(
    (outcome) => `${formatCount(counts[outcome])} ${outcome}`,
  );
  return parts.length === 0 ? 'no stages' : parts.join(', ');
}
