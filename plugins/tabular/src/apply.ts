/** The stage type `tabular/apply`: from a table to a cleaned one, with a log that leads back. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { defineStage, StageFailure } from 'wrangle/plugin';
import type { Apply } from '../stage-types.d.ts';
import { checkUntried } from './apply/check-untried.ts';
import { type Choice, readChoice } from './apply/choice.ts';
import { formatOf, LOG_FORMATS, TABLE_FORMATS } from './apply/formats.ts';
import { type Chosen, GreedyChoice, type GreedyOptions } from './apply/greedy.ts';
import { QualityWatch } from './apply/quality-watch.ts';
import { readRecipe } from './apply/recipe.ts';
import { replay } from './apply/replay.ts';
import { shapeOf } from './apply/shape.ts';
import { Steps } from './apply/steps.ts';
import { writeApplied } from './apply/write-applied.ts';
import type { RecipeDocument } from './documents.generated.ts';
import { freezeRules } from './quality/rules.ts';
import { DEFAULT_WEIGHTS, type Weights } from './quality/score.ts';
import { type Database, withDatabase } from './table/duckdb.ts';
import { openTable } from './table/open-table.ts';
import { loadWorkingTable, type WorkingTable, workingDigest } from './transform/working-table.ts';

type Context = Parameters<Parameters<typeof defineStage<Apply>>[0]['run']>[0];

defineStage<Apply>({
  run: async (ctx) => {
    const { clean, changes, recipe } = ctx.outputs;
    const { memory, format, dialect, on_bad_row, max_rejects, sample_bytes, types, dry_run } = ctx.params;
    const cleanFile = { path: clean.path, format: formatOf(clean.path, 'clean', TABLE_FORMATS) };
    const changesFile = { path: changes.path, format: formatOf(changes.path, 'changes', LOG_FORMATS) };
    const { path } = ctx.inputs.data;
    const work = await workOf(ctx);
    const document = await withDatabase(memory, ctx.signal, async (database) => {
      const opened = await openTable(database, path, { format, dialect, on_bad_row, max_rejects, sample_bytes });
      const table = await loadWorkingTable(database, opened, [clean.path, changes.path]);
      const digest = await workingDigest(database, table);
      const steps = new Steps(database, table);
      const { steps: done, leftAlone } = await work(database, table, steps);
      const source = { table, shape: shapeOf(opened), digest };
      const files = { clean: cleanFile, changes: changesFile, types, dryRun: dry_run };
      const { before, after } = await writeApplied(database, source, steps, files);
      const facts = ({ digest: of, rows, columns }: typeof before | typeof after) => ({
        digest: of,
        rows,
        columns: columns.map(({ name }) => name),
      });
      const made: RecipeDocument = {
        version: 1,
        data: facts(before),
        result: facts(after),
        steps: done,
        left_alone: leftAlone,
      };
      return made;
    });
    if (recipe) writeFileSync(recipe.path, `${JSON.stringify(document, null, 2)}\n`);
    const sum = (of: (step: RecipeDocument['steps'][number]) => number) =>
      document.steps.reduce((all, step) => all + of(step), 0);
    ctx.metrics['steps'] = document.steps.length;
    ctx.metrics['left_alone'] = document.left_alone.length;
    ctx.metrics['cells_changed'] = sum((step) => step.cells_changed);
    ctx.metrics['rows_dropped'] = document.data.rows - document.result.rows;
    ctx.metrics['rows'] = document.result.rows;
  },
});

type Work = (database: Database, table: WorkingTable, steps: Steps) => Promise<Chosen>;

/** Reads what is to be done, before the table is. */
async function workOf(ctx: Context): Promise<Work> {
  const { profile: profileFile, candidates, ranking, recipe } = ctx.inputs;
  const given = [profileFile, candidates, ranking].filter((one) => one !== undefined).length;
  if (recipe && given === 0) {
    const plan = await readRecipe(recipe.path);
    return async (database, _, steps) => ({ steps: await replay(database, steps, plan), leftAlone: [] });
  }
  if (!profileFile || !candidates || !ranking || recipe) {
    const message = recipe
      ? 'A recipe says everything that is to be done: give `recipe` alone, or `profile`, `candidates` and `ranking` without it.'
      : 'Give `profile`, `candidates` and `ranking`, which `wrangle profile`, `generate` and `rank` make, or a `recipe` alone.';
    throw ctx.fail('missing-input', 'critical', message);
  }
  const choice = readChoice(profileFile.path, candidates.path, ranking.path);
  const chosen = chosenOf(ctx, choice);
  return async (database, table, steps) => {
    await checkDigest(ctx, database, table, choice);
    const weights: Weights = { ...DEFAULT_WEIGHTS, ...choice.ranking.weights };
    const { profile } = choice;
    const rules = freezeRules(profile);
    const watch = await QualityWatch.start(database, table, rules, weights);
    const checked = { database, source: table, digest: profile.source.digest, profile, rules, weights, steps, watch };
    const { params } = ctx;
    const options: GreedyOptions = {
      minImprovement: params.min_improvement,
      sureConfidence: params.sure_confidence,
      minConfidence: params.min_confidence,
      structure: params.structure,
      maxSteps: params.max_steps,
      chosen,
      isNamed: params.select === 'ids',
      validate: (candidate) => checkUntried(checked, candidate),
      onStep: ({ description }) => ctx.progress({ note: description }),
    };
    return await new GreedyChoice(database, steps, watch, options).run(choice.ranked);
  };
}

/** Ids of those that are to be applied whatever they gain; undefined when that decides. */
function chosenOf(ctx: Context, { ranked }: Choice): Set<string> | undefined {
  const { select, ids = [], top_k: topK } = ctx.params;
  if (select === 'greedy') return undefined;
  if (select === 'ids') {
    const unknown = ids.find((id) => !ranked.some(({ candidate }) => candidate.id === id));
    if (unknown !== undefined) {
      throw ctx.fail(
        'unknown-candidate',
        'critical',
        `There is no candidate ${JSON.stringify(unknown)}; \`ids\` are those in the ranking.`,
      );
    }
    return new Set(ids);
  }
  const kept = ranked.filter(({ entry }) => entry.keep).map(({ candidate }) => candidate.id);
  return new Set(kept.slice(0, select === 'top1' ? 1 : topK));
}

async function checkDigest(ctx: Context, database: Database, table: WorkingTable, { profile }: Choice): Promise<void> {
  const names = profile.columns.map(({ name }) => name);
  if ((await workingDigest(database, table, names)) === profile.source.digest) return;
  const file = basename(ctx.inputs.data.path);
  const message = `"${file}" is not the table that was profiled: its names, rows or cells are others. Profile, generate and rank anew; or give the recipe of the other table to \`apply\`.`;
  throw new StageFailure({ code: 'stale-ranking', category: 'critical', message, file });
}
