/** Finds stages that are built again and again because of what changes while they are built. Pure. */

/** So often a stage may be built again in a row before that is taken for a loop. */
const AGAIN_MAX = 3;

export class LoopGuard {
  #again = new Map<string, number>();

  /**
   * A round is about to build, because of these stages. `isFollowUp`: what made them stale happened while the round before
   * ran. Returns a stage that would be built in vain once more.
   */
  onRound(stages: readonly string[], isFollowUp: boolean): string | undefined {
    const before = isFollowUp ? this.#again : new Map<string, number>();
    this.#again = new Map(stages.map((stage) => [stage, isFollowUp ? (before.get(stage) ?? 0) + 1 : 0]));
    return stages.find((stage) => (this.#again.get(stage) ?? 0) > AGAIN_MAX);
  }

  clear(): void {
    this.#again.clear();
  }
}
