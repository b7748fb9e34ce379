// Watching: what is built again, when, and what is not. News and time are in the hands of the test.
import { expect, onTestFinished, test } from 'vitest';
import type { OnChange } from '../../src/watch/watcher.ts';
import { EngineProject, succeed } from '../support/engine-project.ts';
import { WatchedProject, watchProject } from '../support/watched-project.ts';

const CHAIN = {
  clean: { inputs: { data: 'data/a.csv' }, outputs: { clean: 'build/clean.csv' } },
  report: { inputs: { clean: 'build/clean.csv', style: 'style.css' }, outputs: { html: 'build/report.html' } },
  other: { inputs: { data: 'data/b.csv' }, outputs: { out: 'build/other.txt' } },
};

function chain(): EngineProject {
  const project = new EngineProject();
  project.pipeline(CHAIN);
  project.write({ 'data/a.csv': '1', 'data/b.csv': '2', 'style.css': '3' });
  return project;
}

test('builds first, then only what depends on what was edited', async () => {
  const project = chain();
  const watching = await watchProject(project);
  expect(watching.rounds.map(({ outcomes }) => outcomes)).toEqual([{ clean: 'ran', other: 'ran', report: 'ran' }]);

  watching.edit({ 'style.css': '33' });
  await watching.rest();
  expect(watching.rounds).toHaveLength(2);
  expect(watching.last?.outcomes).toEqual({ report: 'ran' });
  expect(watching.last?.cause).toEqual({
    paths: ['style.css'],
    stages: ['report'],
    isReloaded: false,
    isOwnDoing: false,
  });
  expect(project.read('build/report.html')).toBe('report(clean(1),33)');
});

test('an event behind which nothing changed starts nothing', async () => {
  const project = chain();
  const watching = await watchProject(project);
  watching.edit({ 'data/a.csv': '1' });
  watching.tell({ type: 'hint', path: '/w/data' });
  watching.tell({ type: 'overflow' });
  await watching.rest();
  expect(watching.told).toEqual(['round 1:', 'done', 'idle']);
  expect(project.runner.started).toHaveLength(3);
});

test('two hundred edits in a moment are one round, and it sees the last one', async () => {
  const project = chain();
  const watching = await watchProject(project);
  for (let edit = 1; edit <= 200; edit++) {
    watching.edit({ 'data/b.csv': `edit ${edit}` });
    watching.deliver();
    await watching.clock.advance(0.5);
  }
  await watching.rest();
  expect(watching.rounds).toHaveLength(2);
  expect(project.read('build/other.txt')).toBe('other(edit 200)');
});

test('somebody who never stops writing does not put it off for ever', async () => {
  const project = chain();
  const watching = await watchProject(project);
  for (let edit = 1; edit <= 25; edit++) {
    watching.edit({ 'data/b.csv': `edit ${edit}` });
    watching.deliver();
    await watching.clock.advance(50);
    await watching.idle();
  }
  expect(watching.rounds).toHaveLength(2);
  await watching.rest();
  expect(watching.rounds).toHaveLength(3);
  expect(project.read('build/other.txt')).toBe('other(edit 25)');
});

test('a save by rename counts each time', async () => {
  const project = chain();
  const watching = await watchProject(project);
  for (const text of ['x1', 'x2', 'x3']) {
    watching.edit({ 'data/a.csv~': text });
    project.fs.rename('/w/data/a.csv~', '/w/data/a.csv');
    await watching.rest();
    expect(project.read('build/clean.csv')).toBe(`clean(${text})`);
  }
  expect(watching.rounds.map(({ outcomes }) => outcomes).slice(1)).toEqual([
    { clean: 'ran', report: 'ran' },
    { clean: 'ran', report: 'ran' },
    { clean: 'ran', report: 'ran' },
  ]);
});

