/**
 * `rollback`: undoes a whole run (design-notes, "Transactions and undo"). Needs no pipeline, only the record of the run
 * and the store. It is a run itself, with a record, so it can be undone like any other.
 */
import { nearest } from '../diagnostics/suggest.ts';
import type { EventListener } from '../model/event.ts';
import { noOutcomes } from '../model/outcome.ts';
import type { OutputChange } from '../model/output-change.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { RunRequest } from '../model/run-request.ts';
import type { LockHolder } from '../ports/workspace-lock.ts';
import { emit, log } from '../run/events.ts';
import { lookAt } from '../store/displace.ts';
import { writeIndex } from '../store/index-file.ts';
import { stateLayout } from '../store/layout.ts';
import { missingFolders } from '../store/publish.ts';
import type { PutBackParts, Replaced } from '../store/put-back.ts';
import { PutBackFailed, promisedPlaces, putBack } from '../store/put-back.ts';
import type { Recovered } from '../store/recover.ts';
import { newRunId } from '../store/run-paths.ts';
import { createRunRecorder } from '../store/run-recorder.ts';
import { findRun, listRuns, readRun } from '../store/run-records.ts';
import type { UndoPlan, UndoStep } from '../store/undo.ts';
import { isChange, planUndo } from '../store/undo.ts';
import type { EffectiveSettings, FrontEnd } from './loaded.ts';
import type { OpenState } from './open-state.ts';
import { openState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';
import { recoverState } from './recover-state.ts';
import type { EnvironmentProblem, Invalid } from './requests.ts';
import type { Locked } from './under-lock.ts';
import { underLock } from './under-lock.ts';

export interface RollbackRequest {
  /** Id of the run, or its beginning; undefined: the newest that changed anything. */
  readonly run: string | undefined;
  readonly dryRun: boolean;
  readonly waitForLock: boolean;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly onEvent: EventListener;
  readonly onWait: (holder: LockHolder | undefined) => void;
  readonly onRecovered: (recovered: readonly Recovered[]) => void;
}

export type RollbackReport =
  | {
      readonly status: 'rolled-back';
      /** Of the rollback; undefined when nothing was changed. */
      readonly runId: string | undefined;
      readonly undone: RunRecord;
      readonly steps: readonly UndoStep[];
      readonly replaced: readonly Replaced[];
    }
  /** No run changed anything. */
  | { readonly status: 'nothing' }
  | {
      readonly status: 'unknown-run';
      readonly wanted: string;
      /** Runs that it could mean; none: there is no such run. */
      readonly candidates: readonly string[];
      /** The nearest id, when there is none. */
      readonly suggestion: string | undefined;
    }
  | { readonly status: 'missing'; readonly undone: RunRecord; readonly missing: UndoPlan['missing'] }
  | Locked
  | Invalid
  | EnvironmentProblem;

export async function rollback(ports: EnginePorts, dir: string, request: RollbackRequest): Promise<RollbackReport> {
  const { loadSettingsAlone } = await import('./load-sources.ts');
  const { settings, mistakes } = loadSettingsAlone(ports, dir);
  if (mistakes.diagnostics.some(({ severity }) => severity === 'error')) return { status: 'invalid', mistakes };
  const frontEnd = withoutStages(settings);
  if (request.dryRun) {
    const chosen = chooseRun(ports, dir, request.run);
    if ('status' in chosen) return chosen;
    const open = openState(ports, dir, frontEnd, { mode: 'look', ...READING });
    const { steps, missing } = await planUndo(partsOf(open), chosen.run.changes);
    if (missing.length > 0) return { status: 'missing', undone: chosen.run, missing };
    return { status: 'rolled-back', runId: undefined, undone: chosen.run, steps, replaced: [] };
  }
  return underLock(ports, dir, request, 'undo the run', () => rollbackLocked(ports, dir, request, frontEnd));
}

async function rollbackLocked(
  ports: EnginePorts,
  dir: string,
  request: RollbackRequest,
  frontEnd: FrontEnd,
): Promise<RollbackReport> {
  const options = { mode: 'write' as const, ...READING };
  let open = openState(ports, dir, frontEnd, options);
  const recovered = await recoverState(ports, open);
  if (recovered) {
    request.onRecovered(recovered);
    open = openState(ports, dir, frontEnd, options);
  }
  const finished = request.run === undefined ? finishedNow(ports, dir, recovered) : undefined;
  if (finished) return { status: 'rolled-back', runId: undefined, undone: finished, steps: [], replaced: [] };
  // Not before: what was killed has its record completed by what is recovered.
  const chosen = chooseRun(ports, dir, request.run);
  if ('status' in chosen) return chosen;
  const { run: undone } = chosen;
  const { steps, missing } = await planUndo(partsOf(open), undone.changes);
  if (missing.length > 0) return { status: 'missing', undone, missing };
  if (steps.length === 0) return { status: 'rolled-back', runId: undefined, undone, steps, replaced: [] };
  return { status: 'rolled-back', undone, steps, ...(await undo(ports, open, request, undone, steps)) };
}

/**
 * The run that an earlier `rollback` could not undo, when that has been finished just now. Whoever asks again wants that
 * and no more; the newest run that changed anything would be that rollback itself.
 */
function finishedNow({ fs }: EnginePorts, dir: string, recovered: readonly Recovered[] = []): RunRecord | undefined {
  const [last] = recovered.filter(({ of, how }) => of === 'run' && how === 'finished');
  return last && readRun(fs, stateLayout(dir).state, last.name);
}

/** Errors: `PutBackFailed`, after all that was possible; those of the disk. */
async function undo(
  ports: EnginePorts,
  open: OpenState,
  request: RollbackRequest,
  undone: RunRecord,
  steps: readonly UndoStep[],
): Promise<{ readonly runId: string; readonly replaced: readonly Replaced[] }> {
  const { fs, clock } = ports;
  const { layout, journal, state } = open;
  const { index } = state;
  const startedAtMs = clock.nowMs();
  const runId = newRunId(startedAtMs, ports.randomId);
  const { pipeline, job_id: undoneId } = undone;
  const recorder = createRunRecorder({
    fs,
    clock,
    stateDir: layout.state,
    runId,
    pipeline,
    labels: {},
    request: NOTHING_ASKED,
    resumes: null,
    undoes: undoneId,
    startedAtMs,
    onProblem: () => {},
  });
  const context = {
    clock,
    emit: (event: Parameters<EventListener>[0]) => {
      recorder.onEvent(event);
      request.onEvent(event);
    },
  };
  const started = { run_id: runId, pipeline, total: 0, fresh: 0, jobs: 1, labels: {} };
  emit(context, 'run_started', null, `Undoes run ${undoneId}.`, started);

  const outputs = steps.map(({ output }) => output);
  const asNow = new Map(
    outputs.map(({ path }) => {
      const recorded = index.outputs.get(path) ?? null;
      return [path, { recorded, new_folders: missingFolders(fs, layout, path) }] as const;
    }),
  );
  const stages = [...new Set(outputs.flatMap(({ recorded }) => recorded?.stage ?? []))];
  await journal.append({ type: 'put-back', id: `${runId}/run`, of: 'run', name: undoneId, stages, outputs });
  const { replaced, failed } = await putBack(partsOf(open, promisedPlaces(outputs)), 'run', outputs);
  for (const { path, displaced, isUnkept } of replaced) {
    if (displaced === null) continue;
    const why = isUnkept ? 'is not kept in the store' : 'was changed outside wrangle';
    const message = `${JSON.stringify(path)} ${why}; what was there is now in ${JSON.stringify(displaced)}.`;
    log(context, 'warning', null, message, 'output-displaced');
  }
  const beforeOf = new Map(outputs.map(({ path, before }) => [path, before]));
  // The next command does these, and by then this run's record is closed.
  const later = await lookAtLater(partsOf(open), failed);
  const changes = [...replaced, ...later].map(({ path, digest, displaced }): OutputChange => {
    const { recorded = null, new_folders = [] } = asNow.get(path) ?? {};
    return { path, before: digest, recorded, displaced, new_folders, after: beforeOf.get(path) ?? null };
  });
  const paths = changes.map(({ path }) => path);
  const message = `The outputs of run ${undoneId} are as they were before it.`;
  emit(context, 'rollback', null, message, { transaction: null, run: undoneId, paths, changes });
  const outcome = failed.length > 0 ? 'failed' : 'done';
  const ended = { run_id: runId, outcome, counts: noOutcomes(), duration_ms: clock.nowMs() - startedAtMs } as const;
  emit(context, 'run_completed', null, `${outcome}.`, { ...ended, saved_ms: 0, fresh: [] });
  recorder.close(outcome);

  if (failed.length === 0) journal.undone(`${runId}/run`);
  writeIndex(fs, layout.index, ports.bootId, index);
  if (failed.length > 0) throw new PutBackFailed(failed);
  journal.clear();
  fs.remove(layout.staging);
  return { runId, replaced };
}

/** What lies at outputs that could not be put back yet, where the store has it. */
async function lookAtLater(
  parts: PutBackParts,
  failed: PutBackFailed['failed'],
): Promise<Pick<Replaced, 'path' | 'digest' | 'displaced'>[]> {
  const later = [];
  for (const { path } of failed) {
    const { digest = null } = (await lookAt(parts, path)) ?? {};
    if (digest !== null && parts.blobs.holds(digest)) later.push({ path, digest, displaced: null });
  }
  return later;
}

type Chosen = { readonly run: RunRecord } | Extract<RollbackReport, { readonly status: 'nothing' | 'unknown-run' }>;

function chooseRun({ fs }: EnginePorts, dir: string, wanted: string | undefined): Chosen {
  const { state } = stateLayout(dir);
  if (wanted === undefined) {
    for (const { run_id } of listRuns(fs, state)) {
      const run = readRun(fs, state, run_id);
      if (run && run.changes.length > 0 && run.changes.every(isChange)) return { run };
    }
    return { status: 'nothing' };
  }
  const found = findRun(fs, state, wanted);
  const run = found.ok ? readRun(fs, state, found.value.run_id) : undefined;
  if (run?.changes.every(isChange)) return { run };
  const candidates = found.ok ? [] : found.error;
  const ids = candidates.length > 0 ? [] : listRuns(fs, state).map(({ run_id }) => run_id);
  return { status: 'unknown-run', wanted, candidates, suggestion: nearest(wanted, ids) };
}

function partsOf({ state }: OpenState, promised: ReadonlyMap<string, string> = new Map()): PutBackParts {
  const { fs, layout, digests, index, blobs } = state;
  return { fs, layout, digests, outputs: index.outputs, blobs, promised };
}

const READING = { readStore: true, forced: new Set<number>() };

const NOTHING_ASKED: RunRequest = {
  targets: [],
  params: [],
  cache: 'rw',
  force: false,
  forced_before: [],
  keep_going: false,
  atomic: false,
  jobs: null,
};

/** The state is opened with a pipeline; here there is none, since only paths are spoken of. */
function withoutStages(settings: EffectiveSettings): FrontEnd {
  const pipeline = { file: '', params: {} };
  return {
    graph: { pipeline, stages: [], producers: [], consumers: [], item_producers: [] },
    declaredHashes: [],
    contractHashes: [],
    types: [],
    settings,
    warnings: [],
  };
}
