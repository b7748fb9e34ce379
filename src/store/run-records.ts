/**
 * Reads what is kept of runs, and keeps it small. History is a convenience: what is damaged is skipped, never an error,
 * and nothing the engine decides depends on it.
 */
import { posix } from 'node:path';
import type { WrangleEvent } from '../model/event.ts';
import type { OutcomeCounts } from '../model/outcome.ts';
import { OUTCOMES } from '../model/outcome.ts';
import type { OutputChange } from '../model/output-change.ts';
import type { RunRecord, RunSummary } from '../model/run-record.ts';
import type { FileSystem } from '../ports/file-system.ts';
import type { LockHolder } from '../ports/workspace-lock.ts';
import { compareText } from '../util/compare.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { RunFold } from './run-fold.ts';
import { eventsPath, isRunId, runFolder, runJsonPath, runsFolder, runsIndexPath, stageLogFolder } from './run-paths.ts';

const FORMAT = 1;
const RUN_FOLDERS_MAX = 200;
const STAGES_ASKED_RUNS = 20;
/** Beyond this size the index is cut to its newest lines. */
const INDEX_BYTES_MAX = 512 * 1024;
const INDEX_LINES_KEPT = 1000;
const LINE_START = `{"format":${FORMAT},`;

/** Output of one attempt. */
export interface StageLog {
  readonly run_id: string;
  readonly attempt: number;
  /** Absolute. */
  readonly path: string;
}

/** Adds the line of a run that has ended. Errors: those of the disk. */
export function appendRunSummary(fs: FileSystem, stateDir: string, run: RunSummary): void {
  const path = runsIndexPath(stateDir);
  const size = fs.stat(path)?.size;
  if (size === undefined) fs.makeFolder(runsFolder(stateDir));
  fs.appendFile(path, `${indexLine(run)}\n`);
  if (size === undefined || size < INDEX_BYTES_MAX) return;
  const newest = readIndexLines(fs, stateDir).slice(-INDEX_LINES_KEPT);
  fs.writeFile(`${path}.new`, newest.map((line) => `${indexLine(line)}\n`).join(''));
  fs.rename(`${path}.new`, path);
}

/**
 * Newest first. Damaged lines are skipped. A run that has a folder but no line (it goes on, it was killed, or the index
 * was lost) is read from its own files. `builder` is who builds in the workspace now.
 */
export function listRuns(fs: FileSystem, stateDir: string, builder?: LockHolder): RunSummary[] {
  const runs = new Map(readIndexLines(fs, stateDir).map((run) => [run.run_id, run]));
  for (const id of runFolders(fs, stateDir)) {
    const record = runs.has(id) ? undefined : readRun(fs, stateDir, id, builder);
    if (record) runs.set(id, summaryOf(record));
  }
  return [...runs.values()].sort((a, b) => compareText(b.started_at, a.started_at) || compareText(b.run_id, a.run_id));
}

/**
 * Undefined when there is no such run or its record is damaged. One that was never closed is `running` while its build
 * is there, and `interrupted` else.
 */
export function readRun(fs: FileSystem, stateDir: string, runId: string, builder?: LockHolder): RunRecord | undefined {
  if (!isRunId(runId)) return undefined;
  const parsed = parseJson(fs.readText(runJsonPath(stateDir, runId)));
  if (!isRunRecord(parsed) || parsed.job_id !== runId) return undefined;
  // A record of an earlier version lacks what was not thought of then.
  const record = { ...NOT_KEPT_ONCE, ...parsed };
  if (record.outcome !== 'running') return record;
  // Only one builds at a time, so what began while it held the lock is its run.
  const isThere = builder !== undefined && builder.started_at <= record.started_at;
  return upToDate(fs, stateDir, record, isThere ? 'running' : 'interrupted');
}

const NOT_KEPT_ONCE = { undoes: null, changes: [], params: {}, fresh: null, skipped: {}, adopted: {} };

/** Of a run that was not closed the events are there sooner than its record, which counts where they are damaged. */
function upToDate(fs: FileSystem, stateDir: string, record: RunRecord, outcome: RunRecord['outcome']): RunRecord {
  try {
    return fromEvents(fs, stateDir, record, outcome);
  } catch {
    return { ...record, outcome };
  }
}

