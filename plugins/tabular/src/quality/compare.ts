/**
 * A table beside the one before, cell by cell: what is gone counts as it was. Rows that are gone stand for themselves as
 * long as no equal row is kept, columns that are gone do so always. Else the score of a table would rise with what it loses.
 */
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';
import type { WorkingTable } from '../transform/working-table.ts';
import { foldedCell, isMissing } from './cell-sql.ts';

export interface Compared {
  readonly has: (column: string) => boolean;
  /**
   * SELECT of `r`, and of `a0`, `b0`, `a1` … for the columns, now and before. `rows`: `cells` with all rows that are gone but
   * blank ones; `different` without those of which an equal one is kept.
   */
  readonly pairs: (columns: readonly string[], rows: 'cells' | 'different') => string;
  /** Whether rows are gone or new. */
  readonly rowsDiffer: boolean;
  /** Without a table before both are the same. */
  readonly hasBefore: boolean;
  /** Of both, about. */
  readonly rows: number;
  readonly drop: () => Promise<void>;
}

const GONE = 'quality_gone';

/** `before` is undefined for a table that is measured by itself. */
export async function compare(
  database: Database,
  table: WorkingTable,
  before: WorkingTable | undefined,
): Promise<Compared> {
  const now = sqlName(table.relation);
  const [[size] = []] = await database.query(`SELECT count(*) FROM ${now}`);
  const names = new Set(table.columns.map(({ name }) => name));
  if (!before || before.relation === table.relation) {
    const list = (columns: readonly string[]) =>
      columns.map((column, at) => `${sqlName(column)} AS a${at}, ${sqlName(column)} AS b${at}`);
    return {
      has: (column) => names.has(column),
      pairs: (columns) => `SELECT ${[`${ROW} AS r`, ...list(columns)].join(', ')} FROM ${now}`,
      rowsDiffer: false,
      hasBefore: false,
      rows: Number(size),
      drop: async () => {},
    };
  }
  const old = sqlName(before.relation);
  const oldNames = new Set(before.columns.map(({ name }) => name));
  const [[gone, come] = []] = await database.query(
    `SELECT (SELECT count(*) FROM ${old} ANTI JOIN ${now} USING (${ROW})), (SELECT count(*) FROM ${now} ANTI JOIN ${old} USING (${ROW}))`,
  );
  const rowsDiffer = Number(gone) + Number(come) > 0;
  if (rowsDiffer) await findGone(database, before, now);
  const cell = (column: string, at: number) => {
    const name = sqlName(column);
    const isNow = names.has(column);
    const isOld = oldNames.has(column);
    const a = !isNow
      ? `b.${name}`
      : !isOld || !rowsDiffer
        ? `t.${name}`
        : `CASE WHEN t.${ROW} IS NULL THEN b.${name} ELSE t.${name} END`;
    const b = !isOld
      ? `t.${name}`
      : !isNow || !rowsDiffer
        ? `b.${name}`
        : `CASE WHEN b.${ROW} IS NULL THEN t.${name} ELSE b.${name} END`;
    return `${a} AS a${at}, ${b} AS b${at}`;
  };
  return {
    has: (column) => names.has(column) || oldNames.has(column),
    rowsDiffer,
    hasBefore: true,
    rows: Number(size) + Number(gone),
    pairs: (columns, rows) => {
      const list = [`coalesce(t.${ROW}, b.${ROW}) AS r`, ...columns.map(cell)].join(', ');
      const join = `${old} b ${rowsDiffer ? 'FULL' : ''} JOIN ${now} t ON t.${ROW} = b.${ROW}`;
      const put = rows === 'cells' ? "<> 'blank'" : "= 'lost'";
      const kept = rowsDiffer
        ? ` WHERE t.${ROW} IS NOT NULL OR b.${ROW} IN (SELECT r FROM ${GONE} WHERE how ${put})`
        : '';
      return `SELECT ${list} FROM ${join}${kept}`;
    },
    drop: async () => {
      if (rowsDiffer) await database.query(`DROP TABLE ${GONE}`);
    },
  };
}

/** Rows that are gone: `blank` ones, those of which an equal row is `kept`, and what is `lost`. */
async function findGone(database: Database, before: WorkingTable, now: string): Promise<void> {
  const cells = before.columns.map(({ name }) => sqlName(name));
  const blank = cells.map((cell) => isMissing(cell, [])).join(' AND ');
  const folded = cells.map((cell) => `length(${foldedCell(cell)}) || ':' || ${foldedCell(cell)}`).join(', ');
  const rows = `SELECT ${ROW} AS r, ${blank} AS is_blank, md5(concat(${folded})) AS content, ${ROW} IN (SELECT ${ROW} FROM ${now}) AS stays FROM ${sqlName(before.relation)}`;
  await database.query(
    `CREATE TEMP TABLE ${GONE} AS WITH every AS (${rows}) SELECT r, CASE WHEN is_blank THEN 'blank' WHEN content IN (SELECT content FROM every WHERE stays) THEN 'kept' ELSE 'lost' END AS how FROM every WHERE NOT stays`,
  );
}
