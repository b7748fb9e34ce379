// Starts a process through execa, with what execa would do by itself switched off: its way to stop a process does not
// reach the children of one that has ended (see design-notes, "Processes"). Knows nothing of its output or its end.
import { execa } from 'execa';
import type { ProcessSpec } from '../ports/command-runner.ts';
import type { Started } from './start-command.ts';

export function startPlugin(spec: ProcessSpec): Started {
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
  if (child.pid !== undefined) return { child };
  return { failure: child.then((result) => (result instanceof Error ? (result.cause ?? result) : result)) };
}
