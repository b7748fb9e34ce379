/**
 * What workspaces need of the store: what lies at their output paths, what their stages made last, and what their
 * journals speak of. A store that several share has a list of them in `workspaces/`.
 */
import { sha256Of } from '../model/digest.ts';
import type { FileSystem } from '../ports/file-system.ts';
import { sha256 } from '../util/hash.ts';
import type { WorkspaceIndex } from './index-file.ts';
import { readIndex } from './index-file.ts';
import type { StateLayout } from './layout.ts';
import { stateLayout } from './layout.ts';

export interface StoreNeeds {
  readonly fingerprints: ReadonlySet<string>;
  /** Hashes of contents. */
  readonly blobs: ReadonlySet<string>;
}

const HASHES = /[0-9a-f]{64}/g;

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

/** Of this workspace, with `index` where it is newer than the one on the disk, and of all others that share the store. */
export function needsOfStore(fs: FileSystem, layout: StateLayout, index?: WorkspaceIndex): StoreNeeds {
  const fingerprints = new Set<string>();
  const blobs = new Set<string>();
  const others = new Set(listWorkspaces(fs, layout.store));
  others.delete(layout.workspace);
  for (const workspace of [layout.workspace, ...others]) {
    const at = stateLayout(workspace);
    const known = index && workspace === layout.workspace ? [index, readQuietly(fs, at)] : [readQuietly(fs, at)];
    for (const one of known) addIndex(one, fingerprints, blobs);
    // Whatever an open entry says, it says it with hashes.
    for (const [hash] of readJournal(fs, at).matchAll(HASHES)) {
      fingerprints.add(hash);
      blobs.add(hash);
    }
  }
  return { fingerprints, blobs };
}

function addIndex(index: WorkspaceIndex, fingerprints: Set<string>, blobs: Set<string>): void {
  for (const { digest, fingerprint } of index.outputs.values()) {
    fingerprints.add(fingerprint);
    blobs.add(sha256Of(digest));
  }
  for (const { fingerprint } of index.stages.values()) fingerprints.add(fingerprint);
}

function listWorkspaces(fs: FileSystem, store: string): string[] {
  return (fs.readFolder(`${store}/workspaces`) ?? []).flatMap(({ name, type }) => {
    const text = type === 'file' ? fs.readText(`${store}/workspaces/${name}`)?.trimEnd() : undefined;
    return text?.startsWith('/') ? [text] : [];
  });
}

/** Stat keys are left out: nobody asks for them here. */
function readQuietly(fs: FileSystem, { index }: StateLayout): WorkspaceIndex {
  return readIndex(fs, index, 'any');
}

function readJournal(fs: FileSystem, { journal }: StateLayout): string {
  try {
    return fs.readText(journal) ?? '';
  } catch {
    return '';
  }
}
