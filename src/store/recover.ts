/**
 * Finishes or undoes what an interrupted command left behind. Runs under the workspace lock, before anything else, and
 * may itself be interrupted at any step: doing it again gives the same result.
 */
import type { FileDigests } from '../digest/file-digests.ts';
import type { OutputChange } from '../model/output-change.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { ActionCache, ActionRecord } from './action-cache.ts';
import type { BlobStore } from './blob-store.ts';
import { digestOrUnknown, displaceForeign } from './displace.ts';
import type { WorkspaceIndex } from './index-file.ts';
import { stageKey } from './index-file.ts';
import type { InPlaceIntent, Intent, Journal, Owner, PublishIntent, PutBackIntent } from './journal.ts';
import { ownerOf, stagesOf } from './journal.ts';
import type { StateLayout } from './layout.ts';
import { inWorkspace } from './layout.ts';
import { makeParents, move, moveAside, parentOf, putInPlace, UnsafePath } from './publish.ts';
import { NotInStore, PutBackFailed, promisedPlaces, putBack, remember } from './put-back.ts';
import { addChanges } from './run-records.ts';
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
  /** See `Displacer`. */
  readonly promised: ReadonlyMap<string, string>;
}

export interface Recovered extends Owner {
  /** `given-up`: neither was possible for the second time; the stage is stale. `ended`: processes of it still ran. */
  readonly how: 'finished' | 'undone' | 'given-up' | 'ended';
  /** Bytes that were nobody's, or have no place any more: where they are now, from the workspace. */
  readonly displaced: readonly string[];
}

/** What a place refuses, be it by its permissions or by what stands there. Other errors are those of the machine. */
const REFUSALS: ReadonlySet<string | undefined> = new Set(
  'EACCES EPERM EROFS EXDEV EBUSY EEXIST EINVAL EISDIR ELOOP ENAMETOOLONG ENOTDIR ENOTEMPTY ETXTBSY'.split(' '),
);

function isRefusal(error: unknown): boolean {
  if (error instanceof PutBackFailed) return error.failed.every((failure) => isRefusal(failure.error));
  if (error instanceof UnsafePath || error instanceof NotInStore) return true;
  return REFUSALS.has((error as NodeJS.ErrnoException).code);
}

/** Of what is put back, each path has an error of its own; the first stands for all. */
function whatFailed(intent: Intent, error: Error): { readonly paths: readonly string[]; readonly cause: Error } {
  if (!(error instanceof PutBackFailed)) return { paths: intent.outputs.map(({ path }) => path), cause: error };
  return { paths: error.failed.map(({ path }) => path), cause: error.failed[0]?.error ?? error };
}

