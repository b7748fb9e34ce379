/**
 * From an attempt's files to published outputs, in the one order that a crash at any step cannot hurt:
 *
 *   blobs -> journal intent (synced) -> action record -> renames -> index -> journal closed
 *
 * See design-notes, "Journal and record".
 */
import { fingerprintEntries } from '../digest/fingerprint.ts';
import type { ResolvedPort } from '../digest/resolve-inputs.ts';
import { digestOfTree, readTreeOnDisk } from '../digest/tree.ts';
import type { Digest, TreeEntry } from '../model/digest.ts';
import { makeDigest, sha256Of, sizeOf } from '../model/digest.ts';
import type { PublishedOutput } from '../model/event.ts';
import type { OutputBefore, OutputChange } from '../model/output-change.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Answers } from '../model/question.ts';
import type { VoteTally } from '../model/vote.ts';
import type { ActionRecord, ActionResult } from '../store/action-cache.ts';
import { displaceForeign, lookAtOutput } from '../store/displace.ts';
import type { IndexedStage } from '../store/index-file.ts';
import { stageKey, toldOf } from '../store/index-file.ts';
import type { PublishIntent } from '../store/journal.ts';
import { fromWorkspace, inWorkspace } from '../store/layout.ts';
import { freePlace, makeParents, publish, UnsafePath } from '../store/publish.ts';
import { promisedPlaces } from '../store/put-back.ts';
import type { Json } from '../util/canonical-json.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import { log } from './events.ts';
import type { StagedOutput, Staging } from './staging.ts';

export interface Committed {
  readonly outputs: readonly PublishedOutput[];
  /** Every output has the bytes that were there before. */
  readonly unchanged: boolean;
  readonly changes: readonly OutputChange[];
}

export interface Commit {
  readonly at: number;
  readonly fingerprint: string;
  readonly inputs: readonly ResolvedPort[];
  readonly answers: Answers;
  readonly staging: Staging;
  readonly durationMs: number;
  readonly metrics: Readonly<Record<string, Json>>;
  /** The strategy that made the outputs; undefined: the stage's own. */
  readonly degraded: string | undefined;
  /** That the outputs have won; undefined: nobody voted. */
  readonly vote: VoteTally | undefined;
  readonly discovered: ActionResult['discovered'];
  /** False: published but not recorded, because an input changed meanwhile. */
  readonly record: boolean;
}

export interface Kept {
  readonly output: StagedOutput;
  readonly digest: Digest;
  readonly tree: readonly TreeEntry[] | undefined;
}

/** Errors: `EnvironmentFailure` when the disk fails; the outputs are then as before, or the journal says how to go on. */
export async function commitOutputs(context: BuildContext, commit: Commit): Promise<Committed> {
  const { state, clock } = context;
  const stage = state.graph.stages[commit.at] as Stage;
  const hashedAt = context.now();
  const kept = await keepOutputs(context, commit);

  const result: ActionResult = {
    discovered: commit.discovered,
    outputs: kept.outputs.map(({ output, digest }) => ({
      port: output.port.name,
      path: output.path,
      digest,
      ...(output.port.cache ? {} : { kept: false }),
    })),
    expect: state.contractHashes[commit.at] as string,
    stage: stage.id,
    run_id: context.runId,
    created_at: new Date(clock.nowMs()).toISOString(),
    duration_ms: commit.durationMs,
    metrics: commit.metrics,
    ...(commit.degraded === undefined ? {} : { degraded: commit.degraded }),
    ...(commit.vote && { vote: commit.vote }),
  };
  const mayRecord = commit.record && context.writeStore && kept.complete;
  const record = mayRecord ? recordOf(context, commit, result) : null;
  const known = {
    fingerprint: commit.fingerprint,
    duration_ms: commit.durationMs,
    ran_at_ms: Date.parse(result.created_at),
    unstable: 0,
    expect: result.expect,
    discovered: commit.discovered,
    ...toldOf(commit),
  };
  const intent: PublishIntent = {
    type: 'publish',
    id: `${context.runId}/${stage.id}`,
    stage: stage.id,
    pipeline: state.graph.pipeline.file,
    record,
    fingerprint: commit.record ? commit.fingerprint : '',
    known: commit.record ? known : null,
    outputs: kept.outputs.map(({ output, digest }) => ({
      path: output.path,
      digest,
      staged: output.port.in_place ? null : inWorkspace(state.layout, output.writtenAt),
      aside: output.aside,
    })),
  };
  const changes = await publishIntent(context, intent, hashedAt, kept.outputs);
  if (!commit.record) remember(context, stage, commit);
  const outputs = publishedOutputs(result.outputs);
  return { outputs, unchanged: changes.length === 0 && outputs.length > 0, changes };
}

