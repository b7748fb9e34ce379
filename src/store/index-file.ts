/**
 * The index: what this workspace knows without reading files again. Disposable: without it files are hashed once more
 * and results are found by their fingerprints.
 */
import type { RememberedFile } from '../digest/file-digests.ts';
import type { Digest } from '../model/digest.ts';
import type { Answers, Question } from '../model/question.ts';
import type { VoteTally } from '../model/vote.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { Json } from '../util/canonical-json.ts';
import { readSealed, writeSealedPieces } from './sealed-json.ts';
import { listPieces } from './write-pieces.ts';

/** What wrangle last put at an output path. */
export interface IndexedOutput {
  readonly digest: Digest;
  /** Of the action that made it; empty when the result was published but not recorded. */
  readonly fingerprint: string;
  readonly stage: string;
  readonly pipeline: string;
}

export interface Granularity {
  readonly device: bigint;
  readonly ns: bigint;
}

/** What is known of a stage that succeeded in this workspace; keyed by `stageKey`. */
export interface IndexedStage {
  readonly fingerprint: string;
  readonly duration_ms: number;
  /** When what it last made was made, here or where the store has it from; wall clock. 0: not known. */
  readonly ran_at_ms: number;
  /** Attempts in a row that ended with an input changed under them. */
  readonly unstable: number;
  /** The contract the outputs were last checked against. */
  readonly expect: string;
  readonly discovered: readonly { readonly path: string; readonly digest: Digest }[];
  /** What it measured when it made what it last made; absent: nothing. */
  readonly metrics?: { readonly [name: string]: Json };
  /** The strategy that made it; absent: the stage's own. */
  readonly degraded?: string;
  /** That it won; absent: nobody voted. */
  readonly vote?: VoteTally;
}

type Told = Pick<IndexedStage, 'metrics' | 'degraded' | 'vote'>;

/** What of a result the index keeps only where there is any. */
export function toldOf({ metrics, degraded, vote }: { readonly [Key in keyof Told]: Told[Key] | undefined }): Told {
  const hasMetrics = metrics !== undefined && Object.keys(metrics).length > 0;
  return { ...(hasMetrics && { metrics }), ...(degraded !== undefined && { degraded }), ...(vote && { vote }) };
}

/** What a stage asked in this workspace; keyed by `stageKey`. Lost, it asks again. */
export interface StageQuestions {
  /** By id. */
  readonly asked: { readonly [id: string]: AskedQuestion };
  /** The one it waits for; null when it went on. */
  readonly open: OpenQuestion | null;
}

/** In the form in which it was asked last, secrets masked. */
export interface AskedQuestion extends Question {
  /** Of the question as it was asked. */
  readonly digest: string;
  /** Fingerprint, without answers, of who asked. */
  readonly base: string;
}

export interface OpenQuestion {
  readonly id: string;
  /** Of the attempt that asked, with its answers and without. */
  readonly fingerprint: string;
  readonly base: string;
  /** Those that the attempt had: as long as they are the same, it would ask the same. */
  readonly answers: Answers;
  /** When it was asked first; wall clock. */
  readonly asked_at_ms: number;
  /** False when it did not say what it asks: then only another attempt can tell whether it goes on. */
  readonly waits: boolean;
}

export interface WorkspaceIndex {
  /** Stat keys; see `FileDigests`. */
  readonly files: Map<string, RememberedFile>;
  readonly outputs: Map<string, IndexedOutput>;
  readonly stages: Map<string, IndexedStage>;
  readonly questions: Map<string, StageQuestions>;
  /** The smallest step of the clock of the workspace's file system; undefined when it was never measured. */
  granularity: Granularity | undefined;
  /** Which store the fingerprints speak of. */
  storeId: string;
}

export function stageKey(pipeline: string, stage: string): string {
  return `${pipeline}#${stage}`;
}

