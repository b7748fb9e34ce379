/**
 * Inputs that lead by symbolic links to what a stage makes. Edges follow from declared paths, so such an input would be
 * read without waiting for its maker. Asks the disk, through `LinkLook`, only about paths.
 */
import { linkedInput } from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { StageGraph } from '../model/graph.ts';
import { neighboursOf } from '../model/graph.ts';
import type { InputItem, Stage } from '../model/pipeline.ts';
import { globBase } from '../util/glob.ts';
import type { Locate } from './output-map.ts';
import { producersByPath } from './output-map.ts';

export interface LinkLook {
  /** Where a path really is or would be, from the workspace where it lies in it; the path itself without links. */
  readonly realPath: (path: string) => string;
  /** Links in a folder that lead out of it, relative to it; none when there is no such folder. */
  readonly linksOut: (folder: string) => readonly string[];
}

export interface LinkedInput {
  readonly stage: number;
  /** From the stage: `['inputs', 'data']` or `['inputs', 'data', 1]`. */
  readonly pointer: readonly (string | number)[];
  /** As declared, or the link in a declared folder. */
  readonly path: string;
  /** Where it leads. */
  readonly target: string;
  readonly maker: number;
}

/** In the order of stages, ports and items. What a stage waits for anyway is no mistake. */
export function findLinkedInputs(
  graph: Pick<StageGraph, 'stages' | 'item_producers'>,
  look: LinkLook,
  selected: Iterable<number> = graph.stages.keys(),
): LinkedInput[] {
  const makersOf = lazily(() => producersByPath(graph.stages));
  const producers = lazily(() => neighboursOf(graph).producers);
  const found: LinkedInput[] = [];
  for (const stage of selected) {
    let flat = 0;
    for (const { item, pointer } of inputItems(graph.stages[stage])) {
      const waits = (graph.item_producers[stage]?.[flat++]?.length ?? 0) > 0;
      if ((waits && item.kind === 'file') || item.kind === 'gather' || item.template) continue;
      for (const { path, target } of leadsElsewhere(item, look)) {
        const makers = makersOf()(target);
        if (makers.length === 0) continue;
        const upstream = stagesUpstream(producers(), stage);
        const maker = makers.find((one) => !upstream.has(one));
        if (maker !== undefined) found.push({ stage, pointer, path, target: target.path, maker });
      }
    }
  }
  return found;
}

export function diagnoseLinkedInputs(
  graph: Pick<StageGraph, 'stages'>,
  linked: readonly LinkedInput[],
  locate: Locate,
): Diagnostic[] {
  return linked.map(({ stage, pointer, path, target, maker }) => {
    const id = graph.stages[stage]?.id ?? '';
    const makerId = graph.stages[maker]?.id ?? '';
    return linkedInput({
      path,
      target,
      stage: id,
      location: locate(id, pointer),
      maker: makerId,
      makerLocation: locate(makerId, ['outputs']),
    });
  });
}

function* inputItems(
  stage: Stage | undefined,
): Iterable<{ readonly item: InputItem; readonly pointer: readonly (string | number)[] }> {
  for (const port of stage?.inputs ?? []) {
    for (const [position, item] of port.items.entries()) {
      yield { item, pointer: port.list ? ['inputs', port.name, position] : ['inputs', port.name] };
    }
  }
}

/** The item where it really is, when that is elsewhere, and the ends of links in it. */
function* leadsElsewhere(
  item: InputItem,
  { realPath, linksOut }: LinkLook,
): Iterable<{ readonly path: string; readonly target: InputItem }> {
  if (item.kind === 'glob') {
    const base = globBase(item.path);
    const real = base === '' ? '' : realPath(base);
    const rest = item.path.slice(base === '' ? 0 : base.length + 1);
    if (real !== base)
      yield { path: item.path, target: { kind: 'glob', path: real === '' ? rest : `${real}/${rest}` } };
    return;
  }
  const real = realPath(item.path);
  if (real !== item.path) yield { path: item.path, target: { kind: item.kind, path: real } };
  if (item.kind !== 'folder') return;
  for (const link of linksOut(item.path)) {
    const path = `${item.path}/${link}`;
    yield { path, target: { kind: 'folder', path: realPath(path) } };
  }
}

function stagesUpstream(producers: StageGraph['producers'], stage: number): ReadonlySet<number> {
  const upstream = new Set<number>();
  const pending = [stage];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const producer of producers[at] ?? []) {
      if (upstream.has(producer)) continue;
      upstream.add(producer);
      pending.push(producer);
    }
  }
  return upstream;
}

function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
