/** A stage that runs, from its first attempt to its outcome (design-notes, "Attempts"). */
import { digestOfPath } from '../digest/resolve-inputs.ts';
import { isUnreadable } from '../digest/unreadable.ts';
import type { Stage } from '../model/pipeline.ts';
import { asStrategy, PRIMARY } from '../model/strategy.ts';
import { decide, triedAs } from '../plan/decide.ts';
import type { BuildContext } from './build-context.ts';
import { askedToPick, publishPicked } from './candidates.ts';
import { dropCheckpoint } from './checkpoints.ts';
import { emit, log } from './events.ts';
import type { FailureCause } from './failure.ts';
import * as failures from './failure.ts';
import { failureOf } from './failure.ts';
import type { StrategyEnd } from './fall-back.ts';
import { failureOfAll, goesOnText } from './fall-back.ts';
import type { Motion } from './hold-vote.ts';
import { holdVote } from './hold-vote.ts';
import { isTriedAgain, pauseMs, seconds } from './retry.ts';
import { runTwice } from './run-twice.ts';
import type { Slot, Verdict } from './scheduler.ts';
import { skipStage } from './skip-stage.ts';
import { suspendStage } from './suspend.ts';
import type { Tried } from './try-once.ts';
import { tryOnce } from './try-once.ts';
import type { Work } from './work.ts';

export type Failed = Extract<Tried, { how: 'failed' }>;

/** Called with a slot, or ahead. Errors: rejects with `EnvironmentFailure` when the disk fails, else only for a bug. */
export async function tryStage(context: BuildContext, first: Work, slot: Slot): Promise<Verdict> {
  const { stage } = first;
  let work = first;
  const entry = slot.enter();
  if (entry !== undefined) {
    if (!(await entry)) return notStarted(context, stage);
    const now = await lookAgain(context, work);
    if ('code' in now) return failUnstarted(context, stage, now);
    work = now;
  }
  const twice = context.runsTwice(work.at);
  if (typeof twice === 'string') log(context, 'warning', stage.id, twice, 'not-checked');
  if (twice === true) {
    const { attempt, tried } = await runTwice(context, work, slot);
    if (tried.how !== 'failed') return conclude(context, work, attempt, tried);
    if (tried.cause.code === 'not-deterministic' || !stage.fallback) return giveUp(context, work, attempt, tried);
    log(context, 'warning', stage.id, 'Its own way failed, and its fallback is not run twice.', 'not-checked');
    return fallBack(context, { ...work, stage }, { attempt, last: tried }, slot);
  }
  const picked = askedToPick(work) ? await publishPicked(context, work) : undefined;
  if (picked) return picked.how === 'published' ? conclude(context, work, 1, picked) : giveUp(context, work, 1, picked);
  const ended = await tryStrategy(context, work, 0, slot, !stage.fallback);
  return 'last' in ended ? fallBack(context, { ...work, stage }, ended, slot) : ended;
}

/** A strategy has failed for good. */
export interface Exhausted {
  /** Number of the attempt that failed. */
  readonly attempt: number;
  /** Number of the last attempt, where that is another one. */
  readonly made?: number;
  readonly last: Failed;
  /** Nothing new starts any more. */
  readonly isHalted?: true;
}

