// The log file of one process. Knows nothing of secrets or terminals: it is handed bytes that are fit to be kept.
import * as nodeFs from 'node:fs';
import { dirname } from 'node:path';
import { writeAll } from './file-contents.ts';

/** Up to here it is written at once: a stage that says little should not wait for the thread pool. */
const SYNC_BYTES = 64 * 1024;

/**
 * Made at the first byte, with its folder. Bytes beyond `maxBytes` are dropped, with a line that says so; and so are
 * all after an error, because a full disk must not hang the stage that made the output.
 */
export class OutputLog {
  readonly #path: string;
  readonly #maxBytes: number;
  #fd: number | undefined;
  #size = 0;
  #isOver = false;
  #pending: Promise<void> | undefined;

  constructor(path: string, maxBytes: number) {
    this.#path = path;
    this.#maxBytes = maxBytes;
  }

  get isMade(): boolean {
    return this.#fd !== undefined;
  }

  /** A promise when the caller should read no more until it resolves; it never rejects. */
  write(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#isOver || bytes.length === 0) return this.#pending;
    const room = this.#maxBytes - this.#size;
    if (bytes.length > room) {
      this.#isOver = true;
      const mark = `\n[wrangle: the log ends here, at ${this.#maxBytes} bytes; the stage went on]\n`;
      return this.#append(Buffer.concat([bytes.subarray(0, room), Buffer.from(mark)]));
    }
    return this.#append(bytes);
  }

  /** Resolves once nothing is waiting to be written. */
  async idle(): Promise<void> {
    while (this.#pending !== undefined) await this.#pending;
  }

  async close(): Promise<void> {
    await this.idle();
    if (this.#fd !== undefined) nodeFs.closeSync(this.#fd);
  }

  #append(bytes: Uint8Array): Promise<void> | undefined {
    this.#size += bytes.length;
    if (this.#pending || this.#size > SYNC_BYTES) return this.#appendLater(bytes);
    try {
      writeAll(this.#open(), bytes);
    } catch {
      this.#isOver = true;
    }
    return undefined;
  }

  #appendLater(bytes: Uint8Array): Promise<void> {
    const before = this.#pending;
    const after = this.#writePieces(before, bytes).then(() => {
      if (this.#pending === after) this.#pending = undefined;
    });
    this.#pending = after;
    return after;
  }

  async #writePieces(before: Promise<void> | undefined, bytes: Uint8Array): Promise<void> {
    await before;
    try {
      const fd = this.#open();
      for (let done = 0; done < bytes.length; ) {
        done += await new Promise<number>((resolve, reject) => {
          nodeFs.write(fd, bytes, done, bytes.length - done, null, (error, n) => (error ? reject(error) : resolve(n)));
        });
      }
    } catch {
      this.#isOver = true;
    }
  }

  #open(): number {
    if (this.#fd === undefined) {
      nodeFs.mkdirSync(dirname(this.#path), { recursive: true });
      this.#fd = nodeFs.openSync(this.#path, 'w');
    }
    return this.#fd;
  }
}
