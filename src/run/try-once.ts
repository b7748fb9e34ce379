/**
 * One attempt of one stage with all that belongs to it: a clean start, the process, the checks, and then its outputs
 * are published, or everything is as it was before. Knows nothing of further attempts.
 */
import type { Failure } from '../model/event.ts';
import { fromWorkspace } from '../store/layout.ts';
import { UnsafePath } from '../store/publish.ts';
import type { AttemptEnd } from './attempt.ts';
import { dropAttempt, readyAttempt, runAttempt } from './attempt.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import type { InputsRead } from './check-inputs.ts';
import { checkInputs, stampInputs } from './check-inputs.ts';
import { dropCheckpoint, openCheckpoint, wantsFolder } from './checkpoints.ts';
import { checkOutputs, readMetrics } from './collect-outputs.ts';
import { commitOutputs } from './commit.ts';
import { emit } from './events.ts';
import type { FailureCause } from './failure.ts';
import * as failures from './failure.ts';
import { failureOf } from './failure.ts';
import { keepFailed } from './keep-failed.ts';
import type { Attempt } from './prepare-attempt.ts';
import type { Slot } from './scheduler.ts';
import { abandonStaging, planStaging, prepareStaging, removeStaging } from './staging.ts';
import type { Asking } from './suspend.ts';
import { closeQuestion, questionsOf } from './suspend.ts';
import { tidyStaging } from './tidy-staging.ts';
import type { Work } from './work.ts';

/** How an attempt ended; unless it published, everything is as it was before. */
export type Tried =
  | { readonly how: 'published' }
  | {
      readonly how: 'failed';
      readonly durationMs: number;
      readonly cause: FailureCause;
      /** The same, as it is told. */
      readonly failure: Failure;
    }
  | ({ readonly how: 'suspended' } & Asking)
  /** Stopped by a signal. */
  | { readonly how: 'cancelled' };

/** It was called ahead: its turn did not come; or it came late, or an input is not what it was. */
export type Missed = { readonly how: 'not-started' } | { readonly how: 'outdated' };

/** How long an attempt that is ready may wait for its turn: its request names a deadline. */
const READY_MS_MAX = 100;

/**
 * Called with a slot, or ahead: then it waits for its turn when it is ready. Gives the slot up as soon as what is left needs
 * none. Errors: rejects with `EnvironmentFailure`, else only for a bug.
 */
export async function tryOnce(context: BuildContext, work: Work, number: number, slot: Slot): Promise<Tried | Missed> {
  const attempt = await makeRoom(context, work, number);
  if ('how' in attempt) return attempt;
  const ready = await readyAttempt(context, attempt);
  const turn = await awaitTurn(context, attempt, slot);
  if ('how' in turn) {
    dropAttempt(context, ready);
    removeStaging(context.state.fs, attempt.staging);
    return turn;
  }
  const begun = startAttempt(context, work, attempt, turn.stamps);
  const end = await runAttempt(context, attempt, ready);
  return endAttempt(context, begun, end, slot);
}

/** Waits for its turn, where it was called ahead. When it may start as it is, says how its inputs are now. */
async function awaitTurn(
  context: BuildContext,
  { inputs }: Attempt,
  slot: Slot,
): Promise<Missed | Pick<InputsRead, 'stamps'>> {
  const turn = slot.turn();
  const before = stampInputs(context, inputs);
  if (turn === undefined) return { stamps: before };
  const readyAt = context.clock.monotonicMs();
  if (!(await turn)) return { how: 'not-started' };
  const isLate = context.clock.monotonicMs() - readyAt > READY_MS_MAX;
  const stamps = stampInputs(context, inputs);
  return isLate || !isSame(before, stamps) ? { how: 'outdated' } : { stamps };
}

/** An attempt that has a clean start, and how its inputs were then. */
export interface Begun extends Pick<InputsRead, 'startedAt' | 'stamps'> {
  readonly at: number;
  readonly attempt: Attempt;
}

/** Called with a slot. Nobody makes the folder for scratch. Errors: rejects with `EnvironmentFailure`. */
export async function beginAttempt(context: BuildContext, work: Work, number: number): Promise<Begun | Tried> {
  const attempt = await makeRoom(context, work, number);
  if ('how' in attempt) return attempt;
  return startAttempt(context, work, attempt, stampInputs(context, attempt.inputs), 'without scratch');
}

/** Where it can write. Errors: rejects with `EnvironmentFailure`. */
async function makeRoom(
  context: BuildContext,
  { stage, strategy, decided }: Work,
  number: number,
): Promise<Attempt | Extract<Tried, { how: 'failed' }>> {
  const { fs, layout } = context.state;
  const staging = planStaging(fs, layout, stage);
  const { fingerprint, inputs, answers } = decided;
  const attempt: Attempt = { stage, strategy, number, fingerprint, inputs, answers, staging };
  try {
    await journalInPlace(context, attempt);
    prepareStaging(fs, layout, staging);
    return attempt;
  } catch (error) {
    if (!(error instanceof UnsafePath)) throw environmentFailure(`start stage ${JSON.stringify(stage.id)}`, error);
    return fail(context, attempt, failures.unsafeOutput(error.message), undefined);
  }
}

