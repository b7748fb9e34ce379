// `wrangle log` beside a real build: follows it to its end, stops at Ctrl-C, is not left alone by a builder that was killed.
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

const PIPELINE = `version: 1
stages:
  held:
    run: printf 'before \\033[2J\\n'; cat go; echo after > \${{ outputs.o }}; echo end
    outputs: { o: held.txt }
  quick:
    run: echo quick; echo q > \${{ outputs.o }}
    outputs: { o: quick.txt }
`;

test('a build is followed to its end, by stage, by run and by pattern', async () => {
  const project = new CliProject().write({ 'pipeline.yaml': PIPELINE });
  project.fifo('go');
  const build = project.start('build', 'pipeline.yaml', 'held', '-q');
  const next = project.start('log', '-f', 'held');
  await next.saw('Following run');
  const all = project.start('log', '-f', '--level', 'info');
  await all.saw('Following run');
  const named = project.start('log', '-f', '*', '--raw');
  await named.saw('Following run');
  await project.writeTo('go', 'released\n');
  expect((await build.ended).code).toBe(0);
  const followed = await next.ended;
  expect(followed.code).toBe(0);
  expect(followed.stdout).toBe('before ^[[2J\nreleased\nend\n');
  expect(followed.stderr).toMatch(/\nRun \d{8}-\d{6}-\w{4}: done in .*\.\n$/);
  expect((await named.ended).stdout).toBe('held | before \u001b[2J\nheld | released\nheld | end\n');
  const lines = (await all.ended).stdout.trimEnd().split('\n');
  expect(lines.map((line) => line.split(' | ').slice(2, 4).join(' '))).toEqual([
    '- INFO',
    'held INFO',
    'held INFO',
    '- INFO',
  ]);

  await project.run('build', 'pipeline.yaml', '-q');
  expect((await project.run('log', 'held', 'quick')).stdout).toBe(
    'held | before ^[[2J\nheld | released\nheld | end\nquick | quick\n',
  );
  expect(JSON.parse((await project.run('log', 'quick', '--json')).stdout)).toMatchObject({
    stage: 'quick',
    logs: [{ stage: 'quick', attempt: 1, text: 'quick\n' }],
  });
});

test('Ctrl-C ends the following and not the build; a builder that was killed is not waited for', async () => {
  const project = new CliProject().write({ 'pipeline.yaml': PIPELINE });
  const idle = project.start('log', '-f');
  await idle.saw('Waiting for the next');
  idle.child.kill('SIGINT');
  expect((await idle.ended).code).toBe(130);
  expect(project.exists('.wrangle')).toBe(false);

  project.fifo('go');
  const build = project.start('build', 'pipeline.yaml', 'held', '-q');
  const one = project.start('log', '-f');
  await one.saw('Following run');
  one.child.kill('SIGINT');
  expect((await one.ended).code).toBe(130);
  const two = project.start('log', '-f');
  await two.saw('Following run');
  build.child.kill('SIGKILL');
  const ended = await two.ended;
  expect(ended.code).toBe(0);
  expect(ended.stderr).toMatch(/\nRun \S+: interrupted in .*\.\n$/);
});

test('what does not go together is told', async () => {
  const project = new CliProject();
  const both = await project.run('log', '-f', '--json');
  expect(both.code).toBe(2);
  expect(both.json()).toMatchObject({
    error: {
      code: 'usage',
      message: '"--follow" and "--json" do not go together: a document has an end.',
      help: 'For programs there is "wrangle build --events FILE", a line of JSON for each event.',
    },
  });
  const none = await project.run('log', 'x*');
  expect(none.stderr).toBe('wrangle: No run had a stage that fits "x*".\n');
});
