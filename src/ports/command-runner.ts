/** Subprocesses, as the engine sees them. One attempt of one stage is one process group. */
export interface CommandRunner {
  /** Starts at once. Never throws: what keeps a process from starting is an end like any other. */
  start(spec: ProcessSpec): RunningProcess;
}

export interface ProcessSpec {
  /** For messages. */
  readonly stage: string;
  /** `command` is started directly, `plugin` through execa (see design-notes, "Processes"). */
  readonly door: 'command' | 'plugin';
  /** The file, looked up in `env.PATH` when it has no slash, and its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: { readonly [name: string]: string };
  /** stdout and stderr, in the order they arrive, redacted; made when the first byte comes. */
  readonly logPath: string;
  readonly timeoutMs: number | undefined;
  /** Between TERM and KILL. */
  readonly graceMs: number;
  /** Values to mask in the log, the tail and `onOutput`. */
  readonly secrets: readonly string[];
  /** Redacted text as it arrives, in whole lines; not called when undefined. */
  readonly onOutput: ((text: string) => void) | undefined;
}

export interface RunningProcess {
  /** Undefined when it could not be started, and as long as it is not known. */
  readonly pid: number | undefined;
  /** Resolves once the process has ended, its group is gone and its log is closed. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** TERM to the group, grace, KILL; again with `force`: KILL at once. No effect after the end. */
  cancel(force?: boolean): void;
}

/** What a build that was killed had left running. */
export interface Survivor {
  readonly stage: string;
  /** Of processes; its number is the pid of its leader. */
  readonly group: number;
  /** False when it could not be ended. */
  readonly isGone: boolean;
}

export interface ProcessEnd {
  /** How it ended. `timeout` and `cancelled` win over the exit code or signal they led to. */
  readonly how: 'exit' | 'signal' | 'timeout' | 'cancelled' | 'not-started';
  /** Of the leader; undefined when a signal ended it or it never started. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** For `not-started`: one sentence that names the right culprit (command, interpreter, folder, arguments). */
  readonly message: string | undefined;
  /** The last lines of output, redacted and harmless to a terminal; at most 20. */
  readonly tail: readonly string[];
  /** True when the log file was made. */
  readonly hasLog: boolean;
  /** The leader ended but left processes behind in its group; they have been killed. */
  readonly leftovers: boolean;
  readonly durationMs: number;
}
