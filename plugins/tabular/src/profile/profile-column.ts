/** All that can be said of a column by itself. */
import type { ProfileColumn, ProfileNumeric, ProfileSkipped } from '../documents.generated.ts';
import type { Database } from '../table/duckdb.ts';
import type { TableColumn } from '../table/open-table.ts';
import { areAnswers, booleanFacts } from './boolean-facts.ts';
import { clusterValues } from './clusters.ts';
import type { ReadColumn } from './codes.ts';
import { type DatetimeFacts, datetimeFacts } from './datetime-facts.ts';
import { featureClass } from './feature-class.ts';
import { type ColumnFindings, type Found, locate } from './findings.ts';
import {
  addCounts,
  type ColumnType,
  chooseType,
  countTypes,
  isMomentType,
  isNumberType,
  isOfType,
  type TypeCounts,
} from './kinds.ts';
import { affixes, listFacts, separatorSplits } from './list-facts.ts';
import { monotonic } from './monotonic.ts';
import { numberForms } from './number-forms.ts';
import { exactNumber, ratio, six } from './numbers.ts';
import { type Numbers, numericFacts, toNumbers } from './numeric-facts.ts';
import { LIMITS, type ProfileOptions } from './options.ts';
import { type OutlierRules, outlierRules } from './outliers.ts';
import { patternFacts } from './patterns.ts';
import { type Placeholder, placeholders } from './placeholders.ts';
import {
  countLarge,
  type Ordered,
  rangeOfValues,
  readNumbers,
  readRange,
  readValues,
  selectValues,
  sqlMatches,
  valuesOf,
} from './read-values.ts';
import { semanticTypes } from './semantic-types.ts';
import { formFacts, lengthFacts, textFacts, undoMojibake } from './text-facts.ts';
import { findTypos } from './typos.ts';
import { type ColumnValues, cut, rowsOf, SQL_SPACES, type Value } from './values.ts';

export interface ProfiledColumn {
  readonly facts: ProfileColumn;
  readonly found: ColumnFindings;
  readonly skipped: readonly ProfileSkipped[];
  /** Of all values in UTF-8. */
  readonly bytes: number;
}

