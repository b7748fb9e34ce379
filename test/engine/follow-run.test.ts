// A run is followed by what it leaves on the disk: each log as it grows, until the run ends, is killed or is gone.
import { expect, test } from 'vitest';
import type { FollowRequest } from '../../src/engine/follow-run.ts';
import { awaitRun, followRun } from '../../src/engine/follow-run.ts';
import type { LockHolder } from '../../src/ports/workspace-lock.ts';
import { runLogPath, stageLogPath } from '../../src/store/run-paths.ts';
import { createRunRecorder } from '../../src/store/run-recorder.ts';
import { nameMatcher } from '../../src/util/name-pattern.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryFileSystem } from '../support/memory-file-system.ts';
import { completed, RUN_ID, ran, START_MS, started, triedAgain } from '../unit/report/sample-run.ts';

const STATE = '/w/.wrangle';
const PLACE = { state: STATE, lock: `${STATE}/lock` };
const HOLDER: LockHolder = { pid: 7, command: 'wrangle build', started_at: '2026-11-21T04:35:11.900Z' };
const REQUEST = {
  targets: [],
  params: [],
  cache: 'rw',
  force: false,
  forced_before: [],
  keep_going: false,
  atomic: false,
  jobs: null,
} as const;

const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));

class Site {
  readonly fs = new MemoryFileSystem();
  readonly clock = new ManualClock({ nowMs: START_MS });
  readonly stop = new AbortController();
  readonly told: string[] = [];
  holder: LockHolder | undefined = HOLDER;
  readonly recorder = createRunRecorder({
    fs: this.fs,
    clock: this.clock,
    stateDir: STATE,
    runId: RUN_ID,
    pipeline: 'pipelines/full.yaml',
    labels: {},
    request: REQUEST,
    resumes: null,
    startedAtMs: START_MS,
    onProblem: (message) => this.told.push(message),
  });

  constructor() {
    this.fs.write({ [`${STATE}/.gitignore`]: '*\n' });
  }

  get ports() {
    return { fs: this.fs, clock: this.clock, lock: { acquire: async () => undefined, holder: () => this.holder } };
  }

  follow(...stages: string[]) {
    const request: FollowRequest = {
      runId: RUN_ID,
      wants: stages.length === 0 ? undefined : nameMatcher(stages),
      signal: this.stop.signal,
      onText: ({ stage, attempt }, text, isEnd) => {
        if (text !== '' || isEnd) this.told.push(`${stage ?? '-'} ${attempt}: ${text}${isEnd ? '|' : ''}`);
      },
      onProblem: (message) => this.told.push(message),
      breathe,
    };
    return followRun(this.ports, PLACE, request);
  }

  print(stage: string, attempt: number, text: string) {
    const path = stageLogPath(STATE, RUN_ID, stage, attempt);
    this.fs.write({ [path]: `${this.fs.readText(path) ?? ''}${text}` });
  }

