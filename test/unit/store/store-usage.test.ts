// How much the store holds, without looking: told by many, never trusted when it is damaged.
import { expect, test } from 'vitest';
import { StoreUsage } from '../../../src/store/store-usage.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

function rig() {
  const fs = new MemoryFileSystem();
  fs.makeFolder('/s');
  return { fs, open: () => new StoreUsage(fs, '/s') };
}

test('what was counted once and what each has added since', () => {
  const { open } = rig();
  expect(open().read()).toBeUndefined();
  open().write(1000);
  const [one, two] = [open(), open()];
  one.add(10);
  two.add(5);
  one.add(1);
  expect(open().read()).toBe(1000);
  two.tell();
  one.tell();
  one.tell();
  expect(open().read()).toBe(1016);
  expect(one.addedBytes).toBe(11);
});

test('much is told at once, so that a kill does not hide it', () => {
  const { open } = rig();
  open().write(0);
  open().add(100 << 20);
  expect(open().read()).toBe(100 << 20);
});

test.each(['', '+1\n', '=x\n', '=1\n+2\nx\n', '=1\n-5\n', `=1\n${'+1\n'.repeat(30_000)}`, '=99999999999999999999\n'])(
  'damaged (%j): nobody has counted',
  (text) => {
    const { fs, open } = rig();
    fs.write({ '/s/usage': text });
    expect(open().read()).toBeUndefined();
    open().write(7);
    expect(open().read()).toBe(7);
  },
);

test('a store that cannot be written keeps nobody from going on', () => {
  const { fs, open } = rig();
  open().write(5);
  const usage = open();
  usage.add(3);
  fs.failNext('appendFile', 'EROFS');
  usage.tell();
  fs.failNext('writeFile', 'EROFS');
  open().write(9);
  expect(open().read()).toBe(5);
  usage.tell();
  expect(open().read()).toBe(8);
});
