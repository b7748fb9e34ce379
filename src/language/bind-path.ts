/** The paths of an instance: values of its item in the paths of its fan-out, none of which leads out of them. */
import { quoteName } from '../diagnostics/harmless.ts';
import type { InputItem, Template, TemplateHole } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import type { Result } from '../util/result.ts';
import { err, ok } from '../util/result.ts';
import { RESERVED } from './paths.ts';
import { textOf } from './value-text.ts';

/** `fill` gives the value of a hole. Errors: a sentence. */
export function bindPath(
  template: Template,
  kind: InputItem['kind'],
  side: 'input' | 'output',
  workspace: string,
  fill: (hole: TemplateHole) => Result<Json, string>,
): Result<string, string> {
  let path = '';
  for (const part of template) {
    if (typeof part === 'string') {
      path += part;
      continue;
    }
    const filled = fill(part);
    if (!filled.ok) return filled;
    const { value } = filled;
    if (value === null || typeof value === 'object') {
      return err(`The expression \${{ ${part.expr} }} gives ${shown(value)}, which cannot be part of a path.`);
    }
    const text = textOf(value);
    path += kind === 'glob' ? text.replace(/[*?[{]/g, '[$&]') : text;
  }
  return check(path, side, workspace);
}

function shown(value: Json): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : 'a mapping';
}

function check(path: string, side: 'input' | 'output', workspace: string): Result<string, string> {
  const bad = (reason: string) => err(`Its ${side} would be ${quoteName(path)}, ${reason}.`);
  if (/[\0\\]/.test(path)) return bad('which has a character in it that no path may have');
  let inside = path;
  if (path.startsWith('/')) {
    const root = `${workspace.replace(/\/+$/, '')}/`;
    if (side === 'output') return bad('which is not relative to the workspace');
    if (path.startsWith(root)) inside = path.slice(root.length);
  }
  const names = inside.replace(/^\//, '').split('/');
  if (names.includes('')) return bad('where a name is missing');
  if (names.includes('.')) return bad('where a name is "."');
  if (names.includes('..')) return bad('which leads out of its folder');
  const reserved = side === 'output' ? names.find((name) => RESERVED.has(name.toLowerCase())) : undefined;
  if (reserved !== undefined) return bad(`which lies in "${reserved}/", which is not yours to write`);
  if (names.some((name) => Buffer.byteLength(name) > 255)) return bad('where a name is longer than 255 bytes');
  return ok(inside);
}
