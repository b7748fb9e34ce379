/** Questions about one cell, as conditions in SQL on a text that is not missing. */

import { passes } from '../profile/semantic-types.ts';
import { undoMojibake } from '../profile/text-facts.ts';
import { trimSpaces } from '../profile/values.ts';
import type { TextFunctions } from '../table/functions.ts';
import { sqlText } from '../table/names.ts';
import type { CellCheck, Form, TextFault } from './rule.ts';

/** Called in the conditions. */
export const CELL_FUNCTIONS: TextFunctions = {
  wr_is_mojibake: (text) => (text !== null && undoMojibake(text) !== undefined ? 'y' : 'n'),
  wr_means: (meaning, text) => (meaning !== null && text !== null && passes(meaning, trimSpaces(text)) ? 'y' : 'n'),
};

/** What counts as blank around a value, as in a profile. */
const SPACES = sqlText(' \t\n\u000b\f\r\u00a0');

export const trimmed = (cell: string) => `trim(${cell}, ${SPACES})`;

/** No value, or one that stands for none. */
export function isMissing(cell: string, masks: readonly string[]): string {
  const text = `coalesce(${trimmed(cell)}, '')`;
  return masks.length === 0 ? `(${text} = '')` : `(${text} IN (${['', ...masks].map(sqlText).join(', ')}))`;
}

/** A missing value that is written as something: blanks, or a word for it. */
export function isMask(cell: string, masks: readonly string[]): string {
  return `(coalesce(${cell}, '') <> '' AND ${isMissing(cell, masks)})`;
}

const BLANK = '[\\s\\x{0085}\\x{00A0}]';
const UNSEEN =
  '[\\x{0000}-\\x{0008}\\x{000E}-\\x{001F}\\x{007F}-\\x{0084}\\x{0086}-\\x{009F}\\x{00AD}\\x{200B}-\\x{200F}\\x{202A}-\\x{202E}\\x{2060}\\x{FEFF}]';
const PATTERNS: { readonly [fault in TextFault]?: string } = {
  padded: `^${BLANK}|${BLANK}$`,
  double_space: '[ \\t\\x{00A0}]{2}',
  control: UNSEEN,
  replacement: '\\x{FFFD}',
};

/** True where a text is as the check asks for. */
export function passesSql(check: CellCheck, cell: string): string {
  switch (check.kind) {
    case 'clean_text': {
      const { without } = check.params;
      const pattern = without.flatMap((fault) => PATTERNS[fault] ?? []).join('|');
      const conditions = [
        ...(pattern === '' ? [] : [`NOT regexp_matches(${cell}, ${sqlText(pattern)})`]),
        ...(without.includes('not_nfc') ? [`nfc_normalize(${cell}) = ${cell}`] : []),
        ...(without.includes('mojibake') ? [`wr_is_mojibake(${cell}) = 'n'`] : []),
      ];
      return `(${conditions.join(' AND ')})`;
    }
    case 'of_type':
      return `(${check.params.forms.map((form) => hasForm(form, cell)).join(' OR ')})`;
    case 'pattern':
      return hasForm({ name: '', regex: check.params.regex }, cell);
    case 'meaning':
      return `wr_means(${sqlText(check.params.meaning)}, ${cell}) = 'y'`;
    case 'spelling':
      return `${cell} NOT IN (${check.params.wrong.map(sqlText).join(', ')})`;
  }
}

export function hasForm({ regex }: Form, cell: string): string {
  return `regexp_full_match(${trimmed(cell)}, ${sqlText(regex)})`;
}

/** The same for values that differ in case, blanks, accents, marks or the order of words only. */
export function spellingKey(cell: string): string {
  const words = `regexp_replace(lower(strip_accents(${trimmed(cell)})), '[^\\p{L}\\p{N}\\s]', '', 'g')`;
  return `array_to_string(list_sort(list_distinct(string_split_regex(${words}, '\\s+'))), ' ') || ':' || regexp_replace(${cell}, '[^0-9]+', ' ', 'g')`;
}

/** The pattern of a text, by runs of letters and digits. */
export function patternKey(cell: string): string {
  const runs = `regexp_replace(regexp_replace(regexp_replace(${trimmed(cell)}, '\\p{Lu}+', 'A', 'g'), '[\\p{Ll}\\p{Lo}\\p{M}]+', 'a', 'g'), '[0-9]', '9', 'g')`;
  // A name of two words is written as one of one word is.
  return `regexp_replace(${runs}, 'Aa([ -]+(Aa|A|a))+', 'Aa', 'g')`;
}

/** A row without regard to case, accents and blanks. */
export function foldedCell(cell: string): string {
  return `lower(strip_accents(regexp_replace(${trimmed(`coalesce(${cell}, '')`)}, '\\s+', ' ', 'g')))`;
}
