/** Limits that stages share, measured by those that are asked. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serveAsked } from '../support/asked-server.ts';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

/** How long an answer takes: long enough for more than five to be wanted at once. */
const ANSWER_MS = 2000;
const RATE = 4;
/** Between the start of a process and its question: on a busy machine one may be late, and the next is not. */
const UNEVEN_MS = 700;

test('a pool of 5 at 4/s over 12 stages: the server never sees more, nor sooner', async () => {
  const { command, asked } = await serveAsked(ANSWER_MS);
  const stages = Array.from({ length: 12 }, (_, at): [string, object] => [
    `page${at}`,
    { run: `${command} > \${{ outputs.page }}`, outputs: { page: `build/${at}.html` }, pool: 'web' },
  ]);
  const project = new CliProject().write({
    'pipeline.yaml': JSON.stringify({
      version: 1,
      pools: { web: { slots: 5, rate: `${RATE}/s` } },
      stages: Object.fromEntries(stages),
    }),
  });
  const built = await project.run('build', 'pipeline.yaml', '-j12', '--json', '--events', 'events.jsonl');
  expect([built.code, built.stderr]).toEqual([0, expect.any(String)]);
  expect(built.json().counts['ran']).toBe(12);

  expect(asked).toHaveLength(12);
  expect(Math.max(...asked.map(({ atOnce }) => atOnce))).toBe(5);
  // Late is well, soon is not: the n-th question comes at least n quarters of a second after the build began.
  const [first = ''] = project.read('events.jsonl').split('\n');
  const begunMs = Date.parse((JSON.parse(first) as { readonly timestamp: string }).timestamp);
  for (const [at, { atMs }] of asked.entries()) expect(atMs - begunMs).toBeGreaterThanOrEqual((at * 1000) / RATE - 2);
  // Burst 1: from any question to the n-th after it there are n times a quarter of a second.
  for (const [at, { atMs: from }] of asked.entries()) {
    for (const [behind, { atMs }] of asked.slice(at + 1).entries()) {
      expect(atMs - from).toBeGreaterThan(((behind + 1) * 1000) / RATE - UNEVEN_MS);
    }
  }

  // What is fresh asks nobody, and waits for nothing.
  const again = await project.run('build', 'pipeline.yaml', '-j12', '--json');
  expect(again.json().counts['fresh']).toBe(12);
  expect(asked).toHaveLength(12);
});

test('pipelines/pools.yaml does what it says', async () => {
  const text = readFileSync(join(REPOSITORY, 'pipelines/pools.yaml'), 'utf8');
  const project = new CliProject().write({ 'pipelines/pools.yaml': text });
  const built = await project.run('build', 'pipelines/pools.yaml', '--json');
  expect([built.code, built.json().outcome, built.json().counts['ran']]).toEqual([0, 'done', 6]);
  const times = [1, 2, 3].map((page) => Number(project.read(`build/pools/page-${page}.txt`)));
  times.sort((a, b) => a - b);
  expect((times[2] as number) - (times[0] as number)).toBeGreaterThan(2 * 500 - UNEVEN_MS);
  const [from = 0, until = 0] = project.read('build/pools/timing.txt').trim().split(' ').map(Number);
  expect(times.filter((time) => from < time && time < until)).toEqual([]);
});

const WRONG = [
  ['pool: site }', 'pool: sit }', 'There is no pool "sit".', 'Did you mean "site"?'],
  ['rate: 2/s', 'rate: 2 a second', '"rate" must be a rate such as "2/s", "30/m" or "100/h", not "2 a second".'],
  ['slots: 2', 'slots: 0', '"slots" must be at least 1, not 0.'],
  ['cpus: 0.5', 'cpus: 0', '"cpus" must be more than 0, not 0.'],
  [
    'memory: 100MiB',
    'memory: 100 apples',
    '"memory" must be a size such as "512MB", "2GiB" or a number of bytes, not "100 apples".',
  ],
  ['exclusive: true', 'exclusive: sometimes', '"exclusive" must be true or false, not "sometimes".'],
] as const;

test('what is wrong with its limits is said where it stands, and nothing runs', async () => {
  const text = readFileSync(join(REPOSITORY, 'pipelines/pools.yaml'), 'utf8');
  for (const [right, wrong, message, help] of WRONG) {
    const project = new CliProject().write({ 'pipelines/pools.yaml': text.replace(right, wrong) });
    const built = await project.run('build', 'pipelines/pools.yaml');
    const at = text.slice(0, text.indexOf(right)).split('\n');
    expect(built.code).toBe(2);
    expect(built.stderr).toMatch(new RegExp(`^pipelines/pools.yaml:${at.length}:\\d+ error`));
    expect(built.stderr).toContain(`] ${message}\n`);
    if (help !== undefined) expect(built.stderr).toContain(`  help: ${help}\n`);
    expect(project.exists('.wrangle')).toBe(false);
  }
});

test('a stage that asks for more than the machine has runs alone, with a warning', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': JSON.stringify({
      version: 1,
      stages: { large: { run: 'true', resources: { cpus: 100_000 } } },
    }),
  });
  const built = await project.run('build', 'pipeline.yaml');
  expect(built.code).toBe(0);
  expect(built.stderr).toMatch(
    /warning: large: It asks for 100000 processors \("resources\.cpus"\), and there are \d+: it runs alone\.\n/,
  );
});
