// What the kernel tells of a process. Knows nothing of who started it. Linux only; elsewhere nothing is told.
import { readFileSync } from 'node:fs';

export interface ProcessStat {
  /** One letter: `Z` and `X` are those that have ended and were not waited for. */
  readonly state: string;
  readonly group: number;
  /** In ticks since the machine was started: with the pid it names one process of this start of the machine. */
  readonly startedAt: string;
}

/** Undefined when there is no such process. The name, in parentheses, may hold anything. */
export function readProcessStat(pid: number | string): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', , group = ''] = fields;
    return { state, group: Number(group), startedAt: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** How much memory it has now; 0 when it is gone, or nobody knows. */
export function readResidentBytes(pid: number): number {
  try {
    const found = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return Number(found?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

export function hasEnded({ state }: ProcessStat): boolean {
  return state === 'Z' || state === 'X';
}
