/**
 * The shortest no-op: a list of every file that the last build read or made, with its stat key. While none of them has
 * changed, and nothing the front end was made from, every decision would be `fresh` again, so none is made.
 *
 * It is a consequence of the index and the front end, never a source of truth: lost or outdated, the long way gives
 * the same answer. Pipelines with folders or globs go the long way, for there a new file counts too, and so do those
 * with a stage that makes nothing.
 */
import type { Digest } from '../model/digest.ts';
import type { StageGraph } from '../model/graph.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Plan } from '../plan/make-plan.ts';
import { planIfIdle } from '../plan/make-plan.ts';
import { type Span, spanOf } from '../plan/ttl.ts';
import type { SourceDigest } from '../ports/source-digest.ts';
import { digestSource } from '../ports/source-digest.ts';
import { ANSWERS_FOLDER, AnswerFiles } from '../store/answer-files.ts';
import { stageKey } from '../store/index-file.ts';
import type { StateLayout } from '../store/layout.ts';
import { inWorkspace } from '../store/layout.ts';
import { readSealed, writeSealed } from '../store/sealed-json.ts';
import { readStoreId } from '../store/store-id.ts';
import type { OpenState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';

export interface IdleProof {
  readonly boot_id: string;
  readonly store_id: string;
  readonly store: string;
  readonly sources: readonly SourceDigest[];
  readonly env: { readonly [name: string]: string | null };
  readonly pipeline: string;
  /** Ids of all stages, in topological order. */
  readonly stages: readonly string[];
  /** By id, why stages are skipped; absent: none is. */
  readonly skipped?: { readonly [stage: string]: string };
  /** By id, the strategies that made their outputs; absent: none has. */
  readonly degraded?: { readonly [stage: string]: string };
  /** What they took when they last ran. */
  readonly saved_ms: number;
  readonly files: readonly (readonly [path: string, key: string])[];
  /** Where nothing is: outputs of those that are skipped. */
  readonly absent?: readonly string[];
  /** When all of it counts; absent: always. */
  readonly counts?: Span;
}

const FORMAT = 1;

/** The proof, if it still holds. Looks, changes nothing. */
export function readIdleProof(
  ports: EnginePorts,
  layout: StateLayout,
  path: string,
  isCurrent: (proof: IdleProof) => boolean,
): IdleProof | undefined {
  const { fs, bootId, clock } = ports;
  if ((fs.lstat(layout.journal)?.size ?? 0) > 0 || fs.lstat(layout.staging) !== undefined) return undefined;
  const proof = readSealed(fs, path, FORMAT) as IdleProof | undefined;
  if (!proof || proof.boot_id !== bootId || !isCurrent(proof)) return undefined;
  const nowMs = clock.nowMs();
  if (proof.counts && !(nowMs >= proof.counts.since_ms && nowMs < proof.counts.until_ms)) return undefined;
  // It is all fresh without the index, too; but what lies at outputs is to be known again before an item of a list goes.
  if (fs.lstat(layout.index) === undefined) return undefined;
  if (proof.store_id !== readStoreId(fs, proof.store)) return undefined;
  for (const [file, key] of proof.files) if (fs.stat(inWorkspace(layout, file))?.key !== key) return undefined;
  for (const file of proof.absent ?? []) if (fs.lstat(inWorkspace(layout, file)) !== undefined) return undefined;
  return proof;
}

/** Makes the decisions once more, from what the index remembers alone, and keeps what they rest on. */
export async function writeIdleProof(
  ports: EnginePorts,
  path: string,
  open: OpenState,
  made: { readonly sources: readonly SourceDigest[]; readonly env: IdleProof['env'] },
): Promise<void> {
  const { fs, bootId } = ports;
  const { graph, index, layout, fanOuts } = open.state;
  const isDeclared = ({ item }: Stage) => item === undefined;
  if (!namesEveryFile(graph)) return;
  const files = new Map<string, string>();
  const remembered = (file: string): Digest | undefined => {
    const known = index.files.get(file);
    if (known) files.set(file, known.key);
    return known?.digest;
  };
  const all = graph.stages.flatMap((stage, at) => (isDeclared(stage) ? [at] : []));
  // Before the answers are read: one that is given meanwhile has another digest than the proof says.
  const sources = [...made.sources, ...answerSources(open)];
  const now = { ...open.state, forced: new Set<number>(), answers: new AnswerFiles(fs, layout) };
  const idle = await planIfIdle(now, all, remembered);
  if (!idle) return;
  for (const at of all) {
    const expanded = fanOuts?.of(at);
    // The lists were read during the build: whether they are as they were then is asked here.
    if (expanded?.ok && expanded.value.lists.some(({ path, digest }) => remembered(path) !== digest)) return;
  }
  const skips = skipsOf(graph, idle);
  // What cannot be removed is looked at again.
  if (skips.absent?.some((path) => fs.lstat(inWorkspace(layout, path)) !== undefined)) return;

  let savedMs = 0;
  const done = idle.stages.filter(({ isExpanded }) => !isExpanded).map((one) => graph.stages[one.index] as Stage);
  for (const { id } of done)
    if (skips.skipped?.[id] === undefined)
      savedMs += index.stages.get(stageKey(graph.pipeline.file, id))?.duration_ms ?? 0;
  const counts = spanOf(done, open.state);
  const proof: IdleProof = {
    boot_id: bootId,
    store_id: index.storeId,
    store: layout.store,
    sources,
    env: made.env,
    pipeline: graph.pipeline.file,
    stages: done.map(({ id }) => id),
    saved_ms: savedMs,
    files: [...files],
    ...skips,
    ...degradedOf(open),
    ...(counts && { counts }),
  };
  writeSealed(fs, path, FORMAT, proof);
}

function skipsOf(graph: StageGraph, { stages }: Plan): Pick<IdleProof, 'skipped' | 'absent'> {
  const found = stages.flatMap(({ index, skip }) => (skip ? [{ stage: graph.stages[index] as Stage, skip }] : []));
  if (found.length === 0) return {};
  const paths = found.flatMap(({ stage }) => stage.outputs.flatMap((port) => port.items.map(({ path }) => path)));
  return { skipped: Object.fromEntries(found.map(({ stage, skip }) => [stage.id, skip.reason])), absent: paths };
}

function degradedOf({ state: { graph, index } }: OpenState): Pick<IdleProof, 'degraded'> {
  const found = graph.stages.flatMap(({ id, fallback }) => {
    const degraded = fallback && index.stages.get(stageKey(graph.pipeline.file, id))?.degraded;
    return degraded === undefined ? [] : [[id, degraded] as const];
  });
  return found.length === 0 ? {} : { degraded: Object.fromEntries(found) };
}

/** All answers there are, and the list of them, so that a new one counts too. */
function answerSources({ state: { fs, layout } }: OpenState): SourceDigest[] {
  const { files } = new AnswerFiles(fs, layout);
  return [
    digestSource(fs, inWorkspace(layout, ANSWERS_FOLDER), 'listing'),
    ...files.map((file) => digestSource(fs, inWorkspace(layout, file), 'file')),
  ];
}

function namesEveryFile(graph: StageGraph): boolean {
  return graph.stages.every(
    (stage) =>
      // Without outputs, that it ran is all there is to know, and the index knows it for the last params only.
      stage.outputs.length > 0 &&
      [...stage.inputs, ...stage.outputs, ...(stage.foreach ? [stage.foreach.in] : [])].every((port) =>
        port.items.every(({ kind }) => kind === 'file' || kind === 'gather'),
      ),
  );
}
