// Graphs as text and as drawings.
import { expect, test } from 'vitest';
import type { StageGraph } from '../../../src/model/graph.ts';
import type { Stage } from '../../../src/model/pipeline.ts';
import { findFinalOutputs } from '../../../src/report/final-outputs.ts';
import { graphDot, graphMermaid, graphText } from '../../../src/report/graph-text.ts';
import { PLAIN } from '../../../src/report/style.ts';
import { GRAPH, input, output, stage } from './sample-graph.ts';

test('text: what each stage reads and makes, in the order they run', () => {
  expect(graphText(GRAPH, { style: PLAIN })).toMatchInlineSnapshot(`
    "clean  tabular/query
      reads  data/a.csv
      makes  build/clean.csv
      makes  build/rejects/
    report
      reads  build/clean.csv  from clean
      makes  build/"report".md
    publish
      reads  build/rej*/*.csv  from clean
      after  report
      makes  site/
    "
  `);
});

test('dot', () => {
  expect(graphDot(GRAPH)).toMatchInlineSnapshot(`
    "digraph pipeline {
      rankdir=LR;
      node [shape=box];
      "clean";
      "report";
      "publish";
      "clean" -> "report" [label="build/clean.csv"];
      "clean" -> "publish" [label="build/rej*/*.csv"];
      "report" -> "publish" [style=dashed];
    }
    "
  `);
});

test('mermaid', () => {
  expect(graphMermaid(GRAPH)).toMatchInlineSnapshot(`
    "flowchart LR
      s0["clean"]
      s1["report"]
      s2["publish"]
      s0 -->|"build/clean.csv"| s1
      s0 -->|"build/rej#42;/#42;.csv"| s2
      s1 -.-> s2
    "
  `);
});

test('what has a meaning in a drawing language is escaped', () => {
  const [first, second, third] = GRAPH.stages as [Stage, Stage, Stage];
  const odd = { ...GRAPH, stages: [first, { ...second, inputs: [input('csv', 'file', 'a"b\\c<d>#1&')] }, third] };
  expect(graphDot(odd)).toContain('[label="a\\"b&#92;&#92;c<d>#1&amp;"]');
  expect(graphMermaid(odd)).toContain('|"a#34;b#92;c#60;d#62;#35;1#38;"|');
});

test('final outputs are those nobody reads, output by output', () => {
  expect(findFinalOutputs(GRAPH, new Set(['clean', 'report', 'publish']))).toEqual([
    { stage: 'report', kind: 'file', path: 'build/"report".md' },
    { stage: 'publish', kind: 'folder', path: 'site' },
  ]);
});

test('what only stages read that took no part is final too', () => {
  const paths = (...tookPart: string[]) => findFinalOutputs(GRAPH, new Set(tookPart)).map(({ path }) => path);
  expect(paths('clean')).toEqual(['build/clean.csv', 'build/rejects']);
  expect(paths('clean', 'report')).toEqual(['build/rejects', 'build/"report".md']);
  expect(paths()).toEqual([]);
});

test('a reader of a folder, of a file in it and of a glob each read what they name', () => {
  const none = { kind: 'argv', argv: [] } as const;
  const made = [
    output('a', 'file', 'out/a/1.csv'),
    output('b', 'folder', 'out/b'),
    output('c', 'file', 'out/c.csv'),
    output('d', 'file', 'out/d.json'),
    output('e', 'folder', 'out/e'),
  ];
  const readers = [
    input('folder', 'folder', 'out/a'),
    input('file', 'file', 'out/b/x.csv'),
    input('glob', 'glob', 'out/*.csv'),
    input('inner', 'glob', 'out/e/**/*.txt'),
  ];
  const graph = {
    ...GRAPH,
    stages: [stage('make', none, [], made), stage('read', none, readers, [])],
    item_producers: [[], [[0], [0], [0], [0]]],
  };
  const final = findFinalOutputs(graph, new Set(['make', 'read']));
  expect(final.map(({ path }) => path)).toEqual(['out/d.json']);
});

test('who asks what another stage measured', () => {
  const [first, second, third] = GRAPH.stages as [Stage, Stage, Stage];
  const when = { expr: 'stages.clean.metrics.rows > 5', stages: ['clean'] };
  const graph = { ...GRAPH, stages: [first, { ...second, when }, { ...third, when: false as const }] };
  expect(graphText(graph, { style: PLAIN })).toMatchInlineSnapshot(`
    "clean  tabular/query
      reads  data/a.csv
      makes  build/clean.csv
      makes  build/rejects/
    report
      reads  build/clean.csv  from clean
      when   stages.clean.metrics.rows > 5
      makes  build/"report".md
    publish
      reads  build/rej*/*.csv  from clean
      after  report
      when   false
      makes  site/
    "
  `);
  expect(graphDot(graph)).toContain('  "clean" -> "report" [style=dashed, label="when"];\n');
  expect(graphMermaid(graph)).toContain('  s0 -.->|"when"| s1\n');
});

