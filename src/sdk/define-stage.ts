/** What a plugin's entry file calls: serves one request or many, as the process was started for. */
import { runOnce } from './run-once.ts';
import type { StageDefinition, StageShape } from './stage-context.ts';

let isDefined = false;

/** Of those who write JavaScript, whom no compiler told. */
const NO_STAGE: StageDefinition = {
  run() {
    throw new TypeError('defineStage takes an object with a function "run".');
  },
};

/**
 * Runs the stage that this process was started for. Call it once, as the last thing the entry file does.
 *
 * With `"worker": true` in the manifest the process stays and serves one request after the other: what the file keeps in
 * its own variables is there for the next. Otherwise the exit code is 0, 42 (suspended) or 1. A thrown error fails with code
 * `stage-error`; its stack goes to stderr.
 */
export function defineStage<Shape extends StageShape = StageShape>(stage: StageDefinition<Shape>): void {
  if (isDefined) throw new Error('defineStage is called for the second time; a file defines one stage type.');
  isDefined = true;
  const defined = typeof stage?.run === 'function' ? (stage as StageDefinition) : NO_STAGE;
  // What a worker starts for a request of its own has both.
  const isWorker = process.env['WRANGLE_WORKER'] !== undefined && process.env['WRANGLE_REQUEST'] === undefined;
  if (isWorker) void import('./serve-requests.ts').then(({ serveRequests }) => serveRequests(defined));
  else runOnce(defined);
}