/** Of what is published and not recorded: whoever waits for it goes by them. */
function remember({ state }: BuildContext, { id }: Stage, commit: Commit): void {
  const { index, graph } = state;
  const key = stageKey(graph.pipeline.file, id);
  const nothing: IndexedStage = {
    fingerprint: '',
    duration_ms: 0,
    ran_at_ms: 0,
    unstable: 0,
    expect: '',
    discovered: [],
  };
  const { metrics: _, degraded: __, vote: ___, ...known } = index.stages.get(key) ?? nothing;
  index.stages.set(key, { ...known, ...toldOf(commit) });
}

/**
 * The journaled part, shared with restoring. Says which outputs have other bytes than before; staging is for the caller
 * to clear.
 * Errors: `UnsafePath` before anything has changed; `EnvironmentFailure`.
 */
export async function publishIntent(
  context: BuildContext,
  intent: PublishIntent,
  hashedAt: bigint,
  kept: readonly Kept[],
): Promise<OutputChange[]> {
  const { fs, layout, digests, index } = context.state;
  let changes: OutputChange[];
  const promisedHere: string[] = [];
  try {
    for (const { path, staged } of intent.outputs) if (staged !== null) makeParents(fs, layout, path);
  } catch (error) {
    if (error instanceof UnsafePath) throw error;
    throw environmentFailure(`publish the outputs of stage ${JSON.stringify(intent.stage)}`, error);
  }
  try {
    const was = await lookAtOld(context, intent, kept);
    for (const [path, place] of promisedPlaces(was)) {
      if (context.promised.has(path)) continue;
      context.promised.set(path, place);
      promisedHere.push(path);
    }
    await context.journal.append(withBefore(intent, was));
    writeRecord(context, intent);
    // After the intent, so that a command killed in between is finished and not left without old or new bytes.
    changes = await displaceOld(context, intent, kept);
    publish(fs, layout, intent);
  } catch (error) {
    throw environmentFailure(`publish the outputs of stage ${JSON.stringify(intent.stage)}`, error);
  } finally {
    for (const path of promisedHere) context.promised.delete(path);
  }
  const { fingerprint, stage, pipeline, known } = intent;
  if (known) index.stages.set(stageKey(pipeline, stage), known);
  for (const { output, digest, tree } of kept) {
    index.outputs.set(output.path, { digest, fingerprint, stage, pipeline });
    if (!tree) digests.learn(output.path, digest, hashedAt);
    else
      for (const entry of tree)
        if (entry.type === 'file') digests.learn(`${output.path}/${entry.path}`, entry.digest, hashedAt);
  }
  context.journal.done(intent.id);
  return changes;
}

/** A record that cannot be written is a later miss, not a failure: the outputs are good. */
function writeRecord(context: BuildContext, intent: PublishIntent): void {
  if (!intent.record) return;
  try {
    context.state.actions.write(intent.record);
  } catch (error) {
    stopKeeping(context, error);
  }
}

function recordOf(context: BuildContext, commit: Commit, result: ActionResult): ActionRecord {
  const { state } = context;
  const entries = fingerprintEntries(state.declaredEntries(commit.at), commit.inputs, commit.answers);
  return state.actions.merge(commit.fingerprint, entries, result);
}

/** Hashes every output, into the store where it is to be kept. A store that fails is a warning, not an end. */
async function keepOutputs(context: BuildContext, commit: Commit): Promise<{ outputs: Kept[]; complete: boolean }> {
  const { layout, blobs } = context.state;
  const outputs: Kept[] = [];
  for (const output of commit.staging.outputs) {
    const path = inWorkspace(layout, output.writtenAt);
    let kept: Omit<Kept, 'output'> | undefined;
    if (context.writeStore && output.port.cache) {
      try {
        kept =
          output.kind === 'folder'
            ? await blobs.putFolder(path)
            : { digest: await blobs.putFile(path), tree: undefined };
      } catch (error) {
        stopKeeping(context, error);
      }
    }
    outputs.push({ output, ...(kept ?? (await hashOnly(context, path, output.kind))) });
  }
  return { outputs, complete: context.writeStore };
}

