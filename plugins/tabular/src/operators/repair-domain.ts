/** `repair_domain`: numbers that cannot be, such as a latitude of 200, become missing. */
import type { ProfileColumn } from '../documents.generated.ts';
import { isNumberType } from '../profile/kinds.ts';
import { defineCellOperator } from './cell-operator.ts';
import { BOUNDS_SCHEMA, type Bounds, OUTLIERS_MAX, sqlBeyond, written } from './measures.ts';
import { named, shown, times } from './words.ts';

/** What values of a meaning are between. */
const DOMAINS: { readonly [semantic: string]: Bounds } = {
  latitude: { low: -90, high: 90 },
  longitude: { low: -180, high: 180 },
  month: { low: 1, high: 12 },
};

export const repairDomain = defineCellOperator<Bounds>({
  name: 'repair_domain',
  phase: 'outlier',
  params: { type: 'object', additionalProperties: false, required: ['low', 'high'], properties: BOUNDS_SCHEMA },
  propose: (column) => {
    const { name, values, type, semantic } = column;
    if (!isNumberType(type)) return [];
    const meaning = semantic.find((one) => one.named && DOMAINS[one.type]);
    const bounds = meaning && DOMAINS[meaning.type];
    if (!meaning || !bounds || !isBeyond(column, bounds)) return [];
    const beyond = values - meaning.count;
    const share = beyond / values;
    if (beyond === 0 || share > OUTLIERS_MAX) return [];
    return [
      {
        params: bounds,
        reason: `${times(beyond, 'value')} of ${named([name])} cannot be a ${meaning.type}, which is from ${bounds.low} to ${bounds.high}: the numbers go from ${shown(String(column.min))} to ${shown(String(column.max))}.`,
        preconditions: [
          { what: 'semantic.named', value: 1, threshold: 1, is: 'at_least' },
          { what: 'outliers.share', value: share, threshold: OUTLIERS_MAX, is: 'at_most' },
        ],
        evidence: { meaning: meaning.type, ...bounds, beyond, values, min: column.min, max: column.max },
        confidence: 0.9,
        flagged: beyond,
      },
    ];
  },
  describe: (columns, { low, high }) =>
    `Take numbers of ${named(columns)} that are not from ${written(low, 6)} to ${written(high, 6)} for missing`,
  value: (cell, bounds) => sqlBeyond(cell, bounds, 'NULL', 'NULL', cell),
});

function isBeyond({ min, max }: ProfileColumn, { low, high }: Bounds): boolean {
  return Number(min) < low || Number(max) > high;
}
