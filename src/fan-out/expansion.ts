/** What a fan-out became: plain data about its instances. */
import type { Digest } from '../model/digest.ts';
import type { Result } from '../util/result.ts';

export interface Expansion {
  /** Places of its instances in the graph, in the order of the list. */
  readonly instances: readonly number[];
  /** The same with those that are not asked for: what they made is read as it is. */
  readonly all: readonly number[];
  /** What the items were read from. */
  readonly lists: readonly { readonly path: string; readonly digest: Digest }[];
  /** Only some of the instances were asked for. */
  readonly isPartial: boolean;
}

/** Of a fan-out that is skipped. */
export const NO_INSTANCES: Expansion = { instances: [], all: [], lists: [], isPartial: false };

/** Why there are no items. */
export interface ListProblem {
  readonly code: 'list-missing' | 'list-invalid' | 'list-changed' | 'item-key';
  /** Whole sentences. */
  readonly message: string;
}

export type Expanded = Result<Expansion, ListProblem>;
