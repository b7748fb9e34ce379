/** Inputs that nobody makes and that are not there. The only question of the graph that needs the disk. */

import { emptyGlob, inputNotFound } from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { StageGraph } from '../model/graph.ts';
import type { Locate } from './output-map.ts';

export interface MissingInput {
  readonly stage: number;
  /** From the stage: `['inputs', 'data']` or `['inputs', 'data', 1]`. */
  readonly pointer: readonly (string | number)[];
  readonly path: string;
}

/** In the order of stages, ports and items. `exists` is asked once for each path. Globs may match nothing. */
export function findMissingInputs(
  graph: Pick<StageGraph, 'stages' | 'item_producers' | 'list_producers'>,
  exists: (path: string) => boolean,
): MissingInput[] {
  const known = new Map<string, boolean>();
  const missing: MissingInput[] = [];
  const isThere = (path: string) => {
    const there = known.get(path) ?? exists(path);
    known.set(path, there);
    return there;
  };
  for (const [index, stage] of graph.stages.entries()) {
    // It is skipped, so it needs nothing.
    if (stage.when === false) continue;
    let flat = 0;
    for (const port of stage.inputs) {
      for (const [position, item] of port.items.entries()) {
        const made = (graph.item_producers[index]?.[flat++]?.length ?? 0) > 0;
        // Which paths items name is known with their list.
        if (made || item.kind === 'glob' || item.template || isThere(item.path)) continue;
        missing.push({
          stage: index,
          path: item.path,
          pointer: port.list ? ['inputs', port.name, position] : ['inputs', port.name],
        });
      }
    }
    for (const [position, { kind, path }] of (stage.foreach?.in.items ?? []).entries()) {
      const made = (graph.list_producers?.[index]?.[position]?.length ?? 0) > 0;
      if (made || kind === 'glob' || isThere(path)) continue;
      missing.push({ stage: index, path, pointer: ['foreach', 'in', position] });
    }
  }
  return missing;
}

/** Globs that match nothing, neither on the disk nor among what stages make. `isEmpty` is asked once for each. */
export function diagnoseEmptyGlobs(
  graph: Pick<StageGraph, 'stages' | 'item_producers' | 'list_producers'>,
  isEmpty: (glob: string) => boolean,
  locate: Locate,
): Diagnostic[] {
  const known = new Map<string, boolean>();
  const found: Diagnostic[] = [];
  const ask = (path: string, id: string, pointer: readonly (string | number)[]) => {
    if (!known.has(path)) known.set(path, isEmpty(path));
    if (known.get(path)) found.push(emptyGlob({ path, location: locate(id, pointer) }));
  };
  for (const [index, { id, inputs, foreach }] of graph.stages.entries()) {
    let flat = 0;
    for (const port of inputs) {
      for (const [position, { kind, path, template }] of port.items.entries()) {
        const made = (graph.item_producers[index]?.[flat++]?.length ?? 0) > 0;
        if (made || kind !== 'glob' || template) continue;
        ask(path, id, port.list ? ['inputs', port.name, position] : ['inputs', port.name]);
      }
    }
    for (const [position, { kind, path }] of (foreach?.in.items ?? []).entries()) {
      const made = (graph.list_producers?.[index]?.[position]?.length ?? 0) > 0;
      if (!made && kind === 'glob') ask(path, id, ['foreach', 'in', position]);
    }
  }
  return found;
}

/** `siblings` lists the names in a folder of the workspace, for the nearest right one. */
export function diagnoseMissingInputs(
  graph: Pick<StageGraph, 'stages'>,
  missing: readonly MissingInput[],
  locate: Locate,
  siblings: (folder: string) => readonly string[],
): Diagnostic[] {
  const made = new Map<string, { stage: string; pointer: readonly (string | number)[] }>();
  for (const stage of graph.stages) {
    for (const port of stage.outputs) {
      for (const [position, item] of port.items.entries()) {
        made.set(item.path, {
          stage: stage.id,
          pointer: port.list ? ['outputs', port.name, position] : ['outputs', port.name],
        });
      }
    }
  }
  return missing.map(({ stage, path, pointer }) => {
    const id = graph.stages[stage]?.id ?? '';
    const slash = path.lastIndexOf('/') + 1;
    const beside = siblings(path.slice(0, slash)).map((name) => path.slice(0, slash) + name);
    const suggestion = nearest(path, [...made.keys(), ...beside]);
    const maker = suggestion === undefined ? undefined : made.get(suggestion);
    return inputNotFound({
      path,
      stage: id,
      location: locate(id, pointer),
      ...(suggestion === undefined
        ? {}
        : {
            suggestion: maker
              ? { path: suggestion, madeBy: maker.stage, location: locate(maker.stage, maker.pointer) }
              : { path: suggestion },
          }),
    });
  });
}
