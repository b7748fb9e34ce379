// One process from its start until nothing of it is left. Knows nothing of what its exit code means.
import type { ChildProcess } from 'node:child_process';
import type { ProcessEnd, ProcessSpec, RunningProcess } from '../ports/command-runner.ts';
import { OutputSink } from './output-sink.ts';
import { ProcessGroup } from './process-group.ts';
import type { ProcessLedger } from './process-ledger.ts';
import type { Reaper } from './reaper.ts';
import { explainSpawnFailure, isPassing } from './spawn-failure.ts';
import type { Started, StartProcess } from './start-command.ts';

/** How long output may go on after the leader has ended. */
const DRAIN_MS = 2000;
/** How long those who have closed their output, or were killed, may take to vanish. */
const LINGER_MS = 200;
/** Pauses before trying again what the system had no room for. */
const RETRY_MS = [20, 50, 100, 200, 400, 800];
/** The longest that a timer of Node's can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

interface LeaderEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly atMs: number;
}

/*
 *   starting --> running --> leader ended --> drained --> group gone --> log closed, `ended` resolves
 *      |            |              |
 *      |            +-- cancel, timeout: TERM, grace, KILL until the group is gone
 *      +-- no room: again after a pause; other failures: `not-started`
 */
export class ProcessRun implements RunningProcess {
  readonly ended: Promise<ProcessEnd>;
  readonly #spec: ProcessSpec;
  readonly #start: StartProcess;
  readonly #reaper: Reaper;
  readonly #ledger: ProcessLedger | undefined;
  readonly #output: OutputSink;
  readonly #startedMs = performance.now();
  #group: ProcessGroup | undefined;
  #pid: number | undefined;
  #stoppedBy: 'timeout' | 'cancelled' | undefined;
  #isForced = false;
  #hasLeaderEnded = false;
  /** Settles when a stop has run its course. */
  #stopped: Promise<void> | undefined;
  /** Ends the wait that is going on. */
  #hurry: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(spec: ProcessSpec, start: StartProcess, reaper: Reaper, logBytesMax: number, ledger?: ProcessLedger) {
    this.#ledger = ledger;
    this.#spec = spec;
    this.#start = start;
    this.#reaper = reaper;
    this.#output = new OutputSink(spec, logBytesMax);
    const first = this.#tryStart();
    this.ended = 'child' in first ? this.#follow(first.child) : this.#startAgain(first.failure);
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

  get #runId(): string {
    return this.#spec.env['WRANGLE_RUN_ID'] ?? '';
  }

  #tryStart(): Started {
    this.#ledger?.expect(this.#spec.stage, this.#runId);
    try {
      return this.#start(this.#spec);
    } catch (error) {
      return { failure: Promise.resolve(error) };
    }
  }

  async #startAgain(first: Promise<unknown>): Promise<ProcessEnd> {
    let error = await first;
    for (const pauseMs of RETRY_MS) {
      if (this.#stoppedBy || !isPassing(error)) break;
      await this.#pause(pauseMs);
      if (this.#stoppedBy) break;
      const next = this.#tryStart();
      if ('child' in next) return this.#follow(next.child);
      error = await next.failure;
    }
    this.#ledger?.delete(this.#spec.stage);
    return {
      how: this.#stoppedBy ?? 'not-started',
      exitCode: undefined,
      signal: undefined,
      message: this.#stoppedBy ? undefined : explainSpawnFailure(this.#spec, error),
      tail: [],
      hasLog: false,
      leftovers: false,
      durationMs: performance.now() - this.#startedMs,
    };
  }

  /** Its first part runs at once: no output and no end may be missed. */
  async #follow(child: ChildProcess): Promise<ProcessEnd> {
    const pid = child.pid ?? 0;
    const group = new ProcessGroup(pid);
    this.#pid = pid;
    this.#group = group;
    const drained = this.#output.read(child);
    const leaderEnd = this.#leaderEnd(child, group);
    this.#reaper.add(pid);
    this.#ledger?.add(this.#spec.stage, this.#runId, pid);
    if (this.#spec.timeoutMs !== undefined) this.#armTimeout(this.#spec.timeoutMs);

    const end = await leaderEnd;
    clearTimeout(this.#timer);
    const leftovers = await this.#clearGroup(group, drained);
    if (group.isGone()) {
      this.#reaper.delete(pid);
      this.#ledger?.delete(this.#spec.stage);
    }
    const { tail, hasLog } = await this.#output.close(child);
    return {
      how: this.#stoppedBy ?? (end.signal === undefined ? 'exit' : 'signal'),
      exitCode: end.exitCode,
      signal: end.signal,
      message: undefined,
      tail,
      hasLog,
      leftovers,
      durationMs: end.atMs - this.#startedMs,
    };
  }

  #leaderEnd(child: ChildProcess, group: ProcessGroup): Promise<LeaderEnd> {
    return new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#hasLeaderEnded = true;
        // At once: from here on the id belongs to the group only as long as it has members.
        group.isGone();
        resolve({ exitCode: code ?? undefined, signal: signal ?? undefined, atMs: performance.now() });
      });
    });
  }

  /** Resolves when the output has ended and the group is gone, to whether something had to be killed for that. */
  async #clearGroup(group: ProcessGroup, drained: Promise<void>): Promise<boolean> {
    if (this.#stoppedBy) {
      await this.#stopped;
      await this.#pause(LINGER_MS, drained);
      return false;
    }
    await this.#pause(DRAIN_MS, drained);
    // A slow disk is no reason to lose what was written in time.
    await this.#output.flushed();
    if (group.isGone() || (await group.waitUntilGone(LINGER_MS, () => this.#output.isOpen))) return false;
    await group.kill();
    await this.#pause(LINGER_MS, drained);
    return true;
  }

  #armTimeout(ms: number): void {
    const step = Math.min(ms, TIMER_MS_MAX);
    this.#timer = setTimeout(() => {
      if (ms > step) return this.#armTimeout(ms - step);
      // When wrangle itself was stopped for a while (Ctrl-Z, a laptop that slept), the limit comes up before the end of
      // a process that ended in time. What the system has to tell comes first.
      setImmediate(() => {
        if (this.#hasLeaderEnded) return;
        this.#stoppedBy ??= 'timeout';
        this.#stop(false);
      });
    }, step);
  }

  /** Resolves after `ms`, or with `sooner`, or when somebody is in a hurry. */
  #pause(ms: number, sooner?: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
      void sooner?.then(this.#hurry);
    });
  }
}
