// Stages that ask a person: who goes on, what is an answer, and what is asked again.
import { describe, expect, test } from 'vitest';
import type { Question } from '../../src/model/question.ts';
import { questionDigest } from '../../src/plugin/question-digest.ts';
import type { Behaviour, Run } from '../support/engine-project.ts';
import { EngineProject, outputsOf, readInputs, requestOf, succeed } from '../support/engine-project.ts';
import type { FakeProcess } from '../support/fake-command-runner.ts';

const APPROVE: Question = { id: 'approve', text: 'Publish it?', schema: { type: 'boolean' } };

/** `review` asks, `publish` waits for it, `other` does not care. */
function project(): EngineProject {
  const made = new EngineProject();
  made.write({ in: '1' });
  made.pipeline({
    other: { inputs: { d: 'in' }, outputs: { o: 'other' } },
    review: { inputs: { d: 'in' }, outputs: { o: 'review' } },
    publish: { inputs: { d: 'review' }, outputs: { o: 'publish' } },
  });
  return made;
}

function suspend(process: FakeProcess, question?: Question): 'done' {
  if (question) {
    const result = { protocol: 1, status: 'suspended', question };
    process.writes({ [process.spec.env['WRANGLE_RESULT'] ?? '']: JSON.stringify(result) });
  }
  process.exit(42);
  return 'done';
}

/** What the SDK does: the answer when there is one to this very question. */
function answerTo(process: FakeProcess, question: Question) {
  const { answers = {}, questions = {} } = requestOf(process);
  const isOther = question.id in questions && questions[question.id] !== questionDigest(question);
  return isOther ? undefined : answers[question.id];
}

/** `review` writes the answers to its questions, asking for the first that it does not have. */
const asks =
  (...questions: Question[]): Behaviour =>
  (process) => {
    if (process.stage !== 'review') return undefined;
    const answers = questions.map((question) => answerTo(process, question));
    const missing = questions[answers.indexOf(undefined)];
    if (missing) return suspend(process, missing);
    process.writes({ [outputsOf(process)[0] as string]: JSON.stringify(answers) });
    process.exit(0);
    return 'done';
  };

const answer = (made: EngineProject, value: unknown) =>
  made.write({ 'answers/review.json': typeof value === 'string' ? value : JSON.stringify(value) });

const mistakesOf = (run: Run) =>
  run.report.status === 'invalid' ? run.report.mistakes.diagnostics.map(({ message }) => message) : [];

const questionOf = (run: Run) => run.collected.stages.get('review')?.question;

