// `vote`: attempts that answer apart from each other until one answer leads, and what becomes of the answers.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { describe, expect, test } from 'vitest';
import type { VoteTally } from '../../src/model/vote.ts';
import type { Behaviour, Run, StageSpec } from '../support/engine-project.ts';
import { EngineProject, outputsOf } from '../support/engine-project.ts';
import type { FakeProcess } from '../support/fake-command-runner.ts';

/** `ask` answers, `report` reads it. */
const ASK: StageSpec = {
  inputs: { data: 'in' },
  outputs: { out: 'out/answer' },
  exit_codes: { 75: 'retryable', 3: 'skippable' },
};

function voting(vote: object, change: StageSpec = {}): EngineProject {
  const project = new EngineProject();
  project.write({ in: '1' });
  project.pipeline({
    ask: { ...ASK, vote, ...change },
    report: { inputs: { data: 'out/answer' }, outputs: { out: 'out/report' } },
  });
  return project;
}

const attemptOf = (process: FakeProcess) => Number(process.spec.env['WRANGLE_ATTEMPT']);

/** Attempt n of `ask` gives the n-th answer: a text, or the exit code that it ends with. */
function answers(all: readonly (string | number)[]): Behaviour {
  return (process) => {
    if (process.stage !== 'ask') return undefined;
    const answer = all[attemptOf(process) - 1] ?? 1;
    if (typeof answer === 'number') process.exit(answer);
    else process.writes({ [outputsOf(process)[0] ?? '']: answer }).succeed();
    return 'done';
  };
}

const record = (run: Run) => run.collected.stages.get('ask');
const tallyOf = (run: Run): VoteTally | undefined => record(run)?.vote;
const attemptsOf = (run: Run) => record(run)?.attempts.map(({ number, outcome }) => `${number} ${outcome}`);
const votesTold = (run: Run) =>
  run.events.flatMap(({ event, details }) => (event === 'vote' || event === 'red_flag' ? [details.message] : []));

describe('first to be ahead by k', () => {
  // The traces that the method is described with, k = 3.
  test.each([
    ['A A A', 'A', 3, '3'],
    ['A A B A A', 'A', 5, '4-1'],
    ['A B A B A A A', 'A', 7, '5-2'],
    ['A 75 A B 75 A A', 'A', 7, '4-1'],
    ['A A B B B A B B B', 'B', 9, '6-3'],
  ])('%s', async (trace, winner, started, counts) => {
    for (const jobs of [1, 2, 8]) {
      const project = voting({ ahead: 3 });
      const all = trace.split(' ').map((answer) => (Number(answer) > 0 ? Number(answer) : answer));
      const run = await project.build({ jobs, behave: answers(all) });
      expect(run.outcomes).toEqual({ ask: 'ran', report: 'ran' });
      expect(project.read('out/report')).toBe(`report(${winner})`);
      const tally = tallyOf(run);
      expect([tally?.winner, tally?.started, tally?.wasted]).toEqual([winner, started, 0]);
      expect(tally?.counts.map(({ votes }) => votes).join('-')).toBe(counts);
    }
  });
});

test('says how the votes stand as they come in, and keeps what lost', async () => {
  const project = voting({ ahead: 2, max: 6 });
  const run = await project.build({ behave: answers(['B', 75, 'A', 'A', 'A']) });
  expect(votesTold(run)).toEqual([
    'Vote 1 of at most 6: 1.',
    'Vote 2 does not count: It ended with exit code 75.',
    'Vote 3 of at most 6: 1-1.',
    'Vote 4 of at most 6: 2-1.',
    'Vote 5 of at most 6: 3-1.',
  ]);
  expect(attemptsOf(run)).toEqual(['1 voted', '2 failed', '3 ran', '4 voted', '5 voted']);
  const kept = tallyOf(run)?.counts[1]?.kept ?? '';
  expect(project.read(`${kept}/outputs/out/answer`)).toBe('B');
  expect(JSON.parse(project.read(`${kept}/attempt.json`) ?? '')).toMatchObject({
    attempt: 1,
    failure: { code: 'outvoted', message: 'Its answer, "B", got 1 of 4 votes and did not win.' },
  });
  expect(Object.keys(project.fs.tree('/w/.wrangle/staging')).filter((path) => path.startsWith('ask'))).toEqual([]);
});
