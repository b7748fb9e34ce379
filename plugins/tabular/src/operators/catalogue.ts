/** All operators. A new one is a file of its own and a line here. */

import { caseFold } from './case-fold.ts';
import { castType } from './cast-type.ts';
import { clipOutlier } from './clip-outlier.ts';
import { collapseSpaces } from './collapse-spaces.ts';
import { convertUnit } from './convert-unit.ts';
import { dropColumn } from './drop-column.ts';
import { dropDuplicates } from './drop-duplicates.ts';
import { dropRows } from './drop-rows.ts';
import { encodeCategorical } from './encode-categorical.ts';
import { explode } from './explode.ts';
import { extract } from './extract.ts';
import { ffill } from './ffill.ts';
import { fillMissing } from './fill-missing.ts';
import { fixMojibake } from './fix-mojibake.ts';
import { mapValues } from './map-values.ts';
import { mergeColumns } from './merge-columns.ts';
import { moveToken } from './move-token.ts';
import { normaliseUnicode } from './normalise-unicode.ts';
import { normalize } from './normalize.ts';
import { nullOutlier } from './null-outlier.ts';
import type { Operator } from './operator.ts';
import { parseNumber } from './parse-number.ts';
import { pivot } from './pivot.ts';
import { regexReplace } from './regex-replace.ts';
import { removeOutliers } from './remove-outliers.ts';
import { renameColumns } from './rename-columns.ts';
import { repairDomain } from './repair-domain.ts';
import { repairFd } from './repair-fd.ts';
import { repairTypo } from './repair-typo.ts';
import { reshape } from './reshape.ts';
import { resolveConflicts } from './resolve-conflicts.ts';
import { splitColumn } from './split-column.ts';
import { stack } from './stack.ts';
import { standardiseCountry } from './standardise-country.ts';
import { standardiseDate } from './standardise-date.ts';
import { standardiseEmail } from './standardise-email.ts';
import { standardiseMissing } from './standardise-missing.ts';
import { standardisePhone } from './standardise-phone.ts';
import { standardisePostal } from './standardise-postal.ts';
import { standardiseUrl } from './standardise-url.ts';
import { stripAffix } from './strip-affix.ts';
import { stripControl } from './strip-control.ts';
import { stripUnit } from './strip-unit.ts';
import { subtitle } from './subtitle.ts';
import { transpose } from './transpose.ts';
import { trimWhitespace } from './trim-whitespace.ts';
import { wideToLong } from './wide-to-long.ts';
import { winsorise } from './winsorise.ts';

/** Their order decides between candidates that are equal in everything else. */
export const CATALOGUE: readonly Operator[] = [
  fixMojibake,
  stripControl,
  normaliseUnicode,
  trimWhitespace,
  collapseSpaces,
  standardiseDate,
  parseNumber,
  convertUnit,
  stripUnit,
  stripAffix,
  castType,
  caseFold,
  mapValues,
  moveToken,
  standardiseCountry,
  standardisePhone,
  standardiseEmail,
  standardiseUrl,
  standardisePostal,
  regexReplace,
  extract,
  standardiseMissing,
  resolveConflicts,
  repairFd,
  repairTypo,
  repairDomain,
  nullOutlier,
  clipOutlier,
  winsorise,
  fillMissing,
  dropRows,
  removeOutliers,
  dropDuplicates,
  dropColumn,
  renameColumns,
  splitColumn,
  mergeColumns,
  subtitle,
  ffill,
  pivot,
  explode,
  wideToLong,
  stack,
  transpose,
  reshape,
  normalize,
  encodeCategorical,
];

const byName = new Map(CATALOGUE.map((operator) => [operator.name, operator]));

export function operatorNamed(name: string): Operator | undefined {
  return byName.get(name);
}

/** The place of an operator in the catalogue; unknown ones are last. */
export function operatorPlace(name: string): number {
  const place = CATALOGUE.findIndex((operator) => operator.name === name);
  return place < 0 ? CATALOGUE.length : place;
}
