// What cleaning makes of reports that contradict each other, through all stages with default params: bounds that hold.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanTable } from '../eval/cleaning.ts';
import { openStages, type Stages } from '../eval/stages.ts';
import type { RecipeDocument } from '../src/documents.generated.ts';
import { countCells, makeReports, type ReportOptions, toCsv } from './made-reports.ts';

let stages: Stages;
let folder: string;
beforeAll(() => {
  stages = openStages(fileURLToPath(new URL('..', import.meta.url)));
  folder = mkdtempSync(join(tmpdir(), 'wrangle-reports-'));
});
afterAll(async () => {
  await stages.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Bounds {
  readonly detection: number;
  readonly repair: number;
  readonly harmed: number;
}

const CASES: readonly (readonly [string, ReportOptions, Bounds])[] = [
  [
    'few errors',
    { seed: 1, errors: 0.15, things: 40, facts: 'mixed' },
    { detection: 0.98, repair: 0.98, harmed: 0.002 },
  ],
  ['many', { seed: 2, errors: 0.3, things: 40, facts: 'mixed' }, { detection: 0.98, repair: 0.98, harmed: 0.002 }],
  [
    'half of all',
    { seed: 3, errors: 0.5, things: 40, facts: 'times' },
    { detection: 0.97, repair: 0.96, harmed: 0.005 },
  ],
  ['half, many of them shared', { seed: 4, errors: 0.5, rivals: 0.3 }, { detection: 0.86, repair: 0.8, harmed: 0.03 }],
  // Many values that are frequent and wrong are lost.
  [
    'a few things, half of it shared',
    { seed: 3, errors: 0.4, things: 25, sources: 20, present: 0.9, rivals: 0.6 },
    { detection: 0.85, repair: 0.75, harmed: 0.03 },
  ],
  [
    'ten sources',
    { seed: 5, errors: 0.3, things: 60, sources: 10, present: 0.9 },
    { detection: 0.95, repair: 0.93, harmed: 0.01 },
  ],
];

test.each(CASES)('%s', async (_, options, bounds) => {
  const planted = makeReports(options);
  const data = join(folder, 'data.csv');
  writeFileSync(data, toCsv(planted.dirty));
  const { cells, steps } = await cleanTable(stages, data, planted.dirty.length);
  const counted = countCells(planted, (column, row) => cells.get(column)?.[row] ?? '');
  const { detection, repair, harmed } = counted;
  expect({
    counted,
    detection: detection >= bounds.detection,
    repair: repair >= bounds.repair,
    harmed: harmed <= bounds.harmed,
  }).toEqual({ counted, detection: true, repair: true, harmed: true });
  const operators = steps.map((step) => /"operator":"(\w+)"/.exec(step)?.[1]);
  expect(operators.filter((name) => name === 'resolve_conflicts')).toHaveLength(4);
  const repairs = ['repair_fd', 'repair_typo', 'fill_missing', 'null_outlier', 'drop_duplicates'];
  expect(operators.filter((name) => repairs.includes(name ?? ''))).toEqual([]);
});

test('every change is in the log, and undone', async () => {
  const { dirty } = makeReports({ seed: 6, errors: 0.3, things: 20, sources: 12 });
  const data = join(folder, 'data.csv');
  writeFileSync(data, toCsv(dirty));
  const run = async (type: string, inputs: Record<string, string>, outputs: readonly string[]) => {
    const { paths, error } = await stages.run(type, inputs, outputs);
    expect(error).toBeUndefined();
    return (port: string) => paths[port] ?? '';
  };
  const profile = (await run('profile', { data }, ['profile']))('profile');
  const candidates = (await run('generate', { profile }, ['candidates']))('candidates');
  const validation = (await run('validate', { data, candidates, profile }, ['validation']))('validation');
  const ranking = (await run('rank', { candidates, profile, validation }, ['ranking']))('ranking');
  const done = await run('apply', { data, profile, candidates, ranking }, ['clean', 'changes', 'recipe']);
  const recipe = JSON.parse(readFileSync(done('recipe'), 'utf8')) as RecipeDocument;
  const steps = recipe.steps.filter(({ operator }) => operator === 'resolve_conflicts');
  expect(steps).toHaveLength(4);
  for (const { scores } of steps) expect(scores.after?.consistency).toBeGreaterThan(scores.before?.consistency ?? 1);
  const again = await run('apply', { data, recipe: done('recipe') }, ['clean', 'changes']);
  expect(readFileSync(again('changes'), 'utf8').split('\n').slice(1)).toEqual(
    readFileSync(done('changes'), 'utf8').split('\n').slice(1),
  );
  const back = await run('undo', { clean: done('clean'), changes: done('changes') }, ['data']);
  const { digest } = JSON.parse(readFileSync(profile, 'utf8')).source;
  const undone = (await run('profile', { data: back('data') }, ['profile']))('profile');
  expect(JSON.parse(readFileSync(undone, 'utf8')).source.digest).toBe(digest);
});
