/** What is relied on in a stage type that takes batches, beside all that holds for every one (design-notes, "Batches"). */
import { posix } from 'node:path';
import type { RequestItem, StageRequest } from '../../plugin/protocol.ts';
import type { Attempted } from './attempts.ts';
import type { StageCheck, Trial, Verdict } from './stage-checks.ts';
import { alikeUnlessAlways, failed, skipped } from './stage-checks.ts';

export const BATCH_CHECKS: readonly StageCheck[] = [
  { check: 'batch', sentence: 'As items of a batch, it makes the same as one by one.', run: makesTheSame },
  {
    check: 'batch-apart',
    sentence: 'An item of a batch that cannot be done keeps no other from being done.',
    run: keepsApart,
  },
];

async function makesTheSame(trial: Trial): Promise<Verdict> {
  const { first, second } = await tryBatch(trial, ['first', 'second']);
  for (const item of [first, second]) {
    const verdict = item.problem === undefined ? alikeUnlessAlways(trial, item) : failed(item.problem);
    if (verdict) return verdict;
  }
  return null;
}

async function keepsApart(trial: Trial): Promise<Verdict> {
  const { inputs } = trial.started.request;
  const port = Object.keys(inputs).find((name) => (inputs[name] ?? []).length > 0);
  if (port === undefined) return skipped('It has no inputs, without which it could fail.');
  const { first, second } = await tryBatch(trial, ['first', 'second'], (item) => {
    const missing = (item.inputs[port] ?? []).map((file) => ({
      ...file,
      path: `${trial.bench.makeFolder()}/not-there/${posix.basename(file.path)}`,
    }));
    return item.key === 'first' ? { ...item, inputs: { ...item.inputs, [port]: missing } } : item;
  });
  if (first.saysOk) {
    return failed(`It says that an item ended well, although there is nothing at its input "${port}".`);
  }
  return second.problem === undefined ? alikeUnlessAlways(trial, second) : failed(second.problem);
}

/** A batch of two, in this order, each with outputs of its own. */
async function tryBatch(
  { bench, sample, started }: Trial,
  [first, second]: readonly [string, string],
  change = (item: RequestItem) => item,
): Promise<{ readonly first: Attempted; readonly second: Attempted }> {
  const other = bench.place(sample, started);
  const attempted = await bench.attempt(sample, started, {
    request: (placed) => ({
      ...batchOf(placed),
      items: [change(itemOf(first, placed)), change(itemOf(second, other.placed))],
    }),
  });
  const judge = async (key: string, made: Pick<Attempted, 'outputs' | 'problem'>): Promise<Attempted> => {
    const told = attempted.items.get(key);
    const ended = attempted.saysOk ? '' : ` ${attempted.problem}`;
    const problem =
      told === undefined
        ? `It gave no result for the ${key} item of two.${ended}`
        : !told.ok
          ? `Its result for the ${key} item of two cannot be used: ${told.error}`
          : told.value.error
            ? `The ${key} item of two failed: ${told.value.error.message} (${told.value.error.code})`
            : made.problem;
    return { ...attempted, outputs: made.outputs, problem, saysOk: told?.ok === true && told.value.status === 'ok' };
  };
  return {
    first: await judge(first, await bench.outputsIn(attempted.folder)),
    second: await judge(second, await bench.outputsIn(other.folder)),
  };
}

function batchOf(request: StageRequest): StageRequest {
  const { key: _, item: __, ...shared } = request;
  return { ...shared, params: {}, inputs: {}, outputs: {}, answers: {}, questions: {} };
}

function itemOf(key: string, request: StageRequest): RequestItem {
  const { item = null, stage, params, inputs, outputs, answers = {}, questions = {}, seed, scratch } = request;
  return { key, item, stage: `${stage}@${key}`, params, inputs, outputs, answers, questions, seed, scratch };
}
