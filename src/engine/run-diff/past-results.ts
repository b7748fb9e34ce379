/**
 * What lay at the outputs of stages when a run had ended, from the records of that run and those before it: a stage that
 * was fresh in it was made by an earlier one. Looks, changes nothing.
 */
import { parseDigest } from '../../model/digest.ts';
import type { PublishedOutput } from '../../model/event.ts';
import type { RunRecord, RunSummary, StageRecord } from '../../model/run-record.ts';
import type { FileSystem } from '../../ports/file-system.ts';
import type { LockHolder } from '../../ports/workspace-lock.ts';
import { listRuns, readRun } from '../../store/run-records.ts';
import { isChange } from '../../store/undo.ts';
import type { Json } from '../../util/canonical-json.ts';

export interface MadeResult {
  readonly kind: 'made';
  /** In which it was made, restored or found to be what another run had made. */
  readonly run: string;
  /** Null: not known. */
  readonly fingerprint: string | null;
  readonly outputs: readonly PublishedOutput[];
  /** Undefined: not known. */
  readonly metrics: Readonly<Record<string, Json>> | undefined;
  readonly degraded: string | null;
  /** Several attempts answered. */
  readonly hasVoted: boolean;
  /** Why it ran, when it did; may be empty. */
  readonly reason: string;
  /** An input changed while it ran. */
  readonly isUnrecorded: boolean;
}

export type PastResult =
  | MadeResult
  /** It was skipped, and nothing is left of what it had made. */
  | { readonly kind: 'skipped'; readonly run: string; readonly reason: string };

export interface PastResults {
  readonly of: ReadonlyMap<string, PastResult>;
  /** A run on the way back is not kept, and may have made what is not found. */
  readonly isCut: boolean;
}

/** Runs of a workspace, each read at most once. */
export class RunHistory {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  readonly #read: (id: string) => RunRecord | undefined;
  readonly #records = new Map<string, RunRecord | undefined>();

  constructor(fs: FileSystem, stateDir: string, builder: LockHolder | undefined) {
    this.runs = listRuns(fs, stateDir, builder);
    this.#read = (id) => readRun(fs, stateDir, id, builder);
  }

  /** Undefined: nothing was done in it, or what was is not kept. */
  record({ run_id }: Pick<RunSummary, 'run_id'>): RunRecord | undefined {
    if (!this.#records.has(run_id)) {
      const record = this.#read(run_id);
      this.#records.set(run_id, record && isWhole(record) ? record : undefined);
    }
    return this.#records.get(run_id);
  }

  /** Whether it did something of which nothing is known any more. */
  isGone(run: RunSummary): boolean {
    const { fresh, skipped, ...others } = run.counts;
    return Object.values(others).some((count) => count > 0) && this.record(run) === undefined;
  }

  /** Older first; `after` is not among them, `until` is. */
  between(after: RunSummary, until: RunSummary): RunSummary[] {
    const at = this.#position(until);
    return this.runs.slice(at, this.#position(after)).reverse();
  }

  /**
   * By stage, what lay there when `run` had ended; those of which no record says anything are left out. `wanted`: no others
   * are looked for, so that no older record is read than has to be; undefined: all.
   */
  resultsAt(
    run: RunSummary,
    pipeline: string,
    wanted: ReadonlySet<string> | undefined,
    oldest?: RunSummary,
  ): PastResults {
    const found = new Map<string, PastResult>();
    const open = wanted && new Set(wanted);
    /** A run was undone: of these stages nothing counts before that run is passed. */
    const undone = new Map<string, string>();
    const end = oldest === undefined ? this.runs.length : this.#position(oldest);
    for (const summary of this.runs.slice(this.#position(run), end)) {
      if (open?.size === 0) break;
      if (summary.pipeline !== pipeline) continue;
      if (this.isGone(summary)) return { of: found, isCut: true };
      const record = this.record(summary);
      if (!record) continue;
      const settle = (stage: string, result: PastResult) => {
        if (found.has(stage) || undone.has(stage) || (open && !open.has(stage))) return;
        found.set(stage, result);
        open?.delete(stage);
      };
      for (const [stage, result] of resultsOf(record)) settle(stage, result);
      const passed = new Set([...undone].filter(([, of]) => of === record.job_id).map(([stage]) => stage));
      for (const stage of passed) undone.delete(stage);
      if (record.undoes === null) continue;
      // What was undone with this one counts again.
      for (const stage of this.#touched(record)) {
        if (!undone.has(stage) && !passed.has(stage)) undone.set(stage, record.undoes);
      }
    }
    return { of: found, isCut: false };
  }

  /** Ids of the stages whose outputs a run put in place, replaced or removed. */
  touchedIn(run: RunSummary, pipeline: string): Iterable<string> {
    const record = run.pipeline === pipeline ? this.record(run) : undefined;
    if (!record) return [];
    return record.undoes === null ? [...resultsOf(record)].map(([stage]) => stage) : this.#touched(record);
  }

  /** Of a run that undid another one. */
  #touched(record: RunRecord): Set<string> {
    const undone = this.record({ run_id: record.undoes ?? '' });
    const paths = new Set(record.changes.map(({ path }) => path));
    const stages = new Set<string>();
    for (const { path, recorded } of [...record.changes, ...(undone?.changes ?? [])]) {
      if (recorded && paths.has(path)) stages.add(recorded.stage);
    }
    for (const [stage, { outputs }] of Object.entries(undone?.stages ?? {})) {
      if (outputs.some(({ path }) => paths.has(path))) stages.add(stage);
    }
    return stages;
  }

  #position({ run_id }: RunSummary): number {
    return this.runs.findIndex((run) => run.run_id === run_id);
  }
}

