/** `standardise_missing`: values that stand for a missing one, such as `N/A` or `-999`, become missing. */
import type { ProfileColumn, ProfileDocument, ProfilePlaceholder } from '../documents.generated.ts';
import { isNumberType } from '../profile/kinds.ts';
import { SQL_SPACES } from '../profile/values.ts';
import { sqlText } from '../table/names.ts';
import { above, atLeast, type CellProposal, defineCellOperator } from './cell-operator.ts';
import { named, shown, times } from './words.ts';

interface Params {
  readonly tokens: readonly string[];
}

/** What `apply` does by itself; tokens on either side of it are apart, so that the sure ones are not held up. */
const SURE = 0.8;
const EVIDENCE_MIN = 2;
/** Words that are values too: of a survey, of a status, or of a code (NA is Namibia). */
const AMBIGUOUS = new Set(['empty', 'missing', 'na', 'nil', 'none', 'tbd', 'undefined', 'unk', 'unknown', 'xxx']);
const LISTED = 5;

export const standardiseMissing = defineCellOperator<Params>({
  name: 'standardise_missing',
  phase: 'missing',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['tokens'],
    properties: {
      tokens: {
        description: 'Values that become missing, as they are written, without spaces around them.',
        type: 'array',
        minItems: 1,
        items: { type: 'string' },
      },
    },
  },
  propose: (column, profile) => {
    const judged = column.placeholders
      .filter(({ value, evidence }) => evidence.length >= EVIDENCE_MIN && !value.endsWith('…'))
      .map((placeholder) => ({ placeholder, confidence: confidenceOf(placeholder, column, profile) }));
    const sure = judged.filter(({ confidence }) => confidence >= SURE);
    const others = judged.filter(({ confidence }) => confidence < SURE);
    return [...proposal(column, sure), ...others.flatMap((one) => proposal(column, [one])), ...blanks(column)];
  },
  describe: (columns, { tokens }) => {
    const some = tokens.slice(0, LISTED).map((token) => (token === '' ? 'blank texts' : shown(token)));
    const others = tokens.length - some.length;
    return `Take ${some.join(', ')}${others > 0 ? ` and ${others} others` : ''} of ${named(columns)} for missing`;
  },
  value: (cell, { tokens }) =>
    `CASE WHEN trim(${cell}, ${SQL_SPACES}) IN (${tokens.map(sqlText).join(', ')}) THEN NULL ELSE ${cell} END`,
});

interface Judged {
  readonly placeholder: ProfilePlaceholder;
  readonly confidence: number;
}

function proposal(column: ProfileColumn, judged: readonly Judged[]): CellProposal<Params>[] {
  if (judged.length === 0) return [];
  const found = judged.map(({ placeholder }) => placeholder);
  const count = found.reduce((sum, one) => sum + one.count, 0);
  const kinds = new Set(found.flatMap(({ evidence }) => evidence));
  const listed = found.slice(0, LISTED).map(({ value, count: rows }) => `${shown(value)} (${times(rows, 'row')})`);
  const others = found.length - listed.length;
  const values = `${listed.join(', ')}${others > 0 ? ` and ${others} others` : ''}`;
  return [
    {
      params: { tokens: found.map(({ value }) => value).sort() },
      reason: `${values} of ${named([column.name])} probably ${found.length === 1 ? 'stands' : 'stand'} for a missing value: ${because(kinds)}.`,
      preconditions: [
        atLeast('placeholders.evidence', Math.min(...found.map(({ evidence }) => evidence.length)), EVIDENCE_MIN),
      ],
      evidence: { placeholders: found.map(({ value, count: rows, evidence }) => ({ value, count: rows, evidence })) },
      confidence: Math.min(...judged.map(({ confidence }) => confidence)),
      flagged: count,
    },
  ];
}

const BECAUSE: { readonly [kind in ProfilePlaceholder['evidence'][number]]: string } = {
  token: 'it is a usual word for that',
  sentinel: 'it is a number or date that is often written for that',
  other_type: 'it is written unlike the rest',
  repeated_character: 'it is one character over and over',
  spike: 'it is at an end of the range and far more frequent than its neighbours',
  homogeneous: 'without it the rest is alike',
};

function because(kinds: ReadonlySet<ProfilePlaceholder['evidence'][number]>): string {
  const reasons = Object.entries(BECAUSE).flatMap(([kind, text]) =>
    kinds.has(kind as ProfilePlaceholder['evidence'][number]) ? [text] : [],
  );
  const last = reasons.pop() ?? '';
  return reasons.length === 0 ? last : `${reasons.join(', ')}, and ${last}`;
}

function confidenceOf(
  { value, token, evidence, count }: ProfilePlaceholder,
  column: ProfileColumn,
  { table }: ProfileDocument,
): number {
  const isTyped = column.type !== 'text' && column.type !== 'list';
  if (token && evidence.includes('other_type')) {
    const isAmbiguous = AMBIGUOUS.has(value.toLowerCase());
    if (isTyped) return isAmbiguous ? 0.9 : 0.97;
    // Among texts the pattern of the rest is all there is to go by.
    return isAmbiguous ? 0.6 : 0.9;
  }
  if (evidence.includes('other_type')) return isTyped && !isNumberType(column.type) ? 0.85 : 0.6;
  // A number among numbers: three kinds of evidence, and that it comes back, set it apart from an extreme one.
  const isNull = /^-?0(\.0+)?$/.test(value);
  const comesBack = count >= Math.max(3, 0.001 * table.rows);
  if (isNull || !comesBack) return 0.3;
  const isOnlyNegative = value.startsWith('-') && column.numeric?.negatives === count;
  return evidence.length >= 4 || (evidence.length === 3 && isOnlyNegative) ? 0.85 : evidence.length === 3 ? 0.75 : 0.5;
}

/** Texts of spaces, which look like nothing and are not. */
function blanks({ name, missing }: ProfileColumn): CellProposal<Params>[] {
  const { blank, empty } = missing;
  if (blank === 0) return [];
  return [
    {
      params: { tokens: [''] },
      reason: `${times(blank, 'cell')} of ${named([name])} ${blank === 1 ? 'has' : 'have'} nothing but spaces.`,
      preconditions: [above('missing.blank', blank)],
      evidence: { blank, empty },
      confidence: 0.95,
      flagged: blank + empty,
    },
  ];
}
