// How values are written: dates, numbers, patterns, meanings, placeholders.
import { describe, expect, test } from 'vitest';
import { clusterValues } from '../../src/profile/clusters.ts';
import { datetimeFacts } from '../../src/profile/datetime-facts.ts';
import { listFacts } from '../../src/profile/list-facts.ts';
import { parseMoment } from '../../src/profile/moments.ts';
import { numberForms } from '../../src/profile/number-forms.ts';
import { patternFacts, patternsOf, regexOf } from '../../src/profile/patterns.ts';
import { placeholders } from '../../src/profile/placeholders.ts';
import { semanticTypes } from '../../src/profile/semantic-types.ts';
import { undoMojibake } from '../../src/profile/text-facts.ts';
import { valuesOf } from './made.ts';

describe('dates and times', () => {
  test.each([
    ['2024-02-29', '%Y-%m-%d', 'date'],
    ['2/28/2024', '%m/%d/%Y', 'date'],
    ['28.02.2024', '%m.%d.%Y', 'date'],
    ['12-Feb-98', '%d-%b-%y', 'date'],
    ['February 3, 2021', '%B %d, %Y', 'date'],
    ['Mon, 3 May 2021', '%a, %d %b %Y', 'date'],
    ['Sep-82', '%b-%y', 'month'],
    ['2021-06', '%Y-%m', 'month'],
    ['7:10 a.m. Dec 1', '%I:%M %p (with points) %b %d', 'partial'],
    ['23:59:59.5', '%H:%M:%S.%f', 'time'],
    ['2024-01-01T00:00:00Z', '%Y-%m-%dT%H:%M:%S%z', 'datetime'],
    ['1/2/2024 5:04 PM', '%m/%d/%Y %I:%M %p', 'datetime'],
  ])('%s', (text, format, kind) => {
    const moment = parseMoment(text);
    expect([moment?.format, moment?.kind]).toEqual([format, kind]);
  });

  test.each([
    '2023-02-29',
    '13/13/2020',
    '24:00',
    '1998-99',
    '3582-9',
    'May',
    '12',
    '1.2.3',
    'Marching 5, 2020',
    '10:75',
  ])('%s is none', (text) => expect(parseMoment(text)).toBeUndefined());

  test('the order of day and month is what values prove, and open without proof', () => {
    const open = datetimeFacts(valuesOf(['01/02/2020', '03/04/2020', '05/05/2020']), 3)?.facts;
    expect([open?.day_first, open?.ambiguous, open?.parsed, open?.min]).toEqual([null, 2, 1, '2020-05-05']);
    const dayFirst = datetimeFacts(valuesOf(['01/02/2020', '13/04/2020']), 2)?.facts;
    expect([dayFirst?.day_first, dayFirst?.min, dayFirst?.max]).toEqual([true, '2020-02-01', '2020-04-13']);
    expect(dayFirst?.formats.map(({ format, count, ambiguous }) => [format, count, ambiguous])).toEqual([
      ['%d/%m/%Y', 2, 1],
    ]);
    expect(datetimeFacts(valuesOf(['13/04/2020', '04/13/2020', '01/02/2020']), 3)?.facts.day_first).toBeNull();
  });
});

describe('numbers with something around them', () => {
  const forms = (texts: string[]) => numberForms(valuesOf(texts), texts.length);

  test('units and currencies, however they are written', () => {
    const found = forms(['12 oz', '12.5 oz.', '16 ounces', '12']);
    expect(found?.forms.map(({ suffix, unit, dimension, count }) => [suffix, unit, dimension, count])).toEqual([
      ['ounces', 'oz', 'mass', 1],
      ['oz', 'oz', 'mass', 1],
      ['oz.', 'oz', 'mass', 1],
    ]);
    expect([found?.plain, found?.affixed, found?.share, found?.type]).toEqual([1, 3, 1, 'decimal']);
    const prices = forms(['$1,234.50', '$12', '($3.00)']);
    expect(prices).toMatchObject({ decimal: '.', thousands: ',', parentheses: 1, grouped: 1, ambiguous: 0 });
    expect(prices?.forms[0]).toMatchObject({ prefix: '$', unit: 'USD', count: 3, median: 12 });
  });

  test('a comma that may be either is told', () => {
    expect(forms(['1,234', '5,678'])).toMatchObject({ decimal: null, thousands: null, ambiguous: 2 });
    expect(forms(['1,234', '5,67'])).toMatchObject({ decimal: ',', ambiguous: 0 });
    expect(forms(['1.234,5', '5.678'])).toMatchObject({ decimal: ',', thousands: '.', ambiguous: 0 });
  });

  test('addresses, names and codes are none', () => {
    expect(forms(['12 Main Street', '14 Oak Lane', '1st Avenue', 'B12', 'A-3'])).toBeUndefined();
    expect(forms(['007', '123'])?.leading_zero).toBe(1);
  });
});

