/** What the index remembers of stages: no history is read, however much of it there is. */
import type { StageMemory } from '../model/plan.ts';
import { stageKey } from '../store/index-file.ts';
import type { Planned } from './workspace.ts';

/** Of each planned stage, in their order. */
export function stageMemories({ stages, graph, open }: Extract<Planned, { status: 'planned' }>): StageMemory[] {
  const { index } = open.state;
  return stages.map(({ id }) => {
    const key = stageKey(graph.pipeline.file, id);
    const known = index.stages.get(key);
    const ranAtMs = known?.ran_at_ms || undefined;
    const tookMs = ranAtMs === undefined ? undefined : known?.duration_ms;
    return { ranAtMs, tookMs, askedAtMs: index.questions.get(key)?.open?.asked_at_ms };
  });
}
