/** The built command line on a terminal: a pseudo-terminal made by `script`, and an emulator that shows what is written. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import xterm from '@xterm/headless';
import { onTestFailed, onTestFinished } from 'vitest';
import type { CliProject } from './cli-project.ts';
import { WRANGLE } from './cli-project.ts';
import { contentsOf, screenOf } from './screen.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** That of util-linux; others take other arguments. */
export const hasScript = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

interface Waiting {
  readonly wanted: string | RegExp;
  readonly resolve: (screen: string) => void;
}

export class PseudoTerminal {
  /** The exit code of wrangle. */
  readonly ended: Promise<number | null>;
  isCursorShown = true;
  /** What was set by control sequences. */
  title = '';
  /** All that was written. */
  bytes = '';
  readonly #project: CliProject;
  readonly #child: ChildProcess;
  readonly #emulator: xterm.Terminal;
  readonly #waiting = new Set<Waiting>();

  constructor(project: CliProject, { columns, rows }: Size, args: readonly string[], env: object = {}) {
    this.#project = project;
    this.#emulator = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
    this.#emulator.onTitleChange((title) => {
      this.title = title;
    });
    for (const final of ['h', 'l']) {
      this.#emulator.parser.registerCsiHandler({ prefix: '?', final }, (params) => {
        if (params.includes(25)) this.isCursorShown = final === 'h';
        return false;
      });
    }
    const start = `stty cols ${columns} rows ${rows}; tty > tty; echo $$ > pid; exec "$NODE" "$WRANGLE" ${args.join(' ')}`;
    this.#child = spawn('script', ['-qefc', start, '/dev/null'], {
      cwd: project.dir,
      env: {
        ...project.env,
        CI: '',
        TERM: 'xterm-256color',
        SHELL: '/bin/sh',
        NO_COLOR: '1',
        NODE: process.execPath,
        WRANGLE,
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // A test whose time is over knows only that.
    onTestFailed(() => {
      for (const { wanted } of this.#waiting)
        console.error(`${wanted} never appeared; the screen was:\n${this.screen}`);
    });
    onTestFinished(async () => {
      if (this.#child.exitCode !== null) return;
      this.kill('SIGKILL');
      await this.ended;
    });
    this.#child.stdout?.on('data', (bytes: Buffer) => {
      this.bytes += bytes.toString('latin1');
      this.#emulator.write(bytes, () => this.#look());
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => this.#emulator.write('', () => resolve(code)));
    });
  }

  /** What is in sight. */
  get screen(): string {
    return screenOf(this.#emulator);
  }

  /** With all that has scrolled away; lines that were broken at the edge are whole. */
  get contents(): string {
    return contentsOf(this.#emulator);
  }

  /** Resolves with the screen when it is as wanted. */
  saw(wanted: string | RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ wanted, resolve });
      this.#look();
      void this.ended.then((code) =>
        reject(new Error(`${wanted} never appeared; wrangle ended with ${code}, and the screen was:\n${this.screen}`)),
      );
    });
  }

  /** As a window does it: first what is shown, then the kernel is told, which tells wrangle. */
  resize({ columns, rows }: Size): void {
    this.#emulator.resize(columns, rows);
    const tty = this.#project.read('tty').trim();
    spawnSync('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)]);
  }

  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** To wrangle, not to `script`. */
  kill(signal: NodeJS.Signals): void {
    process.kill(Number(this.#project.read('pid')), signal);
  }

  #look(): void {
    const { screen } = this;
    for (const waiting of this.#waiting) {
      const { wanted, resolve } = waiting;
      if (!(typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen))) continue;
      this.#waiting.delete(waiting);
      resolve(screen);
    }
  }
}
