// The store is cleaned of what nobody needs, least recently used first, and never of what somebody does.
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { gcText } from '../../src/report/gc-text.ts';
import { PLAIN } from '../../src/report/style.ts';
import { sha256 } from '../../src/util/hash.ts';
import { EngineProject, succeed } from '../support/engine-project.ts';
import { MemoryFileSystem } from '../support/memory-file-system.ts';

const HOUR_MS = 3_600_000;
const STORE = '/w/.wrangle/store';
const STAGES = {
  a: { inputs: { d: 'in' }, outputs: { o: 'a' } },
  b: { inputs: { d: 'a' }, outputs: { o: 'dir/' } },
};

/** Built with each of the inputs in turn, two hours apart; the last one is what the outputs are made of now. */
async function builtWith(inputs: readonly string[], project = new EngineProject()): Promise<EngineProject> {
  project.pipeline(STAGES);
  for (const input of inputs) {
    project.write({ in: input });
    await project.build();
    await project.clock.advance(2 * HOUR_MS);
  }
  return project;
}

/** Builds with an input of before, and says how its stages ended. */
async function outcomesWith(project: EngineProject, input: string): Promise<Readonly<Record<string, string>>> {
  project.write({ in: input });
  const { outcomes, warnings } = await project.build();
  expect(warnings).toEqual([]);
  return outcomes;
}

const RESTORED = { a: 'restored', b: 'restored' };
const RAN = { a: 'ran', b: 'ran' };
const files = (project: EngineProject, folder: string) =>
  Object.entries(project.fs.tree(STORE)).flatMap(([path, text]) =>
    path.startsWith(folder) && !path.endsWith('/') ? [text] : [],
  );
const stagesOf = (records: readonly { readonly results: readonly { readonly stage: string }[] }[]) =>
  records.map(({ results }) => results[0]?.stage);

/** Changes, in the log of the disk. */
const writes = (project: EngineProject) =>
  project.fs.operations.filter(({ op }) => !/^(l?stat|read|real|hash)/.test(op)).map(({ op, path }) => `${op} ${path}`);

