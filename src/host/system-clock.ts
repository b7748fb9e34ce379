// The time of this machine. Knows nothing of who asks.
import type { Clock } from '../ports/clock.ts';

export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  after(ms: number, act: () => void): () => void {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => clearTimeout(timer);
  }
}
