/** `trim_whitespace`: no blanks around values. */

import { defineOperator } from './operator.ts';
import { eachCell } from './transformation.ts';
import { NO_PARAMS, named, times } from './words.ts';

/** White space of Unicode, and the marks that are as wide as nothing. */
const BLANKS = '[\\s\\x{00A0}\\x{1680}\\x{2000}-\\x{200B}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}]';

export const trimWhitespace = defineOperator<Record<string, never>>({
  name: 'trim_whitespace',
  phase: 'text',
  changes: 'cells',
  reversible: 'with_log',
  fitted: false,
  idempotent: true,
  cost: 1,
  params: NO_PARAMS,
  propose: ({ columns }) =>
    columns.flatMap(({ name, form, values }) => {
      if (form.padded === 0) return [];
      return {
        columns: [name],
        params: {},
        reason: `${times(form.padded, 'value')} of ${named([name])} ${form.padded === 1 ? 'begins or ends' : 'begin or end'} with a blank.`,
        preconditions: [{ what: 'form.padded', value: form.padded, threshold: 0, is: 'above' as const }],
        evidence: { padded: form.padded, values },
        confidence: 0.98,
        flagged: form.padded,
      };
    }),
  describe: (columns) => `Trim blanks around values of ${named(columns)}`,
  transform: (columns) =>
    eachCell(columns, (cell) => `regexp_replace(regexp_replace(${cell}, '^${BLANKS}+', ''), '${BLANKS}+$', '')`),
});
