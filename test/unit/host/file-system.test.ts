// The contract of FileSystem, checked on the real disk and on the one in memory, so that tests on the latter count.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NodeFileSystem } from '../../../src/host/node-file-system.ts';
import type { FileSystem } from '../../../src/ports/file-system.ts';
import { sha256 } from '../../../src/util/hash.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'no code';
  }
  return 'no error';
}

async function rejectionOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: NodeJS.ErrnoException) => error.code ?? 'no code',
  );
}

const kinds: [string, () => { fs: FileSystem; root: string; done: () => void }][] = [
  [
    'NodeFileSystem',
    () => {
      const root = mkdtempSync(join(tmpdir(), 'wrangle-fs-'));
      return { fs: new NodeFileSystem(), root, done: () => rmSync(root, { recursive: true, force: true }) };
    },
  ],
  [
    'MemoryFileSystem',
    () => {
      const fs = new MemoryFileSystem();
      fs.makeFolder('/memory/space');
      return { fs, root: '/memory/space', done: () => undefined };
    },
  ],
];

describe.each(kinds)('%s', (_name, make) => {
  let fs: FileSystem;
  let root: string;
  let done: () => void;
  const at = (path: string) => join(root, path);
  const names = (path: string) =>
    fs
      .readFolder(at(path))
      ?.map((entry) => `${entry.type} ${entry.name}`)
      .sort();

  beforeEach(() => {
    ({ fs, root, done } = make());
  });
  afterEach(() => done());

  test('what is not there is undefined, also through a file and through a link that leads nowhere', () => {
    fs.writeFile(at('file'), 'x');
    fs.makeLink('nowhere', at('dangling'));
    fs.makeLink('circle', at('circle'));
    for (const path of ['missing', 'missing/deep', 'file/below', 'dangling', 'circle']) {
      expect(fs.stat(at(path))).toBeUndefined();
      expect(fs.readFile(at(path))).toBeUndefined();
      expect(fs.readText(at(path))).toBeUndefined();
      expect(fs.readFolder(at(path))).toBeUndefined();
      expect(fs.realPath(at(path))).toBeUndefined();
    }
    for (const path of ['missing', 'missing/deep', 'file/below']) expect(fs.lstat(at(path))).toBeUndefined();
    expect(fs.readFolder(at('file'))).toBeUndefined();
  });

  test('readPart reads from where it is told, and no more than there is', () => {
    fs.writeFile(at('file'), '0123456789');
    const part = (offset: number, length: number) =>
      Buffer.from(fs.readPart(at('file'), offset, length) ?? []).toString();
    expect([part(0, 4), part(4, 4), part(8, 4), part(10, 4), part(99, 4), part(3, 0)]).toEqual([
      '0123',
      '4567',
      '89',
      '',
      '',
      '',
    ]);
    expect(fs.readPart(at('missing'), 0, 4)).toBeUndefined();
    expect(fs.readPart(at('file/below'), 0, 4)).toBeUndefined();
  });

  test('types: lstat sees the link, stat what it leads to', () => {
    fs.writeFile(at('file'), 'four');
    fs.makeFolder(at('folder'));
    fs.makeLink('file', at('to-file'));
    fs.makeLink('folder', at('to-folder'));
    const types = (path: string) => [fs.lstat(at(path))?.type, fs.stat(at(path))?.type];
    expect(types('file')).toEqual(['file', 'file']);
    expect(types('folder')).toEqual(['folder', 'folder']);
    expect(types('to-file')).toEqual(['link', 'file']);
    expect(types('to-folder')).toEqual(['link', 'folder']);
    expect(fs.stat(at('to-file'))?.size).toBe(4);
    expect(fs.readLink(at('to-file'))).toBe('file');
    expect(codeOf(() => fs.readLink(at('file')))).toBe('EINVAL');
    expect(codeOf(() => fs.readLink(at('missing')))).toBe('ENOENT');
    expect(names('.')).toEqual(['file file', 'folder folder', 'link to-file', 'link to-folder']);
  });

  test('links in the middle of a path are followed, `..` after them included', () => {
    fs.makeFolder(at('a/b'));
    fs.writeFile(at('a/b/file'), 'text');
    fs.makeLink('a/b', at('link'));
    fs.makeLink(at('a'), at('absolute'));
    expect(fs.readText(at('link/file'))).toBe('text');
    expect(fs.readText(at('absolute/b/file'))).toBe('text');
    expect(fs.readText(`${root}/link/../b/file`)).toBe('text');
    expect(fs.realPath(at('link/file'))).toBe(join(fs.realPath(root) ?? '', 'a/b/file'));
    fs.writeFile(at('link/new'), 'n');
    expect(names('a/b')).toEqual(['file file', 'file new']);
  });

  test('writeFile creates, truncates, writes through a link and keeps the mode of what was there', () => {
    fs.writeFile(at('file'), 'a longer text');
    fs.writeFile(at('file'), new Uint8Array([0xff, 0x00]));
    expect([...(fs.readFile(at('file')) ?? [])]).toEqual([0xff, 0x00]);
    expect(fs.stat(at('file'))?.size).toBe(2);
    fs.makeLink('file', at('link'));
    fs.writeFile(at('link'), 'through');
    expect(fs.readText(at('file'))).toBe('through');
    expect(fs.lstat(at('link'))?.type).toBe('link');
    fs.chmod(at('file'), 0o600);
    fs.writeFile(at('file'), 'again', { mode: 0o755 });
    expect(fs.stat(at('file'))?.mode).toBe(0o600);
    fs.writeFile(at('tool'), '', { mode: 0o755 });
    expect(fs.stat(at('tool'))?.mode).toBe(0o755 & ~process.umask());
    expect(codeOf(() => fs.writeFile(at('no/folder'), ''))).toBe('ENOENT');
    expect(codeOf(() => fs.writeFile(at('file/below'), ''))).toBe('ENOTDIR');
    expect(codeOf(() => fs.writeFile(root, ''))).toBe('EISDIR');
  });

  test('an exclusive write leaves alone what is there, a link that leads nowhere included', () => {
    fs.writeFile(at('file'), 'first', { exclusive: true });
    fs.makeLink('target', at('link'));
    expect(codeOf(() => fs.writeFile(at('file'), 'second', { exclusive: true }))).toBe('EEXIST');
    expect(codeOf(() => fs.writeFile(at('link'), 'second', { exclusive: true }))).toBe('EEXIST');
    expect(fs.readText(at('file'))).toBe('first');
    expect(names('.')).toEqual(['file file', 'link link']);
  });

  test('appendFile creates and adds', () => {
    fs.appendFile(at('log'), 'one\n');
    fs.appendFile(at('log'), 'zwö\n');
    expect(fs.readText(at('log'))).toBe('one\nzwö\n');
    expect(codeOf(() => fs.appendFile(at('no/folder'), ''))).toBe('ENOENT');
  });

  test('a part of a file may be read, and there may be less than was asked for', () => {
    fs.writeFile(at('file'), 'one two');
    const part = (from: number, bytesMax: number) =>
      Buffer.from(fs.readPart(at('file'), from, bytesMax) ?? []).toString();
    expect([part(0, 3), part(4, 100), part(7, 5), part(100, 5)]).toEqual(['one', 'two', '', '']);
    expect(fs.readPart(at('missing'), 0, 5)).toBeUndefined();
    expect(codeOf(() => fs.readPart(root, 0, 5))).toBe('EISDIR');
  });

  test('reading a folder as a file is an error', () => {
    expect(codeOf(() => fs.readFile(root))).toBe('EISDIR');
    expect(codeOf(() => fs.readText(root))).toBe('EISDIR');
  });

  test('makeFolder makes parents and minds no folder, but a file', () => {
    fs.makeFolder(at('a/b/c'));
    fs.makeFolder(at('a/b/c'));
    fs.writeFile(at('a/file'), '');
    expect(names('a')).toEqual(['file file', 'folder b']);
    expect(codeOf(() => fs.makeFolder(at('a/file')))).toBe('EEXIST');
    expect(codeOf(() => fs.makeFolder(at('a/file/below')))).toBe('ENOTDIR');
  });

  test('rename replaces files and empty folders, and nothing else', () => {
    fs.writeFile(at('new'), 'new');
    fs.writeFile(at('old'), 'old');
    fs.rename(at('new'), at('old'));
    expect(fs.readText(at('old'))).toBe('new');
    expect(fs.lstat(at('new'))).toBeUndefined();
    fs.makeFolder(at('full/inner'));
    fs.makeFolder(at('empty'));
    expect(codeOf(() => fs.rename(at('empty'), at('full')))).toBe('ENOTEMPTY');
    expect(codeOf(() => fs.rename(at('empty'), at('old')))).toBe('ENOTDIR');
    expect(codeOf(() => fs.rename(at('old'), at('empty')))).toBe('EISDIR');
    expect(codeOf(() => fs.rename(at('full'), at('full/inner/self')))).toBe('EINVAL');
    expect(codeOf(() => fs.rename(at('missing'), at('other')))).toBe('ENOENT');
    expect(codeOf(() => fs.rename(at('old'), at('no/folder')))).toBe('ENOENT');
    fs.rename(at('full'), at('empty'));
    expect(names('.')).toEqual(['file old', 'folder empty']);
    expect(names('empty')).toEqual(['folder inner']);
    fs.makeLink('old', at('link'));
    fs.rename(at('link'), at('moved'));
    expect(fs.readLink(at('moved'))).toBe('old');
  });

  test('remove takes everything, links as links, and minds nothing that is missing', () => {
    fs.makeFolder(at('keep'));
    fs.writeFile(at('keep/file'), 'kept');
    fs.makeFolder(at('tree/a/b'));
    fs.writeFile(at('tree/a/b/file'), '');
    fs.makeLink('../keep', at('tree/link'));
    fs.remove(at('tree'));
    fs.remove(at('tree'));
    fs.remove(at('keep/file/below'));
    fs.makeLink('keep', at('link'));
    fs.remove(at('link'));
    expect(names('.')).toEqual(['folder keep']);
    expect(fs.readText(at('keep/file'))).toBe('kept');
  });

  test('removeEmptyFolder removes nothing else', () => {
    fs.makeFolder(at('full/empty'));
    fs.writeFile(at('file'), '');
    expect(fs.removeEmptyFolder(at('full'))).toBe(false);
    expect(fs.removeEmptyFolder(at('file'))).toBe(false);
    expect(fs.removeEmptyFolder(at('missing'))).toBe(false);
    expect(fs.removeEmptyFolder(at('full/empty'))).toBe(true);
    expect(names('full')).toEqual([]);
  });

  test('makeLink replaces nothing', () => {
    fs.writeFile(at('file'), '');
    expect(codeOf(() => fs.makeLink('x', at('file')))).toBe('EEXIST');
    expect(codeOf(() => fs.makeLink('x', at('no/folder')))).toBe('ENOENT');
  });

  test('touch makes old contents young, and does not follow links', () => {
    fs.writeFile(at('file'), 'old');
    fs.makeLink('file', at('link'));
    fs.makeLink('nowhere', at('dangling'));
    const before = fs.lstat(at('file'));
    fs.chmod(at('file'), 0o444);
    fs.touch(at('link'));
    fs.touch(at('dangling'));
    expect(fs.lstat(at('file'))?.mtimeNs).toBe(before?.mtimeNs);
    fs.touch(at('file'));
    const after = fs.lstat(at('file'));
    // The system's clock and that of the file system may differ by a tick.
    expect(Number((after?.mtimeNs ?? 0n) - (before?.mtimeNs ?? 0n))).toBeGreaterThan(-20e6);
    expect([after?.size, after?.mode]).toEqual([3, 0o444]);
    expect(after?.key).not.toBe(before?.key);
    expect(codeOf(() => fs.touch(at('missing')))).toBe('ENOENT');
  });

  test('chmod follows links', () => {
    fs.writeFile(at('file'), '');
    fs.makeLink('file', at('link'));
    fs.chmod(at('link'), 0o444);
    expect(fs.stat(at('file'))?.mode).toBe(0o444);
    expect(codeOf(() => fs.chmod(at('missing'), 0o444))).toBe('ENOENT');
  });

  test('the key stays while nothing happens and changes with contents, mode, name and inode', () => {
    fs.writeFile(at('file'), 'text');
    const keys = [fs.lstat(at('file'))?.key];
    expect(fs.lstat(at('file'))?.key).toBe(keys[0]);
    fs.readFile(at('file'));
    expect(fs.lstat(at('file'))?.key).toBe(keys[0]);
    fs.writeFile(at('file'), 'longer text');
    keys.push(fs.lstat(at('file'))?.key);
    fs.chmod(at('file'), 0o755);
    keys.push(fs.lstat(at('file'))?.key);
    fs.writeFile(at('other'), 'longer text');
    fs.rename(at('other'), at('file'));
    keys.push(fs.lstat(at('file'))?.key);
    expect(new Set(keys).size).toBe(4);
    expect(keys[0]).toMatch(/^4:[0-9]+:[0-9]+:[0-9]+:[0-9]+$/);
  });

  test.each([
    ['nothing', 0],
    ['a little', 10],
    ['the most that is read at once', 256 * 1024],
    ['one byte more', 256 * 1024 + 1],
    ['several pieces', 3 * 1024 * 1024 + 7],
  ])('hashFile and copyFile of %s', async (_what, size) => {
    const bytes = new Uint8Array(size).map((_, i) => (i * 31 + (i >> 12)) & 0xff);
    const hashed = { sha256: sha256(bytes), size };
    fs.writeFile(at('from'), bytes, { mode: 0o755 });
    fs.chmod(at('from'), 0o755);
    expect(await fs.hashFile(at('from'))).toEqual(hashed);
    expect(await fs.copyFile(at('from'), at('to'))).toEqual(hashed);
    expect(sha256(fs.readFile(at('to')) ?? 'nothing')).toBe(hashed.sha256);
    expect(fs.stat(at('to'))?.mode).toBe(0o666 & ~process.umask());
    expect(await rejectionOf(fs.copyFile(at('from'), at('to')))).toBe('EEXIST');
    expect(await fs.hashFile(at('to'))).toEqual(hashed);
  });

  test('many large files at once are hashed right', async () => {
    const paths = Array.from({ length: 20 }, (_, i) => at(`large-${i}`));
    for (const [i, path] of paths.entries()) fs.writeFile(path, new Uint8Array(300_000 + i).fill(i));
    const hashes = await Promise.all(paths.map((path) => fs.hashFile(path)));
    expect(hashes).toEqual(
      paths.map((_, i) => ({ sha256: sha256(new Uint8Array(300_000 + i).fill(i)), size: 300_000 + i })),
    );
  });

  test('hashFile and copyFile take regular files only, and leave no copy behind', async () => {
    fs.writeFile(at('file'), '');
    fs.makeLink('file', at('link'));
    for (const [path, code] of [
      ['link', 'ELOOP'],
      ['.', 'EISDIR'],
      ['missing', 'ENOENT'],
    ] as const) {
      expect(await rejectionOf(fs.hashFile(at(path)))).toBe(code);
      expect(await rejectionOf(fs.copyFile(at(path), at('to')))).toBe(code);
    }
    expect(await rejectionOf(fs.copyFile(at('file'), at('no/folder')))).toBe('ENOENT');
    expect(names('.')).toEqual(['file file', 'link link']);
  });

  test('sync takes files and folders', async () => {
    fs.writeFile(at('file'), '');
    await fs.sync(at('file'));
    await fs.sync(root);
    expect(await rejectionOf(fs.sync(at('missing')))).toBe('ENOENT');
  });

  test('names may be anything', () => {
    const odd = [
      'a b',
      'new\nline',
      '"quoted"',
      '$HOME',
      '*',
      '-rf',
      '\u{1f600}',
      'e\u0301',
      '\u00e9',
      '\u{fffd}',
      'ä'.repeat(127),
    ];
    for (const name of odd) fs.writeFile(at(name), name);
    expect(
      fs
        .readFolder(root)
        ?.map((entry) => entry.name)
        .sort(),
    ).toEqual([...odd].sort());
    for (const name of odd) expect(fs.readText(at(name))).toBe(name);
  });
});
