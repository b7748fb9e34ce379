/** Where in a file something stands: from a pointer into its data to a range of its text. */
import type { Location } from '../model/location.ts';
import type { YamlDocument, YamlEntry, YamlMap, YamlNode } from './yaml-document.ts';

export type Pointer = readonly (string | number)[];

/** What of an entry is meant: the value, or the key, as for an unknown one. */
export type Side = 'key' | 'value';

/** Of the thing itself; when it has no place of its own, the value or the key of the nearest parent that has. */
export function locatePointer(document: YamlDocument, pointer: Pointer, side: Side = 'value'): Location {
  const { source, root } = document;
  if (!root) return source.locate(0, 0);
  let node: YamlNode = root;
  let entry: YamlEntry | undefined;
  let reached = 0;
  for (const part of pointer) {
    const next: { value: YamlNode; entry: YamlEntry | undefined } | undefined = step(node, part);
    if (!next) break;
    node = next.value;
    entry = next.entry;
    reached++;
  }
  const missing = reached < pointer.length && node.kind !== 'scalar';
  if ((side === 'key' || missing) && entry) return source.locate(entry.keyStart, entry.keyEnd);
  return locateNode(document, node);
}

/** A collection is shown by its first line, or the squiggle would run over half of the file. */
export function locateNode({ source }: YamlDocument, node: YamlNode): Location {
  const lineEnd = source.text.indexOf('\n', node.start);
  const end = lineEnd >= 0 && lineEnd < node.end ? lineEnd : node.end;
  return source.locate(node.start, Math.max(end, node.start + 1));
}

export function nodeAt(root: YamlNode, pointer: Pointer): YamlNode | undefined {
  let node: YamlNode | undefined = root;
  for (const part of pointer) node = node && step(node, part)?.value;
  return node;
}

export function entryOf(node: YamlNode | undefined, key: string): YamlEntry | undefined {
  return node?.kind === 'map' ? findEntry(node, key) : undefined;
}

function step(node: YamlNode, part: string | number): { value: YamlNode; entry: YamlEntry | undefined } | undefined {
  if (node.kind === 'map') {
    const entry = findEntry(node, String(part));
    return entry && { value: entry.value, entry };
  }
  if (node.kind === 'list') {
    const item = node.items[Number(part)];
    return item && { value: item, entry: undefined };
  }
  return undefined;
}

/** Large mappings, such as `stages`, are looked into once for each finding. */
const indices = new WeakMap<YamlMap, Map<string, YamlEntry>>();
const INDEX_FROM = 16;

function findEntry(node: YamlMap, key: string): YamlEntry | undefined {
  if (node.entries.length < INDEX_FROM) return node.entries.find((entry) => entry.key === key);
  let index = indices.get(node);
  if (!index) {
    index = new Map(node.entries.map((entry) => [entry.key, entry]));
    indices.set(node, index);
  }
  return index.get(key);
}
