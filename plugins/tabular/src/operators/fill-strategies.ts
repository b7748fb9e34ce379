/** The ways of `fill_missing` to find a value, in SQL. Pure. */
import { SQL_SPACES } from '../profile/values.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { BALLOT_SCHEMA, type Ballot, winners } from './votes.ts';

interface Common {
  readonly max_share: number;
}

export type Params = Common &
  (
    | { readonly strategy: 'constant'; readonly value: string }
    | { readonly strategy: 'mean' | 'median'; readonly decimals: number }
    | { readonly strategy: 'mode' | 'ffill' | 'bfill' | 'sequence' }
    | ({ readonly strategy: 'fd' } & Ballot)
    | {
        readonly strategy: 'knn';
        readonly columns: readonly string[];
        readonly threshold: number;
        readonly ignore: readonly string[];
      }
    | { readonly strategy: 'regression'; readonly column: string; readonly decimals: number }
  );

/** Of the rows: where more is missing, what is there says little of it. */
export const MAX_SHARE = 0.5;
/** Rows that are learnt from, as in the profile, and rows without a value that are told. */
const LEARNT_MAX = 1500;
const TOLD_MAX = 50_000;

const DECIMALS = { description: 'Digits after the decimal point.', type: 'integer', minimum: 0, maximum: 15 };

export const STRATEGY_SCHEMAS = [
  strategy('constant', 'One value.', { value: { description: 'The value.', type: 'string' } }),
  strategy('mean', 'The mean of the numbers that are there.', { decimals: DECIMALS }),
  strategy('median', 'Their median.', { decimals: DECIMALS }),
  strategy('mode', 'The most frequent value.', {}),
  strategy('ffill', 'The value above.', {}),
  strategy('bfill', 'The value below.', {}),
  strategy('sequence', 'The number that is between those above and below.', {}),
  strategy('fd', 'What rows with the same determinants have.', BALLOT_SCHEMA),
  strategy('knn', 'What rows that are alike have.', {
    columns: { description: 'What they have to be alike in.', type: 'array', minItems: 1, items: { type: 'string' } },
    threshold: { description: 'How certain a value has to be.', type: 'number', minimum: 0, maximum: 1 },
    ignore: BALLOT_SCHEMA.ignore,
  }),
  strategy('regression', 'What follows from another column by a straight line.', {
    column: { description: 'The other column.', type: 'string' },
    decimals: DECIMALS,
  }),
];

function strategy(name: Params['strategy'], description: string, properties: object) {
  return {
    description,
    type: 'object',
    additionalProperties: false,
    required: ['strategy', 'max_share', ...Object.keys(properties)],
    properties: {
      strategy: { const: name },
      max_share: {
        description: 'Where a larger share of the values is missing, none is filled.',
        type: 'number',
        minimum: 0,
        maximum: 1,
      },
      ...properties,
    },
  };
}

/** `_row` and the values that are filled in. */
export function fillSql(column: string, params: Params): string {
  const name = sqlName(column);
  const few = `(SELECT count(*) - count(${name}) <= ${params.max_share} * count(*) FROM data)`;
  return `SELECT ${ROW}, filled::VARCHAR AS ${name} FROM (${filledSql(column, params)}) WHERE filled IS NOT NULL AND ${few}`;
}

