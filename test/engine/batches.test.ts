// Many items of a fan-out in one attempt: each is what it would have been alone.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { describe, expect, test } from 'vitest';
import { declaredEntries, hashContract, hashDeclared } from '../../src/digest/fingerprint.ts';
import { buildLoaded } from '../../src/engine/build-workspace.ts';
import { passingWorkers } from '../../src/engine/worker-owner.ts';
import type { Stage, Strategy } from '../../src/model/pipeline.ts';
import type { StageType } from '../../src/model/plugin.ts';
import type { RequestItem } from '../../src/plugin/protocol.ts';
import type { Json } from '../../src/util/canonical-json.ts';
import type { Run } from '../support/engine-project.ts';
import { EngineProject, requestOf, ToldRun } from '../support/engine-project.ts';
import type { FakeProcess } from '../support/fake-command-runner.ts';
import { FakeCommandRunner, FakeRequest } from '../support/fake-command-runner.ts';
import type { StageParts } from '../support/make-stage.ts';
import { makeStage } from '../support/make-stage.ts';
import { MortalFileSystem } from '../support/mortal-file-system.ts';

const TYPE: StageType = {
  name: 'plug/page',
  plugin: 'plug',
  plugin_version: '1.0.0',
  dir: '/plug',
  description: '',
  run: { node: './page.js' },
  params: {},
  inputs: {},
  outputs: {},
  platform: 'any',
  worker: true,
  batch: true,
  version: 1,
  code_digest: 'c0de',
};

const RETRY = { max: 2, backoff: { base_ms: 1000, multiplier: 5, max_ms: 300_000 }, on: ['retryable'] };

interface Given {
  readonly keys: readonly string[];
  readonly batch?: number;
  readonly jobs?: number;
  readonly parts?: StageParts;
  readonly type?: Partial<StageType>;
  readonly keepGoing?: boolean;
  readonly onRun?: (told: ToldRun) => void;
}

/** Ends the process, sooner or later. */
type Act = (process: FakeProcess) => unknown;

class BatchProject extends EngineProject {
  readonly stop = new AbortController();
  readonly kill = new AbortController();

  /** Builds `page@KEY` for each key, from `in/KEY` to `out/KEY`. */
  async pages(given: Given, behave: Act): Promise<Run> {
    const { keys, batch = 50, jobs = 2, parts = {} } = given;
    const type = { ...TYPE, ...given.type };
    const instances = keys.map((key) =>
      makeStage(`page@${key}`, {
        inputs: { d: `in/${key}` },
        outputs: { o: `out/${key}` },
        on_failure: 'continue',
        ...parts,
        action: { kind: 'type', type: type.name, with: { map: { name: key } } },
        item: { stage: 'page', key, value: { id: key } },
      }),
    );
    const foreach = { in: { name: '', list: false, items: [] }, batch };
    const stages: Stage[] = [makeStage('page', { foreach }), ...instances];
    const nothing = stages.map(() => []);
    const declared = (stage: Stage) => declaredEntries(stage, () => type, this.ports().platform);
    const frontEnd = {
      graph: {
        pipeline: { file: 'pipeline.yaml', params: {} },
        stages,
        ...{ producers: nothing, consumers: nothing, item_producers: stages.map(({ inputs }) => inputs.map(() => [])) },
      },
      declaredHashes: stages.map((stage) => hashDeclared(declared(stage))),
      contractHashes: stages.map(hashContract),
      types: [type],
      settings: { storeBytesMax: Number.POSITIVE_INFINITY },
      warnings: [],
    };
    const loaded = { ok: true, frontEnd, fromCache: false, origin: { sources: [], env: {} }, store: () => {} } as const;
    this.runner = new FakeCommandRunner(this.fs);
    const { runner } = this;
    runner.onStart(async (process) => {
      try {
        await behave(process);
      } catch (error) {
        // What a kill leaves of it does no harm.
        if (!(this.fs instanceof MortalFileSystem)) throw error;
        process.cancel(true);
      }
    });
    const told = new ToldRun();
    given.onRun?.(told);
    const signals = { signal: this.stop.signal, killSignal: this.kill.signal };
    const targets = instances.map(({ id }) => id);
    const request = this.request({ targets, jobs, keepGoing: given.keepGoing ?? false }, told, signals);
    const basis = { proofPath: undefined, hasFiles: false, workers: passingWorkers(this.ports()) };
    const report = await buildLoaded(this.ports(), this.dir, request, loaded, basis);
    return { report, started: runner.started, ...told.run() };
  }

  /** Action records, without what differs from run to run. */
  records(): unknown[] {
    const files = Object.entries(this.fs.tree('/w/.wrangle/store/ac')).sort(([a], [b]) => (a < b ? -1 : 1));
    return files.map(([path, text]) => [
      path,
      text.replaceAll(/"(run_id|created_at)":"[^"]*"/g, '').replaceAll(/"duration_ms":\d+/g, ''),
    ]);
  }
}

