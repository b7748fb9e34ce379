// Schemas that others wrote, by mistake or on purpose such that checking with them would hang, overflow or fetch.
import { describe, expect, test } from 'vitest';
import { mayMultiply } from '../../../src/schema/check-schema.ts';
import { compilePattern } from '../../../src/schema/patterns.ts';
import { LATE, withinTime } from '../../../src/schema/time-limit.ts';
import { compileSchema, readSchema } from '../../../src/schema/validate.ts';
import type { Json } from '../../../src/util/canonical-json.ts';

function mistakes(schema: Json): string[] {
  const read = readSchema(schema);
  if (read.ok) return [];
  return read.error.map(({ pointer, at, reason, help }) =>
    [`${at} ${pointer.join('/')}: ${reason}.`, help].filter((part) => part !== undefined).join(' '),
  );
}

function findings(schema: Json, value: Json): string[] {
  const compiled = compileSchema(schema);
  if (!compiled.ok) throw new Error(compiled.error);
  return compiled.value(value).map(({ pointer, message }) => `${pointer.join('/')}: ${message}`);
}

function took(act: () => void): number {
  const start = performance.now();
  act();
  return performance.now() - start;
}

test.each<[string, Json, string[]]>([
  ['no schema', [], ['value : a schema is a mapping, or true or false.']],
  [
    'several mistakes of form, each at its place',
    { type: 'objekt', properties: { a: { minimum: 'one' }, b: 3 } },
    [
      'value properties/a/minimum: "properties.a.minimum" must be a number, not "one".',
      'value properties/b: "properties.b" must be a mapping or true or false, not 3.',
      'value type: "type" must be "array", "boolean", "integer", "null", "number", "object" or "string", not "objekt".',
    ],
  ],
  [
    'a keyword nobody knows',
    { properties: { a: { typ: 'string' } }, foo: 1 },
    [
      'key foo: "foo" is not a keyword of JSON Schema.',
      'key properties/a/typ: "typ" is not a keyword of JSON Schema. Did you mean "type"?',
    ],
  ],
  [
    'references that lead elsewhere',
    {
      properties: {
        a: { $ref: 'http://x.example/s.json' },
        b: { $ref: 'file:///etc/passwd' },
        c: { $ref: 'other.json' },
      },
    },
    ['a', 'b', 'c'].map(
      (key, at) =>
        `value properties/${key}/$ref: the reference "${['http://x.example/s.json', 'file:///etc/passwd', 'other.json'][at]}" leads out of it. Nothing is ever fetched: copy what it needs into "$defs".`,
    ),
  ],
  [
    'a reference to nothing',
    { $ref: '#/$defs/a', $defs: { b: true } },
    ['value $ref: the reference "#/$defs/a" leads to nothing.'],
  ],
  [
    'a reference to itself',
    {
      properties: { a: { $ref: '#/$defs/a' } },
      $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { $ref: '#/$defs/a' } },
    },
    ['value $defs/b/$ref: it refers to itself about the same value, without end.'],
  ],
  [
    'patterns that have to look around',
    { pattern: '(?=.*[a-z]).*', patternProperties: { '^(a+)\\1$': true }, not: { pattern: '(?<!x)y' } },
    [
      'value pattern: Looking ahead ("(?=") cannot be used in a pattern, since it can take any amount of time.',
      'key patternProperties/^(a+)\\1$: A reference back ("\\1") cannot be used in a pattern, since it can take any amount of time.',
      'value not/pattern: Looking back ("(?<!") cannot be used in a pattern, since it can take any amount of time.',
    ],
  ],
  ['a pattern that is none', { pattern: '(' }, ['value pattern: it is no pattern: Unterminated group.']],
  [
    'a pattern that repeats without measure',
    { pattern: '(x{500}){500}' },
    ['value pattern: it is a pattern that cannot be used: invalid repeat count: `{500}`.'],
  ],
  [
    'a huge enum',
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      properties: { a: { enum: Array.from({ length: 100_000 }, (_, at) => `v${at}`) } },
    },
    ['key properties/a/enum: "enum" has 100000 values, more than the 10000 that are read.'],
  ],
])('%s', (_, schema, expected) => {
  expect(mistakes(schema)).toEqual(expected);
});

test('one that is too large to read is given up', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 60_000 }, (_, at) => [`k${at}`, { type: 'integer', minimum: at }]),
  );
  expect(mistakes({ properties })).toEqual(['key : it takes more than 5 s to read.']);
});

test('recursion over data is no mistake, and neither is a schema of schemas', () => {
  const tree: Json = { type: 'object', properties: { children: { type: 'array', items: { $ref: '#' } } } };
  expect(findings(tree, { children: [{ children: [{ children: 1 }] }] })).toEqual([
    'children/0/children/0/children: must be a list, not 1',
  ]);
  const schemaParam: Json = { properties: { schema: { $ref: 'https://json-schema.org/draft/2020-12/schema' } } };
  expect(findings(schemaParam, { schema: { type: 'string' } })).toEqual([]);
  expect(findings(schemaParam, { schema: { minimum: 'x' } })).toEqual(['schema/minimum: must be a number, not "x"']);
});

test('what an "$id" moves is found there', () => {
  const schema: Json = {
    $id: 'http://x.example/root',
    $defs: { a: { $id: 'part', type: 'integer' } },
    items: { $ref: 'part' },
  };
  expect(findings(schema, ['x'])).toEqual(['0: must be a whole number, not "x"']);
});

