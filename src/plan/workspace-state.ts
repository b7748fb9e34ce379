/** What decisions are made from: the graph with its hashes, and what the workspace and the store know. */
import type { FileDigests } from '../digest/file-digests.ts';
import type { FingerprintEntry } from '../model/fingerprint.ts';
import type { StageGraph } from '../model/graph.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { ActionCache } from '../store/action-cache.ts';
import type { AnswerFiles } from '../store/answer-files.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { WorkspaceIndex } from '../store/index-file.ts';
import type { StateLayout } from '../store/layout.ts';

export interface WorkspaceState {
  readonly fs: FileSystem;
  readonly layout: StateLayout;
  readonly graph: StageGraph;
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
  /** Stages that run whatever the state. */
  readonly forced: ReadonlySet<number>;
  /** Ids of stages that were being published when a command was killed; not fresh until they are recovered. */
  readonly interrupted: ReadonlySet<string>;
}