function project(keys: readonly string[]): BatchProject {
  const made = new BatchProject();
  made.write(Object.fromEntries(keys.map((key) => [`in/${key}`, key])));
  return made;
}

/** Those that the process was started for; a request for one is one. */
function itemsOf(process: FakeProcess): RequestItem[] {
  const request = requestOf(process);
  return request.items ? [...request.items] : [{ key: request.key ?? '', item: request.item ?? null, ...request }];
}

const keysOf = (process: FakeProcess) => itemsOf(process).map(({ key }) => key);

/** Writes the output of an item: its key and its number of attempt in capitals. */
function make(process: FakeProcess, key: string): void {
  const item = itemsOf(process).find((one) => one.key === key) as RequestItem;
  const [source] = item.inputs['d'] ?? [];
  const { path } = item.outputs['o'] as { path: string };
  process.writes({ [path]: `page of ${process.reads(source?.path ?? '')}` });
}

interface Said {
  readonly [key: string]: Json;
}

function tell(process: FakeProcess, event: Said): void {
  if (process instanceof FakeRequest) process.tells(event);
  else {
    const { events } = requestOf(process);
    const before = process.isFolder(events) ? '' : safeRead(process, events);
    process.writes({ [events]: `${before}${JSON.stringify(event)}\n` });
  }
}

function safeRead(process: FakeProcess, path: string): string {
  try {
    return process.reads(path);
  } catch {
    return '';
  }
}

function end(process: FakeProcess, document: Said = {}): void {
  const result = { protocol: 1, status: 'ok', ...document };
  if (process instanceof FakeRequest) process.answer(result);
  else {
    process.writes({ [process.spec.env['WRANGLE_RESULT'] ?? '']: JSON.stringify(result) });
    process.succeed();
  }
}

/** Makes all items, tells of each, and ends well. */
function makeAll(process: FakeProcess): void {
  for (const { key } of itemsOf(process)) {
    make(process, key);
    if (requestOf(process).items) tell(process, { type: 'item', key, status: 'ok', metrics: { length: key.length } });
  }
  end(process, requestOf(process).items ? {} : { metrics: { length: keysOf(process)[0]?.length ?? 0 } });
}

const failure = (code: string, category: string) => ({ code, category, message: `It is ${code}.` });

const ABC = ['a', 'b', 'c'];
const eventsOf = ({ events }: Run, id: string) =>
  events.filter(({ task_id }) => task_id === id).map(({ event }) => event);
const failureOf = ({ events }: Run, id: string) =>
  events.flatMap((event) =>
    (event.event === 'task_failed' || event.event === 'task_skipped') && event.task_id === id
      ? [event.details.data.failure?.message]
      : [],
  )[0];

describe('a batch', () => {
  test('is one request with all items, each with what it would have alone', async () => {
    const w = project(ABC);
    const requests: unknown[] = [];
    const run = await w.pages({ keys: ABC }, (process) => {
      requests.push(requestOf(process));
      makeAll(process);
    });
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'ran', 'page@c': 'ran' });
    expect(w.files()).toMatchObject({ 'out/a': 'page of a', 'out/b': 'page of b', 'out/c': 'page of c' });
    expect(run.started).toEqual(['page@a']);

    const alone: unknown[] = [];
    await project(ABC).pages({ keys: ABC, batch: 1, jobs: 1 }, (process) => {
      alone.push(requestOf(process));
      makeAll(process);
    });
    const of = ({ key, item, stage, params, inputs, outputs, answers, questions, seed, scratch }: RequestItem) => ({
      ...{ key, item, stage, params, inputs, outputs, answers, questions, seed, scratch },
    });
    const [request] = requests as [{ items: RequestItem[] }];
    expect(request.items.map(of)).toEqual((alone as RequestItem[]).map(of));
    expect(request).toMatchObject({ stage: 'page@a', attempt: 1, params: {}, inputs: {}, outputs: {}, answers: {} });
    expect(request).not.toHaveProperty('item');
    expect(request.items[1]).toMatchObject({
      key: 'b',
      item: { id: 'b' },
      stage: 'page@b',
      params: { name: 'b' },
      outputs: { o: { path: '/w/.wrangle/staging/page@b/0/out/b' } },
    });
  });

  test.each([1, 2, 50])('of %i leaves the same records and outputs', async (batch) => {
    const w = project(ABC);
    await w.pages({ keys: ABC, batch }, makeAll);
    const reference = project(ABC);
    await reference.pages({ keys: ABC, batch: 1, jobs: 1 }, makeAll);
    expect(w.records()).toHaveLength(3);
    expect(w.records()).toEqual(reference.records());
    expect(w.files()).toEqual(reference.files());
    const again = await w.pages({ keys: ABC, batch }, makeAll);
    expect([again.started, again.outcomes]).toEqual([[], { 'page@a': 'fresh', 'page@b': 'fresh', 'page@c': 'fresh' }]);
  });

  test('holds only what has to run, and as many as the stage says', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const w = project(keys);
    await w.pages({ keys: ['b', 'd'] }, makeAll);
    const batches: string[][] = [];
    const act = (process: FakeProcess) => {
      batches.push(keysOf(process));
      makeAll(process);
    };
    const run = await w.pages({ keys, batch: 3, jobs: 1 }, act);
    expect(batches).toEqual([['a', 'c', 'e'], ['f']]);
    expect(run.outcomes).toMatchObject({ 'page@a': 'ran', 'page@b': 'fresh', 'page@f': 'ran' });
    w.write({ 'in/c': 'other' });
    batches.length = 0;
    await w.pages({ keys, batch: 3 }, act);
    expect(batches).toEqual([['c']]);
  });

  test('is served by a process of its own where the type has no workers', async () => {
    const w = project(ABC);
    const run = await w.pages({ keys: ABC, type: { worker: false } }, makeAll);
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'ran', 'page@c': 'ran' });
    expect(run.started).toEqual(['page@a']);
    expect(run.collected.stages.get('page@b')?.metrics).toEqual({ length: 1 });
  });

  test('does not mix what has another environment', async () => {
    const w = project(ABC);
    const batches: string[][] = [];
    const env = { FILE: [{ expr: 'inputs.d', quote: 'none' as const }] };
    await w.pages({ keys: ABC, parts: { env } }, (process) => {
      batches.push([...keysOf(process), process.spec.env['FILE'] ?? '']);
      makeAll(process);
    });
    expect(batches).toEqual([
      ['a', 'in/a'],
      ['b', 'in/b'],
      ['c', 'in/c'],
    ]);
  });
});

