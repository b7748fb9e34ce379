// What status says beside decisions: when a stage ran last, how long it took, since when it waits.
import { expect, test } from 'vitest';
import { stageMemories } from '../../src/engine/stage-memory.ts';
import type { Behaviour } from '../support/engine-project.ts';
import { EngineProject } from '../support/engine-project.ts';

const HOUR = 3_600_000;

async function memoryOf(made: EngineProject, stage: string) {
  const planned = await made.plan();
  if (planned.status !== 'planned') throw new Error(planned.status);
  return stageMemories(planned)[planned.stages.findIndex(({ id }) => id === stage)];
}

test('a stage that never ran, one that ran, one that was restored, one whose record alone is known', async () => {
  const made = new EngineProject();
  made.write({ in: '1' });
  made.pipeline({ clean: { inputs: { d: 'in' }, outputs: { o: 'clean' } } });
  expect(await memoryOf(made, 'clean')).toEqual({ ranAtMs: undefined, tookMs: undefined, askedAtMs: undefined });

  const startMs = made.clock.nowMs();
  await made.build();
  const ran = await memoryOf(made, 'clean');
  expect(ran?.ranAtMs).toBeGreaterThanOrEqual(startMs);
  expect(ran?.ranAtMs).toBeLessThanOrEqual(made.clock.nowMs());
  expect(ran?.tookMs).toBeGreaterThanOrEqual(0);

  // Nothing to do is no run, and what the store has was made when it was made.
  await made.clock.advance(HOUR);
  await made.build();
  expect(await memoryOf(made, 'clean')).toEqual(ran);
  made.fs.remove('/w/clean');
  expect((await made.build()).outcomes).toEqual({ clean: 'restored' });
  expect(await memoryOf(made, 'clean')).toEqual(ran);

  made.write({ in: '2' });
  await made.build();
  expect((await memoryOf(made, 'clean'))?.ranAtMs).toBeGreaterThanOrEqual(startMs + HOUR);
});

test('a question waits since it was asked first', async () => {
  const made = new EngineProject();
  made.write({ in: '1' });
  made.pipeline({ review: { inputs: { d: 'in' }, outputs: { o: 'review' } } });
  const asks =
    (text: string): Behaviour =>
    (process) => {
      const result = { protocol: 1, status: 'suspended', question: { id: 'ok', text } };
      process.writes({ [process.spec.env['WRANGLE_RESULT'] ?? '']: JSON.stringify(result) });
      process.exit(42);
      return 'done';
    };
  await made.build({ behave: asks('Is it?') });
  const first = await memoryOf(made, 'review');
  expect(first?.askedAtMs).toBeLessThanOrEqual(made.clock.nowMs());
  await made.clock.advance(HOUR);
  const again = await made.build({ behave: asks('Is it?'), force: ['review'] });
  expect(again.started).toEqual(['review']);
  expect((await memoryOf(made, 'review'))?.askedAtMs).toBe(first?.askedAtMs);
  await made.build({ behave: asks('Is it still?'), force: ['review'] });
  expect((await memoryOf(made, 'review'))?.askedAtMs).toBeGreaterThanOrEqual((first?.askedAtMs ?? 0) + HOUR);
});
