/** The store on a real disk: damaged, read-only, elsewhere, shared, and cleaned while builds run. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';

const CHAIN = `
version: 1
stages:
  first:
    run: cat \${{ inputs.source }} > \${{ outputs.raw }}
    inputs: { source: source.txt }
    outputs: { raw: out/raw.txt }
  second:
    run: mkdir -p \${{ outputs.dir }}/sub && cp \${{ inputs.raw }} \${{ outputs.dir }}/sub/copy.txt
    inputs: { raw: out/raw.txt }
    outputs: { dir: out/dir/ }
`;

function chain(settings = ''): CliProject {
  const project = new CliProject().write({ 'pipeline.yaml': CHAIN, 'source.txt': 'some text\n' });
  return settings === '' ? project : project.write({ '.wranglerrc.yaml': settings });
}

/** Contents in the store, absolute; the largest first. */
function blobs(store: string): string[] {
  const found = fs.readdirSync(join(store, 'cas'), { recursive: true, encoding: 'utf8' });
  const files = found.map((name) => join(store, 'cas', name)).filter((path) => fs.lstatSync(path).isFile());
  return files.sort((a, b) => fs.lstatSync(b).size - fs.lstatSync(a).size || (a < b ? -1 : 1));
}

const blobOf = (store: string, text: string) =>
  blobs(store).find((path) => fs.readFileSync(path, 'utf8') === text) ?? 'none';

/** As if nothing in it had been used for a long time. */
function makeOld(store: string): void {
  const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000);
  for (const name of fs.readdirSync(store, { recursive: true, encoding: 'utf8' })) {
    fs.utimesSync(join(store, name), twoHoursAgo, twoHoursAgo);
  }
}

test('a flipped bit: found by verify, said by the build, and healed', async () => {
  const project = chain();
  await project.run('build', 'pipeline.yaml');
  const store = project.path('.wrangle/store');
  const sound = await project.run('cache', 'verify');
  expect([sound.code, sound.stdout]).toEqual([
    0,
    expect.stringMatching(/^Read 2 records and 2 files, .* B\.\nEverything in it is what it should be\.\n$/),
  ]);

  const blob = blobOf(store, 'some text\n');
  fs.chmodSync(blob, 0o644);
  fs.writeFileSync(blob, 'sOme text\n');
  const before = project.treeHash('.wrangle');
  const verified = await project.run('cache', 'verify', '--json');
  expect(project.treeHash('.wrangle')).toBe(before);
  expect(verified.code).toBe(6);
  expect(JSON.parse(verified.stdout)).toMatchObject({
    ok: false,
    problems: [
      {
        kind: 'blob-damaged',
        path: blob,
        outputs: [
          { stage: 'first', path: 'out/raw.txt', inside: null },
          { stage: 'second', path: 'out/dir', inside: 'sub/copy.txt' },
        ],
      },
    ],
  });

  project.remove('out');
  const built = await project.run('build', 'pipeline.yaml', '--json');
  expect(built.code).toBe(0);
  expect(built.json().counts).toMatchObject({ ran: 1, restored: 1 });
  expect(built.stderr).toContain('warning: first: The stored copy of "out/raw.txt" is damaged (it is now in ');
  expect(fs.readdirSync(join(store, 'quarantine'))).toHaveLength(1);
  expect((await project.run('cache', 'verify')).code).toBe(0);
});

test('pipes, folders and links where contents should be keep nobody waiting, and are repaired', async () => {
  const project = chain();
  const store = project.path('.wrangle/store');
  const replacements = [
    (path: string) => project.fifo(path.slice(project.dir.length + 1)),
    (path: string) => fs.mkdirSync(path),
    (path: string) => fs.symlinkSync('/etc/hostname', path),
  ];
  for (const replace of replacements) {
    await project.run('build', 'pipeline.yaml');
    const blob = blobOf(store, 'some text\n');
    fs.rmSync(blob);
    replace(blob);
    expect((await project.run('cache', 'verify')).code).toBe(6);
    const repaired = await project.run('cache', 'verify', '--repair');
    expect([repaired.code, repaired.stdout]).toEqual([
      0,
      expect.stringContaining(
        'Put aside 1 file, removed 2 records. Stages first and second run again when their outputs have to be restored.',
      ),
    ]);
    project.remove('out');
    expect((await project.run('build', 'pipeline.yaml', '--json')).json().counts).toMatchObject({ ran: 2 });
  }
});

test('gc names what goes and what it was worth; a dry run changes nothing', async () => {
  const project = chain();
  for (const text of ['one\n', 'two\n']) {
    project.write({ 'source.txt': text });
    await project.run('build', 'pipeline.yaml');
  }
  // What the last run replaced could be undone for an hour.
  for (const folder of ['store', 'runs']) makeOld(project.path(`.wrangle/${folder}`));
  const before = project.treeHash('.wrangle');
  const dry = await project.run('gc', '--dry-run', '--older-than', '1h');
  expect(project.treeHash('.wrangle')).toBe(before);
  expect(dry.stdout).toMatch(
    /^The store holds .* kB, its limit is 21\.5 GB\.\n\nWould remove 2 results of 2 stages, which took .* to make:\n {2}results {2}size .*stage\n {2}1 .* (first|second)\n {2}1 .* (first|second)\nThat frees .*: 2 files that nothing needs any more\.\nKept: 2 results that pipelines need now \(.*\)\.\n$/,
  );
  const { code, stdout } = await project.run('gc', '--older-than', '1h', '--json');
  expect(code).toBe(0);
  const document = JSON.parse(stdout) as { removed: { results: readonly { stage: string }[] } };
  expect(document.removed.results.map(({ stage }) => stage).sort()).toEqual(['first', 'second']);
  project.remove('out');
  expect((await project.run('build', 'pipeline.yaml', '--json')).json().counts).toMatchObject({ restored: 2 });
});

