/** What stages measured when they last succeeded here, whenever that was. Looks, changes nothing. */
import type { WorkspaceState } from '../plan/workspace-state.ts';
import { stageKey } from '../store/index-file.ts';
import type { Json } from '../util/canonical-json.ts';
import type { FrontEnd } from './loaded.ts';
import { openState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';

export type StageMetrics = { readonly [name: string]: Json };

/** By stage id; without those that never succeeded, or whose record is gone. */
export function readStageMetrics(ports: EnginePorts, dir: string, frontEnd: FrontEnd): Map<string, StageMetrics> {
  const { state } = openState(ports, dir, frontEnd, { mode: 'glance', readStore: true, forced: new Set() });
  const found = new Map<string, StageMetrics>();
  for (const { id } of state.graph.stages) {
    const metrics = metricsOf(state, id);
    if (metrics) found.set(id, metrics);
  }
  return found;
}

function metricsOf({ actions, graph, index }: WorkspaceState, id: string): StageMetrics | undefined {
  const last = index.stages.get(stageKey(graph.pipeline.file, id));
  const results = last && actions.read(last.fingerprint)?.results;
  const discovered = JSON.stringify(last?.discovered);
  return (results?.find((one) => JSON.stringify(one.discovered) === discovered) ?? results?.[0])?.metrics;
}
