/** Where inputs really are, asked of the disk once a folder (for `graph/linked-inputs.ts`). Looks, changes nothing. */
import { posix } from 'node:path';
import { linksLeadingOut, walkFolder } from '../digest/tree.ts';
import { isUnreadable } from '../digest/unreadable.ts';
import type { LinkLook } from '../graph/linked-inputs.ts';
import type { FileSystem } from '../ports/file-system.ts';

/** As the kernel. */
const LINKS_MAX = 40;

/** `known` are the links of folders that were read already. */
export function createLinkLook(
  fs: FileSystem,
  workspace: string,
  known?: (folder: string) => readonly string[] | undefined,
): LinkLook {
  const root = fs.realPath(workspace) ?? workspace;
  const folders = new Map<string, string>();

  const realFolder = (folder: string): string => {
    let real = folders.get(folder);
    if (real === undefined) {
      real = fs.realPath(folder) ?? realPathOf(folder);
      folders.set(folder, real);
    }
    return real;
  };

  /** Also of what is not there: a link may lead to an output that is yet to be made. */
  const realPathOf = (start: string): string => {
    let path = start;
    for (let links = 0; links < LINKS_MAX && fs.lstat(path)?.type === 'link'; links++) {
      const target = fs.readLink(path);
      path = target.startsWith('/') ? target : `${posix.dirname(path)}/${target}`;
      const real = fs.realPath(path);
      if (real !== undefined) return real;
    }
    const { dir, base } = posix.parse(posix.normalize(path));
    return base === '' ? dir : posix.join(realFolder(dir), base);
  };

  return {
    realPath: (path) => {
      const real = realPathOf(path.startsWith('/') ? path : `${workspace}/${path}`);
      if (real === root) return '';
      return real.startsWith(`${root}/`) ? real.slice(root.length + 1) : real;
    },
    linksOut: (path) => {
      const links = known?.(path);
      if (links) return links;
      const folder = fs.realPath(path.startsWith('/') ? path : `${workspace}/${path}`);
      try {
        return folder === undefined ? [] : linksLeadingOut(fs, folder, walkFolder(fs, folder) ?? []);
      } catch (error) {
        // Whoever reads it is told what is wrong with it.
        if (!isUnreadable(error)) throw error;
        return [];
      }
    },
  };
}
