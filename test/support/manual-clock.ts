// A clock that stands still until a test moves it. Knows nothing of who waits.
import type { Clock } from '../../src/ports/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

export interface ManualClockOptions {
  /** Wall clock at the start. */
  readonly nowMs?: number;
  /** `sleep` moves the clock by itself and resolves at once: for tests that time does not matter to. */
  readonly auto?: boolean;
}

export class ManualClock implements Clock {
  readonly #auto: boolean;
  #held = false;
  #startMs: number;
  #elapsedMs = 0;
  #sleepers: Sleeper[] = [];
  readonly #listeners: ((ms: number) => void)[] = [];

  constructor(options: ManualClockOptions = {}) {
    this.#startMs = options.nowMs ?? 1_750_000_000_000;
    this.#auto = options.auto ?? false;
  }

  nowMs(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    if (this.#auto && !this.#held) {
      this.#move(ms);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener('abort', wake);
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        resolve();
      };
      const sleeper = { dueMs: this.#elapsedMs + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }

  /** From now on `auto` counts for nothing: who sleeps waits for `advance`. */
  hold(): void {
    this.#held = true;
  }

  /** With `auto` too it is called only by `advance`. */
  after(ms: number, act: () => void): () => void {
    const sleeper = { dueMs: this.#elapsedMs + ms, wake: act };
    this.#sleepers.push(sleeper);
    return () => {
      this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
    };
  }

  /** How many are asleep, or are to be called. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  /** Called with each step, so that other clocks (a file system's) can follow. */
  onAdvance(listener: (ms: number) => void): void {
    this.#listeners.push(listener);
  }

  /** The wall clock is set, and time that was measured goes on as before. */
  jump(ms: number): void {
    this.#startMs += ms;
  }

  /** Moves on by `ms` and wakes who is due, in order; who falls asleep again on the way is woken too. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsedMs + ms;
    for (let next = this.#nextDue(end); next; next = this.#nextDue(end)) {
      const woken = next;
      this.#sleepers = this.#sleepers.filter((one) => one !== woken);
      this.#move(Math.max(0, woken.dueMs - this.#elapsedMs));
      woken.wake();
      // Everything that follows from the waking happens before the next one wakes.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#move(end - this.#elapsedMs);
  }

  #nextDue(endMs: number): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.dueMs <= endMs && (!next || sleeper.dueMs < next.dueMs)) next = sleeper;
    }
    return next;
  }

  #move(ms: number): void {
    this.#elapsedMs += ms;
    for (const listener of this.#listeners) listener(ms);
  }
}
