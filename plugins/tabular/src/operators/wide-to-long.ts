/** `wide_to_long`: groups of columns that repeat become rows. */
import type { ProfileDocument } from '../documents.generated.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { assertDifferent, free, listed, numbered, SHAPE_MIN } from './numbered.ts';
import { defineOperator, type Proposal } from './operator.ts';
import { named } from './words.ts';

interface Params {
  /** What tells the groups apart, in their order. */
  readonly keys: readonly string[];
  /** Of the column with the keys. */
  readonly name: string;
  /** Names of the columns that come out beside it. */
  readonly stems: readonly string[];
  /** For each key the columns, one for each stem; null where there is none. */
  readonly groups: readonly (readonly (string | null)[])[];
}

export const wideToLong = defineOperator<Params>({
  name: 'wide_to_long',
  phase: 'shape',
  changes: 'table',
  reversible: 'yes',
  fitted: false,
  idempotent: false,
  cost: 3,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['keys', 'name', 'stems', 'groups'],
    properties: {
      keys: { description: 'What tells the groups apart.', type: 'array', minItems: 2, items: { type: 'string' } },
      name: { description: 'Name of the column with the keys.', type: 'string', minLength: 1 },
      stems: {
        description: 'Names of the other new columns.',
        type: 'array',
        minItems: 1,
        items: { type: 'string', minLength: 1 },
      },
      groups: {
        description: 'For each key the columns, one for each of `stems`; null where there is none.',
        type: 'array',
        items: { type: 'array', items: { type: ['string', 'null'] } },
      },
    },
  },
  propose: ({ reshape, columns }) => groupProposals(reshape.groups, columns),
  describe: (columns, { keys, stems, name }) =>
    `Stack ${columns.length} columns in ${keys.length} groups, ${named(columns)}, into ${named([name, ...stems])}`,
  transform: (columns, { keys, name, stems, groups }, all) => {
    const isWhole = groups.length === keys.length && groups.every((group) => group.length === stems.length);
    const grouped = groups.flat().filter((column) => column !== null);
    if (!isWhole || grouped.length !== columns.length || columns.some((column) => !grouped.includes(column))) {
      throw new Error('The groups are not those of the columns.');
    }
    const kept = all.filter((column) => !columns.includes(column));
    assertDifferent([...kept, name, ...stems]);
    const { from, at } = numbered(all);
    const place = sqlName(free('place', all));
    const cells = stems.map((stem, index) => {
      const group = groups.map((one) => one[index] ?? null);
      return `, [${group.map((column) => (column === null ? 'NULL' : sqlName(column))).join(', ')}][${place} + 1] AS ${sqlName(stem)}`;
    });
    const back = all.map((column) => {
      const key = groups.findIndex((group) => group.includes(column));
      const stem = stems[groups[key]?.indexOf(column) ?? -1];
      return stem === undefined
        ? `any_value(${sqlName(column)}) AS ${sqlName(column)}`
        : `max(${sqlName(stem)}) FILTER (WHERE ${ROW} % ${keys.length} = ${key}) AS ${sqlName(column)}`;
    });
    return {
      kind: 'table',
      columns: [
        ...kept.map((column) => ({ name: column })),
        ...[name, ...stems].map((column) => ({ name: column, label: column })),
      ],
      sql: `SELECT ${at} * ${keys.length} + ${place} AS ${ROW}${listed(kept)}, [${keys.map(sqlText).join(', ')}][${place} + 1] AS ${sqlName(name)}${cells.join('')} FROM ${from}, (SELECT unnest(range(${keys.length})) AS ${place})`,
      inverseSql: `SELECT * FROM (SELECT ${ROW} // ${keys.length} AS ${ROW}, ${back.join(', ')} FROM data GROUP BY ALL) ORDER BY ${ROW}`,
    };
  },
});

/** For groups of a table with these columns. */
export function groupProposals(
  groups: ProfileDocument['reshape']['groups'],
  columns: readonly { readonly name: string }[],
): Proposal<Params>[] {
  return groups
    .filter(({ score }) => score >= SHAPE_MIN)
    .map(({ stems, keys, columns: members, score }) => {
      const all = columns.map(({ name }) => name);
      const grouped = all.filter((name) => members.some((group) => group.includes(name)));
      const kept = all.filter((name) => !grouped.includes(name));
      const name = free('group', [...kept, ...stems]);
      const fresh: string[] = [];
      for (const stem of stems) fresh.push(free(stem === '' ? 'value' : stem, [...kept, name, ...fresh]));
      return {
        columns: grouped,
        params: { keys, name, stems: fresh, groups: members },
        reason: `${named(stems)} are there ${keys.length} times, once for each of ${named(keys)}.`,
        preconditions: [{ what: 'reshape.groups.score', value: score, threshold: 0, is: 'above' as const }],
        evidence: { keys, stems },
        confidence: score,
        flagged: null,
      };
    });
}
