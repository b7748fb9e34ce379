/** How fast something counts up, from what it said last. Pure: time is handed in, in milliseconds. */

/** What is older says little of how fast it is now. */
const WINDOW_MS = 10_000;
/** What comes sooner takes the place of what came before, so that a stage may say so as often as it likes. */
const STEP_MS = 500;

interface Sample {
  readonly atMs: number;
  readonly done: number;
}

export class Rate {
  /** Oldest first. */
  #samples: Sample[] = [];

  add(atMs: number, done: number): void {
    const last = this.#samples.at(-1);
    // It began anew, or the clock was set.
    if (last && (done < last.done || atMs < last.atMs)) this.#samples = [];
    const before = this.#samples.at(-2);
    if (before && atMs - before.atMs < STEP_MS) this.#samples.pop();
    this.#samples.push({ atMs, done });
    while (this.#samples[1] !== undefined && atMs - this.#samples[1].atMs >= WINDOW_MS) this.#samples.shift();
  }

  /** Units a second; undefined where too little is known. */
  get perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < STEP_MS) return undefined;
    return ((last.done - first.done) * 1000) / (last.atMs - first.atMs);
  }
}

/** `310/s`, `2.1/s`, `4/min`; nothing where it does not move. */
export function rateText(perSecond: number): string | undefined {
  if (perSecond >= 9.95) return `${String(Math.round(perSecond)).replace(/\B(?=(\d{3})+$)/g, ',')}/s`;
  if (perSecond >= 0.95) return `${perSecond.toFixed(1)}/s`;
  const perMinute = Math.round(perSecond * 60);
  return perMinute < 1 ? undefined : `${perMinute}/min`;
}
