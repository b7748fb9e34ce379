/** Which stages take part in a command, and whether what they need from outside is there. */
import { unknownStage } from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import { findLinkedInputs } from '../graph/linked-inputs.ts';
import { findMissingInputs } from '../graph/missing-inputs.ts';
import { withProducers } from '../graph/select.ts';
import type { StageGraph } from '../model/graph.ts';
import { declaredId, isInstanceId } from '../model/instance.ts';
import type { Plan } from '../plan/make-plan.ts';
import { createLinkLook } from './input-links.ts';
import type { LoadRequest, Mistakes } from './loaded.ts';
import type { OpenState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';

export interface SelectionRequest {
  /** Ids, or names of stages for all their instances; empty: all. */
  readonly targets: readonly string[];
  /** Run although fresh: all selected stages, or those named; ids may be cut at their commas. */
  readonly force: boolean | readonly string[];
  /** Ids of stages that are not forced all the same: the run that this one goes on with has done them. */
  readonly forcedBefore?: readonly string[];
}

export interface Selection {
  /** Declared stages, ascending. */
  readonly selected: readonly number[];
  readonly forced: ReadonlySet<number>;
  /** What was asked for itself; all when nothing was. */
  readonly named: ReadonlySet<number>;
  /** Instances of fan-outs that are forced, by id. */
  readonly forcedIds: ReadonlySet<string>;
  /** Ids of those that are not forced although their fan-out is. */
  readonly forcedBefore: ReadonlySet<string>;
  /** Fan-outs of which only some instances are asked for, with their ids. */
  readonly only: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Errors: `unknown-stage`. */
export function select(
  graph: StageGraph,
  request: SelectionRequest,
): ({ readonly ok: true } & Selection) | { readonly ok: false; readonly mistakes: Mistakes } {
  const { targets } = request;
  const placesOf = placesByName(graph);
  const force = typeof request.force === 'boolean' ? request.force : joinIds(request.force, placesOf);
  const named = [...targets, ...(typeof force === 'boolean' ? [] : force)];
  const unknown = named.filter((name) => placesNamed(graph, placesOf, name).length === 0);
  if (unknown.length > 0) {
    const diagnostics = unknown.map((name) => unknownStage({ name, suggestion: nearest(name, placesOf.keys()) }));
    return { ok: false, mistakes: { diagnostics, texts: new Map() } };
  }
  const all = (names: readonly string[]) => names.flatMap((name) => placesNamed(graph, placesOf, name));
  const isWhole = targets.length === 0;
  const asked = isWhole ? [...graph.stages.keys()] : all(targets);
  const selected = isWhole ? asked : withProducers(graph, asked);
  const wanted = force === true ? targets : force === false ? [] : force;
  const forced = force === true && isWhole ? asked : all(wanted.filter((name) => placesOf.has(name)));
  const before = new Set(request.forcedBefore);
  const still = forced.filter((index) => !before.has(graph.stages[index]?.id ?? ''));
  return {
    ok: true,
    selected,
    forced: new Set(still),
    named: new Set(asked),
    forcedIds: new Set(wanted.filter((name) => !placesOf.has(name) && !before.has(name))),
    forcedBefore: before,
    only: onlySome(graph, placesOf, targets),
  };
}

type Places = ReadonlyMap<string, readonly number[]>;

/** Of an instance of a fan-out, the fan-out: which instances there are is known once the list is read. */
function placesNamed(graph: StageGraph, placesOf: Places, name: string): readonly number[] {
  const known = placesOf.get(name);
  if (known || !isInstanceId(name)) return known ?? [];
  return (placesOf.get(declaredId(name)) ?? []).filter((at) => graph.stages[at]?.foreach !== undefined);
}

/** A fan-out that something else reads is needed whole, whatever of it was named. */
function onlySome(
  graph: StageGraph,
  placesOf: Places,
  targets: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const only = new Map<string, Set<string>>();
  const instances = targets.filter((name) => !placesOf.has(name));
  if (instances.length === 0) return only;
  const whole = targets.flatMap((name) => placesOf.get(name) ?? []);
  const through = new Set(withProducers(graph, whole));
  for (const name of instances) {
    const [at = 0] = placesNamed(graph, placesOf, name);
    for (const producer of withProducers(graph, [at])) if (producer !== at) through.add(producer);
  }
  for (const name of instances) {
    const [at = 0] = placesNamed(graph, placesOf, name);
    if (through.has(at)) continue;
    const stage = declaredId(name);
    only.set(stage, (only.get(stage) ?? new Set()).add(name));
  }
  return only;
}

/** More commas than an id has. */
const PARTS_MAX = 120;

/** A list of names was cut at its commas, and ids of instances have some: what makes an id together belongs together. */
function joinIds(names: readonly string[], known: ReadonlyMap<string, unknown>): string[] {
  const joined: string[] = [];
  for (let from = 0; from < names.length; ) {
    let to = from + 1;
    const most = names[from]?.includes('@') ? Math.min(names.length, from + PARTS_MAX) : to;
    for (let end = to + 1; end <= most; end++) {
      if (known.has(names.slice(from, end).join(','))) to = end;
    }
    joined.push(names.slice(from, to).join(','));
    from = to;
  }
  return joined;
}

/** Where each stage is, and all the instances of one that has them. */
function placesByName(graph: StageGraph): Places {
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

/**
 * Nothing starts when a source that a selected stage needs is not there, or leads by a link to what it does not wait
 * for; the message comes from the files.
 */
export async function inputMistakes(
  ports: EnginePorts,
  dir: string,
  request: LoadRequest,
  open: OpenState,
  made: Plan,
): Promise<Mistakes | undefined> {
  const { graph, fs, digests } = open.state;
  // What an instance lacks is its own failure: there is no place in a file that is wrong.
  const isDeclared = (index: number) => graph.stages[index]?.item === undefined;
  const toDo = made.stages
    .filter(({ index, decision, skip }) => decision !== 'fresh' && !skip && isDeclared(index))
    .map(({ index }) => index);
  if (toDo.length === 0) return undefined;
  const some = {
    stages: toDo.map((index) => graph.stages[index] as StageGraph['stages'][number]),
    item_producers: toDo.map((index) => graph.item_producers[index] ?? []),
    list_producers: toDo.map((index) => graph.list_producers?.[index] ?? []),
  };
  const exists = (path: string) => fs.stat(path.startsWith('/') ? path : `${dir}/${path}`) !== undefined;
  const look = createLinkLook(fs, dir, (folder) => digests.linksOutOf(folder));
  const selected = made.stages.map(({ index }) => index).filter(isDeclared);
  const sound = findMissingInputs(some, exists).length === 0 && findLinkedInputs(graph, look, selected).length === 0;
  if (sound) return undefined;
  const { loadSources } = await import('./load-sources.ts');
  const again = await loadSources(ports, dir, request, 'always');
  return again.ok ? undefined : again.mistakes;
}
