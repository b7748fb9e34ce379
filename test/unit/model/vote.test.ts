import { expect, test } from 'vitest';
import type { VoteTally } from '../../../src/model/vote.ts';
import { countsOfAnswers, isPicked, standing } from '../../../src/model/vote.ts';

const tally = (counts: readonly number[], more: Partial<VoteTally> = {}): VoteTally => ({
  ahead: 2,
  max: 1000,
  started: 0,
  flagged: 0,
  wasted: 0,
  counts: counts.map((votes, at) => ({ answer: String.fromCharCode(65 + at), votes })),
  winner: null,
  ...more,
});

test.each([
  [[], '0', ''],
  [[2, 1], '2-1', '2 for "A", 1 for "B"'],
  [[1, 1, 1, 1, 1, 1], '1-1-1-1-1-1', '1 for "A", 1 for "B", 1 for "C", 1 for "D", 1 for "E", 1 for "F"'],
  [[3, 2, 2, 2, 2, 2, 1], '3-2-2-2-2-…', '3 for "A", 2 for "B", 2 for "C", 2 for "D", 2 for "E", 3 for 2 others'],
])('%j', (counts, stands, answers) => {
  expect(standing(tally(counts))).toBe(stands);
  expect(countsOfAnswers(tally(counts))).toBe(answers);
});

test('a thousand answers are told in a line', () => {
  const counts = Array.from({ length: 1000 }, () => 1);
  expect(countsOfAnswers(tally(counts, { flagged: 2, wasted: 1 })).length).toBeLessThan(100);
});

test.each([
  [[3, 1], 'A', false],
  [[2, 2], 'A', true],
  [[3, 2], 'B', true],
  [[1, 1], null, false],
] as const)('%j for %s was picked: %s', (counts, winner, picked) => {
  expect(isPicked(tally(counts, { winner }))).toBe(picked);
});
