/** Small trees, each of which mends what those before it got wrong: for classes, by the slope of the log loss. Seeded. */
import { binOf } from '../../src/profile/class-model.ts';

export interface Forest {
  /** By feature: the bounds between its bins, ascending. */
  readonly bounds: readonly Float64Array[];
  /** By round, then by class. */
  readonly rounds: readonly (readonly Tree[])[];
}

/** A leaf is a number; of a branch, rows whose bin is at most `bin` go left, and those without a value where it says. */
export type Tree =
  | number
  | {
      readonly feature: number;
      readonly bin: number;
      readonly isMissingLeft: boolean;
      readonly left: Tree;
      readonly right: Tree;
    };

export interface GrowOptions {
  readonly rounds: number;
  readonly rate: number;
  readonly leaves: number;
  readonly leastRows: number;
  readonly lambda: number;
  /** Shares of the rows and features that a tree sees. */
  readonly rowShare: number;
  readonly featureShare: number;
  readonly seed: number;
}

const BINS = 48;

/** Numbers from 0 to 1, always the same ones for a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function grow(
  rows: readonly Float64Array[],
  classes: readonly number[],
  classCount: number,
  options: GrowOptions,
): Forest {
  const width = rows[0]?.length ?? 0;
  const bounds = Array.from({ length: width }, (_, feature) => boundsOf(rows.map((row) => row[feature] ?? Number.NaN)));
  // By feature: the bin of every row, 0 where there is no value.
  const bins = bounds.map((of, feature) => Uint8Array.from(rows, (row) => binOf(of, row[feature] ?? Number.NaN)));
  const random = randomFrom(options.seed);
  const scores = Array.from({ length: classCount }, () => new Float64Array(rows.length));
  const rounds: Tree[][] = [];
  for (let round = 0; round < options.rounds; round++) {
    const shares = softmax(scores, rows.length);
    const seen = Int32Array.from(rows.keys()).filter(() => random() < options.rowShare);
    const trees: Tree[] = [];
    for (let of = 0; of < classCount; of++) {
      const slope = new Float64Array(rows.length);
      const bend = new Float64Array(rows.length);
      for (const row of seen) {
        const share = shares[of]?.[row] ?? 0;
        slope[row] = share - (classes[row] === of ? 1 : 0);
        bend[row] = Math.max(1e-6, share * (1 - share));
      }
      const features = bins.map((_, feature) => feature).filter(() => random() < options.featureShare);
      const tree = growTree(bins, features, seen, slope, bend, options);
      trees.push(tree);
      const score = scores[of] as Float64Array;
      for (let row = 0; row < rows.length; row++)
        score[row] = (score[row] ?? 0) + leafOf(tree, (feature) => bins[feature]?.[row] ?? 0);
    }
    rounds.push(trees);
  }
  return { bounds, rounds };
}

interface Split {
  readonly gain: number;
  readonly feature: number;
  readonly bin: number;
  readonly isMissingLeft: boolean;
}

/** The leaf whose split gains most is split first, until there are enough leaves. */
function growTree(
  bins: readonly Uint8Array[],
  features: readonly number[],
  rows: Int32Array,
  slope: Float64Array,
  bend: Float64Array,
  options: GrowOptions,
): Tree {
  type Node = { tree: number | { feature: number; bin: number; isMissingLeft: boolean; left: Node; right: Node } };
  const root: Node = { tree: 0 };
  const open: { node: Node; rows: Int32Array; split: Split | undefined }[] = [];
  const push = (node: Node, of: Int32Array) => {
    let g = 0;
    let h = 0;
    for (const row of of) {
      g += slope[row] ?? 0;
      h += bend[row] ?? 0;
    }
    node.tree = (-options.rate * g) / (h + options.lambda);
    open.push({ node, rows: of, split: bestSplit(bins, features, of, slope, bend, g, h, options) });
  };
  push(root, rows);
  for (let leaves = 1; leaves < options.leaves; leaves++) {
    let best = -1;
    for (const [at, { split }] of open.entries()) {
      if (split && (best === -1 || split.gain > (open[best]?.split?.gain ?? 0))) best = at;
    }
    const [chosen] = best === -1 ? [] : open.splice(best, 1);
    if (!chosen?.split) break;
    const { feature, bin, isMissingLeft } = chosen.split;
    const of = bins[feature] as Uint8Array;
    const isLeft = (row: number) => (of[row] === 0 ? isMissingLeft : (of[row] ?? 0) <= bin);
    const left: Node = { tree: 0 };
    const right: Node = { tree: 0 };
    chosen.node.tree = { feature, bin, isMissingLeft, left, right };
    push(left, chosen.rows.filter(isLeft));
    push(
      right,
      chosen.rows.filter((row) => !isLeft(row)),
    );
  }
  const plain = ({ tree }: Node): Tree =>
    typeof tree === 'number' ? tree : { ...tree, left: plain(tree.left), right: plain(tree.right) };
  return plain(root);
}

