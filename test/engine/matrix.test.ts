// Stages with a matrix, built: each instance has a result of its own, and the name of the stage stands for all.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { expect, test } from 'vitest';
import { EngineProject } from '../support/engine-project.ts';

const FIT = {
  matrix: { year: '${{ params.years }}', method: ['mean', 'max'], exclude: [{ year: 1, method: 'max' }] },
  inputs: { data: 'in/${{ matrix.year }}' },
  outputs: { table: 'out/${{ matrix.year }}-${{ matrix.method }}' },
};
const ALL = { inputs: { tables: '${{ stages.fit.outputs.table }}' }, outputs: { all: 'out/all' } };

function years(...list: number[]): EngineProject {
  const project = new EngineProject();
  project.write({ 'in/1': 'one', 'in/2': 'two', 'in/3': 'three' });
  project.pipeline({ fit: FIT, all: ALL }, { params: { years: list } });
  return project;
}

test('an instance runs when something of its own is new, and what gathers them follows', async () => {
  const project = years(1, 2);
  const first = await project.build();
  expect(first.outcomes).toEqual({ 'fit@1,mean': 'ran', 'fit@2,mean': 'ran', 'fit@2,max': 'ran', all: 'ran' });
  expect(project.read('out/all')).toBe('all(fit@1,mean(one),fit@2,mean(two),fit@2,max(two))');
  expect((await project.build()).started).toEqual([]);

  project.write({ 'in/1': 'new' });
  expect((await project.build()).started).toEqual(['fit@1,mean', 'all']);

  project.pipeline({ fit: FIT, all: ALL }, { params: { years: [2, 3] } });
  expect((await project.build()).started).toEqual(['fit@3,max', 'fit@3,mean', 'all']);
  // What the first year made is nobody's any more.
  expect((await project.clean({ orphans: true })) as object).toMatchObject({ removed: ['out/1-mean'] });
});

test('the name of the stage stands for all of its instances, the id of one for that', async () => {
  const project = years(1, 2);
  expect((await project.build({ targets: ['fit@2,max'] })).started).toEqual(['fit@2,max']);
  expect((await project.build({ targets: ['fit'] })).outcomes).toEqual({
    'fit@1,mean': 'ran',
    'fit@2,mean': 'ran',
    'fit@2,max': 'fresh',
  });
  expect((await project.build({ targets: ['fit'], force: true })).started).toHaveLength(3);
  expect((await project.build({ force: ['fit'] })).started).toEqual(['fit@1,mean', 'fit@2,max', 'fit@2,mean', 'all']);
  expect((await project.build({ force: ['fit@2,max'] })).started).toEqual(['fit@2,max']);
  expect((await project.build({ force: ['fit@2,max all'] })).started).toEqual(['fit@2,max', 'all']);
  await project.clean({ targets: ['fit'] });
  expect(Object.keys(project.files()).filter((path) => path.startsWith('out/'))).toEqual(['out/all']);

  const { report } = await project.build({ targets: ['fti', 'fit@2,maxx'] });
  expect(report).toMatchObject({
    status: 'invalid',
    mistakes: {
      diagnostics: [
        { message: 'The pipeline has no stage "fti".', help: 'Did you mean "fit"?' },
        { message: 'The pipeline has no stage "fit@2,maxx".', help: 'Did you mean "fit@2,max"?' },
      ],
    },
  });
});

test('an instance that fails takes no other with it', async () => {
  const project = years(1, 2);
  const run = await project.build({
    keepGoing: true,
    behave: (process) => {
      if (process.stage !== 'fit@2,mean') return undefined;
      process.exit(3);
      return 'done';
    },
  });
  expect(run.outcomes).toEqual({ 'fit@1,mean': 'ran', 'fit@2,mean': 'failed', 'fit@2,max': 'ran', all: 'blocked' });
  expect((await project.build()).started).toEqual(['fit@2,mean', 'all']);
});

test('what an instance would make twice is found, also against other stages', async () => {
  const project = years(1, 2);
  project.pipeline(
    { fit: { ...FIT, outputs: { table: 'out/${{ matrix.method }}' } }, all: { ...ALL, outputs: { all: 'out/mean' } } },
    { params: { years: [1, 2] } },
  );
  expect(await project.mistakes()).toMatchInlineSnapshot(`
    "pipeline.yaml:29:18 error[duplicate-output] "fit@1,mean" and "fit@2,mean" would both make "out/mean".
            "table": "out/\${{ matrix.method }}"
                     ~~~~~~~~~~~~~~~~~~~~~~~~~~
      help: Give each instance a path of its own: put "\${{ matrix.year }}" into it.

    pipeline.yaml:38:16 error[duplicate-output] Two stages make "out/mean": "fit@1,mean" and "all".
            "all": "out/mean"
                   ~~~~~~~~~~
      pipeline.yaml:29:18 note: stage "fit@1,mean" makes it here.
      help: Give each output a path of its own.
    "
  `);
});

test('instances that wait for each other are told once, by the first of them', async () => {
  const project = new EngineProject();
  const at = (stage: string) => `out/${stage}-\${{ matrix.k }}`;
  project.pipeline({
    a: { matrix: { k: [1, 2, 3] }, inputs: { b: at('b') }, outputs: { o: at('a') } },
    b: { matrix: { k: [1, 2, 3] }, inputs: { a: at('a'), raw: 'in/${{ matrix.k }}' }, outputs: { o: at('b') } },
  });
  project.write({ 'in/1': '', 'in/3': '' });
  expect(await project.mistakes()).toMatchInlineSnapshot(`
    "pipeline.yaml:30:14 error[cycle] Stages wait for each other in a circle: a@1 -> b@1 -> a@1.
            "a": "out/a-\${{ matrix.k }}",
                 ~~~~~~~~~~~~~~~~~~~~~~~
      pipeline.yaml:30:14 note: "b@1" reads "out/a-1" of "a@1".
      pipeline.yaml:14:14 note: "a@1" reads "out/b-1" of "b@1".
      help: Take one of these away.

    pipeline.yaml:31:16 error[input-not-found] No stage makes "in/2" and no such file exists.
            "raw": "in/\${{ matrix.k }}"
                   ~~~~~~~~~~~~~~~~~~~~
      help: Did you mean "in/1"?
    "
  `);
});
