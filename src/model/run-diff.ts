/** What is different between two runs, and where it began: what `wrangle diff` tells. Plain data. */
import type { Json } from '../util/canonical-json.ts';
import type { PublishedOutput } from './event.ts';
import type { Outcome } from './outcome.ts';
import type { Cause } from './plan.ts';
import type { RunSummary } from './run-record.ts';

export interface RunDiff {
  readonly before: RunSummary;
  readonly after: RunSummary;
  /** The path or stage that was asked about; undefined: everything. */
  readonly asked: string | undefined;
  /** Values of the pipeline's params, sorted by name. */
  readonly params: readonly ValueChange[];
  /** Sorted by path. */
  readonly outputs: readonly OutputDiff[];
  /** Where it began, sorted by stage. */
  readonly first_causes: readonly FirstCause[];
  /** Every stage with an output that differs, sorted by id. */
  readonly stages: readonly StageDiff[];
  /** Of every stage whose result differs, sorted by stage and name; those that are the same are only counted. */
  readonly metrics: readonly MetricDiff[];
  readonly same_metrics: number;
  /** Stages that did not end well in one of the runs; sorted by id. */
  readonly unwell: readonly UnwellStage[];
  /** Ids, sorted; only where it is known which stages both runs had. */
  readonly only_before: readonly string[];
  readonly only_after: readonly string[];
  /** Sentences: what is not known, and why. */
  readonly notes: readonly string[];
  /** How many instances a stage has, for those that are folded. */
  readonly instances: ReadonlyMap<string, number>;
}

export interface ValueChange {
  readonly name: string;
  /** Undefined: there was none. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface MetricDiff extends ValueChange {
  readonly stage: string;
}

export interface OutputDiff {
  readonly stage: string;
  readonly port: string;
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: OutputBytes | null;
  readonly after: OutputBytes | null;
}

export type OutputBytes = Pick<PublishedOutput, 'sha256' | 'size_bytes'>;

/**
 * - `changed`      something it depends on, and which no other stage makes
 * - `same-inputs`  nothing it depends on: it made something else of the same
 * - `fallback`     nothing it depends on, but another strategy made it
 * - `vote`         nothing it depends on, but its attempts voted for another answer
 * - `appeared`     it made nothing in the first run, or was not part of it
 * - `disappeared`  the same of the second
 * - `unknown`      what it depended on is not kept
 */
export type FirstCauseKind = 'changed' | 'same-inputs' | 'fallback' | 'vote' | 'appeared' | 'disappeared' | 'unknown';

export interface StageDiff {
  readonly id: string;
  /** The runs in which its outputs were made or came into their place. */
  readonly made_before: string | null;
  readonly made_after: string | null;
  /** All that is different of what it depends on. */
  readonly causes: readonly Cause[];
  /** Undefined: what other stages made is all there is. */
  readonly first: FirstCauseKind | undefined;
  /** The next stage on the shortest way to an output that no other one reads; null: it is its own. */
  readonly leads_to: { readonly stage: string; readonly via: string } | null;
}

export interface FirstCause {
  readonly stage: string;
  readonly kind: FirstCauseKind;
  /** Where the causes do not say it: a clause without a full stop. */
  readonly message: string | undefined;
  /** Those that no other stage is the reason for; empty unless it is `changed`. */
  readonly causes: readonly Cause[];
  /** From its stage to the last one. */
  readonly path: readonly string[];
  /** Stages that were left out in the middle of `path`. */
  readonly left_out: number;
  /** The output at its end. */
  readonly output: string;
}

export interface UnwellStage {
  readonly stage: string;
  readonly before: Outcome | null;
  readonly after: Outcome | null;
  /** Of the run in which it did not end well; the second, if both. */
  readonly reason: string;
}
