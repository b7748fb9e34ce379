/** `extract`: of values with something beside them only the part that has the pattern of all others. */
import type { ProfileColumn, ProfileDocument } from '../documents.generated.ts';
import { sqlText } from '../table/names.ts';
import { above, atLeast, type CellProposal, defineCellOperator } from './cell-operator.ts';
import { change, named, shown, times } from './words.ts';

interface Params {
  readonly pattern: string;
  readonly group: number;
}

const SHARE_MIN = 0.95;

export const extract = defineCellOperator<Params>({
  name: 'extract',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['pattern', 'group'],
    properties: {
      pattern: { description: 'A regex of RE2; a value in which it is not found stays.', type: 'string', minLength: 1 },
      group: { description: 'Which group of it stays; 0 is all of it.', type: 'integer', minimum: 0, maximum: 9 },
    },
  },
  propose: (column, profile) => {
    const { rule } = column.patterns;
    return rule && rule.share >= SHARE_MIN && column.type !== 'json' ? proposal(column, rule, profile) : [];
  },
  describe: (columns, { pattern }) => `Keep of values of ${named(columns)} only what matches ${shown(pattern)}`,
  value: (cell, { pattern, group }) =>
    `CASE WHEN regexp_matches(${cell}, ${sqlText(pattern)}) THEN regexp_extract(${cell}, ${sqlText(pattern)}, ${group}) ELSE ${cell} END`,
});

function proposal(
  { name, values }: ProfileColumn,
  rule: NonNullable<ProfileColumn['patterns']['rule']>,
  { findings }: ProfileDocument,
): CellProposal<Params>[] {
  // Once in a value, between others than letters and digits.
  const pattern = `(?:^|[^\\p{L}\\p{N}])(${rule.regex})(?:$|[^\\p{L}\\p{N}])`;
  const inside = new RegExp(pattern, 'gu');
  const found = findings.flatMap(({ kind, column, value, count }) => {
    if (kind !== 'pattern_violation' || column !== name || value === null || value.endsWith('…')) return [];
    const matches = [...value.matchAll(inside)];
    const part = matches[0]?.[1];
    return matches.length === 1 && part !== undefined && part !== value.trim() ? [{ value, part, count }] : [];
  });
  const [first] = found;
  if (!first) return [];
  const count = found.reduce((sum, one) => sum + one.count, 0);
  return [
    {
      params: { pattern, group: 1 },
      reason: `${times(count, 'value')} of ${named([name])} ${count === 1 ? 'has' : 'have'} more beside what all others are, such as ${change(first.value, first.part)}.`,
      preconditions: [atLeast('patterns.rule.share', rule.share, SHARE_MIN), above('patterns.rule.violations', count)],
      evidence: { regex: rule.regex, share: rule.share, values, found: found.slice(0, 5) },
      // What stands beside it is lost.
      confidence: 0.5,
      flagged: count,
    },
  ];
}
