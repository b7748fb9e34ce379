/** A stage that never stops printing: memory stays small, the log has an end, and the stage is not held up. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';
import { FULL } from './support/effort.ts';

const PRINTED_BYTES = 5_000_000_000;
const LOG_BYTES = 1024 ** 3;

test('5 GB of output in less than 200 MB of memory', async (context) => {
  if (!FULL) return context.skip('takes a minute and a gigabyte of disk; npm run test:faults runs it');
  const memory = 'grep VmHWM /proc/$PPID/status | tr -dc 0-9 > memory';
  const project = new CliProject().write({
    'pipeline.yaml': JSON.stringify({
      version: 1,
      stages: {
        much: { run: `{ yes "a line that is written again and again" || :; } | head -c ${PRINTED_BYTES}; ${memory}` },
      },
    }),
  });
  expect((await project.run('build', 'pipeline.yaml')).code).toBe(0);
  expect(Number(project.read('memory'))).toBeLessThan(200_000);
  const [run = ''] = readdirSync(project.path('.wrangle/runs')).filter((name) => name !== 'index');
  const log = project.path(`.wrangle/runs/${run}/stages/much/1.log`);
  const mark = `\n[wrangle: the log ends here, at ${LOG_BYTES} bytes; the stage went on]\n`;
  const { size } = statSync(log);
  expect(size).toBe(LOG_BYTES + mark.length);
  const end = Buffer.alloc(mark.length);
  const fd = openSync(log, 'r');
  readSync(fd, end, 0, end.length, LOG_BYTES);
  closeSync(fd);
  expect(end.toString()).toBe(mark);
});
