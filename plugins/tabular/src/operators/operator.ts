/** What an operator of the catalogue is: one file each. Pure; only the SQL it writes ever sees data. */
import type { CandidateDocument, ProfileDocument } from '../documents.generated.ts';
import type { TextFunctions } from '../table/functions.ts';
import type { Transformation } from './transformation.ts';

export type { Transformation } from './transformation.ts';

/** Whoever repairs does so in this order: each works on what those before it have put in order. */
export const PHASES = [
  'text',
  'form',
  'missing',
  'dependency',
  'typo',
  'outlier',
  'fill',
  'rows',
  'columns',
  'shape',
  'features',
] as const satisfies readonly CandidateDocument['phase'][];

export type Phase = (typeof PHASES)[number];

/** What the table is wanted for: `ml` asks for features as well. */
export type Goal = 'clean' | 'ml';

export interface ProposeOptions {
  readonly goal: Goal;
}

export type Precondition = CandidateDocument['preconditions'][number];

/** One use of an operator that a profile speaks for. */
export interface Proposal<Params extends object> {
  readonly columns: readonly string[];
  readonly params: Params;
  /** A sentence, of what in the profile speaks for it. */
  readonly reason: string;
  readonly preconditions: readonly Precondition[];
  /** Figures and values of the profile; JSON. */
  readonly evidence: { readonly [name: string]: unknown };
  /** From 0 to 1, before it was tried. From .9 on it is taken to be right. */
  readonly confidence: number;
  /** Cells, or rows, that it is expected to change; null when the profile cannot say. */
  readonly flagged: number | null;
}

export interface Operator<Params extends object = object> {
  readonly name: string;
  readonly phase: Phase;
  readonly changes: CandidateDocument['changes'];
  readonly reversible: CandidateDocument['reversible'];
  /** It learns from the data it is applied to, such as a median. */
  readonly fitted: boolean;
  /** Applied to its own result it changes nothing. */
  readonly idempotent: boolean;
  /** Passes over the table, about. */
  readonly cost: number;
  /** JSON Schema of its params: what a recipe that a person has edited is checked by. */
  readonly params: object;
  /** Called in its SQL. */
  readonly functions?: TextFunctions;
  /** Uses that a profile speaks for, in any order. */
  readonly propose: (profile: ProfileDocument, options: ProposeOptions) => Proposal<Params>[];
  /** As an order, without a full stop: `Trim spaces around values of "city"`. */
  readonly describe: (columns: readonly string[], params: Params) => string;
  /**
   * `columns` are there, in a table of `all` columns, in their order. Errors: throws an `Error` when the operator cannot
   * be applied to a table with these columns; its message says why, as a sentence.
   */
  readonly transform: (columns: readonly string[], params: Params, all: readonly string[]) => Transformation;
}

/** Forgets the params, which are checked by their schema before an operator sees them. */
export function defineOperator<Params extends object>(operator: Operator<Params>): Operator {
  return operator as unknown as Operator;
}