/** A list, a page for each of its items, a title of each page, and all titles in one. */
function fannedOut(): StageGraph {
  const none = { kind: 'argv', argv: [] } as const;
  const hole = (path: string) => ({
    path,
    template: [path.split('*')[0] ?? '', { expr: 'item', quote: 'none' as const }],
  });
  const made = (path: string) => ({
    ...output('page', 'file', path),
    items: [{ kind: 'file' as const, ...hole(path) }],
  });
  const over = { in: input('in', 'file', 'list.csv'), key: 'item.id', batch: 1 };
  const page = { ...input('page', 'file', 'pages/*.txt'), items: [{ kind: 'file' as const, ...hole('pages/*.txt') }] };
  const gather = {
    ...input('titles', 'glob', 'titles/*.txt'),
    items: [{ kind: 'gather' as const, path: 'titles/*.txt', of: { stage: 'title', port: 'page' } }],
  };
  const stages = [
    stage('list', none, [], [output('list', 'file', 'list.csv')]),
    { ...stage('fetch', none, [], [made('pages/*.txt'), made('raw/*.html')]), foreach: over },
    { ...stage('title', none, [page], [made('titles/*.txt')]), foreach: over },
    stage('all', none, [gather], [output('all', 'file', 'all.txt')]),
  ];
  return {
    ...GRAPH,
    stages,
    item_producers: [[], [], [[1]], [[2]]],
    list_producers: [[], [[0]], [[0]], []],
  };
}

test('a fan-out is one stage, with what its items are of', () => {
  const graph = fannedOut();
  expect(graphText(graph, { style: PLAIN })).toMatchInlineSnapshot(`
    "list
      makes  list.csv
    fetch
      for    each item of list.csv  from list
      makes  pages/*.txt
      makes  raw/*.html
    title
      for    each item of list.csv  from list
      reads  pages/*.txt  from fetch
      makes  titles/*.txt
    all
      reads  titles/*.txt  from title
      makes  all.txt
    "
  `);
  expect(graphDot(graph)).toMatchInlineSnapshot(`
    "digraph pipeline {
      rankdir=LR;
      node [shape=box];
      "list";
      "fetch" [label="fetch × items of list.csv"];
      "title" [label="title × items of list.csv"];
      "all";
      "list" -> "fetch" [label="list.csv"];
      "list" -> "title" [label="list.csv"];
      "fetch" -> "title" [label="pages/*.txt"];
      "title" -> "all" [label="titles/*.txt"];
    }
    "
  `);
  expect(graphMermaid(graph)).toMatchInlineSnapshot(`
    "flowchart LR
      s0["list"]
      s1["fetch × items of list.csv"]
      s2["title × items of list.csv"]
      s3["all"]
      s0 -->|"list.csv"| s1
      s0 -->|"list.csv"| s2
      s1 -->|"pages/#42;.txt"| s2
      s2 -->|"titles/#42;.txt"| s3
    "
  `);
});

test('final outputs of a fan-out are its pattern, with what its instances made that took part', () => {
  const graph = fannedOut();
  const instance = (key: string): Stage => {
    const outputs = [output('page', 'file', `pages/${key}.txt`), output('raw', 'file', `raw/${key}.html`)];
    const { foreach: _, ...fetch } = graph.stages[1] as Stage;
    return { ...fetch, id: `fetch@${key}`, item: { stage: 'fetch', key, value: key }, outputs };
  };
  const expanded = { ...graph, stages: [...graph.stages, instance('a'), instance('b'), instance('c')] };
  const tookPart = new Set(['list', 'fetch@a', 'fetch@c', 'title@a', 'all']);
  expect(findFinalOutputs(expanded, tookPart)).toEqual([
    {
      stage: 'fetch',
      kind: 'file',
      path: 'raw/*.html',
      made: [
        { stage: 'fetch@a', path: 'raw/a.html' },
        { stage: 'fetch@c', path: 'raw/c.html' },
      ],
    },
    { stage: 'all', kind: 'file', path: 'all.txt' },
  ]);
});
