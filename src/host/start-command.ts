// Starts a command directly. Knows nothing of its output or its end.
import { spawn } from 'node:child_process';
import { followChild, type GroupWatch, NO_CHILD, type StartChild } from './child.ts';

export function startCommand(watch: GroupWatch): StartChild {
  return (spec, listener) => {
    const [file, ...args] = spec.argv;
    const child = spawn(file, args, {
      cwd: spec.cwd,
      env: spec.env,
      // A session and process group of its own, so that it can be signalled together with all its children.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid !== undefined) return followChild(child, child.pid, watch, listener);
    child.once('error', (error) => listener.onFailure(error));
    return NO_CHILD;
  };
}
