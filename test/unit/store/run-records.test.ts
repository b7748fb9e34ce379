// The record of a run: what is written, how often, what is read back, and what damage does to it.
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { RunSummary } from '../../../src/model/run-record.ts';
import type { RunRequest } from '../../../src/model/run-request.ts';
import type { LockHolder } from '../../../src/ports/workspace-lock.ts';
import { isRunId, newRunId, runLogPath, stageLogPath } from '../../../src/store/run-paths.ts';
import { createRunRecorder } from '../../../src/store/run-recorder.ts';
import {
  appendRunSummary,
  findInstanceLogs,
  findRun,
  findStageLogs,
  listRuns,
  pruneRuns,
  readRun,
} from '../../../src/store/run-records.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';
import {
  APPROVE,
  completed,
  counts,
  EXIT_1,
  event,
  failedRun,
  RUN_ID,
  ran,
  SHA_A,
  START_MS,
  started,
  triedAgain,
} from '../report/sample-run.ts';

const STATE = '/w/.wrangle';
const FOLDER = `${STATE}/runs/${RUN_ID}`;

const REQUEST: RunRequest = {
  targets: ['report'],
  params: [{ name: 'sample', text: '5' }],
  cache: 'rw',
  force: false,
  forced_before: [],
  keep_going: false,
  atomic: false,
  jobs: null,
};

function setUp() {
  const fs = new MemoryFileSystem();
  fs.write({ [`${STATE}/.gitignore`]: '*\n' });
  const clock = new ManualClock({ nowMs: START_MS });
  const problems: string[] = [];
  const recorder = createRunRecorder({
    fs,
    clock,
    stateDir: STATE,
    runId: RUN_ID,
    pipeline: 'pipelines/full.yaml',
    labels: { why: 'nightly' },
    request: REQUEST,
    resumes: null,
    startedAtMs: START_MS,
    onProblem: (message) => problems.push(message),
  });
  return { fs, clock, problems, recorder };
}

function summary(runId: string, some: Partial<RunSummary> = {}): RunSummary {
  const [, day = '', time = ''] = /^(\d{8})-(\d{6})/.exec(runId) ?? [];
  const date = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
  const started_at = `${date}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}.000Z`;
  const known = { pipeline: 'p.yaml', outcome: 'done', duration_ms: 5, counts: counts({ ran: 1 }) } as const;
  return { run_id: runId, started_at, ...known, ...some };
}

