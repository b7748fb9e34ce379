/** One request, from the document to its result. Knows neither files of the protocol nor channels. */
import type { ItemResult, RequestItem, StageOutcome, StageRequest, StageResult } from '../plugin/protocol.ts';
import type { StageContext, StageDefinition, StageTold } from './stage-context.ts';
import { makeContext, StageFailure, StageSuspension } from './stage-context.ts';

const STOPPED = 'stopped';

/** What a process says before its result document. */
export type Told = StageTold | ({ readonly type: 'item' } & ItemResult);

/** Never rejects. `emit` gets what the stage tells, and of a batch the results of items. */
export async function run(
  stage: StageDefinition,
  request: StageRequest,
  signal: AbortSignal,
  emit: (event: Told) => void,
): Promise<StageResult> {
  if (request.protocol !== 1) {
    return failed('protocol', `The request is in protocol ${String(request.protocol)}, and this stage speaks 1.`);
  }
  if (request.items) return runItems(stage, request, request.items, signal, emit);
  return { protocol: 1, ...(await runOne(stage, request, signal, emit)) };
}

/** One after the other. What an item does is its own affair, and the next one's turn comes all the same. */
async function runItems(
  stage: StageDefinition,
  request: StageRequest,
  items: readonly RequestItem[],
  signal: AbortSignal,
  emit: (event: Told) => void,
): Promise<StageResult> {
  const results: ItemResult[] = [];
  for (const item of items) {
    if (signal.aborted) break;
    const { key } = item;
    const outcome = await runOne(stage, { ...request, ...item }, signal, (event) => emit({ ...event, key }));
    // Stopped in the middle, it is as those that were not begun.
    if (signal.aborted && outcome.error?.code === STOPPED) break;
    if (outcome.error) console.error(`${item.stage}: ${outcome.error.code}: ${outcome.error.message}`);
    const result = { key, ...outcome };
    results.push(result);
    emit({ type: 'item', ...result });
  }
  if (signal.aborted && results.length < items.length) return { ...toResult(undefined, true), items: results };
  return { protocol: 1, status: 'ok', items: results };
}

async function runOne(
  stage: StageDefinition,
  request: StageRequest,
  signal: AbortSignal,
  emit: (event: StageTold) => void,
): Promise<StageOutcome> {
  /** The first call of `fail` or `suspend` ends the attempt, also when code of the stage catches what they throw. */
  let ended: StageFailure | StageSuspension | undefined;
  const onEnd = (end: StageFailure | StageSuspension) => {
    ended ??= end;
  };
  try {
    const context = makeContext(request, stage.lists ?? [], { signal, emit, onEnd });
    await stage.run(context);
    if (ended) return toOutcome(ended, signal.aborted);
    return { status: 'ok', metrics: asJson(context.metrics) };
  } catch (error) {
    return toOutcome(ended ?? error, signal.aborted);
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
  return { protocol: 1, ...toOutcome(error, stopped) };
}

function toOutcome(error: unknown, stopped: boolean): StageOutcome {
  if (error instanceof StageFailure) return { status: 'failed', error: error.error };
  if (error instanceof StageSuspension) return { status: 'suspended', question: error.question };
  if (stopped) return failure(STOPPED, 'The stage was stopped before it had finished.');
  console.error(error);
  return failure('stage-error', (error instanceof Error ? error.message : String(error)) || 'The stage failed.');
}

export function failed(code: string, message: string): StageResult {
  return { protocol: 1, ...failure(code, message) };
}

function failure(code: string, message: string): StageOutcome {
  return { status: 'failed', error: { code, category: 'critical', message } };
}

export function printFailure({ error }: StageResult): void {
  if (error) console.error(`${error.code}: ${error.message}`);
}

/** Calls `then` once all that was printed has left the process. */
export function flushPrinted(then: () => void): void {
  process.stdout.write('', () => process.stderr.write('', () => then()));
}
