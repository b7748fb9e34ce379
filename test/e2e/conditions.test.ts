/** The examples of stages that go only sometimes, and of those with other ways: built, and with what goes wrong in them. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

function project(file: string): CliProject {
  const made = new CliProject().write({ [file]: readFileSync(join(REPOSITORY, file), 'utf8') });
  mkdirSync(made.path('node_modules'));
  symlinkSync(join(REPOSITORY, 'node_modules/vega-datasets'), made.path('node_modules/vega-datasets'));
  return made;
}

const outcomes = (stages: Readonly<Record<string, { readonly outcome: string }>>) =>
  Object.fromEntries(Object.entries(stages).map(([id, { outcome }]) => [id, outcome]));

test('pipelines/when.yaml has the hot days while there are any', async () => {
  const file = 'pipelines/when.yaml';
  const made = project(file);
  const built = await made.run('build', file, '--json');
  expect([built.code, built.json().counts['ran']]).toEqual([0, 4]);
  expect(made.read('build/when/summary.json')).toBe('{ "days": 1461, "hottest": 35.6 }\n');
  expect(made.read('build/when/count.txt').trim()).toBe('16');

  const hotter = ['-p', 'hot=40', '-p', 'publish=false'];
  const planned = await made.run('plan', file, ...hotter);
  expect([planned.code, planned.stdout, planned.stderr]).toMatchInlineSnapshot(`
    [
      0,
      "pipelines/when.yaml: 4 stages, 3 to skip, 1 fresh

      fresh    measure
      skip     heat     its "when" is false: output build/when/heat.csv is to be removed
      skip     publish  its "when" is false: output build/when/public/summary.json is to be removed
      skip     count    skipped with heat: output build/when/count.txt is to be removed
    ",
      "",
    ]
  `);
  const cold = await made.run('build', file, ...hotter, '--json');
  expect([cold.code, outcomes(cold.json().stages)]).toEqual([
    0,
    { count: 'skipped', heat: 'skipped', measure: 'fresh', publish: 'skipped' },
  ]);
  expect(() => made.read('build/when/heat.csv')).toThrow();
  const status = await made.run('status', file, ...hotter, '--exit-code');
  expect(status.code).toBe(0);
  const again = await made.run('build', file, ...hotter);
  expect(again.stdout + again.stderr).toMatch(/^Everything is fresh: 4 stages, 3 of them skipped, .*\.\n$/);
  const why = await made.run('why', file, 'count', ...hotter);
  expect(why.stdout).toBe('count is skipped with heat.\n');
  const back = await made.run('build', file, '--json');
  expect(back.json().counts).toMatchObject({ fresh: 1, restored: 3 });

  // Its mistakes: a metric that nobody declares, and one that is not there when it is asked for.
  made.write({ [file]: made.read(file).replace('metrics.hottest >=', 'metrics.hotest >=') });
  const checked = await made.run('check', file);
  expect([checked.code, checked.stdout, checked.stderr]).toMatchInlineSnapshot(`
    [
      2,
      "",
      "pipelines/when.yaml:26:11 error[unknown-reference] Stage "measure" has no metric "hotest".
        when: stages.measure.metrics.hotest >= params.hot
              ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      help: Did you mean "hottest"?
    ",
    ]
  `);
  made.write({ [file]: made.read(file).replace('metrics.hotest', 'metrics.hottest').replace('#/hottest', '#/top') });
  const failed = await made.run('build', file, '--force=measure', '-k');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain(
    'failed heat: Its "when" does not work: the metric "hottest" of stage "measure" is null.\n',
  );
});

test('pipelines/fallback.yaml makes a table by whatever there is, and says by what', async () => {
  const file = 'pipelines/fallback.yaml';
  const made = project(file);
  const built = await made.run('build', file);
  expect([built.code, built.stdout]).toEqual([0, expect.anything()]);
  expect(`${built.stdout}${built.stderr}`).toContain('degraded: forecast (last-year)\n');
  expect(made.read('build/fallback/warmest.txt')).toMatch(/^\d+,\d+\.\d\n$/);
  const again = await made.run('build', file, '--json');
  expect([again.json().counts['fresh'], again.json().stages['forecast']]).toMatchObject([2, { degraded: 'last-year' }]);
  const first = await made.run('build', file, '-p', 'year=2012', '--json');
  expect([first.code, first.json().stages['forecast']]).toMatchObject([0, { degraded: 'table', attempts: 2 }]);
  expect(made.read('build/fallback/warmest.txt')).toBe('7,25\n');
  const model = await made.run('build', file, '-p', 'model=tail -n 13', '--json');
  expect([model.code, model.json().stages['forecast']]).toMatchObject([0, { degraded: null, attempts: 1 }]);

  // When nothing helps, each says why.
  made.write({ [file]: made.read(file).replace("printf '%s\\n' month,warmest", 'false') });
  const failed = await made.run('build', file, '-p', 'year=2012', '--json');
  expect([failed.code, failed.json().stages['forecast']?.failure?.message]).toMatchInlineSnapshot(`
    [
      1,
      "Every strategy failed. "primary": It ended with exit code 127: a command was not found. "last-year": Not tried, since its "when" is false. "table": It ended with exit code 1.",
    ]
  `);
  made.write({ [file]: made.read(file).replace('- name: table', '- name: last-year') });
  const checked = await made.run('check', file);
  expect([checked.code, checked.stdout, checked.stderr]).toMatchInlineSnapshot(`
    [
      2,
      "",
      "pipelines/fallback.yaml:31:15 error[same-strategy] There are two strategies with the name "last-year".
          - name: last-year
                  ~~~~~~~~~
      help: Give each "name" once.
    ",
    ]
  `);
});

test('pipelines/vote.yaml has the right answer of somebody who lies one time in three', async () => {
  const file = 'pipelines/vote.yaml';
  const made = project(file);
  const built = await made.run('build', file, '--json');
  const { winner, flagged, wasted } = built.json().stages['ask']?.vote ?? {};
  expect([built.code, winner, flagged, wasted]).toEqual([0, '53', 0, 0]);
  expect(made.read('build/vote/report.txt')).toBe('53 hot days\n');
  expect((await made.run('build', file, '--json')).json().counts['fresh']).toBe(2);
});