/** One strategy with its retries; `before` attempts were made before it, and no other comes after the last way. */
async function tryStrategy(
  context: BuildContext,
  first: Work,
  before: number,
  slot: Slot,
  isLastWay: boolean,
): Promise<Verdict | Exhausted> {
  let work = first;
  const { stage } = first;
  if (stage.vote) return voteOn(context, { work: first, vote: stage.vote, before }, slot, isLastWay);
  for (let number = 1; ; ) {
    const attempt = before + number;
    const tried = await tryOnce(context, work, attempt, slot);
    if (tried.how === 'not-started') return notStarted(context, stage);
    if (tried.how === 'outdated') {
      const now = await lookAgain(context, work);
      if ('code' in now) return failUnstarted(context, stage, now);
      work = now;
      continue;
    }
    if (tried.how !== 'failed') return conclude(context, work, attempt, tried);
    const { retry } = stage;
    if (!isTriedAgain(retry, number, tried.cause)) return { attempt, last: tried };

    const delayMs = pauseMs(retry.backoff, number, context.random());
    const { durationMs: duration_ms, failure } = tried;
    const message = `${failure.message} It is tried again in ${seconds(delayMs)}.`;
    const data = { attempt, attempts: before + retry.max + 1, duration_ms, delay_ms: delayMs, failure };
    emit(context, 'task_retrying', stage.id, message, data);
    slot.release();
    await context.clock.sleep(delayMs, slot.closed);
    const mayGoOn = await slot.acquire();
    if (context.signal.aborted) return cancelled(context, stage, 'Stopped before it was tried again.');
    if (!mayGoOn) return { attempt, last: notTriedAgain(tried), isHalted: true };

    const again = await lookAgain(context, work);
    if ('code' in again) return failUnstarted(context, stage, again, attempt);
    work = again;
    number++;
  }
}

async function voteOn(
  context: BuildContext,
  ballot: Omit<Motion, 'halts'>,
  slot: Slot,
  isLastWay: boolean,
): Promise<Verdict | Exhausted> {
  const { work } = ballot;
  const halts: Motion['halts'] = (failure) =>
    isLastWay && !isLeftOut(work.stage, failure) && haltsRun(context, work.stage);
  const voted = await holdVote(context, { ...ballot, halts }, slot);
  if (voted.how === 'failed') return { attempt: voted.attempt, made: voted.made, last: voted };
  if (voted.how !== 'halted') return conclude(context, work, voted.attempt, voted);
  return cancelled(context, work.stage, 'Its vote was not finished, because the run was halted.');
}

/** The stage's own way failed: its strategies, if it has any, one after the other, each from a clean start. */
export async function fallBack(context: BuildContext, first: Work, primary: Exhausted, slot: Slot): Promise<Verdict> {
  const { stage } = first;
  if (!stage.fallback) return giveUp(context, first, primary.attempt, primary.last, primary.isHalted);
  const ends: StrategyEnd[] = [{ name: PRIMARY, message: primary.last.failure.message }];
  let { attempt, made = attempt, last, isHalted } = primary;
  let work = first;
  for (const strategy of isHalted ? [] : stage.fallback) {
    const { name } = strategy;
    const holds = await context.skips.holds({ ...strategy, ...(stage.item && { item: stage.item }) });
    if (!holds.ok || !holds.value) {
      ends.push({ name, message: holds.ok ? undefined : holds.error });
      continue;
    }
    const { durationMs: duration_ms, failure } = last;
    const attempts = attempt + (strategy.retry?.max ?? 0) + 1;
    const data = { attempt, attempts, duration_ms, delay_ms: 0, strategy: name, failure };
    emit(context, 'task_retrying', stage.id, goesOnText(failure, name), data);
    slot.release();
    const mayGoOn = await slot.acquire();
    if (context.signal.aborted) return cancelled(context, stage, 'Stopped before it was tried again.');
    if (!mayGoOn) {
      last = notTriedAgain(last);
      isHalted = true;
      break;
    }
    const again = await lookAgain(context, work);
    if ('code' in again) return failUnstarted(context, stage, again, attempt);
    work = again;
    // What one strategy has noted of its progress means nothing to another.
    dropCheckpoint(context.state.fs, context.state.layout, stage);
    const ended = await tryStrategy(
      context,
      { ...work, stage: asStrategy(stage, strategy), strategy: name },
      made,
      slot,
      strategy === stage.fallback.at(-1),
    );
    if (!('last' in ended)) return ended;
    ({ attempt, made = attempt, last, isHalted } = ended);
    ends.push({ name, message: last.failure.message });
    if (isHalted) break;
  }
  if (ends.length > 1 && !isHalted) last = { ...last, failure: failureOfAll(last.failure, ends) };
  return giveUp(context, first, attempt, last, isHalted);
}

