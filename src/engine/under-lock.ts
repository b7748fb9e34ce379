/** One command at a time that changes a workspace: under its lock. */
import type { LockHolder } from '../ports/workspace-lock.ts';
import { environmentFailure } from '../run/build-context.ts';
import { enclosingWorkspaces } from '../run/environment.ts';
import { stateLayout } from '../store/layout.ts';
import { PutBackFailed } from '../store/put-back.ts';
import { StuckRecovery } from '../store/recover.ts';
import type { EnginePorts } from './ports.ts';
import { stuckMessage } from './recover-state.ts';
import type { EnvironmentProblem } from './requests.ts';

export interface ForLock {
  /** False: a lock that somebody has is an answer at once. */
  readonly waitForLock: boolean;
  /** For others that find the workspace in use. */
  readonly command: string;
  readonly onWait: (holder: LockHolder | undefined) => void;
  readonly signal: AbortSignal | undefined;
}

export interface Locked {
  readonly status: 'locked';
  readonly holder: LockHolder | undefined;
  /** By the build that this command was started from, which cannot end before it. */
  readonly isOwn: boolean;
}

/** What could not be done where a build could not. */
export const BUILD = 'use the state folder';

/** `toDo` says what could not be done where the machine does not let it, as in "Cannot …". */
export async function underLock<Report>(
  ports: EnginePorts,
  dir: string,
  { command, signal, ...request }: ForLock,
  toDo: string,
  work: (lockFd: number | undefined) => Promise<Report>,
): Promise<Report | Locked | EnvironmentProblem> {
  const layout = stateLayout(dir);
  let holder: LockHolder | undefined;
  try {
    ports.fs.makeFolder(layout.state);
    const isOwn = enclosingWorkspaces(ports.env).includes(dir);
    const wait = request.waitForLock && !isOwn;
    const onWait = (who: LockHolder | undefined) => {
      holder = who;
      if (wait) request.onWait(who);
    };
    const lock = await ports.lock.acquire({ path: layout.lock, wait, command, onWait, signal });
    if (!lock) return { status: 'locked', holder, isOwn };
    try {
      return await work(lock.fd);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (error instanceof StuckRecovery) return { status: 'environment', message: stuckMessage(error) };
    if (error instanceof PutBackFailed) return { status: 'environment', message: error.message };
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { status: 'environment', message: environmentFailure(toDo, error).message };
  }
}
