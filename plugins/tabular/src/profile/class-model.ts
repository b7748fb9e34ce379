/**
 * The classes of columns by a model of small trees: how it is kept, read and asked. `eval/training` makes it from labelled
 * columns; `class-model.generated.ts` is what it made.
 */
import type { ProfileColumn } from '../documents.generated.ts';
import { type CountedColumn, classFeatures, nameBuckets } from './class-features.ts';
import { CLASS_MODEL } from './class-model.generated.ts';

export type FeatureClass = ProfileColumn['feature_class'];

/** In the order of their weights and trees. */
export const CLASSES: readonly FeatureClass[] = [
  'numeric',
  'categorical',
  'datetime',
  'sentence',
  'url',
  'embedded_number',
  'list',
  'not_generalizable',
  'context_specific',
];

/** As it is kept: bytes in base64. */
export interface PackedModel {
  /** SHA-256 of the labelled columns. */
  readonly trainedOn: string;
  readonly buckets: number;
  /** A byte for each bucket and class, those of the classes themselves last, times `weightUnit`. */
  readonly weightUnit: number;
  readonly weights: string;
  /** By feature, those of the name last: bounds of its bins, ascending. */
  readonly bounds: readonly (readonly number[])[];
  /** By round and class, branches before what is below them: 255 and a leaf times `leafUnit`, or a feature and a bin. */
  readonly leafUnit: number;
  readonly trees: string;
}

/** Added to the bin of a branch where rows without a value go left. */
export const MISSING_LEFT = 128;
export const LEAF = 255;

export interface ClassModel {
  readonly classOf: (column: CountedColumn) => FeatureClass;
}

export function openModel(packed: PackedModel): ClassModel {
  const { buckets, weightUnit, bounds, leafUnit } = packed;
  const signed = (text: string) => new Int8Array(Buffer.from(text, 'base64'));
  const weights = signed(packed.weights);
  const trees = Buffer.from(packed.trees, 'base64');
  return {
    classOf: (column) => {
      const words = nameBuckets(column.name, buckets);
      const scale = 1 / Math.sqrt(Math.max(1, words.length));
      const named = CLASSES.map((_, of) => {
        const weightAt = (bucket: number) => weights[bucket * CLASSES.length + of] ?? 0;
        const sum = words.reduce((total, bucket) => total + weightAt(bucket), 0);
        return weightUnit * (sum * scale + weightAt(buckets));
      });
      const bins = [...classFeatures(column), ...named].map((value, feature) => binOf(bounds[feature] ?? [], value));
      const scores = CLASSES.map(() => 0);
      let at = 0;
      for (let tree = 0; at < trees.length; tree++) {
        const of = tree % CLASSES.length;
        const found = walk(trees, at, bins);
        scores[of] = (scores[of] ?? 0) + leafUnit * found.leaf;
        at = found.end;
      }
      const best = scores.reduce((most, score, of) => (score > (scores[most] ?? 0) ? of : most), 0);
      return CLASSES[best] ?? 'context_specific';
    },
  };
}

/** What the tree at `start` says, and where it ends. Branches that are not gone through are passed over. */
function walk(trees: Buffer, start: number, bins: readonly number[]): { leaf: number; end: number } {
  const head = trees[start] ?? LEAF;
  if (head === LEAF) return { leaf: trees.readInt8(start + 1), end: start + 2 };
  const told = trees[start + 1] ?? 0;
  const bin = bins[head] ?? 0;
  const isLeft = bin === 0 ? told >= MISSING_LEFT : bin <= told % MISSING_LEFT;
  const left = isLeft ? walk(trees, start + 2, bins) : { leaf: 0, end: pass(trees, start + 2) };
  const right = isLeft ? { leaf: 0, end: pass(trees, left.end) } : walk(trees, left.end, bins);
  return { leaf: isLeft ? left.leaf : right.leaf, end: right.end };
}

function pass(trees: Buffer, start: number): number {
  let open = 1;
  let at = start;
  for (; open > 0; at += 2) open += trees[at] === LEAF ? -1 : 1;
  return at;
}

/** From 1; 0 without a value. */
export function binOf(bounds: ArrayLike<number>, value: number): number {
  if (Number.isNaN(value)) return 0;
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value > (bounds[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}

let shipped: ClassModel | undefined;

/** By the model of the plugin. */
export function learnedClass(column: CountedColumn): FeatureClass {
  shipped ??= openModel(CLASS_MODEL);
  return shipped.classOf(column);
}
