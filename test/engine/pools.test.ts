// What runs beside what: pools, their rates, processors, memory, and stages that run alone.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { describe, expect, test } from 'vitest';
import type { WrangleEvent } from '../../src/model/event.ts';
import type { Run } from '../support/engine-project.ts';
import { EngineProject, succeed } from '../support/engine-project.ts';

const GIB = 2 ** 30;

/** Stages `s0`, `s1`, … beside each other. */
function beside(
  stages: readonly Readonly<Record<string, unknown>>[],
  pools: Readonly<Record<string, object>> = { web: { slots: 2, rate: '2/s' } },
): EngineProject {
  const project = new EngineProject();
  project.write({ in: '1' });
  const entries = stages.map((stage, at) => [
    `s${at}`,
    { inputs: { d: 'in' }, outputs: { o: `out/s${at}` }, ...stage },
  ]);
  project.pipeline(Object.fromEntries(entries), { pools });
  project.clock.hold();
  return project;
}

type EventOf<Name extends WrangleEvent['event']> = Extract<WrangleEvent, { event: Name }>;

function waiting(run: Run): string[] {
  return run.events
    .filter((event): event is EventOf<'task_waiting'> => event.event === 'task_waiting')
    .map(({ task_id, details }) => `${task_id}: ${details.message}`);
}

const WEB = { pool: 'web' };

describe('a pool', () => {
  test('has so many places and so many starts a second, and its stages say what they wait for', async () => {
    const project = beside([WEB, WEB, WEB, WEB, {}]);
    const build = project.start({ jobs: 9 });
    await build.idle();
    expect(project.runner.running()).toEqual(['s0', 's4']);
    await project.clock.advance(499);
    await build.idle();
    expect(project.runner.running()).toEqual(['s0', 's4']);
    await project.clock.advance(1);
    await build.idle();
    expect(project.runner.running()).toEqual(['s0', 's4', 's1']);
    // Both places are taken: time alone starts nothing.
    await project.clock.advance(5000);
    await build.idle();
    expect(project.runner.running()).toEqual(['s0', 's4', 's1']);
    succeed(project.runner.process('s0'));
    await build.idle();
    expect(project.runner.running()).toEqual(['s4', 's1', 's2']);
    succeed(project.runner.process('s1'));
    await build.idle();
    expect(project.runner.running()).toEqual(['s4', 's2']);
    await project.clock.advance(500);
    await build.idle();
    expect(project.runner.running()).toEqual(['s4', 's2', 's3']);
    for (const id of ['s2', 's3', 's4']) succeed(project.runner.process(id));
    const run = await build.done;
    expect(run.outcomes).toEqual({ s0: 'ran', s1: 'ran', s2: 'ran', s3: 'ran', s4: 'ran' });
    expect(waiting(run)).toEqual([
      's1: It waits for the next start of the pool "web".',
      's2: It waits for the next start of the pool "web".',
      's3: It waits for the next start of the pool "web".',
    ]);
  });

  test('is not for what is restored or fresh: that starts nothing', async () => {
    const project = beside([WEB, WEB, WEB], { web: { slots: 1, rate: '1/h' } });
    const first = project.start({ jobs: 9 });
    for (const id of ['s0', 's1', 's2']) {
      await first.idle();
      succeed(project.runner.process(id));
      await first.idle();
      await project.clock.advance(3_600_000);
    }
    await first.done;
    project.write({ 'out/s1': 'edited', 'out/s2': 'edited' });
    const again = project.start({ jobs: 9 });
    expect((await again.done).outcomes).toEqual({ s0: 'fresh', s1: 'restored', s2: 'restored' });
  });

  test('a stage that waits to be tried again has no place in it, and its next attempt is a start', async () => {
    const retry = { retry: { backoff: { base: '10s' } }, exit_codes: { 75: 'retryable' } };
    const project = beside([{ ...WEB, ...retry }, WEB], { web: { slots: 1, rate: '1/m' } });
    const build = project.start({ jobs: 9 });
    await build.idle();
    project.runner.process('s0').exit(75);
    await build.idle();
    await project.clock.advance(10_000);
    await build.idle();
    expect(project.runner.running()).toEqual([]);
    await project.clock.advance(50_000);
    await build.idle();
    // The one that ran before goes first.
    expect(project.runner.running()).toEqual(['s0']);
    succeed(project.runner.process('s0'));
    await build.idle();
    await project.clock.advance(60_000);
    await build.idle();
    succeed(project.runner.process('s1'));
    expect((await build.done).outcomes).toEqual({ s0: 'ran', s1: 'ran' });
  });

  test('a stop ends the wait at once', async () => {
    const project = beside([WEB, WEB], { web: { rate: '1/h' } });
    const build = project.start({ jobs: 9 });
    await build.idle();
    build.stop();
    const run = await build.done;
    expect(run.report).toMatchObject({ status: 'built', outcome: 'interrupted' });
    expect(run.outcomes['s1']).toBe('cancelled');
    expect(project.clock.sleepers).toBe(0);
  });

  test('inputs that changed while it waited are the ones that count', async () => {
    const project = beside([WEB, { ...WEB, inputs: { d: 'late' } }], { web: { slots: 1 } });
    project.write({ late: '1' });
    const build = project.start({ jobs: 9 });
    await build.idle();
    project.write({ late: '2' });
    succeed(project.runner.process('s0'));
    await build.idle();
    succeed(project.runner.process('s1'));
    await build.done;
    expect(project.read('out/s1')).toBe('s1(2)');
    expect(await project.decisions()).toEqual({ s0: 'fresh', s1: 'fresh' });
  });

  test('none of this counts: other limits run nothing again', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    const stage = { inputs: { d: 'in' }, outputs: { o: 'out' }, run: 'make a ${{ outputs.o }}' };
    project.pipeline({ a: stage });
    await project.build();
    const limits = { pool: 'web', exclusive: true, resources: { cpus: 2, memory: '1GiB' } };
    project.pipeline({ a: { ...stage, ...limits } }, { pools: { web: { slots: 3, rate: '1/h' } } });
    expect(await project.decisions()).toEqual({ a: 'fresh' });
  });
});

