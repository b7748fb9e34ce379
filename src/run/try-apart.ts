/**
 * One attempt apart from others of the same stage, at the same time as they or after them: with a staging, a scratch and a
 * seed of its own. Publishes nothing: what it made is handed over, to be compared, published or dropped.
 */
import type { FailedAttempt } from './abandon-attempt.ts';
import { fail, giveUp } from './abandon-attempt.ts';
import { readyAttempt, runAttempt } from './attempt.ts';
import type { Begun } from './begin-attempt.ts';
import { makeRoom, startAttempt } from './begin-attempt.ts';
import type { BuildContext } from './build-context.ts';
import { isSame, stampInputs } from './check-inputs.ts';
import { checkpointFolder } from './checkpoints.ts';
import { checkOutputs } from './collect-outputs.ts';
import type { Apart } from './prepare-attempt.ts';
import type { EndedWell } from './publish-attempt.ts';
import { removeStaging } from './staging.ts';
import type { Asking } from './suspend.ts';
import type { Work } from './work.ts';

/** It ended well, its outputs are as declared and keep their contract; they lie in its staging. */
export interface MadeApart {
  readonly how: 'made';
  readonly begun: Begun;
  readonly end: EndedWell;
}

/** Of what did not make anything, nothing is left in staging; what failed is kept aside as of any attempt. */
export type TriedApart =
  | MadeApart
  | FailedAttempt
  | ({ readonly how: 'suspended' } & Asking)
  /** Stopped, by a signal or by `stop`. */
  | { readonly how: 'cancelled' };

/**
 * Called with a slot, which stays with the caller. The stage has no port in place. `number` must be no other attempt's of
 * this run. Errors: rejects with `EnvironmentFailure`, else only for a bug.
 */
export async function tryApart(
  context: BuildContext,
  work: Work,
  number: number,
  apart: Apart,
  stop?: AbortSignal,
): Promise<TriedApart> {
  const attempt = await makeRoom(context, work, number, apart);
  if ('how' in attempt) return attempt;
  const ready = await readyAttempt(context, attempt);
  const begun = startAttempt(context, work, attempt, stampInputs(context, attempt.inputs));
  const end = await runAttempt(context, attempt, ready, stop);
  const isStopped = context.signal.aborted || stop?.aborted === true;
  if (isStopped && end.process?.how === 'cancelled') {
    giveUp(context, attempt);
    return { how: 'cancelled' };
  }
  const { result } = end;
  switch (result.status) {
    case 'failed':
      if (context.isRound && !isSame(begun.stamps, stampInputs(context, attempt.inputs))) context.unsteady.add(work.at);
      return fail(context, attempt, result.cause, end);
    case 'suspended':
      giveUp(context, attempt);
      return { how: 'suspended', question: result.question, isNamed: result.isNamed, log: end.log };
    case 'ok': {
      const { fs, layout } = context.state;
      const signal = stop ? AbortSignal.any([context.signal, stop]) : context.signal;
      const broken = await checkOutputs(fs, layout, attempt.staging, signal);
      if (broken === 'stopped') {
        giveUp(context, attempt);
        return { how: 'cancelled' };
      }
      return broken ? fail(context, attempt, broken, end) : { how: 'made', begun, end: { ...end, result } };
    }
  }
}

/** Nobody needs what it made. Errors: those of the disk. */
export function dropApart({ state: { fs, layout } }: BuildContext, { begun: { attempt } }: MadeApart): void {
  removeStaging(fs, attempt.staging);
  fs.remove(checkpointFolder(layout, attempt));
}
