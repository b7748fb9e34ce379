// A time limit of any length, by timers that have one. Knows nothing of what it limits.

/** The longest that a timer of Node's can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class LongTimer {
  #timer: NodeJS.Timeout | undefined;

  /** Calls `act` once, after `ms`. */
  constructor(ms: number, act: () => void) {
    this.#arm(ms, act);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #arm(ms: number, act: () => void): void {
    const step = Math.min(ms, TIMER_MS_MAX);
    this.#timer = setTimeout(() => {
      if (ms > step) return this.#arm(ms - step, act);
      // Where wrangle was stopped for a while (Ctrl-Z, a laptop that slept), the end may be waiting to be told: one
      // look at the descriptors comes between a timer and this.
      setImmediate(act);
    }, step);
  }
}
