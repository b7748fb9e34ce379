/**
 * From a text to a YAML document: the door to the library `yaml`, with `convert-yaml.ts` behind it. Knows no keys.
 *
 * YAML 1.2 core schema. Keys are always text; tags, merge keys and second documents are mistakes; aliases are followed,
 * so the tree may share nodes. Limits are checked before anything that calls itself sees the text.
 */
import type { CST, Document, Node } from 'yaml';
import { Composer, isMap, isScalar, Lexer, Parser } from 'yaml';
import * as catalog from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { Converter, DEPTH_MAX } from './convert-yaml.ts';
import type { SourceFile } from './source.ts';
import type { YamlDocument, YamlNode } from './yaml-document.ts';

const ALIASES_MAX = 10_000;
const SYNTAX_ERRORS_MAX = 5;

export interface ParsedYaml {
  /** Undefined when the text cannot be read as YAML at all. */
  readonly document: YamlDocument | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Errors: `yaml-syntax`, `too-deep`, `too-many-aliases`, `multiple-documents` (no document); `duplicate-key`,
 * `merge-key`, `unknown-tag`, `unsafe-number`, `alias-cycle`, `document-too-large` (beside the document).
 */
export function parseYaml(source: SourceFile, pieceLength = PIECE_LENGTH): ParsedYaml {
  const failed = (...diagnostics: Diagnostic[]): ParsedYaml => ({ document: undefined, diagnostics });
  const diagnostics: Diagnostic[] = [];
  const composed = compose(source, new Converter(source, diagnostics), pieceLength);
  // A mapping was not what it looked like while it was open, or there are mistakes: once more, in one piece.
  if (composed === 'again') return parseYaml(source, Number.POSITIVE_INFINITY);
  if ('code' in composed) return failed(composed);
  const { document, second, root, errors, warnings } = composed;
  if (!document) return { document: { source, root: undefined }, diagnostics: [] };
  const syntax = syntaxErrors(errors, source);
  if (syntax.length > 0) return failed(...syntax);
  if (second) {
    const start = second.contents?.range[0] ?? second.range[0];
    return failed(catalog.multipleDocuments({ location: source.locate(start, start + 1) }));
  }
  if (document.directives.yaml.version !== '1.2') {
    const reason = `it asks for YAML ${document.directives.yaml.version}, and only 1.2 is read`;
    diagnostics.push(catalog.yamlSyntax({ reason, location: source.locate(0, 1) }));
  }
  for (const warning of warnings) diagnostics.push(fromWarning(warning, source));
  return { document: { source, root }, diagnostics };
}

/** How many entries of a large mapping are held as the library's nodes, which take ten times the room of ours. */
const PIECE_LENGTH = 64;

interface Composed {
  readonly document: Document.Parsed | undefined;
  readonly second: Document.Parsed | undefined;
  readonly root: YamlNode | undefined;
  readonly errors: readonly YamlProblem[];
  readonly warnings: readonly YamlProblem[];
}

/**
 * Lexer, parser and composer of the library, one after the other. The entries of the two outer mappings (the file's and,
 * in a pipeline, `stages`) are composed and converted while the parser goes on, or a file of 10,000 stages would take
 * 300 MB. Errors: `too-deep` and `too-many-aliases`; `again` when there may be more to it.
 */
function compose(source: SourceFile, converter: Converter, pieceLength: number): Composed | Diagnostic | 'again' {
  const parser = new Parser();
  const documents: Document.Parsed[] = [];
  const errors: YamlProblem[] = [];
  const warnings: YamlProblem[] = [];
  const composer = newComposer();
  let hasPieces = false;
  const take = (found: Iterable<Document.Parsed>) => {
    for (const document of found) documents.push(document);
  };
  const takePiece = (map: CST.BlockMap, count: number) => {
    const items = map.items.splice(0, count);
    if (items.length === 0) return;
    hasPieces = true;
    const { offset, indent } = map;
    const piece = newComposer();
    const value: CST.BlockMap = { type: 'block-map', offset, indent, items };
    for (const document of [
      ...piece.next({ type: 'document', offset, start: [], value }),
      ...piece.end(true, parser.offset),
    ]) {
      errors.push(...document.errors);
      warnings.push(...document.warnings);
      if (isMap(document.contents)) converter.convertPiece(document.contents);
    }
  };
  let aliases = 0;
  let offset = 0;
  let inScalar = false;
  for (const lexeme of new Lexer().lex(source.text)) {
    for (const token of parser.next(lexeme)) take(composer.next(token));
    const { stack } = parser;
    // The composer and everything after it may call themselves for each level; the parser keeps a list.
    if (stack.length > DEPTH_MAX + 2) {
      return catalog.tooDeep({ limit: DEPTH_MAX, location: source.locate(offset, offset + 1) });
    }
    // The lexer announces the text of a scalar by one control character, which is not part of the file.
    if (!inScalar && lexeme.startsWith('*') && ++aliases > ALIASES_MAX) {
      const location = source.locate(offset, offset + lexeme.length);
      return catalog.tooManyAliases({ limit: ALIASES_MAX, location });
    }
    inScalar = lexeme === '\u001f';
    if (lexeme !== '\u001f' && lexeme !== '\u0002' && lexeme !== '\u0018') offset += lexeme.length;
    const outer = stack[1];
    const inner = stack[2];
    if (inner?.type === 'block-map' && outer?.type === 'block-map' && inner.items.length > pieceLength) {
      // In the order of the file, since an alias looks back; the parser may still change the last two entries.
      takePiece(outer, outer.items.length - 1);
      takePiece(inner, inner.items.length - 2);
    }
  }
  for (const token of parser.end()) take(composer.next(token));
  take(composer.end(true, source.text.length));
  const [document, second] = documents;
  errors.push(...(document?.errors ?? []));
  warnings.push(...(document?.warnings ?? []));
  const isEmpty = !document?.contents || (isScalar(document.contents) && document.contents.source === '');
  const root = isEmpty || errors.length > 0 ? undefined : converter.convert(document.contents as Node);
  if (hasPieces && (errors.length > 0 || converter.hasPiecesLeft())) return 'again';
  return { document, second, root, errors, warnings };
}

function newComposer(): Composer {
  return new Composer({
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
}

interface YamlProblem {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** The first of each line, because one mistake makes the rest of its line look wrong. */
function syntaxErrors(errors: readonly YamlProblem[], source: SourceFile): Diagnostic[] {
  const found: Diagnostic[] = [];
  let lastLine = 0;
  for (const { code, message, pos } of errors) {
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
