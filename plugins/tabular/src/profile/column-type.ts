/** Which type a column has, from how many of its values are written like one. */
import { IS_BOOLEAN, IS_DATE, IS_DATETIME, IS_INTEGER, IS_JSON, IS_NUMBER, IS_TIME } from '../table/types.ts';
import type { ColumnType } from './profile-document.ts';

interface Kind {
  readonly type: ColumnType;
  /** SQL: the text is written like a value of the type. */
  readonly matches: (text: string) => string;
  /** SQL: what its values are ordered by. */
  readonly order: (text: string) => string;
}

const AS_IS = (text: string) => text;

/** Most specific first. */
export const KINDS: readonly Kind[] = [
  { type: 'boolean', matches: IS_BOOLEAN, order: AS_IS },
  // Up to 38 digits by value, longer ones by their length.
  {
    type: 'integer',
    matches: IS_INTEGER,
    order: (text) => {
      const sign = `CASE WHEN ${text}[1] = '-' THEN -1 ELSE 1 END`;
      return `(coalesce(TRY_CAST(${text} AS HUGEINT), ${sign} * 170141183460469231731687303715884105727), ${sign} * length(${text}))`;
    },
  },
  { type: 'number', matches: IS_NUMBER, order: (text) => `TRY_CAST(${text} AS DOUBLE)` },
  { type: 'date', matches: IS_DATE, order: (text) => `TRY_CAST(${text} AS DATE)` },
  { type: 'datetime', matches: IS_DATETIME, order: (text) => `TRY_CAST(${text} AS TIMESTAMPTZ)` },
  { type: 'time', matches: IS_TIME, order: (text) => `TRY_CAST(${text} AS TIME)` },
  { type: 'json', matches: IS_JSON, order: AS_IS },
];

/**
 * The type that most values have, if their share reaches the threshold; of two with as many the more specific one.
 * `counts` are those of `KINDS`, `values` are all that are not missing.
 */
export function chooseType(
  counts: readonly number[],
  values: number,
  threshold: number,
): { readonly type: ColumnType; readonly violations: number } {
  if (values === 0) return { type: 'empty', violations: 0 };
  let best: { type: ColumnType; count: number } | undefined;
  for (const [at, { type }] of KINDS.entries()) {
    const count = counts[at] ?? 0;
    if (count / values >= threshold && count > (best?.count ?? 0)) best = { type, count };
  }
  return best ? { type: best.type, violations: values - best.count } : { type: 'text', violations: 0 };
}
