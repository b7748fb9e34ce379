/** The built command line in a temporary folder that goes away with the test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

export const REPOSITORY = resolve(import.meta.dirname, '../..');
export const WRANGLE = join(REPOSITORY, 'dist/wrangle.cjs');

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The document of `--json`. */
  json(): JsonDocument;
}

/** What tests look at in the documents of `build`, `plan`, `why` and `check`. */
export interface JsonDocument {
  readonly outcome: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly run_id: string;
  readonly stages: Readonly<
    Record<
      string,
      {
        readonly outcome: string;
        readonly attempts: number;
        readonly failure: { readonly code: string; readonly message: string; readonly kept?: string } | null;
        readonly vote: { readonly winner: string | null; readonly flagged: number; readonly wasted: number } | null;
      }
    >
  >;
  readonly decision: string;
  readonly causes: readonly object[];
  readonly diagnostics: readonly { readonly code: string; readonly line: number; readonly column: number }[];
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves when the text has appeared on stderr. */
  saw(text: string): Promise<void>;
}

export class CliProject {
  readonly dir = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'wrangle-test-')));
  /** Nothing of the caller's settings reaches the tests. */
  readonly env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: process.env['HOME'] ?? '/',
    CI: '1',
  };

  constructor() {
    onTestFinished(() => fs.rmSync(this.dir, { recursive: true, force: true }));
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  write(files: Readonly<Record<string, string>>): this {
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(dirname(this.path(name)), { recursive: true });
      fs.writeFileSync(this.path(name), text);
    }
    return this;
  }

  read(name: string): string {
    return fs.readFileSync(this.path(name), 'utf8');
  }

  exists(name: string): boolean {
    return fs.existsSync(this.path(name));
  }

  remove(name: string): void {
    fs.rmSync(this.path(name), { recursive: true, force: true });
  }

  start(...args: string[]): RunningCli {
    return this.startUnder([], ...args);
  }

  /** As `start`, by way of another program, which is given the command line to run as its last arguments. */
  startUnder(wrapper: readonly string[], ...args: string[]): RunningCli {
    const [file, ...rest] = [...wrapper, process.execPath, WRANGLE, ...args] as [string, ...string[]];
    const child = spawn(file, rest, {
      cwd: this.dir,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    const waiting: { text: string; resolve: () => void }[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      for (const one of waiting) if (stderr.includes(one.text)) one.resolve();
    });
    const ended = new Promise<CliResult>((done) => {
      child.on('close', (code) => done({ code, stdout, stderr, json: () => JSON.parse(stdout) as JsonDocument }));
    });
    const saw = (text: string) =>
      stderr.includes(text)
        ? Promise.resolve()
        : new Promise<void>((resolve, reject) => {
            waiting.push({ text, resolve });
            void ended.then(() => reject(new Error(`"${text}" never appeared; stderr was:\n${stderr}`)));
          });
    return { child, ended, saw };
  }

  run(...args: string[]): Promise<CliResult> {
    return this.start(...args).ended;
  }

  runUnder(wrapper: readonly string[], ...args: string[]): Promise<CliResult> {
    return this.startUnder(wrapper, ...args).ended;
  }

  /** Of every file with its name, contents, mode and modification time: nothing may change it unseen. */
  treeHash(folder = '.'): string {
    const hash = createHash('sha256');
    const pending = [this.path(folder)];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      const stat = fs.lstatSync(at, { bigint: true });
      hash.update(`${at} ${stat.mode} ${stat.mtimeNs}\0`);
      if (stat.isDirectory()) for (const name of fs.readdirSync(at).sort()) pending.push(join(at, name));
      else if (stat.isSymbolicLink()) hash.update(fs.readlinkSync(at));
      else if (stat.isFile()) hash.update(fs.readFileSync(at));
    }
    return hash.digest('hex');
  }

  /** A pipe with a name: whoever opens it waits for the other end, so order needs no clock. */
  fifo(name: string): void {
    const path = this.path(name);
    if (spawnSync('mkfifo', [path]).status !== 0) throw new Error(`mkfifo ${path} failed`);
  }

  /** Resolves with what somebody wrote into the pipe. */
  readFrom(name: string): Promise<string> {
    return fs.promises.readFile(this.path(name), 'utf8');
  }

  /** Resolves when somebody has opened the pipe and the text is in it. */
  writeTo(name: string, text: string): Promise<void> {
    return fs.promises.writeFile(this.path(name), text);
  }
}

/** Command lines of the processes whose current folder is this one. */
export function processesIn(folder: string): string[] {
  return fs.readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || fs.readlinkSync(`/proc/${pid}/cwd`) !== folder) return [];
      return [fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

/** Pids of processes that hold the lock of this workspace and are no stage: wrangle's helpers. */
export function helpersOf(folder: string): number[] {
  return fs.readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || fs.readlinkSync(`/proc/${pid}/cwd`) === folder) return [];
      const files = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
      return files.includes(`${folder}/.wrangle/lock`) ? [Number(pid)] : [];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

/** Kills wrangle and its helpers at one moment: none has time to replace another. Returns how many helpers there were. */
export function killWithHelpers(wrangle: ChildProcess, folder: string): number {
  wrangle.kill('SIGSTOP');
  const helpers = helpersOf(folder);
  for (const pid of helpers) process.kill(pid, 'SIGKILL');
  wrangle.kill('SIGKILL');
  return helpers.length;
}
