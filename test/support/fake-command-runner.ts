// A command runner whose processes do what the test says. Knows nothing of real processes.
import { isAbsolute, join } from 'node:path';
import { OutputTail } from '../../src/host/output-lines.ts';
import type { CommandRunner, ProcessEnd, ProcessSpec, RunningProcess } from '../../src/ports/command-runner.ts';
import type {
  RequestEnd,
  RunningRequest,
  WorkerFault,
  WorkerPool,
  WorkerRequest,
} from '../../src/ports/worker-pool.ts';
import type { Json } from '../../src/util/canonical-json.ts';
import { Redactor } from '../../src/util/redact.ts';
import type { MemoryFileSystem } from './memory-file-system.ts';

/**
 * Every process is held until the test releases it, or until `onStart` does. A cancelled one ends as `cancelled` at
 * once, unless `ignoresCancel` is set: then only a forced cancel ends it.
 */
export class FakeCommandRunner implements CommandRunner {
  /** All that were ever started, in order. */
  readonly processes: FakeProcess[] = [];
  readonly #fs: MemoryFileSystem;
  #handler: ((process: FakeProcess) => void | Promise<void>) | undefined;

  constructor(fs: MemoryFileSystem) {
    this.#fs = fs;
  }

  start(spec: ProcessSpec): RunningProcess {
    return this.#hold(new FakeProcess(spec, this.#fs, 1000 + this.processes.length));
  }

  /** Requests to workers are held like processes. */
  readonly workers: WorkerPool = {
    start: (request) => this.#hold(new FakeRequest(request, this.#fs, 1000 + this.processes.length)),
  };

  #hold<Held extends FakeProcess>(fake: Held): Held {
    this.processes.push(fake);
    // Later, as a real process would: who starts it gets it into its hands first.
    const handler = this.#handler;
    if (handler) queueMicrotask(() => void handler(fake));
    return fake;
  }

  /** Called with each process that starts from now on; to end it is the handler's job. */
  onStart(handler: (process: FakeProcess) => void | Promise<void>): void {
    this.#handler = handler;
  }

  /** Stages, in the order in which they started. */
  get started(): string[] {
    return this.processes.map((process) => process.stage);
  }

  /** Stages whose processes have not ended, in the order in which they started. */
  running(): string[] {
    return this.processes.filter((process) => process.isRunning).map((process) => process.stage);
  }

  /** The latest process of a stage. Errors: throws when there has been none. */
  process(stage: string): FakeProcess {
    const found = this.processes.findLast((process) => process.stage === stage);
    if (!found) throw new Error(`"${stage}" has not been started; started: ${this.started.join(', ') || 'nothing'}`);
    return found;
  }
}

export class FakeProcess implements RunningProcess {
  readonly spec: ProcessSpec;
  readonly pid: number;
  readonly ended: Promise<RequestEnd>;
  /** Whether it goes on when it is asked to stop. */
  ignoresCancel = false;
  /** What `leftovers` will be. */
  leavesProcesses = false;
  /** What `durationMs` will be. */
  durationMs = 1;
  /** The `force` of each cancel, in order. */
  readonly cancels: boolean[] = [];
  readonly #fs: MemoryFileSystem;
  readonly #redactor: Redactor;
  readonly #tail = new OutputTail();
  #hasLog = false;
  #isRunning = true;
  #resolve: (end: RequestEnd) => void = () => undefined;

