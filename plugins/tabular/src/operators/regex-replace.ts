/** `regex_replace`: codes whose letters and digits are as in nearly all others, with other signs between them. */
import type { ProfileColumn, ProfilePatternLevel } from '../documents.generated.ts';
import { SQL_SPACES } from '../profile/values.ts';
import { sqlText } from '../table/names.ts';
import { above, atLeast, type CellProposal, defineCellOperator } from './cell-operator.ts';
import { editProgram } from './edit-programs.ts';
import { named, shown, times } from './words.ts';

interface Params {
  readonly pattern: string;
  readonly replacement: string;
}

const SHARE_MIN = 0.8;
const VALUES_MIN = 10;

export const regexReplace = defineCellOperator<Params>({
  name: 'regex_replace',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['pattern', 'replacement'],
    properties: {
      pattern: {
        description: 'A regex of RE2 that whole values match, without spaces around them; others stay.',
        type: 'string',
        minLength: 1,
      },
      replacement: { description: 'What they become; `\\1` is what the first group has.', type: 'string' },
    },
  },
  propose: (column) => {
    if (!isCode(column)) return [];
    const [usual, ...others] = column.patterns.exact.top;
    if (!usual || usual.share < SHARE_MIN || column.values < VALUES_MIN) return [];
    return others.flatMap((other) => proposal(column, usual, other));
  },
  describe: (columns, { pattern, replacement }) =>
    `Rewrite values of ${named(columns)} that match ${shown(pattern)} as ${shown(replacement)}`,
  value: (cell, { pattern, replacement }) => {
    const text = `trim(${cell}, ${SQL_SPACES})`;
    return `CASE WHEN regexp_full_match(${text}, ${sqlText(pattern)}) THEN regexp_replace(${text}, ${sqlText(`^(?:${pattern})$`)}, ${sqlText(replacement)}) ELSE ${cell} END`;
  },
});

/** Neither dates, whose parts may be in any order, nor numbers, nor names. */
function isCode({ type, datetime, numbers, values, text }: ProfileColumn): boolean {
  if (type !== 'text' && type !== 'list') return false;
  return (datetime?.count ?? 0) < 0.5 * values && (numbers?.share ?? 0) < 0.5 && (text?.digits ?? 0) >= 0.8 * values;
}

type Pattern = ProfilePatternLevel['top'][number];

function proposal({ name, values }: ProfileColumn, usual: Pattern, other: Pattern): CellProposal<Params>[] {
  const program = editProgram(other.pattern, usual.pattern);
  if (!program) return [];
  const { count, example } = other;
  return [
    {
      params: { ...program },
      reason: `${times(count, 'value')} of ${named([name])} ${count === 1 ? 'is' : 'are'} written like ${shown(example)}, and ${usual.count} like ${shown(usual.example)}: the same letters and digits with other signs.`,
      preconditions: [atLeast('patterns.exact.share', usual.share, SHARE_MIN), above('patterns.exact.count', count)],
      evidence: { usual: usual.pattern, usual_count: usual.count, pattern: other.pattern, count, example, values },
      confidence: usual.share >= 0.9 && usual.count >= 20 ? 0.9 : 0.8,
      flagged: count,
    },
  ];
}
