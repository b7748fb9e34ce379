/** Puts texts into single cells of a table. */
import type { Database } from '../table/duckdb.ts';
import { sqlName, sqlText } from '../table/names.ts';
import { ROW } from '../table/table.ts';

/** Every text is compared with the names of this many columns; a join of its own for each of them takes 8 MB. */
const COLUMNS_AT_ONCE = 16;

/** `texts` is SQL of a relation with `row`, `column` and `text`, one at most for a cell; others in `columns` stay. */
export async function putCells(
  database: Database,
  relation: string,
  columns: readonly string[],
  texts: string,
): Promise<void> {
  for (let from = 0; from < columns.length; from += COLUMNS_AT_ONCE) {
    const some = columns.slice(from, from + COLUMNS_AT_ONCE);
    const isOf = (name: string) => `FILTER (WHERE "column" = ${sqlText(name)})`;
    const found = some.map((name, at) => `max(text) ${isOf(name)} AS t${at}, count(*) ${isOf(name)} > 0 AS is${at}`);
    const put = some.map(
      (name, at) => `${sqlName(name)} = CASE WHEN n.is${at} THEN n.t${at} ELSE d.${sqlName(name)} END`,
    );
    await database.query(
      `UPDATE ${sqlName(relation)} d SET ${put.join(', ')} FROM (SELECT row, ${found.join(', ')} FROM ${texts} WHERE "column" IN (${some.map(sqlText).join(', ')}) GROUP BY row) n WHERE n.row = d.${ROW}`,
    );
  }
}
