import { compareText } from '../util/compare.ts';
import type { Pipeline, Stage } from './pipeline.ts';

/**
 * A pipeline with its edges: acyclic, every output made by exactly one stage, none inside another.
 * Plain data; indices are positions in `stages`.
 */
export interface StageGraph {
  readonly pipeline: Omit<Pipeline, 'stages'>;
  /** In topological order; stages that could go either way are ordered by id, so the order is always the same. */
  readonly stages: readonly Stage[];
  /** Per stage, the indices of the stages it waits for; ascending, each once. */
  readonly producers: readonly (readonly number[])[];
  /** Per stage, the indices of the stages that wait for it; ascending, each once. */
  readonly consumers: readonly (readonly number[])[];
  /**
   * Per stage and input item (ports in order, their items in order, flattened), the stages that make it or part of it.
   * Empty: the item comes from outside.
   */
  readonly item_producers: readonly (readonly (readonly number[])[])[];
  /** The same of the lists of fan-outs; only where there are any, and then for every stage. */
  readonly list_producers?: readonly (readonly (readonly number[])[])[];
}

type Made = Pick<StageGraph, 'stages' | 'item_producers' | 'list_producers'>;

export interface Edge {
  readonly from: number;
  readonly to: number;
  /** The path that connects them, `needs` or `when`. */
  readonly via: string;
}

/** Every edge with what makes it one, ordered by `from`, then `to`, then `via`. */
export function edgesOf(graph: Made): Edge[] {
  const indexOf = new Map(graph.stages.map((stage, index) => [stage.id, index]));
  const edges: Edge[] = [];
  for (const [to, stage] of graph.stages.entries()) {
    let flat = 0;
    for (const item of stage.inputs.flatMap((port) => port.items)) {
      for (const from of graph.item_producers[to]?.[flat] ?? []) edges.push({ from, to, via: item.path });
      flat++;
    }
    for (const [at, { path: via }] of (stage.foreach?.in.items ?? []).entries()) {
      for (const from of graph.list_producers?.[to]?.[at] ?? []) edges.push({ from, to, via });
    }
    for (const id of stage.needs) {
      const from = indexOf.get(id);
      if (from !== undefined) edges.push({ from, to, via: 'needs' });
    }
    for (const id of askedBy(stage)) {
      const from = indexOf.get(id);
      if (from !== undefined) edges.push({ from, to, via: 'when' });
    }
  }
  return edges.sort((a, b) => a.from - b.from || a.to - b.to || compareText(a.via, b.via));
}

/** Ids of the stages whose metrics say whether this one, or a strategy of it, goes. */
export function askedBy({ when, fallback }: Pick<Stage, 'when' | 'fallback'>): readonly string[] {
  const own = when ? when.stages : NOBODY;
  if (!fallback) return own;
  return [...new Set([...own, ...fallback.flatMap((strategy) => (strategy.when ? strategy.when.stages : []))])];
}

const NOBODY: readonly string[] = [];

/** Producers and consumers, from what is made by whom: each ascending and once. */
export function neighboursOf(graph: Made): Pick<StageGraph, 'producers' | 'consumers'> {
  const indexOf = new Map<string, number>();
  for (const [index, { id }] of graph.stages.entries()) indexOf.set(id, index);
  const consumers: number[][] = graph.stages.map(() => []);
  const producers = graph.stages.map((stage, to) => {
    const items = graph.item_producers[to] ?? [];
    const all = stage.needs.length === 0 && items.length === 1 ? (items[0] ?? []) : items.flat();
    const waited = stage.when || stage.fallback ? [...stage.needs, ...askedBy(stage)] : stage.needs;
    const needed = waited.map((id) => indexOf.get(id)).filter((index) => index !== undefined);
    const lists = graph.list_producers?.[to]?.flat() ?? [];
    const found = [...new Set([...all, ...needed, ...lists])].sort((a, b) => a - b);
    // In ascending order of `to`, so the lists of consumers are ascending too.
    for (const from of found) consumers[from]?.push(to);
    return found;
  });
  return { producers, consumers };
}
