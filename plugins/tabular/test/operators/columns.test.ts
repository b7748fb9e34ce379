// Operators that change which columns there are, and those that make features of them.
import { describe, expect, test } from 'vitest';
import { encodeCategorical } from '../../src/operators/encode-categorical.ts';
import { mergeColumns } from '../../src/operators/merge-columns.ts';
import { moveToken } from '../../src/operators/move-token.ts';
import { normalize } from '../../src/operators/normalize.ts';
import { renameColumns } from '../../src/operators/rename-columns.ts';
import { splitColumn } from '../../src/operators/split-column.ts';
import { type Cells, candidatesOf, csvOf, outcomeOf, proposed, restored } from './support.ts';

describe('rename_columns', () => {
  test('blank names and those that are there twice get others', async () => {
    const csv = csvOf([
      ['id', '', 'Name', 'name', ' x  y '],
      ['1', 'a', 'b', 'c', 'd'],
      ['2', 'e', 'f', 'g', 'h'],
    ]);
    const [sure, style] = await candidatesOf(csv, renameColumns);
    expect(sure?.confidence).toBe(0.9);
    expect(sure?.reason).toBe('4 names of columns are blank, there twice or padded.');
    expect((await outcomeOf(csv, sure ?? expect.fail())).table[0]).toEqual(['id', 'column_2', 'Name', 'name_2', 'x y']);
    expect((await outcomeOf(csv, style ?? expect.fail())).table[0]).toEqual([
      'id',
      'column_2',
      'name',
      'name_2',
      'x_y',
    ]);
    expect((await restored(csv, sure ?? expect.fail())).slice(1)).toEqual([
      ['1', 'a', 'b', 'c', 'd'],
      ['2', 'e', 'f', 'g', 'h'],
    ]);
  });

  test('names in small letters with underscores', async () => {
    const labels = ['Worldwide Gross', 'US_DVDSales', '% Öl', "Driver's Name", 'ok_1'];
    const csv = csvOf([labels, ['1', '2', '3', '4', '5']]);
    const { table } = await proposed(csv, renameColumns);
    expect(table[0]).toEqual(['worldwide_gross', 'us_dvd_sales', 'percent_ol', 'drivers_name', 'ok_1']);
  });

  test('names that are fine', async () => {
    expect(await candidatesOf('id,full_name\n1,a\n2,b\n', renameColumns)).toEqual([]);
  });
});

const places = (count: number, of: (at: number) => readonly (string | null)[]) =>
  Array.from({ length: count }, (_, at) => of(at));

describe('split_column', () => {
  test('parts with a separator, and back', async () => {
    const cells: Cells = [
      ['id', 'size'],
      ...places(30, (at) => [`k${at}`, `${10 + at} / ${['small', 'large'][at % 2]}`]),
      ['k30', 'none'],
    ];
    const csv = csvOf(cells);
    const candidate = await proposed(csv, splitColumn);
    expect(candidate.description).toBe('Split "size" at each " / " into "size_1" and "size_2"');
    expect(candidate.table.slice(0, 2)).toEqual([
      ['id', 'size_1', 'size_2'],
      ['k0', '10', 'small'],
    ]);
    expect(candidate.table.at(-1)).toEqual(['k30', 'none', null]);
    expect(await restored(csv, candidate)).toEqual(cells);
  });

  test('values that are one, whatever is in them', async () => {
    const csv = csvOf([
      ['mail', 'day', 'text'],
      ...places(30, (at) => [
        `p${at}@example.org`,
        `${1 + (at % 28)}/${1 + (at % 12)}/2020`,
        `one ${'more '.repeat(at % 4)}word`,
      ]),
    ]);
    expect(await candidatesOf(csv, splitColumn)).toEqual([]);
  });
});

describe('move_token', () => {
  const STATES = ['CA', 'NY', 'TX', 'OR'];
  const TOWNS = ['Big Pine', 'Salem', 'New Hope', 'Paris', 'Dover'];
  const cells: Cells = [
    ['id', 'town', 'state'],
    ...places(60, (at) => {
      const town = TOWNS[at % 5] ?? '';
      const state = STATES[at % 4] ?? '';
      return at % 10 === 3 ? [`${at}`, `${town}${at % 20 === 3 ? ',' : ''} ${state}`, null] : [`${at}`, town, state];
    }),
  ];

  test('a word of another column goes where that is missing', async () => {
    const csv = csvOf(cells);
    const candidate = await proposed(csv, moveToken);
    expect(candidate).toMatchObject({ phase: 'form', columns: ['town', 'state'], flagged: 12 });
    expect(candidate.confidence).toBeGreaterThan(0.9);
    expect(candidate.table[4]).toEqual(['3', 'Paris', 'OR']);
    expect(candidate.table[14]).toEqual(['13', 'Paris', 'NY']);
    expect(candidate.table.slice(1).every(([, , state]) => state !== null)).toBe(true);
    expect(candidate.log).toHaveLength(12);
    expect(candidate.again).toEqual(candidate.table);
  });

  test('not where the other column has a value', async () => {
    const full = cells.map(([id, town, state]) => [id ?? '', town ?? '', state ?? 'CA']);
    expect(await candidatesOf(csvOf(full), moveToken)).toEqual([]);
  });
});