  /** And lets who was woken finish. */
  async advance(ms: number) {
    await this.clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** What was told since the last time. */
  take() {
    return this.told.splice(0);
  }
}

test('the log of a run, a quarter of a second behind it, and how it ended', async () => {
  const site = new Site();
  const [queued, begun, done] = ran('clean', 10, 1200);
  site.recorder.onEvent(started(1, 0));
  site.recorder.onEvent(queued as never);
  const followed = site.follow();
  await site.advance(0);
  const prefix = (at: string) => `2026-11-21T04:35:${at}Z | ${RUN_ID} |`;
  expect(site.take()).toEqual([
    `- 0: ${prefix('12.000')} - | INFO | 1 stages.\n${prefix('12.010')} clean | DEBUG | Said.\n`,
  ]);
  const reads = site.fs.count('readPart', 'log.txt');
  await site.advance(1000);
  expect(site.take()).toEqual([]);
  expect(site.fs.count('readPart', 'log.txt')).toBe(reads);
  // Four looks a second.
  expect(site.fs.operations.filter(({ op, path }) => op === 'stat' && path === runLogPath(STATE, RUN_ID))).toHaveLength(
    5,
  );
  site.recorder.onEvent(begun as never);
  await site.advance(500);
  expect(site.take()).toEqual([`- 0: ${prefix('12.010')} clean | INFO | Said.\n`]);
  site.recorder.onEvent(done as never);
  site.recorder.onEvent(completed('done', { ran: 1 }));
  site.recorder.close('done');
  await site.advance(250);
  expect(await followed).toEqual({ status: 'ended', outcome: 'done', durationMs: 3100 });
  expect(site.take().at(-1)).toBe('- 0: |');
});

test('each attempt of the stages that are wanted, to its last byte', async () => {
  const site = new Site();
  const events = triedAgain('fetch@a', 10);
  site.recorder.onEvent(started(2, 0));
  for (const event of [...ran('clean', 5, 10).slice(0, 2), ...events.slice(0, 2)]) site.recorder.onEvent(event);
  site.print('clean', 1, 'not wanted\n');
  site.print('fetch@a', 1, 'one\ntw');
  const followed = site.follow('fetch@*');
  await site.advance(500);
  expect(site.take()).toEqual(['fetch@a 1: one\n']);
  site.print('fetch@a', 1, 'o');
  for (const event of events.slice(2, 4)) site.recorder.onEvent(event);
  site.print('fetch@a', 2, 'again\n');
  await site.advance(500);
  expect(site.take()).toEqual(['fetch@a 1: two|', 'fetch@a 2: again\n']);
  for (const event of events.slice(4)) site.recorder.onEvent(event);
  site.recorder.onEvent(completed('done', { ran: 2 }));
  site.recorder.close('done');
  await site.advance(250);
  expect((await followed).status).toBe('ended');
  expect(site.take()).toEqual(['fetch@a 2: |']);
});

test('a run whose builder was killed is over, and all that it printed is shown', async () => {
  const site = new Site();
  site.recorder.onEvent(started(1, 0));
  for (const event of ran('clean', 10, 1200).slice(0, 2)) site.recorder.onEvent(event);
  const followed = site.follow('clean');
  await site.advance(500);
  site.print('clean', 1, 'last words');
  site.holder = undefined;
  await site.advance(250);
  expect(await followed).toMatchObject({ status: 'ended', outcome: 'interrupted' });
  expect(site.take()).toEqual(['clean 1: last words|']);
});

test('another builder does not keep it alive', async () => {
  const site = new Site();
  site.recorder.onEvent(started(1, 0));
  for (const event of ran('clean', 10, 1200).slice(0, 2)) site.recorder.onEvent(event);
  await site.advance(500);
  site.holder = { ...HOLDER, started_at: '2026-11-21T04:35:12.400Z' };
  const followed = site.follow();
  await site.advance(0);
  await site.advance(250);
  expect(await followed).toMatchObject({ status: 'ended', outcome: 'interrupted' });
});

test('logs that are cut, removed or cannot be read, and a record that is gone', async () => {
  const site = new Site();
  const log = stageLogPath(STATE, RUN_ID, 'clean', 1);
  site.recorder.onEvent(started(1, 0));
  for (const event of ran('clean', 10, 1200).slice(0, 2)) site.recorder.onEvent(event);
  site.print('clean', 1, 'one\ntwo\n');
  const followed = site.follow('clean');
  await site.advance(500);
  site.fs.write({ [log]: 'new\n' });
  await site.advance(250);
  site.fs.remove(log);
  await site.advance(250);
  expect(site.take()).toEqual([
    'clean 1: one\ntwo\n',
    `The log "${log}" was cut short; it goes on from its beginning.`,
    'clean 1: new\n',
    `The log "${log}" was removed while it was followed.`,
  ]);
  site.fs.remove(`${STATE}/runs`);
  await site.advance(250);
  expect(await followed).toEqual({ status: 'gone' });

  const other = new Site();
  other.recorder.onEvent(started(1, 0));
  for (const event of ran('clean', 10, 1200).slice(0, 2)) other.recorder.onEvent(event);
  await other.advance(250);
  other.print('clean', 1, 'one\n');
  other.fs.failNext('readPart', 'EACCES', '1.log');
  const second = other.follow('clean');
  await other.advance(250);
  expect(other.take()[0]).toMatch(`The log "${log}" cannot be read: EACCES`);
  other.stop.abort();
  await other.advance(250);
  expect(await second).toEqual({ status: 'stopped' });
});

test('the run that goes on is found, else the next is waited for, until told to stop', async () => {
  const site = new Site();
  let waits = 0;
  const find = () => awaitRun(site.ports, PLACE, { signal: site.stop.signal, onWait: () => waits++ });
  site.holder = undefined;
  const next = find();
  await site.advance(1000);
  expect(waits).toBe(1);
  site.holder = HOLDER;
  site.recorder.onEvent(started(1, 0));
  for (const event of ran('clean', 10, 1200)) site.recorder.onEvent(event);
  await site.advance(250);
  expect(await next).toBe(RUN_ID);
  expect(await find()).toBe(RUN_ID);
  expect(waits).toBe(1);

  site.recorder.onEvent(completed('done', { ran: 1 }));
  site.recorder.close('done');
  const none = find();
  await site.advance(250);
  site.stop.abort();
  expect(await none).toBeUndefined();
  expect(waits).toBe(2);
  // Looking writes nothing.
  const before = site.fs.tree('/');
  await followRun(site.ports, PLACE, {
    runId: RUN_ID,
    wants: undefined,
    signal: new AbortController().signal,
    onText: () => {},
    onProblem: () => {},
    breathe,
  });
  expect(site.fs.tree('/')).toEqual(before);
});
