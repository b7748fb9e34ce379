/** `wrangle gc`: removes results that nobody needs from the store; safe beside running builds. */
import { parseDuration, parseSize } from '../../language/units.ts';
import { gcDocument, printDocument } from '../../report/documents.ts';
import { gcText } from '../../report/gc-text.ts';
import { EXIT } from '../exit-code.ts';
import { fail } from '../fail.ts';
import type { CommonFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export interface GcFlags extends CommonFlags {
  readonly dryRun?: boolean;
  readonly maxSize?: string;
  readonly olderThan?: string;
  readonly failed?: boolean;
  readonly displaced?: boolean;
}

export async function gcCommand(session: Session, args: string[], flags: GcFlags): Promise<number> {
  if (args.length > 0) throw new UsageError(`"gc" takes no argument, not ${JSON.stringify(args[0])}.`);
  const { json, stdout, stderr, workspace } = session;
  const dryRun = flags.dryRun === true;
  const report = await workspace.gc({
    dryRun,
    maxBytes: flags.maxSize === undefined ? undefined : sizeOf(flags.maxSize),
    olderThanMs: flags.olderThan === undefined ? undefined : ageOf(flags.olderThan),
    failed: flags.failed === true,
    displaced: flags.displaced === true,
    command: session.commandLine,
  });
  switch (report.status) {
    case 'invalid':
      printMistakes(report.mistakes, { json, out: stdout, err: stderr });
      return EXIT.usage;
    case 'environment':
      return fail(session, 'environment', report.message, EXIT.environment);
    case 'locked': {
      const by = report.holder ? ` by process ${report.holder.pid} (${report.holder.command})` : '';
      return fail(session, 'locked', `The store is being cleaned already${by}.`, EXIT.locked);
    }
    case 'cleaned':
      if (json) stdout.write(printDocument(gcDocument(report, dryRun)));
      else if (session.verbosity !== 'quiet') stdout.write(gcText(report, { dryRun, style: stdout.style }));
      return EXIT.done;
  }
}

function sizeOf(text: string): number {
  const bytes = /^\d+$/.test(text) ? Number(text) : parseSize(text);
  if (bytes === undefined || !Number.isSafeInteger(bytes)) {
    throw new UsageError(`--max-size takes a size such as 20GiB, 500MB or a number of bytes, not "${text}".`);
  }
  return bytes;
}

function ageOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`--older-than takes an age such as 30d, 12h or 1h30m, not "${text}".`);
  return ms;
}
