// Killed at every step that changes the disk while items run, and while those that are gone are removed.
import { expect, test } from 'vitest';
import { FULL } from '../faults/support/effort.ts';
import type { Behaviour } from '../support/engine-project.ts';
import { MortalProject } from '../support/mortal-project.ts';

/** The full effort kills at each step. */
const STEPS = { every: FULL ? 1 : 5 };

const item = (name: string) => `\${{ item.${name} }}`;

/** Outputs in folders of the items' own, by staging and in place; a second fan-out for what the first one makes. */
const PIPELINE = {
  fetch: {
    foreach: { in: 'list.json', key: 'item.id' },
    run: `fetch ${item('id')} > \${{ outputs.page }}`,
    inputs: { text: `in/${item('id')}.txt` },
    exit_codes: { 3: 'skippable' },
    outputs: { page: `build/${item('id')}/page.txt`, note: `notes/${item('id')}.txt` },
  },
  parse: {
    foreach: { in: 'build/*/page.txt' },
    run: 'parse it in place',
    inputs: { page: `\${{ item }}` },
    outputs: { record: `records/\${{ item }}/` },
  },
  all: {
    inputs: { notes: `\${{ stages.fetch.outputs.note }}`, records: 'records/' },
    outputs: { all: 'all.txt' },
  },
};

const idsOf = (ids: string) => JSON.stringify([...ids].map((id) => ({ id })));

/** Built with one list, which is another now. */
async function changedProject() {
  const mortal = new MortalProject();
  const { project } = mortal;
  project.pipeline(PIPELINE);
  project.write({ 'list.json': idsOf('abc'), 'in/a.txt': '1', 'in/b.txt': '2', 'in/c.txt': '3', 'in/d.txt': '4' });
  await project.build();
  const old = project.files();
  // One is gone, one is new, one has changed, one is as it was.
  project.write({ 'list.json': idsOf('dca'), 'in/c.txt': 'new' });
  return { mortal, project, old };
}

type Files = Readonly<Record<string, string>>;

const isOf = (id: string, path: string) => !path.startsWith('in/') && new RegExp(`/${id}[./]`).test(path);

/** What is made for one item is all old, all new or all gone. */
function expectWholeItems(files: Files, old: Files, fresh: Files): void {
  const places = (id: string) => [`build/${id}/page.txt`, `notes/${id}.txt`];
  for (const id of ['a', 'b', 'c', 'd']) {
    const of = (some: Files) => places(id).map((path) => some[path]);
    const found = of(files);
    // Those of items that are gone go one by one, and nobody reads them any more.
    if (id === 'b' && of(fresh).every((text) => text === undefined)) continue;
    expect([of(old), of(fresh)], id).toContainEqual(found);
  }
}

test.each([false, true])('while items run and others go; half-done writes: %s', async (torn) => {
  const { mortal, project, old } = await changedProject();
  mortal.fs.torn = torn;
  const { steps, files: fresh, started } = await mortal.rehearse();
  expect(steps).toBeGreaterThan(50);
  expect(started).toEqual(['fetch@d', 'fetch@c', 'parse@build%2Fc%2Fpage.txt', 'parse@build%2Fd%2Fpage.txt', 'all']);
  expect(Object.keys(fresh).filter((path) => isOf('b', path))).toEqual([]);
  await mortal.killBuilds(async () => {
    await mortal.recoverOnly();
    expectWholeItems(project.files(), old, fresh);
    await mortal.expectConverged(fresh);
    expect(mortal.displaced()).toEqual([]);
  }, STEPS);
});

test('recovery itself killed at any step', async () => {
  const { mortal, project, old } = await changedProject();
  mortal.fs.torn = true;
  const { files: fresh } = await mortal.rehearse();
  await mortal.killBuilds(
    async () => {
      await mortal.killRecoveries(() => expectWholeItems(project.files(), old, fresh));
      await mortal.expectConverged(fresh);
    },
    { every: 11 },
  );
});

test('while an item is dropped: its old outputs are all there or all gone', async () => {
  const { mortal, project, old } = await changedProject();
  const behave: Behaviour = (process) => {
    if (process.stage !== 'fetch@c') return undefined;
    process.exit(3);
    return 'done';
  };
  const { files: dropped } = await mortal.rehearse(behave);
  const { files: fresh } = await mortal.rehearse();
  expect(Object.keys(dropped).filter((path) => isOf('c', path))).toEqual([]);
  await mortal.killBuilds(
    async () => {
      await mortal.recoverOnly();
      expectWholeItems(project.files(), old, dropped);
      await mortal.expectConverged(fresh);
    },
    { behave, ...STEPS },
  );
});

test('what somebody edited of an item that is gone is never lost', async () => {
  const { mortal, project } = await changedProject();
  project.write({ 'build/b/page.txt': 'edit 1', 'records/build/b/page.txt/data': 'edit 2', 'notes/b.txt': 'edit 3' });
  await mortal.killBuilds(async (step) => {
    await project.build();
    const everything = new Set(Object.values(mortal.fs.tree('/w')));
    for (const edit of ['edit 1', 'edit 2', 'edit 3']) expect(everything, `step ${step}`).toContain(edit);
    expect(Object.keys(project.files()).filter((path) => isOf('b', path))).toEqual([]);
  }, STEPS);
});
