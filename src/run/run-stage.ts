/** One stage from ready to its outcome: decide, then keep what is there, restore, or run. */
import { digestOfPath } from '../digest/resolve-inputs.ts';
import { isUnreadable } from '../digest/unreadable.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Decided } from '../plan/decide.ts';
import { decide, triedAs } from '../plan/decide.ts';
import { explain } from '../plan/explain.ts';
import type { Skip } from '../plan/skips.ts';
import { BrokenCondition, skipSentence, skipWithMakers } from '../plan/skips.ts';
import type { ActionResult } from '../store/action-cache.ts';
import { stageKey, toldOf } from '../store/index-file.ts';
import { UnsafePath } from '../store/publish.ts';
import type { BuildContext } from './build-context.ts';
import { dropCheckpoint } from './checkpoints.ts';
import { checkOutputs } from './collect-outputs.ts';
import { publishedOutputs } from './commit.ts';
import { warnEmptyGlobs } from './empty-globs.ts';
import { emit } from './events.ts';
import type { FailureCause } from './failure.ts';
import * as failures from './failure.ts';
import { setAsideLost } from './lost-copies.ts';
import { restoreOutputs } from './restore.ts';
import type { Slot, Verdict } from './scheduler.ts';
import { skipStage } from './skip-stage.ts';
import { planStaging } from './staging.ts';
import { closeQuestion, keepWaiting } from './suspend.ts';
import { failUnstarted, notStarted, tryStage } from './try-stage.ts';
import type { Work } from './work.ts';

/** Emits what happens. Errors: rejects with `EnvironmentFailure` when the disk fails, else only for a bug. */
export async function runStage(context: BuildContext, at: number, slot: Slot): Promise<Verdict> {
  const stage = context.state.graph.stages[at] as Stage;
  let seen = await see(context, at);
  const turn = mayGetReady(stage, seen) && context.runsTwice(at) === false ? undefined : slot.turn();
  if (turn !== undefined) {
    if (!(await turn)) return notStarted(context, stage);
    seen = await see(context, at);
  }
  const looked = await carryOut(context, at, stage, seen);
  return 'outcome' in looked ? looked : tryStage(context, looked, slot);
}

/** What is to run, or the outcome where nothing is. Errors: as of `runStage`. */
export async function lookAtStage(context: BuildContext, at: number): Promise<Work | Verdict> {
  return carryOut(context, at, context.state.graph.stages[at] as Stage, await see(context, at));
}

/** What is to become of a stage, of which nobody is told yet. */
type Seen = Decided | FailureCause | { readonly skip: Skip };

async function see(context: BuildContext, at: number): Promise<Seen> {
  const { state, tried } = context;
  const problem = state.fanOuts?.problemOf(at);
  if (problem !== undefined) {
    tried.set(at, problem);
    return failures.itemInvalid(problem);
  }
  try {
    const skip = await context.skips.look(at);
    if (skip) return { skip };
    const decided = await decide(state, at, digestOfPath(state.digests));
    tried.set(at, triedAs(decided));
    return decided;
  } catch (error) {
    if (error instanceof BrokenCondition) {
      tried.set(at, triedAs(error));
      return failures.whenFailed(error.message);
    }
    tried.set(at, '');
    return unreadable(error);
  }
}

/** Whether it may be prepared before its turn: nobody sees anything of it until its process starts. */
function mayGetReady({ inputs, outputs, vote }: Stage, seen: Seen): boolean {
  if (!('decision' in seen) || seen.decision !== 'run') return false;
  const { missingInputs, lost, waiting } = seen;
  // One that votes needs more slots than that.
  if (missingInputs.length > 0 || lost !== undefined || waiting || vote) return false;
  // An empty glob is warned of; and old bytes stay where they are until a command is about to write there.
  return (
    !inputs.some(({ items }) => items.some(({ kind }) => kind === 'glob')) && !outputs.some((port) => port.in_place)
  );
}

