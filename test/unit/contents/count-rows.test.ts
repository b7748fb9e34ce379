import { expect, test } from 'vitest';
import { countRows } from '../../../src/contents/count-rows.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';
import { parquetBytes } from '../../support/parquet.ts';

async function count(name: string, data: string | Uint8Array): Promise<number | string> {
  const fs = new MemoryFileSystem();
  fs.write({ [`/w/${name}`]: data });
  const counted = await countRows(fs, `/w/${name}`);
  return counted.ok ? counted.value : counted.error;
}

test.each<[name: string, text: string, rows: number]>([
  ['a.csv', 'h\n1\n2\n', 2],
  ['a.csv', 'h\n1\n2', 2],
  ['a.csv', 'h\r\n1\r\n2\r\n', 2],
  ['a.csv', 'h\n\n1\n\r\n2\n\n', 2],
  ['a.csv', 'h', 0],
  ['a.csv', '', 0],
  ['a.csv', '\ufeff"h"\n1\n', 1],
  ['a.csv', 'a,b\n"one\nline",2\n3,"x\r\n\r\ny"\n', 2],
  ['a.csv', 'a\n"say ""hi""\nthere"\n"x"\n', 2],
  ['a.csv', 'a\n""\n"\n"\n', 2],
  ['a.csv', 'a\n"x"', 1],
  ['a.csv', 'a,b\n5" disk,1\n6" disk,2\n7" disk,3\n', 3],
  ['a.csv', 'a;b\n"x\ny";1\n2;3\n', 2],
  ['a.tsv', 'a\tb\n1\t"x\ny"\n', 1],
  ['a.jsonl', '{}\n\n{}\n', 2],
  ['a.jsonl', '{}\n \t\n{}\n', 2],
  ['a.jsonl', '{"a": "\\""}\n{}\n', 2],
  ['a.ndjson', '1\n2\n3', 3],
  ['a.jsonl', '', 0],
  ['a.json', '[1, [2], 3]', 3],
  ['a.json', '\ufeff[]', 0],
  ['A.CSV', 'h\n1\n', 1],
])('%s %j has %d', async (name, text, rows) => {
  expect(await count(name, text)).toBe(rows);
});

test.each<[name: string, data: string | Uint8Array, problem: string]>([
  ['a.txt', 'x\n', 'its rows cannot be counted (only those of CSV, TSV, JSON, JSON Lines and Parquet can)'],
  ['a.csv', 'a\n"never closed\n1\n2\n', 'it has a quote that is never closed'],
  ['a.csv', new Uint8Array([0x61, 0x0a, 0xff, 0x0a]), 'it is no text in UTF-8 (line 2)'],
  ['a.json', '{}', 'it has no rows, since it is no list'],
  ['a.json', '', 'it is not JSON (it is empty)'],
  ['a.json', new Uint8Array([0x5b, 0xff, 0x5d]), 'it is no text in UTF-8'],
  ['a.parquet', 'x', 'it is no Parquet that can be read (it is too short)'],
  ['a.parquet', 'PAR1 not one at all', 'it is no Parquet that can be read (parquet file invalid (footer != PAR1))'],
])('%s %j cannot be counted', async (name, data, problem) => {
  expect(await count(name, data)).toBe(problem);
});

test('Parquet tells by itself, over all its row groups', async () => {
  const n = { name: 'n', data: Array.from({ length: 2500 }, (_, at) => at), type: 'INT32' as const };
  expect(await count('a.parquet', parquetBytes([n], { rowGroupSize: 1000 }))).toBe(2500);
});

test('a file of several pieces is the same as one', async () => {
  const line = `${'x'.repeat(1000)},"a ""quoted""\nvalue"\n`;
  expect(await count('a.csv', `a,b\n${line.repeat(5000)}`)).toBe(5000);
  expect(await count('a.csv', `a\n${'x'.repeat(17 * 1024 * 1024)}\n`)).toBe('its line 2 is longer than 16 MiB');
});
