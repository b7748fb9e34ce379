/** `trim_whitespace`: no blanks around values. */
import { above, defineCellOperator } from './cell-operator.ts';
import { NO_PARAMS, named, times } from './words.ts';

/** White space of Unicode, and the marks that are as wide as nothing. */
const BLANKS = '[\\s\\x{00A0}\\x{1680}\\x{2000}-\\x{200B}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}]';

export const trimWhitespace = defineCellOperator<Record<string, never>>({
  name: 'trim_whitespace',
  phase: 'text',
  params: NO_PARAMS,
  propose: ({ name, form, values }) => {
    const { padded: count } = form;
    if (count === 0) return [];
    return [
      {
        params: {},
        reason: `${times(count, 'value')} of ${named([name])} ${count === 1 ? 'begins or ends' : 'begin or end'} with a blank.`,
        preconditions: [above('form.padded', count)],
        evidence: { padded: count, values },
        confidence: 0.98,
        flagged: count,
      },
    ];
  },
  describe: (columns) => `Trim blanks around values of ${named(columns)}`,
  value: (cell) => `regexp_replace(regexp_replace(${cell}, '^${BLANKS}+', ''), '${BLANKS}+$', '')`,
});
