// Operators that give a table another shape.
import { describe, expect, test } from 'vitest';
import { reshape } from '../../src/operators/reshape.ts';
import { type Cells, candidatesOf, csvOf, outcomeOf, restored } from './support.ts';

/** Only what changes the shape, the surest first. */
async function shapes(csv: string) {
  return (await candidatesOf(csv)).filter(({ phase }) => phase === 'shape');
}

/** The surest, and the table it makes. */
async function surest(cells: Cells) {
  const csv = csvOf(cells);
  const [candidate] = await shapes(csv);
  if (!candidate) throw new Error('Nothing is proposed.');
  const { table } = await outcomeOf(csv, candidate);
  return { candidate, table, back: candidate.reversible === 'yes' ? await restored(csv, candidate) : undefined };
}

const WIDE: Cells = [
  ['city', '2019', '2020', '2021'],
  ['Aa', '10', '11', '12'],
  ['Bb', '12', null, '10'],
  ['Cc', '11', '13', '12'],
];

test('columns called by years are stacked, and can be put side by side again', async () => {
  const { candidate, table, back } = await surest(WIDE);
  expect(candidate.operator).toBe('stack');
  expect(candidate.confidence).toBeGreaterThan(0.7);
  expect(candidate.description).toBe('Stack 3 columns, "2019", "2020" and "2021", into "year" and "value"');
  expect(table).toEqual([
    ['city', 'year', 'value'],
    ['Aa', '2019', '10'],
    ['Bb', '2019', '12'],
    ['Cc', '2019', '11'],
    ['Aa', '2020', '11'],
    ['Bb', '2020', null],
    ['Cc', '2020', '13'],
    ['Aa', '2021', '12'],
    ['Bb', '2021', '10'],
    ['Cc', '2021', '12'],
  ]);
  expect(back).toEqual(WIDE);
});

test('groups of columns become rows, and columns again', async () => {
  const cells: Cells = [
    ['id', 'amount 1', 'day 1', 'amount 2', 'day 2', 'amount 3', 'day 3'],
    ['a', '5', 'Mon', '6', 'Tue', '7', 'Wed'],
    ['b', '8', 'Thu', '4', 'Fri', null, null],
    ['c', '3', 'Mon', '9', 'Sun', '2', 'Sat'],
  ];
  const { candidate, table, back } = await surest(cells);
  expect(candidate.operator).toBe('wide_to_long');
  expect(table.slice(0, 4)).toEqual([
    ['id', 'group', 'amount', 'day'],
    ['a', '1', '5', 'Mon'],
    ['a', '2', '6', 'Tue'],
    ['a', '3', '7', 'Wed'],
  ]);
  expect(table).toHaveLength(10);
  expect(back).toEqual(cells);
});

test('rows that each are a variable become columns, and rows again', async () => {
  const cells: Cells = [
    ['fact', 'North', 'South', 'East', 'West'],
    ['population', '120000', '90000', '240000', '80500'],
    ['share of water (%)', '1.5', '2.5', '3.5', '0.5'],
    ['founded', '1901-05-01', '1899-01-01', '1950-07-13', '1931-02-28'],
    ['mayor', 'Ann Bell', 'Bo Cole', 'Cy Dane', 'Di Ewing'],
  ];
  const { candidate, table, back } = await surest(cells);
  expect(candidate.operator).toBe('transpose');
  expect(table).toEqual([
    ['fact', 'population', 'share of water (%)', 'founded', 'mayor'],
    ['North', '120000', '1.5', '1901-05-01', 'Ann Bell'],
    ['South', '90000', '2.5', '1899-01-01', 'Bo Cole'],
    ['East', '240000', '3.5', '1950-07-13', 'Cy Dane'],
    ['West', '80500', '0.5', '1931-02-28', 'Di Ewing'],
  ]);
  expect(back).toEqual(cells);
});

