/** `parse_number`: numbers with thousands, a currency, a decimal comma or parentheses become plain ones. */
import type { ProfileColumn, ProfileNumbers } from '../documents.generated.ts';
import { atLeast, type CellProposal, defineCellOperator } from './cell-operator.ts';
import { isOwnForm, OWN_FORM_CONFIDENCE } from './own-form.ts';
import { SHARE_MIN, sameScale, shareOfNumbers } from './strip-unit.ts';
import { named, shown, times } from './words.ts';
import { NUMBER_FUNCTIONS, plainNumber, signsOf, written } from './written-numbers.ts';

interface Params {
  readonly decimal: '.' | ',';
  readonly thousands: ',' | '.' | ' ' | "'" | null;
  readonly currency: string | null;
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  readonly parentheses_negative: boolean;
  readonly parentheses_dropped?: boolean;
}

export const parseNumber = defineCellOperator<Params>({
  name: 'parse_number',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['decimal', 'thousands', 'currency', 'prefixes', 'suffixes', 'parentheses_negative'],
    properties: {
      decimal: { description: 'Decimal sign; the result has a point.', enum: ['.', ','] },
      thousands: { description: 'Sign between groups of digits, which goes.', enum: [',', '.', ' ', "'", null] },
      currency: { description: 'What the amounts are in; null where none is named.', type: ['string', 'null'] },
      prefixes: { description: 'Texts before the number that go.', type: 'array', items: { type: 'string' } },
      suffixes: { description: 'Texts after it that go.', type: 'array', items: { type: 'string' } },
      parentheses_negative: { description: 'A number in parentheses is below 0.', type: 'boolean' },
      parentheses_dropped: {
        description: 'A number in parentheses is the same without them. Left out: it is not.',
        type: 'boolean',
      },
    },
  },
  functions: NUMBER_FUNCTIONS,
  propose: (column, { source }) => {
    const { numbers } = column;
    if (!numbers || shareOfNumbers(column) < SHARE_MIN || numbers.forms_left_out.entries > 0) return [];
    const { forms } = numbers;
    const currencies = new Set(forms.flatMap(({ unit, dimension }) => (dimension === 'currency' ? [unit] : [])));
    const isAmount = ({ prefix, suffix, dimension }: ProfileNumbers['forms'][number]) =>
      dimension === 'currency' || (prefix === '' && suffix === '');
    // Amounts of two currencies are not of one column.
    if (forms.length === 0 || !forms.every(isAmount) || currencies.size > 1) return [];
    return proposals(column, numbers, [...currencies][0] ?? null, source.csv?.delimiter === ',');
  },
  describe: (
    columns,
    { currency, decimal, thousands, parentheses_negative: isNegative, parentheses_dropped: isDropped },
  ) => {
    const without = [
      thousands === null ? undefined : `${shown(thousands)} between thousands`,
      currency === null ? undefined : `the currency ${shown(currency)}`,
      isNegative || isDropped ? 'parentheses' : undefined,
    ].filter((one) => one !== undefined);
    const comma = decimal === ',' ? ' with a decimal point' : '';
    return `Write ${named(columns)} as plain numbers${comma}${without.length === 0 ? '' : `, without ${without.join(' and ')}`}`;
  },
  value: (
    cell,
    { decimal, thousands, prefixes, suffixes, parentheses_negative: isNegative, parentheses_dropped: isDropped },
  ) => {
    const parentheses = isNegative ? '-' : isDropped ? '' : undefined;
    return plainNumber(cell, { decimal, thousands, prefixes, suffixes, parentheses }, written('as_written', 1));
  },
});