describe('a result', () => {
  test('is committed when it comes, while the process goes on', async () => {
    const w = project(ABC);
    const seen: unknown[] = [];
    const run = await w.pages({ keys: ABC }, async (process) => {
      for (const key of ABC) {
        make(process, key);
        tell(process, { type: 'item', key, status: 'ok' });
        await w.idle();
        seen.push([Object.keys(w.files()).filter((path) => path.startsWith('out/')), process.isRunning]);
      }
      end(process);
    });
    expect(seen).toEqual([
      [['out/a'], true],
      [['out/a', 'out/b'], true],
      [['out/a', 'out/b', 'out/c'], true],
    ]);
    expect(eventsOf(run, 'page@b')).toEqual(['task_queued', 'task_started', 'task_completed']);
  });

  test('may come at the end, in any order, with metrics and inputs of its own', async () => {
    const w = project(ABC);
    w.write({ lib: '1' });
    const run = await w.pages({ keys: ABC }, (process) => {
      for (const key of ABC) make(process, key);
      tell(process, { type: 'metric', key: 'b', name: 'told', value: 2 });
      const items = ['c', 'b', 'a'].map((key) => ({
        key,
        status: 'ok',
        metrics: { n: key },
        discovered_inputs: ['lib'],
      }));
      end(process, { items });
    });
    expect(run.collected.stages.get('page@b')?.metrics).toEqual({ told: 2, n: 'b' });
    expect(run.collected.stages.get('page@c')?.metrics).toEqual({ n: 'c' });
    w.write({ lib: '2' });
    const batches: string[][] = [];
    await w.pages({ keys: ABC }, (process) => {
      batches.push(keysOf(process));
      makeAll(process);
    });
    expect(batches).toEqual([ABC]);
  });

  test('is believed once, and for no item that is not in the batch', async () => {
    const w = project(ABC);
    const run = await w.pages({ keys: ABC }, (process) => {
      for (const key of ABC) {
        make(process, key);
        tell(process, { type: 'item', key, status: 'ok' });
        tell(process, { type: 'item', key, status: 'failed', error: failure('late', 'critical') });
      }
      tell(process, { type: 'item', key: 'x', status: 'ok' });
      tell(process, { type: 'item', key: 'y', status: 'ok' });
      end(process, { items: [{ key: 'a', status: 'ok' }] });
    });
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'ran', 'page@c': 'ran' });
    expect(run.warnings).toEqual([
      'It gave a second result for the item "a"; the first one counts.',
      'It gave a result for "x", which is no item of its batch.',
    ]);
  });

  test('is all that counts of an item: what is measured afterwards does not', async () => {
    // More than are committed at once.
    const keys = Array.from({ length: 40 }, (_, at) => `k${at}`);
    const run = await project(keys).pages({ keys }, (process) => {
      for (const key of keys) {
        make(process, key);
        tell(process, { type: 'metric', key, name: 'rows', value: 1 });
        tell(process, { type: 'item', key, status: 'ok' });
        tell(process, { type: 'metric', key, name: 'rows', value: 2 });
      }
      end(process);
    });
    const measured = keys.map((key) => run.collected.stages.get(`page@${key}`)?.metrics);
    expect(measured).toEqual(Array(40).fill({ rows: 1 }));
  });

  test('for no item of its batch is shown by the beginning of its key', async () => {
    const run = await project(ABC).pages({ keys: ABC }, (process) => {
      tell(process, { type: 'item', key: 'x'.repeat(1000), status: 'ok' });
      makeAll(process);
    });
    const said = run.events.flatMap(({ event, details }) => (event === 'log' ? [details.message] : []));
    expect(said).toEqual([`It gave a result for "${'x'.repeat(60)}…", which is no item of its batch.`]);
  });

  test("is never believed about files, and what is wrong with it is one item's failure", async () => {
    const w = project(['a', 'b', 'c', 'd']);
    const run = await w.pages({ keys: ['a', 'b', 'c', 'd'] }, (process) => {
      make(process, 'a');
      make(process, 'c');
      for (const key of ['a', 'b']) tell(process, { type: 'item', key, status: 'ok' });
      tell(process, { type: 'item', key: 'c', status: 'good' });
      end(process);
    });
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'failed', 'page@c': 'failed', 'page@d': 'failed' });
    expect(['page@b', 'page@c', 'page@d'].map((id) => failureOf(run, id))).toEqual([
      'It ended well but did not make "out/b".',
      'The plugin\'s result document cannot be used: its "status" is "good"; it must be "ok", "failed" or "suspended".',
      'The plugin ended well but gave no result for this item.',
    ]);
    expect(w.files()['out/c']).toBeUndefined();
    expect(w.failed('page@c')['outputs/out/c']).toBe('page of c');
  });
});