test('names and values below each other become columns', async () => {
  const cells: Cells = [
    ['key', 'value'],
    ['name', 'Ann'],
    ['age', '31'],
    ['town', 'Aa'],
    ['name', 'Bo'],
    ['town', 'Bb'],
    ['name', 'Cy'],
    ['age', '45'],
    ['town', 'Cc'],
  ];
  const { candidate, table } = await surest(cells);
  expect(candidate.operator).toBe('pivot');
  expect(table).toEqual([
    ['name', 'age', 'town'],
    ['Ann', '31', 'Aa'],
    ['Bo', null, 'Bb'],
    ['Cy', '45', 'Cc'],
  ]);
});

test('names and values of records that other columns tell become columns', async () => {
  const cells: Cells = [
    ['site', 'attribute', 'value'],
    ...['s1', 's2', 's3', 's4'].flatMap((site, at) => [
      [site, 'height', String(10 + at)],
      [site, 'owner', `owner ${at}`],
    ]),
  ];
  const csv = csvOf(cells);
  const pivot = (await shapes(csv)).find(({ operator }) => operator === 'pivot');
  expect((await outcomeOf(csv, pivot ?? expect.fail())).table).toEqual([
    ['site', 'height', 'owner'],
    ['s1', '10', 'owner 0'],
    ['s2', '11', 'owner 1'],
    ['s3', '12', 'owner 2'],
    ['s4', '13', 'owner 3'],
  ]);
});

const GROUPED: Cells = [
  ['region', 'shop', 'sales'],
  ['North', 'a', '1'],
  [null, 'b', '2'],
  [null, 'c', '3'],
  ['South', 'd', '4'],
  [null, 'e', '5'],
  [null, 'f', '6'],
  ['West', 'g', '7'],
  [null, 'h', '8'],
];

test('a value in the first row of its group is filled down', async () => {
  const { candidate, table } = await surest(GROUPED);
  expect(candidate).toMatchObject({ operator: 'ffill', columns: ['region'], changes: 'cells', flagged: 5 });
  expect(table.slice(1).map(([region]) => region)).toEqual([
    'North',
    'North',
    'North',
    'South',
    'South',
    'South',
    'West',
    'West',
  ]);
});

test('each element of a list gets a row', async () => {
  const cells: Cells = [
    ['film', 'genres'],
    ['A', 'Drama, Crime'],
    ['B', 'Comedy'],
    ['C', 'Crime, Comedy,Drama'],
    ['D', null],
    ['E', 'Drama, Comedy'],
  ];
  const { candidate, table } = await surest(cells);
  expect(candidate).toMatchObject({ operator: 'explode', columns: ['genres'] });
  expect(candidate.confidence).toBeLessThan(0.8);
  expect(table).toEqual([
    ['film', 'genres'],
    ['A', 'Drama'],
    ['A', 'Crime'],
    ['B', 'Comedy'],
    ['C', 'Crime'],
    ['C', 'Comedy'],
    ['C', 'Drama'],
    ['D', null],
    ['E', 'Drama'],
    ['E', 'Comedy'],
  ]);
});

test('rows that head others become a column', async () => {
  const cells: Cells = [
    ['item', 'price', 'stock'],
    ['Fruit', null, null],
    ['apple', '1.20', '5'],
    ['pear', '2.10', '7'],
    ['Tools', null, null],
    ['hammer', '12.00', '3'],
    ['saw', '15.50', '2'],
  ];
  const { candidate, table } = await surest(cells);
  expect(candidate.operator).toBe('subtitle');
  expect(table).toEqual([
    ['subtitle', 'item', 'price', 'stock'],
    ['Fruit', 'apple', '1.20', '5'],
    ['Fruit', 'pear', '2.10', '7'],
    ['Tools', 'hammer', '12.00', '3'],
    ['Tools', 'saw', '15.50', '2'],
  ]);
});

test('what only makes sense together is proposed together', async () => {
  const cells: Cells = [
    ['region', 'shop', 'Jan', 'Feb', 'Mar'],
    ['North', 'a', '1', '2', '3'],
    [null, 'b', '2', '3', '4'],
    [null, 'c', '2', '2', '5'],
    ['South', 'd', '1', '4', '3'],
    [null, 'e', '2', '3', '1'],
    [null, 'f', '5', '2', '4'],
  ];
  const { candidate, table } = await surest(cells);
  expect(candidate.operator).toBe(reshape.name);
  expect(candidate.description).toBe(
    'Fill 1 column, "region", with the value above where it is missing, then stack 3 columns, "Jan", "Feb" and "Mar", into "month" and "value"',
  );
  expect(table).toHaveLength(19);
  expect(table.slice(0, 3)).toEqual([
    ['region', 'shop', 'month', 'value'],
    ['North', 'a', 'Jan', '1'],
    ['North', 'b', 'Jan', '2'],
  ]);
});

