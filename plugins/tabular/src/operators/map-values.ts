/** `map_values`: values that are one, written in several ways, become the most frequent of them. */
import type { ProfileCluster, ProfileColumn } from '../documents.generated.ts';
import { foldLetters } from '../profile/clusters.ts';
import { compareText } from '../profile/values.ts';
import { sqlText } from '../table/names.ts';
import { isCategory } from './case-fold.ts';
import { above, atMost, type CellProposal, defineCellOperator } from './cell-operator.ts';
import { change, named, times } from './words.ts';

interface Params {
  readonly method: 'case' | 'fingerprint' | 'ngram';
  readonly mapping: readonly { readonly from: string; readonly to: string }[];
}

/** What `apply` does by itself; clusters on either side of it are apart. */
const SURE = 0.8;
const DISTINCTNESS_MAX = 0.5;

export const mapValues = defineCellOperator<Params>({
  name: 'map_values',
  phase: 'form',
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['method', 'mapping'],
    properties: {
      method: {
        description:
          'How the values were found to be one: `case` but for case and spaces, `fingerprint` the same words, `ngram` the same pairs of characters.',
        enum: ['case', 'fingerprint', 'ngram'],
      },
      mapping: {
        description: 'Whole values, as they are written, and what becomes of each.',
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['from', 'to'],
          properties: { from: { type: 'string' }, to: { type: 'string' } },
        },
      },
    },
  },
  propose: (column) => {
    if (!isCategory(column)) return [];
    const merges = column.clusters.flatMap((cluster) => mergeOf(cluster, column.clusters));
    return (['case', 'fingerprint', 'ngram'] as const).flatMap((method) => {
      const of = merges.filter((merge) => merge.method === method);
      return [
        ...proposal(
          column,
          of.filter(({ confidence }) => confidence >= SURE),
        ),
        ...proposal(
          column,
          of.filter(({ confidence }) => confidence < SURE),
        ),
      ];
    });
  },
  describe: (columns, { mapping }) => {
    const [first] = mapping;
    return `Write ${times(mapping.length, 'value')} of ${named(columns)} as the most frequent one that is alike${first ? `, such as ${change(first.from, first.to)}` : ''}`;
  },
  value: (cell, { mapping }) =>
    `CASE ${cell} ${mapping.map(({ from, to }) => `WHEN ${sqlText(from)} THEN ${sqlText(to)}`).join(' ')} ELSE ${cell} END`,
});

interface Merge {
  readonly method: Params['method'];
  readonly to: string;
  readonly from: readonly { readonly value: string; readonly count: number }[];
  readonly confidence: number;
}

const METHODS = ['spaces', 'case', 'fingerprint', 'ngram'];

function mergeOf({ method, values }: ProfileCluster, all: readonly ProfileCluster[]): Merge[] {
  // Spaces are the business of other operators.
  if (method === 'spaces') return [];
  const usable = values.filter(({ value }) => !isCode(value) && !value.endsWith('…'));
  const [best, ...rest] = usable;
  if (!best || rest.length === 0) return [];
  // A looser method brings in what a stricter one has merged already.
  const known = all.filter(
    (one) => METHODS.indexOf(one.method) < METHODS.indexOf(method) && one.values[0]?.value === best.value,
  );
  const merged = new Set(known.flatMap((one) => one.values.map(({ value }) => value)));
  const from = rest.filter(({ value }) => !merged.has(value) && isAlike(value, best.value, method));
  if (from.length === 0) return [];
  const others = from.reduce((sum, { count }) => sum + count, 0);
  return [{ method, to: best.value, from, confidence: confidenceOf(method, best, from, others) }];
}

/** Letters with digits and no space between them: its case and signs tell it from others. */
function isCode(value: string): boolean {
  return /\d/.test(value) && !/\s/.test(value);
}

/** Signs that change what a word means: grades, programming languages, negative numbers. */
const TELLING = /[+#%$€£¥&@*<>=°²³]|-(?=\s*\d)|(?<=^\p{L}|\s\p{L})-$/gu;
const LETTERS_MIN = 4;

function isAlike(value: string, best: string, method: Params['method']): boolean {
  if (method === 'case') return true;
  const letters = (text: string) => text.replace(/[^\p{L}]/gu, '').length;
  const signs = (text: string) => (text.match(TELLING) ?? []).sort().join('');
  return letters(value) >= LETTERS_MIN && signs(value) === signs(best);
}

function confidenceOf(
  method: Params['method'],
  best: { readonly value: string; readonly count: number },
  from: readonly { readonly value: string; readonly count: number }[],
  others: number,
): number {
  // Of two that are as frequent nobody can tell which is right; that they are one is as sure.
  const dominance = best.count / (best.count + others);
  const direction = dominance >= 0.8 && best.count >= 3 ? 1 : dominance >= 0.6 ? 0.9 : 0.75;
  if (method === 'case') return 0.95 * direction;
  const words = (text: string) =>
    foldLetters(text)
      .replace(/[^\p{L}\p{N}\s]/gu, '')
      .split(/\s+/)
      .filter(Boolean);
  const sameWords = from.every(({ value }) => words(value).join(' ') === words(best.value).join(' '));
  const sameLength = from.every(({ value }) => words(value).length === words(best.value).length);
  if (method === 'fingerprint') return (sameWords ? 0.93 : sameLength ? 0.7 : 0.6) * direction;
  // But for spaces and signs, such as `e-mail` and `email`; else letters come in another order.
  const sameLetters = from.every(({ value }) => words(value).join('') === words(best.value).join(''));
  return (sameLetters ? 0.9 : 0.4) * direction;
}

function proposal({ name, distinctness }: ProfileColumn, merges: readonly Merge[]): CellProposal<Params>[] {
  const [first] = merges;
  if (!first) return [];
  const pairs = merges.flatMap(({ from, to }) => from.map(({ value, count }) => ({ from: value, to, count })));
  const rows = pairs.reduce((sum, { count }) => sum + count, 0);
  const how = {
    case: 'but for case and spaces',
    fingerprint: 'but for signs, marks and the order of words',
    ngram: 'in the pairs of characters they are made of',
  }[first.method];
  const [example] = [...pairs].sort((a, b) => b.count - a.count || compareText(a.from, b.from));
  return [
    {
      params: {
        method: first.method,
        mapping: pairs.map(({ from, to }) => ({ from, to })).sort((a, b) => compareText(a.from, b.from)),
      },
      reason: `${times(rows, 'value')} of ${named([name])} ${rows === 1 ? 'equals' : 'equal'} a more frequent one ${how}${example ? `, such as ${change(example.from, example.to)}` : ''}.`,
      preconditions: [above('clusters', merges.length), atMost('distinctness', distinctness, DISTINCTNESS_MAX)],
      evidence: {
        clusters: merges.map(({ to, from }) => ({ to, from: from.map(({ value, count }) => ({ value, count })) })),
      },
      confidence: Math.min(...merges.map(({ confidence }) => confidence)),
      flagged: rows,
    },
  ];
}
