// Watching: rounds that do not simply end well, and what is carried from one to the next.
import { describe, expect, test } from 'vitest';
import type { Behaviour, StageSpec } from '../support/engine-project.ts';
import { EngineProject } from '../support/engine-project.ts';
import { watchProject } from '../support/watched-project.ts';

function projectOf(stages: Readonly<Record<string, StageSpec>>, files: Readonly<Record<string, string>>) {
  const project = new EngineProject();
  project.pipeline(stages);
  project.write(files);
  return project;
}

const TWO = {
  a: { inputs: { in: 'a.csv' }, outputs: { out: 'out/a' } },
  b: { inputs: { in: 'b.csv' }, outputs: { out: 'out/b' } },
};

const FILES = { 'a.csv': '1', 'b.csv': '2' };

/** Those in the set fail for as long as they are in it. */
const failing =
  (broken: ReadonlySet<string>): Behaviour =>
  (process) => {
    if (!broken.has(process.stage)) return undefined;
    process.exit(1);
    return 'done';
  };

const timesStarted = ({ runner }: EngineProject, stage: string) =>
  runner.started.filter((started) => started === stage).length;

test('with -k two stages fail, what does not need them goes on, and the next edit tries both again', async () => {
  const project = projectOf(
    { ...TWO, c: { inputs: { in: 'c.csv' }, outputs: { out: 'out/c' } } },
    { ...FILES, 'c.csv': '3' },
  );
  const broken = new Set(['a', 'b']);
  const watching = await watchProject(project, { keepGoing: true, behave: failing(broken) });
  expect(watching.last?.outcomes).toEqual({ a: 'failed', b: 'failed', c: 'ran' });
  broken.delete('a');
  watching.edit({ 'c.csv': '33' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ a: 'ran', b: 'failed', c: 'ran' });
  watching.edit({ 'a.csv': '11' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ a: 'ran', b: 'failed' });
  broken.clear();
  watching.edit({ 'b.csv': '22' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ b: 'ran' });
});

test('a failing stage whose input changes and changes back is tried each time', async () => {
  const project = projectOf(TWO, FILES);
  const watching = await watchProject(project, { keepGoing: true, behave: failing(new Set(['a'])) });
  for (const [text, times] of [
    ['2', 2],
    ['1', 3],
    ['1', 3],
  ] as const) {
    watching.edit({ 'a.csv': text });
    await watching.rest();
    expect(timesStarted(project, 'a')).toBe(times);
  }
});

test('"--force" is for the first round', async () => {
  const project = projectOf(TWO, FILES);
  await project.build();
  const watching = await watchProject(project, { force: true });
  expect(watching.last?.outcomes).toEqual({ a: 'ran', b: 'ran' });
  watching.edit({ 'a.csv': '11' });
  watching.tell({ type: 'overflow' });
  await watching.rest();
  expect(watching.last?.outcomes).toMatchObject({ a: 'ran' });
  expect(watching.last?.outcomes).not.toHaveProperty('b');
});

describe('a transaction', () => {
  const member = (spec: StageSpec): StageSpec => ({ transaction: 't', ...spec });
  const MEMBERS = {
    a: member({ inputs: { in: 'a.csv' }, outputs: { out: 'out/a' } }),
    b: member({ inputs: { in: 'out/a' }, outputs: { out: 'out/b' } }),
    c: { inputs: { in: 'out/b' }, outputs: { out: 'out/c' } },
  };

  test('in a round is published as a whole, or put back as a whole', async () => {
    const project = projectOf(MEMBERS, FILES);
    const broken = new Set<string>();
    const watching = await watchProject(project, { behave: failing(broken) });
    const before = project.files();

    broken.add('b');
    watching.edit({ 'a.csv': '11' });
    await watching.rest();
    expect(watching.last?.report).toMatchObject({ outcome: 'failed' });
    expect(project.files()).toEqual({ ...before, 'a.csv': '11' });

    // What was put back is news, but nothing new.
    const { length } = watching.rounds;
    watching.tell({ type: 'overflow' });
    await watching.rest();
    expect(watching.rounds).toHaveLength(length);

    broken.clear();
    watching.edit({ 'a.csv': '111' });
    await watching.rest();
    expect(project.read('out/c')).toBe('c(b(a(111)))');
    expect((await new EngineProject(project.fs).build()).started).toEqual([]);
  });

  test('that was put back is tried again when the input is as it was before', async () => {
    const project = projectOf(MEMBERS, FILES);
    const broken = new Set<string>();
    const watching = await watchProject(project, { behave: failing(broken) });
    broken.add('b');
    watching.edit({ 'a.csv': '11' });
    await watching.rest();
    watching.edit({ 'a.csv': '1' });
    await watching.rest();
    expect(project.read('out/c')).toBe('c(b(a(1)))');
    expect((await new EngineProject(project.fs).build()).started).toEqual([]);
  });
});

