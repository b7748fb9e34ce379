/** Whether a process is there, and is still the same one that was there at some time. Knows nothing of what it does. */
import { readFileSync } from 'node:fs';
import { errorCode } from './error-code.ts';
import type { ProcessStat } from './process-stat.ts';
import { hasEnded, readProcessStat } from './process-stat.ts';

/** What /proc counts in, on every Linux there is. */
const TICKS_A_SECOND = 100;
/** Both times are cut to what their clocks show. */
const SLACK_MS = 2_000;

/**
 * `seenAtMs`: wall time at which the process was known to run. Its number may have gone to another since; that one
 * started later, which only Linux tells.
 */
export function isAlive(pid: number, seenAtMs: number): boolean {
  if (!isRunning(pid)) return false;
  const stat = readProcessStat(pid);
  const startedAtMs = stat && startedAtOf(stat);
  return startedAtMs === undefined || startedAtMs <= seenAtMs + SLACK_MS;
}

/** Whether there is a process of this number that has not ended. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // It is there, and somebody else's.
    if (errorCode(error) !== 'EPERM') return false;
  }
  const stat = readProcessStat(pid);
  // Nobody may have waited for it yet: in a container perhaps for ever.
  return stat === undefined || !hasEnded(stat);
}

/** Undefined where the system does not say. */
function startedAtOf({ startedAt: ticks }: ProcessStat): number | undefined {
  try {
    const [, bootedAt] = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8')) ?? [];
    const startedAtMs = (Number(bootedAt) + Number(ticks) / TICKS_A_SECOND) * 1000;
    return Number.isFinite(startedAtMs) ? startedAtMs : undefined;
  } catch {
    return undefined;
  }
}
