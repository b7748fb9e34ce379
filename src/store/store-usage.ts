/**
 * How much the store holds, without looking: `usage` has what was counted once, and a line for all that each command
 * added since. Lines are appended, so those who share a store need not wait for each other. A hint: lost or damaged,
 * the store is counted again.
 */
import type { FileSystem } from '../ports/file-system.ts';

/** A command that is killed has not told of more than this. */
const TELL_EVERY_BYTES = 64 << 20;
/** Then it is time to count again. */
const FILE_BYTES_MAX = 64 << 10;

export class StoreUsage {
  readonly #fs: FileSystem;
  readonly #path: string;
  #untold = 0;
  #added = 0;

  constructor(fs: FileSystem, store: string) {
    this.#fs = fs;
    this.#path = `${store}/usage`;
  }

  /** By this process. */
  get addedBytes(): number {
    return this.#added;
  }

  add(bytes: number): void {
    this.#added += bytes;
    this.#untold += bytes;
    if (this.#untold >= TELL_EVERY_BYTES) this.tell();
  }

  /** Lets the others know. A store that cannot be written does not grow either. */
  tell(): void {
    if (this.#untold === 0) return;
    try {
      this.#fs.appendFile(this.#path, `+${this.#untold}\n`);
      this.#untold = 0;
    } catch {
      // Counted with what comes next, or by the next walk.
    }
  }

  /** Undefined when nobody has counted, or the file is damaged. */
  read(): number | undefined {
    try {
      if ((this.#fs.lstat(this.#path)?.size ?? 0) > FILE_BYTES_MAX) return undefined;
      const [counted = '', ...added] = (this.#fs.readText(this.#path) ?? '').trimEnd().split('\n');
      if (!/^=\d{1,15}$/.test(counted) || !added.every((line) => /^\+\d{1,15}$/.test(line))) return undefined;
      return [counted, ...added].reduce((sum, line) => sum + Number(line.slice(1)), 0);
    } catch {
      return undefined;
    }
  }

  /** After somebody has counted. */
  write(bytes: number): void {
    const beside = `${this.#path}.new`;
    try {
      this.#fs.writeFile(beside, `=${bytes}\n`);
      this.#fs.rename(beside, this.#path);
      this.#untold = 0;
    } catch {
      // As `tell`.
    }
  }
}
