// Every file of the state folder, cut at any length and with any byte changed: a build is never wrong, never breaks,
// says so at most once, and the next one says nothing.
import { describe, expect, test } from 'vitest';
import { listRuns } from '../../src/store/run-records.ts';
import { MortalFileSystem } from '../support/mortal-file-system.ts';
import { assertSane, type Expected } from './support/assert-sane.ts';
import { FULL, inLanes, randomNumbers, sampleOf, tried } from './support/effort.ts';
import { EngineSite, madeOf, OUTPUTS, printTheSecret, STAGES } from './support/engine-site.ts';

/** How many, where not all are tried. */
const SAMPLE = FULL ? 2000 : 120;

interface Damage {
  readonly path: string;
  readonly kind: 'cut' | 'flip';
  readonly at: number;
}

async function built(): Promise<EngineSite<MortalFileSystem>> {
  const site = new EngineSite(new MortalFileSystem());
  site.project.pipeline(STAGES);
  site.project.write({ 'in.csv': '1' });
  await site.build();
  return site;
}

/** Nothing to do. */
const fresh = built;

/** One stage is to run, one to be restored, one output was edited. */
async function stale(): Promise<EngineSite<MortalFileSystem>> {
  const site = await built();
  site.project.write({ 'in.csv': '2' });
  await site.build();
  site.project.write({ 'in.csv': '1' });
  site.fs.remove('/w/last.csv');
  return site;
}

/** Killed while outputs were put in place, so that the journal is open. */
async function interrupted(): Promise<EngineSite<MortalFileSystem>> {
  const site = await built();
  site.project.write({ 'in.csv': '2' });
  const before = site.fs.snapshot();
  for (let killAt = 1; ; killAt++) {
    before();
    site.fs.revive();
    site.fs.killAt = killAt;
    await site.project.build({ jobs: 1, behave: printTheSecret }).catch(() => undefined);
    site.fs.revive();
    // The first stage half published.
    if (site.project.read('out/a.csv') === 'both(2)' && site.project.read('.wrangle/journal') !== '') return site;
  }
}

/** Every way to damage every file of the state folder, in an order that is always the same. */
function damages(site: EngineSite): Damage[] {
  const all: Damage[] = [];
  for (const [path, text] of Object.entries(site.fs.tree('/w/.wrangle'))) {
    for (let at = 0; at < Buffer.byteLength(text); at++)
      all.push({ path, kind: 'cut', at }, { path, kind: 'flip', at });
  }
  return all;
}

function strike(site: EngineSite, { path, kind, at }: Damage, random: () => number): void {
  const file = `/w/.wrangle/${path}`;
  const bytes = site.fs.readFile(file) ?? new Uint8Array();
  if (kind === 'flip') bytes[at] = (bytes[at] as number) ^ (1 + Math.floor(random() * 255));
  site.fs.write({ [file]: kind === 'cut' ? bytes.slice(0, at) : bytes });
}

describe('any byte of the state folder', () => {
  test.for([
    { name: 'with nothing to do', prepare: fresh, data: '1' },
    { name: 'with work to do', prepare: stale, data: '1', all: FULL },
    { name: 'with a publication to finish', prepare: interrupted, data: '2' },
  ])('$name', async ({ name, prepare, data, all: inFull = false }, context) => {
    const random = randomNumbers(`damage ${name}`);
    const site = await prepare();
    const start = site.fs.snapshot();
    const expected: Expected = {
      outputs: OUTPUTS,
      wholes: [madeOf('1'), madeOf('2'), site.tree()],
      clean: madeOf(data),
      outsideHash: site.outsideHash(),
      storeIsDamaged: true,
      warningsMax: 1,
    };
    const all = damages(site);
    expect(all.length).toBeGreaterThan(5000);
    // What is believed when it can be read: all of it in a full run.
    const isBelieved = ({ path }: Damage) => inFull && (/^(index|journal)$/.test(path) || path.startsWith('store/ac/'));
    const others = all.filter((damage) => !isBelieved(damage));
    await inLanes([...all.filter(isBelieved), ...sampleOf(others, SAMPLE, random)], [site], async (damage) => {
      start();
      strike(site, damage, random);
      const what = `${name}, ${damage.kind} at ${damage.at} of ${damage.path}`;
      expect(() => listRuns(site.fs, '/w/.wrangle'), what).not.toThrow();
      await assertSane(site, { ...expected, outputsAreDamaged: damage.path === 'journal' }, what);
      tried(context, damage.kind === 'cut' ? 'truncations' : 'byte flips');
    });
  });
});
