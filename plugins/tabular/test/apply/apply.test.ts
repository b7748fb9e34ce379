// `tabular/rank`, `tabular/apply` and `tabular/undo` as they are run: from a messy table to a clean one and back.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileSchema } from '../../../../src/schema/validate.ts';
import type { Json } from '../../../../src/util/canonical-json.ts';
import { candidatesFor } from '../../src/candidates/candidate.ts';
import { writeCandidates } from '../../src/candidates/folder.ts';
import type { ChangesDocument, RankingDocument, RecipeDocument } from '../../src/documents.generated.ts';
import { csvOf, profileOf } from '../operators/support.ts';
import { runStage, useWorker } from '../run-stage.ts';

let folder: string;

useWorker();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrangle-apply-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CITIES = ['Bath', 'York', 'Leeds'];
/** 60 rows: blanks around some names, a row that is there twice, a column that says nothing. */
const MESSY = csvOf([
  ['id', 'city', 'note', 'same'],
  ...Array.from({ length: 60 }, (_, at) => [
    String(at),
    at % 10 === 3 ? ` ${CITIES[at % 3]}` : (CITIES[at % 3] as string),
    at % 7 === 0 ? null : `remark ${at % 9 === 1 ? ' ' : ''}${at}`,
    'x',
  ]),
  ['59', 'Leeds', 'remark 59', 'x'],
]);

interface Prepared {
  readonly data: string;
  readonly profile: string;
  readonly candidates: string;
  readonly ranking: string;
}

let count = 0;

function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, `${count++}`, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

async function prepare(text: string): Promise<Prepared> {
  const data = write('data.csv', text);
  const found = await profileOf(text);
  const profile = write('profile.json', JSON.stringify(found));
  const candidates = join(folder, `${count++}`);
  writeCandidates(candidates, candidatesFor(found, 'clean'), {
    data: {
      digest: found.source.digest,
      rows: found.table.rows,
      columns: found.columns.map(({ name }) => name),
    },
    goal: 'clean',
    left_out: 0,
  });
  const end = await runStage('rank', { inputs: { candidates, profile }, output: 'ranking.json' });
  expect(end.result?.error).toBeUndefined();
  return { data, profile, candidates, ranking: write('ranking.json', end.output ?? '') };
}

let messy: Prepared;

beforeAll(async () => {
  messy = await prepare(MESSY);
});

interface Applied {
  readonly clean: string;
  readonly changes: readonly ChangesDocument[];
  readonly recipe: RecipeDocument;
  readonly files: { readonly clean: string; readonly changes: string; readonly recipe: string };
}

async function apply(inputs: { readonly [port: string]: string }, params: object = {}): Promise<Applied> {
  const end = await runStage('apply', { inputs, params, output: 'clean.csv' });
  expect([end.result?.error, end.result?.status]).toEqual([undefined, 'ok']);
  const { clean, changes, recipe } = end.outputs as { readonly [port: string]: Buffer };
  const files = {
    clean: write('clean.csv', clean ?? ''),
    changes: write('changes.jsonl', changes ?? ''),
    recipe: write('recipe.json', recipe ?? ''),
  };
  const lines = String(changes).split('\n').filter(Boolean);
  return {
    clean: String(clean),
    changes: lines.map((line) => JSON.parse(line) as ChangesDocument),
    recipe: JSON.parse(String(recipe)) as RecipeDocument,
    files,
  };
}

async function refused(inputs: { readonly [port: string]: string }, params: object = {}): Promise<unknown> {
  const end = await runStage('apply', { inputs, params, output: 'clean.csv' });
  const { code, message } = (end.result?.error ?? {}) as { code?: string; message?: string };
  return `${code}: ${message}`;
}

const fits = (name: string, document: unknown) => {
  const schema = compileSchema(
    JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as Json,
  );
  if (!schema.ok) throw new Error(schema.error);
  expect(schema.value(document as Json)).toEqual([]);
};

const idOf = (operator: string) => {
  const { candidates } = JSON.parse(readFileSync(messy.ranking, 'utf8')) as RankingDocument;
  return candidates.find((one) => one.operator === operator)?.id ?? '';
};

