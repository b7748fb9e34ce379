/** The one place that knows graphology. */
import { DirectedGraph } from 'graphology';
import { topologicalGenerations } from 'graphology-dag';
import { compareText } from '../util/compare.ts';

/**
 * Positions of `ids` in topological order: generation by generation, by id within one, so the order does not depend on
 * the order of declaration. The edges must have no cycle.
 */
export function topologicalOrder(
  ids: readonly string[],
  edges: Iterable<{ readonly from: number; readonly to: number }>,
): number[] {
  const graph = new DirectedGraph();
  for (let index = 0; index < ids.length; index++) graph.addNode(index);
  for (const { from, to } of edges) graph.mergeDirectedEdge(from, to);
  const byId = (a: number, b: number) => compareText(ids[a] as string, ids[b] as string);
  return topologicalGenerations(graph).flatMap((generation) => generation.map(Number).sort(byId));
}
