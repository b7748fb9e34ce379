/** `build`, from the files of a pipeline to its outcome. */
import type { EventListener, WrangleEvent } from '../model/event.ts';
import type { StageGraph } from '../model/graph.ts';
import { noOutcomes } from '../model/outcome.ts';
import type { RunRequest } from '../model/run-request.ts';
import type { Plan } from '../plan/make-plan.ts';
import { makePlan, planIfIdle } from '../plan/make-plan.ts';
import type { LockHolder } from '../ports/workspace-lock.ts';
import { AttemptFolders } from '../run/attempt-folders.ts';
import type { Built } from '../run/build.ts';
import { build } from '../run/build.ts';
import { environmentFailure } from '../run/build-context.ts';
import { baseEnvironment, enclosingWorkspaces } from '../run/environment.ts';
import { EventFiles } from '../run/event-files.ts';
import { emit, startedText } from '../run/events.ts';
import { maskSecrets } from '../run/secrets.ts';
import { FailedAttempts } from '../store/failed-attempts.ts';
import { writeIndex } from '../store/index-file.ts';
import { ownerText } from '../store/journal.ts';
import { stateLayout } from '../store/layout.ts';
import { PutBackFailed } from '../store/put-back.ts';
import type { Recovered } from '../store/recover.ts';
import { recover, StuckRecovery } from '../store/recover.ts';
import { newRunId } from '../store/run-paths.ts';
import type { RunRecorder } from '../store/run-recorder.ts';
import { createRunRecorder } from '../store/run-recorder.ts';
import { quoteName } from '../util/harmless-text.ts';
import { endSurvivors } from './end-survivors.ts';
import { cachePath, isCurrent, loadFrontEnd } from './front-end.ts';
import type { GivenAnswer } from './give-answers.ts';
import type { IdleProof } from './idle-proof.ts';
import { readIdleProof, writeIdleProof } from './idle-proof.ts';
import type { FrontEnd, Loaded } from './loaded.ts';
import type { Means } from './open-processes.ts';
import { NOBODY, openProcesses } from './open-processes.ts';
import type { OpenState } from './open-state.ts';
import { openState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';
import type { EnvironmentProblem, Invalid, PlanRequest } from './requests.ts';
import { canRead, canWrite } from './requests.ts';
import type { Selection } from './selection.ts';
import { inputMistakes, select } from './selection.ts';
import { keepStoreBelow } from './store-limit.ts';
import type { WorkerOwner } from './worker-owner.ts';

export interface BuildRequest extends PlanRequest {
  readonly jobs: number | undefined;
  /** Used where neither flag nor settings say. */
  readonly defaultJobs: (setting: number | string | undefined) => number;
  readonly keepGoing: boolean;
  /** See `BuildOptions`. */
  readonly atomic: boolean;
  readonly waitForLock: boolean;
  /** For the others that wait for us. */
  readonly command: string;
  readonly signal: AbortSignal;
  readonly killSignal: AbortSignal;
  readonly onEvent: EventListener;
  readonly onOutput: ((stage: string, text: string) => void) | undefined;
  readonly onWait: (holder: LockHolder | undefined) => void;
  readonly onRecovered: (recovered: readonly Recovered[]) => void;
  readonly graceMs: number;
  /** Id of the run that this one goes on with. */
  readonly resumes?: string;
  /** Written to their files before anything else. */
  readonly answers?: readonly GivenAnswer[];
}

export type BuildReport =
  | ({
      readonly status: 'built';
      readonly runId: string;
      /** Undefined when it was not even loaded, because everything is fresh. */
      readonly graph: StageGraph | undefined;
    } & Built)
  /** `isOwn`: by the build that this one was started from, which cannot end before it. */
  | { readonly status: 'locked'; readonly holder: LockHolder | undefined; readonly isOwn: boolean }
  | Invalid
  | EnvironmentProblem;

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
  const whole = request.targets.length === 0 && request.force === false && answers.length === 0;
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
  const { fs } = ports;
  const answers = request.answers ?? [];
  const { frontEnd } = loaded;
  const selection = select(frontEnd.graph, request);
  if (!selection.ok) return { status: 'invalid', mistakes: selection.mistakes };

  const { selected, forced } = selection;
  const glance = openState(ports, dir, frontEnd, { mode: 'glance', readStore: canRead(request.cache), forced });
  const mayBeIdle = answers.length === 0 && isCalm(fs, glance) && loaded.fromCache;
  const idle = mayBeIdle ? await planIfIdle(glance.state, selected) : undefined;
  if (idle) return buildPlanned(ports, dir, request, frontEnd, glance, idle, { lockFd: undefined, workers });

  const layout = stateLayout(dir, frontEnd.settings.cacheFolder);
  let holder: LockHolder | undefined;
  try {
    fs.makeFolder(layout.state);
    const { command, signal } = request;
    const isInner = enclosingWorkspaces(ports.env).includes(dir);
    const wait = request.waitForLock && !isInner;
    const onWait = (who: LockHolder | undefined) => {
      holder = who;
      if (wait) request.onWait(who);
    };
    const lock = await ports.lock.acquire({ path: layout.lock, wait, command, onWait, signal });
    if (!lock) return { status: 'locked', holder, isOwn: isInner };
    try {
      const { report, open } = await buildLocked(
        ports,
        dir,
        request,
        loaded,
        selection,
        { lockFd: lock.fd, workers },
        hasFiles,
      );
      if (proofPath !== undefined && report.status === 'built' && report.outcome === 'done') {
        await writeIdleProof(ports, proofPath, open, loaded.origin);
      }
      return report;
    } finally {
      lock.release();
    }
  } catch (error) {
    if (error instanceof StuckRecovery) return { status: 'environment', message: stuckMessage(error) };
    if (error instanceof PutBackFailed) return { status: 'environment', message: error.message };
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { status: 'environment', message: environmentFailure('use the state folder', error).message };
  }
}

