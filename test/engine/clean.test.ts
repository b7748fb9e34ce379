// Outputs are taken away only as far as nothing is lost.
import { expect, test } from 'vitest';
import { EngineProject } from '../support/engine-project.ts';

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