/** Errors: any, since a damaged line may be an event of any shape; those of the disk. */
function fromEvents(fs: FileSystem, stateDir: string, record: RunRecord, outcome: RunRecord['outcome']): RunRecord {
  const fold = new RunFold();
  let lastAt = record.timestamp;
  for (const line of (fs.readText(eventsPath(stateDir, record.job_id)) ?? '').split('\n')) {
    const event = parseJson(line);
    if (!isEvent(event)) continue;
    fold.apply(event);
    if (event.timestamp > lastAt) lastAt = event.timestamp;
  }
  if (!fold.started) return { ...record, outcome };
  const { job_id: runId, pipeline, labels, params, request, resumes } = record;
  const undoes = record.undoes === null ? {} : { undoes: record.undoes };
  const startedAtMs = Date.parse(record.started_at);
  return fold.record({
    runId,
    pipeline,
    labels,
    params,
    request,
    resumes,
    ...undoes,
    startedAtMs,
    nowMs: Date.parse(lastAt),
    outcome,
  });
}

/**
 * Adds what recovery finished to the events of a run that was killed, as if it had happened when the run was. History is
 * a convenience: when it cannot be written, nothing else fails.
 */
export function addChanges(
  fs: FileSystem,
  stateDir: string,
  {
    runId,
    stage,
    changes,
  }: { readonly runId: string; readonly stage: string; readonly changes: readonly OutputChange[] },
): void {
  if (changes.length === 0 || readRun(fs, stateDir, runId)?.outcome !== 'interrupted') return;
  const path = eventsPath(stateDir, runId);
  try {
    const lines = (fs.readText(path) ?? '').split('\n');
    const last = lines.map(parseJson).findLast(isEvent);
    if (!last) return;
    const message = 'The build was interrupted; what it did to the outputs was finished by the next command.';
    const data = { level: 'info', code: 'recovered', stream: 'wrangle', changes } as const;
    const event: WrangleEvent = { ...last, event: 'log', task_id: stage, details: { message, data } };
    // The last line may have been cut off.
    fs.appendFile(path, `${lines.at(-1) === '' ? '' : '\n'}${JSON.stringify(event)}\n`);
  } catch {
    // The disk is full, or worse; who writes next reports it.
  }
}

/**
 * `wanted` is a run's id, the beginning of one, `last`, or `last~2` for the second before the last.
 * Errors: the ids that it could mean, newest first; none when it means no run at all.
 */
export function findRun(
  fs: FileSystem,
  stateDir: string,
  wanted: string,
  builder?: LockHolder,
): Result<RunSummary, readonly string[]> {
  const runs = listRuns(fs, stateDir, builder);
  const last = /^last(?:~(?<back>\d{1,6}))?$/.exec(wanted);
  const back = Number(last?.groups?.['back'] ?? 0);
  const matching = last ? runs.slice(back, back + 1) : runs.filter((run) => run.run_id.startsWith(wanted));
  const exact = matching.find((run) => run.run_id === wanted) ?? (matching.length === 1 ? matching[0] : undefined);
  return exact ? ok(exact) : err(matching.map((run) => run.run_id));
}

/** Of the run folders that are kept. */
export function newestRunFolder(fs: FileSystem, stateDir: string): string | undefined {
  return runFolders(fs, stateDir).at(-1);
}

/** The run that `builder` makes at this moment, if it has begun to keep a record. Reads one record. */
export function findRunning(fs: FileSystem, stateDir: string, builder: LockHolder | undefined): string | undefined {
  const newest = newestRunFolder(fs, stateDir);
  if (builder === undefined || newest === undefined) return undefined;
  const record = parseJson(fs.readText(runJsonPath(stateDir, newest)));
  const isIts = isRunRecord(record) && record.outcome === 'running' && builder.started_at <= record.started_at;
  return isIts ? newest : undefined;
}

/** What a stage printed, attempts in order: in the given run, else in the newest run in which it printed anything. */
export function findStageLogs(fs: FileSystem, stateDir: string, stage: string, runId?: string): StageLog[] {
  const runs = runId === undefined ? runFolders(fs, stateDir).reverse() : [runId];
  for (const run of runs) {
    const folder = stageLogFolder(stateDir, run, stage);
    const attempts = (fs.readFolder(folder) ?? []).flatMap(({ name }) => {
      const [, number] = /^(\d+)\.log$/.exec(name) ?? [];
      return number === undefined ? [] : [Number(number)];
    });
    if (attempts.length === 0) continue;
    return attempts
      .sort((a, b) => a - b)
      .map((attempt) => ({ run_id: run, attempt, path: `${folder}/${attempt}.log` }));
  }
  return [];
}

/**
 * The same by what is written of its attempts, for an instance of a fan-out: the items of a batch share a log. Only in the
 * newest runs.
 */
