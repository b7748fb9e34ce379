/** `pivot`: a column with names and one with values become columns of these names. */
import { sqlName, sqlText, uniqueNames } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { assertDifferent, SHAPE_MIN } from './numbered.ts';
import { defineOperator } from './operator.ts';
import { named, shown, times } from './words.ts';

interface Params {
  /** All names there are, in their order; the columns that come out. */
  readonly names: readonly string[];
  /** `runs`: a record goes from one of the first names to the next · `keys`: it is what the other columns have in common. */
  readonly records: 'runs' | 'keys';
}

export const pivot = defineOperator<Params>({
  name: 'pivot',
  phase: 'shape',
  changes: 'table',
  // A value that is missing and a row that is not there become the same.
  reversible: 'with_log',
  fitted: true,
  idempotent: false,
  cost: 3,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['names', 'records'],
    properties: {
      names: {
        description: 'All values of the column with names, the first one of a record first; the columns that come out.',
        type: 'array',
        minItems: 2,
        items: { type: 'string', minLength: 1 },
      },
      records: {
        description:
          '`runs`: a record begins where the first of `names` is · `keys`: rows with equal values in all other columns are one.',
        enum: ['runs', 'keys'],
      },
    },
  },
  propose: ({ reshape: { pivots } }) =>
    pivots
      .filter(({ score }) => score >= SHAPE_MIN)
      .map(({ names, values, keys, labels, score, records }) => ({
        columns: [names, values],
        params: { names: labels, records },
        reason:
          records === 'runs'
            ? `${named([names])} has ${times(labels.length, 'value')} in one order over and over, from ${shown(labels[0] ?? '')} on, and ${named([values])} says what they are.`
            : `${named([names])} tells what ${named([values])} is, once for each ${named(keys)}.`,
        preconditions: [{ what: 'reshape.pivots.score', value: score, threshold: 0, is: 'above' as const }],
        evidence: { names: labels.slice(0, 20), keys },
        confidence: score,
        flagged: null,
      })),
  describe: (columns, { names }) => `Make ${times(names.length, 'column')}, ${named(names)}, of ${named(columns)}`,
  transform: ([names = '', values = ''], { names: labels, records }, all) => {
    const kept = all.filter((column) => column !== names && column !== values);
    if (records === 'keys' && kept.length === 0) throw new Error('There is no other column to tell records by.');
    if (records === 'runs' && kept.length > 0) throw new Error('There are other columns, which would be lost.');
    const made = uniqueNames([...kept, ...labels], [ROW]).slice(kept.length);
    assertDifferent([...kept, ...made]);
    const cell = sqlName(names);
    const known = `[${labels.map(sqlText).join(', ')}]`;
    const list = labels.map((label, at) => {
      const of = `FILTER (WHERE name = ${sqlText(label)})`;
      const message = sqlText(`A record has more than one ${shown(label)}.`);
      return `CASE WHEN count(*) ${of} > 1 THEN error(${message}) ELSE max(value) ${of} END AS ${sqlName(made[at] ?? '')}`;
    });
    const record =
      records === 'runs'
        ? `sum((${cell} = ${sqlText(labels[0] ?? '')})::INTEGER) OVER (ORDER BY ${ROW})`
        : `min(${ROW}) OVER (PARTITION BY ${kept.map(sqlName).join(', ')})`;
    const others = kept.map((_, at) => `, k${at}`).join('');
    const keys = kept.map((column, at) => `, ${sqlName(column)} AS k${at}`).join('');
    const unknown = sqlText(`${named([names])} has a value that it did not have when the table was profiled.`);
    const rows = `SELECT ${record} AS record${keys}, CASE WHEN list_contains(${known}, ${cell}) THEN ${cell} ELSE error(${unknown}) END AS name, ${sqlName(values)} AS value FROM data`;
    return {
      kind: 'table',
      columns: [
        ...kept.map((column) => ({ name: column })),
        ...made.map((name, at) => ({ name, label: labels[at] ?? name })),
      ],
      sql: `SELECT row_number() OVER (ORDER BY record) - 1 AS ${ROW}${kept.map((column, at) => `, k${at} AS ${sqlName(column)}`).join('')}, ${made.map(sqlName).join(', ')} FROM (SELECT record${others}, ${list.join(', ')} FROM (${rows}) GROUP BY record${others})`,
    };
  },
});
