// One process from its start until nothing of it is left. Knows nothing of who starts it or what its exit code means.
import type { ProcessEnd, ProcessSpec, RunningProcess } from '../ports/command-runner.ts';
import { type Child, type ChildListener, NO_CHILD, type OutputName, type StartChild } from './child.ts';
import { fileError } from './file-contents.ts';
import { isRunning } from './is-alive.ts';
import { LongTimer } from './long-timer.ts';
import { type Flow, type Output, type OutputEnd, OutputSink } from './output-sink.ts';
import { ProcessGroup } from './process-group.ts';
import type { ProcessLedger } from './process-ledger.ts';
import type { ProcessRoom } from './process-room.ts';
import { explainSpawnFailure, isPassing } from './spawn-failure.ts';
import { endUnknown } from './survivors.ts';

/** How long output may go on after the leader has ended. */
const DRAIN_MS = 2000;
/** How long those who have closed their output, or were killed, may take to vanish. */
const LINGER_MS = 200;
/** Pauses before trying again what the system had no room for. */
const RETRY_MS = [20, 50, 100, 200, 400, 800];
const RETRY_MS_MAX = 800;

/** What the processes of one runner have in common. */
export interface Shared {
  readonly logBytesMax: number;
  readonly ledger: ProcessLedger | undefined;
  readonly room: ProcessRoom;
}

interface LeaderEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly atMs: number;
}

/** What became of a try to run it. */
type Tried = { readonly end: LeaderEnd } | { readonly failure: unknown } | { readonly loss: string };

/*
 *   starting --> running --> leader ended --> drained --> group gone --> log closed, `ended` resolves
 *      |            |              |
 *      |            +-- cancel, timeout: TERM, grace, KILL until the group is gone
 *      +-- no room: again after a pause; other failures: `not-started`
 */
export class ProcessRun implements RunningProcess, ChildListener {
  readonly ended: Promise<ProcessEnd>;
  readonly #spec: ProcessSpec;
  readonly #start: StartChild;
  readonly #ledger: ProcessLedger | undefined;
  readonly #room: ProcessRoom;
  readonly #output: Output;
  readonly #startedMs = performance.now();
  #child: Child = NO_CHILD;
  #group: ProcessGroup | undefined;
  #pid: number | undefined;
  #stoppedBy: 'timeout' | 'cancelled' | undefined;
  #isForced = false;
  #hasLeaderEnded = false;
  /** Whether somebody still holds a pipe open. */
  #isOutputOpen = true;
  #isOutputWanted = true;
  /** Settles the try that is going on. */
  #settle: (tried: Tried) => void = ignore;
  /** Settles when a stop has run its course. */
  #stopped: Promise<void> | undefined;
  /** Ends the wait that is going on. */
  #hurry: () => void = ignore;
  /** Ends it when it is for the end of the output. */
  #drained: () => void = ignore;
  #timer: LongTimer | undefined;

