// `tabular/validate` and `tabular/score` as they are run.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileSchema } from '../../../../src/schema/validate.ts';
import type { Json } from '../../../../src/util/canonical-json.ts';
import { candidatesFor } from '../../src/candidates/candidate.ts';
import { writeCandidates } from '../../src/candidates/folder.ts';
import type { CandidateDocument, QualityDocument, ValidationDocument } from '../../src/documents.generated.ts';
import { csvOf, profileOf } from '../operators/support.ts';
import { runStage, useWorker } from '../run-stage.ts';

let folder: string;
let count = 0;

useWorker();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrangle-validate-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = Array.from({ length: 60 }, (_, at) => [
  String(at),
  `${at % 10 === 3 ? ' ' : ''}${['Bath', 'York', 'Leeds'][at % 3]}`,
  at % 30 === 4 ? '7 oz' : String(at % 11),
  at % 7 === 0 ? null : `remark ${at}`,
  `2024-01-${String(1 + (at % 28)).padStart(2, '0')}`,
]);
const MESSY = csvOf([['id', 'city', 'size', 'note', 'day'], ...ROWS, ROWS[59] ?? []]);

function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, `${count++}`, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

interface Made {
  readonly data: string;
  readonly profile: string;
  readonly candidates: string;
  readonly all: readonly CandidateDocument[];
}

async function make(text: string): Promise<Made> {
  const found = await profileOf(text);
  const candidates = join(folder, `${count++}`);
  const all = candidatesFor(found, 'clean');
  const { digest } = found.source;
  const columns = found.columns.map(({ name }) => name);
  writeCandidates(candidates, all, { data: { digest, rows: found.table.rows, columns }, goal: 'clean', left_out: 0 });
  return { data: write('data.csv', text), profile: write('profile.json', JSON.stringify(found)), candidates, all };
}

let messy: Made;
let other: Made;

beforeAll(async () => {
  messy = await make(MESSY);
  other = await make(MESSY.replace('Leeds', 'Leads'));
});

