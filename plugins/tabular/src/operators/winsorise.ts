/** `winsorise`: the smallest and the largest numbers become those that are not quite as far out. */
import { defineCellOperator } from './cell-operator.ts';
import { CLIP_SCHEMA, type Clip, clipped, inside } from './clip-outlier.ts';
import { OUTLIERS_MAX, outliersOf, written } from './measures.ts';
import { named, times } from './words.ts';

export const winsorise = defineCellOperator<Clip>({
  name: 'winsorise',
  phase: 'outlier',
  params: CLIP_SCHEMA,
  propose: (column) => {
    const found = outliersOf(column);
    const quantiles = column.numeric?.quantiles;
    if (!found || !quantiles || quantiles.p05 === quantiles.p95) return [];
    const { p05: low, p95: high } = quantiles;
    return [
      {
        params: inside({ low, high, decimals: found.decimals }),
        reason: `${times(found.tukey, 'number')} of ${named([column.name])} ${found.tukey === 1 ? 'is' : 'are'} far from the others; nine of ten are from ${written(low, found.decimals + 2)} to ${written(high, found.decimals + 2)}.`,
        preconditions: [
          { what: 'outliers.tukey', value: found.tukey, threshold: 0, is: 'above' },
          { what: 'outliers.share', value: found.share, threshold: OUTLIERS_MAX, is: 'at_most' },
        ],
        evidence: { p05: low, p95: high, tukey: found.tukey, values: column.values },
        // It changes numbers that nothing is said against.
        confidence: 0.15,
        flagged: Math.round(0.1 * column.values),
      },
    ];
  },
  describe: (columns, { low, high, decimals }) =>
    `Bring numbers of ${named(columns)} into the range of nine of ten, from ${written(low, decimals)} to ${written(high, decimals)}`,
  value: clipped,
});
