/**
 * What an operator does to a table, as queries in the SQL of DuckDB over a relation `data`, which has `_row` and a column
 * of texts, NULL where missing, under the name of each column.
 */
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';

/** A column of a table. */
export interface NewColumn {
  readonly name: string;
  /** As a file calls it; null where that has no names. */
  readonly label: string | null;
}

/** A column that comes out; without a label it has that of the column of the same name before. */
export type ResultColumn = NewColumn | { readonly name: string };

export type Transformation =
  /** `sql` gives `_row` and new values under the names in `columns`; rows that it leaves out stay as they are. */
  | { readonly kind: 'cells'; readonly columns: readonly string[]; readonly sql: string }
  /** `sql` gives `_row` of the rows that go. */
  | { readonly kind: 'rows'; readonly sql: string }
  /**
   * `sql` gives `_row` and `columns`, all that there are afterwards; rows stay. `inverseSql` reads the result as `data`,
   * and gives `_row` and all columns there were.
   */
  | {
      readonly kind: 'columns';
      readonly columns: readonly ResultColumn[];
      readonly sql: string;
      readonly inverseSql?: string;
    }
  /** Another table altogether: `sql` gives `_row`, numbered anew from 0, and `columns`. */
  | {
      readonly kind: 'table';
      readonly columns: readonly ResultColumn[];
      readonly sql: string;
      readonly inverseSql?: string;
    };

/** Each cell of `columns` by itself: `value` is an expression of its name in SQL. */
export function eachCell(columns: readonly string[], value: (cell: string) => string): Transformation {
  const list = columns.map((column) => `${value(sqlName(column))} AS ${sqlName(column)}`);
  return { kind: 'cells', columns, sql: `SELECT ${[ROW, ...list].join(', ')} FROM data` };
}
