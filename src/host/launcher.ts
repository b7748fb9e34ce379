// Wrangle's side of launcher.py, the small process that starts the commands of a long build and ends them when wrangle is
// gone (see design-notes, "Processes"). Knows nothing of logs, time limits or why something is stopped.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { getSystemErrorName } from 'node:util';
import type { ProcessSpec } from '../ports/command-runner.ts';
import type { Child, ChildListener, GroupWatch } from './child.ts';
import { type LauncherAnswer, LauncherReader } from './launcher-reader.ts';

/** Of the system, and without what people installed into it. On macOS a stand-in that offers to install it. */
const PYTHON = ['/usr/bin/python3', '-I', '-S'] as const;
/** Beside this file, in the sources as in what is built of them. */
const PROGRAM = fileURLToPath(new URL('./launcher.py', import.meta.url));
/** On macOS Node starts processes as the launcher does. */
const COMMAND: LauncherCommand | undefined = process.platform === 'linux' ? [...PYTHON, PROGRAM] : undefined;

export type LauncherCommand = readonly [string, ...string[]];

/** It takes some 20 ms; one that hangs must not hold the build up. */
const READY_MS_MAX = 10_000;

const SIGNALS: readonly (string | undefined)[] = signalNames();

/** One for a build. */
export class Launcher implements GroupWatch {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #onReady: () => void;
  readonly #listeners = new Map<number, ChildListener>();
  /** Ids of groups that it watches. */
  readonly #watched = new Set<number>();
  /** Of those that were started by somebody else: group -> id. */
  readonly #foreign = new Map<number, number>();
  /** Of the command that was started last. */
  #variables: ProcessSpec['env'] = {};
  #isReady = false;
  #isClosing = false;
  #lastId = 0;
  #unsent = '';

