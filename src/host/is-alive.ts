/** Whether a process that was there at some time is still the same one. Knows nothing of what it does. */
import { readFileSync } from 'node:fs';
import { errorCode } from './error-code.ts';

/** What /proc counts in, on every Linux there is. */
const TICKS_A_SECOND = 100;
/** Both times are cut to what their clocks show. */
const SLACK_MS = 2_000;

/**
 * `seenAtMs`: wall time at which the process was known to run. Its number may have gone to another since; that one
 * started later, which only Linux tells.
 */
export function isAlive(pid: number, seenAtMs: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // It is there, and somebody else's.
    if (errorCode(error) !== 'EPERM') return false;
  }
  const startedAtMs = processStartedAtMs(pid);
  return startedAtMs === undefined || startedAtMs <= seenAtMs + SLACK_MS;
}

/** Undefined where the system does not say. */
function processStartedAtMs(pid: number): number | undefined {
  try {
    // The name of the program, in parentheses, may hold anything; the start is the 20th field behind it.
    const behindName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
    const ticks = Number(behindName.split(' ')[19]);
    const [, bootedAt] = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8')) ?? [];
    const startedAtMs = (Number(bootedAt) + ticks / TICKS_A_SECOND) * 1000;
    return Number.isFinite(startedAtMs) ? startedAtMs : undefined;
  } catch {
    return undefined;
  }
}
