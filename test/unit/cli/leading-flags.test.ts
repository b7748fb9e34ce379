// Flags before the command mean what they mean behind it.
import { expect, test } from 'vitest';
import { commandFirst, directoryOf, pluginsWanted } from '../../../src/cli/leading-flags.ts';

test.each([
  ['status', 'status'],
  ['-C dir status', 'status -C dir'],
  ['-C dir -q status --exit-code', 'status -C dir -q --exit-code'],
  ['-Cdir --json build p.yaml', 'build -Cdir --json p.yaml'],
  ['--directory dir --color never plan', 'plan --directory dir --color never'],
  ['--directory=dir --color=never plan', 'plan --directory=dir --color=never'],
  ['-qvC dir plan', 'plan -qvC dir'],
  ['-C status build', 'build -C status'],
  ['-C dir help build', 'help build -C dir'],
  // Nothing to move, or nothing that is known.
  ['-V', '-V'],
  ['--help', '--help'],
  ['-C dir', '-C dir'],
  ['-C', '-C'],
  ['-C dir --help', '-C dir --help'],
  ['--jobs 4 build', '--jobs 4 build'],
  ['-k build', '-k build'],
  ['', ''],
])('%s', (written, meant) => {
  const words = (line: string) => line.split(' ').filter((word) => word !== '');
  expect(commandFirst(words(written))).toEqual(words(meant));
});

test.each([
  ['status', undefined],
  ['help build', undefined],
  ['-V', undefined],
  ['stage x/y', 'a-type'],
  ['profile --data x', 'a-command'],
  ['help profile', 'a-command'],
  ['help', 'all'],
  ['--help', 'all'],
  ['', 'all'],
])('plugins are asked for "%s": %s', (line, expected) => {
  expect(pluginsWanted(line.split(' ').filter((word) => word !== ''))).toBe(expected);
});

test.each([
  ['profile -C a --data b', 'a'],
  ['profile -Ca -vqC b', 'b'],
  ['profile --directory=a', 'a'],
  ['profile --directory a -- -C b', 'a'],
  ['profile --data a', undefined],
])('the folder of "%s" is %s', (line, expected) => {
  expect(directoryOf(line.split(' '))).toBe(expected);
});
