// Who starts when: order, limits, failures, halts and stops. Stages here are promises that the test settles.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/model/outcome.ts';
import type { Demand } from '../../../src/run/admission.ts';
import type { ScheduleOptions, Slot, Verdict } from '../../../src/run/scheduler.ts';
import { schedule } from '../../../src/run/scheduler.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const ran: Verdict = { outcome: 'ran', stops: 'nothing' };
const halts: Verdict = { outcome: 'failed', stops: 'all' };
const fails: Verdict = { outcome: 'failed', stops: 'consumers' };
const skips: Verdict = { outcome: 'skipped', stops: 'consumers' };
const waits: Verdict = { outcome: 'suspended', stops: 'consumers' };

type Graph = readonly (readonly number[])[];

function consumersOf(producers: Graph): number[][] {
  const consumers: number[][] = producers.map(() => []);
  for (const [to, froms] of producers.entries()) for (const from of froms) consumers[from]?.push(to);
  return consumers;
}

interface Running {
  readonly end: (verdict: Verdict) => Promise<void>;
  readonly reject: (error: Error) => Promise<void>;
  readonly slot: Slot;
}

/** A schedule whose stages run until the test ends them. `producers` of stage 0, 1, 2, … */
function rig(producers: Graph, options: Partial<ScheduleOptions> = {}) {
  const log: string[] = [];
  const running = new Map<number, Running>();
  const stop = new AbortController();
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const names = (stages: readonly number[]) => stages.join('+');
  const done = schedule({
    selected: producers.map((_, stage) => stage),
    producers,
    consumers: consumersOf(producers),
    before: (a, b) => a - b,
    jobs: 2,
    signal: stop.signal,
    perform: (stage, slot) =>
      new Promise((resolve, reject) => {
        log.push(`start ${stage}`);
        const end = (verdict: Verdict) => {
          running.delete(stage);
          resolve(verdict);
          return turn();
        };
        running.set(stage, {
          end,
          slot,
          reject: (error) => {
            running.delete(stage);
            reject(error);
            return turn();
          },
        });
      }),
    onReady: (stage) => log.push(`ready ${stage}`),
    onBlocked: (stage, by) => log.push(`blocked ${stage} by ${names(by)}`),
    skip: (stage, by) => {
      log.push(`skipped ${stage} by ${names(by)}`);
      return Promise.resolve(skips);
    },
    onCancelled: (stage) => log.push(`cancelled ${stage}`),
    ...options,
  });
  const at = (stage: number) => {
    const found = running.get(stage);
    if (!found) throw new Error(`stage ${stage} is not running`);
    return found;
  };
  /** What was logged since it was last asked. */
  const news = () => log.splice(0).filter((line) => !line.startsWith('ready'));
  return { done, at, news, log, stop, running: () => [...running.keys()] };
}

describe('called ahead', () => {
  test('so many beyond those that have a slot; the turn comes with a slot that is free', async () => {
    const run = rig([[], [], [], []], { jobs: 1, ahead: 2 });
    expect(run.news()).toEqual(['start 0', 'start 1', 'start 2']);
    expect(run.at(0).slot.turn()).toBeUndefined();
    const turn = run.at(1).slot.turn();
    run.at(0).slot.release();
    expect(await turn).toBe(true);
    expect(run.at(1).slot.turn()).toBeUndefined();
    // Whoever has a slot is not held up by those that get ready.
    expect(run.news()).toEqual([]);
    await run.at(0).end(ran);
    expect(run.news()).toEqual(['start 3']);
    for (const stage of [1, 2, 3]) await run.at(stage).end(ran);
    await run.done;
  });

  test('a slot goes to what comes first, whoever was called ahead', async () => {
    const slots: number[] = [];
    const run = rig([[], [], [0]], {
      jobs: 1,
      ahead: 1,
      before: (a, b) => Number(b === 2) - Number(a === 2) || a - b,
      onSlot: (stage) => slots.push(stage),
    });
    expect(run.news()).toEqual(['start 0', 'start 1']);
    await run.at(0).end(ran);
    expect(run.news()).toEqual(['start 2']);
    await run.at(2).end(ran);
    expect(await run.at(1).slot.turn()).toBeUndefined();
    await run.at(1).end(ran);
    await run.done;
    expect(slots).toEqual([0, 2, 1]);
  });

  test('a halt and a stop give none, and call none', async () => {
    const halted = rig([[], [], []], { jobs: 1, ahead: 1 });
    await halted.at(0).end(halts);
    expect(await halted.at(1).slot.turn()).toBe(false);
    await halted.at(1).end({ outcome: 'cancelled', stops: 'consumers' });
    await halted.done;
    expect(halted.news()).toEqual(['start 0', 'start 1', 'cancelled 2']);

    const stopped = rig([[], [], []], { jobs: 1, ahead: 1 });
    const turn = stopped.at(1).slot.turn();
    stopped.stop.abort();
    expect(await turn).toBe(false);
    await stopped.at(1).end({ outcome: 'cancelled', stops: 'consumers' });
    await stopped.at(0).end(ran);
    await stopped.done;
    expect(stopped.news()).toEqual(['start 0', 'start 1', 'cancelled 2']);
  });

  test('none with limits', async () => {
    const limits = {
      demands: new Map<number, Demand>(),
      pools: {},
      cpus: 2,
      memoryBytes: 0,
      clock: new ManualClock(),
      onWaiting: () => {},
    };
    const run = rig([[], []], { jobs: 1, ahead: 1, limits });
    expect(run.news()).toEqual(['start 0']);
    await run.at(0).end(ran);
    await run.at(1).end(ran);
    await run.done;
  });
});

