// Outputs come into their places whole, also from another file system, or nothing is touched.
import { expect, test } from 'vitest';
import { placeOutputs } from '../../../src/engine/place-outputs.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

/** `/tmp` is another file system than the rest. */
class TwoFileSystems extends MemoryFileSystem {
  override rename(from: string, to: string): void {
    if (from.startsWith('/tmp/') !== to.startsWith('/tmp/')) throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
    super.rename(from, to);
  }
}

function twoFileSystems(): TwoFileSystems {
  const fs = new TwoFileSystems();
  fs.write({ '/tmp/a.csv': 'new', '/tmp/dir/x': 'x', '/tmp/dir/deep/y': 'y', '/out/a.csv': 'old' });
  fs.makeFolder('/tmp/dir/empty');
  fs.makeLink('x', '/tmp/dir/link');
  fs.chmod('/tmp/dir/x', 0o755);
  return fs;
}

test('files and folders from another file system', async () => {
  const fs = twoFileSystems();
  fs.makeFolder('/out/dir');
  const outputs = [
    { from: '/tmp/a.csv', to: '/out/a.csv' },
    { from: '/tmp/dir', to: '/out/dir' },
  ];
  await placeOutputs(fs, outputs, 'tag');
  expect(fs.readText('/out/a.csv')).toBe('new');
  expect(fs.tree('/out')).toEqual({
    'a.csv': 'new',
    'dir/x': 'x',
    'dir/deep/y': 'y',
    'dir/empty/': '',
    'dir/link': '-> x',
  });
  expect(fs.stat('/out/dir/x')?.mode).toBe(0o755);
});

test('what goes wrong before the last is ready leaves all as it was', async () => {
  const fs = twoFileSystems();
  const outputs = [
    { from: '/tmp/a.csv', to: '/out/a.csv' },
    { from: '/tmp/dir/x', to: '/out/a.csv/x' },
  ];
  await expect(placeOutputs(fs, outputs, 'tag')).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
  expect(fs.tree('/out')).toEqual({ 'a.csv': 'old' });
});
