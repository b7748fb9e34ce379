/** A stage that builds: the same workspace would wait for itself, another is none of its business. */
import { expect, test } from 'vitest';
import { CliProject, WRANGLE } from '../support/cli-project.ts';

const INNER = `node ${WRANGLE} build`;

test('a stage that builds its own workspace is told why it cannot, and nobody waits for ever', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `
version: 1
stages:
  outer: { run: ${INNER} other.yaml > out.txt 2>&1 }
`,
    'other.yaml': 'version: 1\nstages: { inner: { run: touch ran } }\n',
  });
  const built = await project.run('build', 'pipeline.yaml', '--json');
  expect(built.code).toBe(1);
  expect(built.json().stages['outer']?.failure).toMatchObject({ code: 'exit-code', exit_code: 2 });
  expect(project.read('out.txt').replace(/process \d+/, 'process N')).toBe(
    'This build was started by a stage of a build of the same workspace, and each would wait for the other: ' +
      'process N (wrangle build pipeline.yaml --json) has the workspace. Make what it was to build a stage that the ' +
      'other needs, or let the stage build in another folder with -C.\n',
  );
  expect(project.exists('ran')).toBe(false);
});

test('also through a build of another workspace, which is allowed', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `version: 1\nstages: { outer: { run: cd elsewhere && ${INNER} pipeline.yaml } }\n`,
    'elsewhere/.wranglerrc.yaml': 'version: 1\n',
    'elsewhere/pipeline.yaml': `
version: 1
stages:
  fine: { run: 'touch \${{ outputs.o }}', outputs: { o: fine.txt } }
  back: { run: "${INNER} -C .. other.yaml || echo $? > code", needs: [fine] }
`,
    'other.yaml': 'version: 1\nstages: { inner: { run: touch ran } }\n',
  });
  const built = await project.run('build', 'pipeline.yaml');
  expect(built.code).toBe(0);
  expect(project.exists('elsewhere/fine.txt')).toBe(true);
  expect(project.read('elsewhere/code')).toBe('2\n');
  expect(project.exists('ran')).toBe(false);
});

test('whatever else a stage does to its own workspace does not wait for the build either', async () => {
  const project = new CliProject().write({
    'other.yaml': `version: 1\nstages: { made: { run: 'echo 1 > \${{ outputs.o }}', outputs: { o: made.txt } } }\n`,
    'pipeline.yaml': `
version: 1
stages:
  outer:
    run: |
      for what in rollback "clean other.yaml" "cache verify --repair"; do
        node ${WRANGLE} $what >> out.txt 2>&1 || echo "$what: $?" >> codes.txt
      done
`,
  });
  expect((await project.run('build', 'other.yaml')).code).toBe(0);
  // Something to repair.
  project.remove('.wrangle/store/cas');
  expect((await project.run('build', 'pipeline.yaml')).code).toBe(0);
  expect(project.read('codes.txt')).toBe('rollback: 2\nclean other.yaml: 2\ncache verify --repair: 2\n');
  expect(project.read('out.txt').replaceAll(/process \d+/g, 'process N')).toBe(
    'This command was started by a stage of a build of the same workspace, and each would wait for the other: process N (wrangle build pipeline.yaml) has the workspace.\n'.repeat(
      3,
    ),
  );
  expect(project.read('made.txt')).toBe('1\n');
});
