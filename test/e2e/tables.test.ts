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

test('pipelines/profile.yaml makes a catalogue of all tables of a folder', { timeout: 120_000 }, async () => {
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
