/** A stage with `fallback`: its strategies, and the stage as each of them has it. */
import type { Stage, StageAction, Strategy } from './pipeline.ts';

/** The stage's own way. */
export const PRIMARY = 'primary';

/** As it is when the strategy is tried; so nobody who runs it has to know of strategies. */
export function asStrategy(stage: Stage, { name: _, in_place, ...own }: Strategy): Stage {
  const { timeout_ms: __, retry: ___, when: ____, fallback: _____, vote: ______, ...rest } = stage;
  const outputs = stage.outputs.map((port) => ({ ...port, in_place: in_place.includes(port.name) }));
  return { ...rest, ...own, outputs };
}

/** All that it may run. */
export function actionsOf({ action, fallback }: Pick<Stage, 'action' | 'fallback'>): StageAction[] {
  return fallback ? [action, ...fallback.map((strategy) => strategy.action)] : [action];
}
