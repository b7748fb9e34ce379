/** One build at a time in one workspace. The lock dies with its holder, so there is never a stale one. */
export interface WorkspaceLock {
  /**
   * Undefined when somebody else holds it and `wait` is false. `onWait` is called once with the holder, also then.
   * Errors: rejects with an `Error` with `code` when the lock file cannot be opened.
   */
  acquire(options: LockRequest): Promise<HeldLock | undefined>;
  /** Who holds the lock now, found out without touching it; undefined when nobody does, or nobody knows. */
  holder(path: string): LockHolder | undefined;
}

export interface LockRequest {
  readonly path: string;
  readonly wait: boolean;
  /** What the others read while they wait. */
  readonly command: string;
  readonly onWait: (holder: LockHolder | undefined) => void;
  readonly signal: AbortSignal | undefined;
}

export interface HeldLock {
  /** A process that inherits it keeps the lock until it ends itself; undefined where it is not a file that is locked. */
  readonly fd: number | undefined;
  release(): void;
}

/** For messages and reports, never for what is built. */
export interface LockHolder {
  readonly pid: number;
  readonly command: string;
  /** ISO-8601, UTC. */
  readonly started_at: string;
}
