// Contents by digest: kept once, verified whenever they come out, and healed when they were damaged.
import { describe, expect, test } from 'vitest';
import { digestOfTree, treeManifest } from '../../../src/digest/tree.ts';
import type { Digest, TreeEntry } from '../../../src/model/digest.ts';
import { makeDigest, sha256Of } from '../../../src/model/digest.ts';
import type { BlobTrouble } from '../../../src/store/blob-store.ts';
import { BlobStore } from '../../../src/store/blob-store.ts';
import { sha256 } from '../../../src/util/hash.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const digestOf = (text: string, kind: 'file' | 'executable' = 'file') =>
  makeDigest(kind, sha256(text), Buffer.byteLength(text));

function rig() {
  const fs = new MemoryFileSystem();
  fs.write({ '/w/a.csv': 'contents', '/w/dir/x': 'x', '/w/dir/sub/y': 'y' });
  fs.makeFolder('/w/dir/empty');
  fs.makeLink('x', '/w/dir/link');
  fs.chmod('/w/dir/sub/y', 0o755);
  fs.makeFolder('/out');
  const open = () => new BlobStore(fs, '/s', '1');
  return { fs, open, blobs: open() };
}

const blobsOf = (fs: MemoryFileSystem) => Object.keys(fs.tree('/s')).filter((path) => path.startsWith('cas/'));

describe('keeping', () => {
  test('a file goes under its digest, read-only, and out again byte for byte', async () => {
    const { fs, blobs } = rig();
    const digest = await blobs.putFile('/w/a.csv');
    expect(digest).toBe(digestOf('contents'));
    const sha = sha256('contents');
    expect(fs.tree('/s')).toEqual({ [`cas/${sha.slice(0, 2)}/${sha}`]: 'contents', 'tmp/': '' });
    expect(fs.lstat(blobs.pathOf(sha))?.mode).toBe(0o444);
    expect(await blobs.materialize(digest, '/out/b.csv')).toBe('done');
    expect(fs.tree('/out')).toEqual({ 'b.csv': 'contents' });
    expect(fs.lstat('/out/b.csv')?.mode).toBe(0o644);
  });

  test('the same contents are kept once, and are young again', async () => {
    const { fs, blobs } = rig();
    fs.write({ '/w/b.csv': 'contents' });
    const first = await blobs.putFile('/w/a.csv');
    const inodeOf = (key = '') => key.split(':')[3];
    const before = fs.lstat(blobs.pathOf(sha256('contents')));
    expect(await blobs.putFile('/w/b.csv')).toBe(first);
    const after = fs.lstat(blobs.pathOf(sha256('contents')));
    expect(inodeOf(after?.key)).toBe(inodeOf(before?.key));
    expect(after?.mtimeNs).toBeGreaterThan(before?.mtimeNs ?? 0n);
    expect(blobsOf(fs)).toHaveLength(1);
  });

  test.each(['ENOENT', 'EPERM'])('a blob that cannot be made young (%s) is replaced by the copy', async (code) => {
    const { fs, blobs } = rig();
    const digest = await blobs.putFile('/w/a.csv');
    const path = blobs.pathOf(sha256Of(digest));
    const before = fs.lstat(path)?.key;
    fs.failNext('touch', code);
    expect(await blobs.putFile('/w/a.csv')).toBe(digest);
    expect(fs.lstat(path)?.key).not.toBe(before);
    expect(fs.tree('/s/tmp')).toEqual({});
  });

  test('what grows the store is counted, what was there already is not', async () => {
    const { fs } = rig();
    const added: number[] = [];
    const blobs = new BlobStore(fs, '/s', '1', (bytes) => added.push(bytes));
    await blobs.putFile('/w/a.csv');
    await blobs.putFile('/w/a.csv');
    await blobs.putFile('/w/dir/x');
    expect(added).toEqual([8, 1]);
  });

  test('the executable bit is in the digest and not in the blob', async () => {
    const { fs, blobs } = rig();
    fs.chmod('/w/a.csv', 0o755);
    const digest = await blobs.putFile('/w/a.csv');
    expect(digest).toBe(digestOf('contents', 'executable'));
    expect(await blobs.materialize(digest, '/out/run')).toBe('done');
    expect(await blobs.materialize(digestOf('contents'), '/out/plain')).toBe('done');
    expect([fs.lstat('/out/run')?.mode, fs.lstat('/out/plain')?.mode]).toEqual([0o755, 0o644]);
  });

  test('a folder comes back whole: names, bits, links as links, empty folders', async () => {
    const { fs, blobs } = rig();
    const { digest, tree } = await blobs.putFolder('/w/dir');
    expect(digest).toBe(digestOfTree(tree));
    expect(blobs.holds(digest)).toBe(true);
    expect(await blobs.materialize(digest, '/out/dir')).toBe('done');
    expect(fs.tree('/out/dir')).toEqual(fs.tree('/w/dir'));
    expect(fs.lstat('/out/dir/sub/y')?.mode).toBe(0o755);
    expect((await blobs.putFolder('/out/dir')).digest).toBe(digest);
  });

  test('an empty folder is a folder', async () => {
    const { fs, blobs } = rig();
    const { digest } = await blobs.putFolder('/w/dir/empty');
    expect(await blobs.materialize(digest, '/out/none')).toBe('done');
    expect(fs.lstat('/out/none')?.type).toBe('folder');
  });

  test.each(['copyFile', 'rename', 'chmod'] as const)('when %s fails nothing is kept under the digest', async (op) => {
    const { fs, blobs } = rig();
    fs.failNext(op, 'ENOSPC');
    await expect(blobs.putFile('/w/a.csv')).rejects.toThrow('ENOSPC');
    expect(fs.tree('/s/tmp')).toEqual({});
    expect(blobs.has(digestOf('contents'))).toBe(false);
    expect(await blobs.putFile('/w/a.csv')).toBe(digestOf('contents'));
  });

  test('when there is no room for its folder nothing stays', async () => {
    const { fs, blobs } = rig();
    fs.failNext('makeFolder', 'ENOSPC', `cas/${sha256('contents').slice(0, 2)}`);
    await expect(blobs.putFile('/w/a.csv')).rejects.toThrow('ENOSPC');
    expect(fs.tree('/s/tmp')).toEqual({});
  });

  test('a copy that is not needed and cannot be removed is no failure', async () => {
    const { fs, blobs } = rig();
    await blobs.putFile('/w/a.csv');
    fs.failNext('remove', 'EIO', '/s/tmp/');
    expect(await blobs.putFile('/w/a.csv')).toBe(digestOf('contents'));
  });

  test('a manifest is written only after everything it names', async () => {
    const { fs, blobs } = rig();
    fs.failNext('copyFile', 'EIO', 'dir/x');
    await expect(blobs.putFolder('/w/dir')).rejects.toThrow('EIO');
    expect(blobsOf(fs).map((path) => fs.tree('/s')[path])).toEqual(['y']);
  });
});

