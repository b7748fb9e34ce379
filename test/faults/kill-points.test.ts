// The built command line, killed as it enters each system call that changes something.
import { describe, test } from 'vitest';
import { assertSane } from './support/assert-sane.ts';
import type { CliSite } from './support/cli-site.ts';
import { FULL, inLanes, randomNumbers, sampleOf, tried } from './support/effort.ts';
import { withLanes } from './support/prepared.ts';
import { expectToReach, SCENARIOS, type Scenario } from './support/scenarios.ts';
import { type Call, noTracing, traced } from './support/strace.ts';

const cannot = noTracing();
/** All in a full run. */
const SAMPLE = FULL ? { scenarios: Infinity, calls: Infinity } : { scenarios: 3, calls: 3 };
const random = randomNumbers('kill points');

interface KillPoint extends Call {
  readonly threads: boolean;
}

/** The calls that the command makes when nothing goes wrong, by each way of counting them. */
async function killPointsOf(site: CliSite, scenario: Scenario): Promise<KillPoint[]> {
  const { args, isQuiet = false } = scenario;
  const { calls } = await traced(site, args, { threads: false });
  expectToReach(scenario, calls);
  const ofMain = calls.map((call) => ({ ...call, threads: false }));
  if (!FULL) return ofMain;
  site.bringBack('start');
  const all = await traced(site, args, { threads: true });
  // Of the other threads only what no stage does either, where stages run: they are traced too, and counted apart.
  const ofThreads = all.calls.filter(({ name }) => name === 'fsync' || (isQuiet && name.includes('write')));
  const points = [...ofMain, ...ofThreads.map((call) => ({ ...call, threads: true }))];
  return [...new Map(points.map((point) => [`${point.name} ${point.ordinal} ${point.threads}`, point])).values()];
}

describe('killed at every call that changes something, nothing is lost or believed wrongly', () => {
  test.for(sampleOf(SCENARIOS, SAMPLE.scenarios, random))('$name', async (scenario, context) => {
    if (cannot) return context.skip(cannot);
    await withLanes(scenario, async (lanes) => {
      const points = await killPointsOf((lanes[0] as (typeof lanes)[0]).site, scenario);
      await inLanes(sampleOf(points, SAMPLE.calls, random), lanes, async (point, { site, expected }) => {
        const { name, ordinal, threads, path } = point;
        site.bringBack('start');
        const inject = { name, what: 'signal=KILL', when: String(ordinal) };
        const { code, stdout, stderr } = await traced(site, scenario.args, { threads, inject });
        // A call of the same number may not come where threads take turns; then it is an ordinary build.
        if (code === null) tried(context, 'kill points');
        const what = `${scenario.name}, killed at ${name} number ${ordinal} (${path})`;
        await assertSane(site, { ...expected, said: stdout + stderr }, what);
      });
    });
  });
});
