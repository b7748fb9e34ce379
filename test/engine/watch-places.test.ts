// Watching: the places that count beside declared files, and what happens to folders and links on the way to them.
import { describe, expect, test } from 'vitest';
import type { Behaviour, StageSpec } from '../support/engine-project.ts';
import { EngineProject, outputsOf, readInputs } from '../support/engine-project.ts';
import type { FakeProcess } from '../support/fake-command-runner.ts';
import { watchProject } from '../support/watched-project.ts';

function projectOf(stages: Readonly<Record<string, StageSpec>>, files: Readonly<Record<string, string>>) {
  const project = new EngineProject();
  project.pipeline(stages);
  project.write(files);
  return project;
}

const ALL = { all: { inputs: { data: 'data/**/*.csv' }, outputs: { out: 'all.txt' } } };

describe('a tree of inputs', () => {
  test('that is moved in at once counts with all that is in it, and as it changes from then on', async () => {
    const project = projectOf(ALL, { 'data/0.csv': '0', 'elsewhere/b/1.csv': '1', 'elsewhere/b/deep/2.csv': '2' });
    const watching = await watchProject(project);
    project.fs.rename('/w/elsewhere', '/w/data/a');
    await watching.rest();
    expect(project.read('all.txt')).toBe('all(0,1,2)');
    watching.edit({ 'data/a/b/deep/2.csv': '22' });
    await watching.rest();
    expect(project.read('all.txt')).toBe('all(0,1,22)');
    expect(watching.rounds).toHaveLength(3);
  });

  test('that is moved away and put back leaves nothing behind, and is found again', async () => {
    const project = projectOf(ALL, { 'data/0.csv': '0', 'data/a/1.csv': '1' });
    const watching = await watchProject(project);
    project.fs.rename('/w/data/a', '/w/away');
    await watching.rest();
    expect(project.read('all.txt')).toBe('all(0)');
    project.fs.rename('/w/away', '/w/data/a');
    await watching.rest();
    expect(watching.last?.outcomes).toEqual({ all: 'restored' });
    expect(project.read('all.txt')).toBe('all(0,1)');
  });

  test('that is replaced by a link counts as what the link leads to', async () => {
    const project = projectOf(
      { all: { inputs: { data: 'data/' }, outputs: { out: 'all.txt' } } },
      { 'data/0.csv': '0', 'other/0.csv': 'other' },
    );
    const watching = await watchProject(project);
    project.fs.rename('/w/data', '/w/old');
    project.fs.makeLink('other', '/w/data');
    await watching.rest();
    expect(project.read('all.txt')).toBe('all(other)');
  });
});

describe('an input that is a link to a file elsewhere', () => {
  const LINKED = { a: { inputs: { in: 'in.txt' }, outputs: { out: 'out.txt' } } };

  function linked(): EngineProject {
    const project = projectOf(LINKED, { 'far/x': 'x', 'far/y': 'y' });
    project.fs.write({ '/elsewhere/z': 'z' });
    project.fs.makeLink('far/x', '/w/in.txt');
    return project;
  }

  test('counts as that file does, by whatever name it is saved', async () => {
    const project = linked();
    const watching = await watchProject(project);
    watching.edit({ 'far/x': 'xx' });
    await watching.rest();
    expect(project.read('out.txt')).toBe('a(xx)');
    project.fs.writeFile('/w/far/x~', 'xxx');
    project.fs.rename('/w/far/x~', '/w/far/x');
    await watching.rest();
    expect(project.read('out.txt')).toBe('a(xxx)');
  });

  test('and leads to another one from now on: that one counts', async () => {
    const project = linked();
    const watching = await watchProject(project);
    for (const [target, path] of [
      ['far/y', '/w/far/y'],
      ['/elsewhere/z', '/elsewhere/z'],
    ] as const) {
      project.fs.remove('/w/in.txt');
      project.fs.makeLink(target, '/w/in.txt');
      await watching.rest();
      expect(project.read('out.txt')).toBe(`a(${project.fs.readText(path)})`);
      project.fs.writeFile(path, `new ${target}`);
      await watching.rest();
      expect(project.read('out.txt')).toBe(`a(new ${target})`);
    }
  });

  test('counts when a folder around what it leads to is replaced as a whole', async () => {
    const project = projectOf(LINKED, {});
    project.fs.write({ '/else/deep/one': '1', '/next/deep/one': '11' });
    project.fs.makeLink('/else/deep/one', '/w/in.txt');
    const watching = await watchProject(project);
    project.fs.rename('/else', '/old');
    project.fs.rename('/next', '/else');
    await watching.rest();
    expect(project.read('out.txt')).toBe('a(11)');
  });
});

