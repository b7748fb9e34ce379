// Outputs are taken away only as far as nothing is lost.
import { expect, test } from 'vitest';
import type { Behaviour } from '../support/engine-project.ts';
import { EngineProject, outputsOf, readInputs } from '../support/engine-project.ts';

async function builtProject(): Promise<EngineProject> {
  const project = new EngineProject();
  project.write({ in: '1' });
  project.pipeline({
    kept: { inputs: { d: 'in' }, outputs: { o: 'out/kept', dir: 'out/dir/' } },
    loose: { inputs: { d: 'in' }, outputs: { o: 'loose/one' }, cache: false },
  });
  await project.build();
  return project;
}

test('what the store has is removed, with the folders that only held it; the rest is moved aside and said', async () => {
  const project = await builtProject();
  const displaced = [{ path: 'loose/one', to: '.wrangle/displaced/loose/one' }];
  expect(await project.clean()).toEqual({
    status: 'cleaned',
    removed: ['loose/one', 'out/dir', 'out/kept'],
    displaced,
    kept: [],
    notes: [],
  });
  expect(project.files()).toEqual({ in: '1' });
  expect(project.read('.wrangle/displaced/loose/one')).toBe('loose(1)');
  expect((await project.build()).outcomes).toEqual({ kept: 'restored', loose: 'ran' });
});

test('a dry run says the same and does nothing', async () => {
  const project = await builtProject();
  const before = project.fs.tree('/w');
  expect(await project.clean({ dryRun: true })).toMatchObject({
    removed: ['loose/one', 'out/dir', 'out/kept'],
    displaced: [{ path: 'loose/one', to: undefined }],
  });
  expect(project.fs.tree('/w')).toEqual(before);
});

test('an edited output, and one that cannot be read, is left alone', async () => {
  const project = await builtProject();
  project.write({ 'out/kept': 'edited' });
  project.fs.failNext('readFolder', 'EACCES', '/w/out/dir');
  const cleaned = await project.clean();
  expect(cleaned).toMatchObject({ removed: ['loose/one'], kept: ['out/dir', 'out/kept'] });
  expect(project.files()).toEqual({ in: '1', 'out/kept': 'edited', 'out/dir/data': 'kept(1)' });
});

test('only the named stage, and only orphans', async () => {
  const project = await builtProject();
  expect(await project.clean({ targets: ['loose'] })).toMatchObject({ removed: ['loose/one'] });
  project.pipeline({ loose: { inputs: { d: 'in' }, outputs: { o: 'loose/one' }, cache: false } });
  await project.build();
  expect(await project.clean({ orphans: true })).toMatchObject({ removed: ['out/dir', 'out/kept'], displaced: [] });
  expect(project.files()).toEqual({ in: '1', 'loose/one': 'loose(1)' });
});

/** A page for each item of a list that a stage makes. */
async function fannedOut(items: readonly string[]): Promise<EngineProject> {
  const project = new EngineProject();
  fanOut(project, 'pages');
  project.write({ names: JSON.stringify(items) });
  await project.build({ behave: listed });
  return project;
}

function fanOut(project: EngineProject, folder: string): void {
  project.pipeline({
    list: { inputs: { names: 'names' }, outputs: { list: 'list.json' } },
    each: {
      foreach: { in: `\${{ stages.list.outputs.list }}` },
      run: `make > \${{ outputs.page }}`,
      outputs: { page: `${folder}/\${{ item }}.txt` },
    },
  });
}

const listed: Behaviour = (process) => {
  if (process.stage !== 'list') return undefined;
  process.writes({ [outputsOf(process)[0] ?? '']: readInputs(process).join() });
  process.succeed();
  return 'done';
};

test('of a fan-out what its instances made, whatever its list says now; or what one of them made', async () => {
  const project = await fannedOut(['a', 'b', 'c']);
  project.write({ names: '["c"]' });
  expect(await project.clean({ targets: ['each@b'] })).toMatchObject({ removed: ['pages/b.txt'], kept: [] });
  expect(await project.clean({ targets: ['each@nope'] })).toMatchObject({ removed: [], kept: [] });
  expect(await project.clean({ targets: ['each'], dryRun: true })).toMatchObject({
    removed: ['pages/a.txt', 'pages/c.txt'],
  });
  expect(await project.clean()).toMatchObject({ removed: ['list.json', 'pages/a.txt', 'pages/c.txt'] });
  expect(project.files()).toEqual({ names: '["c"]' });
  expect((await project.build({ behave: listed })).outcomes).toEqual({ list: 'ran', 'each@c': 'restored' });
});

test('what an instance made is an orphan once its fan-out is gone or makes other paths, not while its list is away', async () => {
  const project = await fannedOut(['a', 'b']);
  await project.clean({ targets: ['list'] });
  project.write({ names: '["a"]' });
  expect(await project.clean({ orphans: true, dryRun: true })).toMatchObject({ removed: [] });
  fanOut(project, 'sheets');
  expect(await project.clean({ orphans: true, dryRun: true })).toMatchObject({
    removed: ['pages/a.txt', 'pages/b.txt'],
  });
  project.pipeline({ list: { inputs: { names: 'names' }, outputs: { list: 'list.json' } } });
  expect(await project.clean({ orphans: true })).toMatchObject({ removed: ['pages/a.txt', 'pages/b.txt'] });
});
