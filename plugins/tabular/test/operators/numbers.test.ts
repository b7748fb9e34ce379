// Operators that write numbers plainly.
import { expect, test } from 'vitest';
import { castType } from '../../src/operators/cast-type.ts';
import { convertUnit } from '../../src/operators/convert-unit.ts';
import { parseNumber } from '../../src/operators/parse-number.ts';
import { stripAffix } from '../../src/operators/strip-affix.ts';
import { stripUnit } from '../../src/operators/strip-unit.ts';
import { candidatesOf, edits, oneColumn, outcomeOf, proposed } from './support.ts';

async function done(values: readonly string[], operator: typeof stripUnit) {
  const result = await proposed(oneColumn(values), operator);
  expect(result.again).toEqual(result.table);
  return { ...result, edits: edits(result).map((edit) => edit.replace(/^\d+: /, '')) };
}

test('ways of writing one unit are one; digits stay', async () => {
  const { edits: found, confidence } = await done(
    ['12.0 oz', '12.50 OZ.', '16 ounces', '8', '9.25oz', 'n/a'],
    stripUnit,
  );
  expect(found).toEqual(['12.0 oz → 12.0', '12.50 OZ. → 12.50', '16 ounces → 16', '9.25oz → 9.25']);
  expect(confidence).toBeGreaterThanOrEqual(0.9);
});

test('a word after the unit goes with it where it is rare', async () => {
  const values = [...Array(8).fill('12.5 oz'), '12 ounce', '16 oz. tall can', '3 oz. tall can', '4 oz. tall can'];
  const some = [...values, ...values.slice(0, 8)];
  expect((await done(some, stripUnit)).edits).toContain('16 oz. tall can → 16');
  expect(await candidatesOf(oneColumn([...values, ...values.slice(9), ...values.slice(9)]), stripUnit)).toEqual([]);
});

test('a fraction that a program added to whole numbers goes with the unit', async () => {
  expect((await done(['12.0 oz', '16.0 oz', '12.0 ounce', '19.2 oz', '24.0 oz'], stripUnit)).edits).toEqual([
    '12.0 oz → 12',
    '16.0 oz → 16',
    '12.0 ounce → 12',
    '19.2 oz → 19.2',
    '24.0 oz → 24',
  ]);
});

test('a unit that all values have in one way is left to others to decide', async () => {
  expect((await done(['5 kg', '7 kg', '9.5 kg', '12 kg'], stripUnit)).confidence).toBeLessThan(0.8);
});

test('several units, prices, shares, names and streets have no unit to strip', async () => {
  for (const values of [
    ['5 kg', '500 g', '7 kg'],
    ['$5', '$6', '$7.50'],
    ['5%', '6%', '7.5%'],
    ['12 Main Street', '14 Oak Lane', '3 oz Street'],
    ['5', '6', '7'],
    ['5 kg of flour', '7 kg of salt', 'much'],
  ]) {
    expect(await candidatesOf(oneColumn(values), stripUnit), values.join()).toEqual([]);
  }
});

test('a percent sign goes; only beside shares it divides', async () => {
  const same = await done(['0.05', '0.06%', '0.045', '0.055999999999999994%', '0.07', '0.08'], stripAffix);
  expect(same.edits).toEqual(['0.06% → 0.06', '0.055999999999999994% → 0.056']);
  expect(same.confidence).toBeGreaterThanOrEqual(0.9);
  const scaled = await done(['0.05', '6%', '0.045', '5.5 %', '0.07', '0.08'], stripAffix);
  expect(scaled.edits).toEqual(['6% → 0.06', '5.5 % → 0.055']);
  const uniform = await done(['95%', '97%', '100%', '88%'], stripAffix);
  expect(uniform.edits).toEqual(['95% → 95', '97% → 97', '100% → 100', '88% → 88']);
  expect(uniform.confidence).toBeLessThan(0.8);
});

test('a letter in a number is no affix', async () => {
  expect(await candidatesOf(oneColumn(['1001', '1002', '100x', '1004', '101x', '102x', '1005']), stripAffix)).toEqual(
    [],
  );
});

test('thousands, currencies and parentheses', async () => {
  const prices = await done(['$1,234.50', '12', '($3.00)', '-$7', '$1,000,000', '.5'], parseNumber);
  expect(prices.edits).toEqual(['$1,234.50 → 1234.50', '($3.00) → -3.00', '-$7 → -7', '$1,000,000 → 1000000']);
  expect(prices.params).toMatchObject({ decimal: '.', thousands: ',', currency: 'USD', parentheses_negative: true });
  expect((await done(['1,234', '999', '12,345', '1,234,567', '1700'], parseNumber)).confidence).toBeGreaterThanOrEqual(
    0.9,
  );
});

