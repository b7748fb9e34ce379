/** `drop_rows`: rows that say nothing. */
import { SQL_SPACES } from '../profile/values.ts';
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator } from './operator.ts';
import { named, times } from './words.ts';

interface Params {
  readonly threshold: number;
}

export const dropRows = defineOperator<Params>({
  name: 'drop_rows',
  phase: 'rows',
  changes: 'rows',
  reversible: 'with_log',
  fitted: false,
  idempotent: true,
  cost: 1,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['threshold'],
    properties: {
      threshold: {
        description: 'Share of the columns that have to be missing for a row to go; 1 for rows without any value.',
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 1,
      },
    },
  },
  propose: ({ table, columns }) => {
    const { blank_rows: blank, rows } = table;
    if (blank === 0 || blank === rows) return [];
    return [
      {
        columns: columns.map(({ name }) => name),
        params: { threshold: 1 },
        reason: `${times(blank, 'row')} ${blank === 1 ? 'has' : 'have'} no value in any column.`,
        preconditions: [{ what: 'table.blank_rows', value: blank, threshold: 0, is: 'above' }],
        evidence: { blank_rows: blank, rows },
        confidence: 0.97,
        flagged: blank,
      },
    ];
  },
  describe: (columns, { threshold }) =>
    threshold === 1
      ? 'Drop rows without any value'
      : `Drop rows in which at least ${Math.round(threshold * 100)} of 100 of ${named(columns)} are missing`,
  transform: (columns, { threshold }) => {
    const missing = columns
      .map((column) => `(${sqlName(column)} IS NULL OR trim(${sqlName(column)}, ${SQL_SPACES}) = '')::INTEGER`)
      .join(' + ');
    return { kind: 'rows', sql: `SELECT ${ROW} FROM data WHERE ${missing} >= ${threshold} * ${columns.length}` };
  },
});
