/** The graph of a pipeline for whoever waits at a prompt: soon or not at all. Looks, changes nothing. */
import type { StageGraph } from '../model/graph.ts';
import { keptFrontEnd } from './front-end.ts';
import type { LoadRequest } from './loaded.ts';
import type { EnginePorts } from './ports.ts';

/** From here on reading a pipeline anew takes longer than a person waits: some five hundred stages. */
const BYTES_MAX = 64 * 1024;

/** Undefined when the pipeline has mistakes, or no build has kept it and reading it would take long. */
export async function glanceAtGraph(
  ports: EnginePorts,
  workspace: string,
  request: LoadRequest,
): Promise<StageGraph | undefined> {
  const kept = keptFrontEnd(ports, workspace, request);
  if (kept) return kept.frontEnd.graph;
  const { loadSources, sizeOfPipeline } = await import('./load-sources.ts');
  if (sizeOfPipeline(ports, workspace, request) > BYTES_MAX) return undefined;
  const loaded = await loadSources(ports, workspace, request);
  return loaded.ok ? loaded.frontEnd.graph : undefined;
}
