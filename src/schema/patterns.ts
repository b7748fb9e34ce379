/**
 * Patterns in schemas of others, which can be slow on purpose: none takes longer than the text it looks at explains
 * (design-notes, "Schemas of others"). They have the syntax of JavaScript with the flag `u`, without looking around and
 * without references back.
 */
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { loadRe2 } from './re2.ts';

export interface Pattern {
  readonly test: (text: string) => boolean;
}

const LENGTH_MAX = 10_000;

/** Errors: what is wrong with it, as the end of a sentence without a full stop. */
export function compilePattern(source: string): Result<Pattern, string> {
  if (source.length > LENGTH_MAX) {
    return err(`it is a pattern of ${source.length} characters, more than the ${LENGTH_MAX} that are read`);
  }
  let plain: RegExp;
  try {
    plain = new RegExp(source, 'u');
  } catch (error) {
    return err(`it is no pattern: ${reasonOf(error).replace(/^Invalid regular expression: .*: /s, '')}`);
  }
  if (isPlain(source)) return ok(plain);
  const unusable = findUnusable(source);
  if (unusable !== undefined) {
    return err(`${unusable} cannot be used in a pattern, since it can take any amount of time`);
  }
  const Re2 = loadRe2();
  try {
    const compiled = Re2.compile(Re2.translateRegExp(source));
    return ok({ test: (text) => compiled.test(text) });
  } catch (error) {
    return err(`it is a pattern that cannot be used: ${reasonOf(error).replace(/^error parsing regexp: /, '')}`);
  }
}

const CHOICES_MAX = 6;

/** A character, an escape or a class; a bracket; a mark for how often. What is none of these is not plain. */
const PIECE =
  /(?<one>[^\\[\](){}*+?|^$]|\\[dDwWtnr.\\/()[\]{}*+?|^$-]|\[\^?(?:[^\\[\]]|\\[dDwW\\/\]^-])+\])|(?<open>\((?:\?:)?)|(?<close>\))|(?<or>\|)|(?<end>\$)|(?<maybe>\?)|(?<exactly>\{\d{1,2}\})|(?<many>[*+]|\{\d{1,4},\d{0,4}\})/uy;

/**
 * Whether the engine of JavaScript cannot be slow with it, which is what most patterns are like: it starts at one place,
 * repeats at most one single character without a fixed number, and has few choices besides. It then tries each length of
 * that repetition once for every combination of choices.
 */
function isPlain(source: string): boolean {
  let choices = 0;
  let many = 0;
  // What a mark for how often would be about.
  let before: 'one' | 'group' | 'none' = 'none';
  PIECE.lastIndex = source.startsWith('^') ? 1 : 0;
  while (PIECE.lastIndex < source.length) {
    const piece = PIECE.exec(source)?.groups;
    if (!piece) return false;
    if (piece['one'] !== undefined) before = 'one';
    else if (piece['close'] !== undefined) before = 'group';
    else if (piece['maybe'] !== undefined) {
      choices += 1;
      if (before === 'none') return false;
      before = 'none';
    } else if (piece['exactly'] !== undefined || piece['many'] !== undefined) {
      if (before !== 'one') return false;
      if (piece['many'] !== undefined) many += 1;
      before = 'none';
    } else {
      if (piece['or'] !== undefined) choices += 1;
      before = 'none';
    }
  }
  // An alternative may begin without the anchor that stands before the first one.
  const isAnchored = source.startsWith('^') && !hasOuterChoice(source);
  return choices <= CHOICES_MAX && many <= (isAnchored ? 1 : 0);
}

function hasOuterChoice(source: string): boolean {
  let depth = 0;
  for (const [piece] of source.matchAll(/\\.|\[(?:\\.|[^\\\]])*\]|[()|]/gsu)) {
    if (piece === '(') depth += 1;
    else if (piece === ')') depth -= 1;
    else if (piece === '|' && depth === 0) return true;
  }
  return false;
}

/** Named, since the engine would speak of syntax it does not know, or take it for something else. */
function findUnusable(source: string): string | undefined {
  for (const [piece] of source.matchAll(/\\k<|\\[1-9]|\\.|\[(?:\\.|[^\\\]])*\]|\(\?<?[=!]/gsu)) {
    if (piece.startsWith('(?<')) return `Looking back ("${piece}")`;
    if (piece.startsWith('(?')) return `Looking ahead ("${piece}")`;
    if (/^\\(k<|[1-9])$/.test(piece)) return `A reference back ("${piece.slice(0, 2)}")`;
  }
  return undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