  constructor(spec: ProcessSpec, fs: MemoryFileSystem, pid: number) {
    this.spec = spec;
    this.pid = pid;
    this.#fs = fs;
    this.#redactor = new Redactor(spec.secrets);
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get stage(): string {
    return this.spec.stage;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Writes files with their folders; relative paths start at the process's folder. */
  writes(files: { readonly [path: string]: string | Uint8Array }): this {
    this.#expectRunning();
    for (const [path, data] of Object.entries(files)) this.#fs.write({ [this.#absolute(path)]: data });
    return this;
  }

  /** The text of a file, as the process would read it. Errors: throws when there is none. */
  reads(path: string): string {
    const text = this.#fs.readText(this.#absolute(path));
    if (text === undefined) throw new Error(`"${this.stage}" reads ${path}, which does not exist`);
    return text;
  }

  /** The text of a file, or of every file in a folder, in the order of their paths. */
  readsAll(path: string): string[] {
    return this.isFolder(path) ? Object.values(this.#fs.tree(this.#absolute(path))) : [this.reads(path)];
  }

  /** Paths of all files in a folder, sorted. */
  filesIn(path: string): string[] {
    const all = Object.keys(this.#fs.tree(this.#absolute(path)));
    return all
      .filter((one) => !one.endsWith('/'))
      .map((one) => `${path}/${one}`)
      .sort();
  }

  isFolder(path: string): boolean {
    return this.#fs.stat(this.#absolute(path))?.type === 'folder';
  }

  /** Output, which may be several lines. */
  prints(text: string): this {
    this.#expectRunning();
    const redacted = this.#redactor.text(text);
    const old = this.#hasLog ? (this.#fs.readText(this.spec.logPath) ?? '') : '';
    this.#fs.write({ [this.spec.logPath]: old + redacted });
    this.#hasLog = true;
    this.#tail.write(Buffer.from(redacted));
    this.spec.onOutput?.(redacted.endsWith('\n') ? redacted : `${redacted}\n`);
    return this;
  }

  /** Ends well. */
  succeed(): void {
    this.exit(0);
  }

  exit(code: number): void {
    this.end({ how: 'exit', exitCode: code });
  }

  signal(name: string): void {
    this.end({ how: 'signal', signal: name });
  }

  /** As when it ran into `timeoutMs` and was killed. */
  timeout(): void {
    this.end({ how: 'timeout', signal: 'SIGTERM' });
  }

  notStarted(message: string): void {
    this.end({ how: 'not-started', message });
  }

  cancel(force = false): void {
    if (!this.#isRunning) return;
    this.cancels.push(force);
    if (force || !this.ignoresCancel) this.end({ how: 'cancelled', signal: force ? 'SIGKILL' : 'SIGTERM' });
  }

  #absolute(path: string): string {
    return isAbsolute(path) ? path : join(this.spec.cwd, path);
  }

  #expectRunning(): void {
    if (!this.#isRunning) throw new Error(`the process of "${this.stage}" has ended already`);
  }

  protected end(end: Pick<ProcessEnd, 'how'> & Partial<RequestEnd>): void {
    this.#expectRunning();
    this.#isRunning = false;
    this.#resolve({
      exitCode: undefined,
      signal: undefined,
      message: undefined,
      tail: this.#tail.lines(),
      hasLog: this.#hasLog,
      leftovers: this.leavesProcesses,
      durationMs: this.durationMs,
      answer: undefined,
      fault: undefined,
      ...end,
    });
  }
}

/** A request to a worker, which looks like a process with the variables of the request. */
export class FakeRequest extends FakeProcess implements RunningRequest {
  readonly request: WorkerRequest;

  constructor(request: WorkerRequest, fs: MemoryFileSystem, pid: number) {
    super({ ...request.spec, env: { ...request.spec.env, ...request.variables } }, fs, pid);
    this.request = request;
  }

  tells(event: { readonly [key: string]: Json }): this {
    this.request.onEvent(event);
    return this;
  }

  /** `beside`: where the process ended with it. */
  answer(document: { readonly [key: string]: Json }, beside: Partial<ProcessEnd> = {}): void {
    this.end({ how: 'exit', ...beside, answer: document });
  }

  fault(fault: WorkerFault): void {
    this.end({ how: 'cancelled', signal: 'SIGKILL', fault });
  }

  override succeed(): void {
    this.answer({ protocol: 1, status: 'ok' });
  }
}