test('a checkout of more files than a burst may have is one round', async () => {
  const project = new EngineProject();
  project.pipeline({ all: { inputs: { data: 'data/*.csv' }, outputs: { out: 'build/all.txt' } } });
  project.write({ 'data/0.csv': '0' });
  const watching = await watchProject(project);
  const files = Array.from({ length: 9_000 }, (_, at) => [`data/${at}.csv`, `new ${at}`] as const);
  watching.edit(Object.fromEntries(files));
  await watching.rest();
  expect(watching.rounds.map(({ outcomes }) => outcomes)).toEqual([{ all: 'ran' }, { all: 'ran' }]);
  expect(watching.last?.cause).toEqual({ paths: [], stages: ['all'], isReloaded: false, isOwnDoing: false });
  const texts = files.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  expect(project.read('build/all.txt')).toBe(`all(${texts.join(',')})`);
});

test('an output that the inputs of its consumer match starts nothing by itself', async () => {
  const project = new EngineProject();
  project.pipeline({
    part: { inputs: { a: 'in/a.csv' }, outputs: { out: 'in/made/part.csv' } },
    all: { inputs: { data: 'in/**/*.csv' }, outputs: { out: 'build/all.txt' } },
  });
  project.write({ 'in/a.csv': 'a' });
  const watching = await watchProject(project);
  watching.edit({ 'in/a.csv': 'aa' });
  await watching.rest();
  expect(watching.told).toEqual(['round 1:', 'done', 'idle', 'round 2: in/a.csv', 'done', 'idle']);
  expect(watching.last?.outcomes).toEqual({ part: 'ran', all: 'ran' });
});

test('a stage that writes its own input anew with the same bytes is built once more, and that is no loop', async () => {
  const project = chain();
  const watching = await watchProject(project, {
    behave: (process) => {
      if (process.stage === 'other') project.fs.writeFile('/w/data/b.csv', '2');
      return undefined;
    },
  });
  expect(watching.rounds.map(({ outcomes }) => outcomes.other)).toEqual(['ran', 'ran']);
  expect(watching.told.at(-1)).toBe('idle');
});

test('a stage that changes its own input is built four times, then watching pauses until something changes', async () => {
  const project = chain();
  let text = '2';
  const watching = await watchProject(project, {
    behave: (process) => {
      if (process.stage !== 'other') return undefined;
      text += '2';
      project.fs.writeFile('/w/data/b.csv', text);
      return undefined;
    },
  });
  expect(project.runner.started.filter((stage) => stage === 'other')).toHaveLength(4);
  expect(watching.told.at(-1)).toBe('loop: other data/b.csv');

  await watching.clock.advance(60_000);
  await watching.rest();
  expect(project.runner.started.filter((stage) => stage === 'other')).toHaveLength(4);

  watching.edit({ 'watch.log': 'Nothing reads this.' });
  await watching.rest();
  expect(project.runner.started.filter((stage) => stage === 'other')).toHaveLength(4);

  watching.edit({ 'style.css': 'x' });
  await watching.settle();
  expect(watching.rounds.at(4)?.outcomes).toEqual({ other: 'ran', report: 'ran' });
});

test('somebody who edits as soon as a round is over is no loop', async () => {
  const project = chain();
  const watching = await watchProject(project);
  for (let edit = 1; edit <= 8; edit++) {
    watching.edit({ 'data/b.csv': `edit ${edit}` });
    await watching.settle();
  }
  expect(watching.rounds).toHaveLength(9);
  expect(project.read('build/other.txt')).toBe('other(edit 8)');
});

test('what was taken for a loop is tried again after five minutes', async () => {
  const project = chain();
  let left = 5;
  const watching = await watchProject(project, {
    behave: (process) => {
      if (process.stage === 'other' && left > 0) project.fs.writeFile('/w/data/b.csv', `${--left}`);
      return undefined;
    },
  });
  expect(watching.told.at(-1)).toBe('loop: other data/b.csv');
  await watching.clock.advance(301_000);
  await watching.rest();
  expect(project.read('build/other.txt')).toBe('other(0)');
  expect(watching.told.at(-1)).toBe('idle');
});

