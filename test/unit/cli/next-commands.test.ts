// What is suggested can be pasted: it means the same workspace, pipeline and params.
import { expect, test } from 'vitest';
import { nextCommands } from '../../../src/cli/next-commands.ts';

test('with nothing given, nothing is added', () => {
  const command = nextCommands({ flags: { wait: true }, file: undefined, stages: [] });
  expect([command('build'), command('why', 'a'), command('log', 'a')]).toEqual([
    'wrangle build',
    'wrangle why a',
    'wrangle log a',
  ]);
});

test('what was selected stays selected', () => {
  const flags = { wait: true, select: ['state:stale,tag:nightly+', 'a b'], exclude: ['c*'] };
  const command = nextCommands({ flags, file: undefined, stages: [] });
  expect(command('build')).toBe("wrangle build -s state:stale,tag:nightly+ -s 'a b' --exclude 'c*'");
  // Its record knows what it was asked for.
  expect(command('answer', 'a=1')).toBe('wrangle resume --answer a=1');
});

test('each command has the flags that it knows and needs, quoted for a shell', () => {
  const flags = { wait: true, directory: 'my data', param: ['a=1', "b=it's"], paramsFile: 'p.yaml', keepGoing: true };
  const command = nextCommands({ flags, file: 'pipelines/full.yaml', stages: ['report'] });
  expect([command('build'), command('why', 'a b'), command('log', 'a')]).toEqual([
    String.raw`wrangle build pipelines/full.yaml report -p a=1 -p 'b=it'\''s' --params-file p.yaml -C 'my data' -k`,
    String.raw`wrangle why pipelines/full.yaml 'a b' -p a=1 -p 'b=it'\''s' --params-file p.yaml -C 'my data'`,
    "wrangle log a -C 'my data'",
  ]);
});
