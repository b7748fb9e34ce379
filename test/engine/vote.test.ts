// `vote`: attempts that answer apart from each other until one answer leads, and what becomes of the answers.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { describe, expect, test } from 'vitest';
import type { VoteTally } from '../../src/model/vote.ts';
import { buildDocument } from '../../src/report/documents.ts';
import { createProgressLines } from '../../src/report/progress-lines.ts';
import { PLAIN } from '../../src/report/style.ts';
import { summaryLines } from '../../src/report/summary.ts';
import type { Behaviour, Run, StageSpec } from '../support/engine-project.ts';
import { EngineProject, outputsOf, requestOf, succeed } from '../support/engine-project.ts';
import type { FakeProcess } from '../support/fake-command-runner.ts';
import { MortalProject } from '../support/mortal-project.ts';

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
    // It may have been stopped before it did anything.
    if (!process.isRunning) return 'done';
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

const failureOf = (run: Run) => record(run)?.failure;

describe('attempts that vote', () => {
  test('are apart: each has places, notes and a seed of its own, the same when it votes again', async () => {
    const project = voting({ ahead: 2 }, { run: 'ask $WRANGLE_SCRATCH ${{ outputs.out }}' });
    const seen: (readonly [string, string, unknown])[] = [];
    const look: Behaviour = (process) => {
      if (process.stage !== 'ask') return undefined;
      const { WRANGLE_SCRATCH: scratch = '', WRANGLE_SEED: seed } = process.spec.env;
      expect(project.fs.readFolder(scratch)).toEqual([]);
      expect(requestOf(process).seed).toBe(Number(seed));
      process.writes({ [`${scratch}/note`]: 'x' });
      seen.push([outputsOf(process)[0] ?? '', scratch, seed]);
      return undefined;
    };
    await project.build({ behave: look });
    const [first, second] = seen;
    expect(first?.[0]).toBe('/w/.wrangle/staging/ask/vote1/0/out/answer');
    expect(second?.[0]).toBe('/w/.wrangle/staging/ask/vote2/0/out/answer');
    expect(new Set(seen.flat()).size).toBe(6);
    await project.build({ behave: look, force: true });
    expect(seen.slice(2).map(([path, , seed]) => [path, seed])).toEqual(
      seen.slice(0, 2).map(([path, , seed]) => [path, seed]),
    );
    expect(project.fs.lstat('/w/.wrangle/checkpoints/ask')).toBeUndefined();
  });

  test('run at the same time, as many as are sure to be counted, and are counted in order', async () => {
    const project = voting({ ahead: 3 });
    const running = project.start({ jobs: 8 });
    const end = async (attempt: number, answer: string) => {
      const process = project.runner.processes.find((one) => one.stage === 'ask' && attemptOf(one) === attempt);
      process?.writes({ [outputsOf(process)[0] ?? '']: answer }).succeed();
      await running.idle();
      return project.runner.running();
    };
    await running.idle();
    expect(project.runner.running()).toEqual(['ask', 'ask', 'ask']);
    // Nothing is counted before the first one has ended.
    expect(await end(3, 'B')).toEqual(['ask', 'ask']);
    expect(await end(2, 'A')).toEqual(['ask']);
    // Then all three are, and A is one ahead: two more are needed.
    expect(await end(1, 'A')).toEqual(['ask', 'ask']);
    expect(await end(5, 'A')).toEqual(['ask']);
    expect(await end(4, 'A')).toEqual(['report']);
    succeed(project.runner.process('report'));
    const run = await running.done;
    expect(votesTold(run)).toEqual([
      'Vote 1 of at most 10: 1.',
      'Vote 2 of at most 10: 2.',
      'Vote 3 of at most 10: 2-1.',
      'Vote 4 of at most 10: 3-1.',
      'Vote 5 of at most 10: 4-1.',
    ]);
    const told = run.events.flatMap((one) =>
      one.event === 'vote' ? [[one.details.data.attempt, one.details.data.answer]] : [],
    );
    expect(told).toEqual([
      [1, 'A'],
      [2, 'A'],
      [3, 'B'],
      [4, 'A'],
      [5, 'A'],
    ]);
    expect(attemptsOf(run)?.[0]).toBe('1 ran');
  });

  test.each([
    ['jobs', { jobs: 2 }, {}, {}, 2],
    ['a pool', { jobs: 8 }, { pool: 'web' }, { pools: { web: { slots: 1 } } }, 1],
    ['processors', { jobs: 8 }, { resources: { cpus: 2 } }, {}, 2],
    ['running alone', { jobs: 8 }, { exclusive: true }, {}, 1],
  ])('keep within limits: %s', async (_, options, change, rest, most) => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({ ask: { ...ASK, vote: { ahead: 4 }, ...change } }, rest);
    const atOnce: number[] = [];
    const run = await project.build({
      ...options,
      behave: async (process): Promise<'done'> => {
        await new Promise((resolve) => setImmediate(resolve));
        atOnce.push(project.runner.running().length);
        succeed(process);
        return 'done';
      },
    });
    expect([run.outcomes, Math.max(...atOnce)]).toEqual([{ ask: 'ran' }, most]);
    expect(tallyOf(run)?.started).toBe(4);
  });

  test('are each retried before they are flagged', async () => {
    const project = voting({ ahead: 2, max: 4 }, { retry: { max: 1 } });
    const left = new Map([
      [1, 1],
      [2, 2],
    ]);
    const run = await project.build({
      behave: (process) => {
        const place = Number(/vote(\d+)/.exec(outputsOf(process)[0] ?? '')?.[1]);
        const failures = left.get(place) ?? 0;
        if (process.stage !== 'ask' || failures === 0) return undefined;
        left.set(place, failures - 1);
        process.exit(75);
        return 'done';
      },
    });
    expect([tallyOf(run)?.started, tallyOf(run)?.flagged, record(run)?.attempts.length]).toEqual([3, 1, 5]);
    const seeds = project.runner.processes
      .filter(({ stage }) => stage === 'ask')
      .map(({ spec }) => spec.env['WRANGLE_SEED']);
    expect(new Set(seeds).size).toBe(5);
  });
});

