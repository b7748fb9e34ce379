import type { Pipeline, Stage } from './pipeline.ts';

/**
 * A pipeline with its edges: acyclic, every output made by exactly one stage, none inside another.
 * Plain data; indices are positions in `stages`.
 */
export interface StageGraph {
  readonly pipeline: Omit<Pipeline, 'stages'>;
  /** In topological order; stages that could go either way are ordered by id, so the order is always the same. */
  readonly stages: readonly Stage[];
  /** Per stage, the indices of the stages it waits for; ascending, each once. */
  readonly producers: readonly (readonly number[])[];
  /** Per stage, the indices of the stages that wait for it; ascending, each once. */
  readonly consumers: readonly (readonly number[])[];
  /**
   * Per stage and input item (ports in order, their items in order, flattened), the stages that make it or part of it.
   * Empty: the item comes from outside.
   */
  readonly item_producers: readonly (readonly (readonly number[])[])[];
  /** Every edge with what makes it one, ordered by `from`, then `to`, then `via`. */
  readonly edges: readonly Edge[];
}

export interface Edge {
  readonly from: number;
  readonly to: number;
  /** The path that connects them, or `needs`. */
  readonly via: string;
}
