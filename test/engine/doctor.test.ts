// What `doctor` finds, on machines that a test makes up.
import { expect, test } from 'vitest';
import { examine } from '../../src/engine/doctor.ts';
import type { FileSystemFacts, Machine } from '../../src/ports/machine.ts';
import type { LockHolder, WorkspaceLock } from '../../src/ports/workspace-lock.ts';
import { doctorText } from '../../src/report/doctor-text.ts';
import { PLAIN } from '../../src/report/style.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryFileSystem } from '../support/memory-file-system.ts';

const ROOMY: FileSystemFacts = { type: 'ext4', device: '1', freeBytes: 80e9, freeFiles: 5_000_000 };

function machine(more: Partial<Machine> = {}): Machine {
  return {
    os: 'linux',
    arch: 'x64',
    nodeVersion: '20.19.0',
    cores: 4,
    memoryBytes: 16e9,
    fileSystemOf: () => ROOMY,
    limits: () => ({ openFiles: 1024, processes: 60_000, inotify: { watches: 100_000, instances: 128 } }),
    findProgram: (name) => `/usr/bin/${name}`,
    canRunAt: () => true,
    canClone: () => true,
    canMakeNamespaces: () => true,
    ...more,
  };
}

/** Of one holder, as it should be. */
function soundLock(holder?: LockHolder): WorkspaceLock {
  let isHeld = false;
  const release = () => {
    isHeld = false;
  };
  return {
    acquire: () => {
      if (isHeld) return Promise.resolve(undefined);
      isHeld = true;
      return Promise.resolve({ fd: undefined, release });
    },
    holder: () => holder,
  };
}

interface Given {
  readonly fs?: MemoryFileSystem;
  readonly lock?: WorkspaceLock;
  readonly machine?: Partial<Machine>;
  readonly clock?: ManualClock;
  readonly bootId?: string;
}

async function examined(given: Given = {}) {
  const fs = given.fs ?? new MemoryFileSystem();
  fs.makeFolder('/w');
  const clock = given.clock ?? new ManualClock({ nowMs: Number(fs.nowNs / 1_000_000n) });
  const { lock = soundLock(), bootId = 'boot-1' } = given;
  const ports = { fs, lock, clock, bootId, version: '0.1.0', randomId: (length: number) => 'r'.repeat(length) };
  return examine(ports, machine(given.machine), '/w');
}

/** What is not well, as it is printed. */
async function complaints(given: Given): Promise<string[]> {
  const findings = await examined(given);
  return findings
    .filter(({ level }) => level !== 'ok')
    .map(
      ({ area, check, level, message, advice }) => `${area}/${check} ${level}: ${message}${advice ? ` ${advice}` : ''}`,
    );
}

test('a sound machine: all is said to be well, nothing is left behind', async () => {
  const fs = new MemoryFileSystem();
  fs.stepNs = 0n;
  const findings = await examined({ fs });
  expect(doctorText(findings, '/w', PLAIN)).toBe(`wrangle
  ok       wrangle 0.1.0 on Node 20.19.0; linux x64, 4 cores, 16.0 GB of memory.
  ok       There are no settings (.wranglerrc.yaml), here or in a folder above; the defaults hold.

this machine
  ok       1,024 files may be open at once.
  ok       60,000 processes may run at once.
  ok       100,000 folders can be watched for changes, by 128 programs.
  ok       The clock says 2025-06-15T15:06:40.000Z.
  ok       Namespaces can be made without being root: stages could be locked in.

programs
  ok       In PATH: sh, bash, flock, python3, git, jq, setsid, bwrap.

the workspace /w
  ok       It can be written; ext4, room for 80.0 GB and 5,000,000 files.
  ok       Two builds at once keep out of each other's way.
  ok       A file is replaced in one step.
  ok       There are symbolic links.
  ok       Names that differ in case are different files.
  ok       Scripts in it can be run.
  ok       Copies share their blocks with the file they are copied from.
  note     Two edits that are 2 s apart give a file different times.
           Files that were just written are hashed twice, to be sure of them.
  ok       Its clock is that of the machine.

the state folder
  ok       Nothing was built here yet: there is no state folder.

wrangle can be used here.
`);
  expect(fs.tree('/w')).toEqual({});
});

