/**
 * What rows with the same left side say about a cell, over several functional dependencies: the vote of each group for a
 * value is the share of its rows with it, times the weight of the dependency. In SQL, with whole numbers, so that no
 * order of adding counts. Pure.
 */
import type { ProfileColumn, ProfileDocument, ProfileSoftDependency } from '../documents.generated.ts';
import { isMeasure } from '../profile/measures.ts';
import { standsForMissing } from '../profile/placeholders.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';

export interface Determinant {
  readonly columns: readonly string[];
  /** From 0 to 1. */
  readonly weight: number;
}

export interface Ballot {
  readonly determinants: readonly Determinant[];
  /** Rows of a group with a value, at least. */
  readonly min_support: number;
  /** Share of the votes that a value has to have. */
  readonly min_confidence: number;
  /** Words that stand for a missing value, in lower case. */
  readonly ignore: readonly string[];
}

export const BALLOT_SCHEMA = {
  determinants: {
    description: 'Columns that decide the value, and how much they count.',
    type: 'array',
    minItems: 1,
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['columns', 'weight'],
      properties: {
        columns: { type: 'array', minItems: 1, items: { type: 'string' } },
        weight: { type: 'number', exclusiveMinimum: 0, maximum: 1 },
      },
    },
  },
  min_support: {
    description: 'Rows with the same determinants that there have to be, to decide a value.',
    type: 'integer',
    minimum: 2,
  },
  min_confidence: {
    description: 'Share of their votes that a value has to have.',
    type: 'number',
    minimum: 0.5,
    maximum: 1,
  },
  ignore: {
    description: 'Words for missing values, in lower case: they have no vote.',
    type: 'array',
    items: { type: 'string' },
  },
} as const;

/** Dependencies with more on the left are worth it only where they are as good as certain. */
const PAIR_MU_MIN = 0.9;
const DETERMINANTS_MAX = 8;

/**
 * The dependencies that decide a column, the best first. Sums and measures are left out: equal ones are so by chance, and
 * rare ones are not wrong.
 */
export function dependenciesOn(profile: ProfileDocument, column: string): ProfileSoftDependency[] {
  if (isDisputed(profile, column)) return [];
  const facts = new Map(profile.columns.map((one) => [one.name, one]));
  const isCertain = (name: string) => {
    const found = facts.get(name);
    return found !== undefined && !isMeasure(found);
  };
  const all = profile.dependencies.soft.filter(
    ({ lhs, rhs }) => rhs === column && isCertain(rhs) && lhs.every(isCertain),
  );
  const single = all.filter(({ lhs }) => lhs.length === 1);
  const pairs = all.filter(({ lhs, mu }) => lhs.length > 1 && (single.length === 0 || mu >= PAIR_MU_MIN));
  return [...single, ...pairs].slice(0, DETERMINANTS_MAX);
}

/** Sources contradict each other in it: `resolve_conflicts` weighs what they say, and who else looks at it sees noise. */
export function isDisputed({ reports }: ProfileDocument, column: string): boolean {
  return reports?.columns.some((one) => one.column === column) === true;
}

export function determinantsOf(dependencies: readonly ProfileSoftDependency[]): Determinant[] {
  return dependencies.map(({ lhs, mu }) => ({ columns: lhs, weight: Math.max(0.01, Math.round(mu * 100) / 100) }));
}

/** Words for missing values in these columns, in order. */
export function wordsForMissing({ columns }: ProfileDocument, names: readonly string[]): string[] {
  const words = columns
    .filter(({ name }) => names.includes(name))
    .flatMap(({ placeholders }) => placeholders.filter(standsForMissing))
    .map(({ value }) => value.toLowerCase());
  return [...new Set(words)].sort();
}

/** Cells without a value, those included with a word for that which nobody would take for a value. */
export function missingIn({ missing, placeholders }: ProfileColumn): number {
  return missing.count + placeholders.reduce((sum, one) => sum + (one.token && one.disguised ? one.count : 0), 0);
}

