/** What is relied on in a stage type with workers, beside all that holds for every one (design-notes, "Workers"). */
import { STOP_MS } from './attempts.ts';
import type { StageCheck, Trial, Verdict } from './stage-checks.ts';
import { alikeUnlessAlways, failed, skipped, stopAt } from './stage-checks.ts';

export const WORKER_CHECKS: readonly StageCheck[] = [
  // A request reaches none that has not said so.
  { check: 'worker-ready', sentence: 'Its worker says that it is ready.', run: () => null },
  { check: 'worker-stays', sentence: 'Its worker serves one request after the other.', run: stays },
  {
    check: 'worker-cancel',
    sentence: 'Its worker answers a request that is cancelled, and serves the next.',
    run: cancels,
  },
  { check: 'worker-end', sentence: 'Its worker ends when nobody needs it any more.', run: ends },
];

async function stays(trial: Trial): Promise<Verdict> {
  const { bench, sample, started } = trial;
  const first = await bench.attempt(sample, started);
  const second = await bench.attempt(sample, started);
  const problem = first.problem ?? second.problem;
  if (problem !== undefined) return failed(problem);
  if (first.pid !== second.pid) return failed('It was gone after its first request.');
  return alikeUnlessAlways(trial, second);
}

/** Parts of the time that a request takes. */
const CANCEL_AT = [0, 0.3, 0.6];

async function cancels(trial: Trial): Promise<Verdict> {
  const { bench, sample, started } = trial;
  let isCancelled = false;
  for (const part of CANCEL_AT) {
    const before = await bench.attempt(sample, started);
    const cancelled = await bench.attempt(sample, started, { stop: stopAt(part, before.durationMs) });
    if (cancelled.stopMs !== undefined && cancelled.stopMs >= STOP_MS) {
      return failed(`It did not answer within ${STOP_MS / 1000} seconds, and had to be killed.`);
    }
    isCancelled ||= cancelled.stopMs !== undefined;
    const after = await bench.attempt(sample, started);
    if (after.problem !== undefined) return failed(`The next request did not end well. ${after.problem}`);
    if (cancelled.stopMs !== undefined && after.pid !== before.pid)
      return failed('It was gone after it was cancelled.');
    const verdict = alikeUnlessAlways(trial, after);
    if (verdict) return verdict;
  }
  return isCancelled ? null : skipped('It had always answered before it could be cancelled.');
}

/** As long as wrangle waits before it kills; less what a clock may be off. */
const END_MS = 1990;

async function ends({ bench, sample, started }: Trial): Promise<Verdict> {
  const { problem } = await bench.attempt(sample, started);
  if (problem !== undefined) return failed(problem);
  const tookMs = await bench.closeWorkers();
  return tookMs < END_MS ? null : failed('Two seconds after its channel was closed it had to be killed.');
}
