/** Keys of the language that this version does not have yet: a file that uses one gets a sentence of its own. */
import type { Pointer } from './locate.ts';

const STAGE: ReadonlyMap<string, string> = new Map([['ttl', 'being fresh for a time']]);

/** What the key is about, or undefined when it is of no version. */
export function laterKey(pointer: Pointer): string | undefined {
  const key = String(pointer[pointer.length - 1]);
  if (pointer[0] === 'stages' && pointer.length === 3) return STAGE.get(key);
  if (pointer[0] === 'defaults' && pointer.length === 2) return STAGE.get(key);
  return undefined;
}
