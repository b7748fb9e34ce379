/**
 * Bytes at an output path that are nobody's (an edited output, a file that was there first) go to
 * `.wrangle/displaced/` before they are replaced. Publishing and recovery ask here, so that neither forgets.
 */
import type { FileDigests } from '../digest/file-digests.ts';
import { digestOfPath } from '../digest/resolve-inputs.ts';
import type { Digest } from '../model/digest.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { BlobStore } from './blob-store.ts';
import type { IndexedOutput } from './index-file.ts';
import type { PublishIntent } from './journal.ts';
import type { StateLayout } from './layout.ts';
import { inWorkspace } from './layout.ts';
import { moveAside } from './publish.ts';

export interface Displacer {
  readonly fs: FileSystem;
  readonly layout: StateLayout;
  readonly digests: FileDigests;
  /** As they were before this publication. */
  readonly outputs: ReadonlyMap<string, IndexedOutput>;
  readonly blobs: BlobStore;
}

/** `to` is from the workspace, and only there when the old bytes were nobody's. */
export interface OldOutput {
  readonly was: 'absent' | 'same' | 'recorded' | 'displaced';
  readonly to?: string;
}

/** Looks after the old bytes of one output. Errors: those of the disk when they have to be moved. */
export async function displaceForeign(
  parts: Displacer,
  { path, digest, staged, aside }: PublishIntent['outputs'][number],
): Promise<OldOutput> {
  const { fs, layout, digests, outputs, blobs } = parts;
  // Of an output written in place, the old bytes wait aside; there are none to lose where none were moved.
  const old = staged === null ? aside : inWorkspace(layout, path);
  if (old === null || fs.lstat(old) === undefined) return { was: 'absent' };
  const current = await digestOrUnknown(parts, staged === null ? old : path);
  if (staged === null) digests.forget(old);
  if (current === digest) return { was: 'same' };
  if (current !== undefined && (outputs.get(path)?.digest === current || blobs.holds(current))) {
    return { was: 'recorded' };
  }
  return { was: 'displaced', to: moveAside(fs, layout, path, layout.displaced, old) };
}

/** Undefined for what cannot be read (no permission, a pipe in a folder): surely none of ours. */
export async function digestOrUnknown(
  { digests }: Pick<Displacer, 'digests'>,
  path: string,
): Promise<Digest | undefined> {
  try {
    return await digestOfPath(digests)(path);
  } catch {
    return undefined;
  }
}
