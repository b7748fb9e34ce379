// How long a build will still take, by what stages took before.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Forecast, type ForecastOptions } from '../../../src/run/forecast.ts';

interface Given extends Partial<Pick<ForecastOptions, 'toDo' | 'restored' | 'jobs'>> {
  /** Per stage its producers, which come before it. */
  readonly producers: readonly (readonly number[])[];
  readonly durations: readonly (number | undefined)[];
}

function consumersOf(producers: Given['producers']): number[][] {
  const consumers: number[][] = producers.map(() => []);
  for (const [to, froms] of producers.entries()) for (const from of froms) consumers[from]?.push(to);
  return consumers;
}

function forecast({ producers, ...rest }: Given): Forecast {
  const consumers = consumersOf(producers);
  return new Forecast({ graph: { consumers }, toDo: [...producers.keys()], restored: new Set(), jobs: 4, ...rest });
}

const CHAIN = [[], [0], [1]];
const WIDE = [[], [], [], []];

describe('what is left', () => {
  test('of a chain is its sum, however many may run at once', () => {
    expect(forecast({ producers: CHAIN, durations: [100, 200, 300] }).leftMs(0)).toBe(600);
  });

  test('of stages side by side is their work, shared', () => {
    expect(forecast({ producers: WIDE, durations: [400, 400, 400, 400] }).leftMs(0)).toBe(400);
    expect(forecast({ producers: WIDE, durations: [400, 400, 400, 400], jobs: 2 }).leftMs(0)).toBe(800);
    expect(forecast({ producers: WIDE, durations: [900, 100, 100, 100], jobs: 2 }).leftMs(0)).toBe(900);
  });

  test('of the longest of several ways counts', () => {
    const diamond = [[], [0], [0], [1, 2]];
    expect(forecast({ producers: diamond, durations: [10, 500, 20, 10] }).leftMs(0)).toBe(520);
  });

  test('of a running stage is the rest of its time; of one that is overdue nothing', () => {
    const chain = forecast({ producers: CHAIN, durations: [100, 200, 300] });
    chain.started(0, 1000);
    expect(chain.leftMs(1040)).toBe(560);
    expect(chain.leftMs(1100)).toBe(500);
    expect(chain.leftMs(5000)).toBe(500);
  });

  test('of a stage that begins anew is its whole time', () => {
    const chain = forecast({ producers: CHAIN, durations: [100, 200, 300] });
    chain.started(0, 0);
    chain.started(0, 5000);
    expect(chain.leftMs(5010)).toBe(590);
  });

  test('of one that is over is nothing, whatever became of it', () => {
    const chain = forecast({ producers: CHAIN, durations: [100, 200, 300] });
    chain.started(0, 0);
    chain.over(0, 10, true);
    expect(chain.leftMs(10)).toBe(500);
    chain.over(1, 10, false);
    chain.over(2, 10, false);
    expect(chain.leftMs(10)).toBe(0);
    expect([chain.ended, chain.total]).toEqual([3, 3]);
  });

  test('of stages that are not to do, or only put in place, is nothing', () => {
    const given = { producers: CHAIN, durations: [100, 200, 300] };
    expect(forecast({ ...given, toDo: [1, 2] }).leftMs(0)).toBe(500);
    expect(forecast({ ...given, restored: new Set([1]) }).leftMs(0)).toBe(400);
  });
});

describe('a stage that never ran', () => {
  test('counts like the mean of those that did, also of those that are not to do', () => {
    expect(forecast({ producers: CHAIN, durations: [100, undefined, 300] }).leftMs(0)).toBe(600);
    expect(forecast({ producers: CHAIN, durations: [100, undefined, 300], toDo: [1] }).leftMs(0)).toBe(200);
  });

  test('makes the rest unknown while none did', () => {
    const chain = forecast({ producers: CHAIN, durations: [undefined, undefined, undefined] });
    expect(chain.leftMs(0)).toBeUndefined();
    chain.started(0, 0);
    expect(chain.leftMs(50)).toBeUndefined();
    chain.over(0, 400, true);
    expect(chain.leftMs(400)).toBe(800);
  });

  test('and did not run to its end says nothing of the others', () => {
    const chain = forecast({ producers: CHAIN, durations: [undefined, undefined, undefined] });
    chain.started(0, 0);
    chain.over(0, 400, false);
    expect(chain.leftMs(400)).toBeUndefined();
    chain.over(1, 400, false);
    chain.over(2, 400, false);
    expect(chain.leftMs(400)).toBe(0);
  });
});

describe('properties', () => {
  const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.record({
      producers: fc.tuple(
        ...Array.from({ length: size }, (_, to) =>
          to === 0 ? fc.constant([]) : fc.uniqueArray(fc.integer({ min: 0, max: to - 1 }), { maxLength: 3 }),
        ),
      ),
      durations: fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: size, maxLength: size }),
      jobs: fc.integer({ min: 1, max: 8 }),
    }),
  );

  /** Of those of which `counts` is true. */
  function longestPath({ producers, durations }: Given, counts: (stage: number) => boolean): number {
    const until: number[] = [];
    for (const [stage, from] of producers.entries()) {
      const own = counts(stage) ? (durations[stage] as number) : 0;
      until.push(own + Math.max(0, ...from.map((producer) => until[producer] as number)));
    }
    return Math.max(...until);
  }

  test('it lies between the longest path and the sum, and falls to 0 as stages end', () => {
    fc.assert(
      fc.property(graphs, (given) => {
        const { durations, producers } = given;
        const left = forecast(given);
        const over = new Set<number>();
        const isLeft = (stage: number) => !over.has(stage);
        for (const stage of producers.keys()) {
          const sum = durations.reduce((total, duration, at) => total + (isLeft(at) ? duration : 0), 0);
          expect(left.leftMs(0)).toBeGreaterThanOrEqual(longestPath(given, isLeft));
          expect(left.leftMs(0)).toBeLessThanOrEqual(sum);
          left.over(stage, 0, true);
          over.add(stage);
        }
        expect(left.leftMs(0)).toBe(0);
      }),
    );
  });

  test('it is never below 0, whatever happens when', () => {
    const steps = fc.array(fc.tuple(fc.nat(11), fc.constantFrom('start', 'run', 'fail'), fc.nat(5000)));
    fc.assert(
      fc.property(graphs, steps, (given, todo) => {
        const left = forecast(given);
        let now = 0;
        for (const [at, what, passing] of todo) {
          const stage = at % given.producers.length;
          now += passing;
          if (what === 'start') left.started(stage, now);
          else left.over(stage, now, what === 'run');
          expect(left.leftMs(now)).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
