// Inputs as they are on the disk: order, globs, what is missing.
import { expect, test } from 'vitest';
import { FileDigests } from '../../../src/digest/file-digests.ts';
import { digestOfPath, resolveInputs } from '../../../src/digest/resolve-inputs.ts';
import type { StageParts } from '../../support/make-stage.ts';
import { makeStage } from '../../support/make-stage.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

async function resolve(inputs: NonNullable<StageParts['inputs']>, files: readonly string[]) {
  const fs = new MemoryFileSystem();
  fs.write(Object.fromEntries(files.map((path) => [path.startsWith('/') ? path : `/w/${path}`, path])));
  fs.makeFolder('/w/dir.csv');
  if (fs.lstat('/w/a.csv')) fs.makeLink('a.csv', '/w/link.csv');
  fs.makeLink('nowhere', '/w/broken.csv');
  const digests = new FileDigests({
    fs,
    workspace: '/w',
    remembered: new Map(),
    mayRead: true,
    granularityNs: () => 0n,
    now: undefined,
    sleep: () => Promise.resolve(),
  });
  const found = await resolveInputs(makeStage('s', { inputs }), fs, '/w', digestOfPath(digests), digests);
  const ports = Object.fromEntries(found.ports.map(({ name, paths }) => [name, paths.map(({ path }) => path)]));
  return { fs, ports, missing: found.missing, lists: found.ports.filter(({ list }) => list).map(({ name }) => name) };
}

test('declared order is kept, and what is not there is named', async () => {
  const { ports, missing, lists } = await resolve(
    { many: ['z.csv', 'a.csv', 'none.csv', 'z.csv'], one: 'a.csv', dir: 'sub/', gone: 'lost/' },
    ['z.csv', 'a.csv', 'sub/x'],
  );
  expect(ports).toEqual({ many: ['z.csv', 'a.csv', 'z.csv'], one: ['a.csv'], dir: ['sub'], gone: [] });
  expect(missing).toEqual(['lost', 'none.csv']);
  expect(lists).toEqual(['many']);
});

test('a glob is a list of files, sorted by code unit; links to files count, folders and broken links do not', async () => {
  const { ports, lists, missing } = await resolve({ data: '*.csv' }, [
    'b.csv',
    'a.csv',
    'B.csv',
    '\u00e4.csv',
    'x.json',
    '.h.csv',
  ]);
  expect(ports).toEqual({ data: ['B.csv', 'a.csv', 'b.csv', 'link.csv', '\u00e4.csv'] });
  expect([lists, missing]).toEqual([['data'], []]);
});

test('a glob that finds nothing is an empty list', async () => {
  expect((await resolve({ data: 'none/*.csv' }, [])).ports).toEqual({ data: [] });
});

test('a glob never looks into the folders of wrangle and git, at any depth', async () => {
  const { ports, fs } = await resolve({ data: '**/*' }, [
    '.wrangle/x',
    '.git/x',
    'sub/.git/x',
    'sub/.wrangle/x',
    'sub/y',
  ]);
  expect(ports).toEqual({ data: ['sub/y'] });
  expect(fs.count('readFolder', '.wrangle') + fs.count('readFolder', '.git')).toBe(0);
});

test('a glob looks only where it can find something', async () => {
  const { ports, fs } = await resolve({ data: 'data/*/x.csv' }, [
    'data/a/x.csv',
    'data/a/deep/er/x.csv',
    'node_modules/data/a/x.csv',
  ]);
  expect(ports).toEqual({ data: ['data/a/x.csv'] });
  expect(fs.operations.filter(({ op }) => op === 'readFolder').map(({ path }) => path)).toEqual([
    '/w/data',
    '/w/data/a',
  ]);
});

test('absolute globs find absolute paths', async () => {
  const { ports } = await resolve({ a: '/data/*.csv', b: '/*/x.csv' }, ['/data/x.csv', '/data/y.csv']);
  expect(ports).toEqual({ a: ['/data/x.csv', '/data/y.csv'], b: ['/data/x.csv'] });
});
