/**
 * What a build, or its plan, has to know of stages that are not selected and that somebody reads from who is (design-notes,
 * "Selectors"). Runs nothing of them.
 */
import { listNotReadable, producerNotSelected } from '../diagnostics/catalog.ts';
import { digestOfPath } from '../digest/resolve-inputs.ts';
import { isUnreadable } from '../digest/unreadable.ts';
import { withProducers } from '../graph/select.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { declaredId } from '../model/instance.ts';
import type { Stage } from '../model/pipeline.ts';
import { makePlan, type Plan } from '../plan/make-plan.ts';
import { BrokenCondition, Skips } from '../plan/skips.ts';
import type { WorkspaceState } from '../plan/workspace-state.ts';
import { inWorkspace } from '../store/layout.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { FrontEnd, Mistakes } from './loaded.ts';
import type { OpenState } from './open-state.ts';
import { openState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';
import type { Selection } from './selection.ts';

const NAMED_MAX = 5;

type Part = Pick<Selection, 'selected' | 'only'>;

/** Whether a stage, or an instance, is among those selected. */
export function isSelected({ graph, fanOuts }: WorkspaceState, { selected, only }: Part): (at: number) => boolean {
  const among = new Set(selected);
  return (at) => {
    const fanOut = fanOuts?.fanOutOf(at);
    if (!among.has(fanOut ?? at)) return false;
    const { id } = graph.stages[at] as Stage;
    return fanOut === undefined || (only.get(declaredId(id))?.has(id) ?? true);
  };
}

export interface Beside {
  readonly notes: readonly string[];
  /** Why what is planned cannot be done; undefined: nothing speaks against it. */
  mistakes(made: Plan): Mistakes | undefined;
}

/** To be called before the plan is made. */
export async function lookBeside(
  ports: EnginePorts,
  dir: string,
  frontEnd: FrontEnd,
  selection: Selection,
  { state }: OpenState,
): Promise<Beside> {
  const stale = await staleBeside(ports, dir, frontEnd, selection);
  const lists = await expandBeside(state, selection);
  return {
    notes: stale === undefined ? [] : [stale],
    mistakes: (made) => {
      const diagnostics = [...lists, ...notMade(state, selection, made)];
      return diagnostics.length === 0 ? undefined : { diagnostics, texts: new Map() };
    },
  };
}

/** A sentence about those that are read from and not up to date; undefined when all of them are. */
async function staleBeside(
  ports: EnginePorts,
  dir: string,
  frontEnd: FrontEnd,
  selection: Selection,
): Promise<string | undefined> {
  const { state } = openState(ports, dir, frontEnd, { mode: 'look', readStore: true, forced: new Set() });
  const plan = await makePlan(state, withProducers(frontEnd.graph, selection.selected), { isLean: true });
  const isIn = isSelected(state, selection);
  const stale = plan.stages
    .filter(({ index, decision }) => decision !== 'fresh' && !isIn(index))
    .filter(({ index }) => !state.fanOuts?.isFanOut(index) || !selection.selected.includes(index))
    .map(({ index }) => (state.graph.stages[index] as Stage).id);
  if (stale.length === 0) return undefined;
  const more = stale.length - NAMED_MAX;
  const names = stale.slice(0, NAMED_MAX).map(quoteName);
  const all = more > 0 ? [...names, `${more} more`] : names;
  const last = all.pop() as string;
  const who = all.length === 0 ? `${last} is` : `${all.join(', ')} and ${last} are`;
  const what = stale.length === 1 ? 'what it made before is' : 'what they made before is';
  return `${who} not up to date and not selected: ${what} read as it is.`;
}

/** Reads the lists of fan-outs that are not selected, so that who gathers from them has all there is. */
async function expandBeside(state: WorkspaceState, { selected }: Part): Promise<Diagnostic[]> {
  const { fanOuts, graph } = state;
  if (!fanOuts) return [];
  const among = new Set(selected);
  const skips = await Skips.beside(state, selected);
  const mistakes: Diagnostic[] = [];
  for (const at of withProducers(graph, selected)) {
    if (!fanOuts.isFanOut(at) || among.has(at) || skips.has(at)) continue;
    const { id: stage } = graph.stages[at] as Stage;
    try {
      const expanded = await fanOuts.expand(at, digestOfPath(state.digests));
      if (!expanded.ok) mistakes.push(listNotReadable({ stage, reason: expanded.error.message }));
      else for (const one of expanded.value.all) fanOuts.setAbsent(one, await isSkipped(skips, one));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      mistakes.push(listNotReadable({ stage, reason: error.message }));
    }
  }
  return mistakes;
}

async function isSkipped(skips: Skips, at: number): Promise<boolean> {
  try {
    return (await skips.look(at)) !== undefined;
  } catch (error) {
    if (error instanceof BrokenCondition) return false;
    throw error;
  }
}

/** Inputs that are not there, and that nobody who is selected makes. */
function notMade(state: WorkspaceState, selection: Part, { stages }: Plan): Diagnostic[] {
  const { graph, fanOuts, fs, layout } = state;
  const isIn = isSelected(state, selection);
  const found = new Map<string, Diagnostic>();
  const ask = (stage: string, path: string, producers: readonly number[]) => {
    const maker = fanOuts?.makerOf(path);
    const makers = maker === undefined ? producers : [maker];
    if (makers.length === 0 || makers.some(isIn) || found.has(path)) return;
    if (maker !== undefined && fanOuts?.isAbsent(maker)) return;
    if (fs.stat(inWorkspace(layout, path)) !== undefined) return;
    const producer = graph.stages[makers[0] as number]?.id ?? '';
    found.set(path, producerNotSelected({ stage, path, producer }));
  };
  for (const { index, skip } of stages) {
    if (skip) continue;
    const { id, inputs, foreach } = graph.stages[index] as Stage;
    let flat = 0;
    for (const item of inputs.flatMap((port) => port.items)) {
      const producers = graph.item_producers[index]?.[flat++] ?? [];
      if (item.template) continue;
      if (item.kind === 'gather' && item.of)
        for (const path of fanOuts?.gather(item.of) ?? []) ask(id, path, producers);
      else if (item.kind === 'file' || item.kind === 'folder') ask(id, item.path, producers);
    }
    for (const [at, { kind, path }] of (foreach?.in.items ?? []).entries()) {
      if (kind === 'file') ask(id, path, graph.list_producers?.[index]?.[at] ?? []);
    }
  }
  return [...found.values()];
}
