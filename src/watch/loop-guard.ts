/** Finds stages that are built again and again because of what changes while they are built. Pure. */

import type { RoundCause } from '../engine/rounds/round.ts';

/** So often a stage may be built again, without a rest in between, before that is taken for a loop. */
const AGAIN_MAX = 3;

export class LoopGuard {
  /** Since somebody else changed something. Stages may take turns: each changes what the other one reads. */
  readonly #again = new Map<string, number>();

  /** A round is about to build. Returns a stage that would be built in vain once more. */
  onRound({ stages, isOwnDoing }: Pick<RoundCause, 'stages' | 'isOwnDoing'>): string | undefined {
    if (!isOwnDoing) this.clear();
    for (const stage of stages) this.#again.set(stage, (this.#again.get(stage) ?? -1) + 1);
    return stages.find((stage) => (this.#again.get(stage) ?? 0) > AGAIN_MAX);
  }

  clear(): void {
    this.#again.clear();
  }
}
