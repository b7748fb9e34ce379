/** Where inputs lead that are links, or folders with links in them: what changes there changes them. Looks at links only. */
import type { FolderLinks } from '../../digest/resolve-inputs.ts';
import type { Stage } from '../../model/pipeline.ts';
import type { FileSystem } from '../../ports/file-system.ts';
import type { WatchedPlaces } from '../../ports/folder-watcher.ts';

/** Of folders that nobody has read yet nothing is known. */
export const NO_LINKS: FolderLinks = { linksOutOf: () => undefined };

export class LinkedPlaces {
  readonly #fs: FileSystem;
  readonly #workspace: string;
  /** Input, from the workspace -> the real paths behind it. */
  readonly #ends = new Map<string, ReadonlySet<string>>();
  /** Real path -> those inputs. */
  readonly #inputs = new Map<string, Set<string>>();
  /** Folder around a real path -> the same. */
  readonly #around = new Map<string, Set<string>>();

  constructor(fs: FileSystem, workspace: string) {
    this.#fs = fs;
    this.#workspace = workspace;
  }

  /** Looks where the inputs of these stages lead now. */
  look(stages: Iterable<Stage>, links: FolderLinks): void {
    for (const { inputs, foreach } of stages) {
      const ports = foreach ? [...inputs, foreach.in] : inputs;
      for (const { kind, path, template } of ports.flatMap(({ items }) => items)) {
        if (kind !== 'glob' && kind !== 'gather' && !template) this.#set(path, this.#endsOf(path, links));
      }
    }
  }

  /** Inputs that lead to this absolute path, to a folder around it or to something below it, from the workspace. */
  leadingTo(path: string): string[] {
    if (this.#inputs.size === 0) return [];
    const found = [...(this.#around.get(path) ?? [])];
    for (let at = path; at !== ''; at = folderOf(at)) found.push(...(this.#inputs.get(at) ?? []));
    return found;
  }

  places(): Pick<WatchedPlaces, 'folders' | 'trees'> {
    const all = [...this.#inputs.keys()];
    const trees = all.filter((path) => this.#fs.stat(path)?.type === 'folder');
    return { folders: all.map((path) => folderOf(path) || '/'), trees };
  }

  #endsOf(input: string, links: FolderLinks): Set<string> {
    const ends = new Set<string>();
    const add = (path: string) => {
      const real = this.#fs.realPath(this.#absolute(path));
      if (real === undefined || ends.has(real)) return false;
      ends.add(real);
      return true;
    };
    if (this.#fs.lstat(this.#absolute(input))?.type === 'link') add(input);
    const pending = [input];
    // Grows while it is gone through.
    for (const folder of pending) {
      for (const link of links.linksOutOf(folder) ?? [])
        if (add(`${folder}/${link}`)) pending.push(`${folder}/${link}`);
    }
    return ends;
  }

  #set(input: string, ends: ReadonlySet<string>): void {
    const before = this.#ends.get(input);
    if (!before && ends.size === 0) return;
    for (const end of before ?? []) {
      removeFrom(this.#inputs, end, input);
      for (let at = folderOf(end); at !== ''; at = folderOf(at)) removeFrom(this.#around, at, input);
    }
    for (const end of ends) {
      addTo(this.#inputs, end, input);
      for (let at = folderOf(end); at !== ''; at = folderOf(at)) addTo(this.#around, at, input);
    }
    if (ends.size === 0) this.#ends.delete(input);
    else this.#ends.set(input, ends);
  }

  #absolute(path: string): string {
    return path.startsWith('/') ? path : `${this.#workspace}/${path}`;
  }
}

/** Of an absolute path; empty for the root, and for what is in it. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key) ?? new Set();
  map.set(key, values.add(value));
}

function removeFrom(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  values?.delete(value);
  if (values?.size === 0) map.delete(key);
}
