// `tabular/query`, as a process: tables by port, types that lose nothing, order, and what goes wrong.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runStage, useWorker } from './run-stage.ts';

const data = fileURLToPath(new URL('../../../node_modules/vega-datasets/data', import.meta.url));
let folder: string;

useWorker();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrangle-query-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, text);
  return path;
}

type Inputs = Parameters<typeof runStage>[1]['inputs'];

async function query(sql: string, inputs: Inputs, params: object = {}, output = 'out.csv'): Promise<string> {
  const end = await runStage('query', { params: { sql, ...params }, inputs, output });
  expect([end.result?.error, end.result?.status]).toEqual([undefined, 'ok']);
  return String(end.output);
}

async function failure(sql: string, inputs: Inputs, params: object = {}, output = 'out.csv') {
  const end = await runStage('query', { params: { sql, ...params }, inputs, output });
  expect(end.result?.status).toBe('failed');
  return end.result?.error;
}

describe('tables', () => {
  test('a join of two formats, in the order asked for', async () => {
    const people = write('people.csv', 'id,name\n2,Zoë\n1,"Ann, B."\n');
    const ages = write('ages.jsonl', '{"id":1,"age":30}\n{"id":2,"age":null}\n');
    const sql = 'SELECT name, age FROM people JOIN ages USING (id) ORDER BY id';
    expect(await query(sql, { people, ages })).toBe('name,age\n"Ann, B.",30\nZoë,\n');
  });

  test('several files are one table, by names of columns, in the order of the files', async () => {
    const first = write('1.csv', 'a,b\n1,x\n');
    const second = write('2.csv', 'b,a,c\ny,2,z\n');
    expect(await query('FROM parts', { parts: [second, first] })).toBe('b,a,c\ny,2,z\nx,1,\n');
  });

  test('rows stay in the order of the file, groups have one order too', async () => {
    const table = write(
      'many.csv',
      `k,n\n${Array.from({ length: 20_000 }, (_, at) => `${(at * 7919) % 1009},${at}`).join('\n')}\n`,
    );
    expect((await query('SELECT n FROM t', { t: table })).split('\n').slice(1, -1)).toEqual(
      Array.from({ length: 20_000 }, (_, at) => String(at)),
    );
    const sql = 'SELECT k, sum(n) / 3 AS s, random() AS r FROM t GROUP BY k';
    expect(await query(sql, { t: table })).toBe(await query(sql, { t: table }));
  });

  test.each(['out.csv', 'out.parquet'])(
    '%s has the same bytes from two runs, and from a process of its own',
    async (output) => {
      const start = {
        params: {
          sql: 'SELECT "Origin State", avg("Speed IAS in knots") AS speed, count(*) AS n FROM birds GROUP BY ALL ORDER BY n DESC, 1',
        },
        inputs: { birds: join(data, 'birdstrikes.csv') },
        output,
      };
      const [first, second] = [await runStage('query', start), await runStage('query', start)];
      const alone = await runStage('query', { ...start, alone: true });
      expect([first.result?.status, alone.result?.status, alone.exitCode]).toEqual(['ok', 'ok', 0]);
      expect(first.output?.equals(second.output as Buffer)).toBe(true);
      expect(first.output?.equals(alone.output as Buffer)).toBe(true);
    },
  );

  test('no input at all', async () => {
    expect(await query("SELECT 1 AS a, '' AS empty, NULL AS missing, 'x\"y' AS quoted", {})).toBe(
      'a,empty,missing,quoted\n1,"",,"x""y"\n',
    );
  });

  test('a tab-separated result, file names that look like globs', async () => {
    const odd = write('odd [1]*.csv', 'a\nx\n');
    expect(await query("SELECT a, 'y' AS b FROM t", { t: odd }, {}, 'out *.tsv')).toBe('a\tb\nx\ty\n');
  });

  test('comments and a semicolon at the end', async () => {
    expect(await query("-- one\nSELECT ';' AS a -- two\n; -- three\n", {})).toBe('a\n;\n');
  });
});

