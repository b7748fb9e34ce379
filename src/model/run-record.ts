/** What is kept of a run: `runs/<id>/run.json` (`schemas/run.schema.json`) and one line in `runs/index`. */
import type { Json } from '../util/canonical-json.ts';
import type { AdoptedResult, Failure, PublishedOutput, RunOutcome } from './event.ts';
import type { FailureCategory, Outcome, OutcomeCounts } from './outcome.ts';
import type { OutputChange } from './output-change.ts';
import type { AwaitedAnswer } from './question.ts';
import type { RunRequest } from './run-request.ts';
import type { VoteTally } from './vote.ts';

export interface RunRecord {
  readonly format: 1;
  readonly job_id: string;
  readonly mode: 'pipeline';
  readonly pipeline: string;
  readonly labels: { readonly [name: string]: string };
  /** Values of the pipeline's params, whoever set them. */
  readonly params: { readonly [name: string]: Json };
  /** What it was asked for; `wrangle resume` asks for the same. */
  readonly request: RunRequest;
  /** The run that this one goes on with. */
  readonly resumes: string | null;
  /** The run that this one undoes; null unless it is a rollback. */
  readonly undoes: string | null;
  /** The stage that an event came from last; null before the first. */
  readonly stage: string | null;
  readonly progress: { readonly total: number; readonly completed: number; readonly failed: number };
  readonly last_processed: string | null;
  readonly started_at: string;
  /** When this document was written. */
  readonly timestamp: string;
  /** `running` in a record that was never closed reads as `interrupted`, unless its build is still there. */
  readonly outcome: RunOutcome | 'running';
  readonly can_resume: boolean;
  readonly duration_ms: number;
  readonly counts: OutcomeCounts;
  readonly stages: { readonly [id: string]: StageRecord };
  /** Ids of the stages that were fresh; null until the run has ended. */
  readonly fresh: readonly string[] | null;
  /** Stages that were skipped already and had nothing to remove, and why. */
  readonly skipped: { readonly [id: string]: string };
  /** Of the fresh ones, those whose result another run had made since they were looked at last. */
  readonly adopted: { readonly [id: string]: AdoptedResult };
  /** Output paths that hold something else than before the run; what a transaction put back is not among them. */
  readonly changes: readonly OutputChange[];
}

export interface StageRecord {
  readonly outcome: Outcome;
  readonly reason: string;
  /** In order; empty when nothing of it was started. */
  readonly attempts: readonly AttemptRecord[];
  readonly started_at: string | null;
  readonly duration_ms: number;
  readonly fingerprint: string | null;
  readonly outputs: readonly PublishedOutput[];
  readonly metrics: { readonly [name: string]: Json };
  /** The strategy that made its outputs; null: the stage's own, or nothing was made. */
  readonly degraded: string | null;
  /** How the vote stands, or stood when its outputs were made; absent: nobody voted. */
  readonly vote?: VoteTally;
  readonly log: string | null;
  readonly failure: Failure | null;
  /** What it waits for; null unless it is suspended. */
  readonly question: AwaitedAnswer | null;
  /** An input changed while it ran, so the fingerprint may not be what it read. */
  readonly unrecorded?: true;
  /** Its outputs went back to what they were before, with those of its transaction. */
  readonly put_back?: true;
}

/** One attempt that has ended. */
export interface AttemptRecord {
  /** From 1. */
  readonly number: number;
  /** `voted`: it answered, and what it made was not published. */
  readonly outcome: 'ran' | 'voted' | 'failed' | 'suspended' | 'cancelled';
  /** These three say why it failed; null when it did not. */
  readonly code: string | null;
  readonly category: FailureCategory | null;
  readonly message: string | null;
  readonly started_at: string;
  readonly duration_ms: number;
  /** What it printed, from the workspace; null when it printed nothing. */
  readonly log: string | null;
  /** What is kept of one that failed, from the workspace. */
  readonly kept: string | null;
}

/** A line of `wrangle runs`, and of `runs/index`. */
export interface RunSummary {
  readonly run_id: string;
  readonly pipeline: string;
  readonly started_at: string;
  readonly outcome: RunOutcome | 'running';
  readonly duration_ms: number;
  readonly counts: OutcomeCounts;
  /** Of a rollback, the run that it undid. */
  readonly undoes?: string;
}