describe('order', () => {
  test('a stage starts when all its producers ended well', async () => {
    const run = rig([[], [], [0, 1]], { jobs: 9 });
    expect(run.news()).toEqual(['start 0', 'start 1']);
    await run.at(0).end(ran);
    expect(run.news()).toEqual([]);
    await run.at(1).end({ outcome: 'restored', stops: 'nothing' });
    expect(run.news()).toEqual(['start 2']);
    await run.at(2).end({ outcome: 'fresh', stops: 'nothing' });
    await run.done;
  });

  test('ready is said once for each stage, before it starts', async () => {
    const run = rig([[], [], [0]], { jobs: 1 });
    await run.at(0).end(ran);
    await run.at(1).end(ran);
    await run.at(2).end(ran);
    await run.done;
    expect(run.log).toEqual(['ready 0', 'ready 1', 'start 0', 'ready 2', 'start 1', 'start 2']);
  });

  test('of those that are ready the foremost starts first', async () => {
    const run = rig([[], [], [], []], { jobs: 1, before: (a, b) => b - a });
    for (const stage of [3, 2, 1, 0]) {
      expect(run.news()).toEqual([`start ${stage}`]);
      await run.at(stage).end(ran);
    }
    await run.done;
  });

  test('producers that were not selected count as done', async () => {
    const run = rig([[], [0], [1]], { selected: [2] });
    expect(run.news()).toEqual(['start 2']);
    await run.at(2).end(ran);
    await run.done;
  });

  test('nothing selected is done at once', async () => {
    await rig([], {}).done;
  });
});

describe('slots', () => {
  test('no more than `jobs` run, and the next starts as one ends', async () => {
    const run = rig([[], [], [], []], { jobs: 2 });
    expect(run.news()).toEqual(['start 0', 'start 1']);
    await run.at(1).end(ran);
    expect(run.news()).toEqual(['start 2']);
    await run.at(0).end(ran);
    expect(run.news()).toEqual(['start 3']);
    await run.at(2).end(ran);
    await run.at(3).end(ran);
    await run.done;
  });

  test('a slot that is given back early is used at once, and is not given back twice', async () => {
    const run = rig([[], [], [], []], { jobs: 1 });
    expect(run.news()).toEqual(['start 0']);
    run.at(0).slot.release();
    run.at(0).slot.release();
    expect(run.news()).toEqual(['start 1']);
    await run.at(0).end(ran);
    expect(run.news()).toEqual([]);
    await run.at(1).end(ran);
    expect(run.news()).toEqual(['start 2']);
    await run.at(2).end(ran);
    await run.at(3).end(ran);
    await run.done;
  });

  test('a slot that is wanted back comes before the stages that are ready', async () => {
    const run = rig([[], [], []], { jobs: 1 });
    run.at(0).slot.release();
    expect(run.news()).toEqual(['start 0', 'start 1']);
    const again = run.at(0).slot.acquire();
    await run.at(1).end(ran);
    expect(await again).toBe(true);
    expect(run.news()).toEqual([]);
    await run.at(0).end(ran);
    expect(run.news()).toEqual(['start 2']);
    await run.at(2).end(ran);
    await run.done;
  });

  test.each([
    ['halted', halts],
    ['stopped', undefined],
  ])('a run that is %s gives no slot back, and says so to those that wait', async (_how, verdict) => {
    const run = rig([[], []], { jobs: 1 });
    const { slot } = run.at(0);
    slot.release();
    const again = slot.acquire();
    expect(slot.closed.aborted).toBe(false);
    if (verdict) await run.at(1).end(verdict);
    else run.stop.abort();
    expect(await again).toBe(false);
    expect(await slot.acquire()).toBe(false);
    expect(slot.closed.aborted).toBe(true);
    if (!verdict) await run.at(1).end(ran);
    await run.at(0).end(fails);
    await run.done;
  });

  test('it is not done while a stage without a slot goes on', async () => {
    const run = rig([[], [0]], { jobs: 1 });
    run.at(0).slot.release();
    let isDone = false;
    const done = run.done.then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDone).toBe(false);
    await run.at(0).end(ran);
    await run.at(1).end(ran);
    await done;
  });
});

