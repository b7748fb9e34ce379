// What is a list and what is none: the formats, with the slips that people and programs make in them.
import { describe, expect, test } from 'vitest';
import { readItems } from '../../../src/fan-out/read-items.ts';

/** The values, each with its line; or what is wrong. */
async function read(path: string, content: string | Uint8Array): Promise<unknown> {
  const items = await readItems(path, typeof content === 'string' ? Buffer.from(content) : content);
  return items.ok ? items.value.map(({ value, line }) => [line, value]) : items.error;
}

test('a CSV may have a mark at its start, lines as of Windows, empty lines, and quotes', async () => {
  const text = '\uFEFFid,note\r\na,"x, ""y"""\r\n\r\nb,"two\nlines"\r\n';
  expect(await read('l.csv', text)).toEqual([
    [2, { id: 'a', note: 'x, "y"' }],
    [5, { id: 'b', note: 'two\nlines' }],
  ]);
  expect(await read('L.CSV', 'id,__proto__\n1,x\n')).toEqual([[2, JSON.parse('{"id":"1","__proto__":"x"}')]]);
  expect(await read('l.csv', 'id\n')).toEqual([]);
});

test('JSON lines may have a mark at their start, lines as of Windows, and empty lines', async () => {
  expect(await read('l.jsonl', '\uFEFF{"id":1}\r\n\r\n"a"\r\n')).toEqual([
    [1, { id: 1 }],
    [3, 'a'],
  ]);
  expect(await read('l.ndjson', '')).toEqual([]);
});

describe('what is wrong is said', () => {
  test.each([
    ['l.csv', '', 'is empty; a CSV without items has its header'],
    ['l.csv', 'id,n\na,b\nc\n', 'is uneven: line 3 has 1 value, and the header has 2 columns'],
    ['l.csv', 'id\na,b,c\n', 'is uneven: line 2 has 3 values, and the header has 1 column'],
    ['l.csv', 'id,n\na,b\n  \n', 'is uneven: line 3 has 1 value, and the header has 2 columns'],
    ['l.csv', 'id,n,id\n', 'has two columns "id"'],
    ['l.csv', 'id,n\na,b\nc,"d\n\n\ne,f\n', 'has a quote after line 2 that is never closed'],
    ['l.csv', '"id,n\na,b\n', 'has a quote that is never closed'],
    ['l.csv', 'id,n\na,"b"c\n', 'has text behind a closing quote in line 2; a quote within quotes is written twice'],
    [
      'l.csv',
      'id,n\na,b "c"\n',
      'has a quote within a value in line 2; put the value in quotes, and write the quote within it twice',
    ],
    ['l.json', '', 'is empty; a list without items is "[]"'],
    ['l.json', '{"items": []}', 'has a mapping in it, not a list'],
    ['l.json', '"a"', 'has a text in it, not a list'],
    ['l.json', 'true', 'has true in it, not a list'],
    ['l.json', 'null', 'has null in it, not a list'],
    ['l.json', '[1,]', 'is not JSON: unexpected token \']\', "[1,]" is not valid JSON'],
    ['l.jsonl', '{"id":1}\nnope\n', 'has no JSON in line 2: unexpected token \'o\', "nope" is not valid JSON'],
  ])('%s %j', async (path, content, problem) => {
    expect(await read(path, content)).toBe(problem);
  });

  test('bytes that are no text', async () => {
    expect(await read('l.csv', Buffer.from([0x69, 0x64, 0x0a, 0xe9]))).toBe('is no text in UTF-8');
  });
});

test('a number that would become another one is a mistake, as it is in a pipeline', async () => {
  const problem = (line: number, number: string) =>
    `has a number in line ${line} that cannot be kept exactly, ${number}; write it as a text, in quotes`;
  expect(await read('l.jsonl', '{"id":"12345678901234567890"}\n{"id":12345678901234567890}\n')).toBe(
    problem(2, '12345678901234567890'),
  );
  expect(await read('l.json', '[\n{"a": {"\\"b": [-9007199254740993]}}]')).toBe(problem(2, '-9007199254740993'));
  expect(await read('l.json', '[1e400]')).toBe(problem(1, '1e400'));
  expect(await read('l.json', `[${'9'.repeat(99)}]`)).toBe(problem(1, `${'9'.repeat(40)}…`));
  expect(await read('l.json', '["1e400", "\\\\", 9007199254740991, 0.10000000000000001, 1e+300, -0]')).toEqual(
    ['1e400', '\\', 9007199254740991, 0.1, 1e300, -0].map((value) => [undefined, value]),
  );
});
