/** The text of a command, with values quoted into it for where they stand. Knows shells through `shell-quote` only. */
import { cannotQuote } from '../diagnostics/catalog.ts';
import type { InputPort, Template, TemplatePart } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Pointer } from './locate.ts';
import type { DeclaredOutput } from './resolve-ports.ts';
import { fits, quoteWords, ShellScanner } from './shell-quote.ts';
import type { Piece, StageReader } from './stage-reader.ts';
import { textOf } from './value-text.ts';

/** What is known of the stage's own paths before it starts. */
export interface OwnPaths {
  readonly inputs: readonly InputPort[];
  readonly outputs: readonly DeclaredOutput[];
}

/** Errors: `cannot-quote`. */
export function commandTemplate(
  reader: StageReader,
  pieces: readonly Piece[],
  pointer: Pointer,
  own: OwnPaths,
): Template {
  const scanner = new ShellScanner();
  const parts: TemplatePart[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      scanner.feed(piece);
      append(parts, piece);
      continue;
    }
    const place = scanner.hole();
    const { source, result } = piece;
    const words = result.kind === 'value' ? wordsOf(result.value) : knownPaths(result.expr, own);
    const isSafe = words === undefined ? place.danger === undefined : words.every((word) => fits(word, place));
    if (!isSafe) {
      reader.reportExpression(pointer, source.ordinal, (location) =>
        cannotQuote({ expression: source.source, place: place.danger ?? 'a command', location }),
      );
    }
    if (result.kind === 'value') append(parts, quoteWords(wordsOf(result.value), place.quote));
    else parts.push({ expr: result.expr, quote: place.quote });
  }
  return parts;
}

/** A text where there is no shell. */
export function plainTemplate(pieces: readonly Piece[]): Template {
  const parts: TemplatePart[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'string') append(parts, piece);
    else if (piece.result.kind === 'value') append(parts, textOf(piece.result.value));
    else parts.push({ expr: piece.result.expr, quote: 'none' });
  }
  return parts;
}

/** Neighbouring texts are one: how a text came about is of no interest. */
function append(parts: TemplatePart[], text: string): void {
  const last = parts[parts.length - 1];
  if (typeof last === 'string') parts[parts.length - 1] = last + text;
  else parts.push(text);
}

function wordsOf(value: Json): string[] {
  return Array.isArray(value) ? (value as readonly Json[]).map(textOf) : [textOf(value)];
}

/** The paths behind `inputs.X` or `outputs.X`; undefined for anything whose value cannot be foreseen. */
function knownPaths(expr: string, own: OwnPaths): string[] | undefined {
  const [side, name, ...rest] = expr.split('.');
  if (rest.length > 0 || name === undefined) return undefined;
  if (side === 'outputs') return own.outputs.find(({ port }) => port.name === name)?.port.items.map(({ path }) => path);
  const items = side === 'inputs' ? own.inputs.find((port) => port.name === name)?.items : undefined;
  return items?.some(({ kind }) => kind === 'glob') ? undefined : items?.map(({ path }) => path);
}
