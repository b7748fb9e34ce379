/**
 * Keeps the record of a run as it goes: `runs/<id>/events.jsonl`, `log.txt` and `run.json`, and one line in `runs/index`
 * at the end. A listener of events; it never changes what it records, and a disk that fails it never breaks the run.
 *
 * The folder is made with the first event about a stage, so that a build with nothing to do leaves one line only.
 */
import type { RunOutcome, WrangleEvent } from '../model/event.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { RunRequest } from '../model/run-request.ts';
import type { Clock } from '../ports/clock.ts';
import type { AppendFile, FileSystem } from '../ports/file-system.ts';
import { harmlessText } from '../util/harmless-text.ts';
import { RunFold } from './run-fold.ts';
import { eventsPath, runFolder, runJsonPath, runLogPath, runsFolder, stageLogPath } from './run-paths.ts';
import { appendRunSummary, pruneRuns } from './run-records.ts';
import { joinPieces, listPieces, writePieces } from './write-pieces.ts';

export interface RunRecorderOptions {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** `.wrangle`, absolute. */
  readonly stateDir: string;
  readonly runId: string;
  /** Path of the pipeline file from the workspace. */
  readonly pipeline: string;
  readonly labels: { readonly [name: string]: string };
  /** Absent: it has none. */
  readonly params?: RunRecord['params'];
  readonly request: RunRequest;
  /** Id of the run that this one goes on with. */
  readonly resumes: string | null;
  /** Id of the run that this one undoes. */
  readonly undoes?: string;
  readonly startedAtMs: number;
  /** Called at most once, with a sentence, when the record cannot be kept. */
  readonly onProblem: (message: string) => void;
}

export interface RunRecorder {
  /** What is known of the run, for readers. */
  readonly fold: RunFold;
  onEvent(event: WrangleEvent): void;
  /** Absolute path for the output of one attempt; whoever writes it makes its folder. */
  logPath(stage: string, attempt: number): string;
  /** Writes all that is left. No effect the second time. */
  close(outcome: RunOutcome): void;
}

/** Appending costs some 20 microseconds however little it is, so events wait for company, but not for long. */
const FLUSH_LENGTH = 64 * 1024;
const FLUSH_MS = 250;
const RUN_JSON_MS = 5000;
/** It is not written for more than a twentieth of the time. */
const RUN_JSON_SHARE = 19;
/** What is said of every run, also of one that comes to nothing. */
const OF_THE_RUN: ReadonlySet<WrangleEvent['event']> = new Set(['run_started', 'task_progress', 'run_completed']);