/** `coded`: the column with all of its rows, where they are not too many to be held. */
export async function profileColumn(
  database: Database,
  column: TableColumn,
  at: number,
  rows: number,
  options: ProfileOptions,
  coded?: ReadColumn,
): Promise<ProfiledColumn> {
  const known = coded ? valuesOf(coded) : await readValues(database, at, options.topK);
  const { values, total, distinct, unique } = known;
  const tokens = new Set(options.missingTokens);
  const typing = await chooseColumnType(database, known, tokens, options);
  const { type, counts } = typing;
  const skipped: ProfileSkipped[] = [];
  if (!known.isComplete) {
    skipped.push({
      what: 'columns.values',
      columns: [column.name],
      reason: `Patterns, meanings, ways of writing, placeholders and typos were looked for in ${values.length} of ${distinct} different values.`,
      code: 'profile-budget-exceeded',
    });
  }
  // Shares of a column that was looked at in part are of that part.
  const seen = known.isComplete ? total : rowsOf(values);
  const real = values.filter(({ trimmed }) => !tokens.has(trimmed.toLowerCase()) || isOfType(trimmed, type));
  const held = placeholders(values, type, tokens);
  const isText = type === 'text' || type === 'list';
  const moments = isNumberType(type) ? undefined : datetimeFacts(real, rowsOf(real));
  const numeric = isNumberType(type) ? await numericOf(database, known, typing) : undefined;
  const patterns = patternFacts(real, seen, isText);
  const outliers = numeric
    ? outlierRules(numeric.numbers, false, numeric.facts ?? undefined)
    : moments && isMomentType(type)
      ? outlierRules(moments.days, true)
      : undefined;
  const clusters = isText ? clusterValues(real) : { clusters: [], left_out: { entries: 0, count: 0 } };
  const [min, max] = await rangeOf(database, at, known, type, moments, numeric, coded !== undefined);
  const text = isText ? textFacts(real) : null;
  const found: Found[] = [
    ...(await violationsOf(database, known, typing, tokens)),
    ...held.filter(({ disguised }) => disguised).map(disguisedFinding),
    ...(patterns.patterns.rule === null
      ? []
      : patterns.violations.map((value) =>
          plainFinding('pattern_violation', value, patterns.patterns.rule?.share ?? 0),
        )),
    ...(await outliersOf(database, known, outliers, numeric, moments)),
    ...typosOf(known, isText, total),
    ...values.flatMap((value) => {
      const undone = undoMojibake(value.text);
      return undone === undefined ? [] : [{ ...plainFinding('mojibake', value, 0.9), suggestion: undone }];
    }),
  ];
  const entropy = entropyOf(known);
  const highest = Math.log(Math.max(1, distinct));
  const missing = known.absent + known.empty + known.blank;
  const facts: ProfileColumn = {
    name: column.name,
    label: column.label ?? null,
    position: at + 1,
    stored_type: column.storedType ?? null,
    type,
    type_share: type === 'empty' ? 0 : ratio(total - typing.violations, total),
    type_violations: typing.violations,
    type_counts: counts,
    feature_class: 'context_specific',
    semantic: semanticTypes(column.name, type, real, {
      total: rowsOf(real),
      distinctness: total === 0 ? 0 : distinct / total,
      threshold: options.semanticThreshold,
    }),
    missing: {
      count: missing,
      rate: ratio(missing, rows),
      absent: known.absent,
      empty: known.empty,
      blank: known.blank,
      disguised: rowsOf(held.filter(({ disguised }) => disguised)),
    },
    completeness: ratio(total, rows),
    placeholders: held.map(({ source, ...rest }) => rest),
    values: total,
    distinct,
    distinctness: ratio(distinct, total),
    unique,
    uniqueness: ratio(unique, total),
    unique_value_ratio: ratio(unique, distinct),
    entropy: six(entropy),
    normalised_entropy: distinct < 2 ? 1 : Math.min(1, six(entropy / highest)),
    imbalance: distinct < 2 ? 0 : Math.max(0, six(1 - entropy / highest)),
    mode: known.top[0] ? { value: cut(known.top[0].text), count: known.top[0].count } : null,
    top: known.top.slice(0, options.topK).map(({ text: value, count }) => ({ value: cut(value), count })),
    top_left_out: {
      entries: Math.max(0, distinct - options.topK),
      count: total - rowsOf(known.top.slice(0, options.topK)),
    },
    complete_domain: distinct <= options.topK,
    samples: samplesOf(values, rows),
    min,
    max,
    length: lengthFacts(values),
    form: formFacts(values),
    text,
    numeric: numeric?.facts ?? null,
    // Among plain numbers each one that is not is worth a word.
    numbers:
      isText || (isNumberType(type) && typing.violations > 0)
        ? (numberForms(real, rowsOf(real), isText ? undefined : 0) ?? null)
        : null,
    datetime: moments ? { ...moments.facts, monotonic: monotonicOf(real, moments) } : null,
    boolean: booleanFacts(real, rowsOf(real)) ?? null,
    list: isText ? (listFacts(real, rowsOf(real)) ?? null) : null,
    patterns: patterns.patterns,
    prefixes: isText ? affixes(real, rowsOf(real), 'prefix') : [],
    suffixes: isText ? affixes(real, rowsOf(real), 'suffix') : [],
    splits: isText ? separatorSplits(real, rowsOf(real)) : [],
    clusters: clusters.clusters,
    clusters_left_out: clusters.left_out,
    outliers: outliers?.facts ?? null,
    fill_down: null,
    fillable: [],
  };
  return {
    facts: { ...facts, feature_class: featureClass(facts) },
    found: await locate(database, at, column.name, found, coded),
    skipped,
    bytes: known.bytes,
  };
}

interface Typing {
  readonly type: ColumnType;
  readonly counts: TypeCounts;
  readonly violations: number;
}

/** Words for missing that are no values of the type are neither for it nor against it. */
async function chooseColumnType(
  database: Database,
  known: ColumnValues,
  tokens: ReadonlySet<string>,
  { typeThreshold, missingTokens }: ProfileOptions,
): Promise<Typing> {
  const { values, total, isComplete } = known;
  const isToken = ({ trimmed }: Value) => trimmed.length < 20 && tokens.has(trimmed.toLowerCase());
  const others = countTypes(values.filter((value) => !isToken(value)));
  const counts = addCounts(others, countTypes(values.filter(isToken)));
  if (total === 0) return { type: 'empty', counts, violations: 0 };
  const tokenRows = rowsOf(values.filter(isToken));
  if (isComplete) {
    const type = chooseType(others, total - tokenRows, typeThreshold);
    // Who did not decide counts as one whose answer is missing.
    if (type === 'text' && areAnswers(values.filter((value) => !isToken(value)))) {
      return { type: 'boolean', counts, violations: 0 };
    }
    return { type, counts, violations: type === 'text' ? 0 : total - tokenRows - typeCount(others, type) };
  }
  const large = await countLarge(database, counts, rowsOf(values), known, missingTokens);
  const type = chooseType(large.counts, total - large.tokens, typeThreshold);
  return {
    type,
    counts: large.counts,
    violations: type === 'text' ? 0 : Math.max(0, total - large.tokens - typeCount(large.counts, type)),
  };
}

