// Undoing a whole run: the outputs are as they were before it, and nothing of the user's is lost.
import { describe, expect, test } from 'vitest';
import type { Run, StageSpec } from '../support/engine-project.ts';
import { EngineProject } from '../support/engine-project.ts';
import { MortalFileSystem } from '../support/mortal-file-system.ts';

const STAGES: Readonly<Record<string, StageSpec>> = {
  file: { inputs: { data: 'in.csv' }, outputs: { out: 'build/file.csv' } },
  folder: { inputs: { data: 'build/file.csv' }, outputs: { out: 'build/folder/' } },
  place: {
    inputs: { data: 'build/folder/' },
    outputs: { out: 'a/b/place.csv' },
    run: 'make without naming any output',
  },
};

function projectOf(fs?: MortalFileSystem): EngineProject {
  const project = new EngineProject(fs);
  project.pipeline(STAGES);
  project.write({ 'in.csv': '1' });
  return project;
}

function idOf({ report }: Run): string {
  if (report.status !== 'built') throw new Error(report.status);
  return report.runId;
}

/** Built with one input, then with another. */
async function builtTwice(fs?: MortalFileSystem) {
  const project = projectOf(fs);
  const first = await project.build();
  const old = project.files();
  await project.clock.advance(2000);
  project.write({ 'in.csv': '2' });
  const second = await project.build();
  await project.clock.advance(2000);
  return { project, old: { ...old, 'in.csv': '2' }, fresh: project.files(), first: idOf(first), second: idOf(second) };
}

const folders = (project: EngineProject) => ['build', 'a', 'a/b'].filter((path) => project.fs.lstat(`/w/${path}`));

describe('a run is undone', () => {
  test('the newest by default; what it changed is restorable, never fresh', async () => {
    const { project, old, fresh, second } = await builtTwice();
    const report = await project.rollback();
    expect(report).toMatchObject({ status: 'rolled-back', undone: { job_id: second }, warnings: [] });
    expect(project.files()).toEqual(old);
    expect(await project.decisions()).toEqual({ file: 'restore', folder: 'restore', place: 'restore' });
    const again = await project.build();
    expect(again.started).toEqual([]);
    expect(project.files()).toEqual(fresh);
  });

  test('with the input back as well, everything is fresh', async () => {
    const { project } = await builtTwice();
    await project.rollback();
    project.write({ 'in.csv': '1' });
    expect(await project.decisions()).toEqual({ file: 'fresh', folder: 'fresh', place: 'fresh' });
  });

  test('the first one: outputs are removed with the folders that were made for them', async () => {
    const project = projectOf();
    await project.build();
    project.write({ 'build/mine.txt': 'mine' });
    const report = await project.rollback();
    expect(report.status === 'rolled-back' && report.steps.map(({ action }) => action)).toEqual([
      'remove',
      'remove',
      'remove',
    ]);
    expect(project.files()).toEqual({ 'in.csv': '1', 'build/mine.txt': 'mine' });
    expect(folders(project)).toEqual(['build']);
  });

  test.each([
    ['hashFile', '/w/build/file.csv', 'Cannot undo the run: too many files are open (/w/build/file.csv).'],
    ['readText', '/w/.wrangle/store/cas', undefined],
  ] as const)('not while the machine lets %s of %s fail, which says nothing of outputs', async (op, path, message) => {
    const { project } = await builtTwice();
    project.write({ 'build/file.csv': 'mine' });
    const before = project.files();
    project.fs.failNext(op, 'EMFILE', path);
    const report = await project.rollback();
    expect(report.status).toBe('environment');
    if (message !== undefined) expect(report).toMatchObject({ message });
    expect(project.files()).toEqual(before);
  });

  test('an older one, by the beginning of its id', async () => {
    const { project, first } = await builtTwice();
    await project.rollback(first.slice(0, 15));
    expect(project.files()).toEqual({ 'in.csv': '2' });
    expect(folders(project)).toEqual([]);
  });

  test('and that is undone in turn, and so on', async () => {
    const { project, old, fresh } = await builtTwice();
    for (const expected of [old, fresh, old, fresh]) {
      const report = await project.rollback();
      expect(report.status).toBe('rolled-back');
      expect(project.files()).toEqual(expected);
      await project.clock.advance(2000);
    }
    expect((await project.build()).outcomes).toEqual({ file: 'fresh', folder: 'fresh', place: 'fresh' });
  });

  test('that replaced edits: they come back from where they were moved to', async () => {
    const project = projectOf();
    await project.build();
    await project.clock.advance(2000);
    project.write({ 'in.csv': '2', 'build/file.csv': 'edited', 'build/folder/extra': 'mine' });
    const before = project.files();
    await project.build();
    const displaced = () => Object.keys(project.fs.tree('/w/.wrangle/displaced')).filter((path) => !path.endsWith('/'));
    expect(displaced()).toHaveLength(3);
    await project.rollback();
    expect(project.files()).toEqual(before);
    expect(displaced()).toEqual([]);
    await project.clock.advance(2000);
    // Undone in turn, they are moved aside once more.
    await project.rollback();
    expect(project.files()['build/file.csv']).toBe('file(2)');
    expect(displaced()).toHaveLength(3);
  });

  test('what somebody put there meanwhile is moved aside', async () => {
    const { project, old } = await builtTwice();
    project.write({ 'build/file.csv': 'typed since' });
    const { warnings } = await project.rollback();
    expect(warnings).toEqual([
      '"build/file.csv" was changed outside wrangle; what was there is now in ".wrangle/displaced/build/file.csv".',
    ]);
    expect(project.files()).toEqual(old);
    expect(project.read('.wrangle/displaced/build/file.csv')).toBe('typed since');
  });

  test('what the store does not have is moved aside, and comes back when that is undone', async () => {
    const project = new EngineProject();
    project.pipeline({ a: { inputs: { data: 'in.csv' }, outputs: { out: { path: 'out.csv', cache: false } } } });
    project.write({ 'in.csv': '1' });
    await project.build();
    const dry = await project.rollback(undefined, true);
    expect(dry.status === 'rolled-back' && dry.steps).toMatchObject([{ displaces: true, isUnkept: true }]);
    const { warnings } = await project.rollback();
    expect(warnings).toEqual([
      '"out.csv" is not kept in the store; what was there is now in ".wrangle/displaced/out.csv".',
    ]);
    expect(project.files()).toEqual({ 'in.csv': '1' });
    await project.clock.advance(2000);
    expect(await project.rollback()).toMatchObject({ status: 'rolled-back' });
    expect(project.files()).toEqual({ 'in.csv': '1', 'out.csv': 'a(1)' });
    expect(Object.keys(project.fs.tree('/w/.wrangle/displaced'))).not.toContain('out.csv');
    expect((await project.build()).outcomes).toEqual({ a: 'fresh' });
  });

  test('that a transaction put back: there is nothing of it to undo', async () => {
    const project = projectOf();
    await project.build();
    await project.clock.advance(2000);
    project.write({ 'in.csv': '2' });
    const failed = await project.build({
      atomic: true,
      behave: (process) => {
        if (process.stage !== 'place') return undefined;
        process.exit(1);
        return 'done';
      },
    });
    expect(await project.rollback(idOf(failed))).toMatchObject({ status: 'rolled-back', runId: undefined, steps: [] });
  });
});

