// The built command line, told by the system that a call failed: a full disk, a broken one, too many open files. It ends
// with a sentence and one of three exit codes, and nothing is lost or believed wrongly.
import { describe, expect, test } from 'vitest';
import type { CliResult } from '../support/cli-project.ts';
import { CliProject } from '../support/cli-project.ts';
import { assertSane } from './support/assert-sane.ts';
import type { CliSite } from './support/cli-site.ts';
import { FULL, inLanes, randomNumbers, sampleOf, tried } from './support/effort.ts';
import { withLanes } from './support/prepared.ts';
import { expectToReach, SCENARIOS, type Scenario } from './support/scenarios.ts';
import { type Injection, noTracing, traced } from './support/strace.ts';

const cannot = noTracing();
/** All in a full run. */
const SAMPLE = FULL ? { scenarios: Infinity, calls: Infinity } : { scenarios: 1, calls: 4 };
const random = randomNumbers('failing calls');

/** What a call may fail with, by the beginning of its name. */
const ERRORS: readonly { readonly call: RegExp; readonly errors: readonly string[] }[] = [
  { call: /^open/, errors: ['EMFILE', 'ENOSPC'] },
  // Not `write`: numbers shift between runs, and one that hits Node's own pipes leaves it waiting for ever. What a disk
  // does that takes no more is tried on real ones, in `full-disk.test.ts`.
  { call: /^pwrite/, errors: ['ENOSPC', 'EIO'] },
  { call: /^fsync/, errors: ['EIO'] },
  { call: /^rename/, errors: ['ENOSPC'] },
  { call: /^mkdir/, errors: ['ENOSPC'] },
  { call: /^(unlink|rmdir|ftruncate)/, errors: ['EIO'] },
];

interface Fault extends Injection {
  readonly path: string;
  readonly threads: boolean;
}

/** Each call failing once, and each failing from then on. */
async function faultsOf(site: CliSite, scenario: Scenario): Promise<Fault[]> {
  const { args } = scenario;
  const { calls } = await traced(site, args, { threads: false });
  expectToReach(scenario, calls);
  site.bringBack('start');
  const syncs = (await traced(site, args, { threads: true })).calls.filter(({ name }) => name === 'fsync');
  const points = [
    ...calls.map((call) => ({ ...call, threads: false })),
    ...syncs.map((call) => ({ ...call, threads: true })),
  ];
  return points.flatMap(({ name, ordinal, path, threads }) => {
    const errors = ERRORS.find(({ call }) => call.test(name))?.errors ?? [];
    const whens = [`${ordinal}`, `${ordinal}+`];
    return errors.flatMap((error) => whens.map((when) => ({ name, what: `error=${error}`, when, path, threads })));
  });
}

/** A sentence and an exit code, whatever happened. */
function expectCivilEnd({ code, stdout, stderr }: CliResult, what: string): void {
  expect([0, 1, 4], `${what}: exit code\n${stderr}`).toContain(code);
  expect(stdout + stderr, `${what}: a stack trace`).not.toMatch(/^ +at .+:\d+/m);
  if (code !== 0) expect(stderr, `${what}: a sentence`).toMatch(/[A-Z][^\n]{10,}\./);
}

/** Among them they publish, restore, recover, work in place, undo and clean. */
const STRUCK = SCENARIOS.filter(({ name }) =>
  [
    'build after an edit',
    'restore over other outputs',
    'recovery of a publication',
    'undoing a run over outputs that were edited',
    'cleaning the store',
  ].includes(name),
);

describe('calls that fail', () => {
  test.for(sampleOf(STRUCK, SAMPLE.scenarios, random))('$name', async (scenario, context) => {
    if (cannot) return context.skip(cannot);
    await withLanes(scenario, async (lanes) => {
      const faults = await faultsOf((lanes[0] as (typeof lanes)[0]).site, scenario);
      expect(faults.length).toBeGreaterThan(50);
      await inLanes(sampleOf(faults, SAMPLE.calls, random), lanes, async (fault, { site, expected }) => {
        const what = `${scenario.name}, ${fault.what} of ${fault.name} number ${fault.when} (${fault.path})`;
        site.bringBack('start');
        const result = await traced(site, scenario.args, { threads: fault.threads, inject: fault });
        expectCivilEnd(result, what);
        // What cannot be removed stays.
        const namesAreLost = fault.name.startsWith('unlink') && fault.path.includes('/store/tmp/');
        await assertSane(site, { ...expected, namesAreLost, said: result.stdout + result.stderr }, what);
        tried(context, 'failed calls');
      });
    });
  });
});

test('with 64 open files allowed, wide inputs and many stages at once are no problem', async (context) => {
  const sources = Array.from({ length: 300 }, (_, at) => `in/${at}.txt`);
  const stages = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [
      `s${at}`,
      {
        run: `cat in/*.txt | wc -l > \${{ outputs.out }}`,
        inputs: { all: 'in/**/*' },
        outputs: { out: `out/${at}.txt` },
      },
    ]),
  );
  const project = new CliProject().write({
    'pipeline.yaml': JSON.stringify({ version: 1, stages }),
    ...Object.fromEntries(sources.map((path) => [path, 'line\n'])),
  });
  const limited = ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'];
  const built = await project.runUnder(limited, 'build', 'pipeline.yaml', '-j', '50');
  expect(built.code, built.stderr).toBe(0);
  expect(project.read('out/19.txt').trim()).toBe('300');
  tried(context, 'builds with few files');
});
