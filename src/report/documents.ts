/**
 * The documents of `--json`. Their shapes are a promise to other programs: keys are always there, in this order, and
 * `null` stands where there is nothing. Pure.
 */

import { toJsonDiagnostic } from '../diagnostics/print.ts';
import { templateText, templateValueJson } from '../digest/template-text.ts';
import type { StoreCleaned } from '../engine/clean-store.ts';
import type { StoreVerified } from '../engine/verify-store.ts';
import type { Conformance } from '../model/conformance.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Failure } from '../model/event.ts';
import type { Finding } from '../model/finding.ts';
import type { StageGraph } from '../model/graph.ts';
import { edgesOf } from '../model/graph.ts';
import type { Outcome, OutcomeCounts } from '../model/outcome.ts';
import type { InputItem, OutputItem, Stage } from '../model/pipeline.ts';
import type { Cause, PlannedStage } from '../model/plan.ts';
import type { Plugin, StageType } from '../model/plugin.ts';
import type { AwaitedAnswer } from '../model/question.ts';
import type { RunSummary, StageRecord } from '../model/run-record.ts';
import type { StageStates } from '../model/stage-state.ts';
import type { VoteTally } from '../model/vote.ts';
import type { Json } from '../util/canonical-json.ts';
import { compareText } from '../util/compare.ts';
import { countChecks } from './conformance-text.ts';
import { worthOf } from './gc-text.ts';
import { jsonWithoutCommands } from './github.ts';
import { foldGraph } from './graph-nodes.ts';
import type { RolledBack } from './rollback-text.ts';
import type { CollectedRun } from './run-collector.ts';
import type { StageStatus } from './status-text.ts';
import { problemText } from './verify-text.ts';

/** One document as it is printed: indented, with a newline at its end. */
export function printDocument(document: object): string {
  return `${jsonWithoutCommands(JSON.stringify(document, null, 2))}\n`;
}

/** Of `build`. Stages are sorted by id, fresh ones included. */
export interface BuildDocument {
  readonly run_id: string;
  /** From the workspace. */
  readonly pipeline: string;
  readonly outcome: CollectedRun['outcome'];
  readonly counts: OutcomeCounts;
  readonly duration_ms: number;
  /** What the stages that were not run took when they last ran. */
  readonly saved_ms: number;
  readonly warnings: readonly {
    readonly code: string | null;
    readonly stage: string | null;
    readonly message: string;
  }[];
  readonly stages: { readonly [id: string]: BuiltStage };
}

export interface BuiltStage {
  readonly outcome: Outcome;
  readonly attempts: number;
  readonly duration_ms: number;
  readonly reason: string;
  readonly failure: Failure | null;
  /** What it waits for. */
  readonly question: AwaitedAnswer | null;
  /** What it measured; null unless it ran. */
  readonly metrics: { readonly [name: string]: Json } | null;
  /** The strategy that made its outputs, then or now; null: the stage's own, or it has none. */
  readonly degraded: string | null;
  /** How its vote stands; null: nobody voted in this run, nor for what was restored. */
  readonly vote: VoteTally | null;
  /** `--check-determinism`: it ran twice and made the same, or not; null: it did not run twice. */
  readonly same_twice: boolean | null;
}

export function buildDocument(run: CollectedRun): BuildDocument {
  const stages = new Map<string, BuiltStage>();
  const fresh: BuiltStage = {
    outcome: 'fresh',
    attempts: 0,
    duration_ms: 0,
    reason: 'nothing it depends on changed',
    failure: null,
    question: null,
    metrics: null,
    degraded: null,
    vote: null,
    same_twice: null,
  };
  for (const id of run.fresh) stages.set(id, { ...fresh, degraded: run.degraded[id] ?? null });
  for (const [id, reason] of Object.entries(run.skipped)) stages.set(id, { ...fresh, outcome: 'skipped', reason });
  for (const [id, stage] of run.stages) {
    const { outcome, duration_ms, reason, failure, question, degraded, vote = null } = stage;
    const attempts = stage.attempts.length;
    const metrics = outcome === 'ran' ? stage.metrics : null;
    const differs = failure?.code === 'not-deterministic';
    const same_twice = run.sameTwice.has(id) || (differs ? false : null);
    const made = { metrics, degraded, vote, same_twice };
    stages.set(id, { outcome, attempts, duration_ms, reason, failure, question, ...made });
  }
  return {
    run_id: run.runId,
    pipeline: run.pipeline,
    outcome: run.outcome,
    counts: run.counts,
    duration_ms: run.durationMs,
    saved_ms: run.savedMs,
    warnings: run.warnings.map(({ code, stage, message }) => ({ code: code ?? null, stage: stage ?? null, message })),
    stages: Object.fromEntries([...stages].sort(([a], [b]) => compareText(a, b))),
  };
}