describe('an item that fails', () => {
  test('is dropped, fails or is tried again, by its category, and the others are built', async () => {
    const keys = ['a', 'gone', 'busy', 'torn', 'slow', 'b'];
    const w = project(keys);
    w.write({ 'out/gone': 'from before', 'out/busy': 'from before', 'out/torn': 'from before' });
    const batches: [string[], number, number][] = [];
    const startMs = w.clock.nowMs();
    const run = await w.pages({ keys, parts: { retry: RETRY } }, (process) => {
      const { attempt } = requestOf(process);
      batches.push([keysOf(process), attempt, w.clock.nowMs() - startMs]);
      for (const key of keysOf(process)) {
        make(process, key);
        const isWell = key === 'slow' && attempt > 1;
        const error = isWell
          ? undefined
          : { gone: 'skippable', busy: 'retryable', slow: 'retryable', torn: 'critical' }[key];
        if (error) tell(process, { type: 'item', key, status: 'failed', error: failure(key, error) });
        else tell(process, { type: 'item', key, status: 'ok' });
      }
      end(process);
    });
    expect(run.outcomes).toEqual({
      'page@a': 'ran',
      'page@b': 'ran',
      'page@busy': 'skipped',
      'page@gone': 'skipped',
      'page@slow': 'ran',
      'page@torn': 'failed',
    });
    expect(batches).toEqual([
      [keys, 1, 0],
      [['busy', 'slow'], 2, 1000],
      [['busy'], 3, 6000],
    ]);
    expect(eventsOf(run, 'page@slow')).toEqual([
      ...['task_queued', 'task_started', 'task_retrying', 'task_started', 'task_completed'],
    ]);
    expect(eventsOf(run, 'page@gone').filter((event) => event !== 'log')).toEqual([
      ...['task_queued', 'task_started', 'task_skipped'],
    ]);
    expect(failureOf(run, 'page@busy')).toBe('It is busy.');
    // What was dropped is no longer true; what failed stands.
    expect(w.files()).toEqual({
      ...Object.fromEntries(keys.map((key) => [`in/${key}`, key])),
      ...{ 'out/a': 'page of a', 'out/b': 'page of b', 'out/slow': 'page of slow', 'out/torn': 'from before' },
    });
  });

  test('is kept by itself, with a request for it alone', async () => {
    const w = project(ABC);
    const run = await w.pages({ keys: ABC }, (process) => {
      for (const key of ABC) make(process, key);
      process.prints('working\n');
      tell(process, { type: 'item', key: 'b', status: 'failed', error: failure('torn', 'critical') });
      end(process, {
        items: [
          { key: 'a', status: 'ok' },
          { key: 'c', status: 'ok' },
        ],
      });
    });
    const kept = w.failed('page@b');
    expect(Object.keys(kept).sort()).toEqual([
      ...[
        'attempt.json',
        'environment.sh',
        'log.txt',
        'outputs/out/b',
        'replay-request.json',
        'replay.sh',
        'request.json',
      ],
    ]);
    const request = JSON.parse(kept['request.json'] ?? '') as object;
    expect(request).toMatchObject({ stage: 'page@b', key: 'b', item: { id: 'b' }, params: { name: 'b' } });
    expect(request).not.toHaveProperty('items');
    const [log] = ['page@a', 'page@b', 'page@c'].map((id) => run.collected.stages.get(id)?.log);
    expect(log).toMatch(/\/stages\/page@a\/1\.log$/);
    expect(run.collected.stages.get('page@b')?.log).toBe(log);
  });

  test('that halts the run is the end of what has not begun, and of no other item', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const run = await project(keys).pages({ keys, batch: 3, jobs: 1, parts: { on_failure: 'halt' } }, (process) => {
      for (const key of keysOf(process)) make(process, key);
      tell(process, { type: 'item', key: 'a', status: 'failed', error: failure('torn', 'critical') });
      for (const key of ['b', 'c']) tell(process, { type: 'item', key, status: 'ok' });
      end(process);
    });
    expect(run.outcomes).toEqual({
      'page@a': 'failed',
      'page@b': 'ran',
      'page@c': 'ran',
      'page@d': 'cancelled',
      'page@e': 'cancelled',
    });
  });

  test('that halts the run does so at once, whoever of its batch it is', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const parts = { on_failure: 'halt' as const, retry: RETRY };
    for (const torn of ['a', 'b']) {
      const w = project(keys);
      let others = () => {};
      const run = await w.pages({ keys, batch: 2, jobs: 2, parts }, async (process) => {
        if (keysOf(process).includes('c')) {
          others = () => makeAll(process);
          return;
        }
        for (const key of ['a', 'b']) {
          const category = key === torn ? 'critical' : 'retryable';
          tell(process, { type: 'item', key, status: 'failed', error: failure('torn', category) });
        }
        await w.idle();
        // What is free now starts nothing.
        others();
        others = () => {};
        await w.idle();
        end(process);
      });
      expect(run.started).toEqual(['page@a', 'page@c']);
      expect(run.outcomes).toEqual({
        ...{ 'page@a': 'failed', 'page@b': 'failed', 'page@c': 'ran', 'page@d': 'ran' },
        ...{ 'page@e': 'cancelled', 'page@f': 'cancelled' },
      });
    }
  });

  test('that halts the run is the end of those that have another environment', async () => {
    const env = { FILE: [{ expr: 'inputs.d', quote: 'none' as const }] };
    for (const torn of ['a', 'c']) {
      const run = await project(ABC).pages({ keys: ABC, jobs: 1, parts: { on_failure: 'halt', env } }, (process) => {
        if (keysOf(process).includes(torn)) {
          end(process, { status: 'failed', error: failure('torn', 'critical') });
        } else makeAll(process);
      });
      const begun = run.started.map((id) => run.outcomes[id]);
      expect(begun.indexOf('failed')).toBe(begun.length - 1);
      expect(Object.values(run.outcomes).filter((outcome) => outcome === 'cancelled')).toHaveLength(3 - begun.length);
    }
  });

  test('and is dropped needs no batch for that', async () => {
    const w = project(['a']);
    const run = await w.pages({ keys: ['a'], batch: 1, parts: { retry: { ...RETRY, max: 1 } } }, (process) => {
      end(process, { status: 'failed', error: failure('busy', 'retryable') });
    });
    expect(run.started).toEqual(['page@a', 'page@a']);
    expect(run.outcomes).toEqual({ 'page@a': 'skipped' });
    expect(run.report).toMatchObject({ outcome: 'done' });
  });

  test('may ask, and goes on with its answer', async () => {
    const w = project(ABC);
    const asks: Act = (process) => {
      for (const item of itemsOf(process)) {
        const { key, answers = {} } = item;
        const isAsking = key === 'b' && answers['ok'] === undefined;
        if (!isAsking) make(process, key);
        const said: Said = isAsking
          ? { status: 'suspended', question: { id: 'ok', text: 'Is it?' } }
          : { status: 'ok' };
        if (requestOf(process).items) tell(process, { type: 'item', key, ...said });
        else end(process, said);
      }
      if (requestOf(process).items) end(process);
    };
    const run = await w.pages({ keys: ABC }, asks);
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'suspended', 'page@c': 'ran' });
    w.write({ 'answers/page@b.json': '{ "ok": true }' });
    expect((await w.pages({ keys: ABC }, asks)).outcomes).toMatchObject({ 'page@a': 'fresh', 'page@b': 'ran' });
  });
});

