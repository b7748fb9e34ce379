import { expect, test } from 'vitest';
import { KeySet } from '../../../src/contents/key-set.ts';

test('finds every key again, with the place where it was first', () => {
  const keys = new KeySet(0, 1);
  for (let at = 1; at <= 20_000; at++) expect(keys.add(`key ${at}`, at)).toBeUndefined();
  for (let at = 1; at <= 20_000; at += 97) expect(keys.add(`key ${at}`, 30_000)).toBe(at);
});

test('parts have each key in exactly one of them', () => {
  const names = Array.from({ length: 3000 }, (_, at) => `key ${at % 1000}`);
  const repeats = [0, 1, 2].map((part) => {
    const keys = new KeySet(part, 3);
    return names.filter((name, at) => keys.add(name, at + 1) !== undefined).length;
  });
  expect(repeats.reduce((sum, count) => sum + count)).toBe(2000);
  for (const count of repeats) expect(count).toBeGreaterThan(500);
});
