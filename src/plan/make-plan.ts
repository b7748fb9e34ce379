/**
 * What would happen, without doing any of it. Where a producer has yet to run its outputs are unknown, so its consumers
 * `may-run`: only if the bytes they read change.
 */
import { NeedsReading } from '../digest/file-digests.ts';
import type { DigestOf } from '../digest/resolve-inputs.ts';
import { digestOfPath } from '../digest/resolve-inputs.ts';
import { isUnreadable } from '../digest/unreadable.ts';
import type { Digest } from '../model/digest.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Decision, PlannedStage } from '../model/plan.ts';
import { stageKey } from '../store/index-file.ts';
import type { Decided } from './decide.ts';
import { decide } from './decide.ts';
import { explain, explainPending, explainUnreadable } from './explain.ts';
import type { Skip } from './skips.ts';
import { BrokenCondition, brokenCause, leftCauses, leftOf, Skips } from './skips.ts';
import { unansweredQuestion } from './waiting.ts';
import type { WorkspaceState } from './workspace-state.ts';

export interface Plan {
  /** For each selected stage, in topological order. */
  readonly stages: readonly PlannedAction[];
}

export interface PlannedAction {
  readonly index: number;
  readonly decision: Decision;
  /** Undefined where producers have yet to run. */
  readonly decided: Decided | undefined;
  /** Indices of the producers that make it wait. */
  readonly pendingOn: readonly number[];
  /** Why its inputs cannot be looked at, or what is wrong with its `when`. */
  readonly unreadable: Error | undefined;
  /** It is skipped; undefined also where that is not known yet. To be run means that its outputs are to be removed. */
  readonly skip?: Skip;
  /** Whether it is skipped is not known yet. */
  readonly mayBeSkipped?: true;
  /**
   * Nothing to do and nothing to check, and so for all it reads from: what is fresh only once a producer has been
   * restored is looked at again, since its producer may turn out to have to run.
   */
  readonly settled: boolean;
}

/** `selected` ascending. Each path is looked at once. */
export async function makePlan(state: WorkspaceState, selected: readonly number[]): Promise<Plan> {
  const seen = new Map<string, Digest | undefined>();
  const digestOf = lookOnce(state, seen);
  const pending = new Set<number>();
  const unsettled = new Set<number>();
  const open = new Set<number>();
  const skips = await Skips.beside(state, selected);
  const stages: PlannedAction[] = [];
  const add = (action: Omit<PlannedAction, 'settled'>, settled = false) => {
    stages.push({ ...action, settled });
    if (!settled) unsettled.add(action.index);
  };
  for (const index of selected) {
    const asked = skips.asks(index).filter((producer) => pending.has(producer));
    const found = asked.length === 0 || skips.isCertain(index) ? await lookForSkip(skips, index) : undefined;
    if (found instanceof BrokenCondition) {
      pending.add(index);
      add({ index, decision: 'run', decided: undefined, pendingOn: [], unreadable: found });
      continue;
    }
    if (found) {
      const skipped = { index, decided: undefined, pendingOn: [], unreadable: undefined, skip: found };
      const isLeft = leftOf(state, index).length > 0;
      const { on, of } = found.rests;
      const rests = on === 'all' ? of.every((from) => !unsettled.has(from)) : of.some((from) => !unsettled.has(from));
      add({ ...skipped, decision: isLeft ? 'run' : 'fresh' }, !isLeft && rests);
      continue;
    }
    const producers = dataProducers(state, index);
    const pendingOn = [...new Set([...producers.filter((producer) => pending.has(producer)), ...asked])];
    const waiting = { index, pendingOn, decided: undefined, unreadable: undefined };
    const mayBeSkipped =
      asked.length > 0 || (open.size > 0 && (state.graph.producers[index] ?? []).some((from) => open.has(from)));
    if (mayBeSkipped) open.add(index);
    if (pendingOn.length > 0) {
      pending.add(index);
      const always = state.forced.has(index) || (state.graph.stages[index] as Stage).always;
      const decision = always && !mayBeSkipped ? 'run' : 'may-run';
      add({ ...waiting, decision, ...(mayBeSkipped && { mayBeSkipped }) });
      continue;
    }
    try {
      const decided = await decide(state, index, digestOf);
      if (decided.decision === 'run') pending.add(index);
      if (decided.decision === 'restore' && !simulate(state, index, decided, seen)) pending.add(index);
      if (decided.result) skips.noteMetrics((state.graph.stages[index] as Stage).id, decided.result.metrics);
      const settled = decided.decision === 'fresh' && !decided.contractChanged;
      add(
        { ...waiting, decision: decided.decision, decided },
        settled && !(state.graph.producers[index] ?? []).some((producer) => unsettled.has(producer)),
      );
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      pending.add(index);
      add({ ...waiting, decision: 'run', unreadable: error });
    }
  }
  return { stages };
}

