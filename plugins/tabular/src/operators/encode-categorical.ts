/** `encode_categorical`: numbers in place of categories, for machine learning. */
import type { ProfileColumn } from '../documents.generated.ts';
import { sqlName, sqlText, uniqueNames } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator, type Proposal } from './operator.ts';
import type { Transformation } from './transformation.ts';
import { named, times } from './words.ts';

interface Params {
  readonly method: 'onehot' | 'ordinal' | 'hash';
  /** All categories, in their order; none for `hash`. */
  readonly values: readonly string[];
  /** Of the new columns: one for each of `values` for `onehot`, else one. */
  readonly names: readonly string[];
  /** How many numbers there are for `hash`. */
  readonly buckets: number;
}

const ONEHOT_MAX = 12;
const BUCKETS = 64;

export const encodeCategorical = defineOperator<Params>({
  name: 'encode_categorical',
  phase: 'features',
  changes: 'columns',
  // Categories that come later have no number, and a hash has no way back.
  reversible: 'with_log',
  fitted: true,
  idempotent: false,
  cost: 1,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['method', 'values', 'names', 'buckets'],
    properties: {
      method: {
        description:
          '`onehot`: a column of 0 and 1 for each category · `ordinal`: its place in `values`, from 0 · `hash`: a number below `buckets`, which follows from the text alone.',
        enum: ['onehot', 'ordinal', 'hash'],
      },
      values: { description: 'Categories; empty for `hash`.', type: 'array', items: { type: 'string' } },
      names: {
        description: 'Names of the new columns.',
        type: 'array',
        minItems: 1,
        items: { type: 'string', minLength: 1 },
      },
      buckets: { description: 'Numbers of `hash`.', type: 'integer', minimum: 2 },
    },
  },
  propose: ({ columns, limits }, { goal }) => {
    if (goal !== 'ml') return [];
    const all = columns.map(({ name }) => name);
    return columns.flatMap((column) => (isCategory(column) ? encodings(column, all, limits.value_length) : []));
  },
  describe: (columns, { method, values, buckets }) => {
    if (method === 'onehot') return `Write ${named(columns)} as ${times(values.length, 'column')} of 0 and 1`;
    return method === 'ordinal'
      ? `Write categories of ${named(columns)} as numbers from 0 to ${values.length - 1}`
      : `Write categories of ${named(columns)} as one of ${buckets} numbers`;
  },
  transform: ([column = ''], params, all) => encode(column, params, all),
});

function isCategory({ feature_class: kind, type, distinct, completeness }: ProfileColumn): boolean {
  return (kind === 'categorical' || type === 'boolean') && distinct > 1 && completeness > 0.05;
}

function encodings(column: ProfileColumn, all: readonly string[], lengthMax: number): Proposal<Params>[] {
  const { name, complete_domain: isComplete, distinct, values: rows } = column;
  // In the order of numbers where they are numbers, else of code units.
  const values = column.top
    .map(({ value }) => value)
    .sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : a > b ? 1 : 0));
  const isExact = isComplete && values.every((value) => value.length <= lengthMax);
  const others = all.filter((other) => other !== name);
  const fresh = (wanted: readonly string[]) => uniqueNames([...others, ...wanted], [ROW]).slice(others.length);
  const proposal = (method: Params['method'], params: Omit<Params, 'method'>, confidence: number) => ({
    columns: [name],
    params: { method, ...params },
    reason: `${named([name])} has ${times(distinct, 'category').replace('categorys', 'categories')}, which many models take as numbers only.`,
    preconditions: [{ what: 'columns.distinct', value: distinct, threshold: 2, is: 'at_least' as const }],
    evidence: { distinct, top: column.top.slice(0, 5) },
    confidence,
    flagged: rows,
  });
  const found: Proposal<Params>[] = [];
  if (isExact && distinct > 2 && distinct <= ONEHOT_MAX) {
    const names = fresh(values.map((value) => `${name}_${value}`));
    found.push(proposal('onehot', { values, names, buckets: BUCKETS }, 0.8));
  }
  if (isExact) {
    found.push(proposal('ordinal', { values, names: [name], buckets: BUCKETS }, distinct === 2 ? 0.85 : 0.5));
  } else found.push(proposal('hash', { values: [], names: [name], buckets: BUCKETS }, 0.6));
  return found;
}

function encode(column: string, { method, values, names, buckets }: Params, all: readonly string[]): Transformation {
  if (names.length !== (method === 'onehot' ? values.length : 1)) {
    throw new Error(`There are ${names.length} names for the columns that come out.`);
  }
  const others = all.filter((name) => name !== column);
  const taken = names.find((name, at) =>
    [...others, ROW, ...names.slice(0, at)].some((other) => other.toLowerCase() === name.toLowerCase()),
  );
  if (taken !== undefined) throw new Error(`Two columns would be called "${taken}".`);
  const cell = sqlName(column);
  const encoded = {
    // Missing stays missing: it is no category.
    onehot: values.map(
      (value) => `CASE WHEN ${cell} IS NOT NULL THEN (${cell} = ${sqlText(value)})::INTEGER::VARCHAR END`,
    ),
    ordinal: [`(nullif(list_position([${values.map(sqlText).join(', ')}], ${cell}), 0) - 1)::VARCHAR`],
    hash: [`(md5_number_lower(${cell}) % ${buckets})::VARCHAR`],
  }[method];
  const list = all.flatMap((name) =>
    name === column ? names.map((to, at) => `${encoded[at]} AS ${sqlName(to)}`) : [sqlName(name)],
  );
  const decoded = {
    onehot: `CASE ${values.map((value, at) => `WHEN ${sqlName(names[at] ?? '')} = '1' THEN ${sqlText(value)}`).join(' ')} END`,
    ordinal: `list_extract([${values.map(sqlText).join(', ')}], TRY_CAST(${sqlName(names[0] ?? '')} AS INTEGER) + 1)`,
    hash: undefined,
  }[method];
  const back = all.map((name) => (name === column ? `${decoded} AS ${cell}` : sqlName(name)));
  return {
    kind: 'columns',
    columns: all.flatMap((name) => {
      if (name !== column) return [{ name }];
      return method === 'onehot'
        ? names.map((to) => ({ name: to, label: to }))
        : names.map((to) => (to === name ? { name } : { name: to, label: to }));
    }),
    sql: `SELECT ${[ROW, ...list].join(', ')} FROM data`,
    ...(decoded === undefined ? {} : { inverseSql: `SELECT ${[ROW, ...back].join(', ')} FROM data` }),
  };
}
