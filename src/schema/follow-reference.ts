/** References of a schema into itself. Knows no keywords. */
import type { Json } from '../util/canonical-json.ts';

/** What a `$ref` that begins with `#` leads to in `root`. Undefined: out of it, to an anchor, or to nothing. */
export function followReference(root: Json, reference: string): Json | undefined {
  const pointer = reference.startsWith('#') ? decodePointer(reference) : undefined;
  if (pointer === undefined || (pointer !== '' && !pointer.startsWith('/'))) return undefined;
  let at: Json | undefined = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) return undefined;
    at = (at as { readonly [key: string]: Json })[key] as Json;
  }
  return at;
}

/** The JSON pointer in a reference that begins with `#`; undefined when it cannot be read. */
export function decodePointer(reference: string): string | undefined {
  try {
    return decodeURIComponent(reference.slice(1));
  } catch {
    return undefined;
  }
}
