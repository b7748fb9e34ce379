/**
 * Who starts when. Knows the graph and how many may run at once; knows nothing of files, fingerprints or processes.
 *
 *   waiting --producers done--> ready --slot free--> performing --> done
 *      |                                                            ^
 *      +--a producer failed--> blocked -----------------------------+
 *      +--the run is halted--> cancelled ---------------------------+
 */
import type { Outcome } from '../model/outcome.ts';
import { ReadyQueue } from './ready-queue.ts';

export interface ScheduleOptions {
  /** Stages to look after, ascending; producers outside of it count as done. */
  readonly selected: readonly number[];
  readonly producers: readonly (readonly number[])[];
  readonly consumers: readonly (readonly number[])[];
  /** Higher goes first; the same among equals for the same graph. */
  readonly before: (a: number, b: number) => number;
  /** How many may hold a slot at once, at least 1. */
  readonly jobs: number;
  /** Does one stage. Must not reject: a rejection is a bug and ends the run. */
  readonly perform: (stage: number, slot: Slot) => Promise<Verdict>;
  /** Does what a stage needs whose producers were skipped, which takes no slot. The same as for `perform` holds. */
  readonly skip: (stage: number, by: readonly number[]) => Promise<Verdict>;
  /** Its producers are done; it starts when there is a slot. */
  readonly onReady: (stage: number) => void;
  readonly onBlocked: (stage: number, by: readonly number[]) => void;
  readonly onCancelled: (stage: number) => void;
  /** Nothing new starts once it fires. */
  readonly signal: AbortSignal;
}

/** The right of one stage to use the machine. It is held when the stage is called, and taken back when it ends. */
export interface Slot {
  /** What is left needs none, or not now. No effect when it is not held. */
  release(): void;
  /** Resolves with true once it is held again; with false when nothing new starts any more. */
  acquire(): Promise<boolean>;
  /** Fires when nothing new starts any more: the run was halted or stopped. */
  readonly closed: AbortSignal;
}

export interface Verdict {
  readonly outcome: Outcome;
  /** `all`: nothing new starts. `consumers`: only what depends on it does not. */
  readonly stops: 'nothing' | 'consumers' | 'all';
}

/** Resolves when every selected stage has an outcome. Rejects with what `perform` rejected with, after all others ended. */
export async function schedule(options: ScheduleOptions): Promise<void> {
  const { selected, producers, consumers, jobs, perform, signal } = options;
  const waitsFor = new Map<number, number>();
  const ended = new Map<number, Outcome>();
  const stoppedBy = new Map<number, number[]>();
  const ready = new ReadyQueue(options.before);
  /** Stages that gave up their slot and want it back; they are older than all that are ready. */
  const waiting: ((held: boolean) => void)[] = [];
  const closing = new AbortController();
  const members = new Set(selected);
  let slots = jobs;
  let performing = 0;
  let halted = false;
  let bug: { error: unknown } | undefined;

  const enqueue = (stage: number) => {
    options.onReady(stage);
    ready.push(stage);
  };
  for (const stage of selected) {
    const open = (producers[stage] ?? []).filter((producer) => members.has(producer)).length;
    waitsFor.set(stage, open);
    if (open === 0) enqueue(stage);
  }

  const { promise: allEnded, resolve: finish } = deferred();

  const end = (first: number, outcome: Outcome) => {
    // A failure may reach 100,000 stages, so the news travels by a list and not by recursion.
    const news: [number, Outcome][] = [[first, outcome]];
    for (let item = news.pop(); item; item = news.pop()) {
      const [stage, how] = item;
      ended.set(stage, how);
      for (const consumer of consumers[stage] ?? []) {
        if (!members.has(consumer) || ended.has(consumer)) continue;
        if (STOPS_CONSUMERS.has(how)) stoppedBy.set(consumer, [...(stoppedBy.get(consumer) ?? []), stage]);
        const open = (waitsFor.get(consumer) ?? 1) - 1;
        waitsFor.set(consumer, open);
        if (open > 0) continue;
        const by = stoppedBy.get(consumer);
        if (!by) enqueue(consumer);
        else if (by.some((producer) => ended.get(producer) !== 'skipped' && ended.get(producer) !== 'cancelled')) {
          options.onBlocked(consumer, by);
          news.push([consumer, 'blocked']);
        } else if (by.every((producer) => ended.get(producer) === 'skipped')) {
          watch(consumer, options.skip(consumer, by));
        } else {
          options.onCancelled(consumer);
          news.push([consumer, 'cancelled']);
        }
      }
    }
  };

  const openSlot = (): Slot => {
    let held = true;
    return {
      closed: closing.signal,
      release: () => {
        if (!held) return;
        held = false;
        slots++;
        next();
      },
      acquire: () =>
        new Promise((resolve) => {
          waiting.push((given) => {
            held = given;
            resolve(given);
          });
          next();
        }),
    };
  };

  const watch = (stage: number, work: Promise<Verdict>, slot?: Slot) => {
    performing++;
    void work
      .catch((error: unknown): Verdict => {
        bug ??= { error };
        return { outcome: 'failed', stops: 'all' };
      })
      .then(({ outcome, stops }) => {
        performing--;
        if (stops === 'all') halted = true;
        end(stage, outcome);
        slot?.release();
        next();
      });
  };

  const start = (stage: number) => {
    slots--;
    const slot = openSlot();
    watch(stage, perform(stage, slot), slot);
  };

  const close = () => {
    closing.abort();
    for (const give of waiting.splice(0)) give(false);
    for (let stage = ready.pop(); stage !== undefined; stage = ready.pop()) {
      options.onCancelled(stage);
      end(stage, 'cancelled');
    }
  };

  const next = () => {
    if (halted || signal.aborted) close();
    while (slots > 0 && waiting.length > 0) {
      slots--;
      waiting.shift()?.(true);
    }
    while (slots > 0) {
      const stage = ready.pop();
      if (stage === undefined) break;
      start(stage);
    }
    if (performing === 0 && ready.size === 0) finish();
  };

  signal.addEventListener('abort', next, { once: true });
  next();
  await allEnded;
  signal.removeEventListener('abort', next);
  if (bug) throw bug.error;
}

const STOPS_CONSUMERS: ReadonlySet<Outcome> = new Set(['failed', 'blocked', 'skipped', 'suspended', 'cancelled']);

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
