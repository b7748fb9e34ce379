// A disk with so many pages left, from none to enough: the store's alone, or that of the whole workspace.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assertSane } from './support/assert-sane.ts';
import type { CliSite } from './support/cli-site.ts';
import { FULL, inLanes, randomNumbers, sampleOf, tried } from './support/effort.ts';
import { withLanes } from './support/prepared.ts';
import { SCENARIOS } from './support/scenarios.ts';

/** How many pages are left, and how many of those numbers a sample tries. */
const PAGES = Array.from({ length: 60 }, (_, at) => at);
const SAMPLE = FULL ? PAGES.length : 2;

/**
 * In a namespace of mounts of its own: puts a small disk where `$1` is, with what was there, fills it up to `$3` pages,
 * runs the rest, and brings what is on it to `$2`.
 */
const ON_SMALL_DISK = `
  place=$1 out=$2 pages=$3; shift 3
  here=$PWD; cd /
  mkdir -p "$out.in" && cp -a "$place/." "$out.in/"
  mount -t tmpfs -o size=4m tmpfs "$place" && cp -a "$out.in/." "$place/" || exit 99
  free=$(stat -f -c %f "$place")
  [ "$free" -le "$pages" ] || dd if=/dev/zero of="$place/.ballast" bs=4096 count=$((free - pages)) 2>/dev/null
  cd "$here"; "$@"; code=$?; cd /
  rm -f "$place/.ballast"; mkdir -p "$out" && cp -a "$place/." "$out/"
  exit $code
`;

const UNSHARE = ['unshare', '-Urm'];

function noNamespaces(): string | undefined {
  const [file = '', ...args] = [...UNSHARE, 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'];
  const tried = spawnSync(file, args, { encoding: 'utf8' });
  if (tried.error) return 'unshare is not installed';
  return tried.status === 0 ? undefined : `a small disk cannot be mounted here: ${tried.stderr.trim()}`;
}

const cannot = noNamespaces();

async function runOnSmallDisk(site: CliSite, folder: string, pages: number, args: readonly string[]) {
  const [place, out] = [join(site.dir, folder), join(site.scratch, 'small-disk')];
  for (const path of [out, `${out}.in`]) fs.rmSync(path, { recursive: true, force: true });
  const wrapper = [...UNSHARE, 'sh', '-c', ON_SMALL_DISK, 'sh', place, out, String(pages)];
  const result = await site.project.runUnder(wrapper, ...args);
  expect(result.code, result.stderr).not.toBe(99);
  for (const entry of fs.readdirSync(place)) fs.rmSync(join(place, entry), { recursive: true, force: true });
  fs.cpSync(out, place, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  return result;
}

const STRUCK = SCENARIOS.filter(({ name }) => ['build after an edit', 'restore over other outputs'].includes(name));
const PLACES = [
  // A store that is full costs the cache, never the build.
  { folder: '.wrangle/store', codes: [0] },
  { folder: '.', codes: [0, 1, 4] },
];

describe.for(PLACES)('only so much room in $folder', ({ folder, codes }) => {
  test.for(STRUCK)('$name', async (scenario, context) => {
    if (cannot) return context.skip(cannot);
    await withLanes(scenario, async (lanes) => {
      const numbers = sampleOf(PAGES, SAMPLE, randomNumbers(`full disk ${folder} ${scenario.name}`));
      await inLanes(numbers, lanes, async (pages, { site, expected }) => {
        const what = `${scenario.name}, ${pages} pages left in ${folder}`;
        site.bringBack('start');
        const { code, stdout, stderr } = await runOnSmallDisk(site, folder, pages, scenario.args);
        expect(codes, `${what}: exit code\n${stderr}`).toContain(code);
        expect(stdout + stderr, `${what}: a stack trace`).not.toMatch(/^ +at .+:\d+/m);
        await assertSane(site, { ...expected, said: stdout + stderr }, what);
        tried(context, 'full disks');
      });
    });
  });
});
