// Brings what was written to a file onto the disk. Knows nothing of what was written.
import * as nodeFs from 'node:fs';

/** Milliseconds. To send a thread for the answer and to be woken by it takes as long, and then it is this one that waits. */
const QUICK_MS = 0.25;
/** One may be slow because something else ran in between. */
const SLOW_IN_A_ROW = 2;

/**
 * Asks in place for as long as the disk answers at once, which memory and many a drive do. Where it does not, nobody but who
 * asked waits for it.
 */
export class FileSync {
  readonly #fd: number;
  #slow = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Errors: rejects with those of the disk. */
  async sync(): Promise<void> {
    if (this.#slow === SLOW_IN_A_ROW) return syncFile(this.#fd);
    const startedAt = performance.now();
    nodeFs.fsyncSync(this.#fd);
    this.#slow = performance.now() - startedAt < QUICK_MS ? 0 : this.#slow + 1;
  }
}

/** Nobody waits for it but who asked. Errors: rejects with those of the disk. */
export function syncFile(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    nodeFs.fsync(fd, (error) => (error ? reject(error) : resolve()));
  });
}
