/** Finds stages that are built again and again because of what changes while they are built. Pure. */

import type { RoundCause } from '../engine/open-pipeline.ts';

/** So often a stage may be built again in a row before that is taken for a loop. */
const AGAIN_MAX = 3;

export class LoopGuard {
  #again = new Map<string, number>();

  /** A round is about to build. Returns a stage that would be built in vain once more. */
  onRound({ stages, isOwnDoing }: Pick<RoundCause, 'stages' | 'isOwnDoing'>): string | undefined {
    const before = isOwnDoing ? this.#again : new Map<string, number>();
    this.#again = new Map(stages.map((stage) => [stage, isOwnDoing ? (before.get(stage) ?? 0) + 1 : 0]));
    return stages.find((stage) => (this.#again.get(stage) ?? 0) > AGAIN_MAX);
  }

  clear(): void {
    this.#again.clear();
  }
}