describe('what goes', () => {
  test('without a limit that matters: nothing that a stage made', async () => {
    const project = await builtWith(['1', '2']);
    const { swept } = await project.gc();
    expect(swept).toEqual({ records: [], blobs: 0, bytes: 0 });
    expect(await outcomesWith(project, '1')).toEqual(RESTORED);
  });

  test('what was not used for so long, but not what the workspace needs', async () => {
    const project = await builtWith(['1', '2', '3']);
    const { swept } = await project.gc({ olderThanMs: 3 * HOUR_MS });
    expect(stagesOf(swept.records)).toEqual(['a', 'b', 'a', 'b']);
    expect(files(project, 'cas/').filter((text) => !text.startsWith('['))).toEqual(
      expect.arrayContaining(['a(3)', 'b(a(3))']),
    );
    expect(files(project, 'cas/')).toHaveLength(3);
    expect(await outcomesWith(project, '1')).toEqual(RAN);
    expect(await outcomesWith(project, '3')).toEqual(RESTORED);
  });

  test('with no room at all: all but what is needed', async () => {
    const project = await builtWith(['1', '2', '3']);
    const report = await project.gc({ maxBytes: 0 });
    expect(report.swept.records).toHaveLength(4);
    expect(report.garbage.kept).toMatchObject({
      needed: { results: 2 },
      young: { results: 0 },
      fitting: { results: 0 },
    });
    expect(await outcomesWith(project, '3')).toEqual({ a: 'fresh', b: 'fresh' });
  });

  test('least recently used first: a restore makes young, a build with nothing to do does not', async () => {
    const project = await builtWith(['1', '2', '3']);
    expect(await outcomesWith(project, '1')).toEqual(RESTORED);
    await project.clock.advance(2 * HOUR_MS);
    expect(await outcomesWith(project, '3')).toEqual(RESTORED);
    await project.clock.advance(2 * HOUR_MS);
    project.fs.operations.length = 0;
    await project.build();
    expect(writes(project).filter((one) => one.includes('/store/'))).toEqual([]);

    const before = (await project.gc({ dryRun: true })).bytesBefore;
    // Room for all but one result: what was made of 2 is older than what was used again, though it was made later.
    const { swept } = await project.gc({ maxBytes: before - 1 });
    expect(stagesOf(swept.records)).toEqual(['a']);
    expect(await outcomesWith(project, '2')).toEqual({ a: 'ran', b: 'restored' });
  });

  test('contents that several results share go with the last of them', async () => {
    const project = new EngineProject();
    project.write({ in: '1' });
    const variants = ['x', 'y'].map((word) => ({ a: { ...STAGES.a, env: { WORD: word } } }));
    for (const stages of variants) {
      project.pipeline(stages);
      await project.build();
      await project.clock.advance(2 * HOUR_MS);
    }
    project.pipeline({ other: { inputs: { d: 'in' }, outputs: { o: 'other' } } });
    await project.build();
    const blobs = () => files(project, 'cas/');
    expect(blobs().sort()).toEqual(['a(1)', 'other(1)']);
    const { swept } = await project.gc({ olderThanMs: 3 * HOUR_MS });
    expect([stagesOf(swept.records), swept.blobs]).toEqual([['a'], 0]);
    expect(blobs().sort()).toEqual(['a(1)', 'other(1)']);
  });

  test('from a store that others share, nothing that was used in the last hour', async () => {
    const project = new EngineProject();
    project.write({ '.wranglerrc.yaml': 'cache: { dir: /shared }\n' });
    project.pipeline(STAGES);
    for (const input of ['1', '2', '3']) {
      project.write({ in: input });
      await project.build();
    }
    const report = await project.gc({ maxBytes: 0, olderThanMs: 0 });
    expect(report.swept.records).toEqual([]);
    expect(report.garbage.kept).toMatchObject({ needed: { results: 2 }, young: { results: 4 } });
  });

  test('from a store that nobody is using, what was used just now too', async () => {
    const project = new EngineProject();
    project.pipeline(STAGES);
    for (const input of ['1', '2', '3']) {
      project.write({ in: input });
      await project.build();
    }
    await project.clock.advance(1000);
    const { swept } = await project.gc({ maxBytes: 0 });
    expect(swept.records).toHaveLength(4);
    expect(await outcomesWith(project, '3')).toEqual({ a: 'fresh', b: 'fresh' });
  });

  test('what nobody names, what copies left behind, what was put aside', async () => {
    const project = await builtWith(['1']);
    const sha = 'ab'.repeat(32);
    const junk = {
      [`.wrangle/store/cas/ab/${sha}`]: 'nobody names this',
      '.wrangle/store/tmp/99-dead-1': 'half',
      [`.wrangle/store/quarantine/${sha}`]: 'damaged',
    };
    project.write(junk);
    await project.clock.advance(1000);
    const { swept, garbage } = await project.gc();
    expect({ ...swept, temporary: garbage.temporary.length, quarantined: garbage.quarantined.length }).toEqual({
      records: [],
      blobs: 1,
      bytes: 17 + 4 + 7,
      temporary: 1,
      quarantined: 1,
    });
    for (const path of Object.keys(junk)) expect(project.read(path)).toBeUndefined();
  });

  test('what failed and what was displaced: only where it is asked for', async () => {
    const project = await builtWith(['1']);
    const mine = { '.wrangle/failed/a/1/out': 'half', '.wrangle/displaced/a': 'edit' };
    project.write(mine);
    await project.gc({ maxBytes: 0, olderThanMs: 0 });
    expect(project.fs.tree('/w/.wrangle/displaced')).toEqual({ a: 'edit' });
    await project.gc({ failed: true });
    expect([project.read('.wrangle/failed/a/1/out'), project.read('.wrangle/displaced/a')]).toEqual([
      undefined,
      'edit',
    ]);
    await project.gc({ displaced: true });
    expect(project.read('.wrangle/displaced/a')).toBeUndefined();
  });
});

test('a dry run says the same and changes nothing', async () => {
  const project = await builtWith(['1', '2']);
  project.write({ '.wrangle/displaced/a': 'edit', [`.wrangle/store/cas/ab/${'ab'.repeat(32)}`]: 'x' });
  await project.clock.advance(2 * HOUR_MS);
  project.fs.operations.length = 0;
  const request = { maxBytes: 0, displaced: true };
  const would = await project.gc({ ...request, dryRun: true });
  expect(writes(project)).toEqual([]);
  const did = await project.gc(request);
  expect(did.swept.bytes).toBe(would.swept.bytes);
  expect(stagesOf(did.swept.records)).toEqual(stagesOf(would.swept.records));
  expect(did.setAside).toEqual(would.setAside);
});

