/** One stage from ready to its outcome: decide, restore or attempt, commit or put back. */
import { UnstableFile } from '../digest/file-digests.ts';
import type { ResolvedPort } from '../digest/resolve-inputs.ts';
import { digestOfPath, resolveInputs } from '../digest/resolve-inputs.ts';
import { UnsupportedEntry } from '../digest/tree.ts';
import { isUnreadable } from '../digest/unreadable.ts';
import { withProducers } from '../graph/select.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Cause } from '../model/plan.ts';
import type { Decided } from '../plan/decide.ts';
import { decide } from '../plan/decide.ts';
import { explain } from '../plan/explain.ts';
import type { ActionResult } from '../store/action-cache.ts';
import { stageKey } from '../store/index-file.ts';
import { inWorkspace } from '../store/layout.ts';
import { UnsafePath } from '../store/publish.ts';
import { compareText } from '../util/compare.ts';
import type { AttemptEnd } from './attempt.ts';
import { runAttempt } from './attempt.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import { checkOutputs, readMetrics } from './collect-outputs.ts';
import { commitOutputs } from './commit.ts';
import { emit, log } from './events.ts';
import type { FailureCause } from './failure.ts';
import * as failures from './failure.ts';
import { restoreOutputs } from './restore.ts';
import type { Verdict } from './scheduler.ts';
import type { Staging } from './staging.ts';
import { abandonStaging, planStaging, prepareStaging } from './staging.ts';

/** Emits what happens. Errors: rejects with `EnvironmentFailure` when the disk fails, else only for a bug. */
export async function runStage(context: BuildContext, at: number, releaseSlot: () => void): Promise<Verdict> {
  const { state } = context;
  const stage = state.graph.stages[at] as Stage;
  const startedAt = context.clock.monotonicMs();

  let decided: Decided;
  try {
    decided = await decide(state, at, digestOfPath(state.digests));
  } catch (error) {
    return fail(context, stage, 1, 0, unreadable(error), undefined, undefined, undefined);
  }
  if (decided.missingInputs.length > 0) {
    return fail(context, stage, 1, 0, failures.inputMissing(decided.missingInputs), undefined, undefined, undefined);
  }
  if (decided.decision === 'fresh') return keepFresh(context, at, stage, decided);
  const causes = explain(state, at, decided);
  if (decided.decision === 'restore' && decided.result) {
    let outputs: Awaited<ReturnType<typeof restoreOutputs>>;
    try {
      outputs = await restoreOutputs(context, at, decided.fingerprint, decided.result);
    } catch (error) {
      if (!(error instanceof UnsafePath)) throw error;
      return fail(context, stage, 1, 0, failures.unsafeOutput(error.message), undefined, undefined, undefined);
    }
    if (outputs) {
      const { fingerprint, result } = decided;
      const took = Math.round(context.clock.monotonicMs() - startedAt);
      emit(context, 'task_restored', stage.id, `Restored in ${took} ms.`, {
        fingerprint,
        outputs,
        saved_ms: result.duration_ms,
      });
      return { outcome: 'restored', stops: 'nothing' };
    }
  }
  // It may have been stopped while the inputs were hashed.
  if (context.signal.aborted) {
    emit(context, 'task_cancelled', stage.id, 'Not started.', { reason: 'not-started' });
    return { outcome: 'cancelled', stops: 'consumers' };
  }
  return attempt(context, at, stage, decided, causes, releaseSlot);
}

/** Fresh after all: its producers ran but made the same bytes, or its record says so where the index did not. */
async function keepFresh(context: BuildContext, at: number, stage: Stage, decided: Decided): Promise<Verdict> {
  const { state } = context;
  if (decided.contractChanged) {
    const finalPlaces = planStaging(state.fs, state.layout, {
      ...stage,
      outputs: stage.outputs.map((port) => ({ ...port, in_place: true })),
    });
    const broken = await checkOutputs(state.fs, state.layout, finalPlaces);
    if (broken) return fail(context, stage, 1, 0, broken, undefined, undefined, undefined);
  }
  adoptFresh(context, at, decided);
  return { outcome: 'fresh', stops: 'nothing' };
}

/** Writes into the index what was found by a record, so that the next look finds it there. */
export function adoptFresh(context: Pick<BuildContext, 'state'>, at: number, decided: Decided): void {
  const { index, graph, contractHashes } = context.state;
  if (!decided.result && !decided.contractChanged) return;
  const stage = graph.stages[at] as Stage;
  const pipeline = graph.pipeline.file;
  const key = stageKey(pipeline, stage.id);
  const known = index.stages.get(key);
  index.stages.set(key, {
    fingerprint: decided.fingerprint,
    duration_ms: decided.result?.duration_ms ?? known?.duration_ms ?? 0,
    unstable: 0,
    expect: contractHashes[at] as string,
    discovered: decided.result?.discovered ?? known?.discovered ?? [],
  });
  for (const { path, digest } of decided.result?.outputs ?? []) {
    index.outputs.set(path, { digest, fingerprint: decided.fingerprint, stage: stage.id, pipeline });
  }
}

