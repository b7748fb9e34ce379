// What an operator does to a table, and what is said to have changed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dropDuplicates } from '../../src/operators/drop-duplicates.ts';
import type { Transformation } from '../../src/operators/operator.ts';
import { trimWhitespace } from '../../src/operators/trim-whitespace.ts';
import { type Database, withDatabase } from '../../src/table/duckdb.ts';
import { openTable } from '../../src/table/open-table.ts';
import { findChanges, makeResult } from '../../src/transform/transform.ts';
import { loadWorkingTable, type WorkingTable, workingDigest } from '../../src/transform/working-table.ts';

async function onTable<Made>(
  csv: string,
  act: (database: Database, table: WorkingTable) => Promise<Made>,
): Promise<Made> {
  const folder = mkdtempSync(join(tmpdir(), 'wrangle-transform-'));
  try {
    const path = join(folder, 'data.csv');
    writeFileSync(path, csv);
    return await withDatabase('200 MB', new AbortController().signal, async (database) => {
      const table = await openTable(database, path, {});
      return await act(database, await loadWorkingTable(database, table, []));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function applied(csv: string, transformation: Transformation) {
  return await onTable(csv, async (database, table) => {
    await findChanges(database, table, transformation, 'changes');
    const result = await makeResult(database, table, transformation, 'changes', 'result');
    return {
      changes: (await database.query('SELECT * FROM changes')).map((row) => row.map(String)),
      rows: (await database.query('SELECT * FROM result')).map((row) => row.map(String)),
      columns: result.columns,
    };
  });
}

const CITIES = 'city,zip\n Bath,1\nYork ,2\nBath,3\n';

test('only cells that change are changes', async () => {
  const trim = trimWhitespace.transform(['city'], {}, ['city', 'zip']);
  const { changes, rows } = await applied(CITIES, trim);
  expect(changes).toEqual([
    ['cell', '0', 'city', ' Bath', 'Bath'],
    ['cell', '1', 'city', 'York ', 'York'],
  ]);
  expect(rows).toEqual([
    ['0', 'Bath', '1'],
    ['1', 'York', '2'],
    ['2', 'Bath', '3'],
  ]);
});

test('rows that go are changes as a whole', async () => {
  const drop = dropDuplicates.transform(['city'], { keep: 'first' }, ['city', 'zip']);
  const { changes, rows } = await applied('city,zip\nBath,1\nYork,2\nBath,\n', drop);
  expect(changes).toEqual([['row', '2', 'null', '{"city":"Bath","zip":null}', 'null']]);
  expect(rows).toEqual([
    ['0', 'Bath', '1'],
    ['1', 'York', '2'],
  ]);
});

test('columns that come and go are changes, with the cells of those that go', async () => {
  const { changes, rows, columns } = await applied('a,b\n1,x\n2,\n', {
    kind: 'columns',
    columns: [
      { name: 'a', label: 'a' },
      { name: 'c', label: 'c' },
    ],
    sql: `SELECT _row, a, upper(b) AS c FROM data`,
  });
  expect(changes).toEqual([
    ['column', 'null', 'b', 'b', 'null'],
    ['column', 'null', 'c', 'null', 'c'],
    ['cell', '0', 'b', 'x', 'null'],
  ]);
  expect(rows).toEqual([
    ['0', '1', 'X'],
    ['1', '2', 'null'],
  ]);
  expect(columns.map(({ name }) => name)).toEqual(['a', 'c']);
});

test('the digest is of header, order and text, and of nothing else', async () => {
  const digest = (csv: string) => onTable(csv, workingDigest);
  const same = await digest('a,b\n1,2\n3,\n');
  expect(await digest('a;b\r\n"1";2\r\n\r\n3;\r\n')).toBe(same);
  for (const other of ['a,c\n1,2\n3,\n', 'a,b\n3,\n1,2\n', 'a,b\n1,2\n3,""\n', 'a,b\n12,\n3,\n', 'a,b\n1,2\n']) {
    expect(await digest(other), other).not.toBe(same);
  }
});