test('in the language of stages', async () => {
  const project = await builtWith(['1', '2']);
  project.write({ '.wrangle/displaced/a': 'edit' });
  const bytes = async () => (await project.gc({ dryRun: true })).bytesBefore;
  const [all, report] = [await bytes(), await project.gc({ maxBytes: 0 })];
  expect(
    gcText({ ...report, bytesBefore: 4_200_000_000, bytesMax: 5_000_000_000 }, { dryRun: false, style: PLAIN }),
  ).toBe(
    `The store held 4.2 GB, its limit is 5.0 GB.

Removed 2 results of 2 stages, which took 0 ms to make:
  results  size  to make  last used (UTC)   stage
  1        7 B   0 ms     2025-06-15 15:06  b
  1        4 B   0 ms     2025-06-15 15:06  a
That freed 1.7 kB: 3 files that nothing needs any more.
Kept: 2 results that pipelines need now (1.7 kB).
Not touched: .wrangle/displaced (1 file, 4 B); --displaced removes it.
`,
  );
  expect(await bytes()).toBe(all - report.swept.bytes);
});

describe('several workspaces with one store', () => {
  const SETTINGS = { '.wranglerrc.yaml': 'cache: { dir: /shared }\n' };

  async function two(): Promise<{ first: EngineProject; second: EngineProject }> {
    const fs = new MemoryFileSystem();
    const [first, second] = [new EngineProject(fs), new EngineProject(fs, '/v')];
    for (const project of [first, second]) project.write(SETTINGS);
    await builtWith(['1', '2'], first);
    await builtWith(['3', '4'], second);
    return { first, second };
  }

  test('what each needs stays, whoever cleans', async () => {
    const { first, second } = await two();
    const { swept } = await first.gc({ maxBytes: 0 });
    expect(swept.records).toHaveLength(4);
    for (const [project, input] of [
      [first, '2'],
      [second, '4'],
    ] as const) {
      project.fs.remove(`${project.dir}/a`);
      expect(await outcomesWith(project, input)).toEqual({ a: 'restored', b: 'fresh' });
    }
  });

  test('of one that is gone, nothing is needed', async () => {
    const { first, second } = await two();
    first.fs.remove(second.dir);
    expect((await first.gc({ maxBytes: 0 })).swept.records).toHaveLength(6);
  });

  test('one cleaning at a time', async () => {
    const { first, second } = await two();
    const held = await first.lock.acquire({
      path: '/shared/lock',
      wait: false,
      command: 'wrangle gc',
      onWait: () => {},
      signal: undefined,
    });
    await first.gc().then(
      () => expect.fail('cleaned'),
      (error: Error) => expect(error.message).toContain('locked'),
    );
    held?.release();
    await second.gc();
  });
});

describe('beside a running build', () => {
  test('what it made hours ago is not in the index yet, and stays', async () => {
    const project = await builtWith(['1']);
    project.write({ in: '2' });
    const running = project.start({ jobs: 1 });
    await running.idle();
    project.runner.process('a').writes({ '.wrangle/staging/a/0/a': 'a(2)' }).exit(0);
    await running.idle();
    expect(project.runner.running()).toEqual(['b']);
    await project.clock.advance(5 * HOUR_MS);
    const { beside, swept } = await project.gc({ maxBytes: 0, olderThanMs: 0 });
    expect(beside?.command).toBe('wrangle build');
    expect(swept.records).toEqual([]);
    running.stop();
    await running.done;
    project.fs.remove('/w/a');
    expect((await project.build({ targets: ['a'] })).outcomes).toEqual({ a: 'restored' });
  });
});