export function createRunRecorder(options: RunRecorderOptions): RunRecorder {
  const { fs, clock, stateDir, runId } = options;
  const fold = new RunFold();
  const events: Lines = { path: eventsPath(stateDir, runId), pending: '', file: undefined };
  const log: Lines = { path: runLogPath(stateDir, runId), pending: '', file: undefined };
  let hasFolder = false;
  let isBroken = false;
  let isClosed = false;
  /** When it may be written again. */
  let runJsonAtMs = 0;
  /** Set while something is due to be written; each cancels. */
  const due: { flush?: () => void; runJson?: () => void } = {};

  const cancelTimers = () => {
    due.flush?.();
    due.runJson?.();
    delete due.flush;
    delete due.runJson;
  };

  /** One that cannot even be closed was told of, or has all its lines. */
  const letGo = (lines: Lines) => {
    try {
      lines.file?.close();
    } catch {}
    lines.file = undefined;
  };

  const guarded = (write: () => void) => {
    if (isBroken) return;
    try {
      write();
    } catch (error) {
      isBroken = true;
      events.pending = '';
      log.pending = '';
      cancelTimers();
      options.onProblem(`The record of this run cannot be kept: ${reasonOf(error)}.`);
    }
  };

  const writeRunJson = (outcome: RunOutcome | 'running') => {
    const startedAtMs = clock.monotonicMs();
    const facts = { ...options, nowMs: clock.nowMs(), outcome };
    // In one place for all runs, of which only one at a time has a folder: what a killed run leaves is written over.
    const beside = `${runsFolder(stateDir)}/run.json.new`;
    writePieces(fs, runJsonPath(stateDir, runId), beside, joinPieces(recordPieces(fold, facts)));
    const nowMs = clock.monotonicMs();
    // With 100,000 stages it takes a second, and there is something better to do.
    runJsonAtMs = nowMs + Math.max(RUN_JSON_MS, (nowMs - startedAtMs) * RUN_JSON_SHARE);
    due.runJson?.();
    delete due.runJson;
  };

  const append = (lines: Lines) => {
    if (lines.pending === '') return;
    lines.file ??= fs.openAppend(lines.path);
    lines.file.append(lines.pending);
    lines.pending = '';
  };

  const flush = () => {
    append(events);
    append(log);
    due.flush?.();
    delete due.flush;
  };

  /** By timers, so that a stage that says nothing for hours is told of in time, too. */
  const schedule = () => {
    due.flush ??= clock.after(FLUSH_MS, () => guarded(flush));
    if (due.runJson) return;
    const wait = Math.max(0, runJsonAtMs - clock.monotonicMs());
    due.runJson = clock.after(wait, () => guarded(() => writeRunJson('running')));
  };

  const keep = (event: WrangleEvent) => {
    if (isBroken) return;
    events.pending += `${JSON.stringify(event)}\n`;
    log.pending += logLine(runId, event);
    if (!hasFolder) {
      if (event.task_id === null && OF_THE_RUN.has(event.event) && !tellsOfResults(event)) return;
      guarded(() => {
        fs.makeFolder(runFolder(stateDir, runId));
        hasFolder = true;
        writeRunJson('running');
        flush();
      });
      return;
    }
    if (events.pending.length >= FLUSH_LENGTH) guarded(flush);
    else if (tellsOfChanges(event)) guarded(() => append(events));
    if (!isBroken) schedule();
  };

  return {
    fold,
    onEvent(event) {
      if (isClosed) return;
      fold.apply(event);
      keep(event);
    },
    logPath: (stage, attempt) => stageLogPath(stateDir, runId, stage, attempt),
    close(outcome) {
      if (isClosed) return;
      isClosed = true;
      cancelTimers();
      if (hasFolder) {
        guarded(flush);
        guarded(() => writeRunJson(outcome));
      }
      for (const lines of [events, log]) letGo(lines);
      guarded(() => {
        const { pipeline, started_at, duration_ms, counts, undoes } = fold.head({
          ...options,
          nowMs: clock.nowMs(),
          outcome,
        });
        const rolledBack = undoes === null ? {} : { undoes };
        appendRunSummary(fs, stateDir, {
          run_id: runId,
          pipeline,
          started_at,
          outcome,
          duration_ms,
          counts,
          ...rolledBack,
        });
        if (hasFolder) pruneRuns(fs, stateDir, runId);
      });
    },
  };
}

/** A file that grows by lines. */
interface Lines {
  readonly path: string;
  /** Not written yet. */
  pending: string;
  /** Open from its first line on. */
  file: AppendFile | undefined;
}

/** As `JSON.stringify` has it, and a line end. */
function* recordPieces(fold: RunFold, facts: Parameters<RunFold['head']>[0]): Iterable<string> {
  yield `${JSON.stringify(fold.head(facts)).slice(0, -1)},"stages":{`;
  let isFirst = true;
  for (const [id, stage] of fold.stagesNow(facts)) {
    yield `${isFirst ? '' : ','}${JSON.stringify(id)}:${JSON.stringify(stage)}`;
    isFirst = false;
  }
  yield '},"changes":';
  yield* listPieces(fold.changes.values());
  yield '}\n';
}

/** Which results the outputs of a stage are is not known from anywhere else, even where nothing was done to them. */
function tellsOfResults(event: WrangleEvent): boolean {
  return event.event === 'run_completed' && event.details.data.adopted !== undefined;
}

/** Of a run that is killed, these alone say how outputs were before: they cannot wait, or `rollback` would leave some. */
function tellsOfChanges({ details: { data } }: WrangleEvent): boolean {
  return 'changes' in data && data.changes !== undefined && data.changes.length > 0;
}

/** `{timestamp} | {run id} | {stage} | {LEVEL} | {message}`; `-` stands where there is no stage. */
function logLine(runId: string, event: WrangleEvent): string {
  const { timestamp, task_id, details } = event;
  const message = oneLine(details.message);
  return `${timestamp} | ${runId} | ${oneLine(task_id ?? '-')} | ${levelOf(event)} | ${message}\n`;
}

function levelOf(event: WrangleEvent): string {
  switch (event.event) {
    case 'log':
      return event.details.data.level.toUpperCase();
    case 'task_failed':
      return 'ERROR';
    case 'task_skipped':
      return event.details.data.failure ? 'WARNING' : 'INFO';
    case 'task_retrying':
    case 'task_blocked':
    case 'task_cancelled':
    case 'rollback':
      return 'WARNING';
    case 'task_queued':
    case 'task_expanded':
    case 'task_waiting':
    case 'task_progress':
      return 'DEBUG';
    default:
      return 'INFO';
  }
}

/** One event is one line, whatever the message holds. */
function oneLine(text: string): string {
  return harmlessText(text, { plain: true }).replaceAll('\n', '\\n');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
