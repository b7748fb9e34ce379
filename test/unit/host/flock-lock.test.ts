// The lock of a workspace, between real processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as nodeFs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FlockLock, type KernelLockOptions } from '../../../src/host/flock-lock.ts';
import type { LockHolder } from '../../../src/ports/workspace-lock.ts';
import { bundle } from '../../support/bundle.ts';

let tools: string;
let root: string;
let lockPath: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  tools = nodeFs.mkdtempSync(join(tmpdir(), 'wrangle-lock-tools-'));
  // Says when it waits and when it has the lock, and ends when its stdin does.
  bundle(
    `import { FlockLock } from './src/host/flock-lock.ts';
     const [path, options] = process.argv.slice(2);
     const held = await new FlockLock(JSON.parse(options)).acquire({
       path, wait: true, command: 'test', signal: undefined, onWait: () => console.log('waits'),
     });
     console.log('holds');
     process.stdin.resume().on('end', () => held.release());`,
    join(tools, 'holder.mjs'),
  );
});
afterAll(() => nodeFs.rmSync(tools, { recursive: true }));
beforeEach(() => {
  root = nodeFs.mkdtempSync(join(tmpdir(), 'wrangle-lock-'));
  lockPath = join(root, 'lock');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  nodeFs.rmSync(root, { recursive: true });
});

function startHolder(options: KernelLockOptions) {
  const child = spawn(process.execPath, [join(tools, 'holder.mjs'), lockPath, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, nextLine: async () => (await lines.next()).value };
}

const request = (more: { wait?: boolean; signal?: AbortSignal; onWait?: (holder?: LockHolder) => void } = {}) => ({
  path: lockPath,
  wait: false,
  command: 'wrangle build',
  signal: undefined,
  onWait: () => undefined,
  ...more,
});

describe.each<[string, KernelLockOptions]>([
  ['flock', {}],
  ['a socket, where there is no flock', { flockCommand: 'flock-is-missing' }],
])('by %s', (_how, options) => {
  const lock = new FlockLock(options);

  test('two processes never have it together, and the second gets it when the first is done', async () => {
    const first = startHolder(options);
    expect(await first.nextLine()).toBe('holds');
    expect(await lock.acquire(request())).toBeUndefined();
    const second = startHolder(options);
    expect(await second.nextLine()).toBe('waits');
    first.child.stdin.end();
    expect(await second.nextLine()).toBe('holds');
    expect(await lock.acquire(request())).toBeUndefined();
    second.child.stdin.end();
    await once(second.child, 'exit');
    const held = await lock.acquire(request());
    expect(held).toBeDefined();
    held?.release();
  });

  test('a killed holder leaves nothing behind', async () => {
    const holder = startHolder(options);
    expect(await holder.nextLine()).toBe('holds');
    holder.child.kill('SIGKILL');
    await once(holder.child, 'exit');
    const held = await lock.acquire(request());
    expect(held).toBeDefined();
    held?.release();
  });

  test('who waits is told once for whom', async () => {
    const held = await lock.acquire(request());
    const told: (LockHolder | undefined)[] = [];
    const waiting = new Promise<void>((resolve) => {
      void lock
        .acquire(
          request({
            wait: true,
            onWait: (holder) => {
              told.push(holder);
              held?.release();
            },
          }),
        )
        .then((next) => {
          next?.release();
          resolve();
        });
    });
    await waiting;
    expect(told).toEqual([
      {
        pid: process.pid,
        command: 'wrangle build',
        started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    ]);
  });

  test('a released lock names no holder, and is released once', async () => {
    const held = await lock.acquire(request());
    expect(nodeFs.readFileSync(lockPath, 'utf8')).toContain('wrangle build');
    held?.release();
    const next = await lock.acquire(request());
    held?.release();
    expect(await lock.acquire(request())).toBeUndefined();
    next?.release();
    expect(nodeFs.readFileSync(lockPath, 'utf8')).toBe('');
  });

  test('a holder that cannot be read is no holder', async () => {
    const held = await lock.acquire(request());
    nodeFs.writeFileSync(lockPath, '{"pid":"x"}');
    const told: (LockHolder | undefined)[] = [];
    const abort = new AbortController();
    const onWait = (holder?: LockHolder) => {
      told.push(holder);
      abort.abort();
    };
    expect(await lock.acquire(request({ wait: true, signal: abort.signal, onWait }))).toBeUndefined();
    expect(told).toEqual([undefined]);
    held?.release();
  });

  test('a wait that has begun can be given up', async () => {
    const holder = startHolder(options);
    expect(await holder.nextLine()).toBe('holds');
    const abort = new AbortController();
    const waiting = lock.acquire(
      request({ wait: true, signal: abort.signal, onWait: () => void setImmediate(() => abort.abort()) }),
    );
    expect(await waiting).toBeUndefined();
    // Nothing of the wait is left that could take the lock later.
    holder.child.stdin.end();
    await once(holder.child, 'exit');
    const held = await lock.acquire(request());
    expect(held).toBeDefined();
    held?.release();
  });

  test('a lock file that cannot be opened is an error with a code', async () => {
    lockPath = join(root, 'missing', 'lock');
    await expect(lock.acquire(request())).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a lock file that was removed meanwhile is made anew', async () => {
  const lock = new FlockLock();
  const old = await lock.acquire(request());
  nodeFs.rmSync(lockPath);
  const held = await lock.acquire(request());
  expect(held).toBeDefined();
  old?.release();
  expect(await lock.acquire(request())).toBeUndefined();
  held?.release();
});

test('a process that inherits the descriptor keeps the lock', async () => {
  const lock = new FlockLock();
  const held = await lock.acquire(request());
  const heir = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore', held?.fd] });
  children.push(heir);
  await once(heir, 'spawn');
  held?.release();
  expect(await lock.acquire(request())).toBeUndefined();
  heir.stdin?.end();
  await once(heir, 'exit');
  const next = await lock.acquire(request());
  expect(next).toBeDefined();
  next?.release();
});

test('a file system without locks is an error of its own', async () => {
  nodeFs.writeFileSync(join(root, 'flock'), '#!/bin/sh\nexit 71\n', { mode: 0o755 });
  await expect(new FlockLock({ flockCommand: join(root, 'flock') }).acquire(request())).rejects.toMatchObject({
    code: 'ENOLCK',
    message: `ENOLCK: the file system has no locks, flock '${lockPath}'`,
  });
});

test('a helper that cannot wait is asked again', async () => {
  // As in small systems: knows no -w.
  nodeFs.writeFileSync(join(root, 'flock'), '#!/bin/sh\n[ "$2" = -w ] && exit 1\nexec flock "$@"\n', { mode: 0o755 });
  const lock = new FlockLock({ flockCommand: join(root, 'flock') });
  const held = await lock.acquire(request());
  const next = await lock.acquire(request({ wait: true, onWait: () => void setImmediate(() => held?.release()) }));
  expect(next).toBeDefined();
  next?.release();
});
