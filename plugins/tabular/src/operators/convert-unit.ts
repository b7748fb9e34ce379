/** `convert_unit`: amounts in several units of one dimension, in the unit that most of them have. */
import type { ProfileColumn, ProfileNumbers } from '../documents.generated.ts';
import { sqlText } from '../table/names.ts';
import { above, atLeast, atMost, type CellProposal, defineCellOperator } from './cell-operator.ts';
import { measures, SHARE_MIN, sameScale, shareOfNumbers } from './strip-unit.ts';
import { named, shown, times } from './words.ts';
import { NUMBER_FUNCTIONS, plainNumber, signsOf } from './written-numbers.ts';

interface Params {
  readonly unit: string;
  readonly suffix: string;
  readonly conversions: readonly { readonly suffix: string; readonly factor: number }[];
  readonly decimal: '.' | ',';
  readonly thousands: ',' | '.' | ' ' | "'" | null;
}

export const convertUnit = defineCellOperator<Params>({
  name: 'convert_unit',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['unit', 'suffix', 'conversions', 'decimal', 'thousands'],
    properties: {
      unit: { description: 'What all numbers are in afterwards.', type: 'string' },
      suffix: { description: 'How it is written after a number.', type: 'string', minLength: 1 },
      conversions: {
        description: 'Texts after a number, in any case, and what the number is multiplied by.',
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['suffix', 'factor'],
          properties: {
            suffix: { type: 'string', minLength: 1 },
            factor: { type: 'number', exclusiveMinimum: 0 },
          },
        },
      },
      decimal: { description: 'Decimal sign; converted numbers have a point.', enum: ['.', ','] },
      thousands: { description: 'Sign between groups of digits, which goes.', enum: [',', '.', ' ', "'", null] },
    },
  },
  functions: NUMBER_FUNCTIONS,
  propose: (column) => {
    const { numbers } = column;
    const signs = numbers && signsOf(numbers, column);
    if (!numbers || !signs || shareOfNumbers(column) < SHARE_MIN || numbers.forms_left_out.entries > 0) return [];
    const [most, ...others] = measures(numbers);
    if (!most || others.length === 0) return [];
    const isOne = others.every(({ dimension, factor }) => dimension === most.dimension && factor !== null);
    if (!isOne || most.factor === null || [most, ...others].some(({ remarks }) => remarks.length > 0)) return [];
    return [proposal(column, numbers, most, others, signs)];
  },
  describe: (columns, { unit, conversions }) =>
    `Convert ${named(columns)} to ${unit}, from ${conversions.map(({ suffix }) => shown(suffix)).join(', ')}`,
  value: (cell, { suffix, conversions, ...signs }) => {
    const cases = conversions.reduceRight((otherwise, { suffix: from, factor }) => {
      const form = { ...signs, prefixes: [], suffixes: [from], parentheses: undefined, needsSuffix: true };
      return plainNumber(
        cell,
        form,
        (number) => `wr_times(${number}, '${factor}') || ${sqlText(` ${suffix}`)}`,
        otherwise,
      );
    }, cell);
    return cases;
  },
});

type Measure = ReturnType<typeof measures>[number];

function proposal(
  column: ProfileColumn,
  { plain, affixed }: ProfileNumbers,
  most: Measure,
  others: readonly Measure[],
  signs: NonNullable<ReturnType<typeof signsOf>>,
): CellProposal<Params> {
  const base = most.factor ?? 1;
  const [usual] = most.forms;
  const count = others.reduce((sum, one) => sum + one.count, 0);
  const forms = others.flatMap(({ forms: ways, factor }) =>
    ways.map((form) => ({ form, factor: (factor ?? 1) / base })),
  );
  // Numbers that are alike before they are converted, and not afterwards, have the wrong unit.
  const middle = usual?.median ?? 0;
  const isAlike = forms.every(
    ({ form, factor }) => sameScale(form.median * factor, middle) || !sameScale(form.median, middle),
  );
  const examples = [usual, ...forms.map(({ form }) => form)].slice(0, 3).map((form) => shown(form?.example ?? ''));
  return {
    params: {
      unit: most.unit,
      suffix: usual?.suffix ?? most.unit,
      conversions: forms
        .map(({ form, factor }) => ({ suffix: form.suffix, factor }))
        .sort((a, b) => (a.suffix < b.suffix ? -1 : 1)),
      ...signs,
    },
    reason: `${times(affixed, 'value')} of ${named([column.name])} are amounts of ${most.dimension} in ${others.length + 1} units, such as ${examples.join(', ')}; most are in ${most.unit}.${
      plain > 0 ? ` ${times(plain, 'number')} without a unit ${plain === 1 ? 'stays' : 'stay'} as they are.` : ''
    }`,
    preconditions: [
      atLeast('numbers.share', shareOfNumbers(column), SHARE_MIN),
      above('numbers.forms.unit', others.length + 1, 1),
      atMost('numbers.plain', plain, affixed),
    ],
    evidence: {
      plain,
      units: [most, ...others].map(({ unit, count: rows, factor }) => ({ unit, count: rows, factor })),
    },
    // What a number without a unit is in nobody can tell.
    confidence: plain > 0 || !isAlike ? 0.5 : most.count >= count ? 0.85 : 0.75,
    flagged: count,
  };
}
