// What an editor sees of plugins: yaml-language-server over the schema that `wrangle schema` writes.
import { lstatSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';
import type { Completion } from '../support/language-server.ts';
import { LanguageServer } from '../support/language-server.ts';

const HEAD = '# yaml-language-server: $schema=../schemas/pipeline.json\n';
const TYPES = ['apply', 'generate', 'profile', 'query', 'rank', 'read', 'score', 'undo', 'validate'].map(
  (name) => `tabular/${name}`,
);
const STAGE = `${HEAD}version: 1
stages:
  profile:
    uses: tabular/profile
    inputs: { data: data.csv }
    outputs: { profile: build/profile.json }
    with:
`;

const labels = (found: readonly Completion[]) => found.map(({ label }) => label).sort();

test('a schema is written over nothing but a schema', async () => {
  const project = new CliProject();
  const stages = 'version: 1\nstages: {}\n';
  project.write({ 'pipelines/main.yaml': stages, 'data.json': '{"title": "a pipeline"}\n' });
  const says = async (file: string) => {
    const { code, stdout, stderr } = await project.run('schema', file);
    expect([code, stdout]).toEqual([2, '']);
    return stderr;
  };
  expect(await says('pipelines/main.yaml')).toBe(
    'wrangle: "pipelines/main.yaml" cannot be where the schema is written: the name of a schema ends in ".json".\n' +
      '  help: One schema is for all pipelines of a workspace. For example: wrangle schema pipelines/pipeline.schema.json\n',
  );
  expect(await says('data.json')).toBe(
    'wrangle: "data.json" is already there, and is no schema of pipelines.\n' +
      '  help: Name another file, or remove this one first.\n',
  );
  expect([project.read('pipelines/main.yaml'), project.read('data.json')]).toEqual([
    stages,
    '{"title": "a pipeline"}\n',
  ]);
  expect((await project.run('schema', 's.json')).code).toBe(0);
  expect((await project.run('schema', 's.json')).code).toBe(0);
});

test('stage types and their params are completed, and wrong ones are found', async () => {
  const project = new CliProject();
  const plugin = join(REPOSITORY, 'plugins/tabular');
  project.write({ '.wranglerrc.yaml': `version: 1\nplugins: { tabular: ${plugin} }\n` });
  const written = await project.run('schema', 'schemas/pipeline.json');
  expect(written.stdout).toBe(
    'Wrote "schemas/pipeline.json". In a pipeline, name it in the first line, by its path from there:\n' +
      '# yaml-language-server: $schema=../schemas/pipeline.json\n',
  );
  expect((await project.run('schema')).stdout).toBe(project.read('schemas/pipeline.json'));

  const server = await LanguageServer.start(project.dir);
  const empty = project.path('pipelines/empty.yaml');
  await server.open(empty, `${STAGE}      \n`);
  const params = await server.complete(empty, 9, 6);
  expect(labels(params)).toEqual([
    'budget',
    'columns',
    'correlations',
    'dialect',
    'fd',
    'format',
    'keys',
    'max_rejects',
    'memory',
    'missing_tokens',
    'on_bad_row',
    'sample_bytes',
    'sample_rows',
    'semantic_threshold',
    'top_k',
    'type_threshold',
  ]);
  expect(JSON.stringify(params.find(({ label }) => label === 'top_k')?.documentation)).toContain(
    'How many of the most frequent values are listed for each column.',
  );

  const types = project.path('pipelines/types.yaml');
  await server.open(types, `${HEAD}stages:\n  a:\n    uses: \n`);
  expect(labels(await server.complete(types, 4, 10))).toEqual(TYPES);

  const sound = `${STAGE}      sample_rows: \${{ params.sample }}\n      top_k: 5\n`;
  expect(await server.open(project.path('pipelines/sound.yaml'), sound)).toEqual([]);
  const wrong = `${STAGE}      smaple_rows: 5000
      top_k: many
      format: cvs
  other:
    uses: tabular/profil
  third:
    uses: tabular/query
    inputs: { any_name: data.csv }
    outputs: { tabel: out.csv }
    with: { sql: SELECT 1 }
`;
  expect((await server.open(project.path('pipelines/wrong.yaml'), wrong)).sort()).toEqual([
    '10: Incorrect type. Expected "integer".',
    '11: Value is not accepted. Valid values: "auto", "csv", "json", "ndjson", "parquet".',
    `13: Value is not accepted. Valid values: ${TYPES.map((name) => `"${name}"`).join(', ')}.`,
    '17: Missing property "table".',
    '17: Property tabel is not allowed.',
    '9: Property smaple_rows is not allowed.',
  ]);
});

test('the schema goes where a link leads, and never in the place of a pipe or device', async () => {
  const project = new CliProject();
  project.write({ 'real.json': '{"$schema": "old", "title": "a pipeline"}' });
  symlinkSync('real.json', project.path('link.json'));
  await project.run('schema', 'link.json');
  expect(lstatSync(project.path('link.json')).isSymbolicLink()).toBe(true);
  expect(project.read('real.json')).toContain('"stages"');
  const refused = await project.run('schema', '/dev/null');
  expect([refused.code, refused.stderr]).toEqual([
    2,
    'wrangle: "/dev/null" is no file.\n  help: Without a file the schema goes to standard output.\n',
  ]);
});