/** History may be damaged in any way; what cannot be read is as good as gone. */
function isWhole({ stages, adopted, skipped, fresh, changes }: RunRecord): boolean {
  try {
    const lists = [...Object.values(stages), ...Object.values(adopted)].map(({ outputs }) => outputs);
    const isListed = lists.every((outputs) => outputs.every(({ path }) => typeof path === 'string'));
    return isListed && isMapping(skipped) && (fresh === null || Array.isArray(fresh)) && changes.every(isChange);
  } catch {
    return false;
  }
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** What the run itself says of stages; those that were fresh are as they were. */
function* resultsOf(record: RunRecord): Iterable<readonly [stage: string, result: PastResult]> {
  const run = record.job_id;
  for (const [id, stage] of Object.entries(record.stages)) {
    const result = resultOf(run, stage);
    if (result) yield [id, result];
  }
  for (const [id, { fingerprint, outputs }] of Object.entries(record.adopted)) {
    yield [id, { ...NOT_TOLD, run, fingerprint, outputs }];
  }
}

/** Of what a run found. */
const NOT_TOLD = {
  kind: 'made',
  run: '',
  metrics: undefined,
  degraded: null,
  hasVoted: false,
  reason: '',
  isUnrecorded: false,
} as const;

function resultOf(run: string, stage: StageRecord): PastResult | undefined {
  if (stage.put_back) return undefined;
  const { outcome, fingerprint, outputs, metrics, degraded, vote, unrecorded = false, reason } = stage;
  switch (outcome) {
    case 'ran':
    case 'restored':
      return {
        kind: 'made',
        run,
        fingerprint,
        outputs,
        metrics,
        degraded,
        hasVoted: vote !== undefined,
        reason: outcome === 'ran' ? reason : '',
        isUnrecorded: unrecorded,
      };
    case 'skipped':
      return { kind: 'skipped', run, reason };
    default:
      return undefined;
  }
}

/**
 * What a run that made a stage's outputs found in their place: its record says so of what it replaced, also where the run
 * that had made it is not kept any more. Undefined: nothing of the stage was there.
 */
export function replacedBy(record: RunRecord, stage: string): MadeResult | undefined {
  const { outputs = [] } = record.stages[stage] ?? record.adopted[stage] ?? {};
  const changes = new Map(record.changes.map((change) => [change.path, change]));
  const fingerprints = new Set<string>();
  const before = outputs.flatMap((output): PublishedOutput[] => {
    const change = changes.get(output.path);
    if (!change) return [output];
    const { sha256, sizeBytes } = parseDigest(change.recorded?.digest) ?? {};
    if (!change.recorded || sha256 === undefined || sizeBytes === undefined) return [];
    fingerprints.add(change.recorded.fingerprint);
    return [{ port: output.port, path: output.path, sha256, size_bytes: sizeBytes }];
  });
  if (before.length === 0) return undefined;
  const [only = ''] = fingerprints;
  const fingerprint = fingerprints.size === 1 && only !== '' ? only : null;
  return { ...NOT_TOLD, fingerprint, outputs: before };
}