test('parentheses around a few numbers such as years go, and say nothing of a sign', async () => {
  const years = Array.from({ length: 40 }, (_, at) => String(1950 + at));
  const few = await done([...years, '(1953)', '(1988)', '( 1970 )'], parseNumber);
  expect(few.edits).toEqual(['(1953) → 1953', '(1988) → 1988', '( 1970 ) → 1970']);
  expect(few.params).toMatchObject({ parentheses_negative: false, parentheses_dropped: true });
  expect([few.flagged, few.confidence >= 0.9]).toEqual([3, true]);
  const inside = years.map((year) => `(${year})`);
  for (const values of [inside, [...inside, '1960', '1961'], [...years, ...inside]]) {
    expect(await candidatesOf(oneColumn(values), parseNumber), values[0]).toEqual([]);
  }
});

test('parentheses are negative for sure only where something speaks of amounts', async () => {
  const whole = Array.from({ length: 40 }, (_, at) => String(1 + at * 17));
  const perhaps = await done([...whole, '(348)', '(73)'], parseNumber);
  expect(perhaps.edits).toEqual(['(348) → -348', '(73) → -73']);
  expect(perhaps.confidence).toBeLessThan(0.8);
  for (const more of [['12.50'], ['1,234,567', '7654321'], ['$5'], ['-12', '-9', '-7']]) {
    const sure = await done([...whole, ...more, '(348)'], parseNumber);
    expect([sure.edits.at(-1), sure.confidence >= 0.9], more[0]).toEqual(['(348) → -348', true]);
  }
  // Amounts in a narrow range are amounts where they have a currency.
  expect((await done(['$120', '$130', '($125)', '$140', '$135', '131'], parseNumber)).edits).toContain('($125) → -125');
});

test('a decimal comma', async () => {
  const { edits: found, confidence } = await done(['1.234,5', '5.678,25', '17', '0,5'], parseNumber);
  expect(found).toEqual(['1.234,5 → 1234.5', '5.678,25 → 5678.25', '0,5 → 0.5']);
  expect(confidence).toBeGreaterThanOrEqual(0.9);
  const spaced = await done(['1 234,5 €', '5 678,25 €', '17 €', '1 000 €'], parseNumber);
  expect(spaced.edits).toEqual(['1 234,5 € → 1234.5', '5 678,25 € → 5678.25', '17 € → 17', '1 000 € → 1000']);
});

test('a comma that may be either is read only when asked', async () => {
  const open = await proposed(oneColumn(['1,234', '5,678', '17']), parseNumber);
  expect(open.confidence).toBeLessThan(0.8);
  expect(open.reason).toContain('cannot be told');
  // Some numbers have a comma and others a point before their fraction.
  expect(await candidatesOf(oneColumn(['1,5', '2.5', '3,25', '17']), parseNumber)).toEqual([]);
});

test('a few numbers among many plain ones are found', async () => {
  const plain = Array.from({ length: 200 }, (_, at) => String(at * 7));
  expect((await done([...plain, '1,234,567', '1,234.5'], parseNumber)).edits).toEqual([
    '1,234,567 → 1234567',
    '1,234.5 → 1234.5',
  ]);
});

test('many commas before three digits are thousands where a comma is between cells', async () => {
  const values = Array.from({ length: 20 }, (_, at) => `${at + 1},${100 + at * 37}`);
  const many = await done([...values, '17', '999', '1700', '1800', '1900'], parseNumber);
  expect([many.edits[0], many.confidence >= 0.8]).toEqual(['1,100 → 1100', true]);
});

test('a way of writing that nearly all have is the own one of the column, and rewritten only when asked', async () => {
  const some = (length: number, write: (at: number) => string) => Array.from({ length }, (_, at) => write(at));
  const small = some(40, (at) => String(at * 3));
  const rarely = some(4, (at) => `${4000 + at}`);
  const often = some(20, (at) => `${4000 + at}`);
  const grouped = some(60, (at) => `${at + 1},${100 + at},${200 + at}`);
  const open = some(60, (at) => `${at + 1},${100 + at}`);
  const commas = some(60, (at) => `${at},${10 + at}`);
  const dollars = some(60, (at) => `$${at}.50`);
  const kilos = some(60, (at) => `${at + 1} kg`);
  const sure = async (values: readonly string[], operator = parseNumber) =>
    (await done(values, operator)).confidence >= 0.8;
  for (const own of [
    // Numbers below 1000 have no thousands.
    await sure([...grouped, ...small, ...rarely]),
    await sure([...open, ...small, ...rarely]),
    await sure(grouped),
    await sure([...commas, '7']),
    await sure([...dollars, '4', '5.50']),
    await sure([...kilos, '4', '5'], stripUnit),
    await sure([...kilos, '4 KG', '5 kilograms'], stripUnit),
  ]) {
    expect(own).toBe(false);
  }
  expect(await sure([...grouped, ...often])).toBe(true);
  expect(await sure([...open, ...often])).toBe(true);
  expect(await sure([...commas, ...often])).toBe(true);
  expect(await sure([...dollars, ...small])).toBe(true);
  expect(await sure([...kilos, ...small], stripUnit)).toBe(true);
});

