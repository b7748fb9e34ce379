/** A few changes that show what a step did: different ones first, and of those the most frequent. */
import type { RecipeDocument } from '../documents.generated.ts';
import { cut } from '../profile/values.ts';
import type { Database } from '../table/duckdb.ts';
import { sqlName } from '../table/names.ts';

export type Example = RecipeDocument['steps'][number]['examples'][number];

const EXAMPLES_MAX = 5;

/** `changes` is as `findChanges` makes it. Long texts are cut. */
export async function examplesOf(database: Database, changes: string): Promise<Example[]> {
  const numbered = `SELECT row, "column", before, after, row_number() OVER (PARTITION BY "column", before, after ORDER BY row) AS nth, count(*) OVER (PARTITION BY "column", before, after) AS times FROM ${sqlName(changes)} WHERE kind IN ('cell', 'row')`;
  const found = await database.query(
    `SELECT row::DOUBLE, "column", before, after FROM (${numbered}) ORDER BY nth, times DESC, row, "column" LIMIT ${EXAMPLES_MAX}`,
  );
  const text = (value: unknown) => (value === null ? null : cut(String(value)));
  return found.map(([row, column, before, after]) => ({
    row: Number(row),
    column: column === null ? null : String(column),
    before: text(before),
    after: text(after),
  }));
}
