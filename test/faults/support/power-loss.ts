/**
 * A disk that remembers everything done to it, and what may be left of that when the power goes. The model is that of
 * journaling file systems as LevelDB, ALICE and Pebble test against it:
 *
 *   - what was done to names (create, rename, remove, mkdir) is kept up to some point; `reordered`: parts before it may
 *     be missing too, except where something later depends on them
 *   - what was written to a file but not synced may be there, be missing, be cut, or be zeros; what it was added to stays
 *   - fsync of a file keeps its contents, its name, and the folders above it, of a folder the names in it; `ordered`: all
 *     names before it, too
 */
import type { HashedFile } from '../../../src/ports/file-system.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

type Change =
  | {
      readonly op: 'data';
      readonly path: string;
      readonly bytes: Uint8Array;
      readonly old: Uint8Array | undefined;
      /** How many of the bytes were added to a file that was there; the others are as safe as they were before. */
      readonly added?: number;
    }
  | { readonly op: 'rename'; readonly path: string; readonly to: string }
  | { readonly op: 'link'; readonly path: string; readonly target: string }
  | { readonly op: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly op: 'sync'; readonly path: string; readonly isFolder: boolean }
  | { readonly op: 'mkdir' | 'remove'; readonly path: string };

export type NameOrder = 'ordered' | 'reordered';

export class RecordingFileSystem extends MemoryFileSystem {
  readonly changes: Change[] = [];
  /** True while it is the test that writes, whose files are taken to be on the disk for good. */
  isOff = true;

  override write(files: { readonly [path: string]: string | Uint8Array }): void {
    for (const [path, data] of Object.entries(files)) this.#data(path, () => super.write({ [path]: data }));
  }

  override writeFile(path: string, data: string | Uint8Array, options?: { mode?: number; exclusive?: boolean }): void {
    this.#data(path, () => super.writeFile(path, data, options));
  }

  override appendFile(path: string, data: string): void {
    this.#data(path, () => super.appendFile(path, data), Buffer.byteLength(data));
  }

  override async copyFile(from: string, to: string): Promise<HashedFile> {
    const copied = await super.copyFile(from, to);
    this.#note({ op: 'data', path: to, bytes: super.readFile(to) ?? new Uint8Array(), old: undefined });
    return copied;
  }

  override makeFolder(path: string): void {
    const isNew = super.lstat(path) === undefined;
    super.makeFolder(path);
    if (isNew) this.#note({ op: 'mkdir', path });
  }

  override rename(from: string, to: string): void {
    super.rename(from, to);
    this.#note({ op: 'rename', path: from, to });
  }

  override remove(path: string): void {
    super.remove(path);
    this.#note({ op: 'remove', path });
  }

  override removeEmptyFolder(path: string): boolean {
    const isGone = super.removeEmptyFolder(path);
    if (isGone) this.#note({ op: 'remove', path });
    return isGone;
  }

  override makeLink(target: string, path: string): void {
    super.makeLink(target, path);
    this.#note({ op: 'link', path, target });
  }

  override chmod(path: string, mode: number): void {
    super.chmod(path, mode);
    this.#note({ op: 'chmod', path, mode });
  }

  override async sync(path: string): Promise<void> {
    await super.sync(path);
    this.#note({ op: 'sync', path, isFolder: super.stat(path)?.type === 'folder' });
  }

  /** Does what is left of `changes` when the power goes after the first `count` of them. */
  replay(changes: readonly Change[], count: number, order: NameOrder, random: () => number): void {
    const lost = lostNames(changes.slice(0, count), order, random);
    for (const [at, change] of changes.slice(0, count).entries()) {
      if (lost.has(at)) continue;
      try {
        this.#redo(change, isSynced(changes, at, count), random);
      } catch {
        // It rests on something that was lost.
      }
    }
  }