/** Values of a group that are voted for. */
const VALUES_MAX = 5;
const UNIT = 1_000_000;

/**
 * Relations for a `WITH`, the last of which is `winners`, with the value that is voted for in each row that is asked
 * about: `_row`, `present` (its own value), `value`, `is_clear` (it has its share of the votes, and a group large
 * enough), `agreeing` and `opposing` (how many determinants are mostly for it, and for another). Asked about are rows
 * without a value (`missing`), or with one that is not that of most of a group (`minority`). `settled` are the values that
 * most of a large group have. All determinants are in the same few relations, one below the other: with a relation for
 * each of them, DuckDB takes longer to plan it than to look at some thousand rows.
 */
export function winners(target: string, ballot: Ballot, asked: 'missing' | 'minority'): string[] {
  const { determinants, min_support, min_confidence, ignore } = ballot;
  const value = sqlName(target);
  const words = ignore.map(sqlText).join(', ');
  const counts = (name: string) =>
    words === '' ? `${name} IS NOT NULL` : `${name} IS NOT NULL AND lower(trim(${name})) NOT IN (${words})`;
  const keys = determinants.map(({ columns }) => {
    const names = columns.map(sqlName);
    // With lengths, so that the parts of two keys that are the same text are the same.
    const parts = names.flatMap((name, key) => (key < names.length - 1 ? [`length(${name})`, name] : [name]));
    return `CASE WHEN ${names.map(counts).join(' AND ')} THEN concat_ws(':', ${parts.join(', ')}) END`;
  });
  const weights = determinants.map(({ weight }) => Math.round(weight * UNIT));
  const unnested = (items: readonly (string | number)[]) => `unnest([${items.join(', ')}])`;
  const rows =
    asked === 'missing'
      ? 'v IS NULL'
      : `${counts('v')} AND ${ROW} IN (SELECT ${ROW} FROM said JOIN most USING (which, k) WHERE most.place = 1 AND said.v <> most.v)`;
  return [
    `said AS NOT MATERIALIZED (SELECT ${ROW}, ${value} AS v, ${unnested(determinants.map((_, at) => at))} AS which, ${unnested(weights)} AS weight, ${unnested(keys)} AS k FROM data)`,
    `counted AS (SELECT which, k, v, count(*) AS n FROM said WHERE k IS NOT NULL AND ${counts('v')} GROUP BY which, k, v)`,
    `most AS MATERIALIZED (SELECT *, sum(n) OVER (PARTITION BY which, k)::BIGINT AS total, row_number() OVER (PARTITION BY which, k ORDER BY n DESC, v) AS place FROM counted QUALIFY total >= 2 AND place <= ${VALUES_MAX})`,
    `settled AS MATERIALIZED (SELECT DISTINCT v FROM most WHERE place = 1 AND n >= 2 AND total >= ${min_support})`,
    `asked AS (SELECT * FROM said WHERE ${rows})`,
    `votes AS (SELECT ${ROW}, asked.v AS present, most.v, weight * n // total AS votes, CASE WHEN place = 1 THEN weight ELSE 0 END AS voters, (place = 1)::INTEGER AS most, (total >= ${min_support} AND n >= 2)::INTEGER AS large FROM asked JOIN most USING (which, k))`,
    `tallies AS (SELECT ${ROW}, present, v AS value, sum(votes) AS votes, sum(most) AS agreeing, sum(sum(most)) OVER (PARTITION BY ${ROW}) AS voting, max(large) AS large, sum(sum(voters)) OVER (PARTITION BY ${ROW}) AS voters FROM votes GROUP BY ${ROW}, present, v)`,
    `winners AS MATERIALIZED (SELECT ${ROW}, present, value, agreeing, voting - agreeing AS opposing, votes * ${UNIT} >= voters * ${Math.round(min_confidence * UNIT)} AND large = 1 AS is_clear FROM tallies QUALIFY row_number() OVER (PARTITION BY ${ROW} ORDER BY votes DESC, value) = 1)`,
  ];
}
