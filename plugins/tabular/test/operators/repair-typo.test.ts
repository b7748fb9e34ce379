// Rare values that are slips of frequent ones, and those that are not.
import { expect, test } from 'vitest';
import { repairFd } from '../../src/operators/repair-fd.ts';
import { repairTypo } from '../../src/operators/repair-typo.ts';
import { candidatesOf, csvOf, edits, oneColumn, outcomeOf, proposed } from './support.ts';

const many = (value: string, count: number) => Array.from({ length: count }, () => value);

test('a slip in a long word becomes the frequent value', async () => {
  const values = [...many('concrete', 60), ...many('limestone', 60), 'limestnoe', 'concreet', 'granite'];
  const done = await proposed(oneColumn(values), repairTypo);
  expect(edits(done)).toEqual(['120: limestnoe → limestone', '121: concreet → concrete']);
  expect(done.confidence).toBeGreaterThanOrEqual(0.8);
  expect(done.reason).toBe(
    '2 values of "value" are rare, and written nearly like a frequent one: "concreet" → "concrete".',
  );
});

test('a slip that comes back is one beside a value that is far more frequent', async () => {
  const values = [...many('concrete slab', 400), ...many('timber', 50), ...many('concxete slab', 5)];
  expect((await proposed(oneColumn(values), repairTypo)).log).toHaveLength(5);
  const few = [...many('concrete slab', 100), ...many('timber', 50), ...many('concxete slab', 5)];
  expect(await candidatesOf(oneColumn(few), repairTypo)).toEqual([]);
});

test('a word that nearly every value has is put right within them', async () => {
  const values = [
    ...Array.from({ length: 200 }, (_, at) => `${(at % 50) + 3} kilometres`),
    '17 kilomexres',
    '18 metres',
  ];
  expect(edits(await proposed(oneColumn(values), repairTypo))).toEqual(['200: 17 kilomexres → 17 kilometres']);
});

test('other things that are written nearly alike are no slips', async () => {
  for (const [often, rarely] of [
    ['North Dakota', 'South Dakota'],
    ['shelf unit A', 'shelf unit B'],
    ['model 1234 large', 'model 1235 large'],
    ['increase', 'decrease'],
    ['inclusion', 'exclusion'],
  ] as const) {
    const values = [...many(often, 60), ...many('something else', 40), rarely];
    expect(await candidatesOf(oneColumn(values), repairTypo), rarely).toEqual([]);
  }
});

test('short words are proposed with a confidence that nothing is applied for', async () => {
  const values = [...many('Peru', 30), ...many('Chile', 30), 'Pero'];
  const done = await proposed(oneColumn(values), repairTypo);
  expect(done.confidence).toBeLessThan(0.8);
  expect(edits(done)).toEqual(['60: Pero → Peru']);
});

test('codes, and columns that others decide, are left to others', async () => {
  const codes = [...many('ward-b17-e', 60), ...many('ward-b18-e', 60), 'warb-d17-e'];
  expect(await candidatesOf(oneColumn(codes), repairTypo)).toEqual([]);
  const towns = Array.from({ length: 120 }, (_, row) => [
    `t${row % 4}`,
    row === 50 ? 'Ponnington' : ['Harrogate', 'Ipswich', 'Pennington', 'Kendal'][row % 4],
  ]) as string[][];
  const csv = csvOf([['code', 'town'], ...towns]);
  expect(await candidatesOf(csv, repairTypo)).toEqual([]);
  expect(await candidatesOf(csv, repairFd)).toHaveLength(1);
});

test('equally near values: the more frequent one, then the first by code unit', async () => {
  const change = { operator: 'repair_typo', columns: ['value'], params: { min_length: 4, min_ratio: 5 } };
  const values = [...many('abcdefx', 20), ...many('abcdefy', 20), 'abcdefz'];
  expect(edits(await outcomeOf(oneColumn(values), change))).toEqual(['40: abcdefz → abcdefx']);
  expect(edits(await outcomeOf(oneColumn([...values, 'abcdefy']), change))).toEqual(['40: abcdefz → abcdefy']);
});
