/** Templates as text, the way they are written in a pipeline: what counts of a command before its paths are known. */
import type { Template, TemplateValue } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';
import { canonicalJson } from '../util/canonical-json.ts';

/**
 * One text for one template: two that differ in meaning differ in text. Where plain text holds `${{` itself (a param
 * may), or an expression holds a brace that could end it, the readable form would not tell them apart; then it is the
 * list of parts.
 */
export function templateText(template: Template): string {
  const parts: Template[number][] = [];
  for (const part of template) {
    const last = parts.at(-1);
    if (part === '') continue;
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part;
    else parts.push(part);
  }
  const isPlain = parts.every((part) => (typeof part === 'string' ? !part.includes('${{') : !part.expr.includes('}}')));
  // A hole begins with `${{` and a space, so this cannot be mistaken for one.
  if (!isPlain) return `\${{${canonicalJson(parts as unknown as Json)}}}`;
  return parts.map((part) => (typeof part === 'string' ? part : `\${{ ${part.expr} }}`)).join('');
}

/** The same for a whole value; holes stand in it as text. */
export function templateValueJson(value: TemplateValue): Json {
  if (typeof value === 'string') return templateText([value]);
  if (value === null || typeof value !== 'object') return value;
  if ('template' in value) return templateText(value.template);
  if ('list' in value) return value.list.map(templateValueJson);
  return Object.fromEntries(Object.entries(value.map).map(([key, member]) => [key, templateValueJson(member)]));
}
