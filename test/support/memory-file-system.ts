// A file system in memory that keeps the contract of the real one. Knows nothing of what it is used for.
import { fileError } from '../../src/host/file-contents.ts';
import type {
  AppendFile,
  EntryType,
  FileStat,
  FileSystem,
  FolderEntry,
  HashedFile,
} from '../../src/ports/file-system.ts';
import { sha256 } from '../../src/util/hash.ts';

interface Inode {
  readonly ino: number;
  readonly type: EntryType;
  mode: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  /** Of a file. */
  bytes: Uint8Array;
  /** Of a link. */
  readonly target: string;
  /** Of a folder. */
  readonly entries: Map<string, Inode>;
}

/** One call, as the log keeps it. */
export interface Operation {
  readonly op: OperationName;
  readonly path: string;
  /** Of `rename` and `copyFile`. */
  readonly to?: string;
}

export type OperationName = keyof FileSystem;

interface Failure {
  readonly op: OperationName;
  readonly code: string;
  readonly pathPart: string;
}

interface Place {
  readonly folder: Inode;
  readonly name: string;
  readonly inode: Inode | undefined;
}

const LINKS_MAX = 40;
const WRITE_ERRORS = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO']);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Deterministic: inodes count up, and time stands still except for `stepNs` at every change.
 * Owners and permissions are not enforced. The umask is 022.
 */
export class MemoryFileSystem implements FileSystem {
  /** The file system's own clock, nanoseconds since 1970. */
  nowNs = 1_750_000_000_000_000_000n;
  /** How far the clock goes on with each change; 0n makes all changes fall into one tick. */
  stepNs = 1_000_000n;
  /** Every call, in order. */
  readonly operations: Operation[] = [];
  readonly #failures: Failure[] = [];
  readonly #mounts: string[] = [];
  #inodeCount = 0;
  #root = this.#newInode('folder', 0o755);

  /** The next `op` on a path that contains `pathPart` fails with `code`. Each call of this is good for one failure. */
  failNext(op: OperationName, code: string, pathPart = ''): void {
    this.#failures.push({ op, code, pathPart });
  }

  /** How often `op` was called, on paths that contain `pathPart`. */
  count(op: OperationName, pathPart = ''): number {
    return this.operations.filter((one) => one.op === op && one.path.includes(pathPart)).length;
  }

  /**
   * What lies under `path`, by relative path in order of names: the text of files, `-> target` for links, and
   * `name/` with an empty text for empty folders. Not in the log.
   */
  tree(path: string): Record<string, string> {
    const found: Record<string, string> = {};
    const top = this.#find(path, true)?.inode;
    const stack: { path: string; inode: Inode }[] = top ? [{ path: '', inode: top }] : [];
    for (let next = stack.pop(); next; next = stack.pop()) {
      const { inode } = next;
      if (inode.type === 'file') found[next.path] = decoder.decode(inode.bytes);
      else if (inode.type === 'link') found[next.path] = `-> ${inode.target}`;
      else if (inode.entries.size === 0 && next.path !== '') found[`${next.path}/`] = '';
      const prefix = next.path === '' ? '' : `${next.path}/`;
      for (const [name, child] of [...inode.entries].sort().reverse())
        stack.push({ path: prefix + name, inode: child });
    }
    return found;
  }

