/**
 * Finishes or undoes what an interrupted command left behind. Runs under the workspace lock, before anything else, and
 * may itself be interrupted at any step: doing it again gives the same result.
 */
import type { FileDigests } from '../digest/file-digests.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { ActionCache } from './action-cache.ts';
import type { BlobStore } from './blob-store.ts';
import { digestOrUnknown, displaceForeign } from './displace.ts';
import type { IndexedOutput } from './index-file.ts';
import type { InPlaceIntent, Intent, Journal, PublishIntent } from './journal.ts';
import type { StateLayout } from './layout.ts';
import { inWorkspace } from './layout.ts';
import { makeParents, moveAside, parentOf, putInPlace, UnsafePath } from './publish.ts';

export interface Recovery {
  readonly fs: FileSystem;
  readonly layout: StateLayout;
  readonly journal: Journal;
  readonly blobs: BlobStore;
  readonly actions: ActionCache;
  readonly digests: FileDigests;
  readonly outputs: Map<string, IndexedOutput>;
}

export interface Recovered {
  readonly stage: string;
  readonly how: 'finished' | 'undone';
  /** What was found at its output paths and was nobody's: where it is now, from the workspace. */
  readonly displaced: readonly string[];
}

/** What was done, in order. Errors: those of the disk; the journal is kept then, and the next command tries again. */
export async function recover(parts: Recovery): Promise<Recovered[]> {
  const { fs, layout, journal } = parts;
  const recovered: Recovered[] = [];
  if (!journal.isEmpty()) {
    for (const intent of journal.readOpen()) recovered.push(await finish(parts, intent));
    journal.clear();
  }
  // Nobody else writes here while we hold the lock: what is left is of a command that is gone.
  fs.remove(layout.staging);
  if (layout.store.startsWith(`${layout.state}/`)) fs.remove(`${layout.store}/tmp`);
  return recovered;
}

async function finish(parts: Recovery, intent: Intent): Promise<Recovered> {
  const { stage } = intent;
  if (intent.type === 'publish') return { stage, how: 'finished', displaced: await rollForward(parts, intent) };
  return { stage, how: 'undone', displaced: undoInPlace(parts, intent) };
}

/** The bytes are in place already, wait in staging, or are in the store; the first that is true counts. */
async function rollForward(parts: Recovery, intent: PublishIntent): Promise<string[]> {
  const { fs, layout, actions, digests, outputs } = parts;
  const displaced: string[] = [];
  if (intent.record) actions.write(intent.record);
  for (const output of intent.outputs) {
    const { path, digest } = output;
    // Old bytes of an output written in place may still wait aside.
    if (output.staged === null) await displace(parts, output, displaced);
    if ((await digestOrUnknown(parts, path)) !== digest) {
      const incoming = hasPlace(parts, path) ? await findBytes(parts, output) : undefined;
      // Lost from both, or nowhere to go: what is there stands, and the index says that it is stale.
      if (incoming === undefined) continue;
      await displace(parts, { ...output, staged: incoming }, displaced);
      putInPlace(fs, layout, incoming, path);
      digests.forget(path);
    }
    const { fingerprint, stage, pipeline } = intent;
    outputs.set(path, { digest, fingerprint, stage, pipeline });
  }
  return displaced;
}

async function displace(parts: Recovery, output: PublishIntent['outputs'][number], displaced: string[]): Promise<void> {
  const { to } = await displaceForeign(parts, output);
  if (to !== undefined) displaced.push(to);
}

/** False when somebody has since put a file or a link where the output's folder was: then it stays as it is, stale. */
function hasPlace({ fs, layout }: Recovery, path: string): boolean {
  try {
    makeParents(fs, layout, path);
    return true;
  } catch (error) {
    if (error instanceof UnsafePath) return false;
    throw error;
  }
}

/** Where the new bytes of an output are, absolute, ready to be renamed into place. */
async function findBytes(
  { fs, layout, blobs }: Recovery,
  { path, digest, staged }: PublishIntent['outputs'][number],
): Promise<string | undefined> {
  if (staged !== null && fs.lstat(staged) !== undefined) return staged;
  const rebuilt = `${layout.staging}/.recovered/${path}`;
  fs.remove(rebuilt);
  fs.makeFolder(parentOf(rebuilt));
  return (await blobs.materialize(digest, rebuilt)) === 'done' ? rebuilt : undefined;
}

/**
 * The old bytes come back. What is found in their place is what the command wrote, or what somebody put there since;
 * nobody can tell, so it goes where no later attempt removes it.
 */
function undoInPlace({ fs, layout, digests }: Recovery, intent: InPlaceIntent): string[] {
  const displaced: string[] = [];
  for (const { path, aside } of intent.outputs) {
    const final = inWorkspace(layout, path);
    // Kept aside but not there: the command was stopped before the old bytes were moved, so they still stand.
    if (aside !== null && fs.lstat(aside) === undefined) continue;
    // An empty folder is the one that the attempt was given.
    if (fs.lstat(final) !== undefined && !fs.removeEmptyFolder(final)) {
      displaced.push(moveAside(fs, layout, path, `${layout.failed}/${intent.stage}.interrupted`));
    }
    if (aside !== null) fs.rename(aside, final);
    digests.forget(path);
  }
  return displaced;
}
