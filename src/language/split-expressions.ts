/** Text with `${{ … }}` in it, cut into pieces. Knows where an expression ends, not what it says. */
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';

export type Segment = string | ExpressionSource;

export interface ExpressionSource {
  /** Between the braces, without the blanks around it. */
  readonly source: string;
  /** Which of the text's expressions it is, from 0. */
  readonly ordinal: number;
}

const OPEN = '${{';

export function mayHoldExpressions(text: string): boolean {
  return text.includes(OPEN);
}

/**
 * Literal pieces and expressions in turn. `$${{` is the text `${{`. Braces and `}}` inside an expression's own texts and
 * mappings do not end it.
 * Errors: what is missing, in lower case and without a full stop.
 */
export function splitExpressions(text: string): Result<Segment[], string> {
  const segments: Segment[] = [];
  let literal = '';
  let at = 0;
  let ordinal = 0;
  for (;;) {
    const open = text.indexOf(OPEN, at);
    if (open < 0) break;
    if (text[open - 1] === '$' && open > at) {
      literal += text.slice(at, open - 1) + OPEN;
      at = open + OPEN.length;
      continue;
    }
    literal += text.slice(at, open);
    const close = findClose(text, open + OPEN.length);
    if (close < 0) return err('its closing "}}" is missing');
    const source = text.slice(open + OPEN.length, close).trim();
    if (source === '') return err('it is empty');
    if (literal !== '') segments.push(literal);
    literal = '';
    segments.push({ source, ordinal: ordinal++ });
    at = close + 2;
  }
  literal += text.slice(at);
  if (literal !== '' || segments.length === 0) segments.push(literal);
  return ok(segments);
}

function findClose(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"' || character === "'") {
      for (at++; at < text.length && text[at] !== character; at++) if (text[at] === '\\') at++;
    } else if (character === '{') depth++;
    else if (character === '}') {
      if (depth > 0) depth--;
      else if (text[at + 1] === '}') return at;
    }
  }
  return -1;
}

/** The range of the expression with that ordinal in a piece of a file, or undefined when it is not to be found. */
export function findExpression(text: string, ordinal: number): { start: number; end: number } | undefined {
  let at = 0;
  for (let seen = 0; ; seen++) {
    let open = text.indexOf(OPEN, at);
    while (open > at && text[open - 1] === '$') open = text.indexOf(OPEN, open + OPEN.length);
    if (open < 0) return undefined;
    const close = findClose(text, open + OPEN.length);
    if (close < 0) return undefined;
    if (seen === ordinal) return { start: open, end: close + 2 };
    at = close + 2;
  }
}