describe('apply', () => {
  test('does what gains something, logs every change, and says why it left the rest alone', async () => {
    const { clean, changes, recipe } = await apply({ ...messy });
    fits('recipe', recipe);
    fits('ranking', JSON.parse(readFileSync(messy.ranking, 'utf8')));
    for (const change of changes) fits('changes', change);
    expect(clean).toBe(
      MESSY.replaceAll('"', '')
        .replaceAll('  ', ' ')
        .replace(/, /g, ',')
        .replace(/59,Leeds,remark 59,x\n$/, ''),
    );
    const [source, ...others] = changes;
    expect(source?.kind).toBe('source');
    for (const [at, step] of recipe.steps.entries()) {
      const own = others.filter((change) => change.step === at);
      expect(own.filter(({ kind }) => kind === 'cell')).toHaveLength(step.cells_changed);
      expect(own.filter(({ kind }) => kind === 'row')).toHaveLength(step.rows_dropped);
      expect(own.every((change) => change.operator === step.operator && change.candidate === step.id)).toBe(true);
      expect(step.scores.after?.overall).toBeGreaterThan(step.scores.before?.overall ?? 1);
      expect(recipe.steps[at + 1]?.scores.before ?? step.scores.after).toEqual(step.scores.after);
    }
    expect(recipe.steps.map((step) => [step.operator, step.columns, step.cells_changed, step.rows_dropped])).toEqual(
      expect.arrayContaining([
        ['trim_whitespace', ['city'], 6, 0],
        ['drop_duplicates', ['id', 'city', 'note', 'same'], 0, 1],
      ]),
    );
    const trim = recipe.steps.find(({ operator }) => operator === 'trim_whitespace');
    expect(trim?.examples.map(({ before, after }) => [before, after])).toEqual([
      [' Bath', 'Bath'],
      [' York', 'York'],
      [' Leeds', 'Leeds'],
      [' Bath', 'Bath'],
      [' York', 'York'],
    ]);
    const ids = JSON.parse(readFileSync(messy.ranking, 'utf8')) as RankingDocument;
    expect([...recipe.steps, ...recipe.left_alone].map(({ id }) => id).sort()).toEqual(
      ids.candidates.map(({ id }) => id).sort(),
    );
    for (const { reason } of recipe.left_alone) expect(reason).toMatch(/^[A-Z0-9].*\.$/);
  });

  test('is undone to the source, cell by cell', async () => {
    const { files, recipe } = await apply({ ...messy });
    const end = await runStage('undo', { inputs: { clean: files.clean, changes: files.changes }, output: 'data.csv' });
    expect(end.result?.error).toBeUndefined();
    expect(String(end.output)).toBe(MESSY.replaceAll('"', ''));
    expect(end.result?.metrics).toMatchObject({ rows: 61, steps: recipe.steps.length });
  });

  test('takes those that are named, and no others', async () => {
    const id = idOf('drop_duplicates');
    const { recipe } = await apply({ ...messy }, { select: 'ids', ids: [id] });
    expect(recipe.steps.map((step) => step.id)).toEqual([id]);
    expect(new Set(recipe.left_alone.map(({ code }) => code))).toEqual(new Set(['not_chosen']));
    const none = await apply({ ...messy }, { select: 'ids', ids: [] });
    expect([none.recipe.steps, none.changes.length, none.clean]).toEqual([[], 1, MESSY.replaceAll('"', '')]);
    expect(await refused({ ...messy }, { select: 'ids', ids: ['nothing'] })).toBe(
      'unknown-candidate: There is no candidate "nothing"; `ids` are those in the ranking.',
    );
  });

  test('makes no more steps than it may, and with `dry_run` none', async () => {
    const one = await apply({ ...messy }, { max_steps: 1 });
    expect(one.recipe.steps).toHaveLength(1);
    expect(one.recipe.left_alone).toContainEqual(
      expect.objectContaining({ code: 'beyond_steps', reason: 'No more than 1 step was to be made.' }),
    );
    const dry = await apply({ ...messy }, { dry_run: true });
    expect(dry.clean).toBe(MESSY.replaceAll('"', ''));
    expect(dry.recipe).toEqual((await apply({ ...messy })).recipe);
    const { clean, changes } = dry.files;
    const end = await runStage('undo', { inputs: { clean, changes }, output: 'data.csv' });
    expect(end.result?.error).toMatchObject({
      code: 'stale-changes',
      message:
        '"clean.csv" is not the table that these changes led to: it was written with `dry_run`, so nothing was changed. Undo needs `clean` and `changes` of one run of `apply`, as they were written.',
    });
  });

  test('says what it needs', async () => {
    const { data, profile, candidates, ranking } = messy;
    const recipe = write('recipe.json', '{"version":1,"steps":[]}');
    const needed =
      'missing-input: Give `profile`, `candidates` and `ranking`, which `wrangle profile`, `generate` and `rank` make, or a `recipe` alone.';
    expect(await refused({ data })).toBe(needed);
    expect(await refused({ data, profile, candidates })).toBe(needed);
    expect(await refused({ data, profile, candidates, ranking, recipe })).toBe(
      'missing-input: A recipe says everything that is to be done: give `recipe` alone, or `profile`, `candidates` and `ranking` without it.',
    );
  });

  test('refuses other data than the ranking is of', async () => {
    const data = write('data.csv', MESSY.replace('Bath', 'Path'));
    expect(await refused({ ...messy, data })).toBe(
      'stale-ranking: "data.csv" is not the table that was profiled: its names, rows or cells are others. Profile, generate and rank anew; or give the recipe of the other table to `apply`.',
    );
    const other = JSON.parse(readFileSync(messy.ranking, 'utf8')) as RankingDocument;
    const ranking = write('ranking.json', JSON.stringify({ ...other, data: 'of another table' }));
    expect(await refused({ ...messy, ranking })).toBe(
      'stale-ranking: Profile, candidates and ranking are not of the same table. Make all of them anew, in this order.',
    );
    const fewer = write('ranking.json', JSON.stringify({ ...other, candidates: other.candidates.slice(1) }));
    expect(await refused({ ...messy, ranking: fewer })).toBe(
      `stale-ranking: "ranking.json" ranks ${other.candidates.length - 1} of ${other.candidates.length} candidates. Rank them anew.`,
    );
  });
});

