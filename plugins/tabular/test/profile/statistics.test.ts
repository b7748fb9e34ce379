// Formulas of the profile, against figures worked out by hand or published.
import { describe, expect, test } from 'vitest';
import { uniformity } from '../../src/profile/alerts.ts';
import { isEan, isIban, isIsbn, isIssn, passesLuhn } from '../../src/profile/check-digits.ts';
import { fingerprint, foldLetters, ngramFingerprint } from '../../src/profile/clusters.ts';
import { correlationRatio, cramersV, pearson, ranks } from '../../src/profile/correlations.ts';
import { monotonic } from '../../src/profile/monotonic.ts';
import { medianDistance, numericFacts, toNumbers } from '../../src/profile/numeric-facts.ts';
import { outlierRules } from '../../src/profile/outliers.ts';
import { groupRows } from '../../src/profile/partitions.ts';
import { measure } from '../../src/profile/soft-dependencies.ts';
import { editDistance, findTypos } from '../../src/profile/typos.ts';
import { coded, valuesOf } from './made.ts';

const numbers = (...values: number[]) => toNumbers(values.map((value) => ({ value, count: 1 })));

describe('numbers', () => {
  test('skewness and kurtosis are those of spreadsheets', () => {
    const facts = numericFacts(numbers(3, 4, 5, 2, 3, 4, 5, 6, 4, 7));
    expect(facts?.skewness).toBeCloseTo(0.359543, 6);
    expect(facts?.kurtosis).toBeCloseTo(-0.151799637, 8);
    expect([facts?.mean, facts?.sum, facts?.count]).toEqual([4.3, 43, 10]);
  });

  test('how often a value is there counts like as many values', () => {
    const once = numericFacts(numbers(1, 1, 1, 2, 5));
    const counted = numericFacts(
      toNumbers([
        { value: 5, count: 1 },
        { value: 1, count: 3 },
        { value: 2, count: 1 },
      ]),
    );
    expect(counted).toEqual(once);
  });

  test('MAD, and quantiles between values', () => {
    const all = numbers(1, 1, 2, 2, 4, 6, 9);
    expect(medianDistance(all, 2)).toBe(1);
    expect(numericFacts(all)?.quantiles).toMatchObject({ p25: 1.5, p50: 2, p75: 5 });
    expect(medianDistance(numbers(1, 2, 3, 10), 2.5)).toBe(1);
  });

  test('sums of numbers that differ much in size lose nothing', () => {
    expect(numericFacts(numbers(1e16, 1, -1e16))?.sum).toBe(1);
    expect(numericFacts(numbers(5))).toMatchObject({ std: null, skewness: null, mad: 0, histogram: { counts: [1] } });
    expect(numericFacts(toNumbers([]))).toBeUndefined();
  });

  test('a histogram has every value in a bin', () => {
    const facts = numericFacts(numbers(...Array.from({ length: 100 }, (_, at) => at)));
    // 2 · 49.5 · 100^(-1/3) = 21.3: five bins.
    expect(facts?.histogram).toEqual({ from: 0, width: 19.8, counts: [20, 20, 20, 20, 20] });
  });

  test('outliers by each rule', () => {
    const rules = outlierRules(numbers(10, 11, 12, 12, 13, 14, 15, 100), false);
    expect(rules?.marks(100)).toEqual(['tukey', 'far', 'modified_z']);
    expect(rules?.marks(13)).toEqual([]);
    // p25 11.75, p75 14.25.
    expect(rules?.facts).toMatchObject({
      low: 8,
      high: 18,
      low_far: 4.25,
      high_far: 21.75,
      tukey: 1,
      count: 1,
      z: null,
    });
  });

  test('values rise when each is only in rows after those of smaller ones', () => {
    const of = (rows: number[]) => {
      const values = valuesOf(rows.map(String)).sort((a, b) => Number(a.text) - Number(b.text));
      return monotonic(values.length, (at) => ({
        value: Number(values[at]?.text),
        count: 1,
        first: 0,
        last: 0,
        ...values[at],
      }));
    };
    expect(
      [
        [1, 2, 3],
        [1, 1, 2],
        [3, 2, 1],
        [2, 2, 1],
        [1, 3, 2],
        [4, 4],
        [1, 2, 1],
      ].map(of),
    ).toEqual(['strictly_increasing', 'increasing', 'strictly_decreasing', 'decreasing', 'none', 'constant', 'none']);
  });
});

