/**
 * One strategy of a stage with `vote` (design-notes, "Votes"): attempts run apart, each with its retries, and are counted in the
 * order in which they were started, until one answer leads far enough. What its first attempt made is published.
 */
import type { Vote } from '../model/pipeline.ts';
import type { VoteTally } from '../model/vote.ts';
import { countsOfAnswers, standing, votesIn } from '../model/vote.ts';
import { inWorkspace } from '../store/layout.ts';
import type { FailedAttempt } from './abandon-attempt.ts';
import { fail, giveUp } from './abandon-attempt.ts';
import type { Counted, Paper } from './ballot.ts';
import { Ballot } from './ballot.ts';
import type { Begun } from './begin-attempt.ts';
import type { BuildContext } from './build-context.ts';
import { askForAnswer } from './candidates.ts';
import { stampInputs } from './check-inputs.ts';
import { dropCheckpoint } from './checkpoints.ts';
import { emit, log } from './events.ts';
import type { FailureCause } from './failure.ts';
import * as failures from './failure.ts';
import { failureOf } from './failure.ts';
import { publishAttempt } from './publish-attempt.ts';
import { isTriedAgain, pauseMs, seconds } from './retry.ts';
import type { Slot } from './scheduler.ts';
import { removeStaging } from './staging.ts';
import type { Asking } from './suspend.ts';
import type { MadeApart, TriedApart } from './try-apart.ts';
import { tryApart } from './try-apart.ts';
import type { Answer } from './vote-answers.ts';
import type { Work } from './work.ts';

/** How it ended: with the attempt of that number, the last one or another, `made` being the last. */
export type Voted = { readonly attempt: number; readonly made: number } & (
  | { readonly how: 'published'; readonly vote: VoteTally }
  | (FailedAttempt & { readonly vote: VoteTally })
  | ({ readonly how: 'suspended' } & Asking & { readonly vote: VoteTally })
  /** Stopped by a signal. */
  | { readonly how: 'cancelled' }
  /** Nothing new starts any more, and more attempts are needed. */
  | { readonly how: 'halted' }
);

/** Without what is the same for all. */
type OneOf<Kind> = Kind extends Kind ? Omit<Kind, 'made'> : never;

/** What is to be voted on. */
export interface Motion {
  /** As its strategy has it. */
  readonly work: Work;
  readonly vote: Vote;
  /** So many attempts were made before. */
  readonly before: number;
  /** Whether nothing new starts in this run when the vote fails so. */
  readonly halts: (failure: Pick<FailureCause, 'category'>) => boolean;
}

/** Called with a slot, which is given up. */
export function holdVote(context: BuildContext, motion: Motion, slot: Slot): Promise<Voted> {
  return new Voting(context, motion, slot).run();
}

/** Seeds of retries are those of no other attempt that votes. */
const RETRY_SEED_STEP = 1_000_003;

/** An attempt that answered, with the place of its outputs. */
interface Candidate {
  readonly answer: Answer;
  readonly made: MadeApart;
}

type Ended =
  | TriedApart
  /** It got no slot. */
  | { readonly how: 'not-started' };

class Voting {
  readonly #context: BuildContext;
  readonly #work: Work;
  readonly #vote: Vote;
  readonly #halts: Motion['halts'];
  readonly #slot: Slot;
  readonly #ballot: Ballot;
  /** Of each attempt under way, by its place among those that vote. */
  readonly #stops = new Map<number, AbortController>();
  readonly #running = new Set<Promise<void>>();
  /** Not counted yet, or counted and of use. */
  readonly #candidates = new Map<number, Candidate>();
  /** What is told of each that has ended, when it is counted. */
  readonly #ends = new Map<number, { readonly attempt: number; readonly end: Ended; readonly answer?: Answer }>();
  /** By key; the first one. */
  readonly #shown = new Map<string, string>();
  readonly #first = new Map<string, number>();
  readonly #kept = new Map<string, string>();
  readonly #startedMs: number;
  #atStart: Pick<Begun, 'startedAt' | 'stamps'> | undefined;
  #attempts: number;
  #isWide = false;
  #bug: { readonly error: unknown } | undefined;

