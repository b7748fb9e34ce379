/** Runs tasks as they come, a few at once and in order of their coming; the first error ends all that have not begun. */
export class FewAtOnce {
  readonly #max: number;
  readonly #onError: () => void;
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;
  #failed: { readonly error: unknown } | undefined;
  #idle: (() => void) | undefined;

  /** `max` is at least 1. `onError` is called once, when the first task fails. */
  constructor(max: number, onError: () => void) {
    this.#max = max;
    this.#onError = onError;
  }

  add(task: () => Promise<void>): void {
    this.#waiting.push(task);
    this.#next();
  }

  /** Resolves when nothing is left. Rejects with the first error, once nothing runs any more. */
  async ended(): Promise<void> {
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    if (this.#failed) throw this.#failed.error;
  }

  #next(): void {
    while (this.#running < this.#max && !this.#failed) {
      const task = this.#waiting.shift();
      if (!task) break;
      this.#running++;
      void task()
        .catch((error: unknown) => {
          if (this.#failed) return;
          this.#failed = { error };
          this.#onError();
        })
        .then(() => {
          this.#running--;
          this.#next();
        });
    }
    if (this.#running === 0) this.#idle?.();
  }
}
