/**
 * Finishes or undoes what an interrupted command left behind. Runs under the workspace lock, before anything else, and
 * may itself be interrupted at any step: doing it again gives the same result.
 */
import type { FileDigests } from '../digest/file-digests.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { ActionCache, ActionRecord } from './action-cache.ts';
import type { BlobStore } from './blob-store.ts';
import { digestOrUnknown, displaceForeign } from './displace.ts';
import type { WorkspaceIndex } from './index-file.ts';
import { stageKey } from './index-file.ts';
import type { InPlaceIntent, Intent, Journal, PublishIntent } from './journal.ts';
import type { StateLayout } from './layout.ts';
import { inWorkspace } from './layout.ts';
import { makeParents, move, moveAside, parentOf, putInPlace, UnsafePath } from './publish.ts';
import { withdraw } from './withdraw.ts';

export interface Recovery {
  readonly fs: FileSystem;
  readonly layout: StateLayout;
  readonly journal: Journal;
  readonly blobs: BlobStore;
  readonly actions: ActionCache;
  readonly digests: FileDigests;
  readonly index: Pick<WorkspaceIndex, 'outputs' | 'stages'>;
  readonly saveIndex: () => void;
}

export interface Recovered {
  readonly stage: string;
  /** `given-up`: neither was possible for the second time; the stage is stale. `ended`: processes of it still ran. */
  readonly how: 'finished' | 'undone' | 'given-up' | 'ended';
  /** Bytes that were nobody's, or have no place any more: where they are now, from the workspace. */
  readonly displaced: readonly string[];
}

/** What a place refuses, be it by its permissions or by what stands there. Other errors are those of the machine. */
const REFUSALS: ReadonlySet<string | undefined> = new Set(
  'EACCES EPERM EROFS EXDEV EBUSY EEXIST EINVAL EISDIR ELOOP ENAMETOOLONG ENOTDIR ENOTEMPTY ETXTBSY'.split(' '),
);

export interface StuckIntent {
  readonly stage: string;
  readonly paths: readonly string[];
  readonly type: Intent['type'];
  readonly cause: Error;
}

/** Outputs could be neither finished nor put back. The next command tries again, and gives up what still fails. */
export class StuckRecovery extends Error {
  override readonly name = 'StuckRecovery';
  readonly stuck: readonly StuckIntent[];
  constructor(stuck: readonly StuckIntent[]) {
    super('outputs of an interrupted build could be neither finished nor put back');
    this.stuck = stuck;
  }
}

/**
 * The index is written at the end of a build. Of one that was killed, or that goes on, the journal has what was published
 * since; whether the bytes are still there is looked at when it is decided what to do.
 */
export function rememberPublished(index: Recovery['index'], published: readonly PublishIntent[]): void {
  for (const { fingerprint, stage, pipeline, known, outputs } of published) {
    for (const { path, digest } of outputs) index.outputs.set(path, { digest, fingerprint, stage, pipeline });
    if (known) index.stages.set(stageKey(pipeline, stage), known);
  }
}

/**
 * What was done, in order. Errors: `StuckRecovery`, and those of the disk; the journal is kept then, and the next
 * command tries again.
 */
export async function recover(parts: Recovery): Promise<Recovered[]> {
  const { fs, layout, journal } = parts;
  const recovered = journal.isEmpty() ? [] : await finishAll(parts);
  // Not before the index knows what only the journal knew until now.
  parts.saveIndex();
  journal.clear();
  // Nobody else writes here while we hold the lock: what is left is of a command that is gone.
  fs.remove(layout.staging);
  if (layout.store.startsWith(`${layout.state}/`)) fs.remove(`${layout.store}/tmp`);
  return recovered;
}

async function finishAll(parts: Recovery): Promise<Recovered[]> {
  const { journal } = parts;
  const recovered: Recovered[] = [];
  const done: string[] = [];
  const stuck: (StuckIntent & { readonly id: string })[] = [];
  const stuckBefore = journal.readStuck();
  for (const intent of journal.readOpen()) {
    const { id, stage, type } = intent;
    try {
      recovered.push(await finish(parts, intent));
      done.push(id);
    } catch (error) {
      if (!REFUSALS.has((error as NodeJS.ErrnoException).code)) throw error;
      const paths = pathsOf(intent);
      if (!stuckBefore.has(id)) stuck.push({ id, stage, type, paths, cause: error as Error });
      else recovered.push({ stage, how: 'given-up', displaced: await giveUp(parts, intent) });
    }
  }
  if (stuck.length === 0) return recovered;
  // What is finished must not be done again over what somebody changes in the meantime.
  journal.noteRecovery(
    done,
    stuck.map(({ id }) => id),
  );
  parts.saveIndex();
  throw new StuckRecovery(stuck);
}

