/** The examples on tables, with small tables of our own: a catalogue of a folder. */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

function project(...files: readonly string[]): CliProject {
  const made = new CliProject().write({
    '.wranglerrc.yaml': JSON.stringify({ version: 1, plugins: { tabular: join(REPOSITORY, 'plugins/tabular') } }),
    ...Object.fromEntries(files.map((file) => [file, readFileSync(join(REPOSITORY, file), 'utf8')])),
  });
  for (const file of files) mkdirSync(dirname(made.path(file)), { recursive: true });
  return made;
}

const CATALOGUE = [
  'pipelines/profile.yaml',
  'pipelines/scripts/list-tables.mjs',
  'pipelines/scripts/catalogue.mjs',
  'pipelines/scripts/what-is-wrong.mjs',
  'pipelines/scripts/words.mjs',
];

test('pipelines/profile.yaml makes a catalogue of all tables of a folder', async () => {
  const made = project(...CATALOGUE).write({
    'data/people.csv': 'id,name,born\n1,Ann,1990-01-01\n2,<b>Bob,1990-01-02\n3,Cy,1990-01-03\n3,Cy,1990-01-03\n',
    'data/people.json': '[{"a": 1}, {"a": 2}]\n',
    'data/empty.csv': '',
    'data/map.json': '{"type": "Topology", "objects": {}}\n',
    'data/one.json': '{"a": 1}\n',
    'data/logo.png': 'PNG',
    'data/notes, old.txt': 'hello\n',
  });
  const args = ['build', 'pipelines/profile.yaml', '-p', 'data=data/*', '--json'];
  const built = await made.run(...args);
  expect([built.code, Object.keys(built.json().stages)]).toEqual([
    0,
    ['catalogue', 'profile@empty', 'profile@people.csv', 'profile@people.json', 'tables'],
  ]);
  expect(made.read('build/catalogue/left-out.csv')).toBe(
    [
      'file,reason',
      'logo.png,It is an image.',
      'map.json,"It is a map (TopoJSON), not a list of rows."',
      '"notes, old.txt",It is in a format that is not read (.txt).',
      'one.json,"It is one JSON object, not a list of rows."',
      '',
    ].join('\n'),
  );
  const page = made.read('build/catalogue/index.html');
  const rows = page.split('\n').filter((line) => line.includes('<a href="#'));
  expect(
    rows.map((row) =>
      row
        .replace(/<[^>]+>/g, ' ')
        .replace(/ +/g, ' ')
        .trim(),
    ),
  ).toEqual([
    'empty 0 0 – – none nothing found',
    'people.csv 4 3 1 number, 1 text, 1 date – 1 none 1 row is there before, the same in every column.',
    'people.json 2 1 1 number – – a nothing found',
  ]);
  expect([page.includes('<b>Bob'), page.includes('<code>&lt;b&gt;Bob</code>')]).toEqual([false, true]);

  // A table that changes is profiled anew, and no other.
  made.write({ 'data/people.json': '[{"a": 1}, {"a": 2}, {"a": null}]\n' });
  const again = await made.run(...args);
  expect([again.code, again.json().counts['ran'], again.json().counts['fresh']]).toEqual([0, 3, 2]);
});

const FULL = [
  'pipelines/full.yaml',
  'pipelines/scripts/report.mjs',
  'pipelines/scripts/what-is-wrong.mjs',
  'pipelines/scripts/words.mjs',
];

interface Change {
  readonly step: number;
  readonly candidate: string;
  readonly kind: string;
  readonly row: number;
  readonly column: string | null;
  readonly before: string | null;
  readonly after: string | null;
}

/** A hundred rows, of which some are padded, there twice, or too long. */
function messy(): string {
  const rows = Array.from({ length: 100 }, (_, at) => {
    const city = ['Graz', 'Linz', 'Wels', 'Steyr'][at % 4];
    return [at % 7 === 0 ? `  ${city}` : city, `${1000 + (at % 4) * 10}`, `00${at}`, at % 3 === 0 ? '"a, b"' : 'c|d`'];
  });
  const lines = rows.map((cells) => cells.join(','));
  return `City,Post code,No,Note\n${[...lines, lines[5], lines[6], 'Graz,1,2,3,4,5,6'].join('\n')}\n`;
}

test('pipelines/full.yaml cleans a table, and its report says what the log of changes says', async () => {
  const made = project(...FULL).write({ 'data/my towns.csv': messy() });
  const built = await made.run(
    'build',
    'pipelines/full.yaml',
    '-p',
    'data=data/my towns.csv',
    '-p',
    'out=out',
    '--json',
  );
  expect([built.code, built.json().counts['ran']]).toEqual([0, 8]);

  const changes = made
    .read('out/changes.jsonl')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Change);
  const counted = new Map<string, string>();
  for (const id of new Set(changes.map(({ candidate }) => candidate).filter(Boolean))) {
    const of = (kind: string) => changes.filter((one) => one.candidate === id && one.kind === kind).length;
    const words = (count: number, noun: string, did: string) =>
      count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'} ${did}`];
    counted.set(id, [...words(of('cell'), 'cell', 'changed'), ...words(of('row'), 'row', 'dropped')].join(', '));
  }
  const report = made.read('out/report.md');
  const told = [...report.matchAll(/^(.*) by `\w+` \(`(\w+)`\), [\d.]+ % sure\./gm)];
  expect(told.map(([, counts, id]) => [id, counts])).toEqual([...counted]);
  expect([...counted.values()]).toEqual(['15 cells changed', '2 rows dropped']);

  // Examples are changes that were made, three at most of each step.
  const examples = [...report.matchAll(/^\| +(\d+) \| `(\w+)` +\| `+ ?(.*?) ?`+ +\| `(.*?)` +\|$/gm)];
  expect(examples.length).toBe(3);
  for (const [, row, column, before, after] of examples) {
    const change = changes.find((one) => one.row === Number(row) && one.column === column);
    expect([change?.before?.trim(), change?.after]).toEqual([before?.trim(), after]);
  }
  // Every candidate is told of.
  const recipe = JSON.parse(made.read('out/recipe.json')) as {
    readonly steps: readonly { id: string }[];
    readonly left_alone: readonly { id: string; reason: string }[];
  };
  for (const { id } of [...recipe.steps, ...recipe.left_alone]) expect(report).toContain(`\`${id}\``);

  // Header, order of rows, and text of cells nobody touched.
  const clean = made.read('out/clean.csv').split('\n');
  const untouched = messy().replaceAll(/^ +/gm, '').split('\n').slice(0, 101);
  expect(clean).toEqual([...untouched, '']);
  const undone = await made.run(
    ...['undo', '--clean', 'out/clean.csv', '--changes', 'out/changes.jsonl', '--data', 'restored.csv'],
  );
  expect([undone.code, made.read('restored.csv')]).toEqual([
    0,
    messy().split('\n').slice(0, 103).join('\n').concat('\n'),
  ]);
});

test('pipelines/full.yaml takes a table without rows', async () => {
  const made = project(...FULL).write({ 'header.csv': 'a,b\n', 'empty.csv': '' });
  for (const name of ['empty', 'header']) {
    const built = await made.run(
      'build',
      'pipelines/full.yaml',
      '-p',
      `data=${name}.csv`,
      '-p',
      `out=${name}`,
      '--json',
    );
    expect([built.code, made.read(`${name}/clean.csv`)]).toEqual([0, made.read(`${name}.csv`)]);
  }
});
