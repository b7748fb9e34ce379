/**
 * A build on the command line, whoever asked for it: tells what happens, and turns the result into an exit code.
 * Knows nothing of how the request came about.
 */
import { createWriteStream, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { BuildReport, BuildRequest } from '../engine/workspace.ts';
import type { StageGraph } from '../model/graph.ts';
import { buildDocument, printDocument } from '../report/documents.ts';
import { findFinalOutputs } from '../report/final-outputs.ts';
import { jsonWithoutCommands, ofRun } from '../report/github.ts';
import { inUse, recursiveBuild, waitingFor } from '../report/lock-text.ts';
import type { CollectedRun } from '../report/run-collector.ts';
import { createRunCollector } from '../report/run-collector.ts';
import type { FinalOutput, NextCommand } from '../report/summary.ts';
import { summaryLines } from '../report/summary.ts';
import { ownerText } from '../store/journal.ts';
import type { Recovered } from '../store/recover.ts';
import { quoteName } from '../util/harmless-text.ts';
import { askedAgo } from './asked-ago.ts';
import { EXIT, SIGNAL_EXIT } from './exit-code.ts';
import { fail } from './fail.ts';
import { openLiveTerminal } from './open-live-terminal.ts';
import { printMistakes } from './print-errors.ts';
import type { Session } from './session.ts';
import { parseJobs, UsageError } from './session.ts';
import { watchSignals } from './signals.ts';

/** Between TERM and KILL. */
export const GRACE_MS = 10_000;

/** What a build is asked for; the rest of its request is how it is told and stopped. */
export type AskedBuild = Pick<
  BuildRequest,
  | 'file'
  | 'targets'
  | 'select'
  | 'exclude'
  | 'params'
  | 'cache'
  | 'force'
  | 'forcedBefore'
  | 'jobs'
  | 'keepGoing'
  | 'checkDeterminism'
  | 'atomic'
  | 'resumes'
  | 'answers'
>;

export interface CarryOutFlags {
  readonly wait: boolean;
  readonly events?: string;
  /** Commands to suggest at the end. */
  readonly next: NextCommand;
}

export async function carryOut(session: Session, asked: AskedBuild, flags: CarryOutFlags): Promise<number> {
  const collector = createRunCollector();
  if (session.json && flags.events === '-') {
    throw new UsageError('"--json" and "--events -" both want standard output.', 'Write the events to a file.');
  }
  const events = openEvents(session, flags.events);
  const told = openLiveTerminal(session, { isShared: flags.events === '-' });
  const signals = watchSignals();
  const request: BuildRequest = {
    ...asked,
    defaultJobs: (setting) => parseJobs(setting, availableParallelism(), '"jobs" in the settings'),
    waitForLock: flags.wait,
    command: session.commandLine,
    signal: signals.stop,
    killSignal: signals.kill,
    graceMs: GRACE_MS,
    onEvent: (event) => {
      collector.onEvent(event);
      events?.write(`${JSON.stringify(event)}\n`);
      told.onEvent(event);
    },
    onOutput: told.onOutput,
    onWait: (holder) => told.line(waitingFor(holder)),
    onRecovered: (recovered) => {
      for (const line of recoveredLines(recovered)) told.line(line);
    },
  };
  try {
    const report = await session.workspace.build(request);
    told.close();
    if (report.status !== 'built') return refuse(session, report, signals.received());
    return finish(session, report, collector.collected(report.fold), flags.next, signals.received());
  } finally {
    told.close();
    signals.close();
    await events?.close();
  }
}

function finish(
  session: Session,
  report: Extract<BuildReport, { status: 'built' }>,
  run: CollectedRun,
  command: NextCommand,
  signal: keyof typeof SIGNAL_EXIT | undefined,
): number {
  const { stdout, stderr, json } = session;
  if (json) stdout.write(printDocument(buildDocument(run)));
  const outputs = sizedOutputs(session, report.graph, run);
  const quiet = session.verbosity === 'quiet';
  const asked = askedAgo(session, report.graph, run);
  for (const line of summaryLines(run, { style: stderr.style, quiet, outputs, command, asked })) stderr.line(line);
  stderr.annotate(ofRun(run, report.graph));
  if (report.environmentFailure !== undefined) {
    const message = report.environmentFailure;
    stderr.line(message);
    stderr.annotate([{ level: 'error', title: 'environment', message, location: undefined }]);
    return EXIT.environment;
  }
  if (signal && report.outcome === 'interrupted') return SIGNAL_EXIT[signal];
  const differs = [...run.stages.values()].some(({ failure }) => failure?.code === 'not-deterministic');
  if (differs) return EXIT.unsound;
  return { done: EXIT.done, failed: EXIT.failed, suspended: EXIT.suspended, interrupted: EXIT.failed }[report.outcome];
}

/** Nothing was built. */
export type Refusal = Exclude<BuildReport, { status: 'built' }>;

/** Says why nothing was built; the exit code is that of a build that ends so. */
export function refuse(session: Session, report: Refusal, signal: keyof typeof SIGNAL_EXIT | undefined): number {
  const { stdout, stderr, json } = session;
  if (report.status === 'invalid') {
    printMistakes(report.mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  if (report.status === 'environment') return fail(session, 'environment', report.message, EXIT.environment);
  if (signal) return fail(session, 'interrupted', 'Stopped while waiting for the workspace.', SIGNAL_EXIT[signal]);
  if (report.isOwn) return fail(session, 'recursive-build', recursiveBuild(report.holder), EXIT.usage);
  return fail(session, 'locked', inUse(report.holder), EXIT.locked);
}

/** What the build was for: outputs that no other stage of this run reads. */
export function sizedOutputs(session: Session, graph: StageGraph | undefined, run: CollectedRun): FinalOutput[] {
  if (!graph || run.outcome !== 'done') return [];
  const made = [...run.stages]
    .filter(([, { outcome }]) => outcome === 'ran' || outcome === 'restored')
    .map(([id]) => id);
  const { ports, workspace } = session;
  return findFinalOutputs(graph, new Set([...run.fresh, ...made])).map(({ stage, kind, path, made: parts }) => {
    const sizeOf = (one: { readonly stage: string; readonly path: string }) => {
      const published = run.stages.get(one.stage)?.outputs.find((output) => output.path === one.path)?.size_bytes;
      return published ?? (kind === 'file' ? ports.fs.stat(`${workspace.dir}/${one.path}`)?.size : undefined);
    };
    const shownPath = kind === 'folder' ? `${path}/` : path;
    if (!parts) return { path: shownPath, size: sizeOf({ stage, path }) };
    let size: number | undefined = 0;
    for (const one of parts) {
      const more = sizeOf(one);
      size = more === undefined || size === undefined ? undefined : size + more;
    }
    return { path: shownPath, size, count: parts.length };
  });
}

export function recoveredLines(recovered: readonly Recovered[]): string[] {
  return recovered.flatMap((one) => [
    recoveredLine(one),
    ...one.displaced.map((path) => `What was there or belongs there is now in ${quoteName(path)}.`),
  ]);
}

function recoveredLine(recovered: Recovered): string {
  const { of, name, how } = recovered;
  const owner = of === 'stage' ? quoteName(name) : ownerText(recovered);
  if (how === 'ended') return `A build was killed; processes of ${owner} that still ran were ended.`;
  if (of === 'run' && how === 'finished') return `A rollback of ${owner} was interrupted; it was finished.`;
  const what = `what it did to the outputs of ${owner}`;
  if (how !== 'given-up') return `A build was interrupted; ${what} was ${how}.`;
  const stale = of === 'stage' ? 'The stage is' : 'Its stages are';
  return `A build was interrupted; ${what} can be neither finished nor undone. ${stale} stale.`;
}

export interface EventStream {
  write(line: string): void;
  close(): Promise<void>;
}

export function openEvents(session: Session, target: string | undefined): EventStream | undefined {
  if (target === undefined) return undefined;
  if (target === '-')
    return { write: (line) => session.stdout.write(jsonWithoutCommands(line)), close: async () => {} };
  let fd: number;
  try {
    fd = openSync(resolve(session.cwd, target), 'a');
  } catch (error) {
    throw new UsageError(`The events cannot be written to ${JSON.stringify(target)}: ${(error as Error).message}.`);
  }
  const stream = createWriteStream('', { fd });
  stream.on('error', (error) => session.stderr.line(`The events cannot be written: ${error.message}.`));
  return {
    write: (line) => void stream.write(line),
    close: () => new Promise((closed) => stream.end(() => closed())),
  };
}