describe('answers', () => {
  const write =
    (texts: readonly string[]): Behaviour =>
    (process) => {
      if (process.stage !== 'ask') return undefined;
      process.writes({ [outputsOf(process)[0] ?? '']: texts[attemptOf(process) - 1] ?? 'none' }).succeed();
      return 'done';
    };
  const JSON_OUT = { outputs: { out: 'out/answer.json' } };
  const only = (vote: object, change: StageSpec) => {
    const project = new EngineProject();
    project.write({ in: '1' });
    project.pipeline({ ask: { ...ASK, vote, ...change } });
    return project;
  };

  test('in JSON are the same when their values are; the first one is published as it is', async () => {
    const project = only({ ahead: 2 }, JSON_OUT);
    const run = await project.build({ behave: write(['{"a": 1.0, "b": [2]}', '{"b":[2],"a":1}']) });
    expect(tallyOf(run)?.counts.map(({ votes }) => votes)).toEqual([2]);
    expect(project.read('out/answer.json')).toBe('{"a": 1.0, "b": [2]}');
  });

  test('are compared by what `by` makes of them; without that, they do not count', async () => {
    const project = only({ ahead: 2, by: 'outputs.out.json.value' }, JSON_OUT);
    const run = await project.build({
      behave: write(['{"value": "x", "n": 1}', 'no json', '{"valu": 1}', '{"value": "x", "n": 2}']),
    });
    expect(tallyOf(run)).toMatchObject({ winner: 'x', flagged: 2, counts: [{ answer: 'x', votes: 2 }] });
    expect(votesTold(run)).toMatchInlineSnapshot(`
      [
        "Vote 1 of at most 10: 1.",
        "Vote 2 does not count: Its answer cannot be compared: of its output "out/answer.json", it is not JSON (Unexpected token 'o', "no json" is not valid JSON).",
        "Vote 3 does not count: Its answer cannot be compared: "by" does not work: there is no key "value".",
        "Vote 4 of at most 10: 2.",
      ]
    `);
    expect(project.read('out/answer.json')).toBe('{"value": "x", "n": 1}');
  });

  test('that break the contract do not count', async () => {
    const project = only({ ahead: 2 }, { outputs: { out: { path: 'out/a', expect: { min_bytes: 2 } } } });
    const run = await project.build({ behave: write(['A', 'AA', 'A', 'AA']) });
    expect(tallyOf(run)).toMatchObject({ winner: 'AA', flagged: 2 });
    expect(votesTold(run)[0]).toBe(
      'Vote 1 does not count: Its output "out/a" breaks its contract: it has 1 bytes, expected at least 2.',
    );
  });

  test('of several outputs are the same when all of them are', async () => {
    const project = only({ ahead: 2 }, { outputs: { out: 'out/a', dir: 'out/dir/' } });
    const run = await project.build({
      behave: (process) => {
        const [dir = '', out = ''] = outputsOf(process);
        process.writes({ [out]: 'same', [`${dir}/x`]: attemptOf(process) === 1 ? '1' : '2' }).succeed();
        return 'done';
      },
    });
    expect(tallyOf(run)).toMatchObject({ started: 4, counts: [{ votes: 3 }, { votes: 1 }] });
    expect(tallyOf(run)?.winner).toMatch(/^sha256:[0-9a-f]{12}$/);
  });

  test('have secrets masked wherever they are told', async () => {
    const project = only({ ahead: 1 }, { secrets: ['TOKEN'] });
    project.env['TOKEN'] = 'hunter22';
    const run = await project.build({ behave: write(['it is hunter22']) });
    expect(JSON.stringify(run.events)).not.toContain('hunter22');
    expect(tallyOf(run)?.winner).toContain('it is ');
  });
});

