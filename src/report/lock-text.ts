/** Who has the workspace, in words. Pure. */
import type { LockHolder } from '../ports/workspace-lock.ts';

export function waitingFor(holder: LockHolder | undefined): string {
  return `Waiting for the workspace, which is in use${by(holder)}.`;
}

export function inUse(holder: LockHolder | undefined): string {
  return `The workspace is in use${by(holder)}.`;
}

export function recursive(holder: LockHolder | undefined): string {
  return (
    'This build was started by a stage of a build of the same workspace, and each would wait for the other' +
    `${holder ? `: process ${holder.pid} (${holder.command}) has the workspace` : ''}. ` +
    'Make what it was to build a stage that the other needs, or let the stage build in another folder with -C.'
  );
}

function by(holder: LockHolder | undefined): string {
  return holder ? ` by process ${holder.pid} (${holder.command}, since ${holder.started_at})` : '';
}
