/** All operators. A new one is a file of its own and a line here. */
import { caseFold } from './case-fold.ts';
import { collapseSpaces } from './collapse-spaces.ts';
import { dropDuplicates } from './drop-duplicates.ts';
import { fixMojibake } from './fix-mojibake.ts';
import { mapValues } from './map-values.ts';
import { normaliseUnicode } from './normalise-unicode.ts';
import type { Operator } from './operator.ts';
import { parseNumber } from './parse-number.ts';
import { repairFd } from './repair-fd.ts';
import { standardiseDate } from './standardise-date.ts';
import { standardiseMissing } from './standardise-missing.ts';
import { stripAffix } from './strip-affix.ts';
import { stripControl } from './strip-control.ts';
import { stripUnit } from './strip-unit.ts';
import { trimWhitespace } from './trim-whitespace.ts';

/** Their order decides between candidates that are equal in everything else. */
export const CATALOGUE: readonly Operator[] = [
  fixMojibake,
  stripControl,
  normaliseUnicode,
  trimWhitespace,
  collapseSpaces,
  standardiseDate,
  parseNumber,
  stripUnit,
  stripAffix,
  caseFold,
  mapValues,
  standardiseMissing,
  repairFd,
  dropDuplicates,
];

const byName = new Map(CATALOGUE.map((operator) => [operator.name, operator]));

export function operatorNamed(name: string): Operator | undefined {
  return byName.get(name);
}
