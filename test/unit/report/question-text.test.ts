// What a stage waits for, as a person reads it, and the command that is to be pasted.
import { expect, test } from 'vitest';
import type { AwaitedAnswer } from '../../../src/model/question.ts';
import { answerCommand, questionLines } from '../../../src/report/question-text.ts';
import { PLAIN } from '../../../src/report/style.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import { APPROVE } from './sample-run.ts';

const show = (question: AwaitedAnswer) => questionLines('review', question, PLAIN).join('\n');
const withSchema = (schema: Json) => answerCommand('review', { ...APPROVE, schema });

test('the question, its file, and what is wrong with what stands there', () => {
  const problem = 'answers/review.json: the answer to "approve" must be true or false, not "yes".';
  expect(show({ ...APPROVE, problem })).toMatchInlineSnapshot(`
    "suspended review waits for an answer:
      Is the report to be published?
      file: answers/review.json such as {"approve":true}
      but:  answers/review.json: the answer to "approve" must be true or false, not "yes"."
  `);
});

test('text from a stage keeps its lines and can do no harm', () => {
  expect(show({ ...APPROVE, text: `one\n\u001b[2J${'two\n'.repeat(20)}` })).toMatchInlineSnapshot(`
    "suspended review waits for an answer:
      one
      ^[[2Jtwo
      two
      two
      two
      two
      two
      two
      two
      two
      two
      two
      …
      file: answers/review.json such as {"approve":true}"
  `);
});

test.each<[Json, string]>([
  [null, `wrangle resume --answer 'review={"approve":"..."}'`],
  [{ type: 'boolean' }, `wrangle resume --answer 'review={"approve":true}'`],
  [{ enum: ["it's", 'b'] }, `wrangle resume --answer 'review={"approve":"it'\\''s"}'`],
  [{ type: 'integer', minimum: 3 }, `wrangle resume --answer 'review={"approve":3}'`],
  [{ type: 'array', items: { type: 'number' } }, `wrangle resume --answer 'review={"approve":[1]}'`],
  [
    { type: 'object', properties: { ok: { type: 'boolean' }, note: { type: 'string' } }, required: ['ok', 'why'] },
    `wrangle resume --answer 'review={"approve":{"ok":true,"why":"..."}}'`,
  ],
])('the command has something of the right kind in it: %j', (schema, command) => {
  expect(withSchema(schema)).toBe(command);
});