describe('patterns', () => {
  test('three levels', () => {
    expect(patternsOf('AB-1234 Zoë')).toEqual({ exact: 'A{2}-9{4} Aa{2}', run: 'A+-9+ A+a+', class: 'L-N L' });
  });

  test('every text has the regex of its pattern', () => {
    for (const text of ['AB-12', 'x+y', 'a.b/c (d) [e]', '12:30', 'Straße 5', '{"a"}', '$5^2|\\']) {
      for (const level of ['exact', 'run', 'class'] as const) {
        expect(new RegExp(`^(?:${regexOf(text, level)})$`, 'u').test(text)).toBe(true);
      }
    }
    expect(new RegExp(`^(?:${regexOf('AB-12', 'exact')})$`, 'u').test('ABC-12')).toBe(false);
  });

  test('what nearly all have is a rule, and the others break it', () => {
    const texts = [...Array.from({ length: 39 }, (_, at) => `AB-${1000 + at}`), 'AB1000'];
    const { patterns, violations } = patternFacts(valuesOf(texts), 40, true);
    expect(patterns.rule).toMatchObject({ level: 'exact', pattern: 'A{2}-9{4}', share: 0.975, violations: 1 });
    expect(violations.map(({ text }) => text)).toEqual(['AB1000']);
  });
});

describe('placeholders', () => {
  const tokens = new Set(['n/a', 'empty', 'unknown']);
  const found = (texts: string[], type: 'integer' | 'text') =>
    placeholders(valuesOf(texts), type, tokens).map(({ value, evidence, disguised }) => [value, evidence, disguised]);

  test('a word among numbers is a missing value; among words it may be one', () => {
    const counts = Array.from({ length: 20 }, (_, at) => String(at + 10));
    expect(found([...counts, 'N/A', 'N/A'], 'integer')).toEqual([
      ['N/A', ['token', 'other_type', 'homogeneous'], true],
    ]);
    expect(found(['blue', 'empty', 'empty', 'green'], 'text')).toEqual([['empty', ['token'], false]]);
  });

  test('a number far from the others, over and over', () => {
    const ages = Array.from({ length: 60 }, (_, at) => String(20 + (at % 40)));
    expect(found([...ages, ...Array(12).fill('9999')], 'integer')).toEqual([
      ['9999', ['sentinel', 'repeated_character', 'spike', 'homogeneous'], true],
    ]);
    // In a row of numbers it is one of them.
    expect(
      found(
        Array.from({ length: 1200 }, (_, at) => String(at + 1)),
        'integer',
      ).filter(([, , disguised]) => disguised),
    ).toEqual([]);
  });
});

test.each<[string, string, string[], string | null]>([
  ['email', 'contact', ['a.b@example.org', 'c@example.com'], null],
  ['url', 'x', ['https://example.org/a?b', 'http://example.com'], null],
  ['ip', 'x', ['10.0.0.1', '192.168.1.255'], 'v4'],
  ['iban', 'x', ['GB82 WEST 1234 5698 7654 32'], null],
  ['phone', 'phone', ['(555) 234-5678', '555-234-5678'], 'north_america'],
  ['postal_code', 'zip_code', ['02134', '94110-1234'], 'us'],
  ['us_state_code', 'state', ['CA', 'ny'], null],
  ['currency_amount', 'price', ['$12.50', '$1,000'], 'USD'],
  ['quantity', 'weight', ['12 kg', '3.5 kg'], 'kg'],
  ['person', 'author', ['Ada Lovelace', 'Grace M. Hopper'], null],
])('values that mean %s', (type, name, texts, detail) => {
  const [best] = semanticTypes(name, 'text', valuesOf(texts), { total: texts.length, distinctness: 1, threshold: 0.9 });
  expect([best?.type, best?.share, best?.detail]).toEqual([type, 1, detail]);
});

test('lists are of elements that come back', () => {
  const genres = ['drama;war', 'comedy;drama', 'war', 'comedy;drama;war', 'war;drama', 'comedy'];
  expect(listFacts(valuesOf(genres), 6)).toMatchObject({
    separator: ';',
    count: 4,
    elements_min: 2,
    elements_max: 3,
    distinct_elements: 3,
  });
  expect(listFacts(valuesOf(['Doe, Jane', 'Roe, Richard', 'Poe, Edgar', 'Coe, Ann']), 4)).toBeUndefined();
});

test('values written in several ways are one cluster', () => {
  const { clusters } = clusterValues(
    valuesOf(['New York', 'New York', 'new york', 'New  York', 'York, New', 'Boston', 'Item 1', 'Item 2']),
  );
  expect(clusters.map(({ method, count, values }) => [method, count, values.length])).toEqual([
    ['fingerprint', 5, 4],
    ['case', 4, 3],
    ['spaces', 3, 2],
  ]);
});

test('mojibake is what can be undone', () => {
  expect(undoMojibake('CafÃ© MÃ¼ller')).toBe('Café Müller');
  expect(undoMojibake('itâ€™s')).toBe('it’s');
  expect([undoMojibake('Café'), undoMojibake('Ã'), undoMojibake('plain')]).toEqual([undefined, undefined, undefined]);
});
