// Whatever was done to a table, its log leads back.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatOf, LOG_FORMATS, TABLE_FORMATS } from '../../src/apply/formats.ts';
import { shapeOf } from '../../src/apply/shape.ts';
import { Steps } from '../../src/apply/steps.ts';
import { undoTable } from '../../src/apply/undo-table.ts';
import { writeApplied } from '../../src/apply/write-applied.ts';
import { type WrittenTypes, writeClean } from '../../src/apply/write-clean.ts';
import { candidatesFor } from '../../src/candidates/candidate.ts';
import { operatorNamed } from '../../src/operators/catalogue.ts';
import type { Transformation } from '../../src/operators/transformation.ts';
import { type Database, withDatabase } from '../../src/table/duckdb.ts';
import { sqlName } from '../../src/table/names.ts';
import { openTable } from '../../src/table/open-table.ts';
import { loadWorkingTable, type WorkingTable, workingDigest } from '../../src/transform/working-table.ts';
import { csvOf, profileOf } from '../operators/support.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wrangle-undo-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inDatabase = <Made>(act: (database: Database) => Promise<Made>) =>
  withDatabase('200 MB', new AbortController().signal, act);

type Planned = (table: WorkingTable) => Transformation | undefined;

interface How {
  readonly name: string;
  readonly clean: string;
  readonly changes: string;
  readonly types: WrittenTypes;
}

/** Applies, writes, undoes from what was written, writes that as Parquet, and reads it: source, clean, digests. */
async function thereAndBack(text: string, { name, clean, changes, types }: How, planned: readonly Planned[]) {
  const [source, cleanPath, changesPath, back] = [name, clean, changes, 'back.parquet'].map((one) =>
    join(folder, one),
  ) as [string, string, string, string];
  writeFileSync(source, text);
  const record = await inDatabase(async (database) => {
    const opened = await openTable(database, source, {});
    const table = await loadWorkingTable(database, opened, [cleanPath, changesPath]);
    const digest = await workingDigest(database, table);
    const steps = new Steps(database, table);
    for (const plan of planned) {
      const transformation = plan(steps.table);
      if (transformation) await steps.take(await steps.try(transformation), 'test', 'test');
    }
    return await writeApplied(database, { table, shape: shapeOf(opened), digest }, steps, {
      clean: { path: cleanPath, format: formatOf(cleanPath, 'clean', TABLE_FORMATS) },
      changes: { path: changesPath, format: formatOf(changesPath, 'changes', LOG_FORMATS) },
      types,
      dryRun: false,
    });
  });
  const undone = await inDatabase(async (database) => {
    const found = await undoTable(database, cleanPath, changesPath);
    await writeClean(
      database,
      { relation: found.relation, shape: found.source, runs: found.source.row_runs },
      'parquet',
      'text',
      back,
    );
    return found;
  });
  const digest = await inDatabase(async (database) => {
    const table = await loadWorkingTable(database, await openTable(database, back, {}), []);
    return await workingDigest(database, table);
  });
  return { record, undone, digest, clean: readFileSync(cleanPath, 'utf8'), changes: readFileSync(changesPath, 'utf8') };
}

const cell = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', '""', '1', '2.50', '6', 'true', 'x y', ' a ') },
  fc.string({ unit: fc.constantFrom(...'ab1 ,;|\t"\'\\\n\r:^~é😀\u0001\u00a0\uFEFF'), maxLength: 6 }),
);
const quoted = (text: string) =>
  text === '""' ? text : /[",\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const csv = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 8 }), fc.constantFrom('names', 'odd', 'none'))
  .chain(([width, height, header]) =>
    fc
      .array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: height, maxLength: height })
      .map((rows) => {
        const odd = ['', 'a', 'a', 'Größe "x"'];
        const names =
          header === 'none'
            ? []
            : [Array.from({ length: width }, (_, at) => (header === 'odd' ? (odd[at] ?? '') : `name ${at}`))];
        return {
          name: 'source.csv',
          text: [...names, ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join(''),
        };
      }),
  );

const jsonLines = fc
  .array(
    fc.dictionary(
      fc.constantFrom('a', 'b', 'a b', '1', '$.x', 'q"'),
      fc.oneof(
        fc.constantFrom(null, 6, 6.5, 1e300, true, '', '6', 'x\ny', '12345678901234567890'),
        fc.constant([1, { a: null }]),
        fc.constant({ a: 'é' }),
      ),
      { maxKeys: 4 },
    ),
    { maxLength: 6 },
  )
  .map((rows) => ({ name: 'source.jsonl', text: rows.map((row) => `${JSON.stringify(row)}\n`).join('') }));

const pick = (table: WorkingTable, at: number) =>
  table.columns[at % table.columns.length] as WorkingTable['columns'][number];

