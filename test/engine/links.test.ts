// Symbolic links as inputs: what is behind them counts, and what a stage makes is never read through one unawares.
import { describe, expect, test } from 'vitest';
import { EngineProject } from '../support/engine-project.ts';

/** A stage that reads the folder `in`, and a file outside of it that it has a link to. */
function folderProject(): EngineProject {
  const project = new EngineProject();
  project.write({ 'in/own': 'own', 'far/data': '1' });
  project.fs.makeLink('../far/data', '/w/in/link');
  project.pipeline({ read: { inputs: { dir: 'in/' }, outputs: { out: 'out' } } });
  return project;
}

test('a file behind a link out of an input folder counts, and is named as the cause', async () => {
  const project = folderProject();
  await project.build();
  expect((await project.build()).outcomes).toEqual({ read: 'fresh' });

  project.write({ 'far/data': '2' });
  const [cause, ...others] = await project.why('read');
  expect(cause).toMatchObject({ part: 'input', change: 'changed', name: 'dir: in/link' });
  expect(others).toEqual([]);
  expect((await project.build()).outcomes).toEqual({ read: 'ran' });
  expect((await project.build()).outcomes).toEqual({ read: 'fresh' });

  project.write({ 'far/data': '1' });
  expect((await project.build()).outcomes).toEqual({ read: 'fresh' });
});

test('a no-op does not read what is behind a link, and looks at it once', async () => {
  const project = folderProject();
  await project.build();
  await project.build();
  project.fs.operations.length = 0;
  await project.build();
  expect(project.fs.count('hashFile')).toBe(0);
  expect(project.fs.count('stat', '/w/in/link')).toBe(1);
});

test('a link that leads elsewhere now, or nowhere, counts', async () => {
  const project = folderProject();
  project.write({ 'far/other': '1' });
  await project.build();
  project.fs.remove('/w/far/data');
  expect((await project.why('read')).map(({ change, name }) => `${change} ${name}`)).toEqual(['removed dir: in/link']);
  expect((await project.build()).outcomes).toEqual({ read: 'ran' });
  project.fs.remove('/w/in/link');
  project.fs.makeLink('../far/other', '/w/in/link');
  expect((await project.build()).outcomes).toEqual({ read: 'ran' });
});

test('a folder behind a link counts with all that is in it, links out of it too', async () => {
  const project = new EngineProject();
  project.write({ 'in/own': 'own', 'far/deep/data': '1', 'further/data': '1' });
  project.fs.makeLink('../far', '/w/in/far');
  project.fs.makeLink('../../further', '/w/far/deep/further');
  project.fs.makeLink('../in', '/w/further/back');
  project.pipeline({ read: { inputs: { dir: 'in/' }, outputs: { out: 'out' } } });
  await project.build();
  expect((await project.build()).outcomes).toEqual({ read: 'fresh' });
  for (const path of ['far/deep/data', 'further/data', 'in/own']) {
    project.write({ [path]: '2' });
    expect((await project.build()).outcomes, path).toEqual({ read: 'ran' });
  }
  expect((await project.build()).outcomes).toEqual({ read: 'fresh' });
});

test('links inside a folder, to itself and to nothing are no more than their text', async () => {
  const project = new EngineProject();
  project.write({ 'in/data': '1' });
  project.fs.makeLink('data', '/w/in/beside');
  project.fs.makeLink('.', '/w/in/self');
  project.fs.makeLink('round', '/w/in/round');
  project.fs.makeLink('nowhere', '/w/in/dangling');
  project.pipeline({ read: { inputs: { dir: 'in/' }, outputs: { out: 'out' } } });
  const { outcomes, warnings } = await project.build();
  expect({ outcomes, warnings }).toEqual({ outcomes: { read: 'ran' }, warnings: [] });
  expect((await project.build()).outcomes).toEqual({ read: 'fresh' });
});

test('a link to a folder around it has no end, and the stage fails with its name', async () => {
  const project = new EngineProject();
  project.write({ 'data/in/own': 'own', 'data/beside': '1' });
  project.fs.makeLink('..', '/w/data/in/up');
  project.pipeline({ read: { inputs: { dir: 'data/in/' }, outputs: { out: 'out' } } });
  const { collected, started } = await project.build();
  expect(collected.stages.get('read')?.failure?.message).toBe(
    'An input cannot be read: data/in/up is a link to /w/data, a folder around it, so it has no end.',
  );
  expect(started).toEqual([]);
});

test('what is behind a link changed while the stage ran: it is not recorded', async () => {
  const project = folderProject();
  const { warnings, outcomes } = await project.build({
    behave: () => {
      project.write({ 'far/data': 'changed' });
      return undefined;
    },
  });
  expect(outcomes).toEqual({ read: 'ran' });
  expect(warnings).toEqual(['The input "in/link" changed while it ran; its outputs are published but it stays stale.']);
  expect(await project.decisions()).toEqual({ read: 'run' });
});

test('links in what a stage makes are kept as they are: the stage is fresh whatever is behind them', async () => {
  const project = new EngineProject();
  project.write({ 'far/data': '1' });
  project.pipeline({
    make: { outputs: { dir: 'made/' } },
    read: { inputs: { dir: 'made/' }, outputs: { out: 'out' } },
  });
  const behave = (process: { stage: string }) => {
    if (process.stage === 'make') project.fs.makeLink('/w/far/data', '/w/.wrangle/staging/make/0/made/link');
    return undefined;
  };
  await project.build({ behave });
  expect((await project.build()).outcomes).toEqual({ make: 'fresh', read: 'fresh' });
  project.write({ 'far/data': '2' });
  expect((await project.build()).outcomes).toEqual({ make: 'fresh', read: 'ran' });
});

