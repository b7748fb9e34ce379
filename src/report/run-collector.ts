/** What those who report at the end of a run tell of it. Knows nothing of how it is shown. */
import type { WrangleEvent } from '../model/event.ts';
import type { OutcomeCounts } from '../model/outcome.ts';
import type { StageRecord } from '../model/run-record.ts';
import type { RunFold } from '../store/run-fold.ts';

export interface RunWarning {
  readonly code: string | undefined;
  /** Undefined when it is about the whole run. */
  readonly stage: string | undefined;
  readonly message: string;
}

export type SettledFanOut = Extract<WrangleEvent, { event: 'task_settled' }>['details']['data'];

/** A run that has ended, as far as its events tell. */
export interface CollectedRun {
  readonly runId: string;
  readonly pipeline: string;
  readonly outcome: 'done' | 'failed' | 'suspended' | 'interrupted';
  readonly counts: OutcomeCounts;
  readonly total: number;
  readonly durationMs: number;
  readonly savedMs: number;
  /** Ids, in topological order. */
  readonly fresh: readonly string[];
  /** By id, why stages were skipped of which nothing was left to remove. */
  readonly skipped: Readonly<Record<string, string>>;
  /** By id, the strategies that made the outputs of stages whose own way failed, in this run or before. */
  readonly degraded: Readonly<Record<string, string>>;
  /** All others that have an outcome, in the order in which they ended. */
  readonly stages: ReadonlyMap<string, StageRecord>;
  /** By id, fan-outs that had something to do, in the order in which they ended. */
  readonly fanOuts: ReadonlyMap<string, SettledFanOut>;
  /** Ids of the stages that ran and made what was there before. */
  readonly unchanged: readonly string[];
  /** Ids of the stages that ran twice and made the same both times. */
  readonly sameTwice: ReadonlySet<string>;
  readonly warnings: readonly RunWarning[];
  /** Paths that were put back, from the workspace. */
  readonly putBack: readonly string[];
}

export interface RunCollector {
  onEvent(event: WrangleEvent): void;
  /** `fold` is of the same events; a run without an end reads as `interrupted`. */
  collected(fold: RunFold): CollectedRun;
}

/** Keeps what is told of a run and not recorded; the rest is in its record, which with 100,000 stages is kept once. */
export function createRunCollector(): RunCollector {
  const warnings: RunWarning[] = [];
  const fanOuts = new Map<string, SettledFanOut>();
  const unchanged: string[] = [];
  const sameTwice = new Set<string>();
  const putBack: string[] = [];
  return {
    onEvent(event) {
      if (event.event === 'task_completed' && event.details.data.unchanged && event.task_id !== null) {
        unchanged.push(event.task_id);
      }
      if (event.event === 'task_settled' && event.task_id !== null) fanOuts.set(event.task_id, event.details.data);
      if (event.event === 'rollback') putBack.push(...event.details.data.paths);
      if (event.event === 'log' && event.details.data.code === 'same-twice') sameTwice.add(event.task_id ?? '');
      if (event.event === 'log' && event.details.data.level === 'warning') {
        const { code } = event.details.data;
        warnings.push({ code, stage: event.task_id ?? undefined, message: event.details.message });
      }
    },
    collected: (fold) => ({
      runId: fold.started?.run_id ?? fold.completed?.run_id ?? '',
      pipeline: fold.started?.pipeline ?? '',
      outcome: fold.completed?.outcome ?? 'interrupted',
      counts: fold.counts,
      total: fold.size.total,
      durationMs: fold.completed?.duration_ms ?? 0,
      savedMs: fold.completed?.saved_ms ?? 0,
      fresh: fold.completed?.fresh ?? [],
      skipped: fold.completed?.skipped ?? {},
      degraded: fold.completed?.degraded ?? {},
      stages: fold.stages,
      fanOuts,
      unchanged,
      sameTwice,
      warnings,
      putBack,
    }),
  };
}
