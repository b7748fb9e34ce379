// `tabular/profile`, as a process: real tables, the corners of CSV, and what cannot be read.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileSchema } from '../../../src/schema/validate.ts';
import type { Json } from '../../../src/util/canonical-json.ts';
import type { ProfileColumn, ProfileDocument } from '../src/documents.generated.ts';
import { runStage, useWorker } from './run-stage.ts';

const data = fileURLToPath(new URL('../../../node_modules/vega-datasets/data', import.meta.url));
const schema = compileSchema(
  JSON.parse(readFileSync(new URL('../schemas/profile.schema.json', import.meta.url), 'utf8')) as Json,
);
let folder: string;

useWorker();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrangle-profile-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function profileFile(path: string, params: object = {}): Promise<ProfileDocument> {
  const end = await runStage('profile', { params, inputs: { data: path }, output: 'profile.json' });
  expect([end.result?.error, end.result?.status]).toEqual([undefined, 'ok']);
  const profile = JSON.parse(String(end.output)) as ProfileDocument;
  if (!schema.ok) throw new Error(schema.error);
  expect(schema.value(profile as unknown as Json)).toEqual([]);
  return profile;
}

function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const profileText = (text: string | Uint8Array, params: object = {}, name = 'table.csv') =>
  profileFile(write(name, text), params);

function column(profile: ProfileDocument, name: string): ProfileColumn {
  const found = profile.columns.find((one) => one.name === name);
  if (!found) throw new Error(`no column ${name} but ${profile.columns.map((one) => one.name).join(', ')}`);
  return found;
}

/** Name, type and number of missing values of each column. */
const brief = (profile: ProfileDocument) =>
  profile.columns.map(({ name, type, missing }) => `${name}:${type}:${missing.count}`);

describe('real tables', () => {
  test('birdstrikes.csv: 10,000 rows, the same bytes from two runs, and from a process of its own', async () => {
    const start = { inputs: { data: join(data, 'birdstrikes.csv') }, output: 'profile.json' };
    const first = await runStage('profile', start);
    const second = await runStage('profile', start);
    const alone = await runStage('profile', { ...start, alone: true });
    expect(first.output?.equals(second.output as Buffer)).toBe(true);
    expect(first.output?.equals(alone.output as Buffer)).toBe(true);
    expect(alone).toMatchObject({ exitCode: 0, result: { status: 'ok', metrics: first.result?.metrics } });
    expect(first.result?.metrics).toMatchObject({
      rows: 10_000,
      columns: 14,
      missing_rate: 0.020257,
      duplicate_rows: 24,
    });
    const profile = JSON.parse(String(first.output)) as ProfileDocument;
    expect(profile.columns.map(({ name, type, distinct }) => `${name}: ${type}, ${distinct}`)).toEqual([
      'Airport Name: text, 50',
      'Aircraft Make Model: text, 225',
      'Effect Amount of damage: text, 6',
      'Flight Date: date, 3625',
      'Aircraft Airline Operator: text, 46',
      'Origin State: text, 29',
      'Phase of flight: text, 7',
      'Wildlife Size: text, 3',
      'Wildlife Species: text, 37',
      'Time of day: text, 4',
      'Cost Other: integer, 65',
      'Cost Repair: integer, 165',
      'Cost Total $: integer, 196',
      'Speed IAS in knots: integer, 122',
    ]);
    const date = column(profile, 'Flight Date');
    expect([date.min, date.max]).toEqual(['1990-01-08', '2002-07-25']);
    const speed = column(profile, 'Speed IAS in knots');
    expect(speed.missing).toEqual({ count: 2836, rate: 0.2836, absent: 2836, empty: 0, blank: 0, disguised: 19 });
    expect(speed.numeric?.quantiles).toEqual({ p05: 100, p25: 130, p50: 140, p75: 170, p95: 250 });
    expect(column(profile, 'Aircraft Airline Operator').placeholders).toEqual([
      { value: 'UNKNOWN', count: 72, token: true, evidence: ['token'], disguised: false },
    ]);
  });

  test('movies.json, a tab-separated file, and codes with leading zeros', async () => {
    const movies = await profileFile(join(data, 'movies.json'), { top_k: 1 });
    expect(movies.table).toMatchObject({ rows: 3201, columns: 16 });
    expect(column(movies, 'IMDB Rating')).toMatchObject({ type: 'decimal', min: 1.4, max: 9.2 });
    const unemployment = await profileFile(join(data, 'unemployment.tsv'));
    expect([unemployment.source.csv?.delimiter, ...brief(unemployment)]).toEqual([
      '\t',
      'id:integer:0',
      'rate:decimal:0',
    ]);
    expect(column(await profileFile(join(data, 'zipcodes.csv'), { top_k: 0 }), 'zip_code').type).toBe('text');
  });

  test('a sample is spread over the table and says so', async () => {
    const profile = await profileFile(join(data, 'birdstrikes.csv'), { sample_rows: 100 });
    expect(profile.table).toMatchObject({ rows: 100, rows_total: 10_000 });
    const date = column(profile, 'Flight Date');
    // The file is in the order of dates, more or less.
    expect([String(date.min).slice(0, 4), String(date.max).slice(0, 4)]).toEqual(['1990', '2002']);
  });
});