export function findInstanceLogs(fs: FileSystem, stateDir: string, stage: string, runId?: string): StageLog[] {
  const runs = runId === undefined ? runFolders(fs, stateDir).slice(-STAGES_ASKED_RUNS).reverse() : [runId];
  for (const run of runs) {
    const stages = readRun(fs, stateDir, run)?.stages ?? {};
    const attempts = (Object.hasOwn(stages, stage) ? stages[stage]?.attempts : undefined) ?? [];
    const logs = attempts.flatMap(({ number, log }) =>
      log === null ? [] : [{ run_id: run, attempt: number, path: `${posix.dirname(stateDir)}/${log}` }],
    );
    if (logs.length > 0) return logs;
  }
  return [];
}

/** Ids of stages that a kept run started, restored or stopped at; of the newest runs, which is enough for a name. */
export function stagesOfRuns(fs: FileSystem, stateDir: string): Set<string> {
  const newest = runFolders(fs, stateDir).slice(-STAGES_ASKED_RUNS);
  return new Set(newest.flatMap((id) => Object.keys(readRun(fs, stateDir, id)?.stages ?? {})));
}

/** Keeps the newest run folders, and the current one in any case. Errors: those of the disk. */
export function pruneRuns(fs: FileSystem, stateDir: string, currentId: string, keep = RUN_FOLDERS_MAX): void {
  const folders = runFolders(fs, stateDir);
  for (const id of folders.slice(0, Math.max(0, folders.length - keep))) {
    if (id !== currentId) fs.remove(runFolder(stateDir, id));
  }
}

/** Ids of the runs that have a folder, oldest first; what is no run's folder is left alone. */
function runFolders(fs: FileSystem, stateDir: string): string[] {
  const entries = fs.readFolder(runsFolder(stateDir)) ?? [];
  return entries
    .filter(({ name, type }) => type === 'folder' && isRunId(name))
    .map(({ name }) => name)
    .sort(compareText);
}

function indexLine(run: RunSummary): string {
  return JSON.stringify({ format: FORMAT, ...run });
}

/** In the order they were written. */
function readIndexLines(fs: FileSystem, stateDir: string): RunSummary[] {
  const runs: RunSummary[] = [];
  for (const line of (fs.readText(runsIndexPath(stateDir)) ?? '').split('\n')) {
    // A line that was cut short by a crash has the next one right behind it.
    const run = parseJson(line.slice(Math.max(0, line.lastIndexOf(LINE_START))));
    if (!isRunSummary(run)) continue;
    const { run_id, pipeline, started_at, outcome, duration_ms, counts, undoes } = run;
    const rolledBack = typeof undoes === 'string' ? { undoes } : {};
    runs.push({ run_id, pipeline, started_at, outcome, duration_ms, counts, ...rolledBack });
  }
  return runs;
}

function summaryOf(record: RunRecord): RunSummary {
  const { job_id, pipeline, started_at, outcome, duration_ms, counts, undoes } = record;
  const rolledBack = typeof undoes === 'string' ? { undoes } : {};
  return { run_id: job_id, pipeline, started_at, outcome, duration_ms, counts, ...rolledBack };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

const RUN_OUTCOMES: ReadonlySet<unknown> = new Set<RunRecord['outcome']>([
  'running',
  'done',
  'failed',
  'suspended',
  'interrupted',
]);

function isRunSummary(value: unknown): value is RunSummary {
  if (!isObject(value)) return false;
  const { run_id, pipeline, started_at, outcome, duration_ms, counts } = value;
  const texts = [run_id, pipeline, started_at].every((text) => typeof text === 'string');
  return (
    texts && isTime(started_at) && RUN_OUTCOMES.has(outcome) && typeof duration_ms === 'number' && isCounts(counts)
  );
}

function isRunRecord(value: unknown): value is RunRecord {
  if (!isObject(value) || value['format'] !== FORMAT || !isObject(value['progress'])) return false;
  if (!isTime(value['timestamp'])) return false;
  const { stages } = value;
  return (
    isRunSummary({ ...value, run_id: value['job_id'] }) &&
    isObject(stages) &&
    Object.values(stages).every(isStageRecord)
  );
}

function isStageRecord(value: unknown): boolean {
  return isObject(value) && Array.isArray(value['attempts']);
}

/** A line that was written whole; what is in it is the writer's promise. */
function isEvent(value: unknown): value is WrangleEvent {
  if (!isObject(value) || typeof value['event'] !== 'string' || !isTime(value['timestamp'])) return false;
  return isObject(value['details']) && isObject(value['details']['data']);
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isCounts(value: unknown): value is OutcomeCounts {
  return isObject(value) && OUTCOMES.every((outcome) => typeof value[outcome] === 'number');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