  /**
   * Resolves once it takes processes; to undefined where it cannot, and they are to be started directly. `inheritFd` is
   * kept open until the last group is gone. `command` is for tests.
   */
  static async open(inheritFd: number | undefined, command = COMMAND): Promise<Launcher | undefined> {
    if (!command || !existsSync(command[0])) return undefined;
    const [file, ...args] = command;
    const child = spawn(file, [...args, ...(inheritFd === undefined ? [] : ['locked'])], {
      // A session of its own: a Ctrl-C at the terminal is for wrangle, which then says what is to be stopped.
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore', ...(inheritFd === undefined ? [] : [inheritFd])],
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
    });
    return new Promise((resolve) => {
      const tooSlow = setTimeout(() => child.kill('SIGKILL'), READY_MS_MAX);
      const launcher = new Launcher(child, () => {
        clearTimeout(tooSlow);
        resolve(launcher);
      });
      void launcher.#gone.then(() => {
        clearTimeout(tooSlow);
        resolve(undefined);
      });
    });
  }

  private constructor(child: ChildProcess, onReady: () => void) {
    this.#child = child;
    this.#gone = new Promise((resolve) => {
      child.once('close', () => resolve());
      child.once('error', () => resolve());
    });
    this.#onReady = onReady;
    const reader = new LauncherReader((answer) => this.#take(answer));
    child.stdout?.on('data', (bytes: Buffer) => reader.read(bytes));
    child.stdout?.on('error', ignore);
    child.stdin?.on('error', ignore);
    void this.#gone.then(() => this.#lose());
  }

  /** Whether it takes processes. */
  get isAlive(): boolean {
    return this.#isReady && !this.#isClosing;
  }

  /** Only while it is alive. Errors: throws when a text holds a NUL. */
  start(spec: ProcessSpec, listener: ChildListener): Child {
    const message = startMessage(this.#lastId + 1, spec, this.#variables);
    this.#variables = spec.env;
    const id = this.#add(listener);
    this.#tell(message);
    return {
      pause: () => this.#tell(`pause ${id}\n`),
      resume: () => this.#tell(`resume ${id}\n`),
      close: () => this.#tell(`close ${id}\n`),
      forget: () => this.#forget(id),
    };
  }

  add(group: number): void {
    const id = ++this.#lastId;
    this.#watched.add(id);
    this.#foreign.set(group, id);
    this.#tell(`watch ${id} ${group}\n`);
    // It runs already: if wrangle is killed now, nobody knows of it.
    this.#flush();
  }

  delete(group: number): void {
    this.#forget(this.#foreign.get(group));
    this.#foreign.delete(group);
  }

  /** Ends what still runs. Resolves once it has ended, and with it its hold on the descriptor. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#hold(true);
    this.#flush();
    this.#child.stdin?.end();
    await this.#gone;
  }

  #add(listener: ChildListener): number {
    if (this.#listeners.size === 0) this.#hold(true);
    this.#listeners.set(++this.#lastId, listener);
    this.#watched.add(this.#lastId);
    return this.#lastId;
  }

  #forget(id: number | undefined): void {
    if (id !== undefined && this.#watched.delete(id)) this.#tell(`forget ${id}\n`);
  }

  #take(answer: LauncherAnswer): void {
    const listener = 'id' in answer ? this.#listeners.get(answer.id) : undefined;
    switch (answer.verb) {
      case 'ready':
        this.#becomeReady();
        break;
      case 'started':
        listener?.onStart(answer.pid);
        break;
      case 'output':
        listener?.onOutput(answer.from, answer.bytes);
        break;
      case 'exit': {
        if (answer.isGroupGone) this.#watched.delete(answer.id);
        // Those of real time have no names.
        const signal = answer.signal === 0 ? undefined : (SIGNALS[answer.signal] ?? `signal ${answer.signal}`);
        listener?.onExit(signal === undefined ? answer.code : undefined, signal, answer.isGroupGone);
        break;
      }
      case 'failed':
        this.#watched.delete(answer.id);
        this.#drop(answer.id);
        listener?.onFailure(systemError(answer.errno));
        break;
      case 'end':
        this.#drop(answer.id);
        listener?.onOutputEnd();
        break;
    }
  }

  #becomeReady(): void {
    this.#isReady = true;
    this.#hold(false);
    this.#onReady();
  }

  #drop(id: number): void {
    this.#listeners.delete(id);
    if (this.#listeners.size === 0 && !this.#isClosing) this.#hold(false);
  }

  /** What is said in one go is written in one go. */
  #tell(message: string): void {
    if (this.#unsent === '') queueMicrotask(() => this.#flush());
    this.#unsent += message;
  }

  #flush(): void {
    const text = this.#unsent;
    this.#unsent = '';
    if (text !== '' && this.#child.stdin?.writable) this.#child.stdin.write(text);
  }

  #lose(): void {
    this.#isReady = false;
    const { exitCode, signalCode } = this.#child;
    const how = signalCode === null ? `ended with exit code ${exitCode}` : `was killed by ${signalCode}`;
    for (const listener of this.#listeners.values()) listener.onLoss(`The process that starts stages ${how}.`);
    this.#listeners.clear();
  }

  /** It waits for wrangle, so wrangle must not wait for it, but for what it runs. */
  #hold(isWanted: boolean): void {
    // Pipes to a child are sockets, whatever their declared types say. The child itself, too: when it dies its pipes end
    // first, and with nothing left to wait for wrangle would end as if all were done.
    for (const held of [this.#child, this.#child.stdin, this.#child.stdout] as (ChildProcess | Socket | null)[]) {
      if (isWanted) held?.ref();
      else held?.unref();
    }
  }
}

function startMessage(id: number, { argv, cwd, env }: ProcessSpec, before: ProcessSpec['env']): string {
  const fields = [cwd, String(argv.length), ...argv];
  for (const name in env) if (env[name] !== before[name]) fields.push(`${name}=${env[name]}`);
  for (const name in before) if (!Object.hasOwn(env, name)) fields.push(name);
  const body = `${fields.join('\0')}\0`;
  if (body.split('\0').length !== fields.length + 1) throw new Error('a NUL is in an argument or a variable');
  return `start ${id} ${Buffer.byteLength(body)}\n${body}`;
}

/** As Node's own errors are. */
function systemError(errno: number): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`spawn ${code}`), { code, errno: -errno });
}

function signalNames(): string[] {
  const names: string[] = [];
  for (const [name, number] of Object.entries(constants.signals)) names[number] ??= name;
  return names;
}

function ignore(): void {
  // See where it is used.
}
