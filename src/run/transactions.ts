/**
 * Stages whose outputs go back together (design-notes, "Transactions and undo"). Members publish one by one, as ever;
 * what lay at their outputs is in the journal before the first of them starts, and comes back unless all end well.
 * Knows the graph and the store; who starts when is the scheduler's.
 */
import type { StageGraph } from '../model/graph.ts';
import type { OutputBefore } from '../model/output-change.ts';
import type { Stage } from '../model/pipeline.ts';
import type { PutBackIntent } from '../store/journal.ts';
import type { PutBackParts } from '../store/put-back.ts';
import { PutBackFailed, promisedPlaces, putBack } from '../store/put-back.ts';
import { snapshotOutputs } from '../store/snapshot.ts';
import type { BuildContext } from './build-context.ts';
import { EnvironmentFailure, environmentFailure } from './build-context.ts';
import { emit, log } from './events.ts';

export class Transaction {
  /** Indices of stages, ascending. */
  readonly members: readonly number[];
  readonly #context: BuildContext;
  readonly #of: Exclude<PutBackIntent['of'], 'run'>;
  readonly #name: string;
  #beginning: Promise<void> | undefined;
  #snapshot: readonly OutputBefore[] | undefined;
  /** Whose outputs are in it. */
  readonly #ids = new Set<string>();
  /** The last that is to be written down. */
  #including: Promise<void> = Promise.resolve();

  /** Without a name it is the whole build. */
  constructor(context: BuildContext, members: readonly number[], name?: string) {
    this.members = members;
    this.#context = context;
    this.#of = name === undefined ? 'build' : 'transaction';
    this.#name = name ?? '';
  }

  /** Resolves when everything can be put back; before that no member may start. Errors: `EnvironmentFailure`. */
  begin(): Promise<void> {
    this.#beginning ??= this.#begin();
    return this.#beginning;
  }

  /**
   * Resolves when these outputs can be put back, too: those of a fan-out are known when its list is. Before that none of its
   * instances may start, and nothing of it be removed. Errors: `EnvironmentFailure`.
   */
  async include(ids: readonly string[], paths: readonly string[]): Promise<void> {
    await this.begin();
    // One after the other, for each writes down what all before it have.
    const mine = this.#including.then(() => this.#include(ids, paths));
    this.#including = mine.catch(() => undefined);
    return mine;
  }

  /** What the members made stays, whatever happens from here on. Errors: `EnvironmentFailure`. */
  async commit(): Promise<void> {
    if (!this.#snapshot) return;
    try {
      await this.#context.journal.settle(this.#id);
    } catch (error) {
      throw environmentFailure(`conclude ${this.#title}`, error);
    }
    this.#close(this.#snapshot);
  }

  /** Everything is as it was before the first member started. Errors: `EnvironmentFailure`, after all that was possible. */
  async putBack(): Promise<void> {
    if (!this.#snapshot) return;
    const context = this.#context;
    const { replaced, failed } = await putBack(this.#parts, this.#of, this.#snapshot);
    for (const { path, displaced } of replaced) {
      if (displaced === null) continue;
      const message = `${JSON.stringify(path)} was changed outside wrangle; what was there is now in ${JSON.stringify(displaced)}.`;
      log(context, 'warning', null, message, 'output-displaced');
    }
    const paths = replaced.map(({ path }) => path);
    const message = `The outputs of ${this.#title} are as they were before.`;
    const transaction = this.#of === 'build' ? null : this.#name;
    emit(context, 'rollback', null, message, { transaction, run: null, paths, changes: [] });
    if (failed.length > 0) throw new EnvironmentFailure(new PutBackFailed(failed).message);
    context.journal.undone(this.#id);
    this.#close(this.#snapshot);
  }

  async #begin(): Promise<void> {
    const context = this.#context;
    const { graph } = context.state;
    const stages = this.members.map((at) => graph.stages[at] as Stage);
    // Those of a fan-out are included when they are known.
    const paths = stages.flatMap((stage) => (stage.foreach ? [] : outputPaths(stage)));
    await this.#include(
      stages.map(({ id }) => id),
      paths,
    );
    const transaction = this.#of === 'build' ? null : this.#name;
    emit(context, 'snapshot', null, `From here on ${this.#title} can be put back.`, { transaction, paths });
  }

  async #include(ids: readonly string[], paths: readonly string[]): Promise<void> {
    const context = this.#context;
    const known = new Set(this.#snapshot?.map(({ path }) => path));
    const added = paths.filter((path) => !known.has(path));
    if (this.#snapshot && added.length === 0 && ids.every((id) => this.#ids.has(id))) return;
    try {
      const outputs = [...(this.#snapshot ?? []), ...(await snapshotOutputs(this.#parts, added))];
      for (const id of ids) this.#ids.add(id);
      // With the id of the one before it, in whose place it comes.
      const intent = { of: this.#of, name: this.#name, stages: [...this.#ids], outputs };
      await context.journal.append({ type: 'put-back', id: this.#id, ...intent });
      for (const [path, place] of promisedPlaces(outputs)) context.promised.set(path, place);
      this.#snapshot = outputs;
    } catch (error) {
      throw environmentFailure(`start ${this.#title}, whose old outputs have to be kept first`, error);
    }
  }

  #close(outputs: readonly OutputBefore[]): void {
    for (const { path } of outputs) this.#context.promised.delete(path);
  }

  get #id(): string {
    // No stage has a name with a slash.
    return `${this.#context.runId}/transaction/${this.#name}`;
  }

  get #title(): string {
    return this.#of === 'build' ? 'this build' : `the transaction ${JSON.stringify(this.#name)}`;
  }

  get #parts(): PutBackParts {
    const { state, promised } = this.#context;
    const { fs, layout, digests, index, blobs } = state;
    return { fs, layout, digests, outputs: index.outputs, blobs, promised };
  }
}

/** The transactions that the pipeline names, of those stages that have something to do; in the order of their first. */
export function namedTransactions(context: BuildContext, toDo: readonly number[]): Transaction[] {
  const membersOf = new Map<string, number[]>();
  for (const at of toDo) {
    const name = context.state.graph.stages[at]?.transaction;
    if (name === undefined) continue;
    const members = membersOf.get(name);
    if (members) members.push(at);
    else membersOf.set(name, [at]);
  }
  return [...membersOf].map(([name, members]) => new Transaction(context, members, name));
}

/** Stages outside that read from a member, or wait for it: those that must see all of its new outputs, or none. */
export function consumersOutside(graph: StageGraph, members: readonly number[], among: ReadonlySet<number>): number[] {
  const inside = new Set(members);
  const outside = new Set<number>();
  for (const member of members) {
    for (const consumer of graph.consumers[member] ?? []) {
      if (!inside.has(consumer) && among.has(consumer)) outside.add(consumer);
    }
  }
  return [...outside].sort((a, b) => a - b);
}

export function outputPaths({ outputs }: Stage): string[] {
  return outputs.flatMap((port) => port.items.map(({ path }) => path));
}
