import { expect, test } from 'vitest';
import { cellReader, typesOfColumn } from '../../../src/contents/cell-types.ts';
import type { Json } from '../../../src/util/canonical-json.ts';

function cell(schema: Json, text: string): Json | undefined {
  const row = cellReader({ properties: { x: schema } }, ['x'])({ x: text });
  return (row as { readonly x?: Json }).x;
}

test.each<[schema: Json, text: string, value: Json | undefined]>([
  [{}, '12', '12'],
  [{ type: 'string' }, '12', '12'],
  [{ type: 'integer' }, '12', 12],
  [{ type: 'integer' }, '-12', -12],
  [{ type: 'integer' }, '12.0', 12],
  [{ type: 'integer' }, '12.5', '12.5'],
  [{ type: 'integer' }, '012', '012'],
  [{ type: 'integer' }, '+12', '+12'],
  [{ type: 'integer' }, ' 12', ' 12'],
  [{ type: 'integer' }, '9007199254740993', '9007199254740993'],
  [{ type: 'number' }, '9007199254740993', '9007199254740993'],
  [{ type: 'number' }, '100000000000000000000', 1e20],
  [{ type: 'number' }, '1e400', '1e400'],
  [{ type: 'number' }, '2.50', 2.5],
  [{ type: 'number' }, '1e3', 1000],
  [{ type: 'number' }, '1,5', '1,5'],
  [{ type: 'number' }, 'NaN', 'NaN'],
  [{ type: 'boolean' }, 'true', true],
  [{ type: 'boolean' }, 'False', false],
  [{ type: 'boolean' }, '1', '1'],
  [{ type: 'boolean' }, 'constructor', 'constructor'],
  [{ type: 'integer' }, '', undefined],
  [{ type: ['integer', 'null'] }, '', null],
  [{ type: 'string' }, '', ''],
  [{ type: ['string', 'null'] }, '', null],
  [{ type: ['string', 'integer'] }, '12', 12],
  [{ type: ['string', 'integer'] }, 'x', 'x'],
  [{ minimum: 0 }, '-5', -5],
  [{ enum: [1, 2, null] }, '1', 1],
  [{ enum: ['1', '2'] }, '1', '1'],
  [{ const: true }, 'true', true],
  [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, '3', 3],
  [{ allOf: [{ $ref: '#/nowhere' }, { type: 'number' }] }, '3', 3],
])('%j reads %j as %j', (schema, text, value) => {
  expect(cell(schema, text)).toEqual(value);
});

test('a column is found wherever a schema of rows speaks of it', () => {
  const integer = { type: 'integer' };
  const schemas: Json[] = [
    { $defs: { row: { properties: { x: integer } } }, $ref: '#/$defs/row' },
    { allOf: [{ properties: { x: integer } }] },
    { if: { properties: { x: integer } } },
    { patternProperties: { '^x': integer } },
    { additionalProperties: integer },
  ];
  for (const schema of schemas) expect([...typesOfColumn(schema, 'x')]).toEqual(['integer']);
  expect([...typesOfColumn({ properties: { x: true }, additionalProperties: integer }, 'x')]).toEqual([]);
  expect([...typesOfColumn({ $ref: '#' }, 'x')]).toEqual([]);
});

test('columns of which nothing is said stay texts', () => {
  expect(
    cellReader({ properties: { a: { type: 'integer' } } }, ['a', '__proto__'])({ a: '1', ['__proto__']: '2' }),
  ).toEqual(Object.defineProperty({ a: 1 }, '__proto__', { value: '2', enumerable: true }));
});
