/** `build`, from the files of a pipeline to its outcome. */
import { noOutcomes } from '../model/outcome.ts';
import { makePlan, planIfIdle } from '../plan/make-plan.ts';
import { emit, startedText } from '../run/events.ts';
import { stateLayout } from '../store/layout.ts';
import { buildPlanned, openRun } from './build-planned.ts';
import type { BuildReport, BuildRequest } from './build-request.ts';
import { cachePath, isCurrent, loadFrontEnd } from './front-end.ts';
import type { IdleProof } from './idle-proof.ts';
import { readIdleProof, writeIdleProof } from './idle-proof.ts';
import type { Loaded } from './loaded.ts';
import type { Means } from './open-processes.ts';
import type { OpenState } from './open-state.ts';
import { openState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';
import { isCalm, recoverState } from './recover-state.ts';
import { canRead } from './requests.ts';
import { selectTwice, withForced } from './run-twice.ts';
import type { Selection } from './selection.ts';
import { choose, inputMistakes } from './selection.ts';
import { BUILD, underLock } from './under-lock.ts';
import type { WorkerOwner } from './worker-owner.ts';

/**
 * In order: look for a proof that nothing changed, load (writes nothing when the files are wrong), glance whether there
 * is anything to do, lock, recover, plan, build, and whatever happens at the end write the index.
 */
export async function buildWorkspace(
  ports: EnginePorts,
  dir: string,
  request: BuildRequest,
  workers: WorkerOwner,
): Promise<BuildReport> {
  const startedAt = ports.clock.monotonicMs();
  const answers = request.answers ?? [];
  const { targets, select = [], exclude = [], checkDeterminism } = request;
  const isAll = targets.length + select.length + exclude.length === 0;
  const whole = isAll && request.force === false && !checkDeterminism && answers.length === 0;
  const proofPath = `${cachePath(ports, stateLayout(dir), request)}.idle`;
  const proof = whole
    ? readIdleProof(ports, stateLayout(dir), proofPath, (found) => isCurrent(ports, found))
    : undefined;
  if (proof) return reportIdle(ports, dir, request, proof, startedAt);

  const loaded = await loadFrontEnd(ports, dir, request);
  if (!loaded.ok) return { status: 'invalid', mistakes: loaded.mistakes };
  return buildLoaded(ports, dir, request, loaded, {
    proofPath: whole ? proofPath : undefined,
    hasFiles: true,
    workers,
  });
}

/** What a build has beside its graph. */
export interface BuildBasis {
  readonly workers: WorkerOwner;
  /** Where a proof that nothing is to be done belongs; undefined: none is to be left. */
  readonly proofPath: string | undefined;
  /** The graph was made from files, which can be asked where a mistake stands. */
  readonly hasFiles: boolean;
}

/** The build of what is loaded already. */
export async function buildLoaded(
  ports: EnginePorts,
  dir: string,
  request: BuildRequest,
  loaded: Extract<Loaded, { ok: true }>,
  { workers, proofPath, hasFiles }: BuildBasis,
): Promise<BuildReport> {
  const answers = request.answers ?? [];
  const { frontEnd } = loaded;
  const states = async () => (await import('./stage-states.ts')).lookAtStates(ports, dir, frontEnd);
  const checked = await selectTwice(frontEnd.graph, request, states);
  if (!checked.ok) return { status: 'invalid', mistakes: checked.mistakes };
  const selection = await choose(frontEnd.graph, withForced(request), states);
  if (!selection.ok) return { status: 'invalid', mistakes: selection.mistakes };

  const { selected, forced } = selection;
  const readStore = canRead(request.cache);
  const glance = openState(ports, dir, frontEnd, { mode: 'glance', readStore, forced, instances: selection });
  const mayBeIdle = answers.length === 0 && !selection.isOpen && isCalm(ports.fs, glance) && loaded.fromCache;
  const idle = mayBeIdle ? await planIfIdle(glance.state, selected) : undefined;
  const { notes } = selection;
  if (idle) return buildPlanned(ports, dir, request, frontEnd, glance, idle, { lockFd: undefined, workers, notes });

  return underLock(ports, dir, request, BUILD, async (lockFd) => {
    const means = { lockFd, workers, notes, twice: checked.twice };
    const { report, open } = await buildLocked(ports, dir, request, loaded, selection, means, hasFiles);
    if (proofPath !== undefined && report.status === 'built' && report.outcome === 'done') {
      await writeIdleProof(ports, proofPath, open, loaded.origin);
    }
    return report;
  });
}

async function buildLocked(
  ports: EnginePorts,
  dir: string,
  request: BuildRequest,
  loaded: Extract<Loaded, { ok: true }>,
  selection: Selection,
  means: Means,
  hasFiles: boolean,
): Promise<{ readonly report: BuildReport; readonly open: OpenState }> {
  const { frontEnd } = loaded;
  const { selected, forced } = selection;
  const options = { mode: 'write' as const, readStore: canRead(request.cache), forced, instances: selection };
  let open = openState(ports, dir, frontEnd, options);
  const recovered = await recoverState(ports, open);
  if (recovered) {
    request.onRecovered(recovered);
    open = openState(ports, dir, frontEnd, options);
  }

  if (request.answers && request.answers.length > 0) {
    const { giveAnswers } = await import('./give-answers.ts');
    const diagnostics = await giveAnswers(open, request.answers);
    if (diagnostics.length > 0)
      return { report: { status: 'invalid', mistakes: { diagnostics, texts: new Map() } }, open };
  }
  const beside = selection.isOpen
    ? await (await import('./beside.ts')).lookBeside(ports, dir, frontEnd, selection, open)
    : undefined;
  const made = await makePlan(open.state, selected, { isLean: true });
  const mistakes =
    beside?.mistakes(made) ?? (hasFiles ? await inputMistakes(ports, dir, request, open, made) : undefined);
  if (mistakes) return { report: { status: 'invalid', mistakes }, open };
  loaded.store();
  const notes = [...selection.notes, ...(beside?.notes ?? [])];
  return { report: await buildPlanned(ports, dir, request, frontEnd, open, made, { ...means, notes }), open };
}

/** The run in which everything is known to be fresh before anything is loaded. */
function reportIdle(
  ports: EnginePorts,
  dir: string,
  request: BuildRequest,
  proof: IdleProof,
  startedAt: number,
): BuildReport {
  const { clock } = ports;
  const { runId, recorder, onEvent } = openRun(ports, stateLayout(dir).state, request, {
    file: proof.pipeline,
    params: {},
  });
  const context = { clock, emit: onEvent };
  const total = proof.stages.length;
  const { pipeline, saved_ms, skipped, degraded } = proof;
  const fresh = skipped ? proof.stages.filter((id) => !Object.hasOwn(skipped, id)) : proof.stages;
  const counts = { ...noOutcomes(), fresh: fresh.length, skipped: total - fresh.length };
  const jobs = request.jobs ?? request.defaultJobs(undefined);
  emit(context, 'run_started', null, startedText(total, 0), {
    run_id: runId,
    pipeline,
    total,
    fresh: fresh.length,
    ...(skipped && { skipped: counts.skipped }),
    jobs,
    labels: {},
  });
  const durationMs = Math.round(clock.monotonicMs() - startedAt);
  const outcome = 'done';
  const data = {
    run_id: runId,
    outcome,
    counts,
    duration_ms: durationMs,
    saved_ms,
    fresh,
    ...(skipped && { skipped }),
    ...(degraded && { degraded }),
  } as const;
  emit(context, 'run_completed', null, `done in ${durationMs} ms.`, data);
  recorder.close(outcome);
  return {
    status: 'built',
    runId,
    graph: undefined,
    fold: recorder.fold,
    outcome,
    counts,
    durationMs,
    fresh,
    skipped: new Set<number>(),
    tried: new Map(),
    unsteady: new Set(),
    environmentFailure: undefined,
  };
}