test('a loop over two stages is named as well', async () => {
  const project = projectOf(TWO, FILES);
  let text = 0;
  const watching = await watchProject(project, {
    behave: (process) => {
      // Each changes what the other one reads, behind the back of the graph.
      text += 1;
      project.fs.writeFile(process.stage === 'a' ? '/w/b.csv' : '/w/a.csv', `${text}`);
      return undefined;
    },
  });
  expect(watching.told.at(-1)).toMatch(/^loop: (a a|b b)\.csv/);
  expect(project.runner.started.length).toBeLessThanOrEqual(10);
  const { length } = project.runner.started;
  await watching.clock.advance(60_000);
  await watching.rest();
  expect(project.runner.started).toHaveLength(length);
});

test('and so is one over two stages that take turns', async () => {
  const project = projectOf(TWO, FILES);
  let text = 0;
  const watching = await watchProject(project, {
    behave: (process) => {
      const other = process.stage === 'a' ? '/w/b.csv' : '/w/a.csv';
      if (text > 0) project.fs.writeFile(other, `${++text}`);
      return undefined;
    },
  });
  text = 100;
  watching.edit({ 'a.csv': 'go' });
  await watching.rest();
  expect(watching.told.at(-1)).toBe('loop: a a.csv');
  expect(project.runner.started.slice(2).join('')).toBe('abababab');
});

test('while another command holds the lock nothing is built, and nothing of it is forgotten', async () => {
  const project = projectOf(TWO, FILES);
  const watching = await watchProject(project);
  const theirs = await project.lock.acquire({
    path: '/w/.wrangle/lock',
    wait: false,
    command: 'wrangle gc',
    onWait: () => {},
    signal: undefined,
  });
  watching.edit({ 'a.csv': '11' });
  await watching.rest();
  expect(watching.told.slice(3)).toEqual(['locked', 'idle']);
  theirs?.release();
  watching.edit({ 'b.csv': '22' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ a: 'ran', b: 'ran' });
  expect([project.read('out/a'), project.read('out/b')]).toEqual(['a(11)', 'b(22)']);
});

test.each([
  ['rename', '/w/out/a'],
  ['makeFolder', '/w/.wrangle/runs'],
  ['appendFile', '/w/.wrangle'],
] as const)('a disk that is full at a "%s" is told of, and the next edit does what is left', async (op, path) => {
  const project = projectOf(TWO, FILES);
  const watching = await watchProject(project);
  const { length } = watching.rounds;
  project.fs.failNext(op, 'ENOSPC', path);
  watching.edit({ 'a.csv': '11' });
  await watching.rest();
  expect(watching.told.at(-1)).toBe('idle');
  const started = project.runner.started.length;
  await watching.clock.advance(60_000);
  await watching.rest();
  expect(project.runner.started).toHaveLength(started);
  watching.edit({ 'b.csv': '22' });
  await watching.rest();
  expect(watching.rounds.length).toBeGreaterThan(length);
  expect([project.read('out/a'), project.read('out/b')]).toEqual(['a(11)', 'b(22)']);
  expect((await new EngineProject(project.fs).build()).started).toEqual([]);
});

test('a stage that is tried again within its round is no round more', async () => {
  const project = projectOf({ a: { ...TWO.a, retry: {}, exit_codes: { 75: 'retryable' } } }, FILES);
  let left = 0;
  const watching = await watchProject(project, {
    behave: (process) => {
      if (left === 0) return undefined;
      left -= 1;
      process.exit(75);
      return 'done';
    },
  });
  left = 2;
  watching.edit({ 'a.csv': '11' });
  await watching.rest();
  expect(watching.told.slice(3)).toEqual(['round 2: a.csv', 'done', 'idle']);
  expect(timesStarted(project, 'a')).toBe(4);
});

describe('workers', () => {
  const served = { run: { node: './stage.js' }, worker: true, inputs: { d: {} }, outputs: { o: {} } };
  const stage = (name: string) => ({
    uses: 'plug/served',
    inputs: { d: `${name}.csv` },
    outputs: { o: `out/${name}` },
  });

  const withWorkers = () =>
    projectOf(
      { a: stage('a'), b: stage('b') },
      {
        ...FILES,
        '.wranglerrc.yaml': 'version: 1\nplugins: { plug: ./plug }\n',
        'plug/package.json': JSON.stringify({ name: 'plug', wrangle: { manifest: './wrangle.plugin.json' } }),
        'plug/wrangle.plugin.json': JSON.stringify({ protocol: 1, name: 'plug', stages: { served } }),
        'plug/stage.js': '// Nobody runs it.',
      },
    );

  test('stay from round to round, and rest in between', async () => {
    const project = withWorkers();
    const watching = await watchProject(project);
    watching.edit({ 'a.csv': '11' });
    await watching.rest();
    watching.edit({ 'b.csv': '22' });
    await watching.rest();
    expect(watching.rounds).toHaveLength(3);
    expect(project.pools).toEqual(['opened for 2', 'rested', 'rested', 'rested']);
    await watching.end();
    expect(project.pools.at(-1)).toBe('closed');
  });
});

