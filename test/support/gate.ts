/** A gate for stages: a pipe. A stage that opens it for reading (`: < gate`) waits until it is open for writing. */
import { closeSync, constants, openSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { CliProject } from './cli-project.ts';

/** From here on, whoever comes to the gate may pass, and those who wait there. */
export function openGate(project: CliProject): void {
  // Opened for both, it does not wait for a reader.
  const fd = openSync(project.path('gate'), constants.O_RDWR);
  onTestFinished(() => closeSync(fd));
}
