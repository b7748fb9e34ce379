/** Items of a fan-out that run together, from their first attempt to the outcome of each (design-notes, "Batches"). */
import type { BuildContext } from './build-context.ts';
import { emit } from './events.ts';
import { isTriedAgain, pauseMs, seconds } from './retry.ts';
import type { Slot, Verdict } from './scheduler.ts';
import type { Failed } from './try-stage.ts';
import {
  cancelled,
  conclude,
  failUnstarted,
  fallBack,
  giveUp,
  lookAgain,
  notStarted,
  notTriedAgain,
  tryStage,
} from './try-stage.ts';
import { tryTogether } from './try-together.ts';
import type { Work } from './work.ts';

/** Gets the verdict of each as soon as it is known. */
type Judge = (work: Work, verdict: Verdict) => void;

/**
 * `works` are instances of one fan-out, whose type takes batches, with one environment. Called with a slot. Errors: rejects with
 * `EnvironmentFailure` when the disk fails, else only for a bug.
 */
export async function tryBatch(
  context: BuildContext,
  works: readonly Work[],
  slot: Slot,
  onVerdict: Judge,
): Promise<void> {
  const [first, ...others] = works;
  if (first && others.length === 0) {
    onVerdict(first, await tryStage(context, first, slot));
    return;
  }
  let left = works;
  const entry = slot.enter();
  if (entry !== undefined) {
    if (!(await entry)) {
      for (const work of works) onVerdict(work, notStarted(context, work.stage));
      return;
    }
    left = await lookAtAll(context, works, 0, onVerdict);
  }
  for (let number = 1; left.length > 0; number++) {
    const { again, exhausted } = await tryAll(context, left, number, slot, onVerdict);
    // One item at a time: what another strategy does is asked of nobody else's.
    for (const { work, tried } of exhausted) {
      onVerdict(work, await fallBack(context, work, { attempt: number, last: tried }, slot));
    }
    slot.release();
    left = await pause(context, again, number, slot, onVerdict);
  }
}

interface FailedWork {
  readonly work: Work;
  readonly tried: Failed;
}

/** Those that may be tried again, and those that may be made otherwise; all others have a verdict. */
async function tryAll(
  context: BuildContext,
  works: readonly Work[],
  number: number,
  slot: Slot,
  onVerdict: Judge,
): Promise<{ readonly again: FailedWork[]; readonly exhausted: FailedWork[] }> {
  const again: FailedWork[] = [];
  const exhausted: FailedWork[] = [];
  if (context.signal.aborted) {
    for (const work of works) onVerdict(work, notStarted(context, work.stage));
    return { again, exhausted };
  }
  await tryTogether(context, works, number, async (work, tried) => {
    const { stage } = work;
    if (tried.how !== 'failed') onVerdict(work, conclude(context, work, number, tried));
    else if (isTriedAgain(stage.retry, number, tried.cause)) again.push({ work, tried });
    else if (stage.fallback) exhausted.push({ work, tried });
    else onVerdict(work, await giveUp(context, work, number, tried));
  });
  slot.release();
  // In the order of the list, whichever failed first.
  const order = new Map(works.map(({ at }, place) => [at, place]));
  const inOrder = (a: FailedWork, b: FailedWork) => (order.get(a.work.at) ?? 0) - (order.get(b.work.at) ?? 0);
  return { again: again.sort(inOrder), exhausted: exhausted.sort(inOrder) };
}

/** One for all of them: so they are a batch again. Returns what is to be tried after it. */
async function pause(
  context: BuildContext,
  failed: readonly FailedWork[],
  number: number,
  slot: Slot,
  onVerdict: Judge,
): Promise<Work[]> {
  const retry = failed[0]?.work.stage.retry;
  if (!retry) return [];
  const delayMs = pauseMs(retry.backoff, number, context.random());
  for (const { work, tried } of failed) {
    const { durationMs: duration_ms, failure } = tried;
    const message = `${failure.message} It is tried again in ${seconds(delayMs)}.`;
    const data = { attempt: number, attempts: retry.max + 1, duration_ms, delay_ms: delayMs, failure };
    emit(context, 'task_retrying', work.stage.id, message, data);
  }
  await context.clock.sleep(delayMs, slot.closed);
  const mayGoOn = await slot.acquire();
  const works = failed.map(({ work }) => work);
  if (context.signal.aborted) {
    for (const work of works) onVerdict(work, cancelled(context, work.stage, 'Stopped before it was tried again.'));
    return [];
  }
  if (!mayGoOn) {
    for (const { work, tried } of failed) {
      onVerdict(work, await giveUp(context, work, number, notTriedAgain(tried), true));
    }
    return [];
  }
  return lookAtAll(context, works, number, onVerdict);
}

/** Time has passed: they go on with their inputs as they are now. */
async function lookAtAll(
  context: BuildContext,
  works: readonly Work[],
  attempts: number,
  onVerdict: Judge,
): Promise<Work[]> {
  const left: Work[] = [];
  for (const work of works) {
    const now = await lookAgain(context, work);
    if ('code' in now) onVerdict(work, failUnstarted(context, work.stage, now, attempts));
    else left.push(now);
  }
  return left;
}
