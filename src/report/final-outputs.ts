/** Which outputs a build was for: those that none of its stages reads. Pure; looks at the graph only. */
import type { StageGraph } from '../model/graph.ts';
import type { InputItem, OutputItem } from '../model/pipeline.ts';

/** An output with the stage that makes it. */
export interface FinalPath extends OutputItem {
  /** Id. */
  readonly stage: string;
}

/** In the order of the graph's stages, of those that took part. */
export function findFinalOutputs(graph: StageGraph, tookPart: ReadonlySet<string>): FinalPath[] {
  const readers = new Map<number, InputItem[]>();
  for (const [at, stage] of graph.stages.entries()) {
    if (!tookPart.has(stage.id)) continue;
    for (const [flat, item] of stage.inputs.flatMap((port) => port.items).entries()) {
      for (const maker of graph.item_producers[at]?.[flat] ?? []) {
        const known = readers.get(maker);
        if (known) known.push(item);
        else readers.set(maker, [item]);
      }
    }
  }
  return graph.stages.flatMap((stage, at) => {
    if (!tookPart.has(stage.id)) return [];
    const outputs = stage.outputs.flatMap((port) => port.items);
    const unread = outputs.filter((output) => !readers.get(at)?.some((item) => reads(item, output)));
    return unread.map(({ kind, path }) => ({ stage: stage.id, kind, path }));
  });
}

/** The edge is there already; of a stage with several outputs this says which of them it is about. */
function reads({ kind, path }: InputItem, output: OutputItem): boolean {
  if (kind !== 'glob') {
    return path === output.path || output.path.startsWith(`${path}/`) || path.startsWith(`${output.path}/`);
  }
  const base = path.slice(0, path.search(/[*?[{]/));
  const end = path.slice(Math.max(...['*', '?', ']', '}'].map((wildcard) => path.lastIndexOf(wildcard))) + 1);
  if (output.kind === 'folder') return output.path.startsWith(base) || base.startsWith(`${output.path}/`);
  return output.path.startsWith(base) && output.path.endsWith(end);
}
