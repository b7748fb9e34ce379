/** Since when stages wait that were asked in an earlier run: only the index knows. */
import type { StageGraph } from '../model/graph.ts';
import { formatAgo } from '../report/format.ts';
import type { CollectedRun } from '../report/run-collector.ts';
import { readIndex, stageKey } from '../store/index-file.ts';
import { stateLayout } from '../store/layout.ts';
import type { Session } from './session.ts';

/** In words; undefined for a question of this run. The index is read only where a stage waits without having run. */
export function askedAgo(
  { ports, workspace }: Session,
  graph: StageGraph | undefined,
  run: CollectedRun,
): (stage: string) => string | undefined {
  const isOld = (stage: string) => run.stages.get(stage)?.attempts.length === 0;
  if (!graph || ![...run.stages].some(([id, { question }]) => question !== null && isOld(id))) return () => undefined;
  const { questions } = readIndex(ports.fs, stateLayout(workspace.dir).index, ports.bootId);
  return (stage) => {
    const askedAtMs = questions.get(stageKey(graph.pipeline.file, stage))?.open?.asked_at_ms;
    return askedAtMs === undefined || !isOld(stage) ? undefined : formatAgo(askedAtMs, ports.clock.nowMs());
  };
}
