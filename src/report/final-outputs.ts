/** Which outputs are the result: those that no stage reads. Pure; looks at the graph only. */
import type { StageGraph } from '../model/graph.ts';
import type { InputItem } from '../model/pipeline.ts';

/** Paths from the workspace, in the order of the pipeline's stages; a folder without its slash. */
export function finalOutputPaths(graph: StageGraph, selected?: readonly number[]): string[] {
  const readers = new Map<number, InputItem[]>();
  for (const [at, stage] of graph.stages.entries()) {
    for (const [flat, item] of stage.inputs.flatMap((port) => port.items).entries()) {
      for (const maker of graph.item_producers[at]?.[flat] ?? []) {
        const known = readers.get(maker);
        if (known) known.push(item);
        else readers.set(maker, [item]);
      }
    }
  }
  const stages = selected ?? graph.stages.map((_, at) => at);
  return stages.flatMap((at) => {
    const paths = graph.stages[at]?.outputs.flatMap((port) => port.items.map((item) => item.path)) ?? [];
    return paths.filter((path) => !readers.get(at)?.some((item) => reads(item, path)));
  });
}

/** The edge is there already; of a stage with several outputs this says which of them it is about. */
function reads({ kind, path }: InputItem, output: string): boolean {
  if (kind !== 'glob') return path === output || output.startsWith(`${path}/`) || path.startsWith(`${output}/`);
  const first = path.search(/[*?[{]/);
  const last = Math.max(...['*', '?', ']', '}'].map((wildcard) => path.lastIndexOf(wildcard)));
  const base = path.slice(0, first);
  return (output.startsWith(base) && output.endsWith(path.slice(last + 1))) || base.startsWith(`${output}/`);
}
