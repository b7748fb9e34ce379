/** `wrangle log [STAGE]`: what stages printed, or the log of a whole run. */
import { nearest } from '../../diagnostics/suggest.ts';
import type { RunSummary } from '../../model/run-record.ts';
import { printDocument } from '../../report/documents.ts';
import { countOf, formatDuration } from '../../report/format.ts';
import { readIndex, stagesOfIndex } from '../../store/index-file.ts';
import { fromWorkspace, stateLayout } from '../../store/layout.ts';
import { runLogPath } from '../../store/run-paths.ts';
import type { StageLog } from '../../store/run-records.ts';
import { findRun, findStageLogs, stagesOfRuns } from '../../store/run-records.ts';
import { harmlessText, quoteName } from '../../util/harmless-text.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../flags.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export async function logCommand(
  session: Session,
  args: string[],
  flags: CommonFlags & { readonly run?: string; readonly raw?: boolean },
): Promise<number> {
  const [stage] = args;
  const shown = stage === undefined ? runLog(session, flags.run) : stageLogs(session, stage, flags.run);
  const { fs } = session.ports;
  const logs = shown.paths.flatMap((path) => {
    const text = fs.readText(path);
    return text === undefined ? [] : [{ path: fromWorkspace(stateLayout(session.workspace.dir), path), text }];
  });
  const { json, stdout, stderr, verbosity } = session;
  if (json) {
    stdout.write(printDocument({ stage: stage ?? null, run_id: shown.runId ?? null, logs }));
  } else if (logs.length === 0) {
    stderr.line(shown.nothing);
  } else {
    if (verbosity !== 'quiet') stderr.line(stderr.style.dim(shown.title));
    for (const { text } of logs) stdout.write(flags.raw ? text : harmlessText(text));
  }
  return EXIT.done;
}

interface Shown {
  /** Undefined when there was none to show. */
  readonly runId: string | undefined;
  /** Absolute; some may be gone. */
  readonly paths: readonly string[];
  /** Which run it is, for a person. */
  readonly title: string;
  /** In place of the logs, when there are none. */
  readonly nothing: string;
}

function runLog(session: Session, wanted = 'last'): Shown {
  const run = requireRun(session, wanted);
  const { state } = stateLayout(session.workspace.dir);
  return {
    runId: run.run_id,
    paths: [runLogPath(state, run.run_id)],
    title: `Run ${run.run_id} of ${run.pipeline}: ${run.outcome} in ${formatDuration(run.duration_ms)}.`,
    nothing: `Run ${run.run_id} did nothing, so it has no log.`,
  };
}

/** Of the run that was asked for; else of the last in which it printed anything, since it may be fresh since then. */
function stageLogs(session: Session, stage: string, wanted: string | undefined): Shown {
  const { fs } = session.ports;
  const { state } = stateLayout(session.workspace.dir);
  const runId = wanted === undefined ? undefined : requireRun(session, wanted).run_id;
  const logs = findStageLogs(fs, state, stage, runId);
  const [first] = logs;
  if (!first) requireKnownStage(session, stage);
  return {
    runId: first?.run_id ?? runId,
    paths: logs.map(({ path }) => path),
    title: titleOf(stage, logs),
    nothing: `Stage ${quoteName(stage)} printed nothing in ${runId === undefined ? 'any run that is kept' : `run ${runId}`}.`,
  };
}

function titleOf(stage: string, logs: readonly StageLog[]): string {
  const attempts = logs.length > 1 ? `, ${countOf(logs.length, 'attempt')}` : '';
  return `Stage ${quoteName(stage)} in run ${logs[0]?.run_id}${attempts}:`;
}

/** A stage may have been fresh in every run that is kept; then only the index knows it. */
function requireKnownStage({ ports, workspace }: Session, stage: string): void {
  const { state, index } = stateLayout(workspace.dir);
  const known = stagesOfRuns(ports.fs, state);
  for (const id of stagesOfIndex(readIndex(ports.fs, index, ports.bootId))) known.add(id);
  if (known.has(stage)) return;
  const near = nearest(stage, known);
  throw new UsageError(
    `No run had a stage ${quoteName(stage)}.`,
    near === undefined ? undefined : `Did you mean ${quoteName(near)}?`,
  );
}

function requireRun({ ports, workspace }: Session, wanted: string): RunSummary {
  const run = findRun(ports.fs, stateLayout(workspace.dir).state, wanted);
  if (run.ok) return run.value;
  const candidates = run.error;
  if (candidates.length > 1) {
    throw new UsageError(`Several runs begin with ${quoteName(wanted)}: ${candidates.slice(0, 5).join(', ')}.`);
  }
  throw new UsageError(wanted === 'last' ? 'There is no run yet.' : `There is no run ${quoteName(wanted)}.`);
}
