// What a stage's process wrote, which may be anything, and what is made of it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EVENT_LENGTH_MAX, parseResult, parseStageEvent, RESULT_LENGTH_MAX } from '../../../src/plugin/protocol.ts';
import { compileSchema } from '../../../src/schema/validate.ts';
import type { Json } from '../../../src/util/canonical-json.ts';

const deep = (levels: number) =>
  `{"protocol":1,"status":"ok","metrics":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;

test('the least a stage can say', () => {
  expect(parseResult('{"protocol":1,"status":"ok"}\n')).toEqual({
    ok: true,
    value: { protocol: 1, status: 'ok', metrics: {}, notes: [], discovered_inputs: [] },
  });
});

test('everything a stage can say; fields nobody knows are passed over', () => {
  const failed = {
    protocol: 1,
    status: 'failed',
    error: {
      code: 'bad-row',
      category: 'skippable',
      message: 'Row 7 is bad.',
      file: 'a.csv',
      row: 7,
      column: 'x',
      more: 1,
    },
    metrics: { rows: 7, nested: { a: [1] } },
    notes: ['one'],
    discovered_inputs: ['lib/a.txt'],
    future: true,
  };
  expect(parseResult(JSON.stringify(failed))).toEqual({
    ok: true,
    value: {
      protocol: 1,
      status: 'failed',
      error: { code: 'bad-row', category: 'skippable', message: 'Row 7 is bad.', file: 'a.csv', row: 7, column: 'x' },
      metrics: { rows: 7, nested: { a: [1] } },
      notes: ['one'],
      discovered_inputs: ['lib/a.txt'],
    },
  });
  const question = { id: 'approve', text: 'Publish?', schema: { type: 'boolean' } };
  expect(parseResult(JSON.stringify({ protocol: 1, status: 'suspended', question, error: null }))).toEqual({
    ok: true,
    value: { protocol: 1, status: 'suspended', question, metrics: {}, notes: [], discovered_inputs: [] },
  });
});

test.each([
  ['', 'it is empty.'],
  ['  \n', 'it is empty.'],
  ['Segmentation fault\n', 'it is not JSON; it begins with "Segmentation fault\\n".'],
  ['\u001b[31mred\u0000', 'it is not JSON; it begins with "\\u001b[31mred\\u0000".'],
  ['{"protocol":1,"status":"ok"', 'it is not JSON; it begins with "{\\"protocol\\":1,\\"status\\":\\"ok\\"".'],
  [`${'x'.repeat(80)}`, `it is not JSON; it begins with "${'x'.repeat(60)}…".`],
  ['[1]', 'it is not a JSON object but "[1]".'],
  ['null', 'it is not a JSON object but "null".'],
  ['{"status":"ok"}', 'its "protocol" is missing, and this wrangle speaks 1.'],
  ['{"protocol":2,"status":"ok"}', 'its "protocol" is 2, and this wrangle speaks 1.'],
  ['{"protocol":1}', 'its "status" is missing; it must be "ok", "failed" or "suspended".'],
  ['{"protocol":1,"status":"done"}', 'its "status" is "done"; it must be "ok", "failed" or "suspended".'],
  ['{"protocol":1,"status":"failed"}', 'its "status" is "failed", and "error" is missing.'],
  ['{"protocol":1,"status":"ok","error":{}}', 'its "status" is "ok", and there is an "error".'],
  ['{"protocol":1,"status":"failed","error":"x"}', 'its "error" is "x"; it must be an object.'],
  [
    '{"protocol":1,"status":"failed","error":{"code":"Bad Row","category":"critical","message":"x"}}',
    '"code" of its "error" is "Bad Row"; it must be lowercase words joined by "-".',
  ],
  [
    '{"protocol":1,"status":"failed","error":{"code":"x","category":"fatal","message":"x"}}',
    '"category" of its "error" is "fatal"; it must be "retryable", "skippable" or "critical".',
  ],
  [
    '{"protocol":1,"status":"failed","error":{"code":"x","category":"critical"}}',
    '"message" of its "error" is missing; it must be a text.',
  ],
  ['{"protocol":1,"status":"ok","metrics":[]}', 'its "metrics" is a list; it must be an object.'],
  ['{"protocol":1,"status":"ok","notes":"x"}', 'its "notes" is "x"; it must be a list of texts.'],
  [
    '{"protocol":1,"status":"ok","discovered_inputs":["a",{}]}',
    'its "discovered_inputs" has an object in it; it must be a list of texts.',
  ],
  [
    '{"protocol":1,"status":"suspended","question":{"text":"x"}}',
    '"id" of its "question" is missing; it must be a text.',
  ],
  [deep(200), 'it is nested more than 100 levels deep.'],
])('%j is no result', (text, problem) => {
  expect(parseResult(text)).toEqual({ ok: false, error: problem });
});

test('a document without end is not parsed, and one of any depth does not overflow', () => {
  expect(parseResult('x'.repeat(RESULT_LENGTH_MAX + 1))).toEqual({
    ok: false,
    error: 'it has 16777217 characters, more than the 16777216 that are read.',
  });
  expect(parseResult(deep(1_000_000))).toEqual({ ok: false, error: 'it is nested more than 100 levels deep.' });
});

test('a key called __proto__ is a key', () => {
  const parsed = parseResult(
    '{"protocol":1,"status":"ok","metrics":{"__proto__":{"polluted":1}},"__proto__":{"status":"failed"}}',
  );
  expect(parsed.ok && Object.keys(parsed.value.metrics ?? {})).toEqual(['__proto__']);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test.each([
  ['{"type":"progress","done":1,"total":2,"note":"x"}', { type: 'progress', done: 1, total: 2, note: 'x' }],
  ['{"type":"progress","note":"x"}', { type: 'progress', done: undefined, total: undefined, note: 'x' }],
  [
    '{"type":"progress","done":-1,"total":"2","note":"x"}',
    { type: 'progress', done: undefined, total: undefined, note: 'x' },
  ],
  ['{"type":"metric","name":"rows","value":[1]}', { type: 'metric', name: 'rows', value: [1] }],
  ['{"type":"metric","name":"rows","value":null}', { type: 'metric', name: 'rows', value: null }],
  ['{"type":"log","level":"warning","message":"x","more":1}', { type: 'log', level: 'warning', message: 'x' }],
  ['{"type":"log","level":"shout","message":"x"}', { type: 'log', level: 'info', message: 'x' }],
])('%s is an event', (line, event) => {
  expect(parseStageEvent(line)).toEqual(event);
});

test.each([
  '',
  'x',
  '[]',
  '{"type":"other"}',
  '{"type":"progress"}',
  '{"type":"metric","name":""}',
  '{"type":"metric","name":"x"}',
  '{"type":"log"}',
  '{"type":"log","message":"half',
])('%j is no event', (line) => {
  expect(parseStageEvent(line)).toBeUndefined();
});

test('a line without end is no event', () => {
  expect(parseStageEvent(`{"type":"log","message":"${'x'.repeat(EVENT_LENGTH_MAX)}"}`)).toBeUndefined();
});

test.each(['plugin', 'request', 'result', 'stage-event'])('the schema of %s can be used', (name) => {
  const schema = JSON.parse(
    readFileSync(new URL(`../../../schemas/${name}.schema.json`, import.meta.url), 'utf8'),
  ) as Json;
  expect(compileSchema(schema)).toMatchObject({ ok: true });
});

test('of a batch, each item has a result of its own, and one that is wrong is wrong for that item alone', () => {
  const items = [
    { key: 'a', status: 'ok', metrics: { n: 1 }, later: true },
    { key: 'b', status: 'failed', error: { code: 'gone', category: 'skippable', message: 'Gone.' } },
    { key: 'c', status: 'suspended', question: { id: 'q', text: 'Really?' } },
    { key: 'd', status: 'done' },
  ];
  const rest = { metrics: {}, notes: [], discovered_inputs: [] };
  const read = [
    { key: 'a', result: { ok: true, value: { status: 'ok', ...rest, metrics: { n: 1 } } } },
    { key: 'b', result: { ok: true, value: { status: 'failed', error: items[1]?.error, ...rest } } },
    { key: 'c', result: { ok: true, value: { status: 'suspended', question: items[2]?.question, ...rest } } },
    {
      key: 'd',
      result: { ok: false, error: 'its "status" is "done"; it must be "ok", "failed" or "suspended".' },
    },
  ];
  const document = { protocol: 1, status: 'ok', items };
  expect(parseResult(JSON.stringify(document))).toEqual({
    ok: true,
    value: { protocol: 1, status: 'ok', ...rest, items: read },
  });
  const told = items.map((item) => parseStageEvent(JSON.stringify({ type: 'item', ...item })));
  expect(told).toEqual(read.map((item) => ({ type: 'item', ...item })));
});

test.each([
  [{}, 'its "items" is an object; it must be a list.'],
  [[1], 'its "items" has 1 in it that has no "key".'],
  [[{ status: 'ok' }], 'its "items" has an object in it that has no "key".'],
])('items that are none: %j', (items, error) => {
  expect(parseResult(JSON.stringify({ protocol: 1, status: 'ok', items }))).toEqual({ ok: false, error });
});

test('an event may say which item it is about', () => {
  expect(parseStageEvent('{"type":"log","key":"a","message":"x"}')).toEqual({
    type: 'log',
    key: 'a',
    level: 'info',
    message: 'x',
  });
  expect(parseStageEvent('{"type":"metric","key":"a","name":"n","value":1}')).toMatchObject({ key: 'a' });
  expect(parseStageEvent('{"type":"progress","key":1,"done":1}')).toEqual({ type: 'progress', done: 1 });
  expect(parseStageEvent('{"type":"item","status":"ok"}')).toBeUndefined();
});

test('the schema of results and the reader agree', () => {
  const text = readFileSync(new URL('../../../schemas/result.schema.json', import.meta.url), 'utf8');
  const schema = compileSchema(JSON.parse(text) as Json);
  if (!schema.ok) throw new Error(schema.error);
  const error = { code: 'x', category: 'critical', message: 'x' };
  const documents: Json[] = [
    { protocol: 1, status: 'ok' },
    { protocol: 1, status: 'failed', error },
    { protocol: 1, status: 'suspended', question: { id: 'a', text: 'b' } },
    { protocol: 2, status: 'ok' },
    { protocol: 1, status: 'done' },
    { protocol: 1, status: 'failed', error: { ...error, code: 'A B' } },
    { protocol: 1, status: 'failed', error: { ...error, category: 'x' } },
    { protocol: 1, status: 'failed', error: { ...error, message: '' } },
    { protocol: 1, status: 'ok', metrics: [] },
    { protocol: 1, status: 'ok', notes: [1] },
    { protocol: 1, status: 'ok', discovered_inputs: 'x' },
    { protocol: 1, status: 'suspended', question: { id: '' } },
    { protocol: 1, status: 'ok', items: [{ key: 'a', status: 'ok' }] },
    { protocol: 1, status: 'ok', items: [{ status: 'ok' }] },
  ];
  for (const document of documents) {
    expect([document, parseResult(JSON.stringify(document)).ok]).toEqual([
      document,
      schema.value(document).length === 0,
    ]);
  }
});
