/** Brings what was written to a file onto the disk. */
import * as nodeFs from 'node:fs';
import { promisify } from 'node:util';

/** Nobody waits for it but who asked. Errors: rejects with those of the disk. */
export const syncFile: (fd: number) => Promise<void> = promisify(nodeFs.fsync);

/** Milliseconds. Another thread that is sent to ask costs as much, and here it is this one that waits. */
const QUICK_MS = 0.25;

/**
 * Asks in place for as long as the disk answers at once, which memory and many a drive do; the first answer that is
 * slow is the last that everybody waits for.
 */
export class FileSync {
  readonly #fd: number;
  #isQuick = true;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Errors: rejects with those of the disk. */
  async sync(): Promise<void> {
    if (!this.#isQuick) return syncFile(this.#fd);
    const startedAt = performance.now();
    nodeFs.fsyncSync(this.#fd);
    this.#isQuick = performance.now() - startedAt < QUICK_MS;
  }
}
