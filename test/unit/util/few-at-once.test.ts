import { expect, test } from 'vitest';
import { FewAtOnce } from '../../../src/util/few-at-once.ts';

/** Tasks that end when the test says so, and the order in which they began. */
function rig(max: number) {
  const begun: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  let errors = 0;
  const few = new FewAtOnce(max, () => errors++);
  const add = (name: string) =>
    few.add(
      () =>
        new Promise((resolve, reject) => {
          begun.push(name);
          ends.set(name, { resolve, reject });
        }),
    );
  return { few, add, begun, end: (name: string) => ends.get(name), errors: () => errors };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('so many run at once, in the order in which they came', async () => {
  const { few, add, begun, end } = rig(2);
  for (const name of ['a', 'b', 'c', 'd']) add(name);
  expect(begun).toEqual(['a', 'b']);
  end('b')?.resolve();
  await turn();
  expect(begun).toEqual(['a', 'b', 'c']);
  const ended = few.ended();
  for (const name of ['a', 'c']) end(name)?.resolve();
  await turn();
  end('d')?.resolve();
  await ended;
  await few.ended();
});

test('the first error ends what has not begun, and is told when nothing runs any more', async () => {
  const { few, add, begun, end, errors } = rig(2);
  for (const name of ['a', 'b', 'c']) add(name);
  const ended = few.ended().then(
    () => 'well',
    (error: Error) => error.message,
  );
  end('a')?.reject(new Error('first'));
  await turn();
  add('d');
  end('b')?.reject(new Error('second'));
  expect(await ended).toBe('first');
  expect([begun, errors()]).toEqual([['a', 'b'], 1]);
  await expect(few.ended()).rejects.toThrow('first');
});
