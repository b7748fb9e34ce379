/**
 * Where an attempt writes (design-notes, "Staging"). Makes the folders, moves old bytes aside for in-place ports, and
 * afterwards keeps or removes what is left.
 *
 *   .wrangle/staging/<stage>/0/<workspace path>   outputs, with their names
 *   .wrangle/staging/<stage>/aside/<path>         old bytes of in-place outputs
 *   .wrangle/staging/<stage>/files/               what the command text is too small for: lists of paths, a script
 *   .wrangle/staging/<stage>/<apart>/             all of that again, of an attempt that runs apart from others
 */
import type { OutputPort, Stage } from '../model/pipeline.ts';
import type { FileSystem, FolderEntry } from '../ports/file-system.ts';
import type { StateLayout } from '../store/layout.ts';
import { fromWorkspace, inWorkspace } from '../store/layout.ts';
import { makeParents, missingFolders, move, moveAside, parentOf } from '../store/publish.ts';

export interface Staging {
  /** Absolute folder of the attempt's staging. */
  readonly root: string;
  /** Absolute; made by who needs it. */
  readonly files: string;
  readonly outputs: readonly StagedOutput[];
  /** The staging folder and all below it that hold the places of outputs, parents first; absolute. */
  readonly folders: readonly string[];
}

export interface StagedOutput {
  readonly port: OutputPort;
  readonly kind: 'file' | 'folder';
  /** Its final place, from the workspace. */
  readonly path: string;
  /** Where the attempt writes it, from the workspace; equal to `path` for an in-place port. */
  readonly writtenAt: string;
  /** The same, absolute. */
  readonly staged: string;
  /** Where the old bytes of an in-place output go, absolute; null when there are none. */
  readonly aside: string | null;
  /** Folders above its final place that are not there yet, outermost first, from the workspace. */
  readonly newFolders: readonly string[];
}

/** Says where everything will be; touches nothing. `apart`: the name of a place beside those of other attempts. */
export function planStaging(fs: FileSystem, layout: StateLayout, stage: Stage, apart?: string): Staging {
  const shared = `${layout.staging}/${stage.id}`;
  const root = apart === undefined ? shared : `${shared}/${apart}`;
  const slot = fromWorkspace(layout, `${root}/0`);
  const outputs = stage.outputs.flatMap((port) =>
    port.items.map(({ kind, path }): StagedOutput => {
      const newFolders = missingFolders(fs, layout, path);
      if (!port.in_place) {
        const staged = `${root}/0/${path}`;
        return { port, kind, path, writtenAt: `${slot}/${path}`, staged, aside: null, newFolders };
      }
      const staged = inWorkspace(layout, path);
      const old = fs.lstat(staged) !== undefined;
      return { port, kind, path, writtenAt: path, staged, aside: old ? `${root}/aside/${path}` : null, newFolders };
    }),
  );
  return { root, files: `${root}/files`, outputs, folders: foldersOf(shared, outputs) };
}

/**
 * Makes the attempt's clean start: parents of outputs exist, folder outputs exist and are empty, old bytes of in-place
 * outputs are aside (their intent must be in the journal by now). Errors: `UnsafePath`; those of the disk.
 */
export function prepareStaging(fs: FileSystem, layout: StateLayout, staging: Staging): void {
  // Before any old bytes are moved: through a link, they would not even be ours.
  for (const output of staging.outputs) if (output.port.in_place) makeParents(fs, layout, output.path);
  for (const { aside, path } of staging.outputs) {
    if (aside === null) continue;
    fs.makeFolder(parentOf(aside));
    move(fs, inWorkspace(layout, path), aside);
  }
  const { folders } = staging;
  for (const folder of folders) if (!folders.some((other) => parentOf(other) === folder)) fs.makeFolder(folder);
  for (const { kind, staged } of staging.outputs) if (kind === 'folder') fs.makeFolder(staged);
}

/**
 * After an attempt that publishes nothing: what it wrote goes to the folder `outputs` in `keepIn` (absolute), old bytes of
 * in-place outputs come back. Says whether it had written anything. What else is in staging stays, see `removeStaging`.
 */
