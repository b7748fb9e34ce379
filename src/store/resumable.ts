/** Which run to go on with. Reads what is kept of runs, newest first, and no more of them than it must. */
import { nearest } from '../diagnostics/suggest.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { LockHolder } from '../ports/workspace-lock.ts';
import { canonicalJson, type Json } from '../util/canonical-json.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { findRun, listRuns, readRun } from './run-records.ts';

export interface NoRun {
  /** Both whole sentences. */
  readonly message: string;
  readonly help: string | undefined;
}

const SHOWN_MAX = 5;

/**
 * `wanted`: the id of a run, or the beginning of one; undefined: the newest that has something left, of those the newest
 * in which the given stages wait for an answer.
 */
export function findResumable(
  fs: FileSystem,
  stateDir: string,
  builder: LockHolder | undefined,
  { wanted, answering }: { readonly wanted: string | undefined; readonly answering: readonly string[] },
): Result<RunRecord, NoRun> {
  if (wanted !== undefined) return findNamed(fs, stateDir, builder, wanted);
  const resumable = resumableRuns(fs, stateDir, builder);
  let newest: RunRecord | undefined;
  for (const run of resumable) {
    newest ??= run;
    if (answering.every((stage) => run.stages[stage]?.outcome === 'suspended')) return ok(run);
  }
  if (newest) return ok(newest);
  const [last] = listRuns(fs, stateDir, builder);
  const message = last
    ? `There is no run to go on with: the last one, ${last.run_id}, is ${last.outcome}.`
    : 'There is no run yet, so there is none to go on with.';
  return err({ message, help: 'wrangle build runs what is stale.' });
}

function findNamed(
  fs: FileSystem,
  stateDir: string,
  builder: LockHolder | undefined,
  wanted: string,
): Result<RunRecord, NoRun> {
  const found = findRun(fs, stateDir, wanted, builder);
  if (!found.ok) return err(unknownRun(fs, stateDir, builder, wanted, found.error));
  const { run_id: id, outcome } = found.value;
  const record = readRun(fs, stateDir, id, builder);
  if (record?.outcome === 'running') return err({ message: `The run ${id} goes on at this moment.`, help: undefined });
  if (record?.request) return ok(record);
  const message =
    outcome === 'done'
      ? `The run ${id} had nothing to do, so there is nothing to go on with.`
      : `What the run ${id} was asked for is not known any more.`;
  return err({ message, help: 'wrangle build runs what is stale.' });
}

function unknownRun(
  fs: FileSystem,
  stateDir: string,
  builder: LockHolder | undefined,
  wanted: string,
  candidates: readonly string[],
): NoRun {
  if (candidates.length > 0) {
    const some = candidates.slice(0, SHOWN_MAX).join(', ');
    return { message: `Several runs begin with ${quoteName(wanted)}: ${some}.`, help: undefined };
  }
  const near = nearest(
    wanted,
    listRuns(fs, stateDir, builder).map(({ run_id }) => run_id),
  );
  const ids: string[] = [];
  for (const { job_id } of resumableRuns(fs, stateDir, builder)) {
    ids.push(job_id);
    if (ids.length === SHOWN_MAX) break;
  }
  const rest = ids.length === 0 ? 'No run can be gone on with.' : `To go on with there are ${ids.join(', ')}.`;
  const help = near === undefined ? rest : `Did you mean ${quoteName(near)}? ${rest}`;
  return { message: `There is no run ${quoteName(wanted)}.`, help };
}

/** Newest first; a run is over, too, when a later one that was asked for the same has done it all. */
function* resumableRuns(fs: FileSystem, stateDir: string, builder: LockHolder | undefined): Generator<RunRecord> {
  const doneSince = new Set<string>();
  for (const { run_id: id, outcome } of listRuns(fs, stateDir, builder)) {
    const record = outcome === 'running' ? undefined : readRun(fs, stateDir, id, builder);
    if (!record?.request || record.undoes !== null) continue;
    const { targets, select = [], exclude = [], params } = record.request;
    const asked = canonicalJson([record.pipeline, targets, select, exclude, params] as unknown as Json);
    if (record.outcome === 'done') doneSince.add(asked);
    else if (record.can_resume && !doneSince.has(asked)) yield record;
  }
}
