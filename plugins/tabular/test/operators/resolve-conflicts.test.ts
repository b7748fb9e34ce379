// One value for each thing, of several that sources report.
import { expect, test } from 'vitest';
import { resolveConflicts } from '../../src/operators/resolve-conflicts.ts';
import { countCells, makeReports, type Planted, toCsv } from '../made-reports.ts';
import { candidatesOf, csvOf, edits, outcomeOf } from './support.ts';

const params = { things: ['thing'], source: 'who', is_time: false, min_share: 0.3, min_lead: 0.1, ignore: ['n/a'] };

/** A row for each value that is not `-`, of the sources `A`, `B`, …; an empty text is missing. */
function table(things: { readonly [thing: string]: readonly string[] }): string {
  const rows = Object.entries(things).flatMap(([thing, values]) =>
    values.flatMap((value, at) => (value === '-' ? [] : [[thing, String.fromCharCode(65 + at), value]])),
  );
  return csvOf([['thing', 'who', 'value'], ...rows]);
}

const resolve = async (csv: string, more: Partial<typeof params> = {}) =>
  edits(await outcomeOf(csv, { operator: 'resolve_conflicts', columns: ['value'], params: { ...params, ...more } }));

test('a value is as most say it, where it is missing and where it is a word for that, too', async () => {
  expect(await resolve(table({ x: ['stone', 'stone', 'stone', 'brick', '', 'N/A'] }))).toEqual([
    '3: brick → stone',
    '4:  → stone',
    '5: N/A → stone',
  ]);
});

test('one that is mostly right is believed against two that are mostly wrong', async () => {
  const right = (word: string, at: number) => [word, word, word, `p${at}`, `q${at}`];
  const others = Object.fromEntries(['one', 'two', 'three', 'four'].map((word, at) => [word, right(word, at)]));
  // A is right four times of four, D and E never were.
  expect(await resolve(table({ ...others, x: ['stone', '-', '-', 'brick', 'brick'] }))).toEqual([
    ...['one', 'two', 'three', 'four'].flatMap((word, at) => [
      `${5 * at + 3}: p${at} → ${word}`,
      `${5 * at + 4}: q${at} → ${word}`,
    ]),
    '21: brick → stone',
    '22: brick → stone',
  ]);
});

test('sources that share the mistakes of another one have one vote together', async () => {
  const words = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
  // D, E and F say the same of everything, and half of it is wrong.
  const known = Object.fromEntries(
    words.map((word, at) => [
      word,
      [word, word, word, word, ...Array<string>(3).fill(at % 4 === 3 ? word : `no ${word}`)],
    ]),
  );
  const done = await resolve(table({ ...known, x: ['stone', 'stone', '-', '-', 'brick', 'brick', 'brick'] }));
  expect(done.filter((edit) => edit.includes('brick'))).toEqual([
    '58: brick → stone',
    '59: brick → stone',
    '60: brick → stone',
  ]);
});

test('what is not clear stays, but for gaps that one value is somewhat ahead in', async () => {
  expect(await resolve(table({ x: ['stone', 'brick', 'stone', 'brick', ''] }))).toEqual([]);
  const agreed = Object.fromEntries(
    ['one', 'two', 'three', 'four'].map((word) => [word, Array<string>(14).fill(word)]),
  );
  const split = [...Array<string>(7).fill('stone'), ...Array<string>(6).fill('brick'), ''];
  expect(await resolve(table({ ...agreed, x: split }))).toEqual(['69:  → stone']);
});

