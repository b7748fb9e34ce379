/** `strip_control`: no characters that cannot be seen. Line ends and tabs stay. */
import { above, defineCellOperator } from './cell-operator.ts';
import { NO_PARAMS, named, times } from './words.ts';

/** Without U+200C and U+200D, which join letters of some scripts, and emoji. */
const CONTROL =
  '[\\x{0000}-\\x{0008}\\x{000E}-\\x{001F}\\x{007F}-\\x{0084}\\x{0086}-\\x{009F}\\x{00AD}\\x{200B}\\x{200E}\\x{200F}\\x{202A}-\\x{202E}\\x{2060}\\x{FEFF}]+';

export const stripControl = defineCellOperator<Record<string, never>>({
  name: 'strip_control',
  phase: 'text',
  params: NO_PARAMS,
  propose: ({ name, form, values }) => {
    const { control: count } = form;
    if (count === 0) return [];
    return [
      {
        params: {},
        reason: `${times(count, 'value')} of ${named([name])} ${count === 1 ? 'has' : 'have'} characters that cannot be seen.`,
        preconditions: [above('form.control', count)],
        evidence: { control: count, values },
        confidence: 0.95,
        flagged: count,
      },
    ];
  },
  describe: (columns) => `Remove characters that cannot be seen from ${named(columns)}`,
  value: (cell) => `regexp_replace(${cell}, '${CONTROL}', '', 'g')`,
});
