/**
 * Who starts when. Knows the graph and how many may run at once; knows nothing of files, fingerprints or processes.
 *
 *   waiting --producers done--> ready --slot free--> performing --> done
 *      |                                                            ^
 *      +--a producer failed--> blocked -----------------------------+
 *      +--the run is halted--> cancelled ---------------------------+
 *
 * With limits (`admission.ts`) a stage takes a job to be looked at, and enters when it is to run: it gives the job back while
 * it waits for what it is short of. Without limits, while all slots are taken, the next stages are called ahead: they get
 * ready, and take their turn when a slot is free (design-notes, "Ready before their turn").
 *
 * A fan-out, once its turn comes, may become parts: stages that are ready at once. It has ended when all of them have.
 *
 * Beside its producers a stage may wait for a gate: it opens, or stays shut, once all members of the gate have ended.
 */
import { setMaxListeners } from 'node:events';
import type { Outcome } from '../model/outcome.ts';
import type { Clock } from '../ports/clock.ts';
import type { Limits, Waits } from './admission.ts';
import { Admission } from './admission.ts';
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
  /** How many may get ready while they wait for a slot. Default: none; with limits it does not count. */
  readonly ahead?: number;
  /** A slot was given to a stage: for the first time, or again. */
  readonly onSlot?: (stage: number) => void;
  /** Does one stage. Must not reject: a rejection is a bug and ends the run. */
  readonly perform: (stage: number, slot: Slot) => Promise<Verdict | Parts>;
  /** Does what a stage needs whose producers were skipped, which takes no slot. The same as for `perform` holds. */
  readonly skip: (stage: number, by: readonly number[]) => Promise<Verdict>;
  /** Its producers are done; it starts when there is a slot. */
  readonly onReady: (stage: number) => void;
  readonly onBlocked: (stage: number, by: readonly number[]) => void;
  readonly onCancelled: (stage: number) => void;
  /** A stage is a member of at most one. */
  readonly gates?: readonly Gate[];
  /** Undefined: no stage waits for more than a job. */
  readonly limits?: (Limits & LimitedBy) | undefined;
  /** Nothing new starts once it fires. */
  readonly signal: AbortSignal;
}

export interface LimitedBy {
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  /** Called when a stage does not start at once that was looked at. */
  readonly onWaiting: (stage: number, waits: Waits) => void;
}

/** What keeps stages that do not belong together with others from starting in between. */
export interface Gate {
  /** Among those selected. */
  readonly members: readonly number[];
  /** Selected stages that wait; none of them comes before a member. */
  readonly waiting: readonly number[];
  /**
   * Called once all members have ended, with those because of which consumers must not start. Resolves with whether
   * what waits may start. Must not reject.
   */
  readonly settle: (broken: readonly number[]) => Promise<boolean>;
}

/**
 * The right of one stage to use the machine. It is held when the stage is called, unless it is called ahead, and taken back
 * when it ends.
 */
export interface Slot {
  /**
   * Called before anything of the stage is told or can be seen. Undefined: it is its turn. Else it was called ahead, and
   * what is resolved with is as of `acquire`.
   */
  turn(): Promise<boolean> | undefined;
  /**
   * Called before the first attempt. Undefined: it may start. Else it waits without the slot, and what is resolved with is
   * as of `acquire`.
   */
  enter(): Promise<boolean> | undefined;
  /** What is left needs none, or not now. No effect when it is not held. */
  release(): void;
  /** Resolves with true once it is held again; with false when nothing new starts any more. */
  acquire(): Promise<boolean>;
  /** One more of the same stage, not held yet: to be acquired and released beside this one. Has no turn, and need not enter. */
  another(): Slot;
  /** The stage will end with `stops: 'all'`, and something of it goes on until then: nothing new starts from now on. */
  halt(): void;
  /** Fires when nothing new starts any more: the run was halted or stopped. */
  readonly closed: AbortSignal;
}

/** A stage that was called ahead. */
interface Early {
  readonly stage: number;
  readonly give: (held: boolean) => void;
}

export interface Verdict {
  readonly outcome: Outcome;
  /** `all`: nothing new starts. `consumers`: only what depends on it does not. */
  readonly stops: 'nothing' | 'consumers' | 'all';
}

