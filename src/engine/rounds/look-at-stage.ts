/**
 * How a stage of a watched pipeline is compared with how the last round left it (design-notes, "Watching"). A fan-out is as
 * it should be when all its instances are; its list is read anew for each look. Changes nothing but what is known of tries.
 */
import type { DigestOf } from '../../digest/resolve-inputs.ts';
import { digestOfPath, inputDigests } from '../../digest/resolve-inputs.ts';
import { isUnreadable } from '../../digest/unreadable.ts';
import { goneOutputs } from '../../fan-out/gone.ts';
import type { Stage } from '../../model/pipeline.ts';
import { decide, triedAs } from '../../plan/decide.ts';
import { BrokenCondition, leftOf, type Skips } from '../../plan/skips.ts';
import type { WorkspaceState } from '../../plan/workspace-state.ts';
import { sha256 } from '../../util/hash.ts';
import type { TriedStages } from './tried-stages.ts';

export interface Look {
  /** It is as it should be. */
  readonly isFresh: boolean;
  /** All that it would be tried with, see `triedAs`; of a fan-out, all that its instances would be. */
  readonly now: string;
  /** Ids of what is to be tried: the stage, or instances of it. */
  readonly stale: readonly string[];
  /** What those read. */
  readonly inputs: readonly string[];
}

export class StageLooks {
  readonly #state: WorkspaceState;
  readonly #skips: Skips;
  readonly #tries: TriedStages;
  readonly #dropped: ReadonlySet<string>;
  readonly #digestOf: DigestOf;

  /** `dropped`: ids of instances that the last round with them dropped. */
  constructor(state: WorkspaceState, skips: Skips, tries: TriedStages, dropped: ReadonlySet<string>) {
    this.#state = state;
    this.#dropped = dropped;
    this.#skips = skips;
    this.#tries = tries;
    this.#digestOf = digestOfPath(state.digests);
  }

  /** Errors: those of reading, see `isUnreadable`. */
  async at(at: number): Promise<Look> {
    const { fanOuts } = this.#state;
    return fanOuts?.isFanOut(at) ? this.#fanOut(at) : this.#stage(at);
  }

  /** Expands the fan-outs that these stages gather from, but for those among `except`. */
  async expandFor(stages: Iterable<number>, except: ReadonlySet<number>): Promise<void> {
    const { fanOuts, graph } = this.#state;
    if (!fanOuts) return;
    const needed = new Set(stages);
    for (let at = graph.stages.length - 1; at >= 0; at--) {
      if (needed.has(at)) for (const producer of graph.producers[at] ?? []) needed.add(producer);
    }
    for (const at of [...needed].sort((a, b) => a - b)) {
      if (!fanOuts.isFanOut(at) || except.has(at)) continue;
      try {
        const expanded = await fanOuts.expand(at, this.#digestOf);
        if (!expanded.ok) continue;
        for (const instance of expanded.value.instances) {
          const { id } = graph.stages[instance] as Stage;
          fanOuts.setAbsent(instance, this.#dropped.has(id) || (await this.#isSkipped(instance)));
        }
      } catch (error) {
        // Whoever runs it says what is wrong with its list.
        if (!isUnreadable(error)) throw error;
      }
    }
  }

  async #isSkipped(at: number): Promise<boolean> {
    try {
      return (await this.#skips.look(at)) !== undefined;
    } catch (error) {
      if (error instanceof BrokenCondition) return false;
      throw error;
    }
  }

  async #stage(at: number): Promise<Look> {
    const { id, always } = this.#state.graph.stages[at] as Stage;
    const as = (now: string, more: Partial<Look> = {}): Look => {
      this.#tries.forgetOther(id, now);
      return { isFresh: false, now, stale: [id], inputs: [], ...more };
    };
    const problem = this.#state.fanOuts?.problemOf(at);
    const skip = problem === undefined ? await this.#skip(at) : problem;
    if (skip === 'skipped') return as('', { isFresh: true, stale: [] });
    if (skip === 'to-skip') return { isFresh: false, now: '', stale: [id], inputs: [] };
    const isTried = (now: string, isInPlace = () => false) => this.#tries.isTriedWith({ id, always }, now, isInPlace);
    if (skip !== undefined) {
      const look = as(skip);
      return isTried(skip) ? { ...look, stale: [] } : look;
    }
    const decided = await decide(this.#state, at, this.#digestOf);
    const now = triedAs(decided);
    const look = as(now, { inputs: [...inputDigests(decided.inputs).keys()] });
    if (decided.decision === 'fresh' && !decided.contractChanged) return { ...look, isFresh: true, stale: [] };
    const { outputs } = this.#state.index;
    const isInPlace = () => [...decided.found].every(([path, digest]) => digest === outputs.get(path)?.digest);
    return isTried(now, isInPlace) ? { ...look, stale: [] } : look;
  }

  /** `skipped`: as it should be; `to-skip`: its outputs are to be removed. Else why nobody knows whether it is. */
  async #skip(at: number): Promise<string | undefined> {
    try {
      const skip = await this.#skips.look(at);
      if (skip) return leftOf(this.#state, at).length === 0 ? 'skipped' : 'to-skip';
    } catch (error) {
      if (error instanceof BrokenCondition) return triedAs(error);
      throw error;
    }
    return undefined;
  }

  async #fanOut(at: number): Promise<Look> {
    const { graph, fanOuts } = this.#state;
    const { id } = graph.stages[at] as Stage;
    const skip = await this.#skip(at);
    const expanded = skip === undefined ? await fanOuts?.expand(at, this.#digestOf) : undefined;
    if (!expanded?.ok) {
      const isFresh = skip === 'skipped';
      return this.#unlessTried(id, {
        isFresh,
        now: skip ?? expanded?.error.message ?? '',
        stale: isFresh ? [] : [id],
        inputs: [],
      });
    }
    const stale: string[] = [];
    const inputs: string[] = [];
    const unfinished: string[] = [];
    for (const instance of expanded.value.instances) {
      const { id: of } = graph.stages[instance] as Stage;
      try {
        const look = await this.#stage(instance);
        if (look.isFresh) {
          this.#tries.foundFresh(of);
          continue;
        }
        unfinished.push(`${of} ${look.now}`);
        if (look.stale.length === 0) continue;
        inputs.push(...look.inputs);
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        unfinished.push(of);
      }
      stale.push(of);
    }
    const gone = goneOutputs(this.#state, at, expanded.value).map(({ path }) => path);
    if (gone.length > 0) stale.push(id);
    const isFresh = unfinished.length === 0 && gone.length === 0;
    return this.#unlessTried(id, { isFresh, now: sha256(JSON.stringify([unfinished, gone])), stale, inputs });
  }

  #unlessTried(id: string, look: Look): Look {
    this.#tries.forgetOther(id, look.now);
    const isTried = this.#tries.isTriedWith({ id, always: false }, look.now, () => false);
    return isTried ? { ...look, stale: [] } : look;
  }
}
