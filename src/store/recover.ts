/**
 * Finishes or undoes what an interrupted command left behind. Runs under the workspace lock, before anything else, and
 * may itself be interrupted at any step: doing it again gives the same result.
 */
import type { FileDigests } from '../digest/file-digests.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { ActionCache } from './action-cache.ts';
import type { BlobStore } from './blob-store.ts';
import type { IndexedOutput } from './index-file.ts';
import type { InPlaceIntent, Intent, Journal, PublishIntent } from './journal.ts';
import type { StateLayout } from './layout.ts';
import { inWorkspace } from './layout.ts';
import { makeParents, moveAside, parentOf, putInPlace } from './publish.ts';

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
}

/** What was done, in order. Errors: those of the disk; the journal is kept then, and the next command tries again. */
export async function recover(parts: Recovery): Promise<Recovered[]> {
  const { fs, layout, journal } = parts;
  const recovered: Recovered[] = [];
  if (!journal.isEmpty()) {
    for (const intent of journal.readOpen()) {
      recovered.push({ stage: intent.stage, how: await finish(parts, intent) });
    }
    journal.clear();
  }
  // Nobody else writes here while we hold the lock: what is left is of a command that is gone.
  fs.remove(layout.staging);
  return recovered;
}

async function finish(parts: Recovery, intent: Intent): Promise<Recovered['how']> {
  if (intent.type === 'in-place') {
    undoInPlace(parts, intent);
    return 'undone';
  }
  await rollForward(parts, intent);
  return 'finished';
}

/** The bytes are in place already, wait in staging, or are in the store; the first that is true counts. */
async function rollForward(parts: Recovery, intent: PublishIntent): Promise<void> {
  const { fs, layout, blobs, actions, digests, outputs } = parts;
  if (intent.record) actions.write(intent.record);
  for (const { path, digest, staged } of intent.outputs) {
    const now = digest.startsWith('d') ? await digests.folder(path) : await digests.file(path);
    if (now !== digest) {
      makeParents(fs, layout, path);
      if (staged !== null && fs.lstat(staged) !== undefined) {
        putInPlace(fs, layout, staged, path);
      } else {
        const rebuilt = `${layout.staging}/.recovered/${path}`;
        fs.remove(rebuilt);
        fs.makeFolder(parentOf(rebuilt));
        // Lost from both: the old bytes stand, and the fingerprint says that they are stale.
        if ((await blobs.materialize(digest, rebuilt)) === 'done') putInPlace(fs, layout, rebuilt, path);
      }
      digests.forget(path);
    }
    const { fingerprint, stage, pipeline } = intent;
    outputs.set(path, { digest, fingerprint, stage, pipeline });
  }
}

/** What the command wrote goes to `failed/`; the old bytes come back. */
function undoInPlace({ fs, layout, digests }: Recovery, intent: InPlaceIntent): void {
  for (const { path, aside } of intent.outputs) {
    const final = inWorkspace(layout, path);
    // Kept aside but not there: the command was stopped before the old bytes were moved, so they still stand.
    if (aside !== null && fs.lstat(aside) === undefined) continue;
    if (fs.lstat(final) !== undefined) moveAside(fs, layout, path, `${layout.failed}/${intent.stage}`);
    if (aside !== null) fs.rename(aside, final);
    digests.forget(path);
  }
}
