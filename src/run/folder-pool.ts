/**
 * Empty staging folders, kept for the next stage whose outputs lie in folders of the same names. To rename a tree of
 * folders costs a tenth of what making and removing one does. What is left at the end goes with the staging folder.
 */
import type { FileSystem } from '../ports/file-system.ts';

export class FolderPool {
  readonly #fs: FileSystem;
  readonly #free = new Map<string, string[]>();

  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  /** Moves a free tree of this shape to `to`, which must not exist; says whether there was one. */
  take(shape: string, to: string): boolean {
    const from = this.#free.get(shape)?.pop();
    if (from === undefined) return false;
    if (from !== to) this.#fs.rename(from, to);
    return true;
  }

  /** The tree at `from` is empty, and nobody's until it is taken. */
  give(shape: string, from: string): void {
    const free = this.#free.get(shape) ?? [];
    free.push(from);
    this.#free.set(shape, free);
  }
}
