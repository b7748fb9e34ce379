/** `wrangle diff RUN RUN [OUTPUT]`: what is different between two runs, and where it began. */
import { relative, resolve } from 'node:path';
import type { DiffReport } from '../../engine/diff-runs.ts';
import { printDocument } from '../../report/documents.ts';
import { runDiffDocument } from '../../report/run-diff-document.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export async function diffCommand(session: Session, args: string[], _flags: CommonFlags): Promise<number> {
  const [before, after, output, extra] = args;
  if ((before === undefined) !== (after === undefined) || extra !== undefined) {
    throw new UsageError(
      '"diff" takes two runs, and maybe an output.',
      'Write it as: wrangle diff RUN RUN [OUTPUT], such as wrangle diff last~1 last',
    );
  }
  const { json, stdout, stderr, workspace, cwd } = session;
  const report = await workspace.diff({
    before: before ?? 'last~1',
    after: after ?? 'last',
    output: output === undefined ? undefined : { name: output, path: relative(workspace.dir, resolve(cwd, output)) },
  });
  if (report.status === 'invalid') {
    printMistakes(report.mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  if (report.status !== 'compared') throw refusal(report);
  if (json) stdout.write(printDocument(runDiffDocument(report.diff)));
  else {
    const { runDiffText } = await import('../../report/run-diff-text.ts');
    stdout.text(runDiffText(report.diff, stdout.style, session.verbosity === 'verbose'));
  }
  return EXIT.done;
}

type Refused = Exclude<DiffReport, { readonly status: 'compared' | 'invalid' }>;

function refusal(report: Refused): UsageError {
  if (report.status === 'gone') {
    return new UsageError(
      `What run ${report.run.run_id} did is not kept any more.`,
      'The records of the newest 200 runs are; "wrangle runs" lists them.',
    );
  }
  const { wanted, suggestion } = report;
  const near = suggestion === undefined ? undefined : `Did you mean "${suggestion}"?`;
  if (report.status === 'unknown-output') {
    return new UsageError(
      `No run made an output ${quoteName(wanted)}.`,
      near ?? 'It takes a path from the workspace, or a stage.',
    );
  }
  const some = report.candidates.length === 0 ? undefined : `It could be ${report.candidates.join(', ')}.`;
  return new UsageError(
    `There is ${some ? 'more than one run' : 'no run'} ${quoteName(wanted)} that is kept.`,
    some ?? near ?? 'List them with "wrangle runs".',
  );
}
