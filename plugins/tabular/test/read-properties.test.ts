// Reading tables: what must hold for every table and every text.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CsvRecord, DELIMITERS, type Dialect } from '../src/read/dialect.ts';
import { CsvParser } from '../src/read/parse.ts';
import { cellsOf, readTable } from './read-table.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrangle-properties-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LINE_ENDS = { lf: '\n', crlf: '\r\n', cr: '\r' } as const;

/** Cells with all that is special somewhere. */
const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab1 ,;|\t"\'\\\n\r:^~é😀'), maxLength: 8 }),
  fc.constantFrom('', '1', '2.5', '2024-01-01', 'x y', '"', "'", '\\', '\r\n', 'ä'),
);

const table = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 6 }))
  .chain(([width, height]) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: height, maxLength: height }),
  );

const dialect: fc.Arbitrary<Dialect> = fc
  .record({
    delimiter: fc.constantFrom(...DELIMITERS),
    quote: fc.constantFrom('"', "'"),
    escape: fc.constantFrom('double', 'backslash'),
    lineEnd: fc.constantFrom('lf', 'crlf', 'cr'),
  })
  .map(({ escape: how, ...rest }) => ({ ...rest, escape: how === 'double' ? rest.quote : '\\' }) as Dialect);

/** Every cell in quotes that needs them, and some that do not. */
function write(rows: readonly (readonly string[])[], how: Dialect, quotesAll: boolean): string {
  const end = how.lineEnd === 'any' ? '\n' : LINE_ENDS[how.lineEnd];
  const quoted = (text: string) => {
    const escaped = how.escape === '\\' ? text.replaceAll('\\', '\\\\') : text;
    return how.quote + escaped.replaceAll(how.quote, how.escape + how.quote) + how.quote;
  };
  const one = (text: string) => (quotesAll || /[^a-z0-9.-]/i.test(text) || text === '' ? quoted(text) : text);
  return rows.map((row) => row.map(one).join(how.delimiter) + end).join('');
}

function parse(text: string, how: Dialect, pieces: number, width?: number): CsvRecord[] {
  const records: CsvRecord[] = [];
  const parser = new CsvParser(how, (record) => records.push(record), width);
  for (let at = 0; at < text.length; at += pieces) parser.write(text.slice(at, at + pieces));
  parser.end();
  return records;
}

