/**
 * The disk, as the engine sees it. Everything wrangle reads or writes passes here, so tests can hold it in memory,
 * count it, and fail any step of it.
 *
 * Small operations are synchronous on purpose: a `stat` takes some 5 microseconds, a promise for it four times that,
 * and a no-op over 10,000 stages is nothing but stats. What may take long (contents of files) is asynchronous.
 * Paths are absolute. Errors are Node's: an `Error` with `code`, such as `ENOSPC`.
 */
export interface FileSystem {
  /** Of the entry itself, links are not followed. Undefined when there is none. */
  lstat(path: string): FileStat | undefined;
  /** Links are followed. Undefined when there is none. */
  stat(path: string): FileStat | undefined;
  /** Undefined when there is none. */
  readFile(path: string): Uint8Array | undefined;
  /** Undefined when there is none. */
  readText(path: string): string | undefined;
  /** At most `length` bytes from `offset`, fewer at the end of the file. Undefined when there is none. */
  readPart(path: string, offset: number, length: number): Uint8Array | undefined;
  /** Creates or truncates. A partial file after an error is removed. `mode` defaults to 0o666 less the umask. */
  writeFile(path: string, data: string | Uint8Array, options?: { mode?: number; exclusive?: boolean }): void;
  appendFile(path: string, data: string): void;
  /** The same for a file that is added to again and again. Created when there is none. */
  openAppend(path: string): AppendFile;
  /** Names, unsorted; undefined when there is no such folder. Errors: `EILSEQ` for a name that is no valid UTF-8. */
  readFolder(path: string): FolderEntry[] | undefined;
  /** With parents; no error when it exists. */
  makeFolder(path: string): void;
  /** Replaces a file; see `rename(2)` for folders. */
  rename(from: string, to: string): void;
  /** File, link or folder with everything in it; no error when there is none. */
  remove(path: string): void;
  /** Only if it is an empty folder; says whether it was removed. */
  removeEmptyFolder(path: string): boolean;
  /** Whether the contents of a file may be read, or the entries of a folder listed. */
  isReadable(path: string): boolean;
  /** Whether what is in a folder may be listed, and whether there may be more or less of it. */
  isOpen(path: string): boolean;
  makeLink(target: string, path: string): void;
  readLink(path: string): string;
  chmod(path: string, mode: number): void;
  /** Makes what exists as young as a file written now; a link itself is touched. Errors: `ENOENT`, `EPERM`, `EROFS`. */
  touch(path: string): void;
  /** Flushes a file's data, or a folder's entries, to the disk. */
  sync(path: string): Promise<void>;
  /** sha256 and size of the contents, read once in pieces. Does not follow a link (`ELOOP`). */
  hashFile(path: string): Promise<HashedFile>;
  /**
   * Copies contents to a new file `to` (mode 0o666 less the umask) and hashes exactly what it copied.
   * A copy-on-write clone is used where the file system has one, then hashed. A partial copy is removed on error.
   */
  copyFile(from: string, to: string): Promise<HashedFile>;
  /** Real path of an existing entry; undefined when there is none. */
  realPath(path: string): string | undefined;
}

/** Stays open until it is closed. */
export interface AppendFile {
  append(data: string): void;
  /** Flushes what was added to the disk. */
  sync(): Promise<void>;
  close(): void;
}

export interface HashedFile {
  readonly sha256: string;
  readonly size: number;
}

export interface FolderEntry {
  readonly name: string;
  readonly type: EntryType;
}

export type EntryType = 'file' | 'folder' | 'link' | 'other';

export interface FileStat {
  readonly type: EntryType;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Which file system it is on; only compared. */
  readonly device: bigint;
  /**
   * Size, mtime, ctime, inode and mode in one text: equal means that the file was not touched in between,
   * as far as its file system's clock can tell (see design-notes, "The racy rule").
   */
  readonly key: string;
}