async function lookForSkip(skips: Skips, index: number): Promise<Skip | BrokenCondition | undefined> {
  try {
    return await skips.look(index);
  } catch (error) {
    if (!(error instanceof BrokenCondition)) throw error;
    return error;
  }
}

/**
 * The plan when there is nothing to do, nothing to check and nothing to learn; undefined as soon as there is something,
 * a file that would have to be read included. Needs no lock: what is true now is true whoever else is building.
 */
export async function planIfIdle(
  state: WorkspaceState,
  selected: readonly number[],
  digestOf: DigestOf = lookOnce(state, new Map()),
): Promise<Plan | undefined> {
  const stages: PlannedAction[] = [];
  try {
    const skips = await Skips.beside(state, selected);
    for (const index of selected) {
      const skip = await skips.look(index);
      if (skip) {
        if (leftOf(state, index).length > 0) return undefined;
        const nothing = { decided: undefined, pendingOn: [], unreadable: undefined };
        stages.push({ index, decision: 'fresh', ...nothing, skip, settled: true });
        continue;
      }
      const decided = await decide(state, index, digestOf);
      if (decided.decision !== 'fresh' || decided.contractChanged || decided.result) return undefined;
      stages.push({ index, decision: 'fresh', decided, pendingOn: [], unreadable: undefined, settled: true });
    }
  } catch (error) {
    if (error instanceof NeedsReading || error instanceof BrokenCondition || isUnreadable(error)) return undefined;
    throw error;
  }
  return { stages };
}

/** Each path is looked at once, however many stages read it. */
function lookOnce(state: WorkspaceState, seen: Map<string, Digest | undefined>): DigestOf {
  const look = digestOfPath(state.digests);
  return (path) => {
    if (seen.has(path)) return seen.get(path);
    const digest = look(path);
    if (!(digest instanceof Promise)) {
      seen.set(path, digest);
      return digest;
    }
    return digest.then((known) => {
      seen.set(path, known);
      return known;
    });
  };
}

/** The plan with all causes, for `plan`, `status` and `why`. Opens the records of what is not fresh. */
export async function explainPlan(state: WorkspaceState, plan: Plan): Promise<PlannedStage[]> {
  const stages: PlannedStage[] = [];
  for (const planned of plan.stages) stages.push(await explainOne(state, planned));
  return stages;
}

async function explainOne(
  state: WorkspaceState,
  { index, decision, decided, pendingOn, unreadable, skip, mayBeSkipped }: PlannedAction,
): Promise<PlannedStage> {
  const { id, when } = state.graph.stages[index] as Stage;
  if (skip) return { id, decision, causes: leftCauses(state, leftOf(state, index)), skip: skip.reason };
  if (unreadable instanceof BrokenCondition) return { id, decision, causes: [brokenCause(unreadable)] };
  if (unreadable) return { id, decision, causes: explainUnreadable(unreadable) };
  if (decided) {
    const { waiting } = decided;
    const question = decision === 'run' ? (waiting ?? openQuestion(state, id, decided)) : undefined;
    return { id, decision, causes: explain(state, index, decided), waiting, question };
  }
  const causes = await explainPending(state, index, pendingOn);
  const asks = when ? when.stages.filter((stage) => pendingOn.some((at) => state.graph.stages[at]?.id === stage)) : [];
  if (asks.length > 0) return { id, decision, causes, asks };
  const certain = !mayBeSkipped && causes.some((cause) => cause.change !== 'upstream');
  return { id, decision: certain ? 'run' : decision, causes };
}

function openQuestion({ graph, index }: WorkspaceState, id: string, { base, answers }: Decided) {
  return unansweredQuestion(id, index.questions.get(stageKey(graph.pipeline.file, id)), base, answers);
}

/** Producers whose outputs the stage reads; `needs` is order only. */
function dataProducers(state: WorkspaceState, index: number): number[] {
  return [...new Set((state.graph.item_producers[index] ?? []).flat())].sort((a, b) => a - b);
}

/**
 * Consumers of a restored stage see its outputs as they will be. True when that is possible: every consumer reads the
 * very paths; a folder around them, or a glob, would have to be on the disk to be listed.
 */
function simulate(
  state: WorkspaceState,
  index: number,
  decided: Decided,
  seen: Map<string, Digest | undefined>,
): boolean {
  const outputs = new Map(decided.result?.outputs.map(({ path, digest }) => [path, digest]));
  // What links in a folder lead to counts for who reads it, and is known once the folder is there.
  const hasLinks = (digest: Digest) => state.blobs.readTree(digest)?.some(({ type }) => type === 'link') === true;
  if ([...outputs.values()].some((digest) => digest.startsWith('d') && hasLinks(digest))) return false;
  for (const [path, digest] of outputs) seen.set(path, digest);
  return (state.graph.consumers[index] ?? []).every((consumer) => {
    const items = (state.graph.stages[consumer] as Stage).inputs.flatMap((port) => port.items);
    return items.every(
      (item, flat) => !state.graph.item_producers[consumer]?.[flat]?.includes(index) || outputs.has(item.path),
    );
  });
}