describe('a stage that asks', () => {
  test('is suspended; what does not depend on it goes on, what does is blocked', async () => {
    const made = project();
    const run = await made.build({ behave: asks(APPROVE) });
    expect(run.outcomes).toEqual({ other: 'ran', review: 'suspended', publish: 'blocked' });
    expect(run.report).toMatchObject({ status: 'built', outcome: 'suspended' });
    expect(questionOf(run)).toEqual({ ...APPROVE, file: 'answers/review.json', problem: null });
    expect(made.files()).toEqual({ in: '1', other: 'other(1)' });
  });

  test('does not ask again while nothing has changed, unless it is told to', async () => {
    const made = project();
    await made.build({ behave: asks(APPROVE) });
    const again = await made.build({ behave: asks(APPROVE) });
    expect(again.started).toEqual([]);
    expect(again.outcomes).toEqual({ other: 'fresh', review: 'suspended', publish: 'blocked' });
    expect(questionOf(again)).toMatchObject(APPROVE);
    expect((await made.build({ behave: asks(APPROVE), force: ['review'] })).started).toEqual(['review']);
    made.write({ in: '2' });
    const run = await made.build({ behave: asks(APPROVE) });
    expect([...run.started].sort()).toEqual(['other', 'review']);
  });

  test('runs when its answer appears, is cached with it, and runs again when the answer changes', async () => {
    const made = project();
    await made.build({ behave: asks(APPROVE) });
    answer(made, { approve: true });
    expect(await made.why('review')).toContainEqual({
      part: 'answers',
      change: 'added',
      name: 'approve',
      before: undefined,
      after: 'true',
    });
    const run = await made.build({ behave: asks(APPROVE) });
    expect(run.outcomes).toEqual({ other: 'fresh', review: 'ran', publish: 'ran' });
    expect(made.read('publish')).toBe('publish([true])');
    expect((await made.build({ behave: asks(APPROVE) })).started).toEqual([]);

    answer(made, { approve: false });
    expect(await made.why('review')).toMatchObject([
      { part: 'answers', change: 'changed', before: 'true', after: 'false' },
    ]);
    expect((await made.build({ behave: asks(APPROVE) })).started).toEqual(['review', 'publish']);
    expect(made.read('publish')).toBe('publish([false])');
    answer(made, { approve: true });
    expect((await made.build({ behave: asks(APPROVE) })).outcomes).toMatchObject({ review: 'restored' });
  });

  test('notices an answer though everything was proven fresh', async () => {
    const made = project();
    answer(made, { approve: true });
    await made.build({ behave: asks(APPROVE) });
    await made.build();
    const before = made.fs.operations.length;
    expect((await made.build()).outcomes).toEqual({ other: 'fresh', review: 'fresh', publish: 'fresh' });
    const proven = made.fs.operations.slice(before);
    expect(proven.map(({ path }) => path)).toContain('/w/answers');
    // It is there, and nobody needs what is in it.
    expect(proven.filter(({ path }) => path === '/w/.wrangle/index').map(({ op }) => op)).toEqual(['lstat']);
    answer(made, { approve: false });
    expect((await made.build({ behave: asks(APPROVE) })).started).toEqual(['review', 'publish']);
    made.write({ 'answers/other.json': '{"x": 1}' });
    expect((await made.build()).started).toEqual(['other']);
    made.fs.remove('/w/answers/other.json');
    expect((await made.build()).outcomes).toMatchObject({ other: 'fresh' });
  });

  test('asks one thing after the other, and keeps what it was told', async () => {
    const made = project();
    const which: Question = { id: 'which', text: 'Which one?' };
    const behave = asks(APPROVE, which);
    await made.build({ behave });
    answer(made, { approve: true });
    expect(questionOf(await made.build({ behave }))).toMatchObject(which);
    answer(made, { approve: true, which: 'b' });
    expect((await made.build({ behave })).outcomes).toMatchObject({ review: 'ran' });
    expect(made.read('review')).toBe('[true,"b"]');
  });
});