/** It waited for its turn, and there is none. */
export function notStarted(context: BuildContext, stage: Stage): Verdict {
  emit(context, 'task_cancelled', stage.id, 'Not started.', { reason: 'not-started' });
  return { outcome: 'cancelled', stops: 'consumers' };
}

/** The pause may have been long: the next attempt is made with the inputs as they are now. */
export async function lookAgain(context: BuildContext, work: Work): Promise<Work | FailureCause> {
  try {
    const decided = await decide(context.state, work.at, digestOfPath(context.state.digests));
    context.tried.set(work.at, triedAs(decided));
    return decided.missingInputs.length > 0 ? failures.inputMissing(decided.missingInputs) : { ...work, decided };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return failures.inputUnreadable(error.message);
  }
}

export function conclude(context: BuildContext, work: Work, attempt: number, tried: Exclude<Tried, Failed>): Verdict {
  if (tried.how === 'published') return { outcome: 'ran', stops: 'nothing' };
  if (tried.how === 'suspended') return suspendStage(context, work, attempt, tried);
  return cancelled(context, work.stage, 'Stopped; its outputs are as they were before.');
}

export function cancelled(context: BuildContext, stage: Stage, message: string): Verdict {
  emit(context, 'task_cancelled', stage.id, message, { reason: 'stopped' });
  return { outcome: 'cancelled', stops: 'consumers' };
}

/** The last attempt failed; its category says whether the stage did. */
export function giveUp(
  context: BuildContext,
  { at, stage }: Pick<Work, 'at' | 'stage'>,
  attempt: number,
  tried: Failed,
  isHalted = false,
): Verdict | Promise<Verdict> {
  const { failure, durationMs: duration_ms, vote } = tried;
  if (!isLeftOut(stage, failure, isHalted)) return failStage(context, stage, attempt, tried);
  context.dropped.add(at);
  return skipStage(context, stage, failure.message, { attempt, duration_ms, failure, ...(vote && { vote }) });
}

/**
 * The stage is skipped, or dropped, instead of failing. An item of a fan-out is dropped sooner than a stage, unless it was only
 * the halt that kept it from being tried again.
 */
function isLeftOut({ item }: Stage, { category }: Pick<FailureCause, 'category'>, isHalted = false): boolean {
  return category === 'skippable' || (item !== undefined && category === 'retryable' && !isHalted);
}

/** When the stage fails, nothing new starts. */
function haltsRun(context: BuildContext, { on_failure }: Stage): boolean {
  return on_failure === 'halt' && !context.keepGoing;
}

export function notTriedAgain({ failure, ...tried }: Failed): Failed {
  const message = `${failure.message} It was not tried again, because the run was halted.`;
  return { ...tried, failure: { ...failure, message } };
}

/** A failure before an attempt was started; `attempts` had been before. */
export function failUnstarted(context: BuildContext, stage: Stage, cause: FailureCause, attempts = 0): Verdict {
  return failStage(context, stage, attempts, { durationMs: 0, failure: failureOf(cause) });
}

function failStage(
  context: BuildContext,
  stage: Stage,
  attempt: number,
  tried: Pick<Failed, 'durationMs' | 'failure' | 'vote'>,
): Verdict {
  const { durationMs, vote } = tried;
  const failure = stage.on_failure === 'allow' ? { ...tried.failure, allowed: true as const } : tried.failure;
  const data = { attempt, duration_ms: durationMs, failure, ...(vote && { vote }) };
  emit(context, 'task_failed', stage.id, failure.message, data);
  return { outcome: 'failed', stops: haltsRun(context, stage) ? 'all' : 'consumers' };
}