function typeCount(counts: TypeCounts, type: ColumnType): number {
  return type === 'text' || type === 'empty' ? 0 : counts[type];
}

interface NumericOf {
  readonly facts: ProfileNumeric | null;
  readonly numbers: Numbers;
  readonly ordered: Ordered;
}

async function numericOf(
  database: Database,
  { values, isComplete, trimmedSql }: ColumnValues,
  { type, violations }: Typing,
): Promise<NumericOf> {
  const written = values.flatMap((value) =>
    isOfType(value.trimmed, 'float') ? [{ ...value, value: Number(value.trimmed) }] : [],
  );
  const isNan = ({ trimmed }: Value) => /nan$/i.test(trimmed);
  let ordered: Ordered;
  if (isComplete) {
    const finite = written
      .filter(({ value }) => Number.isFinite(value))
      .sort((a, b) => a.value - b.value || a.first - b.first);
    const pick = (of: (one: (typeof finite)[number]) => number) => Float64Array.from(finite, of);
    ordered = {
      value: pick(({ value }) => value),
      count: pick(({ count }) => count),
      first: pick(({ first }) => first),
      last: pick(({ last }) => last),
    };
  } else ordered = await readNumbers(database, trimmedSql, violations === 0);
  const numbers = isComplete ? toNumbers(written) : merged(ordered);
  const facts = numericFacts(numbers);
  const at = (index: number) => ({
    value: ordered.value[index] ?? 0,
    count: ordered.count[index] ?? 0,
    first: ordered.first[index] ?? 0,
    last: ordered.last[index] ?? 0,
  });
  return {
    numbers,
    ordered,
    facts: facts
      ? {
          ...facts,
          infinities: rowsOf(written.filter((one) => !Number.isFinite(one.value) && !isNan(one))),
          nans: rowsOf(written.filter(isNan)),
          decimals_max: type === 'integer' ? 0 : decimalsOf(written),
          monotonic: monotonic(ordered.value.length, at),
        }
      : null,
  };
}

/** Of numbers in their order: equal ones are one. */
function merged({ value, count }: Ordered): Numbers {
  let size = 0;
  let total = 0;
  const values = new Float64Array(value.length);
  const counts = new Float64Array(value.length);
  for (let at = 0; at < value.length; at++) {
    total += count[at] ?? 0;
    if (size > 0 && values[size - 1] === value[at]) counts[size - 1] = (counts[size - 1] ?? 0) + (count[at] ?? 0);
    else {
      values[size] = (value[at] ?? 0) + 0;
      counts[size++] = count[at] ?? 0;
    }
  }
  return { values: values.subarray(0, size), counts: counts.subarray(0, size), total };
}

function decimalsOf(written: readonly Value[]): number {
  let most = 0;
  for (const { trimmed } of written) most = Math.max(most, /\.(\d*)/.exec(trimmed)?.[1]?.length ?? 0);
  return most;
}

function monotonicOf(values: readonly Value[], { daysOf }: DatetimeFacts): ProfileNumeric['monotonic'] {
  const dated = values
    .flatMap((value) => {
      const day = daysOf(value.trimmed);
      return day === undefined ? [] : [{ value: day, count: value.count, first: value.first, last: value.last }];
    })
    .sort((a, b) => a.value - b.value || a.first - b.first);
  const none = { value: 0, count: 0, first: 0, last: 0 };
  return monotonic(dated.length, (index) => dated[index] ?? none);
}

async function rangeOf(
  database: Database,
  at: number,
  { values, total, isComplete }: ColumnValues,
  type: ColumnType,
  moments: DatetimeFacts | undefined,
  numeric: NumericOf | undefined,
  isCoded: boolean,
): Promise<[number | string | null, number | string | null]> {
  if (total === 0) return [null, null];
  if (!isComplete && numeric && numeric.ordered.value.length > 0) {
    // The texts of the smallest and the largest number.
    const { first } = numeric.ordered;
    const found = await database.query(
      `SELECT v${at} FROM data WHERE _row IN (${first[0]}, ${first.at(-1)}) ORDER BY TRY_CAST(trim(v${at}, ${SQL_SPACES}) AS DOUBLE)`,
    );
    const [low, high] = [found[0], found.at(-1)].map((row) => exactNumber(String(row?.[0]).trim()));
    return [low ?? null, high ?? null];
  }
  if (isMomentType(type) && moments && isComplete) return [moments.facts.min, moments.facts.max];
  const [min, max] = isCoded ? rangeOfValues(values, type) : await readRange(database, type);
  const of = (text: string | null) => (text === null ? null : isNumberType(type) ? exactNumber(text) : cut(text));
  return [of(min), of(max)];
}