describe('a process', () => {
  const tellOfA = (process: FakeProcess) => {
    for (const key of ABC) make(process, key);
    tell(process, { type: 'item', key: 'a', status: 'ok' });
  };

  test('that dies fails the items without a result', async () => {
    const w = project(ABC);
    const run = await w.pages({ keys: ABC }, async (process) => {
      tellOfA(process);
      await w.idle();
      process.prints('last words\n');
      process.signal('SIGKILL');
    });
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'failed', 'page@c': 'failed' });
    expect(failureOf(run, 'page@c')).toBe('It was killed by SIGKILL (out of memory?), before this item was done.');
    const tails = run.events.flatMap((event) =>
      event.event === 'task_failed' ? [event.details.data.failure.tail] : [],
    );
    expect(tails).toEqual([['last words'], []]);
    const next = await w.pages({ keys: ABC }, makeAll);
    expect(next.outcomes).toEqual({ 'page@a': 'fresh', 'page@b': 'ran', 'page@c': 'ran' });
  });

  test('that is a worker and breaks the protocol fails them, too', async () => {
    const run = await project(ABC).pages({ keys: ABC }, (process) => {
      tellOfA(process);
      (process as FakeRequest).fault({ code: 'worker-protocol', message: 'It broke the protocol.' });
    });
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'failed', 'page@c': 'failed' });
    expect(failureOf(run, 'page@b')).toBe('It broke the protocol, before this item was done.');
  });

  test('that fails after all items were done fails none', async () => {
    const run = await project(ABC).pages({ keys: ABC, type: { worker: false } }, (process) => {
      for (const key of ABC) {
        make(process, key);
        tell(process, { type: 'item', key, status: 'ok' });
      }
      process.exit(3);
    });
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'ran', 'page@c': 'ran' });
    expect(run.warnings).toEqual(['It ended with exit code 3, after all items of its batch were done.']);
  });

  test('that says itself why it failed says so for the items without a result', async () => {
    const run = await project(ABC).pages({ keys: ABC }, (process) => {
      tellOfA(process);
      end(process, { status: 'failed', error: failure('offline', 'skippable') });
    });
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'skipped', 'page@c': 'skipped' });
  });

  test('that only asks does not say for which item', async () => {
    const run = await project(ABC).pages({ keys: ABC }, (process) => {
      tellOfA(process);
      end(process, { status: 'suspended' });
    });
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'failed', 'page@c': 'failed' });
    expect(failureOf(run, 'page@b')).toBe(
      "The plugin's result document cannot be used: it asks a question and does not say which item of its batch asks.",
    );
  });

  test('that runs out of time keeps what was done, and the rest is a batch again', async () => {
    const batches: string[][] = [];
    const run = await project(ABC).pages({ keys: ABC, parts: { retry: RETRY, timeout_ms: 5000 } }, (process) => {
      batches.push(keysOf(process));
      if (batches.length > 1) {
        makeAll(process);
        return;
      }
      tellOfA(process);
      process.timeout();
    });
    expect(batches).toEqual([ABC, ['b', 'c']]);
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'ran', 'page@c': 'ran' });
  });

  test('that is stopped keeps what was done, and the rest is as it was', async () => {
    const w = project(ABC);
    const run = await w.pages({ keys: ABC }, async (process) => {
      tellOfA(process);
      w.stop.abort();
      await w.idle();
    });
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'cancelled', 'page@c': 'cancelled' });
    expect(Object.keys(w.files()).filter((path) => path.startsWith('out/'))).toEqual(['out/a']);
    expect(Object.keys(w.fs.tree('/w/.wrangle/staging')).filter((path) => path.startsWith('page@'))).toEqual([]);
  });
});

