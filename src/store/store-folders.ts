/** The folders of the store, made when they are first needed; and its quarantine. Knows nothing of what is kept in them. */
import type { FileSystem } from '../ports/file-system.ts';

export class StoreFolders {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #made = new Set<string>();

  constructor(fs: FileSystem, root: string) {
    this.#fs = fs;
    this.#root = root;
  }

  /** `folder` is from the store's root. What is in its way and no folder is put aside. Errors: those of the disk. */
  make(folder: string): void {
    if (this.#made.has(folder)) return;
    const path = `${this.#root}/${folder}`;
    try {
      this.#fs.makeFolder(path);
    } catch (error) {
      if (!this.#clearWay(folder)) throw error;
      this.#fs.makeFolder(path);
    }
    this.#made.add(folder);
  }

  /**
   * Does what writes `temporary` and moves it to its place. Errors: those of `action`; the file does not stay then,
   * unless the disk does not even let it go.
   */
  async withTemporary<T>(temporary: string, action: () => T | Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      this.discard(temporary);
      throw error;
    }
  }

  /** Removes a temporary file. One that cannot be removed is in nobody's way, and goes when the store is cleaned. */
  discard(temporary: string): void {
    try {
      this.#fs.remove(temporary);
    } catch {
      // Whatever else was done holds all the same.
    }
  }

  /** Moves what is damaged out of the way. Where it is now; undefined when the store cannot be written. */
  quarantine(path: string, name: string): string | undefined {
    const to = `${this.#root}/quarantine/${name}`;
    try {
      this.make('quarantine');
      this.#fs.remove(to);
      this.#fs.rename(path, to);
      return to;
    } catch {
      return undefined;
    }
  }

  /** A file, a pipe or a link to nowhere where a folder should be: whether it could be moved. */
  #clearWay(folder: string): boolean {
    const parts = folder.split('/');
    for (const [depth] of parts.entries()) {
      const at = parts.slice(0, depth + 1);
      const path = `${this.#root}/${at.join('/')}`;
      if (this.#fs.lstat(path) === undefined || this.#fs.stat(path)?.type === 'folder') continue;
      return this.quarantine(path, at.join('-')) !== undefined;
    }
    return false;
  }
}