test('a limit is no number', async () => {
  expect(await candidatesOf(oneColumn(['<5', '7', '12', '9', '5+', '6']), stripAffix)).toEqual([]);
  expect(await candidatesOf(oneColumn(['<=5', '7', '12', '9', '<=5', '6']), stripAffix)).toEqual([]);
});

test('two currencies are no one column', async () => {
  expect(await candidatesOf(oneColumn(['$5', '€6', '$7.50', '€8']), parseNumber)).toEqual([]);
});

test('numbers that do not match stay as they are', async () => {
  const { columns, params } = await proposed(oneColumn(['5 kg', '7 kgs', '9.5 kg', '12']), stripUnit);
  const other = oneColumn(['5 kg', '6 kgm', 'kg', '-', '5 lb', '007 kg', '']);
  expect(edits(await outcomeOf(other, { operator: 'strip_unit', columns, params }))).toEqual([
    '0: 5 kg → 5',
    '5: 007 kg → 007',
  ]);
});

test('several units of one dimension become the one most values have', async () => {
  const mass = await done(['0.5 kg', '500 g', '1.25 kg', '750 grams', '2 kg'], convertUnit);
  expect(mass.edits).toEqual(['500 g → 0.5 kg', '750 grams → 0.75 kg']);
  expect(mass.confidence).toBeGreaterThanOrEqual(0.8);
  expect((await done(['5 kg', '6.5 kg', '500 g', '20 g', '8 kg'], convertUnit)).confidence).toBeGreaterThanOrEqual(0.8);
  expect((await done(['5 ft', '60 in', '6 ft', '5.5 ft'], convertUnit)).edits).toEqual(['60 in → 5 ft']);
  for (const values of [
    ['5 kg', '7 m', '9 kg'],
    ['20 °C', '68 °F', '25 °C'],
    ['5 kg', '7 kgs', '9'],
  ]) {
    expect(await candidatesOf(oneColumn(values), convertUnit), values.join()).toEqual([]);
  }
});

test('sizes that do not fit their unit, and numbers without one, are left to others to decide', async () => {
  expect((await done(['5 kg', '6 g', '7 kg', '5.5 kg'], convertUnit)).confidence).toBeLessThan(0.8);
  expect((await done(['5 kg', '6000 g', '7 kg', '5.5'], convertUnit)).confidence).toBeLessThan(0.8);
});

test('whole numbers with and without a fraction', async () => {
  const mixed = await done(['12', '13.0', '15', '17.00', '18'], castType);
  expect(mixed.edits).toEqual(['13.0 → 13', '17.00 → 17']);
  expect(mixed.confidence).toBeGreaterThanOrEqual(0.8);
  expect((await done(['12.0', '13.0', '15.0'], castType)).confidence).toBeLessThan(0.8);
  expect(await candidatesOf(oneColumn(['12', '13.5', '15.0']), castType)).toEqual([]);
});

test('words for true and false', async () => {
  const answers = ['Yes', 'No', 'Yes', 'yes', 'N', 'No', 'Y', 'Yes', 'No', 'TRUE'];
  const { edits: found, confidence } = await done(answers, castType);
  expect(found).toEqual(['yes → Yes', 'N → No', 'Y → Yes', 'TRUE → Yes']);
  expect(confidence).toBeGreaterThanOrEqual(0.9);
  expect(await candidatesOf(oneColumn(['Yes', 'No', 'Yes', 'No']), castType)).toEqual([]);
  expect(await candidatesOf(oneColumn(['1', '0', 'yes', 'no', '1']), castType)).toEqual([]);
});

test('what is of another type goes only when asked', async () => {
  const values = [...Array.from({ length: 30 }, (_, at) => String(at)), 'twelve'];
  const { edits: found, confidence } = await done(values, castType);
  expect([found, confidence < 0.5]).toEqual([['twelve → null'], true]);
});
