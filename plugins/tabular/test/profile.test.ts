import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { ProfileDocument } from '../src/documents.generated.ts';
import { brief, column, profileFile, profileText, useProfiles } from './profile-file.ts';
import { runStage } from './run-stage.ts';

const data = fileURLToPath(new URL('../../../node_modules/vega-datasets/data', import.meta.url));

useProfiles();

describe('real tables', () => {
  test('birdstrikes.csv: 10,000 rows, the same bytes from two runs, and from a process of its own', async () => {
    const start = { inputs: { data: join(data, 'birdstrikes.csv') }, output: 'profile.json' };
    const first = await runStage('profile', start);
    const second = await runStage('profile', start);
    const alone = await runStage('profile', { ...start, alone: true });
    expect(first.output?.equals(second.output as Buffer)).toBe(true);
    expect(first.output?.equals(alone.output as Buffer)).toBe(true);
    expect(alone).toMatchObject({ exitCode: 0, result: { status: 'ok', metrics: first.result?.metrics } });
    expect(first.result?.metrics).toMatchObject({
      rows: 10_000,
      columns: 14,
      missing_rate: 0.020257,
      duplicate_rows: 24,
    });
    const profile = JSON.parse(String(first.output)) as ProfileDocument;
    expect(profile.columns.map(({ name, type, distinct }) => `${name}: ${type}, ${distinct}`)).toEqual([
      'Airport Name: text, 50',
      'Aircraft Make Model: text, 225',
      'Effect Amount of damage: text, 6',
      'Flight Date: date, 3625',
      'Aircraft Airline Operator: text, 46',
      'Origin State: text, 29',
      'Phase of flight: text, 7',
      'Wildlife Size: text, 3',
      'Wildlife Species: text, 37',
      'Time of day: text, 4',
      'Cost Other: integer, 65',
      'Cost Repair: integer, 165',
      'Cost Total $: integer, 196',
      'Speed IAS in knots: integer, 122',
    ]);
    const date = column(profile, 'Flight Date');
    expect([date.min, date.max]).toEqual(['1990-01-08', '2002-07-25']);
    const speed = column(profile, 'Speed IAS in knots');
    expect(speed.missing).toEqual({ count: 2836, rate: 0.2836, absent: 2836, empty: 0, blank: 0, disguised: 19 });
    expect(speed.numeric?.quantiles).toEqual({ p05: 100, p25: 130, p50: 140, p75: 170, p95: 250 });
    expect(column(profile, 'Aircraft Airline Operator').placeholders).toEqual([
      { value: 'UNKNOWN', count: 72, token: true, evidence: ['token'], disguised: false },
    ]);
  });

  test('movies.json, a tab-separated file, and codes with leading zeros', async () => {
    const movies = await profileFile(join(data, 'movies.json'), { top_k: 1 });
    expect(movies.table).toMatchObject({ rows: 3201, columns: 16 });
    expect(column(movies, 'IMDB Rating')).toMatchObject({ type: 'decimal', min: 1.4, max: 9.2 });
    const unemployment = await profileFile(join(data, 'unemployment.tsv'));
    expect([unemployment.source.csv?.delimiter, ...brief(unemployment)]).toEqual([
      '\t',
      'id:integer:0',
      'rate:decimal:0',
    ]);
    expect(column(await profileFile(join(data, 'zipcodes.csv'), { top_k: 0 }), 'zip_code').type).toBe('text');
  });

  test('a sample is spread over the table and says so', async () => {
    const profile = await profileFile(join(data, 'birdstrikes.csv'), { sample_rows: 100 });
    expect(profile.table).toMatchObject({ rows: 100, rows_total: 10_000 });
    const date = column(profile, 'Flight Date');
    // The file is in the order of dates, more or less.
    expect([String(date.min).slice(0, 4), String(date.max).slice(0, 4)]).toEqual(['1990', '2002']);
  });
});