test('a dry run says what would change, and changes nothing', async () => {
  const { project, second } = await builtTwice();
  project.write({ 'build/file.csv': 'typed since' });
  const before = project.fs.tree('/w');
  const report = await project.rollback(undefined, true);
  expect(report).toMatchObject({ status: 'rolled-back', runId: undefined, undone: { job_id: second } });
  expect(
    report.status === 'rolled-back' && report.steps.map(({ output, ...step }) => ({ path: output.path, ...step })),
  ).toEqual([
    { path: 'build/file.csv', action: 'restore', displaces: true, isUnkept: false },
    { path: 'build/folder', action: 'restore', displaces: false, isUnkept: false },
    { path: 'a/b/place.csv', action: 'restore', displaces: false, isUnkept: false },
  ]);
  expect(project.fs.tree('/w')).toEqual(before);
});

test('bytes that are missing or damaged: nothing is changed, and all are named', async () => {
  const { project, fresh } = await builtTwice();
  const blobs = Object.entries(project.fs.tree('/w/.wrangle/store/cas'));
  for (const [path, text] of blobs) {
    if (text === 'file(1)') project.fs.remove(`/w/.wrangle/store/cas/${path}`);
    // As long as before, so that only reading it tells.
    if (text === 'place(folder(file(1)))')
      project.fs.write({ [`/w/.wrangle/store/cas/${path}`]: 'PLACE(folder(file(1)))' });
  }
  expect(await project.rollback()).toMatchObject({
    status: 'missing',
    missing: [
      { path: 'build/file.csv', reason: 'its bytes from before are not in the store' },
      { path: 'a/b/place.csv', reason: 'its bytes from before are not in the store' },
    ],
  });
  expect(project.files()).toEqual(fresh);
});

test('no run, an unknown one, and a record that cannot be true', async () => {
  const project = projectOf();
  expect(await project.rollback()).toMatchObject({ status: 'nothing' });
  const run = await project.build();
  expect(await project.rollback('2020')).toMatchObject({ status: 'unknown-run', candidates: [] });
  const path = `/w/.wrangle/runs/${idOf(run)}/run.json`;
  const text = project.fs.readText(path) ?? '';
  for (const bad of ['../outside.csv', '/etc/passwd', '.git/config', '.wrangle/index']) {
    project.fs.write({ [path]: text.replace('"path":"build/file.csv","before"', `"path":"${bad}","before"`) });
    expect(await project.rollback(), bad).toMatchObject({ status: 'nothing' });
  }
});

