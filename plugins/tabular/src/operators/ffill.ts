/** `ffill`: a value that stands in the first row of its group only is written into the others. */
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { isMissing } from './numbered.ts';
import { defineOperator } from './operator.ts';
import { NO_PARAMS, named, times } from './words.ts';

export const ffill = defineOperator<Record<string, never>>({
  name: 'ffill',
  phase: 'shape',
  changes: 'cells',
  reversible: 'with_log',
  fitted: true,
  idempotent: true,
  cost: 2,
  params: NO_PARAMS,
  propose: ({ columns }) => {
    const from = columns.findIndex(({ fill_down }) => fill_down === null);
    const filled = columns.slice(0, from === -1 ? columns.length : from);
    const [first] = filled;
    if (!first?.fill_down || filled.length === columns.length) return [];
    const blanks = filled.reduce((sum, { fill_down: facts }) => sum + (facts?.blanks ?? 0), 0);
    return [
      {
        columns: filled.map(({ name }) => name),
        params: {},
        reason: `${named(filled.map(({ name }) => name))} ${filled.length === 1 ? 'has' : 'have'} a value in the first row of a group, and none in the rows below.`,
        preconditions: [{ what: 'fill_down.blanks', value: blanks, threshold: 0, is: 'above' as const }],
        evidence: { fill_down: filled.map(({ fill_down: facts }) => facts) },
        confidence: 0.85,
        flagged: blanks,
      },
    ];
  },
  describe: (columns) =>
    `Fill ${times(columns.length, 'column')}, ${named(columns)}, with the value above where it is missing`,
  transform: (columns) => {
    const list = columns.map((column) => {
      const cell = sqlName(column);
      return `last_value(CASE WHEN ${isMissing(cell)} THEN NULL ELSE ${cell} END IGNORE NULLS) OVER (ORDER BY ${ROW} ROWS UNBOUNDED PRECEDING) AS ${cell}`;
    });
    return { kind: 'cells', columns, sql: `SELECT ${[ROW, ...list].join(', ')} FROM data` };
  },
});
