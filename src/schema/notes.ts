/** What a schema says to people only. Knows no data. */
import type { Json } from '../util/canonical-json.ts';
import { LISTS, MAPS, SINGLE } from './check-schema.ts';

const NOTES = new Set([
  '$comment',
  '$schema',
  'defaultSnippets',
  'deprecated',
  'description',
  'examples',
  'markdownDescription',
  'readOnly',
  'title',
  'writeOnly',
]);

/** The schema without them. It is one that `readSchema` can use, so it is not deep. */
export function withoutNotes(schema: Json): Json {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return schema;
  const members = Object.entries(schema as { readonly [key: string]: Json }).filter(([key]) => !NOTES.has(key));
  return Object.fromEntries(members.map(([key, value]) => [key, below(key, value)]));
}

function below(keyword: string, value: Json): Json {
  if (MAPS.includes(keyword) && value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return Object.fromEntries(
      Object.entries(value as { readonly [name: string]: Json }).map(([name, schema]) => [name, withoutNotes(schema)]),
    );
  }
  if (Array.isArray(value)) {
    return LISTS.includes(keyword) ? (value as readonly Json[]).map(withoutNotes) : value;
  }
  return SINGLE.includes(keyword) ? withoutNotes(value) : value;
}
