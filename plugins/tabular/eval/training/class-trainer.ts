/** From labelled columns to the model of their classes: weights of words of the name first, then trees over all else. */
import { type CountedColumn, classFeatures, nameBuckets } from '../../src/profile/class-features.ts';
import { CLASSES, type FeatureClass, LEAF, MISSING_LEFT, type PackedModel } from '../../src/profile/class-model.ts';
import { type Forest, grow, randomFrom, type Tree } from './boosted-trees.ts';
import { fitLinear, type Linear, scoresOf } from './linear.ts';

export interface LabelledColumn {
  readonly column: CountedColumn;
  readonly label: FeatureClass;
}

const SEED = 1;
const BUCKETS = 2048;
const PULL = 0.3;
/** Words are weighed by columns that are not among those whose trees they are for. */
const INNER_FOLDS = 4;
const GROW = {
  rounds: 60,
  rate: 0.15,
  leaves: 12,
  leastRows: 5,
  lambda: 1,
  rowShare: 0.8,
  featureShare: 0.4,
  seed: SEED,
};

/** What training sees of a column; made once for all folds. */
export interface Prepared {
  readonly words: readonly number[];
  readonly features: readonly number[];
  readonly of: number;
}

export function prepare(columns: readonly LabelledColumn[]): Prepared[] {
  return columns.map(({ column, label }) => ({
    words: nameBuckets(column.name, BUCKETS),
    features: classFeatures(column),
    of: CLASSES.indexOf(label),
  }));
}

export function train(rows: readonly Prepared[], trainedOn: string): PackedModel {
  const weigh = (some: readonly Prepared[]) =>
    fitLinear(
      some.map(({ words }) => words),
      some.map(({ of }) => of),
      CLASSES.length,
      BUCKETS,
      PULL,
    );
  const fold = foldsOf(rows.length, INNER_FOLDS);
  const others = Array.from({ length: INNER_FOLDS }, (_, at) =>
    weigh(rows.filter((_row, index) => fold[index] !== at)),
  );
  const named = (linear: Linear, { words }: Prepared) => scoresOf(linear, words);
  const table = rows.map((row, at) =>
    Float64Array.from([...row.features, ...named(others[fold[at] ?? 0] as Linear, row)]),
  );
  const forest = grow(
    table,
    rows.map(({ of }) => of),
    CLASSES.length,
    GROW,
  );
  return pack(forest, weigh(rows), trainedOn);
}

/** By row: its fold, from 0. */
export function foldsOf(rows: number, folds: number): number[] {
  const random = randomFrom(SEED + folds);
  return Array.from({ length: rows }, () => Math.floor(random() * folds));
}

function pack({ bounds, rounds }: Forest, { weights }: Linear, trainedOn: string): PackedModel {
  const leaves: number[] = [];
  const bytes: number[] = [];
  const trees = rounds.flat();
  const visit = (tree: Tree, onLeaf: (leaf: number) => void, onBranch: (tree: Exclude<Tree, number>) => void): void => {
    if (typeof tree === 'number') {
      onLeaf(tree);
      return;
    }
    onBranch(tree);
    visit(tree.left, onLeaf, onBranch);
    visit(tree.right, onLeaf, onBranch);
  };
  for (const tree of trees) {
    visit(
      tree,
      (leaf) => leaves.push(leaf),
      () => undefined,
    );
  }
  const leafUnit = unitOf(leaves);
  for (const tree of trees) {
    visit(
      tree,
      (leaf) => bytes.push(LEAF, Math.round(leaf / leafUnit)),
      ({ feature, bin, isMissingLeft }) => bytes.push(feature, bin + (isMissingLeft ? MISSING_LEFT : 0)),
    );
  }
  const all = [...weights];
  const weightUnit = unitOf(all);
  const packed = (numbers: readonly number[]) => Buffer.from(Int8Array.from(numbers).buffer).toString('base64');
  return {
    trainedOn,
    buckets: BUCKETS,
    weightUnit,
    weights: packed(all.map((weight) => Math.round(weight / weightUnit))),
    bounds: bounds.map((of) => [...of].map((bound) => Number(bound.toPrecision(6)))),
    leafUnit,
    trees: packed(bytes),
  };
}

/** So that the largest fits into a byte. */
function unitOf(values: readonly number[]): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Number((largest / 127).toPrecision(6)) || 1;
}
