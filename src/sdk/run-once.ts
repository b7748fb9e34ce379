/**
 * The life of a process that runs one stage: read the request, run, write the result document as a whole, end with its
 * exit code. Knows protocol 1; what is printed is only ever a log.
 */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { StageRequest, StageResult } from '../plugin/protocol.ts';
import { failed, flushPrinted, printFailure, run, toResult } from './run-request.ts';
import type { StageDefinition } from './stage-context.ts';

const EXIT_FAILED = 1;
const EXIT_SUSPENDED = 42;

export function runOnce(stage: StageDefinition): void {
  const end = once((result: StageResult) => finish(result));
  // What escapes from a callback of the stage is a failure like any other.
  process.on('uncaughtException', (error) => end(toResult(error, false)));
  // A promise that nothing can resolve any more lets the process end silently, and with 0.
  process.once('beforeExit', () => end(failed('never-finished', 'The stage waits for something that never comes.')));

  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  const path = process.env['WRANGLE_REQUEST'];
  if (path === undefined) {
    end(failed('no-request', 'This file is run by wrangle: the variable WRANGLE_REQUEST is not set.'));
    return;
  }
  let request: StageRequest;
  try {
    request = JSON.parse(readFileSync(path, 'utf8')) as StageRequest;
  } catch (error) {
    end(toResult(error, false));
    return;
  }
  void run(stage, request, stop.signal, (event) => appendFileSync(request.events, `${JSON.stringify(event)}\n`)).then(
    end,
  );
}

function finish(result: StageResult): void {
  let exitCode = result.status === 'ok' ? 0 : result.status === 'suspended' ? EXIT_SUSPENDED : EXIT_FAILED;
  printFailure(result);
  const path = process.env['WRANGLE_RESULT'];
  try {
    if (path !== undefined) {
      // Renamed into place, so that nobody ever reads half of it.
      writeFileSync(`${path}.part`, `${JSON.stringify(result)}\n`);
      renameSync(`${path}.part`, path);
    }
  } catch (error) {
    console.error(error);
    exitCode = EXIT_FAILED;
  }
  // A handle that the stage left open must not keep the process; what it printed has to be out first.
  flushPrinted(() => process.exit(exitCode));
}

function once<T>(act: (value: T) => void): (value: T) => void {
  let done = false;
  return (value) => {
    if (done) return;
    done = true;
    act(value);
  };
}
