/** A graph as people look at it: all instances of a stage are one node. Pure. */
import type { StageGraph } from '../model/graph.ts';
import { edgesOf } from '../model/graph.ts';
import { declaredId } from '../model/instance.ts';
import type { Stage } from '../model/pipeline.ts';
import type { StageState, StageStates } from '../model/stage-state.ts';

export interface GraphNode {
  /** Of the stage that is declared. */
  readonly id: string;
  /** Places of what is folded into it; of a fan-out its own. */
  readonly members: readonly number[];
  /** How many of its instances are how, the worst first; undefined where nobody asked. */
  readonly states: readonly (readonly [state: StageState, count: number])[] | undefined;
}

export interface GraphEdge {
  /** Places among the nodes. */
  readonly from: number;
  readonly to: number;
  readonly kind: 'path' | 'needs' | 'when';
  /** Paths; empty for the other kinds. */
  readonly paths: readonly string[];
}

export interface NodeGraph {
  readonly nodes: readonly GraphNode[];
  /** Between two nodes there is one of a path each, or one of all paths where instances are folded. */
  readonly edges: readonly GraphEdge[];
}

/** The worst first: what a stage that is several things is shown as. */
const BY_WEIGHT = [
  'failed',
  'suspended',
  'interrupted',
  'blocked',
  'run',
  'may-run',
  'restore',
  'stale',
  'degraded',
  'skipped',
  'fresh',
  'new',
] as const satisfies readonly StageState[];

function leadingState(states: ReadonlySet<StageState> | undefined): StageState | undefined {
  return BY_WEIGHT.find((state) => states?.has(state));
}

/** `isWhole`: instances of a matrix stay apart. */
export function foldGraph(graph: StageGraph, states: StageStates | undefined, isWhole = false): NodeGraph {
  const groups = new Map<string, { readonly place: number; readonly members: number[] }>();
  const nodeOf: number[] = [];
  for (const [at, { id }] of graph.stages.entries()) {
    const name = isWhole ? id : declaredId(id);
    const group = groups.get(name) ?? { place: groups.size, members: [] };
    group.members.push(at);
    groups.set(name, group);
    nodeOf[at] = group.place;
  }
  const counted = states && new StateCounts(states);
  const nodes = [...groups].map(([name, { members }]): GraphNode => {
    const stages = members.map((at) => graph.stages[at] as Stage);
    const id = stages.length === 1 ? (stages[0] as Stage).id : name;
    return { id, members, states: counted?.of(stages) };
  });
  const edges = new Map<string, GraphEdge & { paths: string[] }>();
  for (const { from, to, via } of edgesOf(graph)) {
    const [start, end] = [nodeOf[from] as number, nodeOf[to] as number];
    if (start === end) continue;
    const kind = via === 'needs' || via === 'when' ? via : 'path';
    const isFolded = [start, end].some((node) => (nodes[node]?.members.length ?? 0) > 1);
    const key = JSON.stringify([start, end, kind, isFolded ? '' : via]);
    const edge = edges.get(key);
    if (!edge) edges.set(key, { from: start, to: end, kind, paths: kind === 'path' ? [via] : [] });
    else if (kind === 'path' && !edge.paths.includes(via)) edge.paths.push(via);
  }
  return { nodes, edges: [...edges.values()].sort((a, b) => a.from - b.from || a.to - b.to) };
}

/** Of stages and their instances. */
class StateCounts {
  readonly #ofFanOut = new Map<string, StageState[]>();
  readonly #states: StageStates;

  constructor(states: StageStates) {
    this.#states = states;
    for (const [id, are] of states) {
      const name = declaredId(id);
      const state = leadingState(are);
      if (name === id || state === undefined) continue;
      const known = this.#ofFanOut.get(name);
      if (known) known.push(state);
      else this.#ofFanOut.set(name, [state]);
    }
  }

  of(stages: readonly Stage[]): GraphNode['states'] {
    const counts = new Map<StageState, number>();
    const count = (state: StageState | undefined) => state && counts.set(state, (counts.get(state) ?? 0) + 1);
    for (const { id, foreach } of stages) {
      const instances = foreach ? this.#ofFanOut.get(id) : undefined;
      if (instances) for (const state of instances) count(state);
      if (!instances || this.#states.has(id)) count(leadingState(this.#states.get(id)));
    }
    // A fan-out without items is as it should be.
    if (counts.size === 0) counts.set('fresh', 1);
    return BY_WEIGHT.flatMap((state) => (counts.has(state) ? [[state, counts.get(state) as number] as const] : []));
  }
}
