// The command runner of this machine. Knows nothing of stages beyond their name in messages.
import type { CommandRunner, ProcessSpec, RunningProcess } from '../ports/command-runner.ts';
import { InternalError } from '../util/internal-error.ts';
import { ProcessLedger } from './process-ledger.ts';
import { ProcessRun } from './process-run.ts';
import { Reaper } from './reaper.ts';
import type { Spawner } from './spawner-client.ts';
import { type StartProcess, startCommand } from './start-command.ts';

const LOG_BYTES_MAX = 1024 ** 3;
/** From about here on it saves more than its own start costs; measured, with two jobs on two processors. */
const SPAWNER_FROM = 250;

export interface CommandRunnerOptions {
  /** Loads the library that starts plugins. Without it, `door: 'plugin'` is a bug of the caller. */
  readonly plugins?: boolean;
  /** Where a log is cut, in bytes. Default: 1 GiB. */
  readonly logBytesMax?: number;
  /**
   * A descriptor, such as that of a lock, that stays open until every process is gone, even if wrangle is killed.
   * Asked for when the first process starts, at the latest.
   */
  readonly inheritFd?: () => number | undefined;
  /** Where processes are written down, for whoever comes after a kill. */
  readonly ledger?: { readonly path: string; readonly bootId: string };
  /** How many processes may be started, at most. Where they are many, a small process starts the commands. */
  readonly expected?: number;
  /** The program of that process, absolute. Default: the built one; where there is none, all is started directly. */
  readonly spawner?: string;
}

/** Asynchronous, because the library that starts plugins is only loaded by who needs it. */
export async function createCommandRunner(options: CommandRunnerOptions = {}): Promise<NodeCommandRunner> {
  const startPlugin = options.plugins ? (await import('./start-plugin.ts')).startPlugin : undefined;
  const spawner = (options.expected ?? 0) < SPAWNER_FROM ? undefined : await startSpawner(options);
  return new NodeCommandRunner(options, startPlugin, spawner);
}

async function startSpawner({ spawner, inheritFd, logBytesMax }: CommandRunnerOptions): Promise<Spawner | undefined> {
  const { Spawner } = await import('./spawner-client.ts');
  const script = spawner ?? Spawner.builtScript();
  if (script === undefined) return undefined;
  try {
    return new Spawner(script, inheritFd?.(), logBytesMax ?? LOG_BYTES_MAX);
  } catch {
    // No room for it, for one: nothing is lost but time.
    return undefined;
  }
}

class NodeCommandRunner implements CommandRunner {
  readonly #startPlugin: StartProcess | undefined;
  readonly #logBytesMax: number;
  readonly #reaper: Reaper;
  readonly #ledger: ProcessLedger | undefined;
  #spawner: Spawner | undefined;

  constructor(options: CommandRunnerOptions, startPlugin: StartProcess | undefined, spawner: Spawner | undefined) {
    this.#startPlugin = startPlugin;
    this.#spawner = spawner;
    this.#logBytesMax = options.logBytesMax ?? LOG_BYTES_MAX;
    this.#reaper = new Reaper(options.inheritFd ?? (() => undefined));
    this.#ledger = options.ledger && new ProcessLedger(options.ledger.path, options.ledger.bootId);
  }

  start(spec: ProcessSpec): RunningProcess {
    // Until it is ready, and when it has died, there is the direct way.
    if (spec.door === 'command' && this.#spawner?.isReady) return this.#spawner.start(spec);
    const start = spec.door === 'plugin' ? this.#startPlugin : startCommand;
    if (!start) throw new InternalError(`the command runner was made without plugins, but ${spec.stage} needs one`);
    this.#reaper.start();
    return new ProcessRun(spec, start, this.#reaper, this.#logBytesMax, this.#ledger);
  }

  /**
   * To be called when all processes have ended and before the lock is released: until it resolves the reaper still
   * has the descriptor that it inherited. The next `start` begins anew, without the small process.
   */
  async close(): Promise<void> {
    const spawner = this.#spawner;
    this.#spawner = undefined;
    await Promise.all([spawner?.close(), this.#reaper.close()]);
    this.#ledger?.close();
  }
}

export type { NodeCommandRunner };
