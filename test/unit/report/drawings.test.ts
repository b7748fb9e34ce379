// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
// Drawings as Mermaid and Graphviz read them: nothing in a name is taken for more than a name.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StageGraph } from '../../../src/model/graph.ts';
import type { Stage } from '../../../src/model/pipeline.ts';
import { STAGE_STATES, type StageState, type StageStates } from '../../../src/model/stage-state.ts';
import { shown } from '../../../src/report/format.ts';
import { graphDot, graphMermaid } from '../../../src/report/graph-text.ts';
import { readDot, readMermaid } from '../../support/drawings.ts';
import { GRAPH, input, output, stage } from './sample-graph.ts';

const NONE = { kind: 'argv', argv: [] } as const;

/** One stage after the other; each reads what the one before makes. */
function chain(...links: readonly (readonly [id: string, path: string])[]): StageGraph {
  const stages = links.map(([id, path], at) =>
    stage(id, NONE, at === 0 ? [] : [input('in', 'file', links[at - 1]?.[1] as string)], [output('out', 'file', path)]),
  );
  return {
    ...GRAPH,
    stages,
    producers: stages.map((_, at) => (at === 0 ? [] : [at - 1])),
    consumers: stages.map((_, at) => (at + 1 < stages.length ? [at + 1] : [])),
    item_producers: stages.map((_, at) => (at === 0 ? [] : [[at - 1]])),
  };
}

/** What both programs make of it: labels of the nodes, and of the edges between them. */
async function labels(graph: StageGraph, states?: StageStates) {
  const [byMermaid, byGraphviz] = [
    await readMermaid(graphMermaid(graph, states)),
    await readDot(graphDot(graph, states)),
  ];
  const both = [byMermaid, byGraphviz].map(({ nodes, edges }) => ({
    // Names that are numbers come first in an object.
    nodes: Object.values(nodes)
      .map((lines) => lines.join('\n'))
      .sort(),
    edges: edges.map(({ label }) => label),
  }));
  expect(both[1]).toEqual(both[0]);
  return both[0];
}

test('words of the drawing languages are names of stages like others', async () => {
  const words = [
    'end',
    'graph',
    'subgraph',
    'node',
    'edge',
    'strict',
    'digraph',
    'flowchart',
    'class',
    'style',
    'default',
  ];
  words.push('click', 'o', 'x', '1', '-', '1.', '__init__', 'a.b-c_d', 'classDef', 'linkStyle', 'end-2', 'NaN', '0x10');
  expect(await labels(chain(...words.map((word) => [word, `out/${word}`] as const)))).toEqual({
    nodes: words.toSorted(),
    edges: words.slice(0, -1).map((word) => `out/${word}`),
  });
});

test('what has a meaning in HTML, Markdown, Mermaid or Graphviz is shown as it is', async () => {
  const texts = [
    'a "b" \'c\' `d`',
    '<script>alert(1)</script>',
    '<b>&amp;&lt;&#35;#35;#amp;',
    '{a}[b](c)|d|',
    '%%{init: {}}%%',
    'a %% b',
    '--> ==> -.-> a --- b',
    '**a** __b__ ~~c~~ # d',
    '1. a',
    '- a',
    'www.example.org a@b.c https://x.y',
    '\\N \\G \\l \\" C:\\new\\',
    'fit@größe,日本,😀',
    'style:(x) classDef:(y)',
    '${{ a }}; b, c',
    '~a$$b$$',
  ];
  expect(await labels(chain(...texts.map((text, at) => [`${at}@${text}`, text] as const)))).toEqual({
    nodes: texts.map((text, at) => `${at}@${text}`).sort(),
    edges: texts.slice(0, -1),
  });
});

test('whatever a name is made of', async () => {
  const text = fc.oneof(
    fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
    fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'"\\#;:&<>%{}()[]|*_-.~`@ \nxN1'.split('')) }),
    fc.constantFrom('style', 'classDef', ':#a;', '&#35;', 'end', '\\N', '%%', '<br/>'),
  );
  const name = fc
    .array(text, { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('').replaceAll(/\s+/g, ' ').trim())
    .filter((whole) => whole !== '' && !/[ﬂ¶]/.test(whole));
  await fc.assert(
    fc.asyncProperty(name, name, async (id, path) => {
      expect(await labels(chain([`a@${id}`, path], ['b', 'c']))).toEqual({
        nodes: [shown(`a@${id}`), 'b'].sort(),
        edges: [shown(path)],
      });
    }),
    { numRuns: 50 },
  );
});

