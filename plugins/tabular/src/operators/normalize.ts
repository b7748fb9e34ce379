/** `normalize`: numbers on one scale, for machine learning. */
import type { ProfileColumn, ProfileNumeric } from '../documents.generated.ts';
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { defineOperator } from './operator.ts';
import { named } from './words.ts';

type Method = 'minmax' | 'zscore' | 'robust' | 'log1p';

interface Params {
  readonly method: Method;
  /** Becomes 0. */
  readonly center: number;
  /** This much more becomes 1. */
  readonly scale: number;
}

const SAYS: { readonly [method in Method]: string } = {
  minmax: 'from 0 for the least to 1 for the largest',
  zscore: 'as standard deviations from the mean',
  robust: 'as ranges between quartiles from the median',
  log1p: 'as the logarithm of one more',
};

export const normalize = defineOperator<Params>({
  name: 'normalize',
  phase: 'features',
  changes: 'cells',
  // A number that was rounded in between is written otherwise.
  reversible: 'with_log',
  fitted: true,
  idempotent: false,
  cost: 1,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['method', 'center', 'scale'],
    properties: {
      method: {
        description: `${Object.entries(SAYS)
          .map(([method, says]) => `\`${method}\`: ${says}`)
          .join(' · ')}.`,
        enum: Object.keys(SAYS),
      },
      center: { description: 'What becomes 0.', type: 'number' },
      scale: { description: 'What is 1 above it becomes.', type: 'number', exclusiveMinimum: 0 },
    },
  },
  propose: ({ columns }, { goal }) =>
    goal !== 'ml'
      ? []
      : columns.flatMap((column) => {
          const { numeric, name } = column;
          if (!numeric || !isFeature(column)) return [];
          return methodsOf(column, numeric).map(({ method, confidence, ...scaling }) => ({
            columns: [name],
            params: { method, ...scaling },
            reason: `Numbers of ${named([name])} are put on one scale with others, ${SAYS[method]}.`,
            preconditions: [{ what: 'numeric.count', value: numeric.count, threshold: 2, is: 'at_least' as const }],
            evidence: {
              mean: numeric.mean,
              std: numeric.std,
              quantiles: numeric.quantiles,
              skewness: numeric.skewness,
            },
            confidence,
            flagged: numeric.count,
          }));
        }),
  describe: (columns, { method }) => `Write numbers of ${named(columns)} ${SAYS[method]}`,
  transform: (columns, { method, center, scale }) => {
    const list = columns.map((column) => {
      const cell = sqlName(column);
      const number = `TRY_CAST(trim(${cell}) AS DOUBLE)`;
      const scaled =
        method === 'log1p'
          ? `CASE WHEN ${number} > -1 THEN ln(1 + ${number}) END`
          : `(${number} - ${literal(center)}) / ${literal(scale)}`;
      // What is no number stays, for others to judge.
      return `coalesce((${scaled} + 0)::VARCHAR, ${cell}) AS ${cell}`;
    });
    return { kind: 'cells', columns, sql: `SELECT ${[ROW, ...list].join(', ')} FROM data` };
  },
});

function literal(value: number): string {
  if (!Number.isFinite(value)) throw new Error('Numbers can only be scaled by a number.');
  return `${value}::DOUBLE`;
}

/** Not a name of rows, and not the same everywhere. */
function isFeature({ feature_class: kind, distinct, semantic }: ProfileColumn): boolean {
  return kind === 'numeric' && distinct > 2 && !semantic.some(({ type }) => type === 'identifier');
}

type Scaling = Params & { readonly confidence: number };

/** All that are possible, the one that suits the distribution first. */
function methodsOf({ min, max, values, outliers }: ProfileColumn, numeric: ProfileNumeric): Scaling[] {
  const { mean, std, quantiles, iqr, skewness } = numeric;
  const isSkewed = Math.abs(skewness ?? 0) > 1;
  const isHeavy = (outliers?.far ?? 0) > 0.01 * values;
  const found: Scaling[] = [];
  if (isSkewed && numeric.negatives === 0) found.push({ method: 'log1p', center: 0, scale: 1, confidence: 0.8 });
  if (std !== null && std > 0) {
    found.push({ method: 'zscore', center: mean, scale: std, confidence: isSkewed || isHeavy ? 0.55 : 0.85 });
  }
  if (iqr > 0) {
    found.push({ method: 'robust', center: quantiles.p50, scale: iqr, confidence: isHeavy || isSkewed ? 0.75 : 0.5 });
  }
  if (typeof min === 'number' && typeof max === 'number' && max > min) {
    found.push({ method: 'minmax', center: min, scale: max - min, confidence: isHeavy ? 0.35 : 0.6 });
  }
  return found.sort((a, b) => b.confidence - a.confidence);
}
