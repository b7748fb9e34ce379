/** The document `quality`, from the counts before and after. Pure. */
import type { QualityColumnScores, QualityDocument } from '../documents.generated.ts';
import type { Measures } from './measure.ts';
import { DIMENSIONS, type Rule, type RuleSet } from './rule.ts';
import { mean, round, type Scores, scoresOf, shareOf, type Weights } from './score.ts';

interface Facts {
  /** Digests. */
  readonly data: string;
  readonly clean: string | null;
  /** Names, in order. */
  readonly columns: readonly string[];
  readonly weights: Weights;
  readonly minScore: number;
}

export function qualityDocument(
  { data, clean, columns, weights, minScore }: Facts,
  set: RuleSet,
  before: Measures,
  after: Measures | undefined,
): QualityDocument {
  const scoresBefore = scoresOf(set, before, weights);
  const scoresAfter = after ? scoresOf(set, after, weights) : null;
  return {
    version: 1,
    data,
    clean,
    weights: { ...weights },
    min_score: minScore,
    passed: (scoresAfter ?? scoresBefore).overall >= minScore,
    before: scoresBefore,
    after: scoresAfter,
    delta: scoresAfter && difference(scoresBefore, scoresAfter),
    columns: columns.map((column) => ({
      column,
      before: columnScores(column, set.rules, before),
      after: after ? columnScores(column, set.rules, after) : null,
    })),
    rules: set.rules.map((rule) => ({
      rule: rule.id,
      kind: rule.kind,
      dimension: rule.dimension,
      columns: [...rule.columns],
      params: { ...rule.params },
      description: rule.description,
      before: before.rules.get(rule.id) ?? null,
      after: after?.rules.get(rule.id) ?? null,
    })),
  };
}

function difference(before: Scores, after: Scores): { [name: string]: number | null } {
  return Object.fromEntries(
    (['overall', ...DIMENSIONS] as const).map((name) => {
      const [from, to] = [before[name], after[name]];
      return [name, from === null || to === null ? null : Math.round((to - from) * 1e9) / 1e9];
    }),
  );
}

/** A rule between columns is about the last of them. */
function columnScores(column: string, rules: readonly Rule[], measures: Measures): QualityColumnScores {
  const share = (dimension: Rule['dimension']) =>
    mean(
      rules.flatMap((rule) => {
        const held =
          rule.dimension === dimension && rule.columns.at(-1) === column ? measures.rules.get(rule.id) : null;
        return held && held.applicable > 0 ? [shareOf(held)] : [];
      }),
    );
  const valid = measures.valid.get(column);
  const rounded = (value: number | null) => (value === null ? null : round(value));
  return {
    completeness: rounded(share('completeness')),
    validity: valid && valid.applicable > 0 ? round(shareOf(valid)) : null,
    consistency: rounded(share('consistency')),
  };
}
