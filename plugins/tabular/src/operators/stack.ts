/** `stack`: columns whose names are values become two columns, of these names and of their cells. */
import type { ProfileDocument } from '../documents.generated.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { assertDifferent, free, listed, numbered, SHAPE_MIN } from './numbered.ts';
import { defineOperator, type Proposal } from './operator.ts';
import { named, times } from './words.ts';

interface Params {
  /** What becomes of the names, one for each column. */
  readonly labels: readonly string[];
  /** Of the column with the names. */
  readonly name: string;
  /** Of the column with the cells. */
  readonly value: string;
}

export const stack = defineOperator<Params>({
  name: 'stack',
  phase: 'shape',
  changes: 'table',
  reversible: 'yes',
  fitted: false,
  idempotent: false,
  cost: 3,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['labels', 'name', 'value'],
    properties: {
      labels: {
        description: 'Values for the columns, one each: their names as they are in the file.',
        type: 'array',
        minItems: 2,
        items: { type: 'string' },
      },
      name: { description: 'Name of the column with these.', type: 'string', minLength: 1 },
      value: { description: 'Name of the column with the cells.', type: 'string', minLength: 1 },
    },
  },
  propose: ({ reshape, columns }) => stackProposals(reshape.blocks, columns),
  describe: (columns, { name, value }) =>
    `Stack ${times(columns.length, 'column')}, ${named(columns)}, into ${named([name, value])}`,
  transform: (columns, { labels, name, value }, all) => {
    if (labels.length !== columns.length)
      throw new Error(`There are ${labels.length} labels for ${columns.length} columns.`);
    const kept = all.filter((column) => !columns.includes(column));
    assertDifferent([...kept, name, value]);
    const { from, at } = numbered(all);
    const place = sqlName(free('place', all));
    const cells = `[${columns.map(sqlName).join(', ')}][${place} + 1]`;
    const names = `[${labels.map(sqlText).join(', ')}][${place} + 1]`;
    const size = '(SELECT count(*) FROM data)';
    const rows = `(${size} // ${columns.length})`;
    const cell = (column: string, index: number) =>
      `max(${sqlName(value)}) FILTER (WHERE ${ROW} // ${rows} = ${index}) AS ${sqlName(column)}`;
    const back = all.map((column) =>
      columns.includes(column)
        ? cell(column, columns.indexOf(column))
        : `any_value(${sqlName(column)}) AS ${sqlName(column)}`,
    );
    return {
      kind: 'table',
      columns: [...kept.map((column) => ({ name: column })), { name, label: name }, { name: value, label: value }],
      sql: `SELECT ${place} * ${size} + ${at} AS ${ROW}${listed(kept)}, ${names} AS ${sqlName(name)}, ${cells} AS ${sqlName(value)} FROM ${from}, (SELECT unnest(range(${columns.length})) AS ${place})`,
      inverseSql: `SELECT * FROM (SELECT ${ROW} % ${rows} AS ${ROW}, ${back.join(', ')} FROM data GROUP BY ALL) ORDER BY ${ROW}`,
    };
  },
});

type Names = ProfileDocument['reshape']['blocks'][number]['names'];

const SAYS: { readonly [names in Names]: string } = {
  year: 'years',
  number: 'numbers',
  date: 'dates',
  month: 'months',
  weekday: 'days of the week',
  affixed: 'one name with a value in it',
  text: 'words',
};

const CALLED: { readonly [names in Names]?: string } = {
  year: 'year',
  date: 'date',
  month: 'month',
  weekday: 'weekday',
};

interface Column {
  readonly name: string;
  readonly label: string | null;
}

type Blocks = ProfileDocument['reshape']['blocks'];

/** For blocks of a table with these columns. */
export function stackProposals(blocks: Blocks, columns: readonly Column[]): Proposal<Params>[] {
  return blocks
    .filter(({ score }) => score >= SHAPE_MIN)
    .map(({ columns: block, names, type, overlap, score }) => ({
      columns: block,
      params: stackParams(columns, block, names),
      reason: `${named(block)} have values of one kind${names === 'text' ? '' : `, and their names are ${SAYS[names]}`}.`,
      preconditions: [{ what: 'reshape.blocks.score', value: score, threshold: 0, is: 'above' as const }],
      evidence: { names, type, overlap, columns: block.length },
      confidence: score,
      flagged: null,
    }));
}

function stackParams(columns: readonly Column[], block: readonly string[], names: Names): Params {
  const kept = columns.map(({ name }) => name).filter((name) => !block.includes(name));
  const name = free(CALLED[names] ?? 'variable', kept);
  const labels = block.map((column) => columns.find((one) => one.name === column)?.label?.trim() || column);
  return { labels, name, value: free('value', [...kept, name]) };
}
