/** Weights of words for classes: by the slope of the log loss, with a pull to zero. The same every time. */

const ROUNDS = 60;

export interface Linear {
  readonly buckets: number;
  readonly classes: number;
  /** By bucket, then by class; after the last bucket those of the classes themselves. */
  readonly weights: Float64Array;
}

/** `rows`: the buckets of each. Whole passes, in the order of the rows, with a step of its own for each weight. */
export function fitLinear(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  classes: number,
  buckets: number,
  pull: number,
): Linear {
  const size = (buckets + 1) * classes;
  const linear = { buckets, classes, weights: new Float64Array(size) };
  const { weights } = linear;
  const squares = new Float64Array(size).fill(1e-6);
  const slopes = new Float64Array(size);
  const scores = new Float64Array(classes);
  const packed = rows.map((row) => Int32Array.from(row));
  for (let round = 0; round < ROUNDS; round++) {
    for (let at = 0; at < size; at++) slopes[at] = pull * (weights[at] as number);
    for (let row = 0; row < packed.length; row++) {
      const words = packed[row] as Int32Array;
      score(linear, words, scores);
      const errors = shareErrors(scores, labels[row] ?? 0);
      const scale = 1 / Math.sqrt(Math.max(1, words.length));
      for (let at = 0; at < words.length; at++) {
        const start = (words[at] as number) * classes;
        for (let of = 0; of < classes; of++) {
          slopes[start + of] = (slopes[start + of] as number) + scale * (errors[of] as number);
        }
      }
      for (let of = 0; of < classes; of++) {
        slopes[buckets * classes + of] = (slopes[buckets * classes + of] as number) + (errors[of] as number);
      }
    }
    for (let at = 0; at < size; at++) {
      const slope = slopes[at] as number;
      squares[at] = (squares[at] as number) + slope * slope;
      weights[at] = (weights[at] as number) - (0.5 * slope) / Math.sqrt(squares[at] as number);
    }
  }
  return linear;
}

export function scoresOf(linear: Linear, row: readonly number[]): number[] {
  const scores = new Float64Array(linear.classes);
  score(linear, Int32Array.from(row), scores);
  return [...scores];
}

/** Words count less where there are many. */
function score({ weights, buckets, classes }: Linear, words: Int32Array, into: Float64Array): void {
  into.fill(0);
  for (let at = 0; at < words.length; at++) {
    const start = (words[at] as number) * classes;
    for (let of = 0; of < classes; of++) into[of] = (into[of] as number) + (weights[start + of] as number);
  }
  const scale = 1 / Math.sqrt(Math.max(1, words.length));
  for (let of = 0; of < classes; of++) {
    into[of] = (into[of] as number) * scale + (weights[buckets * classes + of] as number);
  }
}

/** Scores become the classes' shares, less one for the right class. */
function shareErrors(scores: Float64Array, label: number): Float64Array {
  let most = scores[0] as number;
  for (const one of scores) most = Math.max(most, one);
  let sum = 0;
  for (let of = 0; of < scores.length; of++) {
    scores[of] = Math.exp((scores[of] as number) - most);
    sum += scores[of] as number;
  }
  for (let of = 0; of < scores.length; of++) scores[of] = (scores[of] as number) / sum - (of === label ? 1 : 0);
  return scores;
}
