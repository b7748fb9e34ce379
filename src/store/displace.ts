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
import { move, moveAside, parentOf } from './publish.ts';

export interface Displacer {
  readonly fs: FileSystem;
  readonly layout: StateLayout;
  readonly digests: FileDigests;
  /** As they were before this publication. */
  readonly outputs: ReadonlyMap<string, IndexedOutput>;
  readonly blobs: BlobStore;
  /** Places promised by an open `put-back` intent: path -> where its bytes go, both from the workspace. */
  readonly promised: ReadonlyMap<string, string>;
}

const OF_THE_MACHINE: ReadonlySet<string> = new Set('EMFILE ENFILE ENOMEM ENOSPC EDQUOT EROFS'.split(' '));

export interface OldOutput {
  readonly was: 'absent' | 'same' | 'recorded' | 'displaced';
  /** Null when there was nothing, or nothing that has a digest. */
  readonly digest: Digest | null;
  /** From the workspace; null unless the old bytes were nobody's. */
  readonly to: string | null;
}

/** Looks after the old bytes of one output. Errors: those of the disk when they have to be moved. */
export async function displaceForeign(parts: Displacer, output: PublishIntent['outputs'][number]): Promise<OldOutput> {
  const { fs, layout } = parts;
  const { path, digest } = output;
  const old = placeOfOld(layout, output);
  const found = await lookAtOutput(parts, output);
  if (old === null || !found) return { was: 'absent', digest: null, to: null };
  if (found.digest === digest) return { was: 'same', digest, to: null };
  if (found.isKnown) return { was: 'recorded', digest: found.digest, to: null };
  const to = stepAside(parts, path, old);
  // Nobody can make these bytes again. Their new name has to be on the disk before the journal forgets about the old one.
  await fs.sync(parentOf(inWorkspace(layout, to)));
  return { was: 'displaced', digest: found.digest, to };
}

/** Of an output written in place, the old bytes wait aside; there are none to lose where none were moved. */
function placeOfOld(layout: StateLayout, { path, staged, aside }: PublishIntent['outputs'][number]): string | null {
  return staged === null ? aside : inWorkspace(layout, path);
}

/** What an output is before it is published; undefined when it is not there. */
export async function lookAtOutput(
  parts: Parameters<typeof lookAt>[0],
  output: PublishIntent['outputs'][number],
): Promise<FoundOutput | undefined> {
  const { path, staged } = output;
  const old = placeOfOld(parts.layout, output);
  if (old === null) return undefined;
  const found = await lookAt(parts, path, staged === null ? old : path);
  if (staged === null) parts.digests.forget(old);
  return found;
}

export interface FoundOutput {
  /** Null for what cannot be read, and for a link: whatever it leads to, wrangle makes none. */
  readonly digest: Digest | null;
  /** In the index or in the store, so nothing is lost with them here. */
  readonly isKnown: boolean;
}

/** What lies at an output path, or waits elsewhere at `place`; undefined when nothing does. */
export async function lookAt(
  parts: Pick<Displacer, 'fs' | 'layout' | 'digests' | 'outputs' | 'blobs'>,
  path: string,
  place = path,
): Promise<FoundOutput | undefined> {
  const stat = parts.fs.lstat(inWorkspace(parts.layout, place));
  if (!stat) return undefined;
  const digest = stat.type === 'link' ? undefined : await digestOrUnknown(parts, place);
  if (digest === undefined) return { digest: null, isKnown: false };
  return { digest, isKnown: parts.outputs.get(path)?.digest === digest || parts.blobs.holds(digest) };
}

/** Moves what is nobody's out of the way, and says where it is now, from the workspace. `from` is absolute. */
export function stepAside(
  { fs, layout, promised }: Pick<Displacer, 'fs' | 'layout' | 'promised'>,
  path: string,
  from: string = inWorkspace(layout, path),
): string {
  const place = promised.get(path);
  if (place === undefined || fs.lstat(inWorkspace(layout, place)) !== undefined) {
    return moveAside(fs, layout, path, layout.displaced, from);
  }
  fs.makeFolder(parentOf(inWorkspace(layout, place)));
  move(fs, from, inWorkspace(layout, place));
  return place;
}

/**
 * Undefined for what cannot be read (no permission, a pipe in a folder): surely none of ours. Errors: those of the
 * machine, which say nothing of what is there.
 */
export async function digestOrUnknown(
  { digests }: Pick<Displacer, 'digests'>,
  path: string,
): Promise<Digest | undefined> {
  try {
    return await digestOfPath(digests)(path);
  } catch (error) {
    if (OF_THE_MACHINE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return undefined;
  }
}
