/** The example plugins on data that is wrong, and their workers on many texts. What is right is in their own examples. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

const isThere = (program: string) => spawnSync(program, ['--version']).status === 0;

function project(plugin: string, stages: object, files: Readonly<Record<string, string>>): CliProject {
  return new CliProject().write({
    ...files,
    '.wranglerrc.yaml': JSON.stringify({ version: 1, plugins: { [plugin]: join(REPOSITORY, 'plugins', plugin) } }),
    'pipelines/main.yaml': JSON.stringify({ version: 1, stages }),
  });
}

test('example-python says what is wrong with a table or a text, and where', async ({ skip }) => {
  skip(!isThere('python3'), 'there is no python3 on this machine');
  const outliers = (table: string, column: string) => ({
    uses: 'example-python/outliers',
    inputs: { table },
    outputs: { outliers: `build/${table}-${column}` },
    with: { column },
  });
  const stages = {
    column: outliers('good.csv', 'fahrenheit'),
    number: outliers('bad.csv', 'celsius'),
    empty: outliers('empty.csv', 'celsius'),
    bytes: { uses: 'example-python/words', inputs: { text: 'bytes.txt' }, outputs: { words: 'build/words.csv' } },
  };
  const made = project('example-python', stages, {
    'good.csv': 'day,celsius\n1,4\n',
    'bad.csv': 'day,celsius\n1,4\n2,warm\n',
    'empty.csv': '',
  });
  spawnSync('bash', ['-c', `printf '\\377\\n' > bytes.txt`], { cwd: made.dir });
  const { code, json } = await made.run('build', '-k', '--json');
  expect(code).toBe(1);
  const said = Object.entries(json().stages).map(([id, { failure, outcome }]) => [
    id,
    failure ? `${failure.code}: ${failure.message}` : outcome,
  ]);
  expect(Object.fromEntries(said)).toEqual({
    bytes: 'not-utf-8: The text is not UTF-8.',
    column: "no-column: There is no column 'fahrenheit'; there is day, celsius.",
    empty: 'no-header: The table is empty.',
    number: "not-a-number: 'warm' in line 3 is no number.",
  });

  const kept = json().stages['bytes']?.failure?.kept ?? '';
  expect(spawnSync(made.path(`${kept}/replay.sh`)).stderr.toString()).toMatch(/^It ended with exit code 1\./);
  expect(JSON.parse(made.read(`${kept}/again/.wrangle/result.json`))).toMatchObject({ error: { code: 'not-utf-8' } });
});

test('one Python serves thirty texts', async ({ skip }) => {
  skip(!isThere('python3'), 'there is no python3 on this machine');
  const texts = Array.from({ length: 30 }, (_, at) => `text${at}`);
  const made = project(
    'example-python',
    Object.fromEntries(
      texts.map((name) => [
        name,
        { uses: 'example-python/words', inputs: { text: `${name}.txt` }, outputs: { words: `build/${name}.csv` } },
      ]),
    ),
    Object.fromEntries(texts.map((name, at) => [`${name}.txt`, `${'so '.repeat(at + 1)}much`])),
  );
  // Its startup file writes down who starts.
  made.write({
    'site/sitecustomize.py': `import os\nopen(${JSON.stringify(made.path('starts'))}, 'a').write(f'{os.getpid()}\\n')\n`,
  });
  made.env['PYTHONPATH'] = made.path('site');
  const stages = JSON.parse(made.read('pipelines/main.yaml')) as { stages: Record<string, object> };
  for (const name of texts) stages.stages[name] = { ...stages.stages[name], pass_env: ['PYTHONPATH'] };
  made.write({ 'pipelines/main.yaml': JSON.stringify(stages) });
  const { code, json } = await made.run('build', '--json', '-j', '1');
  expect({ code, ran: json().counts['ran'] }).toEqual({ code: 0, ran: 30 });
  expect(made.read('build/text7.csv')).toBe('word,count\nso,8\nmuch,1\n');
  expect(made.read('starts').trim().split('\n')).toHaveLength(1);
});

test('example-shell says what is wrong with the records', async ({ skip }) => {
  skip(!isThere('jq'), 'there is no jq on this machine');
  const pick = (records: string) => ({
    uses: 'example-shell/pick',
    inputs: { records },
    outputs: { table: `build/${records}.csv` },
    with: { fields: ['a.b'] },
  });
  const made = project(
    'example-shell',
    { json: pick('bad.json'), object: pick('list.json'), none: pick('none.json') },
    {
      'bad.json': '{"a": ',
      'list.json': '["a"]',
      'none.json': '',
    },
  );
  const { code, json } = await made.run('build', '-k', '--json');
  expect(code).toBe(1);
  const { json: bad, object, none } = json().stages;
  expect(bad?.failure).toMatchObject({ code: 'unreadable' });
  expect(bad?.failure?.message).toMatch(/^The records are not JSON objects: jq: error .*Unfinished JSON term/s);
  expect(object?.failure?.message).toMatch(/^The records are not JSON objects: jq: error .*Cannot index string with/s);
  expect(none?.outcome).toBe('ran');
  expect(made.read('build/none.json.csv')).toBe('"a.b"\n');
});