test('every state has its colour, and says itself in the label', async () => {
  const all = Object.keys(STAGE_STATES) as StageState[];
  const graph = chain(...all.map((state) => [`is-${state}`, `out/${state}`] as const));
  const states = new Map(all.map((state) => [`is-${state}`, new Set([state])]));
  const expected = { nodes: all.map((state) => `is-${state}\n${state}`).sort() };
  expect(await labels(graph, states)).toMatchObject(expected);
  const [byMermaid, byGraphviz] = [
    await readMermaid(graphMermaid(graph, states)),
    await readDot(graphDot(graph, states)),
  ];
  expect(Object.values(byMermaid.fills)).toEqual(Object.values(byGraphviz.fills));
  expect(byGraphviz.fills).toMatchObject({ 'is-fresh': '#c4e8c2', 'is-failed': '#f4b6b6', 'is-may-run': '#fdf3d3' });
  expect(Object.keys(byGraphviz.fills)).toHaveLength(all.length);
});

test('a matrix and a fan-out are one node each, with how many are how and the colour of the worst', async () => {
  const list = stage('list', NONE, [], [output('list', 'file', 'list.csv')]);
  const fits = ['a', 'b', 'c'].map((key) =>
    stage(`fit@${key}`, NONE, [input('list', 'file', 'list.csv')], [output('fit', 'file', `fit/${key}`)]),
  );
  const page: Stage = {
    ...stage('page', NONE, [], [output('page', 'file', 'pages/*')]),
    foreach: { in: input('in', 'file', 'list.csv'), key: 'item.id', batch: 1 },
  };
  const all = stage('all', NONE, [input('fits', 'file', 'fit/a', 'fit/b', 'fit/c')], [], ['page']);
  const graph: StageGraph = {
    ...GRAPH,
    stages: [list, ...fits, page, all],
    producers: [[], [0], [0], [0], [0], [1, 2, 3, 4]],
    consumers: [[1, 2, 3, 4], [5], [5], [5], [5], []],
    item_producers: [[], [[0]], [[0]], [[0]], [], [[1], [2], [3]]],
    list_producers: [[], [], [], [], [[0]], []],
  };
  const states = new Map<string, Set<StageState>>([
    ['list', new Set(['fresh'])],
    ['fit@a', new Set(['fresh'])],
    ['fit@b', new Set(['stale', 'run', 'failed'])],
    ['fit@c', new Set(['fresh'])],
    ['page@1', new Set(['fresh'])],
    ['page@2', new Set(['stale', 'may-run'])],
    ['all', new Set(['stale', 'may-run', 'new'])],
  ]);
  const drawn = await readDot(graphDot(graph, states));
  expect(drawn).toEqual({
    nodes: {
      list: ['list', 'fresh'],
      fit: ['fit × 3', '1 failed, 2 fresh'],
      page: ['page × items of list.csv', '1 may-run, 1 fresh'],
      all: ['all', 'may-run'],
    },
    edges: [
      { from: 'list', to: 'fit', label: 'list.csv', isDashed: false },
      { from: 'list', to: 'page', label: 'list.csv', isDashed: false },
      { from: 'fit', to: 'all', label: '3 paths', isDashed: false },
      { from: 'page', to: 'all', label: '', isDashed: true },
    ],
    fills: { list: '#c4e8c2', fit: '#f4b6b6', page: '#fdf3d3', all: '#fdf3d3' },
  });
  const named = new Map(Object.keys(drawn.nodes).map((name, at) => [name, `s${at}`]));
  const renamed = (name: string) => named.get(name) as string;
  expect(await readMermaid(graphMermaid(graph, states))).toEqual({
    nodes: Object.fromEntries(Object.entries(drawn.nodes).map(([name, lines]) => [renamed(name), lines])),
    edges: drawn.edges.map((edge) => ({ ...edge, from: renamed(edge.from), to: renamed(edge.to) })),
    fills: Object.fromEntries(Object.entries(drawn.fills).map(([name, fill]) => [renamed(name), fill])),
  });
});

test('nothing to draw is a drawing', async () => {
  expect(await labels({ ...GRAPH, stages: [], producers: [], consumers: [], item_producers: [] })).toEqual({
    nodes: [],
    edges: [],
  });
});

test('what is no drawing is refused', async () => {
  await expect(readMermaid('flowchart LR\n  end["x"]\n')).rejects.toThrow('Parse error on line 2');
  await expect(readMermaid('flowchart LR\n  s0["a"b"]\n')).rejects.toThrow('Parse error on line 2');
  await expect(readDot('digraph { a -> b [label="x] }')).rejects.toThrow('syntax error in line 1');
});
