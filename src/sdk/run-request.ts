/** One request, from the document to its result. Knows neither files of the protocol nor channels. */
import type { StageEvent, StageRequest, StageResult } from '../plugin/protocol.ts';
import type { StageContext, StageDefinition } from './stage-context.ts';
import { makeContext, StageFailure, StageSuspension } from './stage-context.ts';

/** Never rejects. `emit` gets what the stage tells. */
export async function run(
  stage: StageDefinition,
  request: StageRequest,
  signal: AbortSignal,
  emit: (event: StageEvent) => void,
): Promise<StageResult> {
  if (request.protocol !== 1) {
    return failed('protocol', `The request is in protocol ${String(request.protocol)}, and this stage speaks 1.`);
  }
  /** The first call of `fail` or `suspend` ends the attempt, also when code of the stage catches what they throw. */
  let ended: StageFailure | StageSuspension | undefined;
  const onEnd = (end: StageFailure | StageSuspension) => {
    ended ??= end;
  };
  try {
    const context = makeContext(request, stage.lists ?? [], { signal, emit, onEnd });
    await stage.run(context);
    if (ended) return toResult(ended, signal.aborted);
    return { protocol: 1, status: 'ok', metrics: asJson(context.metrics) };
  } catch (error) {
    return toResult(ended ?? error, signal.aborted);
  }
}

/** Errors: throws a sentence for what no document can hold. */
function asJson(metrics: StageContext['metrics']): StageContext['metrics'] {
  try {
    return JSON.parse(JSON.stringify(metrics)) as StageContext['metrics'];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`What is in ctx.metrics cannot be written as JSON: ${reason.split('\n', 1)[0]}`);
  }
}

export function toResult(error: unknown, stopped: boolean): StageResult {
  if (error instanceof StageFailure) return { protocol: 1, status: 'failed', error: error.error };
  if (error instanceof StageSuspension) return { protocol: 1, status: 'suspended', question: error.question };
  if (stopped) return failed('stopped', 'The stage was stopped before it had finished.');
  console.error(error);
  return failed('stage-error', (error instanceof Error ? error.message : String(error)) || 'The stage failed.');
}

export function failed(code: string, message: string): StageResult {
  return { protocol: 1, status: 'failed', error: { code, category: 'critical', message } };
}

export function printFailure({ error }: StageResult): void {
  if (error) console.error(`${error.code}: ${error.message}`);
}

/** Calls `then` once all that was printed has left the process. */
export function flushPrinted(then: () => void): void {
  process.stdout.write('', () => process.stderr.write('', () => then()));
}
