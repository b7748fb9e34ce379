// Recovery where the world has changed since the command died. That it works at every step is shown in the engine ring.
import { describe, expect, test } from 'vitest';
import { FileDigests } from '../../../src/digest/file-digests.ts';
import { makeDigest } from '../../../src/model/digest.ts';
import type { EntryType } from '../../../src/ports/file-system.ts';
import { ActionCache } from '../../../src/store/action-cache.ts';
import { BlobStore } from '../../../src/store/blob-store.ts';
import type { IndexedOutput } from '../../../src/store/index-file.ts';
import type { Intent } from '../../../src/store/journal.ts';
import { Journal } from '../../../src/store/journal.ts';
import { stateLayout } from '../../../src/store/layout.ts';
import { moveAside } from '../../../src/store/publish.ts';
import { recover, StuckRecovery } from '../../../src/store/recover.ts';
import { sha256 } from '../../../src/util/hash.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const layout = stateLayout('/w');
const digestOf = (text: string) => makeDigest('file', sha256(text), Buffer.byteLength(text));

/** A disk on which `path` looks like a pipe. */
class WithPipe extends MemoryFileSystem {
  pipe = '';
  override readFolder(path: string) {
    const type: EntryType = 'other';
    return super
      .readFolder(path)
      ?.map((entry) => (`${path}/${entry.name}` === this.pipe ? { name: entry.name, type } : entry));
  }
}

async function rig(intent: Intent) {
  const fs = new WithPipe();
  fs.makeFolder(layout.state);
  await new Journal(fs, layout.journal).append(intent);
  const outputs = new Map<string, IndexedOutput>();
  const run = () =>
    recover({
      fs,
      layout,
      journal: new Journal(fs, layout.journal),
      blobs: new BlobStore(fs, layout.store, '1'),
      actions: new ActionCache(fs, layout.store, '1'),
      digests: new FileDigests({
        fs,
        workspace: '/w',
        remembered: new Map(),
        granularityNs: () => 0n,
        now: undefined,
        mayRead: true,
        sleep: () => Promise.resolve(),
      }),
      index: { outputs, stages: new Map() },
      saveIndex: () => {},
    });
  /** Everything in the workspace but the state folder. */
  const files = () =>
    Object.fromEntries(Object.entries(fs.tree('/w')).filter(([path]) => !path.startsWith('.wrangle')));
  return { fs, run, files, outputs };
}

const publish = (text: string): Intent => ({
  type: 'publish',
  id: 'r/s',
  stage: 's',
  pipeline: 'p.yaml',
  record: null,
  fingerprint: 'f',
  known: null,
  outputs: [{ path: 'out/a', digest: digestOf(text), staged: '/w/.wrangle/staging/s/0/out/a', aside: null }],
});

describe('rolling forward', () => {
  test('what was staged goes to its place', async () => {
    const { fs, run, files, outputs } = await rig(publish('new'));
    fs.write({ '/w/.wrangle/staging/s/0/out/a': 'new' });
    expect(await run()).toEqual([{ of: 'stage', name: 's', how: 'finished', displaced: [] }]);
    expect(files()).toEqual({ 'out/a': 'new' });
    expect(outputs.get('out/a')).toEqual({ digest: digestOf('new'), fingerprint: 'f', stage: 's', pipeline: 'p.yaml' });
    expect(fs.readText(layout.journal)).toBe('');
    expect(await run()).toEqual([]);
  });

  test('bytes that are lost from staging and store: what is there stands, and is not said to be the new one', async () => {
    const { fs, run, files, outputs } = await rig(publish('new'));
    fs.write({ '/w/out/a': 'old' });
    expect(await run()).toEqual([{ of: 'stage', name: 's', how: 'finished', displaced: [] }]);
    expect(files()).toEqual({ 'out/a': 'old' });
    expect(outputs.size).toBe(0);
  });

  test.each<[string, (fs: MemoryFileSystem) => void]>([
    ['a file', (fs) => fs.write({ '/w/out': 'a file' })],
    ['a link that leads outside', (fs) => fs.makeLink('/elsewhere', '/w/out')],
    ['a link that leads nowhere', (fs) => fs.makeLink('/nowhere', '/w/out')],
  ])('where the folder was is now %s: it is left alone, and the next command is not stopped', async (_name, put) => {
    const { fs, run, files, outputs } = await rig(publish('new'));
    fs.write({ '/w/.wrangle/staging/s/0/out/a': 'new', '/elsewhere/x': '' });
    put(fs);
    const before = files();
    const displaced = ['.wrangle/displaced/out/a'];
    expect(await run()).toEqual([{ of: 'stage', name: 's', how: 'finished', displaced }]);
    expect(files()).toEqual(before);
    expect(fs.tree('/w/.wrangle/displaced')).toEqual({ 'out/a': 'new' });
    expect(fs.tree('/elsewhere')).toEqual({ x: '' });
    expect(outputs.size).toBe(0);
    expect(fs.readText(layout.journal)).toBe('');
  });

  test.each<[string, (fs: WithPipe) => void, string]>([
    ['a file', (fs) => fs.write({ '/w/out/a': 'mine' }), '.wrangle/displaced/out/a'],
    ['a folder', (fs) => fs.write({ '/w/out/a/x': 'mine' }), '.wrangle/displaced/out/a'],
    [
      'a folder with a pipe in it',
      (fs) => {
        fs.write({ '/w/out/a/pipe': 'mine' });
        fs.pipe = '/w/out/a/pipe';
      },
      '.wrangle/displaced/out/a',
    ],
  ])('somebody put %s there since: it is kept aside', async (_name, put, to) => {
    const { fs, run, files } = await rig(publish('new'));
    fs.write({ '/w/.wrangle/staging/s/0/out/a': 'new' });
    put(fs);
    expect(await run()).toEqual([{ of: 'stage', name: 's', how: 'finished', displaced: [to] }]);
    expect(files()).toEqual({ 'out/a': 'new' });
    expect(Object.values(fs.tree('/w/.wrangle/displaced'))).toEqual(['mine']);
  });
});

