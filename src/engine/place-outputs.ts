/** Puts files and folders into places outside of any workspace: each is whole before it gets its name. */
import { posix } from 'node:path';
import type { FileSystem } from '../ports/file-system.ts';

export interface Placing {
  /** Absolute; it is gone afterwards. */
  readonly from: string;
  /** Absolute. A file there is replaced, and an empty folder. */
  readonly to: string;
}

/**
 * All are beside their places before the first takes it, so what can go wrong, such as a full disk, goes wrong before
 * anything is replaced. Errors: those of the disk, with the place that was asked for as `path`; what was not yet in its
 * place is removed.
 */
export async function placeOutputs(fs: FileSystem, outputs: readonly Placing[], tag: string): Promise<void> {
  const beside: { readonly from: string; readonly to: string }[] = [];
  let current = '';
  try {
    for (const [at, { from, to }] of outputs.entries()) {
      current = to;
      // What a link leads to is replaced, and the link stays.
      const place = fs.realPath(to) ?? to;
      fs.makeFolder(posix.dirname(place));
      const waiting = `${posix.dirname(place)}/.wrangle-${tag}-${at}`;
      beside.push({ from: waiting, to: place });
      await bring(fs, from, waiting);
    }
    for (const { from, to } of beside) {
      current = to;
      fs.rename(from, to);
    }
  } catch (error) {
    for (const { from } of beside) fs.remove(from);
    throw Object.assign(error as Error, { path: current });
  }
}

async function bring(fs: FileSystem, from: string, to: string): Promise<void> {
  try {
    fs.rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyTree(fs, from, to);
  }
}

async function copyTree(fs: FileSystem, root: string, to: string): Promise<void> {
  const pending = [''];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const from = path === '' ? root : `${root}/${path}`;
    const target = path === '' ? to : `${to}/${path}`;
    const found = fs.lstat(from);
    if (found?.type === 'folder') {
      fs.makeFolder(target);
      for (const { name } of fs.readFolder(from) ?? []) pending.push(path === '' ? name : `${path}/${name}`);
    } else if (found?.type === 'link') fs.makeLink(fs.readLink(from), target);
    else {
      await fs.copyFile(from, target);
      fs.chmod(target, found?.mode ?? 0o644);
    }
  }
}
