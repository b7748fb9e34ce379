/** How every stage of a pipeline is, for `state:` and `graph --states`. Looks, changes nothing. */
import type { Stage } from '../model/pipeline.ts';
import type { PlannedStage } from '../model/plan.ts';
import { INTERRUPTED } from '../model/plan.ts';
import type { StageState, StageStates } from '../model/stage-state.ts';
import { explainPlan } from '../plan/explain-plan.ts';
import type { Plan } from '../plan/make-plan.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { WorkspaceState } from '../plan/workspace-state.ts';
import { stageKey } from '../store/index-file.ts';
import { listRuns, readRun } from '../store/run-records.ts';
import type { FrontEnd } from './loaded.ts';
import { openState } from './open-state.ts';
import type { EnginePorts } from './ports.ts';

/** Who failed longer ago, and was not tried since, is just stale. */
const RUNS_READ_MAX = 20;

/** Errors: those of the disk. */
export async function lookAtStates(ports: EnginePorts, dir: string, frontEnd: FrontEnd): Promise<StageStates> {
  const open = openState(ports, dir, frontEnd, { mode: 'look', readStore: true, forced: new Set() });
  const { state, layout } = open;
  const plan = await makePlan(state, [...frontEnd.graph.stages.keys()]);
  const planned = await explainPlan(state, plan);
  const states = new Map(planned.map((stage) => [stage.id, statesOf(stage)]));
  for (const { id, skip } of planned) {
    const isKnown = state.index.stages.has(stageKey(frontEnd.graph.pipeline.file, id));
    if (!isKnown && skip === undefined) states.get(id)?.add('new');
  }
  const stale = planned.filter(({ id }) => states.get(id)?.has('stale')).map(({ id }) => id);
  const builder = ports.lock.holder(layout.lock);
  for (const id of failedAmong(ports, layout.state, { ids: stale, pipeline: frontEnd.graph.pipeline.file, builder })) {
    states.get(id)?.add('failed');
  }
  markBlocked(state, plan, states);
  return states;
}

function statesOf({ decision, causes, skip, degraded, waiting, question }: PlannedStage): Set<StageState> {
  const states = new Set<StageState>();
  if (skip !== undefined) states.add('skipped');
  if (decision !== 'fresh') {
    states.add('stale');
    if (!waiting) states.add(decision);
  } else if (causes.length > 0) states.add('stale');
  else if (skip === undefined) states.add('fresh');
  if (degraded !== undefined) states.add('degraded');
  if (waiting || question) states.add('suspended');
  if (causes.some(({ after }) => after === INTERRUPTED)) states.add('interrupted');
  return states;
}

/** Consumers have a place behind their producers in the plan; who gathers from a fan-out waits for all of it. */
function markBlocked({ graph, fanOuts }: WorkspaceState, plan: Plan, states: Map<string, Set<StageState>>): void {
  const stopped = new Set<number>();
  for (const { index } of plan.stages) {
    const own = states.get((graph.stages[index] as Stage).id);
    const isBehind = (graph.producers[index] ?? []).some((producer) => stopped.has(producer));
    if (own?.has('stale') && isBehind) own.add('blocked');
    if (!own?.has('failed') && !own?.has('suspended') && !own?.has('blocked')) continue;
    stopped.add(index);
    const fanOut = fanOuts?.fanOutOf(index);
    if (fanOut !== undefined) stopped.add(fanOut);
  }
}

interface Asked {
  readonly ids: readonly string[];
  readonly pipeline: string;
  readonly builder: ReturnType<EnginePorts['lock']['holder']>;
}

/** Those whose last attempt that is on record failed. */
function failedAmong({ fs }: EnginePorts, stateDir: string, { ids, pipeline, builder }: Asked): string[] {
  const open = new Set(ids);
  const failed: string[] = [];
  if (open.size === 0) return failed;
  for (const { run_id: id } of listRuns(fs, stateDir, builder).slice(0, RUNS_READ_MAX)) {
    const record = readRun(fs, stateDir, id, builder);
    if (record?.pipeline !== pipeline) continue;
    for (const stage of open) {
      const outcome = record.stages[stage]?.outcome;
      if (outcome === 'failed') failed.push(stage);
      if (outcome === 'failed' || outcome === 'ran' || outcome === 'restored' || outcome === 'suspended') {
        open.delete(stage);
      }
    }
    if (open.size === 0) break;
  }
  return failed;
}
