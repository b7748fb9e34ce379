/** Real processes in a temporary folder: what they are started with, pipes that put them in order, and their ends. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect } from 'vitest';
import type { ProcessEnd, ProcessSpec } from '../../src/ports/command-runner.ts';
import { bundle } from './bundle.ts';

export const PATH = '/usr/bin:/bin';

export const plainEnd: ProcessEnd = {
  how: 'exit',
  exitCode: 0,
  signal: undefined,
  message: undefined,
  tail: [],
  hasLog: false,
  leftovers: false,
  durationMs: expect.any(Number),
};

/** A file of tests makes one, outside of its tests; each test has a folder of its own. */
export class ProcessRig {
  #root = '';
  readonly #readers: ChildProcess[] = [];

  constructor() {
    beforeEach(() => {
      this.#root = fs.mkdtempSync(join(tmpdir(), 'wrangle-run-'));
    });
    afterEach(() => {
      for (const reader of this.#readers.splice(0)) reader.kill('SIGKILL');
      fs.rmSync(this.#root, { recursive: true, force: true });
    });
  }

  get root(): string {
    return this.#root;
  }

  readonly at = (name: string) => join(this.#root, name);

  /** A text is a command for bash. */
  readonly spec = (command: string | [string, ...string[]], more: Partial<ProcessSpec> = {}): ProcessSpec => ({
    stage: 'test',
    door: 'command',
    argv: typeof command === 'string' ? ['/bin/bash', '--noprofile', '--norc', '-c', command] : command,
    cwd: this.#root,
    env: { PATH },
    logPath: this.at('logs/stage.log'),
    timeoutMs: undefined,
    graceMs: 10_000,
    secrets: [],
    onOutput: undefined,
    ...more,
  });

  readonly makeFifo = (name: string): void => {
    execFileSync('mkfifo', [this.at(name)]);
  };

  /**
   * Resolves to what is written to a named pipe, once all who have it open for writing are gone.
   * By a process of its own: opening a pipe blocks one of the few threads of this one.
   */
  readonly readFifo = async (name: string): Promise<string> => {
    const reader = spawn('cat', [this.at(name)], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#readers.push(reader);
    let text = '';
    for await (const chunk of reader.stdout) text += chunk;
    return text;
  };

  /**
   * A process that starts `spec` through a runner made with `options`, lets the reaper inherit the file `inherited`,
   * and then says `started`, and does as `then` says; there are `runner` and `running`.
   */
  readonly startWrangle = (spec: ProcessSpec, then: string, options = '') => {
    bundle(
      `import { openSync } from 'node:fs';
       import { createCommandRunner } from './src/host/process-runner.ts';
       const fd = openSync(process.argv[3], 'w');
       const runner = await createCommandRunner({ ${options} inheritFd: () => fd });
       const running = runner.start(JSON.parse(process.argv[2]));
       console.log('started');
       ${then}`,
      this.at('wrangle.mjs'),
    );
    const args = [this.at('wrangle.mjs'), JSON.stringify(spec), this.at('inherited')];
    const wrangle = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: wrangle.stdout })[Symbol.asyncIterator]();
    return { wrangle, nextLine: async () => (await lines.next()).value };
  };
}

/** A zombie is not. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Resolves once the process is gone; the test's time limit is the limit. For those that nothing tells of: where a test
 * has a say in it, the process holds a named pipe, whose end of file comes with its own.
 */
export async function untilDead(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}