describe('merge_columns', () => {
  test('columns of which one has a value', async () => {
    const cells: Cells = [
      ['id', 'phone_home', 'phone_work'],
      ...places(40, (at) => [`${at}`, at % 2 ? `555-01${10 + at}` : null, at % 2 ? null : `555-02${10 + at}`]),
    ];
    const { table, confidence } = await proposed(csvOf(cells), mergeColumns);
    expect(confidence).toBeLessThan(0.8);
    expect(table.slice(0, 3)).toEqual([
      ['id', 'phone'],
      ['0', '555-0210'],
      ['1', '555-0111'],
    ]);
  });

  test('year, month and day', async () => {
    const cells: Cells = [
      ['start_year', 'start_month', 'start_day', 'x'],
      ...places(20, (at) => [`${2000 + at}`, `${1 + (at % 12)}`, `${1 + at}`, 'a']),
      ['2021', '2', '30', 'b'],
    ];
    const { table } = await proposed(csvOf(cells), mergeColumns);
    expect(table.slice(0, 2)).toEqual([
      ['start', 'x'],
      ['2000-01-01', 'a'],
    ]);
    expect(table.at(-1)).toEqual([null, 'b']);
  });

  test('two values in a row stop it', async () => {
    const step = { operator: 'merge_columns', columns: ['a', 'b'], params: { how: 'first_present', name: 'c' } };
    await expect(outcomeOf('id,a,b\n1,x,y\n', step)).rejects.toThrow(
      'More than one of "a" and "b" has a value in a row.',
    );
    expect((await outcomeOf('id,a,b\n1,x,x\n2,,z\n', step)).table).toEqual([
      ['id', 'c'],
      ['1', 'x'],
      ['2', 'z'],
    ]);
  });
});

describe('features', () => {
  const csv = csvOf([
    ['weight', 'kind', 'name'],
    ...places(40, (at) => [
      `${2 + ((at * 7) % 40) / 2}`,
      at === 5 ? null : (['red', 'green', 'blue'][at % 3] ?? ''),
      `person number ${at}`,
    ]),
  ]);

  test('are only made for machine learning', async () => {
    expect(await candidatesOf(csv, normalize)).toEqual([]);
    expect(await candidatesOf(csv, encodeCategorical)).toEqual([]);
  });

  test('numbers are scaled by what the profile says', async () => {
    const [best, ...others] = await candidatesOf(csv, normalize, 'ml');
    expect([best, ...others].map((one) => one?.params['method'])).toEqual(['zscore', 'minmax', 'robust']);
    const { table } = await outcomeOf(csv, best ?? expect.fail());
    const numbers = table.slice(1).map(([weight]) => Number(weight));
    expect(numbers.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0, 9);
    expect(best?.reversible).toBe('with_log');
  });

  test('categories become columns of 0 and 1, and back', async () => {
    const [best, ordinal] = await candidatesOf(csv, encodeCategorical, 'ml');
    const { table } = await outcomeOf(csv, best ?? expect.fail());
    expect(table[0]).toEqual(['weight', 'kind_blue', 'kind_green', 'kind_red', 'name']);
    expect(table[1]?.slice(1, 4)).toEqual(['0', '0', '1']);
    expect(table[6]?.slice(1, 4)).toEqual([null, null, null]);
    for (const one of [best, ordinal]) {
      const back = await restored(csv, one ?? expect.fail());
      expect(back[1]?.[1]).toBe('red');
      expect(back[6]?.[1]).toBeNull();
    }
    expect((await outcomeOf(csv, ordinal ?? expect.fail())).table[1]?.[1]).toBe('2');
  });

  test('a number that follows from the text alone', async () => {
    const params = { method: 'hash', values: [], names: ['kind'], buckets: 8 };
    const { table } = await outcomeOf(csv, { operator: 'encode_categorical', columns: ['kind'], params });
    const numbers = table.slice(1).map(([, kind]) => kind);
    expect(numbers[0]).toBe(numbers[3]);
    expect(numbers.every((one) => one === null || Number(one) < 8)).toBe(true);
    expect(numbers[5]).toBeNull();
  });
});
