/** Ctrl-C and its kin: the first stops politely, the second kills what runs, the third ends wrangle itself. */
import { type EndingSignal, SIGNAL_EXIT } from './exit-code.ts';

/**
 * npm and other wrappers pass on what the terminal has sent to wrangle already. Nobody presses Ctrl-C twice as fast, and
 * whoever does presses it once more.
 */
const ECHO_MS = 100;

export interface SignalWatch {
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** The first that came. */
  received(): EndingSignal | undefined;
  close(): void;
}

export function watchSignals(): SignalWatch {
  const stop = new AbortController();
  const kill = new AbortController();
  let first: EndingSignal | undefined;
  let count = 0;
  const names = Object.keys(SIGNAL_EXIT) as EndingSignal[];
  const lastMs = new Map<EndingSignal, number>();
  const onSignal = (name: EndingSignal) => {
    const nowMs = performance.now();
    const isEcho = nowMs - (lastMs.get(name) ?? Number.NEGATIVE_INFINITY) < ECHO_MS;
    lastMs.set(name, nowMs);
    if (isEcho) return;
    count++;
    first ??= name;
    if (count === 1) stop.abort();
    else if (count === 2) kill.abort();
    // The state on the disk allows it: the next build recovers.
    else process.exit(SIGNAL_EXIT[first]);
  };
  for (const name of names) process.on(name, onSignal);
  return {
    stop: stop.signal,
    kill: kill.signal,
    received: () => first,
    close: () => {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