describe('rolling back', () => {
  const inPlace = (aside: string | null): Intent => ({
    type: 'in-place',
    id: 'r/s',
    stage: 's',
    outputs: [{ path: 'out/a', aside }],
  });
  const ASIDE = '/w/.wrangle/staging/s/aside/out/a';

  test('the old bytes come back, the new ones are kept', async () => {
    const { fs, run, files } = await rig(inPlace(ASIDE));
    fs.write({ [ASIDE]: 'old', '/w/out/a': 'half' });
    const kept = '.wrangle/failed/s.interrupted/out/a';
    expect(await run()).toEqual([{ of: 'stage', name: 's', how: 'undone', displaced: [kept] }]);
    expect(files()).toEqual({ 'out/a': 'old' });
    expect(fs.tree('/w/.wrangle/failed')).toEqual({ 's.interrupted/out/a': 'half' });
  });

  test('stopped before the old bytes were moved: they stand', async () => {
    const { fs, run, files } = await rig(inPlace(ASIDE));
    fs.write({ '/w/out/a': 'old' });
    await run();
    expect(files()).toEqual({ 'out/a': 'old' });
  });

  test('without old bytes nothing stays', async () => {
    const { fs, run, files } = await rig(inPlace(null));
    fs.write({ '/w/out/a': 'half' });
    await run();
    expect(files()).toEqual({ 'out/': '' });
    expect(fs.tree('/w/.wrangle/failed')).toEqual({ 's.interrupted/out/a': 'half' });
  });
});