/** Shannon's, in nats, from how many values there are of each frequency. */
function entropyOf({ frequencies, total }: ColumnValues): number {
  let sum = 0;
  for (const [count, values] of [...frequencies].sort(([a], [b]) => a - b)) sum += values * count * Math.log(count);
  return total === 0 ? 0 : Math.max(0, Math.log(total) - sum / total);
}

/** From the first and last rows of values: nothing has to be read again. */
function samplesOf(values: readonly Value[], rows: number): ProfileColumn['samples'] {
  const places = values.flatMap(({ text, first, last }) => [
    { row: first, value: text },
    { row: last, value: text },
  ]);
  const nearest = (row: number) =>
    places.reduce<(typeof places)[number] | undefined>(
      (best, one) => (!best || Math.abs(one.row - row) < Math.abs(best.row - row) ? one : best),
      undefined,
    );
  const samples = new Map<number, string>();
  for (const row of [0, Math.floor(rows / 2), Number.MAX_SAFE_INTEGER]) {
    const found = nearest(row);
    if (found) samples.set(found.row, cut(found.value));
  }
  return [...samples].sort(([a], [b]) => a - b).map(([row, value]) => ({ row, value }));
}

function plainFinding(kind: Found['kind'], value: Value, score: number): Found {
  return { kind, value, score, evidence: [], suggestion: null, suggestionCount: 0 };
}

function disguisedFinding({ source, evidence }: Placeholder): Found {
  return { ...plainFinding('disguised_missing', source, six(1 - 0.5 ** evidence.length)), evidence };
}

async function violationsOf(
  database: Database,
  { values, isComplete, total, trimmedSql }: ColumnValues,
  { type, violations }: Typing,
  tokens: ReadonlySet<string>,
): Promise<Found[]> {
  if (violations === 0 || type === 'text' || type === 'empty') return [];
  const score = ratio(total - violations, total);
  const matches = sqlMatches(type, trimmedSql);
  const other =
    isComplete || matches === undefined
      ? values.filter(({ trimmed }) => !isOfType(trimmed, type))
      : await selectValues(
          database,
          `v IS NOT NULL AND ${trimmedSql} <> '' AND NOT ${matches}`,
          'n DESC, v',
          10 * LIMITS.findings,
        );
  return other
    .filter(({ trimmed }) => !tokens.has(trimmed.toLowerCase()))
    .map((value) => ({ ...plainFinding('type_violation', value, score), evidence: [type] }));
}

async function outliersOf(
  database: Database,
  { values, isComplete, trimmedSql }: ColumnValues,
  rules: OutlierRules | undefined,
  numeric: NumericOf | undefined,
  moments: DatetimeFacts | undefined,
): Promise<Found[]> {
  if (!rules || rules.facts.count === 0) return [];
  let of = values;
  if (!isComplete && numeric) {
    const { low, high } = rules.facts;
    const middle = numeric.facts?.quantiles.p50 ?? 0;
    const number = `TRY_CAST(${trimmedSql} AS DOUBLE)`;
    of = await selectValues(
      database,
      `${number} < ${low} OR ${number} > ${high}`,
      `abs(${number} - (${middle})) DESC, v`,
      10 * LIMITS.findings,
    );
  }
  return of.flatMap((value) => {
    const number = numeric
      ? isOfType(value.trimmed, 'float')
        ? Number(value.trimmed)
        : undefined
      : moments?.daysOf(value.trimmed);
    if (number === undefined || !Number.isFinite(number)) return [];
    const marks = rules.marks(number);
    if (marks.length === 0) return [];
    return [{ ...plainFinding(numeric ? 'outlier' : 'date_outlier', value, rules.score(number)), evidence: marks }];
  });
}

function typosOf({ values, isComplete }: ColumnValues, isText: boolean, total: number): Found[] {
  if (!isText || !isComplete) return [];
  return findTypos(values, total).typos.map(({ value, suggestion, distance }) => ({
    kind: 'typo' as const,
    value,
    score: ratio(suggestion.count, suggestion.count + value.count * distance),
    evidence: [`distance_${distance}`],
    suggestion: suggestion.text,
    suggestionCount: suggestion.count,
  }));
}
