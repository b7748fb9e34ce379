/** Which stages take part in a command, and whether what they need from outside is there. */
import { unknownStage } from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import { findLinkedInputs } from '../graph/linked-inputs.ts';
import { findMissingInputs } from '../graph/missing-inputs.ts';
import { placesByName } from '../graph/places-by-name.ts';
import { withProducers } from '../graph/select.ts';
import type { InstanceChoice } from '../graph/stage-set.ts';
import type { StageGraph } from '../model/graph.ts';
import { declaredId, isInstanceId } from '../model/instance.ts';
import type { StageStates } from '../model/stage-state.ts';
import type { Plan } from '../plan/make-plan.ts';
import { createLinkLook } from './input-links.ts';
import type { LoadRequest, Mistakes } from './loaded.ts';
import type { OpenState } from './open-state.ts';
import { isPlainName } from './plain-name.ts';
import type { EnginePorts } from './ports.ts';

export interface SelectionRequest {
  /** What is to be brought about, with all it needs: ids, names of stages for all their instances, selectors. Empty: all. */
  readonly targets: readonly string[];
  /** Selectors of what takes part itself, without what it needs. Where there are some, no targets are none. */
  readonly select?: readonly string[];
  /** Selectors of what has no part in it. */
  readonly exclude?: readonly string[];
  /** Run although fresh: all that was asked for, or those selected. */
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
  /** By fan-out, the instances that are forced. */
  readonly forcedOnly: ReadonlyMap<string, InstanceChoice>;
  /** Ids of those that are not forced although their fan-out is. */
  readonly forcedBefore: ReadonlySet<string>;
  /** Fan-outs of which only some instances are asked for. */
  readonly only: ReadonlyMap<string, InstanceChoice>;
  /** Somebody who is selected waits for somebody who is not. */
  readonly isOpen: boolean;
  /** What is to be told of the selectors: whole sentences. */
  readonly notes: readonly string[];
}

export type Chosen = ({ readonly ok: true } & Selection) | { readonly ok: false; readonly mistakes: Mistakes };

/** `states` is asked only where a selector speaks of how stages are. Errors: those of `StageSelector`. */
export async function choose(
  graph: StageGraph,
  request: SelectionRequest,
  states: () => Promise<StageStates>,
): Promise<Chosen> {
  if (isPlain(request)) return chooseByName(graph, request);
  const { chooseBySelectors } = await import('./choose-by-selectors.ts');
  return chooseBySelectors(graph, request, { states, isExact: false });
}

/** Nothing but names: most of the time, and nothing else need be loaded. */
function isPlain({ targets, select = [], exclude = [], force }: SelectionRequest): boolean {
  if (select.length > 0 || exclude.length > 0) return false;
  return [...targets, ...(typeof force === 'boolean' ? [] : force)].every(isPlainName);
}

function chooseByName(graph: StageGraph, request: SelectionRequest): Chosen {
  const { targets, force } = request;
  const placesOf = placesByName(graph);
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
    forcedOnly: byFanOut(wanted.filter((name) => !placesOf.has(name))),
    forcedBefore: before,
    only: onlySome(graph, placesOf, targets),
    isOpen: false,
    notes: [],
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
): ReadonlyMap<string, InstanceChoice> {
  const instances = targets.filter((name) => !placesOf.has(name));
  if (instances.length === 0) return new Map();
  const whole = targets.flatMap((name) => placesOf.get(name) ?? []);
  const through = new Set(withProducers(graph, whole));
  for (const name of instances) {
    const [at = 0] = placesNamed(graph, placesOf, name);
    for (const producer of withProducers(graph, [at])) if (producer !== at) through.add(producer);
  }
  return byFanOut(instances.filter((name) => !through.has(placesNamed(graph, placesOf, name)[0] ?? -1)));
}

function byFanOut(ids: readonly string[]): ReadonlyMap<string, InstanceChoice> {
  const found = new Map<string, Set<string>>();
  for (const id of ids) {
    const stage = declaredId(id);
    found.set(stage, (found.get(stage) ?? new Set()).add(id));
  }
  return new Map([...found].map(([stage, some]) => [stage, { has: (id) => some.has(id), named: [...some] }]));
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
