// Whether anything can fit two schemas at once, asked without any data.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findMisfit } from '../../../src/schema/compare-schemas.ts';
import { compileSchema } from '../../../src/schema/validate.ts';
import type { Json } from '../../../src/util/canonical-json.ts';

const of = (properties: { [key: string]: Json }, rest: { [key: string]: Json } = {}): Json => ({
  type: 'object',
  properties,
  ...rest,
});
const closed = (properties: { [key: string]: Json }): Json => of(properties, { additionalProperties: false });
const needs = (key: string, schema: Json): Json => of({ [key]: schema }, { required: [key] });

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';
const TREE = { $ref: '#/$defs/t', $defs: { t: needs('next', { $ref: '#/$defs/t' }) } };

describe('nothing fits', () => {
  test.each<[made: Json, wanted: Json, reason: string]>([
    [{ type: 'array' }, { type: 'object' }, 'it is a list, and must be a mapping'],
    [
      { type: ['number', 'null'] },
      { type: ['string', 'boolean'] },
      'it is null or a number, and must be true or false or text',
    ],
    [{ type: 'integer' }, { allOf: [{ type: 'string' }] }, 'it is a whole number, and must be text'],
    [needs('a', { type: 'string' }), of({ a: { type: 'number' } }), '/a is text, and must be a number'],
    [of({ a: { type: 'string' } }), needs('a', { type: 'number' }), '/a is text, and must be a number'],
    [
      needs('a', needs('b', { type: 'string' })),
      of({ a: of({ b: { type: 'null' } }) }),
      '/a/b is text, and must be null',
    ],
    [closed({ a: true }), needs('b', true), 'it needs the key "b", which is never there'],
    [of({ b: false }), needs('b', true), 'it needs the key "b", which is never there'],
    [needs('b', true), closed({ a: true }), 'it always has the key "b", which must not be there'],
    [needs('b', true), of({ b: false }), 'it always has the key "b", which must not be there'],
    [
      of({}, { additionalProperties: { type: 'string' } }),
      needs('x', { type: 'null' }),
      '/x is text, and must be null',
    ],
    [{ const: 1 }, { enum: [2, 3] }, 'it is 1, and must be 2 or 3'],
    [{ enum: ['a', 'b'] }, { maxLength: 0 }, 'it is "a" or "b", which is not what it must be'],
    [{ minimum: 4, type: 'number' }, { enum: [1, 'x'] }, 'it must be 1 or "x", and never is'],
    [{ enum: [1, 2, 3, 4, 5, 6, 7] }, { const: 0 }, 'it is 1, 2, 3, 4, 5 or 2 others, and must be 0'],
    [{ type: 'number', maximum: 5 }, { type: 'number', minimum: 6 }, 'it is at most 5, and must be at least 6'],
    [
      { type: 'number', minimum: 5 },
      { type: 'number', exclusiveMaximum: 5 },
      'it is at least 5, and must be less than 5',
    ],
    [
      { type: 'integer', exclusiveMinimum: 1 },
      { type: 'number', exclusiveMaximum: 2 },
      'it is at least 2, and must be at most 1',
    ],
    [
      { type: 'string', maxLength: 2 },
      { type: 'string', minLength: 3 },
      'it has at most 2 characters, and must have at least 3',
    ],
    [
      { type: 'array', minItems: 2 },
      { type: 'array', maxItems: 1 },
      'it has at least 2 entries, and must have at most 1',
    ],
    [
      { type: 'array', items: { type: 'string' }, minItems: 1 },
      { type: 'array', items: { type: 'object' } },
      '/0 is text, and must be a mapping',
    ],
    [
      { type: 'array', prefixItems: [true, { const: 1 }] },
      { type: 'array', prefixItems: [true, { const: 2 }], minItems: 2 },
      '/1 is 1, and must be 2',
    ],
    [
      { $schema: DRAFT_07, type: 'array', items: [{ const: 1 }], additionalItems: false },
      { type: 'array', minItems: 2 },
      'it has at most 1 entries, and must have at least 2',
    ],
    [{ $ref: '#/$defs/a', $defs: { a: { type: 'string' } } }, { type: 'null' }, 'it is text, and must be null'],
    [{ type: 'string', anyOf: [{ minLength: 1 }] }, { type: 'null', not: {} }, 'it is text, and must be null'],
  ])('%j against %j', (made, wanted, reason) => {
    expect(findMisfit(made, wanted)?.reason).toBe(reason);
    for (const schema of [made, wanted]) expect(compileSchema(schema).ok).toBe(true);
  });

  test('a name that is near is told', () => {
    expect(findMisfit(closed({ colour: true, size: true }), needs('color', true))).toEqual({
      reason: 'it needs the key "color", which is never there',
      suggestion: 'colour',
    });
  });
});