/** It is its turn, and told. Errors: throws `EnvironmentFailure`. */
function startAttempt(
  context: BuildContext,
  { at, causes }: Work,
  attempt: Attempt,
  stamps: InputsRead['stamps'],
  scratch: 'with scratch' | 'without scratch' = 'with scratch',
): Begun {
  const { fs, layout } = context.state;
  const { stage, strategy, number } = attempt;
  try {
    const open = questionsOf(context, stage.id)?.open;
    openCheckpoint(fs, layout, attempt, open, scratch === 'with scratch' && wantsFolder(stage));
  } catch (error) {
    throw environmentFailure(`start stage ${JSON.stringify(stage.id)}`, error);
  }
  emit(context, 'task_started', stage.id, 'Started.', {
    attempt: number,
    causes,
    pid: undefined,
    ...(stage.pool === undefined ? {} : { pool: stage.pool }),
    ...(strategy === undefined ? {} : { strategy }),
  });

  context.unsteady.delete(at);
  return { at, attempt, startedAt: context.now(), stamps };
}

/** What becomes of it. Gives the slot up as soon as what is left needs none. Errors: as of `tryOnce`. */
export async function endAttempt(
  context: BuildContext,
  begun: Begun,
  end: AttemptEnd,
  slot: Pick<Slot, 'release'>,
): Promise<Tried> {
  const { at, attempt, stamps } = begun;
  if (context.signal.aborted && end.process?.how === 'cancelled') {
    giveUp(context, attempt);
    return { how: 'cancelled' };
  }
  switch (end.result.status) {
    case 'failed':
      if (context.isRound && !isSame(stamps, stampInputs(context, attempt.inputs))) context.unsteady.add(at);
      return fail(context, attempt, end.result.cause, end);
    case 'suspended':
      giveUp(context, attempt);
      return { how: 'suspended', question: end.result.question, isNamed: end.result.isNamed, log: end.log };
    case 'ok':
      return finish(context, begun, { ...end, result: end.result }, slot);
  }
}

function isSame(stamps: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): boolean {
  return [...stamps].every(([path, stamp]) => others.get(path) === stamp);
}

/** Checks what the process read and wrote, and publishes it. */
async function finish(
  context: BuildContext,
  { at, attempt, ...atStart }: Begun,
  end: AttemptEnd & { readonly result: { readonly status: 'ok' } },
  slot: Pick<Slot, 'release'>,
): Promise<Tried> {
  const { fs, layout } = context.state;
  const { stage, strategy: degraded, staging, inputs, answers, fingerprint } = attempt;
  const { durationMs, result } = end;
  const broken = await checkOutputs(fs, layout, staging);
  if (broken) return fail(context, attempt, broken, end);
  // Not before: a failure that halts must be known before the next stage could take the slot.
  slot.release();
  const held = await checkInputs(context, at, { before: inputs, discovered: result.discovered, ...atStart });
  if (!held.ok) return fail(context, attempt, held.error, end);
  const metrics = context.secrets.json({ ...result.metrics, ...readMetrics(fs, layout, stage, staging) });
  const { discovered, recordable: record } = held.value;
  try {
    const commit = { at, fingerprint, inputs, answers, staging, durationMs, metrics, degraded, discovered, record };
    const { outputs, unchanged, changes } = await commitOutputs(context, commit);
    tidyStaging(context, attempt);
    dropCheckpoint(fs, layout, stage);
    closeQuestion(context, stage.id);
    emit(context, 'task_completed', stage.id, `Ran in ${durationMs} ms.`, {
      attempt: attempt.number,
      duration_ms: durationMs,
      fingerprint,
      outputs,
      metrics,
      ...(degraded === undefined ? {} : { degraded }),
      log: end.log,
      unchanged,
      changes,
    });
    return { how: 'published' };
  } catch (error) {
    if (!(error instanceof UnsafePath)) throw error;
    return fail(context, attempt, failures.unsafeOutput(error.message), end);
  }
}

/** The intent that lets recovery put back what an in-place command overwrote; on the disk before it starts. */
async function journalInPlace(context: BuildContext, { stage, staging }: Attempt): Promise<void> {
  const outputs = staging.outputs.filter((output) => output.port.in_place).map(({ path, aside }) => ({ path, aside }));
  if (outputs.length === 0) return;
  await context.journal.append({ type: 'in-place', id: `${context.runId}/${stage.id}`, stage: stage.id, outputs });
}

async function fail(
  context: BuildContext,
  attempt: Attempt,
  cause: FailureCause,
  end: AttemptEnd | undefined,
): Promise<Extract<Tried, { how: 'failed' }>> {
  const { fs, layout } = context.state;
  const { stage, number, staging } = attempt;
  const wrote = putBack(context, attempt);
  const kept = wrote || end?.prepared ? fromWorkspace(layout, context.failed.folder(stage.id, number)) : undefined;
  const failure = failureOf(cause, { ...(end?.process && { tail: end.process.tail }), log: end?.log, kept });
  if (end?.prepared) await keepFailed(context, attempt, end.prepared, failure);
  removeStaging(fs, staging);
  return { how: 'failed', durationMs: end?.durationMs ?? 0, cause, failure };
}

/** It did not fail, but what it wrote has no place; somebody may want to look at it. */
function giveUp(context: BuildContext, attempt: Attempt): void {
  const { stage, number, staging } = attempt;
  const wrote = putBack(context, attempt);
  if (wrote) context.failed.added(stage.id, number, context.failed.measure(stage.id, number));
  removeStaging(context.state.fs, staging);
}

/** Everything is as it was before the attempt, and what it wrote is aside. Says whether it had written anything. */
function putBack(context: BuildContext, { stage, number, staging }: Attempt): boolean {
  const { fs, layout, digests } = context.state;
  try {
    const wrote = abandonStaging(fs, layout, staging, context.failed.folder(stage.id, number));
    for (const { path, port } of staging.outputs) if (port.in_place) digests.forget(path);
    context.journal.close(`${context.runId}/${stage.id}`);
    return wrote;
  } catch (error) {
    throw environmentFailure(`put back the outputs of stage ${JSON.stringify(stage.id)}`, error);
  }
}
