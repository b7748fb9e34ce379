// Inputs that nobody makes and that are not there.
import { expect, test } from 'vitest';
import { connect } from '../../../src/graph/connect.ts';
import { diagnoseEmptyGlobs, diagnoseMissingInputs, findMissingInputs } from '../../../src/graph/missing-inputs.ts';
import type { Stage } from '../../../src/model/pipeline.ts';
import { locationOf, makePipeline, makeStage } from '../../support/make-stage.ts';

function missingOf(stages: readonly Stage[], there: readonly string[] = []) {
  const { declared } = connect(makePipeline(stages), locationOf);
  const asked: string[] = [];
  const missing = findMissingInputs(declared, (path) => {
    asked.push(path);
    return there.includes(path);
  });
  return { declared, missing, asked };
}

test('what a stage makes, or part of it, and globs are never missing; nothing else is excused', () => {
  const { missing, asked } = missingOf(
    [
      makeStage('maker', { outputs: { out: 'build/', one: 'one.csv' } }),
      makeStage('reader', {
        inputs: {
          made: 'one.csv',
          inside: 'build/x.csv',
          around: 'build/',
          none: 'raw/*.csv',
          there: 'data.csv',
          gone: ['data.csv', 'lost.csv', '/abs/lost.csv'],
          folder: 'lost/',
        },
      }),
      makeStage('other', { inputs: { again: 'lost.csv' } }),
    ],
    ['data.csv'],
  );
  expect(missing).toEqual([
    { stage: 1, path: 'lost', pointer: ['inputs', 'folder'] },
    { stage: 1, path: 'lost.csv', pointer: ['inputs', 'gone', 1] },
    { stage: 1, path: '/abs/lost.csv', pointer: ['inputs', 'gone', 2] },
    { stage: 2, path: 'lost.csv', pointer: ['inputs', 'again'] },
  ]);
  // Each path is asked for once.
  expect([...asked].sort()).toEqual(['/abs/lost.csv', 'data.csv', 'lost', 'lost.csv']);
});

test('the message names the nearest output or file', () => {
  const { declared, missing } = missingOf([
    makeStage('fetch', { outputs: { out: ['data/row.csv'] } }),
    makeStage('clean', { inputs: { a: 'data/raw.csv', b: 'src/cleen.py', c: 'nothing-like-it' } }),
  ]);
  const siblings = (folder: string) => (folder === 'src/' ? ['clean.py', 'other.py'] : []);
  const diagnostics = diagnoseMissingInputs(declared, missing, locationOf, siblings);
  expect(diagnostics).toEqual([
    {
      code: 'input-not-found',
      severity: 'error',
      message: 'No stage makes "data/raw.csv" and no such file exists.',
      location: locationOf('clean', ['inputs', 'a']),
      related: [
        {
          message: 'stage "fetch" makes "data/row.csv". Did you mean that?',
          location: locationOf('fetch', ['outputs', 'out', 0]),
        },
      ],
      help: undefined,
    },
    {
      code: 'input-not-found',
      severity: 'error',
      message: 'No stage makes "src/cleen.py" and no such file exists.',
      location: locationOf('clean', ['inputs', 'b']),
      related: [],
      help: 'Did you mean "src/clean.py"?',
    },
    {
      code: 'input-not-found',
      severity: 'error',
      message: 'No stage makes "nothing-like-it" and no such file exists.',
      location: locationOf('clean', ['inputs', 'c']),
      related: [],
      help: undefined,
    },
  ]);
});

test('a glob that matches nothing is told of, also where its files are items', () => {
  const stages = [
    makeStage('maker', { outputs: { out: 'made/a.json' } }),
    makeStage('reader', { inputs: { none: 'raw/*.csv', made: 'made/*.json' } }),
    makeStage('each', { outputs: { o: 'o' } }),
    makeStage('of-made', { outputs: { o: 'p' } }),
  ];
  const over = (stage: Stage | undefined, path: string): Stage => ({
    ...(stage as Stage),
    foreach: { in: { name: 'foreach', list: true, items: [{ kind: 'glob', path }] }, batch: 1 },
  });
  const { declared } = connect(
    makePipeline([...stages.slice(0, 2), over(stages[2], 'in/*.csv'), over(stages[3], 'made/*.json')]),
    locationOf,
  );
  const found = diagnoseEmptyGlobs(declared, () => true, locationOf);
  expect(found.map(({ message, location }) => [message, location])).toEqual([
    ['No file matches "raw/*.csv", and no stage makes one.', locationOf('reader', ['inputs', 'none'])],
    ['No file matches "in/*.csv", and no stage makes one.', locationOf('each', ['foreach', 'in', 0])],
  ]);
});

test('a reference without its braces is told of as one', () => {
  const { declared, missing } = missingOf([
    makeStage('fetch', { outputs: { out: 'data/row.csv' } }),
    makeStage('clean', { inputs: { a: 'stages.fetch.outputs.out' } }),
  ]);
  const [found] = diagnoseMissingInputs(declared, missing, locationOf, () => []);
  expect(found?.help).toBe(`Write \${{ stages.fetch.outputs.out }} for its value.`);
});
