// What cleaning finds, mends and leaves alone on a made-up table whose errors are known: a later change must not lose it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanTable } from '../eval/cleaning.ts';
import { openStages, type Stages } from '../eval/stages.ts';
import { randomFrom } from '../eval/training/boosted-trees.ts';
import { SYLLABLES } from './syllables.ts';

type Row = Record<string, string>;

const SHOPS = 40;
const ROWS = 600;

/** Orders of shops that each have one name, town and region. */
function makeOrders(seed: number): Row[] {
  const random = randomFrom(seed);
  const pick = <One>(from: readonly One[]) => from[Math.floor(random() * from.length)] as One;
  const word = () => {
    const text = pick(SYLLABLES) + pick(SYLLABLES) + pick(SYLLABLES);
    return text[0]?.toUpperCase() + text.slice(1);
  };
  const regions = Array.from({ length: 5 }, () => `${word()} Region`);
  const towns = Array.from({ length: 15 }, () => ({ town: word(), region: pick(regions) }));
  const shops = Array.from({ length: SHOPS }, (_, at) => ({
    shop: `S${100 + at}`,
    name: `${word()} Stores`,
    ...pick(towns),
  }));
  return Array.from({ length: ROWS }, (_, at) => ({
    order: String(50_000 + at),
    ...pick(shops),
    weight: String(1 + Math.floor(random() * 80)),
    discount: (random() * 0.3).toFixed(3),
    rating: String(Math.floor(random() * 10) + 1),
    note: pick(['paid', 'open', 'sent back']),
  }));
}

interface Planted {
  readonly dirty: readonly Row[];
  readonly truth: readonly Row[];
}

/** Slips, blanks, units, percent signs and words for missing, each in a few rows of a column of its own. */
function plant(rows: readonly Row[], seed: number): Planted {
  const random = randomFrom(seed);
  const slip = (text: string) => {
    const at = 1 + Math.floor(random() * (text.length - 1));
    return `${text.slice(0, at)}x${text.slice(at + 1)}`;
  };
  const errors: Readonly<Record<string, readonly [number, (text: string) => string]>> = {
    name: [0.03, slip],
    town: [0.03, slip],
    note: [0.03, (text) => ` ${text}  `],
    weight: [0.2, (text) => `${text} kg`],
    discount: [0.1, (text) => `${text}%`],
  };
  const truth: Row[] = [];
  const dirty = rows.map((row) => {
    const right = { ...row };
    const made = { ...row };
    for (const [column, [share, err]] of Object.entries(errors)) {
      if (random() < share) made[column] = err(row[column] ?? '');
    }
    if (random() < 0.05) {
      made['rating'] = 'N/A';
      right['rating'] = '';
    }
    truth.push(right);
    return made;
  });
  return { dirty, truth };
}

function toCsv(rows: readonly Row[]): string {
  const header = Object.keys(rows[0] ?? {});
  return `${[header, ...rows.map((row) => header.map((name) => row[name] ?? ''))].map((record) => record.join(',')).join('\n')}\n`;
}

let stages: Stages;
let folder: string;
beforeAll(() => {
  stages = openStages(fileURLToPath(new URL('..', import.meta.url)));
  folder = mkdtempSync(join(tmpdir(), 'wrangle-guard-'));
});
afterAll(async () => {
  await stages.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Cells by what became of them. */
async function cleanAndCount({ dirty, truth }: Planted) {
  const data = join(folder, 'data.csv');
  writeFileSync(data, toCsv(dirty));
  const { cells } = await cleanTable(stages, data, dirty.length);
  const count = { wrong: 0, changed: 0, found: 0, mended: 0, harmed: 0 };
  const missed: string[] = [];
  for (const [at, row] of dirty.entries()) {
    for (const [name, before] of Object.entries(row)) {
      const after = cells.get(name)?.[at] ?? '';
      const right = truth[at]?.[name] ?? '';
      if (before !== right) count.wrong++;
      if (after !== before) count.changed++;
      if (after !== before && before !== right) count.found++;
      if (after === right && before !== right) count.mended++;
      if (after !== before && before === right) count.harmed++;
      if (after !== right && missed.length < 10) missed.push(`${name}: ${before} -> ${after} for ${right}`);
    }
  }
  const f1 = (hits: number) => (2 * hits) / (count.changed + count.wrong);
  return { ...count, detection: f1(count.found), repair: f1(count.mended), missed };
}

describe('a made-up table', () => {
  test.each([1, 2])('planted errors are found and mended (seed %i)', async (seed) => {
    const { wrong, detection, repair, harmed, missed } = await cleanAndCount(plant(makeOrders(seed), seed + 100));
    expect(wrong).toBeGreaterThan(200);
    expect({ detection: detection >= 0.95, repair: repair >= 0.93, harmed: harmed <= 2, missed }).toEqual({
      detection: true,
      repair: true,
      harmed: true,
      missed: expect.anything(),
    });
  });

  test('nothing is changed where nothing is wrong', async () => {
    const rows = makeOrders(3);
    const { changed, missed } = await cleanAndCount({ dirty: rows, truth: rows });
    expect({ changed, missed }).toEqual({ changed: 0, missed: [] });
  });
});
