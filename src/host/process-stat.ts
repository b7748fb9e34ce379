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

export function hasEnded({ state }: ProcessStat): boolean {
  return state === 'Z' || state === 'X';
}
