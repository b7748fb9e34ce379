// How many processes there is room for at once. Knows nothing of who they are.
import { softLimit } from './limits.ts';

/** Of a build itself: its lock, its records, what it is hashing. */
const RESERVED_FILES = 40;
/** Two pipes and a log. */
const FILES_EACH = 3;

/** A limit of open files that is reached by pipes would fail whoever opens a file next, and that may be the journal. */
export class ProcessRoom {
  readonly #max: number;
  readonly #inside = new Set<object>();
  #waiting: (() => void)[] = [];

  constructor(openFiles = softLimit('Max open files') ?? Number.POSITIVE_INFINITY) {
    this.#max = Math.max(1, Math.floor((openFiles - RESERVED_FILES) / FILES_EACH));
  }

  /** Says whether there was room. */
  enter(process: object): boolean {
    if (this.#inside.size >= this.#max) return false;
    this.#inside.add(process);
    return true;
  }

  /** It was let in and could not be started. */
  giveBack(process: object): void {
    this.#inside.delete(process);
  }

  /** It has ended, or will not be started. */
  leave(process: object): void {
    this.#inside.delete(process);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** `wake` is called once, when somebody has left; by then another may have taken the place. */
  whenSomebodyLeaves(wake: () => void): void {
    this.#waiting.push(wake);
  }

  /** Whether somebody is inside, who will make room when it leaves. */
  get isUsed(): boolean {
    return this.#inside.size > 0;
  }
}
