/** `null_outlier`: numbers that are too far from the others to be believed become missing. */
import { defineCellOperator } from './cell-operator.ts';
import { BOUNDS_SCHEMA, type Bounds, OUTLIERS_MAX, outliersOf, sqlBeyond, written } from './measures.ts';
import { named, times } from './words.ts';

export const nullOutlier = defineCellOperator<Bounds>({
  name: 'null_outlier',
  phase: 'outlier',
  params: { type: 'object', additionalProperties: false, required: ['low', 'high'], properties: BOUNDS_SCHEMA },
  propose: (column) => {
    const found = outliersOf(column);
    if (!found || found.far === 0) return [];
    const { low_far: low, high_far: high, far, decimals } = found;
    return [
      {
        params: { low, high },
        reason: `${times(far, 'number')} of ${named([column.name])} ${far === 1 ? 'is' : 'are'} below ${written(low, decimals + 2)} or above ${written(high, decimals + 2)}, three times the range of the middle half away from it.`,
        preconditions: [
          { what: 'outliers.far', value: far, threshold: 0, is: 'above' },
          { what: 'outliers.share', value: found.share, threshold: OUTLIERS_MAX, is: 'at_most' },
        ],
        evidence: { low, high, far, values: column.values },
        // Far away is rare, and hardly ever wrong.
        confidence: 0.4,
        flagged: far,
      },
    ];
  },
  describe: (columns, { low, high }) =>
    `Take numbers of ${named(columns)} below ${written(low, 6)} or above ${written(high, 6)} for missing`,
  value: (cell, bounds) => sqlBeyond(cell, bounds, 'NULL', 'NULL', cell),
});