describe('an item with other strategies', () => {
  const plain: Strategy = {
    name: 'plain',
    action: { kind: 'shell', shell: 'sh', command: ['true'] },
    env: {},
    exit_codes: {},
    in_place: [],
  };
  const parts = { retry: { ...RETRY, max: 1 }, fallback: [plain] };

  /** In its batch `a` is made, `b` is torn and `c` is busy each time. */
  function tryOwnWay(process: FakeProcess): void {
    for (const key of keysOf(process)) {
      make(process, key);
      const error = failure(key, key === 'b' ? 'critical' : 'retryable');
      tell(process, { type: 'item', key, ...(key === 'a' ? { status: 'ok' } : { status: 'failed', error }) });
    }
    end(process);
  }

  test('is made by the next one when its own way failed for good, and by itself', async () => {
    const w = project(ABC);
    const starts: [string, string[]][] = [];
    const run = await w.pages({ keys: ABC, parts }, (process) => {
      starts.push([process.spec.door, keysOf(process)]);
      if (process instanceof FakeRequest) tryOwnWay(process);
      else makeAll(process);
    });
    expect(starts).toEqual([
      ['plugin', ABC],
      ['command', ['b']],
      ['plugin', ['c']],
      ['command', ['c']],
    ]);
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'ran', 'page@c': 'ran' });
    const degraded = run.events.flatMap((event) =>
      event.event === 'task_completed' ? [[event.task_id, event.details.data.degraded]] : [],
    );
    expect(degraded).toEqual([
      ['page@a', undefined],
      ['page@b', 'plain'],
      ['page@c', 'plain'],
    ]);
    const again = await w.pages({ keys: ABC, parts }, makeAll);
    expect([again.started, Object.values(again.outcomes)]).toEqual([[], ['fresh', 'fresh', 'fresh']]);
  });

  test('has them no more once another item of its batch has halted the run', async () => {
    const halting = { ...parts, on_failure: 'halt' as const };
    const run = await project(ABC).pages({ keys: ABC, parts: halting }, (process) => {
      if (process instanceof FakeRequest) tryOwnWay(process);
      else process.exit(1);
    });
    expect(run.started).toEqual(['page@a', 'page@b']);
    expect(run.outcomes).toEqual({ 'page@a': 'ran', 'page@b': 'failed', 'page@c': 'failed' });
    expect(failureOf(run, 'page@c')).toBe('It is c. It was not tried again, because the run was halted.');
  });
});