describe('a recipe', () => {
  test('does the same to the same data, and its steps to other data', async () => {
    const first = await apply({ ...messy });
    const again = await apply({ data: messy.data, recipe: first.files.recipe });
    expect(again.clean).toBe(first.clean);
    expect(again.changes).toEqual(first.changes);
    expect(again.recipe.steps.map(({ scores }) => scores)).toEqual(
      first.recipe.steps.map(() => ({ before: null, after: null })),
    );
    const data = write('data.csv', 'id,city,note,same\n1, Bath ,a  b,y\n');
    expect((await apply({ data, recipe: first.files.recipe })).clean).toBe('id,city,note,same\n1,Bath,a b,y\n');
  });

  test('may be written by hand, and is told where it is wrong', async () => {
    const { data } = messy;
    const recipe = (document: unknown) =>
      write('recipe.json', typeof document === 'string' ? document : JSON.stringify({ version: 1, steps: document }));
    const trim = { operator: 'trim_whitespace', columns: ['city'], params: {} };
    const { recipe: made } = await apply({ data, recipe: recipe([trim]) });
    expect(made.steps[0]).toMatchObject({ ...trim, cells_changed: 6, confidence: 1 });
    const wrong = async (document: unknown) => await refused({ data, recipe: recipe(document) });
    expect(await wrong('steps: []')).toBe('format-error: "recipe.json" cannot be read as a recipe: it is not JSON.');
    expect(await wrong('{"version":2}')).toBe(
      'version-mismatch: "recipe.json" is a recipe of version 2; this plugin reads version 1. Make it anew.',
    );
    expect(await wrong(7)).toBe('format-error: "recipe.json" is not a recipe: it has no list of steps.');
    expect(await wrong([{}])).toBe('format-error: Step 1 of "recipe.json" names no operator.');
    expect(await wrong([trim, { operator: 'trim' }])).toBe(
      'unknown-operator: Step 2 of "recipe.json" asks for the operator "trim", which is not in the catalogue.',
    );
    expect(await wrong([{ ...trim, columns: 'city' }])).toBe(
      'format-error: Step 1 of "recipe.json" (trim_whitespace) has no list of columns.',
    );
    expect(await wrong([{ operator: 'drop_duplicates', columns: ['id'], params: { keep: 'all' } }])).toBe(
      'format-error: Step 1 of "recipe.json" (drop_duplicates) has params that do not fit: keep must be equal to one of the allowed values.',
    );
    expect(await wrong([{ ...trim, columns: ['town'] }])).toBe(
      'conflicting-candidates: Step 1 of the recipe (Trim blanks around values of "town") cannot be done: The table has no column "town". Its columns are "id", "city", "note" and "same".',
    );
  });
});