describe('a table that is large', () => {
  test('counts and numbers are of all its values, and what is not says so', async () => {
    const size = 60_000;
    const rows = Array.from({ length: size }, (_, at) => {
      const odd = at === 17 ? 'x' : at === 18 ? 'n/a' : at === 19 ? '' : at === 20 ? ' 20.5 ' : `${at}.5`;
      return `${at},${odd}\n`;
    });
    const profile = await profileText(`id,v\n${rows.join('')}`, { fd: { max_lhs: 0 } });
    const [id, v] = [column(profile, 'id'), column(profile, 'v')];
    expect(id).toMatchObject({
      type: 'integer',
      type_violations: 0,
      distinct: size,
      unique: size,
      min: 0,
      max: size - 1,
    });
    expect(id.numeric).toMatchObject({ mean: (size - 1) / 2, monotonic: 'strictly_increasing', integers: true });
    expect(id.type_counts).toMatchObject({ integer: size, decimal: size, float: size });
    expect(v).toMatchObject({
      type: 'decimal',
      type_violations: 1,
      values: size - 1,
      distinct: size - 1,
      min: 0.5,
      max: 59_999.5,
    });
    expect(v.missing).toMatchObject({ count: 1, absent: 1 });
    expect(v.numeric).toMatchObject({ count: size - 3, monotonic: 'strictly_increasing' });
    expect(profile.findings).toEqual([
      expect.objectContaining({ kind: 'type_violation', column: 'v', value: 'x', rows: [17] }),
    ]);
    expect(profile.keys.minimal.map(({ columns }) => columns)).toEqual([['id']]);
    expect(profile.skipped.filter(({ what }) => what === 'columns.values').map(({ columns }) => columns)).toEqual([
      ['id'],
      ['v'],
    ]);
    expect(profile.correlations.map(({ method, value }) => [method, value])).toEqual([
      ['pearson', 1],
      ['spearman', 1],
    ]);
  });
});

describe('a table whose rows come in another order', () => {
  const cities = ['Bonn', 'Lyon', 'Turin', 'Porto'];
  const made = Array.from({ length: 120 }, (_, at) => {
    const city = at === 50 ? 'Lyonn' : cities[at % 4];
    return [
      `K${at}`,
      city,
      at === 61 ? 'XX' : ['DE', 'FR', 'IT', 'PT'][at % 4],
      at === 7 ? '9999' : `${20 + ((at * 7) % 50)}`,
      `${1 + (at % 12)}/${1 + (at % 28)}/2020`,
    ];
  });
  const text = (rows: readonly (readonly (string | undefined)[])[]) =>
    `key,city,country,age,day\n${rows.map((row) => `${row.join(',')}\n`).join('')}`;

  test('says the same, but for positions', async () => {
    const turned = made.map((_, at) => made[(at * 37) % made.length] ?? []);
    const [one, other] = [await profileText(text(made)), await profileText(text(turned))];
    const plain = (profile: ProfileDocument) =>
      JSON.parse(
        JSON.stringify({ ...profile, source: null, findings: profile.findings.length }, (key, value) =>
          ['rows', 'samples', 'monotonic', 'violating'].includes(key) && typeof value !== 'number' ? null : value,
        ),
      ) as unknown;
    expect(plain(other)).toEqual(plain(one));
    const found = (profile: ProfileDocument) =>
      profile.findings.map(({ kind, column: name, value, suggestion }) => [kind, name, value, suggestion]);
    expect(found(other)).toEqual(found(one));
    expect(found(one)).toContainEqual(['typo', 'city', 'Lyonn', 'Lyon']);
    expect(found(one)).toContainEqual(['outlier', 'age', '9999', null]);
    expect(one.keys.minimal[0]?.columns).toEqual(['key']);
    expect(one.dependencies.soft.find(({ lhs, rhs }) => lhs[0] === 'city' && rhs === 'country')?.violations).toBe(1);
    expect(column(one, 'day').datetime).toMatchObject({ day_first: false, parsed: 120 });
  });
});

