/** `wrangle watch`, which is `wrangle build --watch`: builds, and builds again whenever something changes. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { printDiagnostics } from '../../diagnostics/print.ts';
import type { OpenPipeline } from '../../engine/open-pipeline.ts';
import type { Hints, Round, RoundCause } from '../../engine/round.ts';
import { merge } from '../../engine/round.ts';
import { createWorkspace } from '../../engine/workspace.ts';
import { waitingFor } from '../../report/lock-text.ts';
import { createRunCollector } from '../../report/run-collector.ts';
import { summaryLines } from '../../report/summary.ts';
import {
  blindLine,
  brokenLine,
  freeLine,
  idleLine,
  loopLines,
  mendedLine,
  roundBeginLine,
  roundEndLine,
  undoneLine,
} from '../../report/watch-text.ts';
import type { RoundHooks, WatchListener } from '../../watch/watcher.ts';
import { watch } from '../../watch/watcher.ts';
import { askedAgo } from '../asked-ago.ts';
import { askedBuild, nextBuild } from '../asked-build.ts';
import type { Refusal } from '../carry-out.ts';
import { GRACE_MS, openEvents, recoveredLines, refuse, sizedOutputs } from '../carry-out.ts';
import { EXIT, SIGNAL_EXIT } from '../exit-code.ts';
import type { BuildFlags } from '../flags.ts';
import type { ToldRuns } from '../open-live-terminal.ts';
import { openLiveTerminal } from '../open-live-terminal.ts';
import type { Session } from '../session.ts';
import { DiagnosedError, parseJobs, UsageError } from '../session.ts';
import { watchSignals } from '../signals.ts';

/** Ends with the signal's code: nothing else ends it. Failing stages and mistakes in files are waited out. */
export async function watchCommand(session: Session, args: string[], flags: BuildFlags): Promise<number> {
  if (session.json) {
    throw new UsageError('"--json" prints one document, and watching never ends.', 'Use --events FILE.');
  }
  if (flags.dryRun) throw new UsageError('"--dry-run" builds nothing, so there is nothing to watch for.');
  // A mistake on the command line itself is not waited out.
  await askedBuild(session, args, flags);
  const workspace = createWorkspace(session.ports, session.workspace.dir, { keepWorkers: true });
  const signals = watchSignals();
  const rounds = new Rounds(session, args, flags, {
    pipeline: await workspace.open(flags.paramsFile === undefined ? [] : [resolve(session.cwd, flags.paramsFile)]),
    killSignal: signals.kill,
    end: () => end.abort(),
  });
  const end = new AbortController();
  signals.stop.addEventListener('abort', () => end.abort());
  try {
    const { watchFolders } = await import('../../host/folder-watcher.ts');
    await watch({
      clock: session.ports.clock,
      watchFolders,
      pipeline: rounds.pipeline,
      round: (hints, hooks) => rounds.round(hints, hooks),
      onChange: flags.onChange === 'restart' ? 'restart' : 'finish',
      listener: rounds.listener,
      signal: end.signal,
    });
    const signal = signals.received();
    if (rounds.locked) return refuse(session, rounds.locked, signal);
    return signal ? SIGNAL_EXIT[signal] : EXIT.done;
  } finally {
    signals.close();
    await rounds.close();
    await workspace.close();
  }
}

interface RoundMeans {
  readonly pipeline: OpenPipeline;
  readonly killSignal: AbortSignal;
  /** Ends the watching. */
  readonly end: () => void;
}

/** Builds each round as the command line asks for, and tells of it. */
class Rounds {
  readonly pipeline: OpenPipeline;
  readonly listener: WatchListener;
  readonly #session: Session;
  readonly #args: readonly string[];
  readonly #flags: BuildFlags;
  readonly #killSignal: AbortSignal;
  readonly #end: () => void;
  readonly #events: ReturnType<typeof openEvents>;
  readonly #told: ToldRuns;
  #collector = createRunCollector();
  /** Another build is in the way, and is not to be waited for. */
  locked: Refusal | undefined;
  /** Of rounds that could not be asked for. */
  #owed: Hints = new Set();
  /** The round that was told last did not end well, and what is wrong is still so. */
  #isAmiss = false;
  /** The mistakes that were told last, until they are mended. */
  #broken = '';

  constructor(session: Session, args: readonly string[], flags: BuildFlags, { pipeline, killSignal, end }: RoundMeans) {
    this.pipeline = pipeline;
    this.#session = session;
    this.#args = args;
    this.#flags = flags;
    this.#killSignal = killSignal;
    this.#end = end;
    this.#events = openEvents(session, flags.events);
    this.#told = openLiveTerminal(session, { isShared: flags.events === '-' });
    const { style } = session.stderr;
    this.listener = {
      onBegin: (number, cause) => this.#onBegin(number, cause),
      onEnd: (number, round) => this.#onEnd(number, round),
      onIdle: () => this.#onIdle(),
      onLoop: (stage, paths) => this.#show(['', ...loopLines(stage, paths, style)]),
      onBlind: (reason) => this.#show([blindLine(reason, style)]),
    };
  }

