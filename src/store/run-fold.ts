/** Folds the events of a run into what is known of it. Pure: knows no disk, no clock and no terminal. */
import { causesLine } from '../model/cause-text.ts';
import type { PublishedOutput, RunOutcome, WrangleEvent } from '../model/event.ts';
import type { OutcomeCounts } from '../model/outcome.ts';
import { noOutcomes } from '../model/outcome.ts';
import type { RunRecord, StageRecord } from '../model/run-record.ts';
import type { RunRequest } from '../model/run-request.ts';

type DataOf<Name extends WrangleEvent['event']> = Extract<WrangleEvent, { event: Name }>['details']['data'];

interface Running {
  readonly attempt: number;
  readonly startedAt: string;
  readonly reason: string;
}

/** What a record needs that no event says. */
export interface RunFacts {
  readonly runId: string;
  readonly pipeline: string;
  readonly labels: { readonly [name: string]: string };
  readonly request: RunRequest;
  readonly resumes: string | null;
  readonly startedAtMs: number;
  readonly nowMs: number;
  readonly outcome: RunOutcome | 'running';
}

export class RunFold {
  /** Every stage that had an outcome other than fresh, in the order in which they ended. */
  readonly stages = new Map<string, StageRecord>();
  started: DataOf<'run_started'> | undefined;
  completed: DataOf<'run_completed'> | undefined;
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
    if (event.event === 'run_started') {
      this.started = event.details.data;
      this.#counts.fresh = event.details.data.fresh;
    }
    if (event.event === 'run_completed') this.completed = event.details.data;
    if (id === null) return;
    this.#lastStage = id;
    if (event.event === 'task_started') {
      const { attempt, causes } = event.details.data;
      this.#running.set(id, { attempt, startedAt: event.timestamp, reason: causesLine(causes) });
      return;
    }
    const ended = stageEnd(event, this.#running.get(id));
    if (ended) this.#end(id, ended);
  }

  record(facts: RunFacts): RunRecord {
    const { counts, started } = this;
    const stages = new Map(this.stages);
    for (const [id, { attempt, startedAt, reason }] of this.#running) {
      const durationMs = Math.max(0, facts.nowMs - Date.parse(startedAt));
      stages.set(id, {
        ...NOTHING,
        outcome: 'cancelled',
        reason: reason === '' ? UNFINISHED : `${UNFINISHED}; started because ${reason}`,
        attempts: attempt,
        started_at: startedAt,
        duration_ms: durationMs,
      });
    }
    return {
      format: 1,
      job_id: facts.runId,
      mode: 'pipeline',
      pipeline: facts.pipeline,
      labels: { ...started?.labels, ...facts.labels },
      request: facts.request,
      resumes: facts.resumes,
      stage: this.#lastStage,
      progress: {
        total: started?.total ?? 0,
        completed: counts.fresh + counts.restored + counts.ran + counts.skipped,
        failed: counts.failed,
      },
      last_processed: this.#lastEnded,
      started_at: new Date(facts.startedAtMs).toISOString(),
      timestamp: new Date(facts.nowMs).toISOString(),
      outcome: facts.outcome,
      can_resume: facts.outcome !== 'done',
      duration_ms: this.completed?.duration_ms ?? Math.max(0, Math.round(facts.nowMs - facts.startedAtMs)),
      counts: { ...counts },
      stages: Object.fromEntries(stages),
    };
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

const UNFINISHED = 'it was running when this record was written';

const NOTHING = {
  fingerprint: null,
  outputs: [] as readonly PublishedOutput[],
  metrics: {},
  log: null,
  failure: null,
} as const;

/** Undefined for an event that ends no stage. */
function stageEnd(event: WrangleEvent, running: Running | undefined): StageRecord | undefined {
  const base = {
    ...NOTHING,
    reason: running?.reason ?? '',
    attempts: running?.attempt ?? 0,
    started_at: running?.startedAt ?? null,
    duration_ms: running ? Math.max(0, Date.parse(event.timestamp) - Date.parse(running.startedAt)) : 0,
  };
  switch (event.event) {
    case 'task_completed': {
      const { attempt, duration_ms, fingerprint, outputs, metrics, log } = event.details.data;
      return {
        ...base,
        outcome: 'ran',
        attempts: attempt,
        duration_ms,
        fingerprint,
        outputs,
        metrics,
        log: log ?? null,
      };
    }
    case 'task_restored': {
      const { fingerprint, outputs } = event.details.data;
      return { ...base, outcome: 'restored', reason: 'its result was in the store', fingerprint, outputs };
    }
    case 'task_failed': {
      const { attempt, duration_ms, failure } = event.details.data;
      const { message: reason, log } = failure;
      return { ...base, outcome: 'failed', reason, attempts: attempt, duration_ms, log: log ?? null, failure };
    }
    case 'task_skipped':
      return { ...base, outcome: 'skipped', reason: event.details.data.reason };
    case 'task_suspended': {
      const { attempt, log } = event.details.data;
      return { ...base, outcome: 'suspended', reason: 'it waits for an answer', attempts: attempt, log: log ?? null };
    }
    case 'task_blocked':
      return { ...base, outcome: 'blocked', reason: `waits for ${event.details.data.by.join(', ')}` };
    case 'task_cancelled':
      return { ...base, outcome: 'cancelled', reason: event.details.data.reason };
    default:
      return undefined;
  }
}