/** One of each kind. */
const plan: fc.Arbitrary<Planned> = fc
  .tuple(
    fc.constantFrom('edit', 'clear', 'fill', 'rows', 'all', 'drop', 'rename', 'split', 'stack', 'label'),
    fc.nat(7),
  )
  .map(
    ([what, at]): Planned =>
      (table) => {
        if (table.columns.length === 0) return undefined;
        const column = pick(table, at);
        const name = sqlName(column.name);
        const others = table.columns.filter((one) => one !== column);
        const all = table.columns.map((one) => sqlName(one.name));
        const cells = (value: string): Transformation => ({
          kind: 'cells',
          columns: [column.name],
          sql: `SELECT _row, ${value} AS ${name} FROM data`,
        });
        if (what === 'edit')
          return cells(`CASE WHEN _row % 2 = ${at % 2} THEN upper(${name}) || ' "é",' ELSE ${name} END`);
        if (what === 'clear') return cells(`nullif(nullif(${name}, '6'), '')`);
        if (what === 'fill') return cells(`coalesce(${name}, '')`);
        if (what === 'rows') return { kind: 'rows', sql: `SELECT _row FROM data WHERE _row % 3 = ${at % 3}` };
        if (what === 'all') return at === 0 ? { kind: 'rows', sql: 'SELECT _row FROM data' } : undefined;
        if (what === 'drop')
          return {
            kind: 'columns',
            columns: others,
            sql: `SELECT ${['_row', ...others.map((one) => sqlName(one.name))].join(', ')} FROM data`,
          };
        if (what === 'label')
          return {
            kind: 'columns',
            columns: table.columns.map((one) => ({ ...one, label: `${one.label} 2` })),
            sql: `SELECT _row, ${all.join(', ')} FROM data`,
          };
        if (what === 'rename' || what === 'split') {
          const made = { name: `new ${at}`, label: `new ${at}` };
          if (table.columns.some((one) => one.name === made.name)) return undefined;
          const kept = what === 'rename' ? others : table.columns;
          return {
            kind: 'columns',
            columns: [made, ...kept],
            sql: `SELECT ${['_row', `${name} AS ${sqlName(made.name)}`, ...kept.map((one) => sqlName(one.name))].join(', ')} FROM data`,
          };
        }
        const columns = [
          { name: 'key', label: 'key' },
          { name: 'value', label: null },
        ];
        const parts = table.columns.map(
          (one, place) => `SELECT _row, ${place} AS place, '${place}' AS key, ${sqlName(one.name)} AS value FROM data`,
        );
        return {
          kind: 'table',
          columns,
          sql: `SELECT row_number() OVER (ORDER BY _row, place) - 1 AS _row, key, value FROM (${parts.join(' UNION ALL ')})`,
        };
      },
  );

/** Runs of the catalogue: a profile takes longer than all the rest. */
const RUNS = 8;
const OPERATORS_MAX = 25;

const pool = <Value extends string | null>(...values: readonly Value[]) => fc.constantFrom(...values);
/** What the operators of the catalogue are for, in columns of all kinds. */
const dirty = fc
  .array(
    fc.tuple(
      fc.tuple(pool('Bath', 'York', 'Leeds', 'Hull'), pool('', '', '', ' ', 'x')),
      pool(' Ann  Lee', 'ann lee', 'Ann Lee', 'Bob Ray', 'Bob Rya', 'BOB RAY', 'JosÃ©', 'Jose\u0301'),
      pool('12 kg', '13 kg', '14.5 kg', '15', '-', 'n/a', null),
      pool('$1,200.50', '$3.00', '(4.10)', '17', '1e3'),
      pool('2020-01-31', '31/12/2021', '05/06/2022', 'Mar 3, 2019', '', null),
      pool('1', '2', '3', '4', '5', '1000000', null),
      pool('a,b,c', 'a', 'b,c', '', 'd'),
      pool('yes', 'Yes', 'no', 'N/A', 'unknown'),
      pool('x@Example.com', 'y@example.com', ' z@example.org'),
      pool('10%', '0.2', '30 %', '4'),
    ),
    { minLength: 12, maxLength: 40 },
  )
  .map((rows) => [
    [
      'id',
      'city',
      'zip',
      'Full Name',
      'weight',
      'price',
      'Day',
      'n',
      'tags',
      'ok?',
      '',
      'share',
      '2019',
      '2020',
      'same',
      'void',
    ],
    ...rows.flatMap(([[city, slip], ...others], at) => {
      const row = [
        String(at),
        city + slip,
        slip === 'x' ? 'ZZ' : `${city[0]}1`,
        ...others,
        String((at * 7) % 11),
        String((at * 5) % 13),
        'same',
        null,
      ];
      return at % 9 === 8 ? [row, row, row.map(() => null)] : [row];
    }),
  ]);

describe('undo', () => {
  test('brings back any table after any transformations, from any format', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(csv, jsonLines),
        fc.constantFrom('clean.csv', 'clean.tsv', 'clean.json', 'clean.jsonl', 'clean.parquet'),
        fc.constantFrom('changes.jsonl', 'changes.csv', 'changes.parquet'),
        fc.constantFrom('auto', 'text', 'typed'),
        fc.array(plan, { maxLength: 4 }),
        async ({ name, text }, clean, changes, types, planned) => {
          const { record, undone, digest } = await thereAndBack(text, { name, clean, changes, types }, planned);
          expect(digest).toBe(record.before.digest);
          expect(undone.source.row_runs).toEqual(record.before.row_runs);
        },
      ),
      { numRuns: 20, seed: 8 },
    );
  });

  test('brings back any table after any operators that its profile speaks for', async () => {
    const used = new Set<string>();
    await fc.assert(
      fc.asyncProperty(dirty, fc.infiniteStream(fc.nat()), async (rows, random) => {
        const text = csvOf(rows);
        const candidates = candidatesFor(await profileOf(text), 'ml');
        const shuffled = candidates
          .map((one) => ({ one, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .slice(0, OPERATORS_MAX);
        const planned = shuffled.map(
          ({ one }): Planned =>
            (table) => {
              const names = table.columns.map(({ name }) => name);
              if (!one.columns.every((name) => names.includes(name))) return undefined;
              used.add(one.operator);
              try {
                return operatorNamed(one.operator)?.transform(one.columns, one.params, names);
              } catch {
                return undefined;
              }
            },
        );
        const how = { name: 'source.csv', clean: 'clean.csv', changes: 'changes.parquet', types: 'auto' } as const;
        const { record, digest } = await thereAndBack(text, how, planned);
        expect(digest).toBe(record.before.digest);
      }),
      { numRuns: RUNS, seed: 9 },
    );
    expect(used.size).toBeGreaterThanOrEqual(15);
  });
});