async function carryOut(context: BuildContext, at: number, stage: Stage, seen: Seen): Promise<Work | Verdict> {
  if ('skip' in seen) return skipStage(context, stage, skipSentence(seen.skip));
  if (!('decision' in seen)) return failUnstarted(context, stage, seen);
  const { state } = context;
  const decided = seen;
  if (decided.missingInputs.length > 0) {
    const skip = skipWithMakers(state, decided.missingInputs);
    if (skip) {
      // With what is as it was asked for it is, too; what was dropped is tried again.
      if (skip.rests.of.every((maker) => context.skips.has(maker))) context.skips.note(at, skip);
      return skipStage(context, stage, skipSentence(skip));
    }
    return failUnstarted(context, stage, failures.inputMissing(decided.missingInputs));
  }
  if (decided.decision === 'fresh') return keepFresh(context, at, stage, decided);
  const causes = explain(state, at, decided);
  if (decided.lost !== undefined) setAsideLost(context, stage.id, decided.fingerprint, decided.lost);
  if (decided.decision === 'restore' && decided.result) {
    const restored = await restore(context, at, stage, decided.fingerprint, decided.result);
    if (restored) return restored;
  }
  if (decided.waiting) return keepWaiting(context, stage.id, decided.waiting);
  // It may have been stopped while the inputs were hashed.
  if (context.signal.aborted) return notStarted(context, stage);
  warnEmptyGlobs(context, stage, decided.inputs);
  return { at, stage, decided, causes };
}

/** Undefined when the store turned out not to have it: then it runs. */
async function restore(
  context: BuildContext,
  at: number,
  stage: Stage,
  fingerprint: string,
  result: ActionResult,
): Promise<Verdict | undefined> {
  const startedAt = context.clock.monotonicMs();
  try {
    const restored = await restoreOutputs(context, at, fingerprint, result);
    if (!restored) return undefined;
    dropCheckpoint(context.state.fs, context.state.layout, stage);
    closeQuestion(context, stage.id);
    const took = Math.round(context.clock.monotonicMs() - startedAt);
    const { duration_ms: saved_ms } = result;
    const data = { fingerprint, ...restored, ...toldOf(result), saved_ms };
    emit(context, 'task_restored', stage.id, `Restored in ${took} ms.`, data);
    return { outcome: 'restored', stops: 'nothing' };
  } catch (error) {
    if (!(error instanceof UnsafePath)) throw error;
    return failUnstarted(context, stage, failures.unsafeOutput(error.message));
  }
}

/** Fresh after all: its producers ran but made the same bytes, or its record says so where the index did not. */
async function keepFresh(context: BuildContext, at: number, stage: Stage, decided: Decided): Promise<Verdict> {
  const { state } = context;
  if (decided.contractChanged) {
    const finalPlaces = planStaging(state.fs, state.layout, {
      ...stage,
      outputs: stage.outputs.map((port) => ({ ...port, in_place: true })),
    });
    const broken = await checkOutputs(state.fs, state.layout, finalPlaces, context.signal);
    if (broken === 'stopped') return notStarted(context, stage);
    if (broken) return failUnstarted(context, stage, broken);
  }
  adoptFresh(context, at, decided);
  return { outcome: 'fresh', stops: 'nothing' };
}

/** Writes into the index what was found by a record, so that the next look finds it there. */
export function adoptFresh(context: Pick<BuildContext, 'state' | 'adopted'>, at: number, decided: Decided): void {
  const { index, graph, contractHashes } = context.state;
  if (!decided.result && !decided.contractChanged) return;
  if (decided.result) context.state.actions.renew(decided.fingerprint);
  const stage = graph.stages[at] as Stage;
  const pipeline = graph.pipeline.file;
  const key = stageKey(pipeline, stage.id);
  const known = index.stages.get(key);
  index.stages.set(key, {
    fingerprint: decided.fingerprint,
    duration_ms: decided.result?.duration_ms ?? known?.duration_ms ?? 0,
    ran_at_ms: decided.result ? Date.parse(decided.result.created_at) || 0 : (known?.ran_at_ms ?? 0),
    unstable: 0,
    expect: contractHashes[at] as string,
    discovered: decided.result?.discovered ?? known?.discovered ?? [],
    ...toldOf(decided.result ?? known ?? {}),
  });
  const { fingerprint, result: { outputs = [] } = {} } = decided;
  for (const { path, digest } of outputs) index.outputs.set(path, { digest, fingerprint, stage: stage.id, pipeline });
  if (outputs.length > 0) context.adopted.set(stage.id, { fingerprint, outputs: publishedOutputs(outputs) });
}

function unreadable(error: unknown): FailureCause {
  if (!isUnreadable(error)) throw error;
  return failures.inputUnreadable(error.message);
}
