// The command runner of this machine. Knows nothing of stages beyond their name in messages.
import type { CommandRunner, ProcessSpec, RunningProcess } from '../ports/command-runner.ts';
import { InternalError } from '../util/internal-error.ts';
import { ProcessRun } from './process-run.ts';
import { Reaper } from './reaper.ts';
import { type StartProcess, startCommand } from './start-command.ts';

const LOG_BYTES_MAX = 1024 ** 3;

export interface CommandRunnerOptions {
  /** Loads the library that starts plugins. Without it, `door: 'plugin'` is a bug of the caller. */
  readonly plugins?: boolean;
  /** Where a log is cut, in bytes. Default: 1 GiB. */
  readonly logBytesMax?: number;
  /**
   * A descriptor, such as that of a lock, that stays open until every process is gone, even if wrangle is killed.
   * Asked for when the first process starts.
   */
  readonly inheritFd?: () => number | undefined;
}

/** Asynchronous, because the library that starts plugins is only loaded by who needs it. */
export async function createCommandRunner(options: CommandRunnerOptions = {}): Promise<NodeCommandRunner> {
  const startPlugin = options.plugins ? (await import('./start-plugin.ts')).startPlugin : undefined;
  return new NodeCommandRunner(options, startPlugin);
}

class NodeCommandRunner implements CommandRunner {
  readonly #startPlugin: StartProcess | undefined;
  readonly #logBytesMax: number;
  readonly #reaper: Reaper;

  constructor(options: CommandRunnerOptions, startPlugin: StartProcess | undefined) {
    this.#startPlugin = startPlugin;
    this.#logBytesMax = options.logBytesMax ?? LOG_BYTES_MAX;
    this.#reaper = new Reaper(options.inheritFd ?? (() => undefined));
  }

  start(spec: ProcessSpec): RunningProcess {
    const start = spec.door === 'plugin' ? this.#startPlugin : startCommand;
    if (!start) throw new InternalError(`the command runner was made without plugins, but ${spec.stage} needs one`);
    this.#reaper.start();
    return new ProcessRun(spec, start, this.#reaper, this.#logBytesMax);
  }

  /**
   * To be called when all processes have ended and before the lock is released: until it resolves the reaper still
   * has the descriptor that it inherited. The next `start` begins anew.
   */
  close(): Promise<void> {
    return this.#reaper.close();
  }
}

export type { NodeCommandRunner };
