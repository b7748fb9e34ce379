// `tabular/read`: what is found out of a file, what becomes of its records, and what is refused.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileSchema } from '../../../src/schema/validate.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import type { TableParams } from '../src/table/table.ts';
import { cellsOf, readTable } from './read-table.ts';
import { runStage, useWorker } from './run-stage.ts';

let folder: string;

useWorker();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrangle-read-stage-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

/** Labels, then rows. */
async function tableOf(text: string | Uint8Array, params: TableParams = {}, name?: string) {
  const read = await readTable(text, params, name);
  return [read.labels, ...cellsOf(read)];
}

async function failure(text: string | Uint8Array, params: TableParams = {}, name?: string): Promise<object> {
  return readTable(text, params, name).then(
    () => ({}),
    (error: { readonly error: object }) => error.error,
  );
}

const LINES = Array.from({ length: 6 }, (_, at) => `item ${at},${at},2024-01-0${at + 1}`);

describe('how a CSV is written', () => {
  const plain = [['name', 'count', 'day'], ...LINES.map((line) => line.split(','))];

  test.each([
    [',', ''],
    [';', ''],
    ['\t', ''],
    ['|', ''],
    ['^', ''],
    ['~', ''],
    [', ', ''],
    [' ', '"'],
    [':', "'"],
    [',', "'"],
  ])('delimiter %j, quote %j', async (delimiter, quote) => {
    const text = plain.map((row) => row.map((cell) => quote + cell + quote).join(delimiter)).join('\n');
    const read = await readTable(text);
    expect([read.labels, ...cellsOf(read)]).toEqual(plain);
    expect(read.source.csv?.delimiter).toBe(delimiter);
    if (quote !== '') expect(read.source.csv?.quote).toBe(quote);
  });

  test('quotes with a backslash before them', async () => {
    expect(await tableOf('name,size\n"8\\" pipe, grey",1\n"10\\" pipe",2\n"a \\\\ b",3\n')).toEqual([
      ['name', 'size'],
      ['8" pipe, grey', '1'],
      ['10" pipe', '2'],
      ['a \\ b', '3'],
    ]);
  });

  test.each([
    ['UTF-8 with two byte order marks', 'utf-8', Buffer.from('\uFEFF\uFEFFname,price\nZoë,1\n')],
    ['UTF-16', 'utf-16le', Buffer.from('\uFEFFname,price\nZoë,1\n', 'utf16le')],
    ['UTF-16 without a mark', 'utf-16be', Buffer.from('name,price\nZoë,1\n', 'utf16le').swap16()],
    ['Windows-1252', 'windows-1252', Buffer.from('name,price\nZo\xeb,1\n', 'latin1')],
  ])('%s', async (_, encoding, bytes) => {
    const read = await readTable(bytes);
    expect([read.source.csv?.encoding, read.labels, ...cellsOf(read)]).toEqual([
      encoding,
      ['name', 'price'],
      ['Zoë', '1'],
    ]);
  });

  test('all characters that only Windows-1252 has', async () => {
    const bytes = Buffer.from([0x61, 0x2c, 0x62, 0x0a, 0x80, 0x2c, 0x93, 0x0a, 0xe9, 0x2c, 0x99, 0x0a]);
    expect(await tableOf(bytes)).toEqual([
      ['a', 'b'],
      ['€', '“'],
      ['é', '™'],
    ]);
    const label = Buffer.from([...Buffer.from('name,in '), 0x80, ...Buffer.from('\nZo'), 0xeb, ...Buffer.from(',1\n')]);
    expect((await readTable(label)).labels).toEqual(['name', 'in €']);
  });

  test('lines that end in different ways', async () => {
    const read = await readTable('a,b\r\n1,2\n3,4\r5,6');
    expect(cellsOf(read)).toEqual([
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
    ]);
    expect(read.source.csv?.line_terminator).toBe('mixed');
  });

  test('no names, two rows of names, names of groups', async () => {
    expect(await tableOf('1,2\n3,4\n')).toEqual([
      [undefined, undefined],
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(await tableOf('depth,heat\nm,K\n1,280\n2,281\n3,282\n')).toEqual([
      ['depth m', 'heat K'],
      ['1', '280'],
      ['2', '281'],
      ['3', '282'],
    ]);
    expect((await readTable('north,,south,\nx,y,x,y\n1,2,3,4\n5,6,7,8\n')).labels).toEqual([
      'north x',
      'north y',
      'south x',
      'south y',
    ]);
  });

  test('a title before the table and a remark below it are no rows', async () => {
    const read = await readTable(`Stock of the shop,,\n,,\nname,count,day\n${LINES.join('\n')}\n\nCounted by hand\n`);
    expect([read.labels, cellsOf(read).length]).toEqual([['name', 'count', 'day'], 6]);
    expect(read.source.records).toMatchObject({ total: 11, preamble: 2, header: 1, kept: 6, footer: 2 });
  });

  test('several tables in one file', async () => {
    const text = `name,count,day\n${LINES.join('\n')}\n\nplace,size\nattic,10\ncellar,20\nhall,30\n`;
    const first = await readTable(text);
    expect([first.labels, cellsOf(first).length]).toEqual([['name', 'count', 'day'], 6]);
    expect(first.source.tables.map(({ first_line, last_line, columns }) => [first_line, last_line, columns])).toEqual([
      [1, 8, 3],
      [9, null, 2],
    ]);
    expect(await tableOf(text, { dialect: { table: 1 } })).toEqual([
      ['place', 'size'],
      ['attic', '10'],
      ['cellar', '20'],
      ['hall', '30'],
    ]);
    expect(await failure(text, { dialect: { table: 2 } })).toEqual({
      code: 'dialect-error',
      category: 'critical',
      message: '"table.csv" has 2 tables; there is no table 2 (they are counted from 0).',
      file: 'table.csv',
    });
  });

  test('quotes in odd places are characters, and take no other rows with them', async () => {
    const more = `${LINES.join('\n')}\n"a, b",1,2024-02-04\n`;
    const text = `name,count,day\n${LINES[0]}\nx,"5,2024-02-01\n"y,6,2024-02-02\n${LINES[1]}\n"10" nail, long",7,2024-02-03\n${LINES[2]}\n${more}`;
    const read = await readTable(text);
    expect(
      cellsOf(read)
        .slice(0, 6)
        .map(([name, count]) => [name, count]),
    ).toEqual([
      ['item 0', '0'],
      ['x', '"5'],
      ['"y', '6'],
      ['item 1', '1'],
      ['10" nail, long', '7'],
      ['item 2', '2'],
    ]);
    expect(read.source.records).toMatchObject({ kept: 10, repaired: 3 });
  });
});

describe('records that do not fit', () => {
  const text = 'a,b,c\n1,2,3\n1,2\n1,2,3,\n1,2,3,4\n\n5,6,7\n';

  test('are filled up, cut or rejected, each with its number and line', async () => {
    const read = await readTable(text);
    expect(read.rows).toEqual([
      [0, '1', '2', '3'],
      [1, '1', '2', null],
      [2, '1', '2', '3'],
      [5, '5', '6', '7'],
    ]);
    expect(read.rejects).toEqual([
      {
        row: 3,
        line: 5,
        code: 'extra-cell',
        message: 'has 4 cells where there are 3 columns',
        cells: ['1', '2', '3', '4'],
      },
    ]);
    expect([read.source.records, read.source.repairs, read.source.rejects]).toEqual([
      {
        total: 7,
        preamble: 0,
        header: 1,
        kept: 2,
        repaired: 2,
        rejected: 1,
        blank: 1,
        footer: 0,
        other_tables: 0,
      },
      { 'missing-cell': 1, 'extra-cell': 1 },
      { 'extra-cell': 1 },
    ]);
  });

  test('are all rejected, or fail the stage, when that is asked for', async () => {
    const { rejects } = await readTable(text, { on_bad_row: 'reject' });
    expect(rejects.map(({ line, code }) => [line, code])).toEqual([
      [3, 'missing-cell'],
      [4, 'extra-cell'],
      [5, 'extra-cell'],
    ]);
    expect(await failure(text, { on_bad_row: 'fail' })).toEqual({
      code: 'missing-cell',
      category: 'critical',
      message:
        'Line 3 of "table.csv" has 2 cells where there are 3 columns. Set "on_bad_row: pad" to fill up short rows, or "on_bad_row: reject" to leave such rows out.',
      file: 'table.csv',
      row: 3,
    });
    expect(await failure(text, { on_bad_row: 'reject', max_rejects: 2 })).toEqual({
      code: 'too-many-rejects',
      category: 'critical',
      message:
        'In "table.csv" more than 2 rows are rejected, the last in line 5: it has 4 cells where there are 3 columns. Raise "max_rejects", or check "dialect".',
      file: 'table.csv',
      row: 5,
    });
  });

  test('are put right where the kinds of their cells leave one way only', async () => {
    const rows = Array.from({ length: 8 }, (_, at) => `key ${at},2024-03-0${at + 1},${at}.5,note,12:0${at}`);
    const odd = [
      'key 8,,2024-03-09,8.5,note,12:08', // An empty cell too many.
      'key 9,9.5,note,12:09', // The date is missing.
      'key 10;2024-03-11;10.5;note;12:10', // Semicolons.
      'key 11,2024-03-12,11.5,12:11', // What is missing is the note.
      'key 12,2024-03-13,one,two,three,12:12', // No way.
    ];
    const read = await readTable(`name,day,size,remark,time\n${[...rows, ...odd].join('\n')}\n`);
    expect(read.rows.slice(8)).toEqual([
      [8, 'key 8', '2024-03-09', '8.5', 'note', '12:08'],
      [9, 'key 9', null, '9.5', 'note', '12:09'],
      [10, 'key 10', '2024-03-11', '10.5', 'note', '12:10'],
      [11, 'key 11', '2024-03-12', '11.5', null, '12:11'],
    ]);
    expect([read.source.repairs, read.rejects.map(({ line }) => line)]).toEqual([
      { realigned: 3, 'other-delimiter': 1 },
      [14],
    ]);
  });

  test('further in than the sample are found too', async () => {
    const many = Array.from({ length: 500 }, (_, at) => `item ${at},${at}`);
    const read = await readTable(`name,n\n${many.join('\n')}\na,1,2\n${many.join('\n')}\n`, { sample_bytes: 1024 });
    expect([read.rows.length, read.rejects.map(({ row, line }) => [row, line])]).toEqual([1000, [[500, 502]]]);
    expect(read.rows.at(-1)?.[0]).toBe(1000);
  });

  test('of JSON Lines are rejected with their line', async () => {
    const read = await readTable('{"a":1}\n{"a":\n\n[2]\n{"a":"3"}\n', {}, 'lines.jsonl');
    expect(read.rows).toEqual([
      [0, '1'],
      [3, '3'],
    ]);
    expect(read.rejects).toEqual([
      { row: 1, line: 2, code: 'format-error', message: 'is left out: it is no JSON', text: '{"a":' },
      { row: 2, line: 4, code: 'format-error', message: 'is left out: it is no object', text: '[2]' },
    ]);
  });
});

describe('JSON', () => {
  test('keeps digits, and what is nested as it is written', async () => {
    const text =
      '[{"id": 12345678901234567890, "x": 1.50, "n": [1, {"a b": "c d"}], "ok": true},\n {"x": 2, "z": null}]';
    const read = await readTable(text, {}, 'list.json');
    expect(cellsOf(read)).toEqual([
      ['12345678901234567890', '1.50', '[1,{"a b":"c d"}]', 'true', null],
      [null, '2', null, null, null],
    ]);
    expect(read.source.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id VARCHAR',
      'x DOUBLE',
      'n VARCHAR',
      'ok BOOLEAN',
      'z VARCHAR',
    ]);
  });

  test.each([
    ['[{"a":1}, ', 'is damaged in line 1: the file ends in the middle.'],
    ['[{"a":1}\n {"a":2}]', 'is damaged in line 2: "{" where a comma is expected.'],
    ['[{"a":1},\n{"a":b}]', 'is damaged in line 2: it is no JSON.'],
    ['[1,2]', 'cannot be read as a table: nothing in it is a JSON object.'],
  ])('%j is damaged', async (text, message) => {
    expect(await failure(text, {}, 'list.json')).toMatchObject({
      code: 'format-error',
      message: `"list.json" ${message}`,
    });
  });
});

describe('odd files', () => {
  test('nothing, names alone, one column', async () => {
    for (const name of ['empty.csv', 'empty.json', 'empty.jsonl', 'empty.parquet', 'empty']) {
      const { names, rows, source } = await readTable('', {}, name);
      expect([names, rows, source.records.total]).toEqual([[], [], 0]);
    }
    expect(await tableOf('a,b\n')).toEqual([['a', 'b']]);
    expect(await tableOf('name\nx\n\ny\n')).toEqual([['name'], ['x'], [null], ['y']]);
  });

  test('ten thousand columns', async () => {
    const row = (at: number) => Array.from({ length: 10_000 }, (_, column) => `${at * column}`).join(',');
    const names = Array.from({ length: 10_000 }, (_, column) => `c${column}`).join(',');
    const read = await readTable(`${names}\n${row(1)}\n${row(2)}\n`);
    expect([read.names.length, read.rows.map((cells) => cells.at(-1))]).toEqual([10_000, ['9999', '19998']]);
  });

  test('names that are blank, there twice, or called as ours', async () => {
    const read = await readTable('a,A,,_row\n1,2,3,4\n');
    expect([read.names, read.labels]).toEqual([
      ['a', 'A_2', 'column_3', '_row_2'],
      ['a', 'A', '', '_row'],
    ]);
  });

  test('what is no table is refused', async () => {
    const bytes = Buffer.from(Array.from({ length: 500 }, (_, at) => (at * 7) % 32));
    expect(await failure(bytes)).toEqual({
      code: 'dialect-error',
      category: 'critical',
      message: '"table.csv" cannot be read as a CSV: it is no text but binary data.',
      file: 'table.csv',
    });
    expect(await failure(Buffer.from('PK\x03\x04 and so on'))).toMatchObject({
      message: '"table.csv" cannot be read as a CSV: it is a ZIP archive, such as an Excel workbook.',
    });
    expect(await failure(Buffer.from('a,b\n\xff,1\n', 'latin1'), { dialect: { encoding: 'utf-8' } })).toEqual({
      code: 'encoding-error',
      category: 'critical',
      message: '"table.csv" is not in UTF-8: some of its bytes are no characters there.',
      file: 'table.csv',
    });
  });
});

describe('the stage', () => {
  const schemaOf = (name: string) => {
    const url = new URL(`../schemas/${name}.schema.json`, import.meta.url);
    const schema = compileSchema(JSON.parse(readFileSync(url, 'utf8')) as Json);
    if (!schema.ok) throw new Error(schema.error);
    return schema.value;
  };

  test('writes a table that is read again as it is, what was found out, and what was rejected', async () => {
    const data = file('shop.csv', `Shop;;\n\nName;COUNT;Name\n"x";1;\ny;2;"a;b"\nz;3;4;5\n\n`);
    const start = { inputs: { data }, output: 'table.parquet' };
    const end = await runStage('read', start);
    const again = await runStage('read', start);
    expect(end.result).toMatchObject({
      status: 'ok',
      metrics: { records: 7, rows: 2, repaired: 0, rejected: 1, columns: 3 },
    });
    expect(end.logs).toEqual(['In "shop.csv" 1 record was rejected.']);
    for (const port of ['table', 'dialect', 'rejects'])
      expect(again.outputs[port]?.equals(end.outputs[port] as Buffer)).toBe(true);
    const document = JSON.parse(String(end.outputs['dialect'])) as Json;
    expect(schemaOf('dialect')(document)).toEqual([]);
    const rejects = String(end.outputs['rejects'])
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Json);
    expect(rejects.flatMap((reject) => schemaOf('rejects')(reject))).toEqual([]);
    expect(rejects).toMatchObject([{ row: 2, line: 6, cells: ['z', '3', '4', '5'] }]);

    const { names, labels, rows, source } = await readTable(end.outputs['table'] as Buffer, {}, 'shop.parquet');
    expect([names, labels, rows, source.format]).toEqual([
      ['Name', 'COUNT', 'Name_2'],
      ['Name', 'COUNT', 'Name'],
      [
        [0, 'x', '1', null],
        [1, 'y', '2', 'a;b'],
      ],
      'parquet',
    ]);
  });

  test('writes a table without columns for an empty file', async () => {
    const end = await runStage('read', { inputs: { data: file('empty.csv', '') }, output: 'table.parquet' });
    expect(end.result).toMatchObject({ status: 'ok', metrics: { records: 0, rows: 0, columns: 0 } });
    const { names, rows } = await readTable(end.outputs['table'] as Buffer, {}, 'empty.parquet');
    expect([names, rows]).toEqual([[], []]);
    expect(String(end.outputs['rejects'])).toBe('');
  });

  test('does not take a damaged Parquet file', async () => {
    const made = await runStage('read', { inputs: { data: file('a.csv', 'a,b\n1,2\n') }, output: 'table.parquet' });
    const cut = file('cut.parquet', (made.output as Buffer).subarray(0, 100));
    const end = await runStage('read', { inputs: { data: cut }, output: 'table.parquet' });
    expect([end.result?.status, end.result?.error]).toEqual([
      'failed',
      {
        code: 'format-error',
        category: 'critical',
        message: '"cut.parquet" cannot be read as a table: Invalid Input Error: No magic bytes found at end',
        file: 'cut.parquet',
      },
    ]);
  });
});