describe('a vote that is not won', () => {
  test('fails with the tally, and every answer is kept', async () => {
    const project = voting({ ahead: 2, max: 5 });
    await project.build({ behave: answers(['old', 'old']) });
    project.write({ in: '2' });
    const run = await project.build({ behave: answers(['A', 'B', 75, 'B', 'A']) });
    expect(run.outcomes).toEqual({ ask: 'failed', report: 'blocked' });
    expect(failureOf(run)).toMatchObject({
      code: 'vote-undecided',
      category: 'critical',
      message: 'No answer leads by 2 after 5 attempts: 2 for "A", 2 for "B", 1 flagged.',
    });
    expect(project.read('out/answer')).toBe('old');
    expect(tallyOf(run)?.counts.map(({ kept }) => project.read(`${kept}/outputs/out/answer`))).toEqual(['A', 'B']);
    const none = await project.build({ behave: answers([75, 75, 75, 75, 75]) });
    expect(failureOf(none)?.message).toBe(
      'No answer leads by 2 after 5 attempts: 5 flagged. The last one: It ended with exit code 75.',
    );
  });

  test('goes on once when it may be widened', async () => {
    const project = voting({ ahead: 2, max: 2, undecided: 'widen' });
    const run = await project.build({ behave: answers(['A', 'B', 'B', 'B']) });
    expect(tallyOf(run)).toMatchObject({ winner: 'B', max: 4, started: 4 });
    expect(run.events.flatMap(({ event, details }) => (event === 'log' ? [details.message] : []))).toEqual([
      'Undecided after 2 attempts (1-1): up to 4 may vote.',
    ]);
    const never = await project.build({ force: true, behave: answers(['A', 'B', 'A', 'B', 'A', 'A']) });
    expect([never.outcomes['ask'], tallyOf(never)?.started]).toEqual(['failed', 4]);
  });

  test('asks a person, and publishes what that one picks without asking again', async () => {
    const project = voting({ ahead: 3, max: 3, undecided: 'suspend' });
    const run = await project.build({ behave: answers(['A', 'B', 'B']) });
    expect(run.outcomes).toEqual({ ask: 'suspended', report: 'blocked' });
    const question = record(run)?.question;
    expect([question?.id, question?.schema, question?.file]).toEqual([
      'vote',
      { enum: ['B', 'A'] },
      'answers/ask.json',
    ]);
    expect(question?.text.replace(/votes-[0-9a-f]+/, 'votes-X')).toBe(
      'No answer leads by 3 after 3 attempts: 2 for "B", 1 for "A". Which one is right? What they made is in ".wrangle/checkpoints/ask/votes-X".',
    );
    expect((await project.build()).started).toEqual([]);
    project.write({ 'answers/ask.json': '{"vote": "C"}' });
    const wrong = await project.build();
    expect([wrong.started, record(wrong)?.question?.problem]).toEqual([
      [],
      'answers/ask.json: the answer to "vote" must be "B" or "A", not "C".',
    ]);
    project.write({ 'answers/ask.json': '{"vote": "A"}' });
    const picked = await project.build();
    expect([picked.started, picked.outcomes]).toEqual([['report'], { ask: 'ran', report: 'ran' }]);
    expect(project.read('out/report')).toBe('report(A)');
    expect(tallyOf(picked)).toMatchObject({ winner: 'A', counts: [{ votes: 2 }, { votes: 1 }] });
    expect(project.fs.lstat('/w/.wrangle/checkpoints/ask')).toBeUndefined();
    expect((await project.build()).outcomes).toEqual({ ask: 'fresh', report: 'fresh' });
  });

  test('votes again when what was to be picked is not there any more as it was', async () => {
    for (const spoil of ['removed', 'edited']) {
      const project = voting({ ahead: 3, max: 3, undecided: 'suspend' });
      const run = await project.build({ behave: answers(['A', 'B', 'B']) });
      const folder = /"([^"]*votes-[0-9a-f]+)"/.exec(record(run)?.question?.text ?? '')?.[1] ?? '';
      if (spoil === 'removed') project.fs.remove(`/w/${folder}`);
      else project.write({ [`${folder}/2/out/answer`]: 'forged' });
      project.write({ 'answers/ask.json': '{"vote": "A"}' });
      const again = await project.build({ behave: answers(['B', 'B', 'B']) });
      expect([again.outcomes['ask'], project.read('out/answer')]).toEqual(['ran', 'B']);
    }
  });
});

