/** Pages of records: a list, a template, one worker for many items, as they are built and told of. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

const PEOPLE = ['ada', 'bea', 'cleo', 'dora', 'eve'];
const list = (people: readonly object[]) => JSON.stringify(people);
const person = (id: string, more: object = {}) => ({ id, name: id.toUpperCase(), ...more });

const PIPELINE = {
  version: 1,
  stages: {
    page: {
      foreach: { in: 'people.json', key: 'item.id', batch: 4 },
      uses: 'records/render',
      inputs: { template: 'page.html' },
      outputs: { page: 'build/${{ item.id }}.html' },
      with: { record: '${{ item }}', missing: 'skip' },
    },
    all: {
      run: 'cat ${{ inputs.pages }} > ${{ outputs.o }}',
      inputs: { pages: '${{ stages.page.outputs.page }}' },
      outputs: { o: 'build/all' },
    },
  },
};

test('items that share an attempt are built, fresh, dropped and shown each for itself', async () => {
  const made = new CliProject().write({
    '.wranglerrc.yaml': JSON.stringify({ version: 1, plugins: { records: join(REPOSITORY, 'plugins/records') } }),
    'p.yaml': JSON.stringify(PIPELINE),
    'page.html': '<h1>{{ name }}</h1>\n',
    'people.json': list(PEOPLE.map((id) => person(id))),
  });
  const built = await made.run('build', 'p.yaml', '--json');
  expect([built.code, built.json().counts['ran']]).toEqual([0, 6]);
  expect(made.read('build/all')).toBe(PEOPLE.map((id) => `<h1>${id.toUpperCase()}</h1>\n`).join(''));
  expect((await made.run('status', 'p.yaml', '--exit-code')).code).toBe(0);

  const changed = PEOPLE.map((id) => person(id, id === 'bea' ? { name: null } : id === 'eve' ? { name: '<E>' } : {}));
  made.write({ 'people.json': list(changed) });
  const again = await made.run('build', 'p.yaml', '--json');
  const { counts, stages } = again.json();
  expect([again.code, counts['fresh'], counts['ran'], counts['skipped']]).toEqual([0, 3, 2, 1]);
  expect(stages['page@bea']).toMatchObject({
    outcome: 'skipped',
    failure: { code: 'missing-field', message: 'The record has no "name" (line 1) that "page.html" asks for.' },
  });
  expect(made.exists('build/bea.html')).toBe(false);
  expect(made.read('build/all')).toBe('<h1>ADA</h1>\n<h1>CLEO</h1>\n<h1>DORA</h1>\n<h1>&lt;E&gt;</h1>\n');
  // The log is that of the attempt, which they shared; an item whose result came before anything was read of it has no link.
  const said = 'page@bea: missing-field: The record has no "name" (line 1) that "page.html" asks for.\n';
  expect(made.read(`.wrangle/runs/${again.json().run_id}/stages/page@bea/1.log`)).toBe(said);
  for (const id of ['page@bea', 'page@eve']) {
    const log = await made.run('log', id, '--raw');
    expect([id, log.code]).toEqual([id, 0]);
    expect(['', said]).toContain(log.stdout);
  }
});
