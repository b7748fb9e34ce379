/** All operators. A new one is a file of its own and a line here. */
import { dropDuplicates } from './drop-duplicates.ts';
import type { Operator } from './operator.ts';
import { trimWhitespace } from './trim-whitespace.ts';

/** Their order decides between candidates that are equal in everything else. */
export const CATALOGUE: readonly Operator[] = [trimWhitespace, dropDuplicates];

const byName = new Map(CATALOGUE.map((operator) => [operator.name, operator]));

export function operatorNamed(name: string): Operator | undefined {
  return byName.get(name);
}
