// Removing a folder with everything in it. Knows nothing of who may still need it.
import * as nodeFs from 'node:fs';
import { errorCode } from './error-code.ts';

interface Entry {
  readonly path: Buffer;
  readonly isFolder: boolean;
  /** True once what it holds has been put on the stack above it. */
  opened: boolean;
}

const SLASH = Buffer.from('/');

/**
 * Removes `path`, links not followed. Names are handled as bytes, because a command may have made some that are no
 * text. Folders that are closed to their owner are opened first: commands copy read-only trees.
 * Errors: Node's, of the first entry that cannot be removed.
 */
export function removeTree(path: string): void {
  const root = nodeFs.lstatSync(path, { throwIfNoEntry: false });
  if (!root) return;
  const stack: Entry[] = [{ path: Buffer.from(path), isFolder: root.isDirectory(), opened: false }];
  for (let entry = stack.at(-1); entry; entry = stack.at(-1)) {
    if (!entry.isFolder) {
      removeEntry(entry.path, nodeFs.unlinkSync);
      stack.pop();
    } else if (entry.opened) {
      removeEntry(entry.path, nodeFs.rmdirSync);
      stack.pop();
    } else {
      entry.opened = true;
      for (const child of readOpened(entry.path)) {
        stack.push({
          path: Buffer.concat([entry.path, SLASH, child.name]),
          isFolder: child.isDirectory(),
          opened: false,
        });
      }
    }
  }
}

function readOpened(folder: Buffer): nodeFs.Dirent<Buffer>[] {
  const read = () => nodeFs.readdirSync(folder, { encoding: 'buffer', withFileTypes: true });
  try {
    return read();
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return [];
    if (code !== 'EACCES') throw error;
    nodeFs.chmodSync(folder, 0o700);
    return read();
  }
}

function removeEntry(path: Buffer, remove: (path: Buffer) => void): void {
  try {
    remove(path);
  } catch (error) {
    const code = errorCode(error);
    // Somebody else removed it first; that is what was wanted.
    if (code === 'ENOENT') return;
    if (code !== 'EACCES') throw error;
    nodeFs.chmodSync(path.subarray(0, path.lastIndexOf(SLASH)), 0o700);
    remove(path);
  }
}
