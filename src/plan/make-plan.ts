/**
 * What would happen, without doing any of it. Where a producer has yet to run its outputs are unknown, so its consumers
 * `may-run`: only if the bytes they read change.
 */
import { NeedsReading } from '../digest/file-digests.ts';
import type { DigestOf } from '../digest/resolve-inputs.ts';
import { digestOfPath } from '../digest/resolve-inputs.ts';
import { isUnreadable } from '../digest/unreadable.ts';
import type { Expansion } from '../fan-out/expansion.ts';
import type { FanOuts } from '../fan-out/fan-outs.ts';
import { goneOutputs } from '../fan-out/gone.ts';
import type { Digest } from '../model/digest.ts';
import type { Stage } from '../model/pipeline.ts';
import type { Decision } from '../model/plan.ts';
import type { Result } from '../util/result.ts';
import { err } from '../util/result.ts';
import type { Decided } from './decide.ts';
import { decide } from './decide.ts';
import type { Skip } from './skips.ts';
import { BrokenCondition, leftOf, Skips, skipWithMakers, withholdSkipped } from './skips.ts';
import type { WorkspaceState } from './workspace-state.ts';

export interface Plan {
  /** For each selected stage, in topological order. */
  readonly stages: readonly PlannedAction[];
}

export interface PlannedAction {
  readonly index: number;
  readonly decision: Decision;
  /** Undefined where producers have yet to run, and where nobody asks. */
  readonly decided: Decided | undefined;
  /** Indices of the producers that make it wait. */
  readonly pendingOn: readonly number[];
  /** Why its inputs cannot be looked at, or what is wrong with its `when`. */
  readonly unreadable: Error | undefined;
  /** It is skipped; undefined also where that is not known yet. To be run means that its outputs are to be removed. */
  readonly skip?: Skip;
  /** Whether it is skipped is not known yet. */
  readonly mayBeSkipped?: true;
  /** Why it cannot run whatever its inputs are: of a fan-out its list, of an instance its item. Sentences. */
  readonly problem?: string;
  /** A fan-out whose instances are in the plan, right before it. */
  readonly isExpanded?: true;
  /**
   * Nothing to do and nothing to check, and so for all it reads from: what is fresh only once a producer has been
   * restored is looked at again, since its producer may turn out to have to run.
   */
  readonly settled: boolean;
}

export interface PlanOptions {
  /** What decided about an instance is not kept, since it is looked at again; there may be 100,000 of them. */
  readonly isLean?: boolean;
}

/** `selected` are declared stages, ascending. Each path is looked at once. */
export async function makePlan(
  state: WorkspaceState,
  selected: readonly number[],
  { isLean = false }: PlanOptions = {},
): Promise<Plan> {
  const planner = new Planner(state, await Skips.beside(state, selected), isLean);
  for (const index of selected) {
    if (state.fanOuts?.isFanOut(index)) await planner.fanOut(index, state.fanOuts);
    else await planner.stage(index);
  }
  return { stages: planner.stages };
}

class Planner {
  readonly stages: PlannedAction[] = [];
  readonly #state: WorkspaceState;
  readonly #skips: Skips;
  readonly #isLean: boolean;
  readonly #seen = new Map<string, Digest | undefined>();
  readonly #digestOf: DigestOf;
  /** What they will make is not known yet. */
  readonly #pending = new Set<number>();
  readonly #unsettled = new Set<number>();
  /** They are skipped, and what they made once is to be removed. */
  readonly #withdrawn = new Set<number>();
  /** Whether they are skipped is not known yet. */
  readonly #open = new Set<number>();

