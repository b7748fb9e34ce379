/** What the parts of a build share. Everything from outside is handed in. */

import type { AdoptedResult, EventListener } from '../model/event.ts';
import type { StageType } from '../model/plugin.ts';
import type { Skips } from '../plan/skips.ts';
import type { WorkspaceState } from '../plan/workspace-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandRunner } from '../ports/command-runner.ts';
import type { Machine } from '../ports/machine.ts';
import type { WorkerPool } from '../ports/worker-pool.ts';
import type { FailedAttempts } from '../store/failed-attempts.ts';
import type { Journal } from '../store/journal.ts';
import { diskReason } from '../util/disk-reason.ts';
import type { AttemptFolders } from './attempt-folders.ts';
import type { CallerEnvironment } from './environment.ts';
import type { EventFiles } from './event-files.ts';
import type { SecretMask } from './secrets.ts';

export interface BuildContext {
  readonly state: WorkspaceState;
  readonly journal: Journal;
  readonly failed: FailedAttempts;
  readonly runner: CommandRunner;
  /** For stage types that have them. */
  readonly workers: WorkerPool;
  readonly clock: Clock;
  readonly emit: EventListener;
  readonly secrets: SecretMask;
  /** The file system's time, in nanoseconds. */
  readonly now: () => bigint;
  readonly runId: string;
  /** Drawn anew with each call: from 0 up to 1. */
  readonly random: () => number;
  readonly types: ReadonlyMap<string, StageType>;
  readonly caller: CallerEnvironment;
  readonly baseEnv: Readonly<Record<string, string>>;
  readonly attemptFolders: AttemptFolders;
  readonly eventFiles: EventFiles;
  /** Absolute path of an attempt's log. */
  readonly logPath: (stage: string, attempt: number) => string;
  /** Fires when the run is to end: running stages are stopped. */
  readonly signal: AbortSignal;
  /** Fires when it is to end at once: running stages are killed. */
  readonly killSignal: AbortSignal;
  readonly graceMs: number;
  /** What stages may take of the machine together. */
  readonly capacity: () => Pick<Machine, 'cores' | 'memoryBytes'>;
  /** False: results are not kept in the store. Turns false when the store cannot be written. */
  writeStore: boolean;
  /** `-k`: a failure stops only what depends on it. */
  readonly keepGoing: boolean;
  /** The user works on while it runs, so an input that changes twice in a row is no failure. */
  readonly isRound: boolean;
  /** Where the bytes of outputs go that step aside while a transaction is open; see `Displacer`. */
  readonly promised: Map<string, string>;
  /** By stage, what it was when it was tried last; see `triedAs`. Empty where that could not be read. */
  readonly tried: Map<number, string>;
  /** Instances whose item was dropped: a failure was skipped, or no try was left. */
  readonly dropped: Set<number>;
  /** Stages that failed while an input was not what they were tried with; only in rounds. */
  readonly unsteady: Set<number>;
  /** By id, fresh stages whose result the store knew and the index did not. */
  readonly adopted: Map<string, AdoptedResult>;
  /** `--check-determinism`: by its place, whether it is run twice; a sentence why it is not, although that is asked for. */
  readonly runsTwice: (stage: number) => boolean | string;
  /** Which stages are skipped for a `when` that does not hold. */
  readonly skips: Skips;
  readonly nodePath: string;
  /** Redacted output of stages as it comes, for `-v`. */
  readonly onOutput: ((stage: string, text: string) => void) | undefined;
}

/**
 * The machine failed, not a stage: the disk is full, the state folder cannot be written. Nothing can go on; exit code 4.
 */
export class EnvironmentFailure extends Error {
  override readonly name = 'EnvironmentFailure';
}

/** Wraps an error of the disk in a sentence that says what was being done. */
export function environmentFailure(doing: string, error: unknown): EnvironmentFailure {
  const { path } = error as NodeJS.ErrnoException;
  return new EnvironmentFailure(`Cannot ${doing}: ${diskReason(error)}${path ? ` (${path})` : ''}.`, { cause: error });
}
