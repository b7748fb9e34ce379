/**
 * The one door to YAML: a text becomes a tree of plain nodes that keep their offsets. Knows no keys.
 *
 * YAML 1.2 core schema. Keys are always text; tags, merge keys and second documents are mistakes; aliases are followed,
 * so the tree may share nodes. Limits are checked before anything that calls itself sees the text.
 */
import type { Alias, Document, Node, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml';
import * as catalog from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Json } from '../util/canonical-json.ts';
import type { SourceFile } from './source.ts';

export const DEPTH_MAX = 100;
export const ALIASES_MAX = 10_000;
export const VALUES_MAX = 2_000_000;
const SYNTAX_ERRORS_MAX = 5;

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

export interface ParsedYaml {
  /** Undefined when the text cannot be read as YAML at all. */
  readonly document: YamlDocument | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Errors: `yaml-syntax`, `too-deep`, `too-many-aliases`, `multiple-documents` (no document); `duplicate-key`,
 * `merge-key`, `unknown-tag`, `unsafe-number`, `alias-cycle`, `document-too-large` (beside the document).
 */
export function parseYaml(source: SourceFile): ParsedYaml {
  const parser = new Parser();
  const failed = (...diagnostics: Diagnostic[]): ParsedYaml => ({ document: undefined, diagnostics });
  const tokens = [];
  let aliases = 0;
  let offset = 0;
  let inScalar = false;
  for (const lexeme of new Lexer().lex(source.text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // The composer and everything after it may call themselves for each level; the parser keeps a list.
    if (parser.stack.length > DEPTH_MAX + 2) {
      return failed(catalog.tooDeep({ limit: DEPTH_MAX, location: source.locate(offset, offset + 1) }));
    }
    // The lexer announces the text of a scalar by one control character, which is not part of the file.
    if (!inScalar && lexeme.startsWith('*') && ++aliases > ALIASES_MAX) {
      const location = source.locate(offset, offset + lexeme.length);
      return failed(catalog.tooManyAliases({ limit: ALIASES_MAX, location }));
    }
    inScalar = lexeme === '\u001f';
    if (lexeme !== '\u001f' && lexeme !== '\u0002' && lexeme !== '\u0018') offset += lexeme.length;
  }
  for (const token of parser.end()) tokens.push(token);

  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    strict: true,
    stringKeys: true,
    intAsBigInt: true,
    uniqueKeys: false,
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    keepSourceTokens: false,
    logLevel: 'silent',
  });
  let first: Document.Parsed | undefined;
  let second: Document.Parsed | undefined;
  const take = (found: Iterable<Document.Parsed>) => {
    for (const document of found) {
      if (!first) first = document;
      else second ??= document;
    }
  };
  for (const token of tokens) take(composer.next(token));
  take(composer.end(true, source.text.length));
  if (!first) return { document: { source, root: undefined }, diagnostics: [] };

  const syntax = syntaxErrors(first, source);
  if (syntax.length > 0) return failed(...syntax);
  if (second) {
    const start = second.contents?.range[0] ?? second.range[0];
    return failed(catalog.multipleDocuments({ location: source.locate(start, start + 1) }));
  }
  const diagnostics: Diagnostic[] = [];
  if (first.directives.yaml.version !== '1.2') {
    const reason = `it asks for YAML ${first.directives.yaml.version}, and only 1.2 is read`;
    diagnostics.push(catalog.yamlSyntax({ reason, location: source.locate(0, 1) }));
  }
  for (const warning of first.warnings) diagnostics.push(fromWarning(warning, source));
  const empty = first.contents === null || (isScalar(first.contents) && first.contents.source === '');
  const root = empty ? undefined : new Converter(source, diagnostics).convert(first.contents as Node);
  return { document: { source, root }, diagnostics };
}

