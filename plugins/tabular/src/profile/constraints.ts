/** Rules that the data keeps or nearly keeps, after the suggestions of Deequ. Pure. */
import type { ProfileColumn, ProfileConstraint, ProfileDocument } from '../documents.generated.ts';
import { isNumberType } from './kinds.ts';
import { ratio, six } from './numbers.ts';

const ALIASES: { readonly [kind in ProfileConstraint['kind']]: string | null } = {
  not_null: 'expect_column_values_to_not_be_null',
  completeness: 'expect_column_values_to_not_be_null',
  unique: 'expect_column_values_to_be_unique',
  in_set: 'expect_column_values_to_be_in_set',
  in_set_share: 'expect_column_values_to_be_in_set',
  of_type: 'expect_column_values_to_be_of_type',
  non_negative: 'expect_column_values_to_be_between',
  positive: 'expect_column_values_to_be_between',
  between: 'expect_column_values_to_be_between',
  value_lengths_between: 'expect_column_value_lengths_to_be_between',
  match_regex: 'expect_column_values_to_match_regex',
  compound_columns_unique: 'expect_compound_columns_to_be_unique',
  column_pair_a_not_less_than_b: 'expect_column_pair_values_a_to_be_greater_than_b',
  functional_dependency: null,
  row_count_between: 'expect_table_row_count_to_be_between',
  columns_match_ordered_list: 'expect_table_columns_to_match_ordered_list',
};

const ROWS_MIN = 10;
const DISTINCT_MAX = 100;
const UNIQUE_NEAR = 0.08;
const COVERED = 0.9;

type Rule = Omit<ProfileConstraint, 'alias'>;

export function constraints(
  profile: Pick<ProfileDocument, 'columns' | 'keys' | 'dependencies' | 'table'>,
): ProfileConstraint[] {
  const { columns, keys, dependencies, table } = profile;
  if (table.rows === 0) return [];
  const rules: Rule[] = [
    {
      kind: 'columns_match_ordered_list',
      columns: columns.map(({ name }) => name),
      params: {},
      held: 1,
      threshold: 1,
      reason: 'These are the columns, in this order.',
    },
    ...columns.flatMap((column) => ofColumn(column, table.rows)),
    ...keys.minimal
      .filter((key) => key.columns.length > 1)
      .slice(0, 5)
      .map(
        (key): Rule => ({
          kind: 'compound_columns_unique',
          columns: key.columns,
          params: {},
          held: 1,
          threshold: 1,
          reason: 'Together they are different in every row.',
        }),
      ),
    ...dependencies.soft.map(
      ({ lhs, rhs, g3 }): Rule => ({
        kind: 'functional_dependency',
        columns: [...lhs, rhs],
        params: { lhs, rhs },
        held: six(1 - g3),
        threshold: six(1 - g3),
        reason: 'Nearly all rows keep it.',
      }),
    ),
    ...dependencies.orders.map(
      ({ lower, upper, share }): Rule => ({
        kind: 'column_pair_a_not_less_than_b',
        columns: [upper, lower],
        params: {},
        held: share,
        threshold: share,
        reason: 'The first is hardly ever below the second.',
      }),
    ),
  ];
  return rules.map((rule) => ({ ...rule, alias: ALIASES[rule.kind] }));
}

function ofColumn(column: ProfileColumn, rows: number): Rule[] {
  const { name, values, completeness, missing, type, distinct, numeric, length, patterns, clusters } = column;
  const rules: Rule[] = [];
  const rule = (kind: Rule['kind'], params: Rule['params'], held: number, threshold: number, reason: string) =>
    rules.push({ kind, columns: [name], params, held, threshold, reason });
  if (values === 0) return rules;
  if (missing.count === 0) rule('not_null', {}, 1, 1, 'No value is missing.');
  else if (completeness > 0.2) {
    // p - 1.96 √(p (1 - p) / n), Wald's lower bound.
    const bound = six(Math.max(0, completeness - 1.96 * Math.sqrt((completeness * (1 - completeness)) / rows)));
    rule('completeness', { min: bound }, completeness, bound, 'As many values are there, with room for chance.');
  }
  if (missing.count === 0 && rows >= ROWS_MIN && distinct / values >= 1 - UNIQUE_NEAR) {
    rule(
      'unique',
      {},
      column.distinctness,
      distinct === values ? 1 : column.distinctness,
      distinct === values ? 'Every value is there once.' : 'Nearly every value is there once.',
    );
  }
  if (type !== 'text' && type !== 'empty') {
    rule('of_type', { type }, column.type_share, column.type_share, 'Values are written like that.');
  }
  const isCategory = !isNumberType(type) || column.feature_class === 'categorical';
  if (
    isCategory &&
    values >= ROWS_MIN &&
    column.complete_domain &&
    distinct <= DISTINCT_MAX &&
    column.unique <= 0.1 * distinct
  ) {
    rule('in_set', { values: column.top.map(({ value }) => value) }, 1, 1, 'Hardly any value is there just once.');
  } else if (
    isCategory &&
    values >= ROWS_MIN &&
    column.unique <= 0.4 * distinct &&
    clusters.length + distinct <= 10 * DISTINCT_MAX
  ) {
    let covered = 0;
    const chosen: string[] = [];
    for (const { value, count } of column.top) {
      if (covered >= COVERED * values) break;
      covered += count;
      chosen.push(value);
    }
    if (covered >= COVERED * values)
      rule(
        'in_set_share',
        { values: chosen, share: COVERED },
        ratio(covered, values),
        COVERED,
        'These are nine values of ten.',
      );
  }
  if (numeric) {
    if (numeric.negatives === 0) {
      if (numeric.zeros === 0) rule('positive', { min: 0 }, 1, 1, 'No number is 0 or below.');
      else rule('non_negative', { min: 0 }, 1, 1, 'No number is below 0.');
    }
    rule('between', { min: column.min, max: column.max }, 1, 1, 'Numbers are within these bounds.');
  }
  if (length && (type === 'text' || type === 'uuid')) {
    rule('value_lengths_between', { min: length.min, max: length.max }, 1, 1, 'Texts are as long.');
  }
  if (patterns.rule) {
    rule(
      'match_regex',
      { regex: patterns.rule.regex, level: patterns.rule.level },
      patterns.rule.share,
      patterns.rule.share,
      'Nearly all values have this pattern.',
    );
  }
  return rules;
}