describe('limits', () => {
  const nothing = { cpus: 0, memoryBytes: 0, exclusive: false };

  function limited(producers: Graph, demands: readonly Demand[], options: Partial<ScheduleOptions> = {}) {
    const clock = new ManualClock();
    const waits: string[] = [];
    const run = rig(producers, {
      limits: {
        demands: new Map(demands.entries()),
        pools: { web: { slots: 2 }, slow: { start_every_ms: 500 } },
        cpus: 2,
        memoryBytes: 10,
        clock,
        onWaiting: (stage, { short, pool }) => waits.push(`${stage}: ${short} ${pool ?? ''}`.trim()),
      },
      ...options,
    });
    return { ...run, clock, waits };
  }
  const web = { ...nothing, pool: 'web' };
  const slow = { ...nothing, pool: 'slow' };

  test('a stage that may not run gives its job to the next, which is looked at', async () => {
    const run = limited([[], [], [], []], [web, web, web, nothing], { jobs: 3 });
    expect(run.news()).toEqual(['start 0', 'start 1', 'start 2']);
    expect(run.at(0).slot.enter()).toBeUndefined();
    expect(run.at(1).slot.enter()).toBeUndefined();
    const third = run.at(2).slot.enter();
    expect(run.waits).toEqual(['2: pool web']);
    expect(run.news()).toEqual(['start 3']);
    await run.at(0).end(ran);
    expect(await third).toBe(true);
    for (const stage of [1, 2, 3]) await run.at(stage).end(ran);
    await run.done;
  });

  test('one timer wakes who waits for a rate; time alone starts it', async () => {
    const run = limited([[], [], []], [slow, slow, slow], { jobs: 3 });
    const given: number[] = [];
    for (const stage of [0, 1, 2])
      void run
        .at(stage)
        .slot.enter()
        ?.then(() => given.push(stage));
    expect(run.waits).toEqual(['1: rate slow', '2: rate slow']);
    expect(run.clock.sleepers).toBe(1);
    await run.clock.advance(499);
    expect(given).toEqual([]);
    await run.clock.advance(1);
    expect(given).toEqual([1]);
    await run.clock.advance(500);
    expect(given).toEqual([1, 2]);
    expect(run.clock.sleepers).toBe(0);
    for (const stage of [0, 1, 2]) await run.at(stage).end(ran);
    await run.done;
  });

  test('a place in a pool is given back in a pause, and is waited for afterwards', async () => {
    const run = limited([[], [], []], [web, web, web], { jobs: 3 });
    for (const stage of [0, 1]) run.at(stage).slot.enter();
    const third = run.at(2).slot.enter();
    run.at(0).slot.release();
    expect(await third).toBe(true);
    const again = run.at(0).slot.acquire();
    await run.at(1).end(ran);
    expect(await again).toBe(true);
    for (const stage of [0, 2]) await run.at(stage).end(ran);
    await run.done;
  });

  test('beside a stage that runs alone nothing is even looked at', async () => {
    const run = limited([[], [], []], [nothing, { ...nothing, exclusive: true }, nothing], { jobs: 2 });
    expect(run.news()).toEqual(['start 0', 'start 1']);
    const alone = run.at(1).slot.enter();
    expect(run.waits).toEqual(['1: others']);
    expect(run.news()).toEqual([]);
    await run.at(0).end(ran);
    expect(await alone).toBe(true);
    expect(run.news()).toEqual([]);
    await run.at(1).end(ran);
    expect(run.news()).toEqual(['start 2']);
    await run.at(2).end(ran);
    await run.done;
  });

  test.each([
    ['halted', halts],
    ['stopped', undefined],
  ])('a run that is %s lets nobody wait, and leaves no timer', async (_how, verdict) => {
    const run = limited([[], []], [slow, slow], { jobs: 2 });
    run.at(0).slot.enter();
    const second = run.at(1).slot.enter();
    expect(run.clock.sleepers).toBe(1);
    if (verdict) await run.at(0).end(verdict);
    else run.stop.abort();
    expect(await second).toBe(false);
    expect(run.clock.sleepers).toBe(0);
    if (!verdict) await run.at(0).end(ran);
    await run.at(1).end({ outcome: 'cancelled', stops: 'consumers' });
    await run.done;
  });
});

