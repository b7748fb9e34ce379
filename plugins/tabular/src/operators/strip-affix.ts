/** `strip_affix`: numbers without a sign or word that some of them have beside them, such as `%`. */
import type { ProfileColumn, ProfileNumbers } from '../documents.generated.ts';
import { atLeast, type CellProposal, defineCellOperator } from './cell-operator.ts';
import { SHARE_MIN, sameScale, shareOfNumbers } from './strip-unit.ts';
import { named, shown, times } from './words.ts';
import {
  DIGITS_PARAM,
  type Digits,
  digitsOf,
  NUMBER_FUNCTIONS,
  plainNumber,
  signsOf,
  written,
} from './written-numbers.ts';

interface Params {
  readonly prefix: string;
  readonly suffix: string;
  readonly scale: number;
  readonly decimal: '.' | ',';
  readonly thousands: ',' | '.' | ' ' | "'" | null;
  readonly digits: Digits;
}

const COMPARES = /[<>≤≥~≈±+]/;

function affix({ prefix, suffix }: ProfileNumbers['forms'][number]): string {
  return prefix === '' ? suffix : prefix;
}

/** Percent signs that were taken for something to divide by 100, for numbers that are as much larger. */
const PERCENT = 0.01;

export const stripAffix = defineCellOperator<Params>({
  name: 'strip_affix',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['prefix', 'suffix', 'scale', 'decimal', 'thousands', 'digits'],
    properties: {
      prefix: { description: 'What stands before the number, in any case.', type: 'string' },
      suffix: { description: 'What stands after it, in any case.', type: 'string' },
      scale: {
        description: 'What a number with it is multiplied by: 0.01 makes `5%` 0.05, 1 makes it 5.',
        type: 'number',
        exclusiveMinimum: 0,
      },
      decimal: { description: 'Decimal sign; the result has a point.', enum: ['.', ','] },
      thousands: { description: 'Sign between groups of digits, which goes.', enum: [',', '.', ' ', "'", null] },
      digits: DIGITS_PARAM,
    },
  },
  functions: NUMBER_FUNCTIONS,
  propose: (column) => {
    const { numbers } = column;
    const signs = numbers && signsOf(numbers, column);
    if (!numbers || !signs || shareOfNumbers(column) < SHARE_MIN || numbers.forms_left_out.entries > 0) return [];
    const forms = numbers.forms.filter(({ prefix, suffix }) => prefix !== '' || suffix !== '');
    const [form] = forms;
    if (!form || forms.some(({ prefix, suffix }) => prefix !== form.prefix || suffix !== form.suffix)) return [];
    if (form.dimension !== null && form.dimension !== 'ratio') return [];
    // What says how exact a number is, is part of it.
    if (COMPARES.test(affix(form))) return [];
    // A letter right beside a digit is perhaps one.
    if (form.dimension === null && /\p{L}/u.test(affix(form)) && !/\s/.test(form.example)) return [];
    return [proposal(column, numbers, form, signs)];
  },
  describe: (columns, { prefix, suffix, scale }) => {
    const around = [prefix, suffix].filter((one) => one !== '').map(shown);
    const times = scale === 1 ? '' : `, times ${scale}`;
    return `Write ${named(columns)} as numbers without ${around.join(' and ')}${times}`;
  },
  value: (cell, { prefix, suffix, scale, digits, decimal, thousands }) =>
    plainNumber(
      cell,
      { decimal, thousands, prefixes: [prefix], suffixes: [suffix], parentheses: undefined },
      written(digits, scale),
    ),
});

function proposal(
  column: ProfileColumn,
  numbers: ProfileNumbers,
  form: ProfileNumbers['forms'][number],
  signs: NonNullable<ReturnType<typeof signsOf>>,
): CellProposal<Params> {
  const { plain, plain_median: plainMedian } = numbers;
  const { prefix, suffix, dimension, count, median, example } = form;
  const isPercent = dimension === 'ratio' && suffix !== '‰';
  // `5%` among numbers such as 0.05 is one of them; `0.05%` among them is already.
  const isScaled = isPercent && plainMedian !== null && sameScale(plainMedian, median * PERCENT);
  const isAlike = plainMedian !== null && sameScale(plainMedian, median);
  const scale = isScaled && !isAlike ? PERCENT : 1;
  return {
    params: { prefix, suffix, scale, ...signs, digits: digitsOf(numbers) },
    reason: `${times(count, 'value')} of ${named([column.name])} ${count === 1 ? 'is a number' : 'are numbers'} with ${shown(affix(form))}, such as ${shown(example)}${
      plain === 0
        ? ''
        : `; ${times(plain, 'other')} ${plain === 1 ? 'is' : 'are'} without, of ${scale === 1 && isAlike ? 'the same' : 'another'} size`
    }.`,
    preconditions: [atLeast('numbers.share', shareOfNumbers(column), SHARE_MIN)],
    evidence: { affix: affix(form), count, plain, median, plain_median: plainMedian },
    confidence: confidenceOf(plain, count, isAlike, isScaled, dimension !== null || /\p{L}/u.test(affix(form))),
    flagged: count,
  };
}

/** What all values have is wanted, perhaps; what some have is not. */
function confidenceOf(plain: number, count: number, isAlike: boolean, isScaled: boolean, isKnown: boolean): number {
  // A sign may refer to a note.
  if (!isKnown) return 0.5;
  if (plain === 0) return 0.6;
  if (!isAlike) return isScaled ? 0.8 : 0.4;
  // Of percentages and shares of one size nobody can tell which they are.
  if (isScaled) return 0.7;
  return plain >= count ? 0.93 : plain >= 0.1 * count ? 0.88 : 0.6;
}
