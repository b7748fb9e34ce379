/**
 * One attempt of one stage with all that belongs to it: a clean start, the process, the checks, and then its outputs
 * are published, or everything is as it was before. Knows nothing of further attempts.
 */
import type { FailedAttempt } from './abandon-attempt.ts';
import { fail, giveUp } from './abandon-attempt.ts';
import type { AttemptEnd } from './attempt.ts';
import { dropAttempt, readyAttempt, runAttempt } from './attempt.ts';
import type { Begun } from './begin-attempt.ts';
import { makeRoom, startAttempt } from './begin-attempt.ts';
import type { BuildContext } from './build-context.ts';
import type { InputsRead } from './check-inputs.ts';
import { isSame, stampInputs } from './check-inputs.ts';
import { checkOutputs } from './collect-outputs.ts';
import type { Attempt } from './prepare-attempt.ts';
import type { EndedWell } from './publish-attempt.ts';
import { publishAttempt } from './publish-attempt.ts';
import type { Slot } from './scheduler.ts';
import { removeStaging } from './staging.ts';
import type { Asking } from './suspend.ts';
import type { Work } from './work.ts';

/** How an attempt ended; unless it published, everything is as it was before. */
export type Tried =
  | { readonly how: 'published' }
  | FailedAttempt
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

/** Called with a slot. Nobody makes the folder for scratch. Errors: rejects with `EnvironmentFailure`. */
export async function beginAttempt(context: BuildContext, work: Work, number: number): Promise<Begun | Tried> {
  const attempt = await makeRoom(context, work, number);
  if ('how' in attempt) return attempt;
  return startAttempt(context, work, attempt, stampInputs(context, attempt.inputs), 'without scratch');
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

/** Checks what the process read and wrote, and publishes it. */
async function finish(
  context: BuildContext,
  begun: Begun,
  end: EndedWell,
  slot: Pick<Slot, 'release'>,
): Promise<Tried> {
  const { attempt } = begun;
  const broken = await checkOutputs(context.state.fs, context.state.layout, attempt.staging, context.signal);
  if (broken === 'stopped') {
    giveUp(context, attempt);
    return { how: 'cancelled' };
  }
  if (broken) return fail(context, attempt, broken, end);
  // Not before: a failure that halts must be known before the next stage could take the slot.
  slot.release();
  return publishAttempt(context, begun, end);
}