interface YamlProblem {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** The first of each line, because one mistake makes the rest of its line look wrong. */
function syntaxErrors(document: Document.Parsed, source: SourceFile): Diagnostic[] {
  const found: Diagnostic[] = [];
  let lastLine = 0;
  for (const { code, message, pos } of document.errors as readonly YamlProblem[]) {
    const location = source.locate(pos[0], Math.max(pos[1], pos[0] + 1));
    if (location.line === lastLine) continue;
    lastLine = location.line;
    found.push(catalog.yamlSyntax({ reason: reasonOf(message), location, help: HELP[code] }));
    if (found.length === SYNTAX_ERRORS_MAX) break;
  }
  return found;
}

const HELP: { readonly [code: string]: string } = {
  TAB_AS_INDENT: 'Indent with spaces.',
  NON_STRING_KEY: 'Write the key in quotes.',
  BLOCK_AS_IMPLICIT_KEY: 'Put the value in quotes, or on lines of its own.',
};

/** Where the library's own words help nobody. */
const MESSAGES = new Map([
  ['Missing closing "quote', 'a closing " is missing'],
  ["Missing closing 'quote", "a closing ' is missing"],
  ['With stringKeys, all keys must be strings', 'a key must be a plain word or text in quotes'],
]);

function reasonOf(message: string): string {
  const known = MESSAGES.get(message);
  if (known !== undefined) return known;
  const sentence = (message.split('\n', 1)[0] ?? '').replace(/[.:]$/, '');
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

function fromWarning({ code, message, pos }: YamlProblem, source: SourceFile): Diagnostic {
  const location = source.locate(pos[0], Math.max(pos[1], pos[0] + 1));
  if (code !== 'TAG_RESOLVE_FAILED') return catalog.yamlSyntax({ reason: reasonOf(message), location });
  const tag = /^Unresolved tag: (.*)$/.exec(message)?.[1] ?? message;
  return catalog.unknownTag({ tag: tag.replace('tag:yaml.org,2002:', '!!'), location });
}

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
  size: number;
  depth: number;
  readonly items: YamlNode[];
  readonly entries: YamlEntry[];
  readonly keys: Map<string, YamlEntry>;
  readonly anchor: string | undefined;
}

/** Nodes of the library become plain ones; each is visited once, however often it is referred to. */
class Converter {
  readonly #source: SourceFile;
  readonly #diagnostics: Diagnostic[];
  readonly #anchors = new Map<string, Finished | 'open'>();
  readonly #anchorStarts = new Map<string, number>();
  readonly #stack: Open[] = [];
  #refused = false;

  constructor(source: SourceFile, diagnostics: Diagnostic[]) {
    this.#source = source;
    this.#diagnostics = diagnostics;
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
      const anchor = node.anchor;
      if (anchor !== undefined) {
        this.#anchors.set(anchor, 'open');
        this.#anchorStarts.set(anchor, start(node));
      }
      this.#stack.push({
        node,
        members: node.items,
        next: 0,
        size: 1,
        depth: 1,
        items: [],
        entries: [],
        keys: new Map(),
        anchor,
      });
      return undefined;
    }
    const scalar = this.#scalar(node as Scalar | null);
    const finished = { node: scalar, size: 1, depth: 0 };
    const anchor = (node as Scalar | null)?.anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, finished);
    return finished;
  }

  #add(open: Open, { node, size, depth }: Finished): void {
    open.size = Math.min(open.size + size, VALUES_MAX + 1);
    open.depth = Math.max(open.depth, depth + 1);
    const member = open.members[open.next++];
    if (!isMap(open.node)) {
      open.items.push(node);
      return;
    }
    const { key } = member as { key: unknown };
    const entry = this.#entry(key, node, open);
    const first = open.keys.get(entry.key);
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
    open.keys.set(entry.key, entry);
    open.entries.push(entry);
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
      ? { kind: 'map', entries: open.entries, start: from, end: to }
      : { kind: 'list', items: open.items, start: from, end: to };
    const location = () => this.#source.locate(from, from + 1);
    if (!this.#refused && open.size > VALUES_MAX) {
      this.#refuse(catalog.documentTooLarge({ limit: VALUES_MAX, location: location() }));
    } else if (!this.#refused && open.depth > DEPTH_MAX) {
      this.#refuse(catalog.tooDeep({ limit: DEPTH_MAX, location: location() }));
    }
    // Once over a limit, the tree is not to be walked by anybody.
    const finished = this.#refused
      ? { node: nothing(from), size: 1, depth: 0 }
      : { node, size: open.size, depth: open.depth };
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

function nothing(at: number): YamlScalar {
  return { kind: 'scalar', value: null, start: at, end: at + 1 };
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
