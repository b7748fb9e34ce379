// The built command line, killed as it enters each system call that changes something.
import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { assertSane } from './support/assert-sane.ts';
import { CliSite } from './support/cli-site.ts';
import { FULL, inLanes, randomNumbers, sampleOf, tried } from './support/effort.ts';
import { expectationOf, SCENARIOS, type Scenario } from './support/scenarios.ts';
import { type Call, noTracing, traced } from './support/strace.ts';

const cannot = noTracing();
/** All in a full run. */
const SAMPLE = FULL ? { scenarios: Infinity, calls: Infinity } : { scenarios: 3, calls: 4 };
const random = randomNumbers('kill points');

/** The calls that the command makes when nothing goes wrong, by each way of counting them. */
async function callsOf(site: CliSite, { args, isQuiet = false }: Scenario): Promise<(Call & { threads: boolean })[]> {
  site.keep('start');
  const plain = await traced(site, args, { threads: false });
  if (!FULL) return plain.calls.map((call) => ({ ...call, threads: false }));
  site.bringBack('start');
  const all = await traced(site, args, { threads: true });
  // Of the other threads only what no stage does either, where stages run: they are traced too, and counted apart.
  const ofThreads = all.calls.filter(({ name }) => name === 'fsync' || (isQuiet && name.includes('write')));
  return [
    ...plain.calls.map((call) => ({ ...call, threads: false })),
    ...ofThreads.map((call) => ({ ...call, threads: true })),
  ];
}

describe('killed at every call that changes something, nothing is lost or believed wrongly', () => {
  test.for(sampleOf(SCENARIOS, SAMPLE.scenarios, random))('$name', async (scenario, context) => {
    if (cannot) return context.skip(cannot);
    const sites = Array.from({ length: FULL ? availableParallelism() : 1 }, () => new CliSite());
    try {
      const lanes = await Promise.all(
        sites.map(async (site) => {
          await scenario.prepare(site);
          site.keep('start');
          return { site, expected: await expectationOf(site, scenario) };
        }),
      );
      const calls = await callsOf((lanes[0] as (typeof lanes)[0]).site, scenario);
      expect(calls.length).toBeGreaterThan(20);
      const points = new Map(calls.map((call) => [`${call.name} ${call.ordinal} ${call.threads}`, call]));
      const chosen = sampleOf([...points.values()], SAMPLE.calls, random);
      await inLanes(chosen, lanes, async (call, { site, expected }) => {
        const { name, ordinal, threads } = call;
        const what = `${scenario.name}, ${name} number ${ordinal} (${call.path})`;
        site.bringBack('start');
        const inject = { name, what: 'signal=KILL', when: String(ordinal) };
        const killed = await traced(site, scenario.args, { threads, inject });
        // A call of the same number may not come where threads take turns; then it is an ordinary build.
        if (killed.code === null) tried(context, 'kill points');
        await assertSane(site, { ...expected, said: killed.stdout + killed.stderr }, what);
      });
    } finally {
      for (const site of sites) site.close();
    }
  });
});
