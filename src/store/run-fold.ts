/** Folds the events of a run into what is known of it. Pure: knows no disk, no clock and no terminal. */
import { causesLine } from '../model/cause-text.ts';
import type { Failure, PublishedOutput, RunOutcome, WrangleEvent } from '../model/event.ts';
import type { OutcomeCounts } from '../model/outcome.ts';
import { noOutcomes } from '../model/outcome.ts';
import type { OutputChange } from '../model/output-change.ts';
import type { AttemptRecord, RunRecord, StageRecord } from '../model/run-record.ts';
import type { RunRequest } from '../model/run-request.ts';
import { quoteName } from '../util/harmless-text.ts';
import { RunSize } from './run-size.ts';

type DataOf<Name extends WrangleEvent['event']> = Extract<WrangleEvent, { event: Name }>['details']['data'];

/** A stage between its first attempt and its outcome. */
interface Running {
  /** Of the first attempt. */
  readonly startedAt: string;
  readonly reason: string;
  /** Those that have ended. */
  readonly attempts: readonly AttemptRecord[];
  /** The one under way; undefined in the pause before the next. */
  readonly current: { readonly number: number; readonly startedAt: string } | undefined;
}

/** What a record needs that no event says. */
export interface RunFacts {
  readonly runId: string;
  readonly pipeline: string;
  readonly labels: { readonly [name: string]: string };
  /** Absent: it has none. */
  readonly params?: RunRecord['params'];
  readonly request: RunRequest;
  readonly resumes: string | null;
  readonly undoes?: string;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly outcome: RunOutcome | 'running';
}

export class RunFold {
  /** Every stage that had an outcome other than fresh, in the order in which they ended. */
  readonly stages = new Map<string, StageRecord>();
  started: DataOf<'run_started'> | undefined;
  completed: DataOf<'run_completed'> | undefined;
  /** What the run did to output paths, each once, in the order in which it first did. */
  readonly changes = new Map<string, OutputChange>();
  /** How many stages there are, by what is known so far. */
  readonly size = new RunSize();
  readonly #running = new Map<string, Running>();
  readonly #counts = noOutcomes();
  #lastStage: string | null = null;
  #lastEnded: string | null = null;

  /** Of the run so far; stages that are fresh and were looked at only on the way count at the end. */
  get counts(): OutcomeCounts {
    return this.completed?.counts ?? this.#counts;
  }

  apply(event: WrangleEvent): void {
    const { task_id: id } = event;
    this.size.apply(event);
    if (event.event === 'run_started') {
      this.started = event.details.data;
      this.#counts.fresh = event.details.data.fresh;
      this.#counts.skipped = event.details.data.skipped ?? 0;
    }
    if (event.event === 'run_completed') this.completed = event.details.data;
    if (event.event === 'rollback') this.#putBack(event.details.data.paths);
    const { data } = event.details;
    if ('changes' in data) for (const change of data.changes ?? []) this.changes.set(change.path, change);
    if (id === null) return;
    this.#lastStage = id;
    const running = this.#running.get(id);
    if (event.event === 'task_started') {
      const { attempt: number, causes } = event.details.data;
      const current = { number, startedAt: event.timestamp };
      const first = { startedAt: event.timestamp, reason: causesLine(causes), attempts: [] };
      this.#running.set(id, { ...(running ?? first), current });
    } else if (event.event === 'task_retrying') {
      const { duration_ms, failure } = event.details.data;
      if (running) this.#running.set(id, endAttempt(running, { ...failed(failure), duration_ms }));
    } else if (!GOES_ON.has(event.event)) {
      const ended = stageEnd(event, running);
      if (ended) this.#end(id, ended);
    }
  }

  record(facts: RunFacts): RunRecord {
    const { changes } = this;
    return {
      ...this.head(facts),
      stages: Object.fromEntries(this.stagesNow(facts)),
      changes: [...changes.values()],
    };
  }

  /** Every stage that has an outcome or runs, for readers to whom all of them at once are too many. */
  *stagesNow(facts: Pick<RunFacts, 'nowMs'>): Iterable<readonly [id: string, stage: StageRecord]> {
    for (const [id, stage] of this.stages) if (!this.#running.has(id)) yield [id, stage];
    for (const [id, running] of this.#running) {
      const { startedAt, reason } = running;
      const durationMs = Math.max(0, facts.nowMs - Date.parse(startedAt));
      const currentMs = running.current ? Math.max(0, facts.nowMs - Date.parse(running.current.startedAt)) : 0;
      const stage: StageRecord = {
        ...NOTHING,
        outcome: 'cancelled',
        reason: reason === '' ? UNFINISHED : `${UNFINISHED}; started because ${reason}`,
        attempts: endAttempt(running, { ...CANCELLED, duration_ms: currentMs }).attempts,
        started_at: startedAt,
        duration_ms: durationMs,
      };
      yield [id, stage];
    }
  }

  /** The record without what it says of each stage and output. */
  head(facts: RunFacts): Omit<RunRecord, 'stages' | 'changes'> {
    const { counts, started } = this;
    return {
      format: 1,
      job_id: facts.runId,
      mode: 'pipeline',
      pipeline: facts.pipeline,
      labels: { ...started?.labels, ...facts.labels },
      params: facts.params ?? {},
      request: facts.request,
      resumes: facts.resumes,
      undoes: facts.undoes ?? null,
      stage: this.#lastStage,
      progress: {
        total: this.size.total,
        completed: counts.fresh + counts.restored + counts.ran + counts.skipped,
        failed: counts.failed,
      },
      last_processed: this.#lastEnded,
      started_at: new Date(facts.startedAtMs).toISOString(),
      timestamp: new Date(facts.nowMs).toISOString(),
      outcome: facts.outcome,
      can_resume: facts.outcome !== 'done' && facts.undoes === undefined,
      duration_ms: this.completed?.duration_ms ?? Math.max(0, Math.round(facts.nowMs - facts.startedAtMs)),
      counts: { ...counts },
      fresh: this.completed?.fresh ?? null,
      skipped: this.completed?.skipped ?? {},
      adopted: this.completed?.adopted ?? {},
    };
  }

  /** Nothing but a transaction is put back before its run is over. */
  #putBack(paths: readonly string[]): void {
    const gone = new Set(paths);
    for (const path of gone) this.changes.delete(path);
    for (const [id, stage] of this.stages) {
      if (stage.outputs.some(({ path }) => gone.has(path))) this.stages.set(id, { ...stage, put_back: true });
    }
  }

