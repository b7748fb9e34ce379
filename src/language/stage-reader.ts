/**
 * One stage as it stands in its file: its values with expressions worked out, its mistakes at their places. Knows how to
 * read values, not what the keys mean.
 */
import { invalidExpression } from '../diagnostics/catalog.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Evaluated, Uses } from './expressions.ts';
import { evaluateAtLoad, NOTHING_LATER } from './expressions.ts';
import type { PipelineDocument } from './load-files.ts';
import type { Pointer } from './locate.ts';
import { locatePointer, nodeAt } from './locate.ts';
import type { ForLater, LoadScope } from './look-up.ts';
import type { ExpressionSource } from './split-expressions.ts';
import { findExpression, mayHoldExpressions, splitExpressions } from './split-expressions.ts';
import { textOf } from './value-text.ts';
import type { YamlEntry } from './yaml-document.ts';

export interface StageDeclaration {
  /** As it stands in the file. */
  readonly name: string;
  /** The name, or that of one of its instances. */
  readonly id: string;
  readonly document: PipelineDocument;
  readonly entry: YamlEntry;
  readonly data: { readonly [key: string]: Json };
}

/** A value and where it stands. */
export interface Placed {
  readonly value: Json;
  readonly pointer: Pointer;
}

/** A piece of a text: plain, or an expression with what it came to. */
export type Piece = string | { readonly source: ExpressionSource; readonly result: Evaluated };

export class StageReader {
  readonly declaration: StageDeclaration;
  readonly #scope: LoadScope;
  readonly #report: (diagnostic: Diagnostic) => void;
  readonly #part: { readonly of: StageReader; readonly placed: Placed } | undefined;

  constructor(
    declaration: StageDeclaration,
    scope: LoadScope,
    report: (diagnostic: Diagnostic) => void,
    part?: { readonly of: StageReader; readonly placed: Placed },
  ) {
    this.declaration = declaration;
    this.#scope = scope;
    this.#report = report;
    this.#part = part;
  }

