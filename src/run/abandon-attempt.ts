/** What becomes of an attempt that publishes nothing: everything is as it was before, and what it wrote is kept aside. */
import type { Failure } from '../model/event.ts';
import type { VoteTally } from '../model/vote.ts';
import { fromWorkspace } from '../store/layout.ts';
import type { AttemptEnd } from './attempt.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import type { FailureCause } from './failure.ts';
import { failureOf } from './failure.ts';
import { keepFailed } from './keep-failed.ts';
import type { Attempt } from './prepare-attempt.ts';
import { abandonStaging, removeStaging } from './staging.ts';

export interface FailedAttempt {
  readonly how: 'failed';
  readonly durationMs: number;
  readonly cause: FailureCause;
  /** The same, as it is told. */
  readonly failure: Failure;
  /** How the vote stood; absent: nobody voted. */
  readonly vote?: VoteTally;
}

/** It failed, which is told with what is kept of it. Errors: rejects with `EnvironmentFailure`. */
export async function fail(
  context: BuildContext,
  attempt: Attempt,
  cause: FailureCause,
  end: AttemptEnd | undefined,
): Promise<FailedAttempt> {
  const { fs, layout } = context.state;
  const { stage, number, staging } = attempt;
  const wrote = putBack(context, attempt);
  const kept = wrote || end?.prepared ? fromWorkspace(layout, context.failed.folder(stage.id, number)) : undefined;
  const failure = failureOf(cause, { ...(end?.process && { tail: end.process.tail }), log: end?.log, kept });
  if (end?.prepared) await keepFailed(context, attempt, end.prepared, failure);
  removeStaging(fs, staging);
  return { how: 'failed', durationMs: end?.durationMs ?? 0, cause, failure };
}

/** It did not fail, but what it wrote has no place; somebody may want to look at it. Errors: throws `EnvironmentFailure`. */
export function giveUp(context: BuildContext, attempt: Attempt): void {
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
