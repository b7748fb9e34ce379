/** How pairs of columns go together. Pure. */
import type { ProfileColumn, ProfileCorrelation } from '../documents.generated.ts';
import type { CodedColumn, CodedTable } from './codes.ts';
import { isNumberType } from './kinds.ts';
import { six } from './numbers.ts';
import { compareText } from './values.ts';

export interface Correlations {
  /** By their size, the largest first. */
  readonly found: readonly ProfileCorrelation[];
  readonly isComplete: boolean;
}

const CATEGORIES_MAX = 100;
const ROWS_MIN = 3;

export function correlations(
  { columns, rows }: CodedTable,
  facts: readonly ProfileColumn[],
  budget: number,
): Correlations {
  const found: ProfileCorrelation[] = [];
  let visits = 0;
  const numbers = columns.map((column, at) => {
    const { type, distinct } = facts[at] as ProfileColumn;
    if (!isNumberType(type) || distinct < 2) return undefined;
    const of = Float64Array.from(column.texts, (text) => (/^\s*[+-]?[\d.]/.test(text) ? Number(text) : Number.NaN));
    return Float64Array.from(column.codes, (code) => (code < 0 ? Number.NaN : (of[code] ?? Number.NaN)));
  });
  const isCategory = columns.map(
    ({ texts }, at) => !numbers[at] && texts.length >= 2 && texts.length <= CATEGORIES_MAX,
  );
  const push = (columnsOf: string[], method: ProfileCorrelation['method'], value: number | undefined, n: number) => {
    if (value !== undefined && Number.isFinite(value))
      found.push({ columns: columnsOf, method, value: six(value), rows: n });
  };
  for (const [a, left] of columns.entries()) {
    for (let b = a + 1; b < columns.length; b++) {
      const right = columns[b] as CodedColumn;
      const [x, y] = [numbers[a], numbers[b]];
      if (!(x || isCategory[a]) || !(y || isCategory[b])) continue;
      visits += rows.length;
      if (visits > budget) return { found: sorted(found), isComplete: false };
      if (x && y) {
        const both = pairs(x, y);
        if (both.x.length < ROWS_MIN) continue;
        push([left.name, right.name], 'pearson', pearson(both.x, both.y), both.x.length);
        push([left.name, right.name], 'spearman', pearson(ranks(both.x), ranks(both.y)), both.x.length);
      } else if (!x && !y) {
        const { value, n } = cramersV(left, right);
        push([left.name, right.name], 'cramers_v', value, n);
      } else {
        const [category, number] = x ? [right, x] : [left, y];
        if (!number) continue;
        const { value, n } = correlationRatio(category, number);
        push([category.name, x ? left.name : right.name], 'eta', value, n);
      }
    }
  }
  return { found: sorted(found), isComplete: true };
}

function sorted(found: ProfileCorrelation[]): ProfileCorrelation[] {
  return found.sort(
    (a, b) =>
      Math.abs(b.value) - Math.abs(a.value) ||
      compareText(a.columns.join('\0'), b.columns.join('\0')) ||
      compareText(a.method, b.method),
  );
}

function pairs(a: Float64Array, b: Float64Array): { x: Float64Array; y: Float64Array } {
  const x: number[] = [];
  const y: number[] = [];
  for (let row = 0; row < a.length; row++) {
    const [left = Number.NaN, right = Number.NaN] = [a[row], b[row]];
    if (Number.isFinite(left) && Number.isFinite(right)) {
      x.push(left);
      y.push(right);
    }
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y) };
}

/** Σ (x - x̄)(y - ȳ) / √(Σ (x - x̄)² Σ (y - ȳ)²); undefined where one of them is constant. */
export function pearson(x: Float64Array, y: Float64Array): number | undefined {
  const n = x.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  let [xy, xx, yy] = [0, 0, 0];
  for (let at = 0; at < n; at++) {
    const dx = (x[at] ?? 0) - meanX;
    const dy = (y[at] ?? 0) - meanY;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))) : undefined;
}

/** From 1; equal values share the mean of theirs. Spearman's coefficient is Pearson's of ranks. */
export function ranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values, (_, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const made = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to++;
    for (let at = from; at < to; at++) made[order[at] ?? 0] = (from + to + 1) / 2;
    from = to;
  }
  return made;
}

/**
 * φ̃² = max(0, χ²/n - (k - 1)(r - 1)/(n - 1)), k̃ = k - (k - 1)²/(n - 1), r̃ alike, V = √(φ̃² / min(k̃ - 1, r̃ - 1))
 * (Bergsma 2013).
 */
export function cramersV(left: CodedColumn, right: CodedColumn): { value: number | undefined; n: number } {
  const width = right.texts.length;
  const counts = new Float64Array(left.texts.length * width);
  const byLeft = new Float64Array(left.texts.length);
  const byRight = new Float64Array(width);
  let n = 0;
  for (let row = 0; row < left.codes.length; row++) {
    const [a = -1, b = -1] = [left.codes[row], right.codes[row]];
    if (a < 0 || b < 0) continue;
    counts[a * width + b] = (counts[a * width + b] ?? 0) + 1;
    byLeft[a] = (byLeft[a] ?? 0) + 1;
    byRight[b] = (byRight[b] ?? 0) + 1;
    n++;
  }
  const k = byLeft.filter((count) => count > 0).length;
  const r = byRight.filter((count) => count > 0).length;
  if (n < ROWS_MIN || k < 2 || r < 2) return { value: undefined, n };
  // χ²/n = Σ n_ab² / (n_a n_b) - 1.
  let phi = -1;
  for (let a = 0; a < byLeft.length; a++) {
    for (let b = 0; b < width; b++) {
      const count = counts[a * width + b] ?? 0;
      if (count > 0) phi += (count * count) / ((byLeft[a] ?? 1) * (byRight[b] ?? 1));
    }
  }
  const corrected = Math.max(0, phi - ((k - 1) * (r - 1)) / (n - 1));
  const least = Math.min(k - (k - 1) ** 2 / (n - 1), r - (r - 1) ** 2 / (n - 1)) - 1;
  return { value: least > 0 ? Math.min(1, Math.sqrt(corrected / least)) : undefined, n };
}

/** η = √(Σ_c n_c (ȳ_c - ȳ)² / Σ (y - ȳ)²). */
export function correlationRatio(
  category: CodedColumn,
  numbers: Float64Array,
): { value: number | undefined; n: number } {
  const sums = new Float64Array(category.texts.length);
  const counts = new Float64Array(category.texts.length);
  let n = 0;
  let sum = 0;
  for (let row = 0; row < numbers.length; row++) {
    const code = category.codes[row] ?? -1;
    const value = numbers[row] ?? Number.NaN;
    if (code < 0 || !Number.isFinite(value)) continue;
    sums[code] = (sums[code] ?? 0) + value;
    counts[code] = (counts[code] ?? 0) + 1;
    n++;
    sum += value;
  }
  const mean = sum / n;
  let total = 0;
  for (let row = 0; row < numbers.length; row++) {
    const value = numbers[row] ?? Number.NaN;
    if ((category.codes[row] ?? -1) >= 0 && Number.isFinite(value)) total += (value - mean) ** 2;
  }
  let between = 0;
  for (let code = 0; code < counts.length; code++) {
    const count = counts[code] ?? 0;
    if (count > 0) between += count * ((sums[code] ?? 0) / count - mean) ** 2;
  }
  return { value: n >= ROWS_MIN && total > 0 ? Math.min(1, Math.sqrt(between / total)) : undefined, n };
}
