/** Names of what a fanned-out stage becomes: `parse@PMA` is the instance of `parse` for the item `PMA`. */
import { sha256 } from '../util/hash.ts';

/** Keys are names of folders and logs too, which hold 255 bytes, and have something before and behind them. */
const KEY_LENGTH_MAX = 120;

/** `keys`: one for a list, one a dimension for a matrix. */
export function instanceId(stage: string, keys: readonly string[]): string {
  return `${stage}@${shorten(keys.map(encodeKey).join(','))}`;
}

/** The stage that an instance belongs to; a stage's own id for one that is none. */
export function declaredId(id: string): string {
  const at = id.indexOf('@');
  return at < 0 ? id : id.slice(0, at);
}

export function isInstanceId(id: string): boolean {
  return id.includes('@');
}

/** Everything but letters, digits, `.`, `_` and `-` becomes `%XX`, byte by byte. */
function encodeKey(key: string): string {
  return key.replace(/[^A-Za-z0-9._-]+/g, (part) =>
    [...Buffer.from(part)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** What is cut off is in the hash, so that two keys never become one. */
function shorten(encoded: string): string {
  if (encoded.length <= KEY_LENGTH_MAX) return encoded;
  const hash = sha256(encoded).slice(0, 16);
  return `${encoded.slice(0, KEY_LENGTH_MAX - 17).replace(/%[0-9A-F]?$/, '')}~${hash}`;
}
