// Killed at every step that changes the disk: each stage's outputs are all old or all new, and the next build finishes.
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';
import { MortalFileSystem } from '../support/mortal-file-system.ts';
import { MortalProject } from '../support/mortal-project.ts';

/** Files and a folder by staging, the same in place, and a stage that reads both. */
const PIPELINE = {
  both: { inputs: { data: 'in.csv' }, outputs: { file: 'out/a.csv', dir: 'out/dir/' } },
  place: {
    inputs: { data: 'out/a.csv' },
    outputs: { file: 'place/p.csv', dir: 'place/dir/' },
    run: 'make without naming any output',
  },
  last: { inputs: { one: 'place/p.csv', dir: 'out/dir/' }, outputs: { out: 'last.csv' } },
};
const OUTPUTS = {
  both: ['out/a.csv', 'out/dir/data'],
  place: ['place/dir/data', 'place/p.csv'],
  last: ['last.csv'],
};

type Files = Readonly<Record<string, string>>;

/** A workspace built with one input, whose input then changed. */
async function changedProject() {
  const mortal = new MortalProject();
  const { project } = mortal;
  project.pipeline(PIPELINE);
  project.write({ 'in.csv': '1' });
  await project.build();
  const old = project.files();
  project.write({ 'in.csv': '2' });
  return { mortal, project, old };
}

const ofStage = (files: Files, stage: keyof typeof OUTPUTS) => OUTPUTS[stage].map((path) => files[path]);

function expectWholeStages(files: Files, old: Files, fresh: Files): void {
  for (const stage of ['both', 'place', 'last'] as const) {
    const found = ofStage(files, stage);
    const isOld = JSON.stringify(found) === JSON.stringify(ofStage(old, stage));
    if (!isOld) expect(found, stage).toEqual(ofStage(fresh, stage));
  }
}

describe('killed at any step of a build', () => {
  test.each([false, true])('half-done writes: %s', async (torn) => {
    const { mortal, project, old } = await changedProject();
    mortal.fs.torn = torn;
    const { steps, files: fresh } = await mortal.rehearse();
    expect(steps).toBeGreaterThan(50);
    await mortal.killBuilds(async () => {
      await mortal.recoverOnly();
      expectWholeStages(project.files(), old, fresh);
      await mortal.expectConverged(fresh);
      expect(mortal.displaced()).toEqual([]);
    });
  });

  test('and recovery itself killed at any step', async () => {
    const { mortal, project, old } = await changedProject();
    mortal.fs.torn = true;
    const { files: fresh } = await mortal.rehearse();
    await mortal.killBuilds(async () => {
      await mortal.killRecoveries(() => expectWholeStages(project.files(), old, fresh));
      await mortal.expectConverged(fresh);
      expect(mortal.displaced()).toEqual([]);
    });
  });
});

test('killed at any step of a stage that fails: its old outputs come back', async () => {
  const { mortal, project, old } = await changedProject();
  const behave: Behaviour = (process) => {
    if (process.stage !== 'place') return undefined;
    const [first = '', second = ''] = outputsOf(process);
    process.writes({ [process.isFolder(first) ? second : first]: 'half' });
    process.exit(1);
    return 'done';
  };
  const { files: failed } = await mortal.rehearse(behave);
  expect(ofStage(failed, 'place')).toEqual(ofStage(old, 'place'));
  await mortal.killBuilds(
    async (step) => {
      await mortal.recoverOnly();
      expect(ofStage(project.files(), 'place'), `step ${step}`).toEqual(ofStage(old, 'place'));
      expect(ofStage(project.files(), 'last')).toEqual(ofStage(old, 'last'));
    },
    { behave },
  );
});

test('killed at any step of a stage that is skipped: its old outputs are all there or all gone', async () => {
  const { mortal, project, old } = await changedProject();
  project.pipeline({ ...PIPELINE, both: { ...PIPELINE.both, exit_codes: { 3: 'skippable' } } });
  project.write({ 'place/p.csv': 'edited' });
  const before = { ...old, 'place/p.csv': 'edited' };
  const behave: Behaviour = (process) => {
    process.exit(3);
    return 'done';
  };
  const { outcomes, files } = await mortal.rehearse(behave);
  expect(outcomes).toEqual({ both: 'skipped', place: 'skipped', last: 'skipped' });
  expect(files).toEqual({ 'in.csv': '2', 'out/': '', 'place/': '' });
  let halves = 0;
  await mortal.killBuilds(
    async (step) => {
      const left = ofStage(project.files(), 'both').filter((text) => text !== undefined).length;
      if (left === 1) halves++;
      await mortal.recoverOnly();
      expectWholeStages(project.files(), before, {});
      expect(new Set(Object.values(mortal.fs.tree('/w'))), `step ${step}`).toContain('edited');
      await project.build();
      expect(ofStage(project.files(), 'last')).toEqual(['last(both(2),place(both(2)))']);
    },
    { behave },
  );
  // It was killed between the two outputs of a stage, so recovery had something to finish.
  expect(halves).toBeGreaterThan(0);
});

