/** `wrangle watch` as a process. Whatever is waited for is told by the process itself: events on stdout, words on stderr. */
import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { onTestFinished } from 'vitest';
import type { WrangleEvent } from '../../src/model/event.ts';
import type { CliProject, CliResult } from './cli-project.ts';
import { HeardRun } from './hear-run.ts';

/** A round that has ended. */
export interface SeenRound {
  readonly outcome: string;
  /** Of the stages that were not fresh. */
  readonly stages: Readonly<Record<string, string>>;
}

export class WatchedCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** All that have ended, in order. */
  readonly rounds: SeenRound[] = [];
  #rest = '';
  #collector = new HeardRun();
  #stderr = '';
  /** How much of it was waited for. */
  #heard = 0;
  #awaited = 0;
  #isOver = false;
  #wakes: (() => void)[] = [];

  constructor(project: CliProject, args: readonly string[] = [], wrapper: readonly string[] = []) {
    const { child, ended } = project.startUnder(wrapper, 'watch', 'pipeline.yaml', ...args, '--events', '-');
    this.child = child;
    this.ended = ended;
    child.stdout?.on('data', (text: string) => this.#onEvents(text));
    child.stderr?.on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    void ended.then(() => {
      this.#isOver = true;
      this.#wake();
    });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
  }

  /** The next round that nobody has waited for. */
  async round(): Promise<SeenRound> {
    const at = this.#awaited++;
    await this.#until(() => this.rounds.length > at, `round ${at + 1}`);
    return this.rounds[at] as SeenRound;
  }

  /** Resolves when it has said this, since what was waited for last. */
  async says(text: string): Promise<void> {
    await this.#until(() => this.#stderr.includes(text, this.#heard), `"${text}"`);
    this.#heard = this.#stderr.indexOf(text, this.#heard) + text.length;
  }

  /** For the first time nothing is left to do. */
  async idle(): Promise<SeenRound> {
    await this.says('Ctrl-C ends it.');
    return this.round();
  }

  /** Does it all while the process is stopped, so that to it everything happens at one moment. */
  async atOnce(act: () => void): Promise<void> {
    this.child.kill('SIGSTOP');
    await this.#until(() => this.#isStopped(), 'being stopped');
    act();
    this.child.kill('SIGCONT');
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<CliResult> {
    this.child.kill(signal);
    return this.ended;
  }

  #isStopped(): boolean {
    return / T /.test(fs.readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').replace(/^.*\)/, ''));
  }

  #onEvents(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onEvent(JSON.parse(line) as WrangleEvent);
    this.#wake();
  }

  #onEvent(event: WrangleEvent): void {
    this.#collector.onEvent(event);
    if (event.event !== 'run_completed') return;
    const { stages, outcome } = this.#collector.collected();
    this.rounds.push({
      outcome: outcome ?? '',
      stages: Object.fromEntries([...stages].map(([id, stage]) => [id, stage.outcome])),
    });
    this.#collector = new HeardRun();
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    while (!isSo()) {
      if (this.#isOver) throw new Error(`it ended without ${what}; it said:\n${this.#stderr}`);
      await new Promise<void>((wake) => {
        this.#wakes.push(wake);
        // What the process does not tell by itself.
        if (what === 'being stopped') setImmediate(wake);
      });
    }
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake();
  }
}