describe('a place that refuses', () => {
  const ASIDE = '/w/.wrangle/staging/s/aside/out/a';
  const STAGED = '/w/.wrangle/staging/s/0/out/a';
  const undo: Intent = { type: 'in-place', id: 'r/s', stage: 's', outputs: [{ path: 'out/a', aside: ASIDE }] };

  const refuse = (fs: MemoryFileSystem, code = 'EACCES') => fs.failNext('rename', code, '/w/out/a');
  const stuckOf = (run: () => Promise<unknown>) => run().catch((error: unknown) => error as StuckRecovery);

  test.each(['EACCES', 'EPERM', 'EROFS', 'EXDEV', 'ENOTDIR', 'EBUSY'])(
    '%s: said once, and done when it gives in',
    async (code) => {
      const { fs, run, files } = await rig(publish('new'));
      fs.write({ [STAGED]: 'new', '/w/out/other': '' });
      refuse(fs, code);
      const error = await stuckOf(run);
      expect(error).toBeInstanceOf(StuckRecovery);
      expect((error as StuckRecovery).stuck).toMatchObject([
        { owner: { name: 's' }, type: 'publish', paths: ['out/a'] },
      ]);
      expect(fs.readText(STAGED)).toBe('new');

      expect(await run()).toEqual([{ of: 'stage', name: 's', how: 'finished', displaced: [] }]);
      expect(files()).toEqual({ 'out/a': 'new', 'out/other': '' });
    },
  );

  test('for the second time: new bytes that only wait there are kept, the stage is stale, and the way is free', async () => {
    const { fs, run, files, outputs } = await rig(publish('new'));
    fs.write({ [STAGED]: 'new', '/w/out/a': 'old' });
    outputs.set('out/a', { digest: digestOf('old'), fingerprint: 'e', stage: 's', pipeline: 'p.yaml' });
    refuse(fs);
    await stuckOf(run);
    refuse(fs);
    expect(await run()).toEqual([{ of: 'stage', name: 's', how: 'given-up', displaced: ['.wrangle/displaced/out/a'] }]);
    expect(files()).toEqual({ 'out/a': 'old' });
    expect(fs.readText('/w/.wrangle/displaced/out/a')).toBe('new');
    expect(outputs.size).toBe(0);
    expect(fs.readText(layout.journal)).toBe('');
    expect(await run()).toEqual([]);
  });

  test('for the second time: old bytes that cannot come back are kept', async () => {
    const { fs, run } = await rig(undo);
    fs.write({ [ASIDE]: 'old', '/w/out/other': '' });
    refuse(fs);
    await stuckOf(run);
    refuse(fs);
    expect(await run()).toEqual([{ of: 'stage', name: 's', how: 'given-up', displaced: ['.wrangle/displaced/out/a'] }]);
    expect(fs.readText('/w/.wrangle/displaced/out/a')).toBe('old');
    expect(fs.readText(layout.journal)).toBe('');
  });

  test('old bytes whose folder is a file now are kept at once', async () => {
    const { fs, run, files } = await rig(undo);
    fs.write({ [ASIDE]: 'old', '/w/out': 'a file' });
    expect(await run()).toEqual([{ of: 'stage', name: 's', how: 'undone', displaced: ['.wrangle/displaced/out/a'] }]);
    expect(files()).toEqual({ out: 'a file' });
    expect(fs.readText('/w/.wrangle/displaced/out/a')).toBe('old');
  });

  test('old bytes whose folder is gone come back in a new one', async () => {
    const { fs, run, files } = await rig(undo);
    fs.write({ [ASIDE]: 'old' });
    await run();
    expect(files()).toEqual({ 'out/a': 'old' });
  });

  test('what was finished beside it is not done again over later edits', async () => {
    const { fs, run, files } = await rig(publish('new'));
    const other = { ...publish('new'), id: 'r/t', stage: 't' } as Extract<Intent, { type: 'publish' }>;
    const staged = '/w/.wrangle/staging/t/0/b';
    await new Journal(fs, layout.journal).append({
      ...other,
      outputs: [{ path: 'b', digest: digestOf('new'), staged, aside: null }],
    });
    fs.write({ [STAGED]: 'new', [staged]: 'new' });
    refuse(fs);
    await stuckOf(run);
    fs.write({ '/w/b': 'edited since' });
    expect(await run()).toEqual([{ of: 'stage', name: 's', how: 'finished', displaced: [] }]);
    expect(files()).toEqual({ 'out/a': 'new', b: 'edited since' });
  });

  test('a full disk is no refusal: it is tried again and never given up', async () => {
    const { fs, run, files } = await rig(publish('new'));
    fs.write({ [STAGED]: 'new' });
    for (let time = 0; time < 3; time++) {
      refuse(fs, 'ENOSPC');
      await expect(run()).rejects.toMatchObject({ code: 'ENOSPC' });
    }
    await run();
    expect(files()).toEqual({ 'out/a': 'new' });
  });
});

test('copies into the store that were interrupted are removed, in a store of our own only', async () => {
  const { fs, run } = await rig(publish('new'));
  fs.write({ '/w/.wrangle/store/tmp/1-x-1': 'half', '/shared/tmp/1-x-1': 'half' });
  await run();
  expect(fs.lstat('/w/.wrangle/store/tmp')).toBeUndefined();
  expect(fs.lstat('/shared/tmp/1-x-1')).toBeDefined();
});

test('what is moved aside never meets what was moved there before', () => {
  const fs = new MemoryFileSystem();
  const aside = (path: string, text: string) => {
    fs.write({ [`/w/${path}`]: text });
    const to = moveAside(fs, layout, path, layout.displaced);
    fs.remove(`/w/${path.split('/')[0]}`);
    return to;
  };
  const places = [aside('a', '1'), aside('a', '2'), aside('a/b', '3'), aside('a/b', '4'), aside('a/b/c', '5')];
  expect(places.map((place) => place.replace('.wrangle/displaced/', ''))).toEqual([
    'a',
    'a.2',
    'a.3/b',
    'a.3/b.2',
    'a.3/b.3/c',
  ]);
  expect(places.map((place) => fs.readText(`/w/${place}`))).toEqual(['1', '2', '3', '4', '5']);
});
