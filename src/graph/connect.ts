/**
 * From stages to their graph: who makes what whom needs. Knows declared paths only, nothing of the disk; globs are
 * matched against the outputs of other stages.
 */

import { cycle, duplicateOutput, outputInOutput } from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Edge, StageGraph } from '../model/graph.ts';
import { neighboursOf } from '../model/graph.ts';
import type { Location } from '../model/location.ts';
import type { InputItem, Pipeline, Stage } from '../model/pipeline.ts';
import { compareText } from '../util/compare.ts';
import { globBase, matchGlob, mayMatchBelow } from '../util/glob.ts';
import { findCycles } from './find-cycle.ts';
import { topologicalOrder } from './topological-order.ts';
import { diagnoseTransactions } from './transaction-cycles.ts';

/** Where something was declared; `pointer` leads from the stage, such as `['inputs', 'data', 1]`. */
export type Locate = (stage: string, pointer: readonly (string | number)[]) => Location;

export interface Connected {
  /** Undefined when there is a cycle. */
  readonly graph: StageGraph | undefined;
  /** The stages as declared, with who makes their inputs; there even when the graph is not. */
  readonly declared: Pick<StageGraph, 'stages' | 'item_producers'>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Errors: `cycle` (one for each knot of stages), `duplicate-output`, `output-in-output`, `transaction-cycle`. */
export function connect(pipeline: Pipeline, locate: Locate): Connected {
  const { stages: declared, ...rest } = pipeline;
  const outputs = new OutputMap(declared);
  const diagnostics = [...outputs.diagnose(locate)];

  const edges: DeclaredEdge[] = [];
  const itemProducers: number[][][] = [];
  const indexOf = new Map(declared.map((stage, index) => [stage.id, index]));
  for (const [to, stage] of declared.entries()) {
    const items: number[][] = [];
    for (const port of stage.inputs) {
      for (const [position, item] of port.items.entries()) {
        const producers = outputs.producersOf(item);
        items.push(producers);
        const pointer = port.list ? ['inputs', port.name, position] : ['inputs', port.name];
        for (const from of producers) edges.push({ from, to, via: item.path, pointer });
      }
    }
    itemProducers.push(items);
    for (const [position, id] of stage.needs.entries()) {
      const from = indexOf.get(id);
      if (from !== undefined) edges.push({ from, to, via: 'needs', pointer: ['needs', position] });
    }
  }

  const knots = findCycles(declared.length, edges, (index) => stageAt(declared, index).id);
  for (const knot of knots) {
    diagnostics.push(
      cycle(
        knot.map((edge) => ({
          from: stageAt(declared, edge.from).id,
          to: stageAt(declared, edge.to).id,
          via: edge.via,
          location: locate(stageAt(declared, edge.to).id, edge.pointer),
        })),
      ),
    );
  }
  // In a knot nothing can be said of what comes first, so nothing of transactions either.
  if (knots.length === 0) diagnostics.push(...diagnoseTransactions(declared, edges, locate));
  return {
    graph: knots.length > 0 ? undefined : arrange(rest, declared, edges, itemProducers),
    declared: { stages: declared, item_producers: itemProducers },
    diagnostics,
  };
}

/** The stages that make an input or part of it, by declared paths; each once, ascending. */
export function producersByPath(stages: readonly Stage[]): (item: InputItem) => number[] {
  const outputs = new OutputMap(stages);
  return (item) => ascending(outputs.producersOf(item));
}

export interface DeclaredEdge extends Edge {
  readonly pointer: readonly (string | number)[];
}

/** Puts the stages into topological order and renumbers everything by it. */
function arrange(
  pipeline: StageGraph['pipeline'],
  declared: readonly Stage[],
  edges: readonly DeclaredEdge[],
  itemProducers: readonly (readonly (readonly number[])[])[],
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
  };
  return { pipeline, ...placed, ...neighboursOf(placed) };
}