  #redo(change: Change, isDurable: boolean, random: () => number): void {
    if (change.op === 'data') super.write({ [change.path]: isDurable ? change.bytes : this.#left(change, random) });
    else if (change.op === 'mkdir') super.makeFolder(change.path);
    else if (change.op === 'rename') super.rename(change.path, change.to);
    else if (change.op === 'remove') super.remove(change.path);
    else if (change.op === 'link') super.makeLink(change.target, change.path);
    else if (change.op === 'chmod') super.chmod(change.path, change.mode);
  }

  /** Contents that nobody synced. */
  #left(change: Extract<Change, { op: 'data' }>, random: () => number): Uint8Array {
    const { path, bytes, old, added } = change;
    if (added === undefined) return leftOf(bytes, old, random);
    const before = super.readFile(path) ?? new Uint8Array();
    return Buffer.concat([before, leftOf(bytes.slice(bytes.length - added), undefined, random)]);
  }

  #data(path: string, write: () => void, added?: number): void {
    const old = this.lstat(path)?.type === 'file' ? super.readFile(path) : undefined;
    write();
    const bytes = super.readFile(path) ?? new Uint8Array();
    this.#note({ op: 'data', path, bytes, old, ...(added === undefined ? {} : { added }) });
  }

  #note(change: Change): void {
    if (!this.isOff) this.changes.push(change);
  }
}

function leftOf(bytes: Uint8Array, old: Uint8Array | undefined, random: () => number): Uint8Array {
  const choice = random();
  if (choice < 0.35) return bytes;
  if (choice < 0.55) return new Uint8Array();
  if (choice < 0.7) return bytes.slice(0, Math.floor(random() * bytes.length));
  if (choice < 0.85) return new Uint8Array(bytes.length);
  return old ?? new Uint8Array();
}

/** Whether the file is synced after change `at` and before the power goes, under whatever name it has by then. */
function isSynced(changes: readonly Change[], at: number, count: number): boolean {
  let path = changes[at]?.path ?? '';
  for (const change of changes.slice(at + 1, count)) {
    if (change.op === 'sync' && change.path === path) return true;
    if (change.op === 'data' && change.path === path) return false;
    if (change.op === 'rename' && isIn(path, change.path)) path = change.to + path.slice(change.path.length);
  }
  return false;
}

const isDirectlyIn = (path: string, folder: string) => path.slice(0, path.lastIndexOf('/')) === folder;
const isIn = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** How many of the changes to names that may be missing are. */
const LOST_SHARE = 0.15;

/** Numbers of the changes of which not even the name is left. */
function lostNames(changes: readonly Change[], order: NameOrder, random: () => number): Set<number> {
  const lost = new Set<number>();
  const lastSync = changes.findLastIndex(({ op }) => op === 'sync');
  if (order === 'ordered') {
    const kept = lastSync + 1 + Math.floor(random() * (changes.length - lastSync));
    for (let at = kept; at < changes.length; at++) lost.add(at);
    return lost;
  }
  const durable = durableNames(changes);
  const lostPaths: string[] = [];
  for (const [at, change] of changes.entries()) {
    const paths = pathsOf(change);
    // What later touches the same name rests on it.
    const restsOnLost = paths.some((path) => lostPaths.some((one) => isIn(path, one) || isIn(one, path)));
    if (durable.has(at) || !(restsOnLost || random() < LOST_SHARE)) continue;
    lost.add(at);
    lostPaths.push(...paths);
  }
  return lost;
}

/** Numbers of the changes whose names some fsync has brought to the disk, and of those that they rest on. */
function durableNames(changes: readonly Change[]): Set<number> {
  const durable = new Set<number>();
  const needed: string[] = [];
  const syncedFolders: string[] = [];
  for (const [at, change] of [...changes.entries()].reverse()) {
    const paths = pathsOf(change);
    const isNeeded = paths.some(
      (one) => needed.some((path) => isIn(path, one)) || syncedFolders.some((folder) => isDirectlyIn(one, folder)),
    );
    if (change.op === 'sync' && change.isFolder) syncedFolders.push(change.path);
    if (!isNeeded && change.op !== 'sync') continue;
    durable.add(at);
    needed.push(...paths);
  }
  return durable;
}

function pathsOf(change: Change): string[] {
  return change.op === 'rename' ? [change.path, change.to] : [change.path];
}
