// The lock of a workspace, kept by the kernel: it ends with its holder, however that ends. Knows nothing of builds.
import { spawn } from 'node:child_process';
import * as nodeFs from 'node:fs';
import { createServer } from 'node:net';
import type { HeldLock, LockHolder, LockRequest, WorkspaceLock } from '../ports/workspace-lock.ts';
import { sha256 } from '../util/hash.ts';
import { errorCode } from './error-code.ts';
import { fileError } from './file-contents.ts';
import { findHolder, readHolder, writeHolder } from './lock-holder.ts';

/** One `flock -w`; a helper whose wrangle was killed outlives it by no more than this. */
const WAIT_SECONDS = 5;
/** Between two tries where there is no helper that waits in the kernel. */
const POLL_MS = 200;
const BUSY_CODE = 1;
const { O_CREAT, O_RDWR } = nodeFs.constants;
/** Of macOS, where Node does not name it: open and lock in one call. With O_NONBLOCK it fails when somebody has it. */
const O_EXLOCK = 0x20;
const DARWIN_O_NONBLOCK = 0x4;

/** What is held, in a way that only its ending gives back. */
interface Claim {
  /** Of the lock file, for those who are to keep the lock; undefined where it is not the file that is locked. */
  readonly fd: number | undefined;
  readonly release: () => void;
}

/** Takes the lock, `busy` when somebody else has it. With `wait` it may take its time over that. */
type TryLock = (path: string, wait: boolean, signal: AbortSignal | undefined) => Promise<Claim | 'busy'>;

/** A lock that is held. */
export interface KernelLock extends HeldLock {
  /** A process that inherits it keeps the lock until it ends itself. */
  readonly fd: number | undefined;
}

export interface KernelLockOptions {
  readonly platform?: NodeJS.Platform;
  /** The helper of util-linux. Without it an abstract socket is used, which only this machine's processes see. */
  readonly flockCommand?: string;
}

/** See design-notes, "Processes": lock files with a time limit let two holders in at once; the kernel does not. */
export class FlockLock implements WorkspaceLock {
  readonly #platform: NodeJS.Platform;
  readonly #flockCommand: string;

  constructor(options: KernelLockOptions = {}) {
    this.#platform = options.platform ?? process.platform;
    this.#flockCommand = options.flockCommand ?? 'flock';
  }

  /** Undefined also when the signal ended the wait. */
  async acquire(request: LockRequest): Promise<KernelLock | undefined> {
    const { path, wait, signal } = request;
    let mayWait = false;
    while (!signal?.aborted) {
      const claim = await this.#try(path, mayWait, signal);
      if (claim !== 'busy') return hold(claim, request);
      // The first try does not wait, so that people are told who they wait for, or who is in the way.
      if (!mayWait) request.onWait(readHolder(path));
      if (!wait) return undefined;
      mayWait = true;
    }
    return undefined;
  }

  holder(path: string): LockHolder | undefined {
    return findHolder(path);
  }