describe('a batch that waits for its turn', () => {
  test('is not begun when one that should be in it halts the run', async () => {
    for (const jobs of [1, 2]) {
      const w = project(['a', 'c', 'd']);
      const parts = { on_failure: 'halt' as const };
      const run = await w.pages({ keys: ['a', 'b', 'c', 'd'], jobs, parts }, makeAll);
      expect(run.started).toEqual([]);
      expect(run.outcomes).toEqual({
        'page@a': 'cancelled',
        'page@b': 'failed',
        'page@c': 'cancelled',
        'page@d': 'cancelled',
      });
      expect(run.report).toMatchObject({ outcome: 'failed' });
    }
  });

  test('waits no longer than the run goes on', async () => {
    const w = project(ABC);
    const run = await w.pages({ keys: ABC, batch: 2, jobs: 1, parts: { retry: RETRY } }, async (process) => {
      for (const key of keysOf(process)) {
        tell(process, { type: 'item', key, status: 'failed', error: failure('busy', 'retryable') });
      }
      end(process);
      w.stop.abort();
    });
    expect(run.outcomes).toEqual({ 'page@a': 'cancelled', 'page@b': 'cancelled', 'page@c': 'cancelled' });
    expect(run.report).toMatchObject({ outcome: 'interrupted' });
  });
});

describe('a fan-out in a pipeline', () => {
  const MANIFEST = {
    protocol: 1,
    name: 'plug',
    stages: {
      page: {
        run: { node: './page.js' },
        worker: true,
        batch: true,
        params: { type: 'object', properties: { name: { type: 'string' } } },
        inputs: { d: {} },
        outputs: { o: {} },
      },
    },
  };

  function pipeline(keys: readonly string[], stage: object, rest = {}): EngineProject {
    const made = new EngineProject();
    made.write({
      'list.json': JSON.stringify(keys),
      template: 'page of',
      '.wranglerrc.yaml': 'version: 1\nplugins: { plug: ./plug }\n',
      'plug/package.json': JSON.stringify({ name: 'plug', wrangle: { manifest: './wrangle.plugin.json' } }),
      'plug/wrangle.plugin.json': JSON.stringify(MANIFEST),
      'plug/page.js': '// Nobody runs it.',
    });
    const page = {
      uses: 'plug/page',
      inputs: { d: 'template' },
      outputs: { o: 'out/${{ item }}' },
      with: { name: '${{ item }}' },
      ...stage,
    };
    made.pipeline({ page, all: { inputs: { d: '${{ stages.page.outputs.o }}' }, outputs: { o: 'all' } } }, rest);
    return made;
  }

  /** Writes and tells of all items; of another stage what is usual. */
  function pages(process: FakeProcess, skipped: readonly string[] = []): 'done' | undefined {
    if (process.stage === 'all') return undefined;
    for (const { key, inputs, outputs, params } of itemsOf(process)) {
      const error = failure('gone', 'skippable');
      const text = `${process.reads(inputs['d']?.[0]?.path ?? '')} ${params['name']};`;
      process.writes({ [(outputs['o'] as { path: string }).path]: text });
      tell(process, { type: 'item', key, ...(skipped.includes(key) ? { status: 'failed', error } : { status: 'ok' }) });
    }
    end(process);
    return 'done';
  }

  const KEYS = ['a', 'b', 'c', 'd', 'e'];

  test('runs in batches, and what gathers it waits for all of them', async () => {
    const w = pipeline(KEYS, { foreach: { in: 'list.json', batch: 2 } });
    const run = await w.build({ behave: pages });
    expect(run.outcomes).toEqual({
      ...Object.fromEntries(KEYS.map((key) => [`page@${key}`, 'ran'])),
      all: 'ran',
    });
    expect(run.started).toEqual(['page@a', 'page@c', 'page@e', 'all']);
    expect(w.read('all')).toBe('all(page of a;,page of b;,page of c;,page of d;,page of e;)');

    w.write({ 'list.json': JSON.stringify(['a', 'x', 'c', 'y', 'z', 'e']) });
    const again = await w.build({ behave: (process) => pages(process, ['y']) });
    expect(again.started).toEqual(['page@x', 'page@z', 'all']);
    expect(again.outcomes).toMatchObject({ 'page@a': 'fresh', 'page@x': 'ran', 'page@y': 'skipped', 'page@z': 'ran' });
    expect(w.read('all')).toBe('all(page of a;,page of x;,page of c;,page of z;,page of e;)');
  });

  test('has a start of its pool for each process, also where the environment is that of its item', async () => {
    const w = pipeline(
      KEYS.slice(0, 4),
      { foreach: { in: 'list.json', batch: 4 }, pool: 'web', env: { NAME: '${{ item }}' } },
      { pools: { web: { slots: 1, rate: '1/s' } } },
    );
    const startMs = w.clock.nowMs();
    const starts: number[] = [];
    const run = await w.build({
      jobs: 4,
      behave: (process) => {
        if (process.stage === 'all') return undefined;
        starts.push(Math.round((w.clock.nowMs() - startMs) / 100) / 10);
        return pages(process);
      },
    });
    expect(Object.values(run.outcomes)).toEqual(Array(5).fill('ran'));
    expect(starts).toEqual([0, 1, 2, 3]);
  });

  test('has one place in its pool for each batch', async () => {
    const w = pipeline(
      KEYS,
      { foreach: { in: 'list.json', batch: 2 }, pool: 'web' },
      { pools: { web: { slots: 1, rate: '1/s' } } },
    );
    const startMs = w.clock.nowMs();
    const starts: number[] = [];
    let most = 0;
    const run = await w.build({
      jobs: 4,
      behave: async (process) => {
        if (process.stage === 'all') return undefined;
        starts.push(Math.round((w.clock.nowMs() - startMs) / 100) / 10);
        most = Math.max(most, w.runner.running().length);
        await w.idle();
        return pages(process);
      },
    });
    expect(Object.values(run.outcomes)).toEqual(Array(6).fill('ran'));
    expect([starts, most]).toEqual([[0, 1, 2], 1]);
  });
});

