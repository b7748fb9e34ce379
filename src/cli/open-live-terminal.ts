/**
 * Where runs are told to a person: line by line, or on a terminal with a block of what is under way below the lines. What
 * draws it is loaded when a run has lasted long enough to be looked at, so a build with little to do does not pay for it.
 */
import type { WrangleEvent } from '../model/event.ts';
import { createProgressLines } from '../report/progress-lines.ts';
import type { LiveTerminal } from './live-terminal.ts';
import type { Session } from './session.ts';

/** For one run after the other. */
export interface ToldRuns {
  onEvent(event: WrangleEvent): void;
  /** Redacted output of a stage, in whole lines; undefined where nobody wants to hear it. */
  readonly onOutput: ((stage: string, text: string) => void) | undefined;
  /** A line that stays. */
  line(text: string): void;
  /** What stands below while no run is under way; undefined: nothing. Without a terminal it is a line like others. */
  idle(text: string | undefined): void;
  /** What is printed from here on goes where it always goes. To be called before the summary. */
  close(): void;
}

export interface LiveOptions {
  /** Others write to the terminal too, so no block can stand on it. */
  readonly isShared: boolean;
}

const LOAD_AFTER_MS = 100;
const TICK_MS = 1000;

export function openLiveTerminal({ stderr, verbosity }: Session, { isShared }: LiveOptions): ToldRuns {
  const hasBlock = stderr.isTty && verbosity !== 'quiet' && !isShared && canDraw(process.env);
  const progress = createProgressLines({
    style: stderr.style,
    verbosity,
    hasBlock,
    get width() {
      return stderr.width;
    },
  });
  let live: LiveTerminal | undefined;
  /** What the block must be told when it is there. */
  let events: WrangleEvent[] = [];
  let idleText: string | undefined;
  let loading: NodeJS.Timeout | undefined;
  let isClosed = false;

  const line = (text: string) => (live ?? stderr).line(text);
  const lines = (texts: readonly string[]) => {
    for (const text of texts) line(text);
  };
  const ticking = setInterval(() => lines(progress.tick(Date.now())), TICK_MS).unref();

  const load = async () => {
    const { createLiveTerminal } = await import('./live-terminal.ts');
    if (isClosed) return;
    live = createLiveTerminal({ stream: process.stderr, style: stderr.style, env: process.env });
    live.idle(idleText);
    for (const event of events) live.onEvent(event);
    events = [];
  };
  const loadSoon = () => {
    loading ??= setTimeout(() => void load(), LOAD_AFTER_MS).unref();
  };

  return {
    onEvent(event) {
      if (hasBlock) {
        if (event.event === 'run_started') {
          events = [];
          const { total, fresh, skipped = 0 } = event.details.data;
          if (total > fresh + skipped) loadSoon();
        }
        if (live) live.onEvent(event);
        else events.push(event);
      }
      lines(progress.onEvent(event));
    },
    onOutput: verbosity === 'verbose' ? (stage, text) => lines(progress.onOutput(stage, text)) : undefined,
    line,
    idle(text) {
      if (live) live.idle(text);
      else if (hasBlock) loadSoon();
      else if (text !== undefined && text !== idleText && verbosity !== 'quiet') line(text);
      idleText = text;
    },
    close() {
      isClosed = true;
      clearTimeout(loading);
      clearInterval(ticking);
      live?.close();
      live = undefined;
    },
  };
}

/** In CI somebody reads it later, as text. */
function canDraw(env: { readonly [name: string]: string | undefined }): boolean {
  const { CI: ci = '', TERM: terminal } = env;
  return (ci === '' || ci === '0' || ci === 'false') && terminal !== 'dumb';
}
