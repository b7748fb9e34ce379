/** Checks that need the candidate to run again: on its own result, on rows in another order, on part of the table. */
import type { Transformation } from '../operators/operator.ts';
import { named, times } from '../operators/words.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { findChanges, makeResult } from '../transform/transform.ts';
import { columnList, type WorkingTable, workingDigest } from '../transform/working-table.ts';
import type { Attempt, Check, Issue, Trial } from './trial.ts';

const AGAIN = 'run_again';

/** Runs a transformation of another table, looks at the outcome, and takes it away. */
async function runAgain<Seen>(
  { database }: Trial,
  table: WorkingTable,
  transformation: Transformation,
  look: (changes: string, result: () => Promise<WorkingTable>) => Promise<Seen>,
): Promise<Seen> {
  const changes = `${AGAIN}_changes`;
  const into = `${AGAIN}_result`;
  let isMade = false;
  await findChanges(database, table, transformation, changes);
  const result = async () => {
    isMade = true;
    return await makeResult(database, table, transformation, changes, into);
  };
  const seen = await look(changes, result);
  await database.query(`DROP TABLE ${changes}`);
  if (isMade) await database.query(`DROP TABLE ${into}`);
  return seen;
}

/** Applied to its own result it changes nothing. */
export const checkIdempotent: Check = async (attempt) => {
  const { trial, candidate, operator, result } = attempt;
  if (!operator.idempotent) return [];
  const names = result.columns.map(({ name }) => name);
  if (!candidate.columns.every((name) => names.includes(name))) return [];
  let transformation: Transformation;
  try {
    transformation = operator.transform(candidate.columns, candidate.params, names);
  } catch {
    // There is nothing left for it to do.
    return [];
  }
  const changed = await runAgain(trial, result, transformation, async (changes, make) => {
    if (transformation.kind === 'cells' || transformation.kind === 'rows') return await countRows(trial, changes);
    const [once, twice] = [
      await workingDigest(trial.database, result),
      await workingDigest(trial.database, await make()),
    ];
    return once === twice ? 0 : 1;
  });
  if (changed === 0) return [];
  const message =
    transformation.kind === 'cells' || transformation.kind === 'rows'
      ? `Applied to its own result, it changes ${times(changed, transformation.kind === 'cells' ? 'cell' : 'row')} again.`
      : 'Applied to its own result, it changes the table again.';
  return [{ severity: 'error', code: 'idempotent', message, column: null }];
};

/** The same again, also when the rows lie in another order. */
export const checkDeterministic: Check = async (attempt) => {
  const { trial, transformation, table } = attempt;
  const isSample = trial.sample !== undefined;
  const base = trial.sample ?? table;
  const shuffled = await shuffledCopy(trial, base);
  const print = (of: WorkingTable) =>
    runAgain(trial, of, transformation, async (changes, make) => await fingerprint(trial, changes, make));
  const expected = isSample ? await print(base) : await fingerprint(trial, attempt.changes, async () => attempt.result);
  const other = await print(shuffled);
  if (expected === other) return [];
  const message =
    (await print(base)) === expected
      ? 'Its result depends on the order in which rows are stored, which no file promises.'
      : 'Run twice, it gives two results.';
  return [{ severity: 'error', code: 'deterministic', message, column: null }];

  async function fingerprint(of: Trial, changes: string, make: () => Promise<WorkingTable>): Promise<string> {
    if (transformation.kind === 'cells' || transformation.kind === 'rows')
      return await hashOf(of, changes, 'kind, row, "column", after');
    const result = await make();
    return await hashOf(of, result.relation, columnList(result));
  }
};

async function hashOf({ database }: Trial, relation: string, columns: string): Promise<string> {
  const [row = []] = await database.query(
    `SELECT count(*)::VARCHAR, coalesce(sum(hash(${columns})), 0)::VARCHAR FROM ${sqlName(relation)}`,
  );
  return row.join(' ');
}

async function countRows({ database }: Trial, relation: string): Promise<number> {
  const [[count] = []] = await database.query(`SELECT count(*) FROM ${sqlName(relation)}`);
  return Number(count);
}

