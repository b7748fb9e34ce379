// The command runner of this machine. Knows nothing of stages beyond their name in messages.
import type { CommandRunner, ProcessSpec, RunningProcess } from '../ports/command-runner.ts';
import { InternalError } from '../util/internal-error.ts';
import type { GroupWatch, StartChild } from './child.ts';
import type { Launcher } from './launcher.ts';
import { ProcessLedger } from './process-ledger.ts';
import { ProcessRoom } from './process-room.ts';
import { ProcessRun, type Shared } from './process-run.ts';
import { Reaper } from './reaper.ts';
import { startCommand } from './start-command.ts';

const LOG_BYTES_MAX = 1024 ** 3;
/** From about here on it saves more than its own start costs; measured, with two jobs on two processors. */
const LAUNCHER_FROM = 20;

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
  /** That process. Default: one of this machine's own, where it can be had. */
  readonly launcher?: Launcher | undefined;
}

/** Asynchronous, because the library that starts plugins is only loaded by who needs it. */
export async function createCommandRunner(options: CommandRunnerOptions = {}): Promise<NodeCommandRunner> {
  const startPlugin = options.plugins ? (await import('./start-plugin.ts')).startPlugin : undefined;
  const launcher = options.launcher ?? (await openLauncher(options));
  return new NodeCommandRunner(options, startPlugin, launcher);
}

async function openLauncher({ expected, inheritFd }: CommandRunnerOptions): Promise<Launcher | undefined> {
  if ((expected ?? 0) < LAUNCHER_FROM) return undefined;
  const { Launcher } = await import('./launcher.ts');
  // No room for it, for one: nothing is lost but time.
  return Launcher.open(inheritFd?.()).catch(() => undefined);
}

class NodeCommandRunner implements CommandRunner {
  readonly #startPlugin: ((watch: GroupWatch) => StartChild) | undefined;
  readonly #shared: Shared;
  readonly #reaper: Reaper;
  #launcher: Launcher | undefined;

  constructor(
    options: CommandRunnerOptions,
    startPlugin: ((watch: GroupWatch) => StartChild) | undefined,
    launcher: Launcher | undefined,
  ) {
    this.#startPlugin = startPlugin;
    this.#launcher = launcher;
    this.#reaper = new Reaper(options.inheritFd ?? (() => undefined));
    this.#shared = {
      logBytesMax: options.logBytesMax ?? LOG_BYTES_MAX,
      ledger: options.ledger && new ProcessLedger(options.ledger.path, options.ledger.bootId),
      room: new ProcessRoom(),
    };
  }

  start(spec: ProcessSpec): RunningProcess {
    return new ProcessRun(spec, this.#wayOf(spec), this.#shared);
  }

  /** The launcher watches over processes as the reaper does, so there is one of them. */
  #wayOf({ door, stage }: ProcessSpec): StartChild {
    const launcher = this.#launcher?.isAlive ? this.#launcher : undefined;
    if (launcher && door === 'command') return (spec, listener) => launcher.start(spec, listener);
    const way = door === 'plugin' ? this.#startPlugin : startCommand;
    if (!way) throw new InternalError(`the command runner was made without plugins, but ${stage} needs one`);
    if (!launcher) this.#reaper.start();
    return way(launcher ?? this.#reaper);
  }

  /**
   * To be called when all processes have ended and before the lock is released: until it resolves the launcher or the
   * reaper still has the descriptor that it inherited. The next `start` begins anew, without a launcher.
   */
  async close(): Promise<void> {
    const launcher = this.#launcher;
    this.#launcher = undefined;
    await Promise.all([launcher?.close(), this.#reaper.close()]);
    this.#shared.ledger?.close();
  }
}

export type { NodeCommandRunner };
