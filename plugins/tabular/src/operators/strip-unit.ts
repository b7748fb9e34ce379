/** `strip_unit`: numbers without their unit, where a column has one and writes it in several ways, or not always. */
import type { ProfileColumn, ProfileNumbers } from '../documents.generated.ts';
import { unitOf } from '../profile/units.ts';
import { above, atLeast, type CellProposal, defineCellOperator, shareOf } from './cell-operator.ts';
import { unlessOwnForm } from './own-form.ts';
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
  readonly unit: string;
  readonly suffixes: readonly string[];
  readonly decimal: '.' | ',';
  readonly thousands: ',' | '.' | ' ' | "'" | null;
  readonly digits: Digits;
}

export const SHARE_MIN = 0.95;
/** Of values, that may have a word after the unit. */
const REMARKS_MAX = 0.2;

export const stripUnit = defineCellOperator<Params>({
  name: 'strip_unit',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['unit', 'suffixes', 'decimal', 'thousands', 'digits'],
    properties: {
      unit: { description: 'What the numbers are in.', type: 'string' },
      suffixes: {
        description: 'Texts after the number that go, in any case.',
        type: 'array',
        minItems: 1,
        items: { type: 'string', minLength: 1 },
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
    if (!numbers || !signs || shareOfNumbers(column) < SHARE_MIN) return [];
    const units = measures(numbers);
    const [unit] = units;
    if (!unit || units.length > 1 || numbers.forms_left_out.entries > 0) return [];
    return [proposal(column, numbers, unit, signs)];
  },
  describe: (columns, { unit }) => `Write ${named(columns)} as numbers without the unit ${shown(unit)}`,
  value: (cell, { suffixes, digits, ...signs }) =>
    plainNumber(cell, { ...signs, suffixes, prefixes: [], parentheses: undefined }, written(digits, 1)),
});

type Form = ProfileNumbers['forms'][number];

interface Measure {
  readonly unit: string;
  readonly dimension: string;
  readonly factor: number | null;
  /** Ways of writing it, most frequent first. */
  readonly forms: readonly Form[];
  /** With a word after the unit, such as `oz can`. */
  readonly remarks: readonly Form[];
  readonly count: number;
}

/** Units of a column of numbers, most frequent first; none where something else stands beside a number. */
export function measures({ forms, affixed }: ProfileNumbers): Measure[] {
  const found = new Map<string, { unit: NonNullable<ReturnType<typeof unitOf>>; forms: Form[]; remarks: Form[] }>();
  for (const form of forms) {
    const whole = form.prefix === '' ? unitOf(form.suffix) : undefined;
    const unit = whole ?? (form.prefix === '' ? unitOf(/^\S+/.exec(form.suffix)?.[0] ?? '') : undefined);
    if (form.prefix === '' && form.suffix === '') continue;
    if (!unit || unit.dimension === 'ratio' || unit.dimension === 'currency') return [];
    const known = found.get(unit.unit) ?? { unit, forms: [], remarks: [] };
    (whole ? known.forms : known.remarks).push(form);
    found.set(unit.unit, known);
  }
  const sum = (some: readonly Form[]) => some.reduce((total, { count }) => total + count, 0);
  const all = [...found.values()].map(({ unit, forms: ways, remarks }) => ({
    unit: unit.unit,
    dimension: unit.dimension,
    factor: unit.factor,
    forms: ways,
    remarks,
    count: sum(ways) + sum(remarks),
  }));
  // A word is a remark only where the unit stands alone elsewhere.
  if (all.some((one) => one.forms.length === 0 || sum(one.remarks) > REMARKS_MAX * affixed)) return [];
  return all.sort((a, b) => b.count - a.count || (a.unit < b.unit ? -1 : 1));
}

function proposal(
  column: ProfileColumn,
  numbers: ProfileNumbers,
  { unit, forms: ways, remarks }: Measure,
  signs: NonNullable<ReturnType<typeof signsOf>>,
): CellProposal<Params> {
  const { forms, plain, affixed, plain_median: plainMedian } = numbers;
  const examples = forms.slice(0, 3).map(({ example }) => shown(example));
  const ways_count = ways.length + (plain > 0 ? 1 : 0);
  const median = ways[0]?.median ?? 0;
  // Numbers of another size are perhaps in another unit.
  const isAlike = plainMedian === null || sameScale(plainMedian, median);
  const isUniform = ways_count === 1 && remarks.length === 0;
  return {
    params: {
      unit,
      suffixes: [...ways, ...remarks].map(({ suffix }) => suffix).sort(),
      ...signs,
      digits: digitsOf(numbers),
    },
    reason: `${times(affixed, 'value')} of ${named([column.name])} ${affixed === 1 ? 'is a number' : 'are numbers'} in ${unit}, ${
      isUniform ? `such as ${examples[0]}` : `written in ${ways_count + remarks.length} ways: ${examples.join(', ')}`
    }${plain > 0 ? `; ${times(plain, 'value')} ${plain === 1 ? 'has' : 'have'} no unit` : ''}.`,
    preconditions: [atLeast('numbers.share', shareOfNumbers(column), SHARE_MIN), above('numbers.affixed', affixed)],
    evidence: {
      plain,
      plain_median: plainMedian,
      fractions: numbers.fractions,
      forms: [...ways, ...remarks].map(({ suffix, count, median: middle }) => ({ suffix, count, median: middle })),
    },
    // Written in one way only, the unit is perhaps wanted.
    confidence: isUniform
      ? 0.7
      : unlessOwnForm(
          !isAlike ? 0.5 : remarks.length > 0 ? 0.85 : plain > affixed ? 0.95 : 0.9,
          Math.max(...ways.map(({ count }) => count)),
          plain + affixed,
        ),
    flagged: affixed,
  };
}

/** Of values that are no words for missing. */
export function shareOfNumbers(column: ProfileColumn): number {
  return column.numbers === null ? 0 : shareOf(column.numbers.plain + column.numbers.affixed, column);
}

/** Whether two sizes are within one order of magnitude. */
export function sameScale(a: number, b: number): boolean {
  const [x, y] = [Math.abs(a), Math.abs(b)];
  if (x === 0 || y === 0) return x === y;
  return x / y < 10 && y / x < 10;
}
