// Who has the lock, told from what stands in its file: a process that is gone has nothing.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FlockLock } from '../../../src/host/flock-lock.ts';
import { isAlive } from '../../../src/host/is-alive.ts';
import { findHolder } from '../../../src/host/lock-holder.ts';

const dir = mkdtempSync(join(tmpdir(), 'wrangle-holder-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const path = join(dir, 'lock');

function gonePid(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid;
}

test('the holder is told while it holds the lock, and nobody afterwards', async () => {
  expect(findHolder(path)).toBeUndefined();
  const onWait = () => {};
  const lock = await new FlockLock().acquire({
    path,
    wait: false,
    command: 'wrangle build',
    onWait,
    signal: undefined,
  });
  expect(findHolder(path)).toMatchObject({ pid: process.pid, command: 'wrangle build' });
  lock?.release();
  expect(findHolder(path)).toBeUndefined();
});

test('a holder that was killed holds nothing, though its name stands in the file', () => {
  writeFileSync(
    path,
    JSON.stringify({ pid: gonePid(), command: 'wrangle build', started_at: new Date().toISOString() }),
  );
  expect(findHolder(path)).toBeUndefined();
  writeFileSync(path, '{"pid": 1');
  expect(findHolder(path)).toBeUndefined();
});

test.runIf(process.platform === 'linux')('a process that has got the number of another is not it', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const pid = child.pid as number;
  expect(isAlive(pid, Date.now())).toBe(true);
  expect(isAlive(pid, Date.now() - 60_000)).toBe(false);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  expect(isAlive(pid, Date.now())).toBe(false);
});

test.runIf(process.platform === 'linux')('one that was killed and that nobody has waited for is gone', async () => {
  // `sleep` never waits for the child that it has taken over from the shell.
  const parent = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const text = await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve));
  const pid = Number(text.toString());
  try {
    await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
    expect(isAlive(pid, Date.now())).toBe(true);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => isAlive(pid, Date.now())).toBe(false);
    // It has its number still.
    expect(process.kill(pid, 0)).toBe(true);
  } finally {
    parent.kill('SIGKILL');
  }
});