test('killed when it had only said what it is going to do: the next build does it, though nothing has changed', async () => {
  const fs = new MortalFileSystem();
  const project = new EngineProject(fs);
  project.pipeline({ a: { inputs: { data: 'in.csv' }, outputs: { out: 'out.csv' } } });
  for (const data of ['1', '2']) {
    project.write({ 'in.csv': data });
    await project.build();
    await project.clock.advance(2000);
  }
  // Proves that there is nothing to do, and needs no file but those that it names.
  expect((await project.build()).outcomes).toEqual({ a: 'fresh' });
  fs.revive();
  const sync = fs.sync.bind(fs);
  fs.sync = async (path) => {
    await sync(path);
    if (path.endsWith('/journal')) fs.killAt = fs.steps + 1;
  };
  await project.rollback().catch(() => undefined);
  fs.revive();
  fs.sync = sync;
  expect(project.read('out.csv')).toBe('a(2)');
  expect(fs.readText('/w/.wrangle/journal')).not.toBe('');
  const { outcomes, recovered } = await project.build();
  expect({ outcomes, recovered: recovered.length }).toEqual({ outcomes: { a: 'restored' }, recovered: 1 });
  expect(fs.readText('/w/.wrangle/journal')).toBe('');
});

test('one that could not be finished is finished by the next, which does nothing else; and can be undone as a whole', async () => {
  class Refusing extends MortalFileSystem {
    refuses = false;
    override rename(from: string, to: string): void {
      if (this.refuses && to === '/w/build/file.csv') {
        throw Object.assign(new Error('permission denied'), { code: 'EACCES', path: to });
      }
      super.rename(from, to);
    }
  }
  const fs = new Refusing();
  const { project, old, fresh, second } = await builtTwice(fs);
  fs.refuses = true;
  expect(await project.rollback()).toMatchObject({
    status: 'environment',
    message:
      'Cannot put back "build/file.csv" (permission denied). The next build tries again before it does anything else.',
  });
  fs.refuses = false;
  await project.clock.advance(2000);
  const again = await project.rollback();
  expect(again).toMatchObject({ status: 'rolled-back', undone: { job_id: second }, steps: [] });
  expect(project.files()).toEqual(old);
  await project.clock.advance(2000);
  expect(await project.rollback()).toMatchObject({ status: 'rolled-back' });
  expect(project.files()).toEqual(fresh);
});

test('killed at any step: the next command finishes it', async () => {
  const fs = new MortalFileSystem();
  const { project, old, fresh } = await builtTwice(fs);
  project.write({ 'build/file.csv': 'typed since' });
  const restore = fs.snapshot();
  fs.revive();
  await project.rollback();
  const { steps } = fs;
  expect(steps).toBeGreaterThan(20);
  const before = { ...fresh, 'build/file.csv': 'typed since' };
  for (let killAt = 1; killAt <= steps; killAt++) {
    restore();
    fs.revive();
    fs.killAt = killAt;
    await project.rollback().catch(() => undefined);
    fs.revive();
    const running = project.start();
    running.stop();
    await running.done;
    const files = project.files();
    if (JSON.stringify(files) !== JSON.stringify(before)) expect(files, `step ${killAt}`).toEqual(old);
    expect(Object.values(fs.tree('/w')), `step ${killAt}`).toContain('typed since');
    await project.build();
    expect(project.files()).toEqual(fresh);
    expect((await project.build()).outcomes).toEqual({ file: 'fresh', folder: 'fresh', place: 'fresh' });
  }
});

test('of a build that was killed at any step: all that it did is undone', async () => {
  const fs = new MortalFileSystem();
  const { project, fresh } = await builtTwice(fs);
  // One output is edited, one is gone, and one has a new folder above it.
  project.write({ 'in.csv': '3', 'build/file.csv': 'typed since' });
  fs.remove('/w/a');
  const before: Record<string, string> = { ...fresh, 'in.csv': '3', 'build/file.csv': 'typed since' };
  delete before['a/b/place.csv'];
  expect(project.files()).toEqual(before);
  const restore = fs.snapshot();
  const runs = () => (fs.readFolder('/w/.wrangle/runs') ?? []).map(({ name }) => name);
  const known = new Set(runs());
  // A folder made for an output that was never published may stay, empty.
  const files = () => Object.fromEntries(Object.entries(project.files()).filter(([path]) => !path.endsWith('/')));
  fs.revive();
  await project.build();
  const { steps } = fs;
  expect(steps).toBeGreaterThan(30);
  for (let killAt = 1; killAt <= steps; killAt++) {
    restore();
    fs.revive();
    fs.killAt = killAt;
    await project.build().catch(() => undefined);
    fs.revive();
    const killed = runs().find((name) => !known.has(name) && /^\d/.test(name));
    if (killed === undefined || !fs.lstat(`/w/.wrangle/runs/${killed}/run.json`)) {
      expect(files(), `step ${killAt}`).toEqual(before);
      continue;
    }
    await project.rollback(killed);
    expect(files(), `step ${killAt}`).toEqual(before);
  }
});
