import { expect, test } from 'vitest';
import type { DifferentStage } from '../../../src/engine/run-diff/first-causes.ts';
import { traceBack } from '../../../src/engine/run-diff/first-causes.ts';
import type { Cause } from '../../../src/model/plan.ts';

const input = (path: string): Cause => ({
  part: 'input',
  change: 'changed',
  name: `data: ${path}`,
  before: '1',
  after: '2',
});

function stage(id: string, reads: readonly string[], makes: readonly string[]): DifferentStage {
  const outputs = makes.map((path) => {
    const bytes = { sha256: '', size_bytes: 1 };
    return { stage: id, port: 'out', path, change: 'changed', before: bytes, after: bytes } as const;
  });
  const made = {
    kind: 'made',
    fingerprint: '',
    outputs: [],
    metrics: {},
    degraded: null,
    hasVoted: false,
    reason: '',
    isUnrecorded: false,
  } as const;
  return {
    id,
    before: { ...made, run: 'a' },
    after: { ...made, run: 'b' },
    causes: reads.map(input),
    kind: undefined,
    message: undefined,
    outputs,
  };
}

const waysOf = (stages: readonly DifferentStage[]) =>
  traceBack(stages, []).firstCauses.map(({ path, output }) => [...path, output].join(' > '));

test('a folder is read for what is in it, a file for the folder that it is in', () => {
  const stages = [
    stage('a', ['in'], ['build/a']),
    stage('b', ['in'], ['tree']),
    stage('all', ['build'], ['all']),
    stage('some', ['tree/x/y'], ['some']),
  ];
  expect(waysOf(stages)).toEqual(['a > all > all', 'b > some > some']);
});

test('of two pipelines, which together have a circle', () => {
  expect(waysOf([stage('a', ['y', 'in'], ['x']), stage('b', ['x'], ['y'])])).toEqual(['a > x']);
});

test('a long chain, each with a cause of its own, takes no longer for its length', () => {
  const count = 20_000;
  const chain = Array.from({ length: count }, (_, n) => stage(`s${n}`, ['in', `f${n - 1}`], [`f${n}`]));
  const { firstCauses } = traceBack(chain, []);
  expect(firstCauses.length).toBe(count);
  const first = firstCauses.find((cause) => cause.stage === 's0');
  expect([first?.path.length, first?.left_out, first?.output]).toEqual([20, count - 20, `f${count - 1}`]);
  expect(first?.path.slice(8, 12)).toEqual(['s8', 's9', `s${count - 10}`, `s${count - 9}`]);
  expect(firstCauses.find((cause) => cause.stage === `s${count - 1}`)?.path).toEqual([`s${count - 1}`]);
});
