// JSON with positions: the same values as JSON.parse, and a place for every mistake.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJsonText } from '../../../src/plugin/json-text.ts';

test.each([
  ['', '1:1 a value is expected, and the file ends here'],
  ['{', '1:2 a key in double quotes or "}" is expected, and the file ends here'],
  ['{"a" 1}', '1:6 ":" after the key is expected, not "1"'],
  ['{"a": }', '1:7 a value is expected, not "}"'],
  ['{"a": 1,}', '1:9 a key in double quotes (there is no comma after the last one) is expected, not "}"'],
  ['{"a": 1\n "b": 2}', '2:2 "," or "}" is expected, not "\\""'],
  ['[1 2]', '1:4 "," or "]" is expected, not "2"'],
  ['[1, ]', '1:5 a value is expected, not "]"'],
  ['{a: 1}', '1:2 a key in double quotes or "}" is expected, not "a"'],
  ["{'a': 1}", '1:2 a key in double quotes or "}" is expected, not "\'"'],
  ['{"a": undefined}', '1:7 a value is expected, not "u"'],
  ['{"a": 01}', '1:7 a value is expected, not "0"'],
  ['{"a": "x}\n', '1:7 a value is expected, not "\\""'],
  ['{"a": "x\ny"}', '1:7 a text has a line break or another control character in it'],
  ['{"a": 1, "a": 2}', '1:10 the key "a" is there twice'],
  ['{} {}', '1:4 the end of the file is expected, not "{"'],
  ['// hi\n{}', '1:1 a value is expected, not "/"'],
  ['\uFEFF{}', '1:1 it begins with a byte order mark'],
])('%j', (text, message) => {
  const read = readJsonText(text);
  if (read.ok) throw new Error('it was read');
  const { line, column } = read.error.location('x.json');
  expect(`${line}:${column} ${read.error.reason}`).toBe(message);
});

test('says where values and keys stand', () => {
  const read = readJsonText('{\n  "a": { "b/c": [10, "x"] }\n}\n');
  if (!read.ok) throw new Error(read.error.reason);
  const at = (path: (string | number)[], part?: 'key' | 'value') => {
    const { line, column, end_line, end_column } = read.value.locate('x.json', path, part);
    return `${line}:${column}-${end_line}:${end_column}`;
  };
  expect(at(['a'])).toBe('2:8-2:28');
  expect(at(['a'], 'key')).toBe('2:3-2:6');
  expect(at(['a', 'b/c', 1])).toBe('2:22-2:25');
  expect(at(['a', 'b/c', '0'])).toBe('2:18-2:20');
  // What is not there: the key it would stand under.
  expect(at(['a', 'z', 'y'])).toBe('2:3-2:6');
  expect(at(['z'])).toBe('1:1-1:2');
});

test('reads what JSON.parse reads, and nothing else', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const read = readJsonText(text);
      // Two keys of one name are a mistake here.
      if (!read.ok) expect(read.error.reason).toMatch(/is there twice$/);
      else expect(read.value.value).toEqual(JSON.parse(text));
    }),
  );
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', '1', ' ', 'e', '\n'), (text, at, character) => {
      const cut = at % (text.length + 1);
      const broken = text.slice(0, cut) + character + text.slice(cut + 1);
      let valid = true;
      try {
        JSON.parse(broken);
      } catch {
        valid = false;
      }
      const read = readJsonText(broken);
      if (!valid) expect(read.ok).toBe(false);
      else if (!read.ok) expect(read.error.reason).toMatch(/is there twice$/);
    }),
    { numRuns: 500 },
  );
});

test('what is nested without end is refused where it gets too deep', () => {
  const read = readJsonText(`${'['.repeat(2_000_000)}`);
  if (read.ok) throw new Error('it was read');
  expect([read.error.reason, read.error.location('x.json').column]).toEqual([
    'it is nested more than 500 levels deep',
    501,
  ]);
});
