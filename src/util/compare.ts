/**
 * Order of two strings by UTF-16 code unit, the same on every machine.
 * `localeCompare` differs between machines, and fingerprints must not.
 */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