describe('writing', () => {
  test('events, log, record and index of a whole run', () => {
    const { fs, recorder, problems } = setUp();
    const events = failedRun();
    for (const one of events) recorder.onEvent(one);
    recorder.close('failed');

    const lines = fs.readText(`${FOLDER}/events.jsonl`)?.trimEnd().split('\n');
    expect(lines?.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(events)));
    expect(fs.readText(`${FOLDER}/log.txt`)).toMatchInlineSnapshot(`
      "2026-11-21T04:35:12.000Z | 20261121-043512-k3f9 | - | INFO | 8 stages.
      2026-11-21T04:35:12.010Z | 20261121-043512-k3f9 | clean | DEBUG | Said.
      2026-11-21T04:35:12.010Z | 20261121-043512-k3f9 | clean | INFO | Said.
      2026-11-21T04:35:13.210Z | 20261121-043512-k3f9 | clean | INFO | Ran in 1200 ms.
      2026-11-21T04:35:13.220Z | 20261121-043512-k3f9 | profile | INFO | Said.
      2026-11-21T04:35:13.300Z | 20261121-043512-k3f9 | report | DEBUG | Said.
      2026-11-21T04:35:13.300Z | 20261121-043512-k3f9 | report | INFO | Said.
      2026-11-21T04:35:13.340Z | 20261121-043512-k3f9 | report | INFO | Ran in 40 ms.
      2026-11-21T04:35:13.340Z | 20261121-043512-k3f9 | report | WARNING | The edited "build/report.csv" is kept in ".wrangle/displaced/build/report.csv".
      2026-11-21T04:35:13.400Z | 20261121-043512-k3f9 | publish | INFO | Said.
      2026-11-21T04:35:13.700Z | 20261121-043512-k3f9 | publish | ERROR | Said.
      2026-11-21T04:35:13.701Z | 20261121-043512-k3f9 | page | WARNING | Blocked by publish.
      2026-11-21T04:35:13.701Z | 20261121-043512-k3f9 | mail | WARNING | Blocked by publish.
      2026-11-21T04:35:15.100Z | 20261121-043512-k3f9 | - | INFO | failed.
      "
    `);
    const record = readRun(fs, STATE, RUN_ID);
    expect({ ...record, stages: undefined }).toMatchInlineSnapshot(`
      {
        "adopted": {},
        "can_resume": true,
        "changes": [],
        "counts": {
          "blocked": 2,
          "cancelled": 0,
          "failed": 1,
          "fresh": 2,
          "ran": 2,
          "restored": 1,
          "skipped": 0,
          "suspended": 0,
        },
        "duration_ms": 3100,
        "format": 1,
        "fresh": [
          "a",
          "b",
        ],
        "job_id": "20261121-043512-k3f9",
        "labels": {
          "why": "nightly",
        },
        "last_processed": "mail",
        "mode": "pipeline",
        "outcome": "failed",
        "params": {},
        "pipeline": "pipelines/full.yaml",
        "progress": {
          "completed": 5,
          "failed": 1,
          "total": 8,
        },
        "request": {
          "atomic": false,
          "cache": "rw",
          "force": false,
          "forced_before": [],
          "jobs": null,
          "keep_going": false,
          "params": [
            {
              "name": "sample",
              "text": "5",
            },
          ],
          "targets": [
            "report",
          ],
        },
        "resumes": null,
        "skipped": {},
        "stage": "mail",
        "stages": undefined,
        "started_at": "2026-11-21T04:35:12.000Z",
        "timestamp": "2026-11-21T04:35:12.000Z",
        "undoes": null,
      }
    `);
    expect(record?.stages['publish']).toMatchInlineSnapshot(`
      {
        "attempts": [
          {
            "category": "critical",
            "code": "exit-code",
            "duration_ms": 300,
            "kept": ".wrangle/failed/publish/20261121-043512-k3f9-1",
            "log": ".wrangle/runs/20261121-043512-k3f9/stages/publish/1.log",
            "message": "It ended with exit code 1.",
            "number": 1,
            "outcome": "failed",
            "started_at": "2026-11-21T04:35:13.400Z",
          },
        ],
        "degraded": null,
        "duration_ms": 300,
        "failure": {
          "category": "critical",
          "code": "exit-code",
          "exit_code": 1,
          "kept": ".wrangle/failed/publish/20261121-043512-k3f9-1",
          "log": ".wrangle/runs/20261121-043512-k3f9/stages/publish/1.log",
          "message": "It ended with exit code 1.",
          "tail": [
            "reading build/clean.csv",
            "ValueError: no rows",
          ],
        },
        "fingerprint": null,
        "log": ".wrangle/runs/20261121-043512-k3f9/stages/publish/1.log",
        "metrics": {},
        "outcome": "failed",
        "outputs": [],
        "question": null,
        "reason": "It ended with exit code 1.",
        "started_at": "2026-11-21T04:35:13.400Z",
      }
    `);
    expect(record?.stages['mail']).toMatchObject({ outcome: 'blocked', reason: 'waits for publish', started_at: null });
    expect(fs.readText(`${STATE}/runs/index`)).toMatchInlineSnapshot(`
      "{"format":1,"run_id":"20261121-043512-k3f9","pipeline":"pipelines/full.yaml","started_at":"2026-11-21T04:35:12.000Z","outcome":"failed","duration_ms":3100,"counts":{"fresh":2,"restored":1,"ran":2,"failed":1,"blocked":2,"skipped":0,"suspended":0,"cancelled":0}}
      "
    `);
    expect(problems).toEqual([]);
  });

  test('what is written matches the published schemas', () => {
    const { fs, recorder } = setUp();
    for (const one of failedRun()) recorder.onEvent(one);
    recorder.onEvent(event('task_progress', 'a', { done: 1, total: undefined, note: 'x' }));
    recorder.onEvent(event('task_skipped', 'a', { reason: 'when', changes: [] }));
    const failure = { ...EXIT_1, category: 'skippable' as const };
    const before = `f:${SHA_A}:3` as const;
    const changes = [{ path: 'd', before, recorded: null, displaced: null, new_folders: [], after: null }];
    recorder.onEvent(event('task_skipped', 'd', { reason: 'x', attempt: 1, duration_ms: 5, failure, changes }));
    for (const one of triedAgain('again', 5)) recorder.onEvent(one);
    recorder.onEvent(event('task_suspended', 'b', { attempt: 1, log: undefined, question: APPROVE }));
    recorder.onEvent(event('task_cancelled', 'c', { reason: 'stopped' }));
    recorder.onEvent(event('rollback', null, { transaction: 't', run: null, paths: ['a'], changes: [] }));
    recorder.close('failed');
    const schema = (name: string) =>
      JSON.parse(readFileSync(new URL(`../../../schemas/${name}`, import.meta.url), 'utf8'));
    const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
    const isEvent = ajv.addSchema(schema('event.schema.json'), 'event.schema.json').getSchema('event.schema.json');
    const isRun = ajv.compile(schema('run.schema.json'));
    for (const line of (fs.readText(`${FOLDER}/events.jsonl`) ?? '').trimEnd().split('\n')) {
      expect([isEvent?.(JSON.parse(line)), isEvent?.errors]).toEqual([true, null]);
    }
    expect([isRun(JSON.parse(fs.readText(`${FOLDER}/run.json`) ?? '')), isRun.errors]).toEqual([true, null]);
    expect(
      isEvent?.({
        ...event('rollback', null, { transaction: 't', run: null, paths: [], changes: [] }),
        details: { message: '', data: {} },
      }),
    ).toBe(false);
    expect(isEvent?.(event('task_blocked', null, { by: [] }))).toBe(false);
  });

  test('every attempt is in the record', () => {
    const { fs, recorder } = setUp();
    recorder.onEvent(started(1, 0));
    for (const one of triedAgain('again', 5)) recorder.onEvent(one);
    recorder.close('done');
    expect(readRun(fs, STATE, RUN_ID)?.stages['again']).toMatchInlineSnapshot(`
      {
        "attempts": [
          {
            "category": "retryable",
            "code": "exit-code",
            "duration_ms": 100,
            "kept": ".wrangle/failed/publish/20261121-043512-k3f9-1",
            "log": ".wrangle/runs/20261121-043512-k3f9/stages/publish/1.log",
            "message": "The server is busy.",
            "number": 1,
            "outcome": "failed",
            "started_at": "2026-11-21T04:35:12.005Z",
          },
          {
            "category": null,
            "code": null,
            "duration_ms": 300,
            "kept": null,
            "log": ".wrangle/runs/20261121-043512-k3f9/stages/again/1.log",
            "message": null,
            "number": 2,
            "outcome": "ran",
            "started_at": "2026-11-21T04:35:12.805Z",
          },
        ],
        "degraded": null,
        "duration_ms": 300,
        "failure": null,
        "fingerprint": "81ab0a1b2c3d4e5f81ab0a1b2c3d4e5f81ab0a1b2c3d4e5f81ab0a1b2c3d4e5f",
        "log": ".wrangle/runs/20261121-043512-k3f9/stages/again/1.log",
        "metrics": {
          "rows": 3,
        },
        "outcome": "ran",
        "outputs": [
          {
            "path": "build/again.csv",
            "port": "out",
            "sha256": "3f9c0a1b2c3d4e5f3f9c0a1b2c3d4e5f3f9c0a1b2c3d4e5f3f9c0a1b2c3d4e5f",
            "size_bytes": 1200,
          },
        ],
        "question": null,
        "reason": "input data: data/a.csv changed (3f9c0a1b2c3d -> 81ab0a1b2c3d)",
        "started_at": "2026-11-21T04:35:12.005Z",
      }
    `);
  });

  test('in the pause between two attempts none is under way', () => {
    const { fs, recorder } = setUp();
    recorder.onEvent(started(1, 0));
    for (const one of triedAgain('again', 5).slice(0, 3)) recorder.onEvent(one);
    recorder.close('interrupted');
    const stage = readRun(fs, STATE, RUN_ID)?.stages['again'];
    expect(stage?.attempts).toMatchObject([{ number: 1, outcome: 'failed', message: 'The server is busy.' }]);
    recorder.onEvent(event('task_cancelled', 'again', { reason: 'stopped' }));
    expect(stage?.attempts).toHaveLength(1);
  });

  test('a build with nothing to do leaves one line and no folder', () => {
    const { fs, recorder } = setUp();
    recorder.onEvent(started(2, 2));
    recorder.onEvent(completed('done', { fresh: 2 }, { durationMs: 7, fresh: ['a', 'b'] }));
    recorder.close('done');
    expect(Object.keys(fs.tree(STATE))).toEqual(['.gitignore', 'runs/index']);
    expect(listRuns(fs, STATE)).toEqual([
      {
        run_id: RUN_ID,
        pipeline: 'pipelines/full.yaml',
        started_at: '2026-11-21T04:35:12.000Z',
        outcome: 'done',
        duration_ms: 7,
        counts: counts({ fresh: 2 }),
      },
    ]);
  });

  test('a record is there from the first stage on; what was running then is told', async () => {
    const { fs, clock, recorder } = setUp();
    recorder.onEvent(started(2, 0));
    recorder.onEvent(event('task_started', 'clean', { attempt: 1, causes: [], pid: 7 }));
    recorder.onEvent(event('task_progress', 'clean', { done: 1, total: 2, note: undefined }, { atMs: 6000 }));
    await clock.advance(6000);
    expect(readRun(fs, STATE, RUN_ID)).toMatchObject({
      outcome: 'interrupted',
      can_resume: true,
      duration_ms: 6000,
      progress: { total: 2, completed: 0, failed: 0 },
      stages: {
        clean: {
          outcome: 'cancelled',
          reason: 'it was running when this record was written',
          attempts: [{ number: 1, outcome: 'cancelled', code: null, duration_ms: 6000 }],
          duration_ms: 6000,
        },
      },
    });
    expect(fs.readText(`${FOLDER}/events.jsonl`)?.trimEnd().split('\n')).toHaveLength(3);
  });

  test('what is known is on the disk in time though nothing more happens', async () => {
    const { fs, clock, recorder } = setUp();
    recorder.onEvent(started(2, 0));
    recorder.onEvent(event('task_queued', 'clean', { producers: 0 }));
    for (const one of ran('clean', 0, 10)) recorder.onEvent(one);
    const written = () => [
      (fs.readText(`${FOLDER}/events.jsonl`) ?? '').split('\n').length - 1,
      JSON.parse(fs.readText(`${FOLDER}/run.json`) ?? '').progress.completed,
    ];
    expect(written()).toEqual([2, 0]);
    await clock.advance(250);
    expect(written()).toEqual([5, 0]);
    await clock.advance(4749);
    expect(written()).toEqual([5, 0]);
    await clock.advance(1);
    expect(written()).toEqual([5, 1]);
    const { operations } = fs;
    const before = operations.length;
    await clock.advance(60_000);
    expect(operations.length).toBe(before);
    recorder.close('interrupted');
    expect(clock.sleepers).toBe(0);
  });

  test('what changed an output is on the disk at once', () => {
    const { fs, recorder } = setUp();
    recorder.onEvent(started(2, 0));
    recorder.onEvent(event('task_queued', 'clean', { producers: 0 }));
    const changes = [{ path: 'd', before: null, recorded: null, displaced: null, new_folders: [], after: null }];
    const restored = { fingerprint: SHA_A, outputs: [], changes, saved_ms: 1 };
    recorder.onEvent(event('task_restored', 'clean', restored));
    // Here it is killed.
    expect(readRun(fs, STATE, RUN_ID)).toMatchObject({ outcome: 'interrupted', changes });
  });

  test('a thousand stages are not two thousand appends', async () => {
    const { fs, clock, recorder } = setUp();
    recorder.onEvent(started(1_000, 0));
    for (let at = 0; at < 1_000; at++) {
      for (const one of ran(`s${at}`, at, 1)) recorder.onEvent(one);
      await clock.advance(10);
    }
    recorder.onEvent(completed('done', { ran: 1_000 }));
    recorder.close('done');
    const written = fs.readText(`${FOLDER}/events.jsonl`) ?? '';
    expect(written.split('\n')).toHaveLength(3_003);
    expect(fs.count('appendFile')).toBeLessThan(2 * (written.length / 65_536 + 45));
    // At the start, after 5 and 10 s, and at the end.
    expect(fs.count('rename', 'run.json')).toBe(4);
    expect(Object.keys(readRun(fs, STATE, RUN_ID)?.stages ?? {})).toHaveLength(1_000);
  });

  test('events are on the disk soon after they came', async () => {
    const { fs, clock, recorder } = setUp();
    const lines = () => (fs.readText(`${FOLDER}/events.jsonl`) ?? '').split('\n').length - 1;
    recorder.onEvent(started(3, 0));
    recorder.onEvent(event('task_queued', 'a', { producers: 0 }));
    expect(lines()).toBe(2);
    recorder.onEvent(event('task_queued', 'b', { producers: 0 }));
    expect(lines()).toBe(2);
    await clock.advance(249);
    expect(lines()).toBe(2);
    await clock.advance(1);
    expect(lines()).toBe(3);
  });

  test('one event is one line of the log, whatever its message holds', () => {
    const { fs, recorder } = setUp();
    const message = 'two\nlines\u001b[2J\r and \u001b[31mred\u202e';
    recorder.onEvent(event('log', 'a', { level: 'warning', code: undefined, stream: 'stage' }, { message }));
    recorder.close('done');
    expect(fs.readText(`${FOLDER}/log.txt`)).toBe(
      `2026-11-21T04:35:12.000Z | ${RUN_ID} | a | WARNING | two\\n and red\\u202e\n`,
    );
  });

  test('a stage named like a property of all objects is a stage like any other', () => {
    const { fs, recorder } = setUp();
    for (const one of [...ran('__proto__', 0, 5), ...ran('constructor', 0, 5)]) recorder.onEvent(one);
    recorder.close('done');
    const { stages = {} } = readRun(fs, STATE, RUN_ID) ?? {};
    expect(Object.entries(stages).map(([id, { outcome }]) => [id, outcome])).toEqual([
      ['__proto__', 'ran'],
      ['constructor', 'ran'],
    ]);
  });

  test.each([
    ['makeFolder', '/runs'],
    ['appendFile', 'events.jsonl'],
    ['appendFile', 'log.txt'],
    ['writeFile', 'run.json'],
    ['rename', 'run.json'],
    ['appendFile', 'runs/index'],
  ] as const)('a disk that fails at %s of %s is told once and breaks nothing', (op, pathPart) => {
    const { fs, recorder, problems } = setUp();
    fs.failNext(op, 'ENOSPC', pathPart);
    for (const one of failedRun()) recorder.onEvent(one);
    recorder.close('failed');
    recorder.close('failed');
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^The record of this run cannot be kept: .*ENOSPC.*\.$/);
  });

  test('nothing is recorded after the end', () => {
    const { fs, recorder } = setUp();
    for (const one of failedRun()) recorder.onEvent(one);
    recorder.close('failed');
    const before = fs.tree(STATE);
    recorder.onEvent(event('rollback', null, { transaction: 't', run: null, paths: [], changes: [] }));
    recorder.close('done');
    expect(fs.tree(STATE)).toEqual(before);
  });
});

