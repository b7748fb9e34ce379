/**
 * Follows a run that goes on in another process, by what it leaves on the disk: its events say which attempts there are
 * and when it is over, and logs are read as they grow. Writes nothing (design-notes, "Following a run").
 */
import type { RunOutcome, WrangleEvent } from '../model/event.ts';
import type { LockHolder } from '../ports/workspace-lock.ts';
import { LogTail } from '../store/log-tail.ts';
import { eventsPath, runLogPath, stageLogPath } from '../store/run-paths.ts';
import { findRunning, listRuns, newestRunFolder } from '../store/run-records.ts';
import type { EnginePorts } from './ports.ts';

export type FollowPorts = Pick<EnginePorts, 'fs' | 'clock' | 'lock'>;

export interface FollowPlace {
  /** `.wrangle`, absolute. */
  readonly state: string;
  /** The lock that builders hold. */
  readonly lock: string;
}

/** Whose text it is: of an attempt of a stage, or of the run. */
export interface FollowedLog {
  readonly stage: string | undefined;
  readonly attempt: number;
  /** Absolute. */
  readonly path: string;
}

export interface FollowRequest {
  readonly runId: string;
  /** Logs of the stages it is true of; undefined: the log of the run. */
  readonly wants: ((stage: string) => boolean) | undefined;
  readonly signal: AbortSignal;
  /** Whole lines, as they come; `isEnd`: of this log nothing more comes. */
  readonly onText: (log: FollowedLog, text: string, isEnd: boolean) => void;
  /** A sentence about a log that cannot be shown as it should. */
  readonly onProblem: (message: string) => void;
  /** Called between two pieces; the next is read when it resolves. */
  readonly breathe: () => Promise<void>;
}

export type Followed =
  | { readonly status: 'ended'; readonly outcome: RunOutcome; readonly durationMs: number }
  | { readonly status: 'stopped' }
  /** Its record was removed. */
  | { readonly status: 'gone' };

/** Four looks a second. */
const POLL_MS = 250;
const ENDS: ReadonlySet<WrangleEvent['event']> = new Set([
  'task_compared',
  'task_completed',
  'task_failed',
  'task_retrying',
  'task_skipped',
  'task_suspended',
  'task_cancelled',
  'vote',
  'red_flag',
]);

/** 0 for an event of no attempt. */
function attemptOf({ details: { data } }: WrangleEvent): number {
  return 'attempt' in data && typeof data.attempt === 'number' ? data.attempt : 0;
}

/** The run that goes on, else the next that begins. Undefined when it was told to stop. */
export async function awaitRun(
  { fs, clock, lock }: FollowPorts,
  place: FollowPlace,
  { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: () => void },
): Promise<string | undefined> {
  const running = findRunning(fs, place.state, lock.holder(place.lock));
  if (running !== undefined) return running;
  const before = newestRunFolder(fs, place.state);
  onWait();
  while (!signal.aborted) {
    await clock.sleep(POLL_MS, signal);
    const newest = newestRunFolder(fs, place.state);
    if (newest !== undefined && (before === undefined || newest > before)) return newest;
  }
  return undefined;
}

