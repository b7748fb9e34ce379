/** How many stages a run has, as its events tell. Pure. */
import type { WrangleEvent } from '../model/event.ts';

/** A fan-out counts as one stage until its list is known, then as its instances; and as one more if it fails itself. */
export class RunSize {
  /** Stages that were asked for, with all they need. */
  total = 0;
  /** Of those, the ones that were not known to be as they should be when the run began. */
  toDo = 0;
  readonly #expanded = new Set<string>();

  apply(event: WrangleEvent): void {
    if (event.event === 'run_started') {
      const { total, fresh, skipped = 0 } = event.details.data;
      this.total = total;
      this.toDo = total - fresh - skipped;
      this.#expanded.clear();
    } else if (event.event === 'task_expanded') {
      this.#add(event.details.data.added);
      this.#expanded.add(event.task_id ?? '');
    } else if (event.event === 'task_failed' && this.#expanded.delete(event.task_id ?? '')) this.#add(1);
  }

  #add(stages: number): void {
    this.total += stages;
    this.toDo += stages;
  }
}
