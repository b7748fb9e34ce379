/**
 * How outputs are before stages change them, in a form from which they can come back: their bytes are in the store by
 * then, byte for byte, or have a place promised to which they will step aside.
 */
import type { Digest } from '../model/digest.ts';
import { sha256Of } from '../model/digest.ts';
import type { OutputBefore } from '../model/output-change.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { BlobStore } from './blob-store.ts';
import type { Displacer } from './displace.ts';
import { lookAt } from './displace.ts';
import { fromWorkspace, inWorkspace } from './layout.ts';
import { freePlace, missingFolders, parentOf } from './publish.ts';

/** Changes nothing in the workspace. Errors: those of the disk, when the store cannot take what it has to keep. */
export async function snapshotOutputs(parts: Displacer, paths: readonly string[]): Promise<OutputBefore[]> {
  const { fs, layout, outputs } = parts;
  const promised = new Set<string>();
  const snapshot: OutputBefore[] = [];
  for (const path of paths) {
    const found = await lookAt(parts, path);
    const base = { path, recorded: outputs.get(path) ?? null, new_folders: missingFolders(fs, layout, path) };
    if (!found) snapshot.push({ ...base, before: null, displaced: null });
    else if (found.isKnown && found.digest !== null && (await keep(parts, path, found.digest))) {
      snapshot.push({ ...base, before: found.digest, displaced: null });
    } else {
      const place = freePlace(fs, layout.displaced, path, promised);
      promised.add(place);
      snapshot.push({ ...base, before: found.digest, displaced: fromWorkspace(layout, place) });
    }
  }
  return snapshot;
}

/** False when the file is not what it was a moment ago: somebody is writing it, so it is nobody's we know. */
async function keep({ fs, layout, blobs }: Displacer, path: string, digest: Digest): Promise<boolean> {
  if (await isSound(fs, blobs, digest)) return true;
  // To copy it out is what sets a damaged blob aside; then a sound one can take its place.
  const scrap = `${layout.staging}/.scrap/${path}`;
  fs.remove(scrap);
  fs.makeFolder(parentOf(scrap));
  await blobs.materialize(digest, scrap);
  fs.remove(scrap);
  const absolute = inWorkspace(layout, path);
  const kept = digest.startsWith('d') ? (await blobs.putFolder(absolute)).digest : await blobs.putFile(absolute);
  return kept === digest;
}

/** Whether the store holds a digest byte for byte: every blob of it is read. */
export async function isSound(fs: FileSystem, blobs: BlobStore, digest: Digest): Promise<boolean> {
  if (!blobs.holds(digest)) return false;
  const files = digest.startsWith('d')
    ? (blobs.readTree(digest) ?? []).flatMap((entry) => (entry.type === 'file' ? [entry.digest] : []))
    : [digest];
  for (const file of files) {
    const sha = sha256Of(file);
    if ((await fs.hashFile(blobs.pathOf(sha))).sha256 !== sha) return false;
  }
  return true;
}
