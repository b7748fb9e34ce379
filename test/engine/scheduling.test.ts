// Which stages run when, and what a stop does to them.
import { describe, expect, test } from 'vitest';
import type { Run } from '../support/engine-project.ts';
import { EngineProject, requestOf, succeed } from '../support/engine-project.ts';

function wide(count: number): EngineProject {
  const project = new EngineProject();
  project.write({ in: '1' });
  const names = Array.from({ length: count }, (_, at) => `s${at}`);
  project.pipeline(Object.fromEntries(names.map((id) => [id, { inputs: { d: 'in' }, outputs: { o: `out/${id}` } }])));
  return project;
}

describe('parallelism', () => {
  test('no more than `jobs` run at once, and the next starts when one has ended', async () => {
    const project = wide(4);
    const build = project.start({ jobs: 2 });
    await build.idle();
    expect(project.runner.running()).toEqual(['s0', 's1']);
    succeed(project.runner.process('s1'));
    await build.idle();
    expect(project.runner.running()).toEqual(['s0', 's2']);
    for (const id of ['s0', 's2']) succeed(project.runner.process(id));
    await build.idle();
    succeed(project.runner.process('s3'));
    expect((await build.done).outcomes).toEqual({ s0: 'ran', s1: 'ran', s2: 'ran', s3: 'ran' });
  });

  test('a consumer starts when its producers are done, not before', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({
      a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
      b: { inputs: { d: 'in' }, outputs: { o: 'b' } },
      c: { inputs: { one: 'a', two: 'b' }, outputs: { o: 'c' } },
      d: { needs: ['a'], inputs: { d: 'in' }, outputs: { o: 'd' } },
    });
    const build = project.start({ jobs: 9 });
    await build.idle();
    expect(project.runner.running()).toEqual(['a', 'b']);
    succeed(project.runner.process('a'));
    await build.idle();
    expect(project.runner.running()).toEqual(['b', 'd']);
    succeed(project.runner.process('b'));
    await build.idle();
    expect(project.runner.running()).toEqual(['d', 'c']);
    succeed(project.runner.process('c'));
    succeed(project.runner.process('d'));
    expect((await build.done).outcomes).toEqual({ a: 'ran', b: 'ran', c: 'ran', d: 'ran' });
  });

  test('`needs` is order only: what a needed stage makes is no input', async () => {
    const project = new EngineProject();
    project.write({ in: '1', other: '1' });
    project.pipeline({
      a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
      b: { needs: ['a'], inputs: { d: 'other' }, outputs: { o: 'b' } },
    });
    await project.build();
    project.write({ in: '2' });
    expect(await project.decisions()).toEqual({ a: 'run', b: 'fresh' });
    expect((await project.build()).outcomes).toEqual({ a: 'ran', b: 'fresh' });
  });

  test('the longest path that is known goes first', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    const stages = {
      quick: { inputs: { d: 'in' }, outputs: { o: 'quick' } },
      slow: { inputs: { d: 'in' }, outputs: { o: 'slow' } },
    };
    project.pipeline(stages);
    expect((await project.build({ jobs: 1 })).started).toEqual(['quick', 'slow']);
    project.write({ in: '2' });
    await project.build({
      jobs: 1,
      behave: async (process) => {
        if (process.stage === 'slow') await project.clock.sleep(60_000);
        return undefined;
      },
    });
    project.write({ in: '3' });
    expect((await project.build({ jobs: 1 })).started).toEqual(['slow', 'quick']);
  });

  test('results do not depend on how many run at once, nor on the order of declaration', async () => {
    const stages = {
      a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
      b: { inputs: { d: 'in' }, outputs: { o: 'dir/' } },
      c: { inputs: { x: 'a', y: 'dir/' }, outputs: { o: ['c1', 'c2'] } },
      d: { inputs: { x: ['c2', 'c1'], y: 'a' }, outputs: { o: 'd' } },
    };
    const results: unknown[] = [];
    for (const jobs of [1, 2, 64]) {
      for (const names of [Object.entries(stages), Object.entries(stages).reverse()]) {
        const project = new EngineProject();
        project.write({ in: '1' });
        project.pipeline(Object.fromEntries(names));
        const { collected } = await project.build({ jobs });
        const prints = ['a', 'b', 'c', 'd'].map((id) => collected.stages.get(id)?.fingerprint);
        results.push({ files: project.files(), prints });
      }
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });
});

