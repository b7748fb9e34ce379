// `tabular/profile`: the corners of CSV, other formats, and what cannot be read.
import { describe, expect, test } from 'vitest';
import { brief, column, profileText, useProfiles, write } from './profile-file.ts';
import { runStage } from './run-stage.ts';

useProfiles();

describe('the corners of CSV', () => {
  test('nothing, a header alone, one column, blank lines', async () => {
    expect((await profileText('')).table).toMatchObject({ rows: 0, rows_total: 0, columns: 0, cells: 0 });
    const header = await profileText('a,b\n');
    expect([header.table.rows, ...brief(header)]).toEqual([0, 'a:empty:0', 'b:empty:0']);
    // With one column a blank line is a row, with several it is none.
    const one = await profileText('name\nx\n\ny\n');
    expect([one.table.rows, ...brief(one)]).toEqual([3, 'name:text:1']);
    const two = await profileText('a,b\n1,2\n\n3,4\n');
    expect([two.table.rows, two.source.csv?.blank_lines, ...brief(two)]).toEqual([2, 1, 'a:integer:0', 'b:integer:0']);
  });

  test('nothing there, an empty text, and spaces are three ways to be missing', async () => {
    const profile = await profileText('a,b\n,1\n"",2\n"  ",3\nx,4\n');
    expect(column(profile, 'a').missing).toEqual({ count: 3, rate: 0.75, absent: 1, empty: 1, blank: 1, disguised: 0 });
  });

  test('labels that are blank, or there twice', async () => {
    const profile = await profileText('a,A,,a,a_2\nx,y,z,v,w\n');
    expect(profile.columns.map(({ name, label }) => [name, label])).toEqual([
      ['a', 'a'],
      ['A_3', 'A'],
      ['column_3', ''],
      ['a_4', 'a'],
      ['a_2', 'a_2'],
    ]);
  });

  test('delimiters and quotes inside values, line ends of every kind', async () => {
    const profile = await profileText('a,b\r\n"x, y","line 1\r\nline 2"\r\n"say ""hi""",2\r\n');
    expect(profile.source.csv?.line_end).toBe('crlf');
    expect(column(profile, 'a').top.map(({ value }) => value)).toEqual(['say "hi"', 'x, y']);
    expect(column(profile, 'b').top.map(({ value }) => value)).toEqual(['2', 'line 1\r\nline 2']);
    const old = await profileText('a,b\r1,2\r3,4\r');
    expect([old.source.csv?.line_end, old.table.rows, ...brief(old)]).toEqual(['cr', 2, 'a:integer:0', 'b:integer:0']);
    const mixed = await profileText('a,b\n1,2\r\n3,4');
    expect([mixed.source.csv?.line_end, mixed.table.rows]).toEqual(['mixed', 2]);
  });

  test.each([
    [';', 'a;b;c\n1,5;2;x\n2,5;3;y\n'],
    ['|', 'a|b|c\n1|2|x\n2|3|y\n'],
    ['\t', 'a\tb\tc\n1\t2\tx, y\n2\t3\ty, z\n'],
  ])('the delimiter %j is found out', async (delimiter, text) => {
    const profile = await profileText(text);
    expect([profile.source.csv?.delimiter, profile.table.columns]).toEqual([delimiter, 3]);
  });

  test('sentences with commas are one column', async () => {
    const profile = await profileText('remark\nFast, cheap, good\nNone\nSlow\nFine, thanks\nNo\n');
    expect([profile.source.csv?.delimiter, profile.table.columns, profile.table.rows]).toEqual(['', 1, 5]);
  });

  test('no header', async () => {
    const profile = await profileText('1,x\n2,y\n');
    expect([profile.source.csv?.header, profile.table.rows, ...brief(profile)]).toEqual([
      false,
      2,
      'column_1:integer:0',
      'column_2:text:0',
    ]);
    expect((await profileText('x,y\nz,w\n', { dialect: { header_rows: 0 } })).table.rows).toBe(2);
    // Years are labels often enough.
    expect(brief(await profileText('country,1990,2000\nx,1,2\n'))).toEqual([
      'country:text:0',
      '1990:integer:0',
      '2000:integer:0',
    ]);
  });

  test.each<[string, string, Uint8Array]>([
    ['utf-8', 'a byte order mark', Buffer.from('\uFEFFname,n\nZoë,1\n')],
    ['utf-8', 'two byte order marks', Buffer.from('\uFEFF\uFEFFname,n\nZoë,1\n')],
    ['utf-16le', 'UTF-16', Buffer.from('\uFEFFname,n\nZoë,1\n', 'utf16le')],
    ['utf-16le', 'UTF-16 without a mark', Buffer.from('name,n\nZoë,1\n', 'utf16le')],
    ['utf-16be', 'UTF-16 the other way round', Buffer.from('\uFEFFname,n\nZoë,1\n', 'utf16le').swap16()],
    ['windows-1252', 'Latin letters in one byte', Buffer.from('name,n\nZo\xeb,1\n', 'latin1')],
  ])('%s: %s', async (encoding, _, bytes) => {
    const profile = await profileText(bytes);
    expect([profile.source.csv?.encoding, ...brief(profile)]).toEqual([encoding, 'name:text:0', 'n:integer:0']);
    expect(column(profile, 'name').min).toBe('Zoë');
  });

  test('rows that are too short or too long are counted, with the line of the first', async () => {
    const profile = await profileText('a,b,c\n1,2,"3\n"\n1,2\n1,2,3,4\n1\n1,2,3\n1,2,3\n');
    expect(profile.source.csv).toMatchObject({
      short_rows: 2,
      first_short_line: 4,
      long_rows: 1,
      first_long_line: 5,
    });
    expect(brief(profile)).toEqual(['a:integer:0', 'b:integer:1', 'c:integer:2']);
  });

  test('a quote that is never closed is a character', async () => {
    const profile = await profileText('a,b\n5" pipe,1\n"7 pipe,2\n9,3\n');
    expect([profile.table.rows, profile.table.columns]).toEqual([3, 2]);
    expect(column(profile, 'a').top.map(({ value }) => value)).toEqual(['"7 pipe', '5" pipe', '9']);
  });

  test('a U+0000, a very long value, a file name that looks like a glob', async () => {
    const profile = await profileText(`a,b\nx\0y,1\n${'z'.repeat(3_000_000)},2\n`, {}, 'odd *[a]{b} ?.csv');
    const a = column(profile, 'a');
    expect([a.min, a.length?.max, String(a.max).length]).toEqual(['x\uFFFDy', 3_000_000, 201]);
  });
});

