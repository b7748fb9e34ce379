// Starts a process through execa, with what execa would do by itself switched off: its way to stop a process does not
// reach the children of one that has ended (see design-notes, "Processes"). Knows nothing of its output or its end.
import { execa } from 'execa';
import { followChild, type GroupWatch, NO_CHILD, type StartChild } from './child.ts';

export function startPlugin(watch: GroupWatch): StartChild {
  return (spec, listener) => {
    const [file, ...args] = spec.argv;
    const child = execa(file, args, {
      cwd: spec.cwd,
      env: spec.env,
      extendEnv: false,
      detached: true,
      cleanup: false,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      reject: false,
    });
    if (child.pid !== undefined) return followChild(child, child.pid, watch, listener);
    void child.then((result) => listener.onFailure(result instanceof Error ? (result.cause ?? result) : result));
    return NO_CHILD;
  };
}
