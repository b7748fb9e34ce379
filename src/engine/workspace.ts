/**
 * A workspace and what can be done with it: check, plan, build, clean, and care for its store. Everything from outside
 * is handed in; results are values, and events are the only output on the way. Knows nothing of terminals and exit codes.
 */

import { withProducers } from '../graph/select.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { StageGraph } from '../model/graph.ts';
import type { PlannedStage } from '../model/plan.ts';
import type { Plugin } from '../model/plugin.ts';
import type { StageStates } from '../model/stage-state.ts';
import { explainPlan } from '../plan/explain-plan.ts';
import { makePlan } from '../plan/make-plan.ts';
import { stateLayout } from '../store/layout.ts';
import type { BuildReport, BuildRequest } from './build-request.ts';
import { buildWorkspace } from './build-workspace.ts';
import type { AskedWords } from './check-stage-command.ts';
import type { Cleaned } from './clean.ts';
import type { GcReport, GcRequest, StoreSize } from './clean-store.ts';
import type { DiffReport, DiffRequest } from './diff-runs.ts';
import { loadFrontEnd } from './front-end.ts';
import type { FrontEnd, LoadRequest, Mistakes } from './loaded.ts';
import type { OpenState } from './open-state.ts';
import { makeStateFolder, openState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';
import { recoverState } from './recover-state.ts';
import type { EnvironmentProblem, Invalid, PlanRequest } from './requests.ts';
import { canRead } from './requests.ts';
import type { RollbackReport, RollbackRequest } from './rollback.ts';
import type { OpenPipeline } from './rounds/open-pipeline.ts';
import type { Chosen, SelectionRequest } from './selection.ts';
import { choose, inputMistakes } from './selection.ts';
import type { AskedStage, StageCommandReport, StageCommandRequest } from './stage-command.ts';
import type { StageMetrics } from './stage-metrics.ts';
import type { Locked } from './under-lock.ts';
import { underLock } from './under-lock.ts';
import type { VerifyReport, VerifyStoreRequest } from './verify-store.ts';
import { keptWorkers, passingWorkers } from './worker-owner.ts';

export type { BuildReport, BuildRequest, PlanRequest };

export type Planned =
  | {
      readonly status: 'planned';
      readonly stages: readonly PlannedStage[];
      readonly graph: StageGraph;
      readonly frontEnd: FrontEnd;
      readonly open: OpenState;
      /** What is to be told beside it: whole sentences. */
      readonly notes: readonly string[];
    }
  | Invalid
  | EnvironmentProblem;

export interface CleanWorkspaceRequest extends LoadRequest, Pick<SelectionRequest, 'targets' | 'select' | 'exclude'> {
  readonly orphans: boolean;
  readonly dryRun: boolean;
  readonly command: string;
}

export type CleanReport =
  | ({ readonly status: 'cleaned'; readonly notes: readonly string[] } & Cleaned)
  | Locked
  | Invalid
  | EnvironmentProblem;

export interface RunStageRequest extends Omit<StageCommandRequest, 'store'> {
  /** The folder that messages leave out of paths; absolute. */
  readonly cwd: string;
  /** Results are taken from the store of the workspace, and kept there. */
  readonly cache: boolean;
}

export interface Workspace {
  /** Absolute. */
  readonly dir: string;
  /** Everything that is wrong with the files, missing inputs included. */
  check(request: LoadRequest): Promise<{ readonly frontEnd: FrontEnd | undefined; readonly mistakes: Mistakes }>;
  graph(request: LoadRequest): Promise<{ readonly status: 'loaded'; readonly frontEnd: FrontEnd } | Invalid>;
  /** The graph, if it is at hand or soon made; undefined too when there are mistakes. */
  glance(request: LoadRequest): Promise<StageGraph | undefined>;
  plan(request: PlanRequest): Promise<Planned>;
  /** How every stage is. Errors: those of the disk. */
  states(frontEnd: FrontEnd): Promise<StageStates>;
  /** Which declared stages are asked for, by the grammar of selectors. */
  choose(frontEnd: FrontEnd, request: SelectionRequest): Promise<Chosen>;
  build(request: BuildRequest): Promise<BuildReport>;
  /** For building again and again. `alsoWatched`: files that the requests are made from, absolute. */
  open(alsoWatched: readonly string[]): Promise<OpenPipeline>;
  clean(request: CleanWorkspaceRequest): Promise<CleanReport>;
  /** Undoes a whole run. */
  rollback(request: RollbackRequest): Promise<RollbackReport>;
  /** What is different between two runs, and where it began. */
  diff(request: DiffRequest): Promise<DiffReport>;
  /** Removes results that nobody needs from the store. */
  gc(request: GcRequest): Promise<GcReport>;
  storeSize(): Promise<StoreSize>;
  /** Reads all of the store. */
  verifyStore(request: VerifyStoreRequest): Promise<VerifyReport>;
  /** Every mistake in what a stage type is to do, but for what is on the disk. */
  checkStage(asked: AskedStage, words: AskedWords): Promise<readonly Diagnostic[]>;
  /** Runs one stage type on its own. */
  runStage(asked: AskedStage, request: RunStageRequest): Promise<StageCommandReport>;
  /** Of each stage's last success here. */
  metrics(
    request: LoadRequest,
  ): Promise<
    { readonly status: 'read'; readonly pipeline: string; readonly stages: ReadonlyMap<string, StageMetrics> } | Invalid
  >;
  plugins(): Promise<{ readonly plugins: readonly Plugin[]; readonly mistakes: Mistakes }>;
  /** Ends what was kept between builds. It can be used again afterwards. */
  close(): Promise<void>;
}

export interface WorkspaceOptions {
  /** Workers of plugins stay from one build to the next, until `close`. Default: they end with the build. */
  readonly keepWorkers?: boolean;
}

export function createWorkspace(ports: EnginePorts, dir: string, options: WorkspaceOptions = {}): Workspace {
  const workers = options.keepWorkers ? keptWorkers(ports) : passingWorkers(ports);
  return {
    dir,
    check: (request) => check(ports, dir, request),
    graph: async (request) => {
      const loaded = await loadFrontEnd(ports, dir, request);
      return loaded.ok
        ? { status: 'loaded', frontEnd: loaded.frontEnd }
        : { status: 'invalid', mistakes: loaded.mistakes };
    },
    glance: async (request) => (await import('./glance.ts')).glanceAtGraph(ports, dir, request),
    plan: (request) => plan(ports, dir, request),
    states: (frontEnd) => states(ports, dir, frontEnd),
    choose: (frontEnd, request) => choose(frontEnd.graph, request, () => states(ports, dir, frontEnd)),
    build: (request) => buildWorkspace(ports, dir, request, workers),
    open: async (alsoWatched) =>
      new (await import('./rounds/open-pipeline.ts')).OpenPipeline(ports, dir, workers, alsoWatched),
    clean: (request) => clean(ports, dir, request),
    rollback: async (request) => (await import('./rollback.ts')).rollback(ports, dir, request),
    diff: async (request) => (await import('./diff-runs.ts')).diffRuns(ports, dir, request),
    gc: async (request) => (await import('./clean-store.ts')).cleanStore(ports, dir, request),
    storeSize: async () => (await import('./clean-store.ts')).sizeOfStore(ports, dir),
    verifyStore: async (request) => (await import('./verify-store.ts')).verifyStore(ports, dir, request),
    checkStage: async (asked, words) => (await import('./check-stage-command.ts')).checkAsked(asked, words),
    runStage: (asked, request) => runStage(ports, dir, asked, request),
    metrics: (request) => metrics(ports, dir, request),
    plugins: async () => (await import('./load-sources.ts')).loadPlugins(ports, dir),
    close: () => workers.close(),
  };
}

async function runStage(
  ports: EnginePorts,
  dir: string,
  asked: AskedStage,
  { cwd, cache, ...request }: RunStageRequest,
): Promise<StageCommandReport> {
  const { checkPlaces } = await import('./check-stage-command.ts');
  const diagnostics = checkPlaces(ports, asked, cwd);
  if (diagnostics.length > 0) return { status: 'invalid', mistakes: { diagnostics, texts: new Map() } };
  const { runStageCommand } = await import('./stage-command.ts');
  if (!cache) return runStageCommand(ports, asked, { ...request, store: undefined });
  const { settings, mistakes } = (await import('./load-sources.ts')).loadSettingsAlone(ports, dir);
  if (mistakes.diagnostics.length > 0) return { status: 'invalid', mistakes };
  const layout = stateLayout(dir, settings.cacheFolder);
  makeStateFolder(ports, layout, false);
  return runStageCommand(ports, asked, { ...request, store: layout.store });
}

async function metrics(ports: EnginePorts, dir: string, request: LoadRequest): ReturnType<Workspace['metrics']> {
  const loaded = await loadFrontEnd(ports, dir, request);
  if (!loaded.ok) return { status: 'invalid', mistakes: loaded.mistakes };
  const { frontEnd } = loaded;
  const stages = (await import('./stage-metrics.ts')).readStageMetrics(ports, dir, frontEnd);
  return { status: 'read', pipeline: frontEnd.graph.pipeline.file, stages };
}

async function check(ports: EnginePorts, dir: string, request: LoadRequest): ReturnType<Workspace['check']> {
  const { loadSources } = await import('./load-sources.ts');
  const loaded = await loadSources(ports, dir, request, 'always');
  if (!loaded.ok) return { frontEnd: undefined, mistakes: loaded.mistakes };
  const diagnostics = loaded.frontEnd.warnings;
  return { frontEnd: loaded.frontEnd, mistakes: { diagnostics, texts: loaded.texts } };
}

async function plan(ports: EnginePorts, dir: string, request: PlanRequest): Promise<Planned> {
  const loaded = await loadFrontEnd(ports, dir, request);
  if (!loaded.ok) return { status: 'invalid', mistakes: loaded.mistakes };
  const { frontEnd } = loaded;
  const selection = await choose(frontEnd.graph, request, () => states(ports, dir, frontEnd));
  if (!selection.ok) return { status: 'invalid', mistakes: selection.mistakes };
  const { selected, forced } = selection;
  const { graph } = frontEnd;
  const options = { mode: 'look', readStore: canRead(request.cache), forced } as const;
  if (selection.isOpen && request.isTruth) {
    // How they are depends on all that leads to them.
    const open = openState(ports, dir, frontEnd, options);
    const whole = await makePlan(open.state, withProducers(graph, selected));
    const isIn = (await import('./beside.ts')).isSelected(open.state, selection);
    const made = { stages: whole.stages.filter(({ index }) => isIn(index)) };
    const mistakes = await inputMistakes(ports, dir, request, open, made);
    if (mistakes) return { status: 'invalid', mistakes };
    const stages = await explainPlan(open.state, made);
    return { status: 'planned', stages, graph, frontEnd, open, notes: selection.notes };
  }
  const open = openState(ports, dir, frontEnd, { ...options, instances: selection });
  const beside = selection.isOpen
    ? await (await import('./beside.ts')).lookBeside(ports, dir, frontEnd, selection, open)
    : undefined;
  const made = await makePlan(open.state, selected);
  const mistakes = beside?.mistakes(made) ?? (await inputMistakes(ports, dir, request, open, made));
  if (mistakes) return { status: 'invalid', mistakes };
  const notes = [...selection.notes, ...(beside?.notes ?? [])];
  return { status: 'planned', stages: await explainPlan(open.state, made), graph, frontEnd, open, notes };
}

async function states(ports: EnginePorts, dir: string, frontEnd: FrontEnd): Promise<StageStates> {
  return (await import('./stage-states.ts')).lookAtStates(ports, dir, frontEnd);
}

async function clean(ports: EnginePorts, dir: string, request: CleanWorkspaceRequest): Promise<CleanReport> {
  const loaded = await loadFrontEnd(ports, dir, request);
  if (!loaded.ok) return { status: 'invalid', mistakes: loaded.mistakes };
  const { frontEnd } = loaded;
  const { chooseBySelectors } = await import('./choose-by-selectors.ts');
  // Only what was named goes, not what it needs.
  const selection = await chooseBySelectors(
    frontEnd.graph,
    { ...request, force: false },
    { states: () => states(ports, dir, frontEnd), isExact: true },
  );
  if (!selection.ok) return { status: 'invalid', mistakes: selection.mistakes };
  const { selected, only, notes } = selection;
  const { cleanOutputs } = await import('./clean.ts');
  const asked = { orphans: request.orphans, dryRun: request.dryRun, selected, only };
  const options = { readStore: true, forced: new Set<number>() };
  if (request.dryRun) {
    const open = openState(ports, dir, frontEnd, { ...options, mode: 'look' });
    return { status: 'cleaned', ...(await cleanOutputs(ports, open, asked)), notes };
  }
  const forLock = { waitForLock: false, command: request.command, onWait: () => {}, signal: undefined };
  return underLock(ports, dir, forLock, 'remove outputs', async (): Promise<CleanReport> => {
    let open = openState(ports, dir, frontEnd, { ...options, mode: 'write' });
    if (await recoverState(ports, open)) open = openState(ports, dir, frontEnd, { ...options, mode: 'write' });
    return { status: 'cleaned', ...(await cleanOutputs(ports, open, asked)), notes };
  });
}
