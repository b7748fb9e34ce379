/** Whether an attempt's inputs held still while it ran: those it declares and those it found by itself. */
import { posix } from 'node:path';
import { UnstableFile } from '../digest/file-digests.ts';
import type { ResolvedPort } from '../digest/resolve-inputs.ts';
import { digestOfPath, inputDigests, resolveInputs } from '../digest/resolve-inputs.ts';
import { stampOf } from '../digest/stamps.ts';
import { isWithin, UnsupportedEntry } from '../digest/tree.ts';
import { withProducers } from '../graph/select.ts';
import type { Digest } from '../model/digest.ts';
import type { Stage } from '../model/pipeline.ts';
import { gatherOf } from '../plan/workspace-state.ts';
import type { ActionResult } from '../store/action-cache.ts';
import { stageKey } from '../store/index-file.ts';
import { inWorkspace } from '../store/layout.ts';
import { compareText } from '../util/compare.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import { log } from './events.ts';
import type { FailureCause } from './failure.ts';
import * as failures from './failure.ts';

export interface InputsRead {
  /** As they were resolved before it started. */
  readonly before: readonly ResolvedPort[];
  /** Of them, by path, taken before it started. */
  readonly stamps: ReadonlyMap<string, string>;
  /** Paths that it says it found by itself. */
  readonly discovered: readonly string[];
  /** When it started, by the file system's clock. */
  readonly startedAt: bigint;
}

export interface InputsHeld {
  readonly discovered: ActionResult['discovered'];
  /** False: an input changed meanwhile, so the outputs are published but not recorded. */
  readonly recordable: boolean;
}

/** To be taken before an attempt starts, after its inputs were resolved. */
export function stampInputs({ state: { fs, layout } }: BuildContext, inputs: readonly ResolvedPort[]) {
  return new Map([...inputDigests(inputs).keys()].map((path) => [path, stampOf(fs, inWorkspace(layout, path))]));
}

/** Of the same inputs, taken twice. */
export function isSame(stamps: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): boolean {
  return [...stamps].every(([path, stamp]) => others.get(path) === stamp);
}

/** Warns of what changed and is no failure. Errors: why the attempt failed; `EnvironmentFailure` is thrown. */
export async function checkInputs(
  context: BuildContext,
  at: number,
  read: InputsRead,
): Promise<Result<InputsHeld, FailureCause>> {
  const stage = context.state.graph.stages[at] as Stage;
  const changed = await changedInputs(context, stage, read);
  const cause = changed.length > 0 ? judgeChange(context, at, changed) : undefined;
  if (cause) return err(cause);
  const names = namesOf(context.state.layout.workspace, read.discovered);
  if (!names.ok) return names;
  const looked = await digestDiscovered(context, at, names.value, read.startedAt);
  if (!looked.ok) return looked;
  const discovered = looked.value;
  if (discovered.foreign.length > 0) return err(failures.discoveredElsewhere(discovered.foreign));
  if (discovered.changed.length > 0) warnDiscovered(context, stage, discovered.changed);
  return ok({ discovered: discovered.inputs, recordable: changed.length === 0 && discovered.changed.length === 0 });
}

/**
 * Paths whose bytes are not those the fingerprint was made of, or were others for a while; what appeared and what went
 * away count too.
 */
async function changedInputs(
  context: BuildContext,
  stage: Stage,
  { before, stamps }: Pick<InputsRead, 'before' | 'stamps'>,
): Promise<string[]> {
  const { fs, layout, digests } = context.state;
  const old = inputDigests(before);
  if (isPlain(stage) && areUntouched(context, old, stamps)) return [];
  let now: Awaited<ReturnType<typeof resolveInputs>>;
  try {
    now = await resolveInputs(stage, fs, layout.workspace, digestOfPath(digests), digests, gatherOf(context.state));
  } catch (error) {
    if (error instanceof UnstableFile || error instanceof UnsupportedEntry) return [error.path];
    throw environmentFailure('read an input again', error);
  }
  const current = inputDigests(now.ports);
  const changed = new Set(now.missing);
  for (const path of new Set([...old.keys(), ...current.keys()])) {
    if (old.get(path) !== current.get(path)) changed.add(path);
  }
  for (const [path, stamp] of stamps) if (stampOf(fs, inWorkspace(layout, path)) !== stamp) changed.add(path);
  return [...changed].sort(compareText);
}