  /** Of a mapping in the stage that has keys as a stage has: what it does not say is as the stage has it. */
  within(placed: Placed): StageReader {
    return new StageReader(this.declaration, this.#scope, this.#report, { of: this, placed });
  }

  /** From the document to a place in this stage. */
  pointer(...parts: Pointer): Pointer {
    if (this.#part) return [...this.#part.placed.pointer, ...parts];
    return ['stages', this.declaration.name, ...parts];
  }

  /** The stage's own value, not that of `defaults`. */
  own(key: string): Placed | undefined {
    const data = this.#part ? this.#part.placed.value : this.declaration.data;
    const value = isMapping(data) && Object.hasOwn(data, key) ? data[key] : undefined;
    return value === undefined ? undefined : { value, pointer: this.pointer(key) };
  }

  /** The values that hold one over the other, the own one last. */
  layers(key: string): (Placed | undefined)[] {
    return [...(this.#part ? this.#part.of.layers(key) : [this.fallback(key)]), this.own(key)];
  }

  fallback(key: string): Placed | undefined {
    if (this.#part) return this.#part.of.layers(key).findLast((placed) => placed !== undefined);
    const defaults = this.declaration.document.data['defaults'];
    if (!isMapping(defaults)) return undefined;
    const value = defaults[key];
    return value === undefined ? undefined : { value, pointer: ['defaults', key] };
  }

  /** The members of a mapping: those of `defaults`, and over them the stage's own. */
  joined(key: string): ReadonlyMap<string, Placed> {
    return joinMembers(this.layers(key));
  }

  locate(pointer: Pointer, side?: 'key' | 'value'): Location {
    return locatePointer(this.declaration.document, pointer, side);
  }

  /** Unless the schema has said something about that place already. */
  report(pointer: Pointer, make: (location: Location) => Diagnostic | undefined, side?: 'key' | 'value'): void {
    this.#reportAt(pointer, () => this.locate(pointer, side), make);
  }

  #reportAt(pointer: Pointer, locate: () => Location, make: (location: Location) => Diagnostic | undefined): void {
    const { reported } = this.declaration.document;
    for (let length = reported.size === 0 ? 0 : pointer.length; length > 0; length--) {
      if (reported.has(JSON.stringify(pointer.slice(0, length)))) return;
    }
    const diagnostic = make(locate());
    if (diagnostic) this.#report(diagnostic);
  }

  /** Of the expression itself where the file has it letter by letter, else of the whole value. */
  locateExpression(pointer: Pointer, ordinal: number): Location {
    const { source, root } = this.declaration.document;
    const node = nodeAt(root, pointer);
    const found = node && findExpression(source.text.slice(node.start, node.end), ordinal);
    return node && found ? source.locate(node.start + found.start, node.start + found.end) : this.locate(pointer);
  }

  reportExpression(pointer: Pointer, ordinal: number, make: (location: Location) => Diagnostic | undefined): void {
    this.#reportAt(pointer, () => this.locateExpression(pointer, ordinal), make);
  }

  /** Whether it runs for each item of a list. */
  get isFanOut(): boolean {
    return this.declaration.data['foreach'] !== undefined;
  }

  /** Undefined after a mistake, which is reported. */
  pieces(text: string, pointer: Pointer, later: ForLater): Piece[] | undefined {
    if (!mayHoldExpressions(text)) return [text];
    const split = splitExpressions(text);
    if (!split.ok) {
      const expression = text.slice(text.indexOf('{{') + 2, text.indexOf('{{') + 60).trim();
      this.report(pointer, (location) => invalidExpression({ expression, reason: split.error, location }));
      return undefined;
    }
    const pieces: Piece[] = [];
    let failed = false;
    for (const segment of split.value) {
      if (typeof segment === 'string') {
        pieces.push(segment);
        continue;
      }
      const result = evaluateAtLoad(segment.source, this.#scope, later);
      if (result.ok) pieces.push({ source: segment, result: result.value });
      else {
        failed = true;
        for (const mistake of result.error) this.reportExpression(pointer, segment.ordinal, mistake);
      }
    }
    return failed ? undefined : pieces;
  }

  /** Bare CEL: the whole text is one expression. Undefined after a mistake, which is reported. */
  expression(source: string, pointer: Pointer, later: ForLater): Evaluated | undefined {
    const result = evaluateAtLoad(source, this.#scope, later);
    if (result.ok) return result.value;
    for (const mistake of result.error) this.report(pointer, mistake);
    return undefined;
  }

  /** What a value comes to when it must be known now; `single` for one that is one expression and nothing else. */
  text(text: string, pointer: Pointer): { readonly value: Json; readonly single: boolean } | undefined {
    const pieces = this.pieces(text, pointer, NOTHING_LATER);
    return pieces && joinPieces(pieces);
  }

  /** The same for any value: texts in lists and mappings too. As deep as the file, which has a limit. */
  value({ value, pointer }: Placed): Json | undefined {
    if (typeof value === 'string') return this.text(value, pointer)?.value;
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) {
      const list: Json[] = [];
      for (const [index, item] of (value as readonly Json[]).entries()) {
        const made = this.value({ value: item, pointer: [...pointer, index] });
        if (made === undefined) return undefined;
        list.push(made);
      }
      return list;
    }
    const map: { [key: string]: Json } = Object.create(null);
    for (const [key, member] of Object.entries(value)) {
      const made = this.value({ value: member as Json, pointer: [...pointer, key] });
      if (made === undefined) return undefined;
      map[key] = made;
    }
    return map;
  }

  /** The items of a list, or the one value; an item that is one expression with a list is put in item by item. */
  items({ value, pointer }: Placed): Placed[] {
    const items: Placed[] = [];
    const list = Array.isArray(value)
      ? (value as readonly Json[]).map((item, index) => ({ value: item, pointer: [...pointer, index] }))
      : [{ value, pointer }];
    for (const item of list) {
      const made = typeof item.value === 'string' ? this.text(item.value, item.pointer)?.value : item.value;
      if (made === undefined) continue;
      if (Array.isArray(made) && typeof item.value === 'string') {
        for (const part of made as readonly Json[]) items.push({ value: part, pointer: item.pointer });
      } else items.push({ value: made, pointer: item.pointer });
    }
    return items;
  }
}

/** The members of several mappings, later ones over earlier ones; what is no mapping has none. */
export function joinMembers(mappings: readonly (Placed | undefined)[]): ReadonlyMap<string, Placed> {
  const joined = new Map<string, Placed>();
  for (const placed of mappings) {
    if (!isMapping(placed?.value)) continue;
    for (const [name, value] of Object.entries(placed.value)) {
      joined.set(name, { value, pointer: [...placed.pointer, name] });
    }
  }
  return joined;
}

/** Nothing may be left for later in them. */
export function joinPieces(pieces: readonly Piece[]): { readonly value: Json; readonly single: boolean } {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) {
    if (typeof only === 'string') return { value: only, single: false };
    if (only.result.kind === 'value') return { value: only.result.value, single: true };
  }
  const text = pieces
    .map((piece) =>
      typeof piece === 'string' ? piece : piece.result.kind === 'value' ? textOf(piece.result.value) : '',
    )
    .join('');
  return { value: text, single: false };
}

export function usesIn(pieces: readonly Piece[]): { readonly ordinal: number; readonly uses: Uses }[] {
  return pieces.flatMap((piece) =>
    typeof piece === 'string' ? [] : [{ ordinal: piece.source.ordinal, uses: piece.result.uses }],
  );
}

export function isMapping(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
