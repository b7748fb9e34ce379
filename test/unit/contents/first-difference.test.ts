import { expect, test } from 'vitest';
import { firstDifference } from '../../../src/contents/first-difference.ts';
import { differenceText } from '../../../src/model/output-difference.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

async function difference(name: string, first: string | Uint8Array, second: string | Uint8Array): Promise<string> {
  const fs = new MemoryFileSystem();
  const [a, b] = [`/1/${name}`, `/2/${name}`] as const;
  fs.write({ [a]: first, [b]: second });
  const found = await firstDifference(fs, a, b);
  return found ? differenceText([{ path: name, inside: null, of: 'contents', ...found }]) : 'the same';
}

const LONG = 'x'.repeat(3_000_000);

test.each<[name: string, first: string | Uint8Array, second: string | Uint8Array, text: string]>([
  ['a.txt', 'one\n', 'one\n', 'the same'],
  ['a.txt', LONG, LONG, 'the same'],
  ['a.txt', 'one\ntwo\n', 'one\ntoo\n', '"a.txt" differs at byte 5, line 2, column 2: two and too'],
  ['a.txt', 'one\n', 'one\ntwo\n', '"a.txt" differs at byte 4, line 2, column 1: nothing and two'],
  ['a.txt', '', 'x', '"a.txt" differs at byte 0, line 1, column 1: nothing and x'],
  ['a.txt', 'aä', 'aå', '"a.txt" differs at byte 2, line 1, column 2: aä and aå'],
  ['a.txt', `${LONG}\nA`, `${LONG}\nB`, '"a.txt" differs at byte 3000001, line 2, column 1: A and B'],
  ['a.bin', new Uint8Array([0, 255, 1]), new Uint8Array([0, 255, 2]), '"a.bin" differs at byte 2: 01 and 02'],
  ['a.json', '{"a":{"b c":[1,2]}}', '{"a":{"b c":[1,3]}}', '"a.json" differs at byte 15, $.a["b c"][1]: 2 and 3'],
  ['a.json', '{"a":1}', '{"a":1,"b":null}', '"a.json" differs at byte 6, $.b: nothing and null'],
  ['a.json', '[1]', '[1,2]', '"a.json" differs at byte 2, $[1]: nothing and 2'],
  ['a.json', '[]', '{}', '"a.json" differs at byte 0, $: [] and {}'],
  ['a.json', '{"a":1}', '{"a": 1}', '"a.json" differs at byte 5, line 1, column 6: {"a":1} and {"a": 1}'],
  ['a.json', '{"a":', '{"b":', '"a.json" differs at byte 2, line 1, column 3: {"a": and {"b":'],
  ['a.jsonl', '{"a":1}\n{"a":2}\n', '{"a":1}\n{"a":3}\n', '"a.jsonl" differs at byte 13, line 2, $.a: 2 and 3'],
  [
    'a.csv',
    'id,at\n1,x\n2,y\n',
    'id,at\n1,x\n2,z\n',
    '"a.csv" differs at byte 12, row 2 (line 3), column "at": y and z',
  ],
  ['a.csv', 'id\n"1\n"\n2\n', 'id\n"1\n"\n3\n', '"a.csv" differs at byte 8, row 2 (line 4), column "id": 2 and 3'],
  ['a.csv', 'id,at\n1,x\n', 'id,on\n1,x\n', '"a.csv" differs at byte 3, the header, column "at": at and on'],
  ['a.csv', 'id\n1\n', 'id\n1\n2\n', '"a.csv" differs at byte 5, row 2 (line 3): nothing and {"id":"2"}'],
  ['a.csv', 'id\n1\n', 'id\n"1"\n', '"a.csv" differs at byte 3, line 2, column 1: 1 and "1"'],
  ['a.tsv', 'a\tb\n1\t2\n', 'a\tb\n1\t3\n', '"a.tsv" differs at byte 6, row 1 (line 2), column "b": 2 and 3'],
])('%s: %#', async (name, first, second, text) => {
  expect(await difference(name, first, second)).toBe(text);
});

test('however deep a document is', async () => {
  const deep = (leaf: string) => `${'['.repeat(50_000)}${leaf}${']'.repeat(50_000)}`;
  expect(await difference('a.json', deep('1'), deep('2'))).toMatch(
    /^"a\.json" differs at byte 50000, \$(\[0\])+: 1 and 2$/,
  );
});
