// Killed at every step of a build with a transaction: its outputs are all old or all new, and the next build finishes.
import { expect, test } from 'vitest';
import type { Behaviour, StageSpec } from '../support/engine-project.ts';
import { EngineProject } from '../support/engine-project.ts';
import { MortalFileSystem } from '../support/mortal-file-system.ts';

/** By staging and in place, files and a folder; a reader outside. */
const PIPELINE: Readonly<Record<string, StageSpec>> = {
  a: { inputs: { data: 'in.csv' }, outputs: { file: 'out/a.csv', dir: 'out/dir/' }, transaction: 't' },
  b: {
    inputs: { data: 'out/a.csv' },
    outputs: { file: 'place/b.csv' },
    run: 'make without naming any output',
    transaction: 't',
  },
  outside: { inputs: { data: 'out/a.csv', dir: 'out/dir/' }, outputs: { file: 'outside.csv' } },
};
const MEMBERS = ['out/a.csv', 'out/dir/data', 'place/b.csv'];

type Files = Record<string, string>;
const ofMembers = (files: Files) => MEMBERS.map((path) => files[path]);
const failB: Behaviour = (process) => {
  if (process.stage !== 'b') return undefined;
  process.writes({ 'place/b.csv': 'half' });
  process.exit(1);
  return 'done';
};

/** Built with one input, which then changed; one output is in another way than wrangle left it. */
async function changedProject(edits: Files = {}) {
  const fs = new MortalFileSystem();
  const project = new EngineProject(fs);
  project.pipeline(PIPELINE);
  project.write({ 'in.csv': '1' });
  await project.build();
  project.write({ 'in.csv': '2', ...edits });
  const old = project.files();
  return { fs, project, old, restore: fs.snapshot() };
}

/** Starts and is stopped before any stage can start: only recovery happens. */
async function recoverOnly(project: EngineProject): Promise<void> {
  const running = project.start();
  running.stop();
  await running.done;
  expect(project.runner.started).toEqual([]);
}

async function buildUntilKilled(project: EngineProject, fs: MortalFileSystem, behave?: Behaviour): Promise<void> {
  try {
    await project.build({ jobs: 1, ...(behave ? { behave } : {}) });
  } catch (error) {
    if (!fs.isDead) throw error;
  }
}

/** How many steps it takes, and what comes of it. */
async function rehearse({ fs, project, restore }: Awaited<ReturnType<typeof changedProject>>, behave?: Behaviour) {
  fs.revive();
  await project.build({ jobs: 1, ...(behave ? { behave } : {}) });
  const rehearsed = { steps: fs.steps, files: project.files() };
  restore();
  return rehearsed;
}

async function expectConverged(project: EngineProject, fresh: Files): Promise<void> {
  await project.build();
  expect(project.files()).toEqual(fresh);
  const again = await project.build();
  expect(again.started).toEqual([]);
  expect(again.outcomes).toEqual({ a: 'fresh', b: 'fresh', outside: 'fresh' });
  expect(Object.keys(project.fs.tree('/w/.wrangle')).filter((path) => /^staging\/./.test(path))).toEqual([]);
}

test.each([false, true])('half-done writes: %s', { timeout: 60_000 }, async (torn) => {
  const changed = await changedProject();
  const { fs, project, old, restore } = changed;
  fs.torn = torn;
  const { steps, files: fresh } = await rehearse(changed);
  expect(steps).toBeGreaterThan(50);
  for (let killAt = 1; killAt <= steps; killAt++) {
    restore();
    fs.revive();
    fs.killAt = killAt;
    await buildUntilKilled(project, fs);
    fs.revive();
    await recoverOnly(project);
    const found = ofMembers(project.files());
    if (JSON.stringify(found) !== JSON.stringify(ofMembers(old))) {
      expect(found, `step ${killAt}`).toEqual(ofMembers(fresh));
    }
    await expectConverged(project, fresh);
    expect(Object.keys(fs.tree('/w/.wrangle')).filter((path) => path.startsWith('displaced/'))).toEqual([]);
  }
});

test('a transaction that fails: its old outputs come back, wherever it is killed', { timeout: 60_000 }, async () => {
  const changed = await changedProject();
  const { fs, project, old, restore } = changed;
  const { files: fresh } = await rehearse(changed);
  const { steps, files: failed } = await rehearse(changed, failB);
  expect(ofMembers(failed)).toEqual(ofMembers(old));
  for (let killAt = 1; killAt <= steps; killAt++) {
    restore();
    fs.revive();
    fs.killAt = killAt;
    await buildUntilKilled(project, fs, failB);
    fs.revive();
    await recoverOnly(project);
    expect(ofMembers(project.files()), `step ${killAt}`).toEqual(ofMembers(old));
    await expectConverged(project, fresh);
  }
});

test('an edited output of it is back in its place, wherever it is killed', { timeout: 60_000 }, async () => {
  const changed = await changedProject({ 'out/a.csv': 'edit 1', 'out/dir/extra': 'edit 2', 'place/b.csv': 'edit 3' });
  const { fs, project, old, restore } = changed;
  const { steps } = await rehearse(changed, failB);
  for (let killAt = 1; killAt <= steps; killAt++) {
    restore();
    fs.revive();
    fs.killAt = killAt;
    await buildUntilKilled(project, fs, failB);
    fs.revive();
    await recoverOnly(project);
    expect(project.files(), `step ${killAt}`).toEqual(old);
  }
});

test('recovery itself killed at any step', { timeout: 120_000 }, async () => {
  const changed = await changedProject({ 'out/a.csv': 'edit' });
  const { fs, project, old, restore } = changed;
  const { steps } = await rehearse(changed, failB);
  fs.torn = true;
  const journal = () => fs.tree('/w/.wrangle')['journal'] ?? '';
  // Some steps are enough for the first kill: each is followed by one at every step of the recovery.
  for (let killAt = 1; killAt <= steps; killAt += 3) {
    restore();
    fs.revive();
    fs.killAt = killAt;
    await buildUntilKilled(project, fs, failB);
    if (journal() === '') continue;
    const crashed = fs.snapshot();
    for (let killAgain = 1; ; killAgain++) {
      crashed();
      fs.revive();
      fs.killAt = killAgain;
      await recoverOnly(project).catch(() => undefined);
      fs.revive();
      const isOver = journal() === '';
      await recoverOnly(project);
      expect(project.files(), `steps ${killAt}, ${killAgain}`).toEqual(old);
      if (isOver) break;
    }
  }
});
