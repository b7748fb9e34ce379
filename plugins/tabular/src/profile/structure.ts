/** What only shows when columns are seen together with their rows: blanks to fill down, words of another column. Pure. */
import type { ProfileColumn, ProfileSplit } from '../documents.generated.ts';
import type { CodedColumn, CodedTable } from './codes.ts';
import { partFacts } from './list-facts.ts';
import { ratio, six } from './numbers.ts';
import { LIMITS } from './options.ts';
import { compareText } from './values.ts';

/** A value in the first row of its group only: blanks are in runs below values that do not come back. */
export function fillDown({ codes, missing, texts }: CodedColumn): ProfileColumn['fill_down'] {
  const rows = codes.length;
  if (rows < 6 || missing < 0.3 * rows || texts.length < 2 || (codes[0] ?? -1) < 0) return null;
  let groups = 0;
  let longest = 0;
  let run = 0;
  let values = 0;
  let repeats = 0;
  let last = -1;
  for (const code of codes) {
    if (code < 0) {
      run++;
      if (run === 1) groups++;
      longest = Math.max(longest, run);
      continue;
    }
    values++;
    if (code === last) repeats++;
    last = code;
    run = 0;
  }
  // A value that repeats the one above would have been left blank.
  if (repeats > 0.1 * values || groups < 0.5 * values) return null;
  return { groups, blanks: missing, longest, mean: six(missing / Math.max(1, values)) };
}

const TOKEN_ROWS_MIN = 3;
const DOMAIN_MAX = 500;

/** Values whose last or first word belongs to the domain of another column, most of all where that is missing. */
export function tokenSplits(
  { columns, rows }: CodedTable,
  facts: readonly ProfileColumn[],
  at: number,
): ProfileSplit[] {
  const column = columns[at] as CodedColumn;
  const found: ProfileSplit[] = [];
  if (facts[at]?.type !== 'text') return found;
  const present = column.codes.length - column.missing;
  for (const [other, domain] of columns.entries()) {
    const of = facts[other];
    if (other === at || of?.type !== 'text' || domain.texts.length < 3 || domain.texts.length > DOMAIN_MAX) continue;
    if (domain.texts.length > 0.5 * (domain.codes.length - domain.missing)) continue;
    const words = new Set(domain.texts.filter((text) => /^\p{L}[\p{L}.-]*$/u.test(text)));
    if (words.size < 0.8 * domain.texts.length) continue;
    for (const kind of ['trailing_token', 'leading_token'] as const) {
      const split = column.texts.map((text) => takeApart(text.trim(), kind, words));
      if (split.every((one) => one === undefined)) continue;
      const hits: number[] = [];
      let beside = 0;
      let missingRows = 0;
      for (let row = 0; row < column.codes.length; row++) {
        const code = column.codes[row] ?? -1;
        if (code < 0) continue;
        const isMissing = (domain.codes[row] ?? -1) < 0;
        if (isMissing) missingRows++;
        if (!split[code]) continue;
        hits.push(row);
        if (isMissing) beside++;
      }
      const isMinority = beside >= TOKEN_ROWS_MIN && beside >= 0.5 * hits.length && beside >= 0.5 * missingRows;
      if (!isMinority && hits.length < 0.95 * present) continue;
      const parts = [...new Set(split)].filter((one) => one !== undefined);
      const [first, second] = [parts.map(([one]) => one), parts.map(([, two]) => two)];
      const token = kind === 'trailing_token' ? 1 : 0;
      found.push({
        kind,
        separator: ' ',
        arity: 2,
        count: hits.length,
        share: ratio(hits.length, present),
        column: domain.name,
        column_missing: beside,
        parts: [first, second].map((texts, position) => ({
          ...partFacts(texts, position),
          domain_of: position === token ? domain.name : null,
        })),
        rows: hits.slice(0, LIMITS.rows).map((row) => rows[row] ?? 0),
      });
    }
  }
  return found
    .sort(
      (a, b) => b.column_missing - a.column_missing || b.count - a.count || compareText(a.column ?? '', b.column ?? ''),
    )
    .slice(0, 5);
}

function takeApart(
  text: string,
  kind: 'trailing_token' | 'leading_token',
  words: ReadonlySet<string>,
): [string, string] | undefined {
  const match = kind === 'trailing_token' ? /^(.*\S),?\s+(\S+)$/su.exec(text) : /^(\S+?),?\s+(\S.*)$/su.exec(text);
  if (!match) return undefined;
  const [, first = '', second = ''] = match;
  return words.has(kind === 'trailing_token' ? second : first) ? [first.replace(/,$/, ''), second] : undefined;
}
