/** A run that is under way: what runs, what waits, what is over, made of its events. Knows nothing of how it is shown. */
import type { WrangleEvent } from '../model/event.ts';
import type { Outcome, OutcomeCounts } from '../model/outcome.ts';
import { noOutcomes } from '../model/outcome.ts';
import { Rate } from './rate.ts';

type EventOf<Name extends WrangleEvent['event']> = Extract<WrangleEvent, { event: Name }>;
type ProgressData = EventOf<'task_progress'>['details']['data'];

/** Times are wall time in milliseconds, as events have it. */
export interface RunningStage {
  readonly startedMs: number;
  readonly attempt: number;
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

/** Of the last stages that ran or were restored, so many are remembered. */
const FINISHED_KEPT = 5;

export class LiveRun {
  readonly startedMs: number;
  /** Stages that were not fresh when it began. */
  readonly toDo: number;
  readonly counts: OutcomeCounts = noOutcomes();
  /** Of `counts.failed`, those that may fail. */
  allowed = 0;
  /** In the order in which they started. */
  readonly running = new Map<string, RunningStage>();
  readonly retrying = new Map<string, RetryingStage>();
  /** Stages that wait for an answer, with what they ask. */
  readonly asking = new Map<string, string>();
  /** Names of stages that ran or were restored, the last one first. */
  readonly finished: string[] = [];
  /** True once there was something to be seen: a stage started, or was restored. */
  hasBegun = false;
  isOver = false;
  #over = 0;
  /** What the run itself said last, and when. */
  #said: { readonly data: ProgressData; readonly atMs: number } | undefined;

  constructor(started: EventOf<'run_started'>) {
    const { total, fresh } = started.details.data;
    this.startedMs = Date.parse(started.timestamp);
    this.toDo = total - fresh;
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

  onEvent(event: WrangleEvent): void {
    const atMs = Date.parse(event.timestamp);
    const stage = event.task_id;
    switch (event.event) {
      case 'run_completed':
        this.isOver = true;
        return;
      case 'task_progress': {
        const { data } = event.details;
        if (stage === null) this.#said = { data, atMs };
        else this.#progressed(stage, data, atMs);
        return;
      }
      case 'task_started': {
        const { attempt } = event.details.data;
        this.#leave(stage);
        this.running.set(stage ?? '', { startedMs: atMs, attempt, progress: undefined, rate: new Rate() });
        this.hasBegun = true;
        return;
      }
      case 'task_retrying': {
        const { attempt, attempts, delay_ms, failure } = event.details.data;
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
  }
}
