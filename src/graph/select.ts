/** Which stages take part: those asked for and all they need. */
import type { StageGraph } from '../model/graph.ts';

/** Indices of the targets and everything upstream, ascending (that is: in topological order). */
export function withProducers(graph: StageGraph, targets: readonly number[]): number[] {
  const wanted = new Set(targets);
  // Producers have lower indices, so one pass from the end meets each stage after all its consumers.
  for (let index = graph.stages.length - 1; index >= 0; index--) {
    if (wanted.has(index)) for (const producer of graph.producers[index] ?? []) wanted.add(producer);
  }
  return [...wanted].sort((a, b) => a - b);
}
