/** `fill_missing`: values for cells that have none. */
import type { ProfileColumn, ProfileDocument } from '../documents.generated.ts';
import { learn, partsOf } from '../profile/alike-rows.ts';
import { isNumberType } from '../profile/kinds.ts';
import { isMeasure } from '../profile/measures.ts';
import { fillSql, MAX_SHARE, type Params, STRATEGY_SCHEMAS } from './fill-strategies.ts';
import { defineOperator, type Precondition, type Proposal } from './operator.ts';
import { dependenciesOn, determinantsOf, isDisputed, missingIn, wordsForMissing } from './votes.ts';
import { named, shown, times } from './words.ts';

/** Skewed numbers have a mean that is none of their usual values. */
const SKEWED = 1;
/** Share of the rows, and how sure the best guess is above it. */
const OFTEN = 0.25;
const UNSURE = 0.7;
/** Different whole numbers, and their share of the values: so few of them are kinds rather than measures. */
const KINDS_MAX = 30;
const KINDS_SHARE_MAX = 0.05;
/** Share of the values: one that is rarer is no better than any other. */
const MODE_MIN = 0.3;
/** Numbers that go together as closely as that are told from each other. */
const CORRELATED = 0.95;

export const fillMissing = defineOperator<Params>({
  name: 'fill_missing',
  phase: 'fill',
  changes: 'cells',
  reversible: 'with_log',
  fitted: true,
  // What was filled may decide what was not.
  idempotent: false,
  cost: 3,
  params: { oneOf: STRATEGY_SCHEMAS },
  // Rows as JSON, each `{r, y, x}`, and how certain a value has to be; gives `{r, v}` for rows without `y`, as JSON.
  functions: {
    wr_alike_rows: (rows, threshold) => JSON.stringify(toldFrom(JSON.parse(rows ?? '[]'), Number(threshold))),
  },
  propose: (profile) => profile.columns.flatMap((column) => proposalsFor(profile, column)),
  describe: (columns, params) => `Fill missing values of ${named(columns)} with ${withWhat(params)}`,
  transform: ([column = ''], params) => ({ kind: 'cells', columns: [column], sql: fillSql(column, params) }),
});

function toldFrom(
  rows: readonly { readonly r: string | number; readonly y: string | null; readonly x: readonly (string | null)[] }[],
  threshold: number,
) {
  const width = rows[0]?.x.length ?? 0;
  const beside = Array.from({ length: width }, (_, at) => partsOf(rows.map(({ x }) => x[at] ?? null)));
  const { guess } = learn(
    beside,
    rows.map(({ y }) => y),
  );
  return rows.flatMap(({ r, y }, at) => {
    const found = y === null ? guess(at, false) : undefined;
    return found && found.certainty >= threshold ? [{ r, v: found.value }] : [];
  });
}

function withWhat(params: Params): string {
  switch (params.strategy) {
    case 'constant':
      return shown(params.value);
    case 'mean':
      return 'their mean';
    case 'median':
      return 'their median';
    case 'mode':
      return 'their most frequent one';
    case 'ffill':
      return 'the last one above';
    case 'bfill':
      return 'the next one below';
    case 'sequence':
      return 'the number between those above and below';
    case 'fd':
      return `what rows with the same ${named([...new Set(params.determinants.flatMap(({ columns }) => columns))])} have`;
    case 'knn':
      return `what rows have that are alike in ${named(params.columns)}`;
    case 'regression':
      return `what follows from ${named([params.column])} by a straight line`;
  }
}

function proposalsFor(profile: ProfileDocument, column: ProfileColumn): Proposal<Params>[] {
  const missing = missingIn(column);
  if (missing === 0 || isDisputed(profile, column.name) || column.values + column.missing.count === missing) return [];
  return [...fromDependencies(profile, column), ...fromRows(profile, column), ...fromColumn(profile, column, missing)];
}

function fromDependencies(profile: ProfileDocument, column: ProfileColumn): Proposal<Params>[] {
  const { name } = column;
  const dependencies = dependenciesOn(profile, name).filter(({ fillable }) => fillable > 0);
  const [best] = dependencies;
  if (!best) return [];
  const flagged = Math.max(...dependencies.map(({ fillable }) => fillable));
  const used = [...new Set(dependencies.flatMap(({ lhs }) => lhs))];
  return [
    {
      columns: [name],
      params: {
        strategy: 'fd',
        max_share: MAX_SHARE,
        determinants: determinantsOf(dependencies),
        min_support: 3,
        min_confidence: 0.75,
        ignore: wordsForMissing(profile, [name, ...used]),
      },
      reason: `${named([name])} is nearly always the same where ${named(best.lhs)} ${best.lhs.length === 1 ? 'is' : 'are'}; so it is known in ${times(flagged, 'row')} that ${flagged === 1 ? 'has' : 'have'} none.`,
      preconditions: [
        needsMissing(column),
        { what: 'dependencies.soft.fillable', value: flagged, threshold: 0, is: 'above' },
      ],
      evidence: {
        dependencies: dependencies.map(({ lhs, g3, mu, fillable }) => ({ lhs, g3, mu, fillable })),
      },
      confidence: Math.max(0.5, Math.min(0.96, 1 - 2 * best.g3)),
      flagged,
    },
  ];
}

