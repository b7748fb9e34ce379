/** Workspaces that are brought to where a fault is to strike, one for each lane. */
import { availableParallelism } from 'node:os';
import type { Expected } from './assert-sane.ts';
import { CliSite } from './cli-site.ts';
import { FULL } from './effort.ts';
import { expectationOf, type Scenario } from './scenarios.ts';

export interface Lane {
  readonly site: CliSite;
  readonly expected: Expected;
}

/** The workspace of each lane is kept as `start`. */
export async function withLanes(scenario: Scenario, work: (lanes: readonly Lane[]) => Promise<void>): Promise<void> {
  const sites = Array.from({ length: FULL ? availableParallelism() : 1 }, () => new CliSite());
  try {
    const lanes = sites.map(async (site) => {
      await scenario.prepare(site);
      site.keep('start');
      return { site, expected: await expectationOf(site, scenario) };
    });
    await work(await Promise.all(lanes));
  } finally {
    for (const site of sites) site.close();
  }
}