describe('something may fit', () => {
  test.each<[made: Json, wanted: Json]>([
    [true, { type: 'object' }],
    [false, { type: 'object' }],
    [{ type: 'integer' }, { type: 'number' }],
    [{ type: 'string', nullable: true }, { type: 'null' }],
    [
      { type: 'array', items: { type: 'string' } },
      { type: 'array', items: { type: 'null' } },
    ],
    [of({ a: { type: 'string' } }), of({ a: { type: 'null' } })],
    [of({ a: true }), needs('b', true)],
    [{ additionalProperties: false }, { required: ['b'] }],
    [of({}, { patternProperties: { '^b': true }, additionalProperties: false }), needs('b', true)],
    [{ anyOf: [{ type: 'string' }, { type: 'array' }] }, { type: 'null' }],
    [{ not: { type: 'null' } }, { type: 'null' }],
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    [{ if: true, then: { type: 'string' } }, { type: 'null' }],
    [{ minimum: 5 }, { maximum: 4 }],
    [{ type: ['string', 'integer'], minimum: 5 }, { maximum: 4 }],
    [{ enum: [1, { a: 1 }] }, { enum: [{ a: 1 }] }],
    [{ type: ['string', 'null'], enum: ['a', null] }, { type: ['null', 'number'] }],
    [TREE, TREE],
    [TREE, of({ next: of({ next: { type: ['object', 'null'] } }) })],
    [{ $ref: '#/x', $defs: { a: { $id: 'https://a.b/c' } }, x: { type: 'string' } }, { type: 'null' }],
    [{ allOf: [{ type: 'null' }, { type: 'string' }] }, { type: 'array' }],
    [{ $schema: DRAFT_07, $ref: '#/definitions/a', type: 'string', definitions: { a: {} } }, { type: 'null' }],
  ])('%j against %j', (made, wanted) => {
    expect(findMisfit(made, wanted)).toBeUndefined();
    expect(findMisfit(wanted, made)).toBeUndefined();
  });

  test('schemas that refer to themselves by many ways cost no more than others', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`k${at}`, { $ref: '#' }]));
    const wide: Json = of(many, { required: Object.keys(many) });
    expect(findMisfit(wide, { ...(wide as object), title: 'x' } as Json)).toBeUndefined();
    const values = Array.from({ length: 10_000 }, (_, at) => at);
    expect(findMisfit({ enum: values }, { enum: values.map((value) => -1 - value) })).toBeDefined();
  });
});

const KEYS = ['a', 'b'];

const leaf = fc.oneof(
  fc.boolean(),
  fc.record(
    {
      type: fc.oneof(
        fc.constantFrom('null', 'boolean', 'integer', 'number', 'string', 'array', 'object'),
        fc.uniqueArray(fc.constantFrom('null', 'boolean', 'integer', 'string', 'object'), { minLength: 1 }),
      ),
      enum: fc.uniqueArray(fc.constantFrom<Json>(null, true, 0, 1, 1.5, 'x', 'xy'), { minLength: 1 }),
      minimum: fc.integer({ min: -2, max: 2 }),
      exclusiveMinimum: fc.integer({ min: -2, max: 2 }),
      maximum: fc.integer({ min: -2, max: 2 }),
      exclusiveMaximum: fc.constantFrom(-1, 0, 0.5, 1),
      minLength: fc.nat(2),
      maxLength: fc.nat(2),
    },
    { requiredKeys: [] },
  ),
) as fc.Arbitrary<Json>;

/** Some keywords about parts of the value, with some of them left out. */
function around(part: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const ofObjects = {
    type: fc.constant('object'),
    properties: fc.dictionary(fc.constantFrom(...KEYS), part, { noNullPrototype: true }),
    required: fc.uniqueArray(fc.constantFrom(...KEYS)),
    additionalProperties: part,
    maxProperties: fc.nat(2),
    patternProperties: fc.record({ '^a': part }, { noNullPrototype: true }),
  };
  const ofLists = {
    type: fc.constant('array'),
    items: part,
    prefixItems: fc.array(part, { minLength: 1, maxLength: 2 }),
    minItems: fc.nat(2),
    maxItems: fc.nat(2),
  };
  const ofAny = {
    allOf: fc.array(part, { minLength: 1, maxLength: 2 }),
    anyOf: fc.array(part, { minLength: 1, maxLength: 2 }),
    $ref: fc.constantFrom('#/$defs/a', '#/$defs/b'),
  };
  const options = { requiredKeys: [] as [], noNullPrototype: true };
  const kinds = [fc.record(ofObjects, options), fc.record(ofLists, options), fc.record(ofAny, options)];
  return fc.oneof(part, ...(kinds as fc.Arbitrary<unknown>[] as fc.Arbitrary<Json>[]));
}

const roots = fc.tuple(around(around(leaf)), leaf, leaf).map(([schema, a, b]): Json => {
  return typeof schema === 'object' ? { ...(schema as object), $defs: { a, b } } : schema;
});

const scalars = fc.constantFrom<Json>(null, true, false, -2, -1, 0, 0.5, 1, 1.5, 2, '', 'x', 'xy');

function holding(part: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const mapping = fc.dictionary(fc.constantFrom(...KEYS), part, { noNullPrototype: true }) as fc.Arbitrary<Json>;
  return fc.oneof(part, fc.array(part, { maxLength: 3 }) as fc.Arbitrary<Json>, mapping);
}

test('what has a document in common is never said to have none', () => {
  const pair = fc.tuple(roots, roots).filter(([made, wanted]) => findMisfit(made, wanted) !== undefined);
  const documents = fc.array(holding(holding(scalars)), { minLength: 20, maxLength: 20 });
  const fits = (schema: Json) => {
    const compiled = compileSchema(schema);
    return (value: Json) => {
      try {
        return compiled.ok && compiled.value(value).length === 0;
      } catch {
        // Of some patterns beside choices ajv makes code that does not work.
        return false;
      }
    };
  };
  fc.assert(
    fc.property(pair, documents, ([made, wanted], values) => {
      const [one, other] = [fits(made), fits(wanted)];
      expect(values.filter((value) => one(value) && other(value))).toEqual([]);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});
