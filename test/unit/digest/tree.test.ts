// Manifests of folders: what is written can be read, and nothing that could leave its folder is believed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOfTree, parseTree, treeManifest, walkFolder } from '../../../src/digest/tree.ts';
import type { TreeEntry } from '../../../src/model/digest.ts';
import { makeDigest } from '../../../src/model/digest.ts';
import { compareText } from '../../../src/util/compare.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const digest = makeDigest('file', 'a'.repeat(64), 3);
const file = (path: string): TreeEntry => ({ path, type: 'file', digest });
const folder = (path: string): TreeEntry => ({ path, type: 'folder' });
const link = (path: string, target: string): TreeEntry => ({ path, type: 'link', target });

test.each<[string, readonly unknown[]]>([
  ['a path that goes up', [file('../evil')]],
  ['a path that goes up further in', [folder('a'), file('a/../../evil')]],
  ['the folder itself', [folder('.')]],
  ['a dot on the way', [folder('a'), file('a/./b')]],
  ['the folder above', [folder('..')]],
  ['an absolute path', [file('/etc/passwd')]],
  ['an empty path', [file('')]],
  ['an empty name on the way', [folder('a'), file('a//b')]],
  ['a slash at the end', [folder('a/')]],
  ['a zero byte', [file('a\0b')]],
  ['a name longer than any can be', [file('x'.repeat(256))]],
  ['a name of too many bytes', [file('\u00e4'.repeat(128))]],
  ['a path twice', [file('a'), file('a')]],
  ['a path that is a file and a folder', [file('a'), folder('a')]],
  ['a parent that is not there', [file('a/b')]],
  ['a parent that comes later', [file('a/b'), folder('a')]],
  ['a parent that is a file', [file('a'), file('a/b')]],
  ['a parent that is a link', [link('a', '/etc'), file('a/passwd')]],
  ['a grandparent that is a link', [link('a', '/etc'), folder('a/b'), file('a/b/c')]],
  ['a link to nothing', [link('a', '')]],
  ['a link with a zero byte', [link('a', 'x\0y')]],
  ['a link without a text', [{ path: 'a', type: 'link' }]],
  ['a file without a digest', [{ path: 'a', type: 'file' }]],
  ['a file with a digest of a folder', [{ path: 'a', type: 'file', digest: makeDigest('folder', 'a'.repeat(64), 1) }]],
  ['a file whose digest has capital letters', [{ path: 'a', type: 'file', digest: `f:${'A'.repeat(64)}:1` }]],
  ['a file whose digest is cut', [{ path: 'a', type: 'file', digest: `f:${'a'.repeat(63)}:1` }]],
  ['a file whose digest leads elsewhere', [{ path: 'a', type: 'file', digest: `f:../${'a'.repeat(61)}:1` }]],
  ['a file whose digest is a list', [{ path: 'a', type: 'file', digest: [digest] }]],
  ['a file of a negative size', [{ path: 'a', type: 'file', digest: `f:${'a'.repeat(64)}:-1` }]],
  ['a device', [{ path: 'a', type: 'other' }]],
  ['no type', [{ path: 'a' }]],
  ['a path that is no text', [{ path: ['a'], type: 'folder' }]],
  ['null', [null]],
  ['a number', [7]],
  ['a list', [['a']]],
])('refused: %s', (_name, entries) => {
  expect(parseTree(JSON.stringify(entries))).toBeUndefined();
  // Also behind entries that are sound.
  expect(parseTree(JSON.stringify([folder('sound'), ...entries]))).toBeUndefined();
});

test.each(['', '{}', 'null', '"a"', '[', '{"length":1}'])('refused: the manifest %j', (manifest) => {
  expect(parseTree(manifest)).toBeUndefined();
});

test('odd names are names', () => {
  const entries = [
    '-rf',
    '...',
    '..a',
    '\n',
    ' ',
    '$(x)',
    '*',
    'a\\b',
    '\u00e9',
    '\u{1f600}',
    '__proto__',
    'x'.repeat(255),
  ];
  const tree = entries.map(file);
  expect(parseTree(treeManifest(tree))).toEqual(tree);
});

test('a link may lead anywhere: nothing is ever written through it', () => {
  const tree = [link('a', '/etc/passwd'), link('b', '../../x'), link('c', 'c')];
  expect(parseTree(treeManifest(tree))).toEqual(tree);
});

/** Trees that could lie on a disk. */
const trees = fc
  .array(
    fc.tuple(
      fc.array(fc.constantFrom('a', 'b', 'a-b', '..c', '\u00e9', ' '), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('file' as const, 'folder' as const, 'link' as const),
    ),
    { maxLength: 12 },
  )
  .map((rows) => {
    const entries = new Map<string, TreeEntry>();
    for (const [names, type] of rows) {
      const parents = names.slice(0, -1).map((_, at) => names.slice(0, at + 1).join('/'));
      const path = names.join('/');
      if (parents.some((parent) => (entries.get(parent)?.type ?? 'folder') !== 'folder') || entries.has(path)) continue;
      for (const parent of parents) entries.set(parent, folder(parent));
      entries.set(path, type === 'file' ? file(path) : type === 'folder' ? folder(path) : link(path, '../x'));
    }
    return [...entries.values()].sort((a, b) => compareText(a.path, b.path));
  });

test('property: what is written is read back, whatever the tree', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      expect(parseTree(treeManifest(tree))).toEqual(tree);
    }),
  );
});

test('property: different trees have different digests', () => {
  fc.assert(
    fc.property(trees, trees, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(digestOfTree(one) === digestOfTree(other)).toBe(same);
    }),
  );
});

test('property: any text is refused or stays inside', () => {
  const segment = fc.constantFrom('..', '.', '', 'a', 'b', '/', 'a\0');
  const entry = fc.record({
    path: fc.array(segment, { maxLength: 4 }).map((names) => names.join('/')),
    type: fc.constantFrom('file', 'folder', 'link'),
    digest: fc.constant(digest),
    target: fc.constant('..'),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), (entries) => {
      const tree = parseTree(JSON.stringify(entries));
      for (const { path } of tree ?? []) {
        expect(path.split('/').some((name) => name === '' || name === '.' || name === '..')).toBe(false);
        for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
          expect(tree).toContainEqual(expect.objectContaining({ path: path.slice(0, slash), type: 'folder' }));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('a folder is walked in the order of its paths, deep ones without recursion', () => {
  const fs = new MemoryFileSystem();
  const deep = Array.from({ length: 1_000 }, () => 'd').join('/');
  fs.write({ [`/w/${deep}/x`]: '', '/w/a': '', '/w/a-b/c': '' });
  const walked = walkFolder(fs, '/w')?.map(({ path }) => path) ?? [];
  expect(walked).toHaveLength(1_004);
  expect(walked).toEqual([...walked].sort());
  expect(walkFolder(fs, '/w/a')).toBeUndefined();
  expect(walkFolder(fs, '/none')).toBeUndefined();
});
