/** From a cleaned table and the log of its changes back to the source. */
import type { NewColumn } from '../operators/transformation.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import { putCells } from '../transform/put-cells.ts';
import type { Restructured } from './source-record.ts';

/** Steps that are undone at once: only the last of them may change more than cells and rows. */
interface Stretch {
  readonly from: number;
  /** The last step. */
  readonly to: number;
  readonly restructured: Restructured | undefined;
}

interface Table {
  readonly relation: string;
  readonly columns: readonly NewColumn[];
}

/** `log` has `step`, `kind`, `row`, `column` and `before` of `steps` steps. The answer's table has another name. */
export async function undoSteps(
  database: Database,
  clean: Table,
  log: string,
  steps: number,
  restructured: readonly Restructured[],
): Promise<Table> {
  let table = clean;
  for (const stretch of stretchesOf(steps, restructured).reverse()) {
    const into = `before_${stretch.from}`;
    const columns = stretch.restructured?.columns ?? table.columns;
    const within = `(SELECT * FROM ${sqlName(log)} WHERE step BETWEEN ${stretch.from} AND ${stretch.to})`;
    const touched = await database.query(`SELECT DISTINCT "column" FROM ${within} WHERE kind = 'cell' ORDER BY 1`);
    const names = touched.map(([name]) => String(name));
    const rows = rowsBefore(table, columns, stretch, within);
    await database.query(`CREATE TABLE ${sqlName(into)} AS SELECT * FROM (${rows}) ORDER BY ${ROW}`);
    await putCells(database, into, names, firstTexts(within));
    await database.query(`DROP TABLE ${sqlName(table.relation)}`);
    table = { relation: into, columns };
  }
  return table;
}

/** In the order of the steps. */
function stretchesOf(steps: number, restructured: readonly Restructured[]): Stretch[] {
  const stretches: Stretch[] = [];
  let from = 0;
  for (const one of restructured) {
    if (one.step > from) stretches.push({ from, to: one.step - 1, restructured: undefined });
    stretches.push({ from: one.step, to: one.step, restructured: one });
    from = one.step + 1;
  }
  if (steps > from) stretches.push({ from, to: steps - 1, restructured: undefined });
  return stretches;
}

/** With the rows that went, as they were when they did. */
function rowsBefore(table: Table, columns: readonly NewColumn[], { restructured }: Stretch, log: string): string {
  const there = new Set(table.columns.map(({ name }) => name));
  const kept = columns.map(({ name }) => (there.has(name) ? sqlName(name) : `NULL::VARCHAR AS ${sqlName(name)}`));
  const members = `{${columns.map(({ name }) => `${JSON.stringify(name)}:"VARCHAR"`).join()}}`;
  const gone =
    columns.length === 0
      ? `SELECT row AS ${ROW} FROM ${log} WHERE kind = 'row'`
      : `SELECT ${ROW}, UNNEST(cells) FROM (SELECT row AS ${ROW}, json_transform(before, ${sqlText(members)}) AS cells FROM ${log} WHERE kind = 'row')`;
  if (restructured?.kind === 'table') return gone;
  return `SELECT ${[ROW, ...kept].join(', ')} FROM ${sqlName(table.relation)} UNION ALL ${gone}`;
}

/** Of several changes of a cell the first one says what it was. */
function firstTexts(log: string): string {
  return `(SELECT DISTINCT ON (row, "column") row, "column", before AS text FROM ${log} WHERE kind = 'cell' ORDER BY row, "column", step)`;
}
