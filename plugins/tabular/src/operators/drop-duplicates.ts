/** `drop_duplicates`: one row of those that are equal. */
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator } from './operator.ts';
import { named, times } from './words.ts';

interface Params {
  readonly keep: 'first' | 'last' | 'most_complete';
}

export const dropDuplicates = defineOperator<Params>({
  name: 'drop_duplicates',
  phase: 'rows',
  changes: 'rows',
  reversible: 'no',
  fitted: false,
  idempotent: true,
  cost: 2,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['keep'],
    properties: {
      keep: {
        description: 'Which of them stays; `most_complete`: the one with the fewest missing cells, then the first.',
        enum: ['first', 'last', 'most_complete'],
      },
    },
  },
  propose: ({ table, columns }) => {
    const { duplicate_rows: duplicates, rows } = table;
    if (duplicates === 0) return [];
    return [
      {
        columns: columns.map(({ name }) => name),
        params: { keep: 'first' },
        reason: `${times(duplicates, 'row')} ${duplicates === 1 ? 'is' : 'are'} there before, with the same value in every column.`,
        preconditions: [{ what: 'table.duplicate_rows', value: duplicates, threshold: 0, is: 'above' }],
        evidence: { duplicate_rows: duplicates, rows },
        confidence: 0.9,
        flagged: duplicates,
      },
    ];
  },
  describe: (columns, { keep }) => {
    const which = { first: 'the first', last: 'the last', most_complete: 'the most complete' }[keep];
    return `Of rows that are equal in ${named(columns)} keep ${which}`;
  },
  transform: (columns, { keep }) => {
    const names = columns.map(sqlName);
    const missing = names.map((name) => `(${name} IS NULL)::INTEGER`).join(' + ');
    const order = { first: ROW, last: `${ROW} DESC`, most_complete: `${missing}, ${ROW}` }[keep];
    const ranked = `SELECT ${ROW}, row_number() OVER (PARTITION BY ${names.join(', ')} ORDER BY ${order}) AS place FROM data`;
    return { kind: 'rows', sql: `SELECT ${ROW} FROM (${ranked}) WHERE place > 1` };
  },
});
