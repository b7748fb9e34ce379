// Ends what a killed wrangle left running, where its reaper did not: that may have been killed too. Never goes by a pid
// alone, which may have been given to a stranger since.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import type { Survivor } from '../ports/command-runner.ts';
import { ProcessGroup } from './process-group.ts';
import { type LedgerEntry, readLedger } from './process-ledger.ts';
import { hasEnded, readProcessStat } from './process-stat.ts';

/** Between TERM and KILL. Nobody waits for what they would still do. */
const GRACE_MS = 1000;

/** Under the lock: whoever wrote the file is gone. Removes the file, unless something cannot be ended. */
export async function endSurvivors(ledger: string, bootId: string): Promise<Survivor[]> {
  const entries = readLedger(ledger).filter((entry) => entry.boot_id === bootId);
  const groups = entries.flatMap((entry) => groupsOf(entry).map((group) => ({ stage: entry.stage, group })));
  const survivors = await Promise.all(groups.map(({ stage, group }) => endGroup(stage, group)));
  if (survivors.every(({ isGone }) => isGone)) rmSync(ledger, { force: true });
  return survivors;
}

/**
 * Of a stage or worker that was just being started when whoever started it was lost: nobody knows its pid, and it may run.
 */
export async function endUnknown(stage: string, runId: string): Promise<void> {
  const groups = groupsOf({ stage, run_id: runId, boot_id: '' });
  await Promise.all(groups.map((group) => endGroup(stage, group)));
}

async function endGroup(stage: string, id: number): Promise<Survivor> {
  const group = new ProcessGroup(id);
  group.signal('SIGTERM');
  if (!(await group.waitUntilGone(GRACE_MS))) await group.kill();
  return { stage, group: id, isGone: await group.waitUntilGone(0) };
}

/**
 * Process groups of a stage that are there. One whose leader is known is still that stage's when the leader is, or, when
 * it has ended, when a member has the stage in its environment: a number is not given out again while a group has it.
 * One that was just being started is known by the environment alone.
 */
function groupsOf(entry: LedgerEntry): number[] {
  const { leader } = entry;
  if (!leader) return [...new Set(membersOf(entry).map(({ group }) => group))];
  const stat = readProcessStat(leader.pid);
  const isThere = stat && !hasEnded(stat);
  const isOurs = isThere
    ? stat.startedAt === leader.started_at
    : membersOf(entry).some(({ group }) => group === leader.pid);
  return isOurs ? [leader.pid] : [];
}

/** Processes that have the stage or worker of this run in their environment. */
function membersOf({ run_id: runId, stage }: LedgerEntry): { readonly group: number }[] {
  return readdirSync('/proc').flatMap((name) => {
    const stat = /^[0-9]+$/.test(name) ? readProcessStat(name) : undefined;
    if (!stat || hasEnded(stat)) return [];
    const variables = environmentOf(name);
    const isOurs = [`WRANGLE_STAGE=${stage}`, `WRANGLE_WORKER=${stage}`].some((name) => variables.includes(name));
    return isOurs && variables.includes(`WRANGLE_RUN_ID=${runId}`) ? [stat] : [];
  });
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It ended, or is somebody else's.
    return [];
  }
}
