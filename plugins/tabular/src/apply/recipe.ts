/** Recipes: read from a file that a person may have written, and made of what was done. */
import { basename } from 'node:path';
import { StageFailure } from 'wrangle/plugin';
import { candidateId } from '../candidates/candidate.ts';
import type { CandidateDocument, RecipeDocument } from '../documents.generated.ts';
import { readDocument } from '../documents.ts';
import { operatorNamed } from '../operators/catalogue.ts';
import type { Operator, Transformation } from '../operators/operator.ts';

export type RecipeStep = RecipeDocument['steps'][number];
export type LeftAlone = RecipeDocument['left_alone'][number];

/** What is to be done, and how sure it is. */
export interface Planned {
  readonly id: string;
  readonly operator: Operator;
  readonly columns: readonly string[];
  readonly params: object;
  readonly description: string;
  readonly confidence: number;
}

export function plannedOf(
  { id, columns, params, description, confidence }: CandidateDocument,
  operator: Operator,
): Planned {
  return { id, operator, columns, params, description, confidence };
}

/** Of steps only operator, columns and params count. Errors: throws `format-error` or `unknown-operator`. */
export async function readRecipe(path: string): Promise<Planned[]> {
  const file = basename(path);
  const fail = (code: string, message: string) => new StageFailure({ code, category: 'critical', message, file });
  const { steps } = readDocument<RecipeDocument>(path, 'a recipe', undefined) as { readonly steps?: unknown };
  if (!Array.isArray(steps)) throw fail('format-error', `"${file}" is not a recipe: it has no list of steps.`);
  // A schema validator takes longer to load than all of this, and most do without recipes.
  const { mistakeIn } = await import('./check-params.ts');
  const plan: Planned[] = [];
  for (const [at, step] of steps.entries()) {
    const where = `Step ${at + 1} of "${file}"`;
    const { operator: name, columns, params, confidence } = ((step as unknown) ?? {}) as Partial<RecipeStep>;
    if (typeof name !== 'string') throw fail('format-error', `${where} names no operator.`);
    const operator = operatorNamed(name);
    if (operator === undefined) {
      throw fail(
        'unknown-operator',
        `${where} asks for the operator ${JSON.stringify(name)}, which is not in the catalogue.`,
      );
    }
    if (!Array.isArray(columns) || columns.some((column) => typeof column !== 'string')) {
      throw fail('format-error', `${where} (${name}) has no list of columns.`);
    }
    const mistake = mistakeIn(operator, params);
    if (mistake !== undefined) throw fail('format-error', `${where} (${name}) has params that do not fit: ${mistake}.`);
    const given = params as Record<string, unknown>;
    plan.push({
      id: candidateId(name, columns, given),
      operator,
      columns,
      params: given,
      description: operator.describe(columns, given),
      confidence: typeof confidence === 'number' && confidence >= 0 && confidence <= 1 ? confidence : 1,
    });
  }
  return plan;
}

/** Undefined when a column is missing. Errors: throws an `Error` with a sentence when the operator cannot be applied. */
export function transformationOf(
  { operator, columns, params }: Planned,
  there: readonly string[],
): Transformation | undefined {
  return missingColumns(columns, there).length > 0 ? undefined : operator.transform(columns, params, there);
}

export function missingColumns(columns: readonly string[], there: readonly string[]): string[] {
  return columns.filter((column) => !there.includes(column));
}