describe('the parser', () => {
  test('reads back what was written in any dialect, in pieces of any size', () => {
    fc.assert(
      fc.property(table, dialect, fc.boolean(), fc.integer({ min: 1, max: 9 }), (rows, how, quotesAll, pieces) => {
        const found = parse(write(rows, how, quotesAll), how, pieces, rows[0]?.length);
        expect(found.map(({ cells }) => cells)).toEqual(rows);
        expect(found.some(({ irregular }) => irregular)).toBe(false);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test('gives the same records of any text, however it is cut into pieces', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab,"\n\r'), maxLength: 60 });
    fc.assert(
      fc.property(
        text,
        dialect,
        fc.integer({ min: 1, max: 7 }),
        fc.option(fc.integer({ min: 1, max: 4 })),
        (...all) => {
          const [from, how, pieces, width] = all;
          expect(parse(from, how, pieces, width ?? undefined)).toEqual(parse(from, how, 1000, width ?? undefined));
        },
      ),
      { numRuns: 300, seed: 2 },
    );
  });

  test('keeps every character of a text without quotes but delimiters and line ends', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab,\n\r'), maxLength: 60 });
    const how: Dialect = { delimiter: ',', quote: '"', escape: '"', lineEnd: 'any' };
    fc.assert(
      fc.property(text, (from) => {
        const records = parse(from, how, 1000);
        expect(records.map(({ cells }) => cells.join(',')).join('')).toBe(from.replace(/[\n\r]/g, ''));
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe('a table', () => {
  test('comes back from any dialect that is told, cell by cell', async () => {
    await fc.assert(
      fc.asyncProperty(table, dialect, fc.boolean(), async (rows, how, quotesAll) => {
        const { lineEnd, ...told } = how;
        const params = {
          dialect: { ...told, line_terminator: lineEnd as 'lf', header_rows: 0, skip_rows: 0, table: 0 },
        };
        // Rows without any value are blank ones, and some rows at the end could be remarks.
        const full = rows.map((row) => row.map((text, at) => (at < 2 ? `k${at}${text}` : text)));
        const read = await readTable(write(full, how, quotesAll), params);
        expect(cellsOf(read)).toEqual(full);
        expect(read.source.records).toMatchObject({ total: full.length, kept: full.length });
      }),
      { numRuns: 40, seed: 4 },
    );
  });

  test('comes back from a dialect that is found out', async () => {
    const word = fc.constantFrom('red', 'green apple', 'a, b', 'say "x"', "it's", 'x;y', '', 'line\nline', 'z|z');
    const rows = fc.array(fc.tuple(word, fc.integer({ min: 0, max: 9999 }), word), { minLength: 8, maxLength: 20 });
    const delimiter = fc.constantFrom(',', ';', '\t', '|');
    await fc.assert(
      fc.asyncProperty(
        rows,
        delimiter,
        fc.constantFrom('lf', 'crlf', 'cr'),
        fc.boolean(),
        async (made, by, end, all) => {
          const texts = [['colour', 'number', 'remark'], ...made.map((row) => row.map(String))];
          const how: Dialect = { delimiter: by, quote: '"', escape: '"', lineEnd: end as 'lf' };
          const read = await readTable(write(texts, how, all));
          expect([read.names, ...cellsOf(read)]).toEqual(texts);
        },
      ),
      { numRuns: 40, seed: 5 },
    );
  });

  test('has every record of any text: kept, repaired, rejected, or no row', async () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab1,;"\n\r \t'), maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('pad', 'reject'), async (from, onBadRow) => {
        const { rows, rejects, source } = await readTable(from, { on_bad_row: onBadRow as 'pad' });
        const { total, kept, repaired, rejected, ...others } = source.records;
        expect(total).toBe(kept + repaired + rejected + Object.values(others).reduce((sum, count) => sum + count, 0));
        expect([rows.length, rejects.length]).toEqual([source.columns.length === 0 ? 0 : kept + repaired, rejected]);
        // In order, and every number once.
        const numbers = [...rows.map(([row]) => row), ...rejects.map(({ row }) => row)].sort((a, b) => a - b);
        expect(new Set(numbers).size).toBe(numbers.length);
        expect(rows.map(([row]) => row)).toEqual(rows.map(([row]) => row).sort((a, b) => a - b));
      }),
      { numRuns: 60, seed: 6 },
    );
  });

  test('is the same from the plain reader and from the careful one', async () => {
    // One more blank line makes a file one that is not plain, as do line ends inside quotes where records end in CRLF.
    const plain = fc.tuple(fc.constantFrom('lf', 'crlf'), table).map(([end, rows]) => {
      const how: Dialect = { delimiter: ',', quote: '"', escape: '"', lineEnd: end as 'lf' };
      const clean = (text: string) => (end === 'crlf' ? text.replace(/[\r\n]/g, '') : text);
      const numbered = rows.map((row, at) => [`k${at}`, ...row.map(clean)]);
      return write(numbered, how, false);
    });
    await fc.assert(
      fc.asyncProperty(plain, async (text) => {
        const params = { dialect: { delimiter: ',', quote: '"', escape: '"', header_rows: 0, skip_rows: 0 } } as const;
        const quick = await readTable(text, params);
        const careful = await readTable(`${text}${text.includes('\r\n') ? '\r\n' : '\n'}`, params);
        expect([quick.source.csv?.reader, careful.source.csv?.reader]).toEqual(['plain', 'careful']);
        expect(careful.rows).toEqual(quick.rows);
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  test('of texts is the same from CSV, JSON, JSON Lines and Parquet', async () => {
    const names = ['a', 'b c', 'Ä'];
    const rows = fc.array(fc.tuple(fc.constantFrom('k1', 'k2'), cell, cell), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(rows, async (texts) => {
        const how: Dialect = { delimiter: ',', quote: '"', escape: '"', lineEnd: 'lf' };
        const objects = texts.map((row) => Object.fromEntries(row.map((text, at) => [names[at], text])));
        const parquet = join(folder, 'table.parquet');
        const told = { dialect: { delimiter: ',', quote: '"', header_rows: 1, skip_rows: 0 } } as const;
        const csv = await readTable(write([names, ...texts], how, true), told, 'table.csv', parquet);
        const others = [
          await readTable(JSON.stringify(objects, null, 1), {}, 'table.json'),
          await readTable(objects.map((one) => JSON.stringify(one)).join('\n'), {}, 'table.jsonl'),
          await readTable(readFileSync(parquet), {}, 'again.parquet'),
        ];
        for (const { names: found, labels, rows: cells } of others) {
          expect([found, labels, cells]).toEqual([csv.names, csv.labels, csv.rows]);
        }
      }),
      { numRuns: 20, seed: 8 },
    );
  });
});
