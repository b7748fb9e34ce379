/**
 * `cache verify`: reads all of the store, and with `repair` takes out of it what can no longer be restored. Reading
 * needs no lock; repairing is done under that of the workspace, and looks at each finding once more first.
 */
import type { LockHolder } from '../ports/workspace-lock.ts';
import { environmentFailure } from '../run/build-context.ts';
import { lookAtRecord } from '../store/action-cache.ts';
import { readIndex } from '../store/index-file.ts';
import type { InspectionProgress, StoreInspection, StoreProblem } from '../store/inspect-store.ts';
import { inspectStore, isSoundBlob, recordPath } from '../store/inspect-store.ts';
import type { StateLayout } from '../store/layout.ts';
import { stateLayout } from '../store/layout.ts';
import { StoreFolders } from '../store/store-folders.ts';
import { compareText } from '../util/compare.ts';
import type { EnginePorts } from './ports.ts';
import type { EnvironmentProblem, Invalid } from './requests.ts';
import type { Locked } from './under-lock.ts';
import { underLock } from './under-lock.ts';

export interface VerifyStoreRequest {
  readonly repair: boolean;
  /** For others that find the workspace in use. */
  readonly command: string;
  readonly onWait: (holder: LockHolder | undefined) => void;
  readonly onProgress: (progress: InspectionProgress) => void;
}

export interface StoreRepair {
  readonly quarantined: number;
  readonly recordsRemoved: number;
  /** Stages whose outputs can no longer be restored; sorted. */
  readonly stages: readonly string[];
  /** What could not be put aside. */
  readonly left: readonly StoreProblem[];
}

export interface StoreVerified {
  readonly status: 'verified';
  /** Absolute. */
  readonly store: string;
  readonly inspection: StoreInspection;
  /** Undefined when nothing was to be repaired, or it was not asked for. */
  readonly repair: StoreRepair | undefined;
}

export type VerifyReport = StoreVerified | Locked | Invalid | EnvironmentProblem;

/** Copies older than this are of processes that are gone. */
const LEFTOVER_MS = 3_600_000;
const TO_DO = 'verify the store';

export async function verifyStore(ports: EnginePorts, dir: string, request: VerifyStoreRequest): Promise<VerifyReport> {
  const { loadSettingsAlone } = await import('./load-sources.ts');
  const { settings, mistakes } = loadSettingsAlone(ports, dir);
  if (mistakes.diagnostics.some(({ severity }) => severity === 'error')) return { status: 'invalid', mistakes };
  const layout = stateLayout(dir, settings.cacheFolder);
  const { store } = layout;
  try {
    const leftoverBeforeMs = ports.clock.nowMs() - LEFTOVER_MS;
    const found = await inspectStore(ports.fs, store, leftoverBeforeMs, request.onProgress);
    const inspection = { ...found, problems: found.problems.map((problem) => withStage(ports, layout, problem)) };
    const verified = { status: 'verified', store, inspection } as const;
    const { problems } = inspection;
    if (!request.repair || problems.length === 0) return { ...verified, repair: undefined };
    const forLock = { ...request, waitForLock: true, signal: undefined };
    return await underLock(ports, dir, forLock, TO_DO, async (): Promise<VerifyReport> => {
      return { ...verified, repair: await repairLocked(ports, layout, problems) };
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { status: 'environment', message: environmentFailure(TO_DO, error).message };
  }
}

/** A record that cannot be read does not say whose it is; the index does, if it is one of ours. */
function withStage({ fs }: EnginePorts, layout: StateLayout, problem: StoreProblem): StoreProblem {
  if (problem.kind !== 'record-damaged') return problem;
  const { outputs } = readIndex(fs, layout.index, 'any');
  const ours = [...outputs].filter(([, { fingerprint }]) => fingerprint === problem.name);
  const lost = ours.map(([path, { stage }]) => {
    return { fingerprint: problem.name, stage, path, inside: undefined, run_id: '', created_at: '' };
  });
  return { ...problem, lost };
}

/** Records go before the blobs they name, so that killed at any step no record names less than before. */
async function repairLocked(
  { fs }: EnginePorts,
  { store }: StateLayout,
  problems: readonly StoreProblem[],
): Promise<StoreRepair> {
  const folders = new StoreFolders(fs, store);
  const stages = new Set<string>();
  const left: StoreProblem[] = [];
  const removed = new Set<string>();
  let quarantined = 0;
  for (const problem of problems) {
    if (!(await isStillWrong({ fs }, problem))) continue;
    for (const { fingerprint } of problem.lost) {
      if (problem.kind === 'record-damaged' || removed.has(fingerprint)) continue;
      fs.remove(recordPath(store, fingerprint));
      removed.add(fingerprint);
    }
    for (const { stage } of problem.lost) stages.add(stage);
    if (problem.kind === 'blob-missing') continue;
    const name = problem.kind === 'record-damaged' ? `record-${problem.name}` : problem.name;
    if (folders.quarantine(problem.path, name) === undefined) left.push(problem);
    else quarantined++;
  }
  return { quarantined, recordsRemoved: removed.size, stages: [...stages].sort(compareText), left };
}

/** A build may have mended it before the lock was ours. */
async function isStillWrong({ fs }: Pick<EnginePorts, 'fs'>, problem: StoreProblem): Promise<boolean> {
  const { kind, name, path } = problem;
  if (kind === 'blob-missing') return fs.lstat(path) === undefined;
  if (kind === 'record-damaged') return lookAtRecord(fs, path, name) === 'damaged';
  return fs.lstat(path) !== undefined && !(await isSoundBlob(fs, problem));
}
