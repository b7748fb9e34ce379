/**
 * What is under way when a fault strikes: each scenario brings a workspace to a point, and says what runs then. Among
 * them they take every way by which wrangle changes something.
 */
import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Expected, Files } from './assert-sane.ts';
import type { CliSite } from './cli-site.ts';
import { type Call, traced } from './strace.ts';

export interface Scenario {
  readonly name: string;
  /** What a fresh clone holds when the next build is to converge. */
  readonly sources: Files;
  /** What it would make of the sources as they are when the fault strikes, where a stage of them fails. */
  readonly cleanBefore?: Files;
  /** Brings an empty workspace to where the fault strikes. */
  readonly prepare: (site: CliSite) => Promise<void>;
  /** The command that is struck. */
  readonly args: readonly string[];
  /** Path, or its beginning, that the command changes on its way: a scenario in which it does not has lost its point. */
  readonly reaches: string;
  /** No command of a stage runs, so that all threads can be traced. */
  readonly isQuiet?: boolean;
  /** Contents of the user's own that lie at outputs. */
  readonly edits?: Files;
}

/** Files and a folder by staging, the same in place, a secret that is printed, and a stage that reads both. */
const PIPELINE = JSON.stringify({
  version: 1,
  stages: {
    both: {
      run: [
        'echo "the token is $TOKEN"; echo "$TOKEN" >&2',
        `cat \${{ inputs.data }} > \${{ outputs.file }}`,
        `mkdir \${{ outputs.dir }}/sub; cat \${{ inputs.data }} | tee \${{ outputs.dir }}/one > \${{ outputs.dir }}/sub/two`,
      ].join('\n'),
      inputs: { data: 'in.txt' },
      outputs: { file: 'out/a.txt', dir: 'out/dir/' },
      secrets: ['TOKEN'],
    },
    place: {
      run: 'sed s/^/place:/ out/a.txt > place/p.txt; cp place/p.txt place/dir/data; if grep -q bad out/a.txt; then exit 1; fi',
      inputs: { data: 'out/a.txt' },
      outputs: { file: 'place/p.txt', dir: 'place/dir/' },
    },
    last: {
      run: `cat \${{ inputs.one }} \${{ inputs.dir }}/sub/two > \${{ outputs.out }}`,
      inputs: { one: 'place/p.txt', dir: 'out/dir/' },
      outputs: { out: 'last.txt' },
    },
  },
});

const OUTPUTS = {
  both: ['out/a.txt', 'out/dir/'],
  place: ['place/p.txt', 'place/dir/'],
  last: ['last.txt'],
};

const BUILD = ['build', 'pipeline.yaml', '-j', '1'];
const sourcesWith = (data: string): Files => ({ 'pipeline.yaml': PIPELINE, 'in.txt': `${data}\n` });

async function built(site: CliSite, data: string): Promise<void> {
  site.project.write(sourcesWith(data));
  const result = await site.project.run(...BUILD);
  expect(result.code, result.stderr).toBe(0);
}

/** A build that is killed while it puts outputs in place, or while a command writes in place. */
async function killedAt(site: CliSite, isIt: (path: string, name: string) => boolean): Promise<void> {
  site.keep('before-kill');
  const { calls } = await traced(site, BUILD, { threads: false });
  const call = calls.find(({ name, path }) => isIt(path, name));
  expect(call, 'the call to be killed at').toBeDefined();
  site.bringBack('before-kill');
  const { name = '', ordinal } = call ?? {};
  await traced(site, BUILD, { threads: false, inject: { name, what: 'signal=KILL', when: String(ordinal) } });
}

/** As if nothing in the folder had been used for days. */
function letAge(folder: string): void {
  const before = new Date(Date.now() - 7 * 24 * 3600 * 1000);
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    utimesSync(join(folder, path), before, before);
  }
}