test('values that differ in form only are votes for one, which is written as most are', async () => {
  expect(
    await resolve(table({ x: ['Red Hall', 'red hall', 'RED  HALL', 'Blue Hall', 'Blue Hall'] }), { min_lead: 0 }),
  ).toEqual([
    '1: red hall → Red Hall',
    '2: RED  HALL → Red Hall',
    '3: Blue Hall → Red Hall',
    '4: Blue Hall → Red Hall',
  ]);
  const times = table({
    x: ['7:05 p.m.', '03/02/2014 7:05 p.m.', '7:05 PM', '8:00 p.m.', '8:00 p.m.'],
    y: ['6:00 a.m.', '6:00 a.m.'],
  });
  expect(await resolve(times, { is_time: true, min_lead: 0 })).toEqual([
    '1: 03/02/2014 7:05 p.m. → 7:05 p.m.',
    '2: 7:05 PM → 7:05 p.m.',
    '3: 8:00 p.m. → 7:05 p.m.',
    '4: 8:00 p.m. → 7:05 p.m.',
  ]);
});

test('rows without a thing are left alone, and those without a source have no vote', async () => {
  const csv = csvOf([
    ['thing', 'who', 'value'],
    ['x', 'A', 'stone'],
    ['x', 'B', 'stone'],
    ['x', null, 'brick'],
    ['x', null, 'brick'],
    ['x', null, 'brick'],
    [null, 'A', 'brick'],
  ]);
  expect(await resolve(csv)).toEqual(['2: brick → stone', '3: brick → stone', '4: brick → stone']);
});

async function resolved(planted: Planted) {
  const csv = toCsv(planted.dirty);
  const found = await candidatesOf(csv, resolveConflicts);
  const cells = new Map<string, string>();
  for (const one of found) {
    for (const [, row, column, , after] of (await outcomeOf(csv, one)).log) cells.set(`${column} ${row}`, after ?? '');
  }
  const counted = countCells(
    planted,
    (column, row) => cells.get(`${column} ${row}`) ?? planted.dirty[row]?.[column] ?? '',
  );
  return { found, counted };
}

test('candidates say what speaks for them, and other repairs leave these columns to them', async () => {
  const { dirty } = makeReports({ seed: 8, errors: 0.3, things: 40, sources: 20 });
  const all = await candidatesOf(toCsv(dirty));
  const repairs = all.filter(({ phase }) => phase === 'dependency' || phase === 'typo' || phase === 'fill');
  expect(repairs.map(({ operator, columns }) => [operator, ...columns]).sort()).toEqual(
    ['begins', 'closes', 'ends', 'opens'].map((name) => ['resolve_conflicts', name]),
  );
  const first = repairs.find(({ columns }) => columns[0] === 'begins');
  expect(first?.description).toBe(
    'Write "begins" as most say it of the same "event", by the word of each "reporter" that is mostly right',
  );
  expect(first?.reason).toMatch(
    /^20 different "reporter" say something of each "event", and contradict each other: \d+(\.\d)? % of the values of "begins" are what most say\.$/,
  );
  expect(first?.confidence).toBeGreaterThanOrEqual(0.9);
  expect(first?.params).toEqual({
    things: ['event'],
    source: 'reporter',
    is_time: true,
    min_share: 0.3,
    min_lead: 0.15,
    ignore: [],
  });
});

test.each([0.15, 0.3, 0.5])(
  'most of what is wrong is found and mended, and hardly anything right is changed (%d)',
  async (errors) => {
    for (const seed of [21, 22]) {
      const { counted } = await resolved(makeReports({ seed, errors, facts: seed === 21 ? 'times' : 'mixed' }));
      const { detection, repair, harmed } = counted;
      expect({ counted, good: detection >= 0.96 && repair >= 0.95 && harmed <= 0.002 }).toEqual({
        counted,
        good: true,
      });
    }
  },
);

test.each([31, 32])('where many sources say the same wrong thing it is still worth it (seed %i)', async (seed) => {
  const { counted } = await resolved(makeReports({ seed, errors: 0.5, rivals: 0.3 }));
  const { detection, repair, harmed } = counted;
  expect({ counted, good: detection >= 0.88 && repair >= 0.8 && harmed <= 0.03 }).toEqual({ counted, good: true });
});
