// Operators on what values mean: missing ones, dates, names written in several ways.
import { expect, test } from 'vitest';
import { caseFold } from '../../src/operators/case-fold.ts';
import { editProgram } from '../../src/operators/edit-programs.ts';
import { extract } from '../../src/operators/extract.ts';
import { mapValues } from '../../src/operators/map-values.ts';
import { regexReplace } from '../../src/operators/regex-replace.ts';
import { standardiseCountry } from '../../src/operators/standardise-country.ts';
import { standardiseDate } from '../../src/operators/standardise-date.ts';
import { standardiseEmail } from '../../src/operators/standardise-email.ts';
import { standardiseMissing } from '../../src/operators/standardise-missing.ts';
import { standardisePhone } from '../../src/operators/standardise-phone.ts';
import { standardisePostal } from '../../src/operators/standardise-postal.ts';
import { standardiseUrl } from '../../src/operators/standardise-url.ts';
import { candidatesOf, edits, oneColumn, outcomeOf, proposed } from './support.ts';

const numbers = (length: number) => Array.from({ length }, (_, at) => String(10 + ((at * 7) % 23)));
const repeated = (words: readonly (readonly [string, number])[]) =>
  words.flatMap(([word, count]) => Array<string>(count).fill(word));

test('words for missing among numbers', async () => {
  const done = await proposed(oneColumn([...numbers(30), 'N/A', ' n/a', 'unknown']), standardiseMissing);
  expect(edits(done)).toEqual(['30: N/A → null', '31:  n/a → null', '32: unknown → null']);
  expect(done.again).toEqual(done.table);
  expect(done.confidence).toBeGreaterThanOrEqual(0.9);
  expect(done.reason).toBe(
    '"n/a" (1 row), "N/A" (1 row), "unknown" (1 row) of "value" probably stand for a missing value: it is a usual word for that, it is written unlike the rest, and without it the rest is alike.',
  );
});

test('a word that may be a value is no fact', async () => {
  const scores = [...numbers(30).map((number) => `${number}%`), 'empty', 'empty'];
  const done = await proposed(oneColumn(scores), standardiseMissing);
  expect([done.params, done.confidence < 0.8]).toEqual([{ tokens: ['empty'] }, true]);
  expect(await candidatesOf(oneColumn(['blue', 'empty', 'none', 'green', 'empty']), standardiseMissing)).toEqual([]);
  expect(await candidatesOf(oneColumn(numbers(30)), standardiseMissing)).toEqual([]);
});

test('a number that stands for missing needs three kinds of evidence and comes back', async () => {
  const done = await proposed(oneColumn([...numbers(30), ...Array(8).fill('-9999')]), standardiseMissing);
  expect(done.params).toEqual({ tokens: ['-9999'] });
  expect(done.confidence).toBeGreaterThanOrEqual(0.8);
  const zeros = await candidatesOf(oneColumn([...numbers(30), ...Array(9).fill('0')]), standardiseMissing);
  for (const { confidence } of zeros) expect(confidence).toBeLessThan(0.5);
});

test('dates in several formats become ISO 8601', async () => {
  const done = await proposed(
    oneColumn(['2020-01-31', '31/01/2020', '1 Feb 2020', 'Feb 3, 2020', '13/02/2020', '01/02/2020']),
    standardiseDate,
  );
  expect(edits(done)).toEqual([
    '1: 31/01/2020 → 2020-01-31',
    '2: 1 Feb 2020 → 2020-02-01',
    '3: Feb 3, 2020 → 2020-02-03',
    '4: 13/02/2020 → 2020-02-13',
    '5: 01/02/2020 → 2020-02-01',
  ]);
  expect(done.again).toEqual(done.table);
  expect(done.confidence).toBeGreaterThanOrEqual(0.9);
});

