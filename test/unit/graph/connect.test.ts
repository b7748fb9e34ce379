// From stages to their graph: who makes what whom needs, and what is wrong with it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/graph/connect.ts';
import { withProducers } from '../../../src/graph/select.ts';
import type { StageGraph } from '../../../src/model/graph.ts';
import { edgesOf } from '../../../src/model/graph.ts';
import type { Stage } from '../../../src/model/pipeline.ts';
import { locationOf, makePipeline, makeStage } from '../../support/make-stage.ts';

function graphOf(stages: readonly Stage[]): StageGraph {
  const { graph, diagnostics } = connect(makePipeline(stages), locationOf);
  expect(diagnostics).toEqual([]);
  if (!graph) throw new Error('no graph');
  return graph;
}

/** `from -> to via path`, in the order of the graph. */
function shownEdges(graph: StageGraph): string[] {
  const id = (index: number) => graph.stages[index]?.id;
  return edgesOf(graph).map(({ from, to, via }) => `${id(from)} -> ${id(to)} via ${via}`);
}

function messagesOf(stages: readonly Stage[]): string[] {
  const { graph, diagnostics } = connect(makePipeline(stages), locationOf);
  expect(graph === undefined).toBe(diagnostics.some(({ code }) => code === 'cycle'));
  return diagnostics.map(
    ({ code, message, location, related }) =>
      `${location?.file} ${code}: ${message}${related.map((at) => ` | ${at.location.file} ${at.message}`).join('')}`,
  );
}

describe('an input depends on the output that', () => {
  const cases: [name: string, output: string, input: string, meets: boolean][] = [
    ['has its path', 'build/a.csv', 'build/a.csv', true],
    ['has its path, as a folder', 'build/a/', 'build/a/', true],
    ['is a folder it lies in', 'build/', 'build/deep/a.csv', true],
    ['is a folder it lies in, as a folder', 'build/', 'build/deep/', true],
    ['lies in it', 'build/deep/a.csv', 'build/', true],
    ['is a folder in it', 'build/deep/', 'build/', true],
    ['matches it', 'build/a.csv', 'build/*.csv', true],
    ['matches it at any depth', 'build/x/y/a.csv', 'build/**/*.csv', true],
    ['matches it without a base', 'a.csv', '*.csv', true],
    ['is a folder that may hold matches', 'build/x/', 'build/*/a.csv', true],
    ['is a folder that may hold matches deeper', 'build/x/y/', 'build/**/a.csv', true],
    ['is the folder the glob starts in', 'build/', 'build/*.csv', true],
    ['is a folder above the one the glob starts in', 'build/', 'build/deep/*.csv', true],
    ['is a folder that may hold matches of braces', 'build/x/', '{build,other}/*/a.csv', true],
    ['is a folder the glob may reach through braces with slashes', 'build/x/', 'build/{x/y,z}/*.csv', true],
    ['has an absolute path', '/data/a.csv', '/data/*.csv', true],
    ['has another path', 'build/a.csv', 'build/b.csv', false],
    ['begins with the same letters', 'build/ab', 'build/a', false],
    ['is a folder that begins with the same letters', 'build/', 'build2/a.csv', false],
    ['does not match', 'build/a.json', 'build/*.csv', false],
    ['lies deeper than the glob looks', 'build/deep/a.csv', 'build/*.csv', false],
    ['is a folder deeper than the glob looks', 'build/deep/', 'build/*.csv', false],
    ['is a folder the glob does not name', 'build/x/', 'build/y*/*.csv', false],
    ['is a folder the glob does not name, without a base', 'x/', '{a,b}/*.csv', false],
    ['is a file its path goes on from', 'build/a', 'build/a/b.csv', false],
    ['is hidden from its glob', 'build/.a.csv', 'build/*.csv', false],
    ['begins with an exclamation mark', '!a/x.csv', '!a/*.csv', true],
    ['is what an exclamation mark would leave out elsewhere', 'b/x.csv', '!a/*.csv', false],
  ];
  test.each(cases)('%s', (_name, output, input, meets) => {
    const graph = graphOf([
      makeStage('reader', { inputs: { data: input } }),
      makeStage('maker', { outputs: { out: output } }),
    ]);
    expect(shownEdges(graph)).toEqual(meets ? [`maker -> reader via ${input.replace(/\/$/, '')}`] : []);
    const reader = graph.stages.findIndex(({ id }) => id === 'reader');
    const maker = graph.stages.findIndex(({ id }) => id === 'maker');
    expect(graph.item_producers[reader]).toEqual([meets ? [maker] : []]);
    expect(graph.producers[reader]).toEqual(meets ? [maker] : []);
    expect(graph.consumers[maker]).toEqual(meets ? [reader] : []);
  });
});

