// Who starts while attempts vote: what a failure halts, and who goes first; and how the end of a build tells of it.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { describe, expect, test } from 'vitest';
import { PLAIN } from '../../src/report/style.ts';
import { summaryLines } from '../../src/report/summary.ts';
import type { Behaviour, StageSpec } from '../support/engine-project.ts';
import { EngineProject, outputsOf, succeed } from '../support/engine-project.ts';

const ASK: StageSpec = { outputs: { out: 'out/answer' }, exit_codes: { 75: 'retryable' } };

/** `ask` votes; `x`, `y` and `z` wait for a slot, and for nothing else. */
function voting(vote: object, change: StageSpec = {}): EngineProject {
  const project = new EngineProject();
  const others = ['x', 'y', 'z'].map((name) => [name, { outputs: { out: `out/${name}` } }]);
  project.pipeline({ ask: { ...ASK, vote, ...change }, ...Object.fromEntries(others) });
  return project;
}

/** The n-th process of `ask` gives the n-th answer: a text, an exit code. */
function answers(all: readonly (string | number)[]): Behaviour {
  let next = 0;
  return (process) => {
    if (process.stage !== 'ask') return undefined;
    const answer = all[next++] ?? 1;
    if (typeof answer === 'number') process.exit(answer);
    else process.writes({ [outputsOf(process)[0] ?? '']: answer }).succeed();
    return 'done';
  };
}

const CANCELLED = { x: 'cancelled', y: 'cancelled', z: 'cancelled' };

describe('nothing new starts once a vote has failed', () => {
  test.each([
    ['critically', { ahead: 2 }, [1], ['ask']],
    ['without an answer that leads', { ahead: 2, max: 2 }, ['A', 'B'], ['ask', 'ask']],
    [
      'after it was widened',
      { ahead: 2, max: 2, undecided: 'widen' },
      ['A', 'B', 75, 75],
      ['ask', 'ask', 'ask', 'ask'],
    ],
    ['with nothing to ask about', { ahead: 1, max: 1, undecided: 'suspend' }, [75], ['ask']],
  ])('%s', async (_, vote, all, started) => {
    const run = await voting(vote).build({ jobs: 1, behave: answers(all) });
    expect(run.outcomes).toEqual({ ask: 'failed', ...CANCELLED });
    expect(run.started).toEqual(started);
  });

  test('while another of its attempts does not end', async () => {
    const project = voting({ ahead: 2 });
    const running = project.start({ jobs: 2 });
    await running.idle();
    succeed(project.runner.process('x'));
    await running.idle();
    expect(project.runner.started).toEqual(['ask', 'x', 'ask']);
    const [one, , other] = project.runner.processes;
    if (other) other.ignoresCancel = true;
    one?.exit(1);
    await running.idle();
    expect([project.runner.running(), other?.cancels]).toEqual([['ask'], [false]]);
    other?.cancel(true);
    expect((await running.done).outcomes).toEqual({ ...CANCELLED, ask: 'failed', x: 'ran' });
  });

  test('as its last way', async () => {
    const project = voting({ ahead: 1 }, { fallback: [{ run: 'other ${{ outputs.out }}' }] });
    const run = await project.build({ jobs: 1, behave: answers([1, 1]) });
    expect([run.outcomes, run.started.at(-1)]).toEqual([{ ...CANCELLED, ask: 'failed', x: 'ran', y: 'ran' }, 'ask']);
  });
});

test.each([
  ['it has another way', { fallback: [{ run: 'other ${{ outputs.out }}', vote: false }] }, 'ran'],
  ['the rest does not depend on it', { on_failure: 'continue' }, 'failed'],
])('goes on after a vote that failed when %s', async (_, change, outcome) => {
  const run = await voting({ ahead: 1 }, change).build({ jobs: 1, behave: answers([1, 'A']) });
  expect(run.outcomes).toEqual({ ask: outcome, x: 'ran', y: 'ran', z: 'ran' });
});

test('one more attempt goes before stages that have not begun', async () => {
  for (const pool of [{}, { pool: 'web' }]) {
    const project = new EngineProject();
    const x = { outputs: { out: 'out/x' } };
    project.pipeline({ ask: { ...ASK, vote: { ahead: 2 }, ...pool }, x }, { pools: { web: { slots: 1 } } });
    const run = await project.build({ jobs: 1, behave: answers(['A', 'B', 'A', 75, 'A']) });
    expect(run.started).toEqual(['ask', 'ask', 'ask', 'ask', 'ask', 'x']);
  }
});

test.each([
  ['won', {}, ['A', 'A'], {}, '"A" won 2, 2 attempts'],
  ['was not decided', { max: 3 }, ['A', 'B', 75], {}, 'undecided 1-1, 3 attempts, 1 flagged'],
  ['waits for a person', { max: 2, undecided: 'suspend' }, ['A', 'B'], {}, 'undecided 1-1, 2 attempts'],
  ['was picked', { max: 2, undecided: 'suspend' }, ['A', 'B'], { vote: 'B' }, '"B" was picked at 1-1, 2 attempts'],
  ['ended otherwise', {}, ['A', 'B', 1], {}, 'not finished 1-1, 4 attempts, 1 stopped'],
])('the end of a build says of a vote that it %s', async (_, vote, all, picked, line) => {
  const project = voting({ ahead: 2, ...vote });
  let run = await project.build({ jobs: 1, behave: answers(all) });
  if (Object.keys(picked).length > 0) run = await project.build({ answers: [{ stage: 'ask', value: picked }] });
  const summary = summaryLines(run.collected, { style: PLAIN, quiet: false, outputs: [], command: (name) => name });
  expect(summary.filter((one) => one.startsWith('vote:'))).toEqual([`vote: ask: ${line}`]);
});
