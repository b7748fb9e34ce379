// Values that most rows with the same left side do not have.
import { expect, test } from 'vitest';
import { repairFd } from '../../src/operators/repair-fd.ts';
import manifest from '../../wrangle.plugin.json' with { type: 'json' };
import { type Cells, candidatesOf, csvOf, edits, outcomeOf, proposed } from './support.ts';

const { min_confidence: asked, sure_confidence: sure } = manifest.stages.rank.params.properties;
/** Less sure than this, nothing is changed, whatever it would gain. */
const ASKED = asked.default;
/** From here on, any gain is enough. */
const SURE = sure.default;

const TOWNS = [
  ['Harrogate', 'North Yorkshire', '01423'],
  ['Ipswich', 'Suffolk', '01473'],
  ['Penzance', 'Cornwall', '01736'],
  ['Kendal', 'Cumbria', '01539'],
] as const;

/** Twelve rows of each town, in turn, with cells replaced: [row, column, text]. */
function towns(changes: readonly (readonly [number, number, string])[] = []): string {
  const rows: (string | null)[][] = Array.from({ length: 48 }, (_, row) => [`${row}`, ...(TOWNS[row % 4] ?? [])]);
  for (const [row, column, text] of changes) (rows[row] as string[])[column] = text;
  return csvOf([['n', 'town', 'county', 'dialling'], ...rows]);
}

test('a slip of the pen is written as most rows have it', async () => {
  const done = await proposed(towns([[9, 2, 'Suffxlk']]), repairFd);
  expect(done.columns).toEqual(['county']);
  expect(edits(done)).toEqual(['9: Suffxlk → Suffolk']);
  expect(done.reason).toBe(
    'In 1 row, "county" is not what most rows with the same "town" have; 1 is written nearly like it.',
  );
  expect(done.description).toBe('Write "county" as most rows with the same "town" or "dialling" have it');
  expect(done.confidence).toBeGreaterThanOrEqual(0.9);
  expect(done.flagged).toBe(1);
});

test('a value of another group changes only where two determinants say so', async () => {
  const csv = towns([[9, 2, 'Cumbria']]);
  const done = await proposed(csv, repairFd);
  expect(edits(done)).toEqual(['9: Cumbria → Suffolk']);
  expect(done.confidence).toBeGreaterThanOrEqual(SURE);
  const alone = { ...done.params, determinants: [{ columns: ['town'], weight: 1 }] };
  expect(edits(await outcomeOf(csv, { ...done, params: alone }))).toEqual([]);
});

const DEPOTS = ['Northgate', 'Eastfield', 'Quayside', 'Oakham', 'Hillview', 'Castleton'];

/** 150 rows of each line, in turn; `of` says the place of a row's depot, from the line and the row of that line. */
function lines(of: (line: number, turn: number) => number): string {
  const rows = Array.from({ length: 900 }, (_, row) => {
    const line = row % 6;
    const depot = DEPOTS[of(line, Math.floor(row / 6)) % 6] ?? '';
    return [`${row}`, `L${line}`, ['Coast', 'Ridge', 'Harbour', 'Forest', 'Ring', 'Valley'][line] ?? '', depot];
  });
  return csvOf([['n', 'line', 'line name', 'depot'], ...rows]);
}

test('values of other groups are kept as repairs where nearly all rows support them', async () => {
  // In each line three rows are wrong, each with the depot of another line.
  const done = await proposed(
    lines((line, turn) => (turn % 30 === 7 && turn < 90 ? line + 1 + Math.floor(turn / 30) : line)),
    repairFd,
  );
  expect(done.columns).toEqual(['depot']);
  expect(done.log).toHaveLength(18);
  for (const [, row, , before, after] of done.log) {
    expect(after).toBe(DEPOTS[(row ?? 0) % 6]);
    expect(DEPOTS).toContain(before);
  }
  expect(done.confidence).toBeGreaterThanOrEqual(SURE);
});

