// JSON Schema findings in words; which schemas are refused; depth; defaults.
import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../../src/schema/defaults.ts';
import { compileSchema } from '../../../src/schema/validate.ts';
import type { Json } from '../../../src/util/canonical-json.ts';

function findings(schema: Json, value: Json): string[] {
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(compiled.error);
  return compiled.value(value).map(({ pointer, message, suggestion }) => {
    const near = suggestion === undefined ? '' : ` (${suggestion})`;
    return `${JSON.stringify(pointer)} ${message}${near}`;
  });
}

const object = (properties: Json, rest: object = {}): Json => ({ type: 'object', properties, ...rest }) as Json;

test.each<[Json, Json, string[]]>([
  [{ type: 'integer' }, 'abc', ['[] must be a whole number, not "abc"']],
  [{ type: 'integer', minimum: 3 }, 1.5, ['[] must be a whole number, not 1.5']],
  [{ type: ['string', 'null'] }, [], ['[] must be text or null, not a list']],
  [{ enum: ['halt', 'continue'] }, 'hallt', ['[] must be "halt" or "continue", not "hallt" (halt)']],
  [{ const: 1 }, 2, ['[] must be 1, not 2']],
  [{ type: 'number', maximum: 5 }, 6, ['[] must be at most 5, not 6']],
  [{ type: 'number', exclusiveMinimum: 0 }, 0, ['[] must be more than 0, not 0']],
  [{ type: 'number', multipleOf: 2 }, 3, ['[] must be a multiple of 2, not 3']],
  [{ type: 'string', minLength: 1 }, '', ['[] must not be empty']],
  [{ type: 'string', pattern: '^a$' }, 'b', ['[] must match the pattern "^a$", not "b"']],
  [{ type: 'string', pattern: '^a$', title: 'an a', description: 'A.' }, 'b', ['[] must be an a, not "b"']],
  [{ type: 'array', items: { type: 'string' } }, ['x', 1, 2], ['[1] must be text, not 1', '[2] must be text, not 2']],
  [{ type: 'string', maxLength: 1 }, 'ab', ['[] must have at most 1 character']],
  [{ type: 'array', maxItems: 1 }, [1, 2], ['[] must have at most 1 item']],
  [{ type: 'array', prefixItems: [{}, {}], items: false }, [1, 2, 3], ['[] must have at most 2 items']],
  [{ type: 'array', prefixItems: [{}], unevaluatedItems: false }, [1, 2], ['[] must have at most 1 item']],
  [{ type: 'object', minProperties: 2 }, {}, ['[] must have at least 2 keys']],
  [{ type: 'array', uniqueItems: true }, [1, 2, 1], ['[2] is in the list twice']],
  [
    object({ outputs: {} }, { title: 'a stage', additionalProperties: false }),
    { outz: 1, ouputs: 1 },
    ['["outz"] "outz" is not a key of a stage', '["ouputs"] "ouputs" is not a key of a stage (outputs)'],
  ],
  [object({ path: {} }, { title: 'an output', required: ['path'] }), {}, ['["path"] an output needs the key "path"']],
  [object({}, { propertyNames: { pattern: '^a' } }), { b: 1 }, ['["b"] "b" cannot be a name here']],
  [object({ '0': { type: 'string' } }), { '0': 1 }, ['["0"] must be text, not 1']],
])('%j says of %j', (schema, value, expected) => {
  expect(findings(schema, value)).toEqual(expected);
});

describe('of a choice', () => {
  const schema: Json = {
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string' } },
      { type: 'object', title: 'an output', properties: { path: { type: 'string' } }, additionalProperties: false },
      { $ref: '#/$defs/expression' },
    ],
    $defs: { expression: { type: 'string', pattern: '\\$\\{\\{' } },
  };
  test('the branch whose type fits is spoken of', () => {
    expect(findings(schema, { pth: 'x', path: 1 })).toEqual([
      '["pth"] "pth" is not a key of an output (path)',
      '["path"] must be text, not 1',
    ]);
    expect(findings(schema, ['a', 1])).toEqual(['[1] must be text, not 1']);
    expect(findings(schema, '')).toEqual(['[] must not be empty']);
  });
  test('all types are named when none fits', () => {
    expect(findings(schema, 5)).toEqual(['[] must be text, a list or a mapping, not 5']);
  });
  test('branches that fit equally well are summed up', () => {
    const either: Json = { oneOf: [object({ a: {} }, { required: ['a'] }), object({ b: {} }, { required: ['b'] })] };
    expect(findings(either, {})).toEqual(['[] fits none of the forms it may have']);
    expect(findings(either, { a: 1, b: 1 })).toEqual(['[] fits more than one of the forms it may have']);
  });
});

