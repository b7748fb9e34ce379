/** What decisions are made from: the graph with its hashes, and what the workspace and the store know. */
import type { FileDigests } from '../digest/file-digests.ts';
import type { Gather } from '../digest/resolve-inputs.ts';
import type { FanOuts } from '../fan-out/fan-outs.ts';
import type { FingerprintEntry } from '../model/fingerprint.ts';
import type { StageGraph } from '../model/graph.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { ActionCache } from '../store/action-cache.ts';
import type { AnswerFiles } from '../store/answer-files.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { WorkspaceIndex } from '../store/index-file.ts';
import type { StateLayout } from '../store/layout.ts';

/** See `Gather`. */
export function gatherOf({ fanOuts }: Pick<WorkspaceState, 'fanOuts'>): Gather {
  return (of) => fanOuts?.gather(of) ?? [];
}

export interface WorkspaceState {
  readonly fs: FileSystem;
  readonly layout: StateLayout;
  /** With the instances of fan-outs behind the declared stages, as far as they are known. */
  readonly graph: StageGraph;
  /** Undefined: the pipeline has none. */
  readonly fanOuts: FanOuts | undefined;
  /** Per stage, the hash of its declared entries. */
  readonly declaredHashes: readonly string[];
  /** Per stage; made on demand, because only a stage that is not fresh needs them. */
  readonly declaredEntries: (stage: number) => readonly FingerprintEntry[];
  /** Per stage, the digest of its contracts; empty for none. */
  readonly contractHashes: readonly string[];
  readonly digests: FileDigests;
  readonly answers: AnswerFiles;
  readonly index: WorkspaceIndex;
  readonly actions: ActionCache;
  readonly blobs: BlobStore;
  /** False: nothing is looked up in the store. */
  readonly readStore: boolean;
  /** Wall clock: how old results are. */
  readonly nowMs: () => number;
  /** Stages that run whatever the state. */
  readonly forced: ReadonlySet<number>;
  /** Ids of stages that were being published when a command was killed; not fresh until they are recovered. */
  readonly interrupted: ReadonlySet<string>;
}
