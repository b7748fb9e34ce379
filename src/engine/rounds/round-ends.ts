/** How each stage of a round ended: read from the events of its run, its report and the index that it left. */
import type { WrangleEvent } from '../../model/event.ts';
import type { Stage } from '../../model/pipeline.ts';
import type { Built } from '../../run/build.ts';
import type { StageEnd } from './tried-stages.ts';

const ENDS: ReadonlySet<WrangleEvent['event']> = new Set([
  'task_completed',
  'task_restored',
  'task_failed',
  'task_skipped',
  'task_suspended',
  'task_blocked',
  'task_cancelled',
]);

export class RoundEnds {
  /** The last of each stage. */
  readonly #ends = new Map<string, WrangleEvent['event']>();
  /** Transactions; null: all of the run. */
  readonly #putBack = new Set<string | null>();

  onEvent(event: WrangleEvent): void {
    if (event.event === 'rollback') this.#putBack.add(event.details.data.transaction);
    if (event.task_id !== null && ENDS.has(event.event)) this.#ends.set(event.task_id, event.event);
  }

  /** It has an end of its own. */
  has(id: string): boolean {
    return this.#ends.has(id);
  }

  /** To be asked when the run is over. `recorded`: the fingerprint that the index has of a stage. */
  of(
    built: Pick<Built, 'fresh' | 'skipped' | 'tried' | 'unsteady' | 'outcome' | 'environmentFailure'>,
    recorded: (stage: Stage) => string | undefined,
  ): (at: number, stage: Stage) => StageEnd {
    const fresh = new Set(built.fresh);
    const isCutShort = built.outcome === 'interrupted' || built.environmentFailure !== undefined;
    return (at, stage) => {
      const { id, transaction } = stage;
      const end = this.#ends.get(id);
      const tried = built.tried.get(at);
      const isPutBack = this.#putBack.has(null) || (transaction !== undefined && this.#putBack.has(transaction));
      const isRecorded = recorded(stage) === tried;
      const isSkipped = built.skipped.has(at) && (end === undefined || end === 'task_skipped');
      const isMade = end === 'task_restored' || (end === 'task_completed' && isRecorded);
      return {
        tried,
        isDone: fresh.has(id) || ((isMade || isSkipped) && !isPutBack),
        isUnsteady: built.unsteady.has(at) || (end === 'task_completed' && !isRecorded && !isPutBack),
        isCutShort,
      };
    };
  }
}