describe('types and numbers', () => {
  /** Per column of values: type, violations, smallest and largest. All columns are read in one go. */
  const typesOf = async (columns: readonly (readonly string[])[]) => {
    const rows = Array.from({ length: Math.max(...columns.map((values) => values.length)) }, (_, row) =>
      columns.map((values) => values[row] ?? '').join(','),
    );
    const labels = columns.map((_, at) => `v${at}`).join(',');
    const profile = await profileText(`${labels},n\n${rows.map((row) => `${row},0\n`).join('')}`);
    return columns.map((_, at) => {
      const { type, type_violations, min, max } = column(profile, `v${at}`);
      return [type, type_violations, min, max];
    });
  };

  test('a type is what nearly all values are, and the rest is counted', async () => {
    const cases: [readonly string[], readonly (string | number)[]][] = [
      [
        ['1', '2', '10'],
        ['integer', 0, 1, 10],
      ],
      [
        ['1', '2.50', '-3e2'],
        ['float', 0, -300, 2.5],
      ],
      [
        ['2024-02-29', '2023-12-31'],
        ['date', 0, '2023-12-31', '2024-02-29'],
      ],
      [
        ['2023-02-29', '2023-12-31'],
        ['text', 0, '2023-02-29', '2023-12-31'],
      ],
      [
        ['2024-01-01T00:00:00Z', '2024-01-01T00:30:00+01:00'],
        ['datetime', 0, '2023-12-31T23:30:00Z', '2024-01-01T00:00:00Z'],
      ],
      [
        ['9:30', '10:15:00'],
        ['time', 0, '09:30:00', '10:15:00'],
      ],
      [
        ['yes', 'No'],
        ['boolean', 0, 'No', 'yes'],
      ],
      [
        ['01', '02'],
        ['text', 0, '01', '02'],
      ],
      [
        [...Array.from({ length: 39 }, (_, at) => String(at)), 'x'],
        ['integer', 1, 0, 38],
      ],
      [
        ['1', 'x'],
        ['text', 0, '1', 'x'],
      ],
    ];
    expect(await typesOf(cases.map(([values]) => values))).toEqual(cases.map(([, facts]) => facts));
  });

  test('what a number of JSON cannot hold is a text', async () => {
    const huge = `1${'0'.repeat(40)}1`;
    expect(
      await typesOf([
        ['9007199254740993', '-9007199254740993'],
        [huge, '5', '-7'],
        ['0.12345678901234567', '1.50'],
        ['1e400', '5'],
      ]),
    ).toEqual([
      ['integer', 0, '-9007199254740993', '9007199254740993'],
      ['integer', 0, -7, huge],
      ['decimal', 0, '0.12345678901234567', 1.5],
      ['float', 0, 5, '1e400'],
    ]);
  });

  test('the deviation of large numbers that differ little (the NIST sets NumAcc1, NumAcc3 and NumAcc4)', async () => {
    const deviation = async (values: readonly string[]) => {
      const { numeric } = column(await profileText(`v\n${values.join('\n')}\n`), 'v');
      return [numeric?.mean, numeric?.std];
    };
    expect(await deviation(['10000001', '10000003', '10000002'])).toEqual([10000002, 1]);
    const alternating = (whole: string) => [
      `${whole}.2`,
      ...Array.from({ length: 1000 }, (_, at) => `${whole}.${at % 2 === 0 ? 1 : 3}`),
    ];
    for (const [whole, mean] of [
      ['1000000', 1000000.2],
      ['10000000', 10000000.2],
    ] as const) {
      const [found, std] = await deviation(alternating(whole));
      expect(Math.abs((found as number) / mean - 1)).toBeLessThan(1e-15);
      // Certified: 0.1. The values themselves are only this exact as numbers.
      expect(Math.abs((std as number) - 0.1)).toBeLessThan(1e-8);
    }
  });

  test('quantiles are interpolated', async () => {
    const { numeric } = column(await profileText('v\n1\n2\n3\n4\n'), 'v');
    expect(numeric?.quantiles).toEqual({ p05: 1.15, p25: 1.75, p50: 2.5, p75: 3.25, p95: 3.8499999999999996 });
  });

  test('values of the same count are in one order', async () => {
    const profile = await profileText('v,n\nb,1\na,1\nÄ,1\nB,1\nb,1\n', { top_k: 4 });
    expect(column(profile, 'v').top).toEqual([
      { value: 'b', count: 2 },
      { value: 'B', count: 1 },
      { value: 'a', count: 1 },
      { value: 'Ä', count: 1 },
    ]);
  });
});
