/** What `graph` prints, but for JSON: a text to read, or a drawing in the language of Graphviz or Mermaid. Pure. */
import type { StageGraph } from '../model/graph.ts';
import { edgesOf } from '../model/graph.ts';
import type { InputItem, OutputItem, Stage } from '../model/pipeline.ts';
import { shown } from './format.ts';
import type { Style } from './style.ts';

/** Stages in the order in which they can run, each with what it reads, from whom, and what it makes. */
export function graphText(graph: StageGraph, style: Style): string {
  const lines: string[] = [];
  for (const [at, stage] of graph.stages.entries()) {
    const { action } = stage;
    lines.push(style.bold(shown(stage.id)) + (action.kind === 'type' ? style.dim(`  ${shown(action.type)}`) : ''));
    for (const [list, { path }] of listsOf(stage).entries()) {
      lines.push(`  for    each item of ${shown(path)}${from(graph, graph.list_producers?.[at]?.[list], style)}`);
    }
    let flat = 0;
    for (const item of stage.inputs.flatMap((port) => port.items)) {
      lines.push(`  reads  ${shown(written(item))}${from(graph, graph.item_producers[at]?.[flat++], style)}`);
    }
    for (const id of stage.needs) lines.push(`  after  ${shown(id)}`);
    if (stage.when !== undefined) lines.push(`  when   ${shown(stage.when ? stage.when.expr : 'false')}`);
    for (const item of stage.outputs.flatMap((port) => port.items)) lines.push(`  makes  ${shown(written(item))}`);
  }
  return `${lines.join('\n')}\n`;
}

/** For Graphviz: `wrangle graph --format dot | dot -Tsvg`. */
export function graphDot(graph: StageGraph): string {
  const lines = ['digraph pipeline {', '  rankdir=LR;', '  node [shape=box];'];
  for (const stage of graph.stages) {
    const label = stage.foreach ? ` [label=${dotString(titleOf(stage))}]` : '';
    lines.push(`  ${dotString(stage.id)}${label};`);
  }
  for (const { from, to, via } of edgesOf(graph)) {
    const ends = `${dotString(graph.stages[from]?.id ?? '')} -> ${dotString(graph.stages[to]?.id ?? '')}`;
    const look = via === 'needs' ? 'style=dashed' : `${via === 'when' ? 'style=dashed, ' : ''}label=${dotString(via)}`;
    lines.push(`  ${ends} [${look}];`);
  }
  return `${[...lines, '}'].join('\n')}\n`;
}

/** For Mermaid, as code hosts draw it in Markdown. */
export function graphMermaid(graph: StageGraph): string {
  const lines = ['flowchart LR'];
  for (const [at, stage] of graph.stages.entries()) lines.push(`  s${at}[${mermaidString(titleOf(stage))}]`);
  for (const { from, to, via } of edgesOf(graph)) {
    const arrow = via === 'needs' ? '-.->' : `${via === 'when' ? '-.->' : '-->'}|${mermaidString(via)}|`;
    lines.push(`  s${from} ${arrow} s${to}`);
  }
  return `${lines.join('\n')}\n`;
}

/** What its items are made of. */
function listsOf({ foreach }: Stage): readonly InputItem[] {
  return foreach?.in.items ?? [];
}

/** `fetch × items of build/urls.csv` */
function titleOf(stage: Stage): string {
  const lists = listsOf(stage).map(({ path }) => path);
  return stage.foreach ? `${stage.id} × items of ${lists.join(', ')}` : stage.id;
}

function from(graph: StageGraph, makers: readonly number[] | undefined, style: Style): string {
  const names = (makers ?? []).map((maker) => shown(graph.stages[maker]?.id ?? ''));
  return names.length === 0 ? '' : style.dim(`  from ${names.join(', ')}`);
}

function written({ kind, path }: InputItem | OutputItem): string {
  return kind === 'folder' ? `${path}/` : path;
}

function dotString(text: string): string {
  return `"${shown(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Mermaid takes a text in quotes as HTML, with its own way of writing characters by name. */
function mermaidString(text: string): string {
  const escaped = shown(text)
    .replaceAll('#', '#35;')
    .replaceAll('&', '#amp;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;');
  return `"${escaped}"`;
}