describe('types', () => {
  /** Per column of values: its type, and the values as they come out. All columns are read in one go. */
  const typesOf = async (columns: readonly (readonly string[])[]) => {
    const rows = Array.from({ length: Math.max(...columns.map((values) => values.length)) }, (_, row) =>
      columns.map((values) => values[row] ?? '').join(','),
    );
    const table = write(
      'types.csv',
      `${columns.map((_, at) => `v${at}`).join(',')},n\n${rows.map((row) => `${row},0\n`).join('')}`,
    );
    const list = columns.map((_, at) => `typeof(v${at}), v${at}`).join(', ');
    const [, ...lines] = (await query(`SELECT ${list} FROM t`, { t: table })).trimEnd().split('\n');
    const cells = lines.map((line) => line.split(','));
    return columns.map((values, at) => [
      cells[0]?.[2 * at],
      cells.slice(0, values.length).map((row) => row[2 * at + 1]),
    ]);
  };

  test('a column has a type when all its values come back the same', async () => {
    const cases: [string, string[]][] = [
      ['BIGINT', ['1', '-20', '999999999999999999']],
      ['HUGEINT', ['1', '-1234567890123456789012345']],
      ['DOUBLE', ['1.5', '-0.25']],
      ['BOOLEAN', ['true', 'false']],
      ['DATE', ['2024-02-29', '1999-01-01']],
      ['TIMESTAMP', ['2024-02-29 10:00:00', '2024-02-29 10:00:00.5']],
      ['TIME', ['10:00:00', '23:59:59']],
      // What would come back in another form stays a text.
      ['VARCHAR', ['007', '12']],
      ['VARCHAR', ['+4917012345', '2']],
      ['VARCHAR', ['2024-02-30', '2024-02-29']],
      ['VARCHAR', ['2024-02-29T10:00:00', '2024-02-29T10:00:01']],
      ['VARCHAR', ['True', 'False']],
      ['VARCHAR', ['0.12345678901234567', '1']],
      ['VARCHAR', ['1', 'x']],
      ['VARCHAR', ['1e999', '1']],
    ];
    expect(await typesOf(cases.map(([, values]) => values))).toEqual(cases);
  });

  test('a late value counts as much as the first ones, missing ones do not', async () => {
    const many = Array.from({ length: 5000 }, (_, at) => (at % 3 === 0 ? '' : String(at)));
    const types = await typesOf([many, [...many, 'x'], ['""', '5'], ['']]);
    expect(types.map(([type]) => type)).toEqual(['BIGINT', 'VARCHAR', 'BIGINT', 'VARCHAR']);
  });

  test('"text" keeps everything as it is written, and a missing value apart from an empty one', async () => {
    const table = write('text.csv', 'a,b\n1.50,\n01,""\n');
    expect(await query('SELECT *, typeof(a) AS t FROM x', { x: table }, { types: 'text' })).toBe(
      'a,b,t\n1.50,,VARCHAR\n01,"",VARCHAR\n',
    );
  });
});

