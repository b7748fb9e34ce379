// Whatever is done to a workspace, and wherever a build is killed: the next one makes what a clean build would make, by
// no more than what had to run, and the one after it runs nothing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pipelines } from '../support/random-pipeline.ts';
import { FULL, SEED, tried } from './support/effort.ts';
import { commands, newModel, newReal } from './support/model.ts';

const RUNS = FULL ? 400 : 40;
const STAGES_MAX = 12;

test('a build after anything is as good as a clean one, and runs no more than it must', async (context) => {
  await fc.assert(
    fc.asyncProperty(pipelines(STAGES_MAX), commands(14), async (nodes, steps) => {
      const model = newModel(nodes);
      const real = newReal(model);
      let made = 0;
      for (const step of steps) {
        await step.run(model, real);
        made++;
      }
      tried(context, 'model steps', made);
    }),
    { numRuns: RUNS, seed: SEED },
  );
  expect(context.task.meta.made?.['model steps']).toBeGreaterThan(RUNS);
});