  /** Everything as it is now; what is returned brings it back, as often as it is called. */
  snapshot(): () => void {
    const kept = copyInode(this.#root);
    const { nowNs } = this;
    return () => {
      this.#root = copyInode(kept);
      this.nowNs = nowNs;
      this.operations.length = 0;
      this.#failures.length = 0;
    };
  }

  /** Writes files with their folders. Not in the log, and nothing fails. */
  write(files: { readonly [path: string]: string | Uint8Array }): void {
    for (const [path, data] of Object.entries(files)) {
      this.#makeFolders(path.slice(0, path.lastIndexOf('/')));
      this.#put(path, typeof data === 'string' ? encoder.encode(data) : data, 0o666, false, 'writeFile');
    }
  }

  lstat(path: string): FileStat | undefined {
    this.#begin('lstat', path);
    return stat(this.#find(path, false)?.inode, this.#deviceOf(path));
  }

  stat(path: string): FileStat | undefined {
    this.#begin('stat', path);
    return stat(this.#find(path, true)?.inode, this.#deviceOf(path));
  }

  readFile(path: string): Uint8Array | undefined {
    this.#begin('readFile', path);
    return this.#bytes(path, 'read')?.slice();
  }

  readText(path: string): string | undefined {
    this.#begin('readText', path);
    const bytes = this.#bytes(path, 'read');
    return bytes && Buffer.from(bytes).toString('utf8');
  }

  readPart(path: string, offset: number, length: number): Uint8Array | undefined {
    this.#begin('readPart', path);
    return this.#bytes(path, 'read')?.slice(offset, offset + length);
  }

  writeFile(path: string, data: string | Uint8Array, options?: { mode?: number; exclusive?: boolean }): void {
    const bytes = typeof data === 'string' ? encoder.encode(data) : data.slice();
    try {
      this.#begin('writeFile', path);
    } catch (error) {
      // A write that failed, rather than an open, has truncated the old file, and the partial new one is removed.
      if (WRITE_ERRORS.has((error as NodeJS.ErrnoException).code ?? '')) this.#unlink(path);
      throw error;
    }
    this.#put(path, bytes, options?.mode ?? 0o666, options?.exclusive === true, 'open');
  }

  appendFile(path: string, data: string): void {
    this.#begin('appendFile', path);
    const old = this.#bytes(path, 'open') ?? new Uint8Array();
    this.#put(path, Buffer.concat([old, encoder.encode(data)]), 0o666, false, 'open');
  }

  openAppend(path: string): AppendFile {
    return { append: (data) => this.appendFile(path, data), sync: () => this.sync(path), close: () => {} };
  }

  readFolder(path: string): FolderEntry[] | undefined {
    this.#begin('readFolder', path);
    const inode = this.#find(path, true)?.inode;
    if (inode?.type !== 'folder') return undefined;
    return [...inode.entries].map(([name, child]) => ({ name, type: child.type }));
  }

  makeFolder(path: string): void {
    this.#begin('makeFolder', path);
    this.#makeFolders(path);
  }

  rename(from: string, to: string): void {
    this.#begin('rename', from, to);
    const source = this.#find(from, false);
    if (!source?.inode) throw fileError('ENOENT', 'no such file or directory', 'rename', from);
    const target = this.#place(to, false, 'rename');
    if (target.inode === source.inode) return;
    if (source.inode.type === 'folder') {
      if (`${normal(to)}/`.startsWith(`${normal(from)}/`))
        throw fileError('EINVAL', 'invalid argument', 'rename', from);
      if (target.inode && target.inode.type !== 'folder') throw fileError('ENOTDIR', 'not a directory', 'rename', from);
      if (target.inode?.entries.size) throw fileError('ENOTEMPTY', 'directory not empty', 'rename', from);
    } else if (target.inode?.type === 'folder') {
      throw fileError('EISDIR', 'illegal operation on a directory', 'rename', from);
    }
    source.folder.entries.delete(source.name);
    target.folder.entries.set(target.name, source.inode);
    this.#touch(source.folder);
    this.#touch(target.folder);
    source.inode.ctimeNs = this.nowNs;
  }

  remove(path: string): void {
    this.#begin('remove', path);
    this.#unlink(path);
  }

  removeEmptyFolder(path: string): boolean {
    this.#begin('removeEmptyFolder', path);
    const place = this.#find(path, false);
    if (place?.inode?.type !== 'folder' || place.inode.entries.size > 0) return false;
    this.#unlink(path);
    return true;
  }

  isReadable(path: string): boolean {
    this.#begin('isReadable', path);
    const inode = this.#find(path, false)?.inode;
    return inode !== undefined && (inode.mode & 0o400) !== 0;
  }

  isOpen(path: string): boolean {
    this.#begin('isOpen', path);
    const inode = this.#find(path, false)?.inode;
    return inode !== undefined && (inode.mode & 0o700) === 0o700;
  }

  makeLink(target: string, path: string): void {
    this.#begin('makeLink', path);
    const place = this.#place(path, false, 'symlink');
    if (place.inode) throw fileError('EEXIST', 'file already exists', 'symlink', path);
    this.#touch(place.folder);
    place.folder.entries.set(place.name, this.#newInode('link', 0o777, target));
  }

  readLink(path: string): string {
    this.#begin('readLink', path);
    const inode = this.#find(path, false)?.inode;
    if (!inode) throw fileError('ENOENT', 'no such file or directory', 'readlink', path);
    if (inode.type !== 'link') throw fileError('EINVAL', 'invalid argument', 'readlink', path);
    return inode.target;
  }

  chmod(path: string, mode: number): void {
    this.#begin('chmod', path);
    const inode = this.#find(path, true)?.inode;
    if (!inode) throw fileError('ENOENT', 'no such file or directory', 'chmod', path);
    inode.mode = mode & 0o7777;
    this.nowNs += this.stepNs;
    inode.ctimeNs = this.nowNs;
  }

  touch(path: string): void {
    this.#begin('touch', path);
    const inode = this.#find(path, false)?.inode;
    if (!inode) throw fileError('ENOENT', 'no such file or directory', 'lutime', path);
    this.#touch(inode);
  }

  async sync(path: string): Promise<void> {
    this.#begin('sync', path);
    if (!this.#find(path, true)?.inode) throw fileError('ENOENT', 'no such file or directory', 'open', path);
  }

  async hashFile(path: string): Promise<HashedFile> {
    this.#begin('hashFile', path);
    const bytes = this.#regular(path, 'hash');
    return { sha256: sha256(bytes), size: bytes.length };
  }

  async copyFile(from: string, to: string): Promise<HashedFile> {
    this.#begin('copyFile', from, to);
    const bytes = this.#regular(from, 'copy').slice();
    this.#put(to, bytes, 0o666, true, 'open');
    return { sha256: sha256(bytes), size: bytes.length };
  }

  realPath(path: string): string | undefined {
    this.#begin('realPath', path);
    const found = this.#resolve(path, true);
    return found?.place.inode && found.path;
  }

  /** What lies in `folder` is on another file system; only told by `stat`. Not in the log. */
  mount(folder: string): void {
    this.#mounts.push(folder);
  }

  #deviceOf(path: string): bigint {
    const real = this.#mounts.length === 0 ? path : (this.#resolve(path, true)?.path ?? path);
    return BigInt(1 + this.#mounts.findIndex((folder) => `${real}/`.startsWith(`${folder}/`)) + 1);
  }

  /** Sets the modification time, as `touch -d` does; the change time becomes now. Not in the log. */
  setTimes(path: string, mtimeNs: bigint): void {
    const inode = this.#find(path, true)?.inode;
    if (!inode) throw fileError('ENOENT', 'no such file or directory', 'utime', path);
    this.#touch(inode);
    inode.mtimeNs = mtimeNs;
  }

  #begin(op: OperationName, path: string, to?: string): void {
    this.operations.push(to === undefined ? { op, path } : { op, path, to });
    const at = this.#failures.findIndex(
      (one) => one.op === op && (path.includes(one.pathPart) || to?.includes(one.pathPart)),
    );
    const [failure] = at < 0 ? [] : this.#failures.splice(at, 1);
    if (failure) throw fileError(failure.code, 'made to fail', op, path);
  }

  #newInode(type: EntryType, mode: number, target = ''): Inode {
    const now = this.nowNs;
    return {
      ino: ++this.#inodeCount,
      type,
      mode,
      mtimeNs: now,
      ctimeNs: now,
      bytes: new Uint8Array(),
      target,
      entries: new Map(),
    };
  }

  #touch(inode: Inode): void {
    this.nowNs += this.stepNs;
    inode.mtimeNs = this.nowNs;
    inode.ctimeNs = this.nowNs;
  }

  #makeFolders(path: string): void {
    let made = '';
    for (const name of normal(path).split('/').slice(1)) {
      made += `/${name}`;
      const place = this.#place(made, true, 'mkdir');
      if (place.inode && place.inode.type !== 'folder') {
        throw made === normal(path)
          ? fileError('EEXIST', 'file already exists', 'mkdir', path)
          : fileError('ENOTDIR', 'not a directory', 'mkdir', path);
      }
      if (place.inode || name === '') continue;
      this.#touch(place.folder);
      place.folder.entries.set(place.name, this.#newInode('folder', 0o755));
    }
  }

  #put(path: string, bytes: Uint8Array, mode: number, exclusive: boolean, operation: string): void {
    const own = this.#place(path, false, operation);
    if (own.inode && exclusive) throw fileError('EEXIST', 'file already exists', operation, path);
    const place = this.#place(path, true, operation);
    if (place.inode?.type === 'folder') {
      throw fileError('EISDIR', 'illegal operation on a directory', operation, path);
    }
    let inode = place.inode;
    if (!inode) {
      this.#touch(place.folder);
      inode = this.#newInode('file', mode & 0o7755);
      place.folder.entries.set(place.name, inode);
    }
    // A copy, and no Buffer: the slices of those share their memory.
    inode.bytes = new Uint8Array(bytes);
    this.#touch(inode);
  }