  /** `open`: where its output goes; without it, to its log. */
  constructor(spec: ProcessSpec, start: StartChild, shared: Shared, open?: (flow: Flow) => Output) {
    const { logBytesMax, ledger, room } = shared;
    this.#spec = spec;
    this.#start = start;
    this.#ledger = ledger;
    this.#room = room;
    const flow = { pause: () => this.#child.pause(), resume: () => this.#child.resume() };
    this.#output = open ? open(flow) : new OutputSink(spec, logBytesMax, flow);
    this.ended = this.#run().finally(() => room.leave(this));
  }

  get pid(): number | undefined {
    return this.#pid;
  }

  cancel(force = false): void {
    if (this.#hasLeaderEnded && !this.#stoppedBy) {
      // It ended by itself; only what it left behind is waited for, and that need not be.
      this.#hurry();
      return;
    }
    this.#stoppedBy ??= 'cancelled';
    this.#stop(force);
  }

  onStart(pid: number): void {
    this.#pid = pid;
    this.#group = new ProcessGroup(pid);
    this.#ledger?.add(this.#spec.stage, this.#runId, pid);
    if (this.#spec.timeoutMs !== undefined) this.#timer = new LongTimer(this.#spec.timeoutMs, () => this.#runOut());
    if (this.#stoppedBy) this.#stop(false);
  }

  onFailure(error: unknown): void {
    this.#settle({ failure: error });
  }

  onOutput(from: OutputName, bytes: Uint8Array): void {
    if (this.#isOutputWanted) this.#output.write(from, bytes);
  }

  onOutputEnd(): void {
    this.#isOutputOpen = false;
    this.#drained();
  }

  onExit(exitCode: number | undefined, signal: string | undefined, isGroupGone: boolean): void {
    this.#hasLeaderEnded = true;
    // At once: from here on the id belongs to the group only as long as it has members.
    if (isGroupGone) this.#group?.markGone();
    else this.#group?.isGone();
    this.#settle({ end: { exitCode, signal, atMs: performance.now() } });
  }

  onLoss(reason: string): void {
    this.#settle({ loss: reason });
    this.onOutputEnd();
  }

  #stop(force: boolean): void {
    this.#isForced ||= force;
    this.#hurry();
    if (!this.#group) return;
    this.#group.signal(this.#isForced ? 'SIGKILL' : 'SIGTERM');
    this.#stopped ??= this.#awaitStop(this.#group);
  }

  async #awaitStop(group: ProcessGroup): Promise<void> {
    if (await group.waitUntilGone(this.#spec.graceMs, () => this.#isForced)) return;
    await group.kill();
  }

  /** Its first part runs at once. */
  async #run(): Promise<ProcessEnd> {
    let tried = await this.#tryStart();
    for (let tries = 0; 'failure' in tried && this.#mayTryAgain(tried.failure, tries); tries++) {
      const pause = this.#pause(RETRY_MS[tries] ?? RETRY_MS_MAX);
      this.#room.whenSomebodyLeaves(this.#hurry);
      await pause;
      if (this.#stoppedBy) break;
      tried = await this.#tryStart();
    }
    this.#timer?.clear();
    if ('end' in tried) return this.#tidyUp(tried.end);
    if ('loss' in tried) return this.#giveUp(tried.loss);
    this.#forgetIfGone();
    return this.#notStarted(explainSpawnFailure(this.#spec, tried.failure));
  }

  /** While others of ours run there is hope: they give room when they end. */
  #mayTryAgain(error: unknown, tries: number): boolean {
    this.#room.giveBack(this);
    return isPassing(error) && !this.#stoppedBy && (tries < RETRY_MS.length || this.#room.isUsed);
  }

  get #runId(): string {
    return this.#spec.env['WRANGLE_RUN_ID'] ?? '';
  }

  #tryStart(): Promise<Tried> {
    if (!this.#room.enter(this))
      return Promise.resolve({ failure: fileError('EMFILE', 'too many open files', 'spawn') });
    this.#ledger?.expect(this.#spec.stage, this.#runId);
    return new Promise((resolve) => {
      this.#settle = resolve;
      try {
        this.#child = this.#start(this.#spec, this);
      } catch (error) {
        resolve({ failure: error });
      }
    });
  }

  async #tidyUp({ exitCode, signal, atMs }: LeaderEnd): Promise<ProcessEnd> {
    const leftovers = await this.#clearGroup();
    this.#forgetIfGone();
    const { tail, hasLog } = await this.#closeOutput();
    return {
      how: this.#stoppedBy ?? (signal === undefined ? 'exit' : 'signal'),
      exitCode,
      signal,
      message: undefined,
      tail,
      hasLog,
      leftovers,
      durationMs: atMs - this.#startedMs,
    };
  }

  /** Nobody will tell how it ends, so it is ended. */
  async #giveUp(reason: string): Promise<ProcessEnd> {
    this.#stop(false);
    await this.#stopped;
    // Where its start was not told of, it stays written down for the next build, which looks once more.
    if (this.#group) this.#forgetIfGone();
    else await endUnknown(this.#spec.stage, this.#runId);
    const { tail, hasLog } = await this.#closeOutput();
    return { ...this.#notStarted(`${reason} This stage was ended with it.`), tail, hasLog };
  }

  /** Once nothing is left of it, or it never was, nobody has to end it when wrangle is killed. */
  #forgetIfGone(): void {
    if (this.#group && !this.#group.isGone()) return;
    this.#child.forget();
    this.#ledger?.delete(this.#spec.stage);
  }

  /** `reason` is for whoever did not stop it. */
  #notStarted(reason: string): ProcessEnd {
    return {
      how: this.#stoppedBy ?? 'not-started',
      exitCode: undefined,
      signal: undefined,
      message: this.#stoppedBy ? undefined : reason,
      tail: [],
      hasLog: false,
      leftovers: false,
      durationMs: performance.now() - this.#startedMs,
    };
  }

  /** Resolves when the output has ended and the group is gone, to whether something had to be killed for that. */
  async #clearGroup(): Promise<boolean> {
    const group = this.#group;
    if (this.#stoppedBy) {
      await this.#stopped;
      await this.#drain(LINGER_MS);
      return false;
    }
    await this.#drain(DRAIN_MS);
    // A slow disk is no reason to lose what was written in time, nor what waited for it in the pipes.
    await this.#output.flushed();
    await this.#drain(LINGER_MS);
    if (!group || group.isGone() || (await group.waitUntilGone(LINGER_MS, () => this.#isOutputOpen))) return false;
    await group.kill();
    await this.#drain(LINGER_MS);
    return true;
  }

  /** Reads no more. */
  #closeOutput(): Promise<OutputEnd> {
    this.#isOutputWanted = false;
    if (this.#isOutputOpen) this.#child.close();
    return this.#output.close();
  }

  #runOut(): void {
    // It may have ended in time, and only its end has not been told: behind output that was not read, or late on a busy
    // machine.
    if (this.#hasLeaderEnded || (this.#pid !== undefined && !isRunning(this.#pid))) return;
    this.#stoppedBy ??= 'timeout';
    this.#stop(false);
  }

  /** Resolves with the end of the output, or after `ms`, or when somebody is in a hurry. */
  async #drain(ms: number): Promise<void> {
    if (!this.#isOutputOpen) return;
    const pause = this.#pause(ms);
    this.#drained = this.#hurry;
    await pause;
  }

  /** Resolves after `ms`, or when somebody is in a hurry. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function ignore(): void {
  // There is nothing to settle or to end.
}
