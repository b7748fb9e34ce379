/** What a shell learns from wrangle (DESIGN, section 7). The only place that names these numbers. */
export const EXIT = {
  done: 0,
  /** A stage failed or broke its contract. */
  failed: 1,
  /** Bad usage or pipeline; nothing ran. */
  usage: 2,
  /** There is work to do (`status --exit-code`). */
  stale: 3,
  /** Disk full, no permission, state folder unusable. */
  environment: 4,
  /** Another command holds the workspace (`--no-wait`). */
  locked: 5,
  /** A verification found something wrong (`cache verify`, `--check-determinism`). */
  unsound: 6,
  /** Waiting for an answer. */
  suspended: 42,
  /** A bug in wrangle. */
  bug: 70,
} as const;

/** Ended by a signal: reported as an exit code, never raised again. */
export const SIGNAL_EXIT = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export type EndingSignal = keyof typeof SIGNAL_EXIT;
