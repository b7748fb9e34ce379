// Expressions that would take for ever.
import { expect, test } from 'vitest';
import { parseCel } from '../../../src/language/cel.ts';

const LIST = '[1,2,3,4,5,6,7,8,9,10]';

function nested(depth: number): string {
  return depth === 0 ? 'true' : `${LIST}.all(v${depth}, ${nested(depth - 1)})`;
}

test.each([
  [nested(5), { ok: true, value: true }],
  [nested(9), { ok: false, error: 'it takes more than 1000000 steps' }],
  ['(([1, 2])).map(a, ([a] + [2]).filter(b, a == b).map(b, b + 1))', { ok: true, value: [[2], [3, 3]] }],
  ['x.all(k, x.exists(j, k == j))', { ok: true, value: true }],
])('macros within macros take a million steps and no more: %s', (source, expected) => {
  const parsed = parseCel(source);
  expect(parsed.ok && parsed.value.evaluate({ x: { a: 1n, b: 2n } })).toEqual(expected);
});