describe('what happens while a round runs', () => {
  const HALFWAY = {
    a: { inputs: { in: 'a.csv' }, outputs: { out: 'out/a' } },
    b: { inputs: { in: 'out/a' }, outputs: { out: 'out/b' } },
    c: { inputs: { in: 'b.csv' }, outputs: { out: 'out/c' } },
  };

  /** Watches with `restart` once all is built; from then on processes of `stage` wait until somebody ends them. */
  async function heldAt(stage: string) {
    const project = projectOf(HALFWAY, FILES);
    let isHeld = false;
    const behave: Behaviour = (process) => (isHeld && process.stage === stage ? 'done' : undefined);
    const watching = await watchProject(project, { onChange: 'restart', jobs: 1, behave });
    isHeld = true;
    const letGo = () => {
      isHeld = false;
    };
    return { project, watching, letGo };
  }

  test('a new pipeline is not forgotten when its first round is stopped', async () => {
    const { project, watching, letGo } = await heldAt('c');
    project.pipeline({
      ...HALFWAY,
      b: { ...HALFWAY.b, run: `make it \${{ outputs.out }}` },
      c: { ...HALFWAY.c, version: 2 },
    });
    watching.tell({ type: 'hint', path: '/w/pipeline.yaml' });
    await watching.rest();
    expect(project.runner.running()).toEqual(['c']);
    letGo();
    watching.edit({ 'a.csv': '11' });
    await watching.rest();
    await watching.rest();
    expect(watching.told.slice(3)).toEqual(['round 2:', 'interrupted', 'round 3: a.csv', 'done', 'idle']);
    expect([project.read('out/b'), project.read('out/c')]).toEqual(['b(a(11))', 'c(2)']);
    expect((await new EngineProject(project.fs).build()).started).toEqual([]);
  });

  test('a new pipeline is not forgotten when an input of it is not there yet', async () => {
    const { project, watching, letGo } = await heldAt('c');
    letGo();
    project.pipeline({
      ...HALFWAY,
      b: { ...HALFWAY.b, run: `make it \${{ outputs.out }}` },
      c: { inputs: { in: 'later.csv' }, outputs: { out: 'out/c' } },
    });
    watching.tell({ type: 'hint', path: '/w/pipeline.yaml' });
    await watching.rest();
    expect(watching.told.slice(3)).toEqual(['invalid', 'idle']);
    watching.edit({ 'later.csv': '3' });
    await watching.rest();
    expect(watching.last?.outcomes).toMatchObject({ b: 'ran', c: 'ran' });
    expect((await new EngineProject(project.fs).build()).started).toEqual([]);
  });

  test('what a stopped round has still to do is done, though all that led to it is as it should be', async () => {
    const { project, watching, letGo } = await heldAt('b');
    watching.edit({ 'a.csv': '11' });
    await watching.settle();
    expect(project.runner.running()).toEqual(['b']);
    letGo();
    // Nobody hears of what the round itself wrote.
    watching.lose();
    watching.edit({ 'b.csv': '22' });
    watching.deliver();
    await watching.clock.advance(100);
    await watching.idle();
    expect(watching.told.at(-1)).toBe('interrupted');
    watching.edit({ 'b.csv': '2' });
    watching.lose();
    await watching.rest();
    expect(watching.last?.outcomes).toMatchObject({ b: 'ran' });
    expect([project.read('out/b'), project.read('out/c')]).toEqual(['b(a(11))', 'c(2)']);
  });

  test('an edit is built after it, though nothing more is told of', async () => {
    const project = projectOf(HALFWAY, FILES);
    const watching = await watchProject(project, {
      behave: async (process) => {
        if (process.stage === 'a' && project.read('a.csv') === '11') {
          watching.edit({ 'b.csv': '22' });
          watching.deliver();
        }
        return undefined;
      },
    });
    watching.edit({ 'a.csv': '11' });
    await watching.settle();
    watching.lose();
    await watching.settle();
    expect(watching.told.slice(3)).toEqual(['round 2: a.csv', 'done', 'round 3: b.csv', 'done', 'idle']);
    expect(project.read('out/c')).toBe('c(22)');
  });

  test('an input that is gone when its stage is due, and back before the round ends, is built', async () => {
    const project = projectOf(HALFWAY, FILES);
    let isAway = true;
    const watching = await watchProject(project, {
      jobs: 1,
      keepGoing: true,
      behave: (process) => {
        if (!isAway) return undefined;
        if (process.stage === 'a') project.fs.remove('/w/b.csv');
        if (process.stage !== 'b') return undefined;
        isAway = false;
        project.fs.writeFile('/w/b.csv', 'back');
        return undefined;
      },
    });
    expect(watching.rounds.map(({ outcomes }) => outcomes)).toEqual([
      { a: 'ran', b: 'ran', c: 'failed' },
      { c: 'ran' },
    ]);
    expect(project.read('out/c')).toBe('c(back)');
  });

  test('an edit of what waits behind a stage that fails is not forgotten', async () => {
    const project = projectOf(HALFWAY, FILES);
    let isBroken = true;
    const watching = await watchProject(project, {
      jobs: 1,
      behave: (process) => {
        if (process.stage !== 'a' || !isBroken) return undefined;
        isBroken = false;
        project.fs.writeFile('/w/b.csv', 'new');
        process.exit(1);
        return 'done';
      },
    });
    expect(watching.rounds.map(({ outcomes }) => outcomes)).toEqual([
      { a: 'failed', b: 'blocked', c: 'cancelled' },
      { a: 'ran', b: 'ran', c: 'ran' },
    ]);
    expect(project.read('out/c')).toBe('c(new)');
  });
});

