/** Applies a candidate to a table, and counts what it did. */
import type { CandidateDocument } from '../documents.generated.ts';
import type { Operator, Transformation } from '../operators/operator.ts';
import { isMissing } from '../quality/cell-sql.ts';
import { type Measures, remeasure } from '../quality/measure.ts';
import { sqlName } from '../table/names.ts';
import { findChanges, makeResult } from '../transform/transform.ts';
import type { WorkingTable } from '../transform/working-table.ts';
import type { Attempt, Counts, Trial } from './trial.ts';

/** Makes relations `changes_ID` and `result_ID`, with `suffix` after them; `dropAttempt` ends them. */
export async function makeAttempt(
  trial: Trial,
  candidate: CandidateDocument,
  operator: Operator,
  transformation: Transformation,
  table: WorkingTable,
  suffix = '',
): Promise<Attempt> {
  const { database } = trial;
  const changes = `changes_${candidate.id}${suffix}`;
  await findChanges(database, table, transformation, changes);
  const result = await makeResult(database, table, transformation, changes, `result_${candidate.id}${suffix}`);
  const [[rows] = []] = await database.query(`SELECT count(*) FROM ${sqlName(table.relation)}`);
  const counts = await countChanges(trial, table, result, changes);
  const attempt = { trial, candidate, operator, transformation, table, rows: Number(rows), changes, result, counts };
  const isAll = table === trial.table && transformation.kind !== 'table';
  return { ...attempt, after: isAll ? await measureAfter(attempt) : undefined };
}

async function measureAfter({ trial, candidate, result, counts }: Omit<Attempt, 'after'>): Promise<Measures> {
  const { database, rules, measures, source } = trial;
  const filled = { confidence: candidate.confidence, relation: trial.filled?.relation };
  const touched = {
    columns: counts.changed.map(({ column }) => column),
    rows: counts.rows > 0,
  };
  return await remeasure(database, result, rules, measures, touched, { before: source, filled });
}

export async function dropAttempt({ trial, changes, result }: Attempt): Promise<void> {
  for (const relation of [changes, result.relation]) await trial.database.query(`DROP TABLE ${sqlName(relation)}`);
}

/** Of an attempt that failed half way. */
export async function dropLeftOvers({ database }: Trial, { id }: CandidateDocument): Promise<void> {
  const found = await database.query(
    `SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'changes_${id}') OR starts_with(table_name, 'result_${id}')`,
  );
  for (const [name] of found) await database.query(`DROP TABLE ${sqlName(String(name))}`);
}

async function countChanges(
  { database }: Trial,
  table: WorkingTable,
  result: WorkingTable,
  changes: string,
): Promise<Counts> {
  const columns = await database.query(
    `SELECT "column", count(*), count(*) FILTER (WHERE ${isMissing('after', [])} AND NOT ${isMissing('before', [])}), count(*) FILTER (WHERE ${isMissing('before', [])} AND NOT ${isMissing('after', [])}) FROM ${sqlName(changes)} WHERE kind = 'cell' GROUP BY "column"`,
  );
  const [[rows] = []] = await database.query(`SELECT count(*) FROM ${sqlName(changes)} WHERE kind = 'row'`);
  const before = table.columns.map(({ name }) => name);
  const after = result.columns.map(({ name }) => name);
  const gone = before.filter((name) => !after.includes(name));
  const order = new Map(before.map((name, at) => [name, at]));
  const changed = columns
    .map(([column, cells, toMissing, filled]) => ({
      column: String(column),
      cells: Number(cells),
      to_missing: Number(toMissing),
      filled: Number(filled),
    }))
    .filter(({ column }) => !gone.includes(column))
    .sort((a, b) => (order.get(a.column) ?? 0) - (order.get(b.column) ?? 0));
  return {
    cells: changed.reduce((sum, { cells }) => sum + cells, 0),
    rows: Number(rows),
    columnsAdded: after.filter((name) => !before.includes(name)),
    columnsDropped: gone,
    changed,
  };
}
