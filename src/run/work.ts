import type { Stage } from '../model/pipeline.ts';
import type { Cause } from '../model/plan.ts';
import type { Decided } from '../plan/decide.ts';

/** A stage that is to run. */
export interface Work {
  /** Its place in the graph. */
  readonly at: number;
  /** As its strategy has it. */
  readonly stage: Stage;
  /** Absent: the stage's own. */
  readonly strategy?: string;
  readonly decided: Decided;
  /** Why it is not fresh. */
  readonly causes: readonly Cause[];
}
