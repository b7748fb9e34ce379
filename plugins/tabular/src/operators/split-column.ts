/** `split_column`: parts of values as columns of their own. */
import type { ProfileColumn, ProfileSplit } from '../documents.generated.ts';
import { sqlName, sqlText, uniqueNames } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator } from './operator.ts';
import type { Transformation } from './transformation.ts';
import { named, percent, shown, times } from './words.ts';

interface Params {
  readonly separator: string;
  /** `every` separator, or the `first` or `last` one only. */
  readonly at: 'every' | 'first' | 'last';
  /** Of the new columns, one for each part. */
  readonly names: readonly string[];
}

export const splitColumn = defineOperator<Params>({
  name: 'split_column',
  phase: 'columns',
  changes: 'columns',
  reversible: 'yes',
  fitted: false,
  idempotent: false,
  cost: 1,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['separator', 'at', 'names'],
    properties: {
      separator: { description: 'Text between parts.', type: 'string', minLength: 1 },
      at: {
        description: '`every`: at each separator · `first`, `last`: at that one only, into two parts.',
        enum: ['every', 'first', 'last'],
      },
      names: {
        description:
          'Names of the new columns, one for each part. A value with more or fewer parts stays whole, in the first.',
        type: 'array',
        minItems: 2,
        items: { type: 'string', minLength: 1 },
      },
    },
  },
  propose: ({ columns }) => {
    const all = columns.map(({ name }) => name);
    return columns.flatMap((column) => {
      // The first says all that later ones would.
      const [split] = column.splits.filter((one) => confidenceOf(column, one) > 0);
      if (!split) return [];
      const at = { separator: 'every', trailing_token: 'last', leading_token: 'first' } as const;
      return {
        columns: [column.name],
        params: { separator: split.separator, at: at[split.kind], names: namesOf(column, split, all) },
        reason: reasonOf(column, split),
        preconditions: [{ what: 'splits.share', value: split.share, threshold: 0.95, is: 'at_least' as const }],
        evidence: { values: split.count, parts: split.parts, in: split.column },
        confidence: confidenceOf(column, split),
        flagged: split.count,
      };
    });
  },
  describe: (columns, { separator, at, names }) => {
    const where = { every: 'at each', first: 'at the first', last: 'at the last' }[at];
    return `Split ${named(columns)} ${where} ${shown(separator)} into ${named(names)}`;
  },
  transform: ([column = ''], { separator, at, names }, all) => splitAt(column, separator, at, names, all),
});

function splitAt(
  column: string,
  separator: string,
  at: Params['at'],
  names: readonly string[],
  all: readonly string[],
): Transformation {
  const others = all.filter((name) => name !== column);
  const taken = names.find((name, place) =>
    [...others, ROW, ...names.slice(0, place)].some((other) => other.toLowerCase() === name.toLowerCase()),
  );
  if (taken !== undefined) throw new Error(`Two columns would be called "${taken}".`);
  if (at !== 'every' && names.length !== 2) throw new Error('A split at one place needs two names.');
  const cell = sqlName(column);
  const by = sqlText(separator);
  const split = `string_split(${cell}, ${by})`;
  // What is not split as it should be stays whole, in the first part, so that joining gives the text back.
  const parts = {
    every: names.map((_, place) => {
      const part = `${split}[${place + 1}]`;
      return `CASE WHEN len(${split}) = ${names.length} THEN ${part} ${place === 0 ? `ELSE ${cell} ` : ''}END`;
    }),
    first: [
      `CASE WHEN contains(${cell}, ${by}) THEN ${split}[1] ELSE ${cell} END`,
      `CASE WHEN contains(${cell}, ${by}) THEN array_to_string(${split}[2:], ${by}) END`,
    ],
    last: [
      `CASE WHEN contains(${cell}, ${by}) THEN array_to_string(${split}[:-2], ${by}) ELSE ${cell} END`,
      `CASE WHEN contains(${cell}, ${by}) THEN ${split}[-1] END`,
    ],
  }[at];
  const list = all.flatMap((name) =>
    name === column ? names.map((to, place) => `${parts[place]} AS ${sqlName(to)}`) : [sqlName(name)],
  );
  const joined = `CASE WHEN ${sqlName(names[0] ?? '')} IS NOT NULL THEN concat_ws(${by}, ${names.map(sqlName).join(', ')}) END`;
  const back = all.map((name) => (name === column ? `${joined} AS ${cell}` : sqlName(name)));
  return {
    kind: 'columns',
    columns: all.flatMap((name) => (name === column ? names.map((to) => ({ name: to, label: to })) : [{ name }])),
    sql: `SELECT ${[ROW, ...list].join(', ')} FROM data`,
    inverseSql: `SELECT ${[ROW, ...back].join(', ')} FROM data`,
  };
}

/** What is one value to those who know it, however it is written. */
const WHOLE = new Set([
  'email',
  'url',
  'domain',
  'ip',
  'phone',
  'uuid',
  'hash',
  'iban',
  'credit_card',
  'isbn',
  'issn',
  'ean',
  'file_path',
  'postal_code',
  'language_code',
]);

/** 0: no reason to split. */
function confidenceOf(column: ProfileColumn, split: ProfileSplit): number {
  if (column.type !== 'text' || column.list !== null) return 0;
  if (column.semantic.some(({ type }) => WHOLE.has(type))) return 0;
  if (column.datetime !== null && column.datetime.count >= 0.5 * column.values) return 0;
  if (column.numbers !== null && column.numbers.share >= 0.5) return 0;
  // What another column says already.
  if (split.kind !== 'separator') return split.share >= 0.95 ? 0.4 : 0;
  if (split.parts.some(({ type }) => type === 'empty')) return 0;
  const isApart = split.parts.some(({ type }, at) => at > 0 && type !== split.parts[0]?.type);
  const isCoded = split.parts.some(({ distinct }) => distinct <= 0.2 * split.count);
  const strong = [', ', ' - ', ' / ', '; ', ' | ', '|', ';'].includes(split.separator);
  const base = strong ? 0.55 : 0.35;
  return Math.min(0.78, base + (isApart ? 0.15 : 0) + (isCoded ? 0.08 : 0));
}

function namesOf({ name, semantic }: ProfileColumn, { parts }: ProfileSplit, all: readonly string[]): string[] {
  const wanted =
    semantic[0]?.type === 'person_name' && parts.length === 2
      ? [`${name}_1`, `${name}_2`]
      : parts.map((_, at) => `${name}_${at + 1}`);
  const others = all.filter((other) => other !== name);
  return uniqueNames([...others, ...wanted], [ROW]).slice(others.length);
}

function reasonOf({ name }: ProfileColumn, { kind, separator, arity, count, share, column }: ProfileSplit): string {
  const values = `${times(count, 'value')} of ${named([name])} (${percent(share)})`;
  return kind === 'separator'
    ? `${values} ${count === 1 ? 'has' : 'have'} ${arity} parts with ${shown(separator)} between them.`
    : `${values} ${kind === 'trailing_token' ? 'end' : 'begin'} with a word that ${named([column ?? ''])} has, too.`;
}
