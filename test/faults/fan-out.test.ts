// Lists that change, items that fail, kills: after anything, a build with fan-outs is as good as a clean one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fanOutScripts, followFanOut } from '../support/fan-out-script.ts';
import { FULL, SEED, tried } from './support/effort.ts';

const RUNS = FULL ? 400 : 20;
const STEPS_MAX = 20;

test('a build with fan-outs is as good as a clean one, and runs no more items than it must', async (context) => {
  await fc.assert(
    fc.asyncProperty(fanOutScripts(STEPS_MAX), async (script) => {
      await followFanOut(script);
      tried(context, 'steps with fan-outs', script.steps.length);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  expect(context.task.meta.made?.['steps with fan-outs']).toBeGreaterThan(FULL ? 2_000 : RUNS);
});
