/**
 * From stages to their graph: who makes what whom needs. Knows declared paths only, nothing of the disk; globs are
 * matched against the outputs of other stages.
 */

import { cycle } from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { StageGraph } from '../model/graph.ts';
import { askedBy, neighboursOf } from '../model/graph.ts';
import { declaredId } from '../model/instance.ts';
import type { Pipeline, Stage } from '../model/pipeline.ts';
import type { DeclaredEdge } from './declared-edge.ts';
import { findCycles } from './find-cycle.ts';
import type { Locate } from './output-map.ts';
import { OutputMap } from './output-map.ts';
import { topologicalOrder } from './topological-order.ts';
import { diagnoseTransactions } from './transaction-cycles.ts';

type Made = Pick<StageGraph, 'stages' | 'item_producers' | 'list_producers'>;

export interface Connected {
  /** Undefined when there is a cycle. */
  readonly graph: StageGraph | undefined;
  /** The stages as declared, with who makes their inputs; there even when the graph is not. */
  readonly declared: Made;
  readonly diagnostics: readonly Diagnostic[];
}

/** Errors: `cycle` (one for each knot of stages, or of instances of the same stages), `duplicate-output`, `output-in-output`, `transaction-cycle`. */
export function connect(pipeline: Pipeline, locate: Locate): Connected {
  const { stages: declared, ...rest } = pipeline;
  const outputs = new OutputMap(declared);
  const diagnostics = [...outputs.diagnose(locate)];

  const edges: DeclaredEdge[] = [];
  const itemProducers: number[][][] = [];
  const listProducers: number[][][] = [];
  const indexOf = new Map(declared.map((stage, index) => [stage.id, index]));
  for (const [to, stage] of declared.entries()) {
    const items: number[][] = [];
    for (const port of stage.inputs) {
      for (const [position, item] of port.items.entries()) {
        // That an item's file lies beside those that its stage makes is no circle: who makes it is looked up by path.
        const producers = outputs.producersOf(item).filter((from) => from !== to || !item.template);
        items.push(producers);
        const pointer = port.list ? ['inputs', port.name, position] : ['inputs', port.name];
        for (const from of producers) edges.push({ from, to, via: item.path, pointer });
      }
    }
    itemProducers.push(items);
    listProducers.push(
      (stage.foreach?.in.items ?? []).map((item, position) => {
        const producers = outputs.producersOf(item);
        for (const from of producers) edges.push({ from, to, via: item.path, pointer: ['foreach', 'in', position] });
        return producers;
      }),
    );
    for (const [position, id] of stage.needs.entries()) {
      const from = indexOf.get(id);
      if (from !== undefined) edges.push({ from, to, via: 'needs', pointer: ['needs', position] });
    }
    for (const id of askedBy(stage)) {
      const from = indexOf.get(id);
      if (from !== undefined) edges.push({ from, to, via: 'when', pointer: ['when'] });
    }
  }

  const hasLists = listProducers.some((lists) => lists.length > 0);
  const made = {
    stages: declared,
    item_producers: itemProducers,
    ...(hasLists ? { list_producers: listProducers } : {}),
  };
  const knots = findCycles(declared.length, edges, (index) => stageAt(declared, index).id);
  const told = new Set<string>();
  for (const knot of knots) {
    const circle = knot.map((edge) => ({
      from: stageAt(declared, edge.from).id,
      to: stageAt(declared, edge.to).id,
      via: edge.via,
      location: locate(stageAt(declared, edge.to).id, edge.pointer),
    }));
    // Instances of the same stages wait for each other at the same places.
    const places = JSON.stringify(circle.map(({ to, location }) => [declaredId(to), location]));
    if (!told.has(places)) diagnostics.push(cycle(circle));
    told.add(places);
  }
  // In a knot nothing can be said of what comes first, so nothing of transactions either.
  if (knots.length === 0) diagnostics.push(...diagnoseTransactions(declared, edges, locate));
  return {
    graph: knots.length > 0 ? undefined : arrange(rest, made, edges),
    declared: made,
    diagnostics,
  };
}

/** Puts the stages into topological order and renumbers everything by it. */
function arrange(
  pipeline: StageGraph['pipeline'],
  { stages: declared, item_producers: itemProducers, list_producers: listProducers }: Made,
  edges: readonly DeclaredEdge[],
): StageGraph {
  const order = topologicalOrder(
    declared.map((stage) => stage.id),
    edges,
  );
  const position = new Array<number>(declared.length);
  for (const [at, index] of order.entries()) position[index] = at;
  const at = (index: number) => position[index] as number;

  const placed = {
    stages: order.map((index) => stageAt(declared, index)),
    item_producers: order.map((index) => (itemProducers[index] ?? []).map((items) => ascending(items.map(at)))),
    ...(listProducers && {
      list_producers: order.map((index) => (listProducers[index] ?? []).map((items) => ascending(items.map(at)))),
    }),
  };
  return { pipeline, ...placed, ...neighboursOf(placed) };
}

function ascending(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function stageAt(stages: readonly Stage[], index: number): Stage {
  return stages[index] as Stage;
}
