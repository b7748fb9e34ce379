/**
 * Reads all of the store and says what is wrong with it: contents that are not what their name says, records that
 * cannot be read or name what is not there. Changes nothing. What others add and remove meanwhile is no problem: each
 * finding is looked at once more at the end.
 */
import { parseTree } from '../digest/tree.ts';
import { sha256Of } from '../model/digest.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { compareText } from '../util/compare.ts';
import type { ActionRecord, RecordedOutput } from './action-cache.ts';
import { lookAtRecord } from './action-cache.ts';
import type { StoredFile } from './survey.ts';
import { filesBelow, isKept } from './survey.ts';

/** An output that can no longer be restored. */
export interface LostOutput {
  readonly fingerprint: string;
  readonly stage: string;
  readonly path: string;
  /** Of a folder: the file in it; undefined for a file, and for the folder's manifest. */
  readonly inside: string | undefined;
  readonly run_id: string;
  readonly created_at: string;
}

export interface StoreProblem {
  readonly kind: 'blob-damaged' | 'blob-missing' | 'record-damaged';
  /** The hash or fingerprint it is kept under. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Whom it concerns; nobody: contents that no record names. */
  readonly lost: readonly LostOutput[];
}

export interface StoreInspection {
  readonly records: number;
  readonly blobs: number;
  /** Of all blobs. */
  readonly bytes: number;
  /** Sorted by path. */
  readonly problems: readonly StoreProblem[];
  /** What copies that were cut short left. */
  readonly leftovers: readonly StoredFile[];
  readonly quarantined: readonly StoredFile[];
  /** Not wrangle's, or of another version; from the store, sorted. */
  readonly foreign: readonly string[];
}

export interface InspectionProgress {
  readonly files: number;
  readonly filesTotal: number;
  readonly bytes: number;
  readonly bytesTotal: number;
}

interface Entry {
  readonly name: string;
  readonly path: string;
  /** Zero for what is no file. */
  readonly bytes: number;
}

const HASH = /^[0-9a-f]{64}$/;

/** `leftoverBeforeMs`: younger copies may still be under way. Errors: those of listing folders. */
export async function inspectStore(
  fs: FileSystem,
  store: string,
  leftoverBeforeMs: number,
  onProgress: (progress: InspectionProgress) => void,
): Promise<StoreInspection> {
  const foreign: string[] = [];
  const recordFiles = listHashed(fs, store, 'ac', foreign);
  const blobFiles = listHashed(fs, store, 'cas', foreign);
  const { records, problems } = readRecords(fs, store, recordFiles, foreign);

  const bytesTotal = blobFiles.reduce((sum, { bytes }) => sum + bytes, 0);
  const sound = new Set<string>();
  const damaged: Entry[] = [];
  let bytes = 0;
  for (const [at, file] of blobFiles.entries()) {
    if (await isSoundBlob(fs, file)) sound.add(file.name);
    else damaged.push(file);
    bytes += file.bytes;
    onProgress({ files: at + 1, filesTotal: blobFiles.length, bytes, bytesTotal });
  }

  const needed = whatRecordsNeed(fs, store, records, sound);
  for (const file of damaged) {
    if (await isStillDamaged(fs, file)) {
      problems.push({ kind: 'blob-damaged', ...placeOf(file), lost: needed.get(file.name) ?? [] });
    }
  }
  const known = new Set(blobFiles.map(({ name }) => name));
  for (const [name, lost] of needed) {
    const path = blobPath(store, name);
    const still = lost.filter(({ fingerprint }) => fs.lstat(recordPath(store, fingerprint)) !== undefined);
    if (known.has(name) || fs.lstat(path) !== undefined || still.length === 0) continue;
    problems.push({ kind: 'blob-missing', name, path, lost: still });
  }
  return {
    records: records.length,
    blobs: blobFiles.length,
    bytes: bytesTotal,
    problems: problems.sort((a, b) => compareText(a.path, b.path)),
    leftovers: filesBelow(fs, `${store}/tmp`).filter(({ usedMs }) => usedMs < leftoverBeforeMs),
    quarantined: filesBelow(fs, `${store}/quarantine`),
    foreign: foreign.sort(compareText),
  };
}

