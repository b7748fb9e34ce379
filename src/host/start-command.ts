// Starts a process directly. Knows nothing of its output or its end.
import { type ChildProcess, spawn } from 'node:child_process';
import type { ProcessSpec } from '../ports/command-runner.ts';

/** A process that runs, or the promise of the error that kept it from doing so. */
export type Started = { readonly child: ChildProcess } | { readonly failure: Promise<unknown> };

/** What both doors to processes are. Errors: some are thrown, as Node does. */
export type StartProcess = (spec: ProcessSpec) => Started;

export function startCommand(spec: ProcessSpec): Started {
  const [file, ...args] = spec.argv;
  const child = spawn(file, args, {
    cwd: spec.cwd,
    env: spec.env,
    // A session and process group of its own, so that it can be signalled together with all its children.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) return { child };
  return { failure: new Promise((resolve) => child.once('error', resolve)) };
}
