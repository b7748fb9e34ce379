/** What `graph` prints, but for JSON: a text to read, or a drawing in the language of Graphviz or Mermaid. Pure. */
import type { StageGraph } from '../model/graph.ts';
import type { InputItem, OutputItem, Stage } from '../model/pipeline.ts';
import type { StageState, StageStates } from '../model/stage-state.ts';
import { countOf, shown } from './format.ts';
import type { GraphEdge, GraphNode } from './graph-nodes.ts';
import { foldGraph } from './graph-nodes.ts';
import type { Style } from './style.ts';

/** Of instances that are folded, so many paths are named. */
const PATHS_SHOWN = 3;

export interface GraphTextOptions {
  readonly style: Style;
  readonly states?: StageStates | undefined;
  /** Every instance of a matrix has lines of its own. */
  readonly verbose?: boolean;
}

/** Stages in the order in which they can run, each with what it reads, from whom, and what it makes. */
export function graphText(graph: StageGraph, { style, states, verbose = false }: GraphTextOptions): string {
  const lines: string[] = [];
  for (const node of foldGraph(graph, states, verbose).nodes) {
    const [first = 0] = node.members;
    const { action, foreach } = graph.stages[first] as Stage;
    const about = [
      ...(node.members.length > 1 ? [countOf(node.members.length, 'instance')] : []),
      ...(action.kind === 'type' ? [shown(action.type)] : []),
    ];
    const state = node.states && `  ${stateText(node, style)}`;
    const rest = about.map((text) => style.dim(`  ${text}`)).join('');
    lines.push(`${style.bold(shown(node.id))}${rest}${state ?? ''}`);
    for (const [list, { path }] of listsOf(graph.stages[first] as Stage).entries()) {
      lines.push(`  for    each item of ${shown(path)}${from(graph, graph.list_producers?.[first]?.[list], style)}`);
    }
    const all = node.members.flatMap((at) => linesOf(graph, at, style));
    for (const word of ['reads', 'after', 'when', 'makes'] as const) {
      const unique = [...new Set(all.filter((line) => line.word === word).map(({ text }) => text))];
      const isLong = node.members.length > 1 && !foreach && unique.length > PATHS_SHOWN + 1;
      const some = isLong ? unique.slice(0, PATHS_SHOWN) : unique;
      for (const text of some) lines.push(`  ${word.padEnd(5)}  ${text}`);
      if (isLong) lines.push(style.dim(`         and ${unique.length - PATHS_SHOWN} more`));
    }
  }
  return `${lines.join('\n')}\n`;
}

interface Line {
  readonly word: 'reads' | 'after' | 'when' | 'makes';
  readonly text: string;
}

function linesOf(graph: StageGraph, at: number, style: Style): Line[] {
  const stage = graph.stages[at] as Stage;
  const producers = graph.item_producers[at] ?? [];
  return [
    ...stage.inputs
      .flatMap((port) => port.items)
      .map((item, flat): Line => ({ word: 'reads', text: shown(written(item)) + from(graph, producers[flat], style) })),
    ...stage.needs.map((id): Line => ({ word: 'after', text: shown(id) })),
    ...(stage.when === undefined
      ? []
      : [{ word: 'when', text: shown(stage.when ? stage.when.expr : 'false') } as const]),
    ...stage.outputs.flatMap((port) => port.items).map((item): Line => ({ word: 'makes', text: shown(written(item)) })),
  ];
}

function stateText({ states = [] }: GraphNode, style: Style): string {
  const [first] = states;
  const isOne = states.length === 1 && first?.[1] === 1;
  return states
    .map(([state, count]) => style[TEXT_COLORS[state]](isOne ? state : `${count} ${state}`))
    .join(style.dim(', '));
}

const TEXT_COLORS = {
  failed: 'red',
  suspended: 'yellow',
  interrupted: 'red',
  blocked: 'yellow',
  run: 'yellow',
  'may-run': 'yellow',
  restore: 'cyan',
  stale: 'yellow',
  degraded: 'yellow',
  skipped: 'dim',
  fresh: 'green',
  new: 'yellow',
} as const satisfies Record<StageState, keyof Style>;

/** Dark text can be read on all of them; told apart without colours by the label. */
const FILLS: Readonly<Record<StageState, string>> = {
  failed: '#f4b6b6',
  suspended: '#e3c8f2',
  interrupted: '#f4b6b6',
  blocked: '#e8d5c4',
  run: '#fbe3a6',
  'may-run': '#fdf3d3',
  restore: '#bfe3f0',
  stale: '#fbe3a6',
  degraded: '#f7d0a8',
  skipped: '#e6e6e6',
  fresh: '#c4e8c2',
  new: '#fbe3a6',
};