describe('a failure of an attempt', () => {
  test.each([
    [1, 'failed', 'exit-code'],
    [3, 'skipped', 'exit-code'],
  ])('that is not for now ends the vote: exit code %i', async (code, outcome, failure) => {
    const project = voting({ ahead: 3 });
    const run = await project.build({ jobs: 1, keepGoing: true, behave: answers(['A', code, 'A', 'A']) });
    expect([run.outcomes['ask'], failureOf(run)?.code]).toEqual([outcome, failure]);
    expect(attemptsOf(run)).toEqual(['1 voted', '2 failed']);
    expect(project.read('out/answer')).toBeUndefined();
  });

  test('stops those that were started after it, and waits for those before', async () => {
    const project = voting({ ahead: 3 });
    const running = project.start({ jobs: 8 });
    await running.idle();
    const [first, second, third] = project.runner.processes;
    second?.exit(1);
    await running.idle();
    expect([first?.isRunning, third?.cancels]).toEqual([true, [false]]);
    if (first) succeed(first);
    const run = await running.done;
    expect(attemptsOf(run)).toEqual(['1 voted', '2 failed', '3 cancelled']);
    expect(tallyOf(run)).toMatchObject({ started: 3, wasted: 1 });
  });

  test('leads to the next strategy, which votes as well', async () => {
    const fallback = [
      { name: 'small', run: 'small ${{ outputs.out }}' },
      { name: 'table', run: 'table ${{ outputs.out }}', vote: false },
    ];
    const project = voting({ ahead: 2, max: 2 }, { fallback });
    const run = await project.build({ behave: answers(['A', 'B', 'C', 1, 'T']) });
    expect(run.collected.degraded).toEqual({ ask: 'table' });
    expect(attemptsOf(run)).toEqual(['1 voted', '2 voted', '3 voted', '4 failed', '5 ran']);
    expect(tallyOf(run)).toBeUndefined();
    project.write({ in: '2' });
    const small = await project.build({ jobs: 1, behave: answers([1, 'C', 'C']) });
    expect(small.collected.degraded).toEqual({ ask: 'small' });
    expect(tallyOf(small)).toMatchObject({ winner: 'C', started: 2 });
  });
});