export interface StuckIntent {
  readonly owner: Owner;
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
 * and put back since; whether the bytes are still there is looked at when it is decided what to do.
 */
export function rememberPublished(
  index: Recovery['index'],
  published: readonly (PublishIntent | PutBackIntent)[],
): void {
  for (const intent of published) {
    if (intent.type === 'put-back') {
      for (const output of intent.outputs) remember(index.outputs, output);
      continue;
    }
    const { fingerprint, stage, pipeline, known, outputs } = intent;
    for (const { path, digest } of outputs) index.outputs.set(path, { digest, fingerprint, stage, pipeline });
    if (known) index.stages.set(stageKey(pipeline, stage), known);
  }
}

/**
 * What was done, in order. Errors: `StuckRecovery`, and those of the disk; the journal is kept then, and the next
 * command tries again.
 */
export async function recover(parts: Omit<Recovery, 'promised'>): Promise<Recovered[]> {
  const { fs, layout, journal } = parts;
  const recovered = journal.isEmpty() ? [] : await finishAll(parts, journal.readOpen());
  // Not before the index knows what only the journal knew until now.
  parts.saveIndex();
  journal.clear();
  // Nobody else writes here while we hold the lock: what is left is of a command that is gone.
  fs.remove(layout.staging);
  if (layout.store.startsWith(`${layout.state}/`)) fs.remove(`${layout.store}/tmp`);
  return recovered;
}

async function finishAll(given: Omit<Recovery, 'promised'>, open: readonly Intent[]): Promise<Recovered[]> {
  const { journal } = given;
  const putBacks = open.filter((intent) => intent.type === 'put-back');
  const publishing = open.filter((intent) => intent.type === 'publish');
  const promised = new Map([
    ...promisedPlaces(publishing.flatMap(changesOf)),
    ...promisedPlaces(putBacks.flatMap(({ outputs }) => outputs)),
  ]);
  const parts: Recovery = { ...given, promised };
  const goesBack = new Set(putBacks.flatMap(({ stages }) => stages));
  const recovered: Recovered[] = [];
  const done: Intent[] = [];
  const stuck: (StuckIntent & { readonly id: string })[] = [];
  const stuckBefore = journal.readStuck();
  // What is put back comes last, so that a stage's record is written even when its outputs go: the work was done.
  for (const intent of [...open.filter(({ type }) => type !== 'put-back'), ...putBacks]) {
    const { id, type } = intent;
    const owner = ownerOf(intent);
    try {
      recovered.push(await finish(parts, intent));
      if (intent.type === 'publish' && !goesBack.has(intent.stage)) noteInRecord(parts, intent);
      // What a stage publishes later has to be put back then.
      if (!stagesOf(intent).some((stage) => stuck.some((one) => one.owner.name === stage))) done.push(intent);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { paths, cause } = whatFailed(intent, error as Error);
      if (!stuckBefore.has(id)) stuck.push({ id, owner, type, paths, cause });
      else recovered.push({ ...owner, how: 'given-up', displaced: await giveUp(parts, intent) });
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

/** What a publication does to output paths, as far as it was written down. */
function changesOf({ outputs }: PublishIntent): OutputChange[] {
  return outputs.flatMap(({ path, digest, was }) => (was ? [{ path, ...was, after: digest }] : []));
}

/** Otherwise `rollback` would not know of it: the run was killed before it could say that this was done. */
function noteInRecord({ fs, layout }: Recovery, intent: PublishIntent): void {
  const { id, stage } = intent;
  addChanges(fs, layout.state, { runId: id.slice(0, id.indexOf('/')), stage, changes: changesOf(intent) });
}

/**
 * What waits for a place that cannot be had goes where it is not lost, unless the store has it. What stands at the path
 * stays, and since the index does not speak for it, the stage is stale.
 */
async function giveUp(parts: Recovery, intent: Intent): Promise<string[]> {
  if (intent.type === 'put-back') return stillAside(parts, intent);
  return giveUpStage(parts, intent);
}

/** Of outputs that were to go back: what waits in `displaced/` stays there, and the rest is in the store. */
function stillAside({ fs, layout }: Recovery, { outputs }: PutBackIntent): string[] {
  const places = outputs.flatMap(({ displaced }) => displaced ?? []);
  return places.filter((place) => fs.lstat(inWorkspace(layout, place)) !== undefined);
}

async function giveUpStage(parts: Recovery, { outputs, ...intent }: Exclude<Intent, PutBackIntent>): Promise<string[]> {
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
  const owner = ownerOf(intent);
  switch (intent.type) {
    case 'publish':
      return { ...owner, how: 'finished', displaced: await rollForward(parts, intent) };
    case 'in-place':
      return { ...owner, how: 'undone', displaced: await undoInPlace(parts, intent) };
    case 'withdraw': {
      const withdrawn = await withdraw(parts, pathsOf(intent), intent.folders);
      return { ...owner, how: 'finished', displaced: withdrawn.flatMap(({ displaced }) => displaced ?? []) };
    }
    case 'put-back':
      // To put a run back was what the command was for.
      return { ...owner, how: owner.of === 'run' ? 'finished' : 'undone', displaced: await putAllBack(parts, intent) };
  }
}

async function putAllBack(parts: Recovery, { of, outputs }: PutBackIntent): Promise<string[]> {
  const { replaced, failed } = await putBack({ ...parts, outputs: parts.index.outputs }, of, outputs);
  if (failed.length > 0) throw new PutBackFailed(failed);
  return replaced.flatMap(({ displaced }) => displaced ?? []);
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
        displaced.push(...(await giveUpStage(parts, { ...intent, outputs: [output] })));
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
  if (to !== null) displaced.push(to);
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
      displaced.push(...(await giveUpStage(parts, { ...intent, outputs: [{ path, aside }] })));
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
