/** `wrangle clean`: removes outputs that wrangle made; what was edited since stays. */
import { printDocument } from '../../report/documents.ts';
import { countOf } from '../../report/format.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { EXIT } from '../exit-code.ts';
import { fail, failLocked } from '../fail.ts';
import type { PlanFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { readParams, splitArguments } from '../session.ts';

export async function cleanCommand(
  session: Session,
  args: string[],
  flags: PlanFlags & { readonly orphans?: boolean; readonly dryRun?: boolean },
): Promise<number> {
  const { file, stages } = splitArguments(session, flags, args);
  const { json, stdout, stderr } = session;
  const dryRun = flags.dryRun === true;
  const report = await session.workspace.clean({
    file,
    targets: stages,
    select: flags.select ?? [],
    exclude: flags.exclude ?? [],
    params: await readParams(session, flags),
    orphans: flags.orphans === true,
    dryRun,
    command: session.commandLine,
  });
  if (report.status === 'invalid') {
    printMistakes(report.mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  if (report.status === 'environment') return fail(session, 'environment', report.message, EXIT.environment);
  if (report.status === 'locked') return failLocked(session, report);
  const { removed, displaced, kept, notes } = report;
  for (const note of notes) stderr.line(note);
  if (json) {
    stdout.write(
      printDocument({
        removed,
        displaced: displaced.map(({ path, to }) => ({ path, to: to ?? null })),
        kept,
        dry_run: dryRun,
      }),
    );
    return EXIT.done;
  }
  if (session.verbosity !== 'quiet') {
    const verb = dryRun ? 'Would remove' : 'Removed';
    stdout.line(removed.length === 0 ? 'There is nothing to remove.' : `${verb} ${countOf(removed.length, 'output')}:`);
    for (const path of removed) stdout.line(`  ${quoteName(path)}`);
  }
  for (const { path, to } of displaced) {
    const where = to === undefined ? 'would be moved to ".wrangle/displaced/"' : `is now in ${quoteName(to)}`;
    stderr.line(`${quoteName(path)} is not in the store; it ${where}.`);
  }
  for (const path of kept) stderr.line(`${quoteName(path)} is not as wrangle made it; it was left.`);
  return EXIT.done;
}
