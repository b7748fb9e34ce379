// Operators on small tables: what a profile makes them propose, and what that does.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { candidatesFor } from '../../src/candidates/candidate.ts';
import type { CandidateDocument, ProfileDocument } from '../../src/documents.generated.ts';
import { operatorNamed } from '../../src/operators/catalogue.ts';
import type { Goal, Operator, Transformation } from '../../src/operators/operator.ts';
import { profileTable } from '../../src/profile/profile-table.ts';
import { type Database, withDatabase } from '../../src/table/duckdb.ts';
import { openTable } from '../../src/table/open-table.ts';
import type { OpenTable } from '../../src/table/table.ts';
import { findChanges, makeResult } from '../../src/transform/transform.ts';
import { loadWorkingTable, type WorkingTable } from '../../src/transform/working-table.ts';
import manifest from '../../wrangle.plugin.json' with { type: 'json' };

/** Rows of cells, the header first; null is a missing value. */
export type Cells = readonly (readonly (string | null)[])[];

export interface Outcome {
  /** `kind`, `row`, `column`, `before`, `after`, in order. */
  readonly log: readonly (readonly [string, number | null, string | null, string | null, string | null])[];
  /** The table afterwards, the header first, without `_row`. */
  readonly table: Cells;
  /** The same, when it is applied to its own result; empty for an operator that is for one time. */
  readonly again: Cells;
}

/** The text of a CSV with one column, `value`. */
export function oneColumn(values: readonly string[], name = 'value'): string {
  return csvOf([[name], ...values.map((value) => [value])]);
}

export function csvOf(cells: Cells): string {
  const quoted = (cell: string | null) => (cell === null ? '' : `"${cell.replaceAll('"', '""')}"`);
  return `${cells.map((row) => row.map(quoted).join(',')).join('\n')}\n`;
}

async function onTable<Made>(csv: string, act: (database: Database, table: OpenTable) => Promise<Made>): Promise<Made> {
  const folder = mkdtempSync(join(tmpdir(), 'wrangle-operators-'));
  try {
    const path = join(folder, 'data.csv');
    writeFileSync(path, csv);
    return await withDatabase('200 MB', new AbortController().signal, async (database) =>
      act(database, await openTable(database, path, { dialect: { delimiter: ',', quote: '"', header_rows: 1 } })),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As the stage type `profile` makes it with its defaults. */
export function profileOf(csv: string): Promise<ProfileDocument> {
  return onTable(csv, (database, table) =>
    profileTable(database, table, {
      columns: undefined,
      sampleRows: undefined,
      seed: 1,
      topK: 20,
      typeThreshold: 0.95,
      semanticThreshold: 0.9,
      missingTokens: manifest.stages.profile.params.properties.missing_tokens.default,
      keysMaxSize: 3,
      fdMaxLhs: 2,
      fdG3: 0.05,
      correlations: false,
      budget: 2_000_000,
      onStep: () => {},
    }),
  );
}

/** What the profile of a table speaks for, the surest first; of one operator when it is given. */
export async function candidatesOf(
  csv: string,
  operator?: Operator,
  goal: Goal = 'clean',
): Promise<CandidateDocument[]> {
  const found = candidatesFor(await profileOf(csv), goal);
  return operator ? found.filter((candidate) => candidate.operator === operator.name) : found;
}

/** The only candidate of an operator, and what it does. */
export async function proposed(csv: string, operator: Operator): Promise<CandidateDocument & Outcome> {
  const [candidate, ...others] = await candidatesOf(csv, operator);
  if (!candidate || others.length > 0) {
    throw new Error(`${operator.name} has ${candidate ? others.length + 1 : 0} candidates where one is asked for.`);
  }
  return { ...candidate, ...(await outcomeOf(csv, candidate)) };
}

export function outcomeOf(
  csv: string,
  { operator, columns, params }: Pick<CandidateDocument, 'operator' | 'columns' | 'params'>,
): Promise<Outcome> {
  const found = operatorNamed(operator);
  if (!found) throw new Error(`There is no operator ${operator} in the catalogue.`);
  return onTable(csv, async (database, opened) => {
    const table = await loadWorkingTable(database, opened, []);
    const apply = async (to: WorkingTable, name: string) => {
      const all = to.columns.map((column) => column.name);
      return await applyTo(database, to, found.transform(columns, params, all), name);
    };
    const result = await apply(table, 'once');
    const left = columns.every((column) => result.columns.some(({ name }) => name === column));
    return {
      log: (await database.query('SELECT * FROM once_changes')).map(
        ([kind, row, column, before, after]) =>
          [kind, row === null ? null : Number(row), column, before, after] as Outcome['log'][number],
      ),
      table: await cellsOf(database, result),
      again: left && found.idempotent ? await cellsOf(database, await apply(result, 'twice')) : [],
    };
  });
}

/** The table again, from what a candidate makes of it, by its inverse. */
export function restored(
  csv: string,
  { operator, columns, params }: Pick<CandidateDocument, 'operator' | 'columns' | 'params'>,
): Promise<Cells> {
  return onTable(csv, async (database, opened) => {
    const table = await loadWorkingTable(database, opened, []);
    const all = table.columns.map(({ name }) => name);
    const transformation = operatorNamed(operator)?.transform(columns, params, all);
    if (!transformation || !('inverseSql' in transformation)) throw new Error(`${operator} has no inverse.`);
    await applyTo(database, table, transformation, 'made');
    const rows = await database.query(
      `SELECT * EXCLUDE (_row) FROM (WITH data AS (SELECT * FROM made) ${transformation.inverseSql}) ORDER BY _row`,
    );
    return [all, ...(rows as (string | null)[][])];
  });
}

async function applyTo(
  database: Database,
  table: WorkingTable,
  transformation: Transformation,
  name: string,
): Promise<WorkingTable> {
  await findChanges(database, table, transformation, `${name}_changes`);
  return await makeResult(database, table, transformation, `${name}_changes`, name);
}

async function cellsOf(database: Database, table: WorkingTable): Promise<Cells> {
  const rows = await database.query(`SELECT * EXCLUDE (_row) FROM ${table.relation} ORDER BY _row`);
  return [table.columns.map(({ name }) => name), ...(rows as (string | null)[][])];
}

/** Cells that a candidate changed, as `row: before → after`. */
export function edits({ log }: Outcome): string[] {
  return log.map(([, row, , before, after]) => `${row}: ${before} → ${after}`);
}
