/**
 * A workspace and what can be done with it: check, plan, build, clean. Everything from outside is handed in; results
 * are values, and events are the only output on the way. Knows nothing of terminals and exit codes.
 */

import { unknownStage } from '../diagnostics/catalog.ts';
import { nearest } from '../diagnostics/suggest.ts';
import { findMissingInputs } from '../graph/missing-inputs.ts';
import { withProducers } from '../graph/select.ts';
import type { EventListener, WrangleEvent } from '../model/event.ts';
import type { StageGraph } from '../model/graph.ts';
import type { PlannedStage } from '../model/plan.ts';
import type { Plugin } from '../model/plugin.ts';
import type { Plan } from '../plan/make-plan.ts';
import { explainPlan, makePlan } from '../plan/make-plan.ts';
import type { CommandRunner } from '../ports/command-runner.ts';
import type { LockHolder } from '../ports/workspace-lock.ts';
import type { Built } from '../run/build.ts';
import { environmentFailure } from '../run/build-context.ts';
import { baseEnvironment } from '../run/environment.ts';
import { FolderPool } from '../run/folder-pool.ts';
import { ScratchPool } from '../run/scratch.ts';
import { writeIndex } from '../store/index-file.ts';
import { stateLayout } from '../store/layout.ts';
import type { Recovered } from '../store/recover.ts';
import { recover } from '../store/recover.ts';
import { newRunId } from '../store/run-paths.ts';
import { createRunRecorder } from '../store/run-recorder.ts';
import { InternalError } from '../util/internal-error.ts';
import type { Cleaned } from './clean.ts';
import type { FrontEnd, Loaded, LoadRequest, Mistakes } from './front-end.ts';
import { loadFrontEnd } from './front-end.ts';
import type { OpenState } from './open-state.ts';
import { openState } from './open-state.ts';
import type { ClosableRunner, EnginePorts } from './ports.ts';

export type CacheMode = 'off' | 'read' | 'write' | 'rw';

export interface PlanRequest extends LoadRequest {
  /** Ids; empty: all. */
  readonly targets: readonly string[];
  readonly cache: CacheMode;
  /** Run although fresh: all selected stages, or those named. */
  readonly force: boolean | readonly string[];
}

export interface BuildRequest extends PlanRequest {
  readonly jobs: number | undefined;
  /** Used where neither flag nor settings say. */
  readonly defaultJobs: (setting: number | string | undefined) => number;
  readonly keepGoing: boolean;
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
}

export type Invalid = { readonly status: 'invalid'; readonly mistakes: Mistakes };
export type EnvironmentProblem = { readonly status: 'environment'; readonly message: string };

export type Planned =
  | {
      readonly status: 'planned';
      readonly stages: readonly PlannedStage[];
      readonly graph: StageGraph;
      readonly frontEnd: FrontEnd;
      readonly open: OpenState;
    }
  | Invalid
  | EnvironmentProblem;

export type BuildReport =
  | ({
      readonly status: 'built';
      readonly runId: string;
      readonly graph: StageGraph;
      readonly frontEnd: FrontEnd;
    } & Built)
  | { readonly status: 'locked'; readonly holder: LockHolder | undefined }
  | Invalid
  | EnvironmentProblem;

export interface CleanWorkspaceRequest extends LoadRequest {
  readonly targets: readonly string[];
  readonly orphans: boolean;
  readonly dryRun: boolean;
  readonly command: string;
}

export type CleanReport = ({ readonly status: 'cleaned' } & Cleaned) | { readonly status: 'locked' } | Invalid;

export interface Workspace {
  /** Absolute. */
  readonly dir: string;
  /** Everything that is wrong with the files, missing inputs included. */
  check(request: LoadRequest): Promise<{ readonly frontEnd: FrontEnd | undefined; readonly mistakes: Mistakes }>;
  graph(request: LoadRequest): Promise<{ readonly status: 'loaded'; readonly frontEnd: FrontEnd } | Invalid>;
  plan(request: PlanRequest): Promise<Planned>;
  build(request: BuildRequest): Promise<BuildReport>;
  clean(request: CleanWorkspaceRequest): Promise<CleanReport>;
  plugins(): Promise<{ readonly plugins: readonly Plugin[]; readonly mistakes: Mistakes }>;
}

