/** `reshape`: several operators of the shape of a table in a row, where only all of them together make sense. */
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { explode } from './explode.ts';
import { ffill } from './ffill.ts';
import { listed } from './numbered.ts';
import { defineOperator, type Operator } from './operator.ts';
import { pivot } from './pivot.ts';
import { stack } from './stack.ts';
import { subtitle } from './subtitle.ts';
import type { ResultColumn, Transformation } from './transformation.ts';
import { transpose } from './transpose.ts';
import { wideToLong } from './wide-to-long.ts';

interface Step {
  readonly operator: string;
  /** Of the table that the steps before have made. */
  readonly columns: readonly string[];
  readonly params: object;
}

interface Params {
  readonly steps: readonly Step[];
}

const STEPS = new Map([stack, wideToLong, transpose, pivot, ffill, explode, subtitle].map((one) => [one.name, one]));

export const reshape = defineOperator<Params>({
  name: 'reshape',
  phase: 'shape',
  changes: 'table',
  reversible: 'with_log',
  fitted: true,
  idempotent: false,
  cost: 6,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['steps'],
    properties: {
      steps: {
        description: 'Operators, each with columns and params for the table that those before it make.',
        type: 'array',
        minItems: 2,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['operator', 'columns', 'params'],
          properties: {
            operator: { enum: [...STEPS.keys()] },
            columns: { type: 'array', minItems: 1, items: { type: 'string' } },
            params: { type: 'object' },
          },
        },
      },
    },
  },
  propose: () => [],
  describe: (_, { steps }) => {
    const [first = '', ...others] = steps.map(({ operator, columns, params }) =>
      stepOperator(operator).describe(columns, params),
    );
    return [first, ...others.map((text) => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`)].join(', then ');
  },
  transform: (_, { steps }, all) => {
    let columns: readonly ResultColumn[] = all.map((name) => ({ name }));
    let sql = 'SELECT * FROM data';
    for (const { operator, columns: of, params } of steps) {
      const names = columns.map(({ name }) => name);
      const missing = of.find((name) => !names.includes(name));
      if (missing !== undefined) throw new Error(`The steps before it leave no column "${missing}".`);
      const made = stepOperator(operator).transform(of, params, names);
      sql = `WITH data AS (${sql}) ${wholeSql(made, names)}`;
      columns = columnsOf(made, columns);
    }
    return { kind: 'table', columns, sql };
  },
});

function stepOperator(name: string): Operator {
  const found = STEPS.get(name);
  if (!found) throw new Error(`"${name}" does not change the shape of a table.`);
  return found;
}

function columnsOf(made: Transformation, before: readonly ResultColumn[]): readonly ResultColumn[] {
  if (made.kind === 'cells' || made.kind === 'rows') return before;
  // A column of the first table keeps its label through all steps.
  const known = new Map(before.map((column) => [column.name, column]));
  return made.columns.map((column) => ('label' in column ? column : (known.get(column.name) ?? column)));
}

function wholeSql(made: Transformation, all: readonly string[]): string {
  if (made.kind !== 'cells') return made.sql;
  const kept = all.filter((column) => !made.columns.includes(column));
  const cells = all.map((column) => (kept.includes(column) ? `d.${sqlName(column)}` : `n.${sqlName(column)}`));
  return `SELECT d.${[ROW, ...cells].join(', ')} FROM data d JOIN (SELECT ${ROW}${listed(made.columns)} FROM (${made.sql})) n USING (${ROW})`;
}