test.each<[Json, string]>([
  [5, 'a schema is a mapping, or true or false'],
  [
    { type: 'strin' },
    '"type" must be "array", "boolean", "integer", "null", "number", "object" or "string", not "strin"',
  ],
  [{ items: { $ref: 'a.json' } }, 'the reference "a.json" leads out of it, at "items.$ref"'],
  [
    { $schema: 'http://json-schema.org/draft-04/schema#' },
    '"$schema" is "http://json-schema.org/draft-04/schema#", and only draft-07 and draft 2020-12 are known',
  ],
])('the schema %j is refused', (schema, reason) => {
  expect(compileSchema(schema)).toEqual({ ok: false, error: reason });
});

test('both drafts are read, formats are notes', () => {
  const old: Json = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    items: [{ type: 'string' }],
    definitions: {},
  };
  expect(findings(old, [1])).toEqual(['[0] must be text, not 1']);
  expect(findings({ type: 'string', format: 'date' }, 'x')).toEqual([]);
});

test('depth is counted before anything calls itself', () => {
  const nest = (depth: number) => {
    let value: Json = 1;
    for (let level = 0; level < depth; level++) value = [value];
    return value;
  };
  const recursive: Json = { anyOf: [{ type: 'number' }, { type: 'array', items: { $ref: '#' } }] };
  expect(findings(recursive, nest(500))).toEqual([]);
  expect(findings(recursive, nest(100_000))).toEqual(['[] is nested more than 500 levels deep']);
  expect(compileSchema({ enum: [nest(100_000)] })).toEqual({
    ok: false,
    error: 'it is nested more than 200 levels deep',
  });
});

test('the number of findings is bounded, and one is enough where that is asked for', () => {
  const many = Array.from({ length: 10_000 }, () => 1);
  const schema: Json = { type: 'array', items: { type: 'string' } };
  expect(findings(schema, many)).toHaveLength(200);
  const first = compileSchema(schema, { firstOnly: true });
  expect(first.ok && first.value(many)).toHaveLength(1);
});

test('an own key "__proto__" is unknown like any other', () => {
  const value = JSON.parse('{"__proto__": {"polluted": 1}}') as Json;
  expect(findings(object({}, { title: 'it', additionalProperties: false }), value)).toEqual([
    '["__proto__"] "__proto__" is not a key of it',
  ]);
});

test('defaults are filled in where a mapping is there, through references', () => {
  const schema: Json = {
    type: 'object',
    properties: {
      a: { default: 1 },
      b: { type: 'object', properties: { c: { $ref: '#/$defs/c' } } },
      l: { type: 'array', items: { type: 'object', properties: { d: { default: [] } } } },
      loop: { $ref: '#/$defs/loop' },
    },
    $defs: { c: { default: 'x' }, loop: { $ref: '#/$defs/loop' } },
  };
  expect(withDefaults({}, schema)).toEqual({ a: 1 });
  expect(withDefaults({ a: 2, b: {}, l: [{}, 5], loop: {} }, schema)).toEqual({
    a: 2,
    b: { c: 'x' },
    l: [{ d: [] }, 5],
    loop: {},
  });
});

test('defaults come from where a reference leads, and from nowhere else', () => {
  const part: Json = { $anchor: 'part', properties: { a: { default: 1 } } };
  const refers = ($ref: string): Json => ({
    properties: { top: { default: 0 }, x: { $ref } },
    $defs: { 'of 2/3': part },
    allOf: [part],
  });
  const filled = (reference: string) => withDefaults({ top: 0, x: {} }, refers(reference));
  expect(filled('#/$defs/of%202~13')).toEqual({ top: 0, x: { a: 1 } });
  expect(filled('#/allOf/0')).toEqual({ top: 0, x: { a: 1 } });
  for (const elsewhere of ['#part', '#/$defs/none', '#/%', 'other.json']) {
    expect(filled(elsewhere)).toEqual({ top: 0, x: {} });
  }
});

test('patterns of keys beside a choice with other keys', () => {
  const schema: { [key: string]: Json } = {
    patternProperties: { '^a': { type: 'integer' } },
    anyOf: [{ additionalProperties: { type: 'string' }, required: ['x'] }, { type: 'object' }],
  };
  const compiled = compileSchema(schema);
  expect(compiled.ok && compiled.value({ a: 1 })).toEqual([]);
  expect(compiled.ok && compiled.value({ a: 'x' })).toMatchObject([{ pointer: ['a'], keyword: 'type' }]);
  const closed = compileSchema({ ...schema, unevaluatedProperties: false });
  expect(closed.ok && closed.value({ a: 1 })).toEqual([
    { pointer: [], keyword: 'depth', message: 'cannot be checked: its schema is too intricate for it' },
  ]);
});
