// What a schema says of a param in a few words, however much it says.
import { expect, test } from 'vitest';
import type { Schema } from '../../../src/report/param-words.ts';
import { paramsOf, typeWords } from '../../../src/report/param-words.ts';

test.each<[string, Schema, string]>([
  ['list of itself', { type: 'array', items: { $ref: '#/$defs/it' } }, 'list of list of list of list of anything'],
  [
    'choice with a list of itself',
    { anyOf: [{ type: 'string' }, { type: 'array', items: { $ref: '#/$defs/it' } }] },
    'text or list',
  ],
])('a %s is said to be what it is, up to some depth', (_, it, words) => {
  const whole: Schema = { properties: { tree: { $ref: '#/$defs/it' } }, $defs: { it } };
  expect(paramsOf(whole).map(({ schema }) => typeWords(schema, whole))).toEqual([words]);
});