function fits(name: string, document: unknown): unknown {
  const schema = compileSchema(
    JSON.parse(readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8')) as Json,
  );
  return schema.ok ? schema.value(document as Json) : schema.error;
}

type Inputs = { readonly [port: string]: string };

async function validate(inputs: Inputs, params: object = {}) {
  const end = await runStage('validate', { inputs, params, output: 'validation.jsonl' });
  expect(end.result?.error).toBeUndefined();
  const text = String(end.output);
  const lines = text.split('\n').filter(Boolean);
  return {
    text,
    lines: lines.map((line) => JSON.parse(line) as ValidationDocument),
    diffs: String(end.outputs['diffs']).split('\n').filter(Boolean),
  };
}

async function score(inputs: Inputs, params: object = {}) {
  const end = await runStage('score', { inputs, params, output: 'quality.json' });
  expect(end.result?.error).toBeUndefined();
  return { quality: JSON.parse(String(end.output)) as QualityDocument, text: String(end.output), logs: end.logs };
}

async function refused(type: 'score' | 'validate', inputs: Inputs, params: object = {}): Promise<string> {
  const end = await runStage(type, { inputs, params, output: 'out' });
  const { code, message } = (end.result?.error ?? {}) as { code?: string; message?: string };
  return `${code}: ${message}`;
}

test('every candidate has a line, and a file where it changes something', async () => {
  const { data, profile, candidates, all } = messy;
  const { lines, diffs, text } = await validate({ data, profile, candidates });
  expect(lines.map(({ candidate }) => candidate)).toEqual(all.map(({ id }) => id));
  for (const line of lines) expect(fits('validation', line)).toEqual([]);
  expect(lines.flatMap(({ diff }) => diff ?? []).sort()).toEqual(diffs);
  const trim = lines.find(({ operator }) => operator === 'trim_whitespace');
  expect(trim).toMatchObject({
    passed: true,
    rows: 61,
    cells_changed: 6,
    changed: [{ column: 'city', cells: 6, to_missing: 0, filled: 0 }],
    issues: [],
  });
  expect(trim?.examples[0]).toMatchObject({ column: 'city', before: ' Bath', after: 'Bath' });
  expect(trim?.scores.after.validity).toBeGreaterThan(trim?.scores.before.validity ?? 1);
  // Without a profile it makes one; and the same again gives the same bytes.
  expect((await validate({ data, candidates })).text).toBe(text);
});

test('what was made for another table is refused', async () => {
  const { data, profile, candidates } = messy;
  expect(await refused('validate', { data, profile, candidates: other.candidates })).toBe(
    'stale-candidates: The candidates were made for another table: profile this one, and generate them anew.',
  );
  expect(await refused('validate', { data, profile: other.profile, candidates })).toBe(
    'stale-candidates: The profile is that of another table: make it anew, and the candidates with it.',
  );
  expect(await refused('score', { data, profile: other.profile })).toBe(
    'stale-profile: The profile is that of another table than "data.csv": profile this one first.',
  );
});

test('columns that are not there', async () => {
  const { data, profile, candidates } = messy;
  expect(await refused('validate', { data, profile, candidates }, { target: 'price' })).toBe(
    'column-not-found: The table has no column "price". Its columns are "id", "city", "size", "note", "day".',
  );
  expect(await refused('validate', { data, profile, candidates }, { protected_columns: ['size', 'Size'] })).toBe(
    'column-not-found: The table has no column "Size". Its columns are "id", "city", "size", "note", "day".',
  );
  const timeliness = { column: 'price', now: '2024-02-01', days: 30, exponent: 1 };
  expect(await refused('score', { data, profile }, { timeliness })).toBe(
    'column-not-found: The profile has no column "price". Its columns are "id", "city", "size", "note", "day".',
  );
});

test('quality before and after', async () => {
  const { data, profile } = messy;
  const cleaned = ROWS.map(([id, city, size, note, day]) => [
    id ?? null,
    (city ?? '').trim(),
    (size ?? '').replace(' oz', ''),
    note ?? null,
    day ?? null,
  ]);
  const clean = write('clean.csv', csvOf([['id', 'city', 'size', 'note', 'day'], ...cleaned]));
  const { quality, text } = await score({ data, profile, clean });
  expect(fits('quality', quality)).toEqual([]);
  expect(quality).toMatchObject({ passed: true, min_score: 0.5 });
  expect(quality.delta?.['overall']).toBeGreaterThan(0);
  expect(quality.after).toMatchObject({ validity: 1, uniqueness: 1, completeness: quality.before.completeness });
  const rule = quality.rules.find((one) => one.rule === 'different_rows');
  expect(rule).toMatchObject({ before: { applicable: 61, satisfied: 60 }, after: { applicable: 60, satisfied: 60 } });
  expect((await score({ data, profile, clean })).text).toBe(text);
});

test('the log of changes says which rows are gone', async () => {
  const { data, profile } = messy;
  const header = ['id', 'city', 'size', 'note', 'day'];
  const clean = write('clean.csv', csvOf([header, ...ROWS.slice(1), ROWS[59] ?? []]));
  const row = {
    step: 0,
    operator: 'drop_rows',
    candidate: 'x',
    kind: 'row',
    row: 0,
    column: null,
    before: '{}',
    after: null,
  };
  const changes = write('changes.jsonl', `${JSON.stringify(row)}\n`);
  const told = await score({ data, profile, clean, changes });
  // The row that is gone counts as it was, and nothing else is different.
  expect(told.quality.after).toEqual(told.quality.before);
  const untold = await score({ data, profile, clean });
  expect(untold.quality.after).not.toEqual(untold.quality.before);
});

test('a table that is not good enough, and one that is old', async () => {
  const { data, profile } = messy;
  const timeliness = { column: 'day', now: '2024-01-31', days: 60, exponent: 1 };
  const { quality, logs } = await score({ data, profile }, { min_score: 0.999, timeliness });
  expect(quality.passed).toBe(false);
  expect(quality.before.timeliness).toBeCloseTo(
    ROWS.concat([ROWS[59] ?? []]).reduce((sum, [, , , , day]) => sum + 1 - (31 - Number(day?.slice(8))) / 60, 0) / 61,
    6,
  );
  expect(logs).toEqual([
    `The quality is ${quality.before.overall.toFixed(3)}, below the 0.999 that are asked for (\`min_score\`).`,
  ]);
});
