import type { PartName } from './fingerprint.ts';
import type { AwaitedAnswer } from './question.ts';

/**
 * - `fresh`    nothing to do: the outputs on disk are what this stage would make
 * - `restore`  the store has the outputs; they will be put back, nothing runs
 * - `run`      it runs
 * - `may-run`  a producer runs; this one follows only if the bytes it reads change
 */
export type Decision = 'fresh' | 'restore' | 'run' | 'may-run';

/** What a cause says of outputs whose publishing was cut short; recovery finishes it. */
export const INTERRUPTED = 'interrupted while it was published';

/** One reason why a stage is not fresh. `why` prints all of them. */
export interface Cause {
  readonly part: PartName;
  readonly change: 'added' | 'removed' | 'changed' | 'missing' | 'upstream';
  /** What it is about: a path, a variable, a port; may be empty. */
  readonly name: string;
  /** Undefined where there is no such side. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface PlannedStage {
  readonly id: string;
  readonly decision: Decision;
  /** Empty for `fresh`, unless only `expect` changed. */
  readonly causes: readonly Cause[];
  /** It is skipped, and why; then it runs only to remove what is left of its outputs. */
  readonly skip?: string;
  /** The strategy that made its outputs, where they are there or in the store; absent: the stage's own. */
  readonly degraded?: string | undefined;
  /** Its `when` is looked at once these stages are done. */
  readonly asks?: readonly string[];
  /** Of a fan-out whose list is yet to be made: how many instances it had last time, 0 when it never had any. */
  readonly items?: { readonly up_to: number };
  /** It would run, but a person has to answer first. */
  readonly waiting?: AwaitedAnswer | undefined;
  /** What it asked when it ran last, and what nobody has answered yet; also when it would run to ask it again. */
  readonly question?: AwaitedAnswer | undefined;
}

/** What is remembered of a stage; undefined where nothing is. Times are those of the wall clock. */
export interface StageMemory {
  /** When what it last made was made. */
  readonly ranAtMs: number | undefined;
  /** How long that took. */
  readonly tookMs: number | undefined;
  /** When what it waits for was asked first. */
  readonly askedAtMs: number | undefined;
}
