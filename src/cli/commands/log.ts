/** `wrangle log [STAGE...]`: what stages printed, or the log of a whole run; also of one that goes on. */
import { nearest } from '../../diagnostics/suggest.ts';
import type { LogLevel } from '../../model/event.ts';
import { declaredId, isInstanceId } from '../../model/instance.ts';
import type { RunSummary } from '../../model/run-record.ts';
import { countOf, formatDuration } from '../../report/format.ts';
import { jsonWithoutCommands } from '../../report/github.ts';
import type { WantedLines } from '../../report/log-lines.ts';
import { readIndex, stagesOfIndex } from '../../store/index-file.ts';
import { fromWorkspace, stateLayout } from '../../store/layout.ts';
import { LogTail } from '../../store/log-tail.ts';
import { runLogPath } from '../../store/run-paths.ts';
import { findInstanceLogs, findRun, findStageLogs, listRuns, stagesOfRuns } from '../../store/run-records.ts';
import { compareText } from '../../util/compare.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { isPattern, nameMatcher } from '../../util/name-pattern.ts';
import { EXIT, SIGNAL_EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../flags.ts';
import { makeLogPrinter } from '../log-printer.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';
import { watchSignals } from '../signals.ts';

export interface LogFlags extends CommonFlags {
  readonly run?: string;
  readonly level?: LogLevel;
  readonly follow?: boolean;
  readonly raw?: boolean;
}

export async function logCommand(session: Session, stages: string[], flags: LogFlags): Promise<number> {
  if (flags.follow) return followLog(session, stages, flags);
  const shown =
    stages.length === 0 || flags.level !== undefined
      ? runLog(session, stages, flags.run)
      : stageLogs(session, stages, flags.run);
  const print = session.json ? printDocument : printText;
  return print(session, shown, flags, wantedOf(stages, flags));
}

/** Undefined: every line. Stages choose lines only where a level is asked for; else their own logs are what is shown. */
function wantedOf(stages: readonly string[], { level }: LogFlags): WantedLines | undefined {
  if (level === undefined) return undefined;
  return { level, stage: stages.length === 0 ? () => true : stageMatcher(stages) };
}

interface ShownLog {
  /** Undefined: the log of the run. */
  readonly stage: string | undefined;
  readonly attempt: number | undefined;
  /** Absolute. */
  readonly path: string;
}

interface Shown {
  /** As it was asked for. */
  readonly stage: string | null;
  /** Null when there is none to show, or they are of several runs. */
  readonly runId: string | null;
  /** Some may be gone. */
  readonly logs: readonly ShownLog[];
  /** Which run it is, for a person. */
  readonly title: string;
  /** In place of the logs, when there are none. */
  readonly nothing: string;
}

async function printText(
  session: Session,
  shown: Shown,
  flags: LogFlags,
  wanted: WantedLines | undefined,
): Promise<number> {
  const { stdout, stderr, verbosity } = session;
  const namesStages = new Set(shown.logs.map(({ stage }) => stage)).size > 1;
  const printer = makeLogPrinter({
    write: flags.raw ? stdout.write : stdout.text,
    isRaw: flags.raw === true,
    wanted,
    namesStages,
  });
  let found = 0;
  let code: number = EXIT.done;
  for (const { stage, path } of shown.logs) {
    const start = () => {
      if (found++ === 0 && verbosity !== 'quiet') stderr.line(stderr.style.dim(shown.title));
    };
    const isSound = await readWhole(session, path, start, (text, isEnd) => printer.print(stage, text, isEnd));
    if (!isSound) code = EXIT.environment;
    if (stdout.isGone) break;
  }
  if (found === 0 && code === EXIT.done) stderr.line(shown.nothing);
  return code;
}

/** One document, of which no more than a piece is in memory. */
async function printDocument(
  session: Session,
  { stage, runId, logs }: Shown,
  _flags: LogFlags,
  wanted: WantedLines | undefined,
): Promise<number> {
  const { stdout } = session;
  const layout = stateLayout(session.workspace.dir);
  const printer = makeLogPrinter({
    write: (text) => stdout.write(jsonWithoutCommands(JSON.stringify(text).slice(1, -1))),
    isRaw: true,
    wanted,
    namesStages: false,
  });
  let found = 0;
  let code: number = EXIT.done;
  stdout.write(`{\n  "stage": ${JSON.stringify(stage)},\n  "run_id": ${JSON.stringify(runId)},\n  "logs": [`);
  for (const log of logs) {
    const head = { path: fromWorkspace(layout, log.path), stage: log.stage ?? null, attempt: log.attempt ?? null };
    const start = () => stdout.write(`${found++ === 0 ? '' : ','}\n    ${JSON.stringify(head).slice(0, -1)},"text":"`);
    const before = found;
    const isSound = await readWhole(session, log.path, start, (text, isEnd) => printer.print(log.stage, text, isEnd));
    if (found > before) stdout.write('"}');
    if (!isSound) code = EXIT.environment;
    if (stdout.isGone) break;
  }
  stdout.write(found === 0 ? ']\n}\n' : '\n  ]\n}\n');
  return code;
}

/** Piece by piece; `start` is called before the first, if there is such a file. False when it cannot be read. */
async function readWhole(
  { ports, stdout, stderr }: Session,
  path: string,
  start: () => void,
  onText: (text: string, isEnd: boolean) => void,
): Promise<boolean> {
  const tail = new LogTail(ports.fs, path);
  try {
    for (let isFirst = true; ; isFirst = false) {
      const { text, hasMore, fault } = tail.read();
      if (fault !== undefined) {
        stderr.line(`The log ${quoteName(path)} was ${fault === 'gone' ? 'removed' : 'cut short'} while it was read.`);
        return true;
      }
      if (isFirst && !tail.wasThere) return true;
      if (isFirst) start();
      if (text !== '') onText(text, false);
      if (!hasMore || stdout.isGone) break;
      await stdout.drained();
    }
    onText(tail.rest(), true);
    return true;
  } catch (error) {
    stderr.line(`The log ${quoteName(path)} cannot be read: ${(error as Error).message}.`);
    return false;
  }
}

async function followLog(session: Session, stages: readonly string[], flags: LogFlags): Promise<number> {
  if (session.json) {
    throw new UsageError(
      '"--follow" and "--json" do not go together: a document has an end.',
      'For programs there is "wrangle build --events FILE", a line of JSON for each event.',
    );
  }
  const { ports, stdout, stderr, verbosity, workspace } = session;
  const { state, lock } = stateLayout(workspace.dir);
  const place = { state, lock };
  const tell = (text: string) => {
    if (verbosity !== 'quiet') stderr.line(stderr.style.dim(text));
  };
  const wanted = wantedOf(stages, flags);
  const ofStages = stages.length > 0 && wanted === undefined;
  const namesStages = ofStages && (stages.length > 1 || stages.some(isPattern));
  const printer = makeLogPrinter({
    write: flags.raw ? stdout.write : stdout.text,
    isRaw: flags.raw === true,
    wanted,
    namesStages,
  });
  if (stages.length > 0) warnOfUnknown(session, stages);

  const { awaitRun, followRun } = await import('../../engine/follow-run.ts');
  const signals = watchSignals();
  const stop = new AbortController();
  signals.stop.addEventListener('abort', () => stop.abort());
  stdout.onGone(() => stop.abort());
  const { signal } = stop;
  try {
    const onWait = () => tell('No build goes on in this workspace. Waiting for the next; Ctrl-C ends this.');
    const runId =
      flags.run === undefined
        ? await awaitRun(ports, place, { signal, onWait })
        : requireRun(session, flags.run).run_id;
    if (runId !== undefined) {
      tell(`Following run ${runId}.`);
      let latest = '';
      const followed = await followRun(ports, place, {
        runId,
        wants: ofStages ? stageMatcher(stages) : undefined,
        signal,
        onText: ({ stage, attempt, path }, text, isEnd) => {
          if (text !== '' && stage !== undefined && !namesStages && path !== latest && attempt > 1) {
            tell(`Attempt ${attempt}:`);
          }
          if (text !== '') latest = path;
          printer.print(stage, text, isEnd);
        },
        onProblem: (message) => stderr.line(message),
        breathe: () => stdout.drained(),
      });
      if (followed.status === 'ended') {
        tell(`Run ${runId}: ${followed.outcome} in ${formatDuration(followed.durationMs)}.`);
        return EXIT.done;
      }
      if (followed.status === 'gone') {
        stderr.line(`The record of run ${runId} was removed, so nothing more can be followed.`);
        return EXIT.environment;
      }
    }
    return SIGNAL_EXIT[signals.received() ?? 'SIGINT'];
  } finally {
    signals.close();
  }
}

function runLog(session: Session, stages: readonly string[], wanted = 'last'): Shown {
  const run = requireRun(session, wanted);
  const { state } = stateLayout(session.workspace.dir);
  if (stages.length > 0) warnOfUnknown(session, stages);
  const time = formatDuration(run.duration_ms);
  return {
    stage: stages[0] ?? null,
    runId: run.run_id,
    logs: [{ stage: undefined, attempt: undefined, path: runLogPath(state, run.run_id) }],
    title:
      run.outcome === 'running'
        ? `Run ${run.run_id} of ${run.pipeline} goes on since ${time}; wrangle log -f follows it.`
        : `Run ${run.run_id} of ${run.pipeline}: ${run.outcome} in ${time}.`,
    nothing: `Run ${run.run_id} did nothing, so it has no log.`,
  };
}

/** Of the run that was asked for; else of the last in which it printed anything, since it may be fresh since then. */
function stageLogs(session: Session, names: readonly string[], wanted: string | undefined): Shown {
  const { fs } = session.ports;
  const { state } = stateLayout(session.workspace.dir);
  const runId = wanted === undefined ? undefined : requireRun(session, wanted).run_id;
  const logsOf = (stage: string) => findStageLogs(fs, state, stage, runId).map((log) => ({ stage, ...log }));
  const found = stagesMeant(session, names).flatMap((stage) => {
    // Named itself, it may have printed into the log of its batch.
    const shared = isInstanceId(stage) && names.includes(stage) ? findInstanceLogs(fs, state, stage, runId) : [];
    const own = shared.length > 0 ? shared.map((log) => ({ stage, ...log })) : logsOf(stage);
    // A stage that runs in instances has no log itself.
    return own.length > 0 || isInstanceId(stage) ? own : instancesOf(session, stage).flatMap(logsOf);
  });
  if (found.length === 0) {
    for (const name of names) if (!isPattern(name)) requireKnownStage(session, name);
  }
  const runs = new Set(found.map(({ run_id }) => run_id));
  const only = runs.size === 1 ? [...runs][0] : undefined;
  const what =
    names.length === 1 ? `Stage ${quoteName(names[0] as string)}` : `Stages ${names.map(quoteName).join(', ')}`;
  const attempts = found.length > 1 ? `, ${countOf(found.length, 'attempt')}` : '';
  return {
    stage: names[0] ?? null,
    runId: only ?? (found.length === 0 ? (runId ?? null) : null),
    logs: found,
    title: `${what} in ${only === undefined ? countOf(runs.size, 'run') : `run ${only}`}${attempts}:`,
    nothing: `${what} printed nothing in ${runId === undefined ? 'any run that is kept' : `run ${runId}`}.`,
  };
}

/** Names as they are; for a pattern all that fit it. Errors: `UsageError` when none does. */
function stagesMeant(session: Session, names: readonly string[]): string[] {
  if (!names.some(isPattern)) return [...new Set(names)];
  const known = knownStages(session);
  const meant = names.flatMap((name) => {
    if (!isPattern(name)) return [name];
    const fitting = [...known].filter(stageMatcher([name])).sort(compareText);
    if (fitting.length === 0) throw new UsageError(`No run had a stage that fits ${quoteName(name)}.`);
    return fitting;
  });
  return [...new Set(meant)];
}

/** The name of a stage stands for its instances too. */
function stageMatcher(names: readonly string[]): (id: string) => boolean {
  const fits = nameMatcher(names);
  return (id) => fits(id) || fits(declaredId(id));
}

function instancesOf(session: Session, stage: string): string[] {
  return [...knownStages(session)].filter((id) => isInstanceId(id) && declaredId(id) === stage).sort(compareText);
}

/** A stage may have been fresh in every run that is kept; then only the index knows it. */
function knownStages({ ports, workspace }: Session): Set<string> {
  const { state, index } = stateLayout(workspace.dir);
  const known = stagesOfRuns(ports.fs, state);
  for (const id of stagesOfIndex(readIndex(ports.fs, index, ports.bootId))) known.add(id);
  return known;
}

function knownNames(session: Session): Set<string> {
  const known = knownStages(session);
  return new Set([...known, ...[...known].map(declaredId)]);
}

function requireKnownStage(session: Session, stage: string): void {
  const known = knownNames(session);
  if (known.has(stage)) return;
  const near = nearest(stage, known);
  throw new UsageError(
    `No run had a stage ${quoteName(stage)}.`,
    near === undefined ? undefined : `Did you mean ${quoteName(near)}?`,
  );
}

/** It may be new in the run that is followed. */
function warnOfUnknown(session: Session, names: readonly string[]): void {
  const known = knownNames(session);
  for (const name of names) {
    if (isPattern(name) || known.has(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? '' : ` Did you mean ${quoteName(near)}?`;
    session.stderr.line(`No run had a stage ${quoteName(name)} so far.${hint}`);
  }
}

function requireRun({ ports, workspace }: Session, wanted: string): RunSummary {
  const { state, lock } = stateLayout(workspace.dir);
  const builder = ports.lock.holder(lock);
  const run = findRun(ports.fs, state, wanted, builder);
  if (run.ok) return run.value;
  const candidates = run.error;
  if (candidates.length > 1) {
    throw new UsageError(`Several runs begin with ${quoteName(wanted)}: ${candidates.slice(0, 5).join(', ')}.`);
  }
  if (wanted === 'last') throw new UsageError('There is no run yet.');
  const near = nearest(
    wanted,
    listRuns(ports.fs, state, builder).map(({ run_id }) => run_id),
  );
  throw new UsageError(
    `There is no run ${quoteName(wanted)}.`,
    near === undefined ? '"wrangle runs" lists what there is.' : `Did you mean ${quoteName(near)}?`,
  );
}