describe('an answer', () => {
  test('given to another text or schema does not count', async () => {
    const made = project();
    await made.build({ behave: asks(APPROVE) });
    answer(made, { approve: true });
    await made.build({ behave: asks(APPROVE) });

    const changed = { ...APPROVE, text: 'Publish it, and mail it to everybody?' };
    made.write({ in: '2' });
    const run = await made.build({ behave: asks(changed) });
    expect(run.outcomes).toMatchObject({ review: 'suspended' });
    const problem =
      'What answers/review.json answers to "approve" was there before the question, so it does not count.';
    expect(questionOf(run)).toEqual({ ...changed, file: 'answers/review.json', problem });
    // It stays so, whoever asks; another answer is one to the new question.
    const again = await made.build({ behave: asks(changed) });
    expect([again.started, questionOf(again)?.problem]).toEqual([[], problem]);
    answer(made, { approve: false });
    expect((await made.build({ behave: asks(changed) })).outcomes).toMatchObject({ review: 'ran' });
  });

  test('may be the same as to the question of before when it is given by a command', async () => {
    const made = project();
    await made.build({ behave: asks(APPROVE) });
    answer(made, { approve: true });
    await made.build({ behave: asks(APPROVE) });
    const changed = { ...APPROVE, text: 'Really?' };
    made.write({ in: '2' });
    await made.build({ behave: asks(changed) });
    const run = await made.build({ behave: asks(changed), answers: [{ stage: 'review', value: true }] });
    expect(run.outcomes).toMatchObject({ review: 'ran' });
    expect(made.read('review')).toBe('[true]');
  });

  test.each([
    ['{"approve": tru}', 'answers/review.json:1:13 is no JSON: a value is expected, not "t".'],
    ['[true]', 'answers/review.json must be a mapping, question to answer, such as {"answer": true}.'],
    ['{"approve": "yes"}', 'answers/review.json: the answer to "approve" must be true or false, not "yes".'],
    ['{"aprove": true}', 'answers/review.json answers "aprove", which was not asked; the question is "approve".'],
  ])('that is none leaves the stage suspended, and says why: %s', async (text, problem) => {
    const made = project();
    await made.build({ behave: asks(APPROVE) });
    answer(made, text);
    const run = await made.build({ behave: asks(APPROVE) });
    expect(run.started).toEqual([]);
    expect(run.outcomes).toMatchObject({ review: 'suspended', publish: 'blocked' });
    expect(questionOf(run)).toMatchObject({ id: 'approve', problem });
    answer(made, { approve: true });
    expect((await made.build({ behave: asks(APPROVE) })).outcomes).toMatchObject({ review: 'ran' });
  });

  test('is not held against the schema of what was asked with other inputs', async () => {
    const made = project();
    await made.build({ behave: asks(APPROVE) });
    made.write({ in: '2' });
    answer(made, { approve: 'by all means' });
    const changed = { ...APPROVE, schema: { type: 'string' } };
    expect((await made.build({ behave: asks(changed) })).started).toContain('review');
  });

  test('counts where nobody knows what was asked: in a fresh copy of the workspace, or when the state is lost', async () => {
    const made = project();
    await made.build({ behave: asks(APPROVE) });
    made.fs.remove('/w/.wrangle');
    answer(made, { approve: true });
    expect((await made.build({ behave: asks(APPROVE) })).outcomes).toMatchObject({ review: 'ran', publish: 'ran' });
  });

  test('is in a file of its own for commands', async () => {
    const made = project();
    answer(made, { approve: true });
    const seen: string[] = [];
    await made.build({
      jobs: 1,
      behave: (process) => {
        const path = process.spec.env['WRANGLE_ANSWERS'] ?? '';
        seen.push(`${process.stage} ${made.fs.readText(path) ?? 'none'}`);
        return undefined;
      },
    });
    expect(seen.sort()).toEqual(['other none', 'publish none', 'review {"approve":true}']);
  });
});

describe('without a question', () => {
  const exits: Behaviour = (process) => (process.stage === 'review' ? suspend(process) : undefined);

  test('exit code 42 asks for "answer", and the next build tries again', async () => {
    const made = project();
    const run = await made.build({ behave: exits });
    expect(questionOf(run)).toEqual({
      id: 'answer',
      text: 'The stage review ended with exit code 42: it waits for an answer.',
      schema: null,
      file: 'answers/review.json',
      problem: null,
    });
    expect((await made.build({ behave: exits })).started).toEqual(['review']);
    expect((await made.build()).outcomes).toMatchObject({ review: 'ran', publish: 'ran' });
  });

  test('a failure that is told wins over exit code 42', async () => {
    const error = { code: 'bad', category: 'critical', message: 'No.' };
    const run = await project().build({
      behave: (process) => {
        if (process.stage !== 'review') return undefined;
        const result = { protocol: 1, status: 'failed', error };
        process.writes({ [process.spec.env['WRANGLE_RESULT'] ?? '']: JSON.stringify(result) });
        process.exit(42);
        return 'done';
      },
    });
    expect(run.outcomes).toMatchObject({ review: 'failed' });
  });

  test('a question that nobody can answer rightly is a mistake of the stage', async () => {
    const run = await project().build({ behave: asks({ ...APPROVE, schema: { type: 'bool' } }) });
    expect(run.collected.stages.get('review')?.failure).toMatchObject({
      code: 'plugin-bad-result',
      message: expect.stringMatching(
        /^The plugin's result document cannot be used: the "schema" of its "question" cannot be used: /,
      ),
    });
  });
});

