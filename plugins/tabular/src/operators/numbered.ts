/** Pieces of SQL that operators share which give a table another shape. Pure. */
import { sqlName } from '../table/names.ts';
import { ROW } from '../table/table.ts';

/** Whoever is less sure than this of another shape says nothing. */
export const SHAPE_MIN = 0.25;

/** `columns` quoted, in a list that can go on after `_row`; with a comma before it. */
export function listed(columns: readonly string[]): string {
  return columns.map((column) => `, ${sqlName(column)}`).join('');
}

/** A name that none of the columns has. */
export function free(name: string, columns: readonly string[]): string {
  const taken = new Set([ROW, ...columns].map((column) => column.toLowerCase()));
  let found = name;
  for (let count = 2; taken.has(found.toLowerCase()); count++) found = `${name}_${count}`;
  return found;
}

/** Errors: throws when a table cannot have columns of these names. */
export function assertDifferent(columns: readonly string[]): void {
  const seen = new Set([ROW]);
  for (const column of columns) {
    if (seen.has(column.toLowerCase())) throw new Error(`Two columns would be called "${column}".`);
    seen.add(column.toLowerCase());
  }
}

/** In SQL: nothing, or only blanks. */
export function isMissing(cell: string): string {
  return `(${cell} IS NULL OR trim(${cell}) = '')`;
}

/** `data` with the place of each row from 0, whatever gaps `_row` has; `at` is in quotation marks. */
export function numbered(columns: readonly string[]): { readonly from: string; readonly at: string } {
  const at = sqlName(free('at', columns));
  return { from: `(SELECT *, row_number() OVER (ORDER BY ${ROW}) - 1 AS ${at} FROM data)`, at };
}