  constructor(context: BuildContext, { work, vote, before, halts }: Motion, slot: Slot) {
    this.#context = context;
    this.#work = work;
    this.#vote = vote;
    this.#halts = halts;
    this.#slot = slot;
    this.#attempts = before;
    this.#ballot = new Ballot(vote);
    this.#startedMs = context.clock.monotonicMs();
  }

  async run(): Promise<Voted> {
    const { fs, layout } = this.#context.state;
    const { stage, decided } = this.#work;
    // What attempts of another build noted would make those of this one answer alike.
    dropCheckpoint(fs, layout, stage);
    // What any of them reads must be the same, from the first one on.
    this.#atStart = { startedAt: this.#context.now(), stamps: stampInputs(this.#context, decided.inputs) };
    this.#goOn();
    while (this.#running.size > 0) {
      try {
        await Promise.race(this.#running);
      } catch (error) {
        this.#bug ??= { error };
        this.#stopAfter(0);
      }
    }
    if (this.#bug) throw this.#bug.error;
    const voted = { ...(await this.#conclude()), made: this.#attempts };
    fs.removeEmptyFolder(`${layout.staging}/${stage.id}`);
    return voted;
  }

  get #tally(): VoteTally {
    const { decision, max, started, flagged, wasted, votes } = this.#ballot;
    const counts = votes.map(([key, number]) => {
      const kept = this.#kept.get(key);
      return { answer: this.#nameOf(key), votes: number, ...(kept === undefined ? {} : { kept }) };
    });
    const winner = typeof decision === 'object' && 'winner' in decision ? this.#nameOf(decision.winner) : null;
    return { ahead: this.#vote.ahead, max, started, flagged, wasted, counts, winner };
  }

  /** As many as are sure to be counted ask for their slots. */
  #goOn(): void {
    if (this.#bug) return;
    if (this.#ballot.decision === 'undecided' && this.#vote.undecided === 'widen' && !this.#isWide) this.#widen();
    for (let more = this.#ballot.wanted(); more > 0; more--) this.#start(this.#ballot.start());
  }

  #widen(): void {
    this.#isWide = true;
    this.#ballot.widen();
    const { id } = this.#work.stage;
    const message = `Undecided after ${this.#ballot.started} attempts (${standing(this.#tally)}): up to ${this.#ballot.max} may vote.`;
    log(this.#context, 'info', id, message, 'vote-widened');
  }

  #start(index: number): void {
    const stop = new AbortController();
    this.#stops.set(index, stop);
    const running: Promise<void> = this.#voter(index, stop.signal).finally(() => {
      this.#stops.delete(index);
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  /** One attempt that votes, with its retries. */
  async #voter(index: number, stop: AbortSignal): Promise<void> {
    const { retry } = this.#work.stage;
    const context = this.#context;
    // The first goes on with what the stage was given.
    const slot = index === 1 ? this.#slot : this.#slot.another();
    let isHeld = index === 1;
    for (let number = 1; ; number++) {
      isHeld ||= await slot.acquire();
      if (!isHeld || stop.aborted || context.signal.aborted) {
        slot.release();
        return this.#settle(index, this.#attempts, { how: isHeld ? 'cancelled' : 'not-started' });
      }
      const attempt = ++this.#attempts;
      const end = await this.#tryIn(slot, index, number, attempt, stop);
      if (!end || !retry) return;
      isHeld = false;
      const delayMs = pauseMs(retry.backoff, number, context.random());
      const { durationMs: duration_ms, failure } = end;
      const message = `${failure.message} It is tried again in ${seconds(delayMs)}.`;
      const data = { attempt, attempts: retry.max + 1, duration_ms, delay_ms: delayMs, failure, vote: index };
      emit(context, 'task_retrying', this.#work.stage.id, message, data);
      await context.clock.sleep(delayMs, AbortSignal.any([slot.closed, stop]));
    }
  }

  /** Gives the slot back. Resolves with how it failed when it is tried again; else it is settled. */
  async #tryIn(
    slot: Slot,
    index: number,
    number: number,
    attempt: number,
    stop: AbortSignal,
  ): Promise<FailedAttempt | undefined> {
    const seed = index + (number - 1) * RETRY_SEED_STEP;
    try {
      const end = await tryApart(
        this.#context,
        this.#work,
        attempt,
        { place: `vote${index}`, seed, vote: index },
        stop,
      );
      if (end.how === 'failed' && isTriedAgain(this.#work.stage.retry, number, end.cause)) return end;
      // Not before: whether the run is halted must be known, and who comes next, when another stage could take the slot.
      await this.#settle(index, attempt, end);
      return undefined;
    } finally {
      slot.release();
    }
  }

  async #settle(index: number, attempt: number, ended: Ended): Promise<void> {
    let end = ended;
    let paper: Paper = { how: 'end' };
    let answer: Answer | undefined;
    if (end.how === 'made') {
      const found = await this.#answerOf(end);
      if (found.ok) {
        answer = found.value;
        this.#candidates.set(index, { answer, made: end });
        paper = { how: 'vote', key: answer.key };
      } else end = await fail(this.#context, end.begun.attempt, failures.voteIncomparable(found.error), end.end);
    }
    if (end.how === 'failed' && isFlagged(end)) paper = { how: 'flag' };
    this.#ends.set(index, { attempt, end, ...(answer && { answer }) });
    if (paper.how === 'end') this.#stopAfter(index);
    this.#ballot.settle(index, paper);
    for (let one = this.#ballot.count(); one; one = this.#ballot.count()) this.#tell(one);
    this.#goOn();
    const lost = this.#lost();
    if (lost && this.#halts(lost)) this.#slot.halt();
  }

  /** The category of what the vote has failed with; undefined when it has not, or not yet. */
  #lost(): Pick<FailureCause, 'category'> | undefined {
    const { decision } = this.#ballot;
    if (decision === 'undecided') return this.#isAsked() ? undefined : failures.VOTE_UNDECIDED;
    if (typeof decision === 'string' || 'winner' in decision) return undefined;
    const end = this.#ends.get(decision.endedBy)?.end;
    return end?.how === 'failed' ? end.cause : undefined;
  }

  /** Whether a person decides what is undecided. */
  #isAsked(): boolean {
    return this.#vote.undecided === 'suspend' && this.#ballot.votes.length > 0;
  }

  async #answerOf({ begun: { attempt } }: MadeApart) {
    const { answerOf } = await import('./vote-answers.ts');
    const { fs, layout } = this.#context.state;
    const made = attempt.staging.outputs.map(({ path, port, writtenAt }) => {
      return { path, port, at: inWorkspace(layout, writtenAt) };
    });
    return answerOf(fs, this.#vote.by, made);
  }

  /** What comes after it is not counted any more. */
  #stopAfter(index: number): void {
    for (const [other, stop] of this.#stops) if (other > index) stop.abort();
  }

  #tell({ attempt: index, paper }: Counted): void {
    const { attempt, end, answer } = this.#ends.get(index) as { attempt: number; end: Ended; answer?: Answer };
    const { stage } = this.#work;
    if (paper.how === 'vote' && answer && end.how === 'made') {
      const before = this.#first.get(answer.key);
      this.#name(answer);
      if (before === undefined) this.#first.set(answer.key, index);
      else {
        // Another one made the same.
        removeStaging(this.#context.state.fs, end.begun.attempt.staging);
        this.#candidates.delete(index);
      }
      const tally = this.#tally;
      const message = `Vote ${index} of at most ${tally.max}: ${standing(tally)}.`;
      const { durationMs: duration_ms, log: logged } = end.end;
      const data = { attempt, vote: index, duration_ms, answer: this.#nameOf(answer.key), log: logged, tally };
      emit(this.#context, 'vote', stage.id, message, data);
    } else if (paper.how === 'flag' && end.how === 'failed') {
      const { durationMs: duration_ms, failure } = end;
      const data = { attempt, vote: index, duration_ms, failure, tally: this.#tally };
      emit(this.#context, 'red_flag', stage.id, `Vote ${index} does not count: ${failure.message}`, data);
    }
  }

  /** Those of one vote are told apart, however short they are. */
  #name({ key, shown }: Answer): void {
    if (this.#shown.has(key)) return;
    const masked = this.#context.secrets.text(shown);
    const isTaken = [...this.#shown.values()].includes(masked);
    this.#shown.set(key, isTaken ? `${masked} (${key.slice(0, 8)})` : masked);
  }

  #nameOf(key: string): string {
    return this.#shown.get(key) ?? key;
  }

  async #conclude(): Promise<OneOf<Voted>> {
    const { decision } = this.#ballot;
    if (typeof decision === 'object' && 'winner' in decision) return this.#publish(decision.winner);
    if (decision === 'undecided') return { attempt: this.#attempts, ...(await this.#undecided()) };
    for (const { made } of this.#candidates.values()) giveUp(this.#context, made.begun.attempt);
    const last = this.#ends.get(typeof decision === 'object' ? decision.endedBy : 0);
    const { attempt, end } = last ?? { attempt: this.#attempts, end: undefined };
    const vote = this.#tally;
    if (end?.how === 'failed' || end?.how === 'suspended') return { attempt, ...end, vote };
    return { attempt, how: this.#context.signal.aborted ? 'cancelled' : 'halted' };
  }

  async #publish(winner: string): Promise<OneOf<Voted>> {
    const { begun, end } = (this.#candidates.get(this.#first.get(winner) ?? 0) as Candidate).made;
    await this.#keepAside(winner);
    const durationMs = Math.round(this.#context.clock.monotonicMs() - this.#startedMs);
    const vote = this.#tally;
    const published = await publishAttempt(this.#context, { ...begun, ...this.#atStart }, { ...end, durationMs }, vote);
    return { attempt: begun.attempt.number, ...published, vote };
  }

  async #undecided(): Promise<
    (FailedAttempt | ({ readonly how: 'suspended' } & Asking)) & { readonly vote: VoteTally }
  > {
    const { ahead } = this.#vote;
    const counted = this.#inOrder();
    if (this.#isAsked()) {
      const vote = this.#tally;
      const made = counted.map(({ key, made: one }) => ({ key, answer: this.#nameOf(key), made: one }));
      return { how: 'suspended', ...askForAnswer(this.#context, this.#work, made, vote), vote };
    }
    await this.#keepAside(undefined);
    const vote = this.#tally;
    const { end: last } = this.#ends.get(vote.started) ?? {};
    const why = counted.length === 0 && last?.how === 'failed' ? last.failure.message : undefined;
    const cause = failures.voteUndecided(ahead, vote.started, countsOfAnswers(vote), why);
    const durationMs = Math.round(this.#context.clock.monotonicMs() - this.#startedMs);
    return { how: 'failed', durationMs, cause, failure: failureOf(cause), vote };
  }

  /** The first attempt of each answer that got votes, in the order of the tally. */
  #inOrder(): readonly { readonly key: string; readonly votes: number; readonly made: MadeApart }[] {
    return this.#ballot.votes.flatMap(([key, votes]) => {
      const candidate = this.#candidates.get(this.#first.get(key) ?? 0);
      return candidate ? [{ key, votes, made: candidate.made }] : [];
    });
  }

  /** What others answered, for whoever wants to see what they were thinking. */
  async #keepAside(winner: string | undefined): Promise<void> {
    const of = votesIn(this.#tally);
    for (const { key, votes, made } of this.#inOrder()) {
      if (key === winner) continue;
      const cause = failures.outvoted(this.#nameOf(key), votes, of);
      const { kept } = (await fail(this.#context, made.begun.attempt, cause, made.end)).failure;
      if (kept !== undefined) this.#kept.set(key, kept);
    }
  }
}

/** Their answer is none, and another attempt may give one. */
function isFlagged({ cause: { code, category } }: FailedAttempt): boolean {
  return category === 'retryable' || code === 'contract' || code === 'vote-by';
}
