/**
 * `--check-determinism`: a stage runs twice, one after the other, in other folders, another time zone and another locale.
 * Only what is the same both times is published (design-notes, "Run twice").
 */
import type { OutputDifference } from '../model/output-difference.ts';
import { fromWorkspace, inWorkspace } from '../store/layout.ts';
import type { FailedAttempt } from './abandon-attempt.ts';
import { fail, giveUp } from './abandon-attempt.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import { emit, log } from './events.ts';
import * as failures from './failure.ts';
import { publishAttempt } from './publish-attempt.ts';
import { isTriedAgain, pauseMs } from './retry.ts';
import type { Slot } from './scheduler.ts';
import type { MadeApart, TriedApart } from './try-apart.ts';
import { dropApart, tryApart } from './try-apart.ts';
import type { Tried } from './try-once.ts';
import type { Work } from './work.ts';

/** Both draw the same at random, as the first attempt of any run does. */
const SEED = 1;
const FIRST = { place: 'first', seed: SEED };
/** What every system knows without a database of time zones or a package of locales; 14 h before UTC is a day later. */
const SECOND = { place: 'second', seed: SEED, env: { LANG: 'C', TZ: 'XYZ-14' } };

const SAME_TWICE = 'It ran twice, and made the same both times.';

export interface TriedTwice {
  /** Number of the last attempt. */
  readonly attempt: number;
  readonly tried: Tried;
}

/** Of a stage with outputs, none of them in place. Called with a slot. Errors: rejects with `EnvironmentFailure`. */
export async function runTwice(context: BuildContext, work: Work, slot: Slot): Promise<TriedTwice> {
  const { fs, layout } = context.state;
  const runs = new Runs(context, work);
  try {
    const first = await runs.next(FIRST);
    if (first.how !== 'made') return { attempt: runs.attempt, tried: first };
    // Folders that are given back are the next one's; its TMPDIR is to be another.
    const held = context.attemptFolders.take();
    const second = await runs.next(SECOND).finally(() => context.attemptFolders.giveBack(held));
    if (second.how !== 'made') return { attempt: runs.attempt, tried: await onlyOnce(context, first, second) };
    const cause = await whyNot(context, work, first, second);
    if (cause) {
      tellOther(context, first, await fail(context, first.begun.attempt, cause, first.end));
      return { attempt: runs.attempt, tried: await fail(context, second.begun.attempt, cause, second.end) };
    }
    dropApart(context, second);
    tellOther(context, second);
    slot.release();
    const tried = await publishAttempt(context, first.begun, first.end);
    if (tried.how === 'published') log(context, 'debug', work.stage.id, SAME_TWICE, 'same-twice');
    return { attempt: first.begun.attempt.number, tried };
  } finally {
    fs.removeEmptyFolder(`${layout.staging}/${work.stage.id}`);
  }
}

/** What becomes of the attempt that the end of the stage says nothing of. */
function tellOther(context: BuildContext, { begun, end }: MadeApart, failed?: FailedAttempt): void {
  const { stage, number: attempt } = begun.attempt;
  const { durationMs: duration_ms, log: logged } = end;
  const message = failed ? 'Another attempt did not make the same.' : 'Another attempt made the same.';
  const data = { attempt, duration_ms, log: logged, ...(failed && { failure: failed.failure }) };
  emit(context, 'task_compared', stage.id, message, data);
}

/** One run after the other, each with the retries of the stage. */
class Runs {
  attempt = 0;
  readonly #context: BuildContext;
  readonly #work: Work;

  constructor(context: BuildContext, work: Work) {
    this.#context = context;
    this.#work = work;
  }

  async next(apart: typeof FIRST | typeof SECOND): Promise<TriedApart> {
    const { stage } = this.#work;
    const { retry } = stage;
    for (let number = 1; ; number++) {
      const attempt = ++this.attempt;
      const tried = await tryApart(this.#context, this.#work, attempt, apart);
      if (tried.how !== 'failed' || !isTriedAgain(retry, number, tried.cause)) return tried;
      const { failure, durationMs: duration_ms } = tried;
      const delay_ms = pauseMs(retry.backoff, number, this.#context.random());
      const attempts = attempt - number + retry.max + 1;
      const data = { attempt, attempts, duration_ms, delay_ms, failure };
      emit(this.#context, 'task_retrying', stage.id, `${failure.message} It is tried again.`, data);
      await this.#context.clock.sleep(delay_ms, this.#context.signal);
      if (this.#context.signal.aborted) return { how: 'cancelled' };
    }
  }
}

/** The second run made nothing. That it failed although the first did not is a difference, too. */
async function onlyOnce(
  context: BuildContext,
  first: MadeApart,
  second: Exclude<TriedApart, MadeApart>,
): Promise<Exclude<Tried, { how: 'published' }>> {
  if (second.how !== 'failed') {
    giveUp(context, first.begun.attempt);
    return second;
  }
  const cause = failures.failedOnce(second.failure.message);
  tellOther(context, first, await fail(context, first.begun.attempt, cause, first.end));
  const { code, category, message } = cause;
  return { ...second, cause, failure: { ...second.failure, code, category, message } } satisfies FailedAttempt;
}

/** Undefined when both made the same, and what was made of the same before. */
async function whyNot(
  context: BuildContext,
  { stage, decided }: Work,
  first: MadeApart,
  second: MadeApart,
): Promise<failures.FailureCause | undefined> {
  const { state, secrets, failed } = context;
  const { fs, layout, index } = state;
  const [one, other] = [first, second].map(({ begun }) => begun.attempt);
  if (!one || !other) return undefined;
  const places = one.staging.outputs.map(({ path, writtenAt }, at) => ({
    path,
    first: inWorkspace(layout, writtenAt),
    second: inWorkspace(layout, other.staging.outputs[at]?.writtenAt ?? ''),
  }));
  const masked = (found: readonly OutputDifference[]) =>
    found.map((difference) => ({
      ...difference,
      first: difference.first === null ? null : secrets.text(difference.first),
      second: difference.second === null ? null : secrets.text(difference.second),
    }));
  const { compareOutputs } = await import('./compare-outputs.ts');
  try {
    const found = await compareOutputs(fs, places);
    if (found.length > 0) {
      const kept = [one, other].map(({ number }) => fromWorkspace(layout, failed.folder(stage.id, number)));
      return failures.notDeterministic(masked(found), kept);
    }
    const recorded = places.filter(({ path }) => {
      const known = index.outputs.get(path);
      return known?.fingerprint === decided.fingerprint && known.digest === decided.found.get(path);
    });
    const before = recorded.map(({ path, first: made }) => ({ path, first: inWorkspace(layout, path), second: made }));
    const since = await compareOutputs(fs, before);
    return since.length > 0 ? failures.notAsBefore(masked(since)) : undefined;
  } catch (error) {
    throw environmentFailure(`compare what stage ${JSON.stringify(stage.id)} made`, error);
  }
}
