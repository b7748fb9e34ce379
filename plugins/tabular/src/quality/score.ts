/** What the counts are worth: quality from 0 to 1 by dimension, and in all. Pure. */
import type { QualityScores } from '../documents.generated.ts';
import type { Held, Measures } from './measure.ts';
import { DIMENSIONS, type Dimension, type Rule, type RuleSet } from './rule.ts';

export type Scores = QualityScores;

export type Weights = { readonly [dimension in Dimension]: number };

export const DEFAULT_WEIGHTS: Weights = {
  completeness: 0.3,
  validity: 0.3,
  consistency: 0.3,
  uniqueness: 0.1,
  accuracy: 0,
  timeliness: 0,
};

/** Rules of consistency that are about how values are written. */
const WRITING: ReadonlySet<Rule['kind']> = new Set(['one_form', 'one_pattern', 'one_spelling']);

/** Dimensions without a rule that was asked of anything are null, and count for nothing. */
export function scoresOf({ rules }: RuleSet, measures: Measures, weights: Weights = DEFAULT_WEIGHTS): Scores {
  const shares = (dimension: Dimension, isMeant: (rule: Rule) => boolean = () => true) =>
    rules.flatMap((rule) => {
      const held = rule.dimension === dimension && isMeant(rule) ? measures.rules.get(rule.id) : undefined;
      return held && held.applicable > 0 ? [shareOf(held)] : [];
    });
  const sums = (dimension: Dimension) =>
    shareOfAll(rules.flatMap((rule) => (rule.dimension === dimension ? (measures.rules.get(rule.id) ?? []) : [])));
  const qualities: { readonly [dimension in Dimension]: number | null } = {
    completeness: sums('completeness'),
    validity: shareOfAll([...measures.valid.values()]),
    consistency: mean([
      mean(shares('consistency', ({ kind }) => !WRITING.has(kind))),
      mean(shares('consistency', ({ kind }) => WRITING.has(kind))),
    ]),
    uniqueness: mean(shares('uniqueness')),
    accuracy: sums('accuracy'),
    timeliness: sums('timeliness'),
  };
  let total = 0;
  let sum = 0;
  for (const dimension of DIMENSIONS) {
    const quality = qualities[dimension];
    if (quality === null || weights[dimension] <= 0) continue;
    total += weights[dimension];
    sum += weights[dimension] * quality;
  }
  const vacuous = total === 0;
  const rounded = Object.fromEntries(
    DIMENSIONS.map((dimension) => [dimension, qualities[dimension] === null ? null : round(qualities[dimension])]),
  ) as { [dimension in Dimension]: number | null };
  return { overall: vacuous ? 1 : round(sum / total), vacuous, ...rounded };
}

/** From 0 to 1, to nine decimals, which the sums of a hundred million cells have. */
export function round(share: number): number {
  return Math.min(1, Math.max(0, Math.round(share * 1e9) / 1e9));
}

export function shareOf({ applicable, satisfied }: Held): number {
  return satisfied / applicable;
}

function shareOfAll(held: readonly Held[]): number | null {
  let applicable = 0;
  let satisfied = 0;
  for (const one of held) {
    applicable += one.applicable;
    satisfied += one.satisfied;
  }
  return applicable === 0 ? null : satisfied / applicable;
}

export function mean(shares: readonly (number | null)[]): number | null {
  const known = shares.filter((share) => share !== null);
  return known.length === 0 ? null : known.reduce((sum, share) => sum + share, 0) / known.length;
}
