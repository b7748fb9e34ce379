// Fan-outs in transactions: their outputs are known when their list is, and go back with all the others.
import { expect, test } from 'vitest';
import { FULL } from '../faults/support/effort.ts';
import type { Behaviour, StageSpec } from '../support/engine-project.ts';
import { MortalProject } from '../support/mortal-project.ts';

/** The full effort kills at each step. */
const STEPS = { every: FULL ? 1 : 5 };
const id = `\${{ item.id }}`;

function pipelineWith(transaction: StageSpec): Readonly<Record<string, StageSpec>> {
  return {
    each: {
      foreach: { in: 'list.json', key: 'item.id' },
      inputs: { one: `in/${id}.txt` },
      outputs: { page: `pages/${id}/page.txt`, folder: `folders/${id}/` },
      ...transaction,
    },
    check: { inputs: { pages: 'pages/' }, outputs: { done: 'checked.txt' }, ...transaction },
    outside: { inputs: { pages: `\${{ stages.each.outputs.page }}` }, outputs: { all: 'all.txt' } },
  };
}

const idsOf = (ids: string) => JSON.stringify([...ids].map((one) => ({ id: one })));

/** One item is gone, one is new, one has changed, one is as it was. */
async function changedProject(transaction: StageSpec = { transaction: 't' }) {
  const mortal = new MortalProject();
  const { project } = mortal;
  project.pipeline(pipelineWith(transaction));
  project.write({ 'list.json': idsOf('abc'), 'in/a.txt': '1', 'in/b.txt': '2', 'in/c.txt': '3', 'in/d.txt': '4' });
  await project.build();
  project.write({ 'list.json': idsOf('dca'), 'in/c.txt': 'new' });
  return { mortal, project, old: project.files() };
}

const failing =
  (stage: string): Behaviour =>
  (process) => {
    if (process.stage !== stage) return undefined;
    process.exit(1);
    return 'done';
  };

test.each([
  ['a later member', 'check'],
  ['an item', 'each@c'],
])('when %s fails, what items made and what was removed is as it was', async (_, stage) => {
  const { project, old } = await changedProject();
  const run = await project.build({ behave: failing(stage), keepGoing: true });
  expect(run.report).toMatchObject({ status: 'built', outcome: 'failed' });
  expect(run.outcomes).toMatchObject({ [stage]: 'failed', outside: 'blocked' });
  expect(project.files()).toEqual(old);
  const mended = await project.build();
  expect(mended.started).toEqual(stage === 'check' ? ['check', 'outside'] : ['each@c', 'check', 'outside']);
  expect(mended.outcomes).toMatchObject({ 'each@d': 'restored', 'each@a': 'fresh' });
  expect(Object.keys(project.files()).filter((path) => path.includes('/b/'))).toEqual([]);
  expect((await project.build()).started).toEqual([]);
});

test('with --atomic the whole build goes back', async () => {
  const { project, old } = await changedProject({});
  const run = await project.build({ behave: failing('outside'), atomic: true });
  expect(run.outcomes).toMatchObject({ 'each@d': 'ran', check: 'ran', outside: 'failed' });
  expect(project.files()).toEqual(old);
  const mended = await project.build({ atomic: true });
  expect(mended.started).toEqual(['outside']);
  expect((await project.build()).started).toEqual([]);
});

test('an edited output of an item that is gone is back in its place', async () => {
  const { project } = await changedProject();
  project.write({ 'pages/b/page.txt': 'edited' });
  const before = project.files();
  await project.build({ behave: failing('check') });
  expect(project.files()).toEqual(before);
});

test('a list that is made in the transaction', async () => {
  const mortal = new MortalProject();
  const { project } = mortal;
  project.pipeline({
    make: { inputs: { from: 'from.json' }, outputs: { list: 'build/list.json' }, transaction: 't' },
    each: {
      foreach: { in: `\${{ stages.make.outputs.list }}` },
      outputs: { page: `pages/\${{ item }}.txt` },
      transaction: 't',
    },
    check: {
      needs: ['each'],
      outputs: { done: 'checked.txt' },
      version: 1,
      transaction: 't',
      inputs: { from: 'from.json' },
    },
  });
  const copy: Behaviour = (process) => {
    if (process.stage !== 'make') return undefined;
    const [path = ''] = process.spec.argv.at(-1)?.split(' ').slice(-1) ?? [];
    process.writes({ [path]: process.reads('from.json') }).succeed();
    return 'done';
  };
  project.write({ 'from.json': '["a", "b"]' });
  await project.build({ behave: copy });
  project.write({ 'from.json': '["b", "c"]' });
  const old = project.files();
  const fail = failing('check');
  await project.build({ behave: (process) => fail(process) ?? copy(process) });
  expect(project.files()).toEqual(old);
  expect((await project.build({ behave: copy })).outcomes).toEqual({
    make: 'restored',
    'each@b': 'fresh',
    'each@c': 'restored',
    check: 'ran',
  });
  expect(Object.keys(project.files()).filter((path) => path.startsWith('pages/'))).toEqual([
    'pages/b.txt',
    'pages/c.txt',
  ]);
});

const MEMBERS = /^(pages|folders)\/.*[^/]$|^checked.txt$/;
const ofMembers = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).filter(([path]) => MEMBERS.test(path)));

test('killed at any step, the outputs of all members are old or new', async () => {
  const { mortal, project, old } = await changedProject();
  const { files: fresh } = await mortal.rehearse();
  await mortal.killBuilds(async (step) => {
    await mortal.recoverOnly();
    const found = ofMembers(project.files());
    if (JSON.stringify(found) !== JSON.stringify(ofMembers(old)))
      expect(found, `step ${step}`).toEqual(ofMembers(fresh));
    await mortal.expectConverged(fresh);
  }, STEPS);
});

test('killed at any step of a transaction that fails, all are old', async () => {
  const { mortal, project, old } = await changedProject();
  const behave = failing('check');
  const { files: fresh } = await mortal.rehearse();
  await mortal.killBuilds(
    async (step) => {
      await mortal.recoverOnly();
      expect(ofMembers(project.files()), `step ${step}`).toEqual(ofMembers(old));
      await mortal.expectConverged(fresh);
    },
    { behave, ...STEPS },
  );
});
