/** `wrangle log [STAGE]`: what stages printed, or the log of a whole run. */

import { printDocument } from '../../report/documents.ts';
import { fromWorkspace, stateLayout } from '../../store/layout.ts';
import { runLogPath } from '../../store/run-paths.ts';
import { findRun, findStageLogs } from '../../store/run-records.ts';
import { harmlessText } from '../../util/harmless-text.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../program.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export async function logCommand(
  session: Session,
  args: string[],
  flags: CommonFlags & { readonly run?: string; readonly raw?: boolean },
): Promise<number> {
  const { ports, workspace, stdout, json } = session;
  const layout = stateLayout(workspace.dir);
  const [stage] = args;
  // The last log of a stage may be older than the last run, in which it was fresh.
  const latest = stage !== undefined && flags.run === undefined;
  const wanted = flags.run ?? 'last';
  const run = findRun(ports.fs, layout.state, wanted);
  if (!run.ok && !latest) throw new UsageError(noRun(wanted, run.error));

  const runId = latest || !run.ok ? undefined : run.value.run_id;
  const paths =
    stage === undefined
      ? run.ok
        ? [runLogPath(layout.state, run.value.run_id)]
        : []
      : findStageLogs(ports.fs, layout.state, stage, runId).map(({ path }) => path);
  const there = paths.filter((path) => ports.fs.stat(path) !== undefined);
  if (json) {
    const logs = there.map((path) => ({ path: fromWorkspace(layout, path), text: ports.fs.readText(path) ?? '' }));
    stdout.write(printDocument({ stage: stage ?? null, logs }));
    return EXIT.done;
  }
  if (there.length === 0) {
    session.stderr.line(
      stage === undefined
        ? 'That run did nothing, so it has no log.'
        : `There is no output of a stage ${JSON.stringify(stage)}.`,
    );
    return EXIT.done;
  }
  for (const path of there) {
    const text = ports.fs.readText(path) ?? '';
    stdout.write(flags.raw ? text : harmlessText(text));
  }
  return EXIT.done;
}

function noRun(wanted: string, candidates: readonly string[]): string {
  if (candidates.length > 1)
    return `Several runs begin with ${JSON.stringify(wanted)}: ${candidates.slice(0, 5).join(', ')}.`;
  return wanted === 'last' ? 'There is no run yet.' : `There is no run ${JSON.stringify(wanted)}.`;
}
