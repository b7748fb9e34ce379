// How many failed attempts are kept, and which go first.
import { expect, test } from 'vitest';
import { FailedAttempts } from '../../../src/store/failed-attempts.ts';
import { MemoryFileSystem } from '../../support/memory-file-system.ts';

const ROOT = '/w/.wrangle/failed';
const LIMITS = { perStage: 2, inAll: 3, bytes: 100 };

/** Attempts of runs 1, 2, …: `1 a` is the first attempt of stage a in run 1. */
function keep(fs: MemoryFileSystem, run: number, attempts: readonly [stage: string, attempt: number, bytes: number][]) {
  const failed = new FailedAttempts(fs, ROOT, runId(run), LIMITS);
  for (const [stage, attempt, bytes] of attempts) {
    fs.write({ [`${failed.folder(stage, attempt)}/outputs/x`]: 'x'.repeat(bytes) });
    failed.added(stage, attempt, failed.measure(stage, attempt));
  }
}

const runId = (run: number) => `20260101-00000${run}-abcd`;
const left = (fs: MemoryFileSystem) =>
  Object.keys(fs.tree(ROOT)).map((path) => path.replace(/^(\w+)\/20260101-00000(\d)-abcd-(\d+)\/.*$/, '$1 $2.$3'));

test('a few of each stage, the newest', () => {
  const fs = new MemoryFileSystem();
  keep(fs, 1, [
    ['a', 1, 1],
    ['a', 2, 1],
  ]);
  keep(fs, 2, [
    ['a', 9, 1],
    ['a', 10, 1],
  ]);
  expect(left(fs)).toEqual(['a 2.10', 'a 2.9']);
});

test('some in all, the oldest of whatever stage go first, and no empty folder stays', () => {
  const fs = new MemoryFileSystem();
  keep(fs, 1, [['c', 1, 1]]);
  keep(fs, 2, [
    ['a', 1, 1],
    ['b', 1, 1],
  ]);
  keep(fs, 3, [['a', 1, 1]]);
  expect(left(fs)).toEqual(['a 2.1', 'a 3.1', 'b 2.1']);
  expect(fs.lstat(`${ROOT}/c`)).toBeUndefined();
});

test('so many bytes; the newest stays whatever its size', () => {
  const fs = new MemoryFileSystem();
  keep(fs, 1, [['a', 1, 40]]);
  keep(fs, 2, [['b', 1, 50]]);
  keep(fs, 3, [['c', 1, 30]]);
  expect(left(fs)).toEqual(['b 2.1', 'c 3.1']);
  keep(fs, 4, [['d', 1, 5000]]);
  expect(left(fs)).toEqual(['d 4.1']);
});

test('a size that was written down is not measured again, and what has another name stays', () => {
  const fs = new MemoryFileSystem();
  keep(fs, 1, [['a', 1, 1]]);
  fs.write({ [`${ROOT}/a/${runId(1)}-1/attempt.json`]: '{"size_bytes": 99}', [`${ROOT}/s.interrupted/out/a`]: 'x' });
  keep(fs, 2, [['b', 1, 2]]);
  expect(left(fs)).toEqual(['b 2.1', 's.interrupted/out/a']);
});
