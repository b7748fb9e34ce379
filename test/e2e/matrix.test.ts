/** The examples of stages with a matrix, and of a pipeline of two files: built as they are, and with their likeliest mistake. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

/** With the files at their places, and the data that they read. */
function project(...files: readonly string[]): CliProject {
  const made = new CliProject().write({
    '.wranglerrc.yaml': JSON.stringify({ version: 1, plugins: { tabular: join(REPOSITORY, 'plugins/tabular') } }),
    ...Object.fromEntries(files.map((file) => [file, readFileSync(join(REPOSITORY, file), 'utf8')])),
  });
  mkdirSync(made.path('node_modules'));
  symlinkSync(join(REPOSITORY, 'node_modules/vega-datasets'), made.path('node_modules/vega-datasets'));
  return made;
}

test('pipelines/matrix.yaml makes one table of eleven, and only what another year needs', async () => {
  const file = 'pipelines/matrix.yaml';
  const made = project(file);
  const built = await made.run('build', file, '--json');
  expect([built.code, built.json().counts['ran']]).toEqual([0, 13]);
  expect(made.read('build/matrix/monthly.csv').split('\n')).toHaveLength(1 + 11 * 12 + 1);
  expect(made.read('build/matrix/extremes.csv')).toBe(
    'measure,year,month,value\nheat,2014,8,35.6\nrain,2015,12,284.5\nwind,2014,2,4.5\n',
  );

  const years = ['-p', 'years=[2014, 2015]'];
  const fewer = await made.run('build', file, '--json', ...years);
  expect([fewer.code, fewer.json().counts['fresh'], fewer.json().counts['ran']]).toEqual([0, 5, 2]);
  expect(made.read('build/matrix/monthly.csv').split('\n')).toHaveLength(1 + 5 * 12 + 1);
  const one = await made.run('build', file, 'monthly@2013,rain', '--force', '--json');
  expect([one.code, Object.keys(one.json().stages)]).toEqual([0, ['monthly@2013,rain']]);
  const log = await made.run('log', 'monthly', '--json');
  expect([log.code, JSON.parse(log.stdout).stage]).toEqual([0, 'monthly']);
  const why = await made.run('why', file, 'monthly');
  expect([why.code, why.stderr]).toEqual([
    2,
    'wrangle: "monthly" has 11 instances, and "why" takes one of them.\n  help: Name it, as in: wrangle why pipelines/matrix.yaml monthly@2012,heat. For all of them: wrangle why pipelines/matrix.yaml \'monthly@*\'\n',
  ]);

  // Its mistake: paths that do not tell the instances apart.
  made.write({ [file]: made.read(file).replace('${{ matrix.year }}-${{ matrix.measure }}', '${{ matrix.year }}') });
  const checked = await made.run('check', file);
  expect([checked.code, checked.stdout, checked.stderr]).toMatchInlineSnapshot(`
    [
      2,
      "",
      "pipelines/matrix.yaml:31:23 error[duplicate-output] "monthly@2012,rain", "monthly@2012,heat" and 1 more would all make "build/matrix/2012.csv".
        outputs: { table: "\${{ params.out }}/\${{ matrix.year }}.csv" }
                          ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      help: Give each instance a path of its own: put "\${{ matrix.measure }}" into it.
    ",
    ]
  `);
});

test('pipelines/include.yaml builds the stages of both files, each with its own defaults', async () => {
  const file = 'pipelines/include.yaml';
  const made = project(file, 'pipelines/common/stocks.yaml');
  const built = await made.run('build', file, '--json');
  expect([built.code, Object.keys(built.json().stages)]).toEqual([0, ['highest', 'prices']]);
  expect(made.read('build/include/highest.txt')).toMatch(/^2000 33\.95\n(.*\n){9}2010 223\.02\n$/);
  const other = await made.run('build', file, '-p', 'symbol=IBM', '--json');
  expect([other.code, other.json().counts['ran'], made.read('build/include/highest.txt').split('\n')[0]]).toEqual([
    0,
    2,
    '2000 118.62',
  ]);

  // Its mistake: the path of an include written like all others, from the workspace.
  made.write({ [file]: made.read(file).replace('[common/', '[pipelines/common/') });
  const checked = await made.run('check', file);
  expect([checked.code, checked.stdout, checked.stderr]).toMatchInlineSnapshot(`
    [
      2,
      "",
      "pipelines/include.yaml:10:11 error[file-not-found] There is no file "pipelines/pipelines/common/stocks.yaml".
    include: [pipelines/common/stocks.yaml] # from this file, not from the workspace
              ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      help: Did you mean "common/stocks.yaml"?
    ",
    ]
  `);
});
