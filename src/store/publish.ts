/**
 * Puts outputs in their places and takes them out again. Every change here is one rename, or is preceded by a journal
 * entry that says how to finish or undo it; recovery calls the same functions.
 */
import type { FileSystem } from '../ports/file-system.ts';
import type { PublishIntent } from './journal.ts';
import type { StateLayout } from './layout.ts';
import { fromWorkspace, inWorkspace } from './layout.ts';

/** What lies above an output path leads out of the workspace, or is no folder. */
export class UnsafePath extends Error {
  override readonly name = 'UnsafePath';
}

/**
 * Makes the folders above an output. Errors: `UnsafePath` when they lead outside or cannot be; those of the disk.
 */
export function makeParents(fs: FileSystem, layout: StateLayout, path: string): void {
  const parent = parentOf(inWorkspace(layout, path));
  if (isPlainFolder(fs, layout, parent)) return;
  // Looked at before anything is made: a link among them would have the rest made outside.
  const nearest = nearestFolder(fs, layout, parent);
  refuseOutside(fs, layout, path);
  if (fs.stat(nearest)?.type !== 'folder') {
    throw new UnsafePath(`${fromWorkspace(layout, nearest)}, above ${path}, is no folder`);
  }
  if (nearest !== parent) fs.makeFolder(parent);
}

/** What is reached over a link that leads outside is not to be replaced or taken away either. Errors: `UnsafePath`. */
export function refuseOutside(fs: FileSystem, layout: StateLayout, path: string): void {
  const to = leadsOutside(fs, layout, path);
  if (to !== undefined) throw new UnsafePath(`the folder of ${path} leads outside the workspace, to ${to}`);
}

/** Where the folder of an output leads, when that is outside the workspace; undefined when it lies inside. */
export function leadsOutside(fs: FileSystem, layout: StateLayout, path: string): string | undefined {
  const parent = parentOf(inWorkspace(layout, path));
  if (isPlainFolder(fs, layout, parent)) return undefined;
  const real = fs.realPath(nearestFolder(fs, layout, parent));
  const root = fs.realPath(layout.workspace);
  if (real === undefined || root === undefined) return 'nowhere';
  return real === root || real.startsWith(`${root}/`) ? undefined : real;
}

/** The folder itself, or the nearest above it that is there. */
function nearestFolder(fs: FileSystem, layout: StateLayout, folder: string): string {
  let nearest = folder;
  while (fs.lstat(nearest) === undefined && nearest.length > layout.workspace.length) nearest = parentOf(nearest);
  return nearest;
}

/** A folder that is there, reached from the workspace through folders only: the usual case, for one stat a level. */
function isPlainFolder(fs: FileSystem, layout: StateLayout, folder: string): boolean {
  for (let at = folder; at.length > layout.workspace.length; at = parentOf(at)) {
    if (fs.lstat(at)?.type !== 'folder') return false;
  }
  return true;
}

/** Renames what is staged over what is there. A folder cannot be replaced by one rename, so the old one steps aside. */
export function putInPlace(fs: FileSystem, layout: StateLayout, staged: string, path: string): void {
  const final = inWorkspace(layout, path);
  const old = fs.lstat(final);
  const incoming = fs.lstat(staged);
  if (old && (old.type === 'folder' || incoming?.type === 'folder')) {
    const aside = `${layout.staging}/.replaced/${path}`;
    fs.remove(aside);
    fs.makeFolder(parentOf(aside));
    move(fs, final, aside, old);
    try {
      move(fs, staged, final, incoming);
    } catch (error) {
      move(fs, aside, final);
      throw error;
    }
    fs.remove(aside);
  } else {
    move(fs, staged, final, incoming);
  }
}

/**
 * Renames. To move a folder elsewhere is to write its entry "..", so a read-only one is made writable for a moment.
 */
export function move(fs: FileSystem, from: string, to: string, stat = fs.lstat(from)): void {
  if (stat?.type !== 'folder' || (stat.mode & 0o200) !== 0) {
    fs.rename(from, to);
    return;
  }
  fs.chmod(from, stat.mode | 0o700);
  try {
    fs.rename(from, to);
  } catch (error) {
    fs.chmod(from, stat.mode);
    throw error;
  }
  fs.chmod(to, stat.mode);
}

/** Takes an output away. A folder goes by one rename first: half of one would be nobody's. */
export function takeAway(fs: FileSystem, layout: StateLayout, path: string): void {
  const final = inWorkspace(layout, path);
  const old = fs.lstat(final);
  if (old?.type !== 'folder') {
    fs.remove(final);
    return;
  }
  const aside = `${layout.staging}/.replaced/${path}`;
  fs.remove(aside);
  fs.makeFolder(parentOf(aside));
  move(fs, final, aside);
  fs.remove(aside);
}

/** The folders above an output that are not there, outermost first, from the workspace. */
export function missingFolders(fs: FileSystem, layout: StateLayout, path: string): string[] {
  const missing: string[] = [];
  for (let folder = parentOf(inWorkspace(layout, path)); folder.length > layout.workspace.length; ) {
    if (fs.lstat(folder) !== undefined) break;
    missing.push(fromWorkspace(layout, folder));
    folder = parentOf(folder);
  }
  return missing.reverse();
}

/** Publishes all outputs of an intent; what is already in place is left. */
export function publish(fs: FileSystem, layout: StateLayout, intent: PublishIntent): void {
  for (const { path, staged } of intent.outputs) {
    if (staged === null) continue;
    makeParents(fs, layout, path);
    putInPlace(fs, layout, staged, path);
  }
}

/**
 * Moves something out of the way into one of wrangle's own folders and says where it is now, from the workspace.
 * Where something lies already, what comes later gets a number behind its name. `from` is where it lies now, absolute.
 */
export function moveAside(
  fs: FileSystem,
  layout: StateLayout,
  path: string,
  folder: string,
  from: string = inWorkspace(layout, path),
): string {
  const to = freePlace(fs, folder, path);
  fs.makeFolder(parentOf(to));
  move(fs, from, to);
  return fromWorkspace(layout, to);
}

/** Where in a folder there is room for something of that path, absolute. `promised` are places that others will take. */
export function freePlace(fs: FileSystem, folder: string, path: string, promised?: ReadonlySet<string>): string {
  let to = folder;
  const names = path.split('/');
  for (const [depth, name] of names.entries()) {
    const isLast = depth === names.length - 1;
    // A folder may be shared; a file that was moved here earlier cannot also be a folder.
    const taken = (place: string) => {
      const there = fs.lstat(place);
      return promised?.has(place) || (there !== undefined && (isLast || there.type !== 'folder'));
    };
    let place = `${to}/${name}`;
    for (let number = 2; taken(place); number++) place = `${to}/${name}.${number}`;
    to = place;
  }
  return to;
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
