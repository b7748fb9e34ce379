/**
 * Statistics of numbers, from every different one and how often it is there. Pure. The order of rows does not matter,
 * and sums carry what rounding takes away, so that results do not depend on how the numbers came.
 */
import type { ProfileNumeric } from '../documents.generated.ts';
import { six } from './numbers.ts';

/** Ascending and different, with their counts. */
export interface Numbers {
  readonly values: Float64Array;
  readonly counts: Float64Array;
  /** Of all counts. */
  readonly total: number;
}

export type NumericFacts = Omit<ProfileNumeric, 'infinities' | 'nans' | 'decimals_max' | 'monotonic'>;

const BINS_MAX = 50;
const BENFORD_MIN = 100;
/** Different numbers; more take longer than they tell. */
const BENFORD_MAX = 200_000;

export function toNumbers(entries: readonly { value: number; count: number }[]): Numbers {
  const finite = entries.filter(({ value }) => Number.isFinite(value)).sort((a, b) => a.value - b.value);
  const values: number[] = [];
  const counts: number[] = [];
  let total = 0;
  for (const { value, count } of finite) {
    const last = values.length - 1;
    total += count;
    if (values[last] === value) counts[last] = (counts[last] ?? 0) + count;
    else {
      values.push(value + 0);
      counts.push(count);
    }
  }
  return { values: Float64Array.from(values), counts: Float64Array.from(counts), total };
}

/** Undefined without numbers, and where their mean is too large for a number. */
export function numericFacts(numbers: Numbers): NumericFacts | undefined {
  const { values, counts, total } = numbers;
  if (total === 0) return undefined;
  const sum = weightedSum(values, counts);
  // Exact as far as a double can tell; the rest of the division is added back below.
  const mean = (sum.high + sum.low) / total;
  if (!Number.isFinite(mean)) return undefined;
  const { second, third, fourth } = moments(numbers, mean);
  const variance = total < 2 ? undefined : Math.max(0, second / (total - 1));
  const std = variance === undefined ? undefined : Math.sqrt(variance);
  const quantile = quantiles(numbers);
  const [p05, p25, p50, p75, p95] = [0.05, 0.25, 0.5, 0.75, 0.95].map(quantile) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    count: total,
    mean: mean + 0,
    sum: sum.high + sum.low + 0,
    std: finiteOrNull(std),
    variance: finiteOrNull(variance),
    cv: mean === 0 || std === undefined ? null : finiteOrNull(std / Math.abs(mean)),
    quantiles: { p05, p25, p50, p75, p95 },
    iqr: p75 - p25,
    mad: medianDistance(numbers, p50),
    skewness: finiteOrNull(skewness(total, second, third)),
    kurtosis: finiteOrNull(kurtosis(total, second, fourth)),
    zeros: countWhere(numbers, (value) => value === 0),
    negatives: countWhere(numbers, (value) => value < 0),
    integers: values.every(Number.isInteger),
    histogram: histogram(numbers, p75 - p25),
    benford: benford(numbers),
  };
}

/** Type 7 of Hyndman and Fan (1996): linear between the neighbours of (n - 1) p. */
export function quantiles({ values, counts, total }: Numbers): (share: number) => number {
  const passed = new Float64Array(counts.length);
  let sum = 0;
  for (let index = 0; index < counts.length; index++) {
    sum += counts[index] ?? 0;
    passed[index] = sum;
  }
  const at = (position: number) => {
    let low = 0;
    let high = values.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((passed[middle] ?? 0) > position) high = middle;
      else low = middle + 1;
    }
    return values[low] ?? 0;
  };
  return (share) => {
    const position = (total - 1) * share;
    const low = at(Math.floor(position));
    const rest = position - Math.floor(position);
    return rest === 0 ? low : low + rest * (at(Math.floor(position) + 1) - low);
  };
}

/** Median of |x - middle|, walking from the middle to both sides. */
export function medianDistance({ values, counts, total }: Numbers, middle: number): number {
  let right = 0;
  while (right < values.length && (values[right] ?? 0) < middle) right++;
  let left = right - 1;
  let passed = 0;
  const lowAt = Math.floor((total - 1) / 2);
  const highAt = Math.ceil((total - 1) / 2);
  let low: number | undefined;
  while (left >= 0 || right < values.length) {
    const toLeft = left >= 0 ? middle - (values[left] ?? 0) : Number.POSITIVE_INFINITY;
    const toRight = right < values.length ? (values[right] ?? 0) - middle : Number.POSITIVE_INFINITY;
    const distance = Math.min(toLeft, toRight);
    passed += counts[toLeft <= toRight ? left-- : right++] ?? 0;
    if (low === undefined && passed > lowAt) low = distance;
    if (passed > highAt) return ((low ?? distance) + distance) / 2;
  }
  return 0;
}

/** Mean of |x - middle|. */
export function meanDistance({ values, counts, total }: Numbers, middle: number): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += (counts[at] ?? 0) * Math.abs((values[at] ?? 0) - middle);
  return total === 0 ? 0 : sum / total;
}

