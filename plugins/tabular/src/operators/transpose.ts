/** `transpose`: rows become columns. */
import { sqlName, sqlText, uniqueNames } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { assertDifferent, SHAPE_MIN } from './numbered.ts';
import { defineOperator } from './operator.ts';
import { named, percent } from './words.ts';

interface Params {
  /** Values of the first column, in the order of the rows: labels of the columns that come out. */
  readonly names: readonly string[];
  /** Labels of the columns beside the first, in their order: values of its new cells. */
  readonly labels: readonly string[];
}

export const transpose = defineOperator<Params>({
  name: 'transpose',
  phase: 'shape',
  changes: 'table',
  reversible: 'yes',
  fitted: true,
  idempotent: false,
  cost: 3,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['names', 'labels'],
    properties: {
      names: {
        description: 'Values of the first column, in the order of the rows; the new columns are called so.',
        type: 'array',
        minItems: 1,
        items: { type: 'string' },
      },
      labels: {
        description: 'Names of the columns beside the first; they become values.',
        type: 'array',
        minItems: 1,
        items: { type: 'string' },
      },
    },
  },
  propose: ({ reshape: { transpose: facts }, columns }) => {
    if (facts.score < SHAPE_MIN || facts.names.length === 0) return [];
    return [
      {
        columns: columns.map(({ name }) => name),
        params: { names: facts.names, labels: columns.slice(1).map(({ name, label }) => label?.trim() || name) },
        reason: `Values are alike within rows (${percent(facts.row_types)}) rather than within columns (${percent(facts.column_types)}), and ${named(columns.slice(0, 1).map(({ name }) => name))} tells what they are.`,
        preconditions: [{ what: 'reshape.transpose.score', value: facts.score, threshold: 0, is: 'above' as const }],
        evidence: { rows: facts.row_types, columns: facts.column_types },
        confidence: facts.score,
        flagged: null,
      },
    ];
  },
  describe: (columns, { names }) => `Make rows columns: ${named(names)} of ${named(columns.slice(1))}`,
  transform: (columns, { names, labels }, all) => {
    if (columns.length !== all.length || labels.length !== all.length - 1) {
      throw new Error('The table has other columns than those to be made rows.');
    }
    const [first = '', ...others] = all;
    const made = uniqueNames([first, ...names], [ROW]);
    assertDifferent(made);
    const [, ...cells] = made;
    const heads = `list(${sqlName(first)} ORDER BY ${ROW})`;
    const wanted = `[${names.map(sqlText).join(', ')}]`;
    // The names are of the rows that were profiled, in their order.
    const isSame = `(SELECT CASE WHEN ${heads} IS NOT DISTINCT FROM ${wanted} THEN true ELSE error(${sqlText(`Rows do not begin with ${named(names)} any more.`)}) END FROM data)`;
    return {
      kind: 'table',
      columns: made.map((name, at) => (at === 0 ? { name } : { name, label: names[at - 1] ?? name })),
      sql: `${turned(others, made, labels)} WHERE ${isSame}`,
      inverseSql: turned(cells, all, names),
    };
  },
});

/**
 * SQL: of each of `columns` of `data` a row, with its head in the first column of `into` and its values in the others. All
 * cells are taken at once, as a list of rows: a look for each column would take the square of their number to plan.
 */
function turned(columns: readonly string[], into: readonly string[], heads: readonly string[]): string {
  const [head = '', ...cells] = into;
  const list = cells.map((name, at) => `cells[${at + 1}][place + 1] AS ${sqlName(name)}`);
  const row = `[${columns.map(sqlName).join(', ')}]`;
  return `SELECT place AS ${ROW}, heads[place + 1] AS ${sqlName(head)}, ${list.join(', ')} FROM (SELECT list(${row} ORDER BY ${ROW}) AS cells, [${heads.map(sqlText).join(', ')}] AS heads FROM data), range(${columns.length}) AS places(place)`;
}
