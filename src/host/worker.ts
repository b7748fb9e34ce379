// One worker: its process, its channel, and the request that it serves (design-notes, "Workers"). Knows nothing of other
// workers or of what requests are about.
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Members } from '../plugin/protocol.ts';
import { PROTOCOL } from '../plugin/protocol.ts';
import type { WorkerMessage } from '../plugin/worker-message.ts';
import { MESSAGE_BYTES_MAX, MessageLines, readWorkerMessage, shownLine } from '../plugin/worker-message.ts';
import type { ProcessEnd, ProcessSpec } from '../ports/command-runner.ts';
import type { RequestEnd, RunningRequest, WorkerFault, WorkerRequest } from '../ports/worker-pool.ts';
import { quoteName } from '../util/harmless-text.ts';
import { Redactor } from '../util/redact.ts';
import { followChild, type GroupWatch, NO_CHILD, type StartChild } from './child.ts';
import { LongTimer } from './long-timer.ts';
import { ProcessRun, type Shared } from './process-run.ts';
import { readResidentBytes } from './process-stat.ts';
import { WorkerOutput } from './worker-output.ts';

/** Of which a worker finds its name, and by which it knows that it is one. */
const WORKER_VARIABLE = 'WRANGLE_WORKER';

/** Of a line that is shown: more than a secret is long. */
const REDACTED_BYTES = 64 * 1024;

export interface WorkerTimes {
  /** From its start until it is ready. */
  readonly readyMs: number;
  /** How long one is watched after an answer that does not say that it is ready again. */
  readonly watchMs: number;
  /** How long one may take to end once its channel is closed. */
  readonly endMs: number;
  /** Between two looks at its memory. */
  readonly memoryMs: number;
}

export interface WorkerListener {
  /** It can be given another request. */
  onFree(worker: Worker): void;
  /** Nothing is left of it. */
  onGone(worker: Worker): void;
  /** It did wrong and no request is the worse for it: a sentence. */
  onComplaint(message: string): void;
}

/** The request that is being served. */
interface Serving {
  readonly id: number;
  readonly request: WorkerRequest;
  readonly startedMs: number;
  readonly resolve: (end: RequestEnd) => void;
  readonly timers: { clear(): void }[];
  stoppedBy: 'timeout' | 'cancelled' | undefined;
  answer: Members | undefined;
  fault: WorkerFault | undefined;
  /** How what stood on the channel behind the last whole line begins. */
  cutOff: string | undefined;
  /** The answer counts; nothing can change that any more. */
  isOver: boolean;
}

/*
 *   starting --> free --> serving --> answered --> free ... --> ended
 *      |          |          |            |
 *      +----------+----------+------------+-- fault, end of the channel, end of the process
 */
