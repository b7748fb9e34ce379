// Events of made-up runs, for the tests of their readers.
import type { Failure, WrangleEvent } from '../../../src/model/event.ts';
import type { OutcomeCounts } from '../../../src/model/outcome.ts';
import { noOutcomes } from '../../../src/model/outcome.ts';
import type { Cause } from '../../../src/model/plan.ts';
import type { AwaitedAnswer } from '../../../src/model/question.ts';

type DataOf<Name extends WrangleEvent['event']> = Extract<WrangleEvent, { event: Name }>['details']['data'];

export const START_MS = Date.parse('2026-11-21T04:35:12.000Z');
export const RUN_ID = '20261121-043512-k3f9';
export const SHA_A = '3f9c0a1b2c3d4e5f'.repeat(4);
export const SHA_B = '81ab0a1b2c3d4e5f'.repeat(4);

/** `atMs` counts from the start of the run. */
export function event<Name extends WrangleEvent['event']>(
  name: Name,
  stage: string | null,
  data: DataOf<Name>,
  { atMs = 0, message = 'Said.' }: { atMs?: number; message?: string } = {},
): WrangleEvent {
  const timestamp = new Date(START_MS + atMs).toISOString();
  return { event: name, task_id: stage, timestamp, details: { message, data } } as unknown as WrangleEvent;
}

export function counts(some: Partial<OutcomeCounts>): OutcomeCounts {
  return { ...noOutcomes(), ...some };
}

export const DATA_CHANGED: Cause = {
  part: 'input',
  change: 'changed',
  name: 'data: data/a.csv',
  before: `f:${SHA_A}:1200`,
  after: `f:${SHA_B}:1201`,
};

export const EXIT_1: Failure = {
  code: 'exit-code',
  category: 'critical',
  message: 'It ended with exit code 1.',
  exit_code: 1,
  signal: undefined,
  tail: ['reading build/clean.csv', 'ValueError: no rows'],
  log: `.wrangle/runs/${RUN_ID}/stages/publish/1.log`,
  kept: `.wrangle/failed/publish/${RUN_ID}-1`,
};

export const APPROVE: AwaitedAnswer = {
  id: 'approve',
  text: 'Is the report to be published?',
  schema: { type: 'boolean' },
  file: 'answers/review.json',
  problem: null,
};

export function started(total: number, fresh: number): WrangleEvent {
  const data = { run_id: RUN_ID, pipeline: 'pipelines/full.yaml', total, fresh, jobs: 2, labels: {} };
  return event('run_started', null, data, { message: `${total} stages.` });
}

export function ran(stage: string, atMs: number, durationMs: number, unchanged = false): WrangleEvent[] {
  const outputs = [{ port: 'out', path: `build/${stage}.csv`, sha256: SHA_A, size_bytes: 1200 }];
  const log = `.wrangle/runs/${RUN_ID}/stages/${stage}/1.log`;
  const done = {
    attempt: 1,
    duration_ms: durationMs,
    fingerprint: SHA_B,
    outputs,
    metrics: { rows: 3 },
    log,
    unchanged,
    changes: [],
  };
  return [
    event('task_queued', stage, { producers: 1 }, { atMs }),
    event('task_started', stage, { attempt: 1, causes: [DATA_CHANGED], pid: undefined }, { atMs }),
    event('task_completed', stage, done, { atMs: atMs + durationMs, message: `Ran in ${durationMs} ms.` }),
  ];
}

export function completed(
  outcome: DataOf<'run_completed'>['outcome'],
  some: Partial<OutcomeCounts>,
  { savedMs = 0, durationMs = 3100, fresh = [] as readonly string[] } = {},
): WrangleEvent {
  const data = { run_id: RUN_ID, outcome, counts: counts(some), duration_ms: durationMs, saved_ms: savedMs, fresh };
  return event('run_completed', null, data, { atMs: durationMs, message: `${outcome}.` });
}

/** Fails once with a busy server, is tried again, and ends well. */
export function triedAgain(stage: string, atMs: number): WrangleEvent[] {
  const busy: Failure = { ...EXIT_1, category: 'retryable', message: 'The server is busy.', exit_code: 75 };
  const [queued, first, last] = ran(stage, atMs, 300) as [WrangleEvent, WrangleEvent, WrangleEvent];
  const retrying = { attempt: 1, attempts: 3, duration_ms: 100, delay_ms: 700, failure: busy };
  const second = event('task_started', stage, { attempt: 2, causes: [], pid: 8 }, { atMs: atMs + 800 });
  const done = { ...last.details, data: { ...last.details.data, attempt: 2 } };
  const retried = event('task_retrying', stage, retrying, { atMs: atMs + 100 });
  return [queued, first, retried, second, { ...last, details: done } as WrangleEvent];
}

/** Two run, one is restored, one fails, two wait for it, two were fresh. */
export function failedRun(): WrangleEvent[] {
  return [
    started(8, 2),
    ...ran('clean', 10, 1200),
    event(
      'task_restored',
      'profile',
      { fingerprint: SHA_A, outputs: [], changes: [], saved_ms: 61_000 },
      { atMs: 1220 },
    ),
    ...ran('report', 1300, 40, true),
    event(
      'log',
      'report',
      { level: 'warning', code: 'output-displaced', stream: 'wrangle' },
      { atMs: 1340, message: 'The edited "build/report.csv" is kept in ".wrangle/displaced/build/report.csv".' },
    ),
    event('task_started', 'publish', { attempt: 1, causes: [], pid: 7 }, { atMs: 1400 }),
    event('task_failed', 'publish', { attempt: 1, duration_ms: 300, failure: EXIT_1 }, { atMs: 1700 }),
    event('task_blocked', 'page', { by: ['publish'] }, { atMs: 1701, message: 'Blocked by publish.' }),
    event('task_blocked', 'mail', { by: ['publish'] }, { atMs: 1701, message: 'Blocked by publish.' }),
    completed(
      'failed',
      { ran: 2, restored: 1, failed: 1, blocked: 2, fresh: 2 },
      { savedMs: 185_000, fresh: ['a', 'b'] },
    ),
  ];
}