/** Of `stage TYPE`. `places` are those of outputs, absolute, by port; null for what went to standard output. */
export function stageRunDocument(
  type: string,
  run: CollectedRun,
  places: ReadonlyMap<string, readonly (string | null)[]>,
) {
  const [stage] = run.stages.values();
  return {
    stage: type,
    outcome: run.outcome,
    duration_ms: run.durationMs,
    restored: stage?.outcome === 'restored',
    outputs: Object.fromEntries(places),
    metrics: stage?.metrics ?? {},
    failure: stage?.failure ?? null,
    question: stage?.question ?? null,
    warnings: run.warnings.map(({ code, message }) => ({ code: code ?? null, message })),
  };
}

/** Of `check`. */
export function checkDocument(diagnostics: readonly Diagnostic[]) {
  return {
    ok: diagnostics.every(({ severity }) => severity !== 'error'),
    diagnostics: diagnostics.map(toJsonDiagnostic),
  };
}

/**
 * Of `plan`: stages in the order in which they would run. `up_to`: of a fan-out whose list is yet to be made, how many
 * instances it had last time, 0 for none; null for all else.
 */
export function planDocument(pipeline: string, stages: readonly PlannedStage[]) {
  const counts = { run: 0, restore: 0, fresh: 0, 'may-run': 0 };
  for (const { decision } of stages) counts[decision]++;
  return {
    pipeline,
    counts,
    stages: stages.map(({ id, decision, causes, skip, degraded = null, items }) => {
      const because = { skipped: skip !== undefined, reason: skip ?? null };
      return { id, decision, causes: causes.map(causeDocument), ...because, degraded, up_to: items?.up_to ?? null };
    }),
  };
}

