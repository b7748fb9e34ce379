/** Why each stage of a plan is to be done, as `plan`, `status` and `why` tell it. */
import { goneOutputs } from '../fan-out/gone.ts';
import { declaredId } from '../model/instance.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Cause, PlannedStage } from '../model/plan.ts';
import { stageKey, stageOfKey } from '../store/index-file.ts';
import type { Decided } from './decide.ts';
import { explain, explainPending, explainUnreadable } from './explain.ts';
import type { Plan, PlannedAction } from './make-plan.ts';
import { BrokenCondition, brokenCause, leftCauses, leftOf } from './skips.ts';
import { unansweredQuestion } from './waiting.ts';
import type { WorkspaceState } from './workspace-state.ts';

/** Opens the records of what is not fresh. */
export async function explainPlan(state: WorkspaceState, plan: Plan): Promise<PlannedStage[]> {
  const stages: PlannedStage[] = [];
  for (const planned of plan.stages) {
    if (!planned.isExpanded) stages.push(await explainOne(state, planned));
    else stages.push(...explainGone(state, planned.index));
  }
  return stages;
}

/** A fan-out whose instances are in the plan has something to do itself where items are gone from its list. */
function explainGone(state: WorkspaceState, index: number): PlannedStage[] {
  const expanded = state.fanOuts?.of(index);
  const gone = expanded?.ok ? goneOutputs(state, index, expanded.value) : [];
  if (gone.length === 0) return [];
  const causes = gone.map(({ path, stage }): Cause => {
    return { part: 'output', change: 'removed', name: path, before: stage, after: undefined };
  });
  return [{ id: (state.graph.stages[index] as Stage).id, decision: 'run', causes }];
}

async function explainOne(
  state: WorkspaceState,
  { index, decision, decided, pendingOn, unreadable, problem, skip, mayBeSkipped }: PlannedAction,
): Promise<PlannedStage> {
  const { id, foreach, when } = state.graph.stages[index] as Stage;
  if (skip) return { id, decision, causes: leftCauses(state, leftOf(state, index)), skip: skip.reason };
  if (unreadable instanceof BrokenCondition) return { id, decision, causes: [brokenCause(unreadable)] };
  if (problem !== undefined) {
    return {
      id,
      decision,
      causes: [{ part: 'input', change: 'changed', name: '', before: undefined, after: problem }],
    };
  }
  if (foreach && !unreadable) {
    const known = [...state.index.stages.keys()].filter((key) => declaredId(stageOfKey(key)) === id);
    const up_to = known.filter((key) => key.startsWith(stageKey(state.graph.pipeline.file, id))).length;
    const from = pendingOn.map((producer) => (state.graph.stages[producer] as Stage).id);
    const causes = from.map(
      (name): Cause => ({ part: 'input', change: 'upstream', name, before: undefined, after: undefined }),
    );
    return { id, decision, causes, items: { up_to } };
  }
  if (unreadable) return { id, decision, causes: explainUnreadable(unreadable) };
  if (decided) {
    const { waiting } = decided;
    const question = decision === 'run' ? (waiting ?? openQuestion(state, id, decided)) : undefined;
    const degraded = degradedOf(state, id, decided);
    return { id, decision, causes: explain(state, index, decided), waiting, question, ...(degraded && { degraded }) };
  }
  const causes = await explainPending(state, index, pendingOn);
  const asks = when ? when.stages.filter((stage) => pendingOn.some((at) => state.graph.stages[at]?.id === stage)) : [];
  if (asks.length > 0) return { id, decision, causes, asks };
  const certain = !mayBeSkipped && causes.some((cause) => cause.change !== 'upstream');
  return { id, decision: certain ? 'run' : decision, causes };
}

function degradedOf({ graph, index }: WorkspaceState, id: string, { decision, result }: Decided): string | undefined {
  if (decision === 'run') return undefined;
  return result ? result.degraded : index.stages.get(stageKey(graph.pipeline.file, id))?.degraded;
}

function openQuestion({ graph, index }: WorkspaceState, id: string, { base, answers }: Decided) {
  return unansweredQuestion(id, index.questions.get(stageKey(graph.pipeline.file, id)), base, answers);
}
