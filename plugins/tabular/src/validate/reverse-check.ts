/** Whether what a candidate does can be undone: by its inverse where it has one, and always by the log of its changes. */
import { times } from '../operators/words.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { putCells } from '../transform/put-cells.ts';
import { columnList, type WorkingTable } from '../transform/working-table.ts';
import type { Attempt, Check, Issue } from './trial.ts';

export const checkReversible: Check = async (attempt) => {
  const { trial, operator, transformation, table, result } = attempt;
  const issues: Issue[] = [];
  const inverse = 'inverseSql' in transformation ? transformation.inverseSql : undefined;
  if (operator.reversible === 'yes' && inverse === undefined && transformation.kind !== 'cells') {
    const message = 'It is said to have an inverse, and has none.';
    issues.push({ severity: 'error', code: 'reversible', message, column: null });
  }
  if (inverse !== undefined) {
    const sql = `WITH data AS (SELECT * FROM ${sqlName(result.relation)}) ${inverse}`;
    // A table that was numbered anew cannot know of gaps there were.
    const isRenumbered = transformation.kind === 'table';
    const wrong = await differences(trial.database, table, `SELECT ${columnList(table)} FROM (${sql})`, {
      isRenumbered,
    });
    if (wrong > 0) {
      const message = `Its inverse does not give back what was there: ${times(wrong, 'row')} come out otherwise.`;
      issues.push({
        severity: operator.reversible === 'yes' ? 'error' : 'warning',
        code: 'reversible',
        message,
        column: null,
      });
    }
  }
  // Other columns are not looked at by whoever applies new cells.
  const columns = transformation.kind === 'cells' ? transformation.columns : undefined;
  const back = await replayBack(attempt);
  const wrong = await differences(trial.database, table, `SELECT * FROM ${sqlName(back)}`, columns ? { columns } : {});
  await trial.database.query(`DROP TABLE ${sqlName(back)}`);
  if (wrong > 0) {
    const message = `The log of its changes does not lead back: ${times(wrong, 'row')} come out otherwise.`;
    issues.push({ severity: 'error', code: 'reversible', message, column: null });
  }
  return issues;
};

/** Makes a table of what was before, from the result and the log alone. */
async function replayBack({ trial, table, transformation, result, changes }: Attempt): Promise<string> {
  const log = sqlName(changes);
  const into = `${result.relation}_back`;
  const there = new Set(result.columns.map(({ name }) => name));
  const members = `{${table.columns.map(({ name }) => `${JSON.stringify(name)}:"VARCHAR"`).join()}}`;
  const gone = `SELECT ${ROW}, unnest(cells) FROM (SELECT row AS ${ROW}, json_transform(before, ${sqlText(members)}) AS cells FROM ${log} WHERE kind = 'row')`;
  const list = table.columns.map(
    ({ name }) => `${there.has(name) ? sqlName(name) : 'NULL::VARCHAR'} AS ${sqlName(name)}`,
  );
  const kept = `SELECT ${[ROW, ...list].join(', ')} FROM ${sqlName(result.relation)}`;
  const rows =
    transformation.kind === 'table'
      ? `SELECT ${columnList(table)} FROM (${gone})`
      : transformation.kind === 'rows'
        ? `${kept} UNION ALL SELECT ${columnList(table)} FROM (${gone})`
        : kept;
  await trial.database.query(`CREATE TABLE ${sqlName(into)} AS ${rows}`);
  const touched = await trial.database.query(`SELECT DISTINCT "column" FROM ${log} WHERE kind = 'cell' ORDER BY 1`);
  const texts = `(SELECT row, "column", before AS text FROM ${log} WHERE kind = 'cell')`;
  const names = touched.map(([name]) => String(name));
  await putCells(trial.database, into, names, texts);
  return into;
}

/** Rows of the table that `sql` does not give, or gives otherwise, and rows that it gives besides. */
async function differences(
  database: Database,
  table: WorkingTable,
  sql: string,
  {
    isRenumbered = false,
    columns = table.columns.map(({ name }) => name),
  }: { readonly isRenumbered?: boolean; readonly columns?: readonly string[] } = {},
): Promise<number> {
  const from = isRenumbered
    ? `(SELECT * REPLACE (row_number() OVER (ORDER BY ${ROW}) - 1 AS ${ROW}) FROM ${sqlName(table.relation)})`
    : sqlName(table.relation);
  const differ = columns.map((name) => `x.${sqlName(name)} IS DISTINCT FROM t.${sqlName(name)}`);
  const [[count] = []] = await database.query(
    `SELECT count(*) FROM ${from} t FULL JOIN (${sql}) x ON x.${ROW} = t.${ROW} WHERE ${[`t.${ROW} IS NULL`, `x.${ROW} IS NULL`, ...differ].join(' OR ')}`,
  );
  return Number(count);
}
