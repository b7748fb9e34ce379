/**
 * Which stages are skipped because of a `when` that does not hold: their own, or that of a stage they wait for. A stage is
 * asked about once those it waits for were. Looks, changes nothing.
 */
import { type Expansion, NO_INSTANCES } from '../fan-out/expansion.ts';
import { goneOutputs } from '../fan-out/gone.ts';
import type { Metrics } from '../language/condition.ts';
import { checkWhen } from '../language/condition.ts';
import type { StageGraph } from '../model/graph.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Cause } from '../model/plan.ts';
import type { IndexedStage, WorkspaceIndex } from '../store/index-file.ts';
import { stageKey } from '../store/index-file.ts';
import { standing } from '../store/withdraw.ts';
import type { Result } from '../util/result.ts';
import type { WorkspaceState } from './workspace-state.ts';

export interface Skip {
  /** `its "when" is false`, `skipped with a, b`. */
  readonly reason: string;
  /** It is skipped if these are as they are: all of them, or any. */
  readonly rests: { readonly on: 'all' | 'any'; readonly of: readonly number[] };
}

/** As a stage is told of. */
export function skipSentence({ reason }: Skip): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
}

/** Its message is a sentence. */
export class BrokenCondition extends Error {
  override readonly name = 'BrokenCondition';
}

export class Skips {
  readonly #state: Pick<WorkspaceState, 'graph' | 'index'>;
  readonly #skipped = new Map<number, Skip>();
  /** Of what is done and not in the index yet. */
  readonly #measured = new Map<string, Metrics>();
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #hasConditions: boolean;

  private constructor(state: Pick<WorkspaceState, 'graph' | 'index'>) {
    this.#state = state;
    this.#hasConditions = state.graph.stages.some(({ when }) => when !== undefined);
    this.#indexOf = new Map(this.#hasConditions ? state.graph.stages.map(({ id }, at) => [id, at]) : []);
  }