describe('the machine', () => {
  test('its processors and memory are shared out, and -j is the limit on the number', async () => {
    const large = { resources: { cpus: 3, memory: '1GiB' } };
    const small = { resources: { cpus: 0.5 } };
    const project = beside([large, large, small, small, { resources: { memory: '4GiB' } }]);
    const build = project.start({ jobs: 3 });
    await build.idle();
    // The second large one waits for processors, so the small ones behind it wait as well, and the last for memory.
    expect(project.runner.running()).toEqual(['s0']);
    succeed(project.runner.process('s0'));
    await build.idle();
    expect(project.runner.running()).toEqual(['s1', 's2', 's3']);
    for (const id of ['s1', 's2', 's3']) succeed(project.runner.process(id));
    await build.idle();
    succeed(project.runner.process('s4'));
    const run = await build.done;
    expect(run.outcomes).toEqual({ s0: 'ran', s1: 'ran', s2: 'ran', s3: 'ran', s4: 'ran' });
    expect(waiting(run)[0]).toBe('s1: It waits for processors.');
  });

  test('what wants more than there is runs alone, with a warning', async () => {
    const project = beside([{}, { resources: { cpus: 64 } }, { resources: { memory: '100GiB' } }]);
    project.capacity = { cores: 2, memoryBytes: 8 * GIB };
    const build = project.start({ jobs: 9 });
    await build.idle();
    expect(project.runner.running()).toEqual(['s0']);
    for (const id of ['s0', 's1', 's2']) {
      expect(project.runner.running()).toEqual([id]);
      succeed(project.runner.process(id));
      await build.idle();
    }
    const run = await build.done;
    expect(run.outcomes).toEqual({ s0: 'ran', s1: 'ran', s2: 'ran' });
    expect(run.warnings).toEqual([
      'It asks for 64 processors ("resources.cpus"), and there are 2: it runs alone.',
      'It asks for 102400 MiB of memory ("resources.memory"), and there are 8192 MiB: it runs alone.',
    ]);
  });
});

test('an exclusive stage waits for what runs, and what comes after it waits for it', async () => {
  const project = beside([{}, { exclusive: true, ...WEB }, {}, WEB]);
  const build = project.start({ jobs: 9 });
  for (const running of [['s0'], ['s1'], ['s2']]) {
    await build.idle();
    expect(project.runner.running()).toEqual(running);
    for (const id of running) succeed(project.runner.process(id));
  }
  await build.idle();
  await project.clock.advance(500);
  await build.idle();
  succeed(project.runner.process('s3'));
  const run = await build.done;
  expect(run.outcomes).toEqual({ s0: 'ran', s1: 'ran', s2: 'ran', s3: 'ran' });
  expect(waiting(run)[0]).toBe('s1: It waits until nothing else runs.');
});