describe('links in an input folder', () => {
  const FOLDER = { all: { inputs: { data: 'data/' }, outputs: { out: 'all.txt' } } };

  test('what they lead to counts, a file or all of a folder', async () => {
    const project = projectOf(FOLDER, { 'data/0': '0' });
    project.fs.write({ '/far/file': '1', '/far/folder/deep/2': '2' });
    project.fs.makeLink('/far/file', '/w/data/1');
    project.fs.makeLink('/far/folder', '/w/data/2');
    const watching = await watchProject(project);
    for (const path of ['/far/file', '/far/folder/deep/2', '/far/folder/new']) {
      const { length } = watching.rounds;
      if (path.endsWith('new')) project.fs.makeLink('deep/2', path);
      else project.fs.writeFile(path, `changed ${length}`);
      await watching.rest();
      expect(watching.rounds).toHaveLength(length + 1);
      expect(watching.last?.outcomes).toEqual({ all: 'ran' });
    }
  });

  test('and those that come to be', async () => {
    const project = projectOf(FOLDER, { 'data/0': '0' });
    project.fs.write({ '/far/file': '1' });
    const watching = await watchProject(project);
    project.fs.makeLink('/far/file', '/w/data/1');
    await watching.rest();
    expect(watching.rounds).toHaveLength(2);
    project.fs.writeFile('/far/file', '2');
    await watching.rest();
    expect(watching.rounds).toHaveLength(3);
  });
});

