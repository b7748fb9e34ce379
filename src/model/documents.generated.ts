// Generated from schemas/ by scripts/generate-types.mjs. Do not edit.

// event.schema.json

/**
 * One line of events.jsonl: something that happened during a run. Readers ignore fields and events they do not know.
 */
export type EventDocument = {
  /**
   * What happened.
   */
  event:
    | 'run_started'
    | 'run_completed'
    | 'task_queued'
    | 'task_expanded'
    | 'task_settled'
    | 'task_waiting'
    | 'task_started'
    | 'task_progress'
    | 'task_completed'
    | 'task_restored'
    | 'task_compared'
    | 'task_failed'
    | 'task_retrying'
    | 'task_skipped'
    | 'task_suspended'
    | 'task_blocked'
    | 'task_cancelled'
    | 'snapshot'
    | 'rollback'
    | 'vote'
    | 'red_flag'
    | 'log';
  /**
   * The stage instance it is about; null for what concerns the whole run.
   */
  task_id: string | null;
  /**
   * When it happened: ISO-8601, UTC, milliseconds.
   */
  timestamp: string;
  /**
   * What happened, for a person and for a program.
   */
  details: {
    /**
     * One sentence for a person.
     */
    message: string;
    /**
     * The same for a program; its fields depend on the event.
     */
    data: {
      [k: string]: unknown;
    };
    [k: string]: unknown;
  };
  [k: string]: unknown;
} & (
  | {
      event?: 'run_started';
      task_id?: null;
      details?: {
        data?: EventRunStarted;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'run_completed';
      task_id?: null;
      details?: {
        data?: EventRunCompleted;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_queued';
      task_id?: string;
      details?: {
        data?: EventTaskQueued;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_expanded';
      task_id?: string;
      details?: {
        data?: EventTaskExpanded;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_settled';
      task_id?: string;
      details?: {
        data?: EventTaskSettled;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_waiting';
      task_id?: string;
      details?: {
        data?: EventTaskWaiting;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_started';
      task_id?: string;
      details?: {
        data?: EventTaskStarted;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_progress';
      task_id?: string | null;
      details?: {
        data?: EventTaskProgress;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_completed';
      task_id?: string;
      details?: {
        data?: EventTaskCompleted;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_restored';
      task_id?: string;
      details?: {
        data?: EventTaskRestored;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_compared';
      task_id?: string;
      details?: {
        data?: EventTaskCompared;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_failed';
      task_id?: string;
      details?: {
        data?: EventTaskFailed;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_retrying';
      task_id?: string;
      details?: {
        data?: EventTaskRetrying;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_skipped';
      task_id?: string;
      details?: {
        data?: EventTaskSkipped;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_suspended';
      task_id?: string;
      details?: {
        data?: EventTaskSuspended;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_blocked';
      task_id?: string;
      details?: {
        data?: EventTaskBlocked;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'task_cancelled';
      task_id?: string;
      details?: {
        data?: EventTaskCancelled;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'snapshot';
      task_id?: null;
      details?: {
        data?: EventSnapshot;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'rollback';
      details?: {
        data?: EventRollback;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'vote';
      task_id?: string;
      details?: {
        data?: EventVote;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'red_flag';
      task_id?: string;
      details?: {
        data?: EventRedFlag;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      event?: 'log';
      details?: {
        data?: EventLog;
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
);
/**
 * Sorts by time, such as 20261121-043512-k3f9.
 */
export type EventRunId = string;
/**
 * done: all that was asked for is there. failed: a stage failed. suspended: a stage waits for an answer. interrupted: it was cut short.
 */
export type EventRunOutcome = 'done' | 'failed' | 'suspended' | 'interrupted';
/**
 * Milliseconds.
 */
export type EventDurationMs = number;
/**
 * sha256 over everything that may change the outputs.
 */
export type EventFingerprint = string;
/**
 * What was published, in the order of ports and their paths.
 */
export type EventOutputs = {
  /**
   * Name of the output port.
   */
  port: string;
  /**
   * From the workspace.
   */
  path: string;
  /**
   * Of the contents; of a folder, of its manifest.
   */
  sha256: string;
  /**
   * Of a folder, the sum of its files.
   */
  size_bytes: number;
  [k: string]: unknown;
}[];
/**
 * The place of the attempt among those that vote, from 1; absent where nobody does. Retries have that of what they retry.
 */
export type EventVoteNumber = number;
/**
 * Number of the attempt, from 1.
 */
export type EventAttempt = number;
/**
 * The strategy of `fallback` that made the outputs; absent: the stage did itself.
 */
export type EventDegraded = string;
/**
 * What was answered, as a short text; the answers of one vote are all different.
 */
export type EventAnswer = string;
/**
 * Where its output is, from the workspace; absent when it printed nothing.
 */
export type EventLogPath = string;
/**
 * Kind (f file, x executable file, d folder), sha256 and size in bytes.
 */
export type EventDigest = string;
/**
 * Output paths whose contents changed, with what lay there before.
 */
export type EventChanges = {
  /**
   * From the workspace.
   */
  path: string;
  /**
   * Digest of what was there; null when nothing was, or nothing that has one.
   */
  before: EventDigest | null;
  /**
   * What wrangle had last put there; null when nothing.
   */
  recorded: {
    digest: EventDigest;
    /**
     * Empty when the result was not recorded.
     */
    fingerprint: string;
    /**
     * Id of the stage that made it.
     */
    stage: string;
    /**
     * File of its pipeline, from the workspace.
     */
    pipeline: string;
    [k: string]: unknown;
  } | null;
  /**
   * Where the bytes from before are now, from the workspace, when they were nobody's; null when they are in the store.
   */
  displaced: string | null;
  /**
   * Folders above it that were not there before, outermost first.
   */
  new_folders: string[];
  /**
   * Digest of what is there now; null when nothing is.
   */
  after: EventDigest | null;
  [k: string]: unknown;
}[];

/**
 * What the run is about to do.
 */
export interface EventRunStarted {
  run_id: EventRunId;
  /**
   * Path of the pipeline file, from the workspace.
   */
  pipeline: string;
  /**
   * Stages that were asked for, with all they need.
   */
  total: number;
  /**
   * Of those, fresh already.
   */
  fresh: number;
  /**
   * Of those, skipped because of `when`, with nothing to remove; absent when there are none.
   */
  skipped?: number;
  /**
   * Limits that stages share, by name; absent when there are none.
   */
  pools?: {
    [k: string]: {
      /**
       * How many attempts run at once.
       */
      slots?: number;
      /**
       * From one start to the next, in milliseconds.
       */
      start_every_ms?: number;
      [k: string]: unknown;
    };
  };
  /**
   * How many stages may run at once.
   */
  jobs: number;
  /**
   * Free text by name, given by the user.
   */
  labels: {
    [k: string]: string;
  };
  [k: string]: unknown;
}
/**
 * How the run ended.
 */
export interface EventRunCompleted {
  run_id: EventRunId;
  outcome: EventRunOutcome;
  counts: EventCounts;
  duration_ms: EventDurationMs;
  /**
   * What the stages that were restored or fresh took when they last ran, in milliseconds.
   */
  saved_ms: number;
  /**
   * Ids of all stages that were fresh; no other event names them.
   */
  fresh: string[];
  /**
   * Of all stages that were skipped because of `when` and had nothing to remove, why; no other event names them. Absent when there are none.
   */
  skipped?: {
    [k: string]: string;
  };
  /**
   * Of all stages whose outputs a strategy of `fallback` made, then or now, its name. Absent when there are none.
   */
  degraded?: {
    [k: string]: string;
  };
  adopted?: EventAdopted;
  [k: string]: unknown;
}
/**
 * Number of stages by outcome.
 */
export interface EventCounts {
  /**
   * Nothing to do.
   */
  fresh: {
    [k: string]: unknown;
  };
  /**
   * Outputs put back from the store.
   */
  restored: {
    [k: string]: unknown;
  };
  /**
   * Ran, and its outputs are published.
   */
  ran: {
    [k: string]: unknown;
  };
  /**
   * Ran and failed, or broke its contract; the old outputs stand.
   */
  failed: {
    [k: string]: unknown;
  };
  /**
   * Never started: a producer failed or is suspended.
   */
  blocked: {
    [k: string]: unknown;
  };
  /**
   * Its condition was false, or its failure may be skipped.
   */
  skipped: {
    [k: string]: unknown;
  };
  /**
   * Waits for an answer.
   */
  suspended: {
    [k: string]: unknown;
  };
  /**
   * Never started because of a halt, or stopped by a signal.
   */
  cancelled: {
    [k: string]: unknown;
  };
  [k: string]:
    | number
    | {
        [k: string]: unknown;
      };
}
/**
 * By id, stages that were fresh because the store knew their result, though something else had been made here last. Absent when there are none.
 */
export interface EventAdopted {
  /**
   * The result that lies at its outputs.
   */
  [k: string]: {
    fingerprint: EventFingerprint;
    outputs: EventOutputs;
    [k: string]: unknown;
  };
}
/**
 * All producers of the stage have ended; it is looked at as soon as a slot is free.
 */
export interface EventTaskQueued {
  /**
   * How many stages it waited for.
   */
  producers: number;
  [k: string]: unknown;
}
/**
 * The list of a stage with `foreach` is known, and with it the instances of the stage; those that have something to do are queued.
 */
export interface EventTaskExpanded {
  /**
   * How many items the list has.
   */
  items: number;
  /**
   * Instances that are looked at now, since they were not known to be fresh.
   */
  to_do: number;
  /**
   * Stages that the run has more than `run_started` said: one less than the list has items, since the stage itself was counted; 0 where the instances were counted already.
   */
  added: number;
  [k: string]: unknown;
}
/**
 * All instances of a stage with `foreach` are over. Where the stage itself fails for what became of them, `task_failed` follows.
 */
export interface EventTaskSettled {
  /**
   * How many items the list has.
   */
  items: number;
  counts: EventCounts;
  /**
   * Of those skipped, the ones whose failure was skipped or that had no try left.
   */
  dropped: number;
  [k: string]: unknown;
}
/**
 * The stage is to run, and waits because of a limit: of its pool, of the machine, or because something does not run beside others. It starts as soon as it may.
 */
export interface EventTaskWaiting {
  /**
   * pool: a place in its pool. rate: the next start of its pool. cpus, memory: what others take of the machine. others: it is to run alone.
   */
  waits_for: 'pool' | 'rate' | 'cpus' | 'memory' | 'others';
  /**
   * The pool it belongs to; null for none.
   */
  pool: string | null;
  [k: string]: unknown;
}
/**
 * An attempt starts.
 */
export interface EventTaskStarted {
  /**
   * The pool it belongs to; absent for none.
   */
  pool?: string;
  /**
   * Of `fallback`; absent: what the stage does itself.
   */
  strategy?: string;
  vote?: EventVoteNumber;
  attempt: EventAttempt;
  /**
   * Why the stage is not fresh; all of it.
   */
  causes: EventCause[];
  /**
   * Of the leader of its process group.
   */
  pid?: number;
  [k: string]: unknown;
}
/**
 * One reason why a stage is not fresh.
 */
export interface EventCause {
  /**
   * Which part of the fingerprint is different.
   */
  part:
    | 'code'
    | 'command'
    | 'shell'
    | 'with'
    | 'env'
    | 'input'
    | 'output'
    | 'version'
    | 'vote'
    | 'fallback'
    | 'platform'
    | 'discovered'
    | 'answers'
    | 'expect';
  /**
   * In which way.
   */
  change: 'added' | 'removed' | 'changed' | 'missing' | 'upstream';
  /**
   * What it is about: a path, a variable, a port; may be empty.
   */
  name: string;
  /**
   * Readable value when it last ran.
   */
  before?: string;
  /**
   * Readable value now.
   */
  after?: string;
  [k: string]: unknown;
}
/**
 * How far the attempt says it is; where `task_id` is null, how far the run is: stages that are over, of those that were not fresh at its start.
 */
export interface EventTaskProgress {
  /**
   * Units done so far; the stage's own units, or stages.
   */
  done?: number;
  /**
   * Units in all.
   */
  total?: number;
  /**
   * What it is doing.
   */
  note?: string;
  /**
   * How long the run will still take, in milliseconds, judged by what stages took before; absent while nothing is known.
   */
  left_ms?: number;
  [k: string]: unknown;
}
/**
 * The stage ran and its outputs are published.
 */
export interface EventTaskCompleted {
  attempt: EventAttempt;
  duration_ms: EventDurationMs;
  fingerprint: EventFingerprint;
  outputs: EventOutputs;
  /**
   * Values the stage measured, by name.
   */
  metrics: {
    [k: string]: unknown;
  };
  degraded?: EventDegraded;
  vote?: EventTally;
  log?: EventLogPath;
  /**
   * Every output has the bytes it had before: consumers need not run.
   */
  unchanged: boolean;
  /**
   * Present when an input changed while it ran: what it made is published, and not recorded.
   */
  unrecorded?: true;
  changes: EventChanges;
  [k: string]: unknown;
}
/**
 * How the vote of a stage stands; absent where nobody voted.
 */
export interface EventTally {
  /**
   * By how many votes an answer has to lead.
   */
  ahead: number;
  /**
   * How many attempts may vote; twice what the pipeline says once it was widened.
   */
  max: number;
  /**
   * Attempts that were started to vote; retries of one count as that one.
   */
  started: number;
  /**
   * Of those, the ones that do not count.
   */
  flagged: number;
  /**
   * Of those, the ones that were not counted, since the vote was over for another reason.
   */
  wasted: number;
  /**
   * Votes by answer, the most first; among equals, the one that was given first.
   */
  counts: {
    answer: EventAnswer;
    /**
     * How many attempts gave it.
     */
    votes: number;
    /**
     * Where the outputs of its first attempt are kept, from the workspace; absent where they are not.
     */
    kept?: string;
    [k: string]: unknown;
  }[];
  /**
   * The answer that leads far enough, or that was picked; null: none.
   */
  winner: string | null;
  [k: string]: unknown;
}
/**
 * The outputs were put back from the store; nothing ran.
 */
export interface EventTaskRestored {
  fingerprint: EventFingerprint;
  outputs: EventOutputs;
  changes: EventChanges;
  degraded?: EventDegraded;
  /**
   * What was measured when it ran; absent: nothing.
   */
  metrics?: {
    [k: string]: unknown;
  };
  vote?: EventTally;
  /**
   * What it took when it ran, in milliseconds.
   */
  saved_ms: number;
  [k: string]: unknown;
}
/**
 * Two attempts of the stage were compared, by --check-determinism. This is about the one of them that the event that ends the stage is not about.
 */
export interface EventTaskCompared {
  attempt: EventAttempt;
  duration_ms: EventDurationMs;
  log?: EventLogPath;
  failure?: EventFailure;
  [k: string]: unknown;
}
/**
 * Why a stage failed.
 */
export interface EventFailure {
  /**
   * Stable name of the failure.
   */
  code: string;
  /**
   * Whether trying again may help, or doing without.
   */
  category: 'retryable' | 'skippable' | 'critical';
  /**
   * One sentence for a person.
   */
  message: string;
  /**
   * Of the process, if that is how it ended.
   */
  exit_code?: number;
  /**
   * Of the process, if that is how it ended.
   */
  signal?: string;
  /**
   * Last lines of its output, secrets masked, harmless to a terminal.
   */
  tail: string[];
  log?: EventLogPath;
  /**
   * Folder with what it had written, from the workspace; absent when it had written nothing.
   */
  kept?: string;
  /**
   * Outputs that two runs of the same made differently, each with its first difference; only of `not-deterministic`.
   */
  differences?: EventDifference[];
  /**
   * Present when the stage has `on_failure: allow`: the run does not fail for it.
   */
  allowed?: true;
  [k: string]: unknown;
}
/**
 * Where an output first differs between two runs.
 */
export interface EventDifference {
  /**
   * Of the output, from the workspace.
   */
  path: string;
  /**
   * In a folder, the path of the file from there; null: the output itself.
   */
  inside: string | null;
  /**
   * contents: of a file. missing: only one of them has it. kind: file, folder or link. executable: only one of them may be executed. target: of a link.
   */
  of: 'contents' | 'missing' | 'kind' | 'executable' | 'target';
  /**
   * Offset of the first byte that differs, from 0; null unless it is contents.
   */
  byte: number | null;
  /**
   * Where that is in what is understood; null: only the byte is known. Lines, rows and columns count from 1, the header is row 0.
   */
  place: null | EventDifferencePlace;
  /**
   * What stands there, cut if it is long; null where there is nothing.
   */
  first: string | null;
  /**
   * The same of the second run.
   */
  second: string | null;
  [k: string]: unknown;
}
/**
 * A place in a JSON document, a line of JSON Lines, a cell of a CSV, or a text.
 */
export interface EventDifferencePlace {
  /**
   * What the file was read as.
   */
  kind: 'json' | 'json-lines' | 'cell' | 'text';
  /**
   * Of json and json-lines, such as $.made.at[0].
   */
  path?: string;
  /**
   * From 1; not of json.
   */
  line?: number;
  /**
   * Of a cell, from 1; 0 is the header.
   */
  row?: number;
  /**
   * Of a cell its name, of text a number from 1.
   */
  column?: string | number;
  [k: string]: unknown;
}
/**
 * The stage failed or broke its contract; its old outputs stand.
 */
export interface EventTaskFailed {
  /**
   * Number of the attempt, from 1; of the last one when no further one could be started, or 0.
   */
  attempt: number;
  duration_ms: EventDurationMs;
  failure: EventFailure;
  vote?: EventTally;
  [k: string]: unknown;
}
/**
 * An attempt failed, and the stage is tried again after a pause, or at once with its next strategy.
 */
export interface EventTaskRetrying {
  attempt: EventAttempt;
  /**
   * How many there may be, the first included.
   */
  attempts: number;
  duration_ms: EventDurationMs;
  /**
   * The pause, in milliseconds.
   */
  delay_ms: number;
  /**
   * The strategy of `fallback` that is next; absent: the same again.
   */
  strategy?: string;
  failure: EventFailure;
  vote?: EventVoteNumber;
  [k: string]: unknown;
}
/**
 * The stage was not wanted after all, or its failure may be skipped. Its old outputs are removed.
 */
export interface EventTaskSkipped {
  /**
   * Why.
   */
  reason: string;
  attempt?: EventAttempt;
  duration_ms?: EventDurationMs;
  failure?: EventFailure;
  vote?: EventTally;
  changes: EventChanges;
  [k: string]: unknown;
}
/**
 * The stage waits for an answer.
 */
export interface EventTaskSuspended {
  /**
   * 1 for the first; 0 when nothing has changed since it asked, so that it was not even started.
   */
  attempt: number;
  log?: EventLogPath;
  question: EventQuestion;
  vote?: EventTally;
  [k: string]: unknown;
}
/**
 * What a stage waits for.
 */
export interface EventQuestion {
  /**
   * The key of the answer.
   */
  id: string;
  /**
   * What the person reads.
   */
  text: string;
  /**
   * JSON Schema of the answer; null where any JSON will do.
   */
  schema: {
    [k: string]: unknown;
  };
  /**
   * Where the answer belongs, from the workspace: a JSON file, question id to answer.
   */
  file: string;
  /**
   * Why what stands there is no answer; null when there is none.
   */
  problem: string | null;
  [k: string]: unknown;
}
/**
 * The stage never started: a producer failed or is suspended.
 */
export interface EventTaskBlocked {
  /**
   * Ids of those producers.
   */
  by: string[];
  [k: string]: unknown;
}
/**
 * The stage never started because of a halt, or was stopped by a signal.
 */
export interface EventTaskCancelled {
  /**
   * Why.
   */
  reason: string;
  [k: string]: unknown;
}
/**
 * A transaction begins: from here on its outputs can be put back to what they are now.
 */
export interface EventSnapshot {
  /**
   * Its name; null when it is the whole build.
   */
  transaction: string | null;
  /**
   * All outputs of its members, from the workspace.
   */
  paths: string[];
  [k: string]: unknown;
}
/**
 * Outputs were put back to what they were: those of a transaction, or those of a run that is undone.
 */
export interface EventRollback {
  /**
   * Whose outputs; null when it is the whole build or an earlier run.
   */
  transaction: string | null;
  /**
   * Id of the run that was undone; null for a transaction.
   */
  run: string | null;
  /**
   * That hold something else now, from the workspace.
   */
  paths: string[];
  changes: EventChanges;
  [k: string]: unknown;
}
/**
 * An attempt of a stage with `vote` has answered. Attempts are counted in the order in which they were started.
 */
export interface EventVote {
  attempt: EventAttempt;
  vote: EventVoteNumber;
  duration_ms: EventDurationMs;
  answer: EventAnswer;
  log?: EventLogPath;
  tally: EventTally;
  [k: string]: unknown;
}
/**
 * An attempt of a stage with `vote` does not count: its outputs broke their contract or could not be compared, or it failed and may succeed another time.
 */
export interface EventRedFlag {
  attempt: EventAttempt;
  vote: EventVoteNumber;
  duration_ms: EventDurationMs;
  failure: EventFailure;
  tally: EventTally;
  [k: string]: unknown;
}
/**
 * Something worth saying; the message is the text.
 */
export interface EventLog {
  /**
   * How much it matters.
   */
  level: 'debug' | 'info' | 'warning' | 'error';
  /**
   * Stable name of the finding.
   */
  code?: string;
  /**
   * Who says it: wrangle, or the stage itself.
   */
  stream: 'wrangle' | 'stage';
  changes?: EventChanges;
  [k: string]: unknown;
}

// pipeline.schema.json

/**
 * The shell for `run` as text: `bash` (with `-eo pipefail`) or `sh` (with `-e`).
 */
export type PipelineShell = ('bash' | 'sh') | PipelineExpression;
/**
 * An expression, worked out when the pipeline is loaded or, where it speaks of `inputs` and `outputs`, when the stage starts.
 */
export type PipelineExpression = string;
export type PipelineScalar = string | number | boolean;
/**
 * Name of a variable of the environment.
 */
export type PipelineVariableName = string;
/**
 * Names of variables passed on from the caller. They do not count: another value runs nothing again.
 */
export type PipelinePassEnv = PipelineVariableName[];
/**
 * Names of variables passed on from the caller that are never shown or kept. Without one of them the stage fails when it starts.
 */
export type PipelineSecrets = PipelineVariableName[];
/**
 * Several attempts, apart from each other, answer the same question, until one answer leads by `ahead` votes; what the first attempt with that answer made is published. An attempt whose outputs break their contract, or that fails and may succeed another time, is flagged and does not vote. `{}` means ahead by 3 of at most 10; `false`: one attempt is enough, whatever `defaults` say.
 */
export type PipelineVote =
  | {
      /**
       * By how many votes an answer has to lead.
       */
      ahead?: number | PipelineExpression;
      /**
       * How many attempts may be made, flagged ones among them; retries of one count as that one. Default: 10, or twice `ahead` where that is more.
       */
      max?: number | PipelineExpression;
      /**
       * An expression without `${{ }}`: what answers are compared by. It sees of each output `outputs.PORT.json`, `.text`, `.rows`, `.sha256` and `.size_bytes`. Default: all outputs, JSON documents by their values and others byte by byte.
       */
      by?: string;
      /**
       * What becomes of a vote in which no answer leads far enough after `max` attempts. `fail`: the stage fails. `suspend`: a person is asked which answer is right. `widen`: `max` is doubled, once.
       */
      undecided?: ('fail' | 'suspend' | 'widen') | PipelineExpression;
    }
  | boolean;
/**
 * What a failure means: `halt` starts nothing new, `continue` goes on with all that does not depend on the stage, `allow` does the same and the run does not fail.
 */
export type PipelineOnFailure = ('halt' | 'continue' | 'allow') | PipelineExpression;
/**
 * Name of the pool whose limits the stage shares. An attempt takes a place in it from its start until its outputs are checked; a stage that waits to be tried again takes none.
 */
export type PipelinePoolName = PipelineStageName | PipelineExpression;
/**
 * Name of a stage.
 */
export type PipelineStageName = string;
/**
 * Name of a group of stages that publish together: when one of them does not succeed, the outputs of all go back to what they were. Stages outside wait for all of them. Outputs must be kept in the store.
 */
export type PipelineTransaction = PipelineExpression;
/**
 * `any`: results are the same on every operating system and processor, and may be shared between them.
 */
export type PipelinePlatform = ('any' | 'native') | PipelineExpression;
/**
 * Words to select stages by.
 */
export type PipelineTags = string[];
/**
 * A path from the workspace, with `/`. A folder ends in `/`.
 */
export type PipelinePath = string;
export type PipelinePathList = PipelinePath[];
/**
 * The name of a column, or of a key in every row.
 */
export type PipelineColumn = string;
/**
 * @minItems 1
 */
export type PipelineColumns = [PipelineColumn, ...PipelineColumn[]];

/**
 * A pipeline: stages that read files and make files. Every value of a stage may also be an expression, `${{ … }}`.
 */
export interface PipelineDocument {
  /**
   * Format of this file. The only one is 1, which is also what leaving it out means.
   */
  version?: number | string;
  /**
   * What the pipeline is for, in a sentence.
   */
  description?: string;
  /**
   * Values that can be given on the command line (`-p NAME=VALUE`), with their defaults. A value from the command line takes the type of the default. A param whose default is `null` must be given.
   */
  params?: {
    [k: string]: unknown;
  };
  /**
   * Other pipeline files whose stages, params and pools belong to this one too. Paths are relative to this file and stay inside the workspace. Stages and params of two files must have different names; pools may have the same if their limits are.
   */
  include?: string | string[];
  defaults?: PipelineDefaults;
  /**
   * Limits that stages share, by name. A stage belongs to one by `pool: NAME`; a pool of one file is there for the stages of all. Two files may declare the same pool only with the same limits.
   */
  pools?: {
    [k: string]: PipelinePool;
  };
  /**
   * The stages, by name. Their order in the file has no meaning: a stage starts when what it reads is there.
   */
  stages?: {
    [k: string]: PipelineStage;
  };
}
/**
 * What holds for every stage of this file that does not say otherwise. Mappings are joined key by key, lists are joined, for the rest the stage's own value stands.
 */
export interface PipelineDefaults {
  shell?: PipelineShell;
  env?: PipelineEnv;
  pass_env?: PipelinePassEnv;
  secrets?: PipelineSecrets;
  /**
   * How long one attempt may take.
   */
  timeout?: PipelineExpression;
  /**
   * How long a result counts; then the stage runs again, for a stage that asks the world outside.
   */
  ttl?: PipelineExpression;
  retry?: PipelineRetry;
  vote?: PipelineVote;
  exit_codes?: PipelineExitCodes;
  on_failure?: PipelineOnFailure;
  resources?: PipelineResources;
  pool?: PipelinePoolName;
  /**
   * `true`: no other stage runs beside it.
   */
  exclusive?: boolean | PipelineExpression;
  /**
   * `false`: outputs are not kept in the store, so they cannot be put back.
   */
  cache?: boolean | PipelineExpression;
  transaction?: PipelineTransaction;
  platform?: PipelinePlatform;
  tags?: PipelineTags;
  labels?: PipelineLabels;
}
/**
 * Variables for the process. They count: another value runs the stage again.
 */
export interface PipelineEnv {
  [k: string]: PipelineScalar;
}
/**
 * How often a failed attempt is made again, and when. `{}` means three times. What no further attempt can mend (a missing command, a missing output, a broken contract) is not tried again.
 */
export interface PipelineRetry {
  /**
   * How many attempts may follow the first one.
   */
  max?: number | PipelineExpression;
  backoff?: PipelineBackoff;
  /**
   * Which failures: categories (`retryable`, `skippable`, `critical`) and codes, such as `timeout`, `signal`, `exit-code`, or one that the stage itself gives.
   *
   * @minItems 1
   */
  on?: [string, ...string[]];
}
/**
 * The pause before an attempt is made again: `base`, then each time `multiplier` times as long, up to `max`; of that, a part between a half and all, drawn anew each time.
 */
export interface PipelineBackoff {
  /**
   * The first pause.
   */
  base?: PipelineExpression;
  /**
   * How much longer each pause is than the one before.
   */
  multiplier?: number | PipelineExpression;
  /**
   * The longest pause.
   */
  max?: PipelineExpression;
}
/**
 * What an exit code says of a failure: `retryable` (`retry` may try again), `skippable` (the stage is skipped, with all that reads its outputs) or `critical` (as every other code).
 */
export interface PipelineExitCodes {
  [k: string]: 'retryable' | 'skippable' | 'critical' | PipelineExpression;
}
/**
 * What the stage takes of the machine while it runs. Together the stages that run take no more processors and memory than the machine has; a stage that says nothing counts as taking none, one that wants more than there is runs alone.
 */
export interface PipelineResources {
  /**
   * Number of processors; fractions are fine.
   */
  cpus?: number | PipelineExpression;
  /**
   * Memory, in bytes or with a unit.
   */
  memory?: number | string | PipelineExpression;
}
/**
 * Notes for reports, by name.
 */
export interface PipelineLabels {
  [k: string]: PipelineScalar;
}
/**
 * A limit that stages share: how many of them run at once, how often one starts, or both.
 */
export interface PipelinePool {
  /**
   * How many attempts may run at once.
   */
  slots?: number;
  /**
   * How many attempts may start in a second (`s`), minute (`m`) or hour (`h`), evenly spaced: after one has started, the next waits its part of that time. An attempt that is made again counts too.
   */
  rate?: string;
}
/**
 * One step: what it runs, what it reads and what it makes.
 */
export interface PipelineStage {
  /**
   * What the stage does, in a sentence.
   */
  description?: string;
  /**
   * A stage type of a plugin, `PLUGIN/TYPE`. A stage has either this or `run`.
   */
  uses?: string;
  /**
   * Params of the stage type.
   */
  with?: {
    [k: string]: unknown;
  };
  /**
   * A command: text for a shell, or a list of words that runs without one. It starts in the workspace.
   */
  run?: string | [PipelineScalar, ...PipelineScalar[]];
  shell?: PipelineShell;
  /**
   * What the stage reads, by port: a file, a folder (`dir/`), a glob, or a list of these. A path that another stage makes puts that stage first.
   */
  inputs?: {
    [k: string]: PipelinePath | PipelinePathList;
  };
  /**
   * What the stage makes, by port: a path, a list of paths, or `{path, cache, expect}`. A folder ends in `/`.
   */
  outputs?: {
    [k: string]: PipelinePath | PipelinePathList | PipelineOutput;
  };
  /**
   * Runs the stage once for each item of a list; each run is an instance of its own, with its own outputs, which is built when it is stale. `run`, `with`, `env`, `when` and the paths of ports may speak of `item`; every output has to.
   */
  foreach?: {
    /**
     * The list: a JSON file with a list in it, a file of JSON lines, a CSV with a header (`.json`, `.jsonl`, `.ndjson`, `.csv`), what the instances of another stage make (all lists one after the other), or a glob, whose files are the items. It may be made by another stage. It orders the items; what counts of an item is what the stage says of it.
     */
    in: PipelinePath | PipelinePathList;
    /**
     * An expression without `${{ }}` that names each item, and no two alike. Default: the item itself, if it is a text or a number.
     */
    key?: string;
    /**
     * How many items share an attempt. More than one needs a stage type that takes batches.
     */
    batch?: number | PipelineExpression;
    /**
     * How many items may be dropped, because they were skipped or failed at every try, before the stage fails: a number, or a share of all. Default: any.
     */
    max_skipped?: number | string | PipelineExpression;
  };
  /**
   * Stages that must have ended before this one starts, though it reads nothing of theirs.
   */
  needs?: string | string[];
  matrix?: PipelineMatrix;
  /**
   * An expression without `${{ }}` that comes to true or false. Where it is false, the stage is skipped with all that reads its outputs, and what it made before is removed. It may speak of `params`, `env`, `matrix`, paths of `stages`, `stages.NAME.metrics` (the stage then waits for that one) and, with `foreach`, of `item`.
   */
  when?: boolean | string;
  /**
   * What to do instead when the stage fails with all its retries: strategies in order, each with `run` or `uses` of its own. The first that ends well makes the outputs, which are then marked `degraded`. What one does not say (`env`, `timeout`, `retry`, `exit_codes`, `shell`) is as the stage has it.
   *
   * @minItems 1
   */
  fallback?: [PipelineStrategy, ...PipelineStrategy[]];
  env?: PipelineEnv;
  pass_env?: PipelinePassEnv;
  secrets?: PipelineSecrets;
  /**
   * How long one attempt may take.
   */
  timeout?: PipelineExpression;
  retry?: PipelineRetry;
  vote?: PipelineVote;
  exit_codes?: PipelineExitCodes;
  on_failure?: PipelineOnFailure;
  resources?: PipelineResources;
  pool?: PipelinePoolName;
  /**
   * `true`: no other stage runs beside it.
   */
  exclusive?: boolean | PipelineExpression;
  /**
   * `false`: outputs are not kept in the store, so they cannot be put back.
   */
  cache?: boolean | PipelineExpression;
  transaction?: PipelineTransaction;
  /**
   * A number or word of your own. Another one runs the stage again.
   */
  version?: number | string;
  /**
   * `true`: the stage runs in every build.
   */
  always?: boolean | PipelineExpression;
  /**
   * How long a result counts; then the stage runs again, for a stage that asks the world outside.
   */
  ttl?: PipelineExpression;
  platform?: PipelinePlatform;
  tags?: PipelineTags;
  labels?: PipelineLabels;
  /**
   * Numbers to keep with each run, by name: `PORT#/pointer` into a JSON output.
   */
  metrics?: {
    /**
     * `PORT#/pointer`
     */
    [k: string]: string;
  };
}
export interface PipelineOutput {
  /**
   * Where the output lies: a path, or a list of paths. A folder ends in `/`.
   */
  path: PipelinePath | PipelinePathList;
  /**
   * `false`: this output is not kept in the store.
   */
  cache?: boolean | PipelineExpression;
  expect?: PipelineExpect;
}
/**
 * What the output must be like. It is checked before the output is published; the stage fails if it is not so.
 */
export interface PipelineExpect {
  /**
   * The least size, in bytes or with a unit.
   */
  min_bytes?: number | string | PipelineExpression;
  /**
   * The greatest size, in bytes or with a unit.
   */
  max_bytes?: number | string | PipelineExpression;
  /**
   * A JSON Schema for a JSON output, or for each row of JSON Lines, CSV, TSV or Parquet: written here, or the path of its file.
   */
  schema?:
    | PipelinePath
    | {
        [k: string]: unknown;
      }
    | boolean;
  /**
   * How many rows there must be, in CSV, TSV, JSON, JSON Lines or Parquet: a number, or `{min, max}`.
   */
  rows?:
    | number
    | {
        /**
         * The least number of rows.
         */
        min?: number | PipelineExpression;
        /**
         * The greatest number of rows.
         */
        max?: number | PipelineExpression;
      }
    | PipelineExpression;
  /**
   * Columns whose values do not repeat: one, several that do not repeat together, or a list of such lists. Rows with a gap in one of them do not count.
   */
  unique?: PipelineColumn | PipelineColumns | [PipelineColumns, ...PipelineColumns[]];
  /**
   * Columns that have a value in every row. A gap is null, a key that is not there, or an empty cell.
   */
  not_null?: PipelineColumn | PipelineColumns;
  /**
   * A pattern that is found in the text, as `pattern` of JSON Schema is; `^` and `$` are the beginning and the end of the whole text, without its last line end.
   */
  matches?: string;
  /**
   * Expressions without `${{ }}` that come to true. They speak of `output`: its `size_bytes`, `sha256`, `text`, `json` and number of `rows`.
   */
  assert?: string | [string, ...string[]];
}
/**
 * The stage once for each combination of values: lists by name, each written out or one expression. An expression of the stage has them as `matrix.NAME`, an instance is called `stage@v1,v2`. 10,000 combinations are the most.
 */
export interface PipelineMatrix {
  /**
   * More values. One that fits combinations, because what it says of the lists holds for them, is added to these; any other is a combination of its own.
   */
  include?: PipelineCombination[];
  /**
   * Combinations to leave out: those that have all the values of an item.
   */
  exclude?: PipelineCombination[];
  /**
   * The values: texts, numbers, `true`, `false`, `null`, or mappings of these.
   */
  [k: string]: [unknown, ...unknown[]] | PipelineExpression | PipelineCombination[] | undefined;
}
export interface PipelineCombination {
  [k: string]: unknown;
}
/**
 * Another way to make the outputs of a stage.
 */
export interface PipelineStrategy {
  /**
   * What it is called in records and messages. Default: `fallback-1` and so on.
   */
  name?: string;
  /**
   * An expression without `${{ }}` that comes to true or false; where it is false, the strategy is left out.
   */
  when?: boolean | string;
  /**
   * A stage type of a plugin, `PLUGIN/TYPE`. A strategy has either this or `run`.
   */
  uses?: string;
  /**
   * Params of the stage type.
   */
  with?: {
    [k: string]: unknown;
  };
  /**
   * A command: text for a shell, or a list of words that runs without one. It starts in the workspace.
   */
  run?: string | [PipelineScalar, ...PipelineScalar[]];
  shell?: PipelineShell;
  env?: PipelineEnv;
  /**
   * How long one attempt may take.
   */
  timeout?: PipelineExpression;
  retry?: PipelineRetry;
  vote?: PipelineVote;
  exit_codes?: PipelineExitCodes;
}

// plugin.schema.json

/**
 * POSIX path relative to the package, without `..`.
 */
export type PluginInside = string;

/**
 * `wrangle.plugin.json`: the stage types that a package provides. Reading it runs no code.
 */
export interface PluginDocument {
  /**
   * For editors.
   */
  $schema?: string;
  /**
   * Version of the stage protocol its code speaks.
   */
  protocol: number;
  /**
   * The part before the slash of its stage types; also its key in `.wranglerrc.yaml`.
   */
  name: string;
  /**
   * What it works with.
   */
  engines?: {
    /**
     * Range of wrangle versions, such as `>=0.1 <1`, `^0.1.2` or `1.x`.
     */
    wrangle?: string;
    [k: string]: unknown;
  };
  /**
   * Globs over the files of the package that may change what its stages write; when one of them changes, the stages run again. Default: the folder of each entry file, without README, CHANGELOG, LICENSE and the like. Names that begin with a dot and `node_modules` are never part of it.
   *
   * @minItems 1
   */
  code?: [PluginInside, ...PluginInside[]];
  /**
   * Stage types by name.
   */
  stages: {
    [k: string]: PluginStage;
  };
}
export interface PluginStage {
  /**
   * One or two sentences for lists, help and editors.
   */
  description?: string;
  /**
   * How its process is started: a JavaScript file that runs in Node, or a command. In a command, an element that names a file of the package stands for that file, and one that begins with `./` must.
   */
  run: {
    node?: PluginInside;
    /**
     * Program and arguments; no shell.
     *
     * @minItems 1
     */
    argv?: [string, ...string[]];
  };
  /**
   * JSON Schema of `with`, an object; its defaults are filled in.
   */
  params?: {
    type?: 'object';
    [k: string]: unknown;
  };
  inputs?: PluginPorts;
  outputs?: PluginPorts;
  /**
   * Makes the stage type a command of its own, `wrangle NAME`.
   */
  command?: string;
  /**
   * `any`: results are the same on every operating system and architecture, and are shared.
   */
  platform?: 'any' | 'native';
  /**
   * One process serves many requests.
   */
  worker?: boolean;
  /**
   * Takes several items of a fan-out in one request, beside requests for one.
   */
  batch?: boolean;
  /**
   * Raised by hand to make its stages run again.
   */
  version?: number;
}
/**
 * Ports by name. The name `*` stands for every port that is not named.
 */
export interface PluginPorts {
  [k: string]: PluginPort;
}
export interface PluginPort {
  /**
   * What the port is for.
   */
  description?: string;
  /**
   * What its paths are.
   */
  kind?: 'file' | 'folder';
  /**
   * Media types of the contents; the first is the usual one.
   */
  media?: string | string[];
  /**
   * POSIX path relative to the package, without `..`.
   */
  schema?: string;
  /**
   * A stage may leave it out.
   */
  optional?: boolean;
  /**
   * Takes a list of paths.
   */
  many?: boolean;
}

// request.schema.json

/**
 * What one attempt of a stage is given, protocol 1: the file named by WRANGLE_REQUEST. All paths are absolute. Fields not listed here may be added and must be ignored.
 */
export interface RequestDocument {
  /**
   * Version of this contract.
   */
  protocol: 1;
  /**
   * The run this attempt belongs to.
   */
  run_id: string;
  /**
   * Id of the stage instance; of a batch that of its first item.
   */
  stage: string;
  /**
   * 1 for the first try.
   */
  attempt: number;
  /**
   * The stage's `with`, after expressions and defaults.
   */
  params: {
    [k: string]: unknown;
  };
  inputs: RequestInputs;
  outputs: RequestOutputs;
  /**
   * Of an instance of a fan-out: the key of its item.
   */
  key?: string;
  /**
   * Of an instance of a fan-out: its item. For messages: whether the stage is fresh depends on `params`, not on this.
   */
  item?: {
    [k: string]: unknown;
  };
  /**
   * Of a batch: its items, each of which is done and told of for itself. `params`, `inputs` and `outputs` of the request are empty then. A type gets one only when its manifest has `batch`, and must take requests without it too.
   *
   * @minItems 1
   */
  items?: [RequestItem, ...RequestItem[]];
  /**
   * The variables that the stage declares; they are in the environment too.
   */
  env: {
    [k: string]: string;
  };
  /**
   * Names of the secrets that are in the environment.
   */
  secrets?: string[];
  /**
   * A JSON file with one mapping, name to value, for executors that cannot pass secrets in the environment.
   */
  secrets_file?: string | null;
  /**
   * Question id to answer.
   */
  answers?: {
    [k: string]: unknown;
  };
  /**
   * Of each question that the stage is known to have asked, by id, the sha256 of the canonical JSON of [text, schema]. An answer counts for that question; where the text or the schema is another one now, ask again.
   */
  questions?: {
    [k: string]: string;
  };
  /**
   * The same for the same stage and attempt.
   */
  seed: number;
  /**
   * A folder that outlives the attempt, until the stage succeeds; for what must not be lost when it is tried again. Another one when anything changes that counts. For the rest there is TMPDIR, which is empty for every attempt. Of a batch it is TMPDIR: each item has its own.
   */
  scratch: string;
  /**
   * When the attempt will be stopped: ISO-8601, UTC; null without a timeout.
   */
  deadline: string | null;
  /**
   * The file for event lines, see stage-event.schema.json.
   */
  events: string;
  [k: string]: unknown;
}
/**
 * Per port its files or folders, in declared order. Always a list, also for one.
 */
export interface RequestInputs {
  [k: string]: RequestInput[];
}
export interface RequestInput {
  /**
   * Of the file or folder.
   */
  path: string;
  /**
   * 64 hex digits; of a folder that of its manifest.
   */
  sha256: string;
  /**
   * Of a folder the sum of its files.
   */
  size_bytes: number;
  [k: string]: unknown;
}
/**
 * Per port where to write; a list when the port was given as one. Parents exist, folder outputs exist and are empty.
 */
export interface RequestOutputs {
  [k: string]: RequestOutput | RequestOutput[];
}
export interface RequestOutput {
  /**
   * Where to write.
   */
  path: string;
  [k: string]: unknown;
}
/**
 * What a request of this item alone would say of it.
 */
export interface RequestItem {
  /**
   * Names the item in its result; no two of a batch have the same.
   */
  key: string;
  /**
   * The item itself.
   */
  item: {
    [k: string]: unknown;
  };
  /**
   * Id of the stage instance.
   */
  stage: string;
  /**
   * The instance's `with`, after expressions and defaults.
   */
  params: {
    [k: string]: unknown;
  };
  inputs: RequestInputs;
  outputs: RequestOutputs;
  /**
   * Question id to answer.
   */
  answers?: {
    [k: string]: unknown;
  };
  questions?: {
    [k: string]: string;
  };
  /**
   * The same for the same instance and attempt.
   */
  seed: number;
  /**
   * As in a request for this item alone, but nobody has made it yet.
   */
  scratch: string;
  [k: string]: unknown;
}

// result.schema.json

/**
 * Why it failed. There when, and only when, the status is `failed`.
 */
export type ResultError = {
  /**
   * Stable name of the failure; `retry.on` refers to it.
   */
  code: string;
  /**
   * `retryable`: the same may work later. `skippable`: this item has to be left out. `critical`: everything else.
   */
  category: 'retryable' | 'skippable' | 'critical';
  /**
   * One sentence for a person.
   */
  message: string;
  /**
   * The file in which it went wrong.
   */
  file?: string;
  /**
   * The row in which it went wrong, from 1.
   */
  row?: number;
  /**
   * The column in which it went wrong.
   */
  column?: string;
  [k: string]: unknown;
} | null;
/**
 * What the stage waits for, with status `suspended`. Without one the question's id is `answer`.
 */
export type ResultQuestion = {
  /**
   * The key of the answer.
   */
  id: string;
  /**
   * What the person reads.
   */
  text: string;
  /**
   * JSON Schema of the answer.
   */
  schema?:
    | {
        [k: string]: unknown;
      }
    | boolean;
  [k: string]: unknown;
} | null;
/**
 * Name to value; kept in the run's record and compared between runs.
 */
export type ResultMetrics = {
  [k: string]: unknown;
} | null;
/**
 * Sentences for the person who reads the log.
 */
export type ResultNotes = string[] | null;
/**
 * Files it read besides its inputs: from the workspace, or absolute. Of a batch each item names its own.
 */
export type ResultDiscoveredInputs = string[] | null;

/**
 * What one attempt of a stage gives back, protocol 1: the file named by WRANGLE_RESULT. Fields not listed here are ignored. An exit code other than 0 (or 42 for `suspended`) is a failure whatever this document says.
 */
export interface ResultDocument {
  /**
   * Version of this contract.
   */
  protocol: 1;
  /**
   * How the attempt ended.
   */
  status: 'ok' | 'failed' | 'suspended';
  error?: ResultError;
  question?: ResultQuestion;
  metrics?: ResultMetrics;
  notes?: ResultNotes;
  discovered_inputs?: ResultDiscoveredInputs;
  /**
   * Of a batch: results of its items, for those that were not told of as events. An item without a result has failed as the process did, or because nothing was said of it.
   */
  items?: ResultItem[] | null;
  [k: string]: unknown;
}
export interface ResultItem {
  /**
   * As in the request.
   */
  key: string;
  /**
   * How the item ended.
   */
  status: 'ok' | 'failed' | 'suspended';
  error?: ResultError;
  question?: ResultQuestion;
  metrics?: ResultMetrics;
  notes?: ResultNotes;
  discovered_inputs?: ResultDiscoveredInputs;
  [k: string]: unknown;
}

// run.schema.json

/**
 * What was published, in the order of ports and their paths.
 */
export type RunOutputs = {
  /**
   * Name of the output port.
   */
  port: string;
  /**
   * From the workspace.
   */
  path: string;
  /**
   * Of the contents; of a folder, of its manifest.
   */
  sha256: string;
  /**
   * Of a folder, the sum of its files.
   */
  size_bytes: number;
  [k: string]: unknown;
}[];
/**
 * Output paths that hold something else than before the run, for rollback. What a transaction put back is not among them.
 */
export type RunChanges = {
  /**
   * From the workspace.
   */
  path: string;
  /**
   * Digest of what was there; null when nothing was, or nothing that has one.
   */
  before: string | null;
  /**
   * What wrangle had last put there; null when nothing.
   */
  recorded: {
    /**
     * Kind (f file, x executable file, d folder), sha256 and size in bytes.
     */
    digest: string;
    /**
     * Empty when the result was not recorded.
     */
    fingerprint: string;
    /**
     * Id of the stage that made it.
     */
    stage: string;
    /**
     * File of its pipeline, from the workspace.
     */
    pipeline: string;
    [k: string]: unknown;
  } | null;
  /**
   * Where the bytes from before are now, from the workspace, when they were nobody's; null when they are in the store.
   */
  displaced: string | null;
  /**
   * Folders above it that were not there before, outermost first.
   */
  new_folders: string[];
  /**
   * Digest of what is there now; null when nothing is.
   */
  after: string | null;
  [k: string]: unknown;
}[];

/**
 * runs/<id>/run.json: what is kept of a run. Written when the first stage starts, every few seconds, and at the end.
 */
export interface RunDocument {
  /**
   * Version of this document.
   */
  format: 1;
  /**
   * Id of the run; sorts by time, such as 20261121-043512-k3f9.
   */
  job_id: string;
  /**
   * What kind of run it was.
   */
  mode: 'pipeline';
  /**
   * Path of the pipeline file, from the workspace.
   */
  pipeline: string;
  /**
   * Free text by name, given by the user.
   */
  labels: {
    [k: string]: string;
  };
  /**
   * Values of the pipeline's params, whoever set them.
   */
  params: {
    [k: string]: unknown;
  };
  request: RunRequest;
  /**
   * Id of the run that this one undoes; null unless it is a rollback.
   */
  undoes: string | null;
  /**
   * Id of the run that this one goes on with; null when it began anew.
   */
  resumes: string | null;
  /**
   * The stage an event came from last; null before the first.
   */
  stage: string | null;
  /**
   * How far the run is.
   */
  progress: {
    /**
     * Stages that were asked for, with all they need.
     */
    total: number;
    /**
     * Stages that ended well: fresh, restored, ran or skipped.
     */
    completed: number;
    /**
     * Stages that failed.
     */
    failed: number;
    [k: string]: unknown;
  };
  /**
   * The stage that ended last; null before the first.
   */
  last_processed: string | null;
  /**
   * ISO-8601, UTC.
   */
  started_at: string;
  /**
   * When this document was written: ISO-8601, UTC.
   */
  timestamp: string;
  /**
   * How the run ended. running in a record that was never closed means interrupted, unless its build still holds the lock.
   */
  outcome: 'running' | 'done' | 'failed' | 'suspended' | 'interrupted';
  /**
   * Another build has something left to do.
   */
  can_resume: boolean;
  /**
   * Milliseconds so far.
   */
  duration_ms: number;
  counts: RunCounts;
  /**
   * Ids of the stages that were fresh; null until the run has ended.
   */
  fresh: string[] | null;
  /**
   * By id, why stages were skipped that had nothing left to remove.
   */
  skipped: {
    [k: string]: string;
  };
  adopted: RunAdopted;
  /**
   * By id, every stage that did more than be fresh.
   */
  stages: {
    [k: string]: RunStage;
  };
  changes: RunChanges;
  [k: string]: unknown;
}
/**
 * What the run was asked for; wrangle resume asks for the same.
 */
export interface RunRequest {
  /**
   * Stages that were named, by id or selector; they took part with all they need. Empty: all, unless "select" is there.
   */
  targets: string[];
  /**
   * Selectors of the stages that took part themselves.
   */
  select?: string[];
  /**
   * Selectors of stages that took no part.
   */
  exclude?: string[];
  /**
   * Params that were set: as text on the command line, as a value in a file.
   */
  params: {
    /**
     * Of the param.
     */
    name: string;
    /**
     * As it was given with -p.
     */
    text?: string;
    /**
     * As it stood in the file of params.
     */
    value?: {
      [k: string]: unknown;
    };
    [k: string]: unknown;
  }[];
  /**
   * Use of the store.
   */
  cache: 'off' | 'read' | 'write' | 'rw';
  /**
   * Stages that run although fresh: all that were asked for, or these.
   */
  force: boolean | string[];
  /**
   * Of those, the ones that ran in the run that this one goes on with.
   */
  forced_before: string[];
  /**
   * A failure stops only what depends on it.
   */
  keep_going: boolean;
  /**
   * Unless it ends done, every output goes back to what it was.
   */
  atomic: boolean;
  /**
   * Stages at once; null: the settings say, or the number of cores.
   */
  jobs: number | null;
  [k: string]: unknown;
}
/**
 * Number of stages by outcome.
 */
export interface RunCounts {
  /**
   * Nothing to do.
   */
  fresh: {
    [k: string]: unknown;
  };
  /**
   * Outputs put back from the store.
   */
  restored: {
    [k: string]: unknown;
  };
  /**
   * Ran, and its outputs are published.
   */
  ran: {
    [k: string]: unknown;
  };
  /**
   * Ran and failed, or broke its contract; the old outputs stand.
   */
  failed: {
    [k: string]: unknown;
  };
  /**
   * Never started: a producer failed or is suspended.
   */
  blocked: {
    [k: string]: unknown;
  };
  /**
   * Its condition was false, or its failure may be skipped.
   */
  skipped: {
    [k: string]: unknown;
  };
  /**
   * Waits for an answer.
   */
  suspended: {
    [k: string]: unknown;
  };
  /**
   * Never started because of a halt, or stopped by a signal.
   */
  cancelled: {
    [k: string]: unknown;
  };
  [k: string]:
    | number
    | {
        [k: string]: unknown;
      };
}
/**
 * By id, stages that were fresh because the store knew their result, though something else had been made here last. Absent when there are none.
 */
export interface RunAdopted {
  /**
   * The result that lies at its outputs.
   */
  [k: string]: {
    /**
     * sha256 over everything that may change the outputs.
     */
    fingerprint: string;
    outputs: RunOutputs;
    [k: string]: unknown;
  };
}
/**
 * What became of one stage.
 */
export interface RunStage {
  /**
   * How it ended; cancelled also for a stage that was running when this was written.
   */
  outcome: 'fresh' | 'restored' | 'ran' | 'failed' | 'blocked' | 'skipped' | 'suspended' | 'cancelled';
  /**
   * Why, in words; may be empty.
   */
  reason: string;
  /**
   * Every attempt, in order; empty when nothing of it was started.
   */
  attempts: RunAttempt[];
  /**
   * ISO-8601, UTC; null when it never started.
   */
  started_at: string | null;
  /**
   * Milliseconds.
   */
  duration_ms: number;
  /**
   * sha256 over everything that may change the outputs; null when it made none.
   */
  fingerprint: string | null;
  outputs: RunOutputs;
  /**
   * Values the stage measured, by name.
   */
  metrics: {
    [k: string]: unknown;
  };
  /**
   * The strategy of `fallback` that made its outputs; null when the stage did itself, or made nothing.
   */
  degraded: string | null;
  vote?: ATally;
  /**
   * Where its output is, from the workspace; null when it printed nothing.
   */
  log: string | null;
  /**
   * Why it failed; null when it did not.
   */
  failure: RunFailure | null;
  /**
   * What it waits for; null unless it is suspended.
   */
  question: AnAwaitedAnswer | null;
  /**
   * Present when an input changed while it ran, so the fingerprint may not be what it read.
   */
  unrecorded?: true;
  /**
   * Present when its outputs went back to what they were before, with those of its transaction.
   */
  put_back?: true;
  [k: string]: unknown;
}
/**
 * One attempt that has ended.
 */
export interface RunAttempt {
  /**
   * From 1.
   */
  number: number;
  /**
   * How it ended; voted: it answered, and what it made was not published. cancelled also for one that was running when this was written.
   */
  outcome: 'ran' | 'voted' | 'failed' | 'suspended' | 'cancelled';
  /**
   * Stable name of the failure; null when it did not fail.
   */
  code: string | null;
  /**
   * Whether trying again may help, or doing without; null when it did not fail.
   */
  category: 'retryable' | 'skippable' | 'critical' | null;
  /**
   * Why it failed, in a sentence; null when it did not fail.
   */
  message: string | null;
  /**
   * ISO-8601, UTC.
   */
  started_at: string;
  /**
   * Milliseconds.
   */
  duration_ms: number;
  /**
   * Where its output is, from the workspace; null when it printed nothing.
   */
  log: string | null;
  /**
   * Folder with what is kept of it, from the workspace; null when nothing is.
   */
  kept: string | null;
  [k: string]: unknown;
}
/**
 * How the vote of a stage stands; absent where nobody voted.
 */
export interface ATally {
  /**
   * By how many votes an answer has to lead.
   */
  ahead: number;
  /**
   * How many attempts may vote; twice what the pipeline says once it was widened.
   */
  max: number;
  /**
   * Attempts that were started to vote; retries of one count as that one.
   */
  started: number;
  /**
   * Of those, the ones that do not count.
   */
  flagged: number;
  /**
   * Of those, the ones that were not counted, since the vote was over for another reason.
   */
  wasted: number;
  /**
   * Votes by answer, the most first; among equals, the one that was given first.
   */
  counts: {
    /**
     * What was answered, as a short text; the answers of one vote are all different.
     */
    answer: string;
    /**
     * How many attempts gave it.
     */
    votes: number;
    /**
     * Where the outputs of its first attempt are kept, from the workspace; absent where they are not.
     */
    kept?: string;
    [k: string]: unknown;
  }[];
  /**
   * The answer that leads far enough, or that was picked; null: none.
   */
  winner: string | null;
  [k: string]: unknown;
}
/**
 * Why a stage failed.
 */
export interface RunFailure {
  /**
   * Stable name of the failure.
   */
  code: string;
  /**
   * Whether trying again may help, or doing without.
   */
  category: 'retryable' | 'skippable' | 'critical';
  /**
   * One sentence for a person.
   */
  message: string;
  /**
   * Of the process, if that is how it ended.
   */
  exit_code?: number;
  /**
   * Of the process, if that is how it ended.
   */
  signal?: string;
  /**
   * Last lines of its output, secrets masked, harmless to a terminal.
   */
  tail: string[];
  /**
   * Where its output is, from the workspace; absent when it printed nothing.
   */
  log?: string;
  /**
   * Folder with what it had written, from the workspace; absent when it had written nothing.
   */
  kept?: string;
  /**
   * Outputs that two runs of the same made differently, each with its first difference; only of `not-deterministic`.
   */
  differences?: RunDifference[];
  /**
   * Present when the stage has `on_failure: allow`: the run does not fail for it.
   */
  allowed?: true;
  [k: string]: unknown;
}
/**
 * Where an output first differs between two runs.
 */
export interface RunDifference {
  /**
   * Of the output, from the workspace.
   */
  path: string;
  /**
   * In a folder, the path of the file from there; null: the output itself.
   */
  inside: string | null;
  /**
   * contents: of a file. missing: only one of them has it. kind: file, folder or link. executable: only one of them may be executed. target: of a link.
   */
  of: 'contents' | 'missing' | 'kind' | 'executable' | 'target';
  /**
   * Offset of the first byte that differs, from 0; null unless it is contents.
   */
  byte: number | null;
  /**
   * Where that is in what is understood; null: only the byte is known. Lines, rows and columns count from 1, the header is row 0.
   */
  place: null | RunDifferencePlace;
  /**
   * What stands there, cut if it is long; null where there is nothing.
   */
  first: string | null;
  /**
   * The same of the second run.
   */
  second: string | null;
  [k: string]: unknown;
}
/**
 * A place in a JSON document, a line of JSON Lines, a cell of a CSV, or a text.
 */
export interface RunDifferencePlace {
  /**
   * What the file was read as.
   */
  kind: 'json' | 'json-lines' | 'cell' | 'text';
  /**
   * Of json and json-lines, such as $.made.at[0].
   */
  path?: string;
  /**
   * From 1; not of json.
   */
  line?: number;
  /**
   * Of a cell, from 1; 0 is the header.
   */
  row?: number;
  /**
   * Of a cell its name, of text a number from 1.
   */
  column?: string | number;
  [k: string]: unknown;
}
/**
 * What a stage waits for.
 */
export interface AnAwaitedAnswer {
  /**
   * The key of the answer.
   */
  id: string;
  /**
   * What the person reads.
   */
  text: string;
  /**
   * JSON Schema of the answer; null where any JSON will do.
   */
  schema: {
    [k: string]: unknown;
  };
  /**
   * Where the answer belongs, from the workspace: a JSON file, question id to answer.
   */
  file: string;
  /**
   * Why what stands there is no answer; null when there is none.
   */
  problem: string | null;
  [k: string]: unknown;
}

// stage-event.schema.json

/**
 * One line that a running stage appends to the file named by WRANGLE_EVENTS, protocol 1. A line that is no such event is passed over.
 */
export type StageEventDocument = {
  type: 'progress' | 'metric' | 'log' | 'item';
  /**
   * Of a batch: the item that it is about.
   */
  key?: string;
  [k: string]: unknown;
} & (
  | ({
      [k: string]: unknown;
    } & {
      type?: 'progress';
      /**
       * How much is done, in the stage's own units.
       */
      done?: number;
      /**
       * How much there is to do.
       */
      total?: number;
      /**
       * What it is doing.
       */
      note?: string;
      [k: string]: unknown;
    })
  | {
      type?: 'metric';
      /**
       * Key under `metrics`; a later line replaces an earlier one.
       */
      name: string;
      /**
       * Any JSON value.
       */
      value: {
        [k: string]: unknown;
      };
      [k: string]: unknown;
    }
  | {
      type?: 'log';
      /**
       * Anything else counts as `info`.
       */
      level?: 'debug' | 'info' | 'warning' | 'error';
      /**
       * One line for a person.
       */
      message: string;
      [k: string]: unknown;
    }
  | {
      type?: 'item';
      /**
       * As in the request.
       */
      key: string;
      /**
       * How the item ended.
       */
      status: 'ok' | 'failed' | 'suspended';
      [k: string]: unknown;
    }
);

// wranglerrc.schema.json

/**
 * Settings of a workspace, in the file `.wranglerrc.yaml`. Flags and variables (`WRANGLE_*`) come before them.
 */
export interface WranglerrcDocument {
  /**
   * Format of this file. The only one is 1, which is also what leaving it out means.
   */
  version?: number | string;
  /**
   * The pipeline that is built when none is named; a path from this file.
   */
  pipeline?: string;
  /**
   * Plugins by the name that their manifests say: a folder (begins with `./`, `../` or `/`, and may lie outside of the workspace), or the name of an installed package, which is looked for as Node does. No other plugin is ever loaded.
   */
  plugins?: {
    [k: string]: string;
  };
  /**
   * How many stages run at once: a number, or a share of the processors.
   */
  jobs?: number | string;
  /**
   * The shell for commands: `bash` or `sh`.
   */
  shell?: 'bash' | 'sh';
  /**
   * Where outputs are kept, and how much of them.
   */
  cache?: {
    /**
     * Folder of the store; a path from this file.
     */
    dir?: string;
    /**
     * How much it may hold, in bytes or with a unit. A build that goes over it removes what was used longest ago, but never what pipelines need now.
     */
    max_size?: number | string;
  };
}
