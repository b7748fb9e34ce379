/** `subtitle`: rows with one value that head those below become a column. */
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { assertDifferent, free, isMissing, listed } from './numbered.ts';
import { defineOperator } from './operator.ts';
import { named, times } from './words.ts';

interface Params {
  /** Of the new column. */
  readonly name: string;
  /** The column of the subtitles has nothing else, and goes. */
  readonly drop: boolean;
}

export const subtitle = defineOperator<Params>({
  name: 'subtitle',
  phase: 'shape',
  changes: 'table',
  // A subtitle without rows below leaves nothing to find it by.
  reversible: 'with_log',
  fitted: false,
  idempotent: false,
  cost: 2,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'drop'],
    properties: {
      name: { description: 'Name of the new column.', type: 'string', minLength: 1 },
      drop: { description: 'Whether the column of the subtitles goes.', type: 'boolean' },
    },
  },
  propose: ({ reshape: { subtitles }, columns }) => {
    const column = columns.find(({ name }) => name === subtitles.column);
    if (!column || subtitles.count < 2 || subtitles.runs < 2) return [];
    const drop = column.values === subtitles.count;
    const others = columns.map(({ name }) => name).filter((name) => !drop || name !== column.name);
    return [
      {
        columns: [column.name],
        params: { name: free(drop ? column.name : 'subtitle', others), drop },
        reason: `${times(subtitles.count, 'row')} have a value of ${named([column.name])} only, and head those below.`,
        preconditions: [
          { what: 'reshape.subtitles.count', value: subtitles.count, threshold: 2, is: 'at_least' as const },
        ],
        evidence: { rows: subtitles.rows },
        // A table that begins with one is made so; others may just have gaps.
        confidence: subtitles.leads ? 0.9 : 0.3,
        flagged: subtitles.count,
      },
    ];
  },
  describe: (columns, { name }) =>
    `Write rows with nothing but ${named(columns)} as a column ${named([name])} beside the rows below`,
  transform: ([column = ''], { name, drop }, all) => {
    const others = all.filter((other) => other !== column);
    const kept = drop ? others : all;
    assertDifferent([name, ...kept]);
    if (others.length === 0) throw new Error('A table with one column has no rows that head others.');
    const cell = sqlName(column);
    const heads = `(NOT ${isMissing(cell)} AND ${others.map((other) => isMissing(sqlName(other))).join(' AND ')})`;
    const mark = sqlName(free('heads', [...all, name]));
    const title = `last_value(CASE WHEN ${heads} THEN trim(${cell}) END IGNORE NULLS) OVER (ORDER BY ${ROW} ROWS UNBOUNDED PRECEDING)`;
    const made = sqlName(free('title', [...all, name]));
    return {
      kind: 'table',
      columns: [drop && name === column ? { name } : { name, label: name }, ...kept.map((other) => ({ name: other }))],
      sql: `SELECT row_number() OVER (ORDER BY ${ROW}) - 1 AS ${ROW}, ${made} AS ${sqlName(name)}${listed(kept)} FROM (SELECT *, ${title} AS ${made}, ${heads} AS ${mark} FROM data) WHERE NOT ${mark}`,
    };
  },
});
