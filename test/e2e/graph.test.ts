/** The pipelines that come with wrangle, drawn: Mermaid and Graphviz read in it what the document says. */
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CliProject, REPOSITORY } from '../support/cli-project.ts';
import { type Drawing, readDot, readMermaid } from '../support/drawings.ts';

interface GraphDocument {
  readonly stages: readonly { readonly id: string; readonly states?: readonly string[] }[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

const PIPELINES = readdirSync(join(REPOSITORY, 'pipelines')).filter((name) => name.endsWith('.yaml'));

const PLUGINS = ['records', 'tabular'].map((name) => [name, join(REPOSITORY, 'plugins', name)]);

/** All instances of a stage are one node. */
const folded = (id: string) => id.replace(/@.*/s, '');

function pairs(edges: readonly { readonly from: string; readonly to: string }[]): string[] {
  const between = edges.map(({ from, to }) => [folded(from), folded(to)]).filter(([from, to]) => from !== to);
  return [...new Set(between.map(([from, to]) => `${from} -> ${to}`))].sort();
}

/** In Mermaid nodes have made-up names; the label begins with that of the stage. */
function named({ nodes, edges }: Drawing): Pick<Drawing, 'nodes' | 'edges'> {
  const nameOf = (node: string) => (nodes[node]?.[0] ?? '').replace(/ × .*/, '');
  return {
    nodes: Object.fromEntries(Object.entries(nodes).map(([node, lines]) => [nameOf(node), lines])),
    edges: edges.map((edge) => ({ ...edge, from: nameOf(edge.from), to: nameOf(edge.to) })),
  };
}

test('every pipeline in every format', async () => {
  const project = new CliProject().write({
    '.wranglerrc.yaml': JSON.stringify({ version: 1, plugins: Object.fromEntries(PLUGINS) }),
    'nothing.yaml': 'version: 1\nstages: { nothing: { run: "true" } }\n',
  });
  cpSync(join(REPOSITORY, 'pipelines'), project.path('pipelines'), { recursive: true });
  mkdirSync(project.path('node_modules'));
  symlinkSync(join(REPOSITORY, 'node_modules/vega-datasets'), project.path('node_modules/vega-datasets'));
  // Afterwards what it found out about the plugins is kept, which to draw something does not.
  expect((await project.run('build', 'nothing.yaml')).code).toBe(0);
  for (const name of PIPELINES) await drawn(project, name);
});

async function drawn(project: CliProject, name: string): Promise<void> {
  const graph = async (...flags: string[]) => {
    const { code, stdout, stderr } = await project.run('graph', `pipelines/${name}`, ...flags);
    expect([name, code, stderr]).toEqual([name, 0, '']);
    return stdout;
  };

  const { stages, edges } = JSON.parse(await graph('--format', 'json', '--states')) as GraphDocument;
  const ids = [...new Set(stages.map(({ id }) => folded(id)))];
  expect(ids.length, name).toBeGreaterThan(0);
  expect(stages.filter(({ states }) => !states?.includes('new'))).toEqual([]);
  const titles = (await graph()).split('\n').filter((line) => /^\S/.test(line));
  expect(
    titles.map((line) => line.split(/ {2}/)[0]),
    name,
  ).toEqual(ids);

  const byGraphviz = await readDot(await graph('--format', 'dot'));
  expect(Object.keys(byGraphviz.nodes).sort(), name).toEqual(ids.toSorted());
  expect(pairs(byGraphviz.edges), name).toEqual(pairs(edges));
  const byMermaid = await readMermaid(await graph('--format', 'mermaid', '--states'));
  const { nodes, edges: arrows } = named(byMermaid);
  expect(arrows, name).toEqual(byGraphviz.edges);
  expect(Object.entries(nodes).map(([id, [title]]) => [id, [title]])).toEqual(Object.entries(byGraphviz.nodes));
  expect(Object.keys(byMermaid.fills), name).toEqual(Object.keys(byMermaid.nodes));
}
