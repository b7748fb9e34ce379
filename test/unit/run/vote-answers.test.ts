import { expect, test } from 'vitest';
import { answerOf } from '../../../src/run/vote-answers.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

async function areSame(name: string, one: string, other: string): Promise<boolean> {
  const fs = new MemoryFileSystem();
  fs.write({ [`/w/1/${name}`]: one, [`/w/2/${name}`]: other });
  const port = { name: 'out', path: name } as never;
  const answers = await Promise.all(
    ['1', '2'].map((at) => answerOf(fs, undefined, [{ port, path: name, at: `/w/${at}/${name}` }])),
  );
  const [first, second] = answers.map((answer) => (answer.ok ? answer.value.key : answer.error));
  return first === second;
}

test.each([
  ['spaces and the order of members', 'x.json', '{"a":1,"b":[1]}', '{ "b": [1.0],\n"a": 1e0 }\n', true],
  ['values', 'x.json', '{"a":1}', '{"a":2}', false],
  ['types', 'x.json', '1', '"1"', false],
  ['bytes of what is no JSON document', 'x.txt', '{"a":1}', '{ "a": 1 }', false],
  ['bytes of what should be one', 'x.json', '{"a":', '{"a" :', false],
  // Both are the same number to whoever reads it as most programs do.
  ['numbers that are not kept exactly', 'x.json', '{"id":9007199254740993}', '{"id":9007199254740992}', false],
  ['numbers that are too large', 'x.json', '[1e400]', '[1e500]', false],
  ['the same of those', 'x.json', '[1e400]', '[1e400]', true],
])('answers are told apart by %s', async (_, name, one, other, same) => {
  expect(await areSame(name, one, other)).toBe(same);
});