function filledSql(column: string, params: Params): string {
  const name = sqlName(column);
  const gaps = (value: string) => `SELECT ${ROW}, ${value} AS filled FROM data WHERE ${name} IS NULL`;
  switch (params.strategy) {
    case 'constant':
      return gaps(sqlText(params.value));
    case 'mean':
      return gaps(`(SELECT ${rounded(`favg(${numberOf(name)})`, params.decimals)} FROM data)`);
    case 'median':
      return gaps(`(SELECT ${rounded(`quantile_cont(${numberOf(name)}, 0.5)`, params.decimals)} FROM data)`);
    case 'mode':
      return gaps(
        `(SELECT ${name} FROM data WHERE ${name} IS NOT NULL GROUP BY ${name} ORDER BY count(*) DESC, ${name} LIMIT 1)`,
      );
    case 'ffill':
      return `SELECT ${ROW}, last_value(${name} IGNORE NULLS) OVER (ORDER BY ${ROW} ROWS UNBOUNDED PRECEDING) AS filled FROM data QUALIFY ${name} IS NULL`;
    case 'bfill':
      return `SELECT ${ROW}, first_value(${name} IGNORE NULLS) OVER (ORDER BY ${ROW} ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS filled FROM data QUALIFY ${name} IS NULL`;
    case 'sequence':
      return sequenceSql(name);
    case 'fd':
      return `WITH ${winners(column, params, 'missing').join(', ')} SELECT ${ROW}, value AS filled FROM winners WHERE is_clear`;
    case 'knn':
      return alikeSql(name, params);
    case 'regression': {
      const [x, y] = [numberOf(sqlName(params.column)), numberOf(name)];
      const line = `SELECT regr_slope(${y}, ${x}) AS slope, regr_intercept(${y}, ${x}) AS intercept FROM data`;
      return `SELECT ${ROW}, ${rounded(`slope * ${x} + intercept`, params.decimals)} AS filled FROM data, (${line}) WHERE ${name} IS NULL`;
    }
  }
}

function numberOf(name: string): string {
  const number = `TRY_CAST(trim(${name}, ${SQL_SPACES}) AS DOUBLE)`;
  return `CASE WHEN isfinite(${number}) THEN ${number} END`;
}

/** NULL where it is no number, or none that can be written out. */
function rounded(number: string, decimals: number): string {
  return `CASE WHEN abs(${number}) < 1e15 THEN format('{:.${decimals}f}', round(${number}, ${decimals}) + 0.0) END`;
}

/** As many numbers as there are rows between those above and below. */
function sequenceSql(name: string): string {
  const number = `TRY_CAST(${name} AS BIGINT)`;
  const places = `SELECT ${ROW}, ${name} AS v, ${number} AS x, row_number() OVER (ORDER BY ${ROW}) AS n FROM data`;
  const above = (of: string) =>
    `last_value(CASE WHEN v IS NOT NULL THEN ${of} END IGNORE NULLS) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING)`;
  const below = (of: string) =>
    `first_value(CASE WHEN v IS NOT NULL THEN ${of} END IGNORE NULLS) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)`;
  // A value that is no number is between others all the same: nothing is told across it.
  const gaps = `SELECT ${ROW}, v, n, ${above('coalesce(x, -9e17::BIGINT)')} AS a, ${above('n')} AS na, ${below('coalesce(x, 9e17::BIGINT)')} AS b, ${below('n')} AS nb FROM (${places})`;
  return `SELECT ${ROW}, a + n - na AS filled FROM (${gaps}) WHERE v IS NULL AND b - a = nb - na`;
}

function alikeSql(name: string, { columns, threshold, ignore }: Extract<Params, { readonly strategy: 'knn' }>): string {
  const words = ignore.map(sqlText).join(', ');
  const known = (cell: string) =>
    words === '' ? cell : `CASE WHEN lower(trim(${cell})) NOT IN (${words}) THEN ${cell} END`;
  const cells = columns.map((column) => known(sqlName(column))).join(', ');
  const numbered = `SELECT ${ROW}, ${name} AS v, ${known(name)} AS y, [${cells}] AS x, row_number() OVER (PARTITION BY ${name} IS NULL ORDER BY ${ROW}) AS n FROM data`;
  const step = `(SELECT greatest(1, ceil(count(${name}) / ${LEARNT_MAX})) FROM data)`;
  const chosen = `SELECT to_json(list({r: ${ROW}, y: y, x: x} ORDER BY ${ROW}))::VARCHAR AS j FROM (${numbered}) WHERE CASE WHEN v IS NULL THEN n <= ${TOLD_MAX} ELSE y IS NOT NULL AND (n - 1) % ${step} = 0 END`;
  const told = `SELECT unnest(from_json(wr_alike_rows(j, '${threshold}'), '[{"r":"BIGINT","v":"VARCHAR"}]')) AS one FROM (${chosen})`;
  return `SELECT one.r AS ${ROW}, one.v AS filled FROM (${told})`;
}