describe('the limit of the settings', () => {
  async function limited(limit: string | number, inputs: readonly string[]): Promise<EngineProject> {
    const project = new EngineProject();
    project.write({ '.wranglerrc.yaml': `cache: { max_size: ${limit} }\n` });
    return builtWith(inputs, project);
  }

  test('a build that goes over it makes room, and says so in one line', async () => {
    const project = await limited(4000, ['1', '2']);
    project.write({ in: '3' });
    const run = await project.build();
    const lines = run.events.flatMap(({ event, details }) =>
      event === 'log' ? [[details.data, details.message] as const] : [],
    );
    expect(lines).toEqual([
      [
        { level: 'info', code: 'store-trimmed', stream: 'wrangle' },
        'The store had outgrown its limit of 4.0 kB: the 2 results used longest ago went (1.7 kB, none used since 2025-06-15 15:06 UTC).',
      ],
    ]);
    expect(await outcomesWith(project, '2')).toEqual(RESTORED);
    expect(await outcomesWith(project, '1')).toEqual(RAN);
  });

  test('below it the store is not walked, and a build that keeps nothing does not even look', async () => {
    const project = await limited('1MB', ['1', '2']);
    project.fs.operations.length = 0;
    await outcomesWith(project, '3');
    expect(project.fs.count('readFolder', '/store/cas')).toBe(0);
    project.fs.operations.length = 0;
    await project.build();
    expect(project.fs.operations.filter(({ path }) => path.includes('/store/usage'))).toEqual([]);
  });

  test('less than what is needed: that is kept, with a warning', async () => {
    const project = new EngineProject();
    project.write({ '.wranglerrc.yaml': 'cache: { max_size: 100 }\n', in: '1' });
    project.pipeline(STAGES);
    expect((await project.build()).warnings).toEqual([
      'The store is larger than its limit of 100 B: what pipelines need now takes 1.7 kB and is kept. ' +
        'Set a larger "max_size" under "cache" in .wranglerrc.yaml.',
    ]);
    project.fs.remove('/w/a');
    expect((await project.build()).outcomes).toEqual({ a: 'restored', b: 'fresh' });
  });

  test('what another command counted wrongly, or lost, is counted again', async () => {
    const project = await limited(4000, ['1', '2']);
    for (const damage of ['', 'garbage\n', '=12\nx\n']) {
      project.write({ '.wrangle/store/usage': damage, in: `3${damage}` });
      const { events } = await project.build();
      expect(
        events.some(({ details }) => details.message.startsWith('The store had outgrown')),
        damage,
      ).toBe(true);
      await project.clock.advance(2 * HOUR_MS);
    }
  });

  test('a store that cannot be cleaned is a warning', async () => {
    const project = await limited(4000, ['1', '2']);
    project.write({ in: '3' });
    project.fs.failNext('rename', 'EIO', `${STORE}/ac`);
    project.fs.failNext('makeFolder', 'EIO', `${STORE}/trash`);
    const { report, warnings } = await project.build();
    expect(report).toMatchObject({ outcome: 'done' });
    expect(warnings.at(-1)).toMatch(/^Cannot /);
  });
});

describe('what is needed though no record names it', () => {
  test.each<[string, (digest: string) => Readonly<Record<string, string>>]>([
    ['what the journal speaks of', (digest) => ({ '.wrangle/journal': `a line of whatever form with ${digest}\n` })],
    [
      'what the last run replaced',
      (digest) => ({ '.wrangle/runs/20990101-000000-last/run.json': JSON.stringify({ before: digest }) }),
    ],
  ])('%s, with all that is in it', async (_name, mention) => {
    const project = await builtWith(['1', '2']);
    const folder = Object.keys(project.fs.tree(STORE)).find((path) => {
      const text = path.startsWith('cas/') ? (project.fs.readText(`${STORE}/${path}`) ?? '') : '';
      return text.startsWith('[') && text.includes(sha256('b(a(1))'));
    });
    project.write(mention(`d:${folder?.slice(-64)}:7`));
    project.write({ '.wranglerrc.yaml': 'cache: { max_size: 0 }\n' });
    const report = await project.gc();
    expect(report.swept.records).toHaveLength(2);
    const left = files(project, 'cas/');
    expect(left).toContain('b(a(1))');
    expect(left).not.toContain('a(1)');
  });
});

test('a build that is stopped while it makes room ends, and the store is sound', async () => {
  const project = new EngineProject();
  project.write({ '.wranglerrc.yaml': 'cache: { max_size: 0 }\n' });
  await builtWith(['1', '2'], project);
  let elapsedMs = 0;
  // Each look at the clock of the machine is a turn.
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (elapsedMs += 100));
  onTestFinished(() => clock.mockRestore());
  project.write({ in: '3' });
  const running = project.start();
  project.runner.onStart((process) => succeed(process));
  const rename = project.fs.rename.bind(project.fs);
  project.fs.rename = (from, to) => {
    if (to.includes('/trash/')) running.stop();
    rename(from, to);
  };
  const { report } = await running.done;
  expect(report).toMatchObject({ outcome: 'done' });
  expect(Object.keys(project.fs.tree(`${STORE}/trash`))).toHaveLength(1);
  expect((await project.verifyStore()).inspection.problems).toEqual([]);
});