test('what a disk that fails kept from being committed is told once, and what was committed stays', async () => {
  const w = project(ABC);
  const run = await w.pages({ keys: ABC }, async (process) => {
    for (const key of ABC) make(process, key);
    tell(process, { type: 'item', key: 'a', status: 'ok' });
    await w.idle();
    w.fs.failNext('appendFile', 'ENOSPC');
    tell(process, { type: 'item', key: 'b', status: 'ok' });
  });
  expect(run.outcomes).toMatchObject({ 'page@a': 'ran', 'page@b': 'cancelled', 'page@c': 'cancelled' });
});

test('killed at any step, what was done is not done again', async () => {
  const begin = (fs?: MortalFileSystem) => {
    const made = new BatchProject(fs);
    made.write(Object.fromEntries(ABC.map((key) => [`in/${key}`, key])));
    return made;
  };
  const rehearsal = begin(new MortalFileSystem());
  const one =
    (w: BatchProject): Act =>
    async (process) => {
      for (const key of keysOf(process)) {
        make(process, key);
        tell(process, { type: 'item', key, status: 'ok' });
        await w.idle();
      }
      end(process);
    };
  (rehearsal.fs as MortalFileSystem).revive();
  await rehearsal.pages({ keys: ABC }, one(rehearsal));
  const { steps } = rehearsal.fs as MortalFileSystem;
  expect(steps).toBeGreaterThan(30);
  for (let step = 1; step <= steps; step++) {
    const fs = new MortalFileSystem();
    const w = begin(fs);
    fs.revive();
    fs.killAt = step;
    let told: ToldRun | undefined;
    await w.pages({ keys: ABC, onRun: (run) => (told = run) }, one(w)).catch((error: unknown) => {
      if (!fs.isDead) throw error;
    });
    const done = Object.entries(told?.run().outcomes ?? {}).filter(([, outcome]) => outcome === 'ran');
    fs.revive();
    const again: string[] = [];
    const run = await w.pages({ keys: ABC }, (process) => {
      again.push(...keysOf(process).map((key) => `page@${key}`));
      makeAll(process);
    });
    expect(
      again.filter((id) => done.some(([before]) => before === id)),
      `killed at step ${step}`,
    ).toEqual([]);
    expect(Object.values(run.outcomes).sort(), `killed at step ${step}`).not.toContain('failed');
    expect(w.files()).toMatchObject({ 'out/a': 'page of a', 'out/b': 'page of b', 'out/c': 'page of c' });
  }
});

test('a contract is checked for each item, and again when it alone changes', async () => {
  const made = project(['a', 'bb', 'ccc']);
  const given = (min_bytes: number) => ({ keys: ['a', 'bb', 'ccc'], parts: { port: { expect: { min_bytes } } } });
  const first = await made.pages(given('page of bb'.length), makeAll);
  expect(first.started).toHaveLength(1);
  expect(first.outcomes).toEqual({ 'page@a': 'failed', 'page@bb': 'ran', 'page@ccc': 'ran' });
  expect(made.read('out/a')).toBeUndefined();

  const again = await made.pages({ ...given('page of ccc'.length), keys: ['bb', 'ccc'] }, makeAll);
  expect([again.started, again.outcomes]).toEqual([[], { 'page@bb': 'failed', 'page@ccc': 'fresh' }]);
  expect(again.collected.stages.get('page@bb')?.failure?.message).toBe(
    'Its output "out/bb" breaks its contract: it has 10 bytes, expected at least 11.',
  );
  expect(made.read('out/bb')).toBe('page of bb');
});
