/** What candidates are compared by: what a profile says of them, and what a trial showed. Pure. */
import type { CandidateDocument, ValidationDocument } from '../documents.generated.ts';
import { operatorPlace } from '../operators/catalogue.ts';
import { DIMENSIONS, type Dimension } from '../quality/rule.ts';
import type { Weights } from '../quality/score.ts';

export interface Facts {
  readonly candidate: CandidateDocument;
  /** Of its operator in the catalogue. */
  readonly place: number;
  /** Undefined when it was not tried. */
  readonly trial: Trial | undefined;
}

export interface Trial {
  readonly validation: ValidationDocument;
  /** Of the overall quality. */
  readonly improvement: number;
  readonly overallAfter: number;
  /** Dimensions that apply before and after, and count: their weight, all weights being 1 in sum, and difference. */
  readonly deltas: readonly { readonly dimension: Dimension; readonly weight: number; readonly value: number }[];
  /** Share of rows that go, and of cells of other rows that lose their value. */
  readonly loss: number;
  /** Share of cells that change, or go. */
  readonly change: number;
}

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

export function factsOf(
  candidate: CandidateDocument,
  validation: ValidationDocument | undefined,
  weights: Weights,
  size: Size,
): Facts {
  const place = operatorPlace(candidate.operator);
  return { candidate, place, trial: validation && trialOf(candidate, validation, weights, size) };
}

function trialOf(candidate: CandidateDocument, validation: ValidationDocument, weights: Weights, size: Size): Trial {
  const { before, after } = validation.scores;
  const applicable = DIMENSIONS.filter(
    (dimension) => weights[dimension] > 0 && before[dimension] !== null && after[dimension] !== null,
  );
  const total = applicable.reduce((sum, dimension) => sum + weights[dimension], 0);
  const rows = Math.max(1, validation.sample_only ? validation.rows : size.rows);
  const cells = rows * Math.max(1, size.columns);
  // What stood for a missing value was none.
  const values = candidate.phase === 'missing' ? 0 : sumOf(validation.changed.map(({ to_missing: gone }) => gone));
  return {
    validation,
    improvement: nine(after.overall - before.overall),
    overallAfter: after.overall,
    deltas: applicable.map((dimension) => ({
      dimension,
      weight: weights[dimension] / total,
      value: nine((after[dimension] as number) - (before[dimension] as number)),
    })),
    loss: nine(Math.min(1, validation.rows_dropped / rows + values / cells)),
    change: nine(Math.min(1, (validation.cells_changed + validation.rows_dropped * size.columns) / cells)),
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Nine decimals, what scores are compared by; never -0. */
export function nine(value: number): number {
  return Math.round(value * 1e9) / 1e9 + 0;
}
