/** `wrangle build`: runs what is stale. */
import { availableParallelism } from 'node:os';
import type { NextCommand } from '../../report/summary.ts';
import type { AskedBuild } from '../carry-out.ts';
import { carryOut } from '../carry-out.ts';
import type { BuildFlags } from '../flags.ts';
import { nextCommands } from '../next-commands.ts';
import type { Session } from '../session.ts';
import { parseCache, parseJobs, readParams, splitArguments } from '../session.ts';
import { parseForce, planCommand } from './plan.ts';

export async function buildCommand(session: Session, args: string[], flags: BuildFlags): Promise<number> {
  if (flags.watch) return (await import('./watch.ts')).watchCommand(session, args, flags);
  if (flags.dryRun) return planCommand(session, args, flags);
  const { wait, events } = flags;
  const asked = await askedBuild(session, args, flags);
  const next = nextBuild(session, args, flags);
  return carryOut(session, asked, { wait, next, ...(events === undefined ? {} : { events }) });
}

/** What the words and flags of a command line ask for. Files of params are read. */
export async function askedBuild(session: Session, args: readonly string[], flags: BuildFlags): Promise<AskedBuild> {
  const { file, stages } = splitArguments(session, flags, args);
  return {
    file,
    targets: stages,
    params: await readParams(session, flags),
    cache: parseCache(flags.cache),
    force: parseForce(flags.force),
    jobs: flags.jobs === undefined ? undefined : parseJobs(flags.jobs, availableParallelism()),
    keepGoing: flags.keepGoing === true,
    atomic: flags.atomic === true,
  };
}

/** Commands that are about the same pipeline as a command line. */
export function nextBuild(session: Session, args: readonly string[], flags: BuildFlags): NextCommand {
  const { stages } = splitArguments(session, flags, args);
  return nextCommands({ flags, file: stages.length < args.length ? args[0] : flags.file, stages });
}