/**
 * Finishes or undoes what a killed command left, under the lock; undefined when it left nothing. What was open before
 * is outdated afterwards.
 */
export async function recoverState(ports: EnginePorts, open: OpenState): Promise<Recovered[] | undefined> {
  const { fs } = ports;
  const { layout, journal } = open;
  if (isCalm(fs, open)) return undefined;
  // First of all: what still runs may still write.
  const ended = [...(await endSurvivors(ports, layout.processes)), ...(await endSurvivors(ports, layout.workers))];
  const { blobs, actions, digests, index } = open.state;
  const saveIndex = () => writeIndex(fs, layout.index, ports.bootId, index);
  const recovered = await recover({ fs, layout, journal, blobs, actions, digests, index, saveIndex });
  return [...ended, ...recovered];
}

/** Nothing was left by a command that was killed. */
function isCalm(fs: EnginePorts['fs'], { layout, journal }: OpenState): boolean {
  return (
    journal.isEmpty() &&
    [layout.staging, layout.processes, layout.workers].every((path) => fs.lstat(path) === undefined)
  );
}

/** What is in an unknown state, why, and how to go on. */
export function stuckMessage({ stuck }: StuckRecovery): string {
  const sentences = stuck.map(({ owner, type, paths, cause }) => {
    const doing = type === 'publish' ? 'finish publishing' : 'put back';
    const outputs = paths.map((path) => quoteName(path)).join(', ');
    return environmentFailure(`${doing} ${outputs} of ${ownerText(owner)} after an interrupted build`, cause).message;
  });
  const advice =
    'Until then old and new bytes may stand side by side there. Make the place writable and try again; ' +
    'what fails once more is given up: its bytes go to ".wrangle/displaced/", and the stage is stale.';
  return [...sentences, advice].join('\n');
}

async function buildLocked(
  ports: EnginePorts,
  dir: string,
  request: BuildRequest,
  loaded: Extract<Loaded, { ok: true }>,
  { selected, forced }: Selection,
  means: Means,
  hasFiles: boolean,
): Promise<{ readonly report: BuildReport; readonly open: OpenState }> {
  const { frontEnd } = loaded;
  const options = { mode: 'write' as const, readStore: canRead(request.cache), forced };
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
  const made = await makePlan(open.state, selected);
  const mistakes = hasFiles ? await inputMistakes(ports, dir, request, open, made) : undefined;
  if (mistakes) return { report: { status: 'invalid', mistakes }, open };
  loaded.store();
  return { report: await buildPlanned(ports, dir, request, frontEnd, open, made, means), open };
}

