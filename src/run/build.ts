/** A whole build: what is fresh is set aside, the rest is scheduled, and the index is written at the end. */

import { setMaxListeners } from 'node:events';
import type { FanOuts } from '../fan-out/fan-outs.ts';
import type { RunOutcome } from '../model/event.ts';
import type { Outcome, OutcomeCounts } from '../model/outcome.ts';
import { noOutcomes } from '../model/outcome.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Plan } from '../plan/make-plan.ts';
import type { Skips } from '../plan/skips.ts';
import { stageKey } from '../store/index-file.ts';
import { compareText } from '../util/compare.ts';
import type { Shortage } from './admission.ts';
import { Batches } from './batches.ts';
import type { BuildContext } from './build-context.ts';
import { EnvironmentFailure, environmentFailure } from './build-context.ts';
import { byRemainingPath } from './critical-path.ts';
import { limitsOf } from './demands.ts';
import { emit, startedText } from './events.ts';
import { FanOutProgress } from './fan-out-progress.ts';
import { expandFanOut, settleFanOut, skipFanOut } from './run-fan-out.ts';
import { RunProgress } from './run-progress.ts';
import { adoptFresh } from './run-stage.ts';
import type { Parts, Slot, Verdict } from './scheduler.ts';
import { schedule } from './scheduler.ts';
import { skipStage } from './skip-stage.ts';
import { warnStrayAnswers } from './suspend.ts';
import { consumersOutside, namedTransactions, Transaction } from './transactions.ts';
import { notStarted } from './try-stage.ts';

/** Few commands end at the same moment, and what got ready too early has to do it again. */
const AHEAD_MAX = 4;

export interface BuildOptions {
  readonly plan: Plan;
  readonly jobs: number;
  /** The whole build is one transaction: unless it ends done, every output goes back to what it was. */
  readonly atomic: boolean;
}

export interface Built {
  readonly outcome: RunOutcome;
  readonly counts: OutcomeCounts;
  readonly durationMs: number;
  /** Ids of the stages that needed nothing, in topological order. */
  readonly fresh: readonly string[];
  /** Knows which are as they should be because their `when` does not hold. */
  readonly skipped: Pick<Skips, 'has'>;
  /** By stage, the fingerprint it had when it was its turn; empty when it had none. */
  readonly tried: ReadonlyMap<number, string>;
  /** Stages that failed while an input was not what they were tried with; only of a round. */
  readonly unsteady: ReadonlySet<number>;
  /** When its stages ran, by the file system's clock in nanoseconds; only of a round, see `BuildContext`. */
  readonly ranBetween?: { readonly from: bigint; readonly until: bigint };
  /** The machine failed (disk full, no permission): why, in a sentence. */
  readonly environmentFailure: string | undefined;
}

