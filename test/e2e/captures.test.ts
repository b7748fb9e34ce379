/**
 * docs/terminal.md has what a terminal of 80 columns and 24 rows shows during real builds. Times and names of runs are
 * put in, since they differ each time. It is written by
 *
 *   npx vitest run --project e2e test/e2e/captures.test.ts -u
 */
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';
import { openGate } from '../support/gate.ts';
import { hasScript, PseudoTerminal } from '../support/pseudo-terminal.ts';

const DOCUMENT = resolve(import.meta.dirname, '../../docs/terminal.md');
const SIZE = { columns: 80, rows: 24 };

const told = (done: number) =>
  `echo '{"type":"progress","done":${done},"total":5000,"note":"rows"}' >> "$WRANGLE_EVENTS"`;

const SHOP = {
  orders: { run: `${told(600)}; : < gate; sleep 1; ${told(1200)}; : < never`, outputs: { o: 'build/orders.csv' } },
  check: { run: 'echo "row 17: no price"; exit 3' },
  rates: { run: 'exit 75', retry: { max: 2, on: ['exit-code'], backoff: { base: '2h', max: '2h' } } },
  review: { run: 'exit 42' },
  totals: { run: 'exit 0', needs: ['orders'] },
  report: { run: 'exit 0', needs: ['totals'] },
};

/**
 * Some take a while the first time, and wait at the gate once there is one. The others need the first two, so these two
 * stand at the gate however long each of the others took; the first of them is the one that was seen to take longer.
 */
const FIRST = ['day-001', 'day-002'];
const YEAR = Object.fromEntries(
  Array.from({ length: 365 }, (_, at) => {
    const name = `day-${String(at + 1).padStart(3, '0')}`;
    const seconds = [2, 0][at] ?? 0.2;
    const run = at < 100 ? `if test -e gate; then : < gate; else sleep ${seconds}; fi` : ':';
    return [name, FIRST.includes(name) ? { run } : { run, needs: FIRST }];
  }),
);

function put(text: string): string {
  return text
    .replaceAll(/\d{8}-\d{6}-[a-z0-9]{4}/g, '20261121-093012-k3f9')
    .replaceAll(/( *)\b\d+(?:\.\d s| ms)\b/g, (time, spaces: string) =>
      spaces.length > 1 ? '2.4 s'.padStart(time.length) : `${spaces}2.4 s`,
    )
    .replaceAll(/in \d+ h \d\d min/g, 'in 1 h 12 min')
    .replaceAll(/( *)(?<![.\d])\b\d+ s\b/g, (time, spaces: string) =>
      spaces.length > 2 ? '3 s'.padStart(time.length) : `${spaces}3 s`,
    )
    .replaceAll(/, [\d,.]+\/s/g, ', 480/s')
    .replaceAll(/, (\d+ min )?\d+ s left/g, ', 12 s left');
}

/** Only the first item is dropped: of others it would depend on the moment how many were over before. */
const CRAWL = {
  urls: {
    run: ['cp', `\${{ inputs.list }}`, `\${{ outputs.list }}`],
    inputs: { list: 'urls.jsonl' },
    outputs: { list: 'build/urls.jsonl' },
  },
  fetch: {
    foreach: { in: `\${{ stages.urls.outputs.list }}`, key: 'item.id' },
    run: `case \${{ item.id }} in 1) echo gone; exit 22;; esac; echo \${{ item.id }} > \${{ outputs.page }}`,
    exit_codes: { 22: 'skippable' },
    outputs: { page: `build/pages/\${{ item.id }}.html` },
  },
  titles: {
    run: `xargs cat < \${{ inputs.pages.list_file }} > \${{ outputs.csv }}`,
    inputs: { pages: `\${{ stages.fetch.outputs.page }}` },
    outputs: { csv: 'build/titles.csv' },
  },
};

test('the captures in docs/terminal.md are what is shown', async ({ skip }) => {
  skip(!hasScript, 'there is no `script` of util-linux on this machine');
  const captures: Record<string, string> = {};

  const shop = new CliProject().write({ 'pipeline.yaml': JSON.stringify({ version: 1, stages: SHOP }) });
  for (const name of ['gate', 'never']) shop.fifo(name);
  const small = new PseudoTerminal(shop, SIZE, ['build', 'pipeline.yaml', '-k', '-j', '2']);
  await small.saw('600/5,000');
  openGate(shop);
  captures['small'] = await small.saw(/1,200\/5,000 rows, 24%, [\s\S]*suspended/);
  small.type('\u0003');
  await small.ended;
  captures['interrupted'] = small.contents;

  const year = new CliProject().write({ 'pipeline.yaml': JSON.stringify({ version: 1, stages: YEAR }) });
  await year.run('build', 'pipeline.yaml', '-j', '25');
  year.fifo('gate');
  const large = new PseudoTerminal(year, SIZE, ['build', 'pipeline.yaml', '--force', '-j', '2']);
  captures['large'] = await large.saw(/ left[\s\S]*day-002$/);
  openGate(year);
  await large.ended;
  captures['done'] = large.contents;

  const items = Array.from({ length: 120 }, (_, at) => JSON.stringify({ id: at + 1 }));
  const crawl = new CliProject().write({
    'pipeline.yaml': JSON.stringify({ version: 1, stages: CRAWL }),
    'urls.jsonl': items.join('\n'),
  });
  const fannedOut = new PseudoTerminal(crawl, SIZE, ['build', 'pipeline.yaml', '-j', '1']);
  await fannedOut.ended;
  captures['fan-out'] = fannedOut.contents;
  captures['plan'] = (await crawl.run('plan', 'pipeline.yaml')).stdout.trimEnd();

  const shown = Object.fromEntries(
    Object.entries(captures).map(([name, text]) => [name, `\`\`\`text\n${put(text)}\n\`\`\``]),
  );
  await expect(`# What a terminal shows

Captures of real builds in a terminal of 80 columns and 24 rows. They are made, and compared with what is shown now, by
\`npx vitest run --project e2e test/e2e/captures.test.ts\` (with \`-u\` they are written anew); only times and names of runs are
put in. Without a terminal, in CI, with \`TERM=dumb\`, \`-q\` or \`--events -\` there are the lines and no block.

## A build of a few stages

Lines stay: what ran, what failed with the last lines of its output and its log, what is tried again. Below them stands what is
going on: the step, how long the build runs, what runs and how far it is, when the next attempt is made, who asks for an answer.

${shown['small']}

After Ctrl-C:

${shown['interrupted']}

## A large build

Of more than 100 stages, those that simply end well are counted. How long it will still take is known from the last time.

${shown['large']}

The end:

${shown['done']}

## A fan-out

A stage with \`foreach\` counts as its items as soon as its list is known. If there are more than 100 to do, those that end well have no
line, with a terminal or without, unless \`-v\` asks for them: there is a line for the beginning, for what goes wrong (for the
first ten items that are dropped, fail or are tried again), and for the end. Without a terminal one that takes long is mentioned from time to time,
with how many items are over; on a terminal the block has a line for it and for the first three of its items that run.

${shown['fan-out']}

In \`plan\` and \`status\` more than ten instances are one row, with the first five below it that are not fresh:

${shown['plan']}
`).toMatchFileSnapshot(DOCUMENT);
});
