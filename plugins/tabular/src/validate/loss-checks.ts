/** Checks for what a candidate loses. */
import { named, times } from '../operators/words.ts';
import { isMissing } from '../quality/cell-sql.ts';
import { sqlName, sqlText } from '../table/names.ts';
import type { Attempt, Check, Issue } from './trial.ts';

/** Columns stay, unless the operator says that it changes them; others than its own are not touched. */
export const checkSchema: Check = async ({ trial, candidate, operator, table, counts }) => {
  const { preserveSchema, protectedColumns } = trial.limits;
  const issues: Issue[] = [];
  const { columnsAdded, columnsDropped, changed } = counts;
  const isDeclared = operator.changes === 'columns' || operator.changes === 'table';
  const differ = [...columnsDropped, ...columnsAdded];
  if (differ.length > 0 && (!isDeclared || preserveSchema)) {
    issues.push({
      severity: 'error',
      code: 'schema',
      message: preserveSchema
        ? `Columns come or go, which is not wanted here: ${named(differ)}.`
        : `Columns come or go: ${named(differ)}.`,
      column: null,
    });
  }
  const mine = new Set(candidate.columns);
  const others = changed.filter(({ column }) => !mine.has(column));
  if (!isDeclared && others.length > 0) {
    issues.push({
      severity: 'error',
      code: 'schema',
      message: `It changes columns that it is not about: ${named(others.map(({ column }) => column))}.`,
      column: null,
    });
  }
  const touched = new Set([...columnsDropped, ...changed.map(({ column }) => column)]);
  if (operator.changes === 'table') for (const { name } of table.columns) touched.add(name);
  for (const column of protectedColumns) {
    if (!touched.has(column)) continue;
    issues.push({
      severity: 'error',
      code: 'protected',
      message: `It changes ${named([column])}, which is protected.`,
      column,
    });
  }
  return issues;
};

export const checkRowLoss: Check = async ({ trial, operator, rows, counts }) => {
  if (operator.changes === 'table' || rows === 0) return [];
  const share = counts.rows / rows;
  if (share <= trial.limits.rowTolerance) return [];
  const message = `${times(counts.rows, 'row')} of ${rows} would go, which is more than the share of ${trial.limits.rowTolerance} that may.`;
  return [{ severity: 'error', code: 'row_loss', message, column: null }];
};

/** Values that become missing. Those that stood for a missing one are none. */
export const checkNewNulls: Check = async (attempt) => {
  const { trial, operator, counts } = attempt;
  // It makes values missing because that is what they mean.
  if (operator.phase === 'missing' || operator.changes === 'table') return [];
  const { nullTolerance, parseTolerance } = trial.limits;
  const isForm = operator.phase === 'form';
  const issues: Issue[] = [];
  for (const { column, to_missing: gone } of counts.changed) {
    if (gone === 0) continue;
    const { lost, values } = await lostValues(attempt, column);
    const share = values === 0 ? 0 : lost / values;
    const said = `${times(lost, 'value')} of ${named([column])} would be missing afterwards, of ${values}`;
    if (isForm && share > parseTolerance) {
      const message = `${said}: they cannot be read in the form that is asked for, and no more than a share of ${parseTolerance} may.`;
      issues.push({ severity: 'error', code: 'parse_failures', message, column });
    } else if (share > nullTolerance) {
      const message = `${said}, which is more than the share of ${nullTolerance} that may.`;
      issues.push({ severity: 'error', code: 'new_nulls', message, column });
    } else if (lost > 0) issues.push({ severity: 'info', code: 'new_nulls', message: `${said}.`, column });
  }
  return issues;
};

async function lostValues(
  { trial, table, changes }: Attempt,
  column: string,
): Promise<{ lost: number; values: number }> {
  const words = trial.rules.masks.get(column) ?? [];
  const [[lost, values] = []] = await trial.database.query(
    `SELECT (SELECT count(*) FROM ${sqlName(changes)} WHERE kind = 'cell' AND "column" = ${sqlText(column)} AND NOT ${isMissing('before', words)} AND ${isMissing('after', [])}), (SELECT count(*) FROM ${sqlName(table.relation)} WHERE NOT ${isMissing(sqlName(column), words)})`,
  );
  return { lost: Number(lost), values: Number(values) };
}
