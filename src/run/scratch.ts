/**
 * Folders for what passes between wrangle and a process beside its inputs and outputs: request, result, events, and the
 * process's TMPDIR. As many as processes run at once, used again and again: making and removing them for every stage
 * would cost more than a short command does. Their names are in no command and no fingerprint.
 */
import type { EntryType, FileSystem, FolderEntry } from '../ports/file-system.ts';

export interface Scratch {
  readonly number: number;
  /** All absolute. */
  readonly request: string;
  readonly result: string;
  readonly events: string;
  /** There only when there are answers. */
  readonly answers: string;
  readonly tmp: string;
}

export class ScratchPool {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #free: Scratch[] = [];
  #made = 0;

  /** `root` is absolute, and nobody else's. */
  constructor(fs: FileSystem, root: string) {
    this.#fs = fs;
    this.#root = root;
  }

  /** An empty one. Errors: those of the disk. */
  take(): Scratch {
    const free = this.#free.pop();
    if (free) return free;
    const number = ++this.#made;
    const folder = `${this.#root}/${number}`;
    const scratch = {
      number,
      request: `${folder}/request.json`,
      result: `${folder}/result.json`,
      events: `${folder}/events.jsonl`,
      answers: `${folder}/answers.json`,
      tmp: `${folder}/tmp`,
    };
    this.#fs.makeFolder(scratch.tmp);
    return scratch;
  }

  /** Empties it for the next, whatever the process made of it. The request is left: it will be written over. */
  giveBack(scratch: Scratch): void {
    const folder = `${this.#root}/${scratch.number}`;
    const kept = new Map<string, EntryType>([
      [scratch.request, 'file'],
      [scratch.tmp, 'folder'],
    ]);
    const entries = this.#list(folder);
    if (!entries) this.#fs.remove(folder);
    for (const { name, type } of entries ?? []) {
      const path = `${folder}/${name}`;
      if (kept.get(path) !== type) this.#fs.remove(path);
    }
    if (this.#list(scratch.tmp)?.length !== 0) {
      this.#fs.remove(scratch.tmp);
      this.#fs.makeFolder(scratch.tmp);
    }
    this.#free.push(scratch);
  }

  /** Undefined when it is no folder, is closed, or has names that are no text. */
  #list(folder: string): FolderEntry[] | undefined {
    try {
      return this.#fs.readFolder(folder);
    } catch {
      return undefined;
    }
  }
}
