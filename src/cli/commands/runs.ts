/** `wrangle runs`: history, newest first. */
import type { RunSummary } from '../../model/run-record.ts';
import { printDocument, runsDocument } from '../../report/documents.ts';
import { runsText } from '../../report/runs-text.ts';
import { stateLayout } from '../../store/layout.ts';
import { listRuns, readRun } from '../../store/run-records.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../flags.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export async function runsCommand(
  session: Session,
  _args: string[],
  flags: CommonFlags & { readonly limit: string },
): Promise<number> {
  const limit = Number(flags.limit);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new UsageError(`--limit takes a whole number from 1, not "${flags.limit}".`);
  const { json, stdout, ports, workspace } = session;
  const layout = stateLayout(workspace.dir);
  const holder = ports.lock.holder(layout.lock);
  const runs = listRuns(ports.fs, layout.state, holder).slice(0, limit);
  if (json) {
    const stagesOf = (run: RunSummary) => readRun(ports.fs, layout.state, run.run_id, holder)?.stages ?? {};
    stdout.write(printDocument(runsDocument(runs.map((run) => ({ ...run, stages: stagesOf(run) })))));
  } else stdout.text(runsText(runs, stdout.style));
  return EXIT.done;
}