describe('what goes wrong', () => {
  test('is told by the exit code too, of a process of its own', async () => {
    const start = { params: { sql: 'SELECT nothing FROM nowhere' }, inputs: {}, output: 'out.csv' };
    const end = await runStage('query', start);
    const alone = await runStage('query', { ...start, alone: true });
    expect([end.result?.status, end.exitCode]).toEqual(['failed', undefined]);
    expect([alone.result?.status, alone.exitCode]).toEqual(['failed', 1]);
    expect(alone.result?.error).toEqual(end.result?.error);
  });

  const sqlError = (message: string) => ({ code: 'sql-error', category: 'critical', message });

  test('SQL that cannot be read, with the line in the words of DuckDB', async () => {
    expect(await failure('SELECT a\nFRM t', { t: write('a.csv', 'a\n1\n') })).toEqual(
      sqlError('Parser Error: syntax error at or near "t"\n\nLINE 2: FRM t\n            ^'),
    );
    expect(await failure('SELECT\n  nam\nFROM t', { t: write('b.csv', 'name\nx\n') })).toEqual(
      sqlError(
        'Binder Error: Referenced column "nam" not found in FROM clause!\nCandidate bindings: "name"\n\nLINE 2:   nam\n          ^',
      ),
    );
  });

  test('a value that cannot be converted, found while it runs', async () => {
    expect(await failure('SELECT a::INT AS a FROM t', { t: write('c.csv', 'a\nx\n') })).toEqual(
      sqlError(
        "Conversion Error: Could not convert string 'x' to INT32 when casting from source column a\n\nLINE 1: SELECT a::INT AS a FROM t\n                ^",
      ),
    );
  });

  test('anything but one SELECT', async () => {
    expect(await failure('SELECT 1; SELECT 2', {})).toEqual(
      sqlError('The SQL has 2 statements; one SELECT is wanted.'),
    );
    expect(await failure('-- nothing', {})).toEqual(sqlError('The SQL has 0 statements; one SELECT is wanted.'));
    expect(await failure('CREATE TABLE x AS SELECT 1', {})).toEqual(
      sqlError('The SQL is a CREATE; a SELECT is wanted.'),
    );
  });

  test.each([
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM read_csv('https://example.com/a.csv')",
  ])('files that are no input, and the network: %s', async (sql) => {
    const error = (await failure(sql, {})) as { code: string; message: string };
    expect(error.code).toBe('sql-error');
    expect(error.message).toMatch(/file system operations are disabled by configuration|extension/);
  });

  test('SQL that would break out of its place', async () => {
    const target = join(folder, 'evil.csv');
    const error = (await failure(`SELECT 1) TO '${target}'; SELECT (1`, {})) as { code: string };
    expect(error.code).toBe('sql-error');
    expect(() => readFileSync(target)).toThrow();
  });

  test('rows with too many cells, unless they may be left out', async () => {
    const table = write('long.csv', 'a,b\n1,2\n1,2,3\n1,2,3,4\n9,8\n9,8\n9,8\n');
    expect(await failure('FROM t', { t: table })).toEqual({
      code: 'extra-cell',
      category: 'critical',
      message:
        'Line 3 of "long.csv" has 3 cells where there are 2 columns. Raise "max_rejects" to leave such rows out.',
      file: 'long.csv',
      row: 3,
    });
    const end = await runStage('query', {
      params: { sql: 'FROM t', max_rejects: 2 },
      inputs: { t: table },
      output: 'out.csv',
    });
    expect(String(end.output)).toBe('a,b\n1,2\n9,8\n9,8\n9,8\n');
    expect(end.logs).toEqual(['2 records of "long.csv" are left out.']);
  });

  test('rows with too few cells are a warning', async () => {
    const table = write('short.csv', 'a,b\n1,2\n1\n');
    const end = await runStage('query', { params: { sql: 'FROM t' }, inputs: { t: table }, output: 'out.csv' });
    expect(String(end.output)).toBe('a,b\n1,2\n1,\n');
    expect(end.logs).toEqual([
      'Line 3 of "short.csv" has 1 cell where there are 2 columns; what is not there counts as missing.',
    ]);
  });

  test('a file without columns, and an output of unknown form', async () => {
    expect(await failure('FROM t', { t: write('nothing.csv', '') })).toEqual({
      code: 'format-error',
      category: 'critical',
      message: '"nothing.csv" cannot be read as a table: it has no columns',
      file: 'nothing.csv',
    });
    expect(await failure('SELECT 1', {}, {}, 'out.xlsx')).toEqual({
      code: 'unknown-format',
      category: 'critical',
      message: 'The output ends in ".xlsx"; write .csv, .tsv or .parquet.',
    });
  });
});