export async function build(context: BuildContext, options: BuildOptions): Promise<Built> {
  const { state, clock } = context;
  const { graph } = state;
  const startedAt = clock.monotonicMs();
  const { plan, jobs } = options;
  const idOf = (stage: number) => (graph.stages[stage] as Stage).id;
  const durationOf = (stage: number) => state.index.stages.get(stageKey(graph.pipeline.file, idOf(stage)))?.duration_ms;

  // Every attempt that runs listens; more than ten listeners are not a leak.
  setMaxListeners(0, context.signal, context.killSignal);
  const { fanOuts } = state;
  const isInstance = (stage: number) => fanOuts?.fanOutOf(stage) !== undefined;
  // Where the instances of a fan-out are known, they are what counts.
  const planned = plan.stages.filter(({ isExpanded }) => !isExpanded);
  const settled = planned.filter((one) => one.settled);
  for (const { index, decided } of settled) if (decided) adoptFresh(context, index, decided);
  const toDo = plan.stages.filter((one) => !one.settled && !isInstance(one.index)).map(({ index }) => index);

  const counts = noOutcomes();
  const fresh = settled.flatMap(({ index, skip }) => (skip ? [] : [index]));
  const made: number[] = [];
  const skipped = skippedAlready(context, settled);
  counts.fresh = fresh.length;
  counts.skipped = settled.length - fresh.length;
  emit(context, 'run_started', null, startedText(planned.length, planned.length - settled.length), {
    run_id: context.runId,
    pipeline: graph.pipeline.file,
    total: planned.length,
    fresh: fresh.length,
    ...(counts.skipped > 0 && { skipped: counts.skipped }),
    jobs,
    ...(graph.pipeline.pools && { pools: graph.pipeline.pools }),
    labels: {},
  });
  const durations = graph.stages.map((_, stage) => durationOf(stage));
  const restored = new Set(plan.stages.filter(({ decision }) => decision === 'restore').map(({ index }) => index));
  const progress = new RunProgress(context, { graph, toDo, durations, restored, jobs });
  warnStrayAnswers(context);
  const isCounted = new Set(plan.stages.filter(({ isExpanded }) => isExpanded).map(({ index }) => index));
  const aside = new Map(settled.map(({ index, skip }): [number, Outcome] => [index, skip ? 'skipped' : 'fresh']));
  const items = fanOuts && new FanOutProgress(context, aside);

  // One transaction around everything leaves nothing for those inside it to do.
  const whole = options.atomic ? new Transaction(context, toDo) : undefined;
  const transactions = whole ? [] : namedTransactions(context, toDo);
  const transactionOf = new Map(transactions.flatMap((one) => one.members.map((member) => [member, one] as const)));
  const among = new Set(toDo);

  let savedMs = 0;
  let failed = false;
  let environment: EnvironmentFailure | undefined;
  const counted = async (stage: number, work: () => Promise<Verdict>): Promise<Verdict> => {
    try {
      await (whole ?? transactionOf.get(stage))?.begin();
      const verdict = await work();
      fanOuts?.setAbsent(stage, verdict.outcome === 'skipped');
      counts[verdict.outcome]++;
      if (verdict.outcome === 'fresh') fresh.push(stage);
      if (verdict.outcome === 'ran' || verdict.outcome === 'restored') made.push(stage);
      if (verdict.outcome === 'restored') savedMs += durationOf(stage) ?? 0;
      if (verdict.outcome === 'failed' && graph.stages[stage]?.on_failure !== 'allow') failed = true;
      progress.ended(stage, verdict.outcome);
      items?.ended(stage);
      return verdict;
    } catch (error) {
      const failure = asEnvironmentFailure(error, idOf(stage));
      if (!failure) throw error;
      environment ??= failure;
      counts.cancelled++;
      emit(context, 'task_cancelled', idOf(stage), failure.message, { reason: failure.message });
      progress.ended(stage, 'cancelled');
      items?.ended(stage);
      return { outcome: 'cancelled', stops: 'all' };
    }
  };
  /** A fan-out has an outcome of its own only where its list is wrong, or what became of its items. */
  const expanded = async (among: FanOuts, stage: number, slot: Slot): Promise<Verdict | Parts> => {
    const turn = slot.turn();
    if (turn !== undefined && !(await turn)) {
      return counted(stage, async () => notStarted(context, graph.stages[stage] as Stage));
    }
    let found: Awaited<ReturnType<typeof expandFanOut>>;
    try {
      found = await expandFanOut(context, among, stage, whole ?? transactionOf.get(stage));
    } catch (error) {
      return counted(stage, () => Promise.reject(error));
    }
    if ('outcome' in found) {
      const verdict = found;
      return counted(stage, async () => verdict);
    }
    const { expansion } = found;
    const parts = items?.expanded(stage, expansion, isCounted.has(stage)) ?? [];
    progress.expanded(stage, parts, durationOf);
    const settle = async (outcomes: ReadonlyMap<Outcome, number>): Promise<Verdict> => {
      items?.settled(stage, expansion, outcomes);
      let verdict: Verdict = { outcome: 'cancelled', stops: 'all' };
      const isWell = await guarded(async () => {
        verdict = await settleFanOut(context, stage, expansion, outcomes);
      });
      const hasFailed = isWell && verdict.outcome === 'failed' && !outcomes.has('failed');
      return hasFailed ? counted(stage, async () => verdict) : verdict;
    };
    return { parts, settle };
  };
  /** False when the machine failed; the first time says what is wrong, the others are its echoes. */
  const guarded = async (doing: () => Promise<void>): Promise<boolean> => {
    try {
      await doing();
      return true;
    } catch (error) {
      if (!(error instanceof EnvironmentFailure)) throw error;
      environment ??= error;
      return false;
    }
  };
  const batches = new Batches(context);
  const limits = limitsOf(context, toDo);
  const from = context.isRound ? context.now() : undefined;
  await schedule({
    selected: toDo,
    producers: graph.producers,
    consumers: graph.consumers,
    before: byRemainingPath(
      graph,
      (stage) => durations[stage],
      (stage) => fanOuts?.fanOutOf(stage),
    ),
    jobs,
    limits: limits && {
      ...limits,
      clock,
      onWaiting: (stage, { short, pool }) => {
        emit(context, 'task_waiting', idOf(stage), waitingText(short, pool), { waits_for: short, pool: pool ?? null });
      },
    },
    signal: context.signal,
    // To be looked at begins a transaction, and is to gather for a batch.
    ahead: whole || transactions.length > 0 || batches.areAsked ? 0 : Math.min(jobs, AHEAD_MAX),
    onSlot: (stage) => progress.started(stage),
    perform: (stage, slot) =>
      fanOuts?.isFanOut(stage) ? expanded(fanOuts, stage, slot) : counted(stage, () => batches.run(stage, slot)),
    skip: (stage, by) => {
      context.skips.noteWith(stage, by);
      const reason = `Skipped with ${by.map(idOf).join(', ')}.`;
      if (fanOuts?.isFanOut(stage)) {
        const transaction = whole ?? transactionOf.get(stage);
        return counted(stage, () => skipFanOut(context, stage, reason, transaction));
      }
      return counted(stage, () => skipStage(context, graph.stages[stage] as Stage, reason));
    },
    gates: transactions.map((one) => ({
      members: one.members,
      waiting: consumersOutside(graph, one.members, among),
      settle: async (ended) => {
        // What is skipped by its `when` is as it should be.
        const broken = ended.filter((member) => !context.skips.has(member));
        const isWell = broken.length === 0;
        return (await guarded(() => (isWell ? one.commit() : one.putBack()))) && isWell;
      },
    })),
    onReady: (stage) => {
      batches.ready(graph.stages[stage] as Stage);
      const producers = graph.producers[stage]?.length ?? 0;
      emit(context, 'task_queued', idOf(stage), 'Its producers are done.', { producers });
    },
    onBlocked: (stage, by) => {
      counts.blocked++;
      const names = by.map(idOf);
      emit(context, 'task_blocked', idOf(stage), `Blocked by ${names.join(', ')}.`, { by: names });
      progress.ended(stage, 'blocked');
    },
    onCancelled: (stage) => {
      counts.cancelled++;
      emit(context, 'task_cancelled', idOf(stage), 'Not started.', { reason: 'not-started' });
      progress.ended(stage, 'cancelled');
    },
  });
  context.eventFiles.close();

  // Before anyone hears that it is over: what they write then is theirs.
  const ran = from === undefined ? {} : { ranBetween: { from, until: context.now() } };

  fresh.sort((a, b) => a - b);
  for (const stage of fresh) savedMs += durationOf(stage) ?? 0;
  const degraded = degradedAmong(context, [...fresh, ...made]);
  const outcomeSoFar = () =>
    outcomeOf(context.signal.aborted && counts.cancelled > 0, failed || environment !== undefined, counts);
  if (whole) await guarded(() => (outcomeSoFar() === 'done' ? whole.commit() : whole.putBack()));
  const outcome = outcomeSoFar();
  const durationMs = Math.round(clock.monotonicMs() - startedAt);
  emit(context, 'run_completed', null, `${outcome} in ${durationMs} ms.`, {
    run_id: context.runId,
    outcome,
    counts,
    duration_ms: durationMs,
    saved_ms: savedMs,
    fresh: fresh.map(idOf),
    ...(skipped && { skipped }),
    ...(degraded && { degraded }),
    ...(context.adopted.size > 0 && { adopted: Object.fromEntries(context.adopted) }),
  });
  const { tried, unsteady } = context;
  return {
    outcome,
    counts,
    durationMs,
    fresh: fresh.map(idOf),
    skipped: context.skips,
    tried,
    unsteady,
    ...ran,
    environmentFailure: environment?.message,
  };
}