test('a loop that another command has ended is over, and that is said', async () => {
  const project = chain();
  let left = 4;
  const watching = await watchProject(project, {
    behave: (process) => {
      if (process.stage === 'other' && left > 0) project.fs.writeFile('/w/data/b.csv', `${--left}`);
      return undefined;
    },
  });
  expect(watching.told.at(-1)).toBe('loop: other data/b.csv');
  const theirs = new EngineProject(project.fs, project.dir);
  expect((await theirs.build()).outcomes).toMatchObject({ other: 'ran' });
  watching.edit({ 'data/b.csv': project.read('data/b.csv') ?? '' });
  await watching.rest();
  expect(watching.told.slice(-2)).toEqual(['loop: other data/b.csv', 'idle']);
});

test('an edit during a round is built after it', async () => {
  const project = chain();
  let isEdited = false;
  const watching = await watchProject(project, {
    behave: (process) => {
      if (process.stage === 'report' && !isEdited) {
        isEdited = true;
        project.fs.writeFile('/w/data/b.csv', 'edited');
        project.fs.writeFile('/w/style.css', 'edited too');
      }
      return undefined;
    },
  });
  expect(watching.rounds.map(({ outcomes }) => outcomes)).toEqual([
    { clean: 'ran', other: 'ran', report: 'ran' },
    { report: 'ran', other: 'ran' },
  ]);
  expect(project.read('build/report.html')).toBe('report(clean(1),edited too)');
  expect(project.read('build/other.txt')).toBe('other(edited)');
});

test('with "finish", a round that runs ends before the next one begins', async () => {
  const project = chain();
  const { watching, release } = await held(project, 'finish');
  watching.edit({ 'data/a.csv': 'new' });
  watching.deliver();
  await watching.clock.advance(5_000);
  await watching.idle();
  expect(project.runner.running()).toEqual(['clean', 'other']);
  release();
  await watching.rest();
  expect(watching.told).toEqual(['round 1:', 'done', 'round 2: data/a.csv', 'done', 'idle']);
  expect(project.read('build/report.html')).toBe('report(clean(new),3)');
});

test('with "restart", an edit of an input stops the round that runs, and the next one does all', async () => {
  const project = chain();
  const { watching, release } = await held(project, 'restart');
  watching.edit({ 'data/a.csv': 'new' });
  watching.deliver();
  await watching.clock.advance(100);
  release();
  await watching.idle();
  await watching.rest();
  expect(watching.told).toEqual(['round 1:', 'interrupted', 'round 2: data/a.csv', 'done', 'idle']);
  expect(project.read('build/report.html')).toBe('report(clean(new),3)');
  expect(project.read('build/other.txt')).toBe('other(2)');
});

test('with "restart", an edit counts that comes while others are still looked at', async () => {
  const project = chain();
  const watching = await watchProject(project, { onChange: 'restart' });
  const { release } = hold(project);
  watching.edit({ 'data/b.csv': 'new' });
  await watching.settle();
  expect(project.runner.running()).toEqual(['other']);
  let look = () => {};
  const looked = new Promise<void>((resolve) => {
    look = resolve;
  });
  const hashFile = project.fs.hashFile.bind(project.fs);
  project.fs.hashFile = async (path) => {
    await looked;
    return hashFile(path);
  };
  project.fs.writeFile('/w/style.css', '3');
  watching.deliver();
  await watching.clock.advance(100);
  watching.edit({ 'data/a.csv': 'new' });
  watching.deliver();
  await watching.clock.advance(100);
  look();
  await watching.idle();
  await watching.clock.advance(100);
  await watching.idle();
  release();
  await watching.rest();
  expect(watching.told.slice(3)).toEqual([
    'round 2: data/b.csv',
    'interrupted',
    'round 3: data/a.csv data/b.csv',
    'done',
    'idle',
  ]);
});