/** What a fan-out is done by. */
export interface Parts {
  /** Not among those selected; nobody consumes them. */
  readonly parts: readonly number[];
  /** Called once all of them have ended, with how many ended how. The same as for `perform` holds. */
  readonly settle: (outcomes: ReadonlyMap<Outcome, number>) => Promise<Verdict>;
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
  // Whoever waits for its next attempt listens.
  setMaxListeners(0, closing.signal);
  const members = new Set(selected);
  const gates = new Map<number, { readonly gate: Gate; open: number }>();
  const partsOf = new Map<
    number,
    { readonly whole: number; readonly parts: Parts; open: number; outcomes: Map<Outcome, number> }
  >();
  /** Stages that wait for a gate that stays shut. */
  const shut = new Set<number>();
  const { limits } = options;
  const admission = limits && new Admission(limits, options.before);
  /** Without a slot, foremost first. */
  const early: Early[] = [];
  const earlyMax = admission ? 0 : (options.ahead ?? 0);
  /** Ends the sleep until a pool has another start. */
  let alarm: { readonly atMs: number; readonly cancel: AbortController } | undefined;
  let slots = jobs;
  let besides = 0;
  let performing = 0;
  let settling = 0;
  let halted = false;
  let bug: { error: unknown } | undefined;

  const enqueue = (stage: number) => {
    options.onReady(stage);
    ready.push(stage);
  };
  for (const stage of selected) {
    const open = (producers[stage] ?? []).filter((producer) => members.has(producer)).length;
    waitsFor.set(stage, open);
  }
  for (const gate of options.gates ?? []) {
    const state = { gate, open: gate.members.length };
    for (const member of gate.members) gates.set(member, state);
    for (const stage of gate.waiting) waitsFor.set(stage, (waitsFor.get(stage) ?? 0) + 1);
  }
  for (const stage of selected) if (waitsFor.get(stage) === 0) enqueue(stage);

  const { promise: allEnded, resolve: finish } = deferred();

  // A failure may reach 100,000 stages, so the news travels by a list and not by recursion.
  const news: [number, Outcome][] = [];
  const end = (stage: number, outcome: Outcome) => {
    news.push([stage, outcome]);
    tell();
  };

  const tell = () => {
    for (let item = news.pop(); item; item = news.pop()) {
      const [stage, how] = item;
      ended.set(stage, how);
      const by = STOPS_CONSUMERS.has(how) ? [stage] : [];
      for (const consumer of consumers[stage] ?? []) {
        if (members.has(consumer) && !ended.has(consumer)) wait(consumer, by);
      }
      const state = gates.get(stage);
      if (state && --state.open === 0) settle(state.gate);
      const among = partsOf.get(stage);
      if (!among) continue;
      partsOf.delete(stage);
      among.outcomes.set(how, (among.outcomes.get(how) ?? 0) + 1);
      if (--among.open === 0) watch(among.whole, among.parts.settle(among.outcomes));
    }
  };

  /** One thing less that a stage waits for; `by` are those because of which it must not start. */
  const wait = (stage: number, by: readonly number[]) => {
    if (by.length > 0) stoppedBy.set(stage, [...new Set([...(stoppedBy.get(stage) ?? []), ...by])]);
    const open = (waitsFor.get(stage) ?? 1) - 1;
    waitsFor.set(stage, open);
    if (open > 0) return;
    const stoppers = stoppedBy.get(stage);
    const isSkipped = (producer: number) => ended.get(producer) === 'skipped';
    if (!stoppers) enqueue(stage);
    else if (
      stoppers.some((producer) => !isSkipped(producer) && ended.get(producer) !== 'cancelled') ||
      // What was skipped behind a shut gate is back as it was, so there is nothing to skip with it.
      (shut.has(stage) && stoppers.some(isSkipped))
    ) {
      options.onBlocked(stage, stoppers);
      news.push([stage, 'blocked']);
    } else if (stoppers.every(isSkipped)) watch(stage, options.skip(stage, stoppers));
    else {
      options.onCancelled(stage);
      news.push([stage, 'cancelled']);
    }
  };

  const settle = ({ members: ofGate, waiting: behind, settle: opens }: Gate) => {
    settling++;
    const broken = ofGate.filter((member) => STOPS_CONSUMERS.has(ended.get(member) as Outcome));
    const settled = (by: readonly number[]) => {
      settling--;
      for (const stage of behind) {
        if (by.length > 0) shut.add(stage);
        wait(stage, by);
      }
      tell();
      next();
      lookAhead();
    };
    opens(broken).then(
      (isOpen) => settled(isOpen ? [] : broken.length > 0 ? broken : ofGate),
      (error: unknown) => {
        bug ??= { error };
        halted = true;
        settled(ofGate);
      },
    );
  };