const LARGE = 400_000;
const EDITS = { 'out/a.txt': 'my edit\n', 'out/dir/sub/two': 'my other edit\n', 'place/p.txt': 'a third edit\n' };

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'first build',
    reaches: 'last.txt',
    sources: sourcesWith('1'),
    prepare: async (site) => void site.project.write(sourcesWith('1')),
    args: BUILD,
  },
  {
    name: 'build after an edit',
    reaches: 'last.txt',
    sources: sourcesWith('2'),
    prepare: async (site) => {
      await built(site, '1');
      site.project.write(sourcesWith('2'));
    },
    args: BUILD,
  },
  {
    name: 'restore what was removed',
    reaches: 'last.txt',
    sources: sourcesWith('1'),
    prepare: async (site) => {
      await built(site, '1');
      for (const path of ['out', 'place', 'last.txt']) site.project.remove(path);
    },
    args: BUILD,
    isQuiet: true,
  },
  {
    name: 'restore over other outputs',
    reaches: 'last.txt',
    sources: sourcesWith('1'),
    prepare: async (site) => {
      await built(site, '1');
      await built(site, '2');
      site.project.write(sourcesWith('1'));
    },
    args: BUILD,
    isQuiet: true,
  },
  {
    name: 'outputs that were edited',
    reaches: '.wrangle/displaced/',
    sources: sourcesWith('2'),
    prepare: async (site) => {
      await built(site, '1');
      site.project.write({ ...sourcesWith('2'), ...EDITS });
    },
    args: BUILD,
    edits: EDITS,
  },
  {
    name: 'a stage that fails',
    reaches: '.wrangle/failed/',
    sources: sourcesWith('2'),
    prepare: async (site) => {
      await built(site, '1');
      site.project.write(sourcesWith('bad'));
    },
    args: BUILD,
    cleanBefore: made('bad'),
  },
  {
    name: 'an atomic build that fails',
    reaches: '.wrangle/failed/',
    sources: sourcesWith('2'),
    prepare: async (site) => {
      await built(site, '1');
      site.project.write(sourcesWith('bad'));
    },
    args: [...BUILD, '--atomic'],
    cleanBefore: made('bad'),
  },
  {
    name: 'cleaning the store',
    reaches: '.wrangle/store/trash/ac-',
    sources: sourcesWith('2'),
    prepare: async (site) => {
      await built(site, '1');
      await built(site, '2');
      letAge(join(site.dir, '.wrangle/store'));
    },
    args: ['gc', '--max-size', '1KiB'],
    isQuiet: true,
  },
  {
    name: 'undoing a run over outputs that were edited',
    reaches: '.wrangle/displaced/',
    sources: sourcesWith('2'),
    prepare: async (site) => {
      await built(site, '1');
      await built(site, '2');
      site.project.write(EDITS);
    },
    args: ['rollback'],
    isQuiet: true,
    edits: EDITS,
  },
  {
    name: 'recovery of a publication',
    reaches: 'out/a.txt',
    sources: sourcesWith('2'),
    prepare: async (site) => {
      await built(site, '1');
      site.project.write(sourcesWith('2'));
      await killedAt(site, (path, name) => name.startsWith('rename') && path === 'out/a.txt');
    },
    args: BUILD,
  },
  {
    name: 'recovery of a command in place',
    reaches: 'place/p.txt',
    sources: sourcesWith('2'),
    prepare: async (site) => {
      await built(site, '1');
      site.project.write(sourcesWith('2'));
      // The old bytes have stepped aside, and the command is about to be started.
      await killedAt(site, (path, name) => name.startsWith('mkdir') && path === 'place/dir');
    },
    args: BUILD,
  },
  {
    name: 'restore of a large file',
    reaches: 'out/a.txt',
    sources: sourcesWith('1'.repeat(LARGE)),
    prepare: async (site) => {
      await built(site, '1'.repeat(LARGE));
      for (const path of ['out', 'place', 'last.txt']) site.project.remove(path);
    },
    args: BUILD,
    isQuiet: true,
  },
];

/** `calls` are those of the command when nothing goes wrong. */
export function expectToReach({ reaches }: Scenario, calls: readonly Call[]): void {
  expect(
    calls.map(({ path }) => path).filter((path) => path.startsWith(reaches)),
    `calls that change ${reaches}`,
  ).not.toEqual([]);
}

/** What must hold after a fault, for a workspace that is prepared. */
export async function expectationOf(site: CliSite, scenario: Scenario): Promise<Expected> {
  const { sources, cleanBefore, edits = {} } = scenario;
  const clean = await site.cleanBuild(sources);
  return {
    outputs: OUTPUTS,
    inPlace: ['place'],
    // As they are now (edited, or made by a run that was killed), as they were before, and as they are to be.
    wholes: [site.tree(), made('1'), made('bad'), clean],
    clean,
    ...(cleanBefore ? { cleanBefore } : {}),
    kept: Object.values(edits),
    outsideHash: site.outsideHash(),
    mend: () => site.project.write(sources),
  };
}

/** What the pipeline makes of one line. */
function made(data: string): Files {
  const [a, p] = [`${data}\n`, `place:${data}\n`];
  return {
    'out/a.txt': a,
    'out/dir/one': a,
    'out/dir/sub/two': a,
    ...(data === 'bad' ? {} : { 'place/p.txt': p, 'place/dir/data': p, 'last.txt': p + a }),
  };
}
