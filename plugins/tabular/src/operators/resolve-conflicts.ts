/** `resolve_conflicts`: one value for each thing that several sources report on, by votes of sources that mostly agree with others. */
import type { ProfileDocument } from '../documents.generated.ts';
import { valueKey } from '../profile/same-value.ts';
import { patternKey } from '../quality/cell-sql.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator, type Proposal } from './operator.ts';
import { wordsForMissing } from './votes.ts';
import { named, percent } from './words.ts';

interface Params {
  readonly things: readonly string[];
  readonly source: string;
  readonly is_time: boolean;
  readonly min_share: number;
  readonly min_lead: number;
  readonly ignore: readonly string[];
}

const MIN_SHARE = 0.3;
const MIN_LEAD = 0.15;
/** What of both is enough where there is no value that it would be in the place of. */
const TO_FILL = 0.5;
/** Rounds of weighing sources by how often they agree with what is voted for. */
const ROUNDS = 2;
/** Of a vote; whole numbers have one sum in any order. */
const UNIT = 1000;
/** Sources of one thing that have a value most others do not: with more of them it is a mistake that is easily made. */
const SHARED_MAX = 8;
/** Such values that two sources have in common, and share of those of either: one of them copies the other. */
const COPIED_MIN = 5;
const COPIED_SHARE = 60;
/** How much more a way of writing counts that most values of the column have. */
const USUAL = 3;

export const resolveConflicts = defineOperator<Params>({
  name: 'resolve_conflicts',
  phase: 'dependency',
  changes: 'cells',
  reversible: 'with_log',
  fitted: true,
  // Sources agree more often afterwards, and what was not clear may be so then.
  idempotent: false,
  cost: 4,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['things', 'source', 'is_time', 'min_share', 'min_lead', 'ignore'],
    properties: {
      things: {
        description: 'Columns that say which thing a row is about.',
        type: 'array',
        minItems: 1,
        items: { type: 'string' },
      },
      source: { description: 'The column that says who reports it.', type: 'string' },
      is_time: { description: 'Values are times of day: a date beside one does not count.', type: 'boolean' },
      min_share: {
        description: 'Share of the votes that a value has to have.',
        type: 'number',
        minimum: 0,
        maximum: 1,
      },
      min_lead: {
        description: 'Share of the votes by which it has to be ahead of the next one.',
        type: 'number',
        minimum: 0,
        maximum: 1,
      },
      ignore: {
        description: 'Words for missing values, in lower case: they have no vote.',
        type: 'array',
        items: { type: 'string' },
      },
    },
  },
  // Equal for values that differ in form only: a value, and whether it is a `time`.
  functions: { wr_value_key: (value, type) => (value === null ? null : valueKey(value, type === 'time')) },
  propose: (profile) => (profile.reports?.columns ?? []).flatMap((disputed) => proposalFor(profile, disputed)),
  describe: (columns, { things, source }) =>
    `Write ${named(columns)} as most say it of the same ${named(things)}, by the word of each ${named([source])} that is mostly right`,
  transform: ([column = ''], params) => ({
    kind: 'cells',
    columns: [column],
    sql: `WITH ${relations(column, params).join(', ')} SELECT ${ROW}, text AS ${sqlName(column)} FROM cells LEFT JOIN texts USING (v) JOIN winners USING (${keysOf(params).join(', ')}) WHERE (is_clear OR (v IS NULL AND may_fill)) AND (raw IS NULL OR raw <> text)`,
  }),
});

function keysOf({ things }: Params): string[] {
  return things.map((_, at) => `t${at}`);
}

