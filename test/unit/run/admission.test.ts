// Which of the stages that wait may start: no limit is ever passed, everybody gets in, and always in the same order.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Demand, Limits } from '../../../src/run/admission.ts';
import { Admission } from '../../../src/run/admission.ts';

const demand = (given: Partial<Demand> = {}): Demand => ({ cpus: 0, memoryBytes: 0, exclusive: false, ...given });

/** Stages by number, the lower the sooner. Time stands still until the test moves it. */
function rig(demands: readonly Demand[], given: Partial<Limits> & { readonly jobs?: number } = {}) {
  const { jobs = 99, ...limits } = given;
  const admission = new Admission(
    { demands: new Map(demands.entries()), pools: {}, cpus: 4, memoryBytes: 100, ...limits },
    (a, b) => a - b,
  );
  const running = new Set<number>();
  const started: number[] = [];
  let nowMs = 0;
  let wakeMs = Number.POSITIVE_INFINITY;
  const look = () => {
    const round = admission.round(nowMs);
    while (running.size < jobs && round.next(undefined, running.size > 0) === 'admitted');
    wakeMs = round.wakeMs;
    return started.splice(0);
  };
  const wait = (stage: number, again = false) =>
    admission.wait(stage, again, (held) => {
      if (!held) return;
      running.add(stage);
      started.push(stage);
    });
  return {
    admission,
    running,
    wait,
    look,
    all: () => {
      for (const stage of demands.keys()) wait(stage);
      return look();
    },
    end: (stage: number) => {
      running.delete(stage);
      admission.release(stage);
      return look();
    },
    at: (ms: number) => {
      nowMs = ms;
      return look();
    },
    wakeMs: () => wakeMs,
  };
}

describe('a pool', () => {
  const web = demand({ pool: 'web' });

  test('has so many places; who has none keeps nobody else from starting', () => {
    const run = rig([web, web, web, demand({ cpus: 4 })], { pools: { web: { slots: 2 } } });
    expect(run.all()).toEqual([0, 1, 3]);
    expect(run.admission.waitsFor(2)).toEqual({ short: 'pool', pool: 'web' });
    expect(run.end(3)).toEqual([]);
    expect(run.end(0)).toEqual([2]);
    expect(run.admission.waitsFor(2)).toBeUndefined();
  });

  test('with a rate starts one at a time, and time that was not used is lost', () => {
    const run = rig([web, web, web], { pools: { web: { start_every_ms: 250 } } });
    expect(run.all()).toEqual([0]);
    expect(run.admission.waitsFor(1)).toEqual({ short: 'rate', pool: 'web' });
    expect(run.wakeMs()).toBe(250);
    expect(run.at(249.9)).toEqual([]);
    expect(run.at(1000)).toEqual([1]);
    expect(run.wakeMs()).toBe(1250);
    expect(run.at(1250)).toEqual([2]);
    expect(run.wakeMs()).toBe(Number.POSITIVE_INFINITY);
  });

  test('that is full asks for no alarm', () => {
    const run = rig([web, web], { pools: { web: { slots: 1, start_every_ms: 250 } } });
    expect(run.all()).toEqual([0]);
    expect(run.wakeMs()).toBe(Number.POSITIVE_INFINITY);
    expect(run.end(0)).toEqual([]);
    expect(run.wakeMs()).toBe(250);
  });

  test('who is tried again comes first, and counts as a start', () => {
    const run = rig([web, web, web], { pools: { web: { slots: 1, start_every_ms: 10 } } });
    expect(run.all()).toEqual([0]);
    run.wait(0, true);
    expect(run.end(0)).toEqual([]);
    expect(run.at(10)).toEqual([0]);
  });
});

describe('the machine', () => {
  test('its processors and its memory are shared out, fractions too', () => {
    const run = rig([
      ...Array.from({ length: 3 }, () => demand({ cpus: 0.1 })),
      demand({ cpus: 3.7 }),
      demand({ memoryBytes: 60 }),
      demand({ memoryBytes: 41 }),
      demand({ memoryBytes: 40 }),
    ]);
    expect(run.all()).toEqual([0, 1, 2, 3, 4]);
    expect(run.admission.waitsFor(5)).toEqual({ short: 'memory', pool: undefined });
    expect(run.end(4)).toEqual([5, 6]);
  });

  test('what the foremost waits for nobody behind it takes; what it does not need they may', () => {
    const run = rig(
      [
        demand({ cpus: 3 }),
        demand({ cpus: 2, pool: 'web' }),
        demand({ cpus: 1 }),
        demand({ pool: 'web' }),
        demand({ memoryBytes: 1 }),
      ],
      { pools: { web: { slots: 1 } } },
    );
    expect(run.all()).toEqual([0, 4]);
    expect(run.end(0)).toEqual([1, 2]);
    expect(run.end(1)).toEqual([3]);
  });

  test('who waits for its pool keeps nothing of the machine', () => {
    const both = demand({ cpus: 4, pool: 'web' });
    const run = rig([demand({ pool: 'web' }), both, demand({ cpus: 4 })], { pools: { web: { slots: 1 } } });
    expect(run.all()).toEqual([0, 2]);
    expect(run.end(0)).toEqual([]);
    expect(run.admission.waitsFor(1)).toEqual({ short: 'cpus', pool: 'web' });
    expect(run.end(2)).toEqual([1]);
  });
});

