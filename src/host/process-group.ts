// Signals to a process group. Knows nothing of stages or of why something is stopped.
import { readdirSync } from 'node:fs';
import { errorCode } from './error-code.ts';
import { hasEnded, readProcessStat } from './process-stat.ts';

const POLL_FIRST_MS = 2;
const POLL_MAX_MS = 25;
/** Looking for zombies reads all of `/proc`. */
const ZOMBIES_EVERY_MS = 500;
/** How long a killed group may take to vanish; a process that hangs in the kernel does not go away by waiting. */
const KILL_WAIT_MS = 2000;

/**
 * One process group, which has the pid of its leader for an id. The system keeps that id from being given out again
 * for as long as a member is left, so once the group has been seen gone nothing is sent to it any more: the id may
 * belong to a stranger.
 */
export class ProcessGroup {
  readonly #id: number;
  #gone = false;

  constructor(leaderPid: number) {
    this.#id = leaderPid;
  }

  /** Whether no member is left; a look costs some microseconds. */
  isGone(): boolean {
    if (!this.#gone) this.#send(0);
    return this.#gone;
  }

  /** Somebody else has seen it gone. */
  markGone(): void {
    this.#gone = true;
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    if (!this.#gone) this.#send(name);
  }

  /** Resolves to true once no member is left, to false when that takes longer than `ms` or `stop` says so. */
  async waitUntilGone(ms: number, stop: () => boolean = () => false): Promise<boolean> {
    const deadline = performance.now() + ms;
    let zombiesAt = performance.now() + POLL_FIRST_MS;
    for (let pause = POLL_FIRST_MS; ; pause = Math.min(pause * 2, POLL_MAX_MS)) {
      if (this.isGone()) return true;
      if (performance.now() >= zombiesAt) {
        if (this.#onlyZombies()) return true;
        zombiesAt = performance.now() + ZOMBIES_EVERY_MS;
      }
      const left = deadline - performance.now();
      if (left <= 0 || stop()) return false;
      await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)));
    }
  }

  /** KILL, again and again: a member may have been about to fork. Resolves once they are gone, or after 2 seconds. */
  async kill(): Promise<void> {
    const deadline = performance.now() + KILL_WAIT_MS;
    do this.signal('SIGKILL');
    while (!(await this.waitUntilGone(2 * POLL_MAX_MS)) && performance.now() < deadline);
  }

  #send(signal: 'SIGTERM' | 'SIGKILL' | 0): void {
    try {
      process.kill(-this.#id, signal);
    } catch (error) {
      // EPERM: a member that took another user's rights; it is there, but not ours to signal.
      if (errorCode(error) === 'ESRCH') this.#gone = true;
    }
  }

  /**
   * In a container whose first process does not wait for orphans, members stay as zombies for ever. They answer to
   * signals, hold nothing and run nothing.
   */
  #onlyZombies(): boolean {
    if (process.platform !== 'linux') return false;
    for (const name of readdirSync('/proc')) {
      const stat = /^[0-9]+$/.test(name) ? readProcessStat(name) : undefined;
      if (stat?.group === this.#id && !hasEnded(stat)) return false;
    }
    this.#gone = true;
    return true;
  }
}