function bestSplit(
  bins: readonly Uint8Array[],
  features: readonly number[],
  rows: Int32Array,
  slope: Float64Array,
  bend: Float64Array,
  g: number,
  h: number,
  { lambda, leastRows }: GrowOptions,
): Split | undefined {
  if (rows.length < 2 * leastRows) return undefined;
  let best: Split | undefined;
  const slopes = new Float64Array(BINS + 1);
  const bends = new Float64Array(BINS + 1);
  const counts = new Int32Array(BINS + 1);
  const worth = (a: number, b: number) => (a * a) / (b + lambda);
  const whole = worth(g, h);
  for (const feature of features) {
    slopes.fill(0);
    bends.fill(0);
    counts.fill(0);
    const of = bins[feature] as Uint8Array;
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] as number;
      const bin = of[row] as number;
      slopes[bin] = (slopes[bin] as number) + (slope[row] as number);
      bends[bin] = (bends[bin] as number) + (bend[row] as number);
      counts[bin] = (counts[bin] as number) + 1;
    }
    for (const isMissingLeft of counts[0] === 0 ? [false] : [false, true]) {
      let leftG = isMissingLeft ? (slopes[0] as number) : 0;
      let leftH = isMissingLeft ? (bends[0] as number) : 0;
      let leftCount = isMissingLeft ? (counts[0] as number) : 0;
      for (let bin = 1; bin < BINS; bin++) {
        leftG += slopes[bin] as number;
        leftH += bends[bin] as number;
        leftCount += counts[bin] as number;
        if (counts[bin] === 0 || leftCount < leastRows) continue;
        if (rows.length - leftCount < leastRows) break;
        const gain = worth(leftG, leftH) + worth(g - leftG, h - leftH) - whole;
        if (gain > (best?.gain ?? 1e-6)) best = { gain, feature, bin, isMissingLeft };
      }
    }
  }
  return best;
}

function leafOf(tree: Tree, binOfFeature: (feature: number) => number): number {
  let at = tree;
  while (typeof at !== 'number') {
    const bin = binOfFeature(at.feature);
    at = (bin === 0 ? at.isMissingLeft : bin <= at.bin) ? at.left : at.right;
  }
  return at;
}

function boundsOf(values: readonly number[]): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const different = [...new Set(sorted)];
  const between = (a: number, b: number) => a + (b - a) / 2;
  if (different.length <= BINS) {
    return Float64Array.from(different.slice(1), (value, at) => between(different[at] ?? 0, value));
  }
  const found = new Set<number>();
  for (let part = 1; part < BINS; part++) {
    const value = sorted[Math.floor((part * sorted.length) / BINS)] ?? 0;
    const before = different[different.indexOf(value) - 1];
    if (before !== undefined) found.add(between(before, value));
  }
  return Float64Array.from([...found].sort((a, b) => a - b));
}

function softmax(scores: readonly Float64Array[], count: number): Float64Array[] {
  const shares = scores.map(() => new Float64Array(count));
  for (let row = 0; row < count; row++) {
    const most = Math.max(...scores.map((of) => of[row] ?? 0));
    let sum = 0;
    for (const of of scores) sum += Math.exp((of[row] ?? 0) - most);
    for (const [at, of] of scores.entries()) (shares[at] as Float64Array)[row] = Math.exp((of[row] ?? 0) - most) / sum;
  }
  return shares;
}
