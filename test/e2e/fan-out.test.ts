/** The example of a fan-out over data: built as it is over fewer rows, edited, and with too many bad ones. */
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

const FILE = 'pipelines/fanout.yaml';
const ROWS = 300;
const ASKED = ['build', FILE, '-p', 'data=zips.csv', '--json'];

function project(...files: readonly string[]): { readonly made: CliProject; readonly zips: string[] } {
  const plugins = { records: join(REPOSITORY, 'plugins/records'), tabular: join(REPOSITORY, 'plugins/tabular') };
  const made = new CliProject().write({
    '.wranglerrc.yaml': JSON.stringify({ version: 1, plugins }),
    ...Object.fromEntries(files.map((file) => [file, readFileSync(join(REPOSITORY, file), 'utf8')])),
  });
  mkdirSync(made.path('node_modules'));
  symlinkSync(join(REPOSITORY, 'node_modules/vega-datasets'), made.path('node_modules/vega-datasets'));
  const zips = readFileSync(join(REPOSITORY, 'node_modules/vega-datasets/data/zipcodes.csv'), 'utf8').split('\n');
  return { made, zips };
}

function pagesProject(): { readonly made: CliProject; readonly rows: string[] } {
  const { made, zips } = project(FILE, 'pipelines/templates/town.md');
  return { made, rows: zips.slice(0, ROWS + 1) };
}

const write = (made: CliProject, rows: readonly string[]) => made.write({ 'zips.csv': `${rows.join('\n')}\n` });
const pages = (made: CliProject) => readdirSync(made.path('build/fanout/pages')).length;

test('pipelines/fanout.yaml makes a page for each row, and only what a row that changed needs', async () => {
  const { made, rows } = pagesProject();
  write(made, rows);
  const built = await made.run(...ASKED);
  expect([built.code, built.json().counts['ran'], pages(made)]).toEqual([0, ROWS + 2, ROWS]);
  const [, first = ''] = rows;
  const [zip = '', latitude, longitude, city, state, county] = first.split(',');
  expect(made.read(`build/fanout/pages/${zip}.md`)).toBe(
    `# ${city}, ${state} ${zip}\n\nCounty: ${county}, ${state}\nPlace: ${latitude}, ${longitude}\n`,
  );
  const again = await made.run(...ASKED);
  expect([again.code, again.json().counts['fresh']]).toEqual([0, ROWS + 2]);

  write(made, [rows[0] ?? '', first.replace(`${county}`, 'Elsewhere'), ...rows.slice(2)]);
  const changed = await made.run(...ASKED);
  expect(ranOf(changed.json().stages)).toEqual(['counties', 'offices', `page@${zip}`]);
  expect(made.read('build/fanout/counties.txt')).toContain('1 County: Elsewhere, NY\n');

  write(made, [rows[0] ?? '', ...rows.slice(2)]);
  const gone = await made.run(...ASKED);
  expect(ranOf(gone.json().stages)).toEqual(['counties', 'offices']);
  expect([made.exists(`build/fanout/pages/${zip}.md`), pages(made)]).toEqual([false, ROWS - 1]);

  const one = await made.run('build', FILE, `page@${rows[2]?.slice(0, 5)}`, '-p', 'data=zips.csv', '--force', '--json');
  expect(ranOf(one.json().stages)).toEqual([`page@${rows[2]?.slice(0, 5)}`]);
});

test('a few rows that cannot be used are dropped, more than max_skipped fail the stage', async () => {
  const { made, rows } = pagesProject();
  /** Without its city. */
  const spoilt = (row: string) => row.split(',').with(3, '').join(',');
  write(made, [...rows.slice(0, 3), spoilt(rows[3] ?? ''), ...rows.slice(4)]);
  const few = await made.run(...ASKED);
  expect([few.code, few.json().counts]).toMatchObject([0, { ran: ROWS + 1, skipped: 1 }]);

  write(
    made,
    rows.map((row, at) => (at > 0 && at <= 4 ? spoilt(row) : row)),
  );
  const many = await made.run(...ASKED);
  expect([many.code, many.json().counts]).toMatchObject([1, { failed: 1, blocked: 1, skipped: 4 }]);
  expect(many.json().stages['page']).toMatchObject({
    outcome: 'failed',
    reason: '4 of 300 items were dropped, and "max_skipped" is 1%.',
  });
});

test('pipelines/nested.yaml counts post offices by county, and one that moved is one county less and one more', async () => {
  const file = 'pipelines/nested.yaml';
  const { made, zips } = project(file);
  const rows = zips.filter((row) => /^zip_code|,(CT|DE|RI),/.test(row));
  write(made, rows);
  const asked = ['build', file, '-p', 'data=zips.csv', '--json'];
  const built = await made.run(...asked);
  expect([built.code, built.json().counts['ran']]).toEqual([0, 1 + 3 + 16 + 1]);
  const counties = made.read('build/nested/counties.csv');
  expect(counties).toContain('DE,Kent,20\n');
  const total = counties
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.split(',')[2]), 0);
  expect(total).toBe(rows.length - 1);

  write(
    made,
    rows.map((row) => row.replace(/^(19901,.*),DE,Kent$/, '$1,DE,Sussex')),
  );
  const moved = await made.run(...asked);
  const queries = ['counties@CT', 'counties@DE', 'counties@RI', 'states'];
  expect(ranOf(moved.json().stages)).toEqual(['all', 'count@DE%20Kent', 'count@DE%20Sussex', ...queries]);
  expect(made.read('build/nested/counties.csv')).toContain('DE,Kent,19\n');

  // Its likeliest mistake: a column that the list does not have.
  made.write({
    [file]: made.read(file).replace('key: item.state + " " + item.county', 'key: item.county + item.name'),
  });
  const wrong = await made.run(...asked);
  expect(wrong.code).toBe(1);
  expect(wrong.json().stages['count']).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/^Line 2 of "build\/nested\/CT\.csv" has no key\. The expression .* does not work: /),
  });
});

function ranOf(stages: Readonly<Record<string, { readonly outcome: string }>>): string[] {
  return Object.keys(stages)
    .filter((id) => stages[id]?.outcome === 'ran')
    .sort();
}
