/** A stage that runs, from its first attempt to its outcome. */
import type { Failure } from '../model/event.ts';
import type { Stage } from '../model/pipeline.ts';
import type { BuildContext } from './build-context.ts';
import { emit } from './events.ts';
import type { FailureCause } from './failure.ts';
import type { Slot, Verdict } from './scheduler.ts';
import type { Work } from './try-once.ts';
import { tryOnce } from './try-once.ts';

/** Called with a slot. Errors: rejects with `EnvironmentFailure` when the disk fails, else only for a bug. */
export async function tryStage(context: BuildContext, work: Work, slot: Slot): Promise<Verdict> {
  const { id } = work.stage;
  const number = 1;
  const tried = await tryOnce(context, work, number, slot);
  switch (tried.how) {
    case 'published':
      return { outcome: 'ran', stops: 'nothing' };
    case 'cancelled':
      emit(context, 'task_cancelled', id, 'Stopped; its outputs are as they were before.', { reason: 'stopped' });
      return { outcome: 'cancelled', stops: 'consumers' };
    case 'suspended':
      emit(context, 'task_suspended', id, 'Waits for an answer.', { attempt: number, log: tried.log });
      return { outcome: 'suspended', stops: 'consumers' };
    case 'failed':
      return failStage(context, work.stage, number, tried.durationMs, tried.failure);
  }
}

/** A failure before anything was started. */
export function failUnstarted(context: BuildContext, stage: Stage, cause: FailureCause): Verdict {
  return failStage(context, stage, 1, 0, { ...cause, tail: [], log: undefined, kept: undefined });
}

function failStage(
  context: BuildContext,
  stage: Stage,
  attempt: number,
  durationMs: number,
  failure: Failure,
): Verdict {
  emit(context, 'task_failed', stage.id, failure.message, { attempt, duration_ms: durationMs, failure });
  const halts = stage.on_failure === 'halt' && !context.keepGoing;
  return { outcome: 'failed', stops: halts ? 'all' : 'consumers' };
}