async function hashOnly(
  context: BuildContext,
  path: string,
  kind: 'file' | 'folder',
): Promise<{ digest: Digest; tree: readonly TreeEntry[] | undefined }> {
  const { fs } = context.state;
  const hashFile = async (file: string) => {
    const executable = ((fs.lstat(file)?.mode ?? 0) & 0o100) !== 0;
    const { sha256, size } = await fs.hashFile(file);
    return makeDigest(executable ? 'executable' : 'file', sha256, size);
  };
  try {
    if (kind === 'file') return { digest: await hashFile(path), tree: undefined };
    const tree = await readTreeOnDisk(fs, path, hashFile);
    return { digest: digestOfTree(tree), tree };
  } catch (error) {
    throw environmentFailure('read an output', error);
  }
}

/** Of every output that changes, how it is before; whoever finishes this after a kill has to know. */
async function lookAtOld(context: BuildContext, intent: PublishIntent, kept: readonly Kept[]): Promise<OutputBefore[]> {
  const { fs, layout, digests, index, blobs } = context.state;
  const { promised } = context;
  const before: OutputBefore[] = [];
  for (const [at, output] of intent.outputs.entries()) {
    const { path } = output;
    const found = await lookAtOutput({ fs, layout, digests, outputs: index.outputs, blobs }, output);
    if (found?.digest === output.digest) continue;
    const place = () => promised.get(path) ?? fromWorkspace(layout, freePlace(fs, layout.displaced, path));
    before.push({
      path,
      before: found?.digest ?? null,
      recorded: index.outputs.get(path) ?? null,
      displaced: found && !found.isKnown ? place() : null,
      new_folders: kept[at]?.output.newFolders ?? [],
    });
  }
  return before;
}

function withBefore(intent: PublishIntent, before: readonly OutputBefore[]): PublishIntent {
  const wasAt = new Map(before.map(({ path, ...was }) => [path, was]));
  const outputs = intent.outputs.map((output) => {
    const was = wasAt.get(output.path);
    return was ? { ...output, was } : output;
  });
  return { ...intent, outputs };
}

/** Looks after the old bytes; says of every output that changes how it was before. */
async function displaceOld(
  context: BuildContext,
  intent: PublishIntent,
  kept: readonly Kept[],
): Promise<OutputChange[]> {
  const { fs, layout, digests, index, blobs } = context.state;
  const { promised } = context;
  const changes: OutputChange[] = [];
  for (const [at, output] of intent.outputs.entries()) {
    const { path } = output;
    const old = await displaceForeign({ fs, layout, digests, outputs: index.outputs, blobs, promised }, output);
    if (old.was === 'same') continue;
    const { digest: before, to: displaced } = old;
    const new_folders = kept[at]?.output.newFolders ?? [];
    const recorded = index.outputs.get(path) ?? null;
    changes.push({ path, before, recorded, displaced, new_folders, after: output.digest });
    if (displaced === null) continue;
    const message = `${JSON.stringify(path)} was changed outside wrangle; what was there is now in ${JSON.stringify(displaced)}.`;
    log(context, 'warning', intent.stage, message, 'output-displaced');
  }
  return changes;
}

/** The store cannot be written: said once, then the run goes on without it. */
function stopKeeping(context: BuildContext, error: unknown): void {
  if (!context.writeStore) return;
  context.writeStore = false;
  const { code, message: reason } = error as NodeJS.ErrnoException;
  const path = fromWorkspace(context.state.layout, context.state.layout.store);
  const { message } = environmentFailure('keep results in the store', { code, message: reason, path });
  log(
    context,
    'warning',
    null,
    `${message} Outputs are published all the same, but this run keeps nothing more in the store.`,
    'store-failed',
  );
}

export function publishedOutputs(outputs: ActionResult['outputs']): PublishedOutput[] {
  return outputs.map(({ port, path, digest }) => ({
    port,
    path,
    sha256: sha256Of(digest),
    size_bytes: sizeOf(digest),
  }));
}