test('killed at any step: what somebody edited is never lost', async () => {
  const { mortal, project } = await changedProject();
  const edits = {
    'out/a.csv': 'edit 1',
    'out/dir/data': 'edit 2',
    'place/p.csv': 'edit 3',
    'place/dir/data': 'edit 4',
  };
  project.write(edits);
  expect((await mortal.rehearse()).warnings).toHaveLength(4);
  await mortal.killBuilds(async (step) => {
    await project.build();
    const everything = new Set(Object.values(mortal.fs.tree('/w')));
    for (const edit of Object.values(edits)) expect(everything, `step ${step}`).toContain(edit);
    expect(project.files()['out/a.csv']).toBe('both(2)');
  });
});

test('killed at any step: what somebody edits afterwards is not lost to recovery', async () => {
  const { mortal, project } = await changedProject();
  await mortal.killBuilds(async (step) => {
    const edits: Record<string, string> = {};
    for (const [at, path] of OUTPUTS.both.concat(OUTPUTS.place).entries()) edits[path] = `later ${at}`;
    project.write(edits);
    await project.build();
    const everything = new Set(Object.values(mortal.fs.tree('/w')));
    for (const edit of Object.values(edits)) expect(everything, `step ${step}`).toContain(edit);
    expect(project.files()['last.csv']).toBe('last(both(2),place(both(2)))');
  });
});

describe('a build that is killed in the middle', () => {
  /** Ten stages in a row; every third makes nothing, two are not kept in the store. */
  const stages = Object.fromEntries(
    Array.from({ length: 10 }, (_, at) => {
      const output = { path: `out/${at}`, cache: at % 4 !== 1 };
      const rest = at % 3 === 2 ? {} : { outputs: { o: output } };
      return [`s${at}`, { needs: at === 0 ? [] : [`s${at - 1}`], inputs: { d: 'in' }, ...rest }];
    }),
  );

  test.each(['rw', 'off'] as const)('is followed by one that does exactly the rest (--cache=%s)', async (cache) => {
    const fs = new MortalFileSystem();
    const project = new EngineProject(fs);
    project.pipeline(stages);
    project.write({ in: '1' });
    fs.revive();
    const behave: Behaviour = (process) => {
      if (process.stage === 's7') fs.killAt = fs.steps + 1;
      return undefined;
    };
    await expect(project.build({ jobs: 1, cache, behave })).rejects.toThrow();
    fs.revive();
    const done = ['s0', 's1', 's2', 's3', 's4', 's5', 's6'];
    // Reading commands know it before anything is recovered; the end of the last was not written down yet.
    const decisions = Object.entries(await project.decisions({ cache }));
    expect(decisions.filter(([, decision]) => decision === 'fresh').map(([id]) => id)).toEqual(done.slice(0, -1));

    const { started } = await project.build({ jobs: 1, cache });
    expect(started).toEqual(['s7', 's8', 's9']);
    expect((await project.build({ cache })).started).toEqual([]);
  });
});

describe('what a killed build left running', () => {
  test('is ended before anything else, and said', async () => {
    const project = new EngineProject();
    project.pipeline({ a: { outputs: { o: 'o' } } });
    project.write({ '.wrangle/processes': 'one line each' });
    project.survivors = [{ stage: 'a', group: 7, isGone: true }];
    const { report, recovered } = await project.build();
    expect(report).toMatchObject({ status: 'built', outcome: 'done' });
    expect(recovered).toEqual([{ of: 'stage', name: 'a', how: 'ended', displaced: [] }]);
  });

  test('and cannot be ended: nothing is built, for it may still write', async () => {
    const project = new EngineProject();
    project.pipeline({ a: { outputs: { o: 'o' } } });
    project.write({ '.wrangle/processes': 'one line each' });
    project.survivors = [{ stage: 'a', group: 7, isGone: false }];
    const { report, started } = await project.build();
    expect(report).toEqual({
      status: 'environment',
      message:
        'Cannot use the state folder: process group 7 of stage "a", left by a build that was killed, cannot be ended.',
    });
    expect(started).toEqual([]);
  });
});
