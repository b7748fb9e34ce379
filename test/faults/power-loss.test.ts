// The power goes at any moment of a build: what was not synced is lost, cut or zeros, in any order the disk may have
// chosen. Nothing of that passes for fresh, nothing of the user's is gone, and the next build makes everything right.
import { describe, expect, test } from 'vitest';
import type { Behaviour } from '../support/engine-project.ts';
import { outputsOf } from '../support/engine-project.ts';
import { assertSane, type Expected } from './support/assert-sane.ts';
import { FULL, inLanes, randomNumbers, tried } from './support/effort.ts';
import { EngineSite, madeOf, OUTPUTS, printTheSecret, STAGES } from './support/engine-site.ts';
import { type NameOrder, RecordingFileSystem } from './support/power-loss.ts';

/** Crash states of each scenario and each order. */
const STATES = FULL ? 500 : 20;

const EDITS = { 'out/a.csv': 'my edit', 'out/dir/data': 'my other edit', 'place/p.csv': 'a third edit' };

/** The command in place writes half of its outputs and fails. */
const placeFails: Behaviour = (process) => {
  if (process.stage !== 'place') return printTheSecret(process);
  process.writes({ [outputsOf(process).find((path) => !process.isFolder(path)) ?? '']: 'half' }).exit(1);
  return 'done';
};

interface Scenario {
  readonly name: string;
  /** After a build with 1. */
  readonly change: (site: EngineSite<RecordingFileSystem>) => void;
  readonly behave?: Behaviour;
  readonly data: string;
  readonly kept?: readonly string[];
}

const SCENARIOS: Scenario[] = [
  { name: 'a first build', change: (site) => site.remove('.wrangle'), data: '1' },
  { name: 'a build after an edit', change: (site) => site.project.write({ 'in.csv': '2' }), data: '2' },
  {
    name: 'a restore',
    change: (site) => {
      for (const path of ['out', 'place', 'last.csv']) site.remove(path);
    },
    data: '1',
  },
  {
    name: 'edited outputs',
    change: (site) => site.project.write({ 'in.csv': '2', ...EDITS }),
    data: '2',
    kept: Object.values(EDITS),
  },
  {
    name: 'a stage that fails',
    change: (site) => site.project.write({ 'in.csv': '2' }),
    behave: placeFails,
    data: '2',
  },
];

const ORDERS: NameOrder[] = ['ordered', 'reordered'];

describe.for(ORDERS)('the power goes; names are %s', (order) => {
  test.for(SCENARIOS)('$name', async ({ name, change, behave = printTheSecret, data, kept = [] }, context) => {
    const random = randomNumbers(`power loss ${order} ${name}`);
    const site = new EngineSite(new RecordingFileSystem());
    site.project.pipeline(STAGES);
    site.project.write({ 'in.csv': '1' });
    await site.build();
    change(site);
    const start = site.fs.snapshot();
    site.fs.isOff = false;
    await site.build({ jobs: 2 }, behave);
    site.fs.isOff = true;
    const { changes } = site.fs;
    expect(changes.length).toBeGreaterThan(30);

    start();
    const expected: Expected = {
      outputs: OUTPUTS,
      wholes: [],
      clean: madeOf(data),
      kept,
      outsideHash: site.outsideHash(),
      storeIsDamaged: true,
      outputsAreDamaged: true,
      namesAreLost: order === 'reordered',
    };
    const counts = Array.from({ length: STATES }, () => 1 + Math.floor(random() * changes.length));
    await inLanes(counts, [site], async (count) => {
      start();
      site.fs.replay(changes, count, order, random);
      // Whoever starts after the power was gone does so on another start of the machine.
      site.project.bootId += '+';
      await assertSane(site, expected, `${name}, ${order}, after ${count} of ${changes.length} changes`);
      tried(context, 'crash states');
    });
  });
});
