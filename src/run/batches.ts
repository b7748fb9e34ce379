/**
 * Instances of fan-outs that wait for others to run with (design-notes, "Batches"). Each is looked at for itself; what has to
 * run gathers here, without a slot, until there are as many as an attempt may have or there is nothing left to look at.
 */
import type { Stage } from '../model/pipeline.ts';
import type { BuildContext } from './build-context.ts';
import { lookAtStage, runStage } from './run-stage.ts';
import type { Slot, Verdict } from './scheduler.ts';
import { tryBatch } from './try-batch.ts';
import type { Work } from './work.ts';

interface Joined {
  readonly work: Work;
  readonly slot: Slot;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

interface Gathering {
  readonly size: number;
  /** Those that are ready and not looked at yet. */
  unseen: number;
  joined: Joined[];
}

export class Batches {
  readonly #context: BuildContext;
  /** By the id of the fan-out; only of those with batches. */
  readonly #gatherings = new Map<string, Gathering>();

  constructor(context: BuildContext) {
    this.#context = context;
    for (const { id, foreach } of context.state.graph.stages) {
      if (foreach && foreach.batch > 1) this.#gatherings.set(id, { size: foreach.batch, unseen: 0, joined: [] });
    }
  }

  /** Whether there is a fan-out whose instances gather. */
  get areAsked(): boolean {
    return this.#gatherings.size > 0;
  }

  /** It waits for a slot, and those of its fan-out that are to run wait for it. */
  ready(stage: Stage): void {
    const gathering = this.#gatheringOf(stage);
    if (gathering) gathering.unseen++;
  }

  /** As `runStage`. */
  async run(at: number, slot: Slot): Promise<Verdict> {
    const context = this.#context;
    const gathering = this.#gatheringOf(context.state.graph.stages[at] as Stage);
    if (!gathering) return runStage(context, at, slot);
    if (context.runsTwice(at) === true) {
      // What is to be compared is made alone.
      gathering.unseen--;
      if (gathering.unseen === 0) this.#start(gathering, 'without slot');
      return runStage(context, at, slot);
    }
    let looked: Work | Verdict | undefined;
    try {
      looked = await lookAtStage(context, at);
    } finally {
      gathering.unseen--;
      // Nobody is left to come, and whoever is there has given up the slot.
      if ((looked === undefined || 'outcome' in looked) && gathering.unseen === 0)
        this.#start(gathering, 'without slot');
    }
    return 'outcome' in looked ? looked : this.#join(gathering, looked, slot);
  }

  #gatheringOf({ item }: Stage): Gathering | undefined {
    return item && this.#gatherings.get(item.stage);
  }

  #join(gathering: Gathering, work: Work, slot: Slot): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      gathering.joined.push({ work, slot, resolve, reject });
      const isFull = gathering.joined.length >= gathering.size || gathering.unseen === 0;
      if (isFull) this.#start(gathering, 'with slot');
      // Those that were ready and not looked at never will be.
      else if (slot.closed.aborted) this.#start(gathering, 'without slot');
      else {
        if (gathering.joined.length === 1) {
          slot.closed.addEventListener('abort', () => this.#start(gathering, 'without slot'), { once: true });
        }
        // Whoever waits for others keeps nobody from being looked at.
        slot.release();
      }
    });
  }

  /** The slot is that of the one who came last. Where not all can run together, each group waits for one of its own. */
  #start(gathering: Gathering, how: 'with slot' | 'without slot'): void {
    const { joined } = gathering;
    gathering.joined = [];
    const groups = groupByEnvironment(joined);
    for (const group of groups) {
      const leader = group.at(-1) as Joined;
      const { slot } = leader;
      const enter = () => {
        slot.release();
        return slot.acquire();
      };
      void this.#try(group, leader, how === 'with slot' && groups.length === 1 ? slot : { ...slot, enter });
    }
  }

  /** The leader's outcome is told last: with it the slot goes back. */
  async #try(joined: readonly Joined[], leader: Joined, slot: Slot): Promise<void> {
    const waiting = new Map(joined.map((one) => [one.work.at, one]));
    const works = joined.map(({ work }) => work).sort((a, b) => a.at - b.at);
    let last: Verdict | undefined;
    try {
      await tryBatch(this.#context, works, slot, ({ at }, verdict) => {
        // Before the next of them is tried again.
        if (verdict.stops === 'all') slot.halt();
        if (at === leader.work.at) last = verdict;
        else waiting.get(at)?.resolve(verdict);
        waiting.delete(at);
      });
    } catch (error) {
      // Where all have an outcome, somebody has to say it all the same.
      for (const { reject } of waiting.size > 0 ? waiting.values() : [leader]) reject(error);
    }
    if (last) leader.resolve(last);
  }
}

/** A process has one environment. One that speaks of its item's files is that item's alone. */
function groupByEnvironment(joined: readonly Joined[]): (readonly Joined[])[] {
  const groups = new Map<string, Joined[]>();
  for (const one of joined) {
    const { env, id } = one.work.stage;
    const hasHoles = Object.values(env).some((template) => template.some((part) => typeof part !== 'string'));
    const key = hasHoles ? id : JSON.stringify(env);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
}
