/** Mermaid and Graphviz themselves: what they take a drawing to say, as plain data. What they refuse is thrown. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { instance } from '@viz-js/viz';

export interface Drawing {
  /** By name, with the lines of its label. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
  readonly edges: readonly DrawnEdge[];
  /** By node, what it is filled with; those without are left out. */
  readonly fills: Readonly<Record<string, string>>;
}

export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly isDashed: boolean;
}

interface Mermaid {
  parse(text: string): Promise<unknown>;
  readonly mermaidAPI: {
    getDiagramFromText(text: string): Promise<{ readonly type: string; readonly db: FlowchartData }>;
  };
}

interface FlowchartData {
  getVertices(): ReadonlyMap<string, { readonly text?: string; readonly classes: readonly string[] }>;
  getEdges(): readonly {
    readonly start: string;
    readonly end: string;
    readonly text: string;
    readonly stroke: string;
  }[];
  getClasses(): ReadonlyMap<string, { readonly styles: readonly string[] }>;
}

let loaded: Promise<Mermaid> | undefined;

/** It is made for browsers, and asks for a document to clean HTML with. Without one it leaves texts as they are. */
async function load(): Promise<Mermaid> {
  const require = createRequire(import.meta.url);
  const file = require.resolve('@mermaid-js/tiny');
  const document = { nodeType: 9, createElement: () => ({}), implementation: {} };
  const window = { document, Element: class {}, addEventListener: () => {} };
  const world = createContext({ window, document, console, structuredClone, setTimeout, clearTimeout, URL });
  runInContext(readFileSync(file, 'utf8'), world, { filename: file });
  const { mermaid } = world as { mermaid: Mermaid };
  // Only this makes it know its kinds of drawings.
  await mermaid.parse('flowchart LR');
  return mermaid;
}

export async function readMermaid(text: string): Promise<Drawing> {
  loaded ??= load();
  const { type, db } = await (await loaded).mermaidAPI.getDiagramFromText(text);
  if (!type.startsWith('flowchart')) throw new Error(`a ${type} and no flowchart`);
  const fills: Record<string, string> = {};
  const nodes: Record<string, readonly string[]> = {};
  for (const [name, node] of db.getVertices()) {
    nodes[name] = (node.text ?? '').split('<br/>').map(inMermaid);
    for (const style of node.classes.flatMap((one) => db.getClasses().get(one)?.styles ?? [])) {
      if (style.startsWith('fill:')) fills[name] = style.slice('fill:'.length);
    }
  }
  const edges = db.getEdges().map(({ start: from, end: to, text: label, stroke }) => {
    return { from, to, label: inMermaid(label), isDashed: stroke === 'dotted' };
  });
  return { nodes, edges, fills };
}

/** Characters that were written by number are kept in a form of Mermaid's own until they are drawn. */
function inMermaid(text: string): string {
  const plain = text.replace(/ﬂ°°(\d+)¶ß/gu, '');
  if (/[<>&`#;]|ﬂ°/u.test(plain)) throw new Error(`Mermaid would take ${JSON.stringify(text)} for more than a text`);
  return text.replace(/ﬂ°°(\d+)¶ß/gu, (_, code: string) => String.fromCodePoint(Number(code)));
}

interface DrawnByGraphviz {
  readonly objects?: readonly DrawnObject[];
  readonly edges?: readonly (DrawnObject & { readonly tail: number; readonly head: number })[];
}

interface DrawnObject {
  readonly _gvid: number;
  readonly name?: string;
  readonly style?: string;
  readonly fillcolor?: string;
}

const graphviz = instance();

export async function readDot(text: string): Promise<Drawing> {
  const result = (await graphviz).renderFormats(text, ['json', 'svg']);
  // It has no fonts here, and guesses how wide some characters are.
  const errors = result.errors.filter(({ message }) => !message.includes('no value for width of'));
  if (result.status !== 'success' || errors.length > 0)
    throw new Error(errors.map(({ message }) => message).join('\n'));
  const { objects = [], edges = [] } = JSON.parse(result.output['json'] ?? '') as DrawnByGraphviz;
  const linesOf = linesDrawn(result.output['svg'] ?? '');
  const nameOf = (at: number) => objects[at]?.name ?? '';
  return {
    nodes: Object.fromEntries(objects.map((node) => [node.name ?? '', linesOf(`node${node._gvid + 1}`)])),
    edges: edges.map((edge) => ({
      from: nameOf(edge.tail),
      to: nameOf(edge.head),
      label: linesOf(`edge${edge._gvid + 1}`).join('\n'),
      isDashed: edge.style === 'dashed',
    })),
    fills: Object.fromEntries(objects.flatMap(({ name = '', fillcolor }) => (fillcolor ? [[name, fillcolor]] : []))),
  };
}

/** By the id of a node or an edge in a picture: its texts. */
function linesDrawn(svg: string): (id: string) => readonly string[] {
  const groups = [...svg.matchAll(/<g id="(\w+)" class="(?:node|edge)[^"]*">(.*?)<\/g>/gs)];
  const lines = groups.map(([, id = '', inner = '']): [string, string[]] => [
    id,
    [...inner.matchAll(/<text[^>]*>(.*?)<\/text>/gs)].map(([, text = '']) => inXml(text)),
  ]);
  const found = new Map(lines);
  return (id) => {
    const texts = found.get(id);
    if (!texts) throw new Error(`the picture has no ${id}`);
    return texts;
  };
}

const XML_NAMES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

function inXml(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (_, code?: string, hex?: string, name?: string) => {
    if (name === undefined)
      return String.fromCodePoint(code === undefined ? Number.parseInt(hex ?? '', 16) : Number(code));
    const character = XML_NAMES[name];
    if (character === undefined) throw new Error(`&${name}; is not known`);
    return character;
  });
}
