/** Who has the workspace, in words. Pure. */
import type { LockHolder } from '../ports/workspace-lock.ts';

export function waitingFor(holder: LockHolder | undefined): string {
  return `Waiting for the workspace, which is in use${by(holder)}.`;
}

export function inUse(holder: LockHolder | undefined): string {
  return `The workspace is in use${by(holder)}.`;
}

/** Of a build that a stage of a build of the same workspace started. */
export function recursiveBuild(holder: LockHolder | undefined): string {
  const help =
    'Make what it was to build a stage that the other needs, or let the stage build in another folder with -C.';
  return `${recursive('build', holder)} ${help}`;
}

/** The same of another command. */
export function recursive(what: 'build' | 'command', holder: LockHolder | undefined): string {
  const by = holder ? `: process ${holder.pid} (${holder.command}) has the workspace` : '';
  return `This ${what} was started by a stage of a build of the same workspace, and each would wait for the other${by}.`;
}

function by(holder: LockHolder | undefined): string {
  return holder ? ` by process ${holder.pid} (${holder.command}, since ${holder.started_at})` : '';
}