test('an input may have several makers, each counted once, and keeps them apart from those of its neighbours', () => {
  const graph = graphOf([
    makeStage('all', { inputs: { data: ['build/', 'build/*.csv', 'raw.csv'], one: 'build/b.csv' } }),
    makeStage('b', { outputs: { out: 'build/b.csv' } }),
    makeStage('a', { outputs: { one: 'build/a.csv', two: ['build/c.csv', 'build/d.json'] } }),
  ]);
  expect(graph.stages.map(({ id }) => id)).toEqual(['a', 'b', 'all']);
  expect(graph.producers).toEqual([[], [], [0, 1]]);
  expect(graph.item_producers[2]).toEqual([[0, 1], [0, 1], [], [1]]);
  expect(new Set(shownEdges(graph))).toEqual(
    new Set([
      'a -> all via build',
      'a -> all via build/*.csv',
      'b -> all via build',
      'b -> all via build/*.csv',
      'b -> all via build/b.csv',
    ]),
  );
});

test('needs is an edge of its own, and makes no input', () => {
  const graph = graphOf([makeStage('b', { needs: ['a'] }), makeStage('a')]);
  expect(shownEdges(graph)).toEqual(['a -> b via needs']);
  expect(graph.item_producers).toEqual([[], []]);
  expect(graph.producers).toEqual([[], [0]]);
});

test('stages that could go either way are ordered by id', () => {
  const graph = graphOf([
    makeStage('z', { outputs: { out: 'z' } }),
    makeStage('m', { inputs: { data: 'z' } }),
    makeStage('B'),
    makeStage('a'),
  ]);
  expect(graph.stages.map(({ id }) => id)).toEqual(['B', 'a', 'z', 'm']);
});

