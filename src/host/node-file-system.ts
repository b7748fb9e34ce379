// The disk, through node:fs. Knows nothing of workspaces, stores or stages.
import { isUtf8 } from 'node:buffer';
import * as nodeFs from 'node:fs';
import type { AppendFile, EntryType, FileStat, FileSystem, FolderEntry, HashedFile } from '../ports/file-system.ts';
import { errorCode } from './error-code.ts';
import { copyContents, fileError, hashContents, writeAll } from './file-contents.ts';
import { FileSync, syncFile } from './file-sync.ts';
import { removeTree } from './remove-tree.ts';

const {
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  R_OK,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  W_OK,
  X_OK,
} = nodeFs.constants;

/** Without an exception where there is nothing: it would cost more than the call, and misses are common. */
const STAT_OPTIONS = { bigint: true, throwIfNoEntry: false } as const;
const UNKNOWN_CHARACTER = '\u{fffd}';

/** Files of this machine. Errors are Node's. */
export class NodeFileSystem implements FileSystem {
  lstat(path: string): FileStat | undefined {
    return unlessMissing(() => fileStat(nodeFs.lstatSync(path, STAT_OPTIONS)));
  }

  stat(path: string): FileStat | undefined {
    return unlessMissing(() => fileStat(nodeFs.statSync(path, STAT_OPTIONS)));
  }

  readFile(path: string): Uint8Array | undefined {
    return readRegular(path, (fd) => nodeFs.readFileSync(fd));
  }

  readText(path: string): string | undefined {
    return readRegular(path, (fd) => nodeFs.readFileSync(fd, 'utf8'));
  }

  readPart(path: string, offset: number, length: number): Uint8Array | undefined {
    return readRegular(path, (fd) => {
      const bytes = Buffer.allocUnsafe(length);
      return bytes.subarray(0, nodeFs.readSync(fd, bytes, 0, length, offset));
    });
  }

  writeFile(path: string, data: string | Uint8Array, options?: { mode?: number; exclusive?: boolean }): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    // ext4 writes a file that was cut to nothing to the disk when it is closed, which takes a millisecond; one that is
    // written over and cut to its new length it leaves alone.
    const over = bytes.length === 0 ? O_TRUNC : 0;
    const fd = nodeFs.openSync(path, O_WRONLY | O_CREAT | (options?.exclusive ? O_EXCL : over), options?.mode ?? 0o666);
    try {
      writeAll(fd, bytes);
      if (bytes.length > 0 && nodeFs.fstatSync(fd).size > bytes.length) nodeFs.ftruncateSync(fd, bytes.length);
    } catch (error) {
      nodeFs.closeSync(fd);
      nodeFs.rmSync(path, { force: true });
      throw error;
    }
    nodeFs.closeSync(fd);
  }

  /** Creates the file when there is none. What was written before an error is cut off again. */
  appendFile(path: string, data: string): void {
    const file = this.openAppend(path);
    try {
      file.append(data);
    } finally {
      file.close();
    }
  }

  openAppend(path: string): AppendFile {
    const fd = nodeFs.openSync(path, O_WRONLY | O_CREAT | O_APPEND, 0o666);
    const onDisk = new FileSync(fd);
    return {
      append: (data) => appendWhole(fd, Buffer.from(data)),
      sync: () => onDisk.sync(),
      close: () => nodeFs.closeSync(fd),
    };
  }

  readFolder(path: string): FolderEntry[] | undefined {
    return unlessMissing(() => {
      const entries: FolderEntry[] = [];
      for (const entry of nodeFs.readdirSync(path, { withFileTypes: true })) {
        // Node reads bytes that are no text as this character, which may also be a name's own.
        if (entry.name.includes(UNKNOWN_CHARACTER)) refuseUnreadableNames(path);
        entries.push({ name: entry.name, type: direntType(entry) });
      }
      return entries;
    });
  }

  makeFolder(path: string): void {
    nodeFs.mkdirSync(path, { recursive: true });
  }

  rename(from: string, to: string): void {
    nodeFs.renameSync(from, to);
  }

  remove(path: string): void {
    unlessMissing(() => removeTree(path));
  }

  removeEmptyFolder(path: string): boolean {
    try {
      nodeFs.rmdirSync(path);
      return true;
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOTEMPTY' || code === 'EEXIST' || isMissing(code)) return false;
      throw error;
    }
  }

  isReadable(path: string): boolean {
    return isAllowed(path, R_OK);
  }

  isOpen(path: string): boolean {
    return isAllowed(path, R_OK | W_OK | X_OK);
  }

  makeLink(target: string, path: string): void {
    nodeFs.symlinkSync(target, path);
  }

  readLink(path: string): string {
    const target = nodeFs.readlinkSync(path, 'buffer');
    if (!isUtf8(target))
      throw fileError('EILSEQ', `link text is not UTF-8: "${escapeBytes(target)}"`, 'readlink', path);
    return target.toString();
  }

  chmod(path: string, mode: number): void {
    nodeFs.chmodSync(path, mode);
  }

  touch(path: string): void {
    const now = new Date();
    nodeFs.lutimesSync(path, now, now);
  }

  async sync(path: string): Promise<void> {
    const fd = nodeFs.openSync(path, O_RDONLY);
    try {
      await syncFile(fd);
    } finally {
      nodeFs.closeSync(fd);
    }
  }

  hashFile(path: string): Promise<HashedFile> {
    return hashContents(path);
  }

  copyFile(from: string, to: string): Promise<HashedFile> {
    return copyContents(from, to);
  }

  realPath(path: string): string | undefined {
    return unlessMissing(() => nodeFs.realpathSync.native(path));
  }
}

function appendWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      const count = nodeFs.writeSync(fd, bytes, at);
      if (count === 0) throw fileError('EIO', 'short write', 'write');
      at += count;
    } catch (error) {
      if (at > 0) nodeFs.ftruncateSync(fd, nodeFs.fstatSync(fd).size - at);
      throw error;
    }
  }
}

function isAllowed(path: string, mode: number): boolean {
  try {
    nodeFs.accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function fileStat(stat: nodeFs.BigIntStats | undefined): FileStat | undefined {
  if (!stat) return undefined;
  const mode = Number(stat.mode);
  return {
    type: modeType(mode & S_IFMT),
    size: Number(stat.size),
    mode: mode & 0o7777,
    mtimeNs: stat.mtimeNs,
    device: stat.dev,
    key: `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}:${mode}`,
  };
}

function modeType(format: number): EntryType {
  return format === S_IFREG ? 'file' : format === S_IFDIR ? 'folder' : format === S_IFLNK ? 'link' : 'other';
}

function direntType(entry: nodeFs.Dirent): EntryType {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : entry.isSymbolicLink() ? 'link' : 'other';
}

/** O_NONBLOCK and the look at the type, because reading a named pipe or a device may never end. */
function readRegular<T>(path: string, read: (fd: number) => T): T | undefined {
  return unlessMissing(() => {
    const fd = nodeFs.openSync(path, O_RDONLY | O_NONBLOCK);
    try {
      const stat = nodeFs.fstatSync(fd);
      if (!stat.isFile() && !stat.isDirectory()) throw fileError('EINVAL', 'not a regular file', 'read', path);
      return read(fd);
    } finally {
      nodeFs.closeSync(fd);
    }
  });
}

/** A path through a file, or round in circles, leads to nothing just as a missing one does. */
function isMissing(code: string | undefined): boolean {
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP';
}

function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isMissing(errorCode(error))) return undefined;
    throw error;
  }
}

function refuseUnreadableNames(folder: string): void {
  for (const name of nodeFs.readdirSync(folder, 'buffer')) {
    if (!isUtf8(name)) throw fileError('EILSEQ', `name is not UTF-8: "${escapeBytes(name)}"`, 'scandir', folder);
  }
}

/** Printable ASCII as it is, every other byte as `\xff`. */
function escapeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('');
}
