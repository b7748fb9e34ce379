// Patterns in expressions, which can be slow on purpose.
import { expect, test } from 'vitest';
import { parseCel } from '../../../src/language/cel.ts';

const TEXT = `${'a'.repeat(100_000)}!`;

test.each([
  ['x.matches("^(a|a)*$")', { ok: true, value: false }],
  ['x.matches("(a+)+b") || x.matches("!$")', { ok: true, value: true }],
  ['[x, "b"].map(t, ["(a*)*c", "b"].filter(p, t.matches(p)).size())', { ok: true, value: [0, 1] }],
  ['"x.1".matches("^x\\\\.\\\\d$")', { ok: true, value: true }],
  [
    'x.matches("(" + "?=a)")',
    { ok: false, error: 'looking ahead ("(?=") cannot be used in a pattern, since it can take any amount of time' },
  ],
  ['x.matches("(" + "")', { ok: false, error: 'it is no pattern: Unterminated group' }],
])('end at once: %s', (source, expected) => {
  const parsed = parseCel(source);
  expect(parsed.ok && parsed.value.evaluate({ x: TEXT })).toEqual(expected);
});

test('one that is written out is looked at before it is asked', () => {
  expect(parseCel('x.matches("(?<!a)b")')).toEqual({
    ok: false,
    error: 'looking back ("(?<!") cannot be used in a pattern, since it can take any amount of time',
  });
  expect(parseCel('x.matches("[")')).toEqual({
    ok: false,
    error: 'it is no pattern: Unterminated character class',
  });
});

test('a call that does not fit is told by the name it was written with', () => {
  const parsed = parseCel('x.matches(1)');
  const value = parsed.ok ? parsed.value.evaluate({ x: 'a' }) : parsed;
  expect(value).toEqual({ ok: false, error: "found no matching overload for 'string.matches(int)'" });
});