test('references that multiply end after a while, and the schema is blamed', () => {
  const twice = { properties: { a: { allOf: [{ $ref: '#' }, { $ref: '#' }] } } };
  let deep: Json = 1;
  for (let level = 0; level < 60; level++) deep = { a: deep };
  expect(findings(twice, { a: { a: 1 } })).toEqual([]);
  expect(findings(twice, deep)).toEqual([': cannot be checked: its schema takes more than 2 s for it']);
});

// What cannot is checked without a watch, which costs more than the check itself.
test('a reference into what is no schema is followed as well', () => {
  const endless = { $ref: '#/default/a', default: { a: { allOf: [{ $ref: '#/default/a' }] } } };
  expect(findings(endless, 1)).toEqual([': cannot be checked: its schema refers to itself without end']);
  const steps = Array.from({ length: 40 }, (_, at) => `#/default/${at + 1}`);
  const doubles = steps.map(($ref) => ({ allOf: [{ $ref }, { $ref }] }));
  const twice = { $ref: '#/default/0', default: [...doubles, { type: 'integer' }] };
  expect(findings(twice, 1)).toEqual([': cannot be checked: its schema takes more than 2 s for it']);
});

test.each<[string, Json, boolean]>([
  ['no references', { properties: { a: { type: 'string' } } }, false],
  [
    'one part used in several places',
    { properties: { a: { $ref: '#/$defs/n' }, b: { $ref: '#/$defs/n' } }, $defs: { n: {} } },
    false,
  ],
  ['a list of itself', { $id: 'x', properties: { children: { items: { $ref: '#' } } } }, false],
  ['two ways back to itself', { properties: { a: { allOf: [{ $ref: '#' }, { $ref: '#' }] } } }, true],
  [
    'two ways back through others',
    {
      $defs: {
        a: { items: { $ref: '#/$defs/b' } },
        b: { anyOf: [{ $ref: '#/$defs/a' }, { contains: { $ref: '#/$defs/a' } }] },
      },
      $ref: '#/$defs/a',
    },
    true,
  ],
  ['parts that double each other', doubling(20), true],
  ['a place that is not known', { $ref: 'https://json-schema.org/draft/2020-12/schema' }, true],
])('%s: may multiply, or not', (_, schema, expected) => {
  expect(mayMultiply(schema)).toBe(expected);
});

function doubling(times: number): Json {
  const $defs: { [name: string]: Json } = { [`d${times}`]: { type: 'integer' } };
  for (let at = 0; at < times; at++) {
    $defs[`d${at}`] = { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] };
  }
  return { $defs, $ref: '#/$defs/d0' };
}

describe('patterns', () => {
  test.each(['^(a|a)*$', '(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*)*z'])('%s takes no time', (source) => {
    const text = `${'a'.repeat(27)}${'x'.repeat(20_000)}!`;
    expect(took(() => expect(findings({ pattern: source }, text)).toHaveLength(1))).toBeLessThan(2000);
  });

  test('in the names of keys too', () => {
    const schema: Json = {
      patternProperties: { '^(a|a)*$': { type: 'string' } },
      properties: { [`${'a'.repeat(40)}!`]: true },
      additionalProperties: false,
    };
    const value = { [`${'a'.repeat(40)}!`]: 1, aaa: 1, b: 1 };
    expect(findings(schema, value)).toEqual(['b: "b" is not a key of this', 'aaa: must be text, not 1']);
  });

  // Those on the left run on the engine of JavaScript, the others do not; all must agree with it.
  test.each([
    ['^[0-9]+ ?(KiB|MiB|GiB)$', ['12 KiB', '12KiB', '12  KiB', 'KiB', '1 KiBx', '\u{1F600}']],
    ['^#[0-9a-f]{6}$', ['#00ff00', '#00ff0', 'x#00ff00']],
    ['^[a-z][a-z0-9-]{0,63}$', ['a', 'a-b', 'A', 'a'.repeat(65), '']],
    ['a|b|', ['', 'c', 'b']],
    ['^a|b+$', ['ac', 'cbb', 'c']],
    ['^(?:[a-z]+\\.)+[a-z]{2,}$', ['a.b.com', 'a..com', 'com']],
    ['^\\u{1F600}+$', ['\u{1F600}\u{1F600}', '\uD83D']],
    ['\\u0041[^\\d]', ['A1', 'Ab', 'a']],
    ['(?<year>\\d{4})-\\p{Lu}', ['2020-A', '2020-a']],
    ['^(\\w+\\s?)+$', ['a b c', 'a-b']],
    ['^.$', ['a', 'ab', '\u{1F600}', '\n']],
  ])('%s means what it means in JavaScript', (source, texts) => {
    const pattern = compilePattern(source);
    if (!pattern.ok) throw new Error(pattern.error);
    const expected = new RegExp(source, 'u');
    expect(texts.map((text) => pattern.value.test(text))).toEqual(texts.map((text) => expected.test(text)));
  });
});

test('a time limit gives back what was made in time, passes on what was thrown, and stops the rest', () => {
  expect(withinTime(1000, () => 'x')).toBe('x');
  expect(withinTime(1000, () => withinTime(1000, () => 'inner'))).toBe('inner');
  expect(() =>
    withinTime(1000, () => {
      throw new TypeError('mine');
    }),
  ).toThrow(new TypeError('mine'));
  const forever = () => {
    for (;;);
  };
  expect(withinTime(20, forever)).toBe(LATE);
});