describe('mistakes', () => {
  test('a stage that reads what it makes waits for itself', () => {
    const itself = makeStage('self', { inputs: { all: 'build/*.csv' }, outputs: { out: 'build/sum.csv' } });
    expect(messagesOf([itself])).toEqual([
      'self.inputs.all cycle: Stages wait for each other in a circle: self -> self. | self.inputs.all "self" reads "build/*.csv" of "self".',
    ]);
  });

  test('a folder that a glob cannot look into makes no circle', () => {
    const report = makeStage('report', { inputs: { data: 'build/*.json' }, outputs: { out: 'build/report/' } });
    expect(messagesOf([report])).toEqual([]);
  });

  test('a circle names each edge with the place that makes it one, and starts at the first name', () => {
    const stages = [
      makeStage('c', { inputs: { data: ['x', 'b.csv'] }, outputs: { out: 'c.csv' } }),
      makeStage('a', { needs: ['z', 'c'], outputs: { out: 'a.csv' } }),
      makeStage('z'),
      makeStage('b', { inputs: { data: 'a.csv' }, outputs: { out: 'b.csv' } }),
    ];
    const expected = [
      'b.inputs.data cycle: Stages wait for each other in a circle: a -> b -> c -> a.' +
        ' | b.inputs.data "b" reads "a.csv" of "a".' +
        ' | c.inputs.data.1 "c" reads "b.csv" of "b".' +
        ' | a.needs.1 "a" needs "c".',
    ];
    expect(messagesOf(stages)).toEqual(expected);
    expect(messagesOf([...stages].reverse())).toEqual(expected);
  });

  test('a transaction waits for itself through a stage outside', () => {
    const member = (id: string, inputs: Record<string, string>) =>
      makeStage(id, { inputs, outputs: { out: `${id}.csv` }, transaction: 't' });
    const stages = [
      member('a', {}),
      makeStage('x', { inputs: { data: 'a.csv' }, outputs: { out: 'x.csv' } }),
      member('b', { data: 'x.csv' }),
      member('c', { data: 'b.csv' }),
      makeStage('after', { needs: ['c', 'a'] }),
    ];
    expect(messagesOf(stages)).toEqual([
      'x.inputs.data transaction-cycle: The transaction "t" waits for itself: a -> x -> b.' +
        ' | x.inputs.data "x" reads "a.csv" of "a", so it waits for all of transaction "t".' +
        ' | b.inputs.data "b" reads "x.csv" of "x".',
    ]);
    expect(messagesOf(stages.map((stage) => (stage.id === 'x' ? { ...stage, transaction: 't' } : stage)))).toEqual([]);
  });

  test('two transactions wait for each other', () => {
    const member = (id: string, transaction: string, needs: string[] = []) => makeStage(id, { needs, transaction });
    const stages = [member('a', 't'), member('b', 'u', ['a']), member('c', 'u'), member('d', 't', ['c'])];
    expect(messagesOf(stages)).toEqual([
      'b.needs.0 transaction-cycle: The transactions "t" and "u" wait for each other:' +
        ' a -> b (in one transaction with) c -> d.' +
        ' | b.needs.0 "b" needs "a", so it waits for all of transaction "t".' +
        ' | d.needs.0 "d" needs "c", so it waits for all of transaction "u".',
    ]);
  });

  test('each knot of stages has one circle', () => {
    const pair = (a: string, b: string) => [
      makeStage(a, { inputs: { data: `${b}.csv` }, outputs: { out: `${a}.csv` } }),
      makeStage(b, { inputs: { data: `${a}.csv` }, outputs: { out: `${b}.csv` } }),
    ];
    const { diagnostics } = connect(makePipeline([...pair('m', 'n'), ...pair('a', 'b')]), locationOf);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'Stages wait for each other in a circle: a -> b -> a.',
      'Stages wait for each other in a circle: m -> n -> m.',
    ]);
  });

  test('one path has one maker', () => {
    expect(
      messagesOf([
        makeStage('a', { outputs: { out: 'x.csv' } }),
        makeStage('b', { outputs: { out: ['y.csv', 'x.csv'] } }),
        makeStage('c', { outputs: { one: 'z.csv', two: 'z.csv' } }),
        makeStage('d', { outputs: { out: 'x.csv/' } }),
      ]),
    ).toEqual([
      'b.outputs.out.1 duplicate-output: Two stages make "x.csv": "a" and "b". | a.outputs.out stage "a" makes it here.',
      'c.outputs.two duplicate-output: Stage "c" makes "z.csv" twice. | c.outputs.one stage "c" makes it here.',
      'd.outputs.out duplicate-output: Two stages make "x.csv": "a" and "d". | a.outputs.out stage "a" makes it here.',
    ]);
  });

  test('no output lies in another, however deep and whoever makes it', () => {
    expect(
      messagesOf([
        makeStage('inner', { outputs: { out: 'build/deep/er/x.csv' } }),
        makeStage('outer', { outputs: { dir: 'build/', own: 'build/own.csv' } }),
        makeStage('beside', { outputs: { out: 'build2/x.csv' } }),
        makeStage('file', { outputs: { out: 'f' } }),
        makeStage('under', { outputs: { out: 'f/x' } }),
      ]),
    ).toEqual([
      'inner.outputs.out output-in-output: The output "build/deep/er/x.csv" of stage "inner" lies inside the output "build". | outer.outputs.dir stage "outer" makes "build" here.',
      'outer.outputs.own output-in-output: The output "build/own.csv" of stage "outer" lies inside the output "build". | outer.outputs.dir stage "outer" makes "build" here.',
      'under.outputs.out output-in-output: The output "f/x" of stage "under" lies inside the output "f". | file.outputs.out stage "file" makes "f" here.',
    ]);
  });
});