  /** What is known of stages that nobody will ask about: all but those of `asked`. */
  static async beside(state: Pick<WorkspaceState, 'graph' | 'index'>, asked: Iterable<number>): Promise<Skips> {
    const skips = new Skips(state);
    if (!skips.#hasConditions) return skips;
    const among = new Set(asked);
    for (const at of state.graph.stages.keys()) {
      if (among.has(at)) continue;
      try {
        await skips.look(at);
      } catch (error) {
        // It failed, and will again when it is its turn.
        if (!(error instanceof BrokenCondition)) throw error;
      }
    }
    return skips;
  }

  /** Undefined: it is not skipped. Errors: `BrokenCondition`. */
  async look(at: number): Promise<Skip | undefined> {
    if (!this.#hasConditions) return undefined;
    const skip = await this.#find(at);
    if (skip) this.#skipped.set(at, skip);
    return skip;
  }

  /** Whether it is known to be. */
  has(at: number): boolean {
    return this.#skipped.has(at);
  }

  /** It was found before. */
  note(at: number, skip: Skip): void {
    this.#skipped.set(at, skip);
  }

  /** It was skipped with others; what they were skipped for is so for it. */
  noteWith(at: number, producers: readonly number[]): void {
    const skip = this.#with(producers);
    if (skip) this.#skipped.set(at, skip);
  }

  /** What a stage measured that is fresh or can be restored, where the index does not say. */
  noteMetrics(stage: string, metrics: Metrics): void {
    if (this.#hasConditions) this.#measured.set(stage, metrics);
  }

  /** Stages whose metrics decide, unless it is skipped with a producer anyway. */
  asks(at: number): readonly number[] {
    if (!this.#hasConditions) return [];
    const { when } = this.#state.graph.stages[at] as Stage;
    const ids = when ? when.stages : [];
    return ids.map((id) => this.#indexOf.get(id)).filter((index) => index !== undefined);
  }

  /** Skipped whatever else is decided: for what the pipeline says, or with a producer. */
  isCertain(at: number): boolean {
    const { graph } = this.#state;
    return graph.stages[at]?.when === false || (graph.producers[at] ?? []).some((from) => this.#skipped.has(from));
  }

  /** Whether the `when` of a strategy holds, once whose metrics it speaks of are done. Errors: a sentence. */
  holds(asking: Pick<Stage, 'when' | 'item'>): Promise<Result<boolean, string>> {
    const { graph, index } = this.#state;
    return checkWhen(asking, (id) => this.#measured.get(id) ?? metricsIn(index, graph, id));
  }

  async #find(at: number): Promise<Skip | undefined> {
    const { graph } = this.#state;
    const stage = graph.stages[at] as Stage;
    if (stage.when === false) return { reason: IS_FALSE, rests: { on: 'all', of: [] } };
    const withOthers = this.#with(graph.producers[at] ?? []);
    if (withOthers || stage.when === undefined || (stage.foreach && stage.when.item)) return withOthers;
    const holds = await this.holds(stage);
    if (!holds.ok) throw new BrokenCondition(holds.error);
    return holds.value ? undefined : { reason: IS_FALSE, rests: { on: 'all', of: this.asks(at) } };
  }

  #with(producers: readonly number[]): Skip | undefined {
    const of = producers.filter((from) => this.#skipped.has(from));
    if (of.length === 0) return undefined;
    const names = of.map((from) => this.#state.graph.stages[from]?.id ?? '');
    return { reason: `skipped with ${names.join(', ')}`, rests: { on: 'any', of } };
  }
}

/** Of instances that are not asked for, those that are skipped have nothing to gather. */
export async function withholdSkipped(
  fanOuts: NonNullable<WorkspaceState['fanOuts']>,
  { all, instances, isPartial }: Expansion,
  skips: Skips,
): Promise<void> {
  if (!isPartial) return;
  const asked = new Set(instances);
  for (const at of all) {
    if (asked.has(at)) continue;
    try {
      fanOuts.setAbsent(at, (await skips.look(at)) !== undefined);
    } catch (error) {
      // Whoever runs it says what is wrong with its condition.
      if (!(error instanceof BrokenCondition)) throw error;
    }
  }
}

/**
 * Whether it is skipped because instances were that would have made what it reads; undefined also when something is missing
 * beside that, `missing` being all that is.
 */
export function skipWithMakers(
  { fanOuts, graph }: Pick<WorkspaceState, 'fanOuts' | 'graph'>,
  missing: readonly string[],
): Skip | undefined {
  if (!fanOuts || missing.length === 0) return undefined;
  const of = new Set<number>();
  for (const path of missing) {
    const maker = fanOuts.makerOf(path);
    if (maker === undefined || !fanOuts.isAbsent(maker)) return undefined;
    of.add(maker);
  }
  const names = [...of].map((at) => graph.stages[at]?.id ?? '');
  return { reason: `skipped with ${names.join(', ')}`, rests: { on: 'any', of: [...of] } };
}

const IS_FALSE = 'its "when" is false';

/** Of a stage that is done: what it measured when it made what is there. */
function metricsIn(index: WorkspaceIndex, graph: StageGraph, id: string): IndexedStage['metrics'] {
  return index.stages.get(stageKey(graph.pipeline.file, id))?.metrics;
}

/** The paths at which there still is something of a stage that is skipped. */
export function leftOf(state: WorkspaceState, at: number): string[] {
  const { outputs, foreach } = state.graph.stages[at] as Stage;
  const made = foreach
    ? goneOutputs(state, at, NO_INSTANCES).map(({ path }) => path)
    : outputs.flatMap((port) => port.items.map(({ path }) => path));
  return standing(state, made);
}

/** Why a stage that is skipped has something to do. */
export function leftCauses({ index }: WorkspaceState, paths: readonly string[]): Cause[] {
  return paths.map((path) => ({
    part: 'output',
    change: 'removed',
    name: path,
    before: index.outputs.get(path)?.digest,
    after: undefined,
  }));
}

/** Why a stage runs only to fail. */
export function brokenCause({ message }: BrokenCondition): Cause {
  return { part: 'version', change: 'changed', name: 'when', before: undefined, after: message };
}
