/** `wrangle build`: runs what is stale. */
import { askedBuild, nextBuild } from '../asked-build.ts';
import { carryOut } from '../carry-out.ts';
import type { BuildFlags } from '../flags.ts';
import type { Session } from '../session.ts';
import { planCommand } from './plan.ts';

export async function buildCommand(session: Session, args: string[], flags: BuildFlags): Promise<number> {
  if (flags.watch) return (await import('./watch.ts')).watchCommand(session, args, flags);
  if (flags.dryRun) return planCommand(session, args, flags);
  const { wait, events } = flags;
  const asked = await askedBuild(session, args, flags);
  const next = nextBuild(session, args, flags);
  return carryOut(session, asked, { wait, next, ...(events === undefined ? {} : { events }) });
}