describe('reading', () => {
  const OLD = '20261119-120000-aaaa';
  const NEW = '20261120-120000-bbbb';

  test('runs are listed newest first; a damaged line is skipped and spoils no other', () => {
    const fs = new MemoryFileSystem();
    appendRunSummary(fs, STATE, summary(OLD));
    fs.appendFile(`${STATE}/runs/index`, 'nonsense\n{"format":1,"run_id":"x"}\n{"format":1,"run_id":"20261119-1');
    appendRunSummary(fs, STATE, summary(NEW, { outcome: 'failed' }));
    expect(listRuns(fs, STATE)).toEqual([summary(NEW, { outcome: 'failed' }), summary(OLD)]);
  });

  test('without an index the records of the runs themselves are listed', () => {
    const { fs, recorder } = setUp();
    for (const one of failedRun()) recorder.onEvent(one);
    recorder.close('failed');
    const [before] = listRuns(fs, STATE);
    fs.remove(`${STATE}/runs/index`);
    expect(listRuns(fs, STATE)).toEqual([before]);
  });

  test('a run that was killed reads as interrupted', () => {
    const { fs, recorder } = setUp();
    recorder.onEvent(started(2, 1));
    recorder.onEvent(event('task_started', 'clean', { attempt: 1, causes: [], pid: 7 }));
    expect(listRuns(fs, STATE).map(({ outcome, counts: { fresh } }) => [outcome, fresh])).toEqual([['interrupted', 1]]);
  });

  test('a run that goes on reads as running, as long as its build holds the lock', () => {
    const { fs, recorder } = setUp();
    recorder.onEvent(started(2, 1));
    recorder.onEvent(event('task_started', 'clean', { attempt: 1, causes: [], pid: 7 }));
    const holder = (started_at: string) => ({ pid: 1, command: 'wrangle build', started_at });
    const outcomes = (builder: LockHolder) => listRuns(fs, STATE, builder).map(({ outcome }) => outcome);
    expect(outcomes(holder('2026-11-21T04:35:11.900Z'))).toEqual(['running']);
    // It was killed, and another build has the lock.
    expect(outcomes(holder('2026-11-21T04:40:00.000Z'))).toEqual(['interrupted']);
  });

  test('of a run that was killed all that reached the disk counts', async () => {
    const { fs, clock, recorder } = setUp();
    recorder.onEvent(started(3, 0));
    recorder.onEvent(event('task_queued', 'clean', { producers: 0 }));
    for (const one of ran('clean', 0, 10)) recorder.onEvent(one);
    recorder.onEvent(event('task_started', 'report', { attempt: 1, causes: [], pid: 7 }, { atMs: 20 }));
    await clock.advance(250);
    fs.appendFile(`${FOLDER}/events.jsonl`, '{"event":"task_comp');
    expect(JSON.parse(fs.readText(`${FOLDER}/run.json`) ?? '').counts.ran).toBe(0);
    expect(readRun(fs, STATE, RUN_ID)).toMatchObject({
      outcome: 'interrupted',
      can_resume: true,
      request: REQUEST,
      counts: { ran: 1 },
      last_processed: 'clean',
      stages: { clean: { outcome: 'ran' }, report: { outcome: 'cancelled' } },
    });
  });

  test('of a run that was killed the record counts where its events are damaged', async () => {
    const { fs, clock, recorder } = setUp();
    recorder.onEvent(started(3, 0));
    for (const one of ran('clean', 0, 10)) recorder.onEvent(one);
    await clock.advance(250);
    const events = fs.readText(`${FOLDER}/events.jsonl`) ?? '';
    for (const [from, to] of [
      ['"fresh"', '"fResh"'],
      ['"data"', '"dAta"'],
      ['"causes"', '"cAuses"'],
      ['"timestamp":"2', '"timestamp":"Q'],
    ] as const) {
      fs.write({ [`${FOLDER}/events.jsonl`]: events.replaceAll(from, to) });
      expect([from, events.includes(from), readRun(fs, STATE, RUN_ID)?.outcome]).toEqual([from, true, 'interrupted']);
      expect(listRuns(fs, STATE)).toHaveLength(1);
    }
  });

  test.each([
    ['cut', '{"format":1,"job_id"'],
    ['empty', ''],
    ['of another format', JSON.stringify({ ...JSON.parse(wholeRecord()), format: 2 })],
    ['of another run', JSON.stringify({ ...JSON.parse(wholeRecord()), job_id: '20261121-043512-zzzz' })],
    ['without stages', JSON.stringify({ ...JSON.parse(wholeRecord()), stages: null })],
    ['with counts that are none', JSON.stringify({ ...JSON.parse(wholeRecord()), counts: { fresh: 'x' } })],
    ['of no time', JSON.stringify({ ...JSON.parse(wholeRecord()), started_at: '2026-11-21Q' })],
    ['a list', '[]'],
  ])('a record that is %s reads as absent', (_, text) => {
    const fs = new MemoryFileSystem();
    fs.write({ [`${FOLDER}/run.json`]: wholeRecord() });
    expect(readRun(fs, STATE, RUN_ID)?.outcome).toBe('failed');
    fs.write({ [`${FOLDER}/run.json`]: text });
    expect(readRun(fs, STATE, RUN_ID)).toBeUndefined();
    expect(listRuns(fs, STATE)).toEqual([]);
  });

  test('a run is found by its id, the beginning of one, or as the last', () => {
    const fs = new MemoryFileSystem();
    expect(findRun(fs, STATE, 'last')).toEqual({ ok: false, error: [] });
    for (const id of [OLD, NEW]) appendRunSummary(fs, STATE, summary(id));
    expect(findRun(fs, STATE, 'last')).toEqual({ ok: true, value: summary(NEW) });
    expect(findRun(fs, STATE, OLD)).toEqual({ ok: true, value: summary(OLD) });
    expect(findRun(fs, STATE, '20261119')).toEqual({ ok: true, value: summary(OLD) });
    expect(findRun(fs, STATE, '2026')).toEqual({ ok: false, error: [NEW, OLD] });
    expect(findRun(fs, STATE, '../..')).toEqual({ ok: false, error: [] });
    expect(readRun(fs, STATE, '../..')).toBeUndefined();
  });

  test('the logs of a stage are those of the newest run in which it printed, in order of attempts', () => {
    const fs = new MemoryFileSystem();
    for (const attempt of [1, 2, 10]) fs.write({ [stageLogPath(STATE, OLD, 'clean', attempt)]: 'x' });
    fs.write({ [stageLogPath(STATE, NEW, 'report', 1)]: 'x', [`${STATE}/runs/${OLD}/stages/clean/notes.txt`]: 'x' });
    const old = [1, 2, 10].map((attempt) => ({
      run_id: OLD,
      attempt,
      path: `${STATE}/runs/${OLD}/stages/clean/${attempt}.log`,
    }));
    expect(findStageLogs(fs, STATE, 'clean')).toEqual(old);
    expect(findStageLogs(fs, STATE, 'clean', OLD)).toEqual(old);
    expect(findStageLogs(fs, STATE, 'clean', NEW)).toEqual([]);
    expect(findStageLogs(fs, STATE, 'nobody')).toEqual([]);
  });

  test('the logs of an instance are those that its attempts name, which it may share with others', () => {
    const fs = new MemoryFileSystem();
    const record = JSON.parse(wholeRecord());
    const [stage] = Object.values(record.stages) as [{ attempts: [object] }];
    const log = `.wrangle/runs/${RUN_ID}/stages/page@a/1.log`;
    const attempts = [
      { ...stage.attempts[0], number: 1, log },
      { ...stage.attempts[0], number: 2, log: null },
    ];
    fs.write({ [`${FOLDER}/run.json`]: JSON.stringify({ ...record, stages: { 'page@b': { ...stage, attempts } } }) });
    const shared = [{ run_id: RUN_ID, attempt: 1, path: `${posix.dirname(STATE)}/${log}` }];
    expect(findInstanceLogs(fs, STATE, 'page@b')).toEqual(shared);
    expect(findInstanceLogs(fs, STATE, 'page@b', RUN_ID)).toEqual(shared);
    expect(findInstanceLogs(fs, STATE, 'page@b', OLD)).toEqual([]);
    expect(findInstanceLogs(fs, STATE, 'page@a')).toEqual([]);
  });
});