  const openSlot = (stage: number, how: 'now' | 'early' | 'beside'): Slot => {
    let held = how === 'now';
    /** Numbers below 0 are no stages. */
    const holder = how === 'beside' ? -++besides : stage;
    const giveBack = () => {
      held = false;
      slots++;
      admission?.release(holder);
    };
    const given = (resolve: (held: boolean) => void) => (isGiven: boolean) => {
      held = isGiven;
      if (isGiven) options.onSlot?.(stage);
      resolve(isGiven);
    };
    const turn = how === 'early' ? deferred<boolean>() : undefined;
    if (turn) early.push({ stage, give: given(turn.resolve) });
    else if (held) options.onSlot?.(stage);
    return {
      closed: closing.signal,
      turn: () => (held ? undefined : turn?.promise),
      enter: () => {
        if (!admission) return undefined;
        giveBack();
        let isWaiting = true;
        const entered = new Promise<boolean>((resolve) => {
          const give = given(resolve);
          admission.wait(stage, false, (isGiven) => {
            isWaiting = false;
            if (isGiven) slots--;
            give(isGiven);
          });
        });
        next();
        if (held) return undefined;
        const waits = isWaiting ? admission.waitsFor(stage) : undefined;
        if (waits) limits?.onWaiting(stage, waits);
        return entered;
      },
      release: () => {
        if (!held) return;
        giveBack();
        next();
      },
      acquire: () =>
        new Promise((resolve) => {
          const give = given(resolve);
          if (admission) {
            const admitted = (isGiven: boolean) => {
              if (isGiven) slots--;
              give(isGiven);
            };
            admission.wait(holder, true, admitted, stage);
          } else waiting.push(give);
          next();
        }),
      another: () => openSlot(stage, 'beside'),
      halt: () => {
        halted = true;
        next();
      },
    };
  };

  const takeApart = (whole: number, parts: Parts) => {
    const state = { whole, parts, open: parts.parts.length, outcomes: new Map<Outcome, number>() };
    if (state.open === 0) watch(whole, parts.settle(state.outcomes));
    for (const part of parts.parts) {
      partsOf.set(part, state);
      enqueue(part);
    }
  };

  const watch = (stage: number, work: Promise<Verdict | Parts>, slot?: Slot) => {
    performing++;
    void work
      .catch((error: unknown): Verdict => {
        bug ??= { error };
        return { outcome: 'failed', stops: 'all' };
      })
      .then((done) => {
        performing--;
        if ('parts' in done) takeApart(stage, done);
        else {
          if (done.stops === 'all') halted = true;
          end(stage, done.outcome);
        }
        slot?.release();
        next();
        lookAhead();
      });
  };

  const start = (stage: number) => {
    slots--;
    const slot = openSlot(stage, 'now');
    watch(stage, perform(stage, slot), slot);
  };

  /** Done where nothing else is due: what has a slot goes first. */
  const lookAhead = () => {
    while (slots === 0 && early.length < earlyMax && !halted && !signal.aborted) {
      const stage = ready.pop();
      if (stage === undefined) return;
      const slot = openSlot(stage, 'early');
      early.sort((a, b) => options.before(a.stage, b.stage));
      watch(stage, perform(stage, slot), slot);
    }
  };

  const close = () => {
    closing.abort();
    for (const give of waiting.splice(0)) give(false);
    for (const { give } of early.splice(0)) give(false);
    admission?.dismiss();
    for (let stage = ready.pop(); stage !== undefined; stage = ready.pop()) {
      options.onCancelled(stage);
      end(stage, 'cancelled');
    }
  };

  const startForemost = () => {
    while (slots > 0 && waiting.length > 0) {
      slots--;
      waiting.shift()?.(true);
    }
    while (slots > 0) {
      const [foremost] = early;
      // What has become ready since may come before what was called ahead.
      if (foremost && (ready.first === undefined || options.before(foremost.stage, ready.first) <= 0)) {
        early.shift();
        slots--;
        foremost.give(true);
        continue;
      }
      const stage = ready.pop();
      if (stage === undefined) break;
      start(stage);
    }
  };

  /** The same where stages have limits. */
  const admit = (among: Admission, by: LimitedBy) => {
    const nowMs = by.clock.monotonicMs();
    const round = among.round(nowMs);
    while (slots > 0) {
      const who = round.next(ready.first, slots < jobs);
      if (who === 'nobody') break;
      if (who === 'rival') start(ready.pop() as number);
    }
    if (alarm?.atMs === round.wakeMs) return;
    alarm?.cancel.abort();
    alarm = undefined;
    if (round.wakeMs === Number.POSITIVE_INFINITY) return;
    const mine = { atMs: round.wakeMs, cancel: new AbortController() };
    alarm = mine;
    // A timer may be a little early, and would then be set again for no time at all.
    void by.clock.sleep(Math.max(1, Math.ceil(round.wakeMs - nowMs)), mine.cancel.signal).then(() => {
      if (alarm !== mine) return;
      alarm = undefined;
      next();
    });
  };

  const next = () => {
    if (halted || signal.aborted) close();
    if (admission && limits) admit(admission, limits);
    else startForemost();
    if (performing === 0 && settling === 0 && ready.size === 0) finish();
  };

  signal.addEventListener('abort', next, { once: true });
  next();
  lookAhead();
  await allEnded;
  signal.removeEventListener('abort', next);
  if (bug) throw bug.error;
}

const STOPS_CONSUMERS: ReadonlySet<Outcome> = new Set(['failed', 'blocked', 'skipped', 'suspended', 'cancelled']);

function deferred<Value = void>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