describe('stopping', () => {
  test('what runs is asked to end, what waits is cancelled, outputs are as before', async () => {
    const project = wide(3);
    await project.build();
    project.write({ in: '2' });
    const before = project.files();
    const build = project.start({ jobs: 1 });
    await build.idle();
    project.runner.process('s0').writes({ '.wrangle/staging/s0/0/out/s0': 'half' });
    build.stop();
    const run = await build.done;
    expect(run.outcomes).toEqual({ s0: 'cancelled', s1: 'cancelled', s2: 'cancelled' });
    expect(run.report).toMatchObject({ status: 'built', outcome: 'interrupted' });
    expect(project.runner.process('s0').cancels).toEqual([false]);
    expect(project.files()).toEqual(before);
    expect((await project.build()).outcomes).toEqual({ s0: 'ran', s1: 'ran', s2: 'ran' });
  });

  test('a second stop kills what does not end by itself', async () => {
    const project = wide(1);
    const build = project.start();
    await build.idle();
    project.runner.process('s0').ignoresCancel = true;
    build.stop();
    await build.idle();
    expect(project.runner.running()).toEqual(['s0']);
    build.kill();
    expect((await build.done).outcomes).toEqual({ s0: 'cancelled' });
    expect(project.runner.process('s0').cancels).toEqual([false, true]);
  });

  test('a stage that ended well at the moment of the stop counts', async () => {
    const project = wide(2);
    const build = project.start({ jobs: 1 });
    await build.idle();
    succeed(project.runner.process('s0'));
    build.stop();
    expect((await build.done).outcomes).toEqual({ s0: 'ran', s1: 'cancelled' });
    expect(project.read('out/s0')).toBe('s0(1)');
  });

  test('a stop while inputs are still being hashed starts nothing', async () => {
    const project = wide(1);
    const build = project.start();
    build.stop();
    expect((await build.done).outcomes).toEqual({ s0: 'cancelled' });
    expect(project.runner.started).toEqual([]);
  });

  test('written in place: the old bytes come back', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({ place: { inputs: { d: 'in' }, outputs: { o: 'p.csv' }, run: 'make it' } });
    await project.build();
    project.write({ in: '2' });
    const build = project.start();
    await build.idle();
    project.runner.process('place').writes({ 'p.csv': 'half' });
    build.stop();
    await build.done;
    expect(project.read('p.csv')).toBe('place(1)');
  });
});

test('what a process is given: its request, its environment, a temporary folder, and always the same paths', async () => {
  const project = new EngineProject();
  project.write({ in: '1' });
  const stage = {
    inputs: { data: 'in' },
    outputs: { out: 'build/x.csv', many: ['m1', 'm2'] },
    env: { WHERE: `\${{ outputs.out }}`, TMPDIR: '/own' },
    run: `tool \${{ inputs.data }} -o \${{ outputs.out }} \${{ outputs.many }}`,
    timeout: '1m',
  };
  project.pipeline({ one: stage });
  const seen: unknown[] = [];
  for (const input of ['1', '2']) {
    project.write({ in: input });
    await project.build({
      behave: (process) => {
        const { argv, env, cwd, door, timeoutMs } = process.spec;
        seen.push({
          argv,
          where: env['WHERE'],
          tmp: env['TMPDIR'],
          cwd,
          door,
          timeoutMs,
          outputs: requestOf(process).outputs,
        });
        return undefined;
      },
    });
  }
  const staged = (path: string) => `.wrangle/staging/one/0/${path}`;
  expect(seen[0]).toEqual({
    argv: [
      '/bin/bash',
      '--noprofile',
      '--norc',
      '-eo',
      'pipefail',
      '-c',
      `tool in -o ${staged('build/x.csv')} ${staged('m1')} ${staged('m2')}`,
    ],
    where: staged('build/x.csv'),
    tmp: '/own',
    cwd: '/w',
    door: 'command',
    timeoutMs: 60_000,
    outputs: {
      out: { path: `/w/${staged('build/x.csv')}` },
      many: [{ path: `/w/${staged('m1')}` }, { path: `/w/${staged('m2')}` }],
    },
  });
  expect(seen[1]).toEqual(seen[0]);
});

