// Killed at every step of a build with a transaction: its outputs are all old or all new, and the next build finishes.
import { expect, test } from 'vitest';
import type { Behaviour, StageSpec } from '../support/engine-project.ts';
import { MortalProject } from '../support/mortal-project.ts';

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

type Files = Readonly<Record<string, string>>;
const ofMembers = (files: Files) => MEMBERS.map((path) => files[path]);
const failB: Behaviour = (process) => {
  if (process.stage !== 'b') return undefined;
  process.writes({ 'place/b.csv': 'half' });
  process.exit(1);
  return 'done';
};

/** Built with one input, which then changed; one output is in another way than wrangle left it. */
async function changedProject(edits: Files = {}) {
  const mortal = new MortalProject();
  const { project } = mortal;
  project.pipeline(PIPELINE);
  project.write({ 'in.csv': '1' });
  await project.build();
  project.write({ 'in.csv': '2', ...edits });
  return { mortal, project, old: project.files() };
}

test.each([false, true])('half-done writes: %s', async (torn) => {
  const { mortal, project, old } = await changedProject();
  mortal.fs.torn = torn;
  const { steps, files: fresh } = await mortal.rehearse();
  expect(steps).toBeGreaterThan(50);
  await mortal.killBuilds(async (step) => {
    await mortal.recoverOnly();
    const found = ofMembers(project.files());
    if (JSON.stringify(found) !== JSON.stringify(ofMembers(old))) {
      expect(found, `step ${step}`).toEqual(ofMembers(fresh));
    }
    await mortal.expectConverged(fresh);
    expect(mortal.displaced()).toEqual([]);
  });
});

test('a transaction that fails: its old outputs come back, wherever it is killed', async () => {
  const { mortal, project, old } = await changedProject();
  const { files: fresh } = await mortal.rehearse();
  const { files: failed } = await mortal.rehearse(failB);
  expect(ofMembers(failed)).toEqual(ofMembers(old));
  await mortal.killBuilds(
    async (step) => {
      await mortal.recoverOnly();
      expect(ofMembers(project.files()), `step ${step}`).toEqual(ofMembers(old));
      await mortal.expectConverged(fresh);
    },
    { behave: failB },
  );
});

test('an edited output of it is back in its place, wherever it is killed', async () => {
  const edits = { 'out/a.csv': 'edit 1', 'out/dir/extra': 'edit 2', 'place/b.csv': 'edit 3' };
  const { mortal, project, old } = await changedProject(edits);
  await mortal.killBuilds(
    async (step) => {
      await mortal.recoverOnly();
      expect(project.files(), `step ${step}`).toEqual(old);
    },
    { behave: failB },
  );
});

test('recovery itself killed at any step', async () => {
  const { mortal, project, old } = await changedProject({ 'out/a.csv': 'edit' });
  mortal.fs.torn = true;
  await mortal.killBuilds(
    (step) => mortal.killRecoveries((again) => expect(project.files(), `steps ${step}, ${again}`).toEqual(old)),
    // Some steps are enough for the first kill: each is followed by one at every step of the recovery.
    { behave: failB, every: 3 },
  );
});