/** The last is `winners`: for each thing `text`, what its value is to be, `is_clear`, and `may_fill` where one is missing. */
function relations(column: string, params: Params): string[] {
  const { things, source, is_time, min_share, min_lead, ignore } = params;
  const keys = keysOf(params);
  const key = keys.join(', ');
  const value = sqlName(column);
  const words = ignore.map(sqlText).join(', ');
  const said = `trim(${value}) <> ''${words === '' ? '' : ` AND lower(trim(${value})) NOT IN (${words})`}`;
  const names = things.map((thing, at) => `${sqlName(thing)} AS t${at}`).join(', ');
  const most = (votes: string, order: string) =>
    `QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY ${votes} DESC, ${order}) = 1`;
  const best = (votes: string) =>
    `SELECT ${key}, k AS best, votes, sum(votes) OVER (PARTITION BY ${key})::BIGINT AS total, coalesce(lead(votes) OVER (PARTITION BY ${key} ORDER BY votes DESC, k), 0) AS next FROM ${votes} ${most('votes', 'k')}`;
  const rounds = Array.from({ length: ROUNDS }, (_, at) => at + 1).flatMap((round) => [
    `judged${round} AS MATERIALIZED (SELECT ${key}, s, k, (best IS NOT NULL)::BIGINT AS asked, coalesce(k = best, false)::BIGINT AS agreed FROM known LEFT JOIN (FROM best${round - 1} WHERE votes > next) USING (${key}))`,
    `sources${round} AS (SELECT s, sum(asked)::BIGINT AS asked, sum(agreed)::BIGINT AS agreed FROM judged${round} GROUP BY s)`,
    // How often it agrees elsewhere; nobody is right because he says so.
    `heard${round} AS (SELECT ${key}, k, (${UNIT} * (o.agreed - j.agreed) + ${UNIT / 2}) // (o.asked - j.asked + 1) AS trust, 1 + coalesce(copies, 0) AS alike FROM judged${round} j JOIN sources${round} o USING (s) LEFT JOIN copied USING (s))`,
    // The square: two that are right half of the time are less than one that always is.
    `votes${round} AS MATERIALIZED (SELECT ${key}, k, sum(trust * trust // ${UNIT} // alike)::BIGINT AS votes FROM heard${round} GROUP BY ${key}, k)`,
    `best${round} AS MATERIALIZED (${best(`votes${round}`)})`,
  ]);
  const isAhead = (part: number) =>
    `b.votes * ${UNIT} >= total * ${Math.round(part * min_share * UNIT)} AND (b.votes - next) * ${UNIT} >= total * ${Math.round(part * min_lead * UNIT)}`;
  const usual = `count(*) * CASE WHEN form = (FROM forms) THEN ${USUAL} ELSE 1 END`;
  return [
    `cells AS MATERIALIZED (SELECT ${ROW}, ${names}, ${sqlName(source)} AS s, ${value} AS raw, CASE WHEN ${said} THEN ${value} END AS v FROM data)`,
    `texts AS MATERIALIZED (SELECT v, wr_value_key(v, ${is_time ? `'time'` : `'text'`}) AS k, ${patternKey('v')} AS form FROM (SELECT DISTINCT v FROM cells WHERE v IS NOT NULL))`,
    `known AS MATERIALIZED (SELECT ${ROW}, ${key}, s, v, k, form FROM cells JOIN texts USING (v) WHERE ${[...keys, 's'].map((name) => `${name} IS NOT NULL`).join(' AND ')})`,
    `votes0 AS MATERIALIZED (SELECT ${key}, k, count(*) AS votes FROM known GROUP BY ${key}, k)`,
    `best0 AS MATERIALIZED (${best('votes0')})`,
    `slips AS MATERIALIZED (SELECT ${key}, s, k FROM known JOIN best0 USING (${key}) JOIN votes0 v USING (${key}, k) WHERE k <> best AND v.votes <= ${SHARED_MAX})`,
    'slipped AS (SELECT s, count(*) AS n FROM slips GROUP BY s)',
    `shared AS (SELECT a.s AS s, b.s AS o, count(*) AS n FROM slips a JOIN slips b USING (${key}, k) WHERE a.s <> b.s GROUP BY a.s, b.s)`,
    `copied AS MATERIALIZED (SELECT shared.s, count(*) AS copies FROM shared JOIN slipped x ON x.s = shared.s JOIN slipped y ON y.s = o WHERE shared.n >= ${COPIED_MIN} AND 100 * shared.n >= ${COPIED_SHARE} * least(x.n, y.n) GROUP BY shared.s)`,
    ...rounds,
    'forms AS (SELECT form FROM known GROUP BY form ORDER BY count(*) DESC, form LIMIT 1)',
    `written AS (SELECT ${key}, v AS text FROM known JOIN best${ROUNDS} USING (${key}) WHERE k = best GROUP BY ${key}, v, form ${most(usual, 'v')})`,
    `winners AS MATERIALIZED (SELECT ${key}, text, ${isAhead(1)} AS is_clear, ${isAhead(TO_FILL)} AS may_fill FROM best${ROUNDS} b JOIN written USING (${key}))`,
  ];
}

function proposalFor(
  profile: ProfileDocument,
  {
    column,
    is_time,
    groups,
    clear,
    plurality,
    conflicts,
    mu,
    source_mu,
    missing,
  }: NonNullable<ProfileDocument['reports']>['columns'][number],
): Proposal<Params>[] {
  const { reports } = profile;
  if (!reports || conflicts + missing === 0) return [];
  const { things, source, thing_count, source_count, filled } = reports;
  return [
    {
      columns: [column],
      params: {
        things,
        source,
        is_time,
        min_share: MIN_SHARE,
        min_lead: MIN_LEAD,
        ignore: wordsForMissing(profile, [column, ...things, source]),
      },
      reason: `${source_count.toLocaleString('en-US')} different ${named([source])} say something of each ${named(things)}, and contradict each other: ${percent(plurality)} of the values of ${named([column])} are what most say.`,
      preconditions: [
        { what: 'reports.columns.mu', value: mu, threshold: 0.1, is: 'at_least' },
        { what: 'reports.columns.conflicts', value: conflicts, threshold: 0, is: 'above' },
      ],
      evidence: { thing_count, source_count, filled, groups, clear, plurality, conflicts, missing, mu, source_mu },
      confidence: confidenceOf(mu, clear / groups),
      flagged: conflicts + missing,
    },
  ];
}

/** From .8, which is enough to be applied, to .95. */
function confidenceOf(mu: number, clear: number): number {
  const sure = (value: number, from: number, to: number) => Math.min(1, Math.max(0, (value - from) / (to - from)));
  return 0.8 + 0.15 * Math.min(sure(mu, 0.1, 0.5), sure(clear, 0.4, 0.9));
}
