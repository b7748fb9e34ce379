/** A run as its events alone tell of it, for those who have no record of it at hand. */
import type { WrangleEvent } from '../../src/model/event.ts';
import type { CollectedRun } from '../../src/report/run-collector.ts';
import { createRunCollector } from '../../src/report/run-collector.ts';
import { RunFold } from '../../src/store/run-fold.ts';

export class HeardRun {
  readonly #fold = new RunFold();
  readonly #collector = createRunCollector();

  constructor(events: readonly WrangleEvent[] = []) {
    for (const event of events) this.onEvent(event);
  }

  onEvent(event: WrangleEvent): void {
    this.#fold.apply(event);
    this.#collector.onEvent(event);
  }

  collected(): CollectedRun {
    return this.#collector.collected(this.#fold);
  }
}
