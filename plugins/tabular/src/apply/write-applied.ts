/** Writes what came of steps: the table as it is now, and the log that leads back. */
import type { Database } from '../table/duckdb.ts';
import { type WorkingTable, workingDigest } from '../transform/working-table.ts';
import { writeChangeLog } from './change-log.ts';
import type { WrittenFormat } from './formats.ts';
import { countRows, rowRuns, type Shape, shapeAfter } from './shape.ts';
import type { SourceRecord } from './source-record.ts';
import type { Steps } from './steps.ts';
import { type WrittenTypes, writeClean } from './write-clean.ts';

export interface WrittenFile {
  readonly path: string;
  readonly format: WrittenFormat;
}

export interface AppliedOptions {
  readonly clean: WrittenFile;
  readonly changes: WrittenFile;
  readonly types: WrittenTypes;
  /** What is written as `clean` is the source. */
  readonly dryRun: boolean;
}

/** `table` is what the steps began with, `digest` its digest. */
export async function writeApplied(
  database: Database,
  source: { readonly table: WorkingTable; readonly shape: Shape; readonly digest: string },
  steps: Steps,
  { clean, changes, types, dryRun }: AppliedOptions,
): Promise<SourceRecord> {
  const { shape, digest } = source;
  const runs = await rowRuns(database, source.table.relation);
  const before = {
    version: 1 as const,
    digest,
    rows: countRows(runs),
    row_runs: runs,
    ...shape,
    restructured: steps.restructured,
  };
  const isSame = steps.taken.length === 0;
  const runsAfter = isSame ? runs : await rowRuns(database, steps.table.relation);
  const shapeNow = isSame ? shape : shapeAfter(shape, steps.table.columns);
  const digestAfter = isSame ? digest : await workingDigest(database, steps.table);
  const written = dryRun
    ? { relation: source.table.relation, shape, runs }
    : { relation: steps.table.relation, shape: shapeNow, runs: runsAfter };
  const plain = await writeClean(database, written, clean.format, types, clean.path);
  const record: SourceRecord = {
    before,
    after: {
      digest: digestAfter,
      rows: countRows(runsAfter),
      row_runs: runsAfter,
      ...shapeNow,
      format: clean.format,
      plain_numbers: plain,
      dry_run: dryRun,
    },
  };
  await writeChangeLog(database, record, steps.taken, changes.format, changes.path);
  return record;
}