/** The same rows in another order; made once. */
async function shuffledCopy({ database }: Trial, table: WorkingTable): Promise<WorkingTable> {
  const relation = `${table.relation}_shuffled`;
  await database.query(
    `CREATE TABLE IF NOT EXISTS ${sqlName(relation)} AS SELECT * FROM ${sqlName(table.relation)} ORDER BY hash(${ROW}, 1), ${ROW}`,
  );
  return { ...table, relation };
}

/** What it learns, it learns from rows and columns that it may see. */
export const checkLeakage: Check = async (attempt) => {
  const { trial, operator } = attempt;
  if (!trial.limits.checkLeakage || operator.changes === 'table') return [];
  return [...(await leaksRows(attempt)), ...(await leaksTarget(attempt))];
};

/** Without the other rows, those that are trained on come out the same. */
async function leaksRows({ trial, operator, transformation, table, result }: Attempt): Promise<Issue[]> {
  const { split } = trial.limits;
  if (!split || !operator.fitted) return [];
  const part = 'trained_on';
  const values = split.values.map(sqlText).join(', ');
  await trial.database.query(
    `CREATE TABLE ${part} AS SELECT * FROM ${sqlName(table.relation)} WHERE ${sqlName(split.column)} IN (${values}) ORDER BY ${ROW}`,
  );
  const differ = await runAgain(trial, { ...table, relation: part }, transformation, async (_changes, make) =>
    countDifferent(
      trial,
      await make(),
      result,
      result.columns.map(({ name }) => name),
      part,
    ),
  );
  await trial.database.query(`DROP TABLE ${part}`);
  if (differ === 0) return [];
  const message = `It learns from rows that a model is not trained on: without them, ${times(differ, 'row')} would come out otherwise.`;
  return [{ severity: 'error', code: 'leakage', message, column: split.column }];
}

/** Without the target, all other columns come out the same; and it stays as it is. */
async function leaksTarget({ trial, transformation, table, result, counts }: Attempt): Promise<Issue[]> {
  const { target } = trial.limits;
  if (target === undefined) return [];
  if (counts.columnsDropped.includes(target) || counts.changed.some(({ column }) => column === target)) {
    const message = `It changes ${named([target])}, which is to be predicted.`;
    return [{ severity: 'error', code: 'leakage', message, column: target }];
  }
  // Whatever reads it names it.
  if (!transformation.sql.includes(sqlName(target))) return [];
  const without = 'without_target';
  await trial.database.query(
    `CREATE TABLE ${without} AS SELECT * REPLACE (NULL::VARCHAR AS ${sqlName(target)}) FROM ${sqlName(table.relation)} ORDER BY ${ROW}`,
  );
  const others = result.columns.flatMap(({ name }) => (name === target ? [] : [name]));
  const differ = await runAgain(trial, { ...table, relation: without }, transformation, async (_changes, make) =>
    countDifferent(trial, await make(), result, others, without),
  );
  await trial.database.query(`DROP TABLE ${without}`);
  if (differ === 0) return [];
  const message = `It reads ${named([target])}, which is to be predicted: ${times(differ, 'row')} would come out otherwise without it.`;
  return [{ severity: 'error', code: 'leakage', message, column: target }];
}

/** Rows of `part` that are not the same in both. */
async function countDifferent(
  { database }: Trial,
  one: WorkingTable,
  other: WorkingTable,
  columns: readonly string[],
  part: string,
): Promise<number> {
  const differ = columns.map((name) => `x.${sqlName(name)} IS DISTINCT FROM y.${sqlName(name)}`);
  const [[count] = []] = await database.query(
    `SELECT count(*) FROM ${part} p LEFT JOIN ${sqlName(one.relation)} x ON x.${ROW} = p.${ROW} LEFT JOIN ${sqlName(other.relation)} y ON y.${ROW} = p.${ROW} WHERE ${[`(x.${ROW} IS NULL) <> (y.${ROW} IS NULL)`, ...differ].join(' OR ')}`,
  );
  return Number(count);
}