test('with "restart", what stages write themselves and edits without a change stop nothing', async () => {
  const project = chain();
  const watching = await watchProject(project, { onChange: 'restart' });
  const { release } = hold(project);
  watching.edit({ 'data/b.csv': 'new' });
  await watching.settle();
  expect(project.runner.running()).toEqual(['other']);
  project.fs.writeFile('/w/build/other.txt', 'by hand');
  project.fs.writeFile('/w/style.css', '3');
  watching.deliver();
  await watching.clock.advance(1_000);
  await watching.idle();
  expect(project.runner.running()).toEqual(['other']);
  release();
  await watching.rest();
  expect(watching.told.slice(3)).toEqual(['round 2: data/b.csv', 'done', 'idle']);
});

test('a stage that fails is waited out, and tried again when something changed, not before', async () => {
  const project = chain();
  let isBroken = true;
  const watching = await watchProject(project, {
    behave: (process) => {
      if (process.stage !== 'clean' || !isBroken) return undefined;
      process.exit(1);
      return 'done';
    },
  });
  expect(watching.rounds.map(({ outcomes }) => outcomes)).toEqual([
    { clean: 'failed', other: expect.any(String), report: expect.any(String) },
  ]);
  watching.edit({ 'data/a.csv': '1' });
  watching.tell({ type: 'overflow' });
  await watching.clock.advance(10_000);
  await watching.rest();
  expect(project.runner.started.filter((stage) => stage === 'clean')).toHaveLength(1);

  isBroken = false;
  watching.edit({ 'style.css': 'new' });
  await watching.rest();
  expect(watching.last?.outcomes).toMatchObject({ clean: 'ran', report: 'ran' });
  expect(project.read('build/report.html')).toBe('report(clean(1),new)');
});

test('an edit that made stages fail, taken back, leaves nothing to be done', async () => {
  const project = chain();
  const watching = await watchProject(project, {
    behave: (process) => {
      if (process.reads('data/a.csv') !== 'bad') return undefined;
      process.exit(1);
      return 'done';
    },
  });
  const isDone = [watching.pipeline.isDone];
  const look = async (files: Readonly<Record<string, string>>) => {
    watching.edit(files);
    await watching.rest();
    isDone.push(watching.pipeline.isDone);
  };
  await look({ 'data/a.csv': 'bad' });
  await look({ 'unread.txt': '1' });
  await look({ 'data/a.csv': '1' });
  expect(watching.rounds.map(({ report }) => report.status === 'built' && report.outcome)).toEqual(['done', 'failed']);
  expect(isDone).toEqual([true, false, false, true]);
});

test('a pipeline with a mistake is not built; mended, it is, with all that changed meanwhile', async () => {
  const project = chain();
  const watching = await watchProject(project);
  const sound = project.fs.readText('/w/pipeline.yaml') ?? '';

  watching.edit({ 'pipeline.yaml': sound.replace('"outputs"', '"outptus"') });
  await watching.rest();
  expect(watching.told.slice(3)).toEqual(['invalid', 'idle']);
  expect(mistakesOf(watching)).toContain('"outptus" is not a key of a stage.');

  watching.edit({ 'data/b.csv': 'meanwhile' });
  await watching.rest();
  expect(project.read('build/other.txt')).toBe('other(2)');

  watching.edit({ 'pipeline.yaml': sound });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ other: 'ran' });
  expect(project.read('build/other.txt')).toBe('other(meanwhile)');
});

