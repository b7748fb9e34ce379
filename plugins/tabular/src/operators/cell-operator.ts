/** Operators that give each cell of a column a new text, whatever the others are. */
import type { ProfileColumn, ProfileDocument } from '../documents.generated.ts';
import type { TextFunctions } from '../table/functions.ts';
import { defineOperator, type Operator, type Phase, type Precondition, type Proposal } from './operator.ts';
import { eachCell } from './transformation.ts';

/** For the column it was found in. */
export type CellProposal<Params extends object> = Omit<Proposal<Params>, 'columns'>;

interface CellOperator<Params extends object> {
  readonly name: string;
  readonly phase: Phase;
  readonly params: object;
  readonly functions?: TextFunctions;
  readonly propose: (column: ProfileColumn, profile: ProfileDocument) => CellProposal<Params>[];
  readonly describe: Operator<Params>['describe'];
  /** SQL of what comes into `cell`, an expression that is never NULL; NULL for a missing value. */
  readonly value: (cell: string, params: Params) => string;
}

export function defineCellOperator<Params extends object>(operator: CellOperator<Params>): Operator {
  const { name, phase, params, functions, propose, describe, value } = operator;
  return defineOperator<Params>({
    name,
    phase,
    changes: 'cells',
    reversible: 'with_log',
    fitted: false,
    idempotent: true,
    cost: 1,
    params,
    ...(functions && { functions }),
    propose: (profile) =>
      together(
        profile.columns.flatMap((column) =>
          propose(column, profile).map((proposal) => ({ columns: [column.name], ...proposal })),
        ),
      ),
    describe,
    transform: (columns, given) =>
      eachCell(columns, (cell) => `CASE WHEN ${cell} IS NOT NULL THEN ${value(cell, given)} END`),
  });
}

/** Columns from which on the same for each of them is one proposal. */
const TOGETHER_MIN = 8;

/** A table with a hundred columns alike calls for one candidate, and not for a hundred. */
function together<Params extends object>(proposals: readonly Proposal<Params>[]): Proposal<Params>[] {
  const alike = new Map<string, Proposal<Params>[]>();
  for (const proposal of proposals) {
    const key = JSON.stringify([proposal.params, proposal.confidence]);
    const known = alike.get(key);
    if (known) known.push(proposal);
    else alike.set(key, [proposal]);
  }
  return [...alike.values()].flatMap((of) => {
    const [first] = of;
    if (!first || of.length < TOGETHER_MIN) return of;
    return {
      ...first,
      columns: of.flatMap(({ columns }) => columns),
      reason: `${first.reason} It is the same with ${of.length - 1} other columns.`,
      // The weakest of each.
      preconditions: first.preconditions.map((one, at) => {
        const values = of.map(({ preconditions }) => preconditions[at]?.value ?? one.value);
        return {
          ...one,
          value: one.is === 'at_most' || one.is === 'below' ? Math.max(...values) : Math.min(...values),
        };
      }),
      evidence: { columns: of.map(({ columns, evidence }) => ({ column: columns[0], ...evidence })) },
      flagged: of.reduce<number | null>(
        (sum, { flagged }) => (sum === null || flagged === null ? null : sum + flagged),
        0,
      ),
    };
  });
}

/** Share of the values of a column that are no words for missing. */
export function shareOf(count: number, { values, placeholders }: ProfileColumn): number {
  const words = placeholders.reduce((sum, one) => sum + (one.token ? one.count : 0), 0);
  return Math.min(1, count / Math.max(1, values - words));
}

/** Something of the profile that has to be more than `threshold`. */
export function above(what: string, value: number, threshold = 0): Precondition {
  return { what, value, threshold, is: 'above' };
}

export function atLeast(what: string, value: number, threshold: number): Precondition {
  return { what, value, threshold, is: 'at_least' };
}

export function atMost(what: string, value: number, threshold: number): Precondition {
  return { what, value, threshold, is: 'at_most' };
}

export function below(what: string, value: number, threshold: number): Precondition {
  return { what, value, threshold, is: 'below' };
}
