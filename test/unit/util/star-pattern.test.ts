import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchStars, mayMeet, starsOfGlob } from '../../../src/util/star-pattern.ts';

test.each([
  ['build/*.json', 'build/a.json', true],
  ['build/*.json', 'build/a/b.json', true],
  ['build/*.json', 'build/.json', true],
  ['build/*.json', 'build/a.csv', false],
  ['build/*.json', 'data/*', false],
  ['build/*.json', '*', true],
  ['a/*/x.csv', 'a/b/*', true],
  ['a/*.csv', 'a/*.json', false],
  ['ab*', 'a*b', true],
  ['a', 'a', true],
  ['a', 'b', false],
])('%s and %s: %s', (a, b, meets) => {
  expect(mayMeet(a, b)).toBe(meets);
  expect(mayMeet(b, a)).toBe(meets);
});

test('a glob becomes a pattern that fits all it matches', () => {
  expect(starsOfGlob('data/**/*.csv')).toBe('data/*.csv');
  expect(starsOfGlob('d/[a-c]?{x,y}.txt')).toBe('d/*.txt');
});

const patterns = fc.array(fc.constantFrom('a', 'b', '*', '/'), { maxLength: 6 }).map((parts) => parts.join(''));
const texts = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 6 }).map((parts) => parts.join(''));

test('property: what fits both patterns means that they meet', () => {
  fc.assert(
    fc.property(patterns, patterns, texts, (a, b, text) => {
      fc.pre(matchStars(a)(text) && matchStars(b)(text));
      expect(mayMeet(a, b)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('property: without a star only the same text meets, with one what the pattern matches', () => {
  fc.assert(
    fc.property(patterns, texts, (pattern, text) => {
      expect(mayMeet(pattern, text)).toBe(matchStars(pattern)(text));
    }),
    { numRuns: 500 },
  );
});
