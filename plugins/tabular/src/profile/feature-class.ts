/** What a column is to machine learning, in the nine classes of Shah and others (SortingHat, 2021). Pure. */
import type { ProfileColumn } from '../documents.generated.ts';
import { type FeatureClass, learnedClass } from './class-model.ts';

const SAMPLES = 5;

type Known = Pick<
  ProfileColumn,
  'name' | 'missing' | 'values' | 'distinct' | 'samples' | 'top' | 'min' | 'max' | 'numeric'
>;

export function featureClass({
  name,
  missing,
  values,
  distinct,
  samples,
  top,
  min,
  max,
  numeric,
}: Known): FeatureClass {
  // By definition: one value tells no row from another.
  if (distinct <= 1) return 'not_generalizable';
  const different = [...new Set([...samples, ...top].map(({ value }) => value))].filter((text) => text.trim() !== '');
  return learnedClass({
    name,
    rows: values + missing.count,
    missing: missing.count,
    distinct,
    numeric: numeric ? { mean: numeric.mean, std: numeric.std ?? 0, min: Number(min), max: Number(max) } : undefined,
    samples:
      different.length === 0
        ? []
        : Array.from({ length: SAMPLES }, (_, at) => different[at % different.length] as string),
  });
}
