// What is held against a candidate: operators that do harm in one way each.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CandidateDocument } from '../../src/documents.generated.ts';
import type { Operator } from '../../src/operators/operator.ts';
import type { Transformation } from '../../src/operators/transformation.ts';
import { measure } from '../../src/quality/measure.ts';
import { freezeRules } from '../../src/quality/rules.ts';
import { DEFAULT_WEIGHTS } from '../../src/quality/score.ts';
import { withDatabase } from '../../src/table/duckdb.ts';
import { openTable } from '../../src/table/open-table.ts';
import { loadWorkingTable } from '../../src/transform/working-table.ts';
import { dropAttempt } from '../../src/validate/attempt.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/validate/trial.ts';
import { tryTransformation } from '../../src/validate/try-candidate.ts';
import { type Cells, csvOf, profileOf } from '../operators/support.ts';

/** 60 orders: a key, a column that decides another, numbers, words, dates. */
const ORDERS: Cells = [
  ['order_id', 'city', 'code', 'size', 'note', 'day', 'part'],
  ...Array.from({ length: 60 }, (_, at) => [
    `o${100 + at}`,
    ['Bath', 'York', 'Leeds'][at % 3] as string,
    ['BA', 'YO', 'LS'][at % 3] as string,
    String(10 + ((at * 7) % 23)),
    at % 12 === 5 ? null : `note ${at % 17} of ${String.fromCharCode(97 + (at % 13))}`,
    `2024-0${1 + (at % 9)}-1${at % 10}`,
    at < 40 ? 'train' : 'test',
  ]),
];

interface Spec {
  readonly transformation: Transformation;
  readonly operator?: Partial<Operator>;
  readonly candidate?: Partial<CandidateDocument>;
  readonly limits?: Partial<Limits>;
  readonly sampled?: boolean;
}

const cells = (sql: string, ...columns: string[]): Transformation => ({ kind: 'cells', columns, sql });

