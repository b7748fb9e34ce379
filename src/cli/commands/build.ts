/** `wrangle build`: runs what is stale. */
import { availableParallelism } from 'node:os';
import { carryOut } from '../carry-out.ts';
import type { BuildFlags } from '../flags.ts';
import { nextCommands } from '../next-commands.ts';
import type { Session } from '../session.ts';
import { parseCache, parseJobs, readParams, splitArguments } from '../session.ts';
import { parseForce, planCommand } from './plan.ts';

export async function buildCommand(session: Session, args: string[], flags: BuildFlags): Promise<number> {
  if (flags.dryRun) return planCommand(session, args, flags);
  const { file, stages } = splitArguments(session, flags, args);
  const { wait, events } = flags;
  const asked = {
    file,
    targets: stages,
    params: await readParams(session, flags),
    cache: parseCache(flags.cache),
    force: parseForce(flags.force),
    jobs: flags.jobs === undefined ? undefined : parseJobs(flags.jobs, availableParallelism()),
    keepGoing: flags.keepGoing === true,
    atomic: flags.atomic === true,
  };
  const named = stages.length < args.length ? args[0] : flags.file;
  const next = nextCommands({ flags, file: named, stages });
  return carryOut(session, asked, { wait, next, ...(events === undefined ? {} : { events }) });
}