describe('running alone', () => {
  test('it waits for those that run, and whoever comes after it waits for it', () => {
    const run = rig([demand({ cpus: 1 }), demand({ exclusive: true }), demand(), demand({ exclusive: true })]);
    expect(run.all()).toEqual([0]);
    expect(run.admission.waitsFor(1)).toEqual({ short: 'others', pool: undefined });
    expect(run.end(0)).toEqual([1]);
    expect(run.look()).toEqual([]);
    expect(run.end(1)).toEqual([2]);
    expect(run.end(2)).toEqual([3]);
  });

  test('until it is its turn others go before it', () => {
    const run = rig([demand(), demand(), demand({ exclusive: true })], { jobs: 1 });
    expect(run.all()).toEqual([0]);
    expect(run.end(0)).toEqual([1]);
    expect(run.end(1)).toEqual([2]);
  });
});

test('all that wait can be told that nothing comes', () => {
  const run = rig([demand({ exclusive: true }), demand()]);
  const told: boolean[] = [];
  run.admission.wait(0, false, (held) => told.push(held));
  run.admission.wait(1, true, (held) => told.push(held));
  run.admission.dismiss();
  expect(told).toEqual([false, false]);
  expect(run.look()).toEqual([]);
});

describe('whatever stages want', () => {
  const POOLS = { few: { slots: 2 }, slow: { start_every_ms: 70 }, both: { slots: 1, start_every_ms: 30 } };
  const anyDemand = fc.record({
    pool: fc.constantFrom(undefined, 'few', 'slow', 'both'),
    cpus: fc.constantFrom(0, 0.5, 1, 3, 4),
    memoryBytes: fc.constantFrom(0, 30, 100),
    exclusive: fc.boolean(),
  });
  /** Who arrives, who ends, whether it is tried again, and how time goes by: all drawn. */
  const anyStory = fc.record({
    demands: fc.array(anyDemand, { maxLength: 12 }),
    jobs: fc.integer({ min: 1, max: 4 }),
    steps: fc.array(fc.record({ pick: fc.nat(), ms: fc.nat(50), again: fc.boolean() }), { maxLength: 60 }),
  });

  function tell({ demands, jobs, steps }: typeof anyStory extends fc.Arbitrary<infer Story> ? Story : never) {
    const run = rig(demands, { pools: POOLS, jobs });
    const story: [at: number, stage: number][] = [];
    const lastStart = new Map<string, number>();
    let nowMs = 0;
    const note = (started: readonly number[]) => {
      for (const stage of started) {
        story.push([nowMs, stage]);
        const pool = demands[stage]?.pool;
        const every = pool === 'slow' ? 70 : pool === 'both' ? 30 : 0;
        if (pool) {
          expect(nowMs - (lastStart.get(pool) ?? -1000)).toBeGreaterThanOrEqual(every);
          lastStart.set(pool, nowMs);
        }
      }
      const now = [...run.running].map((stage) => demands[stage] as Demand);
      const inPool = (name: string) => now.filter(({ pool }) => pool === name).length;
      expect(now.length).toBeLessThanOrEqual(jobs);
      expect(inPool('few')).toBeLessThanOrEqual(2);
      expect(inPool('both')).toBeLessThanOrEqual(1);
      expect(now.reduce((sum, { cpus }) => sum + cpus, 0)).toBeLessThanOrEqual(4);
      expect(now.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)).toBeLessThanOrEqual(100);
      if (now.some(({ exclusive }) => exclusive)) expect(now.length).toBe(1);
    };
    note(run.all());
    const left = [...steps];
    for (let turn = 0; story.length > 0 && turn < 1000; turn++) {
      const { pick, ms, again } = left.pop() ?? { pick: 0, ms: 0, again: false };
      nowMs += ms;
      note(run.at(nowMs));
      const ending = [...run.running][pick % Math.max(1, run.running.size)];
      if (ending !== undefined) {
        if (again) run.wait(ending, true);
        note(run.end(ending));
      } else if (run.wakeMs() !== Number.POSITIVE_INFINITY) {
        nowMs = Math.max(nowMs, run.wakeMs());
        note(run.at(nowMs));
      } else break;
    }
    return { story, running: run.running.size };
  }

  test('no limit is ever passed, everybody gets in, and the order is the same again', () => {
    fc.assert(
      fc.property(anyStory, (given) => {
        const told = tell(given);
        expect(told.running).toBe(0);
        expect(new Set(told.story.map(([, stage]) => stage)).size).toBe(given.demands.length);
        expect(tell(given)).toEqual(told);
      }),
      { numRuns: 300 },
    );
  });
});
