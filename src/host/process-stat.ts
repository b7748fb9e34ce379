// What the kernel tells of a process. Knows nothing of who started it. Linux only; elsewhere nothing is told.
import { readFileSync } from 'node:fs';

export interface ProcessStat {
  /** One letter: `Z` and `X` are those whose first thread has ended and was not waited for. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** How many are left; a process ends with its last one. */
  readonly threads: number;
  /** In ticks since the machine was started: with the pid it names one process of this start of the machine. */
  readonly startedAt: string;
}

/** Undefined when there is no such process. The name, in parentheses, may hold anything. */
export function readProcessStat(pid: number | string): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent = '', group = ''] = fields;
    const [threads = '', , startedAt = ''] = fields.slice(17);
    return { state, parent: Number(parent), group: Number(group), threads: Number(threads), startedAt };
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

export function hasEnded({ state, threads }: ProcessStat): boolean {
  return state === 'X' || (state === 'Z' && threads <= 1);
}