  constructor(state: WorkspaceState, skips: Skips, isLean: boolean) {
    this.#state = state;
    this.#isLean = isLean;
    this.#skips = skips;
    const look = lookOnce(state, this.#seen);
    // What a skipped instance made is gone by the time somebody reads it.
    this.#digestOf = (path) => (state.fanOuts?.isWithheld(path) ? undefined : look(path));
  }

  async stage(index: number): Promise<void> {
    const state = this.#state;
    const asked = this.#asked(index);
    if (await this.#skip(index, asked)) return;
    const pendingOn = [...new Set([...this.#pendingOn(index), ...asked])];
    const waiting = { index, pendingOn, decided: undefined, unreadable: undefined };
    const problem = state.fanOuts?.problemOf(index);
    if (problem !== undefined) {
      this.#pending.add(index);
      this.#add({ ...waiting, decision: 'run', problem });
      return;
    }
    const mayBeSkipped = this.#mayBeSkipped(index, asked);
    if (pendingOn.length > 0) {
      this.#pending.add(index);
      const always = state.forced.has(index) || (state.graph.stages[index] as Stage).always;
      const decision = always && !mayBeSkipped ? 'run' : 'may-run';
      this.#add({ ...waiting, decision, ...(mayBeSkipped && { mayBeSkipped }) });
      return;
    }
    try {
      const decided = await decide(state, index, this.#digestOf);
      const skip = skipWithMakers(state, decided.missingInputs);
      if (skip) {
        this.#skips.note(index, skip);
        this.#addSkipped(index, skip);
        return;
      }
      if (decided.decision === 'run') this.#pending.add(index);
      if (decided.decision === 'restore' && !simulate(state, index, decided, this.#seen)) this.#pending.add(index);
      if (decided.result) this.#skips.noteMetrics((state.graph.stages[index] as Stage).id, decided.result.metrics);
      const settled = decided.decision === 'fresh' && !decided.contractChanged;
      this.#add(
        { ...waiting, decision: decided.decision, decided: this.#isKept(index, decided) ? decided : undefined },
        settled && !(state.graph.producers[index] ?? []).some((producer) => this.#unsettled.has(producer)),
      );
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.#pending.add(index);
      this.#add({ ...waiting, decision: 'run', unreadable: error });
    }
  }

  /** What the store knew and the index did not is written down later. */
  #isKept(index: number, { decision, result }: Decided): boolean {
    const isInstance = this.#state.fanOuts?.fanOutOf(index) !== undefined;
    return !this.#isLean || !isInstance || (decision === 'fresh' && result !== undefined);
  }

  /** Its instances, if its list is final; else all that is known is that it may run. */
  async fanOut(index: number, fanOuts: FanOuts): Promise<void> {
    const asked = this.#asked(index);
    if (await this.#skip(index, asked)) return;
    const waiting = { index, decided: undefined, unreadable: undefined };
    const lists = [...new Set((this.#state.graph.list_producers?.[index] ?? []).flat())];
    const pendingOn = [...new Set([...lists.filter((producer) => this.#pending.has(producer)), ...asked])];
    const mayBeSkipped = this.#mayBeSkipped(index, asked);
    if (pendingOn.length > 0) {
      this.#pending.add(index);
      const decision = this.#state.forced.has(index) && !mayBeSkipped ? 'run' : 'may-run';
      this.#add({ ...waiting, pendingOn, decision, ...(mayBeSkipped && { mayBeSkipped }) });
      return;
    }
    const expanded = await this.#expand(index, fanOuts);
    if (!expanded.ok) {
      this.#pending.add(index);
      this.#add({ ...waiting, ...expanded.error, pendingOn: [], decision: 'run' });
      return;
    }
    const { instances } = expanded.value;
    await withholdSkipped(fanOuts, expanded.value, this.#skips);
    for (const instance of instances) await this.stage(instance);
    const isPending = instances.some((instance) => this.#pending.has(instance) || this.#withdrawn.has(instance));
    const gone = isPending ? [] : goneOutputs(this.#state, index, expanded.value);
    if (isPending || gone.length > 0) this.#pending.add(index);
    const settled = gone.length === 0 && !instances.some((instance) => this.#unsettled.has(instance));
    const decision = isPending || gone.length > 0 ? 'run' : settled ? 'fresh' : 'may-run';
    this.#add({ ...waiting, pendingOn: [], decision, isExpanded: true }, settled);
  }

  /** Those whose metrics decide whether it is skipped, as far as they are not known. */
  #asked(index: number): number[] {
    return this.#skips.asks(index).filter((producer) => this.#pending.has(producer));
  }

  /** Whether nothing more is to be planned for it: it is skipped, or its condition cannot be worked out. */
  async #skip(index: number, asked: readonly number[]): Promise<boolean> {
    if (asked.length > 0 && !this.#skips.isCertain(index)) return false;
    const found = await lookForSkip(this.#skips, index);
    if (!found) {
      this.#state.fanOuts?.setAbsent(index, false);
      return false;
    }
    const planned = { index, decided: undefined, pendingOn: [], unreadable: undefined };
    if (found instanceof BrokenCondition) {
      this.#pending.add(index);
      this.#add({ ...planned, decision: 'run', unreadable: found });
      return true;
    }
    this.#addSkipped(index, found);
    return true;
  }

  #addSkipped(index: number, skip: Skip): void {
    // What it would make is not there to be gathered.
    this.#state.fanOuts?.setAbsent(index, true);
    const isLeft = leftOf(this.#state, index).length > 0;
    if (isLeft) this.#withdrawn.add(index);
    const { on, of } = skip.rests;
    const isSettled = (from: number) => !this.#unsettled.has(from);
    const rests = on === 'all' ? of.every(isSettled) : of.some(isSettled);
    const planned = { index, decided: undefined, pendingOn: [], unreadable: undefined };
    this.#add({ ...planned, skip, decision: isLeft ? 'run' : 'fresh' }, !isLeft && rests);
  }

  #mayBeSkipped(index: number, asked: readonly number[]): boolean {
    const producers = this.#open.size > 0 ? (this.#state.graph.producers[index] ?? []) : [];
    const may = asked.length > 0 || producers.some((from) => this.#open.has(from));
    if (may) this.#open.add(index);
    return may;
  }

  async #expand(
    index: number,
    fanOuts: FanOuts,
  ): Promise<Result<Expansion, Pick<PlannedAction, 'problem' | 'unreadable'>>> {
    try {
      const expanded = await fanOuts.expand(index, this.#digestOf);
      return expanded.ok ? expanded : err({ problem: expanded.error.message, unreadable: undefined });
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return err({ unreadable: error });
    }
  }

  /** Producers that make it wait: of a fan-out only if an instance does that makes what is read. */
  #pendingOn(index: number): number[] {
    const { fanOuts, graph } = this.#state;
    const isPending = (producer: number) => this.#pending.has(producer);
    if (!fanOuts) return dataProducers(this.#state, index).filter(isPending);
    const isInstance = fanOuts.fanOutOf(index) !== undefined;
    const found = new Set<number>();
    let flat = 0;
    for (const port of (graph.stages[index] as Stage).inputs) {
      for (const { kind, path } of port.items) {
        const producers = graph.item_producers[index]?.[flat++] ?? [];
        const maker = kind === 'file' ? fanOuts.makerOf(path) : undefined;
        if (maker !== undefined) {
          if (isPending(maker)) found.add(fanOuts.fanOutOf(maker) ?? maker);
          continue;
        }
        for (const producer of producers) {
          // Whose instances are all known makes no other files.
          const isKnown = isInstance && kind === 'file' && fanOuts.of(producer)?.ok === true;
          if (isPending(producer) && !isKnown) found.add(producer);
        }
      }
    }
    return [...found].sort((a, b) => a - b);
  }

  #add(action: Omit<PlannedAction, 'settled'>, settled = false): void {
    this.stages.push({ ...action, settled });
    if (!settled) this.#unsettled.add(action.index);
  }
}

async function lookForSkip(skips: Skips, index: number): Promise<Skip | BrokenCondition | undefined> {
  try {
    return await skips.look(index);
  } catch (error) {
    if (!(error instanceof BrokenCondition)) throw error;
    return error;
  }
}

/**
 * The plan when there is nothing to do, nothing to check and nothing to learn; undefined as soon as there is something,
 * a file that would have to be read included. Needs no lock: what is true now is true whoever else is building.
 */
export async function planIfIdle(
  state: WorkspaceState,
  selected: readonly number[],
  digestOf: DigestOf = lookOnce(state, new Map()),
): Promise<Plan | undefined> {
  const stages: PlannedAction[] = [];
  try {
    const skips = await Skips.beside(state, selected);
    for (const index of selected) {
      const { fanOuts } = state;
      const nothing = {
        decision: 'fresh',
        decided: undefined,
        pendingOn: [],
        unreadable: undefined,
        settled: true,
      } as const;
      const skip = await skips.look(index);
      if (skip) {
        if (leftOf(state, index).length > 0) return undefined;
        stages.push({ index, ...nothing, skip });
        continue;
      }
      const isFanOut = fanOuts?.isFanOut(index) === true;
      const expanded = isFanOut ? await fanOuts.expand(index, digestOf) : undefined;
      if (expanded && (!expanded.ok || goneOutputs(state, index, expanded.value).length > 0)) return undefined;
      if (expanded?.ok && fanOuts) await withholdSkipped(fanOuts, expanded.value, skips);
      for (const at of expanded?.ok ? expanded.value.instances : [index]) {
        if (fanOuts?.problemOf(at) !== undefined) return undefined;
        const skipped = at === index ? undefined : await skips.look(at);
        fanOuts?.setAbsent(at, skipped !== undefined);
        if (skipped) {
          if (leftOf(state, at).length > 0) return undefined;
          stages.push({ index: at, ...nothing, skip: skipped });
          continue;
        }
        const decided = await decide(state, at, digestOf);
        const withMakers = skipWithMakers(state, decided.missingInputs);
        if (withMakers) {
          if (leftOf(state, at).length > 0) return undefined;
          skips.note(at, withMakers);
          fanOuts?.setAbsent(at, true);
          stages.push({ index: at, ...nothing, skip: withMakers });
          continue;
        }
        if (decided.decision !== 'fresh' || decided.contractChanged || decided.result) return undefined;
        stages.push({ index: at, ...nothing });
      }
      if (isFanOut) stages.push({ index, ...nothing, isExpanded: true });
    }
  } catch (error) {
    if (error instanceof NeedsReading || error instanceof BrokenCondition || isUnreadable(error)) return undefined;
    throw error;
  }
  return { stages };
}

/** Each path is looked at once, however many stages read it. */
function lookOnce(state: WorkspaceState, seen: Map<string, Digest | undefined>): DigestOf {
  const look = digestOfPath(state.digests);
  return (path) => {
    if (seen.has(path)) return seen.get(path);
    const digest = look(path);
    if (!(digest instanceof Promise)) {
      seen.set(path, digest);
      return digest;
    }
    return digest.then((known) => {
      seen.set(path, known);
      return known;
    });
  };
}

/** Producers whose outputs the stage reads; `needs` is order only. */
function dataProducers(state: WorkspaceState, index: number): number[] {
  return [...new Set((state.graph.item_producers[index] ?? []).flat())].sort((a, b) => a - b);
}

/**
 * Consumers of a restored stage see its outputs as they will be. True when that is possible: every consumer reads the
 * very paths; a folder around them, or a glob, would have to be on the disk to be listed.
 */
function simulate(
  state: WorkspaceState,
  index: number,
  decided: Decided,
  seen: Map<string, Digest | undefined>,
): boolean {
  const outputs = new Map(decided.result?.outputs.map(({ path, digest }) => [path, digest]));
  // What links in a folder lead to counts for who reads it, and is known once the folder is there.
  const hasLinks = (digest: Digest) => state.blobs.readTree(digest)?.some(({ type }) => type === 'link') === true;
  if ([...outputs.values()].some((digest) => digest.startsWith('d') && hasLinks(digest))) return false;
  for (const [path, digest] of outputs) seen.set(path, digest);
  // Who reads what an instance makes is known of its fan-out; files are all there is to it.
  const declared = state.fanOuts?.fanOutOf(index);
  const readers = state.graph.consumers[declared ?? index] ?? [];
  return readers.every((consumer) => {
    const { inputs, foreach } = state.graph.stages[consumer] as Stage;
    const items = inputs.flatMap((port) => port.items);
    const lists = foreach?.in.items ?? [];
    // A list must be on the disk to be read.
    if (lists.some((_, at) => state.graph.list_producers?.[consumer]?.[at]?.includes(declared ?? index))) return false;
    return items.every(
      (item, flat) =>
        !state.graph.item_producers[consumer]?.[flat]?.includes(declared ?? index) ||
        outputs.has(item.path) ||
        (declared !== undefined && (item.kind === 'gather' || item.kind === 'file')),
    );
  });
}