test.each([
  ['the pipeline', 'readFile', '/w/pipeline.yaml'],
  ['the index', 'stat', '/w/.wrangle/index'],
] as const)('while %s cannot be read nothing is built, and then all that changed meanwhile', async (_, op, path) => {
  const project = chain();
  const watching = await watchProject(project);
  const text = project.fs.readText('/w/pipeline.yaml') ?? '';
  project.fs.failNext(op, 'EACCES', path);
  watching.edit({ 'pipeline.yaml': `# Another.\n${text}`, 'data/b.csv': 'meanwhile' });
  await watching.rest();
  expect(watching.last?.report).toEqual({
    status: 'environment',
    message: `Cannot look at what changed: permission denied (${path}).`,
  });
  project.fs.chmod('/w/pipeline.yaml', 0o600);
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ other: 'ran' });
  expect(project.read('build/other.txt')).toBe('other(meanwhile)');
});

test('a pipeline that is taken away and put back is built again', async () => {
  const project = chain();
  const watching = await watchProject(project);
  project.fs.rename('/w/pipeline.yaml', '/w/away.yaml');
  await watching.rest();
  expect(watching.told.at(-2)).toBe('invalid');
  watching.edit({ 'data/b.csv': 'new' });
  project.fs.rename('/w/away.yaml', '/w/pipeline.yaml');
  await watching.rest();
  expect(project.read('build/other.txt')).toBe('other(new)');
  expect(watching.told.at(-1)).toBe('idle');
});

test('an included file that comes to be is noticed', async () => {
  const project = new EngineProject();
  project.pipeline({}, { include: ['more.yaml'] });
  const watching = await watchProject(project);
  expect(watching.told).toEqual(['invalid', 'idle']);
  watching.edit({ 'in.txt': 'i', 'more.yaml': MORE });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ late: 'ran' });
  watching.edit({ 'more.yaml': MORE.replace('make late', 'make it late') });
  await watching.rest();
  expect(watching.last?.cause?.isReloaded).toBe(true);
  expect(watching.last?.outcomes).toEqual({ late: 'ran' });
});

const MORE = JSON.stringify({
  stages: {
    late: { run: `make late ${'$'}{{ outputs.out }}`, inputs: { in: 'in.txt' }, outputs: { out: 'late.txt' } },
  },
});

test('a new layout of the pipeline runs nothing, a new command only its stage', async () => {
  const project = chain();
  const watching = await watchProject(project);
  const text = project.fs.readText('/w/pipeline.yaml') ?? '';
  watching.edit({ 'pipeline.yaml': `# A comment.\n${text}` });
  await watching.rest();
  expect(watching.rounds).toHaveLength(1);
  watching.edit({ 'pipeline.yaml': text.replace('make other', 'make another') });
  await watching.rest();
  expect(watching.last?.outcomes).toMatchObject({ other: 'ran' });
  expect(project.runner.started.slice(3)).toEqual(['other']);
});

test('YAML that is too deep, saved twice, ends nothing', async () => {
  const project = chain();
  const watching = await watchProject(project);
  for (const depth of [5_000, 50_000]) {
    watching.edit({ 'pipeline.yaml': '['.repeat(depth) });
    await watching.rest();
    expect(watching.told.slice(-2)).toEqual(['invalid', 'idle']);
  }
});

test('half a save, and the other half after a while: the end is right', async () => {
  const project = chain();
  const watching = await watchProject(project);
  const text = project.fs.readText('/w/pipeline.yaml') ?? '';
  const next = text.replace('make other', 'make another');
  watching.edit({ 'pipeline.yaml': next.slice(0, next.length / 2) });
  watching.deliver();
  await watching.clock.advance(60);
  watching.edit({ 'pipeline.yaml': next });
  await watching.rest();
  expect(watching.told.slice(3)).toEqual(['round 2:', 'done', 'idle']);
});

test('inputs whose folder is removed and made again', async () => {
  const project = chain();
  const watching = await watchProject(project);
  project.fs.remove('/w/data');
  await watching.rest();
  expect(watching.told.slice(3)).toEqual(['invalid', 'idle']);
  expect(mistakesOf(watching)).toEqual([
    'No stage makes "data/a.csv" and no such file exists.',
    'No stage makes "data/b.csv" and no such file exists.',
  ]);
  watching.edit({ 'data/a.csv': '1', 'data/b.csv': 'back' });
  await watching.rest();
  expect(watching.last?.outcomes).toMatchObject({ other: 'ran' });
  expect(project.read('build/other.txt')).toBe('other(back)');
});

