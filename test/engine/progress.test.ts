// What is told while a build runs: how far it is and how long it will still take.
import { describe, expect, test } from 'vitest';
import type { WrangleEvent } from '../../src/model/event.ts';
import type { Run, RunOptions } from '../support/engine-project.ts';
import { EngineProject, succeed } from '../support/engine-project.ts';

const TOOK_MS: Readonly<Record<string, number>> = { a: 2000, b: 3000, c: 400 };

/** `b` reads what `a` makes, and `c` is alone. */
function project() {
  const made = new EngineProject();
  made.pipeline({
    a: { outputs: { o: 'a' } },
    b: { inputs: { i: 'a' }, outputs: { o: 'b' } },
    c: { outputs: { o: 'c' } },
  });
  return made;
}

/** Stages take what is said above, one after the other. */
async function buildAll(made: EngineProject, stages: readonly string[] = ['a', 'c', 'b'], options: RunOptions = {}) {
  const running = made.start({ jobs: 1, ...options });
  for (const stage of stages) {
    await running.idle();
    await made.clock.advance(TOOK_MS[stage] ?? 0);
    succeed(made.runner.process(stage));
  }
  return running.done;
}

function told({ events }: Run) {
  const ofTheRun = events.filter(({ event, task_id }) => event === 'task_progress' && task_id === null);
  return ofTheRun.map(({ details: { message, data } }) => [message, data]);
}

describe('the progress of a run', () => {
  test('is told at its start, and then as stages end, at most once a second', async () => {
    const run = await buildAll(project());
    expect(told(run)).toEqual([
      ['0 of 3 done.', { done: 0, total: 3 }],
      ['1 of 3 done, about 4 s left.', { done: 1, total: 3, left_ms: 4000 }],
      ['3 of 3 done, about 0 s left.', { done: 3, total: 3, left_ms: 0 }],
    ]);
    expect(run.events.slice(0, 2).map(({ event }) => event)).toEqual(['run_started', 'task_progress']);
  });

  test('knows from its start what stages took before', async () => {
    const made = project();
    await buildAll(made);
    const again = await made.build({ force: true, jobs: 2 });
    expect(told(again)[0]).toEqual(['0 of 3 done, about 5 s left.', { done: 0, total: 3, left_ms: 5000 }]);
  });

  test('is of what is to do: nothing is told where all is fresh, and what is restored takes no time', async () => {
    const made = project();
    await buildAll(made);
    expect(told(await made.build())).toEqual([]);
    made.fs.remove('/w/b');
    expect(told(await made.build())).toEqual([['0 of 1 done, about 0 s left.', { done: 0, total: 1, left_ms: 0 }]]);
  });

  test('counts stages that failed, were blocked or cancelled', async () => {
    const made = project();
    const running = made.start({ jobs: 1 });
    await running.idle();
    await made.clock.advance(1500);
    made.runner.process('a').exit(1);
    const run = await running.done;
    expect(run.outcomes).toEqual({ a: 'failed', b: 'blocked', c: 'cancelled' });
    expect(told(run)).toEqual([
      ['0 of 3 done.', { done: 0, total: 3 }],
      ['1 of 3 done.', { done: 1, total: 3 }],
    ]);
  });

  test('expects of a stage that is tried again its whole time', async () => {
    const made = project();
    made.pipeline({
      a: { outputs: { o: 'a' }, retry: { max: 1, on: ['critical'] } },
      c: { outputs: { o: 'c' } },
    });
    await buildAll(made, ['a', 'c']);
    const running = made.start({ force: true, jobs: 2 });
    await running.idle();
    await made.clock.advance(1900);
    made.runner.process('a').exit(1);
    await running.idle();
    succeed(made.runner.process('c'));
    await running.idle();
    succeed(made.runner.process('a'));
    expect(told(await running.done)).toEqual([
      ['0 of 2 done, about 2 s left.', { done: 0, total: 2, left_ms: 2000 }],
      ['1 of 2 done, about 2 s left.', { done: 1, total: 2, left_ms: 2000 }],
    ]);
  });

  test('is in the record of the run, and is no stage there', async () => {
    const made = project();
    const run = await buildAll(made);
    expect([...run.collected.stages.keys()].sort()).toEqual(['a', 'b', 'c']);
    const records = Object.entries(made.fs.tree('/w/.wrangle/runs'));
    const log = records.find(([path]) => path.endsWith('log.txt'))?.[1] ?? '';
    expect(log.split('\n').filter((line) => line.includes(' | - | DEBUG | '))).toHaveLength(3);
  });
});

describe('the progress of a stage', () => {
  const stageTold = (events: readonly WrangleEvent[]) =>
    events
      .filter(({ event, task_id }) => event === 'task_progress' && task_id === 'a')
      .map(({ details }) => details.data);

  test.each([
    ['a process of its own', {}],
    ['a retried one', { retry: { max: 1, on: ['critical'] } }],
  ])('is told while it runs: %s', async (_, more) => {
    const made = new EngineProject();
    made.pipeline({ a: { outputs: { o: 'a' }, ...more } });
    const events: WrangleEvent[] = [];
    const running = made.start({ onEvent: (event) => events.push(event) });
    await running.idle();
    const tell = (done: number) => {
      const process = made.runner.process('a');
      const path = process.spec.env['WRANGLE_EVENTS'] as string;
      made.fs.appendFile(path, `${JSON.stringify({ type: 'progress', done, total: 10 })}\n`);
    };
    tell(3);
    await made.clock.advance(500);
    expect(stageTold(events)).toEqual([{ done: 3, total: 10 }]);
    if ('retry' in more) {
      made.runner.process('a').exit(1);
      await running.idle();
    }
    tell(4);
    await made.clock.advance(500);
    succeed(made.runner.process('a'));
    expect((await running.done).outcomes).toEqual({ a: 'ran' });
    expect(stageTold(events)).toEqual([
      { done: 3, total: 10 },
      { done: 4, total: 10 },
    ]);
  });

  test('a stage that says nothing is looked at each half second, and a short one not at all', async () => {
    const made = new EngineProject();
    made.pipeline({ a: { outputs: { o: 'a' } } });
    const running = made.start();
    await running.idle();
    await made.clock.advance(2000);
    const looks = () =>
      made.fs.operations.filter(({ path }) => path.endsWith('events.jsonl') && path.includes('.attempts'));
    expect(looks().map(({ op }) => op)).toEqual(['stat', 'stat', 'stat', 'stat']);
    succeed(made.runner.process('a'));
    await running.done;
    expect(looks()).toHaveLength(4);
  });
});
