/**
 * Runs the command line under strace, which lists the calls that change the workspace, and can kill the process as it
 * enters one of them, or make one fail. Nothing in wrangle knows of it. Only wrangle itself is traced, not its stages;
 * with `threads` also Node's pool, of one thread, so that its calls can be counted.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import type { CliResult } from '../../support/cli-project.ts';
import type { CliSite } from './cli-site.ts';

/** A call that changes something in the workspace. */
export interface Call {
  readonly name: string;
  /** The how-many-eth call of this name it is, all of its thread's counted: what strace is told. */
  readonly ordinal: number;
  /** From the workspace. */
  readonly path: string;
}

export interface Traced extends CliResult {
  /** In order; of a killed run the last is the one that was not carried out. */
  readonly calls: readonly Call[];
}

/** `signal=KILL`, or `error=ENOSPC`; `when` is as strace has it. */
export interface Injection {
  readonly name: string;
  readonly what: string;
  readonly when: string;
}

/** By the names that Linux has on one machine or another; strace passes over those that it does not know. */
const CHANGING = [
  ['openat', 'open', 'creat'],
  ['write', 'pwrite64', 'writev', 'pwritev', 'copy_file_range'],
  ['fsync', 'fdatasync'],
  ['rename', 'renameat', 'renameat2'],
  ['unlink', 'unlinkat', 'rmdir'],
  ['mkdir', 'mkdirat'],
  ['symlink', 'symlinkat', 'link', 'linkat'],
  ['chmod', 'fchmod', 'fchmodat'],
  ['ftruncate', 'truncate'],
].flat();

const OPENS = new Set(['openat', 'open', 'creat']);

/** Undefined when calls can be traced here, else why not. */
export function noTracing(): string | undefined {
  if (process.platform !== 'linux') return 'strace is only there on Linux';
  const tried = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (tried.error) return 'strace is not installed';
  return tried.status === 0 ? undefined : `strace may not trace here: ${tried.stderr.trim()}`;
}

export async function traced(
  site: CliSite,
  args: readonly string[],
  options: { readonly threads: boolean; readonly inject?: Injection },
): Promise<Traced> {
  const log = `${site.scratch}/strace.log`;
  const { inject } = options;
  const injecting = inject ? ['-e', `inject=${inject.name}:${inject.what}:when=${inject.when}`] : [];
  const names = CHANGING.map((name) => `?${name}`).join(',');
  const follow = options.threads ? ['-f'] : [];
  const wrapper = ['strace', ...follow, '-qq', '-y', '-s', '0', '-e', 'signal=none', '-o', log, '-e', `trace=${names}`];
  const { env } = site.project;
  const before = { ...env };
  // strace counts for each thread, and looks at system calls only.
  Object.assign(env, { UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' });
  const running = site.project.startUnder([...wrapper, ...injecting], ...args);
  for (const name of ['UV_THREADPOOL_SIZE', 'UV_USE_IO_URING']) if (!(name in before)) delete env[name];
  const result = await running.ended;
  return { ...result, calls: changesOf(fs.readFileSync(log, 'utf8'), site.dir) };
}

/** Of a log of strace, what touches `dir`. */
function changesOf(log: string, dir: string): Call[] {
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  for (const line of log.split('\n')) {
    const [, thread = '', name, rest = ''] = /^(?:(\d+) +)?(\w+)\((.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const ordinal = (counts.get(`${thread} ${name}`) ?? 0) + 1;
    counts.set(`${thread} ${name}`, ordinal);
    if (OPENS.has(name) && !rest.includes('O_CREAT')) continue;
    // What has failed by itself (a folder that is there) has changed nothing.
    if (/ = -1 E\w+ \([^)]*\)$/.test(line)) continue;
    // The last path is the one that changes: of a rename, where to; of an open, what, and not in which folder.
    const path = [...rest.matchAll(/"([^"]+)"|<(\/[^>]+)>/g)].map(([, text, fd]) => text ?? fd ?? '');
    const found = path.findLast((one) => one.startsWith(`${dir}/`));
    if (found !== undefined) calls.push({ name, ordinal, path: found.slice(dir.length + 1) });
  }
  return calls;
}
