/** One run: from a plan to its record. Knows nothing of how the plan came about. */
import type { EventListener, WrangleEvent } from '../model/event.ts';
import type { StageGraph } from '../model/graph.ts';
import type { RunRequest } from '../model/run-request.ts';
import type { Plan } from '../plan/make-plan.ts';
import { Skips } from '../plan/skips.ts';
import { AttemptFolders } from '../run/attempt-folders.ts';
import { build } from '../run/build.ts';
import { baseEnvironment } from '../run/environment.ts';
import { EventFiles } from '../run/event-files.ts';
import { maskSecrets } from '../run/secrets.ts';
import { FailedAttempts } from '../store/failed-attempts.ts';
import { writeIndex } from '../store/index-file.ts';
import { newRunId } from '../store/run-paths.ts';
import type { RunRecorder } from '../store/run-recorder.ts';
import { createRunRecorder } from '../store/run-recorder.ts';
import type { BuildReport, BuildRequest } from './build-request.ts';
import type { FrontEnd } from './loaded.ts';
import type { Means } from './open-processes.ts';
import { NOBODY, openProcesses } from './open-processes.ts';
import type { OpenState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';
import { canWrite } from './requests.ts';
import { runsTwice } from './run-twice.ts';
import { keepStoreBelow } from './store-limit.ts';

export async function buildPlanned(
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
  const { runId, recorder, onEvent: tell } = openRun(ports, open.layout.state, request, frontEnd.graph.pipeline);
  const onEvent: EventListener = (event) => {
    tell(event);
    if (event.event !== 'run_started') return;
    for (const note of means.notes ?? []) tell(warning(clock, note, 'selection'));
  };
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
        capacity: ports.capacity,
        writeStore: canWrite(request.cache),
        keepGoing: request.keepGoing,
        isRound: request.isRound === true,
        promised: new Map(),
        tried: new Map(),
        dropped: new Set(),
        unsteady: new Set(),
        adopted: new Map(),
        runsTwice: runsTwice(open.state, means.twice),
        skips: await Skips.beside(
          open.state,
          made.stages.map(({ index }) => index),
        ),
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
    return { status: 'built', runId, graph: open.state.graph, fold: recorder.fold, ...built };
  } finally {
    const complaints = processes?.workers ? await means.workers.giveBack(processes.workers) : [];
    for (const complaint of complaints) request.onEvent(warning(clock, complaint, 'worker'));
    await processes?.runner.close();
    await finish(ports, open, toDo.length > 0 || learned);
  }
}

export interface OpenRun {
  readonly runId: string;
  readonly recorder: RunRecorder;
  readonly onEvent: EventListener;
}

export function openRun(
  ports: EnginePorts,
  stateDir: string,
  request: BuildRequest,
  { file: pipeline, params }: Pick<StageGraph['pipeline'], 'file' | 'params'>,
): OpenRun {
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
    params,
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
  select = [],
  exclude = [],
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
    ...(select.length > 0 && { select }),
    ...(exclude.length > 0 && { exclude }),
    params,
    cache,
    force,
    forced_before: forcedBefore,
    keep_going: keepGoing,
    atomic,
    jobs: jobs ?? null,
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
