/**
 * A fan-out from ready to its outcome: it is expanded, its instances are done by the scheduler, and then what is gone from its
 * list is taken away (design-notes, "Fan-out").
 */
import { digestOfPath } from '../digest/resolve-inputs.ts';
import { isUnreadable } from '../digest/unreadable.ts';
import type { Expansion } from '../fan-out/expansion.ts';
import { NO_INSTANCES } from '../fan-out/expansion.ts';
import type { FanOuts } from '../fan-out/fan-outs.ts';
import type { GoneOutput } from '../fan-out/gone.ts';
import { goneOutputs, itemFolders, outputsInTheWay } from '../fan-out/gone.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Foreach, Stage } from '../model/pipeline.ts';
import { BrokenCondition, skipSentence, withholdSkipped } from '../plan/skips.ts';
import { stageKey } from '../store/index-file.ts';
import type { BuildContext } from './build-context.ts';
import { emit, log } from './events.ts';
import * as failures from './failure.ts';
import type { Verdict } from './scheduler.ts';
import { skipStage, withdrawOutputs } from './skip-stage.ts';
import type { Transaction } from './transactions.ts';
import { outputPaths } from './transactions.ts';
import { failUnstarted } from './try-stage.ts';

/**
 * Its instances; or how it ended, because it has none. What may become of its outputs can be put back from then on. Errors:
 * rejects with `EnvironmentFailure` when the disk fails, else only for a bug.
 */
export async function expandFanOut(
  context: BuildContext,
  fanOuts: FanOuts,
  at: number,
  transaction: Transaction | undefined,
): Promise<Verdict | { readonly expansion: Expansion }> {
  const { graph } = context.state;
  const stage = graph.stages[at] as Stage;
  try {
    if (transaction) await includeOld(context, at, transaction);
    const skip = await context.skips.look(at);
    if (skip) return skipFanOut(context, at, skipSentence(skip));
    const expanded = await fanOuts.expand(at, digestOfPath(context.state.digests));
    if (expanded.ok) {
      await withholdSkipped(fanOuts, expanded.value, context.skips);
      const instances = expanded.value.instances.map((instance) => graph.stages[instance] as Stage);
      await transaction?.include(
        instances.map(({ id }) => id),
        instances.flatMap(outputPaths),
      );
      await clearTheWay(context, fanOuts, at, expanded.value);
      return { expansion: expanded.value };
    }
    return failUnstarted(context, stage, failures.listFailed(expanded.error.code, expanded.error.message));
  } catch (error) {
    if (error instanceof BrokenCondition) return failUnstarted(context, stage, failures.whenFailed(error.message));
    if (!isUnreadable(error)) throw error;
    return failUnstarted(context, stage, failures.inputUnreadable(error.message));
  }
}

/** Errors: rejects with `EnvironmentFailure` when the disk fails, else only for a bug. */
export async function settleFanOut(
  context: BuildContext,
  at: number,
  expansion: Expansion,
  outcomes: ReadonlyMap<Outcome, number>,
): Promise<Verdict> {
  const stage = context.state.graph.stages[at] as Stage;
  for (const outcome of ['failed', 'suspended', 'cancelled', 'blocked'] as const) {
    if (outcomes.has(outcome)) return { outcome, stops: 'consumers' };
  }
  const dropped = expansion.instances.filter((instance) => context.dropped.has(instance)).length;
  const total = expansion.instances.length;
  const most = stage.foreach?.max_skipped;
  if (most !== undefined && dropped > mostOf(most, total)) {
    return failUnstarted(context, stage, failures.tooManyDropped(dropped, total, mostText(most)));
  }
  if (await isOutdated(context, expansion)) {
    const message = 'Its list changed while it ran; the next build looks at the new one.';
    log(context, 'warning', stage.id, message, 'list-changed');
  } else await removeGone(context, at, expansion);
  return { outcome: outcomes.has('ran') ? 'ran' : 'fresh', stops: 'nothing' };
}

/** A producer was skipped, so all that its instances made goes. Errors: as of `settleFanOut`. */
export async function skipFanOut(
  context: BuildContext,
  at: number,
  reason: string,
  transaction?: Transaction,
): Promise<Verdict> {
  const stage = context.state.graph.stages[at] as Stage;
  if (transaction) await includeOld(context, at, transaction);
  await removeGone(context, at, NO_INSTANCES);
  return skipStage(context, { ...stage, outputs: [] }, reason);
}

/** All that it made once, which may go. */
async function includeOld(context: BuildContext, at: number, transaction: Transaction): Promise<void> {
  const old = goneOutputs(context.state, at, NO_INSTANCES);
  await transaction.include(
    [...new Set(old.map(({ stage }) => stage))],
    old.map(({ path }) => path),
  );
}

function mostOf(most: NonNullable<Foreach['max_skipped']>, total: number): number {
  return 'count' in most ? most.count : most.share * total;
}

function mostText(most: NonNullable<Foreach['max_skipped']>): string {
  return 'count' in most ? String(most.count) : `${Number((most.share * 100).toFixed(3))}%`;
}

async function isOutdated(context: BuildContext, { lists }: Expansion): Promise<boolean> {
  const digestOf = digestOfPath(context.state.digests);
  try {
    for (const { path, digest } of lists) if ((await digestOf(path)) !== digest) return true;
    return false;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return true;
  }
}

async function removeGone(context: BuildContext, at: number, expansion: Expansion): Promise<void> {
  const { graph, fanOuts } = context.state;
  if (!fanOuts) return;
  const gone = goneOutputs(context.state, at, expansion);
  const absent = expansion.instances.filter((instance) => fanOuts.isAbsent(instance));
  const left = absent.flatMap((instance) => outputPaths(graph.stages[instance] as Stage));
  await takeAway(context, fanOuts, at, gone, left);
}

/** What must go before the items start; see `outputsInTheWay`. */
async function clearTheWay(context: BuildContext, fanOuts: FanOuts, at: number, expansion: Expansion): Promise<void> {
  await takeAway(context, fanOuts, at, outputsInTheWay(context.state, fanOuts, at, expansion), []);
}

/** `left`: paths at which nothing is any more, whose folders may go. */
async function takeAway(
  context: BuildContext,
  fanOuts: FanOuts,
  at: number,
  gone: readonly GoneOutput[],
  left: readonly string[],
): Promise<void> {
  if (gone.length === 0 && left.length === 0) return;
  const { index, graph } = context.state;
  const paths = gone.map(({ path }) => path);
  const { id } = graph.stages[at] as Stage;
  const folders = itemFolders(graph, fanOuts, at, [...paths, ...left]);
  const changes = await withdrawOutputs(context, id, paths, 'Its item is not in the list any more', folders);
  for (const { stage } of gone) index.stages.delete(stageKey(graph.pipeline.file, stage));
  if (changes.length === 0) return;
  const many = changes.length === 1 ? '1 output' : `${changes.length} outputs`;
  const message = `Removed ${many} of items that are not in the list any more.`;
  emit(context, 'log', id, message, { level: 'info', code: 'items-gone', stream: 'wrangle', changes });
}
