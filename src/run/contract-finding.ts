/** What a schema finds in a value, as a contract says it. */
import type { SchemaFinding } from '../schema/findings.ts';

/** Keywords whose message names the key itself, so what has it is the place. */
const NAMES_KEY: ReadonlySet<string> = new Set([
  'additionalProperties',
  'dependencies',
  'dependentRequired',
  'propertyNames',
  'required',
  'unevaluatedProperties',
]);

/** `/a/0: must be text, not 1`; of the value itself without a place. */
export function findingText({ pointer, keyword, message }: SchemaFinding): string {
  const place = NAMES_KEY.has(keyword) ? pointer.slice(0, -1) : pointer;
  if (place.length > 0) return `/${place.join('/')}: ${message}`;
  return message.startsWith('this ') ? `it ${message.slice('this '.length)}` : message;
}
