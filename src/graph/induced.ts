/** A part of a graph that is a graph itself. */
import type { StageGraph } from '../model/graph.ts';

/** Just these stages, ascending, and what connects them. */
export function inducedGraph(graph: StageGraph, selected: readonly number[]): StageGraph {
  if (selected.length === graph.stages.length) return graph;
  const placeOf = new Map(selected.map((at, place) => [at, place]));
  const among = (places: readonly number[] = []) =>
    places.map((at) => placeOf.get(at)).filter((place) => place !== undefined);
  const pick = <Of>(list: readonly Of[]): Of[] => selected.map((at) => list[at] as Of);
  return {
    pipeline: graph.pipeline,
    stages: pick(graph.stages),
    producers: pick(graph.producers).map(among),
    consumers: pick(graph.consumers).map(among),
    item_producers: pick(graph.item_producers).map((items) => items.map(among)),
    ...(graph.list_producers && { list_producers: pick(graph.list_producers).map((items) => items.map(among)) }),
  };
}