async function issuesOf({ transformation, operator = {}, candidate = {}, limits = {}, sampled = false }: Spec) {
  const csv = csvOf(ORDERS);
  const profile = await profileOf(csv);
  const folder = mkdtempSync(join(tmpdir(), 'wrangle-validate-'));
  try {
    const path = join(folder, 'data.csv');
    writeFileSync(path, csv);
    return await withDatabase('200 MB', new AbortController().signal, async (database) => {
      const opened = await openTable(database, path, { dialect: { delimiter: ',', header_rows: 1 } });
      const table = await loadWorkingTable(database, opened, []);
      const rules = freezeRules(profile);
      if (sampled) await database.query('CREATE TABLE sample AS SELECT * FROM data WHERE _row < 20');
      const trial = {
        database,
        table,
        rows: 60,
        sample: sampled ? { ...table, relation: 'sample' } : undefined,
        source: table,
        digest: profile.source.digest,
        profile,
        rules,
        measures: await measure(database, table, rules),
        weights: DEFAULT_WEIGHTS,
        filled: undefined,
        limits: { ...DEFAULT_LIMITS, ...limits },
      };
      const columns = 'columns' in transformation && transformation.kind === 'cells' ? [...transformation.columns] : [];
      const document = {
        id: 'aaaaaaaaaaaa',
        operator: 'made_up',
        columns,
        params: {},
        confidence: 0.9,
        flagged: null,
        cost: 1,
        ...candidate,
      } as CandidateDocument;
      const made = {
        name: 'made_up',
        phase: 'text',
        changes: transformation.kind,
        reversible: 'with_log',
        fitted: false,
        idempotent: false,
        cost: 1,
        params: {},
        transform: () => transformation,
        ...operator,
      } as unknown as Operator;
      const { validation, attempt } = await tryTransformation(trial, document, made, transformation);
      if (attempt) await dropAttempt(attempt);
      const left = await database.query(
        "SELECT table_name FROM duckdb_tables() WHERE NOT starts_with(table_name, 'data')",
      );
      expect(left.flat().filter((name) => name !== 'sample')).toEqual([]);
      return validation;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const of = ({ issues }: { issues: readonly { severity: string; code: string; message: string }[] }) =>
  issues.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);

test('nothing is held against what does no harm', async () => {
  const validation = await issuesOf({
    transformation: cells('SELECT _row, trim(note) AS note FROM data', 'note'),
    operator: { idempotent: true },
  });
  expect(validation).toMatchObject({ passed: true, issues: [], cells_changed: 0, sample_only: false, rows: 60 });
  expect(validation.scores.after).toEqual(validation.scores.before);
});

test('rows that go', async () => {
  const half = await issuesOf({ transformation: { kind: 'rows', sql: 'SELECT _row FROM data WHERE _row % 2 = 0' } });
  expect(of(half)).toContain('error row_loss: 30 rows of 60 would go, which is more than the share of 0.1 that may.');
  expect(half).toMatchObject({ passed: false, rows_dropped: 30, cells_changed: 0 });
  const few = await issuesOf({ transformation: { kind: 'rows', sql: 'SELECT _row FROM data WHERE _row < 5' } });
  expect(few).toMatchObject({ passed: true, rows_dropped: 5 });
  expect(few.scores.after.overall).toBeLessThanOrEqual(few.scores.before.overall);
});

test('rows that go together with what they had', async () => {
  const far = await issuesOf({
    transformation: { kind: 'rows', sql: 'SELECT _row FROM data WHERE size::INTEGER < 20' },
    limits: { rowTolerance: 0.9 },
  });
  expect(of(far)[0]).toMatch(
    /^error drift: Values of "size" are distributed otherwise: the population stability index is \d+\.\d\d, the largest distance of the two distributions is 0\.\d\d; its mean moves by 0\.\d\d standard deviations\.$/,
  );
});

test('values that become missing', async () => {
  const nulls = await issuesOf({
    transformation: cells('SELECT _row, CASE WHEN _row < 10 THEN NULL ELSE city END AS city FROM data', 'city'),
  });
  expect(of(nulls)).toContain(
    'error new_nulls: 10 values of "city" would be missing afterwards, of 60, which is more than the share of 0.05 that may.',
  );
  const parse = await issuesOf({
    transformation: cells('SELECT _row, CASE WHEN _row < 2 THEN NULL ELSE size END AS size FROM data', 'size'),
    operator: { phase: 'form' },
  });
  expect(of(parse)).toContain(
    'error parse_failures: 2 values of "size" would be missing afterwards, of 60: they cannot be read in the form that is asked for, and no more than a share of 0.01 may.',
  );
});

test('values that cannot be told apart any more', async () => {
  const merged = await issuesOf({
    transformation: cells("SELECT _row, 'a note' AS note FROM data WHERE note IS NOT NULL", 'note'),
  });
  expect(
    of(merged)
      .filter((one) => one.includes('value_loss'))
      .join(),
  ).toMatch(
    /^error value_loss: \d+ values of \d+ different ones of "note" could not be told from others any more, and no more than a share of 0.05 may.$/,
  );
  const moved = await issuesOf({
    transformation: cells("SELECT _row, 'x' AS city, city || ' ' || code AS code FROM data", 'city', 'code'),
  });
  expect(of(moved).filter((one) => one.includes('value_loss'))).toEqual([]);
});

test('columns that are not its own, and protected ones', async () => {
  const both = cells('SELECT _row, upper(city) AS city, lower(code) AS code FROM data', 'city', 'code');
  const other = await issuesOf({ transformation: both, candidate: { columns: ['city'] } });
  expect(of(other)).toContain('error schema: It changes columns that it is not about: "code".');
  const kept = await issuesOf({ transformation: both, limits: { protectedColumns: ['code'] } });
  expect(of(kept)).toContain('error protected: It changes "code", which is protected.');
  const gone: Transformation = {
    kind: 'columns',
    columns: [{ name: 'city', label: 'city' }],
    sql: 'SELECT _row, city FROM data',
  };
  const asked = await issuesOf({ transformation: gone, limits: { preserveSchema: true } });
  expect(of(asked)).toContain(
    'error schema: Columns come or go, which is not wanted here: "order_id", "code", "size" and 3 others.',
  );
  const free = await issuesOf({ transformation: gone });
  expect(free.passed).toBe(true);
  expect(free.scores.after).toEqual(free.scores.before);
});

test('rules that were kept before', async () => {
  const broken = await issuesOf({
    transformation: cells("SELECT _row, CASE WHEN _row % 10 = 0 THEN 'YO' ELSE code END AS code FROM data", 'code'),
  });
  expect(of(broken)).toContain(
    'error constraints: Rows with the same "city" have the same "code": 93.33 % afterwards, 100 % before.',
  );
  const key = await issuesOf({
    transformation: cells(
      "SELECT _row, CASE WHEN _row = 1 THEN 'o100' ELSE order_id END AS order_id FROM data",
      'order_id',
    ),
  });
  expect(of(key)).toContain(
    'error constraints: "order_id" is different in every row: 98.33 % afterwards, 100 % before.',
  );
  const filled = await issuesOf({
    transformation: cells("SELECT _row, '99' AS size FROM data WHERE _row = 3", 'size'),
    operator: { phase: 'outlier' },
  });
  expect(of(filled)).toContain('error constraints: 1 new value of "size" would be outside the bounds of the others.');
  const strange = await issuesOf({
    transformation: cells("SELECT _row, 'Paris' AS city FROM data WHERE _row = 3", 'city'),
    operator: { phase: 'typo' },
  });
  expect(of(strange)).toContain(
    'error constraints: 1 new value of "city" would be not among the values that there are.',
  );
});

test('another result of its own result', async () => {
  const twice = await issuesOf({
    transformation: cells("SELECT _row, note || '!' AS note FROM data", 'note'),
    operator: { idempotent: true },
  });
  expect(of(twice)).toContain('error idempotent: Applied to its own result, it changes 55 cells again.');
});

test('another result of the same table', async () => {
  const chance = await issuesOf({ transformation: cells('SELECT _row, random()::VARCHAR AS note FROM data', 'note') });
  expect(of(chance)).toContain('error deterministic: Run twice, it gives two results.');
  const order = await issuesOf({
    transformation: cells('SELECT _row, (SELECT first(note) FROM data) AS note FROM data WHERE note IS NULL', 'note'),
  });
  expect(of(order)).toContain(
    'error deterministic: Its result depends on the order in which rows are stored, which no file promises.',
  );
});

test('an inverse that is none', async () => {
  const columns = ORDERS[0]?.map((name) => ({ name: String(name), label: String(name) })) ?? [];
  const wrong = await issuesOf({
    transformation: {
      kind: 'columns',
      columns,
      sql: 'SELECT * REPLACE (upper(city) AS city) FROM data',
      inverseSql: 'SELECT * REPLACE (lower(city) AS city) FROM data',
    },
    operator: { reversible: 'yes' },
  });
  expect(of(wrong)).toContain(
    'error reversible: Its inverse does not give back what was there: 60 rows come out otherwise.',
  );
});

test('what is learned from what may not be seen', async () => {
  const mean = cells('SELECT _row, (SELECT max(size) FROM data) AS size FROM data WHERE _row % 9 = 0', 'size');
  const split = { column: 'part', values: ['train'] };
  const fitted = await issuesOf({
    transformation: cells(
      'SELECT _row, (SELECT count(*) FROM data)::VARCHAR AS size FROM data WHERE _row % 9 = 0',
      'size',
    ),
    operator: { fitted: true },
    limits: { split },
  });
  expect(of(fitted)).toContain(
    'error leakage: It learns from rows that a model is not trained on: without them, 5 rows would come out otherwise.',
  );
  const free = await issuesOf({ transformation: mean, limits: { split } });
  expect(of(free).filter((one) => one.includes('leakage'))).toEqual([]);
  const target = await issuesOf({
    transformation: cells(`SELECT _row, "code" AS note FROM data WHERE note IS NULL`, 'note'),
    limits: { target: 'code' },
  });
  expect(of(target)).toContain(
    'error leakage: It reads "code", which is to be predicted: 5 rows would come out otherwise without it.',
  );
});

test('more than was expected', async () => {
  const many = await issuesOf({
    transformation: cells('SELECT _row, upper(city) AS city FROM data', 'city'),
    candidate: { flagged: 4 },
  });
  expect(of(many)).toContain(
    'warning minimality: It changes 60 cells, more than 3 times the 4 that the profile speaks of.',
  );
});

test('what fails on a part of the rows is not tried on all, nor what is too much', async () => {
  const half = await issuesOf({
    transformation: { kind: 'rows', sql: 'SELECT _row FROM data WHERE _row % 2 = 0' },
    sampled: true,
  });
  expect(half).toMatchObject({ passed: false, sample_only: true, rows: 20, rows_dropped: 10 });
  const large = await issuesOf({
    transformation: cells('SELECT _row, upper(city) AS city FROM data', 'city'),
    sampled: true,
    limits: { budget: 100 },
  });
  expect(large).toMatchObject({ passed: true, sample_only: true, rows: 20 });
  expect(of(large)).toEqual([
    'warning budget: The table is too large for all rows to be tried within the budget of 100 cells; a part of them was.',
  ]);
});

test('SQL that fails is an issue', async () => {
  const wrong = await issuesOf({ transformation: cells('SELECT _row, size::DATE AS size FROM data', 'size') });
  expect(wrong).toMatchObject({ passed: false, cells_changed: 0 });
  expect(of(wrong)[0]).toMatch(/^error not_applicable: It cannot be run: Conversion Error: /);
});
