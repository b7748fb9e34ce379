/**
 * Puts outputs back to what they were: those of a transaction that failed or was killed, and those of a run that is
 * undone (design-notes, "Transactions and undo"). Knows no stages.
 *
 * Each path is looked after on its own, and doing it again changes nothing. So it may be interrupted at any step, as
 * long as the intent that says how things were stays in the journal.
 */
import type { Digest } from '../model/digest.ts';
import type { OutputBefore } from '../model/output-change.ts';
import { diskReason } from '../util/disk-reason.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { Displacer, FoundOutput } from './displace.ts';
import { lookAt, stepAside } from './displace.ts';
import type { IndexedOutput } from './index-file.ts';
import type { PutBackIntent } from './journal.ts';
import { inWorkspace } from './layout.ts';
import { leadsOutside, makeParents, parentOf, putInPlace, refuseOutside, takeAway, UnsafePath } from './publish.ts';

export interface PutBackParts extends Omit<Displacer, 'outputs'> {
  readonly outputs: Map<string, IndexedOutput>;
}

/** What is put back: outputs of stages that did not end well, or those of a run, which can be undone in turn. */
export type PutBackOf = PutBackIntent['of'];

/** What was there when an output was put back. */
export interface Replaced {
  readonly path: string;
  /** Null when nothing was there, or nothing that has a digest. */
  readonly digest: Digest | null;
  /** Where it is now, from the workspace, when it could not just go. */
  readonly displaced: string | null;
  /** Wrangle made it, but the store does not have it. */
  readonly isUnkept: boolean;
}

export interface PutBackResult {
  /** Paths that are not as they were before this, in order. */
  readonly replaced: readonly Replaced[];
  readonly failed: readonly PutBackFailure[];
}

interface PutBackFailure {
  readonly path: string;
  readonly error: Error;
}

/** Some outputs are neither what they were nor known to be anything else. The journal still says how they were. */
export class PutBackFailed extends Error {
  override readonly name = 'PutBackFailed';
  readonly failed: readonly PutBackFailure[];

  constructor(failed: readonly PutBackFailure[]) {
    const paths = failed.map(({ path, error }) => `${quoteName(path)} (${diskReason(error)})`).join(', ');
    super(`Cannot put back ${paths}. The next build tries again before it does anything else.`);
    this.failed = failed;
  }
}

/** Where the bytes of outputs are to go when they have to step aside; see `Displacer`. */
export function promisedPlaces(outputs: readonly OutputBefore[]): Map<string, string> {
  return new Map(outputs.flatMap(({ path, displaced }) => (displaced === null ? [] : [[path, displaced] as const])));
}

/** What cannot be put back is listed, and the rest is put back all the same. The index is right for both. */
export async function putBack(
  parts: PutBackParts,
  of: PutBackOf,
  outputs: readonly OutputBefore[],
): Promise<PutBackResult> {
  const replaced = new Map<string, Replaced>();
  const failed: PutBackFailure[] = [];
  const each = async (output: OutputBefore) => {
    const { path } = output;
    try {
      const found = await putBackOne(parts, of, output);
      if (found) replaced.set(path, found);
      remember(parts.outputs, output);
    } catch (error) {
      if (!isReason(error)) throw error;
      failed.push({ path, error });
      parts.outputs.delete(path);
    }
  };
  // What was not there goes first, with its folders: what was may lie around it or in it.
  const isNew = ({ before, displaced }: OutputBefore) => before === null && displaced === null;
  for (const output of outputs) if (isNew(output)) await each(output);
  removeNewFolders(parts, outputs);
  for (const output of outputs) if (!isNew(output)) await each(output);
  removeNewFolders(parts, outputs);
  return { replaced: outputs.flatMap(({ path }) => replaced.get(path) ?? []), failed };
}

/** Those that are empty. */
function removeNewFolders({ fs, layout }: PutBackParts, outputs: readonly OutputBefore[]): void {
  const folders = new Set(outputs.flatMap((output) => output.new_folders));
  // The deepest first, which is the one with the longest path.
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) {
    const absolute = inWorkspace(layout, folder);
    if (leadsOutside(fs, layout, folder) !== undefined) continue;
    if (fs.lstat(absolute)?.type === 'folder') fs.removeEmptyFolder(absolute);
  }
}

/** The index says again of an output what it said before. */
export function remember(outputs: Map<string, IndexedOutput>, { path, recorded }: OutputBefore): void {
  if (recorded) outputs.set(path, recorded);
  else outputs.delete(path);
}

/**
 * Whether what lies at a path may just go. What stages made that did not end well may, since they run again; of a run that
 * is undone only what the store has, or this could not be undone in turn.
 */
export function mayGo({ blobs }: Pick<Displacer, 'blobs'>, of: PutBackOf, { digest, isKnown }: FoundOutput): boolean {
  return isKnown && (of !== 'run' || (digest !== null && blobs.holds(digest)));
}

/** Undefined when the path is as it was already. */
async function putBackOne(parts: PutBackParts, of: PutBackOf, output: OutputBefore): Promise<Replaced | undefined> {
  const { fs, layout, digests, outputs } = parts;
  const { path, before, displaced } = output;
  const found = await lookAt(parts, path);
  const kept = displaced !== null && fs.lstat(inWorkspace(layout, displaced)) !== undefined ? displaced : undefined;
  if (displaced !== null && kept === undefined) {
    // It never had to step aside, or is back already: what is there stays, unless it is known to be what replaced it.
    if (!found || found.digest === before || outputs.get(path)?.digest !== found.digest) return undefined;
  } else if (displaced === null && (found?.digest ?? null) === before && (before !== null || !found)) return undefined;

  const incoming = kept === undefined ? await bytesOf(parts, output) : inWorkspace(layout, kept);
  if (incoming !== undefined) makeParents(fs, layout, path);
  else refuseOutside(fs, layout, path);
  const to = found && !mayGo(parts, of, found) ? stepAside(parts, path) : null;
  if (incoming !== undefined) putInPlace(fs, layout, incoming, path);
  else if (to === null) takeAway(fs, layout, path);
  digests.forget(path);
  return { path, digest: found?.digest ?? null, displaced: to, isUnkept: to !== null && found?.isKnown === true };
}

/** Where the bytes from before are ready to be renamed into place, absolute; undefined when there were none. */
async function bytesOf({ fs, layout, blobs }: PutBackParts, output: OutputBefore): Promise<string | undefined> {
  const { path, before, displaced } = output;
  if (before === null || displaced !== null) return undefined;
  const rebuilt = `${layout.staging}/.put-back/${path}`;
  fs.remove(rebuilt);
  fs.makeFolder(parentOf(rebuilt));
  const found = await blobs.materialize(before, rebuilt);
  if (found === 'done') return rebuilt;
  fs.remove(rebuilt);
  throw new NotInStore(found === 'missing' ? 'its bytes are not in the store' : 'its bytes in the store are damaged');
}

export class NotInStore extends Error {
  override readonly name = 'NotInStore';
}

/** Of the world, not a bug: the disk, the store, or a place that somebody else has taken. */
function isReason(error: unknown): error is Error {
  return (
    error instanceof NotInStore ||
    error instanceof UnsafePath ||
    typeof (error as NodeJS.ErrnoException).code === 'string'
  );
}