test('a format that nearly all dates have is the own one of the column', async () => {
  const days = Array.from(
    { length: 60 },
    (_, at) => `${String(1 + (at % 12)).padStart(2, '0')}/${13 + (at % 15)}/2020`,
  );
  const iso = (length: number) => Array.from({ length }, (_, at) => `2021-03-${10 + at}`);
  for (const values of [days, [...days, ...iso(3)], [...days, ...iso(2), '3 May 2020']]) {
    expect((await proposed(oneColumn(values), standardiseDate)).confidence).toBeLessThan(0.8);
  }
  expect((await proposed(oneColumn([...days, ...iso(12)]), standardiseDate)).confidence).toBeGreaterThanOrEqual(0.9);
  expect((await proposed(oneColumn([...days.slice(0, 3), ...iso(20)]), standardiseDate)).confidence).toBe(0.9);
});

test('times, zones and months keep what they say', async () => {
  const done = await proposed(
    oneColumn(['1/31/2020 7:05 PM', '12/31/2019 12:00 AM', '2/13/2020 11:30 AM', '1/30/2020 1:02 AM']),
    standardiseDate,
  );
  expect(edits(done).map((edit) => edit.split('→ ')[1])).toEqual([
    '2020-01-31T19:05',
    '2019-12-31T00:00',
    '2020-02-13T11:30',
    '2020-01-30T01:02',
  ]);
  const zoned = await proposed(
    oneColumn(['31 Jan 2020 07:05:09.50 +0200', '1 Feb 2020 07:05:09 UTC', '2 Feb 2020 08:00:00 -05:30']),
    standardiseDate,
  );
  expect(edits(zoned).map((edit) => edit.split('→ ')[1])).toEqual([
    '2020-01-31T07:05:09.50+02:00',
    '2020-02-01T07:05:09Z',
    '2020-02-02T08:00:00-05:30',
  ]);
});

test('what may be day or month first stays, and makes the rest unsure', async () => {
  const done = await proposed(oneColumn(['01/02/2020', '03/04/2020', '5 May 2020', '05/05/2020']), standardiseDate);
  expect(edits(done)).toEqual(['2: 5 May 2020 → 2020-05-05', '3: 05/05/2020 → 2020-05-05']);
  expect(done.confidence).toBeLessThan(0.5);
  expect(done.reason).toContain('2 dates may be read with the day or the month first, and stay as they are.');
});

test('the pivot decides years of two digits', async () => {
  const csv = oneColumn(['31/01/68', '30/01/69', '29/12/99']);
  const done = await proposed(csv, standardiseDate);
  expect(edits(done).map((edit) => edit.split('→ ')[1])).toEqual(['2068-01-31', '1969-01-30', '1999-12-29']);
  expect(done.confidence).toBeLessThan(0.8);
  const other = await outcomeOf(csv, { ...done, params: { ...done.params, pivot: 20 } });
  expect(edits(other).map((edit) => edit.split('→ ')[1])).toEqual(['1968-01-31', '1969-01-30', '1999-12-29']);
});

test('ranges of pages that look like dates, and dates that are as they should be, stay', async () => {
  const pages = await candidatesOf(
    oneColumn(['3582-9', '12-17', 'Sep-82', '200-5', 'Mar-21', '17-29']),
    standardiseDate,
  );
  for (const { confidence } of pages) expect(confidence).toBeLessThan(0.5);
  expect(await candidatesOf(oneColumn(['2020-01-31', '2020-02-01T10:00:00Z']), standardiseDate)).toEqual([]);
});

test('values that are one but for case become the most frequent', async () => {
  const cities = repeated([
    ['New York', 12],
    ['new york', 2],
    ['NEW YORK', 1],
    ['Boston', 9],
    ['Hull', 6],
  ]);
  const done = await proposed(oneColumn(cities), mapValues);
  expect(edits(done)).toEqual(['12: new york → New York', '13: new york → New York', '14: NEW YORK → New York']);
  expect(done.again).toEqual(done.table);
  expect(done.confidence).toBeGreaterThanOrEqual(0.9);
});