async function attempt(
  context: BuildContext,
  at: number,
  stage: Stage,
  decided: Decided,
  causes: readonly Cause[],
  releaseSlot: () => void,
): Promise<Verdict> {
  const { state, journal } = context;
  const { fs, layout } = state;
  const number = 1;
  const staging = planStaging(fs, layout, stage);
  try {
    await journalInPlace(context, stage, staging);
    prepareStaging(fs, layout, staging);
  } catch (error) {
    if (!(error instanceof UnsafePath)) throw environmentFailure(`start stage ${JSON.stringify(stage.id)}`, error);
    return abandon(context, stage, staging, number, 0, failures.unsafeOutput(error.message), undefined);
  }
  emit(context, 'task_started', stage.id, 'Started.', { attempt: number, causes, pid: undefined });

  const startedAt = context.now();
  const end = await runAttempt(context, stage, number, decided.inputs, staging);
  if (context.signal.aborted && end.process?.how === 'cancelled') {
    abandonStaging(fs, layout, stage, staging);
    journal.undone(`${context.runId}/${stage.id}`);
    emit(context, 'task_cancelled', stage.id, 'Stopped; its outputs are as they were before.', { reason: 'stopped' });
    return { outcome: 'cancelled', stops: 'consumers' };
  }
  if (end.result.status === 'suspended') {
    abandonStaging(fs, layout, stage, staging);
    journal.undone(`${context.runId}/${stage.id}`);
    emit(context, 'task_suspended', stage.id, 'Waits for an answer.', { attempt: number, log: end.log });
    return { outcome: 'suspended', stops: 'consumers' };
  }
  if (end.result.status === 'failed') {
    return abandon(context, stage, staging, number, end.durationMs, end.result.cause, end);
  }

  const broken = await checkOutputs(fs, layout, staging);
  if (broken) return abandon(context, stage, staging, number, end.durationMs, broken, end);
  // Not before: a failure that halts must be known before the next stage could take the slot.
  releaseSlot();
  const changed = await changedInputs(context, stage, decided.inputs);
  if (changed.length > 0) {
    const cause = judgeChange(context, at, changed);
    if (cause) return abandon(context, stage, staging, number, end.durationMs, cause, end);
  }
  const metrics = { ...end.result.metrics, ...readMetrics(fs, layout, stage, staging) };
  const discovered = await digestDiscovered(context, at, end.result.discovered, startedAt);
  if (discovered.foreign.length > 0) {
    return abandon(
      context,
      stage,
      staging,
      number,
      end.durationMs,
      failures.discoveredElsewhere(discovered.foreign),
      end,
    );
  }
  if (discovered.changed.length > 0) warnDiscovered(context, stage, discovered.changed);
  try {
    const committed = await commitOutputs(context, {
      at,
      fingerprint: decided.fingerprint,
      inputs: decided.inputs,
      staging,
      durationMs: end.durationMs,
      metrics,
      discovered: discovered.inputs,
      record: changed.length === 0 && discovered.changed.length === 0,
    });
    emit(context, 'task_completed', stage.id, `Ran in ${end.durationMs} ms.`, {
      attempt: number,
      duration_ms: end.durationMs,
      fingerprint: decided.fingerprint,
      outputs: committed.outputs,
      metrics,
      log: end.log,
      unchanged: committed.unchanged,
    });
    return { outcome: 'ran', stops: 'nothing' };
  } catch (error) {
    if (!(error instanceof UnsafePath)) throw error;
    return abandon(context, stage, staging, number, end.durationMs, failures.unsafeOutput(error.message), end);
  }
}

/** The intent that lets recovery put back what an in-place command overwrote; on the disk before it starts. */
async function journalInPlace(context: BuildContext, stage: Stage, staging: Staging): Promise<void> {
  const outputs = staging.outputs.filter((output) => output.port.in_place).map(({ path, aside }) => ({ path, aside }));
  if (outputs.length === 0) return;
  await context.journal.append({ type: 'in-place', id: `${context.runId}/${stage.id}`, stage: stage.id, outputs });
}

/** Puts everything back as it was and reports the failure. */
function abandon(
  context: BuildContext,
  stage: Stage,
  staging: Staging,
  number: number,
  durationMs: number,
  cause: FailureCause,
  end: AttemptEnd | undefined,
): Verdict {
  let kept: string | undefined;
  try {
    kept = abandonStaging(context.state.fs, context.state.layout, stage, staging);
    for (const { path, port } of staging.outputs) if (port.in_place) context.state.digests.forget(path);
    context.journal.undone(`${context.runId}/${stage.id}`);
  } catch (error) {
    throw environmentFailure(`put back the outputs of stage ${JSON.stringify(stage.id)}`, error);
  }
  return fail(context, stage, number, durationMs, cause, end?.process?.tail, end?.log, kept);
}

function fail(
  context: BuildContext,
  stage: Stage,
  attempt: number,
  durationMs: number,
  cause: FailureCause,
  tail: readonly string[] | undefined,
  logged: string | undefined,
  kept: string | undefined,
): Verdict {
  const failure = { ...cause, tail: tail ?? [], log: logged, kept };
  emit(context, 'task_failed', stage.id, cause.message, { attempt, duration_ms: durationMs, failure });
  const halts = stage.on_failure === 'halt' && !context.keepGoing;
  return { outcome: 'failed', stops: halts ? 'all' : 'consumers' };
}

