/** A clean start of an attempt: where it can write, and how its inputs are then. */
import { UnsafePath } from '../store/publish.ts';
import type { FailedAttempt } from './abandon-attempt.ts';
import { fail } from './abandon-attempt.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import type { InputsRead } from './check-inputs.ts';
import { checkpointFolder, openCheckpoint, wantsFolder } from './checkpoints.ts';
import { emit } from './events.ts';
import * as failures from './failure.ts';
import type { Apart, Attempt } from './prepare-attempt.ts';
import { planStaging, prepareStaging } from './staging.ts';
import { questionsOf } from './suspend.ts';
import type { Work } from './work.ts';

/** An attempt that has a clean start, and how its inputs were then. */
export interface Begun extends Pick<InputsRead, 'startedAt' | 'stamps'> {
  readonly at: number;
  readonly attempt: Attempt;
}

/** Where it can write; `apart`: beside others of the stage. Errors: rejects with `EnvironmentFailure`. */
export async function makeRoom(
  context: BuildContext,
  { stage, strategy, decided }: Work,
  number: number,
  apart?: Apart,
): Promise<Attempt | FailedAttempt> {
  const { fs, layout } = context.state;
  const staging = planStaging(fs, layout, stage, apart?.place);
  const { fingerprint, inputs, answers } = decided;
  const attempt: Attempt = { stage, strategy, number, fingerprint, inputs, answers, staging, apart };
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
export function startAttempt(
  context: BuildContext,
  { at, causes }: Work,
  attempt: Attempt,
  stamps: InputsRead['stamps'],
  scratch: 'with scratch' | 'without scratch' = 'with scratch',
): Begun {
  const { fs, layout } = context.state;
  const { stage, strategy, number } = attempt;
  try {
    const isMade = scratch === 'with scratch' && wantsFolder(stage);
    // Who runs beside others leaves theirs alone.
    if (attempt.apart) isMade && fs.makeFolder(checkpointFolder(layout, attempt));
    else openCheckpoint(fs, layout, attempt, questionsOf(context, stage.id)?.open, isMade);
  } catch (error) {
    throw environmentFailure(`start stage ${JSON.stringify(stage.id)}`, error);
  }
  emit(context, 'task_started', stage.id, 'Started.', {
    attempt: number,
    causes,
    pid: undefined,
    ...(stage.pool === undefined ? {} : { pool: stage.pool }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(attempt.apart?.vote === undefined ? {} : { vote: attempt.apart.vote }),
  });

  context.unsteady.delete(at);
  return { at, attempt, startedAt: context.now(), stamps };
}

/** The intent that lets recovery put back what an in-place command overwrote; on the disk before it starts. */
async function journalInPlace(context: BuildContext, { stage, staging }: Attempt): Promise<void> {
  const outputs = staging.outputs.filter((output) => output.port.in_place).map(({ path, aside }) => ({ path, aside }));
  if (outputs.length === 0) return;
  await context.journal.append({ type: 'in-place', id: `${context.runId}/${stage.id}`, stage: stage.id, outputs });
}