export function createWorkspace(ports: EnginePorts, dir: string): Workspace {
  return {
    dir,
    check: (request) => check(ports, dir, request),
    graph: async (request) => {
      const loaded = await loadFrontEnd(ports, dir, request);
      return loaded.ok
        ? { status: 'loaded', frontEnd: loaded.frontEnd }
        : { status: 'invalid', mistakes: loaded.mistakes };
    },
    plan: (request) => plan(ports, dir, request),
    build: (request) => buildWorkspace(ports, dir, request),
    clean: (request) => clean(ports, dir, request),
    plugins: async () => (await import('./load-sources.ts')).loadPlugins(ports, dir),
  };
}

async function check(ports: EnginePorts, dir: string, request: LoadRequest): ReturnType<Workspace['check']> {
  const { loadSources } = await import('./load-sources.ts');
  const loaded = await loadSources(ports, dir, request, 'always');
  if (!loaded.ok) return { frontEnd: undefined, mistakes: loaded.mistakes };
  const diagnostics = loaded.frontEnd.warnings;
  return { frontEnd: loaded.frontEnd, mistakes: { diagnostics, texts: new Map() } };
}

async function plan(ports: EnginePorts, dir: string, request: PlanRequest): Promise<Planned> {
  const loaded = await loadFrontEnd(ports, dir, request);
  if (!loaded.ok) return { status: 'invalid', mistakes: loaded.mistakes };
  const { frontEnd } = loaded;
  const selection = select(frontEnd.graph, request);
  if (!selection.ok) return { status: 'invalid', mistakes: selection.mistakes };
  const { selected, forced } = selection;
  const open = openState(ports, dir, frontEnd, { write: false, readStore: canRead(request.cache), forced });
  const made = await makePlan(open.state, selected);
  const invalid = await missingInputs(ports, dir, request, open, made);
  if (invalid) return invalid;
  return { status: 'planned', stages: explainPlan(open.state, made), graph: frontEnd.graph, frontEnd, open };
}

async function clean(ports: EnginePorts, dir: string, request: CleanWorkspaceRequest): Promise<CleanReport> {
  const loaded = await loadFrontEnd(ports, dir, request);
  if (!loaded.ok) return { status: 'invalid', mistakes: loaded.mistakes };
  const { frontEnd } = loaded;
  const selection = select(frontEnd.graph, { ...request, cache: 'rw', force: false });
  if (!selection.ok) return { status: 'invalid', mistakes: selection.mistakes };
  // Only what was named goes, not what it needs.
  const named = new Set(request.targets);
  const selected = selection.selected.filter(
    (at) => named.size === 0 || named.has(frontEnd.graph.stages[at]?.id ?? ''),
  );

  const { cleanOutputs } = await import('./clean.ts');
  const options = { readStore: true, forced: new Set<number>() };
  if (request.dryRun) {
    const open = openState(ports, dir, frontEnd, { ...options, write: false });
    return { status: 'cleaned', ...(await cleanOutputs(ports, open, { ...request, selected })) };
  }
  ports.fs.makeFolder(stateLayout(dir).state);
  const { command } = request;
  const lock = await ports.lock.acquire({
    path: stateLayout(dir).lock,
    wait: false,
    command,
    onWait: () => {},
    signal: undefined,
  });
  if (!lock) return { status: 'locked' };
  try {
    const open = openState(ports, dir, frontEnd, { ...options, write: true });
    return { status: 'cleaned', ...(await cleanOutputs(ports, open, { ...request, selected })) };
  } finally {
    lock.release();
  }
}

/**
 * In order: load (writes nothing when the files are wrong), lock, recover, plan, build, and whatever happens at the end
 * write the index.
 */
