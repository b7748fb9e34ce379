/** Time. Tests hold it in their hand. */
export interface Clock {
  /** Wall clock, milliseconds since 1970; for people and records. */
  nowMs(): number;
  /** Never goes back; for durations. */
  monotonicMs(): number;
  /** Resolves after `ms`, not counted by the wall clock; or at once when `signal` fires. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls once, after `ms`, unless it is cancelled by what is returned. Keeps no process from ending. */
  after(ms: number, act: () => void): () => void;
}
