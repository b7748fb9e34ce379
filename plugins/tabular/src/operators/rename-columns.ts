/** `rename_columns`: names that are all there, all different, and easy to write. */
import type { ProfileColumn } from '../documents.generated.ts';
import { sqlName, uniqueNames } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator, type Proposal } from './operator.ts';
import { named, times } from './words.ts';

interface Params {
  /** One for each column. */
  readonly names: readonly string[];
}

export const renameColumns = defineOperator<Params>({
  name: 'rename_columns',
  phase: 'columns',
  changes: 'columns',
  reversible: 'yes',
  fitted: false,
  idempotent: false,
  cost: 1,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['names'],
    properties: {
      names: {
        description: 'New names, one for each column, in their order.',
        type: 'array',
        items: { type: 'string', minLength: 1 },
      },
    },
  },
  propose: ({ columns }) => {
    // Without a header there is nothing that was named badly.
    if (columns.every(({ label }) => label === null)) return [];
    const labels = columns.map(({ label, name }) => label ?? name);
    const faults = columns.map((column) => faultOf(column, labels));
    const tidied = uniqueNames(labels.map(tidy), [ROW]);
    const snake = uniqueNames(labels.map(snakeCase), [ROW]);
    const proposals = [
      ...renaming(columns, tidied, faults.filter((fault) => fault !== undefined).length, {
        confidence: 0.9,
        reason: (count) =>
          `${times(count, 'name')} of columns ${count === 1 ? 'is' : 'are'} blank, there twice or padded.`,
      }),
    ];
    if (snake.some((name, at) => name !== tidied[at])) {
      proposals.push(
        ...renaming(columns, snake, snake.filter((name, at) => name !== columns[at]?.name).length, {
          confidence: 0.5,
          reason: (count) => `${times(count, 'name')} of columns would have to be quoted in most languages.`,
        }),
      );
    }
    return proposals;
  },
  describe: (columns, { names }) => `Rename ${named(columns)} to ${named(names)}`,
  transform: (columns, { names }, all) => {
    if (names.length !== columns.length) {
      throw new Error(`There are ${names.length} names for ${columns.length} columns.`);
    }
    const renamed = new Map(columns.map((column, at) => [column, names[at] ?? column]));
    const after = all.map((column) => renamed.get(column) ?? column);
    const twice = after.find((name, at) => after.findIndex((other) => same(other, name)) !== at);
    if (twice !== undefined) throw new Error(`Two columns would be called "${twice}".`);
    const reserved = after.find((name) => same(name, ROW));
    if (reserved !== undefined) throw new Error(`No column can be called "${reserved}".`);
    const list = (from: readonly string[], to: readonly string[]) =>
      from.map((column, at) => `${sqlName(column)} AS ${sqlName(to[at] ?? column)}`).join(', ');
    return {
      kind: 'columns',
      columns: after.map((name, at) => (renamed.has(all[at] ?? '') ? { name, label: name } : { name })),
      sql: `SELECT ${ROW}, ${list(all, after)} FROM data`,
      inverseSql: `SELECT ${ROW}, ${list(after, all)} FROM data`,
    };
  },
});

const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

function renaming(
  columns: readonly ProfileColumn[],
  names: readonly string[],
  count: number,
  { confidence, reason }: { readonly confidence: number; readonly reason: (count: number) => string },
): Proposal<Params>[] {
  const changed = columns.flatMap(({ name, label }, at) => {
    const to = names[at] ?? name;
    return to === name && to === label ? [] : [{ name, to }];
  });
  if (changed.length === 0 || count === 0) return [];
  return [
    {
      columns: changed.map(({ name }) => name),
      params: { names: changed.map(({ to }) => to) },
      reason: reason(count),
      preconditions: [{ what: 'columns.label', value: count, threshold: 0, is: 'above' }],
      evidence: { names: changed.length, columns: columns.length },
      confidence,
      flagged: changed.length,
    },
  ];
}

function faultOf({ label }: ProfileColumn, labels: readonly string[]): 'blank' | 'twice' | 'padded' | undefined {
  if (label === null) return undefined;
  if (label.trim() === '') return 'blank';
  if (labels.filter((other) => same(other.trim(), label.trim())).length > 1) return 'twice';
  return label === tidy(label) ? undefined : 'padded';
}

/** On one line, without blanks around it or several in a row. */
function tidy(label: string): string {
  return label.replaceAll(/[\s\p{Z}\p{C}]+/gu, ' ').trim();
}

const SIGNS: { readonly [sign: string]: string } = { '%': ' percent ', '#': ' number ', '&': ' and ', '@': ' at ' };

/** Small letters, digits and underscores; letters of other alphabets stay. */
function snakeCase(label: string): string {
  return tidy(label)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[%#&@]/g, (sign) => SIGNS[sign] ?? sign)
    .replaceAll(/['’]/g, '')
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, '$1_$2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
}
