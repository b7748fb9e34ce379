/** Rows under each other. Knows nothing of what is in them. */
import { padTo, widthOf } from './format.ts';

/**
 * Left-aligned columns, two spaces apart, no space at the ends of lines. The last column is free text.
 * Errors: none; rows may have fewer cells than others.
 */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, at) => padTo(cell, widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
