// The decision by itself: first to be ahead by k, counted in the order of the attempts however they end.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Decision, Paper } from '../../../src/run/ballot.ts';
import { Ballot } from '../../../src/run/ballot.ts';

const FLAG = '!';
const paperOf = (answer: string): Paper => (answer === FLAG ? { how: 'flag' } : { how: 'vote', key: answer });

/** One after the other; started, and the decision. */
function inTurn(answers: readonly string[], ahead: number, max: number): { decision: Decision; started: number } {
  const ballot = new Ballot({ ahead, max });
  while (ballot.wanted() > 0) {
    const attempt = ballot.start();
    ballot.settle(attempt, paperOf(answers[attempt - 1] ?? FLAG));
    ballot.count();
  }
  return { decision: ballot.decision, started: ballot.started };
}

test.each([
  ['AAA', 3, 'A', 3],
  ['AABAA', 3, 'A', 5],
  ['ABABAAA', 3, 'A', 7],
  ['A!A!!A', 3, 'A', 6],
  ['B', 1, 'B', 1],
  ['ABCAA', 2, 'A', 5],
])('%s, k = %i: %s after %i', (answers, ahead, winner, started) => {
  expect(inTurn([...answers], ahead, 20)).toEqual({ decision: { winner }, started });
});

test('undecided at most, and decided once it was widened', () => {
  const ballot = new Ballot({ ahead: 2, max: 2 });
  for (const answer of ['A', 'B']) ballot.settle(ballot.start(), paperOf(answer));
  expect([ballot.count(), ballot.count(), ballot.decision, ballot.wanted()]).toEqual([
    { attempt: 1, paper: paperOf('A') },
    { attempt: 2, paper: paperOf('B') },
    'undecided',
    0,
  ]);
  ballot.widen();
  expect([ballot.max, ballot.decision, ballot.wanted()]).toEqual([4, 'open', 2]);
});

/** Starts what is wanted and at most `atOnce`, and lets them end in an order of its own. */
function inAnyOrder(answers: readonly string[], ahead: number, max: number, atOnce: number, draw: () => number) {
  const ballot = new Ballot({ ahead, max });
  const running: number[] = [];
  const counted: number[] = [];
  for (;;) {
    while (ballot.wanted() > 0 && running.length < atOnce) running.push(ballot.start());
    if (running.length === 0) break;
    const [attempt = 0] = running.splice(draw() % running.length, 1);
    ballot.settle(attempt, paperOf(answers[attempt - 1] ?? FLAG));
    for (let one = ballot.count(); one; one = ballot.count()) counted.push(one.attempt);
  }
  return { decision: ballot.decision, started: ballot.started, counted, wasted: ballot.wasted };
}

test('however many run at once and whichever ends first: the same decision after the same attempts, and none for nothing', () => {
  const answers = fc.array(fc.constantFrom('A', 'B', 'C', FLAG), { minLength: 12, maxLength: 12 });
  const order = fc.array(fc.nat(100), { minLength: 1 });
  fc.assert(
    fc.property(
      answers,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 6 }),
      order,
      (all, k, width, draws) => {
        let at = 0;
        const draw = () => draws[at++ % draws.length] ?? 0;
        const { counted, wasted, ...ended } = inAnyOrder(all, k, 12, width, draw);
        expect(ended).toEqual(inTurn(all, k, 12));
        expect(counted).toEqual(counted.map((_, index) => index + 1));
        expect(wasted).toBe(0);
      },
    ),
  );
});

test('what was started beyond the decision is not counted', () => {
  const ballot = new Ballot({ ahead: 2, max: 9 });
  for (let more = 0; more < 4; more++) ballot.start();
  // The last ones agree with each other, and are done first.
  for (const [attempt, answer] of [
    [4, 'B'],
    [3, 'B'],
    [2, 'A'],
    [1, 'A'],
  ] as const) {
    ballot.settle(attempt, paperOf(answer));
    if (attempt > 1) expect(ballot.count()).toBeUndefined();
  }
  expect([ballot.count()?.attempt, ballot.count()?.attempt, ballot.count()]).toEqual([1, 2, undefined]);
  expect([ballot.decision, ballot.wasted]).toEqual([{ winner: 'A' }, 2]);
});

test('what ends the vote waits for those before it', () => {
  const ballot = new Ballot({ ahead: 3, max: 9 });
  for (let more = 0; more < 3; more++) ballot.start();
  ballot.settle(2, { how: 'end' });
  expect([ballot.count(), ballot.wanted()]).toEqual([undefined, 0]);
  ballot.settle(1, paperOf('A'));
  while (ballot.count());
  expect([ballot.decision, ballot.wasted]).toEqual([{ endedBy: 2 }, 1]);
});

describe('against the formulas, with one competing answer', () => {
  // A generator with a seed, so that every run sees the same voters.
  const random = (seed: number) => {
    let state = seed;
    return () => {
      state += 0x6d2b79f5;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
  };

  /** P(correct) = 1/(1 + ((1-p)/p)^k); votes: k(2P - 1)/(2p - 1). */
  const expected = (p: number, k: number) => {
    const correct = 1 / (1 + ((1 - p) / p) ** k);
    return { correct, votes: (k * (2 * correct - 1)) / (2 * p - 1) };
  };

  /** So many standard errors: one in a million is outside. */
  const Z = 4.9;

  test.each([1, 2, 3].flatMap((k) => [0.6, 2 / 3, 0.9].map((p) => [k, p] as const)))('k = %i, p = %f', (k, p) => {
    const runs = 20_000;
    const draw = random(k * 1000 + Math.round(p * 100));
    let correct = 0;
    let votes = 0;
    let squares = 0;
    for (let run = 0; run < runs; run++) {
      const ballot = new Ballot({ ahead: k, max: 10_000 });
      while (ballot.wanted() > 0) {
        ballot.settle(ballot.start(), paperOf(draw() < p ? 'A' : 'B'));
        ballot.count();
      }
      const { decision, started } = ballot;
      if (typeof decision === 'object' && 'winner' in decision && decision.winner === 'A') correct++;
      votes += started;
      squares += started ** 2;
    }
    const theory = expected(p, k);
    const mean = votes / runs;
    expect(Math.abs(correct / runs - theory.correct)).toBeLessThan(
      Z * Math.sqrt((theory.correct * (1 - theory.correct)) / runs),
    );
    expect(Math.abs(mean - theory.votes)).toBeLessThan(1e-9 + Z * Math.sqrt((squares / runs - mean ** 2) / runs));
  });

  /** k = ⌈ln(t^(-m/s) - 1) / ln((1-p)/p)⌉ with m = 1. */
  const leastAhead = (p: number, t: number, steps: number) =>
    Math.max(1, Math.ceil(Math.log(Math.expm1(-Math.log(t) / steps)) / Math.log((1 - p) / p)));

  test('how far ahead an answer must be, for a million steps that must all be right', () => {
    const rates = [0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999];
    expect(rates.map((p) => leastAhead(p, 0.9, 1e6))).toEqual([8, 6, 5, 4, 4, 3, 3]);
    expect([0.99, 0.999].map((p) => expected(p, 3).correct ** 1e6)).toEqual([
      expect.closeTo(0.3568, 4),
      expect.closeTo(0.999, 4),
    ]);
    expect(expected(0.9978, 3).votes).toBeCloseTo(3.01326, 5);
  });
});
