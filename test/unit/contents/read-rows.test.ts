import { expect, test } from 'vitest';
import { readRows } from '../../../src/contents/read-rows.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';
import { parquetBytes } from '../../support/parquet.ts';

interface Told {
  columns?: readonly string[];
  rows: [place: number, value: Json][];
  unreadable: [place: number, reason: string][];
  problem?: string;
}

async function read(name: string, data: string | Uint8Array, most = Number.POSITIVE_INFINITY): Promise<Told> {
  const fs = new MemoryFileSystem();
  fs.write({ [`/w/${name}`]: data });
  const told: Told = { rows: [], unreadable: [] };
  const result = await readRows(fs, `/w/${name}`, {
    columns: (names) => {
      told.columns = names;
    },
    row: (value, place) => told.rows.push([place, value]) < most,
    unreadable: (reason, place) => told.unreadable.push([place, reason]),
  });
  return result.ok ? told : { ...told, problem: result.error };
}

test('CSV: a mapping of texts, in the line where the row begins', async () => {
  expect(await read('a.csv', 'a,b\n1,"x\ny"\n\n2,"say ""hi"""\r\n"3\n\n",\n4,z')).toEqual({
    columns: ['a', 'b'],
    rows: [
      [2, { a: '1', b: 'x\ny' }],
      [5, { a: '2', b: 'say "hi"' }],
      [6, { a: '3\n\n', b: '' }],
      [9, { a: '4', b: 'z' }],
    ],
    unreadable: [],
  });
});

test.each([
  ['a.csv', '\ufeffa;b\n1;2,5\n', { a: '1', b: '2,5' }],
  ['a.csv', 'a\tb\n1\t2\n', { a: '1', b: '2' }],
  ['a.csv', '"a;x",b\n1,2\n', { 'a;x': '1', b: '2' }],
  ['a.tsv', 'a,x\tb\n1\t2\n', { 'a,x': '1', b: '2' }],
])('%s %j is told apart by its header', async (name, text, row) => {
  expect((await read(name, text)).rows).toEqual([[2, row]]);
});

test('CSV: a row of another length is told of and left out', async () => {
  expect(await read('a.csv', 'a,b\n1\n1,2\n1,2,3\n')).toEqual({
    columns: ['a', 'b'],
    rows: [[3, { a: '1', b: '2' }]],
    unreadable: [
      [2, 'it has 1 value, and the header has 2 columns'],
      [4, 'it has 3 values, and the header has 2 columns'],
    ],
  });
});

test.each([
  ['', 'it is empty; a CSV without rows has its header'],
  ['a,b,a\n1,2,3\n', 'it has two columns "a"'],
  ['a\n1\n"2\n3\n', 'it has a quote after line 2 that is never closed'],
  [
    'a,b\n1,5" disk\n',
    'it has a quote within a value in line 2; put the value in quotes, and write the quote within it twice',
  ],
  ['a,b\n1,"x"y\n', 'it has text behind a closing quote in line 2; a quote within quotes is written twice'],
])('CSV: %j is none', async (text, problem) => {
  expect((await read('a.csv', text)).problem).toBe(problem);
});

test('CSV: what is not UTF-8 is said with its line', async () => {
  const told = await read('a.csv', Buffer.concat([Buffer.from('a\n1\n'), Buffer.from([0xe9, 0x0a])]));
  expect(told.problem).toBe('it is no text in UTF-8 (line 3)');
});

test('JSON Lines: any values, blank lines are none, and a line that cannot be read is told of', async () => {
  const told = await read('a.jsonl', '{"id": 1}\n\n[2]\r\nnot json\n3');
  expect(told.rows).toEqual([
    [1, { id: 1 }],
    [3, [2]],
    [5, 3],
  ]);
  expect(told.unreadable).toEqual([[4, expect.stringMatching(/^it is not JSON \(.+\)$/)]]);
});

test('JSON: the items of its list', async () => {
  expect((await read('a.json', '[1, {"a": 2}]')).rows).toEqual([
    [1, 1],
    [2, { a: 2 }],
  ]);
  expect((await read('a.json', '{"a": 2}')).problem).toBe('it has no rows, since it is no list');
});

test('Parquet: rows in order over all row groups, what JSON has no type for as text', async () => {
  const data = parquetBytes(
    [
      { name: 'id', data: [1n, 2n, 9_007_199_254_740_993n], type: 'INT64' },
      { name: 'x', data: [0.5, Number.NaN, null], type: 'DOUBLE' },
      { name: 'name', data: ['a', 'ü', null], type: 'STRING' },
      { name: 'ok', data: [true, false, null], type: 'BOOLEAN' },
      { name: 'at', data: [new Date('2026-01-02T03:04:05Z'), null, null], type: 'TIMESTAMP' },
    ],
    { rowGroupSize: 2 },
  );
  expect(await read('a.parquet', data)).toEqual({
    columns: ['id', 'x', 'name', 'ok', 'at'],
    rows: [
      [1, { id: 1, x: 0.5, name: 'a', ok: true, at: '2026-01-02T03:04:05.000Z' }],
      [2, { id: 2, x: 'NaN', name: 'ü', ok: false, at: null }],
      [3, { id: '9007199254740993', x: null, name: null, ok: null, at: null }],
    ],
    unreadable: [],
  });
});

test('Parquet: a damaged file is said to be one, wherever it is damaged', async () => {
  const whole = parquetBytes([{ name: 'id', data: Array.from({ length: 100 }, (_, at) => `id ${at}`) }]);
  const problems = new Set<string>();
  for (let at = 0; at < whole.length; at += 7) {
    const damaged = whole.slice();
    damaged[at] = (damaged[at] as number) ^ 0xff;
    const { problem } = await read('a.parquet', damaged);
    if (problem !== undefined) problems.add(problem.replace(/\(.*\)$/s, '(…)'));
  }
  expect([...problems]).toEqual(['it is no Parquet that can be read (…)']);
  expect((await read('a.parquet', whole.slice(0, 50))).problem).toMatch(/^it is no Parquet that can be read \(/);
});

test.each(['a.csv', 'a.jsonl', 'a.json'])('%s is read no further than it is wanted', async (name) => {
  const text = name === 'a.json' ? '[1, 2, 3]' : '1\n2\n3\n4\n';
  expect((await read(name, text, 2)).rows).toHaveLength(2);
});

test('what the taker throws comes out', async () => {
  const fs = new MemoryFileSystem();
  fs.write({ '/w/a.csv': 'a\n1\n' });
  const reading = readRows(fs, '/w/a.csv', {
    columns: () => {},
    row: () => {
      throw new RangeError('of the taker');
    },
    unreadable: () => {},
  });
  await expect(reading).rejects.toThrow('of the taker');
});
