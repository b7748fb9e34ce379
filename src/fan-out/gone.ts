/** What instances made whose items are not in the list any more. Looks, changes nothing. */
import type { StageGraph } from '../model/graph.ts';
import { declaredId } from '../model/instance.ts';
import type { Stage } from '../model/pipeline.ts';
import { matchStars } from '../util/star-pattern.ts';
import type { Expansion } from './expansion.ts';

/** What lies at an output path, as far as this needs to know. */
interface Recorded {
  readonly index: {
    readonly outputs: ReadonlyMap<string, { readonly stage: string; readonly pipeline: string }>;
  };
  readonly graph: Pick<StageGraph, 'stages' | 'pipeline'>;
}

export interface GoneOutput {
  readonly path: string;
  /** Id of the instance that made it. */
  readonly stage: string;
}

/**
 * Recorded files of the fan-out that its output templates could name and that no current instance makes. Of a build of some
 * instances only: none. What other templates made stays, and is an orphan.
 */
export function goneOutputs({ index, graph }: Recorded, at: number, expansion: Expansion): GoneOutput[] {
  if (expansion.isPartial) return [];
  const fanOut = graph.stages[at] as Stage;
  const patterns = fanOut.outputs.flatMap((port) => port.items.map(({ path }) => matchStars(path)));
  const current = new Set<string>();
  for (const instance of expansion.instances) {
    for (const port of graph.stages[instance]?.outputs ?? []) for (const { path } of port.items) current.add(path);
  }
  const gone: GoneOutput[] = [];
  for (const [path, { stage, pipeline }] of index.outputs) {
    if (pipeline !== graph.pipeline.file || stage === fanOut.id || declaredId(stage) !== fanOut.id) continue;
    if (!current.has(path) && patterns.some((matches) => matches(path))) gone.push({ path, stage });
  }
  return gone;
}
