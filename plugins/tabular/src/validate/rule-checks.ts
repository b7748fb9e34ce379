/** Checks of what the table kept before: rules, keys, sets of values, bounds; and of values that cannot be told apart any more. */
import type { ProfileConstraint } from '../documents.generated.ts';
import type { Phase } from '../operators/operator.ts';
import { named, times } from '../operators/words.ts';
import { foldedCell, isMissing, passesSql, trimmed } from '../quality/cell-sql.ts';
import type { Held } from '../quality/measure.ts';
import { isCellCheck, type Rule } from '../quality/rule.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import type { WorkingTable } from '../transform/working-table.ts';
import type { Attempt, Check, Issue, Trial } from './trial.ts';

/** Of what a rule is asked of. */
const DROP_MAX = 0.01;
/** Phases that put values in the place of others of the same column. */
const REPAIRS: ReadonlySet<Phase> = new Set(['dependency', 'typo', 'outlier', 'fill']);
/** Phases after which a column is another one. */
const REMAKES: ReadonlySet<Phase> = new Set(['columns', 'shape', 'features']);

/** No rule that was kept before is broken after, keys above all. */
export const checkRules: Check = async (attempt) => {
  const { trial, operator, after } = attempt;
  if (!after) return [];
  const issues: Issue[] = [];
  for (const rule of trial.rules.rules) {
    const before = trial.measures.rules.get(rule.id);
    const now = after.rules.get(rule.id);
    if (!before || !now || before.applicable === 0 || now.applicable === 0) continue;
    const issue = ruleIssue(attempt, rule, before, now);
    if (issue) issues.push(issue);
  }
  if (REPAIRS.has(operator.phase)) issues.push(...(await checkDomains(attempt)));
  return issues;
};

/** Dimensions that have checks of their own, or are no promise. */
const UNASKED: ReadonlySet<Rule['dimension']> = new Set(['completeness', 'accuracy', 'timeliness']);

function ruleIssue({ operator, counts }: Attempt, rule: Rule, before: Held, now: Held): Issue | undefined {
  if (UNASKED.has(rule.dimension)) return undefined;
  const [from, to] = [before.satisfied / before.applicable, now.satisfied / now.applicable];
  if (to >= from - 1e-12) return undefined;
  // Values that are missing now are counted as such.
  const emptied = counts.changed
    .filter(({ column }) => rule.columns.includes(column))
    .reduce((sum, { to_missing: count }) => sum + count, 0);
  if (before.satisfied - now.satisfied <= emptied && rule.kind !== 'key') return undefined;
  const isKey = rule.kind === 'key' && from === 1;
  // With a repaired left side, rows count that stood alone before, wrong as they may be.
  const isLeft = rule.kind === 'dependency' && !counts.changed.some(({ column }) => column === rule.columns.at(-1));
  if (isLeft && from - to <= DROP_MAX) return undefined;
  const isError = (isKey || from - to > DROP_MAX) && !REMAKES.has(operator.phase);
  const percent = (share: number) => `${(Math.floor(share * 1e4) / 100).toFixed(2).replace(/\.?0+$/, '')} %`;
  return {
    severity: isError ? 'error' : 'warning',
    code: 'constraints',
    message: `${rule.description.replace(/\.$/, '')}: ${percent(to)} afterwards, ${percent(from)} before.`,
    column: rule.columns.length === 1 ? (rule.columns[0] ?? null) : null,
  };
}

/** New values are of those that there were, and within their bounds. */
async function checkDomains({ trial, changes, counts, operator }: Attempt): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const { column } of counts.changed) {
    const constraints = trial.profile.constraints.filter(
      (one) => one.columns.length === 1 && one.columns[0] === column,
    );
    for (const constraint of constraints) {
      const outside = outsideSql(constraint, operator.phase);
      if (outside === undefined) continue;
      const [[count] = []] = await trial.database.query(
        `SELECT count(*) FROM ${sqlName(changes)} WHERE kind = 'cell' AND "column" = ${sqlText(column)} AND after IS NOT NULL AND ${outside}`,
      );
      if (Number(count) === 0) continue;
      const what =
        constraint.kind === 'in_set' ? 'not among the values that there are' : 'outside the bounds of the others';
      issues.push({
        severity: 'error',
        code: 'constraints',
        message: `${times(Number(count), 'new value')} of ${named([column])} would be ${what}.`,
        column,
      });
    }
  }
  return issues;
}

function outsideSql({ kind, params }: ProfileConstraint, phase: Phase): string | undefined {
  const { values, min, max } = params as {
    readonly values?: readonly string[];
    readonly min?: unknown;
    readonly max?: unknown;
  };
  if (kind === 'in_set' && values) {
    return `${foldedCell('after')} NOT IN (${values.map((value) => foldedCell(sqlText(value))).join(', ')})`;
  }
  // A sign or a comma that was wrong may well have made the largest number.
  if (kind === 'between' && phase !== 'dependency' && typeof min === 'number' && typeof max === 'number') {
    const number = `TRY_CAST(${trimmed('after')} AS DOUBLE)`;
    return `(${number} < ${min} OR ${number} > ${max})`;
  }
  return undefined;
}

/** Rows, and share of the rows, up to which a value may be a slip. */
const RARE_MAX = 3;
const RARE_SHARE = 0.005;
const TOGETHER_MAX = 4;

