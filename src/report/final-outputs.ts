/** Which outputs are the result: those that no stage reads. Pure; looks at the graph only. */
import type { StageGraph } from '../model/graph.ts';
import type { InputItem, OutputItem } from '../model/pipeline.ts';

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
    const outputs = graph.stages[at]?.outputs.flatMap((port) => port.items) ?? [];
    const unread = outputs.filter((output) => !readers.get(at)?.some((item) => reads(item, output)));
    return unread.map(({ path }) => path);
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
