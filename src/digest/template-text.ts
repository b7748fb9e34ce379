/** Templates as text, the way they are written in a pipeline: what counts of a command before its paths are known. */
import type { Template, TemplateValue } from '../model/pipeline.ts';
import type { Json } from '../util/canonical-json.ts';

export function templateText(template: Template): string {
  return template.map((part) => (typeof part === 'string' ? part : `\${{ ${part.expr} }}`)).join('');
}

/** The same for a whole value; holes stand in it as text. */
export function templateValueJson(value: TemplateValue): Json {
  if (value === null || typeof value !== 'object') return value;
  if ('template' in value) return templateText(value.template);
  if ('list' in value) return value.list.map(templateValueJson);
  return Object.fromEntries(Object.entries(value.map).map(([key, member]) => [key, templateValueJson(member)]));
}
