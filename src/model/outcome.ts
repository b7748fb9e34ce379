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

/** Whether trying again may help a failure, or doing without the stage; all else is critical. */
export const FAILURE_CATEGORIES = ['retryable', 'skippable', 'critical'] as const;
export type FailureCategory = (typeof FAILURE_CATEGORIES)[number];

/** Codes of failures of a process; a stage may give others of its own. A further attempt may end otherwise. */
export const PROCESS_FAILURES = [
  'exit-code',
  'signal',
  'timeout',
  'worker-memory',
  'worker-protocol',
  'worker-silent',
  'worker-start',
] as const;

/** Codes of failures that no further attempt can mend, whatever `retry` says. */
export const PERMANENT_FAILURES = [
  'contract',
  'discovered-elsewhere',
  'expression-failed',
  'input-changed',
  'input-missing',
  'input-unreadable',
  'item-invalid',
  'item-key',
  'list-changed',
  'list-invalid',
  'list-missing',
  'not-deterministic',
  'not-started',
  'outvoted',
  'output-missing',
  'output-type',
  'output-unreadable',
  'output-unsafe',
  'plugin-bad-result',
  'plugin-no-result',
  'secret-missing',
  'secret-short',
  'too-many-dropped',
  'vote-by',
  'vote-undecided',
  'when-failed',
  'worker-version',
] as const;
export type PermanentFailure = (typeof PERMANENT_FAILURES)[number];

/** The shell's word that a command cannot be run (126) or was not found (127): as permanent as any. */
export const COMMAND_MISSING_EXITS: ReadonlySet<number | undefined> = new Set([126, 127]);
export const EXIT_SUSPENDED = 42;
