/** Tells a person of the rounds of watching: why one began, what it came to, what is wrong, what is waited for. */
import { printDiagnostics } from '../diagnostics/print.ts';
import type { BuildRequest } from '../engine/build-request.ts';
import type { OpenPipeline } from '../engine/rounds/open-pipeline.ts';
import type { Round, RoundCause } from '../engine/rounds/round.ts';
import { waitingFor } from '../report/lock-text.ts';
import { createRunCollector } from '../report/run-collector.ts';
import type { NextCommand } from '../report/summary.ts';
import { summaryLines } from '../report/summary.ts';
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
} from '../report/watch-text.ts';
import type { WatchListener } from '../watch/watcher.ts';
import { askedAgo } from './asked-ago.ts';
import type { Refusal } from './carry-out.ts';
import { openEvents, recoveredLines, sizedOutputs } from './carry-out.ts';
import type { ToldRuns } from './open-live-terminal.ts';
import { openLiveTerminal } from './open-live-terminal.ts';
import type { Session } from './session.ts';

export interface ToldRoundsOptions {
  readonly pipeline: Pick<OpenPipeline, 'file' | 'isDone'>;
  /** Where events go as JSON, see `openEvents`. */
  readonly events: string | undefined;
  /** The command that builds the same. */
  readonly next: NextCommand;
  /** Fires when watching is to end. */
  readonly ending: AbortSignal;
  /** Nothing that is watched will change this: it is about the command line, or a build that is not to be waited for. */
  readonly onHopeless: (refusal: Refusal) => void;
}

export class ToldRounds {
  readonly listener: WatchListener;
  readonly #session: Session;
  readonly #options: ToldRoundsOptions;
  readonly #events: ReturnType<typeof openEvents>;
  readonly #told: ToldRuns;
  #collector = createRunCollector();
  #hasBuilt = false;
  /** The round waited for another build. */
  #hasWaited = false;
  /** What was said last to be wrong, until it is mended. */
  #broken = '';
  /** The last run did not end well. */
  #isAmiss = false;

  constructor(session: Session, options: ToldRoundsOptions) {
    this.#session = session;
    this.#options = options;
    this.#events = openEvents(session, options.events);
    this.#told = openLiveTerminal(session, { isShared: options.events === '-' });
    const { style } = session.stderr;
    this.listener = {
      onBegin: (number, cause) => this.#onBegin(number, cause),
      onEnd: (number, round) => this.#onEnd(number, round),
      onIdle: () => this.#onIdle(),
      onLoop: (stage, paths) => this.#show(['', ...loopLines(stage, paths, style)]),
      onBlind: (reason) => this.#show([blindLine(reason, style)]),
    };
  }

  /** For the request of one round, which begins with this. */
  hear(): Pick<BuildRequest, 'onEvent' | 'onOutput' | 'onWait' | 'onRecovered'> {
    const collector = createRunCollector();
    this.#collector = collector;
    this.#hasWaited = false;
    return {
      onEvent: (event) => {
        collector.onEvent(event);
        this.#events?.write(`${JSON.stringify(event)}\n`);
        this.#told.onEvent(event);
      },
      onOutput: this.#told.onOutput,
      onWait: (holder) => {
        this.#hasWaited = true;
        this.#told.line(waitingFor(holder));
      },
      onRecovered: (recovered) => this.#show(recoveredLines(recovered)),
    };
  }

  /** Says what is well again: nobody else hears of a round that found nothing to do. */
  looked({ report }: Round): void {
    const { style } = this.#session.stderr;
    const { status } = report;
    const { isDone } = this.#options.pipeline;
    if (this.#broken !== '' && (status === 'unchanged' || status === 'built')) {
      this.#broken = '';
      if (status === 'unchanged') {
        this.#show([mendedLine(style)]);
        this.#onIdle();
      }
    } else if (this.#isAmiss && status === 'unchanged' && isDone) {
      this.#show([undoneLine(style)]);
    } else if (this.#hasWaited && status === 'unchanged') {
      this.#show([freeLine(style)]);
    }
    if (status === 'built') this.#isAmiss = report.outcome !== 'done';
    else if (status === 'unchanged' && isDone) this.#isAmiss = false;
  }

  async close(): Promise<void> {
    this.#told.close();
    await this.#events?.close();
  }

  #onBegin(number: number, cause: RoundCause): void {
    this.#hasBuilt = true;
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
    const run = this.#collector.collected(report.fold);
    const quiet = verbosity === 'quiet';
    // Stopped for an edit, which the next round begins with.
    const isToGoOn = run.outcome === 'interrupted' && !this.#options.ending.aborted;
    if ((number === 1 && !isToGoOn) || run.outcome === 'suspended') {
      const outputs = sizedOutputs(this.#session, report.graph, run);
      const asked = askedAgo(this.#session, report.graph, run);
      const options = { style, quiet, outputs, command: this.#options.next, asked };
      this.#show([...summaryLines(run, options), ...(quiet ? [] : [''])]);
    } else if (cause && (!quiet || run.outcome !== 'done')) {
      this.#show([roundEndLine(number, cause, run, new Date(), style)]);
    }
    if (report.environmentFailure !== undefined) this.#show([report.environmentFailure]);
  }

  /** While a file is wrong each change of another would say so anew. */
  #refuse(report: Refusal, hasBegun: boolean): void {
    const { stderr } = this.#session;
    if (report.status === 'locked') {
      this.#options.onHopeless(report);
      return;
    }
    if (report.status === 'environment') {
      const { message } = report;
      if (hasBegun || message !== this.#broken) this.#show([message]);
      this.#broken = message;
      return;
    }
    const { diagnostics, texts } = report.mistakes;
    if (!this.#hasBuilt && diagnostics.some(({ severity, location }) => severity === 'error' && !location)) {
      this.#options.onHopeless(report);
      return;
    }
    const text = printDiagnostics(diagnostics, texts, { color: stderr.style.isColored, width: stderr.width });
    if (text === this.#broken) return;
    this.#broken = text;
    this.#show(['', ...text.trimEnd().split('\n')]);
  }

  #onIdle(): void {
    const { style } = this.#session.stderr;
    const name = this.#options.pipeline.file ?? 'the pipeline';
    this.#told.idle(this.#broken === '' ? idleLine(name, style) : brokenLine(style));
  }

  #show(lines: readonly string[]): void {
    for (const line of lines) this.#told.line(line);
  }
}
