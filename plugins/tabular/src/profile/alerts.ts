/** Properties of columns that people want to know of, under the names of ydata-profiling. Pure. */
import type { ProfileAlert, ProfileColumn, ProfileCorrelation, ProfileDocument } from '../documents.generated.ts';
import { isMomentType, isNumberType } from './kinds.ts';
import { ratio } from './numbers.ts';
import { compareText } from './values.ts';

const CORRELATION = 0.9;
const DISTINCT_MAX = 50;
const SKEWNESS = 20;
const IMBALANCE = 0.5;
const UNIFORM_P = 0.999;

export function alerts(
  columns: readonly ProfileColumn[],
  table: ProfileDocument['table'],
  correlations: readonly ProfileCorrelation[],
): ProfileAlert[] {
  const found: ProfileAlert[] = [];
  const alert = (name: ProfileAlert['name'], of: readonly string[], value: number | null, threshold: number | null) =>
    found.push({ name, columns: [...of], value, threshold });
  if (table.duplicate_rows > 0) alert('DUPLICATES', [], table.duplicate_rows, 0);
  if (table.near_duplicate_rows > 0) alert('NEAR_DUPLICATES', [], table.near_duplicate_rows, 0);
  for (const column of columns) {
    const { name, values, distinct, numeric, missing, length } = column;
    const of = [name];
    if (values === 0) {
      if (table.rows > 0) alert('EMPTY', of, null, null);
      continue;
    }
    if (missing.count > 0) alert('MISSING', of, missing.rate, 0);
    if (distinct === 1) alert('CONSTANT', of, 1, 1);
    if (distinct === values && values > 1 && missing.count === 0) alert('UNIQUE', of, 1, 1);
    if (numeric) {
      if (numeric.zeros > 0.5 * values) alert('ZEROS', of, ratio(numeric.zeros, values), 0.5);
      if (numeric.infinities > 0) alert('INFINITE', of, numeric.infinities, 0);
      if (numeric.skewness !== null && Math.abs(numeric.skewness) > SKEWNESS)
        alert('SKEWED', of, numeric.skewness, SKEWNESS);
    }
    const isCategory = column.feature_class === 'categorical' || column.type === 'boolean';
    if (!isNumberType(column.type) && !isMomentType(column.type) && distinct > DISTINCT_MAX && distinct < values) {
      alert('HIGH_CARDINALITY', of, distinct, DISTINCT_MAX);
    }
    if (isCategory && distinct > 1 && column.imbalance > IMBALANCE) alert('IMBALANCE', of, column.imbalance, IMBALANCE);
    if (column.complete_domain && distinct > 1 && values >= 5 * distinct) {
      const p = uniformity(column.top.map(({ count }) => count));
      if (p > UNIFORM_P) alert('UNIFORM', of, p, UNIFORM_P);
    }
    if (column.type === 'text' && distinct > 1 && length && length.min === length.max)
      alert('CONSTANT_LENGTH', of, length.min, null);
    if (column.clusters.length > 0) alert('DIRTY_CATEGORY', of, column.clusters.length, 0);
    if (column.type === 'json') alert('UNSUPPORTED', of, null, null);
    if (isMomentType(column.type) && (column.stored_type ?? 'VARCHAR') === 'VARCHAR')
      alert('TYPE_DATE', of, null, null);
  }
  const paired = new Set<string>();
  for (const { columns: of, value } of correlations) {
    const key = of.join('\0');
    if (Math.abs(value) < CORRELATION || paired.has(key)) continue;
    paired.add(key);
    alert('HIGH_CORRELATION', of, value, CORRELATION);
  }
  const position = new Map(columns.map(({ name }, at) => [name, at]));
  const at = (one: ProfileAlert) => position.get(one.columns[0] ?? '') ?? -1;
  return found.sort(
    (a, b) => compareText(a.name, b.name) || at(a) - at(b) || compareText(a.columns.join('\0'), b.columns.join('\0')),
  );
}

/** p of Pearson's χ² test that all are equally frequent; the distribution by Wilson and Hilferty (1931). */
export function uniformity(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const square = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  const freedom = counts.length - 1;
  if (square === 0) return 1;
  const z = ((square / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom));
  return Math.round((1 - normal(z)) * 1e6) / 1e6;
}

/** Abramowitz and Stegun 7.1.26, to 1.5e-7. */
function normal(z: number): number {
  const t = 1 / (1 + 0.3275911 * (Math.abs(z) / Math.SQRT2));
  const tail =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) *
    t *
    Math.exp((-z * z) / 2);
  return z >= 0 ? 1 - tail / 2 : tail / 2;
}