test('values that are one but for signs and marks are merged, others are not', async () => {
  const names = repeated([
    ['Saint-Étienne', 9],
    ['Saint Etienne', 1],
    ['Lyon', 8],
    ['Paris', 7],
  ]);
  const done = await candidatesOf(oneColumn(names), mapValues);
  for (const { params } of done) expect(params['mapping']).toEqual([{ from: 'Saint Etienne', to: 'Saint-Étienne' }]);
  for (const words of [
    [
      ['A+', 9],
      ['A-', 4],
      ['A', 7],
      ['B+', 6],
    ],
    [
      ['C', 9],
      ['C++', 4],
      ['C#', 7],
      ['Java', 6],
    ],
    [
      ['Route 1', 9],
      ['Route 2', 4],
      ['Route 12', 7],
    ],
    [
      ['ab12', 9],
      ['AB12', 4],
      ['Ab12', 7],
    ],
    [
      ['$12 fee', 9],
      ['12 fee', 4],
      ['€12 fee', 7],
    ],
  ] as const) {
    const sure = (await candidatesOf(oneColumn(repeated(words)), mapValues)).filter((one) => one.confidence >= 0.8);
    expect(sure, String(words)).toEqual([]);
  }
});

test('of two that are as frequent none is sure', async () => {
  const done = await candidatesOf(
    oneColumn(
      repeated([
        ['red wine', 3],
        ['Red Wine', 3],
        ['Gin', 9],
      ]),
    ),
    mapValues,
  );
  expect(done.map(({ confidence }) => confidence < 0.8)).toEqual([true]);
});

test('codes in small letters among capital ones', async () => {
  const states = repeated([
    ['CA', 12],
    ['ca', 1],
    ['NY', 9],
    ['Ny', 1],
    ['TX', 6],
  ]);
  const done = await proposed(oneColumn(states), caseFold);
  expect(edits(done)).toEqual(['12: ca → CA', '22: Ny → NY']);
  expect(done.again).toEqual(done.table);
  expect(done.confidence).toBeGreaterThanOrEqual(0.9);
  expect(
    await candidatesOf(
      oneColumn(
        repeated([
          ['New York', 12],
          ['Bath', 9],
        ]),
      ),
      caseFold,
    ),
  ).toEqual([]);
});

test('a case that no value of a cluster has merges nothing', async () => {
  const sexes = repeated([
    ['M', 60],
    ['F', 55],
    ['Male', 3],
    ['male', 2],
    ['Female', 2],
    ['female', 3],
  ]);
  expect((await proposed(oneColumn(sexes), caseFold)).confidence).toBeLessThan(0.8);
  const known = await proposed(oneColumn([...sexes.slice(0, 115), 'm', 'f', 'Male', 'male']), caseFold);
  expect(known.evidence['merged']).toBe(2);
});

test('codes with other signs between the same letters and digits', async () => {
  const codes = Array.from({ length: 40 }, (_, at) => `AB-${1000 + at * 13}`);
  const done = await candidatesOf(
    oneColumn([...codes, 'CD 1234', 'EF1235', '(GH)-7777', 'IJ-12345', 'kl-1234']),
    regexReplace,
  );
  const found = await Promise.all(
    done.map(async (one) =>
      edits(await outcomeOf(oneColumn(['CD 1234', 'EF1235', '(GH)-7777', 'IJ-12345', 'kl-1234']), one)),
    ),
  );
  expect(found.flat().sort()).toEqual(['0: CD 1234 → CD-1234', '1: EF1235 → EF-1235', '2: (GH)-7777 → GH-7777']);
  for (const { confidence } of done) expect(confidence).toBeGreaterThanOrEqual(0.8);
  const dates = [...codes.map((_, at) => `2020-01-${10 + (at % 20)}`), '2020/01/12', '2020/01/13'];
  expect(await candidatesOf(oneColumn(dates), regexReplace)).toEqual([]);
});

test('edits between patterns', () => {
  expect(editProgram('(9{3}) 9{3}-9{4}', '9{3}-9{3}-9{4}')).toEqual({
    pattern: '\\(([0-9]{3})\\)\\s+([0-9]{3})\\-([0-9]{4})',
    replacement: '\\1-\\2-\\3',
  });
  expect(editProgram('9{10}', '9{3}-9{3}-9{4}')?.replacement).toBe('\\1-\\2-\\3');
  expect(editProgram('9{2}-9{8}', '9{3}-9{7}')?.replacement).toBe('\\1\\2-\\3');
  for (const [from, to] of [
    ['9{2}', '9{3}'],
    ['a{2}', 'A{2}'],
    ['9-9', '9-9'],
    ['--', '++'],
  ] as const) {
    expect(editProgram(from, to), from).toBeUndefined();
  }
});

