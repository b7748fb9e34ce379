/**
 * What became of stages in the rounds of a watched pipeline, so that what is owed is tried again and nothing is tried in vain
 * (design-notes, "Watching"). Stages go by their ids: the graph may be another from round to round. Knows no disk.
 */
import type { Stage } from '../../model/pipeline.ts';

/** How a stage of a round ended. */
export interface StageEnd {
  /** All of it was with this, see `triedAs`; undefined when it was not its turn. */
  readonly tried: string | undefined;
  /** It is as it should be. */
  readonly isDone: boolean;
  /** An input changed while it ran: it failed, or its outputs were published and not recorded. */
  readonly isUnsteady: boolean;
  /** The run ended before its time, so what is not done may not even have been tried. */
  readonly isCutShort: boolean;
}

export class TriedStages {
  /** Did not end well. */
  readonly #unfinished = new Set<string>();
  /** What each was last tried with; while it is the same there is nothing new. Not of those that are done. */
  readonly #tried = new Map<string, string>();
  /** What each had during whose attempt an input changed. */
  readonly #unsteady = new Map<string, string>();

  isUnfinished(id: string): boolean {
    return this.#unfinished.has(id);
  }

  /** It was looked at: what is other than it was counts as new when it is again as it was. */
  forgetOther(id: string, now: string): void {
    if (this.#tried.get(id) !== now) this.#tried.delete(id);
    if (this.#unsteady.get(id) !== now) this.#unsteady.delete(id);
  }

  /** It was looked at, and is as it should be. Says whether that is news: what waited for it need not wait any more. */
  foundFresh(id: string): boolean {
    return this.#unfinished.delete(id);
  }

  /** What it waited for is done. Says whether it is to be looked at: it did not end well, and whatever it has is new. */
  wakeUp(id: string): boolean {
    if (!this.#unfinished.has(id)) return false;
    this.#tried.delete(id);
    return true;
  }

  /** With this it would run only to end as it did. `isInPlace`: its outputs are those that it made. */
  isTriedWith({ id, always }: Pick<Stage, 'id' | 'always'>, now: string, isInPlace: () => boolean): boolean {
    if (this.#tried.get(id) !== now) return false;
    return this.#unfinished.has(id) || (always && isInPlace());
  }

  /** A round is over. `wouldTry`: what a stage that had no turn would run with now. */
  async ended(
    { id, always }: Pick<Stage, 'id' | 'always'>,
    { tried, isDone, isUnsteady, isCutShort }: StageEnd,
    wouldTry: () => string | Promise<string>,
  ): Promise<void> {
    if (isDone) this.#unfinished.delete(id);
    else this.#unfinished.add(id);
    // What was stopped is to be looked at again whatever it reads, and once more what was published and not recorded.
    const isOwed = isUnsteady ? this.#unsteady.get(id) !== tried : !isDone && isCutShort;
    if (isUnsteady && tried !== undefined) this.#unsteady.set(id, tried);
    else this.#unsteady.delete(id);
    if (isOwed || (isDone && !always)) this.#tried.delete(id);
    else this.#tried.set(id, tried ?? (await wouldTry()));
  }
}
