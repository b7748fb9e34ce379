/** Ctrl-C and its kin: the first stops politely, the second kills what runs, the third ends wrangle itself. */
import { type EndingSignal, SIGNAL_EXIT } from './exit-code.ts';

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
  const onSignal = (name: EndingSignal) => {
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
