/** What a stage's outputs depend on, in named parts (DESIGN "Promises", 4). */

/** In the order they are shown. */
export const PARTS = [
  'code',
  'command',
  'shell',
  'with',
  'env',
  'input',
  'output',
  'version',
  'vote',
  'fallback',
  'platform',
  'discovered',
  'answers',
  'expect',
] as const;

export type PartName = (typeof PARTS)[number];

/**
 * One thing that counts. `name` tells several of one part apart: an input's `port:path`, a variable's name; empty where
 * there is only one. `value` is readable: a digest, a version, a command; it is what `why` prints as before and after.
 */
export interface FingerprintEntry {
  readonly part: PartName;
  readonly name: string;
  readonly value: string;
  /** Shown before the value, and does not count: the version of a plugin. */
  readonly label?: string;
}

export interface Fingerprint {
  /** sha256 over the canonical JSON of all entries; the name of the action record. */
  readonly total: string;
  /** Sorted by part (order of `PARTS`), then name. */
  readonly entries: readonly FingerprintEntry[];
}
