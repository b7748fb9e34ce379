/** The checks that an attempt's outputs have passed are behind it: what it read is checked, and then all of it is published. */
import type { VoteTally } from '../model/vote.ts';
import { UnsafePath } from '../store/publish.ts';
import type { FailedAttempt } from './abandon-attempt.ts';
import { fail } from './abandon-attempt.ts';
import type { AttemptEnd } from './attempt.ts';
import type { Begun } from './begin-attempt.ts';
import type { BuildContext } from './build-context.ts';
import { checkInputs } from './check-inputs.ts';
import { dropCheckpoint } from './checkpoints.ts';
import { readMetrics } from './collect-outputs.ts';
import { commitOutputs } from './commit.ts';
import { emit } from './events.ts';
import * as failures from './failure.ts';
import { closeQuestion } from './suspend.ts';
import { tidyStaging } from './tidy-staging.ts';

export type EndedWell = AttemptEnd & { readonly result: { readonly status: 'ok' } };

/** `vote`: what made it the one that is published. Errors: rejects with `EnvironmentFailure`. */
export async function publishAttempt(
  context: BuildContext,
  { at, attempt, ...atStart }: Begun,
  end: EndedWell,
  vote?: VoteTally,
): Promise<{ readonly how: 'published' } | FailedAttempt> {
  const { fs, layout } = context.state;
  const { stage, strategy: degraded, staging, inputs, answers, fingerprint } = attempt;
  const { durationMs, result } = end;
  const held = await checkInputs(context, at, { before: inputs, discovered: result.discovered, ...atStart });
  if (!held.ok) return fail(context, attempt, held.error, end);
  const metrics = context.secrets.json({ ...result.metrics, ...readMetrics(fs, layout, stage, staging) });
  const { discovered, recordable: record } = held.value;
  try {
    const commit = {
      at,
      fingerprint,
      inputs,
      answers,
      staging,
      durationMs,
      metrics,
      degraded,
      vote,
      discovered,
      record,
    };
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
      ...(vote && { vote }),
      log: end.log,
      unchanged,
      ...(record ? {} : { unrecorded: true }),
      changes,
    });
    return { how: 'published' };
  } catch (error) {
    if (!(error instanceof UnsafePath)) throw error;
    return fail(context, attempt, failures.unsafeOutput(error.message), end);
  }
}