describe('other formats', () => {
  test('a table has the same statistics as CSV, JSON and JSON Lines', async () => {
    const rows = [
      { name: 'x, "y"', n: 1, d: '2024-01-01', big: '12345678901234567890' },
      { name: 'Zoë', n: 2.5, d: '2024-01-02', big: '1' },
      { name: null, n: null, d: null, big: '2' },
    ];
    const cell = (value: unknown) => (value === null ? '' : `"${String(value).replaceAll('"', '""')}"`);
    const csv = ['name,n,d,big', ...rows.map((row) => Object.values(row).map(cell).join(','))].join('\n');
    const profiles = await Promise.all([
      profileText(csv, {}, 'same.csv'),
      profileText(JSON.stringify(rows), {}, 'same.json'),
      profileText(rows.map((row) => JSON.stringify(row)).join('\n'), {}, 'same.jsonl'),
    ]);
    // JSON tells numbers from texts.
    const asRead = profiles[0].columns.map((one) => (one.name === 'n' ? { ...one, stored_type: 'DOUBLE' } : one));
    expect(profiles[1].columns).toEqual(asRead);
    expect(profiles[2].columns).toEqual(asRead);
    expect(brief(profiles[0])).toEqual(['name:text:1', 'n:decimal:1', 'd:date:1', 'big:integer:0']);
  });

  test('objects with different members, and lists in them', async () => {
    const profile = await profileText('{"a":1,"tags":["x","y"]}\n{"b":{"c":2},"a":"1"}\n', {}, 'mixed.ndjson');
    expect(brief(profile)).toEqual(['a:integer:0', 'tags:json:1', 'b:json:1']);
  });

  test('an empty list is a table of nothing', async () => {
    expect((await profileText('[]', {}, 'empty.json')).table).toMatchObject({ rows: 0, columns: 0 });
  });

  test('Parquet', async () => {
    const made = await runStage('query', {
      params: {
        sql: "SELECT range AS id, 'x' || range AS name, DATE '2024-01-01' AS day, 1.5::DECIMAL(9,2) AS price, [range] AS list FROM range(3)",
      },
      inputs: {},
      output: 'table.parquet',
    });
    expect(made.result?.error).toBeUndefined();
    const profile = await profileText(made.output as Buffer, {}, 'table.parquet');
    expect(profile.columns.map(({ name, type, stored_type, max }) => [name, type, stored_type, max])).toEqual([
      ['id', 'integer', 'BIGINT', 2],
      ['name', 'text', 'VARCHAR', 'x2'],
      ['day', 'date', 'DATE', '2024-01-01'],
      ['price', 'decimal', 'DECIMAL(9,2)', 1.5],
      ['list', 'json', 'BIGINT[]', '[2]'],
    ]);
  });
});

test.each<[string, string | Uint8Array, string, object]>([
  ['half.json', '[{"a":1},\n{"a":', '"half.json" is damaged in line 2: the file ends in the middle.', { row: 2 }],
  [
    'half.parquet',
    'PAR1 and nothing more',
    '"half.parquet" cannot be read as a table: Invalid Input Error: No magic bytes found at end',
    {},
  ],
])('%s is no table', async (name, text, message, where) => {
  const start = { inputs: { data: write(name, text) }, output: 'profile.json' };
  const error = { code: 'format-error', category: 'critical', message, file: name, ...where };
  const end = await runStage('profile', start);
  expect([end.result?.status, end.output, end.result?.error]).toEqual(['failed', undefined, error]);
  const alone = await runStage('profile', { ...start, alone: true });
  expect([alone.exitCode, alone.output, alone.result?.error]).toEqual([1, undefined, error]);
});
