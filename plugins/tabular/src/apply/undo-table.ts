/** Undoes what `apply` did, and checks that it is undone. */
import type { Database } from '../table/duckdb.ts';
import { workingDigest } from '../transform/working-table.ts';
import { readChangeLog, readClean, staleChanges } from './read-written.ts';
import type { SourceBefore } from './source-record.ts';
import { undoSteps } from './undo-steps.ts';

export interface Undone {
  /** Table of texts, as the source was. */
  readonly relation: string;
  readonly source: SourceBefore;
  /** Undone. */
  readonly steps: number;
}

/**
 * Errors: throws `format-error`
 * for what is no log of changes, `stale-changes` when `clean` is not the table they led to.
 */
export async function undoTable(database: Database, clean: string, changes: string): Promise<Undone> {
  const { source, into: log } = await readChangeLog(database, changes);
  const { before, after } = source;
  if (after.dry_run) throw staleChanges(clean, 'it was written with `dry_run`, so nothing was changed');
  const relation = 'clean';
  await readClean(database, clean, after, relation);
  if ((await workingDigest(database, { relation, columns: after.columns })) !== after.digest) {
    throw staleChanges(clean, 'a cell, a row or a name in it is another one');
  }
  const [[last] = []] = await database.query(`SELECT coalesce(max(step), -1) FROM ${log} WHERE kind <> 'source'`);
  const steps = Math.max(Number(last), before.restructured.at(-1)?.step ?? -1) + 1;
  const undone = await undoSteps(database, { relation, columns: after.columns }, log, steps, before.restructured);
  if ((await workingDigest(database, undone)) !== before.digest) {
    throw staleChanges(
      changes,
      'the changes do not lead back to the source; a record of them was changed or is missing',
    );
  }
  return { relation: undone.relation, source: before, steps };
}