test('a workspace that cannot be written is a problem, and nothing else is tried there', async () => {
  const fs = new MemoryFileSystem();
  fs.failNext('makeFolder', 'EROFS', '/w/.wrangle-doctor-');
  expect(await complaints({ fs })).toEqual([
    'workspace/write problem: Cannot write to "/w": the file system is read-only. Nothing can be built here; check, ' +
      'plan, why and graph work. Give yourself permission to write to it, or use another folder.',
  ]);
});

test("a state folder that is another user's is a problem, though the workspace can be written", async () => {
  const said = [
    'state/write problem: Cannot write to ".wrangle": permission denied. Nothing can be built here. Give yourself ' +
      'permission to write to it and to all in it, or remove ".wrangle": stages then run again.',
  ];
  const fs = new MemoryFileSystem();
  fs.write({ '/w/.wrangle/lock': '' });
  fs.failNext('makeFolder', 'EACCES', '/w/.wrangle/.wrangle-doctor-');
  expect(await complaints({ fs })).toEqual(said);
  fs.failNext('appendFile', 'EACCES', '/w/.wrangle/lock');
  expect(await complaints({ fs })).toEqual(said);
  expect(await complaints({ fs })).toEqual([]);
  expect(fs.tree('/w')).toEqual({ '.wrangle/lock': '' });
});

test('a full disk is told from missing permission, and leaves nothing half made', async () => {
  const fs = new MemoryFileSystem();
  fs.failNext('writeFile', 'ENOSPC', '/w/.wrangle-doctor-');
  expect(await complaints({ fs })).toEqual([
    'workspace/write problem: Cannot write to "/w": the disk is full. Nothing can be built here; check, plan, why and ' +
      'graph work. Make room on the disk; .wrangle/failed and .wrangle/displaced can be removed at any time.',
  ]);
  expect(fs.tree('/w')).toEqual({});
});

test('little room, a network, no clones, nothing to be run, coarse limits: each has its sentence', async () => {
  const found = await complaints({
    machine: {
      fileSystemOf: () => ({ type: 'nfs4', device: '1', freeBytes: 5e8, freeFiles: 900 }),
      limits: () => ({ openFiles: 64, processes: 100, inotify: { watches: 1024, instances: 8 } }),
      findProgram: (name) => (['sh', 'git'].includes(name) ? name : undefined),
      canRunAt: () => false,
      canClone: () => false,
      canMakeNamespaces: () => false,
    },
    bootId: '',
  });
  expect(found).toEqual([
    'machine/open-files warning: 64 files may be open at once. Raise the limit with "ulimit -n 1024", or build with a small -j.',
    'machine/processes warning: 100 processes may run at once. Raise the limit with "ulimit -u", or build with a small -j.',
    'machine/inotify warning: 1,024 folders can be watched for changes, by 8 programs. To watch large trees: sysctl ' +
      'fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512',
    'machine/namespaces note: Namespaces cannot be made: what a stage starts in a session of its own outlives it.',
    'machine/boot note: The system does not tell when it was started (/proc/sys/kernel/random/boot_id). After a power ' +
      'cut, remove .wrangle/index once: files are then hashed again.',
    'tools/bash warning: There is no bash in PATH, which runs commands that are written as text. Install bash, or ' +
      'write "shell: sh" in .wranglerrc.yaml.',
    'tools/flock warning: There is no flock in PATH, which keeps two builds of one workspace apart. Install util-linux. ' +
      'Without it builds in other containers and on other machines are not kept out.',
    'tools/python3 note: There is no python3 in PATH, which starts the commands of long builds. Install it to make builds of ' +
      'many short stages faster.',
    'tools/missing note: Not in PATH: jq, setsid, bwrap; only stages that use them need them.',
    'workspace/file-system warning: It can be written; nfs4, room for 500.0 MB and 900 files. It is a network file ' +
      'system: slow, and its locks depend on the server. Build on a local disk where you can, and never in one folder ' +
      'from two machines at once.',
    'workspace/space warning: Only 500.0 MB are free. Make room on the disk; .wrangle/failed and .wrangle/displaced can ' +
      'be removed at any time.',
    'workspace/inodes problem: Only 900 more files can be made, however small. Remove files that are not needed, or use ' +
      'a file system with more inodes.',
    'workspace/run warning: Scripts in it cannot be run. Mount it without "noexec", or start scripts by their ' +
      'interpreter: "python3 x.py", not "./x.py".',
    'workspace/clone note: Copies take time and room: each output is there twice, in its place and in the store. Where ' +
      'outputs are large: btrfs, XFS and APFS need neither.',
  ]);
});