test.each([
  [['--max-size', 'much'], '--max-size takes a size such as 20GiB, 500MB or a number of bytes, not "much".'],
  [['--older-than', 'old'], '--older-than takes an age such as 30d, 12h or 1h30m, not "old".'],
])('gc %j is a sentence', async (args, message) => {
  const { code, stderr } = await chain().run('gc', ...args);
  expect([code, stderr]).toEqual([2, `wrangle: ${message}\n`]);
});

test('gc beside a running build takes nothing of it', async () => {
  const project = new CliProject().write({
    'pipeline.yaml': `
version: 1
stages:
  early: { run: "echo early > \${{ outputs.o }}", outputs: { o: early.txt } }
  held:
    run: cat \${{ inputs.e }} gate > \${{ outputs.o }}
    inputs: { e: early.txt }
    outputs: { o: held.txt }
`,
  });
  project.fifo('gate');
  const building = project.start('build', 'pipeline.yaml');
  await building.saw('early');
  makeOld(project.path('.wrangle/store'));
  const cleaned = await project.run('gc', '--older-than', '0s', '--max-size', '0');
  expect(cleaned.code).toBe(0);
  expect(cleaned.stdout).toContain('(wrangle build pipeline.yaml) is at work;');
  await project.writeTo('gate', 'opened\n');
  expect((await building.ended).code).toBe(0);
  expect(project.read('held.txt')).toBe('early\nopened\n');
  expect((await project.run('cache', 'verify')).code).toBe(0);
});

test.skipIf(!fs.existsSync('/dev/shm'))('on another file system everything works', async () => {
  const store = fs.mkdtempSync('/dev/shm/wrangle-test-');
  onTestFinished(() => fs.rmSync(store, { recursive: true, force: true }));
  const project = chain(`cache: { dir: ${store} }\n`);
  expect(fs.statSync(store).dev).not.toBe(fs.statSync(project.dir).dev);
  await project.run('build', 'pipeline.yaml');
  project.remove('out');
  const again = await project.run('build', 'pipeline.yaml', '--json');
  expect([again.code, again.json().counts['restored'], again.stderr]).toEqual([
    0,
    2,
    expect.not.stringContaining('warning'),
  ]);
  expect(project.read('out/dir/sub/copy.txt')).toBe('some text\n');
  expect(fs.readdirSync(join(store, 'tmp'))).toEqual([]);
  expect(fs.readdirSync(join(store, 'workspaces'))).toHaveLength(1);
});

test('several workspaces begin at once with one empty store', async () => {
  const [shared, ...others] = Array.from({ length: 6 }, () => chain());
  const store = shared?.path('store') ?? '';
  const projects = [shared, ...others].filter((project) => project !== undefined);
  for (const project of projects) project.write({ '.wranglerrc.yaml': `cache: { dir: ${store} }\n` });
  const results = await Promise.all(projects.map((project) => project.run('build', 'pipeline.yaml')));
  expect(results.map(({ code, stderr }) => [code, stderr.includes('warning')])).toEqual(projects.map(() => [0, false]));
  expect(blobs(store)).toHaveLength(2);
  expect((await projects[0]?.run('cache', 'verify'))?.code).toBe(0);
});

const canMount = spawnSync('unshare', ['-Urm', 'true']).status === 0;

test.skipIf(!canMount)('a store on a read-only mount gives what it has', async () => {
  const project = chain();
  const store = project.path('store');
  project.write({ '.wranglerrc.yaml': `cache: { dir: ${store} }\n` });
  await project.run('build', 'pipeline.yaml');
  const readOnly = (...args: string[]) => {
    const script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
    const wrangle = [process.execPath, join(REPOSITORY, 'dist/wrangle.cjs'), ...args];
    const options = { cwd: project.dir, env: project.env, encoding: 'utf8' } as const;
    return spawnSync('unshare', ['-Urm', 'sh', '-c', script, store, ...wrangle], options);
  };
  project.remove('out');
  const hit = readOnly('build', 'pipeline.yaml');
  expect([hit.status, hit.stderr]).toEqual([0, expect.stringContaining('2 restored')]);
  expect(hit.stderr).not.toContain('warning');

  project.write({ 'source.txt': 'another text\n' });
  const ran = readOnly('build', 'pipeline.yaml');
  expect(ran.status).toBe(0);
  expect(ran.stderr.match(/^warning: Cannot keep results in the store: .*$/gm)).toEqual([
    'warning: Cannot keep results in the store: the file system is read-only (store). ' +
      'Outputs are published all the same, but this run keeps nothing more in the store.',
  ]);
  expect(project.read('out/raw.txt')).toBe('another text\n');
  expect(readOnly('cache', 'verify').status).toBe(0);
  const gc = readOnly('gc');
  expect([gc.status, gc.stderr]).toEqual([
    4,
    expect.stringMatching(/^Cannot clean the store: the file system is read-only/),
  ]);
});