async function buildWorkspace(ports: EnginePorts, dir: string, request: BuildRequest): Promise<BuildReport> {
  const { fs } = ports;
  const loaded = await loadFrontEnd(ports, dir, request);
  if (!loaded.ok) return { status: 'invalid', mistakes: loaded.mistakes };
  const { frontEnd } = loaded;
  const selection = select(frontEnd.graph, request);
  if (!selection.ok) return { status: 'invalid', mistakes: selection.mistakes };

  const layout = stateLayout(dir, frontEnd.settings.cacheFolder);
  let holder: LockHolder | undefined;
  try {
    fs.makeFolder(layout.state);
    const { command, waitForLock: wait, signal } = request;
    const onWait = (who: LockHolder | undefined) => {
      holder = who;
      if (wait) request.onWait(who);
    };
    const lock = await ports.lock.acquire({ path: layout.lock, wait, command, onWait, signal });
    if (!lock) return { status: 'locked', holder };
    try {
      return await buildLocked(ports, dir, request, loaded, selection, lock.fd);
    } finally {
      lock.release();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { status: 'environment', message: environmentFailure('use the state folder', error).message };
  }
}

async function buildLocked(
  ports: EnginePorts,
  dir: string,
  request: BuildRequest,
  loaded: Extract<Loaded, { ok: true }>,
  { selected, forced }: Selection,
  lockFd: number | undefined,
): Promise<BuildReport> {
  const { fs, clock } = ports;
  const { frontEnd } = loaded;
  const options = { write: true, readStore: canRead(request.cache), forced };
  let open = openState(ports, dir, frontEnd, options);
  if (!open.journal.isEmpty() || fs.lstat(open.layout.staging) !== undefined) {
    const { blobs, actions, digests, index } = open.state;
    const { layout, journal } = open;
    const recovered = await recover({ fs, layout, journal, blobs, actions, digests, outputs: index.outputs });
    writeIndex(fs, layout.index, ports.bootId, index);
    request.onRecovered(recovered);
    open = openState(ports, dir, frontEnd, options);
  }

  const made = await makePlan(open.state, selected);
  const invalid = await missingInputs(ports, dir, request, open, made);
  if (invalid) return invalid;
  loaded.store();

  const startedAtMs = clock.nowMs();
  const runId = newRunId(startedAtMs, ports.randomId);
  const pipeline = frontEnd.graph.pipeline.file;
  const recorder = createRunRecorder({
    fs,
    clock,
    stateDir: open.layout.state,
    runId,
    pipeline,
    labels: {},
    startedAtMs,
    onProblem: (message) => request.onEvent(warning(clock, message)),
  });
  const onEvent: EventListener = (event) => {
    recorder.onEvent(event);
    request.onEvent(event);
  };

  const toDo = made.stages.filter(({ settled }) => !settled);
  // What was found by its record and not by the index is written down, so that the next look is quick again.
  const learned = made.stages.some(({ decided }) => decided?.result !== undefined);
  const runner = toDo.length === 0 ? undefined : await createRunner(ports, frontEnd, toDo, lockFd);
  const { build } = await import('../run/build.ts');
  try {
    const built = await build(
      {
        state: open.state,
        journal: open.journal,
        runner: runner ?? NO_RUNNER,
        clock,
        emit: onEvent,
        now: open.now,
        runId,
        types: new Map(frontEnd.types.map((type) => [type.name, type])),
        caller: ports.env,
        baseEnv: baseEnvironment(ports.env, dir),
        logPath: recorder.logPath,
        folders: new FolderPool(fs),
        scratch: new ScratchPool(fs, `${open.layout.staging}/.scratch`),
        signal: request.signal,
        killSignal: request.killSignal,
        graceMs: request.graceMs,
        writeStore: canWrite(request.cache),
        keepGoing: request.keepGoing,
        nodePath: ports.nodePath,
        onOutput: request.onOutput,
      },
      { plan: made, jobs: request.jobs ?? request.defaultJobs(frontEnd.settings.jobs) },
    );
    recorder.close(built.outcome);
    return { status: 'built', runId, graph: frontEnd.graph, frontEnd, ...built };
  } finally {
    await runner?.close();
    await finish(ports, open, toDo.length > 0 || learned);
  }
}

function createRunner(
  ports: EnginePorts,
  { graph }: FrontEnd,
  toDo: Plan['stages'],
  lockFd: number | undefined,
): Promise<ClosableRunner> {
  const plugins = toDo.some(({ index }) => graph.stages[index]?.action.kind === 'type');
  return ports.createRunner({ plugins, expected: toDo.length, lockFd });
}

function warning(clock: EnginePorts['clock'], message: string): WrangleEvent {
  const data = { level: 'warning', code: 'run-record', stream: 'wrangle' } as const;
  return { event: 'log', task_id: null, timestamp: new Date(clock.nowMs()).toISOString(), details: { message, data } };
}

/** For a build in which nothing is to run. */
const NO_RUNNER: CommandRunner = {
  start: ({ stage }) => {
    throw new InternalError(`stage ${stage} runs though nothing was to do`);
  },
};

/** Bytes read once more at the end so that the next build need not; a pipeline of large files must not wait for it. */
const SETTLE_BYTES_MAX = 256 << 20;

async function finish(ports: EnginePorts, { state, journal, layout }: OpenState, ran: boolean): Promise<void> {
  await state.digests.settle(SETTLE_BYTES_MAX);
  if (ran || state.digests.changed) writeIndex(ports.fs, layout.index, ports.bootId, state.index);
  // What the journal speaks of is needed by the next command, which finishes or undoes it.
  if (!ran || journal.hasOpen) return;
  journal.clear();
  ports.fs.remove(layout.staging);
}

interface Selection {
  /** Ascending. */
  readonly selected: readonly number[];
  readonly forced: ReadonlySet<number>;
}

function select(
  graph: StageGraph,
  request: PlanRequest,
): ({ readonly ok: true } & Selection) | { readonly ok: false; readonly mistakes: Mistakes } {
  const indexOf = new Map(graph.stages.map((stage, index) => [stage.id, index]));
  const named = [...request.targets, ...(Array.isArray(request.force) ? (request.force as string[]) : [])];
  const unknown = named.filter((id) => !indexOf.has(id));
  if (unknown.length > 0) {
    const diagnostics = unknown.map((name) => unknownStage({ name, suggestion: nearest(name, indexOf.keys()) }));
    return { ok: false, mistakes: { diagnostics, texts: new Map() } };
  }
  const at = (id: string) => indexOf.get(id) as number;
  const selected =
    request.targets.length === 0
      ? graph.stages.map((_, index) => index)
      : withProducers(graph, request.targets.map(at));
  const forced =
    request.force === true
      ? request.targets.length === 0
        ? selected
        : request.targets.map(at)
      : request.force === false
        ? []
        : request.force.map(at);
  return { ok: true, selected, forced: new Set(forced) };
}

/** Nothing starts when a source that a selected stage needs is not there; the message comes from the files. */
async function missingInputs(
  ports: EnginePorts,
  dir: string,
  request: LoadRequest,
  open: OpenState,
  made: Plan,
): Promise<Invalid | undefined> {
  const { graph, fs } = open.state;
  const toDo = made.stages.filter(({ decision }) => decision !== 'fresh').map(({ index }) => index);
  if (toDo.length === 0) return undefined;
  const some = {
    stages: toDo.map((index) => graph.stages[index] as StageGraph['stages'][number]),
    item_producers: toDo.map((index) => graph.item_producers[index] ?? []),
  };
  const exists = (path: string) => fs.stat(path.startsWith('/') ? path : `${dir}/${path}`) !== undefined;
  if (findMissingInputs(some, exists).length === 0) return undefined;
  const { loadSources } = await import('./load-sources.ts');
  const again = await loadSources(ports, dir, request, 'always');
  return again.ok ? undefined : { status: 'invalid', mistakes: again.mistakes };
}

function canRead(cache: CacheMode): boolean {
  return cache === 'read' || cache === 'rw';
}

function canWrite(cache: CacheMode): boolean {
  return cache === 'write' || cache === 'rw';
}
