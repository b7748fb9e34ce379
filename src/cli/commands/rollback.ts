/** `wrangle rollback`: puts the outputs back to what they were before a run. */
import type { RollbackReport } from '../../engine/rollback.ts';
import { printDocument, rollbackDocument } from '../../report/documents.ts';
import { waitingFor } from '../../report/lock-text.ts';
import { rollbackText } from '../../report/rollback-text.ts';
import { recoveredLines } from '../carry-out.ts';
import { EXIT, SIGNAL_EXIT } from '../exit-code.ts';
import { fail, failLocked } from '../fail.ts';
import type { RollbackFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';
import { watchSignals } from '../signals.ts';

export async function rollbackCommand(session: Session, args: string[], flags: RollbackFlags): Promise<number> {
  const [run, extra] = args;
  if (extra !== undefined) throw new UsageError('"rollback" takes one run.', 'Write it as: wrangle rollback [RUN]');
  const { stderr } = session;
  const signals = watchSignals();
  try {
    const report = await session.workspace.rollback({
      run,
      dryRun: flags.dryRun === true,
      waitForLock: flags.wait,
      command: session.commandLine,
      signal: signals.stop,
      onEvent: () => {},
      onWait: (holder) => stderr.line(waitingFor(holder)),
      onRecovered: (recovered) => {
        for (const line of recoveredLines(recovered)) stderr.line(line);
      },
    });
    const signal = signals.received();
    if (report.status === 'locked' && signal) return SIGNAL_EXIT[signal];
    return finish(session, report, flags.dryRun === true);
  } finally {
    signals.close();
  }
}

function finish(session: Session, report: RollbackReport, dryRun: boolean): number {
  const { json, stdout, stderr } = session;
  switch (report.status) {
    case 'invalid':
      printMistakes(report.mistakes, { json, out: stdout, err: stderr });
      return EXIT.usage;
    case 'environment':
      return fail(session, 'environment', report.message, EXIT.environment);
    case 'locked':
      return failLocked(session, report);
    case 'unknown-run': {
      const some = report.candidates.length === 0 ? undefined : `It could be ${report.candidates.join(', ')}.`;
      const near = report.suggestion === undefined ? undefined : `Did you mean "${report.suggestion}"?`;
      throw new UsageError(
        `There is ${some ? 'more than one run' : 'no run'} "${report.wanted}" that is kept.`,
        some ?? near ?? 'List them with "wrangle runs".',
      );
    }
    case 'missing': {
      const paths = report.missing.map(({ path, reason }) => `  ${JSON.stringify(path)}: ${reason}`);
      const message = `Run ${report.undone.job_id} cannot be undone; nothing was changed:\n${paths.join('\n')}`;
      return fail(session, 'bytes-missing', message, EXIT.environment);
    }
    case 'nothing':
    case 'rolled-back':
      if (json) stdout.write(printDocument(rollbackDocument(report, dryRun)));
      else if (session.verbosity !== 'quiet') stdout.write(rollbackText(report, dryRun));
      return EXIT.done;
  }
}
