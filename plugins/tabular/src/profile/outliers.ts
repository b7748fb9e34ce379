/** Numbers and dates that are far from the others. Pure. */
import type { ProfileOutliers } from '../documents.generated.ts';
import { six } from './numbers.ts';
import { countWhere, meanDistance, type Numbers, type NumericFacts, numericFacts } from './numeric-facts.ts';

export interface OutlierRules {
  readonly facts: ProfileOutliers;
  /** Names of the rules that mark a number. */
  readonly marks: (value: number) => string[];
  /** From 0 to 1: how far it is. */
  readonly score: (value: number) => number;
}

const VALUES_MIN = 8;

/**
 * Fences p25 - k IQR and p75 + k IQR (Tukey 1977), k 1.5 and for far ones 3; for dates 3. Modified z-score
 * 0.6745 (x - median) / MAD above 3.5, with 0.7979 and the mean distance where MAD is 0 (Iglewicz and Hoaglin 1993).
 * z-score above 3 where the skewness is below 1.
 */
export function outlierRules(
  numbers: Numbers,
  isDate: boolean,
  known: NumericFacts | undefined = numericFacts(numbers),
): OutlierRules | undefined {
  const facts = numbers.total < VALUES_MIN ? undefined : known;
  if (!facts || facts.std === null || facts.std === 0) return undefined;
  const { p25, p75, p50 } = facts.quantiles;
  const { iqr, mean, std } = facts;
  const reach = isDate ? 3 : 1.5;
  const [low, high, lowFar, highFar] = [p25 - reach * iqr, p75 + reach * iqr, p25 - 3 * iqr, p75 + 3 * iqr];
  const { mad } = facts;
  const scale = mad > 0 ? 0.6745 / mad : 0.7979 / (meanDistance(numbers, p50) || Number.POSITIVE_INFINITY);
  const isTukey = (value: number) => iqr > 0 && (value < low || value > high);
  const isFar = (value: number) => iqr > 0 && (value < lowFar || value > highFar);
  const isModified = (value: number) => !isDate && Math.abs(scale * (value - p50)) > 3.5;
  const usesZ = !isDate && facts.skewness !== null && Math.abs(facts.skewness) < 1;
  const isZ = (value: number) => usesZ && Math.abs(value - mean) > 3 * std;
  const marks = (value: number) => [
    ...(isTukey(value) ? ['tukey'] : []),
    ...(isFar(value) ? ['far'] : []),
    ...(isModified(value) ? ['modified_z'] : []),
    ...(isZ(value) ? ['z'] : []),
  ];
  return {
    marks,
    score: (value) => six(1 - 1 / (1 + Math.abs(scale * (value - p50)) / 3.5)),
    facts: {
      low,
      high,
      low_far: lowFar,
      high_far: highFar,
      tukey: countWhere(numbers, isTukey),
      far: countWhere(numbers, isFar),
      modified_z: countWhere(numbers, isModified),
      z: usesZ ? countWhere(numbers, isZ) : null,
      count: countWhere(numbers, (value) => isTukey(value) || isFar(value) || isModified(value) || isZ(value)),
    },
  };
}
