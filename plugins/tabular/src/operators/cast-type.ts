/** `cast_type`: values of a type in one way of writing it; those that are none are kept, or become missing. */
import type { ProfileBoolean, ProfileColumn } from '../documents.generated.ts';
import { isNumberType } from '../profile/kinds.ts';
import { SQL_SPACES } from '../profile/values.ts';
import { sqlText } from '../table/names.ts';
import { above, atLeast, type CellProposal, defineCellOperator } from './cell-operator.ts';
import { named, shown, times } from './words.ts';
import { NUMBER_FUNCTIONS } from './written-numbers.ts';

interface Params {
  readonly to: 'boolean' | 'integer' | 'decimal';
  readonly on_error: 'keep' | 'null';
  /** For a boolean. */
  readonly words?: { readonly true: string; readonly false: string };
}

const TRUE = ['true', 'yes', 'y', 't', 'on', '1'];
const FALSE = ['false', 'no', 'n', 'f', 'off', '0'];
const SHARE_MIN = 0.95;

export const castType = defineCellOperator<Params>({
  name: 'cast_type',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['to', 'on_error'],
    properties: {
      to: {
        description: '`integer`: `12.0` becomes `12`. `decimal`: numbers stay. `boolean`: one pair of words.',
        enum: ['boolean', 'integer', 'decimal'],
      },
      on_error: { description: 'What becomes of a value that is none of the type.', enum: ['keep', 'null'] },
      words: {
        description: 'For `boolean`: the words that are written.',
        type: 'object',
        additionalProperties: false,
        required: ['true', 'false'],
        properties: { true: { type: 'string', minLength: 1 }, false: { type: 'string', minLength: 1 } },
      },
    },
  },
  functions: NUMBER_FUNCTIONS,
  propose: (column) => [...ofBooleans(column), ...ofWholeNumbers(column), ...ofViolations(column)],
  describe: (columns, { to, words, on_error: onError }) => {
    const written = words ? `${shown(words.true)} and ${shown(words.false)}` : `${to}s`;
    return onError === 'keep'
      ? `Write ${named(columns)} as ${written}`
      : `Take values of ${named(columns)} that are no ${to}s for missing`;
  },
  value: (cell, { to, on_error: onError, words }) => {
    const text = `trim(${cell}, ${SQL_SPACES})`;
    const otherwise = onError === 'keep' ? cell : 'NULL';
    if (to === 'boolean') {
      const list = (some: readonly string[]) => some.map(sqlText).join(', ');
      const write = (word: string | undefined) => (word === undefined ? cell : sqlText(word));
      return `CASE WHEN lower(${text}) IN (${list(TRUE)}) THEN ${write(words?.true)} WHEN lower(${text}) IN (${list(FALSE)}) THEN ${write(words?.false)} ELSE ${otherwise} END`;
    }
    const number = `regexp_full_match(${text}, '[+-]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)(?:[eE][+-]?[0-9]+)?')`;
    if (to === 'decimal') return `CASE WHEN ${number} THEN ${cell} ELSE ${otherwise} END`;
    // Of a number with a fraction nothing is cut off.
    const whole = `regexp_full_match(${text}, '[+-]?[0-9]+[.]0*')`;
    return `CASE WHEN regexp_full_match(${text}, '[+-]?[0-9]+') THEN ${cell} WHEN ${whole} THEN regexp_extract(${text}, '^([+-]?[0-9]+)', 1) ELSE ${otherwise} END`;
  },
});

function ofBooleans({ name, boolean, type, type_counts: types }: ProfileColumn): CellProposal<Params>[] {
  // Ones and zeros are numbers to many who read a table.
  if (!boolean || boolean.vocabularies < 2 || isNumberType(type) || types.integer > 0) return [];
  const { true_values: yes, false_values: no } = boolean;
  const words = usualWords(boolean);
  if (!words) return [];
  const others = [...yes, ...no].filter(({ value }) => value !== words.true && value !== words.false);
  const count = others.reduce((sum, one) => sum + one.count, 0);
  const listed = [...yes, ...no].slice(0, 6).map(({ value }) => shown(value));
  return [
    {
      params: { to: 'boolean', on_error: 'keep', words },
      reason: `True and false are written in ${boolean.vocabularies} ways in ${named([name])}: ${listed.join(', ')}.`,
      preconditions: [above('boolean.vocabularies', boolean.vocabularies, 1)],
      evidence: { true_values: yes, false_values: no },
      confidence: 0.9,
      flagged: count,
    },
  ];
}

/** The most frequent pair, in its case; undefined where it has one word only. */
function usualWords({ true_values: yes, false_values: no }: ProfileBoolean): Params['words'] {
  const pairs = yes.flatMap((t) =>
    no.flatMap((f) =>
      isPair(t.value.trim(), f.value.trim())
        ? [{ true: t.value.trim(), false: f.value.trim(), count: t.count + f.count }]
        : [],
    ),
  );
  const [best] = pairs.sort((a, b) => b.count - a.count || (a.true < b.true ? -1 : 1));
  return best && { true: best.true, false: best.false };
}

function isPair(yes: string, no: string): boolean {
  const caseOf = (word: string) => (word === word.toLowerCase() ? 0 : word === word.toUpperCase() ? 1 : 2);
  // A single capital letter is one as any.
  return TRUE.indexOf(yes.toLowerCase()) === FALSE.indexOf(no.toLowerCase()) && caseOf(yes) === caseOf(no);
}

function ofWholeNumbers({ name, type, numeric, type_counts: types, values }: ProfileColumn): CellProposal<Params>[] {
  if ((type !== 'decimal' && type !== 'float') || !numeric?.integers) return [];
  const count = types.decimal - types.integer;
  if (count <= 0) return [];
  return [
    {
      params: { to: 'integer', on_error: 'keep' },
      reason: `All numbers of ${named([name])} are whole; ${times(count, 'value')} ${count === 1 ? 'is' : 'are'} written with a fraction of zeros.`,
      preconditions: [above('type_counts.decimal', count)],
      evidence: { integers: types.integer, decimals: types.decimal, values },
      // Written in one way, they are as someone wanted them.
      confidence: types.integer > 0 ? 0.85 : 0.6,
      flagged: count,
    },
  ];
}

function ofViolations({
  name,
  type,
  type_violations: count,
  type_share: share,
  values,
}: ProfileColumn): CellProposal<Params>[] {
  const to = type === 'float' ? 'decimal' : type;
  if (count === 0 || share < SHARE_MIN || (to !== 'integer' && to !== 'decimal' && to !== 'boolean')) return [];
  return [
    {
      params: { to, on_error: 'null' },
      reason: `${times(count, 'value')} of ${named([name])} ${count === 1 ? 'is' : 'are'} no ${to}, as the others are.`,
      preconditions: [atLeast('type_share', share, SHARE_MIN), above('type_violations', count)],
      evidence: { type, type_share: share, type_violations: count, values },
      // What was meant is lost.
      confidence: 0.4,
      flagged: count,
    },
  ];
}
