/** Folds the events of a run into what is known of it. Pure: knows no disk, no clock and no terminal. */
import { causesLine } from '../model/cause-text.ts';
import type { Failure, PublishedOutput, RunOutcome, WrangleEvent } from '../model/event.ts';
import type { OutcomeCounts } from '../model/outcome.ts';
import { noOutcomes } from '../model/outcome.ts';
import type { OutputChange } from '../model/output-change.ts';
import type { AttemptRecord, RunRecord, StageRecord } from '../model/run-record.ts';
import type { RunRequest } from '../model/run-request.ts';
import type { VoteTally } from '../model/vote.ts';
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
  /** Those under way, by number, with when they started; none in the pause before the next, several where they vote. */
  readonly current: ReadonlyMap<number, string>;
  readonly vote?: VoteTally;
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
      const first = { startedAt: event.timestamp, reason: causesLine(causes), attempts: [], current: NONE };
      const before = running ?? first;
      this.#running.set(id, { ...before, current: new Map(before.current).set(number, event.timestamp) });
    } else if (event.event === 'task_retrying') {
      const { attempt, duration_ms, failure, vote } = event.details.data;
      const ended = running && endAttempt(running, attempt, { ...failed(failure), duration_ms });
      if (ended) this.#running.set(id, vote === undefined ? endAll(ended, event.timestamp) : ended);
    } else if (event.event === 'vote') {
      const { attempt, duration_ms, log = null, tally: vote } = event.details.data;
      const end = { ...NO_FAILURE, outcome: 'voted', log, duration_ms } as const;
      if (running) this.#running.set(id, { ...endAttempt(running, attempt, end), vote });
    } else if (event.event === 'task_compared') {
      const { attempt, duration_ms, failure, log = null } = event.details.data;
      const end = failure ? failed(failure) : ({ ...NO_FAILURE, outcome: 'ran', log } as const);
      if (running) this.#running.set(id, endAttempt(running, attempt, { ...end, duration_ms }));
    } else if (event.event === 'red_flag') {
      const { attempt, duration_ms, failure, tally: vote } = event.details.data;
      if (running)
        this.#running.set(id, { ...endAttempt(running, attempt, { ...failed(failure), duration_ms }), vote });
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
      const { vote } = running;
      const stage: StageRecord = {
        ...NOTHING,
        outcome: 'cancelled',
        reason: reason === '' ? UNFINISHED : `${UNFINISHED}; started because ${reason}`,
        attempts: endAll(running, new Date(facts.nowMs).toISOString()).attempts,
        started_at: startedAt,
        duration_ms: durationMs,
        ...(vote && { vote }),
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

const NONE: ReadonlyMap<number, string> = new Map();

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

/** With the attempt, if it was under way, among those that have ended. */
function endAttempt(running: Running, number: number, end: AttemptEnd): Running {
  const started_at = running.current.get(number);
  if (started_at === undefined) return running;
  const current = new Map(running.current);
  current.delete(number);
  return { ...running, current, attempts: [...running.attempts, { number, started_at, ...end }] };
}

/** What is still under way was stopped. `timestamp`: when. */
function endAll(running: Running, timestamp: string): Running {
  let ended = running;
  for (const [number, startedAt] of running.current) {
    ended = endAttempt(ended, number, { ...CANCELLED, duration_ms: msBetween(startedAt, timestamp) });
  }
  return ended;
}

function msBetween(from: string, until: string): number {
  return Math.max(0, Date.parse(until) - Date.parse(from));
}

/** Undefined for an event that ends no stage. */
function stageEnd(event: WrangleEvent, running: Running | undefined): StageRecord | undefined {
  const sinceMs = (startedAt: string | undefined) =>
    startedAt === undefined ? 0 : msBetween(startedAt, event.timestamp);
  /** That of the last attempt; `number` as far as it is known. */
  const attempts = (end: Omit<AttemptEnd, 'duration_ms'>, number: number, durationMs?: number) => {
    if (!running) return [];
    const duration_ms = durationMs ?? sinceMs(running.current.get(number));
    return endAll(endAttempt(running, number, { ...end, duration_ms }), event.timestamp).attempts;
  };
  const begun = { reason: running?.reason ?? '', started_at: running?.startedAt ?? null };
  if (event.event === 'task_completed') {
    const {
      attempt,
      duration_ms,
      fingerprint,
      outputs,
      metrics,
      degraded = null,
      vote,
      log = null,
      unrecorded,
    } = event.details.data;
    const end = { ...NO_FAILURE, outcome: 'ran', log } as const;
    // Of those that voted, it is the one whose outputs are published.
    const ended = attempts(end, attempt, duration_ms).map((one) =>
      one.number === attempt ? { ...one, outcome: end.outcome } : one,
    );
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
      ...(vote && { vote }),
      log,
      failure,
      question,
      ...(unrecorded && { unrecorded }),
    };
  }
  const base = {
    ...NOTHING,
    ...(running?.vote && { vote: running.vote }),
    ...begun,
    duration_ms: sinceMs(running?.startedAt),
  };
  switch (event.event) {
    case 'task_restored': {
      const { fingerprint, outputs, degraded = null, metrics = {}, vote } = event.details.data;
      const reason = 'its result was in the store';
      const made = { fingerprint, outputs, metrics, degraded, ...(vote && { vote }) };
      return { ...base, outcome: 'restored', reason, attempts: [], ...made };
    }
    case 'task_failed': {
      const { attempt, duration_ms, failure, vote } = event.details.data;
      const { message: reason, log = null } = failure;
      const ended = { attempts: attempts(failed(failure), attempt, duration_ms), ...(vote && { vote }) };
      return { ...base, outcome: 'failed', reason, duration_ms, log, failure, ...ended };
    }
    case 'task_skipped': {
      const { reason, attempt = 0, duration_ms = 0, failure = null, vote } = event.details.data;
      const all = failure === null ? [] : attempts(failed(failure), attempt, duration_ms);
      const ended = { attempts: all, ...(vote && { vote }) };
      return { ...base, outcome: 'skipped', reason, duration_ms, log: failure?.log ?? null, failure, ...ended };
    }
    case 'task_suspended': {
      const { attempt, log = null, question, vote } = event.details.data;
      const reason = question.problem ?? `waits for an answer to ${quoteName(question.id)}`;
      const all = attempts({ ...NO_FAILURE, outcome: 'suspended', log }, attempt);
      return { ...base, outcome: 'suspended', reason, attempts: all, log, question, ...(vote && { vote }) };
    }
    case 'task_blocked':
      return { ...base, outcome: 'blocked', reason: `waits for ${event.details.data.by.join(', ')}`, attempts: [] };
    case 'task_cancelled':
      return { ...base, outcome: 'cancelled', reason: event.details.data.reason, attempts: attempts(CANCELLED, 0) };
    default:
      return undefined;
  }
}
