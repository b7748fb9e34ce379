/**
 * Folders for what passes between wrangle and a process beside its inputs and outputs: request, result, events, and the
 * process's TMPDIR. As many as processes run or are about to, used again and again: making and removing them for every stage
 * would cost more than a short command does. Their names are in no command and no fingerprint.
 */
import type { EntryType, FileSystem, FolderEntry } from '../ports/file-system.ts';

export interface AttemptFolder {
  readonly number: number;
  /** All absolute. */
  readonly request: string;
  readonly result: string;
  readonly events: string;
  /** There only when there are answers. */
  readonly answers: string;
  readonly tmp: string;
}

export class AttemptFolders {
  readonly #fs: FileSystem;
  readonly #root: string;
  readonly #free: AttemptFolder[] = [];
  /** What lay there when it was last looked at, by number; undefined where that could not be told. */
  readonly #left = new Map<number, readonly FolderEntry[] | undefined>();
  #made = 0;

  /** `root` is absolute, and nobody else's. */
  constructor(fs: FileSystem, root: string) {
    this.#fs = fs;
    this.#root = root;
  }

  /** An empty one. Errors: those of the disk. */
  take(): AttemptFolder {
    const free = this.#free.pop();
    if (free) return free;
    const number = ++this.#made;
    const folder = `${this.#root}/${number}`;
    const paths = {
      number,
      request: `${folder}/request.json`,
      result: `${folder}/result.json`,
      events: `${folder}/events.jsonl`,
      answers: `${folder}/answers.json`,
      tmp: `${folder}/tmp`,
    };
    this.#fs.makeFolder(paths.tmp);
    return paths;
  }

  /** To be called once the process has ended: whether it may have left something there, of the paths of its folder. */
  lookAtLeft(paths: AttemptFolder): (path: string) => boolean {
    const folder = this.#folderOf(paths);
    const entries = this.#list(folder);
    this.#left.set(paths.number, entries);
    return (path) => entries?.some(({ name }) => path === `${folder}/${name}`) ?? true;
  }

  /**
   * Empties it for the next, whatever the process made of it, as it was when it was looked at. The request is left: it will
   * be written over.
   */
  giveBack(paths: AttemptFolder): void {
    const folder = this.#folderOf(paths);
    const kept = new Map<string, EntryType>([
      [paths.request, 'file'],
      [paths.tmp, 'folder'],
    ]);
    const { number } = paths;
    const entries = this.#left.has(number) ? this.#left.get(number) : this.#list(folder);
    this.#left.delete(number);
    if (!entries) this.#fs.remove(folder);
    for (const { name, type } of entries ?? []) {
      const path = `${folder}/${name}`;
      if (kept.get(path) !== type) this.#fs.remove(path);
    }
    if (this.#list(paths.tmp)?.length !== 0) {
      this.#fs.remove(paths.tmp);
      this.#fs.makeFolder(paths.tmp);
    }
    this.#free.push(paths);
  }

  #folderOf({ number }: AttemptFolder): string {
    return `${this.#root}/${number}`;
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