/** Layers of stages; each reads some outputs of earlier ones, by one of the ways there are. */
const dags = fc
  .array(fc.array(fc.tuple(fc.nat(), fc.constantFrom('file', 'folder', 'glob', 'needs')), { maxLength: 4 }), {
    maxLength: 12,
  })
  .map((rows) =>
    rows.map((reads, at) => {
      // Names out of order, so that the order of names is not that of the edges.
      const id = (index: number) => `s${(index * 7) % 13}`;
      const inputs: Record<string, string> = {};
      const needs: string[] = [];
      for (const [port, [pick, how]] of reads.entries()) {
        if (at === 0) continue;
        const from = id(pick % at);
        if (how === 'needs') needs.push(from);
        else inputs[`p${port}`] = { file: `out/${from}/x.csv`, folder: `out/${from}/`, glob: `out/${from}/*.csv` }[how];
      }
      return makeStage(id(at), { inputs, needs: [...new Set(needs)].sort(), outputs: { out: `out/${id(at)}/x.csv` } });
    }),
  );

test('property: the graph is the same whatever the order of declaration, and its order is topological', () => {
  const shuffled = dags.chain((stages) =>
    fc.tuple(fc.constant(stages), fc.shuffledSubarray(stages, { minLength: stages.length })),
  );
  fc.assert(
    fc.property(shuffled, ([stages, other]) => {
      const graph = graphOf(stages);
      expect(graphOf(other)).toEqual(graph);
      for (const { from, to } of edgesOf(graph)) expect(from).toBeLessThan(to);
      for (const [to, producers] of graph.producers.entries()) {
        const froms = edgesOf(graph)
          .filter((edge) => edge.to === to)
          .map((edge) => edge.from);
        expect(producers).toEqual([...new Set(froms)].sort((a, b) => a - b));
      }
    }),
  );
});

test('property: the wanted stages are the targets with everything upstream, and nothing else', () => {
  fc.assert(
    fc.property(dags, fc.infiniteStream(fc.boolean()), (stages, coins) => {
      const graph = graphOf(stages);
      const targets = graph.stages.map((_, index) => index).filter(() => coins.next().value);
      const wanted = new Set(targets);
      for (let grew = true; grew; ) {
        const before = wanted.size;
        for (const { from, to } of edgesOf(graph)) if (wanted.has(to)) wanted.add(from);
        grew = wanted.size > before;
      }
      expect(withProducers(graph, targets)).toEqual([...wanted].sort((a, b) => a - b));
    }),
  );
});

test('a chain of 10,000 stages is connected and ordered', () => {
  const stages = Array.from({ length: 10_000 }, (_, at) =>
    makeStage(`s${at}`, { inputs: at === 0 ? {} : { data: `out/${at - 1}` }, outputs: { out: `out/${at}` } }),
  );
  const graph = graphOf(stages.reverse());
  expect(graph.stages.map(({ id }) => id)).toEqual(Array.from({ length: 10_000 }, (_, at) => `s${at}`));
  expect(withProducers(graph, [9_999])).toHaveLength(10_000);
});

test('who measures comes before whom it decides about, and a circle of both is one', () => {
  const when = (stage: string) => ({ expr: `stages.${stage}.metrics.n > 1`, stages: [stage] });
  const first = makeStage('z', { outputs: { out: 'z.json' }, metrics: { n: 'out#/n' } });
  const graph = graphOf([makeStage('a', { when: when('z'), outputs: { out: 'a' } }), first]);
  expect(graph.stages.map(({ id }) => id)).toEqual(['z', 'a']);
  expect(shownEdges(graph)).toEqual(['z -> a via when']);
  expect(graph.producers).toEqual([[], [0]]);
  expect(messagesOf([makeStage('a', { when: when('a'), outputs: { out: 'a' } })])).toMatchInlineSnapshot(`
    [
      "a.when cycle: Stages wait for each other in a circle: a -> a. | a.when "a" asks in its "when" what "a" measured.",
    ]
  `);
  expect(
    messagesOf([
      makeStage('a', { when: when('b'), outputs: { out: 'a' } }),
      makeStage('b', { inputs: { in: 'a' }, outputs: { out: 'b' } }),
    ]),
  ).toMatchInlineSnapshot(`
    [
      "b.inputs.in cycle: Stages wait for each other in a circle: a -> b -> a. | b.inputs.in "b" reads "a" of "a". | a.when "a" asks in its "when" what "b" measured.",
    ]
  `);
});