describe('undo', () => {
  test('refuses a table that is not the one that was written', async () => {
    const { files } = await apply({ ...messy });
    const clean = readFileSync(files.clean, 'utf8');
    const undo = async (text: string, changes = files.changes) => {
      const end = await runStage('undo', { inputs: { clean: write('clean.csv', text), changes }, output: 'data.csv' });
      const { code, message } = (end.result?.error ?? {}) as { code?: string; message?: string };
      return `${code}: ${message}`;
    };
    const stale = (what: string, file = 'clean.csv') =>
      `stale-changes: "${file}" is not the table that these changes led to: ${what}. Undo needs \`clean\` and \`changes\` of one run of \`apply\`, as they were written.`;
    expect(await undo(clean.replace('Bath', 'Path'))).toBe(stale('a cell, a row or a name in it is another one'));
    expect(await undo(clean.replace('id,city', 'ID,city'))).toBe(stale('its columns have other names'));
    expect(await undo(`${clean}1,2,3,4\n`)).toBe(stale('it has 61 rows, and should have 60'));
    expect(await undo(clean.replace('Bath', 'Bath,'))).toBe(stale('a row has 5 cells, and should have 4'));
    expect(await undo(clean, files.clean)).toBe(
      'format-error: "clean.csv" is not a log of changes as `wrangle apply` writes it.',
    );
    const lines = readFileSync(files.changes, 'utf8').split('\n');
    const fewer = write('changes.jsonl', lines.filter((_, at) => at !== 3).join('\n'));
    expect(await undo(clean, fewer)).toBe(
      stale('the changes do not lead back to the source; a record of them was changed or is missing', 'changes.jsonl'),
    );
  });
});

describe('rank', () => {
  test('writes a table when it is asked for one, and says what it misses', async () => {
    const { candidates, profile } = messy;
    const end = await runStage('rank', { inputs: { candidates, profile }, output: 'ranking.csv' });
    const [header, first] = String(end.output).split('\n');
    expect(header).toBe(
      'rank,id,operator,columns,description,phase,passed,keep,code,reason,score,confidence,improvement,cells_changed,rows_dropped,explanation',
    );
    expect(first).toMatch(/^1,[0-9a-f]{12},/);
    const without = await runStage('rank', {
      inputs: { candidates, profile },
      output: 'r.json',
      params: { policy: 'topsis' },
    });
    expect(without.result?.error).toMatchObject({
      code: 'validation-missing',
      message:
        'The policy "topsis" compares what candidates do to the data. Give `validation`, which `wrangle validate` makes, or use the policy "confidence".',
    });
    const validation = write('v.jsonl', '{"candidate":"a","data":"other","scores":{}}\n');
    const stale = await runStage('rank', { inputs: { candidates, profile, validation }, output: 'r.json' });
    expect(stale.result?.error).toMatchObject({
      code: 'stale-validation',
      message: 'The validations in "v.jsonl" were made on other data than the candidates are for. Validate them anew.',
    });
  });
});
