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
    const paths = stages.flatMap(({ outputs }) => outputs.flatMap((port) => port.items.map(({ path }) => path)));
    try {
      const outputs = await snapshotOutputs(this.#parts, paths);
      const intent = { of: this.#of, name: this.#name, stages: stages.map(({ id }) => id), outputs };
      await context.journal.append({ type: 'put-back', id: this.#id, ...intent });
      for (const [path, place] of promisedPlaces(outputs)) context.promised.set(path, place);
      this.#snapshot = outputs;
    } catch (error) {
      throw environmentFailure(`start ${this.#title}, whose old outputs have to be kept first`, error);
    }
    const transaction = this.#of === 'build' ? null : this.#name;
    emit(context, 'snapshot', null, `From here on ${this.#title} can be put back.`, { transaction, paths });
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
