/**
 * Takes the chosen results out of the store, beside whoever is using it (design-notes, "Cleaning the store"): records
 * before the blobs that only they name; and each file steps aside first, is looked at once more, and goes back if
 * somebody used it in between. Killed at any step it leaves blobs that nobody names, or a file in `trash/`, which the
 * next sweep puts back. One sweep at a time: it runs under the lock of the store.
 */
import type { FileSystem } from '../ports/file-system.ts';
import type { Garbage } from './choose-garbage.ts';
import type { StoredFile, StoredRecord } from './survey.ts';
import { lookAtFile } from './survey.ts';

export interface Swept {
  readonly records: readonly StoredRecord[];
  readonly blobs: number;
  /** Of everything that was removed. */
  readonly bytes: number;
}

interface Sweeper {
  readonly fs: FileSystem;
  readonly store: string;
  readonly youngSinceMs: number;
}

/** Errors: those of the disk; what is gone by then is gone, and nothing else. */
export function* sweepStore(
  fs: FileSystem,
  store: string,
  garbage: Garbage,
  youngSinceMs: number,
): Generator<void, Swept> {
  const sweeper = { fs, store, youngSinceMs };
  fs.makeFolder(`${store}/trash`);
  const records: StoredRecord[] = [];
  const inUse = new Set<string>();
  let bytes = 0;
  for (const record of garbage.records) {
    if (yield* removeUnlessUsed(sweeper, record)) {
      records.push(record);
      bytes += record.bytes;
    } else {
      for (const sha of record.blobs) inUse.add(sha);
    }
  }
  let blobs = 0;
  for (const blob of garbage.blobs) {
    if (inUse.has(blob.sha) || !(yield* removeUnlessUsed(sweeper, blob))) continue;
    blobs++;
    bytes += blob.bytes;
  }
  for (const file of [...garbage.temporary, ...garbage.quarantined]) {
    if (isYoung(sweeper, file.path)) continue;
    fs.remove(file.path);
    bytes += file.bytes;
    yield;
  }
  return { records, blobs, bytes };
}

/** Puts back what a sweep that was killed had moved aside. */
export function emptyTrash(fs: FileSystem, store: string): void {
  for (const { name } of fs.readFolder(`${store}/trash`) ?? []) {
    const away = `${store}/trash/${name}`;
    const [, folder, hash] = /^(cas|ac)-([0-9a-f]{64})$/.exec(name) ?? [];
    if (folder === undefined || hash === undefined) fs.remove(away);
    else putBack(fs, away, `${store}/${folder}/${hash.slice(0, 2)}/${hash}`);
  }
}

function* removeUnlessUsed(sweeper: Sweeper, { path }: StoredFile): Generator<void, boolean> {
  const { fs, store } = sweeper;
  if (isYoung(sweeper, path)) return false;
  const [folder, , hash] = path.slice(store.length + 1).split('/');
  const away = `${store}/trash/${folder}-${hash}`;
  try {
    fs.rename(path, away);
  } catch (error) {
    // Put aside as damaged, or replaced by a folder: no longer what was chosen.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  yield;
  if (isYoung(sweeper, away)) {
    putBack(fs, away, path);
    return false;
  }
  fs.remove(away);
  yield;
  return true;
}

/** Somebody may have put the same there meanwhile, which is as good. */
function putBack(fs: FileSystem, away: string, path: string): void {
  if (fs.lstat(path) === undefined) fs.rename(away, path);
  else fs.remove(away);
}

function isYoung({ fs, youngSinceMs }: Sweeper, path: string): boolean {
  return (lookAtFile(fs, path)?.usedMs ?? 0) >= youngSinceMs;
}
