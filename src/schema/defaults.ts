/** Defaults that a schema gives for keys that are left out. */
import type { Json } from '../util/canonical-json.ts';
import { followReference } from './follow-reference.ts';

type Schema = { readonly [key: string]: Json };

/**
 * The data with the `default` of every property that is missing, in mappings and lists that are there. Follows
 * `properties`, `items` and references into the schema itself; data is as deep as its file, which has a limit.
 */
export function withDefaults(value: Json, schema: Json): Json {
  return fill(value, schema, schema);
}

function fill(value: Json, schema: Json | undefined, root: Json): Json {
  const here = follow(schema, root);
  if (!here || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    return isSchema(here['items']) ? value.map((item: Json) => fill(item, here['items'], root)) : value;
  }
  const properties = here['properties'];
  if (!isSchema(properties)) return value;
  const filled: { [key: string]: Json } = Object.assign(Object.create(null), value);
  for (const [key, property] of Object.entries(properties)) {
    const present = Object.hasOwn(value, key);
    if (present) filled[key] = fill((value as Schema)[key] as Json, property, root);
    else {
      const fallback = follow(property, root)?.['default'];
      if (fallback !== undefined) filled[key] = fallback;
    }
  }
  return filled;
}

const REFERENCES_MAX = 50;

function follow(schema: Json | undefined, root: Json): Schema | undefined {
  let at = schema;
  for (let count = 0; count < REFERENCES_MAX && isSchema(at); count++) {
    const reference: Json | undefined = at['$ref'];
    if (typeof reference !== 'string' || !reference.startsWith('#')) return at;
    at = followReference(root, reference);
  }
  return undefined;
}

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