describe('a table that is large', () => {
  test('counts and numbers are of all its values, and what is not says so', async () => {
    const size = 60_000;
    const rows = Array.from({ length: size }, (_, at) => {
      const odd = at === 17 ? 'x' : at === 18 ? 'n/a' : at === 19 ? '' : at === 20 ? ' 20.5 ' : `${at}.5`;
      return `${at},${odd}\n`;
    });
    const profile = await profileText(`id,v\n${rows.join('')}`, { fd: { max_lhs: 0 } });
    const [id, v] = [column(profile, 'id'), column(profile, 'v')];
    expect(id).toMatchObject({
      type: 'integer',
      type_violations: 0,
      distinct: size,
      unique: size,
      min: 0,
      max: size - 1,
    });
    expect(id.numeric).toMatchObject({ mean: (size - 1) / 2, monotonic: 'strictly_increasing', integers: true });
    expect(id.type_counts).toMatchObject({ integer: size, decimal: size, float: size });
    expect(v).toMatchObject({
      type: 'decimal',
      type_violations: 1,
      values: size - 1,
      distinct: size - 1,
      min: 0.5,
      max: 59_999.5,
    });
    expect(v.missing).toMatchObject({ count: 1, absent: 1 });
    expect(v.numeric).toMatchObject({ count: size - 3, monotonic: 'strictly_increasing' });
    expect(profile.findings).toEqual([
      expect.objectContaining({ kind: 'type_violation', column: 'v', value: 'x', rows: [17] }),
    ]);
    expect(profile.keys.minimal.map(({ columns }) => columns)).toEqual([['id']]);
    expect(profile.skipped.filter(({ what }) => what === 'columns.values').map(({ columns }) => columns)).toEqual([
      ['id'],
      ['v'],
    ]);
    expect(profile.correlations.map(({ method, value }) => [method, value])).toEqual([
      ['pearson', 1],
      ['spearman', 1],
    ]);
  });
});

describe('a table whose rows come in another order', () => {
  const cities = ['Bonn', 'Lyon', 'Turin', 'Porto'];
  const made = Array.from({ length: 120 }, (_, at) => {
    const city = at === 50 ? 'Lyonn' : cities[at % 4];
    return [
      `K${at}`,
      city,
      at === 61 ? 'XX' : ['DE', 'FR', 'IT', 'PT'][at % 4],
      at === 7 ? '9999' : `${20 + ((at * 7) % 50)}`,
      `${1 + (at % 12)}/${1 + (at % 28)}/2020`,
    ];
  });
  const text = (rows: readonly (readonly (string | undefined)[])[]) =>
    `key,city,country,age,day\n${rows.map((row) => `${row.join(',')}\n`).join('')}`;

  test('says the same, but for positions', async () => {
    const turned = made.map((_, at) => made[(at * 37) % made.length] ?? []);
    const [one, other] = [await profileText(text(made)), await profileText(text(turned))];
    const plain = (profile: ProfileDocument) =>
      JSON.parse(
        JSON.stringify({ ...profile, source: null, findings: profile.findings.length }, (key, value) =>
          ['rows', 'samples', 'monotonic', 'violating'].includes(key) && typeof value !== 'number' ? null : value,
        ),
      ) as unknown;
    expect(plain(other)).toEqual(plain(one));
    const found = (profile: ProfileDocument) =>
      profile.findings.map(({ kind, column: name, value, suggestion }) => [kind, name, value, suggestion]);
    expect(found(other)).toEqual(found(one));
    expect(found(one)).toContainEqual(['typo', 'city', 'Lyonn', 'Lyon']);
    expect(found(one)).toContainEqual(['outlier', 'age', '9999', null]);
    expect(one.keys.minimal[0]?.columns).toEqual(['key']);
    expect(one.dependencies.soft.find(({ lhs, rhs }) => lhs[0] === 'city' && rhs === 'country')?.violations).toBe(1);
    expect(column(one, 'day').datetime).toMatchObject({ day_first: false, parsed: 120 });
  });
});

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

