/** `collapse_spaces`: one space where there are several. Line ends stay. */
import { above, defineCellOperator } from './cell-operator.ts';
import { NO_PARAMS, named, times } from './words.ts';

/** Blanks in longer texts may be there to be seen, as in a table or in code. */
const PROSE_LENGTH = 300;

const NAMES_BELOW = 0.5;
const RARE_SHARE = 0.02;

export const collapseSpaces = defineCellOperator<Record<string, never>>({
  name: 'collapse_spaces',
  phase: 'text',
  params: NO_PARAMS,
  propose: ({ name, type, form, length, values, distinctness, clusters }) => {
    const { double_space: count } = form;
    if (count === 0 || type === 'json') return [];
    const merged = clusters.filter(({ method }) => method === 'spaces').length;
    // A name that is never written without them is none the better for losing them, and known by them elsewhere.
    const isName = merged === 0 && distinctness < NAMES_BELOW && count > RARE_SHARE * values;
    return [
      {
        params: {},
        reason: `${times(count, 'value')} of ${named([name])} ${count === 1 ? 'has' : 'have'} several spaces in a row.`,
        preconditions: [above('form.double_space', count)],
        evidence: { double_space: count, values, merged },
        confidence: (length?.mean ?? 0) > PROSE_LENGTH ? 0.7 : isName ? 0.75 : 0.95,
        flagged: count,
      },
    ];
  },
  describe: (columns) => `Write one space where there are several in ${named(columns)}`,
  value: (cell) => `regexp_replace(${cell}, '[ \\t\\x{00A0}]{2,}', ' ', 'g')`,
});
