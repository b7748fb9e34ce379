/** `trim_whitespace`: no blanks around values. */
import type { ProfileColumn } from '../documents.generated.ts';
import { above, defineCellOperator } from './cell-operator.ts';
import { isOwnForm, unlessOwnForm } from './own-form.ts';
import { NO_PARAMS, named, times } from './words.ts';

/** White space of Unicode, and the marks that are as wide as nothing. */
const BLANKS = '[\\s\\x{00A0}\\x{1680}\\x{2000}-\\x{200B}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}]';

export const trimWhitespace = defineCellOperator<Record<string, never>>({
  name: 'trim_whitespace',
  phase: 'text',
  params: NO_PARAMS,
  propose: ({ name, form, values }, { columns }) => {
    const { padded: count } = form;
    if (count === 0) return [];
    return [
      {
        params: {},
        reason: `${times(count, 'value')} of ${named([name])} ${count === 1 ? 'begins or ends' : 'begin or end'} with a blank.`,
        preconditions: [above('form.padded', count)],
        evidence: { padded: count, values },
        confidence: isSeparated(columns) ? 0.98 : unlessOwnForm(0.98, count, values),
        flagged: count,
      },
    ];
  },
  describe: (columns) => `Trim blanks around values of ${named(columns)}`,
  value: (cell) => `regexp_replace(regexp_replace(${cell}, '^${BLANKS}+', ''), '${BLANKS}+$', '')`,
});

/** Who writes a blank after every separator gives all columns one but the first. */
function isSeparated([, ...others]: readonly ProfileColumn[]): boolean {
  return others.length > 1 && others.every(({ form, values }) => values === 0 || isOwnForm(form.leading_space, values));
}
