/**
 * Takes the old outputs of a stage away: it is skipped, and what it made once is no longer true. What the store has is
 * removed, anything else goes to `.wrangle/displaced/`. Building and recovery ask here; a second time changes nothing.
 */
import type { FileDigests } from '../digest/file-digests.ts';
import type { Digest } from '../model/digest.ts';
import type { OutputBefore } from '../model/output-change.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { BlobStore } from './blob-store.ts';
import { digestOrUnknown, stepAside } from './displace.ts';
import type { WorkspaceIndex } from './index-file.ts';
import type { StateLayout } from './layout.ts';
import { inWorkspace } from './layout.ts';
import { leadsOutside, move, parentOf } from './publish.ts';

export interface Withdrawer {
  readonly fs: FileSystem;
  readonly layout: StateLayout;
  readonly digests: FileDigests;
  readonly index: Pick<WorkspaceIndex, 'outputs'>;
  readonly blobs: BlobStore;
  /** See `Displacer`. */
  readonly promised: ReadonlyMap<string, string>;
}

export interface Withdrawn extends Pick<OutputBefore, 'path' | 'recorded'> {
  /** Of what was there; undefined when it could not be read. */
  readonly digest: Digest | undefined;
  /** Where it is now, from the workspace; undefined when it is only in the store. */
  readonly displaced: string | undefined;
}

/** The paths at which anything is that may be taken away. Looks, changes nothing. */
export function standing({ fs, layout }: Pick<Withdrawer, 'fs' | 'layout'>, paths: readonly string[]): string[] {
  const isThere = (path: string) => fs.lstat(inWorkspace(layout, path)) !== undefined;
  return paths.filter((path) => isThere(path) && leadsOutside(fs, layout, path) === undefined);
}

/**
 * `folders` go when nothing is left in them, the deepest first. The journal must say so by now. Errors: those of the disk;
 * what is left then is withdrawn by doing it again.
 */
export async function withdraw(
  parts: Withdrawer,
  paths: readonly string[],
  folders: readonly string[],
): Promise<Withdrawn[]> {
  const withdrawn: Withdrawn[] = [];
  for (const path of standing(parts, paths)) withdrawn.push(await withdrawOne(parts, path));
  for (const path of paths) {
    parts.digests.forget(path);
    parts.index.outputs.delete(path);
  }
  removeEmptyFolders(parts, folders);
  return withdrawn;
}

/** Of these, from the workspace, those with nothing in them. Errors: those of the disk. */
export function removeEmptyFolders(
  { fs, layout }: Pick<Withdrawer, 'fs' | 'layout'>,
  folders: readonly string[],
): void {
  for (const folder of folders) {
    const absolute = inWorkspace(layout, folder);
    if (fs.lstat(absolute)?.type !== 'folder' || leadsOutside(fs, layout, folder) !== undefined) continue;
    fs.removeEmptyFolder(absolute);
  }
}

async function withdrawOne(parts: Withdrawer, path: string): Promise<Withdrawn> {
  const { fs, layout, blobs, index } = parts;
  const digest = await digestOrUnknown(parts, path);
  const recorded = index.outputs.get(path) ?? null;
  if (digest === undefined || !blobs.holds(digest)) {
    return { path, recorded, digest, displaced: stepAside(parts, path) };
  }
  // One rename, so that a folder is gone or there, and never half.
  const trash = `${layout.staging}/.withdrawn/${path}`;
  fs.remove(trash);
  fs.makeFolder(parentOf(trash));
  move(fs, inWorkspace(layout, path), trash);
  fs.remove(trash);
  return { path, recorded, digest, displaced: undefined };
}