/** For Graphviz: `wrangle graph --format dot | dot -Tsvg`. */
export function graphDot(graph: StageGraph, states?: StageStates): string {
  const lines = ['digraph pipeline {', '  rankdir=LR;', '  node [shape=box];'];
  const { nodes, edges } = foldGraph(graph, states);
  for (const node of nodes) {
    const title = titleOf(graph, node);
    const [worst] = node.states?.[0] ?? [];
    const attributes = [
      ...(title.length === 1 && title[0] === node.id && isWord(node.id)
        ? []
        : [`label=${dotString(title.join('\n'))}`]),
      ...(worst ? [`style=filled, fillcolor=${dotString(FILLS[worst])}, class=${dotString(worst)}`] : []),
    ];
    lines.push(`  ${dotString(node.id)}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`};`);
  }
  for (const edge of edges) {
    const ends = `${dotString(nodes[edge.from]?.id ?? '')} -> ${dotString(nodes[edge.to]?.id ?? '')}`;
    const label = viaOf(edge);
    const look = [...(edge.kind === 'path' ? [] : ['style=dashed']), ...(label ? [`label=${dotString(label)}`] : [])];
    lines.push(`  ${ends} [${look.join(', ')}];`);
  }
  return `${[...lines, '}'].join('\n')}\n`;
}

/** For Mermaid, as code hosts draw it in Markdown. */
export function graphMermaid(graph: StageGraph, states?: StageStates): string {
  const lines = ['flowchart LR'];
  const { nodes, edges } = foldGraph(graph, states);
  const used = new Set<StageState>();
  for (const [at, node] of nodes.entries()) {
    const [worst] = node.states?.[0] ?? [];
    if (worst) used.add(worst);
    const title = titleOf(graph, node).map(mermaidText).join('<br/>');
    lines.push(`  s${at}["${title}"]${worst ? `:::${worst}` : ''}`);
  }
  for (const edge of edges) {
    const label = viaOf(edge);
    const arrow = edge.kind === 'path' ? '-->' : '-.->';
    lines.push(`  s${edge.from} ${arrow}${label ? `|"${mermaidText(label)}"|` : ''} s${edge.to}`);
  }
  for (const state of used) lines.push(`  classDef ${state} fill:${FILLS[state]},color:#1f2328`);
  return `${lines.join('\n')}\n`;
}

/** What its items are made of. */
function listsOf({ foreach }: Stage): readonly InputItem[] {
  return foreach?.in.items ?? [];
}

/** `fetch × items of build/urls.csv`, `fit × 6`; below it how it is. */
function titleOf({ stages }: StageGraph, { id, members, states }: GraphNode): string[] {
  const stage = stages[members[0] ?? 0] as Stage;
  const lists = listsOf(stage).map(({ path }) => path);
  const times = stage.foreach ? ` × items of ${lists.join(', ')}` : members.length > 1 ? ` × ${members.length}` : '';
  const isOne = states?.length === 1 && states[0]?.[1] === 1;
  const how = states?.map(([state, count]) => (isOne ? state : `${count} ${state}`)).join(', ');
  return [shown(`${id}${times}`), ...(how === undefined ? [] : [how])];
}

function viaOf({ kind, paths }: GraphEdge): string {
  if (kind !== 'path') return kind === 'when' ? 'when' : '';
  return paths.length === 1 ? shown(paths[0] as string) : countOf(paths.length, 'path');
}

function from(graph: StageGraph, makers: readonly number[] | undefined, style: Style): string {
  const names = (makers ?? []).map((maker) => shown(graph.stages[maker]?.id ?? ''));
  return names.length === 0 ? '' : style.dim(`  from ${names.join(', ')}`);
}

function written({ kind, path }: InputItem | OutputItem): string {
  return kind === 'folder' ? `${path}/` : path;
}

/** A name that Graphviz shows as it is written. */
function isWord(id: string): boolean {
  return /^[\w.-]+$/.test(id);
}

const DOT_ESCAPES: Readonly<Record<string, string>> = { '\\': '&#92;&#92;', '"': '\\"', '&': '&amp;', '\n': '\\n' };

/**
 * In Graphviz a text in quotes may name characters as HTML does. Backslashes have a meaning before those are looked at, and
 * another one after, so they come as a name, and twice.
 */
function dotString(text: string): string {
  return `"${text.replace(/[\\"&\n]/g, (character) => DOT_ESCAPES[character] as string)}"`;
}

/**
 * What Mermaid, or the HTML or the Markdown that it takes a text for, could read as its own, wherever that is possible:
 * `_` inside of a word is none of it, `__init__` would be bold.
 */
const NOT_PLAIN = /[^\p{L}\p{N}\p{M} _./,×-]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|^-|[.-](?=\s|$)|(?<=www)\./giu;

/** Characters can be written by their number. */
function mermaidText(text: string): string {
  return text.replace(NOT_PLAIN, (character) => `#${character.codePointAt(0)};`);
}
