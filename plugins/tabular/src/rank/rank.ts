/** Candidates from best to worst, with the reasons. Pure; the order they come in does not matter. */
import type { CandidateDocument, RankingDocument, ValidationDocument } from '../documents.generated.ts';
import type { Weights } from '../quality/score.ts';
import { explain } from './explain.ts';
import { type Facts, factsOf, nine, type Size } from './facts.ts';
import { type Bounds, no, type Verdict, verdictOf } from './keep.ts';
import { type Penalties, type Policy, scoreOf, type Term, termsOf } from './policies.ts';

export interface RankOptions extends Bounds {
  readonly policy: Policy;
  readonly weights: Weights;
  readonly penalties: Penalties;
  /** So many are kept at most. */
  readonly topK: number;
}

type Ranked = RankingDocument['candidates'][number];

interface Scored {
  readonly facts: Facts;
  readonly terms: readonly Term[];
  readonly score: number;
  readonly verdict: Verdict;
}

/** `validations` has a line for each that was tried; undefined: none were. */
export function rank(
  digest: string,
  size: Size,
  candidates: readonly CandidateDocument[],
  validations: ReadonlyMap<string, ValidationDocument> | undefined,
  options: RankOptions,
): RankingDocument {
  // One order before anything is summed up or compared.
  const sorted = [...candidates].sort((a, b) => (a.id < b.id ? -1 : 1));
  const facts = sorted.map((one) => factsOf(one, validations?.get(one.id), options.weights, size));
  const isTried = options.policy !== 'confidence';
  const comparable = isTried ? facts.filter(({ trial }) => trial !== undefined) : facts;
  const terms = termsOf(options.policy, comparable, options.weights, options.penalties);
  const scored = comparable.map((one, at) => scoredOf(one, terms[at] as Term[], options));
  const others = facts
    .filter((one) => !comparable.includes(one))
    .map(
      (one): Scored => ({ facts: one, terms: [], score: 0, verdict: no('untried', 'It was not tried on the data.') }),
    );
  const all = [...scored, ...others].sort(compare);
  let kept = 0;
  const ranked = all.map(({ facts: { candidate, trial }, verdict, ...one }, at): Ranked => {
    if (verdict.keep) kept += 1;
    const { keep, code, reason } = verdict.keep && kept > options.topK ? beyond(options.topK) : verdict;
    return {
      rank: at + 1,
      id: candidate.id,
      operator: candidate.operator,
      columns: candidate.columns,
      params: candidate.params,
      description: candidate.description,
      phase: candidate.phase,
      passed: code !== 'failed',
      keep,
      code,
      reason,
      score: one.score,
      confidence: candidate.confidence,
      improvement: trial?.improvement ?? null,
      cells_changed: trial?.validation.cells_changed ?? null,
      rows_dropped: trial?.validation.rows_dropped ?? null,
      terms: [...one.terms],
      explanation: explain({ candidate, trial, place: 0 }, one.terms, one.score, options.policy),
      examples: trial?.validation.examples.slice(0, 5) ?? [],
    };
  });
  return { version: 1, data: digest, policy: options.policy, weights: { ...options.weights }, candidates: ranked };
}

function scoredOf(facts: Facts, terms: readonly Term[], options: RankOptions): Scored {
  const verdict = facts.trial?.validation.passed === false ? failed(facts.trial.validation) : verdictOf(facts, options);
  return { facts, terms, score: scoreOf(terms), verdict };
}

function failed({ issues }: ValidationDocument): Verdict {
  const errors = issues.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  return no('failed', errors.length === 0 ? 'It failed validation.' : errors.join(' '));
}

function beyond(topK: number): Verdict {
  return no('beyond_top', `${topK === 1 ? 'Another one is' : `${topK} others are`} better, and no more are kept.`);
}

const CLASSES: readonly Ranked['code'][] = ['untried', 'failed'];
const REVERSIBLE: readonly CandidateDocument['reversible'][] = ['yes', 'with_log', 'no'];

/** Rules of one shape say nothing of another: those candidates come after others, the surest first. */
function byShape(one: CandidateDocument, other: CandidateDocument): number {
  const [isShape, isOther] = [one.phase === 'shape', other.phase === 'shape'];
  return Number(isShape) - Number(isOther) || (isShape ? other.confidence - one.confidence : 0);
}

function compare(a: Scored, b: Scored): number {
  const [one, other] = [a.facts, b.facts];
  const changed = ({ trial }: Facts) => (trial ? trial.validation.cells_changed + trial.validation.rows_dropped : 0);
  return (
    CLASSES.indexOf(a.verdict.code) - CLASSES.indexOf(b.verdict.code) ||
    byShape(one.candidate, other.candidate) ||
    nine(b.score) - nine(a.score) ||
    changed(one) - changed(other) ||
    REVERSIBLE.indexOf(one.candidate.reversible) - REVERSIBLE.indexOf(other.candidate.reversible) ||
    other.candidate.confidence - one.candidate.confidence ||
    one.place - other.place ||
    (one.candidate.id < other.candidate.id ? -1 : 1)
  );
}
