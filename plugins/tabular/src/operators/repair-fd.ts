/** `repair_fd`: values that are not what the columns that decide them say. */
import type { ProfileColumn, ProfileDocument } from '../documents.generated.ts';
import { isNear, NEAR_LENGTH_MAX, NEAR_SHARE, NEAR_SHARE_TYPED } from '../profile/near.ts';
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator, type Proposal } from './operator.ts';
import { BALLOT_SCHEMA, type Ballot, dependenciesOn, determinantsOf, winners, wordsForMissing } from './votes.ts';
import { named, times } from './words.ts';

interface Params extends Ballot {
  readonly context: readonly string[];
}

const CONTEXT_MAX = 10;
/** Rows that would change for one value, of a context column or their own: from here on they are an exception, and no slip. */
const EXCEPTION_ROWS = 5;
/** Share of the votes, or of a group, that a value needs to be what the others should be. */
const MAJORITY = 0.6;

export const repairFd = defineOperator<Params>({
  name: 'repair_fd',
  phase: 'dependency',
  changes: 'cells',
  reversible: 'with_log',
  fitted: true,
  // A majority that has grown may decide what it left alone before.
  idempotent: false,
  cost: 4,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['determinants', 'min_support', 'min_confidence', 'ignore', 'context'],
    properties: {
      ...BALLOT_SCHEMA,
      context: {
        description: 'Other columns: where most rows with one value of theirs would change, they are left as they are.',
        type: 'array',
        items: { type: 'string' },
      },
    },
  },
  propose: (profile) => profile.columns.flatMap((column) => proposalFor(profile, column)),
  describe: (columns, { determinants }) =>
    `Write ${named(columns)} as most rows with the same ${either(determinants)} have it`,
  transform: ([column = ''], params, all) => {
    const known = new Set(all);
    const context = params.context.filter((name) => known.has(name));
    const relations = [
      ...winners(column, params, 'minority'),
      `slips AS MATERIALIZED (SELECT ${ROW}, value FROM winners WHERE is_clear AND value <> present AND (${near('present', 'value')} OR (agreeing >= 2 AND opposing = 0)))`,
    ];
    let where = '';
    if (context.length > 0) {
      const names = context.map(sqlName);
      relations.push(
        `seen AS NOT MATERIALIZED (SELECT ${ROW}, ${sqlName(column)} AS v, unnest([${names.map((_, at) => at).join(', ')}]) AS which, unnest([${names.join(', ')}]) AS k FROM data)`,
        `exceptions AS (SELECT which, k FROM seen LEFT JOIN slips USING (${ROW}) WHERE k IS NOT NULL AND v IS NOT NULL GROUP BY which, k HAVING count(slips.value) >= ${EXCEPTION_ROWS} AND 2 * count(slips.value) >= count(*))`,
      );
      where = ` WHERE ${ROW} NOT IN (SELECT ${ROW} FROM seen JOIN exceptions USING (which, k))`;
    }
    return {
      kind: 'cells',
      columns: [column],
      sql: `WITH ${relations.join(', ')} SELECT ${ROW}, slips.value AS ${sqlName(column)} FROM slips JOIN data USING (${ROW})${where}`,
    };
  },
});

/** The rule of `isNear` in SQL, for a value that no large group has. */
function near(one: string, other: string): string {
  const longest = `greatest(length(${one}), length(${other}))`;
  const number = (name: string) => `regexp_full_match(${name}, '[-+]?[0-9][0-9.,]*')`;
  const share = `CASE WHEN ${number(one)} OR ${number(other)} THEN ${NEAR_SHARE_TYPED} ELSE ${NEAR_SHARE} END`;
  return `(${longest} BETWEEN 2 AND ${NEAR_LENGTH_MAX} AND NOT (${number(one)} AND ${number(other)}) AND ${one} NOT IN (FROM settled) AND damerau_levenshtein(lower(${one}), lower(${other})) <= greatest(1, floor(${share} * ${longest})))`;
}

/** `"zip"`, `"zip" or "phone"`, `"zip" or "name" and "owner" together`. */
function either(determinants: Ballot['determinants']): string {
  const words = determinants.map(({ columns }) =>
    columns.length === 1 ? named(columns) : `${named(columns)} together`,
  );
  const shown = words.length > 4 ? [...words.slice(0, 3), `${words.length - 3} others`] : words;
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} or ${last}`;
}

function proposalFor(profile: ProfileDocument, { name }: ProfileColumn): Proposal<Params>[] {
  const dependencies = dependenciesOn(profile, name);
  const [best] = dependencies;
  if (!best) return [];
  const { near } = best;
  const far = best.violations - near;
  // A value that is quite another one has to be against two of them.
  const agreed = dependencies.length > 1 ? far : 0;
  const flagged = near + agreed;
  if (flagged === 0) return [];
  const used = [...new Set(dependencies.flatMap(({ lhs }) => lhs))];
  return [
    {
      columns: [name],
      params: {
        determinants: determinantsOf(dependencies),
        min_support: 3,
        min_confidence: MAJORITY,
        ignore: wordsForMissing(profile, [name, ...used]),
        context: contextFor(profile, [name, ...used]),
      },
      reason: `In ${times(best.violations, 'row')}, ${named([name])} is not what most rows with the same ${either([{ columns: best.lhs, weight: 1 }])} have${near > 0 ? `; ${near.toLocaleString('en-US')} ${near === 1 ? 'is' : 'are'} written nearly like it` : ''}.`,
      preconditions: [
        { what: 'dependencies.soft.violations', value: best.violations, threshold: 0, is: 'above' },
        { what: 'dependencies.soft.g3', value: best.g3, threshold: profile.params.fd_g3, is: 'at_most' },
      ],
      evidence: {
        dependencies: dependencies.map(({ lhs, g3, mu, violations, near: alike }) => ({
          lhs,
          g3,
          mu,
          violations,
          near: alike,
        })),
        examples: examplesOf(best),
      },
      confidence: 0.55 + (0.4 * near + 0.36 * scattered(best) * agreed) / best.violations,
      flagged,
    },
  ];
}

/**
 * Share of the values that are quite other ones, in groups clear enough to change them, that slips explain: those differ,
 * and one that comes back as most of what differs in a group is an exception that holds there.
 */
function scattered({ groups }: ReturnType<typeof dependenciesOn>[number]): number {
  let all = 0;
  let repeated = 0;
  for (const { rows, majority, minority } of groups) {
    if (majority.count < MAJORITY * rows) continue;
    const counts = minority.filter(({ value }) => !isNear(value ?? '', majority.value ?? '')).map(({ count }) => count);
    const others = counts.reduce((sum, count) => sum + count, 0);
    all += others;
    for (const count of counts) if (count >= EXCEPTION_ROWS && 2 * count >= others) repeated += count;
  }
  return all === 0 ? 1 : 1 - repeated / all;
}

function examplesOf({ groups }: ReturnType<typeof dependenciesOn>[number]) {
  return groups.slice(0, 3).map(({ lhs, majority, minority }) => ({ lhs, majority, minority: minority.slice(0, 2) }));
}

/** Columns in which a value comes back often enough for its rows to be an exception of their own. */
function contextFor({ columns, table }: ProfileDocument, without: readonly string[]): string[] {
  return columns
    .filter(({ name, distinct }) => distinct >= 2 && distinct <= table.rows / EXCEPTION_ROWS && !without.includes(name))
    .sort((a, b) => a.distinct - b.distinct || a.position - b.position)
    .slice(0, CONTEXT_MAX)
    .map(({ name }) => name);
}
