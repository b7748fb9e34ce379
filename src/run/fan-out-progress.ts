/** Tells of fan-outs as a whole: that the list of one is known, how many of its items are over, and what became of them. */
import type { Expansion } from '../fan-out/expansion.ts';
import type { Outcome } from '../model/outcome.ts';
import { noOutcomes } from '../model/outcome.ts';
import type { BuildContext } from './build-context.ts';
import { emit } from './events.ts';

/** As the run tells of itself. */
const TELL_MS = 1000;

interface OpenFanOut {
  readonly items: number;
  over: number;
  toldAt: number;
}

export class FanOutProgress {
  readonly #context: BuildContext;
  /** How those ended that are not looked at, since the plan knew. */
  readonly #aside: ReadonlyMap<number, Outcome>;
  readonly #open = new Map<number, OpenFanOut>();

  constructor(context: BuildContext, aside: ReadonlyMap<number, Outcome>) {
    this.#context = context;
    this.#aside = aside;
  }

  /** `isCounted`: the run was said to have its instances already. Returns those that are to be looked at. */
  expanded(at: number, { instances }: Expansion, isCounted: boolean): number[] {
    const parts = instances.filter((instance) => !this.#aside.has(instance));
    const items = instances.length;
    const added = isCounted ? 0 : items - 1;
    const data = { items, to_do: parts.length, added };
    emit(this.#context, 'task_expanded', this.#idOf(at), `${countText(items)}, ${parts.length} to do.`, data);
    this.#open.set(at, { items, over: items - parts.length, toldAt: this.#context.clock.monotonicMs() });
    return parts;
  }

  /** An instance is over. */
  ended(instance: number): void {
    const at = this.#context.state.fanOuts?.fanOutOf(instance);
    const one = at === undefined ? undefined : this.#open.get(at);
    if (at === undefined || !one) return;
    one.over++;
    const now = this.#context.clock.monotonicMs();
    if (now - one.toldAt < TELL_MS || one.over === one.items) return;
    one.toldAt = now;
    const data = { done: one.over, total: one.items, note: 'items' };
    emit(this.#context, 'task_progress', this.#idOf(at), `${one.over} of ${countText(one.items)} done.`, data);
  }

  /** `outcomes`: of those that were looked at. */
  settled(at: number, { instances }: Expansion, outcomes: ReadonlyMap<Outcome, number>): void {
    this.#open.delete(at);
    const counts = noOutcomes();
    for (const [outcome, count] of outcomes) counts[outcome] = count;
    for (const instance of instances) {
      const aside = this.#aside.get(instance);
      if (aside) counts[aside]++;
    }
    const dropped = instances.filter((instance) => this.#context.dropped.has(instance)).length;
    const words = Object.entries(counts).flatMap(([outcome, count]) => (count > 0 ? [`${count} ${outcome}`] : []));
    const message = `${[countText(instances.length), ...words].join(', ')}.`;
    emit(this.#context, 'task_settled', this.#idOf(at), message, { items: instances.length, counts, dropped });
  }

  #idOf(at: number): string {
    return this.#context.state.graph.stages[at]?.id ?? '';
  }
}

function countText(items: number): string {
  return `${items} ${items === 1 ? 'item' : 'items'}`;
}
