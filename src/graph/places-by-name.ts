/** Names of stages, for whoever is asked for some. */
import type { StageGraph } from '../model/graph.ts';
import { declaredId } from '../model/instance.ts';

/** Where each stage is, and all the instances of one that has them. */
export function placesByName(graph: StageGraph): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [index, { id }] of graph.stages.entries()) {
    places.set(id, [index]);
    const name = declaredId(id);
    if (name === id) continue;
    const instances = places.get(name);
    if (instances) instances.push(index);
    else places.set(name, [index]);
  }
  return places;
}
