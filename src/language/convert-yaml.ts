/** Nodes of the library `yaml` become our own; knows neither the text's keys nor how it was parsed. */
import type { Alias, Node, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import * as catalog from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { SourceFile } from './source.ts';
import type { YamlEntry, YamlNode, YamlScalar } from './yaml-document.ts';

export const DEPTH_MAX = 100;
const VALUES_MAX = 2_000_000;

interface Finished {
  readonly node: YamlNode;
  /** Values in it, aliases counted each time. */
  readonly size: number;
  /** 0 for a scalar. */
  readonly depth: number;
}

interface Open {
  readonly node: YAMLMap | YAMLSeq;
  readonly members: readonly unknown[];
  next: number;
  readonly made: Made;
  readonly anchor: string | undefined;
}

/** What a collection has become so far. */
interface Made {
  size: number;
  depth: number;
  readonly items: YamlNode[];
  readonly entries: YamlEntry[];
  readonly keys: Map<string, YamlEntry>;
}

/** Nodes of the library become plain ones; each is visited once, however often it is referred to. */
export class Converter {
  readonly #source: SourceFile;
  readonly #diagnostics: Diagnostic[];
  readonly #anchors = new Map<string, Finished | 'open'>();
  readonly #anchorStarts = new Map<string, number>();
  readonly #stack: Open[] = [];
  /** Mappings of which a part is converted already, by their offset. */
  readonly #pieces = new Map<number, Made>();
  #refused = false;

  constructor(source: SourceFile, diagnostics: Diagnostic[]) {
    this.#source = source;
    this.#diagnostics = diagnostics;
  }

  /** A part of a mapping that goes on; `convert` will meet the rest of it. */
  convertPiece(map: YAMLMap): void {
    const at = start(map);
    const made = this.#pieces.get(at) ?? nothingMade();
    this.#pieces.set(at, made);
    this.convert(map);
    this.#pieces.set(at, made);
  }

  hasPiecesLeft(): boolean {
    return this.#pieces.size > 0;
  }

  convert(root: Node): YamlNode {
    let done: Finished | undefined = this.#enter(root);
    for (;;) {
      const open = this.#stack[this.#stack.length - 1];
      if (!open) return (done as Finished).node;
      if (done) {
        this.#add(open, done);
        done = undefined;
      }
      if (open.next < open.members.length) {
        const member = open.members[open.next];
        done = this.#enter(isMap(open.node) ? (member as { value: unknown }).value : member);
        continue;
      }
      done = this.#leave(open);
    }
  }

  /** A finished node, or undefined when it was put on the stack. */
  #enter(node: unknown): Finished | undefined {
    if (isAlias(node)) return this.#follow(node);
    if (isMap(node) || isSeq(node)) {
      const { anchor } = node;
      if (anchor !== undefined) {
        this.#anchors.set(anchor, 'open');
        this.#anchorStarts.set(anchor, start(node));
      }
      this.#stack.push({
        node,
        members: node.items,
        next: 0,
        made: this.#pieces.get(start(node)) ?? nothingMade(),
        anchor,
      });
      this.#pieces.delete(start(node));
      return undefined;
    }
    const scalar = this.#scalar(node as Scalar | null);
    const finished = { node: scalar, size: 1, depth: 0 };
    const anchor = (node as Scalar | null)?.anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, finished);
    return finished;
  }

  #add(open: Open, { node, size, depth }: Finished): void {
    const { made } = open;
    made.size = Math.min(made.size + size, VALUES_MAX + 1);
    made.depth = Math.max(made.depth, depth + 1);
    const member = open.members[open.next++];
    if (!isMap(open.node)) {
      made.items.push(node);
      return;
    }
    const { key } = member as { key: unknown };
    const entry = this.#entry(key, node, open);
    const first = made.keys.get(entry.key);
    if (first) {
      this.#diagnostics.push(
        catalog.duplicateKey({
          key: entry.key,
          location: this.#source.locate(entry.keyStart, entry.keyEnd),
          first: this.#source.locate(first.keyStart, first.keyEnd),
        }),
      );
      return;
    }
    if (entry.key === '<<') {
      this.#diagnostics.push(catalog.mergeKey({ location: this.#source.locate(entry.keyStart, entry.keyEnd) }));
      return;
    }
    made.keys.set(entry.key, entry);
    made.entries.push(entry);
  }

  #entry(key: unknown, value: YamlNode, open: Open): YamlEntry {
    // Keys are scalars here, or an alias to one; anything else was a syntax error.
    const target = isAlias(key) ? this.#follow(key)?.node : undefined;
    const text = target?.kind === 'scalar' ? String(target.value) : String((key as Scalar | null)?.value ?? '');
    const keyStart = (key as Node | null)?.range?.[0] ?? start(open.node);
    const keyEnd = (key as Node | null)?.range?.[1] ?? keyStart + 1;
    const anchor = isScalar(key) ? key.anchor : undefined;
    if (anchor !== undefined) {
      this.#anchors.set(anchor, {
        node: { kind: 'scalar', value: text, start: keyStart, end: keyEnd },
        size: 1,
        depth: 0,
      });
    }
    return { key: text, keyStart, keyEnd, value };
  }

  #leave(open: Open): Finished {
    this.#stack.pop();
    const from = start(open.node);
    const to = this.#trimmedEnd(from, open.node.range?.[1] ?? from);
    const node: YamlNode = isMap(open.node)
      ? { kind: 'map', entries: open.made.entries, start: from, end: to }
      : { kind: 'list', items: open.made.items, start: from, end: to };
    const location = () => this.#source.locate(from, from + 1);
    if (!this.#refused && open.made.size > VALUES_MAX) {
      this.#refuse(catalog.documentTooLarge({ limit: VALUES_MAX, location: location() }));
    } else if (!this.#refused && open.made.depth > DEPTH_MAX) {
      this.#refuse(catalog.tooDeep({ limit: DEPTH_MAX, location: location() }));
    }
    // Once over a limit, the tree is not to be walked by anybody.
    const finished = this.#refused
      ? { node: nothing(from), size: 1, depth: 0 }
      : { node, size: open.made.size, depth: open.made.depth };
    if (open.anchor !== undefined) this.#anchors.set(open.anchor, finished);
    return finished;
  }

  #refuse(mistake: Diagnostic): void {
    this.#refused = true;
    this.#diagnostics.push(mistake);
  }

  #follow(alias: Alias): Finished {
    const from = alias.range?.[0] ?? 0;
    const target = this.#anchors.get(alias.source);
    if (target !== undefined && target !== 'open') return target;
    const location = this.#source.locate(from, alias.range?.[1] ?? from + 1);
    if (target === 'open') {
      const begin = this.#anchorStarts.get(alias.source) ?? 0;
      const anchor = this.#source.locate(begin, begin + 1);
      this.#diagnostics.push(catalog.aliasCycle({ name: alias.source, location, anchor }));
    } else {
      const reason = `nothing before it is called "&${alias.source}"`;
      this.#diagnostics.push(catalog.yamlSyntax({ reason, location }));
    }
    return { node: nothing(from), size: 1, depth: 0 };
  }

  #scalar(node: Scalar | null): YamlScalar {
    const from = node?.range?.[0] ?? 0;
    const to = this.#trimmedEnd(from, node?.range?.[1] ?? from);
    const value = this.#value(node, from, to);
    return { kind: 'scalar', value, start: from, end: to };
  }

  #value(node: Scalar | null, from: number, to: number): null | boolean | number | string {
    const value: unknown = node?.value ?? null;
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    const number = Number(value);
    const exact = typeof value === 'bigint' ? Number.isSafeInteger(number) : Number.isFinite(number);
    if ((typeof value === 'bigint' || typeof value === 'number') && exact) return number === 0 ? 0 : number;
    const text = node?.source ?? String(value);
    this.#diagnostics.push(catalog.unsafeNumber({ text, location: this.#source.locate(from, to) }));
    return 0;
  }

  /** Block collections and block scalars reach up to the next token; the blank lines are not theirs. */
  #trimmedEnd(from: number, to: number): number {
    let end = to;
    while (end > from && /\s/.test(this.#source.text[end - 1] ?? '')) end--;
    return end;
  }
}

function start(node: Node): number {
  return node.range?.[0] ?? 0;
}

function nothingMade(): Made {
  return { size: 1, depth: 1, items: [], entries: [], keys: new Map() };
}

function nothing(at: number): YamlScalar {
  return { kind: 'scalar', value: null, start: at, end: at + 1 };
}
