// Operators on how texts are written, whatever they mean.
import { expect, test } from 'vitest';
import { trimWhitespace } from '../../src/operators/trim-whitespace.ts';
import { candidatesOf, edits, oneColumn, proposed } from './support.ts';

test('blanks around values go', async () => {
  const done = await proposed(oneColumn([' Bath', 'York\t', 'Hull', 'New  York']), trimWhitespace);
  expect(edits(done)).toEqual(['0:  Bath → Bath', '1: York\t → York']);
  expect(done.again).toEqual(done.table);
  expect(await candidatesOf(oneColumn(['Bath', 'York']), trimWhitespace)).toEqual([]);
});
