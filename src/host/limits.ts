// Limits that the system sets. Knows nothing of what they are for. Linux only; elsewhere none is known.
import { readFileSync } from 'node:fs';

/** The soft limit, by its name in `/proc/self/limits`; undefined when there is none, or nobody knows. */
export function softLimit(name: string): number | undefined {
  try {
    const lines = readFileSync('/proc/self/limits', 'utf8').split('\n');
    const line = lines.find((candidate) => candidate.startsWith(name));
    const value = Number(line?.slice(name.length).trim().split(/\s+/)[0]);
    return Number.isInteger(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A number that the kernel keeps under `/proc/sys`; undefined where there is none such, or it is 0. */
export function kernelSetting(path: string): number | undefined {
  try {
    const value = Number(readFileSync(`/proc/sys/${path}`, 'utf8'));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}