  #end(id: string, stage: StageRecord): void {
    const before = this.stages.get(id);
    if (before) this.#counts[before.outcome]--;
    this.#counts[stage.outcome]++;
    this.stages.set(id, stage);
    this.#running.delete(id);
    this.#lastEnded = id;
  }
}

/** The most frequent events that end no stage. */
const GOES_ON: ReadonlySet<WrangleEvent['event']> = new Set(['task_queued', 'task_progress', 'log']);

const UNFINISHED = 'it was running when this record was written';

const NOTHING = {
  fingerprint: null,
  outputs: [] as readonly PublishedOutput[],
  metrics: {},
  degraded: null,
  log: null,
  failure: null,
  question: null,
} as const;

type AttemptEnd = Omit<AttemptRecord, 'number' | 'started_at'>;

const NO_FAILURE = { code: null, category: null, message: null, kept: null } as const;
const CANCELLED = { ...NO_FAILURE, outcome: 'cancelled', log: null } as const;

function failed({ code, category, message, log, kept }: Failure): Omit<AttemptEnd, 'duration_ms'> {
  return { outcome: 'failed', code, category, message, log: log ?? null, kept: kept ?? null };
}

/** With the attempt that was under way, if there was one, among those that have ended. */
function endAttempt(running: Running, end: AttemptEnd): Running {
  const { attempts, current } = running;
  if (!current) return running;
  const { number, startedAt: started_at } = current;
  return { ...running, current: undefined, attempts: [...attempts, { number, started_at, ...end }] };
}

/** Undefined for an event that ends no stage. */
function stageEnd(event: WrangleEvent, running: Running | undefined): StageRecord | undefined {
  const sinceMs = (startedAt: string | undefined) =>
    startedAt === undefined ? 0 : Math.max(0, Date.parse(event.timestamp) - Date.parse(startedAt));
  const attempts = (end: Omit<AttemptEnd, 'duration_ms'>, durationMs?: number) => {
    const duration_ms = durationMs ?? sinceMs(running?.current?.startedAt);
    return running ? endAttempt(running, { ...end, duration_ms }).attempts : [];
  };
  const begun = { reason: running?.reason ?? '', started_at: running?.startedAt ?? null };
  if (event.event === 'task_completed') {
    const { duration_ms, fingerprint, outputs, metrics, degraded = null, log = null, unrecorded } = event.details.data;
    const ended = attempts({ ...NO_FAILURE, outcome: 'ran', log }, duration_ms);
    const { failure, question } = NOTHING;
    return {
      outcome: 'ran',
      ...begun,
      attempts: ended,
      duration_ms,
      fingerprint,
      outputs,
      metrics,
      degraded,
      log,
      failure,
      question,
      ...(unrecorded && { unrecorded }),
    };
  }
  const base = { ...NOTHING, ...begun, duration_ms: sinceMs(running?.startedAt) };
  switch (event.event) {
    case 'task_restored': {
      const { fingerprint, outputs, degraded = null, metrics = {} } = event.details.data;
      const reason = 'its result was in the store';
      return { ...base, outcome: 'restored', reason, attempts: [], fingerprint, outputs, metrics, degraded };
    }
    case 'task_failed': {
      const { duration_ms, failure } = event.details.data;
      const { message: reason, log } = failure;
      const ended = attempts(failed(failure), duration_ms);
      return { ...base, outcome: 'failed', reason, attempts: ended, duration_ms, log: log ?? null, failure };
    }
    case 'task_skipped': {
      const { reason, duration_ms = 0, failure = null } = event.details.data;
      const ended = failure === null ? [] : attempts(failed(failure), duration_ms);
      return { ...base, outcome: 'skipped', reason, attempts: ended, duration_ms, log: failure?.log ?? null, failure };
    }
    case 'task_suspended': {
      const { log = null, question } = event.details.data;
      const reason = question.problem ?? `waits for an answer to ${quoteName(question.id)}`;
      const ended = attempts({ ...NO_FAILURE, outcome: 'suspended', log });
      return { ...base, outcome: 'suspended', reason, attempts: ended, log, question };
    }
    case 'task_blocked':
      return { ...base, outcome: 'blocked', reason: `waits for ${event.details.data.by.join(', ')}`, attempts: [] };
    case 'task_cancelled':
      return { ...base, outcome: 'cancelled', reason: event.details.data.reason, attempts: attempts(CANCELLED) };
    default:
      return undefined;
  }
}
