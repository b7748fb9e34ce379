// Watching with real files: every kind of save, edits at every moment, and how it ends. What is waited for is told by the
// process itself; stages are held by named pipes. That something starts nothing is seen by what the next round builds.
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CliProject, helpersOf, processesIn, REPOSITORY } from '../support/cli-project.ts';
import { WatchedCli } from '../support/watched-cli.ts';

const COPY = `cat "$IN" > \${{ outputs.o }}`;

const copy = (input: string, output: string, run = COPY) => ({
  run,
  env: { IN: input },
  inputs: { i: input },
  outputs: { o: output },
});

function projectOf(stages: Readonly<Record<string, object>>, files: Readonly<Record<string, string>>): CliProject {
  return new CliProject().write({ 'pipeline.yaml': pipelineOf(stages), ...files });
}

function pipelineOf(stages: Readonly<Record<string, object>>): string {
  return JSON.stringify({ version: 1, stages });
}

/** Two stages that have nothing to do with each other. */
const TWO = { a: copy('a.txt', 'out/a'), b: copy('b.txt', 'out/b') };
const FILES = { 'a.txt': 'a1\n', 'b.txt': 'b1\n' };

/** As editors do it, with a copy of the old file beside it. */
const renamed = (text: string) => (project: CliProject) => {
  fs.copyFileSync(project.path('a.txt'), project.path('a.txt~'));
  project.write({ '.a.txt.swp': text });
  fs.renameSync(project.path('.a.txt.swp'), project.path('a.txt'));
};

test.each([
  [
    'in place, then by sed, then in place',
    [
      (project: CliProject) => project.write({ 'a.txt': 'one' }),
      (project: CliProject) => execFileSync('sed', ['-i', 's/one/two/', project.path('a.txt')]),
      (project: CliProject) => project.write({ 'a.txt': 'three' }),
    ],
  ],
  ['by a new file in its place, each time', ['one', 'two', 'three'].map(renamed)],
])('every save counts, and only what depends on it is built: %s', async (_, saves) => {
  const project = projectOf(TWO, FILES);
  const watched = new WatchedCli(project);
  expect(await watched.idle()).toEqual({ outcome: 'done', stages: { a: 'ran', b: 'ran' } });
  for (const [at, save] of saves.entries()) {
    save(project);
    expect(await watched.round()).toEqual({ outcome: 'done', stages: { a: 'ran' } });
    expect(project.read('out/a')).toBe(['one', 'two', 'three'][at]);
    // What changed nothing builds nothing.
    project.write({ 'a.txt': project.read('a.txt'), 'c.txt': 'nobody reads it', 'b.txt': `${at}` });
    expect(await watched.round()).toEqual({ outcome: 'done', stages: { b: 'ran' } });
  }
  expect(watched.rounds).toHaveLength(7);
});

test('a thousand files at once are one round', async () => {
  const project = projectOf({ all: { ...copy('data/*.csv', 'all.csv', `cat data/*.csv > \${{ outputs.o }}`) } }, {});
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x', '-c', 'commit.gpgsign=false', ...args], {
      cwd: project.dir,
      stdio: 'ignore',
    });
  git('init', '-q');
  for (const version of ['old', 'new']) {
    for (let at = 0; at < 1_000; at++) project.write({ [`data/${1_000 + at}.csv`]: `${version} ${at}\n` });
    git('add', 'data');
    git('commit', '-qm', version);
  }
  git('checkout', '-q', 'HEAD~1');
  const watched = new WatchedCli(project);
  await watched.idle();
  await watched.atOnce(() => git('checkout', '-q', '-'));
  expect(await watched.round()).toEqual({ outcome: 'done', stages: { all: 'ran' } });
  expect(project.read('all.csv')).toBe(Array.from({ length: 1_000 }, (_, at) => `new ${at}\n`).join(''));
  expect(watched.rounds).toHaveLength(2);
});

describe('an edit while a round runs', () => {
  const held = () => {
    const slow = copy('a.txt', 'out/a', `echo > started; cat gate > /dev/null; ${COPY}`);
    const project = projectOf({ slow, b: copy('b.txt', 'out/b') }, FILES);
    project.fifo('started');
    project.fifo('gate');
    return project;
  };

  test('with "finish" is built after it', async () => {
    const project = held();
    const watched = new WatchedCli(project);
    await project.readFrom('started');
    project.write({ 'b.txt': 'b2\n' });
    await project.writeTo('gate', '');
    expect(await watched.round()).toMatchObject({ outcome: 'done', stages: { slow: 'ran' } });
    // It may have come before the stage was started.
    if (project.read('out/b') !== 'b2\n') expect(await watched.round()).toMatchObject({ stages: { b: 'ran' } });
    expect(project.read('out/b')).toBe('b2\n');
  });

  test('with "restart" stops it, and the next one has it', async () => {
    const project = held();
    const watched = new WatchedCli(project, ['--on-change', 'restart']);
    await project.readFrom('started');
    project.write({ 'a.txt': 'a2\n' });
    expect(await watched.round()).toMatchObject({ outcome: 'interrupted', stages: { slow: 'cancelled' } });
    expect(project.exists('out/a')).toBe(false);
    await project.readFrom('started');
    await project.writeTo('gate', '');
    expect(await watched.round()).toMatchObject({ outcome: 'done', stages: { slow: 'ran' } });
    expect(project.read('out/a')).toBe('a2\n');
  });
});