test('where nothing is told, everything is looked at each second', async () => {
  const project = chain();
  const watching = await watchProject(project);
  watching.tell({ type: 'blind', reason: 'No more folders can be watched.' });
  await watching.rest();
  watching.edit({ 'data/b.csv': 'unseen' });
  watching.lose();
  await watching.clock.advance(2_200);
  await watching.idle();
  expect(watching.told.slice(3)).toEqual(['blind: No more folders can be watched.', 'round 2:', 'done', 'idle']);
  expect(project.read('build/other.txt')).toBe('other(unseen)');
});

test('after a gap in time, and every five minutes, everything is looked at', async () => {
  const project = chain();
  const watching = await watchProject(project);
  watching.edit({ 'data/b.csv': 'lost' });
  watching.lose();
  await watching.clock.advance(298_000);
  await watching.idle();
  expect(watching.rounds).toHaveLength(1);
  await watching.clock.advance(4_000);
  await watching.idle();
  expect(project.read('build/other.txt')).toBe('other(lost)');

  watching.edit({ 'data/b.csv': 'asleep' });
  watching.lose();
  watching.clock.jump(3_600_000);
  await watching.clock.advance(2_000);
  await watching.idle();
  expect(project.read('build/other.txt')).toBe('other(asleep)');
});

test('ends at once while nothing runs, and with the stages while something does', async () => {
  const project = chain();
  const watching = await watchProject(project);
  await watching.end();
  expect(watching.folders.open).toEqual([]);
  expect(watching.clock.sleepers).toBe(0);

  const other = chain();
  const { watching: busy } = await held(other, 'finish');
  expect(other.runner.running()).toEqual(['clean', 'other']);
  await busy.end();
  expect(busy.last?.report).toMatchObject({ status: 'built', outcome: 'interrupted' });
  expect(busy.folders.open).toEqual([]);
});

test('an output that is deleted comes back, one that is edited is put aside first', async () => {
  const project = chain();
  const watching = await watchProject(project);
  project.fs.remove('/w/build/clean.csv');
  await watching.rest();
  expect(watching.last?.outcomes).toMatchObject({ clean: 'restored' });
  watching.edit({ 'build/report.html': 'by hand' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ report: 'restored' });
  expect(project.read('build/report.html')).toBe('report(clean(1),3)');
  expect(Object.values(project.fs.tree('/w/.wrangle/displaced'))).toEqual(['by hand']);
});

test('another command builds in between', async () => {
  const project = chain();
  const watching = await watchProject(project);
  project.fs.writeFile('/w/data/b.csv', 'theirs');
  const theirs = new EngineProject(project.fs, project.dir);
  expect((await theirs.build()).outcomes).toMatchObject({ other: 'ran' });
  await watching.rest();
  expect(watching.rounds).toHaveLength(1);
  watching.edit({ 'data/b.csv': 'ours' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ other: 'ran' });
  expect((await theirs.build()).outcomes).toEqual({ clean: 'fresh', other: 'fresh', report: 'fresh' });
});

test('a stage that waits for an answer goes on when there is one', async () => {
  const project = chain();
  const watching = await watchProject(project, {
    behave: (process) => {
      if (process.stage !== 'other' || project.read('answers/other.json') !== undefined) return undefined;
      process.exit(42);
      return 'done';
    },
  });
  expect(watching.rounds.at(-1)?.outcomes).toMatchObject({ other: 'suspended' });
  watching.edit({ 'answers/other.json': '{"answer": true}' });
  await watching.rest();
  expect(watching.last?.outcomes).toMatchObject({ other: 'ran' });
});

