/** Whether a failed attempt is followed by another, and after which pause. Pure. */
import type { Backoff, Retry } from '../model/pipeline.ts';
import type { FailureCause } from './failure.ts';

/** `attempt` is the number of the one that failed, from 1. */
export function isTriedAgain(
  retry: Retry | undefined,
  attempt: number,
  { code, category, permanent }: Pick<FailureCause, 'code' | 'category' | 'permanent'>,
): retry is Retry {
  if (!retry || permanent || attempt > retry.max) return false;
  return retry.on.includes(category) || retry.on.includes(code);
}

/**
 * The pause after attempt number `attempt`, in milliseconds. `drawn` is a random number from 0 to 1: stages that failed
 * together, of a server that was busy, must not come back together.
 */
export function pauseMs({ base_ms, multiplier, max_ms }: Backoff, attempt: number, drawn: number): number {
  // A large attempt number makes this Infinity, and 0 times that is no number.
  const whole = base_ms === 0 ? 0 : Math.min(base_ms * multiplier ** (attempt - 1), max_ms);
  return Math.round(whole * (0.5 + drawn / 2));
}

/** A pause, for people. */
export function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}