describe('answers from a command', () => {
  test('are written to their file beside those that are there, and the build goes on', async () => {
    const made = project();
    const which: Question = { id: 'which', text: 'Which one?' };
    const behave = asks(which, APPROVE);
    await made.build({ behave });
    await made.build({ behave, answers: [{ stage: 'review', value: 'b' }] });
    const run = await made.build({ behave, answers: [{ stage: 'review', value: { approve: true } }] });
    expect(run.outcomes).toMatchObject({ review: 'ran', publish: 'ran' });
    expect(made.read('answers/review.json')).toBe('{\n  "which": "b",\n  "approve": true\n}\n');
  });

  test.each([
    ['reveiw', true, 'The pipeline has no stage "reveiw".'],
    [
      'other',
      true,
      'The answer for "other" cannot be used. The stage "other" has asked nothing yet; a build lets it ask.',
    ],
    [
      'review',
      'yes',
      'The answer for "review" cannot be used. It cannot go to answers/review.json: the answer to "approve" must be true or false, not "yes".',
    ],
    [
      'review',
      { aprove: true },
      'The answer for "review" cannot be used. The stage never asked "aprove". Did you mean "approve"?',
    ],
    [
      'review',
      { approve: true, mail: 'all' },
      'The answer for "review" cannot be used. The stage never asked "mail". It asked "approve".',
    ],
  ])('that are none are refused, and nothing is written: %s %j', async (stage, value, message) => {
    const made = project();
    await made.build({ behave: asks(APPROVE) });
    const run = await made.build({ behave: asks(APPROVE), answers: [{ stage, value }] });
    expect(mistakesOf(run)).toEqual([message]);
    expect([run.started, made.read('answers/review.json')]).toEqual([[], undefined]);
  });

  test('do not write over a file that cannot be read', async () => {
    const made = project();
    await made.build({ behave: asks(APPROVE) });
    answer(made, '{"approve": ');
    const run = await made.build({ answers: [{ stage: 'review', value: true }] });
    expect(mistakesOf(run)).toEqual([
      'The answer for "review" cannot be used. answers/review.json:1:13 is no JSON: a value is expected, and the file ends here.',
    ]);
    expect(made.read('answers/review.json')).toBe('{"approve": ');
  });
});

describe('an item of a fan-out that asks', () => {
  const fanOut = (list: string): EngineProject => {
    const made = new EngineProject();
    const o = `o/\${{ item }}`;
    const listOf = { run: `make > \${{ outputs.l }}`, inputs: { d: 'in' }, outputs: { l: 'build/list.json' } };
    made.pipeline({ list: listOf, review: { foreach: { in: 'build/list.json' }, outputs: { o } } });
    made.write({ in: list });
    return made;
  };
  const behave: Behaviour = (process) => {
    const [path = ''] = outputsOf(process);
    if (process.stage === 'list') process.writes({ [path]: readInputs(process).join('') });
    else if (process.stage !== 'review@a') return undefined;
    else if (answerTo(process, APPROVE) === undefined) return suspend(process, APPROVE);
    else process.writes({ [path]: JSON.stringify(answerTo(process, APPROVE)) });
    process.exit(0);
    return 'done';
  };

  test('is answered by a command, under the name of the instance', async () => {
    const made = fanOut('["a", "b"]');
    const run = await made.build({ behave });
    expect(run.outcomes).toEqual({ list: 'ran', 'review@a': 'suspended', 'review@b': 'ran' });
    const early = await made.build({ behave, answers: [{ stage: 'review@b', value: true }] });
    expect(mistakesOf(early)).toEqual([
      'The answer for "review@b" cannot be used. The stage "review@b" has asked nothing yet; a build lets it ask.',
    ]);
    const answered = await made.build({ behave, answers: [{ stage: 'review@a', value: true }] });
    expect(answered.outcomes).toEqual({ list: 'fresh', 'review@a': 'ran', 'review@b': 'fresh' });
    expect([answered.warnings, made.read('o/a')]).toEqual([[], 'true']);
  });

  test('may be answered before its list is made', async () => {
    const made = fanOut('["a"]');
    made.write({ 'answers/review@a.json': '{"approve": true}' });
    const run = await made.build({ behave });
    expect([run.outcomes, run.warnings]).toEqual([{ list: 'ran', 'review@a': 'ran' }, []]);
    made.write({ 'answers/review@aa.json': '{"approve": true}' });
    expect((await made.build({ behave })).warnings).toEqual([
      '"answers/review@aa.json" answers no stage. Did you mean "answers/review@a.json"?',
    ]);
  });
});

