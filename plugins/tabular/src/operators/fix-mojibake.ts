/** `fix_mojibake`: texts whose UTF-8 was read as Windows-1252, such as `CafÃ©`. */
import { undoMojibake } from '../profile/text-facts.ts';
import { above, defineCellOperator } from './cell-operator.ts';
import { change, NO_PARAMS, named, times } from './words.ts';

/** How often a text may have been read wrongly. */
const TIMES_MAX = 8;

export const fixMojibake = defineCellOperator<Record<string, never>>({
  name: 'fix_mojibake',
  phase: 'text',
  params: NO_PARAMS,
  functions: { wr_undo_mojibake: (text) => (text === null ? null : undo(text)) },
  propose: ({ name, form, values }, { findings }) => {
    const { mojibake: count } = form;
    if (count === 0) return [];
    const example = findings.find((one) => one.kind === 'mojibake' && one.column === name);
    const shown = example?.value && example.suggestion ? `, such as ${change(example.value, example.suggestion)}` : '';
    return [
      {
        params: {},
        reason: `${times(count, 'value')} of ${named([name])} ${count === 1 ? 'was' : 'were'} read in the wrong encoding and can be read again in the right one${shown}.`,
        preconditions: [above('form.mojibake', count)],
        evidence: { mojibake: count, values, from: 'windows-1252', to: 'utf-8' },
        confidence: 0.95,
        flagged: count,
      },
    ];
  },
  describe: (columns) => `Undo the wrong encoding of ${named(columns)}`,
  value: (cell) => `wr_undo_mojibake(${cell})`,
});

function undo(text: string): string {
  let undone = text;
  for (let time = 0; time < TIMES_MAX; time++) {
    const next = undoMojibake(undone);
    if (next === undefined) break;
    undone = next;
  }
  return undone;
}