describe('names and size', () => {
  test('ids of runs sort by time', () => {
    const random = (length: number) => 'k3f9'.slice(0, length);
    expect(newRunId(Date.UTC(2026, 10, 21, 4, 35, 12, 999), random)).toBe('20261121-043512-k3f9');
    expect(isRunId('20261121-043512-k3f9')).toBe(true);
    expect(['index', '20261121-043512', '20261121-043512-k3f9/..', ''].filter(isRunId)).toEqual([]);
  });

  test('the name of a stage never leads out of its folder', () => {
    const stages = `${FOLDER}/stages/`;
    const name = (stage: string) => stageLogPath(STATE, RUN_ID, stage, 1).slice(stages.length);
    expect(['parse@PMA,2', '../x', 'a/b', '.hidden', 'ä'].map(name)).toEqual([
      'parse@PMA,2/1.log',
      '%2E.%2Fx/1.log',
      'a%2Fb/1.log',
      '%2Ehidden/1.log',
      '%C3%A4/1.log',
    ]);
    const long = [name('x'.repeat(300)), name(`${'x'.repeat(299)}y`)];
    expect(long.map((path) => path.length)).toEqual([206, 206]);
    expect(long[0]).not.toBe(long[1]);
  });

  test('the newest run folders stay, and nothing that is no run is touched', () => {
    const fs = new MemoryFileSystem();
    const ids = Array.from({ length: 5 }, (_, at) => `2026112${at}-043512-aaaa`);
    for (const id of ids) fs.write({ [runLogPath(STATE, id)]: 'x' });
    fs.write({ [`${STATE}/runs/mine/note.txt`]: 'x', [`${STATE}/runs/index`]: '' });
    pruneRuns(fs, STATE, ids[0] ?? '', 2);
    expect(Object.keys(fs.tree(`${STATE}/runs`))).toEqual([
      '20261120-043512-aaaa/log.txt',
      '20261123-043512-aaaa/log.txt',
      '20261124-043512-aaaa/log.txt',
      'index',
      'mine/note.txt',
    ]);
  });

  test('the index does not grow without end', () => {
    const fs = new MemoryFileSystem();
    const id = (at: number) => `20261121-043512-${at.toString(36).padStart(4, '0')}`;
    const lines = Array.from({ length: 3000 }, (_, at) => JSON.stringify({ format: 1, ...summary(id(at)) }));
    fs.write({ [`${STATE}/runs/index`]: `${lines.join('\n')}\n` });
    appendRunSummary(fs, STATE, summary(id(3000)));
    const runs = listRuns(fs, STATE);
    expect(runs.map(({ run_id }) => run_id)).toEqual(Array.from({ length: 1000 }, (_, at) => id(3000 - at)));
  });
});

function wholeRecord(): string {
  const { fs, recorder } = setUp();
  for (const one of failedRun()) recorder.onEvent(one);
  recorder.close('failed');
  return fs.readText(`${FOLDER}/run.json`) ?? '';
}
