// Wrangle's side of the process that starts stages (see design-notes, "Processes"). Knows nothing of what it starts.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ProcessEnd, ProcessSpec, RunningProcess } from '../ports/command-runner.ts';
import {
  encodeMessage,
  type FromSpawner,
  MessageReader,
  type SpawnerOptions,
  type ToSpawner,
} from './spawner-messages.ts';

/** Where the build puts it, beside the file that this ends up in. There is none beside the sources. */
const BUILT = new URL('./spawner.js', import.meta.url);
/** A fork costs what the memory of its parent costs, so little is wanted; hardly anything lives on from stage to stage. */
const NODE_FLAGS = ['--max-semi-space-size=1'];
/** stdin, stdout, stderr, and then the one to pass on. */
const INHERITED_FD = 3;

const ended = {
  exitCode: undefined,
  signal: undefined,
  message: undefined,
  tail: [],
  hasLog: false,
  leftovers: false,
  durationMs: 0,
};

/** One for a build. When it dies, what it had started is ended, and whoever asks for more is told that it is not ready. */
export class Spawner {
  /** Resolves to true once it takes processes, to false when it ended before. */
  readonly ready: Promise<boolean>;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #running = new Map<number, SpawnedProcess>();
  #state: 'starting' | 'ready' | 'closing' | 'gone' = 'starting';
  #lastId = 0;
  #unsent = '';

  /** The program, absolute; undefined when wrangle runs from its sources. */
  static builtScript(): string | undefined {
    return existsSync(BUILT) ? fileURLToPath(BUILT) : undefined;
  }

  /** Returns at once. `inheritFd`: kept open until the last process is gone. */
  constructor(script: string, inheritFd: number | undefined, logBytesMax: number) {
    const options: SpawnerOptions = { logBytesMax, inheritFd: inheritFd === undefined ? undefined : INHERITED_FD };
    // What is meant for wrangle, such as a debugger, is not meant for it as well.
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = spawn(process.execPath, [...NODE_FLAGS, script, JSON.stringify(options)], {
      // A session of its own: a Ctrl-C at the terminal is for wrangle, which then says what is to be stopped.
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit', ...(inheritFd === undefined ? [] : [inheritFd])],
      env,
    });
    this.#child = child;
    // Its helper has the same stdout, so that this comes when the groups that it may have left have been ended.
    this.#gone = new Promise((resolve) => {
      child.once('close', () => resolve());
      child.once('error', () => resolve());
    });
    for (const event of ['exit', 'error']) {
      child.once(event, () => {
        this.#state = 'gone';
      });
    }
    child.stdin?.on('error', ignore);
    let isReady: (ready: boolean) => void = ignore;
    this.ready = new Promise((resolve) => {
      isReady = resolve;
    });
    const messages = new MessageReader<FromSpawner>();
    child.stdout?.setEncoding('utf8');
    child.stdout?.on('data', (text: string) => {
      for (const message of messages.read(text)) {
        if (message.verb === 'ready') isReady(this.#becomeReady());
        else this.#running.get(message.id)?.take(message);
      }
    });
    child.stdout?.on('error', ignore);
    void this.#gone.then(() => {
      isReady(false);
      this.#lose();
    });
    child.unref();
    this.#hold(false);
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** Only to be called while `isReady`. Its pid is known a little later. */
  start(spec: ProcessSpec): RunningProcess {
    const id = ++this.#lastId;
    const { onOutput, ...rest } = spec;
    const run = new SpawnedProcess(spec, (force) => this.#send({ verb: 'cancel', id, force }));
    if (this.#running.size === 0) this.#hold(true);
    this.#running.set(id, run);
    void run.ended.then(() => {
      this.#running.delete(id);
      if (this.#running.size === 0 && this.#state !== 'closing') this.#hold(false);
    });
    this.#send({ verb: 'start', id, spec: { ...rest, wantsOutput: onOutput !== undefined } });
    return run;
  }

  /** Ends what still runs. Resolves once neither it nor its helper hold the descriptor any more. */
  async close(): Promise<void> {
    this.#child.ref();
    this.#hold(true);
    // Before it is ready it was given nothing, so there is nothing to tidy up.
    if (this.#state === 'starting') this.#child.kill('SIGKILL');
    if (this.#state === 'ready') this.#send({ verb: 'close' });
    if (this.#state !== 'gone') this.#state = 'closing';
    await this.#gone;
  }

  #becomeReady(): boolean {
    if (this.#state === 'starting') this.#state = 'ready';
    return this.isReady;
  }

  /** What is said in one go is written in one go. */
  #send(message: ToSpawner): void {
    if (this.#unsent === '') {
      queueMicrotask(() => {
        const text = this.#unsent;
        this.#unsent = '';
        if (this.#child.stdin?.writable) this.#child.stdin.write(text);
      });
    }
    this.#unsent += encodeMessage(message);
  }

  #lose(): void {
    const { exitCode, signalCode } = this.#child;
    const how = signalCode === null ? `ended with exit code ${exitCode}` : `was killed by ${signalCode}`;
    for (const run of this.#running.values()) run.lose(`The process that starts stages ${how}.`);
  }

  /** It waits for wrangle, so wrangle must not wait for it, but for what it runs. */
  #hold(isWanted: boolean): void {
    // Pipes to a child are sockets, whatever their declared types say.
    for (const stream of [this.#child.stdin, this.#child.stdout] as (Socket | null)[]) {
      if (isWanted) stream?.ref();
      else stream?.unref();
    }
  }
}

/** A process in the hands of the spawner. */
class SpawnedProcess implements RunningProcess {
  readonly ended: Promise<ProcessEnd>;
  readonly #spec: ProcessSpec;
  readonly #cancel: (force: boolean) => void;
  readonly #startedMs = performance.now();
  #resolve: (end: ProcessEnd) => void = ignore;
  #pid: number | undefined;
  #isOver = false;
  #isCancelled = false;

  constructor(spec: ProcessSpec, cancel: (force: boolean) => void) {
    this.#spec = spec;
    this.#cancel = cancel;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get pid(): number | undefined {
    return this.#pid;
  }

  cancel(force = false): void {
    if (this.#isOver) return;
    this.#isCancelled = true;
    this.#cancel(force);
  }

  take(message: Extract<FromSpawner, { id: number }>): void {
    if (message.verb === 'pid') this.#pid = message.pid;
    else if (message.verb === 'output') this.#spec.onOutput?.(message.text);
    else this.#end({ ...ended, ...message.end });
  }

  /** The spawner died, and nothing is left of what it had started. */
  lose(reason: string): void {
    const how = this.#isCancelled ? 'cancelled' : 'not-started';
    const message = this.#isCancelled ? undefined : `${reason} This stage was ended with it.`;
    this.#end({ ...ended, how, message, durationMs: performance.now() - this.#startedMs });
  }

  #end(end: ProcessEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#resolve(end);
  }
}

function ignore(): void {
  // See where it is used.
}