test('mistakes are waited out: in the pipeline, without a pipeline, without the inputs', async () => {
  const project = projectOf({ ...TWO, a: copy('in/a.txt', 'out/a') }, { ...FILES, 'in/a.txt': 'a1\n' });
  const watched = new WatchedCli(project);
  await watched.idle();
  const sound = project.read('pipeline.yaml');

  project.write({ 'pipeline.yaml': sound.replace('"outputs"', '"outptus"') });
  await watched.says('"outptus" is not a key of a stage.');
  project.write({ 'b.txt': 'b2\n', 'pipeline.yaml': sound });
  expect(await watched.round()).toEqual({ outcome: 'done', stages: { b: 'ran' } });

  fs.renameSync(project.path('pipeline.yaml'), project.path('away.yaml'));
  await watched.says('There is no file "pipeline.yaml".');
  project.write({ 'b.txt': 'b3\n' });
  fs.renameSync(project.path('away.yaml'), project.path('pipeline.yaml'));
  expect(await watched.round()).toEqual({ outcome: 'done', stages: { b: 'ran' } });

  project.remove('in');
  await watched.says('No stage makes "in/a.txt" and no such file exists.');
  project.write({ 'in/a.txt': 'a2\n' });
  expect(await watched.round()).toEqual({ outcome: 'done', stages: { a: 'ran' } });
  project.write({ 'in/a.txt': 'a3\n' });
  expect(await watched.round()).toEqual({ outcome: 'done', stages: { a: 'ran' } });
  expect(project.read('out/a')).toBe('a3\n');
});

test('a stage that fails is tried again at the next edit, and one that feeds itself is named', async () => {
  const feeds = copy('b.txt', 'out/b', `if [ -f feed ]; then echo more >> b.txt; fi; ${COPY}`);
  const project = projectOf({ a: copy('a.txt', 'out/a', `grep good a.txt && ${COPY}`), b: feeds }, FILES);
  const watched = new WatchedCli(project, ['-k']);
  expect(await watched.round()).toEqual({ outcome: 'failed', stages: { a: 'failed', b: 'ran' } });
  project.write({ 'b.txt': 'b2\n' });
  expect(await watched.round()).toEqual({ outcome: 'failed', stages: { a: 'failed', b: 'ran' } });
  project.write({ 'a.txt': 'good\n' });
  expect(await watched.round()).toEqual({ outcome: 'done', stages: { a: 'ran' } });

  project.write({ feed: '', 'b.txt': 'b3\n' });
  await watched.says('Stage b was built again and again, because b.txt changed each time while stages ran.');
  const { length } = watched.rounds;
  expect(length).toBeLessThanOrEqual(7);
  project.remove('feed');
  project.write({ 'a.txt': 'good again\n' });
  while (watched.rounds.length <= length) await watched.round();
  expect(watched.rounds.at(-1)).toEqual({ outcome: 'done', stages: { a: 'ran', b: 'ran' } });
});

describe('it ends', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('by %s, while nothing runs, at once', async (signal, code) => {
    const project = projectOf(TWO, FILES);
    const watched = new WatchedCli(project);
    await watched.idle();
    const beganAt = performance.now();
    expect((await watched.stop(signal)).code).toBe(code);
    expect(performance.now() - beganAt).toBeLessThan(5_000);
    expect(processesIn(project.dir)).toEqual([]);
    expect(helpersOf(project.dir)).toEqual([]);
  });

  test('by Ctrl-C while it builds, with all that runs, and leaves outputs as they were', async () => {
    const project = projectOf({ slow: copy('a.txt', 'out/a', `echo > started; sleep 1000; ${COPY}`) }, FILES);
    project.fifo('started');
    const watched = new WatchedCli(project);
    await project.readFrom('started');
    expect((await watched.stop()).code).toBe(130);
    expect(project.exists('out/a')).toBe(false);
    expect(processesIn(project.dir)).toEqual([]);
  });
});

test('what is typed is left to whoever reads it next', async () => {
  const project = projectOf({ a: copy('a.txt', 'out/a', `cat >> read; ${COPY}`) }, { ...FILES, typed: 'typed\n' });
  const wrapper = ['sh', '-c', `trap '' INT; { "$@"; cat > left; } < typed`, 'sh'];
  const watched = new WatchedCli(project, [], wrapper);
  await watched.idle();
  const [pid] = fs
    .readFileSync(`/proc/${watched.child.pid}/task/${watched.child.pid}/children`, 'utf8')
    .trim()
    .split(' ');
  process.kill(Number(pid), 'SIGTERM');
  await watched.ended;
  expect([project.read('read'), project.read('left')]).toEqual(['', 'typed\n']);
});