const LINKED = `pipeline.yaml:13:17 error[linked-input] The input "alias" is a link that leads to "made/data", which stage "make" makes.
        "data": "alias"
                ~~~~~~~
  pipeline.yaml:6:18 note: stage "make" makes it here.
  help: Name "made/data" as the input, or add "needs: [make]", so that the one waits for the other.
`;

/** Both stages would start at once, since nothing declared connects them. */
function linkedProject(data: string, read: object = {}): EngineProject {
  const project = new EngineProject();
  project.pipeline({
    make: { outputs: { out: 'made/data' } },
    read: { inputs: { data }, outputs: { out: 'out' }, ...read },
  });
  return project;
}

test('an input that is a link to what a stage makes is a mistake, made already or not', async () => {
  const project = linkedProject('alias');
  project.fs.makeLink('made/data', '/w/alias');
  expect(await project.mistakes()).toBe(LINKED);
  expect((await project.build()).report.status).toBe('invalid');
  project.write({ 'made/data': 'old' });
  expect(await project.mistakes()).toBe(LINKED);
  expect((await project.build()).report.status).toBe('invalid');
  expect((await project.plan()).status).toBe('invalid');
});

test.each([
  ['a file behind a linked folder', 'linked/data'],
  ['a glob behind a linked folder', 'linked/*'],
  ['a folder with a link in it', 'in/'],
  ['a folder that is a link', 'linked/'],
])('%s is found too', async (_name, data) => {
  const project = linkedProject(data);
  project.write({ 'made/data': 'old', 'in/own': '1' });
  project.fs.makeLink('made', '/w/linked');
  project.fs.makeLink('../made/data', '/w/in/link');
  expect((await project.build()).report.status).toBe('invalid');
  expect(await project.mistakes()).toContain('which stage "make" makes.');
});

test('a stage that waits for the other may read through a link', async () => {
  const project = linkedProject('alias', { needs: ['make'] });
  project.fs.makeLink('made/data', '/w/alias');
  project.write({ 'made/data': 'old' });
  const { outcomes } = await project.build();
  expect(outcomes).toEqual({ make: 'ran', read: 'ran' });
  expect(project.read('out')).toBe('read(make())');
  expect((await project.build()).outcomes).toEqual({ make: 'fresh', read: 'fresh' });
});

test('a link to a source is an input like any other', async () => {
  const project = new EngineProject();
  project.write({ 'data/v1': '1', 'data/v2': '2' });
  project.fs.makeLink('data/v1', '/w/current');
  project.pipeline({ read: { inputs: { data: 'current' }, outputs: { out: 'out' } } });
  await project.build();
  expect(project.read('out')).toBe('read(1)');
  project.fs.remove('/w/current');
  project.fs.makeLink('data/v2', '/w/current');
  expect((await project.build()).outcomes).toEqual({ read: 'ran' });
  expect(project.read('out')).toBe('read(2)');
});

describe('an output whose folder has become a link that leads outside', () => {
  async function moved(): Promise<EngineProject> {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({ a: { inputs: { data: 'in' }, outputs: { file: 'build/file', folder: 'build/folder/' } } });
    await project.build();
    const made = project.fs.tree('/w/build');
    project.fs.remove('/w/build');
    project.fs.write(Object.fromEntries(Object.entries(made).map(([path, text]) => [`/far/${path}`, text])));
    project.fs.makeLink('/far', '/w/build');
    return project;
  }

  test('is not taken away when the run is undone: nothing is changed', async () => {
    const project = await moved();
    const before = project.fs.tree('/far');
    const reason = 'its folder leads outside the workspace, to /far';
    expect(await project.rollback()).toMatchObject({
      status: 'missing',
      missing: [
        { path: 'build/file', reason },
        { path: 'build/folder', reason },
      ],
    });
    expect(project.fs.tree('/far')).toEqual(before);
  });

  test('is left when its stage is skipped, with a warning', async () => {
    const project = await moved();
    const before = project.fs.tree('/far');
    project.pipeline({
      a: {
        inputs: { data: 'in' },
        outputs: { file: 'build/file', folder: 'build/folder/' },
        exit_codes: { 3: 'skippable' },
      },
    });
    project.write({ in: '2' });
    const { outcomes, warnings } = await project.build({
      behave: (process) => {
        process.exit(3);
        return 'done';
      },
    });
    expect(outcomes).toEqual({ a: 'skipped' });
    expect(warnings).toEqual(
      ['build/file', 'build/folder'].map(
        (path) =>
          `It was skipped, so "${path}" is no longer true; it was left, since its folder leads outside the workspace, to "/far".`,
      ),
    );
    expect(project.fs.tree('/far')).toEqual(before);
  });

  test('is left by `clean`', async () => {
    const project = await moved();
    const before = project.fs.tree('/far');
    expect(await project.clean()).toMatchObject({ removed: [], kept: ['build/file', 'build/folder'] });
    expect(project.fs.tree('/far')).toEqual(before);
  });
});
