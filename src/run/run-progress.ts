/** Tells how far the run is and how long it will still take: at its start, and then as stages end. */
import type { Outcome } from '../model/outcome.ts';
import type { BuildContext } from './build-context.ts';
import { emit } from './events.ts';
import { Forecast, type ForecastOptions } from './forecast.ts';

/** A forecast looks at all that is left, and nobody reads faster. */
const TELL_MS = 1000;

export class RunProgress {
  readonly #context: Pick<BuildContext, 'emit' | 'clock'>;
  readonly #forecast: Forecast;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(context: Pick<BuildContext, 'emit' | 'clock'>, options: ForecastOptions) {
    this.#context = context;
    this.#forecast = new Forecast(options);
    this.#tell();
  }

  /** Also when it is tried again. */
  started(stage: number): void {
    this.#forecast.started(stage, this.#context.clock.monotonicMs());
  }

  /** A fan-out turns out to be these stages. */
  expanded(fanOut: number, by: readonly number[], durationOf: (stage: number) => number | undefined): void {
    this.#forecast.replace(fanOut, by, durationOf);
    this.#tell();
  }

  ended(stage: number, outcome: Outcome): void {
    this.#forecast.over(stage, this.#context.clock.monotonicMs(), outcome === 'ran');
    this.#tell();
  }

  #tell(): void {
    const now = this.#context.clock.monotonicMs();
    if (now - this.#toldAt < TELL_MS || this.#forecast.total === 0) return;
    this.#toldAt = now;
    const { ended: done, total } = this.#forecast;
    const left = this.#forecast.leftMs(now);
    const leftMs = left === undefined ? undefined : Math.round(left);
    const about = leftMs === undefined ? '' : `, about ${Math.ceil(leftMs / 1000)} s left`;
    const data = { done, total, note: undefined, left_ms: leftMs };
    emit(this.#context, 'task_progress', null, `${done} of ${total} done${about}.`, data);
  }
}
