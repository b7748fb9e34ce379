/** `case_fold`: words of a small domain in the case that nearly all of them have. */
import type { ProfileColumn, ProfileText } from '../documents.generated.ts';
import { above, atLeast, type CellProposal, defineCellOperator } from './cell-operator.ts';
import { named, times } from './words.ts';

type Case = 'upper' | 'lower' | 'title';

interface Params {
  readonly to: Case;
}

const SHARE_MIN = 0.8;

export const caseFold = defineCellOperator<Params>({
  name: 'case_fold',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['to'],
    properties: {
      to: {
        description: '`title`: every word begins with its only capital letter.',
        enum: ['upper', 'lower', 'title'],
      },
    },
  },
  functions: { wr_title_case: (text) => (text === null ? null : titleCase(text)) },
  propose: (column) => {
    const { text, clusters } = column;
    // Capital letters at the beginnings of words are those of names, and names have their own ways.
    const alike = clusters.filter(({ method }) => method === 'case');
    if (!text || alike.length === 0 || !isCategory(column)) return [];
    const cased = text.upper + text.lower + text.title + text.mixed;
    return (['upper', 'lower'] as const).flatMap((to) => {
      const share = text[to] / Math.max(1, cased);
      return share < SHARE_MIN || text[to] === cased ? [] : [proposal(column, text, to, share, cased - text[to])];
    });
  },
  describe: (columns, { to }) =>
    `Write ${named(columns)} in ${{ upper: 'capital letters', lower: 'small letters', title: 'small letters with a capital at each word' }[to]}`,
  value: (cell, { to }) => (to === 'title' ? `wr_title_case(${cell})` : `${to}(${cell})`),
});

/** Of words that come back, and neither prose nor numbers. */
export function isCategory(column: ProfileColumn): boolean {
  const { distinctness, type, text, semantic, numbers, datetime, values } = column;
  if (type !== 'text' || distinctness > 0.5 || (text?.words_mean ?? 0) > WORDS_MAX) return false;
  if ((numbers?.share ?? 0) >= 0.5 || (datetime?.count ?? 0) >= 0.5 * values) return false;
  return !semantic.some((one) => UNLIKE.has(one.type));
}

const WORDS_MAX = 6;

/** What has its own way of writing, in which case counts. */
const UNLIKE = new Set(['url', 'file_path', 'hash', 'uuid', 'identifier', 'iban', 'mac', 'email', 'domain']);

function proposal(
  { name, clusters }: ProfileColumn,
  text: ProfileText,
  to: 'upper' | 'lower',
  share: number,
  others: number,
): CellProposal<Params> {
  const alike = clusters.filter(({ method }) => method === 'case');
  // Values in another case that are there in the usual one too.
  const merged = alike.reduce((sum, { values }) => {
    const there = new Set(values.map(({ value }) => value));
    const others = values.filter(({ value }) => inCase(value, to) !== value && there.has(inCase(value, to)));
    return sum + others.reduce((of, { count }) => of + count, 0);
  }, 0);
  return {
    params: { to },
    reason: `${times(others, 'value')} of ${named([name])} ${others === 1 ? 'is' : 'are'} not in ${to} case, as the others are; ${merged} of them ${merged === 1 ? 'is' : 'are'} there in that too.`,
    preconditions: [atLeast(`text.${to}`, share, SHARE_MIN), above('clusters', alike.length)],
    evidence: { upper: text.upper, lower: text.lower, title: text.title, mixed: text.mixed, merged },
    confidence: merged >= others ? 0.93 : merged >= 0.5 * others ? 0.85 : 0.6,
    flagged: others,
  };
}

function inCase(text: string, to: 'upper' | 'lower'): string {
  return to === 'upper' ? text.toUpperCase() : text.toLowerCase();
}

function titleCase(text: string): string {
  return text
    .toLowerCase()
    .replace(
      /(^|[\s-])([^\p{L}\s-]*)(\p{L})/gu,
      (_, before: string, sign: string, letter: string) => before + sign + letter.toUpperCase(),
    );
}