describe('failures', () => {
  test('a failure that halts: what runs goes on and counts, nothing new starts', async () => {
    const run = rig([[], [], [], [1], [0]], { jobs: 2 });
    await run.at(0).end(halts);
    expect(run.news()).toEqual(['start 0', 'start 1', 'blocked 4 by 0', 'cancelled 2']);
    await run.at(1).end(ran);
    expect(run.news()).toEqual(['cancelled 3']);
    await run.done;
  });

  test('a failure that stops its consumers only: all that does not depend on it goes on', async () => {
    const run = rig([[], [0], [1], []], { jobs: 1 });
    await run.at(0).end(fails);
    expect(run.news()).toEqual(['start 0', 'blocked 1 by 0', 'blocked 2 by 1', 'start 3']);
    await run.at(3).end(ran);
    await run.done;
  });

  test('a stage is blocked only once all its producers ended, and names all that stopped it', async () => {
    const run = rig([[], [], [], [0, 1, 2]], { jobs: 3 });
    await run.at(2).end(fails);
    await run.at(0).end(ran);
    expect(run.news()).toEqual(['start 0', 'start 1', 'start 2']);
    await run.at(1).end(waits);
    expect(run.news()).toEqual(['blocked 3 by 2+1']);
    await run.done;
  });

  test('a skipped producer skips its consumers, unless another failed', async () => {
    const run = rig([[], [], [0], [0, 1], [2]], { jobs: 2 });
    await run.at(0).end(skips);
    expect(run.news()).toEqual(['start 0', 'start 1', 'skipped 2 by 0', 'skipped 4 by 2']);
    await run.at(1).end(fails);
    expect(run.news()).toEqual(['blocked 3 by 0+1']);
    await run.done;
  });

  test('a failure reaches 100,000 stages', async () => {
    const chain = Array.from({ length: 100_000 }, (_, at) => (at === 0 ? [] : [at - 1]));
    const run = rig(chain);
    await run.at(0).end(fails);
    await run.done;
    expect(run.news()).toHaveLength(100_000);
  });

  test('a rejection is a bug: nothing new starts, the others end, then it is thrown', async () => {
    const run = rig([[], [], []], { jobs: 2 });
    const caught = run.done.catch((error: unknown) => error);
    const bug = new Error('a bug');
    await run.at(0).reject(bug);
    expect(run.news()).toEqual(['start 0', 'start 1', 'cancelled 2']);
    expect(run.running()).toEqual([1]);
    await run.at(1).end(ran);
    expect(await caught).toBe(bug);
  });
});

describe('stopping', () => {
  test('what waits is cancelled at once, what runs ends by itself', async () => {
    const run = rig([[], [], [0]], { jobs: 1 });
    run.stop.abort();
    expect(run.news()).toEqual(['start 0', 'cancelled 1']);
    await run.at(0).end({ outcome: 'cancelled', stops: 'consumers' });
    expect(run.news()).toEqual(['cancelled 2']);
    await run.done;
  });

  test('stopped before the start: nothing starts', async () => {
    const stop = new AbortController();
    stop.abort();
    const run = rig([[], [0]], { signal: stop.signal });
    await run.done;
    expect(run.news()).toEqual(['cancelled 0', 'cancelled 1']);
  });
});

/** Producers have lower numbers. */
const dags = fc
  .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 14 })
  .map((rows) => rows.map((picks, at) => (at === 0 ? [] : [...new Set(picks.map((pick) => pick % at))])));

