// A pool, measured by those that its items ask: the full effort is at the rate that a polite crawler keeps to.
import { expect, test } from 'vitest';
import { serveAsked } from '../support/asked-server.ts';
import { CliProject } from '../support/cli-project.ts';
import { FULL, tried } from './support/effort.ts';

const ITEMS = FULL ? 40 : 8;
const EVERY_MS = FULL ? 2_000 : 500;
/** More than five starts long, so that places are short as well. */
const ANSWER_MS = EVERY_MS * 5.5;
/** Between the start of a process and its question: on a busy machine one is late, and the next is not. */
const UNEVEN_MS = 450;

test('items of a fan-out in a pool of five are asked for at its rate, and never six at once', async (context) => {
  const { asked, command } = await serveAsked(ANSWER_MS);
  const item = `\${{ item }}`;
  const project = new CliProject().write({
    'list.json': JSON.stringify(Array.from({ length: ITEMS }, (_, at) => at)),
    'pipeline.yaml': JSON.stringify({
      version: 1,
      pools: { web: { slots: 5, rate: `${1000 / EVERY_MS}/s` } },
      stages: {
        page: {
          foreach: { in: 'list.json' },
          run: `${command} > \${{ outputs.page }}; : ${item}`,
          outputs: { page: `build/${item}.html` },
          pool: 'web',
        },
      },
    }),
  });
  const built = await project.run('build', 'pipeline.yaml', '-j20', '--json');
  expect([built.code, built.json().counts['ran']]).toEqual([0, ITEMS]);

  expect(asked).toHaveLength(ITEMS);
  expect(Math.max(...asked.map(({ atOnce }) => atOnce))).toBe(5);
  // Burst 1: not even two come sooner one after the other than the rate allows.
  const gaps = asked.slice(1).map(({ atMs }, at) => atMs - (asked[at]?.atMs ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(EVERY_MS - UNEVEN_MS);
  const spanMs = (asked.at(-1)?.atMs ?? 0) - (asked[0]?.atMs ?? 0);
  expect(spanMs).toBeGreaterThan((ITEMS - 1) * EVERY_MS - UNEVEN_MS);
  tried(context, 'questions to a server, at the rate of a pool', ITEMS);
});
