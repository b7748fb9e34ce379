/** Limits of numbers that measure something. Pure. */
import type { ProfileColumn } from '../documents.generated.ts';
import { isMeasure } from '../profile/measures.ts';
import { SQL_SPACES } from '../profile/values.ts';

/** Bounds of numbers, both allowed. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export const BOUNDS_SCHEMA = {
  low: { description: 'The smallest number that may be.', type: 'number' },
  high: { description: 'The largest.', type: 'number' },
} as const;

/** SQL: the number a cell is, NULL where it is none. */
export function sqlNumber(cell: string): string {
  const number = `TRY_CAST(trim(${cell}, ${SQL_SPACES}) AS DOUBLE)`;
  return `CASE WHEN isfinite(${number}) THEN ${number} END`;
}

/** SQL: `within` where a cell is no number or one within the bounds. */
export function sqlBeyond(cell: string, { low, high }: Bounds, below: string, above: string, within: string): string {
  const number = sqlNumber(cell);
  return `CASE WHEN ${number} < ${sqlDouble(low)} THEN ${below} WHEN ${number} > ${sqlDouble(high)} THEN ${above} ELSE ${within} END`;
}

function sqlDouble(number: number): string {
  return `CAST('${number}' AS DOUBLE)`;
}

/** Without an exponent, with as many decimals as it needs but no more than `most`. */
export function written(number: number, most: number): string {
  const fixed = number.toFixed(Math.min(most, 20));
  return Math.abs(number) >= 1e21 ? String(number) : fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
}

/** What is said of outliers of a column; undefined where it is no measure, or too many are for them to be errors. */
export function outliersOf({ outliers, numeric, values, ...column }: ProfileColumn) {
  if (!outliers || !numeric || !isMeasure({ outliers, numeric, values, ...column })) return undefined;
  if (outliers.tukey === 0 || outliers.tukey > OUTLIERS_MAX * values) return undefined;
  return { ...outliers, decimals: Math.min(numeric.decimals_max, 10), share: outliers.tukey / values };
}

/** Share of the values: more are no outliers, but how the values are spread. */
export const OUTLIERS_MAX = 0.05;
