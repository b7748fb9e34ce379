/** `wrangle runs`: history, newest first. */
import { printDocument, runsDocument } from '../../report/documents.ts';
import { runsText } from '../../report/runs-text.ts';
import { stateLayout } from '../../store/layout.ts';
import { listRuns } from '../../store/run-records.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../program.ts';
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
  const runs = listRuns(ports.fs, layout.state, ports.lock.holder(layout.lock)).slice(0, limit);
  if (json) stdout.write(printDocument(runsDocument(runs)));
  else stdout.write(runsText(runs, stdout.style));
  return EXIT.done;
}
