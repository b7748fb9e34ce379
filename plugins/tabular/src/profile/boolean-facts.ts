/** Words for true and false. Pure. */
import type { ProfileBoolean } from '../documents.generated.ts';
import { cut, rowsOf, type Value } from './values.ts';

const PAIRS: readonly (readonly [string, string])[] = [
  ['true', 'false'],
  ['yes', 'no'],
  ['y', 'n'],
  ['t', 'f'],
  ['on', 'off'],
  ['1', '0'],
];
const TRUE = new Set(PAIRS.map(([yes]) => yes));
const FALSE = new Set(PAIRS.map(([, no]) => no));
const WORDS_MAX = 12;
const SHARE_MIN = 0.95;

/** What those answer who say neither yes nor no. */
const UNDECIDED = new Set([
  "can't say",
  "don't know",
  "don't remember",
  'do not know',
  'dont know',
  'no answer',
  'no opinion',
  'not sure',
  'prefer not to answer',
  'prefer not to say',
  'refused',
  'undecided',
  'unsure',
]);

/** Yes and no, with some who did not decide; `values` are no words for missing. */
export function areAnswers(values: readonly Value[]): boolean {
  if (values.length > WORDS_MAX) return false;
  const words = values.map(({ trimmed, count }) => ({ word: trimmed.toLowerCase().replaceAll('’', "'"), count }));
  const decided = words.filter(({ word }) => /[a-z]/.test(word) && (TRUE.has(word) || FALSE.has(word)));
  return (
    decided.some(({ word }) => TRUE.has(word)) &&
    decided.some(({ word }) => FALSE.has(word)) &&
    words.every((one) => decided.includes(one) || UNDECIDED.has(one.word)) &&
    2 * rowsOf(decided) >= rowsOf(words)
  );
}

/** Undefined where values are something else; `total` are all that are no words for missing. */
export function booleanFacts(values: readonly Value[], total: number): ProfileBoolean | undefined {
  const yes = values.filter(({ trimmed }) => TRUE.has(trimmed.toLowerCase()));
  const no = values.filter(({ trimmed }) => FALSE.has(trimmed.toLowerCase()));
  const count = rowsOf(yes) + rowsOf(no);
  if (count === 0 || count < SHARE_MIN * total || yes.length + no.length > WORDS_MAX) return undefined;
  const isNumber = [...yes, ...no].every(({ trimmed }) => trimmed === '0' || trimmed === '1');
  // Ones and zeros alone are a column of numbers unless both are there.
  if (isNumber && (yes.length === 0 || no.length === 0)) return undefined;
  const list = (words: readonly Value[]) => words.map(({ text, count: rows }) => ({ value: cut(text), count: rows }));
  const used = new Set(
    [...yes, ...no].map(({ trimmed }) => {
      const lower = trimmed.toLowerCase();
      const pair = PAIRS.findIndex((words) => words.includes(lower));
      return `${pair} ${trimmed === lower ? 'lower' : trimmed === trimmed.toUpperCase() ? 'upper' : 'title'}`;
    }),
  );
  return {
    true_values: list(yes),
    false_values: list(no),
    true_count: rowsOf(yes),
    false_count: rowsOf(no),
    vocabularies: used.size,
  };
}
