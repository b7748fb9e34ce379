/** Everything from outside that the engine is handed. */

import type { Platform } from '../digest/fingerprint.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommandRunner, Survivor } from '../ports/command-runner.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Machine } from '../ports/machine.ts';
import type { WorkerPool } from '../ports/worker-pool.ts';
import type { WorkspaceLock } from '../ports/workspace-lock.ts';

export interface EnginePorts {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly lock: WorkspaceLock;
  /**
   * Made when the first stage is to run; a no-op needs none. `plugins`: stage types are among what may run;
   * `expected`: how many stages may run.
   */
  readonly createRunner: (options: {
    readonly plugins: boolean;
    readonly expected: number;
    readonly lockFd: number | undefined;
    /** Where the processes that run are written down, for whoever comes after a kill. Absolute. */
    readonly ledger: string;
  }) => Promise<ClosableRunner>;
  /** Made when the first stage whose type has workers is to run. `slots`: how many stages run at once. */
  readonly createWorkers: (options: {
    readonly slots: number;
    /** Undefined also for workers that are to outlive the build. */
    readonly lockFd: number | undefined;
    /** As the runner's, and not the same. */
    readonly ledger: string;
  }) => Promise<ClosableWorkers>;
  /** Ends what is written down there and still runs. Only under the lock. */
  readonly endSurvivors: (ledger: string) => Promise<readonly Survivor[]>;
  /** The caller's environment. */
  readonly env: { readonly [name: string]: string | undefined };
  readonly platform: Platform;
  /** Of this start of the machine; empty where it is not known. */
  readonly bootId: string;
  readonly pid: number;
  readonly capacity: () => Pick<Machine, 'cores' | 'memoryBytes'>;
  readonly nodePath: string;
  /** wrangle's own version, for plugins that ask for one. */
  readonly version: string;
  /** Random text of `length` lowercase letters and digits. */
  readonly randomId: (length: number) => string;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  /** Gives memory back after work that needed much of it for a short time. */
  readonly collectGarbage?: () => void;
  /** Set by tests; else measured once for each workspace. In nanoseconds. */
  readonly granularityNs?: bigint;
}

export interface ClosableWorkers extends WorkerPool {
  /** Between two builds: nothing on the disk speaks of those that wait. Returns sentences that are warnings. */
  rest(): readonly string[];
  /** Resolves to the same when all have ended and nothing of them holds the lock any more. */
  close(): Promise<readonly string[]>;
}

export interface ClosableRunner extends CommandRunner {
  /** Resolves when nothing of it holds the lock any more. */
  close(): Promise<void>;
}
