/** What candidates are tried on, and what one of them did. */
import type { CandidateDocument, ProfileDocument, ValidationDocument } from '../documents.generated.ts';
import type { Operator, Transformation } from '../operators/operator.ts';
import type { Filled, Measures } from '../quality/measure.ts';
import type { RuleSet } from '../quality/rule.ts';
import type { Weights } from '../quality/score.ts';
import type { Database } from '../table/duckdb.ts';
import type { WorkingTable } from '../transform/working-table.ts';

export type Issue = ValidationDocument['issues'][number];

export interface Limits {
  /** Share of rows that may go. */
  readonly rowTolerance: number;
  /** Share of the values of a column that may become missing. */
  readonly nullTolerance: number;
  /** Share of the different values of a column that may be lost. */
  readonly valueTolerance: number;
  /** Share of the values of a column that may turn out to be unreadable. */
  readonly parseTolerance: number;
  /** Whether columns may come, go or be called otherwise. */
  readonly preserveSchema: boolean;
  /** Columns that may not change. */
  readonly protectedColumns: readonly string[];
  readonly checkLeakage: boolean;
  /** Rows that a model is trained on: those whose `column` has one of `values`. */
  readonly split: { readonly column: string; readonly values: readonly string[] } | undefined;
  /** What a model is to predict. */
  readonly target: string | undefined;
  /** Cells, times the cost of the candidate, that may be looked at; above it only the sample is. */
  readonly budget: number;
}

export const DEFAULT_LIMITS: Limits = {
  rowTolerance: 0.1,
  nullTolerance: 0.05,
  valueTolerance: 0.05,
  parseTolerance: 0.01,
  preserveSchema: false,
  protectedColumns: [],
  checkLeakage: true,
  split: undefined,
  target: undefined,
  budget: 500_000_000,
};

export interface Trial {
  readonly database: Database;
  readonly table: WorkingTable;
  readonly rows: number;
  /** A part of the rows, by the seed; undefined where all are few enough. */
  readonly sample: WorkingTable | undefined;
  /** What `table` was when it was loaded: what is gone counts as it was there. The same table, unless steps were applied. */
  readonly source: WorkingTable;
  /** Of `source`. */
  readonly digest: string;
  readonly profile: ProfileDocument;
  readonly rules: RuleSet;
  /** Of `table`. */
  readonly measures: Measures;
  readonly weights: Weights;
  /** Values that earlier steps have filled in. */
  readonly filled: Filled | undefined;
  readonly limits: Limits;
}

/** A candidate, applied to all rows or to a part of them. */
export interface Attempt {
  readonly trial: Trial;
  readonly candidate: CandidateDocument;
  readonly operator: Operator;
  readonly transformation: Transformation;
  readonly table: WorkingTable;
  readonly rows: number;
  /** Relation as `findChanges` makes it. */
  readonly changes: string;
  readonly result: WorkingTable;
  readonly counts: Counts;
  /** By the rules of the table before; undefined where it was tried on a part of the rows, or is another table altogether. */
  readonly after: Measures | undefined;
}

export interface Counts {
  /** Of rows that stay. */
  readonly cells: number;
  readonly rows: number;
  readonly columnsAdded: readonly string[];
  readonly columnsDropped: readonly string[];
  readonly changed: ValidationDocument['changed'];
}

/** Looks at an attempt; gives what it has against it. */
export type Check = (attempt: Attempt) => Promise<Issue[]>;
