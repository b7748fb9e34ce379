// A process that was started, and what it tells, whoever started it. Knows nothing of groups, logs or time limits.
import type { ChildProcess } from 'node:child_process';
import type { ProcessSpec } from '../ports/command-runner.ts';

export type OutputName = 'stdout' | 'stderr';

/** Told what happens to one process. Either it starts and exits, or it fails. */
export interface ChildListener {
  /** It runs, and is the leader of a group of its own. */
  onStart(pid: number): void;
  /** It does not, and nothing follows. */
  onFailure(error: unknown): void;
  onOutput(from: OutputName, bytes: Uint8Array): void;
  /** Both its pipes have ended. */
  onOutputEnd(): void;
  /** `isGroupGone`: nothing is left of its group; otherwise nobody has looked. */
  onExit(exitCode: number | undefined, signal: string | undefined, isGroupGone: boolean): void;
  /** Whoever started it died, so nothing more will be heard of it; it may still run. */
  onLoss(reason: string): void;
}

export interface Child {
  /** While it is paused it waits in its next write, once the pipes are full. */
  pause(): void;
  resume(): void;
  /** Its output is not wanted any more. */
  close(): void;
  /** Its group is gone: nobody need end it when wrangle is killed. */
  forget(): void;
}

/** Starts a process and returns at once. Errors: some are thrown, others are told. */
export type StartChild = (spec: ProcessSpec, listener: ChildListener) => Child;

/** Ends groups when wrangle is killed. */
export interface GroupWatch {
  add(group: number): void;
  /** Once nothing of the group is left: its id may be given to a stranger. */
  delete(group: number): void;
}

/** A child of this process that has started. */
export function followChild(child: ChildProcess, pid: number, watch: GroupWatch, listener: ChildListener): Child {
  const streams = [
    ['stdout', child.stdout],
    ['stderr', child.stderr],
  ] as const;
  let openCount = streams.length;
  for (const [name, stream] of streams) {
    stream?.on('data', (bytes: Uint8Array) => listener.onOutput(name, bytes));
    // A pipe that cannot be read is a pipe that has ended; `close` follows.
    stream?.on('error', () => undefined);
    stream?.once('close', () => {
      if (--openCount === 0) listener.onOutputEnd();
    });
  }
  child.once('exit', (code, signal) => listener.onExit(code ?? undefined, signal ?? undefined, false));
  watch.add(pid);
  listener.onStart(pid);
  const each = (act: 'pause' | 'resume' | 'destroy') => {
    for (const [, stream] of streams) stream?.[act]();
  };
  return {
    pause: () => each('pause'),
    resume: () => each('resume'),
    close: () => each('destroy'),
    forget: () => watch.delete(pid),
  };
}

/** What never ran has nothing to be told. */
export const NO_CHILD: Child = { pause: ignore, resume: ignore, close: ignore, forget: ignore };

function ignore(): void {
  // See where it is used.
}
