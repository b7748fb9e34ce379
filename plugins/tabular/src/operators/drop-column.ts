/** `drop_column`: columns that tell nothing: one value throughout, or hardly any. */
import type { ProfileColumn } from '../documents.generated.ts';
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator, type Proposal } from './operator.ts';
import { missingIn } from './votes.ts';
import { NO_PARAMS, named, shown, times } from './words.ts';

const MISSING_MIN = 0.95;
const ROWS_MIN = 10;

export const dropColumn = defineOperator<Record<string, never>>({
  name: 'drop_column',
  phase: 'columns',
  changes: 'columns',
  reversible: 'with_log',
  fitted: false,
  idempotent: false,
  cost: 1,
  params: NO_PARAMS,
  propose: ({ table, columns }) =>
    table.rows < ROWS_MIN || columns.length < 2 ? [] : columns.flatMap((column) => proposalsFor(column, table.rows)),
  describe: (columns) => `Drop the ${columns.length === 1 ? 'column' : 'columns'} ${named(columns)}`,
  transform: (columns, _params, all) => {
    const left = all.filter((name) => !columns.includes(name));
    if (left.length === 0) throw new Error('No column would be left.');
    return {
      kind: 'columns',
      columns: left.map((name) => ({ name })),
      sql: `SELECT ${[ROW, ...left.map(sqlName)].join(', ')} FROM data`,
    };
  },
});

function proposalsFor(column: ProfileColumn, rows: number): Proposal<Record<string, never>>[] {
  const { name, distinct, mode, values } = column;
  const missing = missingIn(column);
  const share = missing / rows;
  const proposal = (reason: string, confidence: number): Proposal<Record<string, never>>[] => [
    {
      columns: [name],
      params: {},
      reason,
      preconditions:
        share >= MISSING_MIN
          ? [{ what: 'columns.missing_share', value: share, threshold: MISSING_MIN, is: 'at_least' }]
          : [{ what: 'columns.distinct', value: distinct, threshold: 1, is: 'at_most' }],
      evidence: { missing, rows, distinct, value: mode?.value ?? null },
      confidence,
      flagged: values,
    },
  ];
  if (missing === rows) return proposal(`${named([name])} has no value.`, 0.9);
  if (share >= MISSING_MIN) {
    return proposal(
      `${named([name])} has a value in just ${times(rows - missing, 'row')} of ${rows.toLocaleString('en-US')}.`,
      0.7,
    );
  }
  if (distinct === 1 && missing === 0)
    return proposal(`${named([name])} is ${shown(mode?.value ?? '')} in every row.`, 0.6);
  return [];
}