/** Whether a blob's contents are what its name says. */
export async function isSoundBlob(fs: FileSystem, { name, path }: Pick<Entry, 'name' | 'path'>): Promise<boolean> {
  try {
    if (fs.lstat(path)?.type !== 'file') return false;
    return (await fs.hashFile(path)).sha256 === name;
  } catch {
    return false;
  }
}

export function recordPath(store: string, fingerprint: string): string {
  return `${store}/ac/${fingerprint.slice(0, 2)}/${fingerprint}`;
}

function blobPath(store: string, sha: string): string {
  return `${store}/cas/${sha.slice(0, 2)}/${sha}`;
}

function placeOf({ name, path }: Entry): Pick<Entry, 'name' | 'path'> {
  return { name, path };
}

/** It may have been cleaned away, or replaced by a sound one, while it was read. */
async function isStillDamaged(fs: FileSystem, file: Entry): Promise<boolean> {
  return fs.lstat(file.path) !== undefined && !(await isSoundBlob(fs, file));
}

function readRecords(
  fs: FileSystem,
  store: string,
  files: readonly Entry[],
  foreign: string[],
): { readonly records: ActionRecord[]; readonly problems: StoreProblem[] } {
  const records: ActionRecord[] = [];
  const problems: StoreProblem[] = [];
  for (const file of files) {
    const found = lookAtRecord(fs, file.path, file.name);
    if (typeof found === 'object') records.push(found);
    else if (found === 'damaged') problems.push({ kind: 'record-damaged', ...placeOf(file), lost: [] });
    else if (found === 'foreign') foreign.push(file.path.slice(store.length + 1));
  }
  return { records, problems };
}

/** Every blob that some record needs, with the outputs that it is part of. */
function whatRecordsNeed(
  fs: FileSystem,
  store: string,
  records: readonly ActionRecord[],
  sound: ReadonlySet<string>,
): Map<string, LostOutput[]> {
  const needed = new Map<string, LostOutput[]>();
  const need = (sha: string, lost: LostOutput) => {
    const list = needed.get(sha);
    if (list) list.push(lost);
    else needed.set(sha, [lost]);
  };
  for (const { fingerprint, results } of records) {
    for (const { outputs, stage, run_id, created_at } of results) {
      for (const output of outputs.filter(isKept)) {
        const lost = { fingerprint, stage, path: output.path, inside: undefined, run_id, created_at };
        need(sha256Of(output.digest), lost);
        for (const [inside, sha] of filesIn(fs, store, output, sound)) need(sha, { ...lost, inside });
      }
    }
  }
  return needed;
}

/** What the manifest of a folder names; nothing where it is not sound, which is a problem of its own. */
function filesIn(
  fs: FileSystem,
  store: string,
  { digest }: RecordedOutput,
  sound: ReadonlySet<string>,
): (readonly [inside: string, sha: string])[] {
  const sha = sha256Of(digest);
  if (!digest.startsWith('d') || !sound.has(sha)) return [];
  const tree = parseTree(fs.readText(blobPath(store, sha)) ?? '') ?? [];
  return tree.flatMap((entry) => (entry.type === 'file' ? [[entry.path, sha256Of(entry.digest)] as const] : []));
}

/** What lies where blobs or records lie; what is not named like one is foreign. Whatever its type: that is looked at later. */
function listHashed(fs: FileSystem, store: string, folder: 'ac' | 'cas', foreign: string[]): Entry[] {
  const found: Entry[] = [];
  for (const prefix of list(fs, `${store}/${folder}`)) {
    const names = list(fs, `${store}/${folder}/${prefix.name}`);
    if (prefix.type !== 'folder') foreign.push(`${folder}/${prefix.name}`);
    for (const { name } of names) {
      const path = `${store}/${folder}/${prefix.name}/${name}`;
      if (!HASH.test(name) || !name.startsWith(prefix.name)) foreign.push(path.slice(store.length + 1));
      else found.push({ name, path, bytes: fs.lstat(path)?.size ?? 0 });
    }
  }
  return found.sort((a, b) => compareText(a.name, b.name));
}

function list(fs: FileSystem, folder: string): NonNullable<ReturnType<FileSystem['readFolder']>> {
  return fs.lstat(folder)?.type === 'folder' ? (fs.readFolder(folder) ?? []) : [];
}
