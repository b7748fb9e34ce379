/** `clip_outlier`: numbers beyond bounds become the bound. */
import { sqlText } from '../table/names.ts';
import { defineCellOperator } from './cell-operator.ts';
import { BOUNDS_SCHEMA, type Bounds, OUTLIERS_MAX, outliersOf, sqlBeyond, written } from './measures.ts';
import { named, times } from './words.ts';

export interface Clip extends Bounds {
  readonly decimals: number;
}

export const CLIP_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['low', 'high', 'decimals'],
  properties: {
    ...BOUNDS_SCHEMA,
    decimals: {
      description: 'Digits after the decimal point that the bounds are written with, at most.',
      type: 'integer',
      minimum: 0,
      maximum: 15,
    },
  },
} as const;

export const clipOutlier = defineCellOperator<Clip>({
  name: 'clip_outlier',
  phase: 'outlier',
  params: CLIP_SCHEMA,
  propose: (column) => {
    const found = outliersOf(column);
    if (!found) return [];
    const { low, high, tukey, decimals } = found;
    const params = inside({ low, high, decimals });
    return [
      {
        params,
        reason: `${times(tukey, 'number')} of ${named([column.name])} ${tukey === 1 ? 'is' : 'are'} beyond one and a half times the range of the middle half.`,
        preconditions: [
          { what: 'outliers.tukey', value: tukey, threshold: 0, is: 'above' },
          { what: 'outliers.share', value: found.share, threshold: OUTLIERS_MAX, is: 'at_most' },
        ],
        evidence: { low, high, tukey, values: column.values },
        confidence: 0.3,
        flagged: tukey,
      },
    ];
  },
  describe: (columns, { low, high, decimals }) =>
    `Cut numbers of ${named(columns)} off at ${written(low, decimals)} and ${written(high, decimals)}`,
  value: clipped,
});

/** SQL of a cell within the bounds. */
export function clipped(cell: string, { low, high, decimals }: Clip): string {
  return sqlBeyond(cell, { low, high }, sqlText(written(low, decimals)), sqlText(written(high, decimals)), cell);
}

/** The bounds as they are written, towards the middle: what was cut off is within them. */
export function inside({ low, high, decimals }: Clip): Clip {
  const unit = 10 ** decimals;
  const [up, down] = [Math.ceil(low * unit - 1e-9) / unit, Math.floor(high * unit + 1e-9) / unit];
  return up <= down ? { low: up, high: down, decimals } : { low, high, decimals: 15 };
}
