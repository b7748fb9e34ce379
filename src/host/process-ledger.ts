// Which processes were started and have not been seen gone, in a file that outlives wrangle (design-notes, "Processes").
// Knows nothing of how they are ended.
import * as nodeFs from 'node:fs';
import { type ProcessStat, readProcessStat } from './process-stat.ts';

/** The process of a stage. Of one stage there is one at a time. */
export interface LedgerEntry {
  readonly stage: string;
  /** In the environment of all that it starts, unless they clear it. */
  readonly run_id: string;
  readonly boot_id: string;
  /** Undefined while it is being started: wrangle may be killed before it knows. */
  readonly leader?: {
    readonly pid: number;
    /** In ticks since the machine was started: no later process with this pid has the same. */
    readonly started_at: string;
  };
}

type Line = LedgerEntry | { readonly gone: string };

/** Most commands are gone before then. Until then they are found by what is in their environment. */
const LEADER_MS = 50;

/**
 * Lines are written without a sync: only a restart of the machine loses them, and that ends the processes too. Errors
 * are passed over, since the file matters only after a kill, and a disk that is full is told of by whoever needs it.
 */
export class ProcessLedger {
  readonly #path: string;
  readonly #bootId: string;
  readonly #open = new Set<string>();
  /** Stage -> what is not written of its process yet. */
  readonly #leaders = new Map<string, { readonly runId: string; readonly pid: number }>();
  #timer: NodeJS.Timeout | undefined;
  #fd: number | undefined;
  /** Lines about what is gone; they can wait for the next, since what is gone is recognised as gone. */
  #unwritten = '';

  constructor(path: string, bootId: string) {
    this.#path = path;
    this.#bootId = bootId;
  }

  /** Before it is started. */
  expect(stage: string, runId: string): void {
    if (this.#bootId === '') return;
    this.#open.add(stage);
    this.#write({ stage, run_id: runId, boot_id: this.#bootId });
  }

  /** Is written a moment later, if it still runs then. */
  add(stage: string, runId: string, pid: number): void {
    if (this.#bootId === '') return;
    this.#leaders.set(stage, { runId, pid });
    this.#timer ??= setTimeout(() => this.writeLeaders(), LEADER_MS).unref();
  }

  /** Nothing of it is left, or it was never started. */
  delete(stage: string): void {
    this.#leaders.delete(stage);
    if (this.#open.delete(stage)) this.#unwritten += lineOf({ gone: stage });
  }

  /** Leaves the file when something could not be ended, for the next build to try. */
  close(): void {
    this.writeLeaders();
    if (this.#fd === undefined) return;
    nodeFs.closeSync(this.#fd);
    this.#fd = undefined;
    if (this.#open.size === 0) nodeFs.rmSync(this.#path, { force: true });
  }

  /** What was added and still runs, at once. */
  writeLeaders(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [stage, { runId, pid }] of this.#leaders) {
      const stat = readProcessStat(pid);
      // It may have ended, and its number be a stranger's by now.
      const leader = stat && isDescendant(stat) && { pid, started_at: stat.startedAt };
      if (leader) this.#write({ stage, run_id: runId, boot_id: this.#bootId, leader });
    }
    this.#leaders.clear();
  }

  #write(line: Line): void {
    try {
      this.#fd ??= nodeFs.openSync(this.#path, 'a');
      nodeFs.writeSync(this.#fd, this.#unwritten + lineOf(line));
      this.#unwritten = '';
    } catch {
      // See above.
    }
  }
}

/** Started by this process, or by its launcher. */
function isDescendant({ parent }: ProcessStat): boolean {
  return parent === process.pid || readProcessStat(parent)?.parent === process.pid;
}

function lineOf(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

/** Those not seen gone. A line that was cut off, or is none, counts for nothing. */
export function readLedger(path: string): LedgerEntry[] {
  const entries = new Map<string, LedgerEntry>();
  for (const text of linesOf(path)) {
    const line = parseLine(text);
    if (line && 'gone' in line) entries.delete(line.gone);
    else if (line) entries.set(line.stage, line);
  }
  return [...entries.values()];
}

function linesOf(path: string): string[] {
  try {
    return nodeFs.readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function parseLine(text: string): Line | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { gone, ...entry } = value as Partial<Record<keyof LedgerEntry | 'gone', unknown>>;
  if (typeof gone === 'string') return { gone };
  const isSound = [entry.stage, entry.run_id, entry.boot_id].every(
    (field) => typeof field === 'string' && field !== '',
  );
  return isSound && isLeader(entry.leader) ? (entry as LedgerEntry) : undefined;
}

function isLeader(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { pid, started_at: startedAt } = value as { readonly pid?: unknown; readonly started_at?: unknown };
  // 1 is the first process of the machine, and -1 stands for all processes there are.
  return Number.isInteger(pid) && (pid as number) > 1 && typeof startedAt === 'string' && startedAt !== '';
}
