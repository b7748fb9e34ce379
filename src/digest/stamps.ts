/**
 * Whether anything touched a file or folder between two looks, by stat keys alone: a change that was taken back in
 * between leaves the same digest, but not the same key. Reads no contents.
 */
import type { FileSystem } from '../ports/file-system.ts';
import { sha256 } from '../util/hash.ts';
import { walkFolder } from './tree.ts';
import { isUnreadable } from './unreadable.ts';

/**
 * Of a link, also of where it leads. Of a folder, of every file and link in it: files that came and went again are not
 * seen, because commands that only read a folder leave such ones too (locks, editors' copies). Empty when nothing is
 * there, or it cannot be looked at.
 */
export function stampOf(fs: FileSystem, absolute: string): string {
  try {
    const found = fs.lstat(absolute);
    if (found?.type === 'folder') return stampOfFolder(fs, absolute);
    if (found?.type !== 'link') return found?.key ?? '';
    const target = fs.realPath(absolute);
    return `${found.key} ${target === undefined ? '' : stampOf(fs, target)}`;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return '';
  }
}

function stampOfFolder(fs: FileSystem, folder: string): string {
  const keys = (walkFolder(fs, folder) ?? []).map(({ path, type }) =>
    type === 'folder' ? path : `${path} ${fs.lstat(`${folder}/${path}`)?.key}`,
  );
  return sha256(keys.join('\0'));
}