function fromRows(profile: ProfileDocument, column: ProfileColumn): Proposal<Params>[] {
  const { name, fillable } = column;
  const missing = missingIn(column);
  return fillable.map(({ from, columns, precision, coverage, tried, threshold }): Proposal<Params> => {
    const share = (of: number) => `${Math.floor(of * 100)} of 100`;
    const facts = { preconditions: [needsMissing(column)], evidence: { precision, coverage, tried } };
    const flagged = Math.round(coverage * missing);
    if (from === 'sequence') {
      return {
        ...facts,
        columns: [name],
        params: { strategy: 'sequence', max_share: MAX_SHARE },
        reason: `${named([name])} goes up by one from row to row, so that the numbers above and below a gap tell what is in it.`,
        confidence: 0.97 * precision,
        flagged,
      };
    }
    return {
      ...facts,
      columns: [name],
      params: {
        strategy: 'knn',
        max_share: MAX_SHARE,
        columns,
        threshold: threshold ?? 1,
        ignore: wordsForMissing(profile, [name, ...columns]),
      },
      reason: `Rows that are alike in other columns tell ${named([name])}: where it is known, ${share(coverage)} were told, and ${share(precision)} of these were right.`,
      // A measure is hardly ever just what another row has; and where many are missing, they may well be for a reason.
      confidence: isSpread(column) || missing > OFTEN * profile.table.rows ? Math.min(UNSURE, precision) : precision,
      flagged,
    };
  });
}

/** A measure that is hardly ever the same twice. */
function isSpread(column: ProfileColumn): boolean {
  const { type, distinct, values } = column;
  const isKinds = type === 'integer' && distinct <= Math.min(KINDS_MAX, KINDS_SHARE_MAX * values);
  return isMeasure(column) && !isKinds;
}

/** For those who ask: a value that is usual is hardly ever the one that is missing. */
function fromColumn(profile: ProfileDocument, column: ProfileColumn, missing: number): Proposal<Params>[] {
  const { name, type, numeric, mode, values, feature_class } = column;
  const share = missing / Math.max(1, profile.table.rows);
  if (share > MAX_SHARE) return [];
  const facts = { columns: [name], preconditions: [needsMissing(column)], flagged: missing };
  if (isNumberType(type) && numeric && feature_class === 'numeric') {
    const decimals = Math.min(numeric.decimals_max, 10);
    const skewness = numeric.skewness ?? 0;
    const isSkewed = Math.abs(skewness) > SKEWED;
    const usual: Proposal<Params> = {
      ...facts,
      params: { strategy: isSkewed ? 'median' : 'mean', max_share: MAX_SHARE, decimals },
      reason: `${times(missing, 'value')} of ${named([name])} ${missing === 1 ? 'is' : 'are'} missing, and its numbers are ${isSkewed ? 'skewed: their median is more usual than their mean' : 'spread evenly around their mean'}.`,
      evidence: { skewness: numeric.skewness, mean: numeric.mean, median: numeric.quantiles.p50 },
      confidence: 0.4,
    };
    return [usual, ...byLine(profile, column, facts, decimals)];
  }
  if (!mode || feature_class !== 'categorical') return [];
  const often = mode.count / values;
  if (often < MODE_MIN) return [];
  return [
    {
      ...facts,
      params: { strategy: 'mode', max_share: MAX_SHARE },
      reason: `${times(missing, 'value')} of ${named([name])} ${missing === 1 ? 'is' : 'are'} missing, and ${Math.floor(often * 100)} of 100 of the others are ${shown(mode.value)}.`,
      evidence: { mode: mode.value, share: often },
      confidence: 0.2 + 0.5 * often,
    },
  ];
}

function byLine(
  profile: ProfileDocument,
  { name }: ProfileColumn,
  facts: Pick<Proposal<Params>, 'columns' | 'preconditions' | 'flagged'>,
  decimals: number,
): Proposal<Params>[] {
  const found = profile.correlations.find(
    ({ method, columns, value }) => method === 'pearson' && columns.includes(name) && Math.abs(value) >= CORRELATED,
  );
  const column = found?.columns.find((one) => one !== name);
  if (!found || column === undefined) return [];
  return [
    {
      ...facts,
      params: { strategy: 'regression', max_share: MAX_SHARE, column, decimals },
      reason: `${named([name])} and ${named([column])} lie nearly on a straight line.`,
      evidence: { correlation: found.value, rows: found.rows },
      confidence: Math.min(0.75, found.value ** 2 - 0.25),
    },
  ];
}

function needsMissing({ completeness }: ProfileColumn): Precondition {
  return { what: 'columns.completeness', value: completeness, threshold: 1, is: 'at_most' };
}