  #unlink(path: string): void {
    const place = this.#find(path, false);
    if (!place?.inode) return;
    place.folder.entries.delete(place.name);
    this.#touch(place.folder);
  }

  #bytes(path: string, operation: string): Uint8Array | undefined {
    const inode = this.#find(path, true)?.inode;
    if (inode?.type === 'folder') throw fileError('EISDIR', 'illegal operation on a directory', operation, path);
    return inode?.bytes;
  }

  #regular(path: string, operation: string): Uint8Array {
    const inode = this.#find(path, false)?.inode;
    if (!inode) throw fileError('ENOENT', 'no such file or directory', operation, path);
    if (inode.type === 'link') throw fileError('ELOOP', 'too many symbolic links encountered', operation, path);
    if (inode.type === 'folder') throw fileError('EISDIR', 'illegal operation on a directory', operation, path);
    return inode.bytes;
  }

  /** Where `path` is, or would be. Errors: `ENOENT` when its folder does not exist, `ENOTDIR` when that is a file. */
  #place(path: string, follow: boolean, operation: string): Place {
    const place = this.#resolve(path, follow)?.place;
    if (place?.folder.type === 'folder') return place;
    throw place
      ? fileError('ENOTDIR', 'not a directory', operation, path)
      : fileError('ENOENT', 'no such file or directory', operation, path);
  }

  #find(path: string, follow: boolean): Place | undefined {
    const place = this.#resolve(path, follow)?.place;
    return place?.inode ? place : undefined;
  }

  /** Undefined when a folder on the way does not exist; a `place` in something else than a folder is for messages. */
  #resolve(path: string, follow: boolean): { place: Place; path: string } | undefined {
    const todo = normal(path).split('/').slice(1).reverse();
    let way: { name: string; inode: Inode }[] = [];
    let links = 0;
    let place: Place = { folder: this.#root, name: '', inode: this.#root };
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        way.pop();
        place = { folder: this.#root, name: '', inode: way.at(-1)?.inode ?? this.#root };
        continue;
      }
      const folder = way.at(-1)?.inode ?? this.#root;
      const inode = folder.entries.get(name);
      place = { folder, name, inode };
      if (folder.type !== 'folder' || !inode)
        return todo.length === 0 || folder.type !== 'folder' ? { place, path } : undefined;
      if (inode.type === 'link' && (follow || todo.length > 0)) {
        if (++links > LINKS_MAX) return undefined;
        if (inode.target.startsWith('/')) way = [];
        todo.push(...inode.target.split('/').reverse());
        place = { folder: this.#root, name: '', inode: way.at(-1)?.inode ?? this.#root };
      } else {
        way.push({ name, inode });
      }
    }
    return { place, path: `/${way.map((one) => one.name).join('/')}` };
  }
}

/** Bytes are replaced and never changed, so they are shared. */
function copyInode(root: Inode): Inode {
  const copy: Inode = { ...root, entries: new Map() };
  const pending: [Inode, Inode][] = [[root, copy]];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [from, to] = next;
    for (const [name, child] of from.entries) {
      const childCopy: Inode = { ...child, entries: new Map() };
      to.entries.set(name, childCopy);
      if (child.entries.size > 0) pending.push([child, childCopy]);
    }
  }
  return copy;
}

function normal(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function stat(inode: Inode | undefined, device: bigint): FileStat | undefined {
  if (!inode) return undefined;
  const size = inode.type === 'file' ? inode.bytes.length : inode.target.length;
  const { type, mode, mtimeNs } = inode;
  return { type, size, mode, mtimeNs, device, key: `${size}:${mtimeNs}:${inode.ctimeNs}:${inode.ino}:${mode}` };
}