/** What it reads is what it names. */
function isPlain({ inputs }: Stage): boolean {
  return inputs.every(({ items }) => items.every(({ kind, of }) => kind === 'file' && of === undefined));
}

/** The usual case, by one look at each: all are files, with the keys that they had when their bytes were known. */
function areUntouched(
  { state: { fs, layout, digests } }: BuildContext,
  inputs: ReadonlyMap<string, Digest>,
  stamps: ReadonlyMap<string, string>,
): boolean {
  return [...inputs].every(([path, digest]) => {
    const stamp = stampOf(fs, inWorkspace(layout, path));
    return stamps.get(path) === stamp && digests.holds(path, stamp, digest);
  });
}

/** A source edited meanwhile is a warning once; twice in a row, or an input that a stage makes, is a failure. */
function judgeChange(context: BuildContext, at: number, changed: readonly string[]): FailureCause | undefined {
  const { isRound, state } = context;
  const { graph, index } = state;
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
    ran_at_ms: context.clock.nowMs(),
    expect: known?.expect ?? '',
    discovered: [],
    unstable: unstable > 1 || isRound ? 0 : unstable,
  });
  if (unstable > 1 && !isRound) return failures.inputChanged(changed, 'again');
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

/** As wrangle names them: from the workspace, or absolute outside of it; sorted. Errors: of one that can be no input. */
function namesOf(workspace: string, paths: readonly string[]): Result<string[], FailureCause> {
  const names = new Set<string>();
  for (const path of paths) {
    const absolute = posix.resolve(workspace, path);
    const problem =
      path === '' || path.includes('\0')
        ? 'is no path'
        : isWithin(workspace, absolute)
          ? 'is a folder with the whole workspace in it'
          : isWithin(absolute, `${workspace}/.wrangle`)
            ? "lies in wrangle's own folder"
            : undefined;
    if (problem !== undefined) return err(failures.badDiscovered(path, problem));
    names.add(isWithin(absolute, workspace) ? posix.relative(workspace, absolute) : absolute);
  }
  return ok([...names].sort(compareText));
}

/** Inputs that a stage itself found. They are hashed after the command, so their times say whether they held still. */
async function digestDiscovered(
  context: BuildContext,
  at: number,
  paths: readonly string[],
  startedAt: bigint,
): Promise<Result<Discovered, FailureCause>> {
  const { graph, fs, layout, digests } = context.state;
  const found: Discovered = { inputs: [], changed: [], foreign: [] };
  if (paths.length === 0) return ok(found);
  const look = digestOfPath(digests);
  const declared = new Set((graph.stages[at] as Stage).inputs.flatMap((port) => port.items.map((item) => item.path)));
  const upstream = new Set(withProducers(graph, [at]));
  const inputs: ActionResult['discovered'][number][] = [];
  const changed: string[] = [];
  const foreign: { path: string; stage: string }[] = [];
  for (const path of paths) {
    if (declared.has(path)) continue;
    const maker = graph.stages.findIndex((stage) => makes(stage, path));
    if (maker >= 0 && !upstream.has(maker)) foreign.push({ path, stage: (graph.stages[maker] as Stage).id });
    let digest: Digest | undefined;
    try {
      digest = await look(path);
    } catch (error) {
      if (error instanceof UnsupportedEntry) {
        return err(failures.badDiscovered(path, 'is or holds what is neither a file nor a folder'));
      }
      if (!(error instanceof UnstableFile)) throw environmentFailure('read an input', error);
    }
    const mtimeNs = fs.stat(inWorkspace(layout, path))?.mtimeNs;
    if (digest === undefined || mtimeNs === undefined || mtimeNs >= startedAt) changed.push(path);
    else inputs.push({ path, digest });
  }
  return ok({ inputs, changed, foreign });
}

function makes(stage: Stage, path: string): boolean {
  const items = stage.outputs.flatMap((port) => port.items);
  return items.some(
    (item) => item.path === path || path.startsWith(`${item.path}/`) || item.path.startsWith(`${path}/`),
  );
}
