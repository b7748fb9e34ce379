/** Where the files lie that a pipeline was loaded from. Knows paths, no disk. */
import { posix } from 'node:path';
import type { SourceDigest } from '../../ports/source-digest.ts';

export class SourcePaths {
  /** Folders that hold them. Absolute. */
  readonly folders: readonly string[];
  /** They could not be loaded, so whatever happens may be what was missing. */
  readonly isBroken: boolean;
  readonly #paths = new Set<string>();
  readonly #around = new Set<string>();
  readonly #listings = new Set<string>();

  constructor(sources: readonly SourceDigest[], state: 'sound' | 'broken' = 'sound') {
    this.isBroken = state === 'broken';
    const folders = new Set<string>();
    for (const { path, kind } of sources) {
      this.#paths.add(path);
      if (kind === 'listing') this.#listings.add(path);
      folders.add(kind === 'listing' ? path : posix.dirname(path));
      for (let around = posix.dirname(path); !this.#around.has(around); around = posix.dirname(around)) {
        this.#around.add(around);
      }
    }
    this.folders = [...folders];
  }

  /** Whether something at this absolute path, or below it, may count. */
  concern(path: string): boolean {
    return this.#paths.has(path) || this.#around.has(path) || this.#listings.has(posix.dirname(path));
  }
}