async function buildPlanned(
  ports: EnginePorts,
  dir: string,
  request: BuildRequest,
  frontEnd: FrontEnd,
  open: OpenState,
  made: Plan,
  means: Means,
): Promise<BuildReport> {
  const { fs, clock } = ports;
  const begunMs = clock.nowMs();
  const { runId, recorder, onEvent } = openRun(ports, open.layout.state, request, frontEnd.graph.pipeline.file);
  const toDo = made.stages.filter(({ settled }) => !settled);
  // What was found by its record and not by the index is written down, so that the next look is quick again.
  const learned = made.stages.some(({ decided }) => decided?.result !== undefined);
  const secrets = maskSecrets(frontEnd.graph.stages, ports.env);
  const jobs = request.jobs ?? request.defaultJobs(frontEnd.settings.jobs);
  const processes =
    toDo.length === 0 ? undefined : await openProcesses(ports, frontEnd, toDo, open.layout, jobs, means);
  try {
    const built = await build(
      {
        state: open.state,
        journal: open.journal,
        failed: new FailedAttempts(fs, open.layout.failed, runId),
        runner: processes?.runner ?? NOBODY,
        workers: processes?.workers ?? NOBODY,
        clock,
        emit: secrets.events(onEvent),
        secrets,
        now: open.now,
        runId,
        random: ports.random,
        types: new Map(frontEnd.types.map((type) => [type.name, type])),
        caller: ports.env,
        baseEnv: baseEnvironment(ports.env, dir),
        logPath: recorder.logPath,
        attemptFolders: new AttemptFolders(fs, `${open.layout.staging}/.attempts`),
        eventFiles: new EventFiles(fs, clock),
        signal: request.signal,
        killSignal: request.killSignal,
        graceMs: request.graceMs,
        writeStore: canWrite(request.cache),
        keepGoing: request.keepGoing,
        promised: new Map(),
        nodePath: ports.nodePath,
        onOutput: request.onOutput,
      },
      { plan: made, jobs, atomic: request.atomic },
    );
    if (!request.signal.aborted) {
      const { command, signal } = request;
      const bytesMax = frontEnd.settings.storeBytesMax;
      await keepStoreBelow(ports, open, { bytesMax, begunMs, command, signal, emit: onEvent });
    }
    recorder.close(built.outcome);
    return { status: 'built', runId, graph: frontEnd.graph, ...built };
  } finally {
    const complaints = processes?.workers ? await means.workers.giveBack(processes.workers) : [];
    for (const complaint of complaints) request.onEvent(warning(clock, complaint, 'worker'));
    await processes?.runner.close();
    await finish(ports, open, toDo.length > 0 || learned);
  }
}

interface OpenRun {
  readonly runId: string;
  readonly recorder: RunRecorder;
  readonly onEvent: EventListener;
}

function openRun(ports: EnginePorts, stateDir: string, request: BuildRequest, pipeline: string): OpenRun {
  const { fs, clock } = ports;
  const startedAtMs = clock.nowMs();
  const runId = newRunId(startedAtMs, ports.randomId);
  const onProblem = (message: string) => request.onEvent(warning(clock, message, 'run-record'));
  const recorder = createRunRecorder({
    fs,
    clock,
    stateDir,
    runId,
    pipeline,
    labels: {},
    request: recordedRequest(request),
    resumes: request.resumes ?? null,
    startedAtMs,
    onProblem,
  });
  const onEvent: EventListener = (event) => {
    recorder.onEvent(event);
    request.onEvent(event);
  };
  return { runId, recorder, onEvent };
}

/** What has to be asked for again to go on with this run. */
function recordedRequest({
  targets,
  params,
  cache,
  force,
  forcedBefore = [],
  keepGoing,
  atomic,
  jobs,
}: BuildRequest): RunRequest {
  return {
    targets,
    params,
    cache,
    force,
    forced_before: forcedBefore,
    keep_going: keepGoing,
    atomic,
    jobs: jobs ?? null,
  };
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
  const { runId, recorder, onEvent } = openRun(ports, stateLayout(dir).state, request, proof.pipeline);
  const context = { clock, emit: onEvent };
  const total = proof.stages.length;
  const counts = { ...noOutcomes(), fresh: total };
  const { pipeline, stages: fresh, saved_ms } = proof;
  const jobs = request.jobs ?? request.defaultJobs(undefined);
  emit(context, 'run_started', null, startedText(total, 0), {
    run_id: runId,
    pipeline,
    total,
    fresh: total,
    jobs,
    labels: {},
  });
  const durationMs = Math.round(clock.monotonicMs() - startedAt);
  const outcome = 'done';
  const data = { run_id: runId, outcome, counts, duration_ms: durationMs, saved_ms, fresh } as const;
  emit(context, 'run_completed', null, `done in ${durationMs} ms.`, data);
  recorder.close(outcome);
  return {
    status: 'built',
    runId,
    graph: undefined,
    outcome,
    counts,
    durationMs,
    fresh,
    environmentFailure: undefined,
  };
}

function warning(clock: EnginePorts['clock'], message: string, code: string): WrangleEvent {
  const data = { level: 'warning', code, stream: 'wrangle' } as const;
  return { event: 'log', task_id: null, timestamp: new Date(clock.nowMs()).toISOString(), details: { message, data } };
}

/** Bytes read once more at the end so that the next build need not; a pipeline of large files must not wait for it. */
const SETTLE_BYTES_MAX = 256 << 20;

async function finish(ports: EnginePorts, { state, journal, layout }: OpenState, ran: boolean): Promise<void> {
  journal.release();
  await state.digests.settle(SETTLE_BYTES_MAX);
  if (ran || state.digests.changed) writeIndex(ports.fs, layout.index, ports.bootId, state.index);
  // What the journal speaks of is needed by the next command, which finishes or undoes it.
  if (!ran || journal.hasOpen) return;
  journal.clear();
  ports.fs.remove(layout.staging);
}
