// Contents of files, large and small: hashing and copying them. Knows nothing of why they are hashed or copied.
import { createHash, hash } from 'node:crypto';
import * as nodeFs from 'node:fs';
import type { HashedFile } from '../ports/file-system.ts';

/** Up to here a file is read in one synchronous go: a round trip through the thread pool costs more than the read. */
const SMALL_BYTES = 256 * 1024;
const PIECE_BYTES = 1024 * 1024;
/** How many large files are open at once. More would only queue for the four threads of the pool. */
const LARGE_AT_ONCE = 8;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = nodeFs.constants;

/** Shared by all small reads: they are synchronous, so no two of them overlap. */
const smallBuffer = Buffer.allocUnsafeSlow(SMALL_BYTES + 1);

/** sha256 and size of the contents of a regular file. Errors: `ELOOP` for a link, `EISDIR`, `EINVAL` for a device. */
export async function hashContents(path: string): Promise<HashedFile> {
  const { fd, found } = openRegular(path, 'hash');
  try {
    const size = readSmall(fd, found);
    if (size !== undefined) return { sha256: hash('sha256', smallBuffer.subarray(0, size), 'hex'), size };
    return await large(() => pump(fd, undefined));
  } finally {
    nodeFs.closeSync(fd);
  }
}

/** Makes `to` a copy-on-write clone of the open file `fd`, which is at `from`. Throws when it cannot. */
export type CloneFile = (fd: number, from: string, to: string) => void;

/** Copies to a new file and hashes what arrived there. Errors: as `hashContents`, and `EEXIST`, `ENOSPC`, .... */
export async function copyContents(from: string, to: string, clone: CloneFile = cloneFile): Promise<HashedFile> {
  const { fd: source, found } = openRegular(from, 'copy');
  try {
    const size = readSmall(source, found);
    if (size !== undefined) {
      const bytes = smallBuffer.subarray(0, size);
      writeNewFile(to, bytes);
      return { sha256: hash('sha256', bytes, 'hex'), size };
    }
    return await large(() => copyLarge(source, from, to, clone));
  } finally {
    nodeFs.closeSync(source);
  }
}

/** Errors: `EEXIST`; on any later one the partial file is removed. */
function writeNewFile(path: string, bytes: Uint8Array): void {
  const fd = createNew(path);
  try {
    writeAll(fd, bytes);
  } catch (error) {
    nodeFs.closeSync(fd);
    nodeFs.rmSync(path, { force: true });
    throw error;
  }
  nodeFs.closeSync(fd);
}

/** Writes all of it, however many calls that takes. Errors: `EIO` when the system takes no more without saying why. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const count = nodeFs.writeSync(fd, bytes, done, bytes.length - done, null);
    if (count === 0) throw fileError('EIO', 'short write', 'write');
    done += count;
  }
}

async function copyLarge(source: number, from: string, to: string, clone: CloneFile): Promise<HashedFile> {
  let target = createNew(to);
  try {
    if (tryClone(source, from, target, to, clone)) {
      // The clone is ours alone, so its hash is the hash of what was copied, whatever happens to the source.
      target = replaceDescriptor(target, nodeFs.openSync(to, O_RDONLY | O_NOFOLLOW));
      return await pump(target, undefined);
    }
    if (nodeFs.fstatSync(target).nlink === 0) {
      // A clone that fails takes the file with it.
      target = replaceDescriptor(target, createNew(to));
    }
    return await pump(source, target);
  } catch (error) {
    nodeFs.rmSync(to, { force: true });
    throw error;
  } finally {
    nodeFs.closeSync(target);
  }
}

function replaceDescriptor(old: number, fresh: number): number {
  nodeFs.closeSync(old);
  return fresh;
}

/** Pairs of devices between which cloning failed once; asking for every file would cost three system calls each. */
const noClones = new Set<string>();

function tryClone(source: number, from: string, target: number, to: string, clone: CloneFile): boolean {
  const made = nodeFs.fstatSync(target);
  const pair = `${nodeFs.fstatSync(source).dev} ${made.dev}`;
  if (clone === cloneFile && noClones.has(pair)) return false;
  try {
    clone(source, from, to);
    // A clone has the mode of its source; ours is the one that the umask gave.
    nodeFs.fchmodSync(target, made.mode & 0o7777);
    return true;
  } catch {
    // Whatever the reason, plain copying works or fails with a better one.
    noClones.add(pair);
    return false;
  }
}

function cloneFile(fd: number, from: string, to: string): void {
  // By descriptor where there is one: the path may have become a link since it was opened.
  const source = process.platform === 'linux' ? `/proc/self/fd/${fd}` : from;
  nodeFs.copyFileSync(source, to, nodeFs.constants.COPYFILE_FICLONE_FORCE);
}

function createNew(path: string): number {
  return nodeFs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
}

/** O_NONBLOCK, because opening a named pipe would otherwise wait for a writer for ever. */
function openRegular(path: string, operation: string): { readonly fd: number; readonly found: number } {
  const fd = nodeFs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const stat = nodeFs.fstatSync(fd);
  if (stat.isFile()) return { fd, found: stat.size };
  nodeFs.closeSync(fd);
  throw stat.isDirectory()
    ? fileError('EISDIR', 'illegal operation on a directory', operation, path)
    : fileError('EINVAL', 'not a regular file', operation, path);
}

/**
 * Reads the whole file into `smallBuffer` and says how long it is; undefined when it does not fit. `found`: how long it was
 * when it was opened.
 */
function readSmall(fd: number, found: number): number | undefined {
  if (found > SMALL_BYTES) return undefined;
  let size = 0;
  while (size < smallBuffer.length) {
    const count = nodeFs.readSync(fd, smallBuffer, size, smallBuffer.length - size, size);
    size += count;
    // More was asked for than came, so this is its end. Where it is another one by now, only reading nothing says so.
    if (count === 0 || size === found) return size;
  }
  return undefined;
}

/** From the start of `source` to its end: hashes it and, when there is a `target`, writes it there. */
async function pump(source: number, target: number | undefined): Promise<HashedFile> {
  const piece = spareBuffers.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
  const hasher = createHash('sha256');
  let size = 0;
  try {
    for (;;) {
      const count = await readPiece(source, piece, size);
      if (count === 0) return { sha256: hasher.digest('hex'), size };
      const bytes = piece.subarray(0, count);
      const written = target === undefined ? undefined : writePiece(target, bytes);
      // Hashing goes on while the thread pool writes.
      hasher.update(bytes);
      await written;
      size += count;
    }
  } finally {
    spareBuffers.push(piece);
  }
}

function readPiece(fd: number, buffer: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    nodeFs.read(fd, buffer, 0, buffer.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

async function writePiece(fd: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const count = await new Promise<number>((resolve, reject) => {
      nodeFs.write(fd, bytes, done, bytes.length - done, null, (error, n) => (error ? reject(error) : resolve(n)));
    });
    if (count === 0) throw fileError('EIO', 'short write', 'write');
    done += count;
  }
}

const spareBuffers: Buffer[] = [];
const waiting: (() => void)[] = [];
let running = 0;

/** Runs `work` when fewer than `LARGE_AT_ONCE` others are at it. */
async function large(work: () => Promise<HashedFile>): Promise<HashedFile> {
  if (running >= LARGE_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/** An error of the shape that Node's own have. */
export function fileError(code: string, reason: string, operation: string, path?: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(
    `${code}: ${reason}, ${operation}${path === undefined ? '' : ` '${path}'`}`,
  );
  error.code = code;
  error.syscall = operation;
  if (path !== undefined) error.path = path;
  return error;
}