test('an answer for nobody is told of, with the name that was meant', async () => {
  const made = project();
  made.write({ 'answers/reveiw.json': '{"approve": true}', 'answers/notes.txt': 'x', 'answers/gone.json': '{}' });
  expect((await made.build({ behave: asks(APPROVE) })).warnings).toEqual([
    '"answers/gone.json" answers no stage.',
    '"answers/reveiw.json" answers no stage. Did you mean "answers/review.json"?',
  ]);
  // It may be for another pipeline of the workspace.
  made.fs.remove('/w/answers/reveiw.json');
  const stage = { run: `make \${{ outputs.o }}`, outputs: { o: 'gone' } };
  made.write({ 'other.yaml': JSON.stringify({ version: 1, stages: { gone: stage } }) });
  await made.build({ file: '/w/other.yaml' });
  expect((await made.build({ behave: asks(APPROVE) })).warnings).toEqual([]);
});

describe('scratch', () => {
  const run = `use $WRANGLE_SCRATCH \${{ outputs.o }}`;
  const folders = (made: EngineProject) =>
    Object.keys(made.fs.tree('/w/.wrangle')).filter((path) => path.startsWith('checkpoints/'));

  /** Counts in its scratch how often it was started. */
  const counting =
    (end: (process: FakeProcess, count: number) => 'done' | undefined): Behaviour =>
    (process) => {
      const { scratch } = requestOf(process);
      expect(process.spec.env['WRANGLE_SCRATCH']).toBe(scratch);
      expect(process.isFolder(scratch)).toBe(true);
      const path = `${scratch}/count`;
      const count = Number(process.readsAll(scratch)[0] ?? 0) + 1;
      process.writes({ [path]: String(count) });
      return end(process, count);
    };
  const failing = counting((process) => {
    process.exit(1);
    return 'done';
  });

  function scratchProject(): EngineProject {
    const made = new EngineProject();
    made.write({ in: '1' });
    made.pipeline({ review: { inputs: { d: 'in' }, outputs: { o: 'review' }, run } });
    return made;
  }

  test('stays through failures of several runs and goes with success', async () => {
    const made = scratchProject();
    for (const count of [1, 2, 3]) {
      await made.build({ behave: failing });
      expect(folders(made)).toHaveLength(1);
      expect(made.read(`.wrangle/${folders(made)[0]}`)).toBe(String(count));
    }
    const counts: number[] = [];
    await made.build({
      behave: counting((process, count) => {
        counts.push(count);
        succeed(process);
        return 'done';
      }),
    });
    expect(counts).toEqual([4]);
    expect(made.fs.lstat('/w/.wrangle/checkpoints/review')).toBeUndefined();
  });

  test('of other inputs is of no use, and goes', async () => {
    const made = scratchProject();
    await made.build({ behave: failing });
    const [before] = folders(made);
    made.write({ in: '2' });
    await made.build({ behave: failing });
    expect(folders(made)).toHaveLength(1);
    expect(folders(made)[0]).not.toBe(before);
    expect(made.read(`.wrangle/${folders(made)[0]}`)).toBe('1');
  });

  test('stays when the stage asks, and is lost when an earlier answer changes', async () => {
    const made = scratchProject();
    const asking = (question: string) =>
      counting((process) => suspend(process, { id: question, text: question })) satisfies Behaviour;
    const count = () => folders(made).map((path) => made.read(`.wrangle/${path}`));
    await made.build({ behave: asking('one') });
    answer(made, { one: 1 });
    await made.build({ behave: asking('two') });
    expect(count()).toEqual(['2']);
    answer(made, { one: 1, two: 2 });
    await made.build({ behave: asking('three') });
    expect(count()).toEqual(['3']);
    answer(made, { one: 7, two: 2, three: 3 });
    await made.build({ behave: asking('four') });
    expect(count()).toEqual(['1']);
  });

  test('is not even made for commands that do not speak of it', async () => {
    const made = project();
    await made.build({
      behave: (process) => {
        process.exit(1);
        return 'done';
      },
    });
    expect(made.fs.lstat('/w/.wrangle/checkpoints')).toBeUndefined();
  });
});