test('a stop leaves the old outputs, and a halt starts no further attempt', async () => {
  const project = voting({ ahead: 2 });
  await project.build({ behave: answers(['old', 'old']) });
  project.write({ in: '2' });
  const running = project.start();
  await running.idle();
  const [first] = project.runner.processes;
  if (first) first.writes({ [outputsOf(first)[0] ?? '']: 'A' }).succeed();
  await running.idle();
  running.stop();
  const run = await running.done;
  expect([run.outcomes['ask'], project.read('out/answer')]).toEqual(['cancelled', 'old']);
  expect(attemptsOf(run)).toEqual(['1 voted', '2 cancelled']);

  const halted = new EngineProject();
  halted.write({ in: '1' });
  halted.pipeline({ ask: { ...ASK, vote: { ahead: 2 } }, bad: { outputs: { out: 'out/bad' } } });
  const both = halted.start({ jobs: 2 });
  await both.idle();
  halted.runner.process('bad').exit(1);
  await both.idle();
  succeed(halted.runner.process('ask'));
  const over = await both.done;
  expect([over.outcomes, halted.runner.started.length]).toEqual([{ ask: 'cancelled', bad: 'failed' }, 2]);
});

test('what won is recorded, restored and fresh; another vote is a cause', async () => {
  const project = voting({ ahead: 2 });
  await project.build({ behave: answers(['A', 'A']) });
  expect((await project.build()).outcomes).toEqual({ ask: 'fresh', report: 'fresh' });
  project.fs.remove('/w/out');
  const restored = await project.build();
  expect([restored.started, restored.outcomes['ask']]).toEqual([[], 'restored']);
  expect(buildDocument(restored.collected).stages['ask']?.vote).toMatchObject({ winner: 'A', started: 2 });
  project.pipeline({ ask: { ...ASK, vote: { ahead: 3, undecided: 'widen' } } });
  expect(await project.why('ask')).toEqual([
    { part: 'vote', change: 'changed', name: 'ahead', before: '2', after: '3' },
    { part: 'vote', change: 'changed', name: 'undecided', before: 'fail', after: 'widen' },
  ]);
});

test('items of a fan-out vote one by one', async () => {
  const project = new EngineProject();
  project.write({ list: '' });
  project.write({ 'list.json': '["x", "y"]' });
  project.pipeline({
    ask: {
      run: 'ask ${{ item }} ${{ outputs.out }}',
      foreach: { in: 'list.json' },
      outputs: { out: 'out/${{ item }}' },
      vote: { ahead: 2, max: 3 },
    },
  });
  const run = await project.build({
    keepGoing: true,
    behave: (process) => {
      const answer = process.stage === 'ask@y' ? `${attemptOf(process)}` : 'same';
      process.writes({ [outputsOf(process)[0] ?? '']: answer }).succeed();
      return 'done';
    },
  });
  expect(run.outcomes).toMatchObject({ 'ask@x': 'ran', 'ask@y': 'failed' });
  expect(run.collected.stages.get('ask@x')?.vote).toMatchObject({ winner: 'same' });
});