describe('a table that is right already', () => {
  const row = (at: number) => [`n${at}`, `${at % 7}`, `${(at * 37) % 400}`, `${1.5 + (at % 5)}`, at % 3 ? 'yes' : 'no'];
  const TABLES: { readonly [name: string]: Cells } = {
    'measures of things': [
      ['name', 'doors', 'power', 'weight', 'sold'],
      ...Array.from({ length: 30 }, (_, at) => row(at)),
    ],
    'two measures of two parts': [
      ['leaf_length', 'leaf_width', 'stem_length', 'stem_width', 'kind'],
      ...Array.from({ length: 30 }, (_, at) => [
        `${5 + (at % 9) / 10}`,
        `${3 + (at % 5) / 10}`,
        `${1 + (at % 7) / 10}`,
        `${(at % 4) / 10}`,
        at % 2 ? 'a' : 'b',
      ]),
    ],
    'long already': [
      ['day', 'symbol', 'price'],
      ...Array.from({ length: 30 }, (_, at) => [
        `2020-01-${10 + Math.floor(at / 3)}`,
        ['aa', 'bb', 'cc'][at % 3] ?? '',
        `${100 + at * 3}`,
      ]),
    ],
    'some values are missing': [
      ['name', 'town', 'age'],
      ...Array.from({ length: 30 }, (_, at) => [
        at % 4 === 1 ? null : `n${at}`,
        `t${at % 5}`,
        at % 6 === 2 ? null : `${20 + at}`,
      ]),
    ],
  };
  for (const [name, cells] of Object.entries(TABLES)) {
    test(name, async () => {
      const sure = (await shapes(csvOf(cells))).filter(({ confidence }) => confidence >= 0.8);
      expect(sure).toEqual([]);
    });
  }
});

test('what was turned round is not turned round by the names of other rows', async () => {
  const step = { operator: 'transpose', columns: ['a', 'b', 'c'], params: { names: ['x', 'y'], labels: ['b', 'c'] } };
  const other = csvOf([
    ['a', 'b', 'c'],
    ['x', '1', '2'],
    ['z', '3', '4'],
  ]);
  await expect(outcomeOf(other, step)).rejects.toThrow('Rows do not begin with "x" and "y" any more.');
});

// A look at the table for each column of the result, or of the one it came from, would take minutes.
test('a table with many rows, or many columns, is turned round in one go', async () => {
  const many = Array.from({ length: 900 }, (_, at) => `r${at}`);
  const long: Cells = [['name', 'x', 'y'], ...many.map((name, at) => [name, `${at}`, at % 3 === 0 ? null : `${-at}`])];
  const wide: Cells = [
    ['name', ...many],
    ['x', ...long.slice(1).map(([, x]) => x ?? null)],
    ['y', ...long.slice(1).map(([, , y]) => y ?? null)],
  ];
  for (const [cells, turned] of [
    [long, wide],
    [wide, long],
  ] as const) {
    const [columns = [], ...rows] = cells;
    const names = columns.map(String);
    const step = {
      operator: 'transpose',
      columns: names,
      params: { names: rows.map(([name]) => String(name)), labels: names.slice(1) },
    };
    expect((await outcomeOf(csvOf(cells), step)).table).toEqual(turned);
    expect(await restored(csvOf(cells), step)).toEqual(cells);
  }
});

test('two values for one cell are an error, and no loss', async () => {
  const step = { operator: 'pivot', columns: ['k', 'v'], params: { names: ['x', 'y'], records: 'keys' } };
  const twice = csvOf([
    ['id', 'k', 'v'],
    ['1', 'x', '1'],
    ['1', 'x', '2'],
    ['1', 'y', '3'],
  ]);
  await expect(outcomeOf(twice, step)).rejects.toThrow('A record has more than one "x".');
});