/** By id, the strategy that made their outputs, of those whose own way failed; undefined when there are none. */
function degradedAmong({ state }: BuildContext, stages: readonly number[]): Record<string, string> | undefined {
  const { graph, index } = state;
  const found: [string, string][] = [];
  for (const at of stages) {
    const { id, fallback } = graph.stages[at] as Stage;
    const degraded = fallback && index.stages.get(stageKey(graph.pipeline.file, id))?.degraded;
    if (degraded !== undefined) found.push([id, degraded]);
  }
  return found.length === 0 ? undefined : Object.fromEntries(found.sort(([a], [b]) => compareText(a, b)));
}

/** By id, why stages are skipped of which nothing is left; undefined when there are none. */
function skippedAlready(context: BuildContext, settled: Plan['stages']): Readonly<Record<string, string>> | undefined {
  const found = settled.flatMap(({ index, skip }) => (skip ? [{ index, skip }] : []));
  if (found.length === 0) return undefined;
  for (const { index, skip } of found) context.skips.note(index, skip);
  return Object.fromEntries(found.map(({ index, skip }) => [context.state.graph.stages[index]?.id ?? '', skip.reason]));
}

function waitingText(short: Shortage, pool: string | undefined): string {
  switch (short) {
    case 'pool':
      return `It waits for a place in the pool ${JSON.stringify(pool)}.`;
    case 'rate':
      return `It waits for the next start of the pool ${JSON.stringify(pool)}.`;
    case 'cpus':
      return 'It waits for processors.';
    case 'memory':
      return 'It waits for memory.';
    case 'others':
      return 'It waits until nothing else runs.';
  }
}

/** An error with a code is one of the disk, wherever it came up; any other is a bug. */
function asEnvironmentFailure(error: unknown, stage: string): EnvironmentFailure | undefined {
  if (error instanceof EnvironmentFailure) return error;
  const isOfTheDisk = typeof (error as NodeJS.ErrnoException).code === 'string';
  return isOfTheDisk ? environmentFailure(`carry out stage ${JSON.stringify(stage)}`, error) : undefined;
}

function outcomeOf(interrupted: boolean, failed: boolean, counts: OutcomeCounts): RunOutcome {
  if (interrupted) return 'interrupted';
  if (failed) return 'failed';
  return counts.suspended > 0 ? 'suspended' : 'done';
}
