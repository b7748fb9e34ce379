/** `repair_typo`: rare values that are written nearly like a frequent one. */
import type { ProfileColumn, ProfileDocument, ProfileFinding } from '../documents.generated.ts';
import { findTypos } from '../profile/typos.ts';
import { SQL_SPACES, trimSpaces } from '../profile/values.ts';
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator, type Proposal } from './operator.ts';
import { dependenciesOn, isDisputed } from './votes.ts';
import { change, named, times } from './words.ts';

interface Params {
  readonly min_length: number;
  readonly min_ratio: number;
}

/** Slips in long words beside a frequent one, which hardly ever are another thing. */
const SURE: Params = { min_length: 8, min_ratio: 20 };
const ANY: Params = { min_length: 4, min_ratio: 5 };
const DISTINCT_MAX = 0.5;
/** Different values that are looked at, the most frequent and the rarest first. */
const VALUES_MAX = 50_000;

/** People, places and codes are often nearly alike, and right. */
const NAMES = new Set(['person', 'email', 'url', 'domain', 'hash', 'identifier', 'uuid', 'iban', 'isbn', 'file_path']);

export const repairTypo = defineOperator<Params>({
  name: 'repair_typo',
  phase: 'typo',
  changes: 'cells',
  reversible: 'with_log',
  fitted: true,
  // What is repaired makes a frequent value more frequent still.
  idempotent: false,
  cost: 2,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['min_length', 'min_ratio'],
    properties: {
      min_length: { description: 'Characters that the frequent value has at least.', type: 'integer', minimum: 4 },
      min_ratio: { description: 'Times that it is as frequent, at least.', type: 'number', minimum: 5 },
    },
  },
  // Values (as JSON, with how many rows have each), `min_length` and `min_ratio`; gives what becomes of which, as JSON.
  functions: {
    wr_typos: (values, length, ratio) =>
      JSON.stringify(mappingOf(JSON.parse(values ?? '[]'), { min_length: Number(length), min_ratio: Number(ratio) })),
  },
  propose: (profile) => profile.columns.flatMap((column) => proposalsFor(profile, column)),
  describe: (columns, { min_ratio }) =>
    `Write values of ${named(columns)} that look like a slip as the value that is ${min_ratio} times as frequent`,
  transform: ([column = ''], { min_length, min_ratio }) => {
    const name = sqlName(column);
    const values = `SELECT ${name} AS t, count(*)::INTEGER AS n FROM data WHERE trim(${name}, ${SQL_SPACES}) <> '' GROUP BY 1 ORDER BY n DESC, t LIMIT ${VALUES_MAX}`;
    const found = `SELECT unnest(from_json(wr_typos(to_json(list({t: t, n: n} ORDER BY n DESC, t))::VARCHAR, '${min_length}', '${min_ratio}'), '[{"f":"VARCHAR","t":"VARCHAR"}]')) AS one FROM (${values})`;
    return {
      kind: 'cells',
      columns: [column],
      sql: `WITH found AS MATERIALIZED (${found}) SELECT ${ROW}, one.t AS ${name} FROM data JOIN found ON ${name} = one.f`,
    };
  },
});

function mappingOf(counts: readonly { readonly t: string; readonly n: number }[], params: Params) {
  const total = counts.reduce((sum, { n }) => sum + n, 0);
  const values = counts.map(({ t, n }) => ({
    text: t,
    trimmed: trimSpaces(t),
    count: n,
    first: 0,
    last: 0,
    length: t.length,
  }));
  return findTypos(values, total)
    .typos.filter(({ value, suggestion }) => isWanted(suggestion.trimmed, suggestion.count, value.count, params))
    .map(({ value, suggestion }) => ({ f: value.text, t: suggestion.text }));
}

function isWanted(suggestion: string, often: number, rarely: number, { min_length, min_ratio }: Params): boolean {
  return suggestion.length >= min_length && often >= min_ratio * rarely;
}

function proposalsFor(profile: ProfileDocument, column: ProfileColumn): Proposal<Params>[] {
  const { name, type, distinctness, semantic, text, values } = column;
  if (type !== 'text' || isDisputed(profile, name) || dependenciesOn(profile, name).length > 0) return [];
  const all = profile.findings.filter((one) => one.kind === 'typo' && one.column === name);
  // Where most values have digits they are codes, unless a word goes with them.
  const isCode = (text?.digits ?? 0) > 0.5 * values && (text?.words_mean ?? 1) < 1.5;
  const isKey = profile.keys.minimal.some(({ columns }) => columns.length === 1 && columns[0] === name);
  if (all.length === 0 || isCode || isKey) return [];
  const isName = semantic.some((one) => NAMES.has(one.type));
  const penalty = (isName ? 0.25 : 0) + (distinctness > DISTINCT_MAX && !all.every(isOfWord) ? 0.25 : 0);
  const proposal = (params: Params, confidence: number): Proposal<Params>[] => {
    const found = all.filter((one) => isWanted(one.suggestion ?? '', one.suggestion_count, one.count, params));
    const [first] = found;
    if (!first) return [];
    const flagged = found.reduce((sum, { count }) => sum + count, 0);
    return [
      {
        columns: [name],
        params,
        reason: `${times(found.length, 'value')} of ${named([name])} ${found.length === 1 ? 'is' : 'are'} rare, and written nearly like a frequent one: ${change(first.value ?? '', first.suggestion ?? '')}.`,
        preconditions: [{ what: 'findings.typo', value: found.length, threshold: 0, is: 'above' }],
        evidence: {
          typos: found.map((one) => ({
            value: one.value,
            count: one.count,
            suggestion: one.suggestion,
            suggestion_count: one.suggestion_count,
          })),
        },
        confidence: confidence - penalty,
        flagged,
      },
    ];
  };
  const sure = proposal(SURE, 0.9);
  const any = proposal(ANY, 0.6);
  return sure[0]?.flagged === any[0]?.flagged ? sure : [...sure, ...any];
}

/** The value that it should be is nowhere; a word of it is in many. */
function isOfWord({ value, suggestion }: ProfileFinding): boolean {
  return (value ?? '').includes(' ') && /\d/.test(suggestion ?? '');
}
