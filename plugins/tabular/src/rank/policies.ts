/** Ways to put candidates in order: each gives a score, and the terms that add up to it. Pure. */
import type { RankingDocument } from '../documents.generated.ts';
import type { Weights } from '../quality/score.ts';
import { type Facts, nine, type Trial } from './facts.ts';

export type Policy = RankingDocument['policy'];
export type Term = RankingDocument['candidates'][number]['terms'][number];

export interface Penalties {
  readonly loss: number;
  readonly irreversible: number;
  readonly change: number;
}

/** In composite scores: of the improvement of dimensions, and of the quality afterwards. */
const IMPROVEMENT_SHARE = 0.7;
const QUALITY_SHARE = 0.3;

type Tried = Facts & { readonly trial: Trial };

/** Terms of each candidate, in the order given; the higher their sum, the better. All were tried, unless it is `confidence`. */
export function termsOf(policy: Policy, all: readonly Facts[], weights: Weights, penalties: Penalties): Term[][] {
  if (policy === 'confidence') return all.map(({ candidate }) => [term('confidence', 1, candidate.confidence)]);
  const tried = all.filter((facts): facts is Tried => facts.trial !== undefined);
  switch (policy) {
    case 'composite':
      return tried.map((facts) => composite(facts, penalties));
    case 'improvement':
      return tried.map(({ trial }) => [term('improvement', 1, trial.improvement)]);
    case 'lexicographic':
      return lexicographic(tried, weights);
    case 'pareto':
      return pareto(tried, penalties);
    case 'topsis':
      return topsis(tried, weights, penalties);
  }
}

export function scoreOf(terms: readonly Term[]): number {
  return terms.reduce((sum, { contribution }) => sum + contribution, 0);
}

function term(name: string, weight: number, value: number): Term {
  return { term: name, weight, value, contribution: weight * value + 0 };
}

function composite({ candidate, trial }: Tried, { loss, irreversible, change }: Penalties): Term[] {
  return [
    ...trial.deltas.map(({ dimension, weight, value }) => term(dimension, IMPROVEMENT_SHARE * weight, value)),
    term('quality_after', QUALITY_SHARE, trial.overallAfter),
    term('loss', -loss, trial.loss),
    term('irreversible', -irreversible, candidate.reversible === 'no' ? 1 : 0),
    term('change', -change, trial.change),
  ];
}

/** What weighs most decides, then what weighs next. The score is the share of places below. */
function lexicographic(tried: readonly Tried[], weights: Weights): Term[][] {
  const keys = tried.map(({ trial }) =>
    [...trial.deltas].sort((a, b) => weights[b.dimension] - weights[a.dimension]).map(({ value }) => value),
  );
  const compare = (a: readonly number[], b: readonly number[]) => {
    const at = a.findIndex((value, place) => value !== (b[place] ?? 0));
    return at < 0 ? 0 : (a[at] as number) - (b[at] ?? 0);
  };
  return keys.map((key) => {
    const below = keys.filter((other) => compare(other, key) < 0).length;
    return [term('place', 1, nine(below / Math.max(1, keys.length)))];
  });
}

interface Criterion {
  readonly weight: number;
  /** The higher, the better. */
  readonly values: readonly number[];
}

function criteriaOf(tried: readonly Tried[], weights: Weights | undefined, penalties: Penalties): Criterion[] {
  const dimensions = [...new Set(tried.flatMap(({ trial }) => trial.deltas.map(({ dimension }) => dimension)))].sort();
  const delta = ({ trial }: Tried, wanted: string) =>
    trial.deltas.find(({ dimension }) => dimension === wanted)?.value ?? 0;
  return [
    ...dimensions.map((dimension) => ({
      weight: weights?.[dimension] ?? 1,
      values: tried.map((facts) => delta(facts, dimension)),
    })),
    { weight: penalties.loss, values: tried.map(({ trial }) => -trial.loss) },
    { weight: penalties.irreversible, values: tried.map(({ candidate }) => (candidate.reversible === 'no' ? -1 : 0)) },
    { weight: penalties.change, values: tried.map(({ trial }) => -trial.change) },
  ].filter(({ weight }) => weight > 0);
}

/**
 * Fronts of those that no other beats in everything; within a front, those with more room around them are better. Crowding
 * counts less than a front.
 */
function pareto(tried: readonly Tried[], penalties: Penalties): Term[][] {
  const criteria = criteriaOf(tried, undefined, penalties);
  const beats = (a: number, b: number) =>
    criteria.every(({ values }) => (values[a] as number) >= (values[b] as number)) &&
    criteria.some(({ values }) => (values[a] as number) > (values[b] as number));
  const front = new Array<number>(tried.length).fill(0);
  let left = tried.map((_, at) => at);
  for (let number = 1; left.length > 0; number++) {
    const best = left.filter((one) => !left.some((other) => beats(other, one)));
    for (const one of best) front[one] = number;
    left = left.filter((one) => !best.includes(one));
  }
  const room = tried.map((_, at) => roomOf(at, front, criteria));
  return tried.map((_, at) => [term('front', -1, front[at] as number), term('room', 0.5, nine(room[at] as number))]);
}

/** Crowding distance, from 0 to 1: 1 at the edge of the front. */
function roomOf(at: number, front: readonly number[], criteria: readonly Criterion[]): number {
  let room = 0;
  for (const { values } of criteria) {
    const own = values[at] as number;
    const others = values.filter((_, other) => other !== at && front[other] === front[at]);
    const above = others.filter((value) => value >= own);
    const below = others.filter((value) => value <= own);
    if (above.length === 0 || below.length === 0) return 1;
    const range = Math.max(...others, own) - Math.min(...others, own);
    if (range > 0) room += (Math.min(...above) - Math.max(...below)) / range;
  }
  return room / (1 + room);
}

/** Nearness to what would be best in everything, and distance from what would be worst. */
function topsis(tried: readonly Tried[], weights: Weights, penalties: Penalties): Term[][] {
  const scaled = criteriaOf(tried, weights, penalties).map(({ weight, values }) => {
    const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    const all = values.map((value) => (length === 0 ? 0 : (weight * value) / length));
    return { all, best: Math.max(...all), worst: Math.min(...all) };
  });
  return tried.map((_, at) => {
    const distance = (to: 'best' | 'worst') =>
      Math.sqrt(scaled.reduce((sum, one) => sum + (one[to] - (one.all[at] as number)) ** 2, 0));
    const [toBest, toWorst] = [distance('best'), distance('worst')];
    return [term('closeness', 1, toBest + toWorst === 0 ? 1 : nine(toWorst / (toBest + toWorst)))];
  });
}