  async #try(path: string, wait: boolean, signal: AbortSignal | undefined): Promise<Claim | 'busy'> {
    if (this.#platform === 'darwin') return tryExclusiveOpen(path, wait, signal);
    try {
      return await tryFlock(this.#flockCommand, path, wait, signal);
    } catch (error) {
      if (errorCode(error) !== NO_HELPER) throw error;
      return await trySocket(path, wait, signal);
    }
  }
}

const NO_HELPER = 'ENOFLOCK';

function hold(claim: Claim, request: LockRequest): KernelLock {
  const holder: LockHolder = { pid: process.pid, command: request.command, started_at: new Date().toISOString() };
  writeHolder(claim.fd ?? request.path, JSON.stringify(holder));
  let isHeld = true;
  return {
    fd: claim.fd,
    release() {
      if (!isHeld) return;
      isHeld = false;
      // Who comes next must not be told of us.
      writeHolder(claim.fd ?? request.path, '');
      claim.release();
    },
  };
}

const tryFlock = async (
  command: string,
  path: string,
  wait: boolean,
  signal: AbortSignal | undefined,
): Promise<Claim | 'busy'> => {
  for (;;) {
    const fd = nodeFs.openSync(path, O_RDWR | O_CREAT, 0o666);
    try {
      const isOurs = await lockDescriptor(command, fd, path, wait, signal);
      if (isOurs && !isReplaced(fd, path)) return { fd, release: () => nodeFs.closeSync(fd) };
      nodeFs.closeSync(fd);
      if (!isOurs) return 'busy';
    } catch (error) {
      nodeFs.closeSync(fd);
      throw error;
    }
  }
};

async function lockDescriptor(
  command: string,
  fd: number,
  path: string,
  wait: boolean,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (await runFlock(command, ['-n'], fd, path, signal)) return true;
  if (!wait || signal?.aborted) return false;
  const beforeMs = performance.now();
  if (await runFlock(command, ['-w', String(WAIT_SECONDS)], fd, path, signal)) return true;
  // Some helpers know no -w and end at once.
  if (performance.now() - beforeMs < POLL_MS) await pause(POLL_MS, signal);
  return false;
}

/**
 * Locks the open file that the descriptor stands for, not the descriptor: so the lock stays when the helper, which has
 * inherited it, ends. Resolves to whether it is ours.
 */
function runFlock(
  command: string,
  patience: readonly string[],
  fd: number,
  path: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // Detached: a Ctrl-C at the terminal is wrangle's to understand, not the helper's.
    const helper = spawn(command, ['-x', ...patience, '3'], {
      stdio: ['ignore', 'ignore', 'ignore', fd],
      detached: true,
    });
    const stop = () => helper.kill();
    signal?.addEventListener('abort', stop);
    helper.once('error', (error) => {
      signal?.removeEventListener('abort', stop);
      const missing = errorCode(error) === 'ENOENT';
      reject(missing ? fileError(NO_HELPER, 'no such command', command) : error);
    });
    helper.once('exit', (code) => {
      signal?.removeEventListener('abort', stop);
      if (code === 0) resolve(true);
      else if (code === BUSY_CODE || code === null) resolve(false);
      else reject(fileError('ENOLCK', 'the file system has no locks', 'flock', path));
    });
  });
}

/** Somebody removed the lock file, or its folder, while we waited: then it is another file that the others lock. */
function isReplaced(fd: number, path: string): boolean {
  const now = nodeFs.statSync(path, { throwIfNoEntry: false });
  const held = nodeFs.fstatSync(fd);
  return now?.ino !== held.ino || now.dev !== held.dev;
}

const tryExclusiveOpen: TryLock = async (path, wait, signal) => {
  try {
    const fd = nodeFs.openSync(path, O_RDWR | O_CREAT | O_EXLOCK | DARWIN_O_NONBLOCK, 0o666);
    return { fd, release: () => nodeFs.closeSync(fd) };
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EAGAIN' && code !== 'EWOULDBLOCK') throw error;
    if (wait) await pause(POLL_MS, signal);
    return 'busy';
  }
};

/** A name that the kernel gives to one process at a time and takes back when that ends. */
const trySocket: TryLock = async (path, wait, signal) => {
  // Opened for its errors: a workspace that cannot be written is told of in the same words everywhere.
  nodeFs.closeSync(nodeFs.openSync(path, O_RDWR | O_CREAT, 0o666));
  const name = `\0wrangle-lock-${sha256(nodeFs.realpathSync(path))}`;
  const server = createServer();
  const isOurs = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error) => (errorCode(error) === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen(name, () => resolve(true));
  });
  if (isOurs) {
    server.unref();
    return { fd: undefined, release: () => void server.close() };
  }
  if (wait) await pause(POLL_MS, signal);
  return 'busy';
};

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
