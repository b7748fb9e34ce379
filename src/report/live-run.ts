/** A run that is under way: what runs, what waits, what is over, made of its events. Knows nothing of how it is shown. */
import type { WrangleEvent } from '../model/event.ts';
import type { Outcome, OutcomeCounts } from '../model/outcome.ts';
import { noOutcomes } from '../model/outcome.ts';
import { RunSize } from '../store/run-size.ts';
import { compareText } from '../util/compare.ts';
import { votesNote } from './progress-lines.ts';
import { Rate } from './rate.ts';

type EventOf<Name extends WrangleEvent['event']> = Extract<WrangleEvent, { event: Name }>;
type ProgressData = EventOf<'task_progress'>['details']['data'];

/** Times are wall time in milliseconds, as events have it. */
export interface RunningStage {
  readonly startedMs: number;
  readonly attempt: number;
  readonly pool: string | undefined;
  /** What it said last of how far it is. */
  progress: ProgressData | undefined;
  readonly rate: Rate;
}

export interface RetryingStage {
  /** When the next attempt may start. */
  readonly dueMs: number;
  /** The number of the next attempt. */
  readonly attempt: number;
  readonly attempts: number;
  readonly reason: string;
}

/** A limit that stages share, and how much of it they take. */
export interface BusyPool {
  readonly name: string;
  readonly running: number;
  readonly waiting: number;
  readonly slots: number | undefined;
  readonly startEveryMs: number;
  /** When its rate lets another one start; past when it does already. */
  readonly nextMs: number;
}

/** Of the last stages that ran or were restored, so many are remembered. */
const FINISHED_KEPT = 5;

export class LiveRun {
  readonly startedMs: number;
  readonly counts: OutcomeCounts = noOutcomes();
  /** Of `counts.failed`, those that may fail. */
  allowed = 0;
  /** In the order in which they started; fan-outs among them, from when their lists are known until all items are over. */
  readonly running = new Map<string, RunningStage>();
  readonly retrying = new Map<string, RetryingStage>();
  /** Stages that wait for an answer, with what they ask. */
  readonly asking = new Map<string, string>();
  /** Names of stages that ran or were restored, the last one first. */
  readonly finished: string[] = [];
  /** True once there was something to be seen: a stage started, or was restored. */
  hasBegun = false;
  isOver = false;
  readonly #size = new RunSize();
  readonly #pools: NonNullable<EventOf<'run_started'>['details']['data']['pools']>;
  /** When a stage of a pool started last. */
  readonly #startedIn = new Map<string, number>();
  /** Stages that wait for a limit, with their pools. */
  readonly #waiting = new Map<string, string | null>();
  #over = 0;
  /** What the run itself said last, and when. */
  #said: { readonly data: ProgressData; readonly atMs: number } | undefined;

  constructor(started: EventOf<'run_started'>) {
    const { pools = {} } = started.details.data;
    this.#pools = pools;
    this.startedMs = Date.parse(started.timestamp);
    this.#size.apply(started);
  }

  /** Stages that were not fresh when it began, as far as their number is known. */
  get toDo(): number {
    return this.#size.toDo;
  }

