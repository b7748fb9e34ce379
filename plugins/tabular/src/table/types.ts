/** What kind of value a text is, as SQL conditions: `query` gives a column a type only when every value keeps its meaning. */

/** Digits with a leading zero are a code, such as a postal code, and no number. */
const IS_NUMBER = (text: string) =>
  `regexp_full_match(${text}, '[+-]?((0|[1-9][0-9]*)(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?')`;
const IS_DATE = (text: string) =>
  `(regexp_full_match(${text}, '[0-9]{4}-[0-9]{2}-[0-9]{2}') AND TRY_CAST(${text} AS DATE) IS NOT NULL)`;

/** Not counting leading zeros; a DOUBLE keeps 15. */
const SIGNIFICANT_DIGITS = (text: string) =>
  `length(regexp_replace(regexp_replace(regexp_replace(${text}, '[eE].*$', ''), '[^0-9]', '', 'g'), '^0+', ''))`;

export interface ExactType {
  readonly type: string;
  /** True for texts that come back the same (numbers: equal) when they are read as the type and written again. */
  readonly keeps: (text: string) => string;
}

/** The first that keeps all values of a column is the column's. */
export const EXACT_TYPES: readonly ExactType[] = [
  { type: 'BIGINT', keeps: (text) => `regexp_full_match(${text}, '0|-?[1-9][0-9]{0,17}')` },
  { type: 'HUGEINT', keeps: (text) => `regexp_full_match(${text}, '0|-?[1-9][0-9]{0,36}')` },
  {
    type: 'DOUBLE',
    keeps: (text) =>
      `(${IS_NUMBER(text)} AND ${text}[1] <> '+' AND ${SIGNIFICANT_DIGITS(text)} <= 15 AND isfinite(TRY_CAST(${text} AS DOUBLE)))`,
  },
  { type: 'BOOLEAN', keeps: (text) => `${text} IN ('true', 'false')` },
  { type: 'DATE', keeps: (text) => `(${IS_DATE(text)})` },
  {
    type: 'TIMESTAMP',
    keeps: (text) => `(TRY_CAST(${text} AS TIMESTAMP)::VARCHAR = ${text} AND NOT ${IS_DATE(text)})`,
  },
  { type: 'TIME', keeps: (text) => `(TRY_CAST(${text} AS TIME)::VARCHAR = ${text})` },
];
