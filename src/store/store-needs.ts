/**
 * What workspaces need of the store: what lies at their output paths, what their stages made last, what their journals
 * speak of, and for a while what the last run replaced, so that it can be undone. A store that several share has a list of
 * them in `workspaces/`.
 */
import type { FileSystem } from '../ports/file-system.ts';
import { compareText } from '../util/compare.ts';
import { sha256 } from '../util/hash.ts';
import type { WorkspaceIndex } from './index-file.ts';
import { readIndex } from './index-file.ts';
import type { StateLayout } from './layout.ts';
import { stateLayout } from './layout.ts';
import { isRunId, runJsonPath, runsFolder } from './run-paths.ts';
import { lookAtFile, namedByManifest } from './survey.ts';

export interface StoreNeeds {
  readonly fingerprints: ReadonlySet<string>;
  /** Hashes of contents. */
  readonly blobs: ReadonlySet<string>;
}

/** Alone, or as a digest; a folder's has a `d`. */
const HASHES = /(?:([fxd]):)?([0-9a-f]{64})/g;

/** Enters a workspace into the list of a store that does not lie in it. What cannot be written is not listed. */
export function enterWorkspace(fs: FileSystem, { store, state, workspace }: StateLayout): void {
  if (store.startsWith(`${state}/`)) return;
  const path = `${store}/workspaces/${sha256(workspace).slice(0, 16)}`;
  try {
    if (fs.lstat(path) !== undefined) return;
    fs.makeFolder(`${store}/workspaces`);
    fs.writeFile(path, `${workspace}\n`);
  } catch {
    // Read-only, or full: then its results are as safe as they are young.
  }
}

/**
 * Of this workspace, with `index` where it is newer than the one on the disk, and of all others that share the store.
 * A last run before `undoSinceMs` can be undone only as far as its bytes happen to be there.
 */
export function needsOfStore(
  fs: FileSystem,
  layout: StateLayout,
  undoSinceMs: number,
  index?: WorkspaceIndex,
): StoreNeeds {
  const fingerprints = new Set<string>();
  const digests = new Set<string>();
  const others = new Set(listWorkspaces(fs, layout.store));
  others.delete(layout.workspace);
  for (const workspace of [layout.workspace, ...others]) {
    const at = stateLayout(workspace);
    addIndex(readIndex(fs, at.index, 'any'), fingerprints, digests);
    // Whatever they say, they say it with hashes.
    for (const text of [readQuietly(fs, at.journal), readQuietly(fs, newestRun(fs, at.state, undoSinceMs))]) {
      for (const [digest, , hash = ''] of text.matchAll(HASHES)) {
        digests.add(digest);
        fingerprints.add(hash);
      }
    }
  }
  if (index) addIndex(index, fingerprints, digests);
  const blobs = new Set<string>();
  for (const digest of digests) {
    const sha = digest.slice(-64);
    blobs.add(sha);
    if (digest.startsWith('d')) for (const inside of namedByManifest(fs, layout.store, sha)) blobs.add(inside);
  }
  return { fingerprints, blobs };
}

/** The hashes of contents without their sizes. */
function addIndex(index: WorkspaceIndex, fingerprints: Set<string>, digests: Set<string>): void {
  for (const { digest, fingerprint } of index.outputs.values()) {
    fingerprints.add(fingerprint);
    digests.add(digest.slice(0, digest.lastIndexOf(':')));
  }
  for (const { fingerprint } of index.stages.values()) fingerprints.add(fingerprint);
}

/** The record of the last run; undefined when there is none, or none as young as that. */
function newestRun(fs: FileSystem, stateDir: string, youngSinceMs: number): string | undefined {
  const ids = (fs.readFolder(runsFolder(stateDir)) ?? []).map(({ name }) => name).filter(isRunId);
  const newest = ids.sort(compareText).at(-1);
  if (newest === undefined) return undefined;
  const file = lookAtFile(fs, runJsonPath(stateDir, newest));
  return file && file.usedMs >= youngSinceMs ? file.path : undefined;
}

function listWorkspaces(fs: FileSystem, store: string): string[] {
  return (fs.readFolder(`${store}/workspaces`) ?? []).flatMap(({ name, type }) => {
    const text = type === 'file' ? fs.readText(`${store}/workspaces/${name}`)?.trimEnd() : undefined;
    return text?.startsWith('/') ? [text] : [];
  });
}

function readQuietly(fs: FileSystem, path: string | undefined): string {
  try {
    return (path !== undefined && fs.readText(path)) || '';
  } catch {
    return '';
  }
}