describe('what is missing', () => {
  test('is said, and nothing is made', async () => {
    const { fs, blobs } = rig();
    expect(blobs.has(digestOf('none'))).toBe(false);
    expect(blobs.holds(digestOf('none'))).toBe(false);
    expect(await blobs.materialize(digestOf('none'), '/out/x')).toBe('missing');
    expect(await blobs.materialize(makeDigest('folder', sha256('none'), 4), '/out/x')).toBe('missing');
    expect(fs.tree('/out')).toEqual({});
  });

  test('a folder with a part missing is not held', async () => {
    const { fs, blobs } = rig();
    const { digest } = await blobs.putFolder('/w/dir');
    fs.remove(blobs.pathOf(sha256('y')));
    expect(blobs.has(digest)).toBe(true);
    expect(blobs.holds(digest)).toBe(false);
    expect(await blobs.materialize(digest, '/out/dir')).toBe('missing');
  });
});

/** Every way a blob on the disk can be wrong. */
const DAMAGE: [string, (fs: MemoryFileSystem, path: string) => void][] = [
  ['its first byte', (fs, path) => flip(fs, path, 0)],
  ['a byte in the middle', (fs, path) => flip(fs, path, 4)],
  ['its last byte', (fs, path) => flip(fs, path, -1)],
  ['its last byte gone', (fs, path) => fs.write({ [path]: (fs.readFile(path) ?? new Uint8Array()).slice(0, -1) })],
  ['everything gone', (fs, path) => fs.write({ [path]: '' })],
  ['one byte more', (fs, path) => fs.write({ [path]: `${fs.readText(path)}x` })],
];

function flip(fs: MemoryFileSystem, path: string, at: number): void {
  const bytes = fs.readFile(path) ?? new Uint8Array();
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  fs.write({ [path]: bytes });
}