/** Errors: those of the disk, of its events. What keeps a log from being read is a problem, and no error. */
export async function followRun(ports: FollowPorts, place: FollowPlace, request: FollowRequest): Promise<Followed> {
  const { fs, clock, lock } = ports;
  const { runId, wants, signal } = request;
  const events = new LogTail(fs, eventsPath(place.state, runId));
  const attempts = new Map<string, OpenLog>();
  const own = wants === undefined ? openLog(ports, undefined, 0, runLogPath(place.state, runId)) : undefined;
  let end: { readonly outcome: RunOutcome; readonly durationMs: number } | undefined;
  let startedAt: string | undefined;

  const onEvent = async (event: WrangleEvent) => {
    if (event.event === 'run_started') startedAt = event.timestamp;
    if (event.event === 'run_completed') {
      end = { outcome: event.details.data.outcome, durationMs: event.details.data.duration_ms };
    }
    const stage = event.task_id;
    if (stage === null || !wants?.(stage)) return;
    if (event.event === 'task_started') {
      const { attempt } = event.details.data;
      attempts.set(
        `${attempt} ${stage}`,
        openLog(ports, stage, attempt, stageLogPath(place.state, runId, stage, attempt)),
      );
    } else if (ENDS.has(event.event)) {
      // Where attempts vote, the end of one is not that of the others.
      const only = 'vote' in event.details.data && typeof event.details.data.vote === 'number' ? attemptOf(event) : 0;
      for (const [key, open] of attempts) {
        if (open.log.stage !== stage || (only > 0 && open.log.attempt !== only)) continue;
        await drain(open, request, true);
        attempts.delete(key);
      }
    }
  };

  for (;;) {
    // Asked before its events are read: whoever was gone by then has written nothing since.
    const isThere = isBuilding(lock.holder(place.lock), startedAt ?? startOf(runId));
    const fault = await readEvents(events, onEvent, request.breathe);
    const isOver = end !== undefined || !isThere || fault === 'gone';
    for (const open of attempts.values()) await drain(open, request, isOver);
    if (own) await drain(own, request, isOver);
    if (signal.aborted) return { status: 'stopped' };
    if (end) return { status: 'ended', ...end };
    if (fault === 'gone') return { status: 'gone' };
    if (isOver) {
      // Its events may have been lost, for instance on a full disk.
      const run = listRuns(fs, place.state, lock.holder(place.lock)).find((one) => one.run_id === runId);
      if (!run) return { status: 'gone' };
      const outcome = run.outcome === 'running' ? 'interrupted' : run.outcome;
      return { status: 'ended', outcome, durationMs: run.duration_ms };
    }
    await clock.sleep(POLL_MS, signal);
  }
}

interface OpenLog {
  readonly log: FollowedLog;
  readonly tail: LogTail;
  /** Why it is not read any more. */
  isLost: boolean;
}

function openLog({ fs }: FollowPorts, stage: string | undefined, attempt: number, path: string): OpenLog {
  return { log: { stage, attempt, path }, tail: new LogTail(fs, path), isLost: false };
}

/** Only one builds at a time, so whoever holds the lock since before the run began is its builder. */
function isBuilding(holder: LockHolder | undefined, startedAt: string): boolean {
  return holder !== undefined && holder.started_at.slice(0, startedAt.length) <= startedAt;
}

/** To the second, as far as its id says it. */
function startOf(runId: string): string {
  return runId.replace(/^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-.*$/, '$1-$2-$3T$4:$5:$6');
}

async function readEvents(
  events: LogTail,
  onEvent: (event: WrangleEvent) => Promise<void>,
  breathe: FollowRequest['breathe'],
): Promise<'cut' | 'gone' | undefined> {
  for (;;) {
    const { text, hasMore, fault } = events.read();
    for (const line of text.split('\n')) {
      const event = parseEvent(line);
      if (event) await onEvent(event);
    }
    if (!hasMore) return fault;
    await breathe();
  }
}

/** A damaged line says nothing. */
function parseEvent(line: string): WrangleEvent | undefined {
  try {
    const event = JSON.parse(line) as Partial<WrangleEvent> | null;
    return typeof event?.event === 'string' && event.details?.data !== undefined ? (event as WrangleEvent) : undefined;
  } catch {
    return undefined;
  }
}

async function drain(
  open: OpenLog,
  { onText, onProblem, signal, breathe }: FollowRequest,
  isEnd: boolean,
): Promise<void> {
  const { log, tail } = open;
  while (!open.isLost && !signal.aborted) {
    try {
      const { text, hasMore, fault } = tail.read();
      if (fault === 'cut')
        onProblem(`The log ${JSON.stringify(log.path)} was cut short; it goes on from its beginning.`);
      if (fault === 'gone') {
        onProblem(`The log ${JSON.stringify(log.path)} was removed while it was followed.`);
        open.isLost = true;
      }
      if (text !== '') onText(log, text, false);
      if (!hasMore) break;
      await breathe();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      onProblem(`The log ${JSON.stringify(log.path)} cannot be read: ${reason}.`);
      open.isLost = true;
    }
  }
  if (isEnd) onText(log, open.isLost ? '' : tail.rest(), true);
}
