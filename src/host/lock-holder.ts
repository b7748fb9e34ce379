/** What the holder of a lock writes into its file for the others to read. Knows nothing of how the file is locked. */
import { ftruncateSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import type { LockHolder } from '../ports/workspace-lock.ts';
import { isAlive } from './is-alive.ts';

/** What a killed holder wrote stays in the file, so its process is looked for. */
export function findHolder(path: string): LockHolder | undefined {
  const holder = readHolder(path);
  return holder && isAlive(holder.pid, Date.parse(holder.started_at)) ? holder : undefined;
}

/** By descriptor where there is one: the path may be another file by now, with another holder in it. */
export function writeHolder(file: string | number, text: string): void {
  try {
    if (typeof file === 'string') {
      writeFileSync(file, text);
    } else {
      ftruncateSync(file, 0);
      writeSync(file, text, 0);
    }
  } catch {
    // It is only what others read while they wait.
  }
}

export function readHolder(path: string): LockHolder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isHolder(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is LockHolder {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, command, started_at: startedAt } = value as Partial<Record<keyof LockHolder, unknown>>;
  return Number.isInteger(pid) && typeof command === 'string' && typeof startedAt === 'string';
}
