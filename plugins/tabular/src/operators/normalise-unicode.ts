/** `normalise_unicode`: a letter and its mark as one character (normal form C), so that equal texts are equal. */
import { above, defineCellOperator } from './cell-operator.ts';
import { NO_PARAMS, named, times } from './words.ts';

export const normaliseUnicode = defineCellOperator<Record<string, never>>({
  name: 'normalise_unicode',
  phase: 'text',
  params: NO_PARAMS,
  propose: ({ name, form, values }) => {
    const { not_nfc: count } = form;
    if (count === 0) return [];
    return [
      {
        params: {},
        reason: `${times(count, 'value')} of ${named([name])} ${count === 1 ? 'has' : 'have'} characters put together in another way than usual, so that equal texts differ.`,
        preconditions: [above('form.not_nfc', count)],
        evidence: { not_nfc: count, values },
        confidence: 0.95,
        flagged: count,
      },
    ];
  },
  describe: (columns) => `Write letters with marks of ${named(columns)} as single characters (Unicode NFC)`,
  value: (cell) => `nfc_normalize(${cell})`,
});
