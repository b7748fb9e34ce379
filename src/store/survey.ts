/**
 * One walk over the store: what lies there, how much of it, who names what, and when it was last used. Changes nothing,
 * believes nothing: what is damaged is found by `verify-store.ts`.
 *
 * Walks are generators: whoever drives one can let others have a turn between two steps.
 */
import { parseTree } from '../digest/tree.ts';
import { parseDigest, sha256Of } from '../model/digest.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { ActionResult, RecordedOutput } from './action-cache.ts';
import { lookAtRecord } from './action-cache.ts';

/** A file of the store, absolute, with the time of its last use. */
export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly usedMs: number;
}

export interface StoredBlob extends StoredFile {
  readonly sha: string;
}

export interface StoredRecord extends StoredFile {
  readonly fingerprint: string;
  /** Empty for one that cannot be read. */
  readonly results: readonly ActionResult[];
  /** Every blob it needs, each once: files, manifests, and what is in those. */
  readonly blobs: readonly string[];
}

export interface StoreSurvey {
  readonly records: readonly StoredRecord[];
  readonly blobs: ReadonlyMap<string, StoredBlob>;
  /** Copies under way, and those of processes that were killed. */
  readonly temporary: readonly StoredFile[];
  /** Put aside because it was damaged. */
  readonly quarantined: readonly StoredFile[];
  /** All of it. */
  readonly bytes: number;
}

const HASH = /^[0-9a-f]{64}$/;

export function* surveyStore(fs: FileSystem, store: string): Generator<void, StoreSurvey> {
  const blobs = new Map<string, StoredBlob>();
  for (const file of yield* hashedFiles(fs, `${store}/cas`)) blobs.set(file.name, { ...file, sha: file.name });
  const manifests = new Map<string, readonly string[]>();
  const records: StoredRecord[] = [];
  for (const { name, ...file } of yield* hashedFiles(fs, `${store}/ac`)) {
    const found = lookAtRecord(fs, file.path, name);
    const results = typeof found === 'object' ? found.results : [];
    const outputs = results.flatMap((result) => result.outputs);
    records.push({ ...file, fingerprint: name, results, blobs: blobsOf(fs, store, outputs, manifests) });
    yield;
  }
  const temporary = filesBelow(fs, `${store}/tmp`);
  const quarantined = filesBelow(fs, `${store}/quarantine`);
  const bytes = [...blobs.values(), ...records, ...temporary, ...quarantined].reduce(
    (sum, file) => sum + file.bytes,
    0,
  );
  return { records, blobs, temporary, quarantined, bytes };
}

/** The size of everything, without opening a file. */
export function* countStore(fs: FileSystem, store: string): Generator<void, number> {
  let bytes = 0;
  for (const folder of ['cas', 'ac']) {
    for (const file of yield* hashedFiles(fs, `${store}/${folder}`)) bytes += file.bytes;
  }
  for (const folder of ['tmp', 'quarantine']) {
    for (const file of filesBelow(fs, `${store}/${folder}`)) bytes += file.bytes;
  }
  return bytes;
}

/** Runs a walk to its end at once. */
export function walkAll<T>(walk: Generator<void, T>): T {
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value;
  }
}

const TURN_MS = 20;

/**
 * Runs a walk to its end and lets others have a turn now and then. Undefined when the signal ended it between two
 * steps.
 */
export async function walkInTurns<T>(
  walk: Generator<void, T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  let turnEndsMs = performance.now() + TURN_MS;
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value;
    if (performance.now() < turnEndsMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted) return undefined;
    turnEndsMs = performance.now() + TURN_MS;
  }
}

/** Whether its bytes are in the store at all: not those of an output with `cache: false`. */
export function isKept(output: RecordedOutput): boolean {
  return output.kept !== false;
}

/** Regular files that are named by a hash and lie in the folder of its first two digits. */
function* hashedFiles(
  fs: FileSystem,
  folder: string,
): Generator<void, readonly (StoredFile & { readonly name: string })[]> {
  const files: (StoredFile & { readonly name: string })[] = [];
  for (const { name: prefix } of readFolder(fs, folder)) {
    for (const { name } of readFolder(fs, `${folder}/${prefix}`)) {
      if (!HASH.test(name) || !name.startsWith(prefix)) continue;
      const file = lookAtFile(fs, `${folder}/${prefix}/${name}`);
      if (file) files.push({ ...file, name });
    }
    yield;
  }
  return files;
}

/** Every file in a folder and below. */
export function filesBelow(fs: FileSystem, folder: string): StoredFile[] {
  const files: StoredFile[] = [];
  const pending = [folder];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const { name, type } of readFolder(fs, at)) {
      const path = `${at}/${name}`;
      if (type === 'folder') pending.push(path);
      else files.push(lookAtFile(fs, path) ?? { path, bytes: 0, usedMs: 0 });
    }
  }
  return files;
}

/** Undefined for what is gone by now, or is no regular file. */
export function lookAtFile(fs: FileSystem, path: string): StoredFile | undefined {
  const stat = fs.lstat(path);
  if (stat?.type !== 'file') return undefined;
  return { path, bytes: stat.size, usedMs: Number(stat.mtimeNs / 1_000_000n) };
}

function readFolder(fs: FileSystem, folder: string): ReturnType<FileSystem['readFolder']> & object {
  return fs.lstat(folder)?.type === 'folder' ? (fs.readFolder(folder) ?? []) : [];
}

function blobsOf(
  fs: FileSystem,
  store: string,
  outputs: readonly RecordedOutput[],
  manifests: Map<string, readonly string[]>,
): string[] {
  const named = new Set<string>();
  for (const output of outputs) {
    if (!isKept(output)) continue;
    const sha = sha256Of(output.digest);
    named.add(sha);
    if (parseDigest(output.digest)?.kind !== 'folder') continue;
    const inside = manifests.get(sha) ?? namedByManifest(fs, store, sha);
    manifests.set(sha, inside);
    for (const file of inside) named.add(file);
  }
  return [...named];
}

/** The files of a folder; none where there is no such manifest, or none that can be read. */
export function namedByManifest(fs: FileSystem, store: string, sha: string): string[] {
  const path = `${store}/cas/${sha.slice(0, 2)}/${sha}`;
  try {
    const tree = fs.lstat(path)?.type === 'file' ? parseTree(fs.readText(path) ?? '') : undefined;
    return (tree ?? []).flatMap((entry) => (entry.type === 'file' ? [sha256Of(entry.digest)] : []));
  } catch {
    return [];
  }
}