/** Of `status`: the plan and what is remembered, what is waited for, and what is left over from stages that are gone. */
export function statusDocument(pipeline: string, stages: readonly StageStatus[], orphans: readonly string[]) {
  const { counts, stages: planned } = planDocument(pipeline, stages);
  const questions = stages.flatMap(({ id: stage, question, askedAtMs }) =>
    question ? [{ stage, ...question, asked_at: timeOf(askedAtMs) }] : [],
  );
  const remembered = stages.map(({ ranAtMs, tookMs }, at) => ({
    ...(planned[at] as (typeof planned)[number]),
    last_run_at: timeOf(ranAtMs),
    duration_ms: tookMs ?? null,
  }));
  return { pipeline, up_to_date: isUpToDate(stages), counts, stages: remembered, questions, orphans };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** Nothing to do, not even a contract to check: what `status --exit-code` answers. */
export function isUpToDate(stages: readonly PlannedStage[]): boolean {
  return stages.every(({ decision, causes }) => decision === 'fresh' && causes.length === 0);
}

/** Of `why STAGE`. */
export function whyDocument({ id, decision, causes, skip, degraded }: PlannedStage) {
  const because = { skipped: skip !== undefined, reason: skip ?? null };
  return { stage: id, decision, causes: causes.map(causeDocument), ...because, degraded: degraded ?? null };
}

/**
 * Of `graph --format json`: stages in topological order, edges by their ends. With states a stage has all of its own, the
 * worst of them and its instances', and of a fan-out how many instances are how.
 */
export function graphDocument(graph: StageGraph, states?: StageStates) {
  const id = (at: number) => graph.stages[at]?.id ?? '';
  const nodes = states && foldGraph(graph, states, true).nodes;
  return {
    pipeline: graph.pipeline.file,
    stages: graph.stages.map((stage, at) => ({
      ...stageDocument(stage),
      ...(nodes && {
        state: nodes[at]?.states?.[0]?.[0] ?? null,
        states: [...(states.get(stage.id) ?? [])],
        ...(stage.foreach && { instances: Object.fromEntries(nodes[at]?.states ?? []) }),
      }),
    })),
    edges: edgesOf(graph).map(({ from, to, via }) => ({ from: id(from), to: id(to), via })),
  };
}

/**
 * Of `runs`: newest first. `stages` are those of which anything was started, with every attempt; none when the record of
 * the run is gone.
 */
export function runsDocument(
  runs: readonly (RunSummary & { readonly stages: Readonly<Record<string, StageRecord>> })[],
) {
  return {
    runs: runs.map(({ run_id, pipeline, started_at, outcome, duration_ms, counts, undoes, stages }) => ({
      run_id,
      pipeline,
      started_at,
      outcome,
      duration_ms,
      counts,
      undoes: undoes ?? null,
      stages: Object.fromEntries(
        Object.entries(stages)
          .filter(([, stage]) => stage.attempts.length > 0 || stage.question !== null)
          .sort(([a], [b]) => compareText(a, b))
          .map(([id, stage]) => [id, { outcome: stage.outcome, attempts: stage.attempts, question: stage.question }]),
      ),
    })),
  };
}

/** Of `rollback`. `run_id` is that of the rollback itself; null when it changed nothing. */
export function rollbackDocument(report: RolledBack, dryRun: boolean) {
  if (report.status === 'nothing') return { run_id: null, undone: null, dry_run: dryRun, outputs: [] };
  const displacedTo = new Map(report.replaced.map(({ path, displaced }) => [path, displaced]));
  return {
    run_id: report.runId ?? null,
    undone: report.undone.job_id,
    dry_run: dryRun,
    outputs: report.steps.map(({ output: { path }, action, displaces }) => ({
      path,
      action,
      displaces,
      displaced: displacedTo.get(path) ?? null,
    })),
  };
}

/** Of `stages`. */
export function stagesDocument(all: readonly StageType[]) {
  const types = [...all].sort((a, b) => compareText(a.name, b.name));
  return { stages: types.map(stageTypeDocument) };
}

/** Of `plugin list`, in the order of the settings. `resolved` says whether `ref` is a path or the name of a package. */
export function pluginsDocument(plugins: readonly Plugin[]) {
  return {
    plugins: plugins.map(({ name, version, dir, found, types }) => ({
      name,
      version,
      ref: found.ref,
      resolved: found.by,
      dir,
      linked_to: found.linked_to ?? null,
      stages: types.map((type) => type.name),
      commands: types.flatMap(({ command }) => command ?? []),
    })),
  };
}

/** Of `doctor`. `ok` says that nothing keeps wrangle from working; findings are in the order in which they are read. */
export function doctorDocument(findings: readonly Finding[]) {
  return {
    ok: findings.every(({ level }) => level !== 'problem'),
    findings: findings.map(({ area, check, level, message, advice }) => ({ area, check, level, message, advice })),
  };
}

/** Of `gc`: what was removed, or would be. */
/** Of `plugin test`. */
export function conformanceDocument({ plugin, version, checks }: Conformance) {
  const counts = countChecks(checks);
  return { plugin, version, ok: counts.failed === 0, counts, checks };
}

export function gcDocument({ store, bytesBefore, bytesMax, swept, garbage, setAside }: StoreCleaned, dryRun: boolean) {
  const { needed, young, fitting } = garbage.kept;
  const share = ({ results, bytes }: typeof needed) => ({ results, size_bytes: bytes });
  return {
    dry_run: dryRun,
    store,
    size_bytes: bytesBefore,
    limit_bytes: bytesMax,
    removed: {
      size_bytes: swept.bytes,
      results: swept.records.map((record) => {
        const { stage, bytes, durationMs, usedMs } = worthOf(record);
        return {
          stage,
          fingerprint: record.fingerprint,
          run_id: record.results[0]?.run_id ?? null,
          size_bytes: bytes,
          duration_ms: durationMs,
          last_used_at: new Date(usedMs).toISOString(),
        };
      }),
    },
    kept: { needed: share(needed), recent: share(young), fitting: share(fitting) },
    set_aside: setAside.map(({ folder, files, bytes, goes }) => ({ folder, files, size_bytes: bytes, removed: goes })),
  };
}

/** Of `cache verify`. */
export function verifyDocument({ store, inspection, repair }: StoreVerified) {
  const { records, blobs, bytes, problems, leftovers, quarantined, foreign } = inspection;
  return {
    ok: problems.length === 0,
    store,
    counts: {
      records,
      blobs,
      size_bytes: bytes,
      leftovers: leftovers.length,
      quarantined: quarantined.length,
      foreign: foreign.length,
    },
    problems: problems.map((problem) => ({
      kind: problem.kind,
      message: problemText(problem),
      path: problem.path,
      outputs: problem.lost.map(({ stage, path, inside, run_id, created_at }) => {
        return { stage, path, inside: inside ?? null, run_id, created_at };
      }),
    })),
    repair: repair
      ? {
          quarantined: repair.quarantined,
          records_removed: repair.recordsRemoved,
          stages: repair.stages,
          left: repair.left.map(({ path }) => path),
        }
      : null,
  };
}

/** Of any command that could not begin. */
export interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly file: string | null;
    readonly line: number | null;
    readonly column: number | null;
    readonly help: string | null;
  };
  readonly diagnostics: readonly ReturnType<typeof toJsonDiagnostic>[];
}

