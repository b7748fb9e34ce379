/** A value inside a text. */
import type { Json } from '../util/canonical-json.ts';

/** Text as it is, items of a list joined by spaces, mappings and null as JSON. */
export function textOf(value: Json): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value);
}
