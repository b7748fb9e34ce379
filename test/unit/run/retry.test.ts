// Which failures are tried again, and how long the pause is.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAILURE_CATEGORIES, PERMANENT_FAILURES, PROCESS_FAILURES } from '../../../src/model/outcome.ts';
import type { Retry } from '../../../src/model/pipeline.ts';
import type { FailureCause } from '../../../src/run/failure.ts';
import * as failures from '../../../src/run/failure.ts';
import { isTriedAgain, pauseMs } from '../../../src/run/retry.ts';

const STANDARD = { base_ms: 1000, multiplier: 5, max_ms: 300_000 };
const retryOn = (...on: string[]): Retry => ({ max: 3, backoff: STANDARD, on });

function exit(code: number, exit_codes = {}): FailureCause {
  return failures.processFailed(ended({ how: 'exit', exitCode: code }), { exit_codes });
}

function ended(
  end: Pick<Parameters<typeof failures.processFailed>[0], 'how'> & { exitCode?: number; signal?: string },
) {
  const rest = { message: undefined, tail: [], hasLog: false, leftovers: false, durationMs: 1 };
  return { exitCode: undefined, signal: undefined, ...rest, ...end };
}

const TIMEOUT = failures.processFailed(ended({ how: 'timeout', signal: 'SIGTERM' }), { timeout_ms: 5, exit_codes: {} });
const KILLED = failures.processFailed(ended({ how: 'signal', signal: 'SIGKILL' }), { exit_codes: {} });

describe('what is tried again', () => {
  test.each([
    ['a timeout, by its category', TIMEOUT, ['retryable'], true],
    ['a timeout, by its code', TIMEOUT, ['timeout'], true],
    ['a timeout that is not asked for', TIMEOUT, ['signal'], false],
    ['an exit code that means nothing', exit(1), ['retryable'], false],
    ['any exit code, when it is asked for', exit(1), ['exit-code'], true],
    ['an exit code that is retryable', exit(75, { 75: 'retryable' }), ['retryable'], true],
    ['an exit code that is skippable', exit(3, { 3: 'skippable' }), ['retryable'], false],
    ['one killed by a signal', KILLED, ['retryable'], false],
    ['one killed by a signal, when it is asked for', KILLED, ['signal'], true],
    ['a command that was not found', exit(127), ['critical', 'exit-code'], false],
    ['a command that cannot be run', exit(126), ['critical', 'exit-code'], false],
    [
      'a command that did not start',
      failures.processFailed(ended({ how: 'not-started' }), { exit_codes: {} }),
      ['critical'],
      false,
    ],
    ['a missing output', failures.outputMissing(['x']), ['critical', 'output-missing'], false],
    ['a broken contract', failures.contractBroken('x', ['y']), ['critical', 'contract'], false],
    ['a missing secret', failures.secretMissing(['X']), ['critical'], false],
    ['a result that cannot be read', failures.badResult('x'), ['critical'], false],
    ['no result', failures.noResult(), ['critical'], false],
    ['a missing input', failures.inputMissing(['x']), ['critical'], false],
  ])('%s', (_what, failure, on, expected) => {
    expect(isTriedAgain(retryOn(...on), 1, failure)).toBe(expected);
  });

  test('as often as it says, after the first attempt', () => {
    const again = [1, 2, 3, 4].map((attempt) => isTriedAgain(retryOn('retryable'), attempt, TIMEOUT));
    expect(again).toEqual([true, true, true, false]);
    expect(isTriedAgain({ ...retryOn('retryable'), max: 0 }, 1, TIMEOUT)).toBe(false);
  });

  test('nothing without `retry`', () => {
    expect(isTriedAgain(undefined, 1, TIMEOUT)).toBe(false);
  });
});

test('every code has a line in docs/pipeline-reference.md', () => {
  const text = readFileSync(new URL('../../../docs/pipeline-reference.md', import.meta.url), 'utf8');
  const [, failing = ''] = text.split('## When a stage fails');
  const codes = [...(failing.split('\n## ')[0] ?? '').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
  const categories = FAILURE_CATEGORIES as readonly string[];
  expect(codes.filter((code) => !categories.includes(code ?? ''))).toEqual([
    ...PROCESS_FAILURES,
    ...PERMANENT_FAILURES,
  ]);
});

describe('the pause', () => {
  test('grows by the multiplier up to its limit', () => {
    expect([1, 2, 3, 4, 5, 6].map((attempt) => pauseMs(STANDARD, attempt, 1))).toEqual([
      1000, 5000, 25_000, 125_000, 300_000, 300_000,
    ]);
  });

  test('is shortened by up to a half', () => {
    expect(pauseMs(STANDARD, 1, 0)).toBe(500);
    expect(pauseMs(STANDARD, 1, 0.5)).toBe(750);
  });

  test('of no time stays none, however often', () => {
    expect(pauseMs({ base_ms: 0, multiplier: 5, max_ms: 300_000 }, 1000, 1)).toBe(0);
  });

  test('property: always between half of what it should be and all of it', () => {
    const backoffs = fc.record({
      base_ms: fc.nat(1_000_000),
      multiplier: fc.double({ min: 1, max: 100, noNaN: true }),
      max_ms: fc.nat(100_000_000),
    });
    fc.assert(
      fc.property(
        backoffs,
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (b, n, drawn) => {
          const whole = pauseMs(b, n, 1);
          const pause = pauseMs(b, n, drawn);
          expect(whole).toBeLessThanOrEqual(b.max_ms);
          expect(pause).toBeGreaterThanOrEqual(Math.round(whole / 2) - 1);
          expect(pause).toBeLessThanOrEqual(whole);
          expect(Number.isSafeInteger(pause)).toBe(true);
        },
      ),
    );
  });
});