test('lines as the votes come in, and how they came out at the end', async () => {
  const project = voting({ ahead: 2, max: 6 });
  const run = await project.build({ jobs: 1, behave: answers(['B', 75, 'A', 'A', 'A']) });
  const options = { style: PLAIN, verbosity: 'normal', width: undefined, hasBlock: false } as const;
  const progress = createProgressLines(options);
  const lines = run.events
    .flatMap((event) => progress.onEvent(event))
    .map((line) => line.replace(/\d+(\.\d+)? m?s/, '1 ms'));
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "1 mstages: all to do
          vote             1 ms  ask  1 of at most 6: 1
          flagged          1 ms  ask  2 of at most 6: 1: It ended with exit code 75.
          vote             1 ms  ask  3 of at most 6: 1-1
          vote             1 ms  ask  4 of at most 6: 2-1
          vote             1 ms  ask  5 of at most 6: 3-1
    [1/2] ran              1 ms  ask  by 3-1
    [2/2] ran              1 ms  report"
  `);
  const summary = summaryLines(run.collected, { style: PLAIN, quiet: false, outputs: [], command: (name) => name });
  expect(summary.filter((line) => line.startsWith('vote:'))).toEqual(['vote: ask: "A" won 3-1, 5 attempts, 1 flagged']);
});

test('killed at any step of a vote, the old outputs stand and the next build ends well', async () => {
  const mortal = new MortalProject();
  const { project } = mortal;
  project.write({ in: '1', 'out/answer': 'mine' });
  project.pipeline({ ask: { ...ASK, vote: { ahead: 2, max: 4 } } });
  const behave: Behaviour = (process) => {
    if (attemptOf(process) !== 1) return undefined;
    process.writes({ [outputsOf(process)[0] ?? '']: 'another' }).succeed();
    return 'done';
  };
  const { files } = await mortal.rehearse(behave);
  expect(files).toEqual({ in: '1', 'out/answer': 'ask(1)' });
  await mortal.killBuilds(
    async () => {
      await mortal.recoverOnly();
      expect(['mine', 'ask(1)']).toContain(project.read('out/answer'));
      await mortal.expectConverged(files);
    },
    { behave, every: 5 },
  );
});

describe('a thousand votes in the engine, of voters who are right two times in three', () => {
  const P = 2 / 3;
  const RUNS = 1000;
  /** So many standard errors: less than one in ten thousand is outside. */
  const Z = 4;

  test.each([1, 2, 3])('k = %i', async (k) => {
    const project = new EngineProject();
    const items = Array.from({ length: RUNS }, (_, at) => `v${at}`);
    project.write({ 'list.json': JSON.stringify(items) });
    project.pipeline({
      ask: {
        run: 'ask ${{ outputs.out }}',
        foreach: { in: 'list.json' },
        outputs: { out: 'out/${{ item }}' },
        vote: { ahead: k, max: 500 },
      },
    });
    const run = await project.build({
      jobs: 8,
      behave: (process) => {
        const isRight = drawn(Number(process.spec.env['WRANGLE_SEED']) + k) < P;
        process.writes({ [outputsOf(process)[0] ?? '']: isRight ? 'right' : 'wrong' }).succeed();
        return 'done';
      },
    });
    const tallies = items.flatMap((item) => run.collected.stages.get(`ask@${item}`)?.vote ?? []);
    expect(tallies).toHaveLength(RUNS);
    // P(correct) = 1/(1 + ((1-p)/p)^k), and k(2P - 1)/(2p - 1) votes on average.
    const correct = 1 / (1 + ((1 - P) / P) ** k);
    const votes = (k * (2 * correct - 1)) / (2 * P - 1);
    const right = tallies.filter(({ winner }) => winner === 'right').length / RUNS;
    expect(Math.abs(right - correct)).toBeLessThan(Z * Math.sqrt((correct * (1 - correct)) / RUNS));
    const mean = tallies.reduce((sum, { started }) => sum + started, 0) / RUNS;
    const variance = tallies.reduce((sum, { started }) => sum + (started - mean) ** 2, 0) / RUNS;
    expect(Math.abs(mean - votes)).toBeLessThan(1e-9 + Z * Math.sqrt(variance / RUNS));
  });
});

/** From 0 up to 1, by a seed. */
function drawn(seed: number): number {
  let t = (seed * 0x9e3779b1 + 0x6d2b79f5) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