const verdicts = fc.infiniteStream(
  fc.oneof({ weight: 8, arbitrary: fc.constant(ran) }, ...[fails, skips, waits].map((v) => fc.constant(v))),
);

describe('properties, over all interleavings', () => {
  test('order is topological, never more than `jobs` hold a slot, each stage ends exactly once, nothing hangs', async () => {
    await fc.assert(
      fc.asyncProperty(
        dags,
        fc.integer({ min: 1, max: 4 }),
        verdicts,
        fc.infiniteStream(fc.boolean()),
        fc.option(fc.nat(20), { nil: undefined }),
        fc.scheduler(),
        async (producers, jobs, outcomes, coins, haltAt, s) => {
          const ended = new Map<number, Outcome>();
          const started = new Set<number>();
          let slots = 0;
          let endings = 0;
          let halted = false;
          const finish = (stage: number, outcome: Outcome) => {
            expect(ended.has(stage)).toBe(false);
            for (const producer of producers[stage] ?? []) expect(ended.has(producer)).toBe(true);
            ended.set(stage, outcome);
          };
          const stoppers = (stage: number) =>
            (producers[stage] ?? []).filter(
              (producer) => !['ran', 'restored', 'fresh'].includes(ended.get(producer) ?? ''),
            );
          const done = schedule({
            selected: producers.map((_, stage) => stage),
            producers,
            consumers: consumersOf(producers),
            before: (a, b) => a - b,
            jobs,
            signal: new AbortController().signal,
            perform: async (stage, slot) => {
              expect(halted).toBe(false);
              expect(started.has(stage)).toBe(false);
              expect(stoppers(stage)).toEqual([]);
              started.add(stage);
              expect(++slots).toBeLessThanOrEqual(jobs);
              await s.schedule(Promise.resolve(), `run ${stage}`);
              const early = coins.next().value;
              const again = coins.next().value;
              if (early) {
                slots--;
                slot.release();
                await s.schedule(Promise.resolve(), `wait ${stage}`);
              }
              const held = !early || (again && (await slot.acquire()));
              if (early && held) {
                expect(halted).toBe(false);
                expect(++slots).toBeLessThanOrEqual(jobs);
              }
              await s.schedule(Promise.resolve(), `end ${stage}`);
              if (held) slots--;
              const verdict = endings++ === haltAt ? halts : outcomes.next().value;
              if (verdict.stops === 'all') halted = true;
              finish(stage, verdict.outcome);
              return verdict;
            },
            onReady: (stage) => expect(stoppers(stage)).toEqual([]),
            onBlocked: (stage, by) => {
              expect([...by].sort()).toEqual(stoppers(stage).sort());
              expect(by.some((p) => ['failed', 'blocked', 'suspended'].includes(ended.get(p) ?? ''))).toBe(true);
              finish(stage, 'blocked');
            },
            skip: async (stage, by) => {
              expect(by.every((p) => ended.get(p) === 'skipped')).toBe(true);
              await s.schedule(Promise.resolve(), `skip ${stage}`);
              finish(stage, 'skipped');
              return skips;
            },
            onCancelled: (stage) => {
              expect(halted || stoppers(stage).some((p) => ended.get(p) === 'cancelled')).toBe(true);
              finish(stage, 'cancelled');
            },
          });
          await s.waitFor(done);
          expect(ended.size).toBe(producers.length);
        },
      ),
    );
  });

  test('a stop at any moment ends the run, and nothing starts after it', async () => {
    await fc.assert(
      fc.asyncProperty(dags, fc.integer({ min: 1, max: 3 }), fc.scheduler(), async (producers, jobs, s) => {
        const stop = new AbortController();
        const ended = new Set<number>();
        const done = schedule({
          selected: producers.map((_, stage) => stage),
          producers,
          consumers: consumersOf(producers),
          before: (a, b) => a - b,
          jobs,
          signal: stop.signal,
          perform: async (stage) => {
            expect(stop.signal.aborted).toBe(false);
            await s.schedule(Promise.resolve(), `run ${stage}`);
            expect(ended.has(stage)).toBe(false);
            ended.add(stage);
            return stop.signal.aborted ? { outcome: 'cancelled', stops: 'consumers' } : ran;
          },
          onReady: () => {},
          onBlocked: () => expect.unreachable('nothing failed'),
          skip: () => expect.unreachable('nothing was skipped'),
          onCancelled: (stage) => {
            expect(ended.has(stage)).toBe(false);
            ended.add(stage);
          },
        });
        void s.schedule(Promise.resolve(), 'stop').then(() => stop.abort());
        await s.waitFor(done);
        expect(ended.size).toBe(producers.length);
      }),
    );
  });

  test('as many run as may: a slot is free only when nothing is ready', async () => {
    await fc.assert(
      fc.asyncProperty(dags, fc.integer({ min: 1, max: 4 }), fc.scheduler(), async (producers, jobs, s) => {
        const ready = new Set<number>();
        let running = 0;
        const done = schedule({
          selected: producers.map((_, stage) => stage),
          producers,
          consumers: consumersOf(producers),
          before: (a, b) => a - b,
          jobs,
          signal: new AbortController().signal,
          perform: async (stage) => {
            ready.delete(stage);
            running++;
            await s.schedule(Promise.resolve(), `run ${stage}`);
            running--;
            return ran;
          },
          onReady: (stage) => ready.add(stage),
          onBlocked: () => expect.unreachable('nothing failed'),
          skip: () => expect.unreachable('nothing was skipped'),
          onCancelled: () => expect.unreachable('nothing was stopped'),
        });
        while (s.count() > 0) {
          expect(running === jobs || ready.size === 0).toBe(true);
          await s.waitOne();
          await new Promise((resolve) => setImmediate(resolve));
        }
        await done;
      }),
      { numRuns: 50 },
    );
  });
});