/** Paths whose bytes are not those the fingerprint was made of; what appeared and what went away count too. */
async function changedInputs(context: BuildContext, stage: Stage, before: readonly ResolvedPort[]): Promise<string[]> {
  const { fs, layout, digests } = context.state;
  const old = new Map(before.flatMap((port) => port.paths).map(({ path, digest }) => [path, digest]));
  let now: Awaited<ReturnType<typeof resolveInputs>>;
  try {
    now = await resolveInputs(stage, fs, layout.workspace, digestOfPath(digests));
  } catch (error) {
    if (error instanceof UnstableFile || error instanceof UnsupportedEntry) return [error.path];
    throw environmentFailure('read an input again', error);
  }
  // Several ports may read one path, so both sides are maps.
  const current = new Map(now.ports.flatMap((port) => port.paths).map(({ path, digest }) => [path, digest]));
  const changed = new Set(now.missing);
  for (const path of new Set([...old.keys(), ...current.keys()])) {
    if (old.get(path) !== current.get(path)) changed.add(path);
  }
  return [...changed].sort(compareText);
}

/** A source edited meanwhile is a warning once; twice in a row, or an input that a stage makes, is a failure. */
function judgeChange(context: BuildContext, at: number, changed: readonly string[]): FailureCause | undefined {
  const { graph, index } = context.state;
  const stage = graph.stages[at] as Stage;
  const made = (graph.item_producers[at] ?? [])
    .flat()
    .flatMap((producer) =>
      (graph.stages[producer] as Stage).outputs.flatMap((port) => port.items.map((item) => item.path)),
    );
  const touches = (path: string) =>
    made.some((output) => output === path || output.startsWith(`${path}/`) || path.startsWith(`${output}/`));
  if (changed.some(touches)) return failures.inputChanged(changed, 'made-by-stage');

  const key = stageKey(graph.pipeline.file, stage.id);
  const known = index.stages.get(key);
  const unstable = (known?.unstable ?? 0) + 1;
  index.stages.set(key, {
    fingerprint: '',
    duration_ms: known?.duration_ms ?? 0,
    expect: known?.expect ?? '',
    discovered: [],
    unstable: unstable > 1 ? 0 : unstable,
  });
  if (unstable > 1) return failures.inputChanged(changed, 'again');
  const names = changed.map((path) => JSON.stringify(path)).join(', ');
  const message = `The input ${names} changed while it ran; its outputs are published but it stays stale.`;
  log(context, 'warning', stage.id, message, 'input-changed');
  return undefined;
}

function warnDiscovered(context: BuildContext, stage: Stage, paths: readonly string[]): void {
  const names = paths.map((path) => JSON.stringify(path)).join(', ');
  const message = `The input ${names}, which it found by itself, changed while it ran; it stays stale.`;
  log(context, 'warning', stage.id, message, 'input-changed');
}

interface Discovered {
  readonly inputs: ActionResult['discovered'];
  /** Not what the command read, as far as anyone can tell: written since it started, or gone. */
  readonly changed: readonly string[];
  /** Made by a stage that is not upstream: what the command read was a matter of luck. */
  readonly foreign: readonly { readonly path: string; readonly stage: string }[];
}

/** Inputs that a stage itself found. They are hashed after the command, so their times say whether they held still. */
async function digestDiscovered(
  context: BuildContext,
  at: number,
  paths: readonly string[],
  startedAt: bigint,
): Promise<Discovered> {
  const { graph, fs, layout, digests } = context.state;
  const found: Discovered = { inputs: [], changed: [], foreign: [] };
  if (paths.length === 0) return found;
  const look = digestOfPath(digests);
  const declared = new Set((graph.stages[at] as Stage).inputs.flatMap((port) => port.items.map((item) => item.path)));
  const upstream = new Set(withProducers(graph, [at]));
  const inputs: ActionResult['discovered'][number][] = [];
  const changed: string[] = [];
  const foreign: { path: string; stage: string }[] = [];
  for (const path of [...paths].sort()) {
    if (declared.has(path)) continue;
    const maker = graph.stages.findIndex((stage) => makes(stage, path));
    if (maker >= 0 && !upstream.has(maker)) foreign.push({ path, stage: (graph.stages[maker] as Stage).id });
    const digest = await look(path);
    const mtimeNs = fs.stat(inWorkspace(layout, path))?.mtimeNs;
    if (digest === undefined || mtimeNs === undefined || mtimeNs >= startedAt) changed.push(path);
    else inputs.push({ path, digest });
  }
  return { inputs, changed, foreign };
}

function makes(stage: Stage, path: string): boolean {
  const items = stage.outputs.flatMap((port) => port.items);
  return items.some(
    (item) => item.path === path || path.startsWith(`${item.path}/`) || item.path.startsWith(`${path}/`),
  );
}

function unreadable(error: unknown): FailureCause {
  if (!isUnreadable(error)) throw error;
  return failures.inputUnreadable(error.message);
}
