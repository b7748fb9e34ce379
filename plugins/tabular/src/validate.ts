/** The stage type `tabular/validate`: tries candidates on the data, and says what each would do. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineStage } from 'wrangle/plugin';
import type { Validate } from '../stage-types.d.ts';
import { readCandidates } from './candidates/folder.ts';
import type { CandidateDocument } from './documents.generated.ts';
import { readProfile } from './documents.ts';
import { profileByDefault } from './profile/profile-by-default.ts';
import { measure } from './quality/measure.ts';
import { freezeRules } from './quality/rules.ts';
import { DEFAULT_WEIGHTS } from './quality/score.ts';
import type { Database } from './table/duckdb.ts';
import { withDatabase } from './table/duckdb.ts';
import { sqlName, sqlText } from './table/names.ts';
import { openTable, unreadable } from './table/open-table.ts';
import { ROW } from './table/table.ts';
import { columnList, loadWorkingTable, type WorkingTable, workingDigest } from './transform/working-table.ts';
import { dropAttempt } from './validate/attempt.ts';
import type { Trial } from './validate/trial.ts';
import { type Tried, tryCandidate } from './validate/try-candidate.ts';

defineStage<Validate>({
  run: async (ctx) => {
    const { params, seed, signal, inputs, outputs } = ctx;
    const { memory, format, dialect, on_bad_row, max_rejects, sample_bytes } = params;
    const tableParams = { format, dialect, on_bad_row, max_rejects, sample_bytes };
    const { path } = inputs.data;
    const { index, all } = readCandidates(inputs.candidates.path);
    const profile = inputs.profile
      ? readProfile(inputs.profile.path)
      : await profileByDefault(path, tableParams, { memory, signal, seed });
    const folder = outputs.diffs?.path;
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    const diffOf = ({ operator, id }: CandidateDocument) => `${operator}-${id}.parquet`;
    const lines: string[] = [];
    let passed = 0;
    await withDatabase(memory, signal, async (database) => {
      const opened = await openTable(database, path, tableParams);
      const writable = folder === undefined ? [] : all.map((candidate) => join(folder, diffOf(candidate)));
      const table = await loadWorkingTable(database, opened, writable).catch((error: unknown) => {
        throw unreadable(path, error);
      });
      const known = table.columns.map(({ name }) => name);
      const missing = [
        ...(params.split ? [params.split.column] : []),
        ...(params.target === undefined ? [] : [params.target]),
        ...params.protected_columns,
      ].filter((name) => !known.includes(name));
      if (missing.length > 0) {
        const message = `The table has no column "${missing.join('", "')}". Its columns are "${known.join('", "')}".`;
        throw ctx.fail('column-not-found', 'critical', message);
      }
      const digest = await workingDigest(database, table, index.data.columns);
      if (digest !== index.data.digest) {
        const message = 'The candidates were made for another table: profile this one, and generate them anew.';
        throw ctx.fail('stale-candidates', 'critical', message);
      }
      if (profile.source.digest !== digest && inputs.profile) {
        const message = 'The profile is that of another table: make it anew, and the candidates with it.';
        throw ctx.fail('stale-candidates', 'critical', message);
      }
      const weights = { ...DEFAULT_WEIGHTS, ...params.weights };
      const rules = freezeRules(profile, { accuracy: weights.accuracy > 0 });
      const [[rows] = []] = await database.query(`SELECT count(*) FROM ${sqlName(table.relation)}`);
      const trial: Trial = {
        database,
        table,
        rows: Number(rows),
        sample: await sampleOf(database, table, Number(rows), params.sample_rows, seed),
        source: table,
        digest,
        profile,
        rules,
        measures: await measure(database, table, rules),
        weights,
        filled: undefined,
        limits: {
          rowTolerance: params.row_count_tolerance,
          nullTolerance: params.null_tolerance,
          valueTolerance: params.value_tolerance,
          parseTolerance: params.parse_tolerance,
          preserveSchema: params.preserve_schema,
          protectedColumns: params.protected_columns,
          checkLeakage: params.check_leakage,
          split: params.split,
          target: params.target,
          budget: params.budget,
        },
      };
      for (const [at, candidate] of all.entries()) {
        ctx.progress({ done: at, total: all.length, note: candidate.description });
        const tried = await tryCandidate(trial, candidate);
        const diff = folder === undefined ? null : await writeDiff(tried, candidate, folder, diffOf(candidate));
        if (tried.attempt) await dropAttempt(tried.attempt);
        if (tried.validation.passed) passed++;
        lines.push(JSON.stringify({ ...tried.validation, diff }));
      }
    });
    writeFileSync(outputs.validation.path, lines.map((line) => `${line}\n`).join(''));
    ctx.metrics['candidates'] = all.length;
    ctx.metrics['passed'] = passed;
  },
});

/** Undefined where the table has no more rows than that. */
async function sampleOf(
  database: Database,
  table: WorkingTable,
  rows: number,
  size: number,
  seed: number,
): Promise<WorkingTable | undefined> {
  if (rows <= size) return undefined;
  const from = sqlName(table.relation);
  const drawn = `SELECT ${ROW} FROM ${from} ORDER BY hash(${ROW}, ${seed}), ${ROW} LIMIT ${size}`;
  await database.query(
    `CREATE TABLE sample AS SELECT ${columnList(table)} FROM ${from} WHERE ${ROW} IN (${drawn}) ORDER BY ${ROW}`,
  );
  return { ...table, relation: 'sample' };
}

/** Gives the name of the file; null where nothing changes. */
async function writeDiff(
  { attempt, validation }: Tried,
  { operator, id }: CandidateDocument,
  folder: string,
  file: string,
): Promise<string | null> {
  const { cells_changed: cells, rows_dropped: rows, columns_added: added, columns_dropped: dropped } = validation;
  if (!attempt || cells + rows + added.length + dropped.length === 0) return null;
  const columns = `0 AS step, ${sqlText(operator)} AS operator, ${sqlText(id)} AS candidate, kind, row, "column", before, after`;
  await attempt.trial.database.query(
    `COPY (SELECT ${columns} FROM ${sqlName(attempt.changes)}) TO ${sqlText(join(folder, file))} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)`,
  );
  return file;
}
