/** Everything from outside that the engine is handed. */
import type { Clock } from '../ports/clock.ts';
import type { CommandRunner } from '../ports/command-runner.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { WorkspaceLock } from '../ports/workspace-lock.ts';
import type { Platform } from '../digest/fingerprint.ts';

export interface EnginePorts {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly lock: WorkspaceLock;
  /** Made when the first stage is to run; a no-op needs none. Ends what is left of its processes when disposed. */
  readonly createRunner: (lockFd: number | undefined) => Promise<DisposableRunner>;
  /** The caller's environment. */
  readonly env: { readonly [name: string]: string | undefined };
  readonly platform: Platform;
  /** Of this start of the machine; empty where it is not known. */
  readonly bootId: string;
  readonly pid: number;
  readonly nodePath: string;
  /** wrangle's own version, for plugins that ask for one. */
  readonly version: string;
  /** Random text of `length` lowercase letters and digits. */
  readonly randomId: (length: number) => string;
  /** Set by tests; else measured once for each workspace. In nanoseconds. */
  readonly granularityNs?: bigint;
}

export interface DisposableRunner extends CommandRunner {
  dispose(): void;
}