describe('pairs of columns', () => {
  test('Pearson and ranks', () => {
    const [x, y] = [Float64Array.of(1, 2, 3, 4, 5), Float64Array.of(2, 1, 4, 3, 5)];
    expect(pearson(x, y)).toBeCloseTo(0.8, 12);
    expect([...ranks(Float64Array.of(10, 20, 20, 5))]).toEqual([2, 3.5, 3.5, 1]);
    expect(pearson(x, Float64Array.of(1, 1, 1, 1, 1))).toBeUndefined();
  });

  test('Cramér’s V is 1 for columns that are one, and 0 for what chance gives', () => {
    const words = [...'aaaaabbbbb'];
    expect(cramersV(coded('x', words), coded('y', words))).toEqual({ value: 1, n: 10 });
    expect(cramersV(coded('x', [...'aabb']), coded('y', [...'xyxy'])).value).toBe(0);
  });

  test('η of marks in three subjects', () => {
    const marks = { algebra: [45, 70, 29, 15, 21], geometry: [40, 20, 30, 42], statistics: [65, 95, 80, 70, 85, 73] };
    const rows = Object.entries(marks).flatMap(([subject, of]) => of.map((mark) => [subject, mark] as const));
    const category = coded(
      'subject',
      rows.map(([subject]) => subject),
    );
    // Between 6780, within 2860: √(6780 / 9640).
    expect(
      correlationRatio(
        category,
        Float64Array.from(rows, ([, mark]) => mark),
      ).value,
    ).toBeCloseTo(Math.sqrt(6780 / 9640), 12);
  });

  test('g3, pdep, tau and mu of five rows', () => {
    const x = coded('x', [...'aaabb']);
    const measures = measure(groupRows(x.codes, x.texts.length), coded('a', [...'11233']));
    expect(measures?.g3).toBeCloseTo(1 / 5, 12);
    expect(measures?.pdep).toBeCloseTo(11 / 15, 12);
    expect(measures?.tau).toBeCloseTo(7 / 12, 12);
    expect(measures?.mu).toBeCloseTo(4 / 9, 12);
    expect([measures?.distinctLhs, measures?.distinctRhs]).toEqual([2, 3]);
  });

  test('rows in which something is missing do not count', () => {
    const measures = measure(groupRows(coded('x', ['a', 'a', '', 'b']).codes, 2), coded('a', ['1', '', '1', '2']));
    expect([measures?.rows, measures?.g3]).toEqual([2, 0]);
  });

  test('uniform counts', () => {
    expect(uniformity([10, 10, 10])).toBe(1);
    // χ² 10 with two degrees of freedom: e^-5.
    expect(uniformity([10, 20, 30])).toBeCloseTo(Math.exp(-5), 3);
  });
});

describe('texts', () => {
  test('fingerprints', () => {
    expect(fingerprint('the multi multi word test')).toBe('multi test the word');
    expect(fingerprint(' école ÉCole ecoLe ')).toBe('ecole');
    expect(fingerprint(' d c b a ')).toBe('a b c d');
    expect(ngramFingerprint('abcdefg', 2)).toBe('abbccddeeffg');
    expect(foldLetters('Łódź Straße Ærø')).toBe('lodz strasse aeroe');
  });

  test('edits', () => {
    expect(editDistance('hospitl', 'hospital', 2)).toBe(1);
    expect(editDistance('hopsital', 'hospital', 2)).toBe(1);
    expect(editDistance('hospital', 'hospitals of', 2)).toBeUndefined();
    expect(editDistance('', 'ab', 2)).toBe(2);
  });

  test('a rare word is a typo of a frequent one, and a code is not', () => {
    const words = [
      ...Array(30).fill('birmingham'),
      ...Array(30).fill('sheffield'),
      'birmingxam',
      'sheffeild',
      ...Array(30).fill('item-1234'),
      'item-1235',
    ];
    const { typos } = findTypos(valuesOf(words), words.length);
    expect(typos.map(({ value, suggestion, distance }) => [value.text, suggestion.text, distance])).toEqual([
      ['birmingxam', 'birmingham', 1],
      ['sheffeild', 'sheffield', 1],
    ]);
  });

  test('check digits', () => {
    expect([passesLuhn('4111 1111 1111 1111'), passesLuhn('4111 1111 1111 1112')]).toEqual([true, false]);
    expect([isIban('GB82 WEST 1234 5698 7654 32'), isIban('GB82 WEST 1234 5698 7654 33')]).toEqual([true, false]);
    expect([isEan('4006381333931'), isEan('4006381333932')]).toEqual([true, false]);
    expect([isIsbn('0-306-40615-2'), isIsbn('978-0-306-40615-7'), isIsbn('0-306-40615-3')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([isIssn('0378-5955'), isIssn('0378-5954')]).toEqual([true, false]);
  });
});