  /** Stages that are over; those that turned out fresh have no event of their own, the run itself counts them. */
  get done(): number {
    return Math.min(this.toDo, Math.max(this.#over, this.#said?.data.done ?? 0));
  }

  /** Undefined while nothing is known, and when it takes longer than was thought. */
  leftMs(nowMs: number): number | undefined {
    if (this.#said?.data.left_ms === undefined) return undefined;
    const leftMs = this.#said.data.left_ms - (nowMs - this.#said.atMs);
    return leftMs > 0 ? leftMs : undefined;
  }

  /** Those with a stage that runs or waits, by name. */
  get pools(): BusyPool[] {
    const declared = Object.entries(this.#pools);
    if (declared.length === 0) return [];
    const runningIn = countsOf([...this.running.values()].map(({ pool }) => pool));
    const waitingFor = countsOf(this.#waiting.values());
    const busy: BusyPool[] = [];
    for (const [name, { slots, start_every_ms = 0 }] of declared) {
      const taken = runningIn.get(name) ?? 0;
      const waiting = waitingFor.get(name) ?? 0;
      if (taken + waiting === 0) continue;
      // A place is free again as soon as the process has ended; that it is over is told a little later.
      const running = Math.min(taken, slots ?? taken);
      const nextMs = (this.#startedIn.get(name) ?? Number.NEGATIVE_INFINITY) + start_every_ms;
      busy.push({ name, running, waiting, slots, startEveryMs: start_every_ms, nextMs });
    }
    return busy.sort((a, b) => compareText(a.name, b.name));
  }

  onEvent(event: WrangleEvent): void {
    const atMs = Date.parse(event.timestamp);
    const stage = event.task_id;
    this.#size.apply(event);
    switch (event.event) {
      case 'task_expanded': {
        const { items, to_do } = event.details.data;
        const progress = { done: items - to_do, total: items, note: 'items' };
        if (items > 1) {
          this.running.set(stage ?? '', { startedMs: atMs, attempt: 1, pool: undefined, progress, rate: new Rate() });
        }
        return;
      }
      case 'task_settled':
        this.#leave(stage);
        return;
      case 'run_completed':
        this.isOver = true;
        return;
      case 'task_progress': {
        const { data } = event.details;
        if (stage === null) this.#said = { data, atMs };
        else this.#progressed(stage, data, atMs);
        return;
      }
      case 'task_waiting':
        this.#waiting.set(stage ?? '', event.details.data.pool);
        return;
      case 'task_started': {
        const { attempt, pool, vote } = event.details.data;
        // Of those that vote, the first one stands for all.
        const before = vote === undefined ? undefined : this.running.get(stage ?? '');
        this.#leave(stage);
        if (pool !== undefined) this.#startedIn.set(pool, atMs);
        const { startedMs, progress } = before ?? { startedMs: atMs, progress: undefined };
        this.running.set(stage ?? '', { startedMs, attempt, pool, progress, rate: new Rate() });
        this.hasBegun = true;
        return;
      }
      case 'vote':
      case 'red_flag': {
        const note = `vote ${votesNote(event.details.data.tally)}`;
        this.#progressed(stage ?? '', { done: undefined, total: undefined, note }, atMs);
        return;
      }
      case 'task_retrying': {
        const { attempt, attempts, delay_ms, failure, vote } = event.details.data;
        if (vote !== undefined) return;
        this.#leave(stage);
        const next = { dueMs: atMs + delay_ms, attempt: attempt + 1, attempts, reason: failure.message };
        this.retrying.set(stage ?? '', next);
        return;
      }
      case 'task_completed':
        this.#succeeded(stage, 'ran');
        return;
      case 'task_restored':
        this.#succeeded(stage, 'restored');
        return;
      case 'task_failed':
        if (event.details.data.failure.allowed) this.allowed++;
        this.#ended(stage, 'failed');
        return;
      case 'task_skipped':
        this.#ended(stage, 'skipped');
        return;
      case 'task_suspended':
        this.#ended(stage, 'suspended');
        this.asking.set(stage ?? '', event.details.data.question.text);
        return;
      case 'task_blocked':
        this.#ended(stage, 'blocked');
        return;
      case 'task_cancelled':
        this.#ended(stage, 'cancelled');
        return;
      default:
    }
  }

  #progressed(stage: string, data: ProgressData, atMs: number): void {
    const one = this.running.get(stage);
    if (!one) return;
    one.progress = data;
    if (data.done !== undefined) one.rate.add(atMs, data.done);
  }

  #succeeded(stage: string | null, outcome: Outcome): void {
    this.#ended(stage, outcome);
    this.hasBegun = true;
    this.finished.unshift(stage ?? '');
    if (this.finished.length > FINISHED_KEPT) this.finished.pop();
  }

  #ended(stage: string | null, outcome: Outcome): void {
    this.#leave(stage);
    this.counts[outcome]++;
    this.#over++;
  }

  #leave(stage: string | null): void {
    this.running.delete(stage ?? '');
    this.retrying.delete(stage ?? '');
    this.#waiting.delete(stage ?? '');
  }
}

function countsOf<Key>(keys: Iterable<Key>): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
