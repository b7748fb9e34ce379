/**
 * What happened during a run. Events are the engine's only output: terminal, JSON, log and run record are readers of
 * them. The shape is that of a line of `events.jsonl` (`schemas/event.schema.json`); `task_id` is that format's name for
 * a stage instance, null for what concerns the whole run.
 */
import type { Json } from '../util/canonical-json.ts';
import type { FailureCategory, OutcomeCounts } from './outcome.ts';
import type { OutputChange } from './output-change.ts';
import type { OutputDifference } from './output-difference.ts';
import type { Pipeline } from './pipeline.ts';
import type { Cause } from './plan.ts';
import type { AwaitedAnswer } from './question.ts';
import type { VoteTally } from './vote.ts';

export type RunOutcome = 'done' | 'failed' | 'suspended' | 'interrupted';

interface EventOf<Name extends string, Data> {
  readonly event: Name;
  readonly task_id: string | null;
  /** ISO-8601, UTC, milliseconds. */
  readonly timestamp: string;
  readonly details: {
    /** One line for a person. */
    readonly message: string;
    readonly data: Data;
  };
}

/** Why a stage failed. `code` is stable; see `docs/pipeline-reference.md`. */
export interface Failure {
  readonly code: string;
  readonly category: FailureCategory;
  readonly message: string;
  readonly exit_code: number | undefined;
  readonly signal: string | undefined;
  /** Last lines of its output, redacted and harmless. */
  readonly tail: readonly string[];
  /** From the workspace; undefined when it printed nothing. */
  readonly log: string | undefined;
  /** Folder under `.wrangle/failed/` with what it had written, from the workspace. */
  readonly kept: string | undefined;
  /** Outputs that two runs of the same made differently, each with its first difference. */
  readonly differences?: readonly OutputDifference[];
  /** Its stage has `on_failure: allow`: the run does not fail for it. */
  readonly allowed?: true;
}

export interface PublishedOutput {
  readonly port: string;
  readonly path: string;
  readonly sha256: string;
  readonly size_bytes: number;
}

/** What lies at the outputs of a stage that is fresh, although it was not what made them here. */
export interface AdoptedResult {
  readonly fingerprint: string;
  readonly outputs: readonly PublishedOutput[];
}