describe('a gate', () => {
  const gateOf = (opens: boolean, log: string[] = []) => ({
    members: [0, 1],
    waiting: [2],
    settle: (broken: readonly number[]) => {
      log.push(`settled with ${broken.join('+') || 'none'} broken`);
      return Promise.resolve(opens);
    },
  });

  test('lets what waits start when all members have ended, and it says so', async () => {
    const told: string[] = [];
    const run = rig([[], [], [0]], { jobs: 9, gates: [gateOf(true, told)] });
    await run.at(0).end(ran);
    expect([run.news(), told]).toEqual([['start 0', 'start 1'], []]);
    await run.at(1).end(ran);
    expect([run.news(), told]).toEqual([['start 2'], ['settled with none broken']]);
    await run.at(2).end(ran);
    await run.done;
  });

  test('that stays shut blocks what waits, by the members that are to blame', async () => {
    const told: string[] = [];
    const run = rig([[], [], [0], [2]], { jobs: 9, gates: [gateOf(false, told)] });
    await run.at(0).end(ran);
    await run.at(1).end(fails);
    await run.done;
    expect(told).toEqual(['settled with 1 broken']);
    expect(run.news()).toEqual(['start 0', 'start 1', 'blocked 2 by 1', 'blocked 3 by 2']);
  });

  test('that stays shut though no member is to blame blocks by all of them', async () => {
    const run = rig([[], [], [0]], { jobs: 9, gates: [gateOf(false)] });
    await run.at(0).end(ran);
    await run.at(1).end(ran);
    await run.done;
    expect(run.news()).toEqual(['start 0', 'start 1', 'blocked 2 by 0+1']);
  });

  test('with a member that was skipped blocks what waits: nothing is skipped with it', async () => {
    const run = rig([[], [], [1]], { jobs: 9, gates: [gateOf(false)] });
    await run.at(0).end(ran);
    await run.at(1).end(skips);
    await run.done;
    expect(run.news()).toEqual(['start 0', 'start 1', 'blocked 2 by 1']);
  });

  test('is settled after a stop, too, and what waits is cancelled', async () => {
    const told: string[] = [];
    const run = rig([[], [], [0]], { jobs: 1, gates: [gateOf(false, told)] });
    run.stop.abort();
    await run.at(0).end(ran);
    await run.done;
    expect(told).toEqual(['settled with 1 broken']);
    expect(run.news()).toEqual(['start 0', 'cancelled 1', 'cancelled 2']);
  });

  test('whose settling is a bug ends the run with it', async () => {
    const settle = () => Promise.reject(new Error('bug'));
    const run = rig([[], [], [0]], { jobs: 9, gates: [{ members: [0, 1], waiting: [2], settle }] });
    const ended = expect(run.done).rejects.toThrow('bug');
    await run.at(0).end(ran);
    await run.at(1).end(ran);
    await ended;
  });
});