function proposals(
  column: ProfileColumn,
  numbers: ProfileNumbers,
  currency: string | null,
  /** Who writes decimal commas puts other signs between cells. */
  isEnglish: boolean,
): CellProposal<Params>[] {
  const { plain, affixed, forms, parentheses, grouped, ambiguous, plain_median: plainMedian } = numbers;
  const signs = signsOf(numbers, column);
  // `1,234` may be either, but three digits after every comma are thousands more often than not.
  const guess =
    signs ??
    (numbers.decimal === null && column.type_counts.decimal === column.type_counts.integer ? GUESS : undefined);
  if (!guess) return [];
  const meaning = parentheses > 0 ? meaningOfParentheses(numbers, currency) : undefined;
  // Nothing else is to be done.
  if (meaning === 'unknown' && affixed === parentheses) return [];
  const texts = (end: 'prefix' | 'suffix') =>
    [...new Set(forms.map((form) => form[end]).filter((text) => text !== ''))].sort();
  const [first] = forms;
  const isAlike = plainMedian === null || !first || currency === null || sameScale(plainMedian, first.median);
  const examples = forms.slice(0, 3).map(({ example }) => shown(example));
  return [
    {
      params: {
        ...guess,
        currency,
        prefixes: texts('prefix'),
        suffixes: texts('suffix'),
        parentheses_negative: meaning === 'negative' || meaning === 'perhaps_negative',
        ...(meaning === 'none' && { parentheses_dropped: true }),
      },
      reason: `${times(affixed, 'value')} of ${named([column.name])} ${affixed === 1 ? 'is a number that is' : 'are numbers that are'} not written plainly, such as ${examples.join(', ')}${
        plain > 0 ? `; ${times(plain, 'other')} ${plain === 1 ? 'is' : 'are'} plain` : ''
      }${signs ? '' : '. Whether the comma is a decimal sign cannot be told'}.`,
      preconditions: [atLeast('numbers.share', shareOfNumbers(column), SHARE_MIN)],
      evidence: { plain, affixed, grouped, parentheses, ambiguous, decimal: numbers.decimal, currency },
      confidence: Math.min(
        confidenceOf(
          signs !== undefined ? 'yes' : isEnglish && ambiguous >= MANY ? 'nearly' : 'no',
          isAlike,
          currency,
          plain,
        ),
        meaning === 'perhaps_negative' || isOfColumn(numbers, guess.decimal, currency) ? OWN_FORM_CONFIDENCE : 1,
      ),
      flagged: affixed - (meaning === 'unknown' ? parentheses : 0),
    },
  ];
}

/** Most that one of numbers such as years is times another. */
const NARROW_RATIO = 2;
/** Of the numbers, that may have parentheses by mistake. */
const MISTAKES_MAX = 0.1;

/**
 * In accounts, parentheses make a number negative; elsewhere, as around a year, they say nothing of it. `none`: they are
 * there by mistake.
 */
function meaningOfParentheses(
  {
    plain,
    affixed,
    parentheses,
    parentheses_within: within,
    grouped,
    ambiguous,
    fractions,
    plain_range: range,
  }: ProfileNumbers,
  currency: string | null,
): 'negative' | 'perhaps_negative' | 'none' | 'unknown' {
  const total = plain + affixed;
  const isNarrow = range !== null && range.p05 > 0 && range.p95 <= NARROW_RATIO * range.p05;
  if (isNarrow && within >= 0.9 * parentheses && currency === null) {
    return parentheses <= MISTAKES_MAX * total ? 'none' : 'unknown';
  }
  if (currency !== null || grouped + ambiguous + fractions.count > 0 || (range !== null && range.p05 < 0)) {
    return 'negative';
  }
  return isOwnForm(parentheses, total) ? 'unknown' : 'perhaps_negative';
}

/** Whether nearly all numbers that could have a currency, a decimal comma or thousands have it, or parentheses. */
function isOfColumn(
  { plain, affixed, parentheses, grouped, groupable, ambiguous, forms }: ProfileNumbers,
  decimal: ',' | '.',
  currency: string | null,
): boolean {
  const total = plain + affixed;
  if (isOwnForm(parentheses, total)) return true;
  if (currency !== null && plain === 0) return false;
  if (currency !== null)
    return isOwnForm(Math.max(...forms.filter(({ unit }) => unit !== null).map(({ count }) => count)), total);
  return decimal === ',' ? isOwnForm(affixed, total) : isOwnForm(Math.max(grouped, ambiguous), groupable);
}

const GUESS = { decimal: '.', thousands: ',' } as const;

const MANY = 10;

function confidenceOf(
  isProved: 'yes' | 'nearly' | 'no',
  isAlike: boolean,
  currency: string | null,
  plain: number,
): number {
  if (isProved === 'no') return 0.7;
  if (!isAlike) return 0.6;
  // A sign that every amount has is perhaps wanted; how digits are grouped says nothing.
  if (currency !== null && plain === 0) return 0.75;
  return isProved === 'yes' ? 0.93 : 0.85;
}