export function stageOfKey(key: string): string {
  return key.slice(key.lastIndexOf('#') + 1);
}

/** Ids of stages of any pipeline that succeeded here. */
export function stagesOfIndex(index: WorkspaceIndex): string[] {
  return [...index.stages.keys()].map(stageOfKey);
}

const FORMAT = 4;

export function emptyIndex(): WorkspaceIndex {
  return {
    files: new Map(),
    outputs: new Map(),
    stages: new Map(),
    questions: new Map(),
    granularity: undefined,
    storeId: '',
  };
}

interface StoredIndex {
  readonly boot_id: string;
  readonly store_id: string;
  readonly granularity: readonly [device: string, ns: string] | null;
  readonly files: readonly (readonly [path: string, key: string, digest: Digest])[];
  readonly outputs: readonly (readonly [
    path: string,
    digest: Digest,
    fingerprint: string,
    stage: string,
    pipeline: string,
  ])[];
  readonly stages: readonly (readonly [key: string, stage: IndexedStage])[];
  readonly questions: readonly (readonly [key: string, questions: StageQuestions])[];
}

/**
 * Reads the index. A missing or damaged one is empty. One from before the last start of the machine keeps its outputs
 * but not its stat keys: after a power cut a file may have the right size and time and no contents.
 */
export function readIndex(fs: FileSystem, path: string, bootId: string): WorkspaceIndex {
  const stored = readSealed(fs, path, FORMAT) as StoredIndex | undefined;
  if (!stored) return emptyIndex();
  const files = new Map<string, RememberedFile>();
  if (stored.boot_id === bootId) for (const [file, key, digest] of stored.files) files.set(file, { key, digest });
  const outputs = new Map<string, IndexedOutput>();
  for (const [output, digest, fingerprint, stage, pipeline] of stored.outputs) {
    outputs.set(output, { digest, fingerprint, stage, pipeline });
  }
  return {
    files,
    outputs,
    stages: new Map(stored.stages),
    questions: new Map(stored.questions),
    granularity: readGranularity(stored, bootId),
    storeId: stored.store_id,
  };
}

/** Devices may have other numbers after a start of the machine. */
function readGranularity({ granularity, boot_id }: StoredIndex, bootId: string): Granularity | undefined {
  if (!granularity || boot_id !== bootId) return undefined;
  const [device, ns] = granularity;
  return { device: BigInt(device), ns: BigInt(ns) };
}

/** Errors: those of the disk. */
export function writeIndex(fs: FileSystem, path: string, bootId: string, index: WorkspaceIndex): void {
  writeSealedPieces(fs, path, FORMAT, storedPieces(bootId, index));
}

/** A `StoredIndex` in JSON. */
function* storedPieces(bootId: string, index: WorkspaceIndex): Iterable<string> {
  const head: Pick<StoredIndex, 'boot_id' | 'store_id' | 'granularity'> = {
    boot_id: bootId,
    store_id: index.storeId,
    granularity: index.granularity ? [`${index.granularity.device}`, `${index.granularity.ns}`] : null,
  };
  yield `${JSON.stringify(head).slice(0, -1)},"files":`;
  yield* listPieces(
    entriesOf(index.files, (file, { key, digest }): StoredIndex['files'][number] => [file, key, digest]),
  );
  yield ',"outputs":';
  yield* listPieces(
    entriesOf(index.outputs, (path, { digest, fingerprint, stage, pipeline }): StoredIndex['outputs'][number] => [
      path,
      digest,
      fingerprint,
      stage,
      pipeline,
    ]),
  );
  yield ',"stages":';
  yield* listPieces(index.stages);
  yield ',"questions":';
  yield* listPieces(index.questions);
  yield '}';
}

function* entriesOf<Value, Stored>(
  known: ReadonlyMap<string, Value>,
  store: (key: string, value: Value) => Stored,
): Iterable<Stored> {
  for (const [key, value] of known) yield store(key, value);
}