/** Values that could be told apart before, and cannot after. */
export const checkValueLoss: Check = async (attempt) => {
  const { trial, operator, transformation, counts } = attempt;
  if (transformation.kind !== 'cells' || operator.phase === 'features') return [];
  const { valueTolerance } = trial.limits;
  const loss = async (columns: readonly string[]) => {
    const [[lost, values] = []] = await trial.database.query(lossSql(attempt, columns));
    return { lost: Number(lost), values: Number(values) };
  };
  const isTooMuch = ({ lost, values }: { lost: number; values: number }) => lost > valueTolerance * values;
  const issues: Issue[] = [];
  for (const { column } of counts.changed) {
    const found = await loss([column]);
    if (!isTooMuch(found)) continue;
    // What went from one column to another is not lost.
    const together = transformation.columns;
    const isMoved = together.length > 1 && together.length <= TOGETHER_MAX && !isTooMuch(await loss(together));
    if (isMoved) continue;
    // Meanings that are written in several ways are told apart by what they mean.
    const isWritten = trial.rules.rules.some((rule) => rule.kind === 'one_pattern' && rule.columns[0] === column);
    const message = `${times(found.lost, 'value')} of ${found.values} different ones of ${named([column])} could not be told from others any more, and no more than a share of ${valueTolerance} may.`;
    issues.push({ severity: isWritten ? 'warning' : 'error', code: 'value_loss', message, column });
  }
  return issues;
};

/**
 * Two numbers: values that are lost, and all. A value is still there when a text that is equal but for case and marks is,
 * or one that stands for no other value. Not counted: what was wrong by a rule, is one of several ways to write a value, or
 * is rare where repairs are about such.
 */
function lossSql({ trial, operator, table, result, rows }: Attempt, columns: readonly string[]): string {
  const [column = ''] = columns;
  const cell = (side: string) => {
    const list = columns.map((name) => `${side}.${sqlName(name)}`);
    return list.length === 1 ? list[0] : `concat_ws(' ', ${list.join(', ')})`;
  };
  const isOne = columns.length === 1;
  const words = isOne ? (trial.rules.masks.get(column) ?? []) : [];
  const checks = isOne ? trial.rules.rules.filter((rule) => rule.columns[0] === column).filter(isCellCheck) : [];
  const isRight = checks.map((rule) => `coalesce(${passesSql(rule, 'b')}, false)`);
  const clusters = isOne ? (trial.profile.columns.find(({ name }) => name === column)?.clusters ?? []) : [];
  const variants = clusters.flatMap(({ values }) => values.slice(1).map(({ value }) => value));
  const conditions = [
    ...isRight,
    ...(isOne && operator.phase === 'dependency' ? saidByMost(trial, table, column) : []),
    ...(variants.length === 0 ? [] : [`b NOT IN (${variants.map(sqlText).join(', ')})`]),
    ...(REPAIRS.has(operator.phase) ? [`count > ${Math.max(RARE_MAX, RARE_SHARE * rows)}`] : []),
  ];
  const same = (text: string) =>
    `coalesce(TRY_CAST(${trimmed(text)} AS DOUBLE)::VARCHAR, nullif(lower(regexp_replace(strip_accents(${text}), '[^\\p{L}\\p{N}]', '', 'g')), ''), ${text})`;
  const isAll = conditions.length === 0 ? 'true' : conditions.join(' AND ');
  return `WITH pairs AS (SELECT ${cell('t')} AS b, ${cell('r')} AS a, count(*) AS n FROM ${sqlName(table.relation)} t JOIN ${sqlName(result.relation)} r USING (${ROW}) GROUP BY ALL HAVING NOT ${isMissing('b', words)}),
    named AS (SELECT b, a, n, ${same('b')} AS kb, ${same('a')} AS ka FROM pairs),
    origins AS (SELECT a, count(DISTINCT kb) AS origins FROM named WHERE a IS NOT NULL GROUP BY a),
    kept AS (SELECT kb, bool_or(named.a IS NOT NULL AND (ka = kb OR origins = 1)) AS kept FROM named LEFT JOIN origins USING (a) GROUP BY kb),
    every AS (SELECT b, any_value(kb) AS kb, sum(n) AS count FROM named GROUP BY b),
    asked AS (SELECT kb FROM every WHERE ${isAll} GROUP BY kb)
    SELECT count(*) FILTER (WHERE NOT kept), count(*) FROM asked JOIN kept USING (kb)`;
}

/** Where sources contradict each other, what is not said by two thirds of those of a thing is in dispute, and not lost. */
function saidByMost({ profile: { reports } }: Trial, { relation }: WorkingTable, column: string): string[] {
  if (!reports?.columns.some((one) => one.column === column)) return [];
  const value = sqlName(column);
  const things = reports.things.map(sqlName).join(', ');
  const counts = `SELECT ${value} AS v, count(*) AS n, sum(count(*)) OVER (PARTITION BY ${things}) AS total FROM ${sqlName(relation)} WHERE ${value} IS NOT NULL GROUP BY ${things}, ${value}`;
  return [`b IN (SELECT v FROM (${counts}) WHERE 3 * n >= 2 * total)`];
}

/** Cells, or rows, changed for each that was expected. */
const TIMES_MAX = 3;

export const checkMinimality: Check = async ({ trial, candidate, transformation, counts, table, rows }) => {
  const { flagged } = candidate;
  if (flagged === null || (transformation.kind !== 'cells' && transformation.kind !== 'rows')) return [];
  const changed = transformation.kind === 'cells' ? counts.cells : counts.rows;
  // A part of the table has a part of what was expected.
  const expected = Math.max(1, flagged * (rows / Math.max(1, trial.rows)));
  if (changed <= TIMES_MAX * expected || table.columns.length === 0) return [];
  const thing = transformation.kind === 'cells' ? 'cell' : 'row';
  const message = `It changes ${times(changed, thing)}, more than ${TIMES_MAX} times the ${flagged} that the profile speaks of.`;
  return [{ severity: 'warning', code: 'minimality', message, column: null }];
};
