/** Operators that write values of one meaning as its standard does. */
import type { ProfileColumn, ProfileSemantic } from '../documents.generated.ts';
import { STANDARD_FORMS } from '../profile/standard-forms.ts';
import { trimSpaces } from '../profile/values.ts';
import { sqlText } from '../table/names.ts';
import { above, atLeast, below, type CellProposal, defineCellOperator } from './cell-operator.ts';
import type { Operator } from './operator.ts';
import { change, named, times } from './words.ts';

interface Standard {
  readonly name: string;
  /** As the profile calls it. */
  readonly meaning: string;
  /** Such as `e-mail addresses`. */
  readonly things: string;
  /** What the standard way is, as a clause. */
  readonly how: string;
  /** Kinds that it has, for the schema; none where there is one only. */
  readonly kinds: readonly string[];
  /** Only where values are written in several ways; the standard is none of them then. */
  readonly needsPatterns?: boolean;
  /** Where nearly all values are written in another way than the standard. */
  readonly unusualConfidence: number;
}

interface Params {
  readonly region?: string;
}

const SHARE_MIN = 0.9;
/** Of the values with one pattern, from which on it is that of all. */
const ONE_PATTERN = 0.95;

export function defineStandardForm(given: Standard): Operator {
  const { name, meaning, things, how, kinds, needsPatterns, unusualConfidence } = given;
  const sqlFunction = `wr_${name}`;
  const toStandard = (text: string, region: string | null) =>
    STANDARD_FORMS[meaning]?.(trimSpaces(text), region) ?? text;
  const propose = (column: ProfileColumn, { share, detail, unusual }: ProfileSemantic): CellProposal<Params>[] => {
    if (!unusual || share < SHARE_MIN || (kinds.length > 0 && !kinds.includes(detail ?? ''))) return [];
    const { count, value, standard } = unusual;
    const usual = column.patterns.exact.top[0]?.share ?? 1;
    if (needsPatterns && usual >= ONE_PATTERN) return [];
    const ofAll = count / Math.max(1, column.values);
    return [
      {
        params: kinds.length > 0 && detail !== null ? { region: detail } : {},
        reason: `${times(count, 'value')} of ${named([column.name])} ${count === 1 ? 'is' : 'are'} not written as ${things} are (${how}), such as ${change(value, standard)}.`,
        preconditions: [
          atLeast('semantic.share', share, SHARE_MIN),
          above('semantic.unusual', count),
          ...(needsPatterns ? [below('patterns.exact.share', usual, ONE_PATTERN)] : []),
        ],
        evidence: { meaning, share, detail, unusual: count, values: column.values },
        confidence: ofAll <= 0.5 ? 0.9 : ofAll <= 0.9 ? 0.8 : unusualConfidence,
        flagged: count,
      },
    ];
  };
  return defineCellOperator<Params>({
    name,
    phase: 'form',
    params: {
      type: 'object',
      additionalProperties: false,
      required: kinds.length > 0 ? ['region'] : [],
      properties: kinds.length > 0 ? { region: { description: 'Whose way of writing it is.', enum: kinds } } : {},
    },
    functions: { [sqlFunction]: (text, region) => (text === null ? null : toStandard(text, region || null)) },
    propose: (column) => column.semantic.filter(({ type }) => type === meaning).flatMap((one) => propose(column, one)),
    describe: (columns) => `Write ${things} of ${named(columns)} in one way: ${how}`,
    value: (cell, { region }) => `${sqlFunction}(${cell}, ${sqlText(region ?? '')})`,
  });
}
