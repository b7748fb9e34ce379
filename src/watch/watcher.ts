/**
 * When a pipeline is built again (design-notes, "Watching"). Hints come in, rounds go out; what a hint is worth is the
 * pipeline's to find out.
 *
 *                  hint                     quiet for 100 ms, or 1 s since the first
 *      ┌──> idle ────────────> settling ───────────────────────────────────────────┐
 *      │                       ^ │  ^ │ hint                                       v
 *      │    paused ────────────┘ │  └─┘                                         building ──┐
 *      │      ^      hint        │                                                 │       │ hint
 *      │      └──────────────────┘                                                 │       v
 *      │        the same stage, a fourth time                      the round ends  │   building-and-dirty
 *      └───────────────────────────────────────────────────────────────────────────┘       │ the round ends
 *                              ^                                                           │
 *                settling <────┴───────────────────────────────────────────────────────────┘
 *
 * `ended` is reached from everywhere by the signal. Under `restart` a hint that makes the round that runs outdated also
 * stops it; it ends as `building-and-dirty` does.
 */
import type { OpenPipeline } from '../engine/rounds/open-pipeline.ts';
import type { Hints, Round, RoundCause } from '../engine/rounds/round.ts';
import type { Clock } from '../ports/clock.ts';
import type { FolderWatcher, WatchFolders, WatchNews } from '../ports/folder-watcher.ts';
import { InternalError } from '../util/internal-error.ts';
import { LoopGuard } from './loop-guard.ts';

/** A burst of events is over when none came for so long … */
const QUIET_MS = 100;
/** … or so long after the first, for somebody may write all the time. */
const SETTLE_MS_MAX = 1_000;
/** The kernel drops events silently when 16,384 of them wait. */
const HINTS_MAX = 8_000;
const HEARTBEAT_MS = 1_000;
/** Nothing is ever missed for longer than this. */
const LOOK_AGAIN_MS = 300_000;
/** Where nothing is told, everything is looked at this often, or so that it takes a twentieth of the time. */
const POLL_MS = 1_000;
const POLL_SHARE = 20;
/** A beat that comes so late, or a wall clock that has jumped so far: the machine slept, or somebody set the clock. */
const GAP_MS = 5_000;

export type OnChange = 'finish' | 'restart';

export interface WatchListener {
  /** A round builds; they are counted from 1. */
  readonly onBegin: (number: number, cause: RoundCause) => void;
  /** It has ended, or could not begin. Not called where nothing had changed. */
  readonly onEnd: (number: number, round: Round) => void;
  /** All is done, and the next change is waited for. Once after what was said last. */
  readonly onIdle: () => void;
  /** A stage that would be built for ever; `paths` made it stale. Nothing is built until something changes once more. */
  readonly onLoop: (stage: string, paths: readonly string[]) => void;
  /** From now on everything is looked at again and again. */
  readonly onBlind: (reason: string) => void;
}

export interface RoundHooks {
  /** Stops it. */
  readonly signal: AbortSignal;
  readonly onLoaded: () => Promise<unknown>;
  readonly mayBegin: (cause: RoundCause) => boolean;
}

export interface WatchOptions {
  readonly clock: Clock;
  readonly watchFolders: WatchFolders;
  readonly pipeline: Pick<OpenPipeline, 'places' | 'isAbout' | 'isOutdatedBy' | 'expiresAtMs'>;
  /** Builds once, if there is anything to build. */
  readonly round: (hints: Hints, hooks: RoundHooks) => Promise<Round>;
  readonly onChange: OnChange;
  readonly listener: WatchListener;
  /** Ends it all. */
  readonly signal: AbortSignal;
}

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'paused' }
  | { readonly name: 'settling'; readonly sinceMs: number; readonly cancel: () => void }
  | { readonly name: 'building' | 'building-and-dirty'; readonly stop: AbortController }
  | { readonly name: 'ended' };

/** Resolves when the signal has fired and the round that ran has ended. Rejects only for bugs. */
export function watch(options: WatchOptions): Promise<void> {
  return new Watcher(options).run();
}

