/** What stages print: any bytes, any amount, in logs, on the screen and in messages. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

function projectWith(stages: Readonly<Record<string, string>>): CliProject {
  const entries = Object.entries(stages).map(([id, run]) => [id, { run }]);
  return new CliProject().write({
    'pipeline.yaml': JSON.stringify({ version: 1, stages: Object.fromEntries(entries) }),
  });
}

/** Of the first run. */
function logOf(project: CliProject, stage: string): Buffer {
  const [run = ''] = readdirSync(project.path('.wrangle/runs'))
    .filter((name) => name !== 'index')
    .sort();
  return readFileSync(join(project.path('.wrangle/runs'), run, 'stages', stage, '1.log'));
}

test('any bytes: the log has them as they are, the screen and the message show them harmless', async () => {
  const bytes = `printf '\\303'; printf '\\244 \\377\\376 a\\0b \\033[2J\\033]0;title\\007 \\302\\233 end\\n'`;
  const project = projectWith({ odd: `${bytes}; exit 1` });
  const { stderr } = await project.run('build', 'pipeline.yaml', '-v');
  expect(logOf(project, 'odd').toString('latin1')).toBe(
    '\u00c3\u00a4 \u00ff\u00fe a\0b \u001b[2J\u001b]0;title\u0007 \u00c2\u009b end\n',
  );
  const shown = 'ä \ufffd\ufffd a^@b ^[[2J^[]0;title^G \\u009b end';
  expect(stderr).toContain(`odd | ${shown}\n`);
  // Without -v the end of it stands below the failure.
  expect((await project.run('build', 'pipeline.yaml')).stderr).toContain(`      | ${shown}\n`);
  expect((await project.run('log', 'odd')).stdout).toBe(`${shown}\n`);
});

test('a line of 50 MB is logged whole, shown in part, and costs no memory to speak of', async () => {
  const project = projectWith({
    long: `head -c 50000000 /dev/zero | tr '\\0' x; echo; grep VmHWM /proc/$PPID/status | tr -dc 0-9 > memory`,
  });
  const { code, stderr } = await project.run('build', 'pipeline.yaml', '-v');
  expect(code).toBe(0);
  expect(logOf(project, 'long').length).toBe(50_000_001);
  expect(stderr.length).toBeLessThan(200_000);
  expect(Number(project.read('memory'))).toBeLessThan(200_000);
});

test('300 MB of output: all of it is logged, in less than 200 MB of memory', async () => {
  const project = projectWith({
    much: `{ yes "a line of some length that is written again and again" || :; } | head -c 300000000; grep VmHWM /proc/$PPID/status | tr -dc 0-9 > memory`,
  });
  expect((await project.run('build', 'pipeline.yaml')).code).toBe(0);
  expect(logOf(project, 'much').length).toBe(300_000_000);
  expect(Number(project.read('memory'))).toBeLessThan(200_000);
});

test('a stage that closes its output is waited for, and its exit code counts', async () => {
  const project = projectWith({ silent: `exec >&- 2>&-; echo > started; cat gate > /dev/null; exit 7` });
  project.fifo('started');
  project.fifo('gate');
  const running = project.start('build', 'pipeline.yaml', '--json');
  await project.readFrom('started');
  await project.writeTo('gate', '');
  expect((await running.ended).json().stages['silent']?.failure?.message).toBe('It ended with exit code 7.');
});
