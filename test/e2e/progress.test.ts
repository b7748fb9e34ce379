/** What is known of a build while it runs. */
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';

test('what a stage tells of its progress is in the events before it ends', async () => {
  const tell = `echo '{"type":"progress","done":3,"total":10}' >> "$WRANGLE_EVENTS"`;
  const project = new CliProject().write({
    'pipeline.yaml': JSON.stringify({ version: 1, stages: { slow: { run: `${tell}; cat gate > /dev/null` } } }),
  });
  project.fifo('gate');
  const running = project.start('build', 'pipeline.yaml', '--events', '-');
  const told = await new Promise<string>((resolve) => {
    running.child.stdout?.on('data', (text: string) => {
      if (text.includes('"done":3')) resolve(text);
    });
  });
  expect(JSON.parse(told)).toMatchObject({
    event: 'task_progress',
    task_id: 'slow',
    details: { message: '3/10', data: { done: 3, total: 10 } },
  });
  await project.writeTo('gate', '');
  expect((await running.ended).code).toBe(0);
});