export function abandonStaging(fs: FileSystem, layout: StateLayout, staging: Staging, keepIn: string): boolean {
  openFolders(fs, staging);
  let wrote = takeFolder(fs, `${staging.root}/0`, `${keepIn}/outputs`);
  for (const output of staging.outputs) {
    if (!output.port.in_place) continue;
    // Planned but not there: it was stopped before the old bytes were moved, so they still stand.
    if (output.aside !== null && fs.lstat(output.aside) === undefined) continue;
    const final = inWorkspace(layout, output.path);
    // An empty folder is the one that the attempt was given.
    if (fs.lstat(final) !== undefined && !fs.removeEmptyFolder(final)) {
      openFolder(fs, final);
      moveAside(fs, layout, output.path, `${keepIn}/outputs`);
      wrote = true;
    }
    if (output.aside !== null) move(fs, output.aside, final);
  }
  return wrote;
}

/**
 * After the outputs have been renamed to their places. Where anything else was left, it goes to the folder `outputs` in
 * `keepIn` (absolute), and the paths of its files are returned; undefined when it cannot be listed.
 */
export function clearStaging(fs: FileSystem, staging: Staging, keepIn: string): readonly string[] | undefined {
  if (removeFolders(fs, staging)) return [];
  const slot = `${staging.root}/0`;
  pruneEmptyFolders(fs, slot);
  const left = filesIn(fs, slot);
  takeFolder(fs, slot, `${keepIn}/outputs`);
  fs.remove(staging.root);
  return left;
}

/** All that is left of it. */
export function removeStaging(fs: FileSystem, staging: Staging): void {
  if (!removeFolders(fs, staging)) fs.remove(staging.root);
}

/** The usual case, that nothing is left but the folders that held outputs, costs no look into them. */
function removeFolders(fs: FileSystem, { folders }: Staging): boolean {
  return folders.length > 0 && folders.toReversed().every((folder) => removeIfEmpty(fs, folder));
}

/** Opens the folders that hold the places of outputs: a command may have closed them to their owner. */
export function openFolders(fs: FileSystem, staging: Staging): void {
  for (const folder of staging.folders) if (!fs.isOpen(folder)) openFolder(fs, folder);
}

const OPEN = 0o700;

/** What is no folder is left as it is, and so is what cannot be opened: whoever needs it says what is wrong. */
function openFolder(fs: FileSystem, path: string): void {
  try {
    const found = fs.lstat(path);
    if (found?.type === 'folder' && (found.mode & OPEN) !== OPEN) fs.chmod(path, found.mode | OPEN);
  } catch {}
}

/** Moves a folder unless there is nothing in it; says whether there was. */
function takeFolder(fs: FileSystem, from: string, to: string): boolean {
  pruneEmptyFolders(fs, from);
  if (fs.lstat(from) === undefined) return false;
  // To move a folder elsewhere is to write its entry "..".
  openFolder(fs, from);
  fs.makeFolder(parentOf(to));
  fs.rename(from, to);
  return true;
}

function foldersOf(outermost: string, outputs: readonly StagedOutput[]): string[] {
  const folders = new Set<string>();
  for (const { port, staged } of outputs) {
    if (port.in_place) continue;
    for (let folder = parentOf(staged); folder.length >= outermost.length && !folders.has(folder); ) {
      folders.add(folder);
      folder = parentOf(folder);
    }
  }
  return [...folders].sort((a, b) => a.length - b.length);
}

/** Undefined when a folder cannot be listed: it is closed, or has names that are no text. */
function filesIn(fs: FileSystem, root: string): string[] | undefined {
  const found: string[] = [];
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entries = listed(fs, folder === '' ? root : `${root}/${folder}`);
    if (!entries) return undefined;
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.type === 'folder') pending.push(path);
      else found.push(path);
    }
  }
  return found.sort();
}

/** Removes folders that hold nothing, from the leaves up, so that what is kept is only what was written. */
function pruneEmptyFolders(fs: FileSystem, root: string): void {
  const folders: string[] = [root];
  for (let at = 0; at < folders.length; at++) {
    const folder = folders[at] as string;
    for (const entry of listed(fs, folder) ?? []) {
      if (entry.type === 'folder') folders.push(`${folder}/${entry.name}`);
    }
  }
  for (const folder of folders.reverse()) removeIfEmpty(fs, folder);
}

function listed(fs: FileSystem, folder: string): readonly FolderEntry[] | undefined {
  try {
    return fs.readFolder(folder) ?? [];
  } catch {
    return undefined;
  }
}

function removeIfEmpty(fs: FileSystem, folder: string): boolean {
  try {
    return fs.removeEmptyFolder(folder);
  } catch {
    return false;
  }
}
