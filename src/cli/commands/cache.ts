/** `wrangle cache`: where the store is, and whether all that is in it is sound. */

import { printDocument, verifyDocument } from '../../report/documents.ts';
import { countOf, formatBytes } from '../../report/format.ts';
import { waitingFor } from '../../report/lock-text.ts';
import { verifyText } from '../../report/verify-text.ts';
import type { InspectionProgress } from '../../store/inspect-store.ts';
import { EXIT } from '../exit-code.ts';
import { fail, failLocked } from '../fail.ts';
import type { CommonFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export interface CacheFlags extends CommonFlags {
  readonly repair?: boolean;
}

const PROGRESS_EVERY_MS = 2000;

/** `printHelp` prints the help of the command, for those who name nothing to do. */
export async function cacheCommand(
  session: Session,
  args: string[],
  flags: CacheFlags,
  printHelp: () => void,
): Promise<number> {
  const [action, ...rest] = args;
  if (action === undefined) return showStore(session, printHelp);
  if (action !== 'verify') throw new UsageError(`"cache ${action}" is not known.`, 'There is only "cache verify".');
  if (rest.length > 0) throw new UsageError(`"cache verify" takes no argument, not ${JSON.stringify(rest[0])}.`);
  return verify(session, flags.repair === true);
}

async function showStore(session: Session, printHelp: () => void): Promise<number> {
  const { json, stdout, stderr, workspace } = session;
  const report = await workspace.storeSize();
  if (report.status === 'invalid') {
    printMistakes(report.mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  const { store, bytes, bytesMax } = report;
  if (json) {
    stdout.write(printDocument({ store, size_bytes: bytes, limit_bytes: bytesMax }));
    return EXIT.done;
  }
  printHelp();
  stdout.line('');
  stdout.line(`Store: ${store}`);
  stdout.line(`It holds ${formatBytes(bytes)}; its limit is ${formatBytes(bytesMax)}.`);
  return EXIT.done;
}

async function verify(session: Session, repair: boolean): Promise<number> {
  const { json, stdout, stderr, workspace } = session;
  const quiet = session.verbosity === 'quiet';
  let toldMs = Date.now();
  const onProgress = (progress: InspectionProgress) => {
    if (quiet || Date.now() - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = Date.now();
    stderr.line(progressText(progress));
  };
  const report = await workspace.verifyStore({
    repair,
    command: session.commandLine,
    onWait: (holder) => stderr.line(waitingFor(holder)),
    onProgress,
  });
  switch (report.status) {
    case 'invalid':
      printMistakes(report.mistakes, { json, out: stdout, err: stderr });
      return EXIT.usage;
    case 'environment':
      return fail(session, 'environment', report.message, EXIT.environment);
    case 'locked':
      return failLocked(session, report);
    case 'verified': {
      if (json) stdout.write(printDocument(verifyDocument(report)));
      else if (!quiet || report.inspection.problems.length > 0) stdout.write(verifyText(report, stdout.style));
      const isMended = report.repair !== undefined && report.repair.left.length === 0;
      return report.inspection.problems.length === 0 || isMended ? EXIT.done : EXIT.unsound;
    }
  }
}

function progressText({ files, filesTotal, bytes, bytesTotal }: InspectionProgress): string {
  const part = bytesTotal === 0 ? 100 : Math.floor((bytes / bytesTotal) * 100);
  return `${part} %: read ${formatBytes(bytes)} of ${formatBytes(bytesTotal)}, ${files} of ${countOf(filesTotal, 'file')}`;
}