/**
 * What waits for a place that cannot be had goes where it is not lost, unless the store has it. What stands at the path
 * stays, and since the index does not speak for it, the stage is stale.
 */
async function giveUp(parts: Recovery, { outputs, ...intent }: Intent): Promise<string[]> {
  const { fs, layout, digests } = parts;
  const displaced: string[] = [];
  for (const output of outputs) {
    const { path, aside } = output;
    const waiting = intent.type === 'publish' ? (output as PublishIntent['outputs'][number]).staged : undefined;
    digests.forget(path);
    parts.index.outputs.delete(path);
    for (const bytes of [aside, waiting]) {
      if (typeof bytes !== 'string' || fs.lstat(bytes) === undefined) continue;
      const digest = await digestOrUnknown(parts, bytes);
      digests.forget(bytes);
      if (digest !== undefined && parts.blobs.holds(digest)) continue;
      displaced.push(moveAside(fs, layout, path, layout.displaced, bytes));
    }
  }
  return displaced;
}

function pathsOf(intent: Intent): string[] {
  return intent.outputs.map(({ path }) => path);
}

async function finish(parts: Recovery, intent: Intent): Promise<Recovered> {
  const { stage } = intent;
  if (intent.type === 'withdraw') {
    const withdrawn = await withdraw(parts, pathsOf(intent));
    return { stage, how: 'finished', displaced: withdrawn.flatMap(({ displaced }) => displaced ?? []) };
  }
  if (intent.type === 'publish') return { stage, how: 'finished', displaced: await rollForward(parts, intent) };
  return { stage, how: 'undone', displaced: await undoInPlace(parts, intent) };
}

/** The bytes are in place already, wait in staging, or are in the store; the first that is true counts. */
async function rollForward(parts: Recovery, intent: PublishIntent): Promise<string[]> {
  const { fs, layout, actions, digests, index } = parts;
  const displaced: string[] = [];
  if (intent.record) writeRecord(actions, intent.record);
  for (const output of intent.outputs) {
    const { path, digest } = output;
    // Old bytes of an output written in place may still wait aside.
    if (output.staged === null) await displace(parts, output, displaced);
    if ((await digestOrUnknown(parts, path)) !== digest) {
      if (!hasPlace(parts, path)) {
        displaced.push(...(await giveUp(parts, { ...intent, outputs: [output] })));
        continue;
      }
      const incoming = await findBytes(parts, output);
      // Lost: what is there stands, and the index says that it is stale.
      if (incoming === undefined) continue;
      await displace(parts, { ...output, staged: incoming }, displaced);
      putInPlace(fs, layout, incoming, path);
      digests.forget(path);
    }
    const { fingerprint, stage, pipeline } = intent;
    index.outputs.set(path, { digest, fingerprint, stage, pipeline });
  }
  if (intent.known) index.stages.set(stageKey(intent.pipeline, intent.stage), intent.known);
  return displaced;
}

/** A record that cannot be written is a later miss; the outputs are good. */
function writeRecord(actions: ActionCache, record: ActionRecord): void {
  try {
    actions.write(record);
  } catch {
    // The store is full or read-only, which the build that follows says.
  }
}

async function displace(parts: Recovery, output: PublishIntent['outputs'][number], displaced: string[]): Promise<void> {
  const { to } = await displaceForeign({ ...parts, outputs: parts.index.outputs }, output);
  if (to !== undefined) displaced.push(to);
}

/** False when somebody has since put a file or a link where the output's folder was. */
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
async function undoInPlace(parts: Recovery, intent: InPlaceIntent): Promise<string[]> {
  const { fs, layout, digests } = parts;
  const displaced: string[] = [];
  for (const { path, aside } of intent.outputs) {
    const final = inWorkspace(layout, path);
    // Kept aside but not there: the command was stopped before the old bytes were moved, so they still stand.
    if (aside !== null && fs.lstat(aside) === undefined) continue;
    if (aside !== null && !hasPlace(parts, path)) {
      displaced.push(...(await giveUp(parts, { ...intent, outputs: [{ path, aside }] })));
      continue;
    }
    // An empty folder is the one that the attempt was given.
    if (fs.lstat(final) !== undefined && !fs.removeEmptyFolder(final)) {
      displaced.push(moveAside(fs, layout, path, `${layout.failed}/${intent.stage}.interrupted`));
    }
    if (aside !== null) move(fs, aside, final);
    digests.forget(path);
  }
  return displaced;
}