describe('a file that a stage read without having declared it', () => {
  /** As a compiler that finds the files which others include. */
  const discovering: Behaviour = (process) => {
    if (process.stage !== 'a') return undefined;
    const names = process.reads('in.txt').split(' ');
    process.writes({ [outputsOf(process)[0] as string]: `a(${names.map((name) => process.reads(name)).join(',')})` });
    says(process, { protocol: 1, status: 'ok', discovered_inputs: names });
    process.exit(0);
    return 'done';
  };

  test('counts from then on, and so does what it finds next', async () => {
    const project = projectOf(
      {
        a: { inputs: { in: 'in.txt' }, outputs: { out: 'a.txt' } },
        b: { inputs: { in: 'a.txt' }, outputs: { out: 'b.txt' } },
      },
      { 'in.txt': 'lib/one', 'lib/one': '1', 'other/two': '2' },
    );
    const watching = await watchProject(project, { behave: discovering });
    watching.edit({ 'lib/one': '11' });
    await watching.rest();
    expect(watching.last?.cause?.paths).toEqual(['lib/one']);
    expect(watching.last?.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(project.read('b.txt')).toBe('b(a(11))');

    watching.edit({ 'in.txt': 'lib/one other/two' });
    await watching.rest();
    watching.edit({ 'other/two': '22' });
    await watching.rest();
    expect(project.read('b.txt')).toBe('b(a(11,22))');

    watching.edit({ 'in.txt': 'other/two' });
    await watching.rest();
    const { length } = watching.rounds;
    watching.edit({ 'lib/one': 'nobody reads it any more' });
    await watching.rest();
    expect(watching.rounds).toHaveLength(length);
  });

  test('counts when a folder around it is replaced as a whole', async () => {
    const project = projectOf(
      { a: { inputs: { in: 'in.txt' }, outputs: { out: 'a.txt' } } },
      { 'in.txt': 'lib/deep/one', 'lib/deep/one': '1', 'next/deep/one': '11' },
    );
    const watching = await watchProject(project, { behave: discovering });
    project.fs.rename('/w/lib', '/w/old');
    project.fs.rename('/w/next', '/w/lib');
    await watching.rest();
    expect(watching.last?.cause?.paths).toEqual(['lib']);
    expect(project.read('a.txt')).toBe('a(11)');
  });
});

test('a file of params counts as the pipeline does, and one that is wrong is waited out', async () => {
  const project = new EngineProject();
  project.pipeline(
    {
      a: { run: `make \${{ params.n }} \${{ outputs.out }}`, inputs: { in: 'in.txt' }, outputs: { out: 'a.txt' } },
      b: { inputs: { in: 'in.txt' }, outputs: { out: 'b.txt' } },
    },
    { params: { n: 1 } },
  );
  project.write({ 'in.txt': 'in', 'n.txt': '2' });
  const watching = await watchProject(project, {
    alsoWatched: ['/w/n.txt'],
    asked: () => ({ params: [{ name: 'n', text: project.read('n.txt') ?? '' }] }),
  });
  watching.edit({ 'n.txt': '3' });
  await watching.rest();
  expect(watching.last?.outcomes).toMatchObject({ a: 'ran' });
  expect(watching.last?.cause?.isReloaded).toBe(true);
  watching.edit({ 'n.txt': 'three' });
  await watching.rest();
  expect(watching.last?.report.status).toBe('invalid');
  watching.edit({ 'in.txt': 'meanwhile' });
  await watching.rest();
  expect(project.read('b.txt')).toBe('b(in)');
  watching.edit({ 'n.txt': '4' });
  await watching.rest();
  expect(watching.last?.outcomes).toEqual({ a: 'ran', b: 'ran' });
  expect(project.read('b.txt')).toBe('b(meanwhile)');
});

describe('of plugins', () => {
  const STAGE = { run: { node: './stage.js' }, inputs: { d: {} }, outputs: { o: {} } };

  const behave: Behaviour = (process) => {
    const code = process.reads('plug/lib/code.js');
    if (process.stage === 'b') return undefined;
    process.writes({ [outputsOf(process)[0] as string]: `${code}(${readInputs(process).join()})` });
    says(process, { protocol: 1, status: 'ok' });
    process.exit(0);
    return 'done';
  };

  const withPlugin = () =>
    projectOf(
      {
        a: { uses: 'plug/up', inputs: { d: 'in.txt' }, outputs: { o: 'a.txt' } },
        b: { inputs: { d: 'in.txt' }, outputs: { o: 'b.txt' } },
      },
      {
        'in.txt': '1',
        '.wranglerrc.yaml': 'version: 1\nplugins: { plug: ./plug }\n',
        'plug/package.json': JSON.stringify({ name: 'plug', wrangle: { manifest: './wrangle.plugin.json' } }),
        'plug/wrangle.plugin.json': JSON.stringify({ protocol: 1, name: 'plug', stages: { up: STAGE } }),
        'plug/stage.js': '// Nobody runs it.',
        'plug/lib/code.js': 'one',
        'plug/README.md': '# It',
      },
    );

  test('the code counts for their stages, a new file too, and the README does not', async () => {
    const project = withPlugin();
    const watching = await watchProject(project, { behave });
    watching.edit({ 'plug/lib/code.js': 'two' });
    await watching.rest();
    expect(watching.rounds.at(-1)?.outcomes).toMatchObject({ a: 'ran' });
    expect(project.read('a.txt')).toBe('two(1)');
    watching.edit({ 'plug/lib/deep/more.js': 'new' });
    await watching.rest();
    expect(watching.rounds).toHaveLength(3);
    watching.edit({ 'plug/README.md': '# Changed' });
    await watching.rest();
    expect(watching.rounds).toHaveLength(3);
    expect(project.runner.started.filter((stage) => stage === 'b')).toHaveLength(1);
  });

  test('a manifest that is wrong is told, and mended it counts', async () => {
    const project = withPlugin();
    const watching = await watchProject(project, { behave });
    const manifest = project.read('plug/wrangle.plugin.json') ?? '';
    watching.edit({ 'plug/wrangle.plugin.json': manifest.slice(1) });
    await watching.rest();
    expect(watching.told.slice(-2)).toEqual(['invalid', 'idle']);
    watching.edit({ 'plug/wrangle.plugin.json': manifest, 'in.txt': '2' });
    await watching.rest();
    expect(watching.last?.outcomes).toEqual({ a: 'ran', b: 'ran' });
  });

  test('settings count as well', async () => {
    const project = withPlugin();
    const watching = await watchProject(project, { behave });
    watching.edit({ '.wranglerrc.yaml': 'version: 1\nplugins: { plug: ./nowhere }\n' });
    await watching.rest();
    expect(watching.told.slice(-2)).toEqual(['invalid', 'idle']);
    watching.edit({ '.wranglerrc.yaml': 'version: 1\nplugins: { plug: ./plug }\n', 'in.txt': '2' });
    await watching.rest();
    expect(watching.last?.outcomes).toEqual({ a: 'ran', b: 'ran' });
  });
});

test('an input that lies outside of the workspace counts', async () => {
  const project = projectOf({ a: { inputs: { in: '/elsewhere/in.txt' }, outputs: { out: 'a.txt' } } }, {});
  project.fs.write({ '/elsewhere/in.txt': '1' });
  const watching = await watchProject(project);
  project.fs.writeFile('/elsewhere/in.txt', '2');
  await watching.rest();
  expect(project.read('a.txt')).toBe('a(2)');
});

function says(process: FakeProcess, result: unknown): void {
  process.writes({ [process.spec.env['WRANGLE_RESULT'] ?? '']: JSON.stringify(result) });
}