test('a stage that is never fresh runs in the first round, then when what it reads changes', async () => {
  const project = new EngineProject();
  project.pipeline({ now: { always: true, inputs: { in: 'in.txt' }, outputs: { out: 'out.txt' } } });
  project.write({ 'in.txt': '1' });
  const watching = await watchProject(project);
  watching.edit({ 'in.txt': '1' });
  await watching.rest();
  expect(watching.rounds).toHaveLength(1);
  watching.edit({ 'in.txt': '2' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ now: 'ran' });
});

test('only the stages that were asked for, with all they need', async () => {
  const project = chain();
  const watching = await watchProject(project, { targets: ['report'] });
  watching.edit({ 'data/b.csv': 'new' });
  await watching.rest();
  expect(watching.rounds.map(({ outcomes }) => outcomes)).toEqual([{ clean: 'ran', report: 'ran' }]);
});

test('a stage that failed while its input was away for a moment is tried again', async () => {
  const project = chain();
  let isFirst = true;
  const watching = await watchProject(project, {
    behave: (process) => {
      if (process.stage !== 'other' || !isFirst) return undefined;
      isFirst = false;
      project.fs.remove('/w/data/b.csv');
      project.fs.writeFile('/w/data/b.csv', '2');
      process.exit(1);
      return 'done';
    },
  });
  expect(watching.rounds.map(({ outcomes }) => outcomes['other'])).toEqual(['failed', 'ran']);
});

test('a stage that was never started because another failed is not forgotten', async () => {
  const project = chain();
  let isBroken = true;
  const watching = await watchProject(project, {
    jobs: 1,
    behave: (process) => {
      if (process.stage !== 'clean' || !isBroken) return undefined;
      process.exit(1);
      return 'done';
    },
  });
  expect(watching.last?.outcomes).toEqual({ clean: 'failed', other: 'cancelled', report: 'blocked' });
  isBroken = false;
  watching.edit({ 'data/a.csv': 'good' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ clean: 'ran', other: 'ran', report: 'ran' });
});

test('only the touched part of the graph is looked at', async () => {
  const project = new EngineProject();
  const names = Array.from({ length: 300 }, (_, at) => `s${at}`);
  project.pipeline(
    Object.fromEntries(names.map((name) => [name, { inputs: { in: `in/${name}` }, outputs: { out: `out/${name}` } }])),
  );
  project.write(Object.fromEntries(names.map((name) => [`in/${name}`, name])));
  const watching = await watchProject(project);
  watching.edit({ 'in/s7': 'new' });
  const before = project.fs.operations.length;
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ s7: 'ran' });
  const done = project.fs.operations.slice(before);
  expect(done.filter(({ op, path }) => op === 'writeFile' && path.includes('/frontend/'))).toEqual([]);
  const touched = done.filter(({ path }) => /^\/w\/(in|out)\/s\d+$/.test(path));
  expect([...new Set(touched.map(({ path }) => path))].sort()).toEqual(['/w/in/s7', '/w/out/s7']);
});

/** Watched, with the first round held in its first stages. */
async function held(project: EngineProject, onChange: OnChange) {
  const { release } = hold(project);
  const watching = await WatchedProject.open(project, { onChange });
  onTestFinished(() => watching.end());
  await watching.idle();
  watching.lose();
  return { watching, release };
}

/** From now on processes wait for the release; those after it end at once. */
function hold(project: EngineProject): { readonly release: () => void } {
  const waiting: (() => void)[] = [];
  let isReleased = false;
  project.runner.onStart((process) => {
    if (isReleased) succeed(process);
    else waiting.push(() => process.isRunning && succeed(process));
  });
  return {
    release: () => {
      isReleased = true;
      for (const end of waiting) end();
    },
  };
}

function mistakesOf({ last }: WatchedProject): string[] {
  return last?.report.status === 'invalid' ? last.report.mistakes.diagnostics.map(({ message }) => message) : [];
}
