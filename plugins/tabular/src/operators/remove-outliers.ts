/** `remove_outliers`: rows with a number that is far from the others go. */
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { OUTLIERS_MAX, outliersOf, sqlNumber } from './measures.ts';
import { defineOperator } from './operator.ts';
import { named, times } from './words.ts';

interface Params {
  readonly method: 'iqr' | 'zscore' | 'mad';
  readonly k: number;
  readonly max_share: number;
}

export const removeOutliers = defineOperator<Params>({
  name: 'remove_outliers',
  phase: 'rows',
  changes: 'rows',
  reversible: 'no',
  fitted: true,
  // Without the farthest, others are far.
  idempotent: false,
  cost: 2,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['method', 'k', 'max_share'],
    properties: {
      method: {
        description:
          'How far is measured: `iqr` in ranges of the middle half from it, `zscore` in standard deviations from the mean, `mad` in median distances from the median.',
        enum: ['iqr', 'zscore', 'mad'],
      },
      k: { description: 'How many of them are too far.', type: 'number', exclusiveMinimum: 0 },
      max_share: {
        description: 'Where a larger share of the rows would go, none goes.',
        type: 'number',
        minimum: 0,
        maximum: 1,
      },
    },
  },
  propose: ({ columns }) =>
    columns.flatMap((column) => {
      const found = outliersOf(column);
      if (!found || found.far === 0) return [];
      return {
        columns: [column.name],
        params: { method: 'iqr' as const, k: 3, max_share: OUTLIERS_MAX },
        reason: `${times(found.far, 'number')} of ${named([column.name])} ${found.far === 1 ? 'is' : 'are'} more than three times the range of the middle half away from it.`,
        preconditions: [
          { what: 'outliers.far', value: found.far, threshold: 0, is: 'above' as const },
          { what: 'outliers.share', value: found.share, threshold: OUTLIERS_MAX, is: 'at_most' as const },
        ],
        evidence: { far: found.far, low: found.low_far, high: found.high_far, values: column.values },
        // A whole row for one number, which is hardly ever wrong.
        confidence: 0.2,
        flagged: found.far,
      };
    }),
  describe: (columns, { method, k }) => {
    const unit = {
      iqr: 'times the range of the middle half away from it',
      zscore: 'standard deviations from the mean',
      mad: 'median distances from the median',
    }[method];
    return `Drop rows whose ${named(columns)} is more than ${k} ${unit}`;
  },
  transform: (columns, { method, k, max_share }) => {
    const far = columns.map((_, at) => `x${at} < low${at} OR x${at} > high${at}`).join(' OR ');
    const numbers = columns.map((column, at) => `${sqlNumber(sqlName(column))} AS x${at}`).join(', ');
    const bounds = columns.map((_, at) => boundsSql(`x${at}`, at, method, k)).join(', ');
    const middles = columns.map((_, at) => `median(x${at}) AS m${at}`).join(', ');
    const relations = [
      `numbers AS MATERIALIZED (SELECT ${ROW}, ${numbers} FROM data)`,
      `middles AS (SELECT ${middles} FROM numbers)`,
      `bounds AS (SELECT ${bounds} FROM numbers, middles)`,
      `far AS MATERIALIZED (SELECT ${ROW} FROM numbers, bounds WHERE ${far})`,
    ];
    return {
      kind: 'rows',
      sql: `WITH ${relations.join(', ')} SELECT ${ROW} FROM far WHERE (SELECT count(*) FROM far) <= ${max_share} * (SELECT count(*) FROM numbers)`,
    };
  },
});

/** `low…` and `high…`; NULL, which nothing is beyond, where numbers have no spread. */
function boundsSql(x: string, at: number, method: Params['method'], k: number): string {
  const either = (middle: string, spread: string) =>
    `${middle} - ${k} * nullif(${spread}, 0) AS low${at}, ${middle} + ${k} * nullif(${spread}, 0) AS high${at}`;
  switch (method) {
    case 'iqr': {
      const [p25, p75] = [0.25, 0.75].map((share) => `quantile_cont(${x}, ${share})`);
      return `${p25} - ${k} * nullif(${p75} - ${p25}, 0) AS low${at}, ${p75} + ${k} * nullif(${p75} - ${p25}, 0) AS high${at}`;
    }
    case 'zscore':
      return either(`favg(${x})`, `stddev_samp(${x})`);
    case 'mad':
      // 1.4826 median distances are a standard deviation where numbers are spread normally.
      return either(`median(${x})`, `1.4826 * median(abs(${x} - m${at}))`);
  }
}