describe.each(DAMAGE)('damage: %s', (_name, damage) => {
  test('a file is not given out, is put aside, and is replaced by the next copy', async () => {
    const { fs, open } = rig();
    const digest = await open().putFile('/w/a.csv');
    const sha = sha256Of(digest);
    damage(fs, open().pathOf(sha));
    const blobs = open();
    expect(await blobs.materialize(digest, '/out/x')).toBe('damaged');
    expect(Object.keys(fs.tree('/s/quarantine'))).toEqual([sha]);
    expect(blobs.has(digest)).toBe(false);
    expect(await blobs.putFile('/w/a.csv')).toBe(digest);
    expect(blobs.has(digest)).toBe(true);
    expect(await blobs.materialize(digest, '/out/y')).toBe('done');
    expect(fs.readText('/out/y')).toBe('contents');
  });

  test('so with a manifest', async () => {
    const { fs, open } = rig();
    const { digest } = await open().putFolder('/w/dir');
    damage(fs, open().pathOf(sha256Of(digest)));
    const blobs = open();
    expect(blobs.holds(digest)).toBe(false);
    expect(fs.tree('/s/quarantine')).toEqual({});
    expect(await open().materialize(digest, '/out/x')).toBe('damaged');
    expect(Object.keys(fs.tree('/s/quarantine'))).toEqual([sha256Of(digest)]);
    expect((await blobs.putFolder('/w/dir')).digest).toBe(digest);
    expect(await blobs.materialize(digest, '/out/y')).toBe('done');
  });

  test('so with a file of a folder', async () => {
    const { fs, blobs } = rig();
    fs.write({ '/w/dir/long': 'long text' });
    const { digest } = await blobs.putFolder('/w/dir');
    damage(fs, blobs.pathOf(sha256('long text')));
    expect(await blobs.materialize(digest, '/out/x')).toBe('damaged');
    expect(blobs.holds(digest)).toBe(false);
    await blobs.putFolder('/w/dir');
    expect(await blobs.materialize(digest, '/out/y')).toBe('done');
    expect(fs.tree('/out/y')).toEqual(fs.tree('/w/dir'));
  });
});

test('a manifest that is damaged says so the first time', async () => {
  const { fs, blobs } = rig();
  const { digest } = await blobs.putFolder('/w/dir');
  flip(fs, blobs.pathOf(sha256Of(digest)), 0);
  expect(await blobs.materialize(digest, '/out/x')).toBe('damaged');
});

test('a store that cannot be written keeps its damaged blob, and never gives it out', async () => {
  const { fs, open } = rig();
  const digest = await open().putFile('/w/a.csv');
  flip(fs, open().pathOf(sha256Of(digest)), 0);
  const blobs = open();
  fs.failNext('makeFolder', 'EROFS', 'quarantine');
  expect(await blobs.materialize(digest, '/out/x')).toBe('damaged');
  expect(blobs.has(digest)).toBe(false);
  // Same size as the good one: only because it is known to be damaged is it replaced.
  await blobs.putFile('/w/a.csv');
  fs.remove('/out/x');
  expect(await blobs.materialize(digest, '/out/x')).toBe('done');
});

describe('what is no file at a blob\u2019s place', () => {
  const cases: [string, (fs: MemoryFileSystem, path: string) => void][] = [
    ['a folder', (fs, path) => fs.write({ [`${path}/inside`]: 'contents' })],
    ['a link to the right bytes', (fs, path) => fs.makeLink('/w/a.csv', path)],
  ];
  test.each(cases)('%s is no blob, and is replaced', async (_name, put) => {
    const { fs, open } = rig();
    const digest = await open().putFile('/w/a.csv');
    const path = open().pathOf(sha256Of(digest));
    fs.remove(path);
    put(fs, path);
    const blobs = open();
    expect(blobs.has(digest)).toBe(false);
    expect(await blobs.putFile('/w/a.csv')).toBe(digest);
    expect(await blobs.materialize(digest, '/out/x')).toBe('done');
    expect(fs.readText('/w/a.csv')).toBe('contents');
  });
});

describe('what is wrong is said, and where the damaged bytes are now', () => {
  test.each<[string, (fs: MemoryFileSystem, blobs: BlobStore) => void, BlobTrouble | undefined]>([
    ['nothing', () => {}, undefined],
    [
      'a file of it is gone',
      (fs, blobs) => fs.remove(blobs.pathOf(sha256('y'))),
      { what: 'missing', inside: 'sub/y', movedTo: undefined },
    ],
    [
      'a file of it is cut',
      (fs, blobs) => fs.write({ [blobs.pathOf(sha256('y'))]: '' }),
      { what: 'damaged', inside: 'sub/y', movedTo: `/s/quarantine/${sha256('y')}` },
    ],
    [
      'a file of it cannot be moved',
      (fs, blobs) => {
        fs.write({ [blobs.pathOf(sha256('y'))]: '' });
        fs.failNext('makeFolder', 'EROFS', 'quarantine');
      },
      { what: 'damaged', inside: 'sub/y', movedTo: undefined },
    ],
  ])('%s', async (_name, damage, trouble) => {
    const { fs, open } = rig();
    const { digest } = await open().putFolder('/w/dir');
    const blobs = open();
    damage(fs, blobs);
    expect(blobs.setAside(digest)).toEqual(trouble);
  });

  test('so of a manifest, and of what was found while it was copied out', async () => {
    const { fs, open } = rig();
    const { digest } = await open().putFolder('/w/dir');
    const file = await open().putFile('/w/a.csv');
    const blobs = open();
    flip(fs, blobs.pathOf(sha256Of(digest)), 0);
    flip(fs, blobs.pathOf(sha256Of(file)), 0);
    expect(await blobs.materialize(file, '/out/x')).toBe('damaged');
    const movedTo = (of: Digest) => `/s/quarantine/${sha256Of(of)}`;
    expect(blobs.setAside(file)).toEqual({ what: 'damaged', inside: undefined, movedTo: movedTo(file) });
    expect(blobs.setAside(digest)).toEqual({ what: 'damaged', inside: undefined, movedTo: movedTo(digest) });
  });
});

