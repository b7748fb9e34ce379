/** Does the steps of a recipe, whatever they gain: somebody decided that. */
import { StageFailure } from 'wrangle/plugin';
import { named } from '../operators/words.ts';
import { cut } from '../profile/values.ts';
import type { Database } from '../table/duckdb.ts';
import { examplesOf } from './examples.ts';
import { missingColumns, type Planned, type RecipeStep, transformationOf } from './recipe.ts';
import type { Steps, Tried } from './steps.ts';

/** Errors: throws `conflicting-candidates` for a step that cannot be done on this table. */
export async function replay(database: Database, steps: Steps, plan: readonly Planned[]): Promise<RecipeStep[]> {
  const done: RecipeStep[] = [];
  for (const [at, planned] of plan.entries()) {
    const fail = (why: string) => {
      const message = `Step ${at + 1} of the recipe (${planned.description}) cannot be done: ${why}`;
      return new StageFailure({ code: 'conflicting-candidates', category: 'critical', message });
    };
    const there = steps.table.columns.map(({ name }) => name);
    let tried: Tried;
    try {
      const transformation = transformationOf(planned, there);
      if (transformation === undefined) {
        const missing = missingColumns(planned.columns, there);
        throw new Error(`The table has no column ${named(missing)}. Its columns are ${named(there)}.`);
      }
      tried = await steps.try(transformation);
    } catch (error) {
      throw fail(cut(error instanceof Error ? error.message : String(error)));
    }
    done.push(await takeStep(database, steps, planned, tried, { before: null, after: null }));
  }
  return done;
}

/** Takes it, and says what it did. */
export async function takeStep(
  database: Database,
  steps: Steps,
  { id, operator, columns, params, description, confidence }: Planned,
  tried: Tried,
  scores: RecipeStep['scores'],
): Promise<RecipeStep> {
  const examples = await examplesOf(database, tried.changes);
  await steps.take(tried, operator.name, id);
  return {
    id,
    operator: operator.name,
    columns: [...columns],
    params: { ...params },
    description,
    phase: operator.phase,
    confidence,
    cells_changed: tried.cells,
    rows_dropped: tried.rows,
    scores,
    examples,
    sql: tried.transformation.sql,
  };
}
