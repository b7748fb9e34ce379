/**
 * How a stage ended.
 * - `fresh`      nothing to do
 * - `restored`   outputs put back from the store
 * - `ran`        it ran and its outputs are published
 * - `failed`     it ran and failed, or broke its contract; its old outputs stand
 * - `blocked`    never started: a producer failed or is suspended
 * - `skipped`    its condition was false, or its failure may be skipped
 * - `suspended`  it waits for an answer
 * - `cancelled`  never started because of a halt, or stopped by a signal
 */
export const OUTCOMES = ['fresh', 'restored', 'ran', 'failed', 'blocked', 'skipped', 'suspended', 'cancelled'] as const;

export type Outcome = (typeof OUTCOMES)[number];
export type OutcomeCounts = Record<Outcome, number>;

export function noOutcomes(): OutcomeCounts {
  return { fresh: 0, restored: 0, ran: 0, failed: 0, blocked: 0, skipped: 0, suspended: 0, cancelled: 0 };
}