export class Worker {
  /** Those with the same one can serve each other's requests. */
  readonly key: string;
  readonly name: string;
  readonly #times: WorkerTimes;
  readonly #listener: WorkerListener;
  readonly #lines = new MessageLines();
  readonly #process: ProcessRun;
  #output: WorkerOutput | undefined;
  #channel: Socket | undefined;
  #channelEnded: () => void = ignore;
  readonly #untilChannelEnds = new Promise<void>((resolve) => {
    this.#channelEnded = resolve;
  });
  #serving: Serving | undefined;
  /** Of the request that it served last, too: it may still know them. */
  #secrets: readonly string[] = [];
  #latestId = 0;
  #isReady = false;
  /** False once it will not be given another request; what it still says does not matter. */
  #isGood = true;
  #isGone = false;
  #readyTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;

  constructor(
    of: { readonly key: string; readonly name: string; readonly spec: ProcessSpec },
    shared: Shared & { readonly watch: GroupWatch },
    times: WorkerTimes,
    listener: WorkerListener,
  ) {
    this.key = of.key;
    this.name = of.name;
    this.#times = times;
    this.#listener = listener;
    const spec: ProcessSpec = {
      ...of.spec,
      stage: of.name,
      env: { ...of.spec.env, [WORKER_VARIABLE]: of.name },
      timeoutMs: undefined,
      graceMs: times.endMs,
    };
    this.#process = new ProcessRun(spec, this.#starter(shared.watch), shared, (flow) => {
      this.#output = new WorkerOutput(flow, shared.logBytesMax);
      return this.#output;
    });
    void this.#process.ended.then((end) => this.#onEnd(end));
  }

  /** Whether it may be given another request, as far as is known. */
  get isGood(): boolean {
    return this.#isGood;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get residentBytes(): number {
    return this.pid === undefined ? 0 : readResidentBytes(this.pid);
  }

  /** Only while it is free, or new. */
  serve(request: WorkerRequest): RunningRequest {
    const { promise, resolve } = withResolver<RequestEnd>();
    const serving: Serving = {
      id: ++this.#latestId,
      request,
      startedMs: performance.now(),
      resolve,
      timers: [],
      stoppedBy: undefined,
      answer: undefined,
      fault: undefined,
      cutOff: undefined,
      isOver: false,
    };
    this.#serving = serving;
    this.#secrets = request.spec.secrets;
    this.#output?.begin(request.spec);
    const { timeoutMs } = request.spec;
    if (timeoutMs !== undefined) {
      serving.timers.push(new LongTimer(timeoutMs, () => this.#stop(serving, 'timeout', false)));
    }
    this.#watchMemory(serving);
    if (this.#isReady) this.#send(serving);
    const { pid } = this;
    return { pid, ended: promise, cancel: (force = false) => this.#stop(serving, 'cancelled', force) };
  }

  /** It is not needed any more. No effect the second time. */
  end(): void {
    if (!this.#isGood && this.#endTimer) return;
    this.#isGood = false;
    if (this.#isGone) return;
    if (this.#isReady) {
      this.#channel?.end();
      this.#endTimer = setTimeout(() => {
        this.#complain(`did not end within ${this.#times.endMs / 1000} s of the end of its channel; it was killed.`);
        this.#kill();
      }, this.#times.endMs);
    } else this.#process.cancel();
  }

  #starter(watch: GroupWatch): StartChild {
    return (spec, listener) => {
      const [file, ...args] = spec.argv;
      const child = spawn(file, args, {
        cwd: spec.cwd,
        env: spec.env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      });
      if (child.pid === undefined) {
        child.once('error', (error) => listener.onFailure(error));
        return NO_CHILD;
      }
      // A pipe to a child is a socket, whatever its declared type says.
      this.#listen(child.stdio[3] as Socket);
      return followChild(child, child.pid, watch, listener);
    };
  }

  #listen(channel: Socket): void {
    this.#channel = channel;
    this.#readyTimer = setTimeout(() => this.#failSilent(), this.#times.readyMs);
    channel.on('data', (bytes: Uint8Array) => {
      if (!this.#isGood) return;
      if (this.#lines.write(bytes, (line) => this.#onLine(line))) return;
      this.#breach(`A line is longer than ${MESSAGE_BYTES_MAX} bytes; ${this.#begins(this.#lines.rest())}.`);
    });
    // One that cannot be read or written has ended; `close` follows.
    channel.on('error', ignore);
    channel.once('end', () => this.#onChannelEnd());
    channel.once('close', () => this.#onChannelEnd());
  }

  #onLine(line: Uint8Array): void {
    if (!this.#isGood) return;
    const read = readWorkerMessage(line);
    if (!read.ok) this.#breach(`A line ${read.error}; ${this.#begins(line)}.`);
    else if (this.#isReady) this.#onMessage(read.value);
    else this.#onFirst(read.value, line);
  }

  #onMessage(message: WorkerMessage): void {
    if (message.kind === 'event') this.#onEvent(message.id, message.event);
    else if (message.kind === 'answer') this.#onAnswer(message.id, message.result);
    else this.#onReady(message.protocol);
  }

  #onFirst(message: WorkerMessage, line: Uint8Array): void {
    if (message.kind !== 'ready') this.#breach(`Its first line is not {"protocol":1}; ${this.#begins(line)}.`);
    else if (this.#speaks(message.protocol)) {
      this.#isReady = true;
      clearTimeout(this.#readyTimer);
      if (this.#serving) this.#send(this.#serving);
    }
  }

  #onReady(protocol: Members[string] | undefined): void {
    if (!this.#speaks(protocol)) return;
    const serving = this.#serving;
    if (!serving || serving.isOver) return;
    if (serving.answer) void this.#finish(serving);
    else this.#breach('It said that it was ready before it had answered.');
  }

  #speaks(protocol: Members[string] | undefined): boolean {
    if (protocol === PROTOCOL) return true;
    const message =
      protocol === undefined
        ? `The plugin's worker does not say which protocol it speaks; its first line must be {"protocol":${PROTOCOL}}.`
        : `The plugin's worker speaks protocol ${quoted(protocol)}, and this wrangle speaks ${PROTOCOL}.`;
    this.#fail({ code: 'worker-version', message });
    return false;
  }

  #onEvent(id: Members[string] | undefined, event: Members): void {
    const serving = this.#serving;
    if (!serving || serving.answer || (id !== undefined && id !== serving.id)) return;
    serving.request.onEvent(event);
  }

  #onAnswer(id: Members[string] | undefined, result: Members): void {
    const serving = this.#serving;
    if (!serving || id !== serving.id || serving.answer) {
      this.#breach(wrongAnswer(id, serving));
      return;
    }
    serving.answer = result;
    const watch = setTimeout(() => void this.#finish(serving), this.#times.watchMs);
    serving.timers.push({ clear: () => clearTimeout(watch) });
  }

  #send(serving: Serving): void {
    const { document, spec, variables } = serving.request;
    this.#write({ ...document, id: serving.id, cwd: spec.cwd, variables });
  }

  #write(message: object): void {
    if (this.#channel?.writable) this.#channel.write(`${JSON.stringify(message)}\n`);
  }

  /** What was answered counts. */
  async #finish(serving: Serving): Promise<void> {
    if (serving.isOver) return;
    serving.isOver = true;
    clearTimers(serving);
    const { tail, hasLog } = (await this.#output?.end()) ?? { tail: [], hasLog: false };
    this.#serving = undefined;
    if (this.#isGood && !this.#isGone) this.#listener.onFree(this);
    serving.resolve({
      how: serving.stoppedBy ?? 'exit',
      exitCode: undefined,
      signal: undefined,
      message: undefined,
      tail,
      hasLog,
      leftovers: false,
      durationMs: performance.now() - serving.startedMs,
      answer: serving.answer,
      fault: undefined,
    });
  }

  #stop(serving: Serving, by: 'timeout' | 'cancelled', force: boolean): void {
    if (serving.isOver || serving !== this.#serving) return;
    const isFirst = serving.stoppedBy === undefined;
    serving.stoppedBy ??= by;
    if (force || !this.#isReady) {
      this.#isGood = false;
      this.#process.cancel(force);
      return;
    }
    if (!isFirst || !this.#isGood) return;
    if (!serving.answer) this.#write({ protocol: PROTOCOL, cancel: serving.id });
    const grace = setTimeout(() => this.#kill(), serving.request.spec.graceMs);
    serving.timers.push({ clear: () => clearTimeout(grace) });
  }

  #watchMemory(serving: Serving): void {
    const { memoryBytesMax } = serving.request;
    if (memoryBytesMax === undefined) return;
    const timer = setInterval(() => {
      const bytes = this.residentBytes;
      if (bytes <= memoryBytesMax) return;
      const message = `The plugin's worker has grown to ${mebibytes(bytes)} of memory, and the stage may have ${mebibytes(memoryBytesMax)} ("resources.memory").`;
      this.#fail({ code: 'worker-memory', message });
    }, this.#times.memoryMs);
    serving.timers.push({ clear: () => clearInterval(timer) });
  }

  #failSilent(): void {
    const message = `The plugin's worker did not write {"protocol":${PROTOCOL}} to descriptor 3 within ${this.#times.readyMs / 1000} s of its start.`;
    this.#fail({ code: 'worker-silent', message });
  }

  #breach(what: string): void {
    this.#fail({ code: 'worker-protocol', message: `The plugin's worker broke the protocol. ${what}` });
  }

  /** Masked before it is cut: half a secret is one too. */
  #begins(line: Uint8Array): string {
    const start = Buffer.from(line.subarray(0, REDACTED_BYTES));
    const mask = new Redactor(this.#secrets).stream();
    return `it begins with ${shownLine(mask ? Buffer.concat([mask.write(start), mask.end()]) : start)}`;
  }

  /** It is ended at once: nobody knows what it would do next. */
  #fail(fault: WorkerFault): void {
    const serving = this.#serving;
    if (serving && !serving.isOver) {
      // Of one that is stopped it does not matter what it says.
      if (!serving.stoppedBy) serving.fault ??= fault;
    } else this.#listener.onComplaint(`${fault.message} It served no request then, and was ended.`);
    this.#kill();
  }

  #complain(what: string): void {
    this.#listener.onComplaint(`The plugin's worker ${quoteName(this.name)} ${what}`);
  }

  #kill(): void {
    this.#isGood = false;
    this.#process.cancel(true);
  }

  #onChannelEnd(): void {
    this.#channelEnded();
    if (!this.#isGood) return;
    this.#isGood = false;
    const rest = this.#lines.rest();
    const serving = this.#serving;
    if (serving && rest.length > 0) serving.cutOff = this.#begins(rest);
    // Its end says more than the end of its channel, and is most likely the reason.
    this.#endTimer = setTimeout(() => {
      if (serving?.answer) void this.#finish(serving);
      else if (serving) serving.fault ??= { code: 'worker-protocol', message: cutOff(serving.cutOff) };
      this.#kill();
    }, this.#times.endMs);
  }

  /** Nothing is left of the process. */
  async #onEnd(end: ProcessEnd): Promise<void> {
    this.#isGone = true;
    clearTimeout(this.#readyTimer);
    clearTimeout(this.#endTimer);
    if (this.#channel) {
      // Somebody else may have the channel, too.
      const timer = setTimeout(() => this.#channelEnded(), this.#times.watchMs);
      await this.#untilChannelEnds;
      clearTimeout(timer);
    }
    this.#isGood = false;
    this.#channel?.destroy();
    const serving = this.#serving;
    if (serving && !serving.isOver) {
      serving.isOver = true;
      clearTimers(serving);
      this.#serving = undefined;
      serving.resolve({
        ...end,
        how: serving.stoppedBy ?? end.how,
        durationMs: performance.now() - serving.startedMs,
        answer: serving.answer,
        fault: serving.fault ?? this.#faultOf(serving, end),
      });
    }
    this.#listener.onGone(this);
  }

  #faultOf(
    { stoppedBy, answer, cutOff: rest }: Serving,
    { how, exitCode, signal }: ProcessEnd,
  ): WorkerFault | undefined {
    if (stoppedBy || (how !== 'exit' && how !== 'signal')) return undefined;
    if (!this.#isReady) {
      const ended = signal === undefined ? `ended with exit code ${exitCode}` : `was killed by ${signal}`;
      return { code: 'worker-start', message: `The plugin's worker ${ended} before it was ready.` };
    }
    if (exitCode !== 0 || answer || rest === undefined) return undefined;
    return { code: 'worker-protocol', message: cutOff(rest) };
  }
}

function wrongAnswer(id: Members[string] | undefined, serving: Serving | undefined): string {
  if (id === undefined) return 'An answer has no "id".';
  if (serving && id === serving.id) return `Request ${serving.id} was answered twice.`;
  const wanted = serving ? `the request is ${serving.id}` : 'there is none';
  return `An answer is for request ${quoted(id)}, and ${wanted}.`;
}

function cutOff(rest: string | undefined): string {
  const what =
    rest === undefined ? 'It closed its channel before it had answered.' : `Its last line was cut off; ${rest}.`;
  return `The plugin's worker broke the protocol. ${what}`;
}

function clearTimers({ timers }: Serving): void {
  for (const timer of timers) timer.clear();
}

function quoted(value: Members[string]): string {
  const text = JSON.stringify(value);
  return typeof value === 'string' ? quoteName(value) : quoteName(text).slice(1, -1);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

function withResolver<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = ignore;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function ignore(): void {
  // See where it is used.
}
