// Which run is gone on with, from the records of runs alone.
import { expect, test } from 'vitest';
import type { RunOutcome } from '../../../src/model/event.ts';
import type { RunRequest } from '../../../src/model/run-request.ts';
import { findResumable } from '../../../src/store/resumable.ts';
import { createRunRecorder } from '../../../src/store/run-recorder.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';
import { APPROVE, completed, event, ran, started } from '../report/sample-run.ts';

const STATE = '/w/.wrangle';
const REQUEST: RunRequest = {
  targets: [],
  params: [],
  cache: 'rw',
  force: false,
  forced_before: [],
  keep_going: false,
  atomic: false,
  jobs: null,
};

interface Past {
  readonly id: string;
  /** Undefined: it was killed. */
  readonly outcome: RunOutcome | undefined;
  readonly targets?: readonly string[];
  readonly waits?: string;
  readonly idle?: boolean;
}

/** Runs in the order in which they were, a minute apart. */
function past(...runs: readonly Past[]): MemoryFileSystem {
  const fs = new MemoryFileSystem();
  for (const [at, { id, outcome, targets = [], waits, idle }] of runs.entries()) {
    const startedAtMs = Date.parse('2026-11-20T12:00:00Z') + at * 60_000;
    const recorder = createRunRecorder({
      fs,
      clock: new ManualClock({ nowMs: startedAtMs }),
      stateDir: STATE,
      runId: id,
      pipeline: 'p.yaml',
      labels: {},
      request: { ...REQUEST, targets },
      resumes: null,
      startedAtMs,
      onProblem: (message) => expect.fail(message),
    });
    recorder.onEvent(started(2, 0));
    if (!idle) for (const one of ran('clean', 0, 5)) recorder.onEvent(one);
    if (waits) recorder.onEvent(event('task_suspended', waits, { attempt: 1, log: undefined, question: APPROVE }));
    if (!outcome) continue;
    recorder.onEvent(completed(outcome, { ran: 1 }));
    recorder.close(outcome);
  }
  return fs;
}

const A = '20261120-120000-aaaa';
const B = '20261120-120100-bbbb';
const C = '20261120-120200-cccc';

function find(fs: MemoryFileSystem, wanted?: string, ...answering: string[]) {
  const found = findResumable(fs, STATE, undefined, { wanted, answering });
  return found.ok ? `${found.value.job_id} ${found.value.outcome}` : found.error;
}

test('the newest run that has something left', () => {
  expect(find(past({ id: A, outcome: 'failed' }, { id: B, outcome: undefined }))).toBe(`${B} interrupted`);
  expect(find(past({ id: A, outcome: 'failed' }, { id: B, outcome: 'done', targets: ['x'] }))).toBe(`${A} failed`);
});

test('a run is over when a later one that was asked for the same is done', () => {
  const fs = past({ id: A, outcome: 'interrupted' }, { id: B, outcome: 'done' });
  expect(find(fs)).toEqual({
    message: `There is no run to go on with: the last one, ${B}, is done.`,
    help: 'wrangle build runs what is stale.',
  });
  expect(find(new MemoryFileSystem())).toMatchObject({
    message: 'There is no run yet, so there is none to go on with.',
  });
});

test('with an answer, the newest run in which the stage waits for one', () => {
  const fs = past(
    { id: A, outcome: 'suspended', waits: 'review', targets: ['a'] },
    { id: B, outcome: 'suspended', waits: 'other', targets: ['b'] },
    { id: C, outcome: 'failed', targets: ['c'] },
  );
  expect(find(fs)).toBe(`${C} failed`);
  expect(find(fs, undefined, 'review')).toBe(`${A} suspended`);
  expect(find(fs, undefined, 'nobody')).toBe(`${C} failed`);
});

test('a run that is named, by the beginning of its id', () => {
  const fs = past({ id: A, outcome: 'failed' }, { id: B, outcome: 'done', idle: true }, { id: C, outcome: 'failed' });
  expect(find(fs, A)).toBe(`${A} failed`);
  expect(find(fs, '20261120-1202')).toBe(`${C} failed`);
  expect(find(fs, '20261120')).toMatchObject({ message: `Several runs begin with "20261120": ${C}, ${B}, ${A}.` });
  expect(find(fs, '20261120-120000-aaab')).toEqual({
    message: 'There is no run "20261120-120000-aaab".',
    help: `Did you mean "${A}"? To go on with there are ${C}, ${A}.`,
  });
  expect(find(fs, B)).toMatchObject({ message: `The run ${B} had nothing to do, so there is nothing to go on with.` });
});

test('a run that goes on at this moment is left alone', () => {
  const fs = past({ id: A, outcome: undefined });
  const builder = { pid: 1, command: 'wrangle build', started_at: '2026-11-20T11:59:59.000Z' };
  expect(findResumable(fs, STATE, builder, { wanted: A, answering: [] })).toEqual({
    ok: false,
    error: { message: `The run ${A} goes on at this moment.`, help: undefined },
  });
  expect(findResumable(fs, STATE, builder, { wanted: undefined, answering: [] })).toMatchObject({
    error: { message: `There is no run to go on with: the last one, ${A}, is running.` },
  });
});