test('a part with the usual pattern is taken out only when asked', async () => {
  const codes = Array.from({ length: 60 }, (_, at) => `AB-${1000 + at * 13}`);
  const done = await proposed(oneColumn([...codes, 'CD-1234 (old)', 'AB-1 AB-2']), extract);
  expect(edits(done)).toEqual(['60: CD-1234 (old) → CD-1234']);
  expect(done.again).toEqual(done.table);
  expect(done.confidence).toBeLessThan(0.8);
});

const STANDARDS = [
  [standardiseEmail, ['a@b.org', 'Ann@B.org', 'c@d.org'], ['Ann@B.org → ann@b.org'], ['a@b.org', 'c@d.org']],
  [
    standardiseUrl,
    ['https://a.org/B', 'HTTPS://A.org/B', 'http://a.org:80/x', 'http://a.org:8080/x'],
    ['HTTPS://A.org/B → https://a.org/B', 'http://a.org:80/x → http://a.org/x'],
    ['https://a.org/B', 'http://a.org/'],
  ],
] as const;

test.each(STANDARDS)('%#: as its standard writes it', async (operator, values, expected, fine) => {
  const done = await proposed(oneColumn(values), operator);
  expect(edits(done).map((edit) => edit.replace(/^\d+: /, ''))).toEqual(expected.concat());
  expect(done.again).toEqual(done.table);
  expect(await candidatesOf(oneColumn(fine), operator)).toEqual([]);
});

test('postal codes', async () => {
  const uk = await proposed(
    oneColumn(['SW1A 1AA', 'sw1a 2aa', 'M11AE', 'B33 8TH', 'CR2 6XH'], 'postcode'),
    standardisePostal,
  );
  expect(edits(uk)).toEqual(['1: sw1a 2aa → SW1A 2AA', '2: M11AE → M1 1AE']);
  const us = await proposed(oneColumn(['12345', '60601', '2134', '90210', '10001', '10002'], 'zip'), standardisePostal);
  expect(edits(us)).toEqual(['2: 2134 → 02134']);
  expect(us.again).toEqual(us.table);
  expect(await candidatesOf(oneColumn(['1234', '5678', '12345'], 'amount'), standardisePostal)).toEqual([]);
});

test('names of countries', async () => {
  const places = repeated([
    ['United States', 5],
    ['USA', 2],
    ['U.S.', 1],
    ['France', 4],
    ['France', 1],
  ]);
  const done = await candidatesOf(
    oneColumn(
      places.filter((one) => one !== 'U.S.'),
      'country',
    ),
    standardiseCountry,
  );
  expect(done.map(({ params }) => params)).toEqual([{ mapping: [{ from: 'USA', to: 'United States' }] }]);
  expect(
    await candidatesOf(
      oneColumn(
        repeated([
          ['France', 4],
          ['Spain', 5],
        ]),
        'country',
      ),
      standardiseCountry,
    ),
  ).toEqual([]);
});

test('phone numbers in several ways', async () => {
  const numbersOf = [
    '(555) 234-5678',
    '555-234-5679',
    '+1 555 234 5680',
    '1-555-234-5681',
    '5552345682',
    '+44 20 7946 0958',
  ];
  const done = await proposed(oneColumn(numbersOf, 'phone'), standardisePhone);
  expect(edits(done).map((edit) => edit.split('→ ')[1])).toEqual([
    '+15552345678',
    '+15552345679',
    '+15552345680',
    '+15552345681',
    '+15552345682',
    '+442079460958',
  ]);
  expect(done.again).toEqual(done.table);
  const same = Array.from({ length: 9 }, (_, at) => `555-234-567${at}`);
  expect(await candidatesOf(oneColumn(same, 'phone'), standardisePhone)).toEqual([]);
});
