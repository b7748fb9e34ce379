/** `wrangle build`: runs what is stale. */
import { askedBuild, nextBuild } from '../asked-build.ts';
import { carryOut } from '../carry-out.ts';
import type { BuildFlags } from '../flags.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';
import { planCommand } from './plan.ts';

export async function buildCommand(session: Session, args: string[], flags: BuildFlags): Promise<number> {
  if (flags.watch && flags.checkDeterminism !== undefined) {
    throw new UsageError('"--watch" and "--check-determinism" do not go together.');
  }
  if (flags.watch) return (await import('./watch.ts')).watchCommand(session, args, flags);
  if (flags.dryRun) return planCommand(session, args, withForced(flags));
  const { wait, events } = flags;
  const asked = await askedBuild(session, args, flags);
  const next = nextBuild(session, args, flags);
  return carryOut(session, asked, { wait, next, ...(events === undefined ? {} : { events }) });
}

/** What runs twice runs, whatever its state. */
function withForced(flags: BuildFlags): BuildFlags {
  const { force, checkDeterminism: checked } = flags;
  if (checked === undefined || checked === false || force === true) return flags;
  const isNamed = typeof checked === 'string' && typeof force === 'string';
  return { ...flags, force: isNamed ? `${force},${checked}` : checked };
}
