/** YAML as a tree of plain nodes that keep their offsets; the same as data. Knows no parser and no keys. */
import type { Json } from '../util/canonical-json.ts';
import type { SourceFile } from './source.ts';

export type YamlNode = YamlScalar | YamlList | YamlMap;

interface Ranged {
  /** Offsets into the text, the end exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface YamlScalar extends Ranged {
  readonly kind: 'scalar';
  readonly value: null | boolean | number | string;
}

export interface YamlList extends Ranged {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}

export interface YamlMap extends Ranged {
  readonly kind: 'map';
  /** In the order of the file, each key once. */
  readonly entries: readonly YamlEntry[];
}

export interface YamlEntry {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: YamlNode;
}

export interface YamlDocument {
  readonly source: SourceFile;
  /** Undefined when the file holds nothing. */
  readonly root: YamlNode | undefined;
}

/** The tree as data. Mappings have no prototype, so that a key such as `__proto__` is a key like any other. */
export function dataOf(root: YamlNode): Json {
  const known = new Map<YamlNode, Json>();
  const pending: YamlNode[] = [root];
  // Every container is made empty first and filled when it is met, so order does not matter and nothing recurs.
  const make = (node: YamlNode): Json => {
    if (node.kind === 'scalar') return node.value;
    const made = known.get(node);
    if (made !== undefined) return made;
    const empty: Json = node.kind === 'list' ? [] : Object.create(null);
    known.set(node, empty);
    pending.push(node);
    return empty;
  };
  const result = make(root);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.kind === 'scalar') continue;
    const target = make(node) as Json[] & { [key: string]: Json };
    if (node.kind === 'list') for (const item of node.items) target.push(make(item));
    else for (const entry of node.entries) target[entry.key] = make(entry.value);
  }
  return result;
}