test('an exception that comes back in its group is not kept as a repair', async () => {
  // Five rows of each line start from a second depot, always the same one, and no other column tells which.
  const done = await proposed(
    lines((line, turn) => (turn % 30 === 7 ? line + 2 : line)),
    repairFd,
  );
  expect(done.evidence.dependencies).toHaveLength(2);
  expect(done.confidence).toBeLessThan(ASKED);
});

test('nothing is proposed where every row agrees', async () => {
  expect(await candidatesOf(towns(), repairFd)).toEqual([]);
});

test('a tie is left alone, and so is a group of two', async () => {
  const table: Cells = [
    ['key', 'name'],
    ...['Alder', 'Aldxr', 'Alder', 'Aldxr'].map((name) => ['a', name]),
    ...['Birch', 'Bxrch'].map((name) => ['b', name]),
    ...['Cedar', 'Cedar', 'Cexar'].map((name) => ['c', name]),
  ];
  const done = await outcomeOf(csvOf(table), {
    operator: 'repair_fd',
    columns: ['name'],
    params: {
      determinants: [{ columns: ['key'], weight: 1 }],
      min_support: 3,
      min_confidence: 0.6,
      ignore: [],
      context: [],
    },
  });
  expect(edits(done)).toEqual(['8: Cexar → Cedar']);
});

test('rows that differ because another column does are an exception', async () => {
  // Every town has its code; one shop in ten writes it with another prefix, all the time.
  const rows = Array.from({ length: 120 }, (_, row) => {
    const shop = row % 10;
    const town = Math.floor(row / 10) % 4;
    return [`${row}`, `shop ${shop}`, `town ${town}`, `${shop === 7 ? 'uk' : 'gb'}-code-of-${town}`];
  });
  const csv = csvOf([['n', 'shop', 'town', 'code'], ...rows]);
  const params = {
    determinants: [{ columns: ['town'], weight: 1 }],
    min_support: 3,
    min_confidence: 0.6,
    ignore: [],
    context: ['shop'],
  };
  const change = { operator: 'repair_fd', columns: ['code'], params };
  expect(edits(await outcomeOf(csv, change))).toEqual([]);
  expect((await outcomeOf(csv, { ...change, params: { ...params, context: [] } })).log).toHaveLength(12);
});

test('words for missing values have no vote, and are not filled', async () => {
  const csv = towns([
    [0, 2, 'N/A'],
    [4, 2, 'n/a'],
    [9, 2, 'Suffxlk'],
  ]);
  expect(edits(await proposed(csv, repairFd))).toEqual(['9: Suffxlk → Suffolk']);
});

test('sums and measures are not decided by others', async () => {
  const rows = Array.from({ length: 60 }, (_, row) => [`${(row % 6) * 1.5}`, `${row === 7 ? 130 : (row % 6) * 20}`]);
  expect(await candidatesOf(csvOf([['weight', 'cost'], ...rows]), repairFd)).toEqual([]);
});

test('votes are weighed as they are by hand', async () => {
  // `a` says x (2 of 3) with weight .4; `b` says y (4 of 5) with weight .9: y has .72 + .13 of 1.3, which is clear.
  const rows = [
    ['1', '1', 'stone'],
    ['1', '9', 'stonf'],
    ['1', '8', 'stonf'],
    ['7', '1', 'stonx'],
    ['6', '1', 'stonx'],
    ['5', '1', 'stonx'],
    ['4', '1', 'stonx'],
  ];
  const votes = (of: string) => (of === 'stonf' ? 0.4 * (2 / 3) : of === 'stonx' ? 0.9 * (4 / 5) : 0);
  const share = votes('stonx') / 1.3;
  const outcome = (min_confidence: number) =>
    outcomeOf(csvOf([['a', 'b', 'v'], ...rows]), {
      operator: 'repair_fd',
      columns: ['v'],
      params: {
        determinants: [
          { columns: ['a'], weight: 0.4 },
          { columns: ['b'], weight: 0.9 },
        ],
        min_support: 3,
        min_confidence,
        ignore: [],
        context: [],
      },
    });
  expect(share).toBeCloseTo(0.554, 3);
  expect(edits(await outcome(0.55))).toEqual(['0: stone → stonx']);
  expect(edits(await outcome(0.56))).toEqual([]);
});