export function countWhere({ values, counts }: Numbers, holds: (value: number) => boolean): number {
  let count = 0;
  for (let at = 0; at < values.length; at++) if (holds(values[at] ?? 0)) count += counts[at] ?? 0;
  return count;
}

/** G1 = g1 sqrt(n (n - 1)) / (n - 2), with g1 = m3 / m2^1.5 (Joanes and Gill 1998). */
function skewness(n: number, second: number, third: number): number | undefined {
  if (n < 3 || second <= 0) return undefined;
  return ((third / n / (second / n) ** 1.5) * Math.sqrt(n * (n - 1))) / (n - 2);
}

/** G2 = (n - 1) / ((n - 2)(n - 3)) ((n + 1) g2 + 6), with g2 = m4 / m2^2 - 3 (Joanes and Gill 1998). */
function kurtosis(n: number, second: number, fourth: number): number | undefined {
  if (n < 4 || second <= 0) return undefined;
  const excess = fourth / n / (second / n) ** 2 - 3;
  return ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * excess + 6);
}

/** Sums of powers of the distances from the mean; the square is freed of what rounding left in the mean (Chan 1983). */
function moments({ values, counts, total }: Numbers, mean: number) {
  const sums = [0, 0, 0, 0];
  const rests = [0, 0, 0, 0];
  for (let at = 0; at < values.length; at++) {
    const distance = (values[at] ?? 0) - mean;
    let power = counts[at] ?? 0;
    for (let exponent = 0; exponent < 4; exponent++) {
      power *= distance;
      const before = sums[exponent] ?? 0;
      const after = before + power;
      rests[exponent] =
        (rests[exponent] ?? 0) +
        (Math.abs(before) >= Math.abs(power) ? before - after + power : power - after + before);
      sums[exponent] = after;
    }
  }
  const [first = 0, second = 0, third = 0, fourth = 0] = sums.map((sum, at) => sum + (rests[at] ?? 0));
  return { second: second - (first * first) / total, third, fourth };
}

/** Σ value · count in twice the precision (TwoSum of Knuth, TwoProduct of Dekker). */
function weightedSum(values: Float64Array, counts: Float64Array): { high: number; low: number } {
  let high = 0;
  let low = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    const count = counts[at] ?? 0;
    const product = value * count;
    const sum = high + product;
    const back = sum - high;
    low += high - (sum - back) + (product - back) + productError(value, count, product);
    high = sum;
  }
  return Number.isFinite(low) ? { high, low } : { high, low: 0 };
}

const SPLITTER = 134_217_729;

function productError(a: number, b: number, product: number): number {
  if (b === 1) return 0;
  const wide = SPLITTER * a;
  const aHigh = wide - (wide - a);
  const aLow = a - aHigh;
  const other = SPLITTER * b;
  const bHigh = other - (other - b);
  const bLow = b - bHigh;
  const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  return Number.isFinite(error) ? error : 0;
}

/** Width 2 IQR n^(-1/3) (Freedman and Diaconis 1981), else range by log2(n) + 1 bins (Sturges 1926). */
function histogram({ values, counts, total }: Numbers, iqr: number): NumericFacts['histogram'] {
  const from = values[0] ?? 0;
  const range = (values[values.length - 1] ?? 0) - from;
  if (!(range > 0) || !Number.isFinite(range)) return { from, width: 0, counts: [total] };
  const wanted = iqr > 0 ? Math.ceil(range / (2 * iqr * total ** (-1 / 3))) : Math.ceil(Math.log2(total) + 1);
  const bins = Math.min(BINS_MAX, Math.max(1, wanted));
  const filled = new Array<number>(bins).fill(0);
  for (let at = 0; at < values.length; at++) {
    const bin = Math.min(bins - 1, Math.floor((((values[at] ?? 0) - from) / range) * bins));
    filled[bin] = (filled[bin] ?? 0) + (counts[at] ?? 0);
  }
  return { from, width: range / bins, counts: filled };
}

/** Mean of |share of a first digit - log10(1 + 1 / digit)| over the nine digits (Nigrini 2012). */
function benford({ values, counts }: Numbers): number | null {
  if (values.length > BENFORD_MAX) return null;
  const digits = new Array<number>(10).fill(0);
  let all = 0;
  let smallest = Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let at = 0; at < values.length; at++) {
    const size = Math.abs(values[at] ?? 0);
    if (size === 0) continue;
    const digit = Math.min(9, Math.max(1, Math.floor(size / 10 ** Math.floor(Math.log10(size)))));
    digits[digit] = (digits[digit] ?? 0) + (counts[at] ?? 0);
    all += counts[at] ?? 0;
    smallest = Math.min(smallest, size);
    largest = Math.max(largest, size);
  }
  if (all < BENFORD_MIN || largest < 100 * smallest) return null;
  let deviation = 0;
  for (let digit = 1; digit <= 9; digit++) {
    deviation += Math.abs((digits[digit] ?? 0) / all - Math.log10(1 + 1 / digit));
  }
  return six(deviation / 9);
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value + 0 : null;
}
