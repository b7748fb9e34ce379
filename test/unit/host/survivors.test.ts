// What a killed build left running, with real processes. Order comes from their output, never from time.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LedgerEntry, ProcessLedger, readLedger } from '../../../src/host/process-ledger.ts';
import { hasEnded, readProcessStat } from '../../../src/host/process-stat.ts';
import { endSurvivors } from '../../../src/host/survivors.ts';

const BOOT = 'this-boot';
let root: string;
let path: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wrangle-ledger-'));
  path = join(root, 'processes');
});
afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(-(pid ?? 0), 'SIGKILL');
    } catch {
      // Ended already.
    }
  }
  rmSync(root, { recursive: true, force: true });
});

/** The leader of a group of its own; resolves once it has said so. */
async function startGroup(script: string, env: Record<string, string> = {}): Promise<number> {
  const child = spawn('/bin/bash', ['-c', script], {
    detached: true,
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  started.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

function isRunning(pid: number): boolean {
  const stat = readProcessStat(pid);
  return stat !== undefined && !hasEnded(stat);
}

function entryOf(pid: number, more: Partial<LedgerEntry> = {}): string {
  const startedAt = readProcessStat(pid)?.startedAt ?? '';
  return `${JSON.stringify({ stage: 'slow', run_id: 'run-1', boot_id: BOOT, leader: { pid, started_at: startedAt }, ...more })}\n`;
}

const MARKED = { WRANGLE_RUN_ID: 'run-1', WRANGLE_STAGE: 'slow' };
const IDLE = 'echo; sleep 1000 & wait';
const STUBBORN = `trap '' TERM; echo; while :; do sleep 1000; done`;
/** A leader that is gone, and a child that is not; says the child's pid. */
const LEADERLESS = 'sleep 1000 >/dev/null & echo $!';

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test('what is written down and runs is ended, also what ignores TERM, and the file goes', async () => {
    const ledger = new ProcessLedger(path, BOOT);
    const [idle, stubborn] = [await startGroup(IDLE), await startGroup(STUBBORN)];
    ledger.expect('idle', 'run-1');
    ledger.add('idle', 'run-1', idle);
    ledger.add('stubborn', 'run-1', stubborn);
    ledger.writeLeaders();
    // It is killed here: nothing closes the ledger.
    expect(await endSurvivors(path, BOOT)).toEqual([
      { stage: 'idle', group: idle, isGone: true },
      { stage: 'stubborn', group: stubborn, isGone: true },
    ]);
    expect([idle, stubborn].map(isRunning)).toEqual([false, false]);
    expect(existsSync(path)).toBe(false);
  });

  test('a stranger that has the number now is left alone', async () => {
    const pid = await startGroup(IDLE, MARKED);
    writeFileSync(path, entryOf(pid, { leader: { pid, started_at: '12345' } }));
    expect(await endSurvivors(path, BOOT)).toEqual([]);
    expect(isRunning(pid)).toBe(true);
    expect(existsSync(path)).toBe(false);
  });

  test('of before the machine was started again nothing is left, whatever has the number now', async () => {
    const pid = await startGroup(IDLE);
    writeFileSync(path, entryOf(pid, { boot_id: 'another-boot' }));
    expect(await endSurvivors(path, BOOT)).toEqual([]);
    expect(isRunning(pid)).toBe(true);
  });

  test('a group whose leader has ended is known by the run in its environment, and only by that', async () => {
    for (const [run, isEnded] of [
      ['run-1', true],
      ['another', false],
    ] as const) {
      const child = spawn('/bin/bash', ['-c', LEADERLESS], {
        detached: true,
        env: { PATH: '/usr/bin:/bin', WRANGLE_RUN_ID: run, WRANGLE_STAGE: 'slow' },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      started.push(child);
      const [said] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')]);
      const orphan = Number(String(said));
      const leader = child.pid ?? 0;
      writeFileSync(path, entryOf(leader, { leader: { pid: leader, started_at: '12345' } }));
      expect(await endSurvivors(path, BOOT)).toEqual(isEnded ? [{ stage: 'slow', group: leader, isGone: true }] : []);
      expect(isRunning(orphan)).toBe(!isEnded);
    }
  });

  test('one that was just being started when wrangle was killed is known by its environment', async () => {
    const ours = await startGroup(IDLE, MARKED);
    const other = await startGroup(IDLE, { ...MARKED, WRANGLE_STAGE: 'other' });
    new ProcessLedger(path, BOOT).expect('slow', 'run-1');
    expect(await endSurvivors(path, BOOT)).toEqual([{ stage: 'slow', group: ours, isGone: true }]);
    expect([ours, other].map(isRunning)).toEqual([false, true]);
  });

  test('what was seen gone is not looked for, and what is not a line is passed over', async () => {
    const ledger = new ProcessLedger(path, BOOT);
    const [first, second] = [await startGroup(IDLE), await startGroup(IDLE)];
    ledger.expect('first', 'run-1');
    ledger.add('first', 'run-1', first);
    ledger.delete('first');
    ledger.expect('second', 'run-1');
    ledger.add('second', 'run-1', second);
    ledger.writeLeaders();
    appendFileSync(
      path,
      'null\n[]\n{"stage":"s","run_id":"r","boot_id":"b","leader":{"pid":-1,"started_at":"1"}}\n{"gone":',
    );
    expect(readLedger(path).map(({ stage }) => stage)).toEqual(['second']);
    expect(await endSurvivors(path, BOOT)).toEqual([{ stage: 'second', group: second, isGone: true }]);
    expect(isRunning(first)).toBe(true);
  });

  test('closed, it leaves no file, unless something was not seen gone', async () => {
    const pid = await startGroup(IDLE);
    const tidy = new ProcessLedger(path, BOOT);
    tidy.expect('a', 'run-1');
    tidy.add('a', 'run-1', pid);
    tidy.delete('a');
    tidy.close();
    expect(existsSync(path)).toBe(false);
    const untidy = new ProcessLedger(path, BOOT);
    untidy.expect('a', 'run-1');
    untidy.add('a', 'run-1', pid);
    untidy.close();
    expect(readFileSync(path, 'utf8')).toContain(`"pid":${pid}`);
  });
});

test('where the system does not tell when it was started, nothing is written, and nothing is ended', async () => {
  const ledger = new ProcessLedger(path, '');
  ledger.expect('a', 'run-1');
  ledger.add('a', 'run-1', process.pid);
  ledger.close();
  expect(existsSync(path)).toBe(false);
  expect(await endSurvivors(path, '')).toEqual([]);
});
