/** Cleans a table as a pipeline does, with default params: profile, generate, validate, rank, apply. */
import { readFileSync } from 'node:fs';
import type { RecipeDocument } from '../src/documents.generated.ts';
import type { Stages } from './stages.ts';
import { readParquet } from './tables.ts';

export const CLEANING = ['profile', 'generate', 'validate', 'rank', 'apply'] as const;

export interface Cleaned {
  /** By column, then by row of the source; a row that is gone is undefined. */
  readonly cells: ReadonlyMap<string, readonly (string | undefined)[]>;
  /** What was done, a line for each step. */
  readonly steps: readonly string[];
}

/** `rows`: how many the source has, none of them blank. Errors: throws with the code and sentence of a stage that failed. */
export async function cleanTable(stages: Stages, data: string, rows: number): Promise<Cleaned> {
  const run = async (type: string, inputs: { readonly [port: string]: string }, outputs: readonly string[]) => {
    const { paths, error } = await stages.run(type, inputs, outputs);
    if (error !== undefined) throw new Error(`${type}: ${error}`);
    return (port: string) => paths[port] ?? '';
  };
  const profile = (await run('profile', { data }, ['profile']))('profile');
  const candidates = (await run('generate', { profile }, ['candidates']))('candidates');
  const validation = (await run('validate', { data, candidates, profile }, ['validation']))('validation');
  const ranking = (await run('rank', { candidates, profile, validation }, ['ranking']))('ranking');
  const applied = await run('apply', { data, profile, candidates, ranking }, ['clean', 'changes', 'recipe']);
  const table = await readParquet(applied('clean'), true);
  const [places = [], ...columns] = table.header.map((_, at) => table.rows.map((row) => row[at] ?? ''));
  const cells = new Map(
    table.header.slice(1).map((name, at) => {
      const column: (string | undefined)[] = Array.from({ length: rows });
      for (const [index, place] of places.entries()) column[Number(place)] = columns[at]?.[index];
      return [name, column] as const;
    }),
  );
  const recipe = JSON.parse(readFileSync(applied('recipe'), 'utf8')) as RecipeDocument;
  return { cells, steps: recipe.steps.map((step) => JSON.stringify(step).slice(0, 300)) };
}