/** Of any command that found mistakes in the user's files: exit 2. The first error stands for all. */
export function mistakesDocument(diagnostics: readonly Diagnostic[]): ErrorDocument {
  const first = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
  const { code, message, location, help } = first ?? { code: 'unknown', message: '' };
  return {
    error: {
      code,
      message,
      file: location?.file ?? null,
      line: location?.line ?? null,
      column: location?.column ?? null,
      help: help ?? null,
    },
    diagnostics: diagnostics.map(toJsonDiagnostic),
  };
}

/** Of any command that could not do its work for a reason that is in no file: exits 2, 4, 5 and 70. */
export function errorDocument(code: string, message: string, help?: string): ErrorDocument {
  const error = { code, message, file: null, line: null, column: null, help: help ?? null };
  return { error, diagnostics: [] };
}

export function causeDocument({ part, change, name, before, after }: Cause) {
  return { part, change, name, before: before ?? null, after: after ?? null };
}

function stageDocument(stage: Stage) {
  const { action } = stage;
  return {
    id: stage.id,
    description: stage.description ?? null,
    ...(action.kind === 'type'
      ? { uses: action.type, with: templateValueJson(action.with) }
      : { run: action.kind === 'shell' ? templateText(action.command) : action.argv.map(templateText) }),
    inputs: Object.fromEntries(stage.inputs.map((port) => [port.name, pathsOf(port)])),
    outputs: Object.fromEntries(stage.outputs.map((port) => [port.name, pathsOf(port)])),
    needs: stage.needs,
    foreach: stage.foreach ? { in: pathsOf(stage.foreach.in), key: stage.foreach.key ?? null } : null,
    tags: stage.tags,
  };
}

/** A port's value as it was declared: one path, or a list of them; a folder ends in a slash. */
function pathsOf(port: { readonly list: boolean; readonly items: readonly (InputItem | OutputItem)[] }) {
  const paths = port.items.map(({ kind, path }) => (kind === 'folder' ? `${path}/` : path));
  return port.list ? paths : (paths[0] ?? null);
}

function stageTypeDocument(type: StageType) {
  return {
    name: type.name,
    plugin: type.plugin,
    plugin_version: type.plugin_version,
    description: type.description,
    command: type.command ?? null,
    platform: type.platform,
    params: type.params,
    inputs: type.inputs,
    outputs: type.outputs,
  };
}