test('an editor that pauses in the midst of a save may be told of half a file, and then all is right', async () => {
  const project = projectOf(TWO, FILES);
  const watching = await watchProject(project);
  const text = (project.read('pipeline.yaml') ?? '').replace('make b', 'make another');
  watching.edit({ 'pipeline.yaml': text.slice(0, text.length / 2) });
  watching.deliver();
  await watching.clock.advance(200);
  watching.edit({ 'pipeline.yaml': text });
  await watching.rest();
  expect(watching.told.slice(3)).toEqual(['invalid', 'idle', 'round 2:', 'done', 'idle']);
  expect(watching.last?.outcomes).toMatchObject({ b: 'ran' });
});

test('a result whose time is over is made again while nothing else changes, once', async () => {
  const project = projectOf({ a: { ...TWO.a, ttl: '1m' }, b: TWO.b }, FILES);
  const watching = await watchProject(project);
  expect(watching.last?.outcomes).toEqual({ a: 'ran', b: 'ran' });
  const pass = async (ms: number) => {
    await project.clock.advance(ms);
    await watching.clock.advance(ms);
    await watching.rest();
  };
  await pass(40_000);
  expect(watching.rounds.length).toBe(1);
  await pass(30_000);
  expect(watching.last?.outcomes).toEqual({ a: 'ran' });
  await pass(40_000);
  expect(watching.rounds.length).toBe(2);
});

test('just what is selected is built, and what it reads from others is told of when that is something else', async () => {
  const project = projectOf(
    {
      a: { inputs: { in: 'a.csv' }, outputs: { out: 'out/a' } },
      b: { inputs: { in: 'out/a', other: 'b.csv' }, outputs: { out: 'out/b' } },
    },
    FILES,
  );
  await project.build();
  project.write({ 'a.csv': '11', 'b.csv': '22' });
  const watching = await watchProject(project, { select: ['b'] });
  const warning = '"a" is not up to date and not selected: what it made before is read as it is.';
  expect([watching.last?.outcomes, watching.last?.warnings]).toEqual([{ b: 'ran' }, [warning]]);
  watching.edit({ 'b.csv': '33' });
  await watching.rest();
  expect([watching.last?.outcomes, watching.last?.warnings]).toEqual([{ b: 'ran' }, []]);
  watching.edit({ 'a.csv': '1', 'b.csv': '44' });
  await watching.rest();
  expect([watching.last?.outcomes, watching.last?.warnings]).toEqual([{ b: 'ran' }, []]);
  watching.edit({ 'a.csv': '111', 'b.csv': '55' });
  await watching.rest();
  expect([watching.last?.outcomes, watching.last?.warnings]).toEqual([{ b: 'ran' }, [warning]]);
  expect(timesStarted(project, 'a')).toBe(1);
});

test('nothing is built from what is not there, and whose maker is not selected', async () => {
  const project = projectOf(
    {
      a: { inputs: { in: 'a.csv' }, outputs: { out: 'out/a' } },
      b: { inputs: { in: 'out/a' }, outputs: { out: 'out/b' } },
    },
    FILES,
  );
  const watching = await watchProject(project, { select: ['b'] });
  expect(watching.last?.report).toMatchObject({
    status: 'invalid',
    mistakes: { diagnostics: [{ code: 'producer-not-selected' }] },
  });
  watching.edit({ 'out/a': 'by hand' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ b: 'ran' });
});
