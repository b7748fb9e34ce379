/** What a command line asks `build` for, once or in every round of watching. */
import { availableParallelism } from 'node:os';
import type { NextCommand } from '../report/summary.ts';
import type { AskedBuild } from './carry-out.ts';
import type { BuildFlags } from './flags.ts';
import { nextCommands } from './next-commands.ts';
import type { Session } from './session.ts';
import { parseCache, parseForce, parseJobs, readParams, splitArguments } from './session.ts';

/** What the words and flags of a command line ask for. Files of params are read. */
export async function askedBuild(session: Session, args: readonly string[], flags: BuildFlags): Promise<AskedBuild> {
  const { file, stages } = splitArguments(session, flags, args);
  const checked = parseForce(flags.checkDeterminism);
  return {
    file,
    targets: stages,
    select: flags.select ?? [],
    exclude: flags.exclude ?? [],
    params: await readParams(session, flags),
    cache: parseCache(flags.cache),
    force: parseForce(flags.force),
    jobs: flags.jobs === undefined ? undefined : parseJobs(flags.jobs, availableParallelism()),
    // One that differs says nothing of the others.
    keepGoing: flags.keepGoing === true || checked !== false,
    ...(checked === false ? {} : { checkDeterminism: checked }),
    atomic: flags.atomic === true,
  };
}

/** Commands that are about the same pipeline as a command line. */
export function nextBuild(session: Session, args: readonly string[], flags: BuildFlags): NextCommand {
  const { stages } = splitArguments(session, flags, args);
  return nextCommands({ flags, file: stages.length < args.length ? args[0] : flags.file, stages });
}