  async round(hints: Hints, hooks: RoundHooks): Promise<Round> {
    const { stderr, commandLine } = this.#session;
    const looked = merge(this.#owed, hints);
    let asked: Awaited<ReturnType<typeof askedBuild>>;
    try {
      asked = await askedBuild(this.#session, this.#args, this.#flags);
    } catch (error) {
      const report = mistakenParams(error);
      this.#owed = looked;
      return { report, cause: undefined };
    }
    this.#owed = new Set();
    this.#collector = createRunCollector();
    const request = {
      ...asked,
      defaultJobs: (setting: number | string | undefined) =>
        parseJobs(setting, availableParallelism(), '"jobs" in the settings'),
      waitForLock: this.#flags.wait,
      command: commandLine,
      killSignal: this.#killSignal,
      graceMs: GRACE_MS,
      ...hooks,
    };
    let hasWaited = false;
    const round = await this.pipeline.round(
      {
        ...request,
        onEvent: (event) => {
          this.#collector.onEvent(event);
          this.#events?.write(`${JSON.stringify(event)}\n`);
          this.#told.onEvent(event);
        },
        onOutput: this.#told.onOutput,
        onWait: (holder) => {
          hasWaited = true;
          this.#told.line(waitingFor(holder));
        },
        onRecovered: (recovered) => this.#show(recoveredLines(recovered)),
      },
      looked,
    );
    const { status } = round.report;
    if (this.#broken !== '' && (status === 'unchanged' || status === 'built')) {
      this.#broken = '';
      if (status === 'unchanged') {
        this.#show([mendedLine(stderr.style)]);
        this.#onIdle();
      }
    } else if (this.#isAmiss && status === 'unchanged' && this.pipeline.isDone) {
      this.#show([undoneLine(stderr.style)]);
    } else if (hasWaited && status === 'unchanged') {
      this.#show([freeLine(stderr.style)]);
    }
    if (status === 'built') this.#isAmiss = round.report.outcome !== 'done';
    else if (status === 'unchanged' && this.pipeline.isDone) this.#isAmiss = false;
    return round;
  }

  async close(): Promise<void> {
    this.#told.close();
    await this.#events?.close();
  }

  #onBegin(number: number, cause: RoundCause): void {
    if (number === 1 || this.#session.verbosity === 'quiet') return;
    this.#show(['', roundBeginLine(cause, new Date(), this.#session.stderr.style)]);
  }

  #onEnd(number: number, { report, cause }: Round): void {
    const { stderr, verbosity } = this.#session;
    const { style } = stderr;
    if (report.status === 'unchanged' || report.status === 'held') return;
    if (report.status !== 'built') {
      this.#refuse(report, cause !== undefined);
      return;
    }
    const run = this.#collector.collected();
    const quiet = verbosity === 'quiet';
    if (number === 1 || run.outcome === 'suspended') {
      const outputs = sizedOutputs(this.#session, report.graph, run);
      const command = nextBuild(this.#session, this.#args, this.#flags);
      const asked = askedAgo(this.#session, report.graph, run);
      this.#show([...summaryLines(run, { style, quiet, outputs, command, asked }), ...(quiet ? [] : [''])]);
    } else if (cause && (!quiet || run.outcome !== 'done')) {
      this.#show([roundEndLine(number, cause, run, new Date(), style)]);
    }
    if (report.environmentFailure !== undefined) this.#show([report.environmentFailure]);
  }

  /** While a file is wrong each change of another would say so anew. */
  #refuse(report: Refusal, hasBegun: boolean): void {
    const { stderr } = this.#session;
    if (report.status === 'locked') {
      this.locked = report;
      this.#end();
      return;
    }
    if (report.status === 'environment') {
      const { message } = report;
      if (hasBegun || message !== this.#broken) this.#show([message]);
      this.#broken = message;
      return;
    }
    const { diagnostics, texts } = report.mistakes;
    const text = printDiagnostics(diagnostics, texts, { color: stderr.style.isColored, width: stderr.width });
    if (text === this.#broken) return;
    this.#broken = text;
    this.#show(['', ...text.trimEnd().split('\n')]);
  }

  #onIdle(): void {
    const { style } = this.#session.stderr;
    this.#told.idle(this.#broken === '' ? idleLine(this.#pipelineName(), style) : brokenLine(style));
  }

  #pipelineName(): string {
    return this.pipeline.file ?? 'the pipeline';
  }

  #show(lines: readonly string[]): void {
    for (const line of lines) this.#told.line(line);
  }
}

/** Of a file of params that was edited; on the command line nothing changes any more. */
function mistakenParams(error: unknown): Refusal {
  if (error instanceof DiagnosedError) {
    return { status: 'invalid', mistakes: { diagnostics: error.diagnostics, texts: error.texts } };
  }
  if (error instanceof UsageError) return { status: 'environment', message: error.message };
  throw error;
}