describe('ready before their turn', () => {
  const told = (run: Run, stage: string) =>
    run.events.filter(({ task_id }) => task_id === stage).map(({ event }) => event);

  test('while all slots are taken the next stage gets ready, and nothing is told of it', async () => {
    const project = wide(3);
    const build = project.start({ jobs: 1 });
    await build.idle();
    expect(project.runner.running()).toEqual(['s0']);
    expect(project.fs.stat('/w/.wrangle/staging/s1/0/out')?.type).toBe('folder');
    expect(project.fs.stat('/w/.wrangle/staging/s2')).toBeUndefined();
    for (const id of ['s0', 's1', 's2']) {
      succeed(project.runner.process(id));
      await build.idle();
    }
    const run = await build.done;
    expect(told(run, 's1')).toEqual(['task_queued', 'task_started', 'task_completed']);
    const order = run.events.filter(({ event }) => event === 'task_started' || event === 'task_completed');
    expect(order.map(({ task_id }) => task_id)).toEqual(['s0', 's1', 's0', 's2', 's1', 's2']);
  });

  test('a halt leaves nothing of it', async () => {
    const project = wide(2);
    const build = project.start({ jobs: 1 });
    await build.idle();
    project.runner.process('s0').exit(1);
    const run = await build.done;
    expect(run.outcomes).toEqual({ s0: 'failed', s1: 'cancelled' });
    expect(told(run, 's1')).toEqual(['task_queued', 'task_cancelled']);
    expect(project.runner.started).toEqual(['s0']);
    expect(project.fs.stat('/w/.wrangle/staging/s1')).toBeUndefined();
  });

  test('an input that is edited meanwhile is looked at again', async () => {
    const project = wide(2);
    const build = project.start({ jobs: 1 });
    await build.idle();
    project.write({ in: 'edited' });
    succeed(project.runner.process('s0'));
    await build.idle();
    succeed(project.runner.process('s1'));
    const run = await build.done;
    expect(project.read('out/s1')).toBe('s1(edited)');
    expect(run.collected.warnings.map(({ stage }) => stage)).toEqual(['s0']);
    expect(await project.decisions()).toEqual({ s0: 'run', s1: 'fresh' });
  });

  test('after a long wait its request is made anew', async () => {
    const project = wide(2);
    project.pipeline({
      s0: { inputs: { d: 'in' }, outputs: { o: 'out/s0' } },
      s1: { inputs: { d: 'in' }, outputs: { o: 'out/s1' }, timeout: '1m' },
    });
    const build = project.start({ jobs: 1 });
    await build.idle();
    await project.clock.advance(3_600_000);
    const startsAt = project.clock.nowMs();
    succeed(project.runner.process('s0'));
    await build.idle();
    expect(requestOf(project.runner.process('s1')).deadline).toBe(new Date(startsAt + 60_000).toISOString());
    succeed(project.runner.process('s1'));
    expect((await build.done).outcomes).toEqual({ s0: 'ran', s1: 'ran' });
  });

  test('what is written in place waits for its turn with its old bytes', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({
      first: { inputs: { d: 'in' }, outputs: { o: 'first' } },
      place: { inputs: { d: 'in' }, outputs: { o: 'p.csv' }, run: 'make it' },
    });
    await project.build();
    project.write({ in: '2' });
    const build = project.start({ jobs: 1 });
    await build.idle();
    expect(project.runner.running()).toEqual(['first']);
    expect(project.read('p.csv')).toBe('place(1)');
    succeed(project.runner.process('first'));
    await build.idle();
    succeed(project.runner.process('place'));
    await build.done;
    expect(project.read('p.csv')).toBe('place(2)');
  });
});