function ascending(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function stageAt(stages: readonly Stage[], index: number): Stage {
  return stages[index] as Stage;
}

interface DeclaredOutput {
  readonly path: string;
  readonly stage: number;
  readonly folder: boolean;
  readonly pointer: readonly (string | number)[];
}

/** All declared outputs, for the four ways an input can meet one: the same path, above it, below it, by a glob. */
class OutputMap {
  readonly #stages: readonly Stage[];
  /** The first to declare a path owns it. */
  readonly #byPath = new Map<string, DeclaredOutput>();
  readonly #repeated: DeclaredOutput[] = [];
  readonly #sorted: readonly string[];

  constructor(stages: readonly Stage[]) {
    this.#stages = stages;
    for (const [index, stage] of stages.entries()) {
      for (const port of stage.outputs) {
        for (const [position, item] of port.items.entries()) {
          const pointer = port.list ? ['outputs', port.name, position] : ['outputs', port.name];
          const output = { path: item.path, stage: index, folder: item.kind === 'folder', pointer };
          if (this.#byPath.has(item.path)) this.#repeated.push(output);
          else this.#byPath.set(item.path, output);
        }
      }
    }
    this.#sorted = [...this.#byPath.keys()].sort(compareText);
  }

  producersOf(item: InputItem): number[] {
    if (item.kind === 'glob') {
      const matches = matchGlob(item.path);
      const mayMatch = mayMatchBelow(item.path);
      const base = globBase(item.path);
      const candidates = base === '' ? this.#sorted : [...this.#below(base), ...this.#at(base)];
      const found = candidates
        // A folder may turn out to hold files that match.
        .filter((path) => matches(path) || (this.#byPath.get(path)?.folder === true && mayMatch(path)))
        .map((path) => this.#owner(path));
      return [...found, ...this.#above(base)];
    }
    return [
      ...this.#at(item.path).map((path) => this.#owner(path)),
      ...this.#above(item.path),
      ...this.#below(item.path).map((path) => this.#owner(path)),
    ];
  }

  *diagnose(locate: Locate): Iterable<Diagnostic> {
    const where = (output: DeclaredOutput) => locate(stageAt(this.#stages, output.stage).id, output.pointer);
    const id = (output: DeclaredOutput) => stageAt(this.#stages, output.stage).id;
    for (const output of this.#repeated) {
      const first = this.#byPath.get(output.path) as DeclaredOutput;
      yield duplicateOutput({
        path: output.path,
        stage: id(output),
        location: where(output),
        otherStage: id(first),
        otherLocation: where(first),
      });
    }
    for (const output of this.#byPath.values()) {
      const outer = ancestors(output.path)
        .map((path) => this.#byPath.get(path))
        .find((found) => found !== undefined);
      if (!outer) continue;
      yield outputInOutput({
        path: output.path,
        stage: id(output),
        location: where(output),
        outer: outer.path,
        outerStage: id(outer),
        outerLocation: where(outer),
      });
    }
  }

  #owner(path: string): number {
    return (this.#byPath.get(path) as DeclaredOutput).stage;
  }

  #at(path: string): string[] {
    return this.#byPath.has(path) ? [path] : [];
  }

  /** Folder outputs that contain the path. */
  #above(path: string): number[] {
    return ancestors(path).flatMap((above) => (this.#byPath.get(above)?.folder ? [this.#owner(above)] : []));
  }

  /** Outputs that lie in the path. */
  #below(path: string): string[] {
    const prefix = `${path}/`;
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as string) < prefix) low = middle + 1;
      else high = middle;
    }
    let end = low;
    while (this.#sorted[end]?.startsWith(prefix)) end++;
    return this.#sorted.slice(low, end);
  }
}

/** `a/b/c` -> `a/b`, `a`; nearest first. */
function ancestors(path: string): string[] {
  const found: string[] = [];
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    found.push(path.slice(0, slash));
  }
  return found;
}