export type WrangleEvent =
  | EventOf<
      'run_started',
      {
        readonly run_id: string;
        readonly pipeline: string;
        /** Stages that were asked for, with all they need. */
        readonly total: number;
        /** Of those, fresh already. */
        readonly fresh: number;
        /** Of those, skipped because of their `when`, with nothing to remove; absent: none. */
        readonly skipped?: number;
        readonly jobs: number;
        /** Absent: it has none. */
        readonly pools?: Pipeline['pools'];
        readonly labels: { readonly [name: string]: string };
      }
    >
  | EventOf<
      'run_completed',
      {
        readonly run_id: string;
        readonly outcome: RunOutcome;
        readonly counts: OutcomeCounts;
        readonly duration_ms: number;
        /** What the stages that were restored or fresh took when they last ran. */
        readonly saved_ms: number;
        readonly fresh: readonly string[];
        /** Those that were skipped already, and why; absent: none. */
        readonly skipped?: Readonly<Record<string, string>>;
        /** Of every stage whose outputs a fallback made, whenever that was, its name; absent: none. */
        readonly degraded?: Readonly<Record<string, string>>;
        /** Of the fresh ones, those that were so by the store and not by what is known here; absent: none. */
        readonly adopted?: Readonly<Record<string, AdoptedResult>>;
      }
    >
  | EventOf<'task_queued', { readonly producers: number }>
  | EventOf<
      'task_expanded',
      {
        /** How many items the list has. */
        readonly items: number;
        /** Instances that are looked at now, since they were not known to be fresh. */
        readonly to_do: number;
        /** Stages that the run has more than was said before; -1 where there are no items, 0 where they were counted already. */
        readonly added: number;
      }
    >
  | EventOf<
      'task_settled',
      {
        /** How many items the list has. */
        readonly items: number;
        /** How their instances ended. */
        readonly counts: OutcomeCounts;
        /** Of those skipped, the ones whose failure was skipped or that had no try left. */
        readonly dropped: number;
      }
    >
  | EventOf<
      'task_waiting',
      {
        /** What it is short of; `others`: it is to run alone. */
        readonly waits_for: 'pool' | 'rate' | 'cpus' | 'memory' | 'others';
        /** The pool it belongs to. */
        readonly pool: string | null;
      }
    >
  | EventOf<
      'task_started',
      {
        readonly attempt: number;
        readonly causes: readonly Cause[];
        readonly pid: number | undefined;
        /** The pool it belongs to. */
        readonly pool?: string | undefined;
        /** Absent: it is the stage's own. */
        readonly strategy?: string;
        /** Its place among those that vote; absent: nobody does. */
        readonly vote?: number;
      }
    >
  | EventOf<
      'task_progress',
      {
        /** Of the run itself (`task_id` is null): stages that are over, of those that were not fresh. Of a fan-out: items. */
        readonly done: number | undefined;
        readonly total: number | undefined;
        readonly note: string | undefined;
        /** Of the run itself: how long it will still take, as far as that is known. */
        readonly left_ms?: number | undefined;
      }
    >
  | EventOf<
      'task_completed',
      {
        readonly attempt: number;
        readonly duration_ms: number;
        readonly fingerprint: string;
        readonly outputs: readonly PublishedOutput[];
        readonly metrics: { readonly [name: string]: Json };
        /** The strategy that made the outputs; absent: the stage's own. */
        readonly degraded?: string;
        /** How the vote came out; absent: nobody voted. */
        readonly vote?: VoteTally;
        readonly log: string | undefined;
        /** True when every output has the bytes it had before: consumers need not run. */
        readonly unchanged: boolean;
        /** An input changed while it ran: what it made is published, and not recorded. */
        readonly unrecorded?: true;
        readonly changes: readonly OutputChange[];
      }
    >
  | EventOf<
      'task_restored',
      {
        readonly fingerprint: string;
        readonly outputs: readonly PublishedOutput[];
        readonly changes: readonly OutputChange[];
        /** The strategy that made the outputs; absent: the stage's own. */
        readonly degraded?: string;
        /** What was measured when it ran; absent: nothing. */
        readonly metrics?: { readonly [name: string]: Json };
        /** How the vote came out when it ran; absent: nobody voted. */
        readonly vote?: VoteTally;
        readonly saved_ms: number;
      }
    >
  | EventOf<
      'task_compared',
      {
        /** Of the two that were compared, the one that the end of the stage is not about. */
        readonly attempt: number;
        readonly duration_ms: number;
        readonly log?: string | undefined;
        /** They did not make the same; absent: they did. */
        readonly failure?: Failure;
      }
    >
  | EventOf<
      'task_failed',
      {
        readonly attempt: number;
        readonly duration_ms: number;
        readonly failure: Failure;
        /** How the vote came out; absent: nobody voted. */
        readonly vote?: VoteTally;
      }
    >
  | EventOf<
      'task_retrying',
      {
        readonly attempt: number;
        /** How many there may be, the first included. */
        readonly attempts: number;
        readonly duration_ms: number;
        readonly delay_ms: number;
        /** The strategy that is tried next; absent: the same again. */
        readonly strategy?: string;
        readonly failure: Failure;
        /** Of an attempt that votes, its place among them, and `attempts` counts its own; others of the stage may go on. */
        readonly vote?: number;
      }
    >
  | EventOf<
      'task_skipped',
      {
        readonly reason: string;
        /** These three are there when a failure is skipped. */
        readonly attempt?: number;
        readonly duration_ms?: number;
        readonly failure?: Failure;
        /** How the vote came out; absent: nobody voted. */
        readonly vote?: VoteTally;
        readonly changes: readonly OutputChange[];
      }
    >
  | EventOf<
      'task_suspended',
      {
        /** 0 when nothing has changed since it asked, and it was not even started. */
        readonly attempt: number;
        readonly log: string | undefined;
        readonly question: AwaitedAnswer;
        /** How the vote came out; absent: nobody voted. */
        readonly vote?: VoteTally;
      }
    >
  | EventOf<
      'vote',
      {
        readonly attempt: number;
        /** Its place among those that vote, from 1; votes are counted in this order. */
        readonly vote: number;
        readonly duration_ms: number;
        readonly answer: string;
        readonly log: string | undefined;
        /** With this one. */
        readonly tally: VoteTally;
      }
    >
  | EventOf<
      'red_flag',
      {
        readonly attempt: number;
        /** Its place among those that vote, from 1. */
        readonly vote: number;
        readonly duration_ms: number;
        /** Why it does not count. */
        readonly failure: Failure;
        readonly tally: VoteTally;
      }
    >
  | EventOf<'task_blocked', { readonly by: readonly string[] }>
  | EventOf<'task_cancelled', { readonly reason: string }>
  | EventOf<
      'snapshot',
      {
        /** Null: the whole build is one transaction. */
        readonly transaction: string | null;
        /** That can be put back from here on. */
        readonly paths: readonly string[];
      }
    >
  | EventOf<
      'rollback',
      {
        /** The transaction whose outputs are as they were; null: of a whole build, or a run was undone. */
        readonly transaction: string | null;
        /** The run that was undone. */
        readonly run: string | null;
        /** That hold something else now. */
        readonly paths: readonly string[];
        /** When a run was undone. What a transaction puts back was of the same run, so nothing is left of it. */
        readonly changes: readonly OutputChange[];
      }
    >
  | EventOf<
      'log',
      {
        readonly level: LogLevel;
        readonly code: string | undefined;
        readonly stream: 'wrangle' | 'stage';
        /** What the run did to outputs and was killed before it could say so; added by the command that finished it. */
        readonly changes?: readonly OutputChange[];
      }
    >;

export type LogLevel = 'debug' | 'info' | 'warning' | 'error';
export type EventListener = (event: WrangleEvent) => void;