test('while another build has the workspace, it waits, and then builds what was edited', async () => {
  const slow = copy('a.txt', 'out/a', `if [ -f hold ]; then echo > started; cat gate > /dev/null; fi; ${COPY}`);
  const project = projectOf({ slow, b: copy('b.txt', 'out/b') }, FILES);
  project.fifo('started');
  project.fifo('gate');
  const watched = new WatchedCli(project);
  await watched.idle();
  project.write({ hold: '' });
  const other = project.start('build', 'pipeline.yaml', '--force=slow');
  await project.readFrom('started');
  project.write({ 'b.txt': 'b2\n' });
  await watched.says('Waiting for the workspace');
  project.remove('hold');
  await project.writeTo('gate', '');
  expect((await other.ended).code).toBe(0);
  expect(await watched.round()).toEqual({ outcome: 'done', stages: { b: 'ran' } });
  expect(project.read('out/b')).toBe('b2\n');
});

test('when the edit that made stages fail is taken back, it says that all is well again', async () => {
  const project = projectOf(
    { a: copy('a.txt', 'out/a', `grep -q a1 "$IN"; ${COPY}`), z: copy('out/a', 'out/z') },
    FILES,
  );
  const watched = new WatchedCli(project);
  await watched.idle();
  project.write({ 'a.txt': 'bad' });
  expect(await watched.round()).toMatchObject({ outcome: 'failed' });
  project.write(FILES);
  await watched.says('Everything is as it was when it was last built, and nothing is to be done.');
});

test('when another build was waited for in vain, it says that it waits no longer', async () => {
  const slow = copy('a.txt', 'out/a', `if [ -f hold ]; then echo > started; cat gate > /dev/null; fi; ${COPY}`);
  const project = projectOf({ slow, b: copy('b.txt', 'out/b') }, FILES);
  project.fifo('started');
  project.fifo('gate');
  const watched = new WatchedCli(project);
  await watched.idle();
  project.write({ hold: '' });
  const other = project.start('build', 'pipeline.yaml', '--force=slow');
  await project.readFrom('started');
  project.write({ 'b.txt': 'b2\n' });
  await watched.says('Waiting for the workspace');
  project.write({ 'b.txt': 'b1\n' });
  project.remove('hold');
  await project.writeTo('gate', '');
  expect((await other.ended).code).toBe(0);
  await watched.says('The workspace is free again, and nothing is to be done.');
});

const canLimit =
  spawnSync('unshare', ['-Ur', 'sh', '-c', 'echo 0 > /proc/sys/user/max_inotify_instances']).status === 0;

test.runIf(canLimit)('where folders cannot be watched it says so, and looks again and again', async () => {
  const project = projectOf(TWO, FILES);
  const wrapper = ['unshare', '-Ur', 'sh', '-c', 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"', 'sh'];
  const watched = new WatchedCli(project, [], wrapper);
  await watched.says('No more folders can be watched: the limit fs.inotify.max_user_instances');
  await watched.says('So everything is looked at again from time to time.');
  await watched.idle();
  project.write({ 'a.txt': 'a2\n' });
  expect(await watched.round()).toEqual({ outcome: 'done', stages: { a: 'ran' } });
  expect(project.read('out/a')).toBe('a2\n');
});

test('a worker stays from round to round, and goes with the watching', async () => {
  const sdk = JSON.stringify(join(REPOSITORY, 'dist/plugin.js'));
  const type = {
    run: { node: './stage.js' },
    worker: true,
    params: { type: 'object' },
    inputs: { i: {} },
    outputs: { o: {} },
  };
  const project = projectOf(
    { a: { uses: 'plug/served', inputs: { i: 'a.txt' }, outputs: { o: 'out/a' } } },
    {
      ...FILES,
      '.wranglerrc.yaml': 'version: 1\nplugins: { plug: ./plug }\n',
      'plug/package.json': JSON.stringify({ type: 'module', wrangle: { manifest: './wrangle.plugin.json' } }),
      'plug/wrangle.plugin.json': JSON.stringify({ protocol: 1, name: 'plug', stages: { served: type } }),
      'plug/stage.js': `
        import * as fs from 'node:fs';
        import { defineStage } from ${sdk};
        defineStage({ run: (ctx) => fs.writeFileSync(ctx.outputs.o.path, String(process.pid)) });`,
    },
  );
  const watched = new WatchedCli(project);
  await watched.idle();
  const pid = project.read('out/a');
  for (const text of ['a2', 'a3']) {
    project.write({ 'a.txt': text });
    await watched.round();
  }
  expect(project.read('out/a')).toBe(pid);
  expect(watched.rounds.map(({ stages }) => stages)).toEqual([{ a: 'ran' }, { a: 'ran' }, { a: 'ran' }]);
  expect((await watched.stop()).code).toBe(130);
  expect(processesIn(project.dir)).toEqual([]);
});

test.each([
  [
    'a stage that there is not',
    ['pipeline.yaml', 'nosuch'],
    'error[unknown-stage] The pipeline has no stage "nosuch".',
  ],
  ['a pipeline that there is not', ['away.yaml'], 'away.yaml'],
])('what the command line names and is not there is not waited for: %s', async (_, words, said) => {
  const project = projectOf(TWO, FILES);
  const ended = await project.run('watch', ...words);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(said);
});
