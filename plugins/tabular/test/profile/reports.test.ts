// Which tables are taken for reports of several sources that contradict each other, and which are not.
import { expect, test } from 'vitest';
import { isBareTime, valueKey } from '../../src/profile/same-value.ts';
import { Maker, makeReports, type Row, toCsv } from '../made-reports.ts';
import { VARIETY } from '../made-variety.ts';
import { candidatesOf, profileOf } from '../operators/support.ts';

const reportsOf = async (rows: readonly Row[]) => (await profileOf(toCsv(rows))).reports;
const made = { seed: 5, errors: 0.3, things: 40, sources: 20 } as const;

test('reports of sources are told with their things, their source and what is in dispute', async () => {
  const { dirty } = makeReports(made);
  const found = await reportsOf(dirty);
  const { columns, filled, ...rest } = found ?? { columns: [], filled: 0 };
  expect(rest).toEqual({ things: ['event'], source: 'reporter', thing_count: 40, source_count: 20 });
  expect(filled).toBeCloseTo(dirty.length / 800, 5);
  expect(columns.map(({ column, is_time }) => [column, is_time])).toEqual(
    ['opens', 'begins', 'ends', 'closes'].map((name) => [name, true]),
  );
  for (const { column, rows, missing, plurality, conflicts, mu, source_mu, groups, clear } of columns) {
    expect([groups, rows + missing]).toEqual([40, dirty.length]);
    expect(missing).toBe(dirty.filter((row) => row[column] === '').length);
    expect(plurality).toBeCloseTo((rows - conflicts) / rows, 5);
    expect({ mu: mu > 0.3, source: source_mu < 0.1, clear: clear > 24 }).toEqual({
      mu: true,
      source: true,
      clear: true,
    });
  }
});

test('a thing may be two columns together', async () => {
  const { dirty } = makeReports(made);
  const things = [...new Set(dirty.map(({ event }) => event))];
  const paired = dirty.map(({ event, ...row }) => {
    const at = things.indexOf(event);
    return { ...row, series: `Series ${String.fromCharCode(65 + (at % 8))}`, part: `part ${Math.floor(at / 8)}` };
  });
  expect((await reportsOf(paired))?.things).toEqual(['series', 'part']);
});

test('columns of the thing and of the source, constants and numbers of rows are no hindrance', async () => {
  const { dirty } = makeReports(made);
  const more = dirty.map((row) => ({
    ...row,
    kind: (row['event'] ?? '').slice(0, 3),
    home: `https://${row['reporter']}.example.org`,
    all: 'x',
  }));
  const found = await reportsOf(more);
  expect(found?.columns.map(({ column }) => column)).toEqual(['opens', 'begins', 'ends', 'closes']);
});

test.each([
  ['a measure', (row: number) => String((row * 7919) % 971)],
  ['one that is anything', (row: number) => `note ${(row * 7919) % 13}`],
  ['yes and no', (row: number) => (row % 3 === 0 ? 'yes' : 'no')],
])('nothing is told of a table with another column: %s', async (_, value) => {
  const { dirty } = makeReports(made);
  expect(await reportsOf(dirty.map((row, at) => ({ ...row, more: value(at) })))).toBeNull();
});

test('one column in dispute is too little to tell', async () => {
  const { dirty } = makeReports(made);
  expect(await reportsOf(dirty.map(({ opens, begins, ends, ...row }) => row))).toBeNull();
});

test.each(Object.keys(VARIETY))('no reports: %s', async (name) => {
  const rows = VARIETY[name]?.(new Maker(11)) ?? [];
  expect(rows.length).toBeGreaterThan(200);
  const found = (await candidatesOf(toCsv(rows))).filter(({ operator }) => operator === 'resolve_conflicts');
  expect(found.map(({ reason }) => reason)).toEqual([]);
});

test('texts say the same where they differ in form only', () => {
  const same = (texts: readonly string[], isTime: boolean) =>
    new Set(texts.map((text) => valueKey(text, isTime))).size === 1;
  expect(
    same(['7:05 p.m.', ' 7:05 P.M.', '7:05pm', '07:05 PM', '19:05', '19:05:00', '03/02/2014 7:05 p.m.'], true),
  ).toBe(true);
  expect(same(['7:05 p.m.', 'Mar 2 - 7:05 p.m.', '7:05pMar 2', '7:05 p.m. (03/02)'], true)).toBe(true);
  expect(same(['Bridge Hall', 'bridge  hall', 'BRIDGE-HALL', 'Bridge Hall.'], false)).toBe(true);
  const different = (one: string, other: string, isTime = false) =>
    expect(valueKey(one, isTime)).not.toBe(valueKey(other, isTime));
  different('7:05 p.m.', '7:05 a.m.', true);
  different('7:05 p.m.', '7:06 p.m.', true);
  different('7:05 p.m.', 'not before 7:05 p.m.', true);
  different('7:05 p.m.', '7:05 p.m. and 8:05 p.m.', true);
  different('03/02/2014 7:05 p.m.', '03/03/2014 7:05 p.m.');
  different('-5', '5');
  different('1.5', '15');
  different('C', 'C+');
  different('?', '!');
  expect(['7:05 p.m.', '19:05', 'noon', '03/02/2014 7:05 p.m.', '25:00'].map(isBareTime)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
