/**
 * The life of a stage's process: read the request, run, write the result document as a whole, end with its exit code.
 * Knows protocol 1; what is printed is only ever a log.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { StageRequest, StageResult } from '../plugin/protocol.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { makeContext, type StageContext, StageFailure, type StageShape, StageSuspension } from './stage-context.ts';

export interface StageDefinition<Shape extends StageShape> {
  /** Input ports whose value is a list of files; `*` for all that are not named. All others have one file. */
  readonly lists?: readonly ((keyof Shape['inputs'] & string) | '*')[];
  /** Writes the outputs. Ends well when it returns; fails when it throws. */
  readonly run: (ctx: StageContext<Shape>) => void | Promise<void>;
}

const EXIT_FAILED = 1;
const EXIT_SUSPENDED = 42;

/**
 * Runs the stage that this process was started for. Call it once, as the last thing the entry file does.
 *
 * Exit codes: 0, 42 (suspended) or 1. A thrown error fails with code `stage-error`; its stack goes to stderr.
 */
export function defineStage<Shape extends StageShape = StageShape>(stage: StageDefinition<Shape>): void {
  const end = once((result: StageResult) => finish(result));
  // What escapes from a callback of the stage is a failure like any other.
  process.on('uncaughtException', (error) => end(toResult(error, false)));
  // A promise that nothing can resolve any more lets the process end silently, and with 0.
  process.once('beforeExit', () => end(failed('never-finished', 'The stage waits for something that never comes.')));

  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  const context = start(stage.lists ?? [], stop.signal);
  if (!context.ok) {
    end(context.error);
    return;
  }
  const { value } = context;
  // A promise, so that what is thrown before the first `await` is caught too.
  Promise.resolve()
    .then(() => stage.run(value as StageContext<Shape>))
    .then(
      () => end({ protocol: 1, status: 'ok', metrics: value.metrics }),
      (error: unknown) => end(toResult(error, stop.signal.aborted)),
    );
}

function start(lists: readonly string[], signal: AbortSignal): Result<StageContext, StageResult> {
  const path = process.env['WRANGLE_REQUEST'];
  if (path === undefined) {
    return err(failed('no-request', 'This file is run by wrangle: the variable WRANGLE_REQUEST is not set.'));
  }
  try {
    const request = JSON.parse(readFileSync(path, 'utf8')) as StageRequest;
    if (request.protocol !== 1) {
      return err(
        failed('protocol', `The request is in protocol ${String(request.protocol)}, and this stage speaks 1.`),
      );
    }
    return ok(makeContext(request, lists, signal));
  } catch (error) {
    return err(toResult(error, false));
  }
}

function toResult(error: unknown, stopped: boolean): StageResult {
  if (error instanceof StageFailure) return { protocol: 1, status: 'failed', error: error.error };
  if (error instanceof StageSuspension) return { protocol: 1, status: 'suspended', question: error.question };
  if (stopped) return failed('stopped', 'The stage was stopped before it had finished.');
  console.error(error);
  return failed('stage-error', (error instanceof Error ? error.message : String(error)) || 'The stage failed.');
}

function failed(code: string, message: string): StageResult {
  return { protocol: 1, status: 'failed', error: { code, category: 'critical', message } };
}

function finish(result: StageResult): void {
  let exitCode = result.status === 'ok' ? 0 : result.status === 'suspended' ? EXIT_SUSPENDED : EXIT_FAILED;
  if (result.error) console.error(`${result.error.code}: ${result.error.message}`);
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
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
}

function once<T>(act: (value: T) => void): (value: T) => void {
  let done = false;
  return (value) => {
    if (done) return;
    done = true;
    act(value);
  };
}
