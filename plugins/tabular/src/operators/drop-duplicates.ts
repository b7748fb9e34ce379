/** `drop_duplicates`: one row of those that are equal, in all columns or in some. */
import type { ProfileDocument } from '../documents.generated.ts';
import { SQL_SPACES } from '../profile/values.ts';
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator, type Proposal } from './operator.ts';
import { named, times } from './words.ts';

interface Params {
  readonly keep: 'first' | 'last' | 'most_complete';
  /** But for case, accents and blanks. */
  readonly loosely?: boolean;
}

export const dropDuplicates = defineOperator<Params>({
  name: 'drop_duplicates',
  phase: 'rows',
  changes: 'rows',
  reversible: 'no',
  fitted: false,
  idempotent: true,
  cost: 2,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['keep'],
    properties: {
      keep: {
        description: 'Which of them stays; `most_complete`: the one with the fewest missing cells, then the first.',
        enum: ['first', 'last', 'most_complete'],
      },
      loosely: {
        description: 'Whether they are equal whatever the case of letters, accents and blanks.',
        type: 'boolean',
      },
    },
  },
  propose: (profile) => [...equal(profile), ...nearlyEqual(profile), ...sameKey(profile)],
  describe: (columns, { keep, loosely = false }) => {
    const which = { first: 'the first', last: 'the last', most_complete: 'the most complete' }[keep];
    return `Of rows that are equal in ${named(columns)}${loosely ? ', but for case, accents and blanks,' : ''} keep ${which}`;
  },
  transform: (columns, { keep, loosely = false }, all) => {
    const names = columns.map((column) => (loosely ? folded(sqlName(column)) : sqlName(column)));
    const missing = all.map((column) => `(${sqlName(column)} IS NULL)::INTEGER`).join(' + ');
    const order = { first: ROW, last: `${ROW} DESC`, most_complete: `${missing}, ${ROW}` }[keep];
    const ranked = `SELECT ${ROW}, row_number() OVER (PARTITION BY ${names.join(', ')} ORDER BY ${order}) AS place FROM data`;
    return { kind: 'rows', sql: `SELECT ${ROW} FROM (${ranked}) WHERE place > 1` };
  },
});

/** As the profile compares rows that are nearly equal. */
function folded(name: string): string {
  return `lower(strip_accents(regexp_replace(trim(coalesce(${name}, ''), ${SQL_SPACES}), '\\s+', ' ', 'g')))`;
}

function equal({ table, columns }: ProfileDocument): Proposal<Params>[] {
  const { duplicate_rows: duplicates, rows } = table;
  if (duplicates === 0) return [];
  return [
    {
      columns: columns.map(({ name }) => name),
      params: { keep: 'first' },
      reason: `${times(duplicates, 'row')} ${duplicates === 1 ? 'is' : 'are'} there before, with the same value in every column.`,
      preconditions: [{ what: 'table.duplicate_rows', value: duplicates, threshold: 0, is: 'above' }],
      evidence: { duplicate_rows: duplicates, rows },
      confidence: 0.9,
      flagged: duplicates,
    },
  ];
}

function nearlyEqual({ table, columns }: ProfileDocument): Proposal<Params>[] {
  const { near_duplicate_rows: near, duplicate_rows: duplicates, rows } = table;
  if (near === 0) return [];
  return [
    {
      columns: columns.map(({ name }) => name),
      params: { keep: 'most_complete', loosely: true },
      reason: `${times(near, 'row')} ${near === 1 ? 'is' : 'are'} there before, but for case, accents and blanks.`,
      preconditions: [{ what: 'table.near_duplicate_rows', value: near, threshold: 0, is: 'above' }],
      evidence: { near_duplicate_rows: near, duplicate_rows: duplicates, rows },
      confidence: 0.75,
      flagged: near + duplicates,
    },
  ];
}

/** Names of columns that are there to tell rows apart. */
const KEY_NAME = /(^|[^a-z])(id|key|uuid|guid)s?$/i;
const KEY_NAME_CAMEL = /[a-z](Id|ID|Key)$/;

/** Rows with the same value in a column that is meant to be different in each. What else they differ in is lost. */
function sameKey({ keys, table }: ProfileDocument): Proposal<Params>[] {
  return keys.near.flatMap(({ columns, duplicates }): Proposal<Params>[] => {
    const [name = ''] = columns;
    if (columns.length > 1 || duplicates === 0 || !(KEY_NAME.test(name) || KEY_NAME_CAMEL.test(name))) return [];
    if (duplicates <= table.duplicate_rows) return [];
    return [
      {
        columns,
        params: { keep: 'most_complete' },
        reason: `${named(columns)} is different in nearly every row, but ${times(duplicates, 'row')} ${duplicates === 1 ? 'has' : 'have'} one that is there before.`,
        preconditions: [{ what: 'keys.near.duplicates', value: duplicates, threshold: 0, is: 'above' }],
        evidence: { duplicates, rows: table.rows },
        confidence: 0.5,
        flagged: duplicates,
      },
    ];
  });
}