class Watcher {
  readonly #options: WatchOptions;
  readonly #loops = new LoopGuard();
  #state: State = { name: 'idle' };
  #hints: Hints = 'everything';
  #folders: FolderWatcher | undefined;
  /** What is watched, as text. */
  #places = '';
  #isBlind = false;
  #isChecking = false;
  /** Hints came since the last check began. */
  #hasUnchecked = false;
  /** Something was said since it was idle. */
  #hasTold = false;
  #lookedAtMs = 0;
  /** What the last look at everything took that found nothing. */
  #lookTookMs = 0;
  #rounds = 0;
  #endedAtMs = Number.NEGATIVE_INFINITY;
  #finish: (bug?: { readonly error: unknown }) => void = () => {};

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const ended = new Promise<{ readonly error: unknown } | undefined>((resolve) => {
      this.#finish = resolve;
    });
    const stopped = new AbortController();
    const onAbort = () => this.#end();
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) this.#end();
    else this.#build();
    const beating = this.#beat(stopped.signal);
    const bug = await ended;
    signal.removeEventListener('abort', onAbort);
    stopped.abort();
    await beating;
    await this.#folders?.close();
    if (bug) throw bug.error;
  }

  #onNews(news: WatchNews): void {
    if (news.type === 'blind') {
      if (!this.#isBlind) this.#options.listener.onBlind(news.reason);
      this.#isBlind = true;
    }
    this.#onHints(news.type === 'hint' ? new Set([news.path]) : 'everything');
  }

  #onHints(hints: Hints): void {
    this.#add(hints);
    switch (this.#state.name) {
      case 'idle':
        this.#settle();
        break;
      case 'paused':
        // A log that is written beside the inputs would begin the loop anew, for ever where it is this command's own.
        if (!this.#isAboutAny(hints)) break;
        this.#loops.clear();
        this.#settle();
        break;
      case 'settling':
        this.#settle(this.#state);
        break;
      case 'building':
      case 'building-and-dirty': {
        const { stop } = this.#state;
        this.#state = { name: 'building-and-dirty', stop };
        this.#hasUnchecked = true;
        if (this.#options.onChange === 'restart' && !this.#isChecking) this.#stopIfOutdated();
        break;
      }
      case 'ended':
        break;
    }
  }

  #isAboutAny(hints: Hints): boolean {
    return hints === 'everything' || [...hints].some((path) => this.#options.pipeline.isAbout(path));
  }

  #add(hints: Hints): void {
    if (this.#hints === 'everything') return;
    // A set for each hint would make a burst quadratic.
    const known = this.#hints as Set<string>;
    if (hints !== 'everything') for (const path of hints) known.add(path);
    if (hints === 'everything' || known.size > HINTS_MAX) this.#hints = 'everything';
  }

  /** Waits until the burst is over; a hint in between begins the waiting anew. */
  #settle(before?: Extract<State, { name: 'settling' }>): void {
    before?.cancel();
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const sinceMs = before?.sinceMs ?? nowMs;
    const waitMs = Math.max(0, Math.min(QUIET_MS, sinceMs + SETTLE_MS_MAX - nowMs));
    const cancel = clock.after(waitMs, () => this.#onQuiet());
    this.#state = { name: 'settling', sinceMs, cancel };
  }

  #onQuiet(): void {
    if (this.#state.name !== 'settling') throw new InternalError(`a burst is over while ${this.#state.name}`);
    this.#build();
  }

  #build(): void {
    const stop = new AbortController();
    const hints = this.#hints;
    this.#hints = new Set();
    this.#state = { name: 'building', stop };
    this.#round(hints, stop.signal).then(
      (isHeld) => this.#onRoundEnd(isHeld),
      (error: unknown) => this.#finish({ error }),
    );
  }

  /** Resolves to whether it was held back. */
  async #round(hints: Hints, signal: AbortSignal): Promise<boolean> {
    const { clock, round, listener } = this.#options;
    const startedMs = clock.monotonicMs();
    let isHeld = false;
    const ended = await round(hints, {
      signal,
      // Watched before it is looked at: what changes from now on is told of.
      onLoaded: () => this.#watch(),
      mayBegin: (cause) => {
        const loop = this.#loops.onRound(cause);
        isHeld = loop !== undefined;
        if (loop === undefined) listener.onBegin(++this.#rounds, cause);
        else listener.onLoop(loop, cause.paths);
        return !isHeld;
      },
    });
    const isUnchanged = ended.report.status === 'unchanged';
    if (hints === 'everything') {
      this.#lookedAtMs = clock.monotonicMs();
      this.#lookTookMs = isUnchanged ? this.#lookedAtMs - startedMs : 0;
    }
    if (!isUnchanged) this.#hasTold = true;
    if (isHeld) return true;
    if (!isUnchanged) listener.onEnd(this.#rounds, ended);
    // Inputs that only a look at the disk or the stages themselves told of: they may have changed before they were watched.
    if (await this.#watch()) this.#onHints('everything');
    return false;
  }

  #onRoundEnd(isHeld: boolean): void {
    const { name } = this.#state;
    this.#endedAtMs = this.#options.clock.monotonicMs();
    switch (name) {
      case 'ended':
        this.#finish();
        break;
      case 'building':
      case 'building-and-dirty':
        if (isHeld) {
          this.#state = { name: 'paused' };
        } else if (name === 'building-and-dirty') {
          this.#settle();
        } else {
          this.#state = { name: 'idle' };
          if (this.#hasTold) this.#options.listener.onIdle();
          this.#hasTold = false;
        }
        break;
      default:
        throw new InternalError(`a round ends while ${name}`);
    }
  }

  /** One check at a time, a moment after a hint, so that it covers the whole burst. What comes during it has one of its own. */
  #stopIfOutdated(): void {
    this.#isChecking = true;
    this.#options.clock.after(QUIET_MS, () => {
      this.#hasUnchecked = false;
      this.#check().then(
        () => {
          this.#isChecking = false;
          if (this.#hasUnchecked && this.#state.name === 'building-and-dirty') this.#stopIfOutdated();
        },
        (error: unknown) => this.#finish({ error }),
      );
    });
  }

  async #check(): Promise<void> {
    const hints = this.#hints;
    if (this.#state.name !== 'building-and-dirty' || hints === 'everything') return;
    // By the time that all is read, another round may have begun.
    const { stop } = this.#state;
    if (await this.#options.pipeline.isOutdatedBy([...hints])) stop.abort();
  }

  #end(): void {
    const before = this.#state;
    this.#state = { name: 'ended' };
    switch (before.name) {
      case 'building':
      case 'building-and-dirty':
        // Its end is waited for.
        before.stop.abort();
        break;
      case 'settling':
        before.cancel();
        this.#finish();
        break;
      default:
        this.#finish();
    }
  }

  /** Resolves to whether other places are watched than before. */
  async #watch(): Promise<boolean> {
    const places = this.#options.pipeline.places();
    const text = JSON.stringify(places);
    if (text === this.#places) return false;
    const before = this.#folders;
    this.#places = text;
    this.#folders = await this.#options.watchFolders(places, (news) => this.#onNews(news));
    // The other way round there would be a time in which nobody watches.
    await before?.close();
    return true;
  }

  /** Looks at everything from time to time: what was not told of is found all the same. */
  async #beat(stopped: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let wallMs = clock.nowMs();
    let beatMs = clock.monotonicMs();
    while (!stopped.aborted) {
      await clock.sleep(HEARTBEAT_MS, stopped);
      const nowMs = clock.monotonicMs();
      const passedMs = nowMs - beatMs;
      const isGap = passedMs > GAP_MS || Math.abs(clock.nowMs() - wallMs - passedMs) > GAP_MS;
      wallMs = clock.nowMs();
      beatMs = nowMs;
      if (isGap || this.#isDue(nowMs)) this.#onHints('everything');
    }
  }

  #isDue(nowMs: number): boolean {
    const { name } = this.#state;
    // What was taken for a loop may have been somebody who works fast.
    if (name === 'paused') return nowMs - this.#endedAtMs >= LOOK_AGAIN_MS;
    const everyMs = this.#isBlind ? Math.max(POLL_MS, this.#lookTookMs * POLL_SHARE) : LOOK_AGAIN_MS;
    const { clock, pipeline } = this.#options;
    const isOver = pipeline.expiresAtMs !== undefined && clock.nowMs() >= pipeline.expiresAtMs;
    return name === 'idle' && (isOver || nowMs - this.#lookedAtMs >= everyMs);
  }
}