describe('a blob that cannot be read', () => {
  test.each(['EMFILE', 'ENFILE', 'ENOMEM'])('%s: says nothing about it, so it stays where it is', async (code) => {
    const { fs, blobs } = rig();
    const digest = await blobs.putFile('/w/a.csv');
    const folder = (await blobs.putFolder('/w/dir')).digest;
    const kept = blobsOf(fs);
    fs.failNext('copyFile', code, '/s/cas');
    await expect(blobs.materialize(digest, '/out/b.csv')).rejects.toThrow(code);
    // It is looked at more than once before it is given up.
    for (let time = 0; time < 3; time++) fs.failNext('readText', code, '/s/cas');
    await expect(blobs.materialize(folder, '/out/dir')).rejects.toThrow(code);
    expect(blobsOf(fs)).toEqual(kept);
    fs.remove('/out/b.csv');
    expect(await blobs.materialize(digest, '/out/b.csv')).toBe('done');
  });

  test.each(['EIO', 'EACCES'])('%s: is damaged, and replaced', async (code) => {
    const { fs, open } = rig();
    const digest = await open().putFile('/w/a.csv');
    const blobs = open();
    fs.failNext('copyFile', code, '/s/cas');
    expect(await blobs.materialize(digest, '/out/x')).toBe('damaged');
    await blobs.putFile('/w/a.csv');
    expect(await blobs.materialize(digest, '/out/x')).toBe('done');
  });

  test('a place that cannot be written is not its fault', async () => {
    const { fs, blobs } = rig();
    const digest = await blobs.putFile('/w/a.csv');
    fs.write({ '/out/taken': 'x' });
    await expect(blobs.materialize(digest, '/out/taken')).rejects.toThrow('EEXIST');
    expect(blobs.has(digest)).toBe(true);
  });
});

test.each(['cas', 'tmp', `cas/${sha256('contents').slice(0, 2)}`])(
  'a file where the folder %s should be is put aside',
  async (folder) => {
    const { fs, blobs } = rig();
    fs.write({ [`/s/${folder}`]: 'in the way' });
    expect(await blobs.putFile('/w/a.csv')).toBe(digestOf('contents'));
    expect(fs.tree('/s/quarantine')).toEqual({ [folder.replaceAll('/', '-')]: 'in the way' });
  },
);

describe('a manifest that wants out of its folder', () => {
  const evil: [string, readonly TreeEntry[]][] = [
    ['by a path', [{ path: '../evil', type: 'file', digest: digestOf('contents') }]],
    [
      'through a link',
      [
        { path: 'a', type: 'link', target: '/w' },
        { path: 'a/evil', type: 'file', digest: digestOf('contents') },
      ],
    ],
    [
      'by writing over a link it made',
      [
        { path: 'a', type: 'link', target: '/w/evil' },
        { path: 'a', type: 'file', digest: digestOf('contents') },
      ],
    ],
  ];
  test.each(evil)('%s is refused before anything is written', async (_name, tree) => {
    const { fs, blobs } = rig();
    await blobs.putFile('/w/a.csv');
    const manifest = treeManifest(tree);
    const digest: Digest = makeDigest('folder', sha256(manifest), 8);
    fs.write({ [blobs.pathOf(sha256(manifest))]: manifest });
    const before = { w: fs.tree('/w'), out: fs.tree('/out') };
    expect(blobs.holds(digest)).toBe(false);
    fs.write({ [blobs.pathOf(sha256(manifest))]: manifest });
    expect(await blobs.materialize(digest, '/out/x')).toBe('damaged');
    expect({ w: fs.tree('/w'), out: fs.tree('/out') }).toEqual(before);
  });
});

test('links are made last, so nothing is ever written through one', async () => {
  const { fs, blobs } = rig();
  const { digest } = await blobs.putFolder('/w/dir');
  fs.operations.length = 0;
  await blobs.materialize(digest, '/out/dir');
  const made = fs.operations.filter(({ op }) => op === 'makeLink' || op === 'copyFile').map(({ op }) => op);
  expect(made).toEqual(['copyFile', 'copyFile', 'makeLink']);
});
