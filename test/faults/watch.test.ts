// Watching, by the thousands: scripts of what may happen to a workspace, and files that change at one moment.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CliProject } from '../support/cli-project.ts';
import { followScript, watchScripts } from '../support/watch-script.ts';
import { WatchedCli } from '../support/watched-cli.ts';
import { FULL, SEED, tried } from './support/effort.ts';

const SCRIPTS = FULL ? 2_000 : 20;
const FILES = FULL ? 30_000 : 3_000;

test('whatever happens, at rest all is as a clean build makes it', async (context) => {
  await fc.assert(fc.asyncProperty(watchScripts, followScript), { numRuns: SCRIPTS, seed: SEED });
  tried(context, 'scripts of a watched workspace', SCRIPTS);
});

test('many files that are checked out at once are one build more, and its bytes are right', async (context) => {
  const project = new CliProject().write({
    'pipeline.yaml': JSON.stringify({
      version: 1,
      stages: {
        all: {
          run: `find data -type f | LC_ALL=C sort | xargs cat > \${{ outputs.all }}`,
          inputs: { data: 'data/**/*.csv' },
          outputs: { all: 'all.csv' },
        },
      },
    }),
  });
  const names = Array.from({ length: FILES }, (_, at) => `data/${100 + (at % 100)}/${100_000 + at}.csv`).sort();
  const write = (version: string) => {
    for (let folder = 100; folder < 200; folder++) fs.mkdirSync(project.path(`data/${folder}`), { recursive: true });
    for (const name of names) fs.writeFileSync(project.path(name), `${version} ${name}\n`);
  };
  const bytes = (version: string) => names.map((name) => `${version} ${name}\n`).join('');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x', '-c', 'commit.gpgsign=false', ...args], {
      cwd: project.dir,
      stdio: 'ignore',
    });
  git('init', '-q');
  for (const version of ['old', 'new']) {
    write(version);
    git('add', 'data');
    git('commit', '-qm', version);
  }
  git('checkout', '-q', 'HEAD~1');

  const watched = new WatchedCli(project);
  await watched.idle();
  expect(project.read('all.csv') === bytes('old')).toBe(true);
  // All events are there when it looks, or more than the kernel keeps.
  await watched.atOnce(() => git('checkout', '-q', '-'));
  expect(await watched.round()).toEqual({ outcome: 'done', stages: { all: 'ran' } });
  expect(project.read('all.csv') === bytes('new')).toBe(true);
  expect(watched.rounds).toHaveLength(2);
  // Back, while it looks on: however many rounds that takes, the last one sees the last file.
  git('checkout', '-q', '-');
  do await watched.round();
  while (project.read('all.csv') !== bytes('old'));
  tried(context, 'files checked out at once while watching', FILES);
});
