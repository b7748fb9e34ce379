/** Which stages take part in a command, where more than names says so (design-notes, "Selectors"). */
import { reach, StageSelector } from '../graph/select-stages.ts';
import type { InstanceChoice, StageSet } from '../graph/stage-set.ts';
import { difference, union, wholes } from '../graph/stage-set.ts';
import type { StageGraph } from '../model/graph.ts';
import type { StageStates } from '../model/stage-state.ts';
import type { Chosen, SelectionRequest } from './selection.ts';

export interface ChooseOptions {
  readonly states: () => Promise<StageStates>;
  /** What targets need is not added. */
  readonly isExact: boolean;
}

/** Errors: those of `StageSelector`, all of them at once. */
export async function chooseBySelectors(
  graph: StageGraph,
  { targets, select = [], exclude = [], force, forcedBefore }: SelectionRequest,
  { states, isExact }: ChooseOptions,
): Promise<Chosen> {
  const selector = new StageSelector(graph, states);
  const goals = await selector.select(targets);
  const set = await selector.select(select);
  const but = await selector.select(exclude);
  const forcing = await selector.select(typeof force === 'boolean' ? [] : force);
  const all = [goals, set, but, forcing];
  const diagnostics = all.flatMap(({ mistakes }) => mistakes);
  if (diagnostics.length > 0) return { ok: false, mistakes: { diagnostics, texts: new Map() } };

  const isAll = targets.length === 0 && select.length === 0;
  const asked = difference(isAll ? wholes(graph.stages.keys()) : union(goals.stages, set.stages), but.stages);
  const needed = isExact ? [] : reach(graph.producers, goals.stages.keys(), Number.POSITIVE_INFINITY);
  const taken = union(asked, difference(wholes(needed), but.stages));
  const forced = force === true ? asked : forcing.stages;
  const before = new Set(forcedBefore);
  const idOf = (at: number) => graph.stages[at]?.id ?? '';
  const notes = all.flatMap((one) => one.notes);
  if (taken.size === 0) notes.push('No stage is selected, so there is nothing to do.');
  return {
    ok: true,
    selected: [...taken.keys()].sort((a, b) => a - b),
    forced: new Set(wholeOf(forced).filter((at) => !before.has(idOf(at)))),
    named: new Set(asked.keys()),
    forcedOnly: partsOf(forced, idOf),
    forcedBefore: before,
    only: partsOf(taken, idOf),
    isOpen: [...taken.keys()].some((at) => waitsOutside(graph, taken, at)),
    notes: [...new Set(notes)],
  };
}

function waitsOutside({ producers }: StageGraph, taken: StageSet, at: number): boolean {
  return (producers[at] ?? []).some((producer) => taken.get(producer) !== 'whole');
}

function wholeOf(set: StageSet): number[] {
  return [...set].flatMap(([at, part]) => (part === 'whole' ? [at] : []));
}

function partsOf(set: StageSet, idOf: (at: number) => string): ReadonlyMap<string, InstanceChoice> {
  return new Map([...set].flatMap(([at, part]) => (part === 'whole' ? [] : [[idOf(at), part] as const])));
}