test('a lock that two can have, or that cannot be had', async () => {
  const everybody = {
    ...soundLock(),
    acquire: () => Promise.resolve({ fd: undefined, release: () => {} }),
  };
  expect(await complaints({ lock: everybody })).toEqual([
    'workspace/lock problem: The file system gives one lock to two builds at once. Never start two builds of this ' +
      'workspace at once, or move it to a local disk.',
  ]);
  const none = {
    ...soundLock(),
    acquire: () => Promise.reject(Object.assign(new Error('no locks available'), { code: 'ENOLCK' })),
  };
  expect(await complaints({ lock: none })).toEqual([
    'workspace/lock problem: Cannot lock a file: no locks available. Build on a file system that has locks, such as a ' +
      'local disk.',
  ]);
});

test('clocks: of the machine, of the file system, and of the last build', async () => {
  const fs = new MemoryFileSystem();
  fs.write({ '/w/.wrangle/index': '' });
  expect(await complaints({ fs, clock: new ManualClock({ nowMs: Date.UTC(1999, 0, 1) }) })).toEqual([
    'machine/clock warning: The clock says 1999-01-01T00:00:00.000Z, which is over. Set it: history is ordered by it.',
    expect.stringMatching(
      /^workspace\/clock warning: Its clock is \d+\.\d s ahead of that of the machine\. wrangle goes by the clock of the file system; other tools may not\. Set both by NTP\.$/,
    ),
    expect.stringMatching(
      /^state\/future warning: The last build was at 2025-06-15T15:06:40\.\d+Z, which is yet to come: the clock went back\. Set the clock\. Builds are right all the same, but hash more\.$/,
    ),
  ]);
});

test('what earlier builds left', async () => {
  const fs = new MemoryFileSystem();
  fs.write({
    '/w/.wrangle/staging/slow/0/o.txt': 'half',
    '/w/.wrangle/failed/slow/o.txt': 'half',
    '/w/.wrangle/displaced/a.txt': 'mine',
    '/w/.wrangle/displaced/b.txt': 'mine too',
    '/w/.wrangle/store/cas/00/x': 'x',
  });
  expect(await complaints({ fs })).toEqual([
    'state/interrupted note: A build was interrupted. There is nothing to be done: the next build ' +
      'finishes or undoes what was begun.',
    'state/failed note: What failed attempts wrote is in ".wrangle/failed": 4 B in 1 file. Look whether you miss any of ' +
      'it; then remove ".wrangle/failed".',
    'state/displaced note: What outputs replaced is in ".wrangle/displaced": 12 B in 2 files. Look whether you miss any ' +
      'of it; then remove ".wrangle/displaced".',
  ]);
  const holder = { pid: 7, command: 'wrangle build x.yaml', started_at: '2025-06-15T15:00:00.000Z' };
  expect((await complaints({ fs, lock: soundLock(holder) }))[0]).toBe(
    'state/running note: Process 7 is at work here: wrangle build x.yaml, since 2025-06-15T15:00:00.000Z.',
  );
  const store = (await examined({ fs })).find(({ check }) => check === 'store');
  expect(store?.message).toBe('The store in ".wrangle/store" has 1 B in 1 file.');
});

test('settings: mistakes are a problem, a store elsewhere is looked at too', async () => {
  const fs = new MemoryFileSystem();
  fs.write({ '/w/.wranglerrc.yaml': 'version: 1\nplugns: {}\n' });
  expect(await complaints({ fs })).toEqual([
    'wrangle/settings problem: The settings have mistakes: "plugns" is not a key of the settings. See "wrangle check" for ' +
      'where, and for the rest.',
  ]);
  fs.write({ '/w/.wranglerrc.yaml': 'version: 1\ncache: { dir: /far/store }\n', '/far/x': '' });
  fs.failNext('makeFolder', 'EACCES', '/far/.wrangle-doctor-');
  const fileSystemOf = (folder: string) => ({ ...ROOMY, device: folder });
  expect(await complaints({ fs, machine: { fileSystemOf } })).toEqual([
    'store/write warning: Cannot write to "/far": permission denied. What is in the store is still used, but what ' +
      'stages make is not kept. Give yourself permission to write to it, or use another folder.',
    'store/device note: It is on another file system than the workspace: every output is copied between them.',
  ]);
});