describe('types and numbers', () => {
  /** Per column of values: type, violations, smallest and largest. All columns are read in one go. */
  const typesOf = async (columns: readonly (readonly string[])[]) => {
    const rows = Array.from({ length: Math.max(...columns.map((values) => values.length)) }, (_, row) =>
      columns.map((values) => values[row] ?? '').join(','),
    );
    const labels = columns.map((_, at) => `v${at}`).join(',');
    const profile = await profileText(`${labels},n\n${rows.map((row) => `${row},0\n`).join('')}`);
    return columns.map((_, at) => {
      const { type, type_violations, min, max } = column(profile, `v${at}`);
      return [type, type_violations, min, max];
    });
  };

  test('a type is what nearly all values are, and the rest is counted', async () => {
    const cases: [readonly string[], readonly (string | number)[]][] = [
      [
        ['1', '2', '10'],
        ['integer', 0, 1, 10],
      ],
      [
        ['1', '2.50', '-3e2'],
        ['float', 0, -300, 2.5],
      ],
      [
        ['2024-02-29', '2023-12-31'],
        ['date', 0, '2023-12-31', '2024-02-29'],
      ],
      [
        ['2023-02-29', '2023-12-31'],
        ['text', 0, '2023-02-29', '2023-12-31'],
      ],
      [
        ['2024-01-01T00:00:00Z', '2024-01-01T00:30:00+01:00'],
        ['datetime', 0, '2023-12-31T23:30:00Z', '2024-01-01T00:00:00Z'],
      ],
      [
        ['9:30', '10:15:00'],
        ['time', 0, '09:30:00', '10:15:00'],
      ],
      [
        ['yes', 'No'],
        ['boolean', 0, 'No', 'yes'],
      ],
      [
        ['01', '02'],
        ['text', 0, '01', '02'],
      ],
      [
        [...Array.from({ length: 39 }, (_, at) => String(at)), 'x'],
        ['integer', 1, 0, 38],
      ],
      [
        ['1', 'x'],
        ['text', 0, '1', 'x'],
      ],
    ];
    expect(await typesOf(cases.map(([values]) => values))).toEqual(cases.map(([, facts]) => facts));
  });

  test('what a number of JSON cannot hold is a text', async () => {
    const huge = `1${'0'.repeat(40)}1`;
    expect(
      await typesOf([
        ['9007199254740993', '-9007199254740993'],
        [huge, '5', '-7'],
        ['0.12345678901234567', '1.50'],
        ['1e400', '5'],
      ]),
    ).toEqual([
      ['integer', 0, '-9007199254740993', '9007199254740993'],
      ['integer', 0, -7, huge],
      ['decimal', 0, '0.12345678901234567', 1.5],
      ['float', 0, 5, '1e400'],
    ]);
  });

  test('the deviation of large numbers that differ little (the NIST sets NumAcc1, NumAcc3 and NumAcc4)', async () => {
    const deviation = async (values: readonly string[]) => {
      const { numeric } = column(await profileText(`v\n${values.join('\n')}\n`), 'v');
      return [numeric?.mean, numeric?.std];
    };
    expect(await deviation(['10000001', '10000003', '10000002'])).toEqual([10000002, 1]);
    const alternating = (whole: string) => [
      `${whole}.2`,
      ...Array.from({ length: 1000 }, (_, at) => `${whole}.${at % 2 === 0 ? 1 : 3}`),
    ];
    for (const [whole, mean] of [
      ['1000000', 1000000.2],
      ['10000000', 10000000.2],
    ] as const) {
      const [found, std] = await deviation(alternating(whole));
      expect(Math.abs((found as number) / mean - 1)).toBeLessThan(1e-15);
      // Certified: 0.1. The values themselves are only this exact as numbers.
      expect(Math.abs((std as number) - 0.1)).toBeLessThan(1e-8);
    }
  });

  test('quantiles are interpolated', async () => {
    const { numeric } = column(await profileText('v\n1\n2\n3\n4\n'), 'v');
    expect(numeric?.quantiles).toEqual({ p05: 1.15, p25: 1.75, p50: 2.5, p75: 3.25, p95: 3.8499999999999996 });
  });

  test('values of the same count are in one order', async () => {
    const profile = await profileText('v,n\nb,1\na,1\nÄ,1\nB,1\nb,1\n', { top_k: 4 });
    expect(column(profile, 'v').top).toEqual([
      { value: 'b', count: 2 },
      { value: 'B', count: 1 },
      { value: 'a', count: 1 },
      { value: 'Ä', count: 1 },
    ]);
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
