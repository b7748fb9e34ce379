/** Paths with holes for the item of a fan-out: what is fixed of them is checked and normalised when they are loaded. */
import type { InputItem, OutputItem, Template } from '../model/pipeline.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { plainTemplate } from './command-template.ts';
import type { PathMistake } from './paths.ts';
import type { Piece } from './stage-reader.ts';

/** Of Unicode's private use: it stands for a hole while the path around it is normalised. */
const MARK = '\uE000';

/** Errors: what is wrong with it, and the path as it may be shown. */
export function pathTemplate<Item extends InputItem | OutputItem>(
  pieces: readonly Piece[],
  parse: (text: string) => Result<Item, PathMistake>,
): Result<Item, { readonly shown: string; readonly mistake: PathMistake }> {
  const template = plainTemplate(pieces);
  const holes = template.filter((part) => typeof part !== 'string');
  const marked = template.map((part) => (typeof part === 'string' ? part : MARK)).join('');
  const shown = template.map((part) => (typeof part === 'string' ? part : `\${{ ${part.expr} }}`)).join('');
  const wrong = (mistake: PathMistake) => err({ shown, mistake });
  if (marked.split(MARK).length - 1 !== holes.length)
    return wrong({ kind: 'invalid', reason: 'it has a character in it that no path needs' });
  const parsed = parse(marked);
  if (!parsed.ok) return wrong(parsed.error);
  const fixed = parsed.value.path.split(MARK);
  if (fixed.length - 1 !== holes.length) return wrong({ kind: 'invalid', reason: '".." cannot follow the item' });
  const parts: Template[number][] = [];
  for (const [index, text] of fixed.entries()) {
    if (text !== '') parts.push(text);
    const hole = holes[index];
    if (hole !== undefined) parts.push(hole);
  }
  return ok({ ...parsed.value, path: fixed.join('*'), template: parts });
}
